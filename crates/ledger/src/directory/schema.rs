//! The tables.

use std::path::Path;

use rusqlite::Connection;

use super::DirectoryError;
use crate::tables::{Tables, TablesError};

const TABLES: Tables = Tables {
    // "InkD".
    application_id: 0x496e_6b44,
    migrations: MIGRATIONS,
};

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
    "
ALTER TABLE accounts ADD COLUMN tier TEXT;                  -- all three null: made before they were kept
ALTER TABLE accounts ADD COLUMN policy TEXT;
ALTER TABLE accounts ADD COLUMN zone_minutes INTEGER;
CREATE UNIQUE INDEX projects_by_region ON projects (account_id, region);
",
    "
ALTER TABLE recipients ADD COLUMN confirmed_at_ms INTEGER;  -- null: not yet
ALTER TABLE recipients ADD COLUMN code TEXT;                -- what confirms it
ALTER TABLE recipients ADD COLUMN code_expires_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recipients ADD COLUMN code_tries INTEGER NOT NULL DEFAULT 0;
UPDATE recipients SET confirmed_at_ms = created_at_ms;
",
    "
ALTER TABLE access_keys ADD COLUMN description TEXT NOT NULL DEFAULT '';
",
];

/// Opens the file, or makes a new one, and brings its tables up to date.
pub(super) fn open(path: &Path) -> Result<Connection, DirectoryError> {
    TABLES.open(path).map_err(|error| match error {
        TablesError::NotOurs => DirectoryError::NotADirectory(path.into()),
        TablesError::UnknownVersion(version) => DirectoryError::UnknownVersion(version),
        TablesError::File(source) => DirectoryError::File { path: path.into(), source },
        TablesError::Sqlite(error) => error.into(),
    })
}
