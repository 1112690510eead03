//! The tables, and how their file is made, opened and brought up to date.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::DirectoryError;

/// Tells our files from other SQLite files ("InkD").
const APPLICATION_ID: i64 = 0x496e_6b44;

/// Only the owner reads and writes the file; SQLite gives its log files the same mode.
const FILE_MODE: u32 = 0o600;

/// Entry `n` brings a file from version `n` to `n + 1`. Entries are only ever added.
const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE accounts (
    number INTEGER PRIMARY KEY,     -- in order of creation
    account_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    created_at_ms INTEGER NOT NULL
);
CREATE TABLE users (
    number INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (account_id),
    name TEXT NOT NULL COLLATE NOCASE,
    password_hash TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    UNIQUE (account_id, name)
);
CREATE TABLE access_keys (
    access_key TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (user_id),
    sealed_secret BLOB NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1))
);
CREATE TABLE projects (
    number INTEGER PRIMARY KEY,     -- in order of creation
    project_id TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (account_id),
    region TEXT NOT NULL
);
CREATE INDEX projects_by_account ON projects (account_id, number);
CREATE TABLE tokens (
    hash BLOB PRIMARY KEY NOT NULL CHECK (length(hash) = 32),
    user_id TEXT NOT NULL REFERENCES users (user_id),
    project_id TEXT REFERENCES projects (project_id),   -- null: scoped to the domain
    issued_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tokens_by_expiry ON tokens (expires_at_ms);
",
    "
CREATE TABLE recipients (
    number INTEGER PRIMARY KEY,     -- in order of creation
    recipient_id TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (account_id),
    channel TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'webhook')),
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    categories TEXT NOT NULL,       -- words with a space between; empty: all
    quiet_from_minute INTEGER,      -- of the day in the account's zone; null: no quiet hours
    quiet_to_minute INTEGER,
    daily_cap INTEGER,              -- null: none
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    sealed_secret BLOB,             -- what webhooks are signed with
    created_at_ms INTEGER NOT NULL,
    UNIQUE (account_id, channel, address)
);
",
    "
CREATE TABLE sessions (
    hash BLOB PRIMARY KEY NOT NULL CHECK (length(hash) = 32),
    user_id TEXT REFERENCES users (user_id),            -- null: the operator's
    seen_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at_ms);
ALTER TABLE access_keys ADD COLUMN created_at_ms INTEGER;   -- null: made before this was kept
",
];

/// Opens the file, or makes a new one, and brings its tables up to date.
pub(super) fn open(path: &Path) -> Result<Connection, DirectoryError> {
    guard(path).map_err(|source| DirectoryError::File { path: path.into(), source })?;
    let mut connection = Connection::open(path)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    migrate(&mut connection, path)?;
    Ok(connection)
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

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), DirectoryError> {
    // Immediate: of two processes that open a new file, one waits for the tables of the other.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number = |pragma| transaction.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let empty = application == 0 && version == 0 && tables == 0;
    if !empty && application != APPLICATION_ID {
        return Err(DirectoryError::NotADirectory(path.into()));
    }
    let applied = usize::try_from(version).ok().filter(|applied| *applied <= MIGRATIONS.len());
    let applied = applied.ok_or(DirectoryError::UnknownVersion(version))?;
    for (step, version) in MIGRATIONS.iter().zip(1_i64..).skip(applied) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    if empty {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    transaction.commit()?;
    Ok(())
}
