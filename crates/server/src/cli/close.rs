//! `inkmeter bills close`: a month proved and exported for all accounts, two at a time.
//!
//! What is done stands in the summary, one line for each account, written when all its files are whole. So the
//! summary is also what a later run goes on from, and memory does not grow with what is in the files.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

use charging::{Money, Month};
use serde_json::{Value, json};
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
    /// True if a month may be exported that is settled and not closed yet.
    pub(super) is_provisional: bool,
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
const COLUMNS: [&str; 11] = [
    "account",
    "total",
    "stated",
    "usage",
    "packages",
    "adjustments",
    "charges",
    "detail_rows",
    "closed",
    "difference",
    "files",
];

/// So many accounts are done at once: the server makes so many files at once.
const AT_ONCE: usize = 2;

const FILES: usize = COLUMNS.len() - 1;

/// One line of the summary.
struct Done {
    /// By column.
    cells: [String; COLUMNS.len()],
}

#[derive(Default)]
struct Totals {
    accounts: u64,
    taken_over: u64,
    not_closed: u64,
    total: Money,
    charges: u64,
    rows: u64,
    bytes: u64,
    differences: Vec<String>,
}

pub(super) fn close(
    data: &Path,
    client: &Client,
    options: &CloseOptions,
    as_json: bool,
) -> Result<ExitCode, OpenError> {
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
    let mut wanted = Vec::new();
    for name in accounts {
        match summary.done.remove(name).filter(|done| done.is_whole(&folder)) {
            Some(done) => {
                totals.taken_over += 1;
                totals.add(&done)?;
                bar.inc(1);
            }
            None => wanted.push(name),
        }
    }
    each(data, options, &folder, &wanted, |done, bytes| {
        bar.set_message(done.cells[0].clone());
        summary.add(&done)?;
        totals.add(&done)?;
        totals.bytes += bytes;
        bar.inc(1);
        Ok(())
    })?;
    bar.finish_and_clear();
    summary.finish(&folder)?;
    if as_json {
        println!("{}", totals.json(&options.month, &folder));
    } else {
        println!("{}", totals.text(&options.month, &folder));
    }
    Ok(if totals.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Proves and exports the accounts, some at once; `take` gets each when it is done, with the length of its files.
/// The first that fails ends it, when those under way are done.
fn each(
    data: &Path,
    options: &CloseOptions,
    folder: &Path,
    accounts: &[&str],
    mut take: impl FnMut(Done, u64) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    let next = AtomicUsize::new(0);
    let (send, done) = sync_channel(AT_ONCE);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                let client = match Client::open(data) {
                    Ok(client) => client,
                    Err(problem) => return drop(send.send(Err(problem.to_string()))),
                };
                while let Some(name) = accounts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let made = one(&client, options, folder, name).map_err(|problem| problem.to_string());
                    // Nobody listens any more after a failure.
                    if send.send(made).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        // Dropped at the end of the scope's body, before the threads are waited for.
        let done = done;
        for made in &done {
            let (done, bytes) = made?;
            take(done, bytes)?;
        }
        Ok(())
    })
}

/// Proves and exports one account's month; gives its line and the length of its files.
fn one(client: &Client, options: &CloseOptions, folder: &Path, name: &str) -> Result<(Done, u64), OpenError> {
    let proof =
        client.get(&format!("/accounts/{}/bills/{}/check", segment(name), segment(&options.month)))?;
    refuse_early(&proof, options, name)?;
    let rows = proof["lines"].as_u64().unwrap_or(0) + proof["packages"].as_u64().unwrap_or(0);
    let (mut files, mut bytes) = (Vec::new(), 0);
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
        bytes += sent.bytes;
        let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        files.push(format!("{file_name}:{}:{hash}", sent.bytes));
    }
    let text = |field: &str| super::print::text(&proof, field);
    let done = Done {
        cells: [
            name.to_owned(),
            text("total"),
            text("stated"),
            text("lines_amount"),
            text("packages_amount"),
            text("adjustments_amount"),
            text("charges"),
            rows.to_string(),
            if proof["closed"] == true { CLOSED } else { NOT_CLOSED }.to_owned(),
            proof["difference"].as_str().unwrap_or_default().to_owned(),
            files.join(" "),
        ],
    };
    Ok((done, bytes))
}

/// The words of the column `closed`.
const CLOSED: &str = "yes";
const NOT_CLOSED: &str = "no";

/// A month that is not over is refused, and without `--provisional` one that is not closed yet. One that should be
/// closed and is not has a difference, which says so.
fn refuse_early(proof: &Value, options: &CloseOptions, name: &str) -> Result<(), OpenError> {
    let month = &options.month;
    if proof["complete"] != true {
        let what =
            format!("{month} cannot be closed: it is not over for {name}, or an hour is not settled yet");
        return Err(what.into());
    }
    if proof["closed"] != true && proof["holds"] == true && !options.is_provisional {
        let closes_at = super::print::text(proof, "closes_at");
        return Err(format!(
            "{month} is over and settled, but not closed yet for {name}: that is on {closes_at}. To prove and              export it as it stands, say --provisional"
        )
        .into());
    }
    Ok(())
}

