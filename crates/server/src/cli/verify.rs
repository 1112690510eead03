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

/// How long a running server has to say how far its journal is durable.
const ANSWER_TIME: Duration = Duration::from_secs(10);

pub(super) fn verify(data: &Path, config: Option<&Path>, json: bool) -> Result<ExitCode, OpenError> {
    let folder = DataDir(data.to_owned());
    // Where accounts are known, a journal that is gone is told of with its cure, further down.
    if !folder.journal().exists() && !folder.directory_db().exists() {
        return Err(
            format!("there are no books in {}; name the data folder with --data", data.display()).into()
        );
    }
    let rules = rules_of(&folder, config)?;
    // A running server says how far its journal is durable; without one it is read to its end.
    let durable = Client::open(data, ANSWER_TIME).and_then(|client| client.get("/journal")).ok();
    let durable = durable.and_then(|journal| journal["durable"].as_u64());
    let bar = indicatif::ProgressBar::new(0);
    let mut progress = |at: Progress| {
        bar.set_length(at.last);
        bar.set_position(at.sequence);
    };
    // What lies here may be behind: another server may have the books by now.
    let is_copy = folder.copy_marker().exists() && durable.is_none();
    let proved = prove_folder(&folder, rules, durable, &mut progress)?;
    bar.finish_and_clear();
    match proved {
        Ok(report) => {
            if json {
                let (charges, accounts) = (report.charges, report.accounts);
                say!(
                    "{}",
                    serde_json::json!({ "holds": true, "records": report.records, "entries": report.entries,
                        "events": report.events, "accounts": accounts, "charges": charges,
                        "hours_settled": report.hours_settled, "snapshots": report.snapshots,
                        "rows_read": report.rows_read, "is_copy": is_copy })
                );
            } else {
                say!("{}", every_law_holds(&report));
                if is_copy {
                    say!(
                        "This is a copy of the books up to record {}; the database may have more.",
                        report.records
                    );
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(difference) => {
            if json {
                say!(
                    "{}",
                    serde_json::json!({ "holds": false, "law": difference.law, "detail": difference.to_string(),
                        "cure": difference.cure })
                );
            } else {
                say!("{difference}");
            }
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The rules the books were made under: those of the rulebook, and of the configuration what it does not know yet.
/// Nothing is written: whoever verifies changes nothing.
pub(super) fn rules_of(folder: &DataDir, config: Option<&Path>) -> Result<Rules, OpenError> {
    let own = folder.config();
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
