//! Whether what lies in a data folder belongs together.
//!
//! The journal, the directory and the key file are of no use without each other. If one of them is gone, a start
//! that made a new one would lose money or keys without a word; so it is refused, with what can be done.

use std::path::Path;

use ledger::directory::AccountRow;

use crate::app::{DataDir, OpenError};

/// Checks that there is a journal if there are accounts. Asked before the journal is opened, which would make one.
///
/// # Errors
/// The journal is gone.
pub(crate) fn check_journal(data: &DataDir, accounts: &[AccountRow]) -> Result<(), OpenError> {
    if accounts.is_empty() || has_entries(&data.journal()) {
        return Ok(());
    }
    Err(format!(
        "{} is missing or empty, but {} knows {} accounts: their money and packages are in that journal. Restore \
         the whole folder from a backup. To begin anew with empty books, use another folder.",
        data.journal().display(),
        data.directory_db().display(),
        accounts.len()
    )
    .into())
}

/// Checks that the directory knows accounts if the journal does.
///
/// # Errors
/// The directory is gone.
pub(crate) fn check_directory(
    data: &DataDir,
    known: &[AccountRow],
    in_journal: usize,
) -> Result<(), OpenError> {
    if in_journal == 0 || !known.is_empty() {
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

/// Makes a data folder that only its owner can look into: the books are nobody else's business.
///
/// # Errors
/// It cannot be made.
pub fn make(data: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data)
}
