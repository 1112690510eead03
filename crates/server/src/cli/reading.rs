//! `inkmeter ocr`: reading without a server.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use ocr::{Engine, EngineConfig, Renderer, RuntimeChoice, TextOptions};
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};

use super::models::folder;
use crate::app::OpenError;
use crate::calls::lines;
use crate::export::Format;
use crate::reading::filing::Filing;
use crate::reading::outputs::Outputs;
use crate::reading::walk::{Input, inputs};
use crate::reading::{Document, Wanted, pages_up_to, read};
use crate::say::{say, tell};

/// What a command ends with that was interrupted.
const INTERRUPTED: u8 = 130;

#[derive(Args)]
#[command(after_help = "\
Examples:
  inkmeter ocr receipt.jpg                                 its text
  inkmeter ocr contract.pdf --all-pages --json             a line of JSON for every page
  inkmeter ocr scans --out texts                           scans/2026/a.jpg gives texts/scans/2026/a.jpg.txt
  inkmeter ocr scans --out texts --format markdown,pdf     a.jpg.md, and a.jpg.pdf that can be searched

With --out, files that are there are not made again, so the same command goes on where it was stopped.")]
pub(super) struct OcrCommand {
    /// Pictures and PDFs, and folders of them with all that lies below. `-` is standard input. Of a PDF the page is
    /// printed that --page names; with --all-pages or --out every page is read.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON line per file: {"file": …, "result": …}, or {"file": …, "error": …} for one that cannot be read;
    /// with --all-pages one per page: {"file": …, "page": …, "result": …}.
    #[arg(long, conflicts_with = "text")]
    json: bool,
    /// Print the text (the default).
    #[arg(long)]
    text: bool,
    /// Write files into this folder, where they lie as the documents do, instead of printing.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["json", "text", "page"])]
    out: Option<PathBuf>,
    /// Which files: one or more, divided by commas.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "text", requires = "out")]
    format: Vec<Format>,
    /// Read everything again, whatever files are there.
    #[arg(long, requires = "out")]
    again: bool,
    /// Print every page of PDFs.
    #[arg(long, conflicts_with = "page")]
    all_pages: bool,
    /// Where the models are; INKMETER_MODELS or DATA/models, if not given.
    #[arg(long)]
    models: Option<PathBuf>,
    /// Also report how the page is turned.
    #[arg(long)]
    detect_direction: bool,
    /// Also give single characters.
    #[arg(long)]
    character_mode: bool,
    /// Page of a PDF, from 1; the first, if not given.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    page: Option<u32>,
}

pub(super) fn ocr(data: &Path, command: &OcrCommand) -> Result<ExitCode, OpenError> {
    match &command.out {
        Some(out) => file(data, command, out),
        None => print(data, command),
    }
}

impl OcrCommand {
    fn options(&self) -> TextOptions {
        TextOptions {
            detect_direction: self.detect_direction,
            character_mode: self.character_mode,
            ..TextOptions::default()
        }
    }

    /// The eye, with a worker for every processor, as long as there are pages for them.
    fn engine(&self, data: &Path, inputs: &[Input], wanted: Wanted) -> Result<Engine, OpenError> {
        let processors = available_parallelism().map_or(1, usize::from);
        Ok(Engine::load(&EngineConfig {
            models_dir: folder(data, self.models.as_ref()),
            runtime: RuntimeChoice::Auto,
            workers: pages_up_to(processors, inputs, wanted),
            memory_bytes: EngineConfig::MEMORY_BYTES,
            tiny: true,
            renderer: Some(Renderer::ourselves()),
        })?)
    }
}

