//! `inkmeter bills close`: a month proved and exported for all accounts, one after the other.
//!
//! What is done stands in the summary, one line for each account, written when all its files are whole. So the
//! summary is also what a later run goes on from, and memory does not grow with what is in the files.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use charging::{Money, Month};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::bills::{export_path, keep};
use super::client::Client;
use super::operator::segment;
use crate::app::OpenError;
use crate::bill::{Format, Language, Rows, Wanted};

/// What to close, and into which files.
pub(super) struct CloseOptions {
    pub(super) month: String,
    pub(super) out: PathBuf,
    pub(super) formats: Vec<String>,
    pub(super) rows: String,
    pub(super) lang: String,
}

impl CloseOptions {
    /// What the server calls an account's files.
    fn file_names(&self, account: &str) -> impl Iterator<Item = String> {
        let rows = Rows::from_word(&self.rows).unwrap_or(Rows::Hours);
        let wanted = self
            .formats
            .iter()
            .filter_map(|format| Format::from_word(format))
            .map(move |format| Wanted { format, rows, bom: false, language: Language::default() });
        wanted.filter_map(|wanted| Some(wanted.file_name(account, self.month.parse().ok()?)))
    }
}

/// The columns of the summary.
const COLUMNS: [&str; 9] =
    ["account", "total", "stated", "usage", "packages", "charges", "detail_rows", "difference", "files"];

/// One line of the summary.
struct Done {
    /// By column.
    cells: [String; COLUMNS.len()],
}

#[derive(Default)]
struct Totals {
    accounts: u64,
    taken_over: u64,
    total: Money,
    charges: u64,
    rows: u64,
    bytes: u64,
    differences: Vec<String>,
}

