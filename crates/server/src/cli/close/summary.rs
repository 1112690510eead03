//! The summary of a closed month: a CSV with a line for each account, written when all of its files are whole.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use charging::Money;
use serde::{Deserialize, Serialize};

use super::CloseOptions;
use crate::app::OpenError;
use crate::cli::bills::keep;

/// One line; the fields are the columns.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) account: String,
    pub(super) total: Money,
    pub(super) stated: Money,
    pub(super) usage: Money,
    pub(super) packages: Money,
    pub(super) adjustments: Money,
    pub(super) charges: u64,
    pub(super) detail_rows: u64,
    pub(super) closed: Closed,
    /// What does not agree; empty if all does.
    pub(super) difference: String,
    /// `name:bytes:SHA-256` of each file, by spaces.
    pub(super) files: String,
}

/// Whether the books have closed the month.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Closed {
    Yes,
    No,
}

impl Line {
    /// True if each of its files is there with its length.
    pub(super) fn is_whole(&self, folder: &Path) -> bool {
        self.files.split(' ').all(|file| {
            let mut parts = file.split(':');
            let (Some(name), Some(bytes)) = (parts.next(), parts.next()) else { return false };
            std::fs::metadata(folder.join(name)).is_ok_and(|found| found.len().to_string() == bytes)
        })
    }

    /// True if its files are those that are asked for now and need not be written anew: they are final, unless that is not
    /// asked for.
    fn is_of(&self, options: &CloseOptions) -> bool {
        if options.is_again || (self.closed != Closed::Yes && !options.is_provisional) {
            return false;
        }
        let names = self.files.split(' ').map(|file| file.split(':').next().unwrap_or_default());
        names.eq(options.file_names(&self.account))
    }
}

/// The summary, which grows by a line for each account.
pub(super) struct Summary {
    path: PathBuf,
    lines: csv::Writer<File>,
    /// What an earlier run has done, by account.
    pub(super) done: BTreeMap<String, Line>,
}

impl Summary {
    /// Opens the summary; lines about other files, or about months that were not closed, are left out.
    pub(super) fn open(folder: &Path, options: &CloseOptions) -> Result<Summary, OpenError> {
        // The name says what is in the files, so that one run never takes over the files of another kind.
        let path = folder.join(format!("summary-{}.csv", options.rows));
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        let mut done = read(&file);
        done.retain(|_, line| line.is_of(options));
        file.rewind()?;
        file.set_len(0)?;
        let mut summary = Summary { path, lines: writer(file), done: BTreeMap::new() };
        for line in done.values() {
            summary.add(line)?;
        }
        summary.done = done;
        Ok(summary)
    }

    /// Adds a line, so that a run that is ended now goes on after it.
    pub(super) fn add(&mut self, line: &Line) -> Result<(), OpenError> {
        self.lines.serialize(line)?;
        Ok(self.lines.flush()?)
    }

    /// Puts the lines, which came as the accounts were done, into the order of the accounts.
    pub(super) fn finish(self, folder: &Path) -> Result<(), OpenError> {
        let mut file = self.lines.into_inner().map_err(|problem| problem.to_string())?;
        file.rewind()?;
        let mut sorted = tempfile::Builder::new().prefix(".summary-").tempfile_in(folder)?;
        let mut lines = writer(&mut sorted);
        for line in read(&file).values() {
            lines.serialize(line)?;
        }
        lines.flush()?;
        drop(lines);
        sorted.as_file().sync_all()?;
        keep(sorted, &self.path)
    }
}

fn writer<W: Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out)
}

/// The whole lines of a summary, by account; the last line may be half a line.
fn read(file: &File) -> BTreeMap<String, Line> {
    let lines = csv::Reader::from_reader(file).into_deserialize::<Line>();
    lines.map_while(Result::ok).map(|line| (line.account.clone(), line)).collect()
}
