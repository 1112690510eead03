//! `bench-ocr [FOLDER]`: how well and how fast the eye reads, beside RapidOCR 3.10, as it comes and at its best, and
//! Tesseract; with `bench-ocr --kinds`, how well it finds the fields of documents, with `bench-ocr tables [FOLDER]` tables,
//! and with `bench-ocr pages [FOLDER]` pairs and the parts of pages. Without a folder all of it, on our own pictures.
//!
//! FOLDER holds pictures and their `truth.json`; without one the committed test pictures are read. All
//! readers are processes that have loaded their models and read one picture before (Tesseract's loads them each time);
//! rounds take turns, and the median counts. Ours runs two workers with one core each, and so does Tesseract; RapidOCR uses
//! two cores for each picture.
//!
//! Prints accuracy by set, pictures per second, latency and memory, and last one line per figure,
//! `RATIO <name> <value> <target>`.

mod compare;
mod drawn;
mod kinds;
mod pages;
mod reader;
mod score;
mod seals;
mod several;
mod tables;
mod teds;
mod yardsticks;

use std::error::Error;
use std::path::Path;

use yardsticks::{cache, python};

/// The argument that asks for the kinds of documents alone.
const KINDS: &str = "--kinds";
/// The argument that makes this program one of the readers.
const READER: &str = "--reader";
/// The argument that asks for tables.
const TABLES: &str = "tables";
/// The argument that asks for pages.
const PAGES: &str = "pages";
/// Pictures that are read at once.
const WORKERS: usize = 2;

/// Renders a page of the PDF on standard input, as the server's program does: pages are rendered in a process of their
/// own here too.
///
/// # Errors
///
/// If the arguments are not those of a renderer, or the page cannot be given to whoever asked for it.
pub fn render_page(args: &[String]) -> Result<(), Box<dyn Error>> {
    let [page_name, page, memory_name, memory_bytes, cpu_name, cpu_s] = args else {
        return Err("usage: render-page --page N --memory-bytes N --cpu-s N".into());
    };
    if [page_name, memory_name, cpu_name] != ["--page", "--memory-bytes", "--cpu-s"] {
        return Err("usage: render-page --page N --memory-bytes N --cpu-s N".into());
    }
    Ok(ocr::render_page(page.parse()?, memory_bytes.parse()?, cpu_s.parse()?)?)
}

/// Runs the benchmark.
///
/// # Errors
///
/// If models or pictures are missing, RapidOCR cannot be installed, or a reader fails.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    match args {
        [first, models_dir, runtime, files @ ..] if first == READER => {
            reader::serve(Path::new(models_dir), runtime, WORKERS, files)?;
        }
        [first] if first == TABLES => tables::run(None, || python(&cache()?), &cache()?)?,
        [first, folder] if first == TABLES => {
            tables::run(Some(Path::new(folder)), || python(&cache()?), &cache()?)?;
        }
        [first] if first == PAGES => pages::run(None, || python(&cache()?), &cache()?)?,
        [first, folder] if first == PAGES => {
            pages::run(Some(Path::new(folder)), || python(&cache()?), &cache()?)?;
        }
        [first, more @ ..] if first == KINDS => kinds::run(more)?,
        [] => {
            compare::run(Path::new("crates/ocr/tests/pictures"), args.len())?;
            kinds::run(&[])?;
            tables::run(None, || python(&cache()?), &cache()?)?;
            pages::run(None, || python(&cache()?), &cache()?)?;
        }
        [folder] => compare::run(Path::new(folder), args.len())?,
        _ => {
            let usage = "usage: bench-ocr [[tables | pages] FOLDER | --kinds [--each N] [--seed S] [--only CALL] [--misses]]";
            return Err(usage.into());
        }
    }
    Ok(())
}
