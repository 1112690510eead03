//! `bench-ocr [FOLDER]`: how well and how fast the eye reads, beside Python RapidOCR 3.10 as it comes; with
//! `bench-ocr --kinds`, how well it finds the fields of documents, with `bench-ocr tables [FOLDER]` tables, and with
//! `bench-ocr pages [FOLDER]` pairs and the parts of pages.
//!
//! FOLDER holds pictures and their `truth.json`; without one the committed test pictures are read. Both
//! readers are processes that have loaded their models and read one picture before; rounds alternate, and
//! the median counts. Ours runs two workers with one core each, RapidOCR uses two cores for each picture.
//! RapidOCR lives in a virtual environment in the build folder, made on first use.
//!
//! Prints accuracy by set and pictures per second, and last one line per figure,
//! `RATIO <name> <value> <target>`.

mod drawn;
mod kinds;
mod pages;
mod reader;
mod score;
mod several;
mod tables;
mod teds;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::bench::quiet::{Measured, undisturbed};
use crate::bench::target;
use reader::{Reader, Round};
use score::{Score, Truth, score};

const RAPIDOCR: &str = "rapidocr==3.10.0";
const ONNX_RUNTIME: &str = "onnxruntime==1.32.0";
const SCRIPT: &str = include_str!("bench_ocr/read_with_rapidocr.py");
/// The argument that asks for the kinds of documents alone.
const KINDS: &str = "--kinds";
/// The argument that makes this program one of the readers.
const READER: &str = "--reader";
/// The argument that asks for tables.
const TABLES: &str = "tables";
/// The argument that asks for pages.
const PAGES: &str = "pages";
const WORKERS: usize = 2;
/// Rounds of each reader.
const ROUNDS: usize = 3;
/// How often a round is measured at most, if the machine is busy.
const ATTEMPTS: usize = 3;
/// Times as many pictures per second as RapidOCR, on a processor that is faster in bfloat16 and on one that is not.
const SPEED_TARGET_BF16: f64 = 3.0;
const SPEED_TARGET: f64 = 2.0;

enum Target {
    CerAtMost(f64),
    F1AtLeast(f64),
}

/// What each set must reach; sets not named here, a character error rate of at most 0.02.
const TARGETS: [(&str, Target); 6] = [
    ("syn_en", Target::F1AtLeast(0.98)),
    ("syn_rot90", Target::CerAtMost(0.05)),
    ("syn_rot180", Target::CerAtMost(0.05)),
    ("zhdoc_rot3", Target::CerAtMost(0.065)),
    ("receipt_en", Target::F1AtLeast(0.98)),
    ("receipt_en_180", Target::F1AtLeast(0.98)),
];

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
        [first] if first == TABLES => tables::run(None, || rapidocr(&cache()?), &cache()?)?,
        [first, folder] if first == TABLES => {
            tables::run(Some(Path::new(folder)), || rapidocr(&cache()?), &cache()?)?;
        }
        [first] if first == PAGES => pages::run(None, || rapidocr(&cache()?), &cache()?)?,
        [first, folder] if first == PAGES => {
            pages::run(Some(Path::new(folder)), || rapidocr(&cache()?), &cache()?)?;
        }
        [first, more @ ..] if first == KINDS => kinds::run(more)?,
        [] => {
            compare(Path::new("crates/ocr/tests/pictures"), args.len())?;
            kinds::run(&[])?;
        }
        [folder] => compare(Path::new(folder), args.len())?,
        _ => {
            let usage = "usage: bench-ocr [[tables | pages] FOLDER | --kinds [--each N] [--seed S] [--only CALL] [--misses]]";
            return Err(usage.into());
        }
    }
    Ok(())
}

