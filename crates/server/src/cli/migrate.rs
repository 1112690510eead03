//! `inkmeter migrate`: the books of a data folder into a PostgreSQL database, and back.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use ledger::journal::postgres::Facts;
use ledger::migrate::{self, Folder, MigrateError, Progress, Step};
use serde_json::json;

use super::bar_style;
use crate::app::OpenError;
use crate::data_dir::DataDir;
use crate::database::{Books, Lease};
use crate::say::{in_shell, say};

/// How long the books are kept for a command that is gone.
const LEASE: Duration = Duration::from_secs(10);

/// Which way the books go.
#[derive(Debug, Subcommand)]
pub(super) enum MigrateCommand {
    /// From the data folder into a database. Afterwards the folder has a copy.
    ///
    /// The server must be stopped. Every record is compared once it is there; until then the folder keeps the books. What
    /// is interrupted goes on where it was when the command is given again. The keys (master.key) and the configuration
    /// stay in the folder: every server of the database needs the same.
    IntoDatabase {
        /// The PostgreSQL database: postgres://USER:PASSWORD@HOST/NAME, or host=… user=… dbname=….
        #[arg(long, env = "INKMETER_DATABASE", hide_env_values = true)]
        database: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// From a database into the data folder, a new one or one that has a copy. Afterwards the database is set aside.
    ///
    /// All servers of the database must be stopped. Put master.key and config.toml of one of them into a new folder. What
    /// stays in the database is kept as it was, and no server starts on it.
    IntoFolder {
        /// The PostgreSQL database: postgres://USER:PASSWORD@HOST/NAME, or host=… user=… dbname=….
        #[arg(long, env = "INKMETER_DATABASE", hide_env_values = true)]
        database: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn migrate(data: &Path, command: &MigrateCommand) -> Result<ExitCode, OpenError> {
    match command {
        MigrateCommand::IntoDatabase { database, json } => into_database(data, database, *json),
        MigrateCommand::IntoFolder { database, json } => into_folder(data, database, *json),
    }
}

fn into_database(data: &Path, database: &str, json: bool) -> Result<ExitCode, OpenError> {
    let folder = DataDir(data.to_owned());
    let shown = data.display();
    if !folder.journal().exists() {
        return Err(format!("there are no books in {shown}; name the data folder with --data").into());
    }
    let _claim = Books::Here.claim(&folder)?;
    let lease = Lease::take(database, LEASE)?;
    let records = with_bar(|progress| migrate::into_database(&places(&folder), database, progress))?;
    still_ours(&lease)?;
    Facts::connect(database)?.say_moved(None)?;
    // From here on the folder's books are a copy.
    Books::mark_as_copy(&folder, database)?;
    if json {
        say!("{}", json!({ "records": records, "from": data, "into": "database" }));
    } else {
        say!(
            "All {records} records are in the database, and the same as in {shown}, which has a copy of them now."
        );
        say!("To go on: inkmeter serve --data {} --database …", in_shell(data));
    }
    Ok(ExitCode::SUCCESS)
}

fn into_folder(data: &Path, database: &str, json: bool) -> Result<ExitCode, OpenError> {
    crate::folder::make(data)?;
    let folder = DataDir(data.to_owned());
    let _claim = Books::first_of(database.to_owned()).claim(&folder)?;
    let lease = Lease::take(database, LEASE)?;
    let records = with_bar(|progress| migrate::into_folder(&places(&folder), database, progress))?;
    still_ours(&lease)?;
    // First the database: never are there books in two places.
    let into = std::path::absolute(data)?.display().to_string();
    Facts::connect(database)?.say_moved(Some(&into))?;
    Books::mark_as_own(&folder)?;
    if json {
        say!("{}", json!({ "records": records, "from": "database", "into": data }));
        return Ok(ExitCode::SUCCESS);
    }
    say!(
        "All {records} records are in {}, and the same as in the database, which no server uses any more.",
        data.display()
    );
    for (file, path) in [("master.key", folder.master_key()), ("config.toml", folder.config())] {
        if !path.exists() {
            say!("Put {file} of the servers that used the database into the folder before it is served.");
        }
    }
    say!("To go on: inkmeter serve --data {}", in_shell(data));
    Ok(ExitCode::SUCCESS)
}

fn places(folder: &DataDir) -> Folder {
    Folder {
        journal: folder.journal(),
        read_db: folder.read_db(),
        directory: folder.directory_db(),
        outbox: folder.outbox_db(),
        rulebook: folder.rulebook(),
    }
}

fn still_ours(lease: &Lease) -> Result<(), OpenError> {
    lease.lost().map_or(Ok(()), |reason| Err(format!("{reason}: nothing was moved; try again").into()))
}

fn with_bar<T>(work: impl FnOnce(&mut Progress<'_>) -> Result<T, MigrateError>) -> Result<T, MigrateError> {
    let bar = indicatif::ProgressBar::new(0).with_style(bar_style("{msg} record {pos} of {len}"));
    let mut progress = |step, record, last| {
        bar.set_message(match step {
            Step::Copy => "copied",
            Step::Compare => "compared",
        });
        bar.set_length(last);
        bar.set_position(record);
    };
    let done = work(&mut progress);
    bar.finish_and_clear();
    done
}
