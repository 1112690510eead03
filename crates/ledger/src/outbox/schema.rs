//! The tables.

use std::path::Path;

use rusqlite::Connection;

use super::OutboxError;
use crate::journal::postgres::PostgresOptions;
use crate::replica::Replica;
use crate::tables::{Tables, TablesError};

const TABLES: Tables = Tables {
    // "InkO".
    application_id: 0x496e_6b4f,
    migrations: MIGRATIONS,
};

const MIGRATIONS: &[&str] = &[
    "
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
",
    "
ALTER TABLE deliveries ADD COLUMN cut_off INTEGER NOT NULL DEFAULT 0;   -- attempts that the end of the process cut off
",
];

/// Opens the file, or makes a new one, and brings its tables up to date. Every commit is synced: an attempt that was
/// forgotten would be made twice.
pub(super) fn open(path: &Path) -> Result<Connection, OutboxError> {
    TABLES.open(path).map_err(failed(path))
}

/// Makes the file what the database says it is.
pub(super) fn replicate(
    path: &Path,
    database: &PostgresOptions,
) -> Result<(Connection, Replica), OutboxError> {
    Replica::open(&TABLES, path, database).map_err(failed(path))
}

pub(super) fn failed(path: &Path) -> impl FnOnce(TablesError) -> OutboxError {
    |error| match error {
        TablesError::NotOurs => OutboxError::NotAnOutbox(path.into()),
        TablesError::UnknownVersion(version) => OutboxError::UnknownVersion(version),
        TablesError::File(source) => OutboxError::File { path: path.into(), source },
        TablesError::Sqlite(error) => error.into(),
        TablesError::Database(error) => error.into(),
    }
}
