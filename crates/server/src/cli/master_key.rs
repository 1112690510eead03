//! `inkmeter master-key`, `operator-token` and `metrics-token`: the secrets of a data folder, made anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use ledger::directory::Directory;
use ledger::journal::postgres::Facts;
use ledger::journal::{RealDisk, lock};
use serde_json::json;

use super::operator::Json;
use crate::app::OpenError;
use crate::auth::rotation::{self, Step};
use crate::auth::secrets::Secrets;
use crate::auth::token_file;
use crate::data_dir::DataDir;
use crate::database::{Books, Lease};
use crate::say::count;
use crate::sign;

/// How long the books are kept for a command that is gone.
const LEASE: Duration = Duration::from_secs(10);

/// The key file that secret keys are sealed with.
#[derive(Subcommand)]
pub(super) enum MasterKeyCommand {
    /// Make a new one where the old one is lost. The access keys made before cannot be used any more.
    New {
        #[command(flatten)]
        json: Json,
    },
    /// Make a new one and seal every secret with it: access keys and webhooks go on as before.
    ///
    /// The server must be stopped; of books in a database, all its servers and nodes. What is interrupted is brought to its end by the
    /// next start, or by this command. Backups have the key of their time: those made --without-keys need the old
    /// master.key, so keep that for as long as them. The other servers of a database need a copy of the new one before
    /// they start.
    Rotate {
        /// The PostgreSQL database that keeps the books, as of `inkmeter serve`.
        #[arg(long, env = "INKMETER_DATABASE", hide_env_values = true)]
        database: Option<String>,
        #[command(flatten)]
        json: Json,
    },
}

/// A token in a file of the data folder.
#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Put a new one into the file. A running server takes it at once, without a restart; the old one is worth nothing
    /// then, nor are sessions of the console that began with it.
    New {
        #[command(flatten)]
        json: Json,
    },
}

/// Runs `master-key`.
pub(super) fn run(data: &Path, command: &MasterKeyCommand) -> Result<ExitCode, OpenError> {
    let folder = DataDir(data.to_owned());
    match command {
        MasterKeyCommand::New { json } => new(&folder, json),
        MasterKeyCommand::Rotate { database, json } => rotate(&folder, database.as_deref(), json),
    }
}

fn new(folder: &DataDir, json: &Json) -> Result<ExitCode, OpenError> {
    rotation::check_none_interrupted(folder)?;
    let path = folder.master_key();
    Secrets::make_key(&path)?;
    json.show(&json!({ "file": path }), |_| {
        format!("{} is new: access keys made before cannot be checked any more", path.display())
    });
    Ok(ExitCode::SUCCESS)
}

fn rotate(folder: &DataDir, database: Option<&str>, json: &Json) -> Result<ExitCode, OpenError> {
    let shown = folder.0.display();
    if !folder.directory_db().exists() && database.is_none() {
        return Err(format!("there are no books in {shown}; name the data folder with --data").into());
    }
    if let Some(database) = database
        && let Some(elsewhere) = Facts::connect(database)?.moved()?
    {
        return Err(
            format!("the books of this database were moved into {elsewhere}: rotate the key there").into()
        );
    }
    // Whoever works on the books holds one or the other.
    let leases = database.map(|database| Lease::take_all(database, LEASE)).transpose()?.unwrap_or_default();
    let _journal = database.is_none().then(|| lock(&RealDisk, &folder.journal())).transpose()?;
    let books: Vec<Books> = match database {
        Some(database) => leases.iter().map(|(shard, _)| Books::There(database.to_owned(), *shard)).collect(),
        None => vec![Books::Here],
    };
    let (mut claims, mut directories) = (Vec::new(), Vec::new());
    for books in &books {
        let folder = folder.of_shard(books.shard());
        fs::create_dir_all(&folder.0)?;
        claims.push(books.claim(&folder)?);
        directories.push(books.directory(&folder)?);
    }
    let directories: Vec<&Directory> = directories.iter().collect();
    rotation::settle(folder, &directories)?;
    for (books, directory) in books.iter().zip(&directories) {
        let secrets = Secrets::open(&folder.master_key(), true);
        let secrets = secrets.map_err(|problem| books.of_key(problem, folder))?;
        books.check_key(directory, folder, &secrets.fingerprint())?;
    }
    let mut at = |step| {
        // Before the new key is in its place: who finds one beside it brings the rotation to its end.
        if let Some(database) = database.filter(|_| step == Step::Sealed) {
            let new = Secrets::open(&rotation::next_key(folder), true)?;
            Facts::connect(database)?.say_key(&new.fingerprint())?;
        }
        Ok(())
    };
    let resealed = rotation::rotate(folder, &directories, &mut at)?;
    let file = folder.master_key();
    let told = json!({ "file": file, "sealed": resealed.anew, "left": resealed.left });
    json.show(&told, |_| {
        let mut text =
            format!("{} is new, and {} sealed with it.", file.display(), count(resealed.anew, "secret"));
        if resealed.left > 0 {
            text += &format!(
                " {} could not be opened with the old key either, and stayed as they were.",
                count(resealed.left, "secret")
            );
        }
        if database.is_some() {
            text += "\nThe other servers of the database need a copy of it before they start.";
        }
        text
    });
    Ok(ExitCode::SUCCESS)
}

/// Runs `operator-token` or `metrics-token`, whose file this is.
pub(super) fn token(data: &Path, file: &PathBuf, command: &TokenCommand) -> Result<ExitCode, OpenError> {
    let TokenCommand::New { json } = command;
    if !data.is_dir() {
        return Err(format!("there is no data folder {}; name it with --data", data.display()).into());
    }
    token_file::replace(file)?;
    let running = sign::read(&DataDir(data.to_owned()).address())?;
    json.show(&json!({ "file": file, "server": running }), |_| {
        let whose =
            if running.is_some() { "the running server takes it at once" } else { "no server is running" };
        format!("{} has a new token; {whose}", file.display())
    });
    Ok(ExitCode::SUCCESS)
}
