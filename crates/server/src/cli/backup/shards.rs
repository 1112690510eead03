//! Backups of books in several shards: out of their database beside the nodes, and back into an empty one. They may be made
//! with any node's folder, for nodes have the same keys and configuration.

use std::path::Path;
use std::process::ExitCode;

use charging::Timestamp;
use ledger::backup::{self, BackupError, Database, Point, Restoring, Sealed};
use ledger::journal::postgres::Facts;
use ledger::verify::{Difference, Report};

use super::{BackupCommand, RestoreCommand, check, files_of, finish, row, with_bar};
use crate::app::OpenError;
use crate::auth::rotation::KEY;
use crate::auth::secrets::Secrets;
use crate::cli::verify::{add, every_law_holds, prove_folder, rules_of};
use crate::clock::system_now_ms;
use crate::data_dir::DataDir;
use crate::database::{Books, check_here};
use crate::say::{in_shell, say};
use crate::shard::Shard;

/// The database of a folder's books, if they are in several shards of one.
///
/// # Errors
/// They are, and nobody says which database that is; or it is another one, or cannot be asked.
pub(super) fn database_of<'a>(
    folder: &DataDir,
    named: Option<&'a str>,
) -> Result<Option<&'a str>, OpenError> {
    let is_copy = folder.copy_marker().exists();
    if !is_copy && (folder.journal().exists() || folder.directory_db().exists()) {
        return Ok(None);
    }
    let Some(database) = named else {
        if folder.shards()?.iter().any(|shard| *shard != Shard::FIRST) {
            return Err(format!(
                "the books of {} are in a database, in several shards: name it (--database, or INKMETER_DATABASE)",
                folder.0.display()
            )
            .into());
        }
        return Ok(None);
    };
    if is_copy {
        Books::check_copy(folder, database)?;
    }
    let is_in_several = Facts::connect(database)?.shard_count()? > 1;
    Ok(is_in_several.then_some(database))
}

/// Runs `backup` for all shards of a database.
pub(super) fn back_up(
    folder: &DataDir,
    database: &str,
    command: &BackupCommand,
) -> Result<ExitCode, OpenError> {
    check(folder, command)?;
    check_here(database)?;
    let fingerprint = if command.without_keys {
        Facts::connect(database)?.key()?
    } else {
        let secrets = Secrets::open(&folder.master_key(), true);
        let books = Books::first_of(database.to_owned());
        Some(secrets.map_err(|problem| books.of_key(problem, folder))?.fingerprint())
    };
    let source = Database {
        address: database,
        files: files_of(folder, command),
        key: fingerprint.map(|fingerprint| Sealed { document: KEY, fingerprint }),
    };
    let made_at = Timestamp::from_ms(system_now_ms());
    let made = with_bar(|progress| backup::back_up_shards(&source, &command.to, made_at, progress))?;
    let to = in_shell(&command.to);
    finish(command, &made, &format!("inkmeter restore {to} --data NEW_FOLDER --database EMPTY_DATABASE"))
}

/// Runs `restore` for a point of several shards. The database has nothing before every law is proved on all of it.
pub(super) fn restore(data: &Path, command: &RestoreCommand, chosen: &Point) -> Result<ExitCode, OpenError> {
    let shards = chosen.shards();
    let Some(database) = command.database.as_deref() else {
        return Err(format!(
            "these are books in {shards} shards, which are restored into a database: name one that is empty (--database, or \
             INKMETER_DATABASE)"
        )
        .into());
    };
    if Facts::connect(database)?.has_books()? {
        return Err(BackupError::DatabaseNotEmpty.into());
    }
    let mut restoring = with_bar(|progress| Restoring::begin(&command.from, chosen, data, progress))?;
    let folder = DataDir(restoring.folder().to_owned());
    // Never is it taken for books of its own.
    for shard in all(shards) {
        Books::mark_as_copy(&folder.of_shard(shard), database)?;
    }
    let has_key = folder.master_key().exists();
    let proved = prove(&folder, shards)?;
    if proved.is_ok() {
        let filling =
            with_bar(|progress| backup::fill(restoring.folder(), chosen, (database, KEY), progress))?;
        restoring.name()?;
        filling.commit().map_err(|problem| {
            format!(
                "{problem}. Whether the database has taken the books is not known: if it is not empty, it has all of them, \
                 and any node with the right master.key can serve them"
            )
        })?;
        restoring.finish();
    }
    tell(data, command, (chosen, has_key), &proved);
    Ok(if proved.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn all(shards: usize) -> impl Iterator<Item = Shard> {
    (0..=u8::MAX).take(shards).map(Shard)
}

/// Proves the laws on every shard.
fn prove(home: &DataDir, shards: usize) -> Result<Result<Report, (Shard, Difference)>, OpenError> {
    let mut whole = Report::default();
    for shard in all(shards) {
        let folder = home.of_shard(shard);
        match prove_folder(&folder, rules_of(home, &folder, None)?, None, &mut |_| {})? {
            Ok(report) => add(&mut whole, &report),
            Err(difference) => return Ok(Err((shard, difference))),
        }
    }
    Ok(Ok(whole))
}

fn tell(
    data: &Path,
    command: &RestoreCommand,
    (chosen, has_key): (&Point, bool),
    proved: &Result<Report, (Shard, Difference)>,
) {
    if command.json {
        let mut value = row(chosen);
        value["holds"] = proved.is_ok().into();
        value["has_key"] = has_key.into();
        match proved {
            Ok(report) => {
                value["charges"] = report.charges.into();
                value["accounts"] = report.accounts.into();
            }
            Err((shard, difference)) => {
                value["shard"] = shard.0.into();
                value["detail"] = difference.to_string().into();
            }
        }
        say!("{value}");
        return;
    }
    match proved {
        Ok(report) => {
            let (name, shards) = (&chosen.name, chosen.shards());
            say!("{name} restored into the database, in {shards} shards, and into {}.", data.display());
            say!("{}", every_law_holds(report));
        }
        Err((shard, difference)) => {
            say!("Shard {shard}: {difference}");
            say!("Nothing was restored.");
            return;
        }
    }
    if !has_key {
        say!("The backup has no keys: put master.key into the folder before a node is started.");
    }
    say!(
        "To go on: inkmeter serve --data {}, as a node, with INKMETER_DATABASE and INKMETER_CLUSTER_LISTEN; other nodes need \
         its master.key, operator.token and config.toml",
        in_shell(data)
    );
}
