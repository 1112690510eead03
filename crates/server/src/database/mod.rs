//! Books in PostgreSQL: what a data folder is then, and which of several servers works on them.
//!
//! The folder has copies: of the journal, of who is who and of what is to be told. They are made anew from the database,
//! so a folder that has books of its own must never be taken for one, nor the other way round.

mod lease;

use std::io;

use ledger::EngineOptions;
use ledger::directory::Directory;
use ledger::journal::postgres::{Facts, PostgresOptions};
use ledger::outbox::Outbox;
use ledger::rulebook;
use rand::RngExt as _;

use crate::app::OpenError;
use crate::auth::rotation::KEY;
use crate::auth::secrets::SecretsError;
use crate::data_dir::DataDir;
use crate::shard::Shard;

pub(crate) use lease::{Lease, check_here, holder};

/// Says of a folder that it has copies; after it comes of which database.
const MARKER: &str = "The books of this folder are in a database (inkmeter serve --database); what lies here is made from it: ";

/// A folder that is ours until this is dropped.
pub(crate) struct Claim(#[allow(dead_code, reason = "its lock is what it is for")] Option<std::fs::File>);

/// Where books are.
pub(crate) enum Books {
    /// In the folder.
    Here,
    /// In the database of this address, in this shard of it.
    There(String, Shard),
}

impl Books {
    /// All those of a database that has them in one shard.
    pub fn first_of(database: String) -> Books {
        Books::There(database, Shard::FIRST)
    }

    /// Checks that a folder is what it is opened as, and keeps other processes from it as long as the claim is held. One
    /// without books becomes what it is opened as.
    ///
    /// # Errors
    /// It is the other, a copy of another database, or in use, or cannot be written.
    pub fn claim(&self, folder: &DataDir) -> Result<Claim, OpenError> {
        let marker = folder.copy_marker();
        let shown = folder.0.display();
        let failed = |problem: io::Error| format!("{}: {problem}", marker.display());
        let Books::There(database, _) = self else {
            if marker.exists() {
                return Err(format!(
                    "the books of {shown} are in a database, and what lies there is a copy: name it (--database, or \
                     INKMETER_DATABASE), or take another folder"
                )
                .into());
            }
            return Ok(Claim(None));
        };
        if !marker.exists() && (folder.journal().exists() || folder.directory_db().exists()) {
            return Err(format!(
                "{shown} has books of its own, which a copy of those in the database would replace: move them there \
                 (inkmeter migrate into-database), or take another folder"
            )
            .into());
        }
        let mark = format!("{MARKER}{}\n", identity(database)?);
        if !marker.exists() {
            std::fs::write(&marker, &mark).map_err(failed)?;
        }
        let file = std::fs::File::open(&marker).map_err(failed)?;
        if file.try_lock().is_err() {
            return Err(format!("{shown} is in use by another process").into());
        }
        check_mark(folder, &mark)?;
        Ok(Claim(Some(file)))
    }

    /// Checks that what a folder has copies of is this database, beside whoever has claimed it.
    ///
    /// # Errors
    /// It is another one, or something cannot be read.
    pub fn check_copy(folder: &DataDir, database: &str) -> Result<(), OpenError> {
        check_mark(folder, &format!("{MARKER}{}\n", identity(database)?))
    }

    /// Checks that this server has the same `master.key` as the others of the database, which it has if it is the first.
    /// Of books in the folder, what the directory says of the key, once it was rotated, is kept true.
    ///
    /// # Errors
    /// It has another one.
    pub fn check_key(
        &self,
        directory: &Directory,
        folder: &DataDir,
        fingerprint: &str,
    ) -> Result<(), OpenError> {
        match directory.document(KEY)? {
            // One that was lost was made anew (inkmeter master-key new).
            Some(known) if self.are_here() && known != fingerprint => {
                Ok(directory.keep_document(KEY, fingerprint)?)
            }
            None if self.are_here() => Ok(()),
            Some(known) if known != fingerprint => {
                let file = folder.master_key();
                let file = file.display();
                Err(format!(
                    "{file} is not the key that the other servers of this database have: copy theirs"
                )
                .into())
            }
            Some(_) => Ok(()),
            None => Ok(directory.keep_document(KEY, fingerprint)?),
        }
    }

    /// What is wrong with the key file, in words that help here: another server has it.
    pub fn of_key(&self, problem: SecretsError, folder: &DataDir) -> OpenError {
        match problem {
            SecretsError::Missing(_) if !self.are_here() => {
                let file = folder.master_key();
                format!("{} is missing: copy the one of the other servers of this database", file.display())
                    .into()
            }
            problem => problem.into(),
        }
    }

    /// From here on what a folder has is a copy.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn mark_as_copy(folder: &DataDir, database: &str) -> Result<(), OpenError> {
        let marker = folder.copy_marker();
        let failed = |problem: io::Error| format!("{}: {problem}", marker.display());
        std::fs::write(&marker, format!("{MARKER}{}\n", identity(database)?)).map_err(failed)?;
        Ok(std::fs::File::open(&folder.0).and_then(|folder| folder.sync_all()).map_err(failed)?)
    }

    /// From here on what a folder has is the books.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn mark_as_own(folder: &DataDir) -> Result<(), OpenError> {
        let marker = folder.copy_marker();
        let failed = |problem: io::Error| format!("{}: {problem}", marker.display());
        std::fs::remove_file(&marker).map_err(failed)?;
        Ok(std::fs::File::open(&folder.0).and_then(|folder| folder.sync_all()).map_err(failed)?)
    }

    /// Who is who.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn directory(&self, folder: &DataDir) -> Result<Directory, OpenError> {
        let path = folder.directory_db();
        Ok(match self.options(PostgresOptions::DIRECTORY) {
            Some(database) => Directory::replicate(&path, &database)?,
            None => Directory::open(&path)?,
        })
    }

    /// What is to be told.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn outbox(&self, folder: &DataDir) -> Result<Outbox, OpenError> {
        let path = folder.outbox_db();
        Ok(match self.options(PostgresOptions::OUTBOX) {
            Some(database) => Outbox::replicate(&path, &database)?,
            None => Outbox::open(&path)?,
        })
    }

    /// How the engine is opened.
    pub fn engine(&self, folder: &DataDir) -> EngineOptions {
        EngineOptions { database: self.options(PostgresOptions::BOOKS), ..folder.engine() }
    }

    /// Puts the rulebook that all servers share into the folder.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn fetch_rulebook(&self, directory: &Directory, folder: &DataDir) -> Result<(), OpenError> {
        if matches!(self, Books::Here) {
            return Ok(());
        }
        let path = folder.rulebook();
        let failed = |problem: io::Error| format!("{}: {problem}", path.display());
        match directory.document(rulebook::FILE_NAME)? {
            Some(text) => std::fs::write(&path, text).map_err(failed)?,
            None => match std::fs::remove_file(&path) {
                Err(problem) if problem.kind() != io::ErrorKind::NotFound => {
                    return Err(failed(problem).into());
                }
                _ => {}
            },
        }
        Ok(())
    }

    /// Shares the rulebook of the folder. Before anything is decided by it.
    ///
    /// # Errors
    /// It cannot be read or kept.
    pub fn share_rulebook(&self, directory: &Directory, folder: &DataDir) -> Result<(), OpenError> {
        if matches!(self, Books::Here) {
            return Ok(());
        }
        let path = folder.rulebook();
        let text =
            std::fs::read_to_string(&path).map_err(|problem| format!("{}: {problem}", path.display()))?;
        if directory.document(rulebook::FILE_NAME)?.as_ref() != Some(&text) {
            directory.keep_document(rulebook::FILE_NAME, &text)?;
        }
        Ok(())
    }

    /// True if the books lie in the folder alone.
    pub fn are_here(&self) -> bool {
        matches!(self, Books::Here)
    }

    /// Of which shard they are.
    pub fn shard(&self) -> Shard {
        match self {
            Books::Here => Shard::FIRST,
            Books::There(_, shard) => *shard,
        }
    }

    fn options(&self, what: i64) -> Option<PostgresOptions> {
        match self {
            Books::Here => None,
            Books::There(database, shard) => Some(PostgresOptions::of(database, what, shard.0)),
        }
    }
}

/// Checks what a folder is marked as.
fn check_mark(folder: &DataDir, mark: &str) -> Result<(), OpenError> {
    let marker = folder.copy_marker();
    let text =
        std::fs::read_to_string(&marker).map_err(|problem| format!("{}: {problem}", marker.display()))?;
    if text == mark {
        return Ok(());
    }
    let shown = folder.0.display();
    Err(format!("{shown} has a copy of the books in another database: take another folder").into())
}

/// What tells a database from every other one.
fn identity(database: &str) -> Result<String, OpenError> {
    let fresh = format!("{:032x}", rand::rng().random::<u128>());
    Ok(Facts::connect(database)?.identity(&fresh)?)
}
