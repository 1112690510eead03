//! Whether what lies in a data folder belongs together.
//!
//! The journal, the directory and the key file are of no use without each other. If one of them is gone, a start
//! that made a new one would lose money or keys without a word; so it is refused, with what can be done.

use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use crate::app::OpenError;
use crate::data_dir::DataDir;
use crate::say::in_shell;

/// The rights of a data folder.
const OWNER_ONLY: u32 = 0o700;
/// What anybody else may do with it.
const OTHERS: u32 = 0o077;
const JOURNAL: &str = "journal";

/// Checks that there is a journal if there are accounts. Asked before the journal is opened, which would make one.
///
/// # Errors
/// The journal is gone.
pub(crate) fn check_journal(data: &DataDir, accounts: usize) -> Result<(), OpenError> {
    if accounts == 0 || has_entries(&data.journal()) {
        return Ok(());
    }
    Err(format!(
        "{} is missing or empty, but {} knows {accounts} accounts: their money and packages are in that journal. Restore \
         the whole folder from a backup. To begin anew with empty books, use another folder.",
        data.journal().display(),
        data.directory_db().display(),
    )
    .into())
}

/// Checks that the directory knows accounts if the journal does.
///
/// # Errors
/// The directory is gone.
pub(crate) fn check_directory(data: &DataDir, known: usize, in_journal: usize) -> Result<(), OpenError> {
    if in_journal == 0 || known > 0 {
        return Ok(());
    }
    Err(format!(
        "the journal has {in_journal} accounts, but {} knows none: names, users and keys are gone. Restore the \
         whole folder from a backup.",
        data.directory_db().display()
    )
    .into())
}

/// Checks that the rules of the past are there if there is a past.
///
/// # Errors
/// The rulebook is gone.
pub(crate) fn check_rulebook(data: &DataDir, is_there: bool, has_books: bool) -> Result<(), OpenError> {
    if is_there || !has_books {
        return Ok(());
    }
    let file = data.rulebook();
    let file = file.display();
    Err(format!(
        "{file} is missing, but the journal has entries: the prices and policies they were made under are in it. \
         Restore it from a backup. If there is none: see to it that the configuration has every price version that \
         calls were charged by, and the policies of all accounts; write {{}} into {file}; and have the charges \
         compared with them by `inkmeter verify`."
    )
    .into())
}

/// Checks that the outbox has seen no notice that the journal does not have: `cursor` is the last it has seen, and
/// `given` are all there are.
///
/// # Errors
/// The journal lost its end, or is an older copy.
pub(crate) fn check_outbox(data: &DataDir, cursor: u64, given: u64) -> Result<(), OpenError> {
    if cursor <= given {
        return Ok(());
    }
    Err(format!(
        "{} has seen {cursor} notices, but the journal has only {given}: records that were acknowledged are missing \
         from it. Restore the whole folder from a backup; or, to go on without them, run `inkmeter accept-loss`.",
        data.outbox_db().display()
    )
    .into())
}

fn has_entries(dir: &Path) -> bool {
    std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some())
}

/// Makes a data folder that only its owner can look into: the books are nobody else's business. One that is there
/// already is closed to others, which is said, if nothing in it is strange; the rights of a folder that serves
/// something else too are not changed.
///
/// # Errors
/// It cannot be made or closed, or others may look into a folder that is not ours alone.
pub fn make(data: &Path) -> Result<(), OpenError> {
    let shown = data.display();
    let unusable = |problem: io::Error| {
        let problem = if data.is_file() { "it is a file".to_owned() } else { problem.to_string() };
        format!("{shown} cannot be used as the data folder: {problem}")
    };
    std::fs::DirBuilder::new().recursive(true).mode(OWNER_ONLY).create(data).map_err(unusable)?;
    let mut rights = std::fs::metadata(data).map_err(unusable)?.permissions();
    let mode = rights.mode() & 0o777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let strange =
        std::fs::read_dir(data).map_err(unusable)?.filter_map(Result::ok).map(|entry| entry.file_name());
    let strange = strange.map(|name| name.to_string_lossy().into_owned()).find(|name| !is_ours(name));
    if let Some(strange) = strange
        && !has_entries(&data.join(JOURNAL))
    {
        return Err(format!(
            "others may look into {shown} (mode {mode:o}), and it holds more than a data folder does ({strange}). Name \
             a folder for Inkmeter alone, or close this one: chmod 700 {}",
            in_shell(data)
        )
        .into());
    }
    rights.set_mode(OWNER_ONLY);
    std::fs::set_permissions(data, rights).map_err(|problem| {
        format!(
            "others may look into {shown} (mode {mode:o}), and it cannot be closed ({problem}): chmod 700 {}",
            in_shell(data)
        )
    })?;
    tracing::warn!(folder = %shown, was = format!("{mode:o}"), "others could look into the data folder; now its owner alone");
    Ok(())
}

/// True for what a data folder holds before its first start is over, or a file system puts into an empty one.
fn is_ours(name: &str) -> bool {
    const OURS: [&str; 10] = [
        "config.toml",
        "database.copy",
        "models",
        "clock",
        "exports",
        "directory.db",
        "rules.json",
        "lost+found",
        "outbox.db",
        "read.db",
    ];
    OURS.contains(&name)
}
