//! `inkmeter verify`: works beside a running server and without one.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use ledger::Rules;
use ledger::directory::account_ids;
use ledger::journal::{RealDisk, last_record};
use ledger::rulebook::Rulebook;
use ledger::verify::{Difference, Progress, Report, VerifyOptions, verify as prove};

use super::client::Client;
use crate::app::OpenError;
use crate::config::{Config, DEFAULTS};
use crate::data_dir::DataDir;
use crate::folder;
use crate::say::{count, say};
use crate::shard::Shard;

/// How long a running server has to say how far its journal is durable.
const ANSWER_TIME: Duration = Duration::from_secs(10);

pub(super) fn verify(data: &Path, config: Option<&Path>, json: bool) -> Result<ExitCode, OpenError> {
    let home = DataDir(data.to_owned());
    let mut shards = home.shards()?;
    if shards.is_empty() {
        // Where accounts are known, a journal that is gone is told of with its cure, further down.
        if !home.directory_db().exists() {
            return Err(format!(
                "there are no books in {}; name the data folder with --data",
                data.display()
            )
            .into());
        }
        shards.push(Shard::FIRST);
    }
    let (mut whole, mut behind) = (Report::default(), Vec::new());
    for shard in &shards {
        let folder = home.of_shard(*shard);
        let rules = rules_of(&home, &folder, config)?;
        let durable = durable(data, *shard, shards.len());
        let bar = indicatif::ProgressBar::new(0);
        let mut progress = |at: Progress| {
            bar.set_length(at.last);
            bar.set_position(at.sequence);
        };
        // What lies here may be behind: another server may have the books by now.
        let is_copy = folder.copy_marker().exists() || *shard != Shard::FIRST;
        if is_copy && durable.is_none() {
            behind.push(*shard);
        }
        let proved = prove_folder(&folder, rules, durable, &mut progress)?;
        bar.finish_and_clear();
        match proved {
            Ok(report) => add(&mut whole, &report),
            Err(difference) => {
                tell_difference(&difference, (*shard, shards.len()), json);
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    tell_whole(&whole, &behind, shards.len(), json);
    Ok(ExitCode::SUCCESS)
}

/// Adds what was proved of one shard to what was of others.
pub(super) fn add(whole: &mut Report, report: &Report) {
    whole.records += report.records;
    whole.entries += report.entries;
    whole.events += report.events;
    whole.accounts += report.accounts;
    whole.charges += report.charges;
    whole.hours_settled += report.hours_settled;
    whole.snapshots += report.snapshots;
    whole.rows_read += report.rows_read;
    whole.read_progress = whole.read_progress.or(report.read_progress);
}

/// How far a running server says that the journal is durable; without one it is read to its end. Of what another node has
/// by now, nobody here knows it.
fn durable(data: &Path, shard: Shard, shards: usize) -> Option<u64> {
    let path = if shards > 1 { format!("/journal?shard={shard}") } else { "/journal".to_owned() };
    let journal = Client::open(data, ANSWER_TIME).and_then(|client| client.get(&path)).ok()?;
    journal["durable"].as_u64().filter(|_| journal["here"] != false)
}

fn tell_whole(report: &Report, behind: &[Shard], shards: usize, json: bool) {
    let is_copy = !behind.is_empty();
    if json {
        let (charges, accounts) = (report.charges, report.accounts);
        say!(
            "{}",
            serde_json::json!({ "holds": true, "shards": shards, "records": report.records,
                "entries": report.entries, "events": report.events, "accounts": accounts, "charges": charges,
                "hours_settled": report.hours_settled, "snapshots": report.snapshots,
                "rows_read": report.rows_read, "is_copy": is_copy })
        );
        return;
    }
    say!("{}", every_law_holds(report));
    if !is_copy {
        return;
    }
    if shards == 1 {
        say!("This is a copy of the books up to record {}; the database may have more.", report.records);
    } else {
        let behind: Vec<String> = behind.iter().map(Shard::to_string).collect();
        say!("Of these shards this is a copy, and the database may have more: {}.", behind.join(", "));
    }
}

fn tell_difference(difference: &Difference, (shard, shards): (Shard, usize), json: bool) {
    if json {
        let holds = if difference.is_unproved() { None } else { Some(false) };
        say!(
            "{}",
            serde_json::json!({ "holds": holds, "shard": shard.0, "law": difference.law,
                "detail": difference.to_string(), "cure": difference.cure })
        );
    } else if shards > 1 {
        say!("Shard {shard}: {difference}");
    } else {
        say!("{difference}");
    }
}

/// The rules the books were made under: those of the rulebook, and of the configuration what it does not know yet.
/// Nothing is written: whoever verifies changes nothing.
pub(super) fn rules_of(home: &DataDir, folder: &DataDir, config: Option<&Path>) -> Result<Rules, OpenError> {
    let own = home.config();
    let config = match config {
        Some(named) => Config::load(named)?,
        None if own.exists() => Config::load(&own)?,
        None => Config::parse(DEFAULTS)?,
    };
    let book = Rulebook::open(&folder.rulebook())?;
    if book.is_none() {
        let last = last_record(&RealDisk, &folder.journal())?;
        folder::check_rulebook(folder, false, last > 0)?;
    }
    Ok(book.unwrap_or_default().with_past(config.rules()?)?)
}

/// Proves the books of a data folder: the journal, the read model, and that the directory knows its accounts.
/// `durable` is how far a running server says that its journal is.
///
/// # Errors
/// The directory cannot be read. That a law does not hold is not an error but the answer.
pub(crate) fn prove_folder(
    folder: &DataDir,
    rules: Rules,
    durable: Option<u64>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Result<Report, Difference>, OpenError> {
    let accounts = account_ids(&folder.directory_db())?;
    // Of no books at all every law would hold.
    folder::check_journal(folder, accounts.len())?;
    let accounts: Vec<_> = accounts.iter().filter_map(|id| id.parse().ok()).collect();
    Ok(prove(VerifyOptions {
        dir: folder.journal(),
        disk: Arc::new(RealDisk),
        rules: Arc::new(rules),
        // Without a server it may not be there: the next start makes it.
        read_db: Some(folder.read_db()).filter(|path| durable.is_some() || path.exists()),
        directory: Some(accounts),
        durable,
        progress: Some(progress),
    }))
}

/// What was proved, in a sentence.
pub(crate) fn every_law_holds(report: &Report) -> String {
    let read_model = match report.read_progress {
        Some(_) => format!("{} compared", count(report.rows_read, "row")),
        None => "no read model there to compare (the next start makes it)".to_owned(),
    };
    format!(
        "Every law holds: {} of {} in {}, {} settled, {} and {read_model}.",
        count(report.charges, "charge"),
        count(report.accounts, "account"),
        count(report.records, "record"),
        count(report.hours_settled, "hour"),
        count(report.snapshots, "snapshot"),
    )
}