fn compare(folder: &Path, own_args: usize) -> Result<()> {
    let list = folder.join("truth.json");
    let truth = fs::read(&list).with_context(|| format!("reading {}", list.display()))?;
    let truth: Vec<Truth> = serde_json::from_slice(&truth).context("truth.json")?;
    let (pictures, documents): (Vec<Truth>, Vec<Truth>) =
        truth.into_iter().partition(|item| item.page.is_none());
    if pictures.is_empty() {
        bail!("{} names no pictures", list.display());
    }
    if !documents.is_empty() {
        // RapidOCR reads no PDF.
        println!("{} pages of documents are left out", documents.len());
    }
    let files: Vec<String> =
        pictures.iter().map(|item| folder.join(&item.img).to_string_lossy().into_owned()).collect();

    let models = std::env::var("INKMETER_MODELS").unwrap_or_else(|_| "data/models".to_owned());
    let mut all: Vec<String> = std::env::args().skip(1).collect();
    all.truncate(all.len() - own_args);
    all.extend([READER.to_owned(), models, "auto".to_owned()]);
    all.extend(files.iter().cloned());
    let cache = cache()?;
    let mut ours = Reader::start(&std::env::current_exe()?, &all, &cache.join("inkmeter.log"))?;

    let python = rapidocr(&cache)?;
    let script = cache.join("read_with_rapidocr.py");
    fs::write(&script, SCRIPT)?;
    let args = [vec![script.to_string_lossy().into_owned()], files].concat();
    let mut theirs = Reader::start(&python, &args, &cache.join("rapidocr.log"))?;

    let mut rounds: [Vec<Round>; 2] = [Vec::new(), Vec::new()];
    let mut spoiled = 0;
    for number in 1..=ROUNDS {
        for (which, reader) in [&mut ours, &mut theirs].into_iter().enumerate() {
            let name = format!("{} round {number}", ["inkmeter", "rapidocr"][which]);
            let Measured { value, disturbance, .. } =
                undisturbed(&name, ATTEMPTS, |_| None, || reader.round())?;
            spoiled += usize::from(disturbance.is_spoiled());
            println!("{name}: {:.2} pictures/s", pictures.len() as f64 / value.seconds);
            rounds[which].push(value);
        }
    }
    if spoiled > 0 {
        println!("{spoiled} of {} rounds were disturbed; the figures below suffer", 2 * ROUNDS);
    }
    report(&pictures, &rounds, [&ours, &theirs])
}

fn report(pictures: &[Truth], rounds: &[Vec<Round>; 2], readers: [&Reader; 2]) -> Result<()> {
    let mut scores: [BTreeMap<String, Score>; 2] = [BTreeMap::new(), BTreeMap::new()];
    let mut speeds = [0.0; 2];
    for which in 0..2 {
        let lines = &rounds[which].last().context("no rounds")?.lines;
        if lines.len() != pictures.len() {
            bail!("a reader read {} of {} pictures", lines.len(), pictures.len());
        }
        scores[which] = score(pictures, lines);
        let mut seconds: Vec<f64> = rounds[which].iter().map(|round| round.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        speeds[which] = pictures.len() as f64 / seconds[seconds.len() / 2];
    }
    println!("\n{:16}{:>4}  {:>16}  {:>16}", "set", "n", "inkmeter CER F1", "rapidocr CER F1");
    for (set, ours) in &scores[0] {
        let theirs = scores[1].get(set).copied().unwrap_or_default();
        println!(
            "{set:16}{:>4}  {:>8.4} {:.4}   {:>8.4} {:.4}",
            ours.pictures,
            ours.cer(),
            ours.f1(),
            theirs.cer(),
            theirs.f1()
        );
    }
    println!(
        "\ninkmeter ({}): {:.2} pictures/s, {} MiB at most",
        readers[0].about,
        speeds[0],
        readers[0].peak_mib()?
    );
    println!("rapidocr: {:.2} pictures/s, {} MiB at most\n", speeds[1], readers[1].peak_mib()?);
    println!("Of the figures below, ocr_cer_… are to be at most their targets, all others at least theirs.");
    for (set, score) in &scores[0] {
        let target = TARGETS.iter().find(|(name, _)| name == set).map(|(_, target)| target);
        match target.unwrap_or(&Target::CerAtMost(0.02)) {
            Target::CerAtMost(most) => println!("RATIO ocr_cer_{set} {:.4} {most}", score.cer()),
            Target::F1AtLeast(least) => println!("RATIO ocr_f1_{set} {:.4} {least}", score.f1()),
        }
    }
    let target = if ocr::pays_bf16() { SPEED_TARGET_BF16 } else { SPEED_TARGET };
    println!("RATIO ocr_images_per_s_vs_rapidocr {:.2} {target:.1}", speeds[0] / speeds[1]);
    Ok(())
}

/// Where the yardstick lives: in the build folder.
fn cache() -> Result<PathBuf> {
    let cache = target().join("bench-ocr");
    fs::create_dir_all(&cache)?;
    Ok(cache.canonicalize()?)
}

/// The Python of a virtual environment with RapidOCR, which is made if it is not there.
fn rapidocr(cache: &Path) -> Result<PathBuf> {
    let environment = cache.join(format!("venv-{RAPIDOCR}"));
    let python = environment.join("bin/python");
    let complete = environment.join("complete");
    if complete.exists() {
        return Ok(python);
    }
    println!("installing {RAPIDOCR} into {}", environment.display());
    let run = |program: &Path, args: &[&str]| -> Result<()> {
        let status = Command::new(program).args(args).status()?;
        if !status.success() {
            bail!("{} {} failed", program.display(), args.join(" "));
        }
        Ok(())
    };
    run(Path::new("python3"), &["-m", "venv", "--clear", &environment.to_string_lossy()])
        .context("making a virtual environment (Debian: install python3-venv)")?;
    run(&python, &["-m", "pip", "install", "--quiet", RAPIDOCR, ONNX_RUNTIME])?;
    fs::write(complete, "")?;
    Ok(python)
}