/// Prints what was read, in order.
fn print(data: &Path, command: &OcrCommand) -> Result<ExitCode, OpenError> {
    let wanted = if command.all_pages { Wanted::All } else { Wanted::One(command.page.unwrap_or(1)) };
    let found = inputs(&command.files, None);
    let is_one = found.len() == 1;
    let fit: Vec<Input> = found.iter().flatten().cloned().collect();
    let engine = command.engine(data, &fit, wanted)?;
    let options = command.options();
    let documents = found.into_iter().map(|input| match input {
        Ok(input) => Document::open(input, wanted),
        Err(unfit) => Document::unfit(unfit),
    });
    let (mut code, mut failed) = (ExitCode::SUCCESS, None);
    read(&engine, &options, documents, |document, page, seen| {
        let name = document.input.shown();
        let by_page = command.all_pages && document.is_open();
        let said = |key: &str, value: serde_json::Value| {
            let mut line = json!({ "file": name.to_string_lossy() });
            if by_page {
                line["page"] = page.into();
            }
            line[key] = value;
            say!("{line}");
        };
        match seen {
            Ok(read) if command.json => match serde_json::to_value(lines(read, &options)) {
                Ok(result) => said("result", result),
                Err(problem) => {
                    failed = Some(problem);
                    return ControlFlow::Break(());
                }
            },
            Ok(read) => {
                let has_pages = document.pages.end() > document.pages.start();
                if has_pages {
                    say!("== {}, page {page}", name.display());
                } else if !is_one {
                    say!("== {}", name.display());
                }
                say!("{}", read.text());
            }
            Err(problem) => {
                let at = if by_page { format!("page {page}: ") } else { String::new() };
                tell!("inkmeter: {}: {at}{problem}", name.display());
                if command.json {
                    said("error", problem.into());
                }
                code = ExitCode::FAILURE;
                return ControlFlow::Continue(());
            }
        }
        if !command.all_pages && command.page.is_none() {
            tell_of_more_pages(document);
        }
        ControlFlow::Continue(())
    });
    failed.map_or(Ok(code), |problem| Err(problem.into()))
}

/// A document of which one page was read has others, which nobody should take for read.
fn tell_of_more_pages(document: &Document) {
    if let Some(count) = document.page_count().filter(|count| *count > 1) {
        let name = document.input.shown().display();
        tell!("inkmeter: {name}: this is page 1 of {count}; --page N reads another, --all-pages every one");
    }
}

/// Writes what was read into files, but for those that are there.
fn file(data: &Path, command: &OcrCommand, out: &Path) -> Result<ExitCode, OpenError> {
    let outputs = Outputs::open(out, &command.format)
        .map_err(|problem| format!("files cannot be written to {}: {problem}", out.display()))?;
    let options = command.options();
    let mut filing = Filing::new(&outputs, options, command.again);
    let found = inputs(&command.files, Some(outputs.folder()));
    let is_to_do = |input: &Input| command.again || !outputs.missing(input).is_empty();
    let (todo, there): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|input| input.as_ref().map_or(true, is_to_do));
    filing.tally.there = there.len() as u64;
    let fit: Vec<Input> = todo.iter().flatten().cloned().collect();
    let stopped = stopped_by_signals()?;
    let tell_of = |filing: &mut Filing<'_>, bar: &ProgressBar, document: &Document, page, seen| {
        let filed = filing.take(document, page, seen);
        if let Err(problem) = &filed {
            bar.suspend(|| tell!("inkmeter: {}: {problem}", document.input.shown().display()));
        }
        filed
    };
    if fit.is_empty() {
        // The eye is not opened for nothing.
        let hidden = ProgressBar::hidden();
        for unfit in todo.into_iter().filter_map(Result::err) {
            let reason = unfit.reason.clone();
            let _ = tell_of(&mut filing, &hidden, &Document::unfit(unfit), 1, Err(reason));
        }
    } else {
        let engine = command.engine(data, &fit, Wanted::All)?;
        let (files, mut done) = (todo.len(), 0);
        let bar = progress(files as u64);
        bar.set_message(format!("{done} of {files} files"));
        let documents = todo.into_iter().map(|input| {
            let document = input.map_or_else(Document::unfit, |input| Document::open(input, Wanted::All));
            bar.inc_length(u64::from(document.pages.end() - document.pages.start()));
            document
        });
        let reading = outputs.formats().iter().fold(options, |options, format| format.reads(options));
        read(&engine, &reading, documents, |document, page, seen| {
            if stopped.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            let _ = tell_of(&mut filing, &bar, document, page, seen);
            if page == *document.pages.end() {
                done += 1;
                bar.set_message(format!("{done} of {files} files"));
            }
            bar.inc(1);
            ControlFlow::Continue(())
        });
        bar.finish_and_clear();
    }
    let tally = filing.tally;
    // What was begun leaves nothing behind.
    drop(filing);
    say!("{tally}");
    if stopped.load(Ordering::Relaxed) {
        tell!("inkmeter: stopped; the same command goes on from here");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    Ok(if tally.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Set by the first signal to stop; the second ends the process.
fn stopped_by_signals() -> Result<Arc<AtomicBool>, OpenError> {
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, INTERRUPTED.into(), Arc::clone(&stopped))?;
        signal_hook::flag::register(signal, Arc::clone(&stopped))?;
    }
    Ok(stopped)
}

/// A bar over pages, as many as files at first, where somebody sees it.
fn progress(files: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(files).with_style(super::bar_style("{pos}/{len} pages, {msg}"));
    bar.enable_steady_tick(Duration::from_secs(1));
    bar
}
