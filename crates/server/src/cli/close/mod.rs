//! `inkmeter bills close`: a month proved and exported for all accounts, two at a time.
//!
//! What is done stands in the summary, one line for each account, written when all its files are whole. So the
//! summary is also what a later run goes on from, and memory does not grow with what is in the files.

mod summary;

use std::io::Write;
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
use super::print;
use crate::app::OpenError;
use crate::bill::{Format, Language, Rows, Wanted};
use crate::say::say;
use crate::views::raw;
use summary::{Closed, Line, Summary};

/// What to close, and into which files.
pub(super) struct CloseOptions {
    pub(super) month: String,
    pub(super) out: PathBuf,
    pub(super) formats: Vec<String>,
    pub(super) rows: String,
    pub(super) language: String,
    /// True if a month may be exported that is settled and not closed yet.
    pub(super) is_provisional: bool,
    /// True if files of an earlier run are written anew.
    pub(super) is_again: bool,
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

/// So many accounts are done at once: the server makes so many files at once.
const AT_ONCE: usize = 2;

#[derive(Default)]
struct Totals {
    accounts: u64,
    taken_over: u64,
    not_closed: u64,
    /// Accounts that were not there yet: they have no bill of the month.
    opened_later: usize,
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
    let (accounts, later): (Vec<&Value>, Vec<&Value>) =
        accounts.as_array().into_iter().flatten().partition(|account| was_open(account, month));
    let accounts: Vec<&str> = accounts.into_iter().filter_map(|account| account["name"].as_str()).collect();
    let mut summary = Summary::open(&folder, options)?;
    let bar = indicatif::ProgressBar::new(accounts.len() as u64);
    bar.set_style(super::bar_style("{pos}/{len} accounts, {eta} left {msg}"));
    let mut totals = Totals { opened_later: later.len(), ..Totals::default() };
    let mut wanted = Vec::new();
    for name in accounts {
        match summary.done.remove(name).filter(|line| line.is_whole(&folder)) {
            Some(line) => {
                totals.taken_over += 1;
                totals.add(&line);
                bar.inc(1);
            }
            None => wanted.push(name),
        }
    }
    each(client, options, &folder, &wanted, |line, bytes| {
        bar.set_message(line.account.clone());
        summary.add(&line)?;
        totals.add(&line);
        totals.bytes += bytes;
        bar.inc(1);
        Ok(())
    })?;
    bar.finish_and_clear();
    summary.finish(&folder)?;
    if as_json {
        say!("{}", totals.json(&options.month, &folder));
    } else {
        say!("{}", totals.text(&options.month, &folder));
    }
    Ok(if totals.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether an account was there in a month. Its opening is told in its own zone, by which its months go.
fn was_open(account: &Value, month: Month) -> bool {
    let opened_at = account["opened_at"].as_str().unwrap_or_default();
    opened_at.get(..7).and_then(|opened| opened.parse().ok()).is_none_or(|opened: Month| opened <= month)
}

/// Proves and exports the accounts, some at once; `take` gets each when it is done, with the length of its files.
/// The first that fails ends it, when those under way are done.
fn each(
    client: &Client,
    options: &CloseOptions,
    folder: &Path,
    accounts: &[&str],
    mut take: impl FnMut(Line, u64) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    let next = AtomicUsize::new(0);
    let (send, done) = sync_channel(AT_ONCE);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                let client = match client.another() {
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
            let (line, bytes) = made?;
            take(line, bytes)?;
        }
        Ok(())
    })
}

/// Proves and exports one account's month; gives its line and the length of its files.
fn one(client: &Client, options: &CloseOptions, folder: &Path, name: &str) -> Result<(Line, u64), OpenError> {
    let proof =
        client.get(&format!("/accounts/{}/bills/{}/check", segment(name), segment(&options.month)))?;
    refuse_early(&proof, options, name)?;
    let rows = proof["lines"].as_u64().unwrap_or(0) + proof["packages"].as_u64().unwrap_or(0);
    let (mut files, mut bytes) = (Vec::new(), 0);
    for format in &options.formats {
        let path = export_path(name, &options.month, format, &options.rows, &options.language, false);
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
    let amount = |field: &str| {
        let text = print::text(&proof, field);
        text.parse::<Money>().map_err(|problem| format!("{field} of {name}: {text:?}: {problem}"))
    };
    let line = Line {
        account: name.to_owned(),
        total: amount("total")?,
        stated: amount("stated")?,
        usage: amount("lines_amount")?,
        packages: amount("packages_amount")?,
        adjustments: amount("adjustments_amount")?,
        charges: proof["charges"].as_u64().unwrap_or(0),
        detail_rows: rows,
        closed: if proof["closed"] == true { Closed::Yes } else { Closed::No },
        difference: proof["difference"].as_str().unwrap_or_default().to_owned(),
        files: files.join(" "),
    };
    Ok((line, bytes))
}

/// A month that is not over is refused, and without `--provisional` one that is not closed yet. One that should be
/// closed and is not has a difference, which says so.
fn refuse_early(proof: &Value, options: &CloseOptions, name: &str) -> Result<(), OpenError> {
    let month = &options.month;
    if proof["complete"] != true {
        let closes_at = print::text(proof, "closes_at");
        return Err(format!(
            "{month} cannot be closed: it is not over for {name}, or an hour is not settled yet. The books close it on \
             {closes_at}, or when its last hour is settled if that is later: try again then"
        )
        .into());
    }
    if proof["closed"] != true && proof["holds"] == true && !options.is_provisional {
        let closes_at = print::text(proof, "closes_at");
        return Err(format!(
            "{month} is over and settled, but not closed yet for {name}: that is on {closes_at}. To prove \
             and export it as it stands, say --provisional"
        )
        .into());
    }
    Ok(())
}

impl Totals {
    fn add(&mut self, line: &Line) {
        self.accounts += 1;
        self.total += line.total;
        self.charges += line.charges;
        self.rows += line.detail_rows;
        self.not_closed += u64::from(line.closed != Closed::Yes);
        if !line.difference.is_empty() {
            self.differences.push(format!("{}: {}", line.account, line.difference));
        }
    }

    fn json(&self, month: &str, folder: &Path) -> Value {
        json!({
            "month": month,
            "accounts": self.accounts,
            "taken_over": self.taken_over,
            "not_closed": self.not_closed,
            "opened_later": self.opened_later,
            "total": raw(self.total),
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
        if self.taken_over > 0 {
            text.push_str(&format!(
                "\nThe files of {} accounts are as an earlier run wrote them: what was paid of their debts since is not in \
                 them. --again writes all of them anew.",
                self.taken_over
            ));
        }
        if self.differences.is_empty() {
            text.push_str(
                "\nEvery sum agrees: lines, settlements, movements of money, charges, usage, postings",
            );
            text.push_str(if self.not_closed == 0 { ", and the closing." } else { "." });
        }
        if self.not_closed > 0 {
            text.push_str(&format!("\nPROVISIONAL: {} accounts are not closed yet.", self.not_closed));
        }
        if self.opened_later > 0 {
            text.push_str(&format!(
                "\nWithout a bill, for they were opened later: {} accounts.",
                self.opened_later
            ));
        }
        for difference in &self.differences {
            text.push_str(&format!("\nDOES NOT ADD UP: {difference}"));
        }
        text
    }
}
