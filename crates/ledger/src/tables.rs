//! An SQLite file of our own: made so that only its owner reads it, told from other files, and brought up to date.
//!
//! For files that hold what is nowhere else, so every commit is synced. The read model, which can be made anew, has
//! its own way.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::journal::OpenError;

/// Only the owner reads and writes the file; SQLite gives its log files the same mode.
const FILE_MODE: u32 = 0o600;
/// How long whoever copies a file waits for those who write it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a file is and how its tables came to be.
pub(crate) struct Tables {
    /// Tells it from other SQLite files.
    pub application_id: i64,
    /// Entry `n` brings a file from version `n` to `n + 1`. Entries are only ever added.
    pub migrations: &'static [&'static str],
}

/// Why a file could not be opened.
#[derive(Debug)]
pub(crate) enum TablesError {
    /// It is a database of something else.
    NotOurs,
    /// It was written by a later version.
    UnknownVersion(i64),
    /// It could not be made, or kept from other users.
    File(io::Error),
    /// It could not be read or written.
    Sqlite(rusqlite::Error),
    /// The database that has its truth refused something.
    Database(OpenError),
}

impl From<OpenError> for TablesError {
    fn from(error: OpenError) -> TablesError {
        TablesError::Database(error)
    }
}

impl From<rusqlite::Error> for TablesError {
    fn from(error: rusqlite::Error) -> TablesError {
        TablesError::Sqlite(error)
    }
}

impl Tables {
    /// Opens the file, or makes a new one, and brings its tables up to date.
    pub fn open(&self, path: &Path) -> Result<Connection, TablesError> {
        self.open_with(path, "FULL")
    }

    /// The same, of a file that can be made anew.
    pub fn open_copy(&self, path: &Path) -> Result<Connection, TablesError> {
        self.open_with(path, "OFF")
    }

    fn open_with(&self, path: &Path, synchronous: &str) -> Result<Connection, TablesError> {
        guard(path).map_err(TablesError::File)?;
        let mut connection = Connection::open(path)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        self.migrate(&mut connection)?;
        Ok(connection)
    }

    fn migrate(&self, connection: &mut Connection) -> Result<(), TablesError> {
        // Immediate: of two processes that open a new file, one waits for the tables of the other.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let number = |pragma| transaction.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let (application, version) = (number("application_id")?, number("user_version")?);
        let tables: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let is_empty = application == 0 && version == 0 && tables == 0;
        if !is_empty && application != self.application_id {
            return Err(TablesError::NotOurs);
        }
        let applied = usize::try_from(version).ok().filter(|applied| *applied <= self.migrations.len());
        let applied = applied.ok_or(TablesError::UnknownVersion(version))?;
        for (step, version) in self.migrations.iter().zip(1_i64..).skip(applied) {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version)?;
        }
        if is_empty {
            transaction.pragma_update(None, "application_id", self.application_id)?;
        }
        transaction.commit()?;
        Ok(())
    }
}

/// How many steps brought a file where it is; 0 of a new one.
pub(crate) fn version(path: &Path) -> rusqlite::Result<i64> {
    Connection::open(path)?.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Puts a whole file in the place of the one there is, or takes that away.
pub(crate) fn put(path: &Path, bytes: Option<&[u8]>) -> io::Result<()> {
    // What SQLite has beside it belongs to the old one.
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(&file) {
            Err(problem) if problem.kind() != io::ErrorKind::NotFound => return Err(problem),
            _ => {}
        }
    }
    guard(path)?;
    bytes.map_or(Ok(()), |bytes| std::fs::write(path, bytes))
}

/// Writes what is there already: fails if nothing can be written now, because the disk is full, say.
pub(crate) fn try_write(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    transaction.pragma_update(None, "user_version", version)?;
    transaction.commit()
}

/// Copies a file as of one instant into a new one, beside whoever has it open.
pub(crate) fn copy(from: &Path, to: &Path) -> rusqlite::Result<()> {
    // Not made if it is not there; and written to only so far as reading beside a writer takes it.
    let connection = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    Ok(())
}

/// Sees to it that there is a file, and that nobody else may read it. An existing file is not opened here: closing
/// it would drop the locks that SQLite holds on it in this process.
fn guard(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        Ok(_) => {
            // The file's name must outlive a power cut as its rows do.
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::set_permissions(path, Permissions::from_mode(FILE_MODE))
        }
        Err(error) => Err(error),
    }
}
