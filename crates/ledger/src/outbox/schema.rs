//! The tables, and how their file is made and opened.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::OutboxError;

/// Tells our files from other SQLite files ("InkO").
const APPLICATION_ID: i64 = 0x496e_6b4f;

/// Only the owner reads and writes the file; SQLite gives its log files the same mode.
const FILE_MODE: u32 = 0o600;

/// Entry `n` brings a file from version `n` to `n + 1`. Entries are only ever added.
const MIGRATIONS: &[&str] = &["
CREATE TABLE progress (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    cursor INTEGER NOT NULL         -- the last notice of the journal whose deliveries are here
);
INSERT INTO progress VALUES (1, 0);
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    account BLOB,                   -- null: of no account
    subject TEXT NOT NULL,          -- the word of the matter
    recipient TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    matter BLOB NOT NULL,
    at INTEGER NOT NULL,            -- business time
    state TEXT NOT NULL
        CHECK (state IN ('pending', 'held', 'capped', 'sending', 'sent', 'failed', 'given_up')),
    held_until INTEGER,             -- business time
    day TEXT,                       -- the recipient's day it counts on, or was capped on
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,        -- this and the following: the system's time
    attempted_at INTEGER,
    done_at INTEGER,
    detail TEXT NOT NULL DEFAULT '',
    peer_id TEXT,
    receipt TEXT
);
CREATE INDEX deliveries_by_account ON deliveries (account, number);
CREATE INDEX deliveries_due ON deliveries (channel, next_attempt_at) WHERE state IN ('pending', 'failed');
CREATE INDEX deliveries_unfinished ON deliveries (state, next_attempt_at)
    WHERE state IN ('pending', 'failed', 'sending');
CREATE INDEX deliveries_held ON deliveries (held_until) WHERE state = 'held';
CREATE INDEX deliveries_by_day ON deliveries (recipient, day);
CREATE INDEX deliveries_by_state ON deliveries (state, done_at);
CREATE INDEX deliveries_by_peer_id ON deliveries (peer_id) WHERE peer_id IS NOT NULL;
CREATE INDEX deliveries_of_canaries ON deliveries (number) WHERE subject = 'canary';
"];

/// Opens the file, or makes a new one, and brings its tables up to date.
pub(super) fn open(path: &Path) -> Result<Connection, OutboxError> {
    guard(path).map_err(|source| OutboxError::File { path: path.into(), source })?;
    let mut connection = Connection::open(path)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // An attempt that was forgotten would be made twice.
    connection.pragma_update(None, "synchronous", "FULL")?;
    migrate(&mut connection, path)?;
    Ok(connection)
}

/// Sees to it that there is a file, and that nobody else may read it: it has addresses in it.
fn guard(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        Ok(_) => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::set_permissions(path, Permissions::from_mode(FILE_MODE))
        }
        Err(error) => Err(error),
    }
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OutboxError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number = |pragma| transaction.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let empty = application == 0 && version == 0 && tables == 0;
    if !empty && application != APPLICATION_ID {
        return Err(OutboxError::NotAnOutbox(path.into()));
    }
    let applied = usize::try_from(version).ok().filter(|applied| *applied <= MIGRATIONS.len());
    let applied = applied.ok_or(OutboxError::UnknownVersion(version))?;
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