impl Done {
    /// True if each of its files is there with its length.
    fn is_whole(&self, folder: &Path) -> bool {
        self.cells[FILES].split(' ').all(|file| {
            let mut parts = file.split(':');
            let (Some(name), Some(bytes)) = (parts.next(), parts.next()) else { return false };
            std::fs::metadata(folder.join(name)).is_ok_and(|found| found.len().to_string() == bytes)
        })
    }

    /// True if its files are those that are asked for now, and final, unless that is not asked for.
    fn is_of(&self, options: &CloseOptions) -> bool {
        if self.cells[8] != CLOSED && !options.is_provisional {
            return false;
        }
        let names = self.cells[FILES].split(' ').map(|file| file.split(':').next().unwrap_or_default());
        names.eq(options.file_names(&self.cells[0]))
    }
}

impl Totals {
    fn add(&mut self, done: &Done) -> Result<(), OpenError> {
        let wrong = |problem| format!("the summary's line of {}: {problem}", done.cells[0]);
        self.accounts += 1;
        self.total += done.cells[1].parse::<Money>().map_err(|problem| wrong(problem.to_string()))?;
        self.charges += done.cells[6].parse::<u64>().map_err(|problem| wrong(problem.to_string()))?;
        self.rows += done.cells[7].parse::<u64>().map_err(|problem| wrong(problem.to_string()))?;
        self.not_closed += u64::from(done.cells[8] != CLOSED);
        if !done.cells[9].is_empty() {
            self.differences.push(format!("{}: {}", done.cells[0], done.cells[9]));
        }
        Ok(())
    }

    fn json(&self, month: &str, folder: &Path) -> Value {
        json!({
            "month": month,
            "accounts": self.accounts,
            "taken_over": self.taken_over,
            "not_closed": self.not_closed,
            "total": self.total,
            "charges": self.charges,
            "rows": self.rows,
            "bytes": self.bytes,
            "folder": folder,
            "differences": self.differences,
        })
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
            text.push_str(
                "\nEvery sum agrees: lines, settlements, movements of money, charges, usage, postings",
            );
            text.push_str(if self.not_closed == 0 { ", and the closing." } else { "." });
        }
        if self.not_closed > 0 {
            text.push_str(&format!("\nPROVISIONAL: {} accounts are not closed yet.", self.not_closed));
        }
        for difference in &self.differences {
            text.push_str(&format!("\nDOES NOT ADD UP: {difference}"));
        }
        text
    }
}

/// The summary of a month, which grows by a line for each account.
struct Summary {
    path: PathBuf,
    file: File,
    /// What an earlier run has done.
    done: BTreeMap<String, Done>,
}

impl Summary {
    /// Opens the summary; lines about other files, or about months that were not closed, are left out.
    fn open(folder: &Path, options: &CloseOptions) -> Result<Summary, OpenError> {
        // The name says what is in the files, so that one run never takes over the files of another kind.
        let path = folder.join(format!("summary-{}.csv", options.rows));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        let mut done = lines(&file);
        done.retain(|_, line| line.is_of(options));
        let mut summary = Summary { path, file, done: BTreeMap::new() };
        summary.file.rewind()?;
        summary.file.set_len(0)?;
        write_line(&mut summary.file, &COLUMNS)?;
        for line in done.values() {
            summary.add(line)?;
        }
        summary.done = done;
        Ok(summary)
    }

    fn add(&mut self, done: &Done) -> Result<(), OpenError> {
        write_line(&mut self.file, &done.cells.each_ref().map(String::as_str))
    }

    /// Puts the lines, which came as the accounts were done, into the order of the accounts.
    fn finish(mut self, folder: &Path) -> Result<(), OpenError> {
        self.file.rewind()?;
        let mut sorted = tempfile::Builder::new().prefix(".summary-").tempfile_in(folder)?;
        write_line(&mut sorted, &COLUMNS)?;
        for line in lines(&self.file).into_values() {
            write_line(&mut sorted, &line.cells.each_ref().map(String::as_str))?;
        }
        sorted.as_file().sync_all()?;
        keep(sorted, &self.path)
    }
}

/// The whole lines of a summary by account; the last line may be half a line.
fn lines(file: &File) -> BTreeMap<String, Done> {
    let mut done = BTreeMap::new();
    for record in csv::Reader::from_reader(file).records() {
        let Ok(record) = record else { break };
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        let Ok(cells) = <[String; COLUMNS.len()]>::try_from(cells) else { break };
        done.insert(cells[0].clone(), Done { cells });
    }
    done
}

fn write_line(out: &mut impl Write, cells: &[&str]) -> Result<(), OpenError> {
    let mut line = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    line.write_record(cells)?;
    Ok(out.write_all(&line.into_inner().map_err(|problem| problem.to_string())?)?)
}