pub(super) fn close(client: &Client, options: &CloseOptions, as_json: bool) -> Result<ExitCode, OpenError> {
    let month: Month = options.month.parse()?;
    let folder = options.out.join(month.to_string());
    std::fs::create_dir_all(&folder).map_err(|problem| format!("{}: {problem}", folder.display()))?;
    let accounts = client.get("/accounts")?;
    let accounts: Vec<&str> =
        accounts.as_array().into_iter().flatten().filter_map(|account| account["name"].as_str()).collect();
    let mut summary = Summary::open(&folder, options)?;
    let bar = indicatif::ProgressBar::new(accounts.len() as u64);
    bar.set_style(super::bar_style("{pos}/{len} accounts, {eta} left {msg}"));
    let mut totals = Totals::default();
    for name in accounts {
        bar.set_message(name.to_owned());
        if let Some(done) = summary.done.remove(name)
            && done.is_whole(&folder)
        {
            totals.taken_over += 1;
            totals.add(&done)?;
        } else {
            let done = one(client, options, &folder, name, &mut totals)?;
            summary.add(&done)?;
            totals.add(&done)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    summary.finish()?;
    if as_json {
        println!(
            "{}",
            json!({ "month": options.month, "accounts": totals.accounts, "taken_over": totals.taken_over,
                "total": totals.total, "charges": totals.charges, "rows": totals.rows, "bytes": totals.bytes,
                "folder": folder, "differences": totals.differences })
        );
    } else {
        println!("{}", totals.text(&options.month, &folder));
    }
    Ok(if totals.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Proves and exports one account's month.
fn one(
    client: &Client,
    options: &CloseOptions,
    folder: &Path,
    name: &str,
    totals: &mut Totals,
) -> Result<Done, OpenError> {
    let check =
        client.get(&format!("/accounts/{}/bills/{}/check", segment(name), segment(&options.month)))?;
    if check["complete"] != true {
        return Err(format!(
            "{} cannot be closed: it is not over for {name}, or an hour of it is not settled yet",
            options.month
        )
        .into());
    }
    let rows = check["lines"].as_u64().unwrap_or(0) + check["packages"].as_u64().unwrap_or(0);
    let mut files = Vec::new();
    for format in &options.formats {
        let path = export_path(name, &options.month, format, &options.rows, &options.lang, false);
        let mut file = tempfile::Builder::new().prefix(".bill-").tempfile_in(folder)?;
        let mut hash = Sha256::new();
        let sent = client.download(&path, &mut |piece, _| {
            hash.update(piece);
            file.write_all(piece)
        })?;
        let file_name = sent.file_name.ok_or("the server gave the bill no name")?;
        if options.rows == "hours" && format != "focus" && sent.rows != rows {
            return Err(format!("{file_name} has {} rows, and the month has {rows}", sent.rows).into());
        }
        keep(file, &folder.join(&file_name))?;
        totals.bytes += sent.bytes;
        let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        files.push(format!("{file_name}:{}:{hash}", sent.bytes));
    }
    let text = |field: &str| super::print::text(&check, field);
    let difference = check["difference"].as_str().unwrap_or_default().to_owned();
    Ok(Done {
        cells: [
            name.to_owned(),
            text("total"),
            text("stated"),
            text("lines_amount"),
            text("packages_amount"),
            text("charges"),
            rows.to_string(),
            difference,
            files.join(" "),
        ],
    })
}

impl Done {
    /// True if each of its files is there with its length.
    fn is_whole(&self, folder: &Path) -> bool {
        self.cells[8].split(' ').all(|file| {
            let mut parts = file.split(':');
            let (Some(name), Some(bytes)) = (parts.next(), parts.next()) else { return false };
            std::fs::metadata(folder.join(name)).is_ok_and(|found| found.len().to_string() == bytes)
        })
    }

    /// True if its files are those that are asked for now.
    fn is_of(&self, options: &CloseOptions) -> bool {
        let names = self.cells[8].split(' ').map(|file| file.split(':').next().unwrap_or_default());
        names.eq(options.file_names(&self.cells[0]))
    }
}

impl Totals {
    fn add(&mut self, done: &Done) -> Result<(), OpenError> {
        let wrong = |problem| format!("the summary's line of {}: {problem}", done.cells[0]);
        self.accounts += 1;
        self.total += done.cells[1].parse::<Money>().map_err(|problem| wrong(problem.to_string()))?;
        self.charges += done.cells[5].parse::<u64>().map_err(|problem| wrong(problem.to_string()))?;
        self.rows += done.cells[6].parse::<u64>().map_err(|problem| wrong(problem.to_string()))?;
        if !done.cells[7].is_empty() {
            self.differences.push(format!("{}: {}", done.cells[0], done.cells[7]));
        }
        Ok(())
    }

    fn text(&self, month: &str, folder: &Path) -> String {
        let mut text = format!(
            "{month}: {} accounts ({} from an earlier run), {} in all, {} charges in {} rows; in {}",
            self.accounts,
            self.taken_over,
            self.total,
            self.charges,
            self.rows,
            folder.display()
        );
        if self.differences.is_empty() {
            text.push_str("\nEvery sum agrees: lines, settlements, movements of money, charges and usage.");
        }
        for difference in &self.differences {
            text.push_str(&format!("\nDOES NOT ADD UP: {difference}"));
        }
        text
    }
}

/// The summary of a month, which grows by a line for each account.
struct Summary {
    file: File,
    /// What an earlier run has done.
    done: BTreeMap<String, Done>,
}

impl Summary {
    /// Opens the summary; one of other formats or rows is begun anew.
    fn open(folder: &Path, options: &CloseOptions) -> Result<Summary, OpenError> {
        // The name says what is in the files, so that one run never takes over the files of another kind.
        let path = folder.join(format!("summary-{}.csv", options.rows));
        let mut done = BTreeMap::new();
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        let mut reader = csv::Reader::from_reader(&file);
        for record in reader.records() {
            // The last line may be half a line.
            let Ok(record) = record else { break };
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            let Ok(cells) = <[String; COLUMNS.len()]>::try_from(cells) else { break };
            let line = Done { cells };
            if line.is_of(options) {
                done.insert(line.cells[0].clone(), line);
            }
        }
        file.rewind()?;
        file.set_len(0)?;
        let mut summary = Summary { file, done: BTreeMap::new() };
        summary.line(&COLUMNS)?;
        for line in done.values() {
            summary.add(line)?;
        }
        summary.done = done;
        Ok(summary)
    }

    fn add(&mut self, done: &Done) -> Result<(), OpenError> {
        self.line(&done.cells.each_ref().map(String::as_str))
    }

    fn line(&mut self, cells: &[&str]) -> Result<(), OpenError> {
        let mut line = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        line.write_record(cells)?;
        self.file.write_all(&line.into_inner().map_err(|problem| problem.to_string())?)?;
        Ok(())
    }

    fn finish(mut self) -> Result<(), OpenError> {
        self.file.flush()?;
        Ok(self.file.sync_all()?)
    }
}
