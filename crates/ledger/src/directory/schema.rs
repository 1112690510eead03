//! The tables.

use std::path::Path;

use rusqlite::Connection;

use super::DirectoryError;
use crate::journal::postgres::PostgresOptions;
use crate::replica::Replica;
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
    "
ALTER TABLE users ADD COLUMN is_owner INTEGER NOT NULL DEFAULT 0;           -- the account's own user
UPDATE users SET is_owner = 1;                                              -- so far there were no others
ALTER TABLE users ADD COLUMN access_mode TEXT NOT NULL DEFAULT 'default';
ALTER TABLE users ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN area_code TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN reset_password INTEGER NOT NULL DEFAULT 0;     -- it was somebody else's choice
ALTER TABLE users ADD COLUMN created_at_ms INTEGER;                         -- null: made before this was kept
ALTER TABLE users ADD COLUMN idle_since_ms INTEGER;                         -- by the machine's clock
ALTER TABLE users ADD COLUMN signed_in_at_ms INTEGER;                       -- null: not yet
CREATE TABLE groups (
    number INTEGER PRIMARY KEY,     -- in order of creation
    group_id TEXT NOT NULL UNIQUE,  -- that of administrators has the account's id
    account_id TEXT NOT NULL REFERENCES accounts (account_id),
    name TEXT NOT NULL COLLATE NOCASE,
    description TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    UNIQUE (account_id, name)
);
INSERT INTO groups (group_id, account_id, name, description, created_at_ms)
    SELECT account_id, account_id, 'admin', 'Administrators of the account', created_at_ms FROM accounts;
CREATE TABLE group_users (
    group_id TEXT NOT NULL REFERENCES groups (group_id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
) WITHOUT ROWID;
CREATE INDEX group_users_by_user ON group_users (user_id);
CREATE TABLE grants (
    number INTEGER PRIMARY KEY,     -- in order of creation
    group_id TEXT REFERENCES groups (group_id) ON DELETE CASCADE,
    user_id TEXT REFERENCES users (user_id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('domain', 'project', 'all_projects', 'enterprise_project')),
    scope_id TEXT NOT NULL,         -- the account, the project or the enterprise project
    granted_at_ms INTEGER NOT NULL,
    CHECK ((group_id IS NULL) <> (user_id IS NULL))
);
CREATE UNIQUE INDEX grants_to_groups ON grants (group_id, role, scope, scope_id) WHERE group_id IS NOT NULL;
CREATE UNIQUE INDEX grants_to_users ON grants (user_id, role, scope, scope_id) WHERE user_id IS NOT NULL;
CREATE TABLE login_policies (
    account_id TEXT PRIMARY KEY NOT NULL REFERENCES accounts (account_id),
    idle_days INTEGER NOT NULL,
    message TEXT NOT NULL,
    lock_minutes INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    window_minutes INTEGER NOT NULL,
    session_minutes INTEGER NOT NULL,
    shows_last INTEGER NOT NULL CHECK (shows_last IN (0, 1))
) WITHOUT ROWID;
ALTER TABLE tokens ADD COLUMN by_token INTEGER NOT NULL DEFAULT 0;          -- given for another token
CREATE INDEX tokens_by_user ON tokens (user_id);
CREATE TABLE ended_tokens (
    hash BLOB PRIMARY KEY NOT NULL CHECK (length(hash) = 32),
    expires_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX ended_tokens_by_expiry ON ended_tokens (expires_at_ms);
",
    "
ALTER TABLE accounts ADD COLUMN master_id TEXT REFERENCES accounts (account_id);    -- who pays; null: itself
CREATE INDEX accounts_by_master ON accounts (master_id) WHERE master_id IS NOT NULL;
",
    "
CREATE TABLE enterprise_projects (
    number INTEGER PRIMARY KEY,     -- in order of creation
    account_id TEXT NOT NULL REFERENCES accounts (account_id),
    enterprise_project_id TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    description TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at_ms INTEGER NOT NULL,
    UNIQUE (account_id, enterprise_project_id),
    UNIQUE (account_id, name)
);
",
    "
ALTER TABLE tokens ADD COLUMN parent BLOB;      -- the token it was given for; null: a password
CREATE INDEX tokens_by_parent ON tokens (parent) WHERE parent IS NOT NULL;
",
    "
CREATE TABLE gateways (
    number INTEGER PRIMARY KEY,     -- in order of creation
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    apis TEXT NOT NULL,             -- names with a space between; empty: all
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at_ms INTEGER NOT NULL
);
",
    "
CREATE TABLE documents (            -- files of the data folder, where that is one of many
    name TEXT PRIMARY KEY NOT NULL,
    text TEXT NOT NULL
) WITHOUT ROWID;
",
    "
CREATE TABLE actions (              -- of operators
    number INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,         -- by the machine's clock
    proof TEXT NOT NULL,
    proof_id TEXT NOT NULL,
    address TEXT,                   -- null: not known
    method TEXT NOT NULL,
    route TEXT NOT NULL,
    path TEXT NOT NULL,
    account TEXT COLLATE NOCASE,    -- its name; null: it was about none
    status INTEGER NOT NULL,
    request_id TEXT NOT NULL
);
CREATE INDEX actions_by_account ON actions (account, number) WHERE account IS NOT NULL;
",
];

/// Opens the file, or makes a new one, and brings its tables up to date.
pub(super) fn open(path: &Path) -> Result<Connection, DirectoryError> {
    TABLES.open(path).map_err(failed(path))
}

/// Makes the file what the database says it is.
pub(super) fn replicate(
    path: &Path,
    database: &PostgresOptions,
) -> Result<(Connection, Replica), DirectoryError> {
    Replica::open(&TABLES, path, database).map_err(failed(path))
}

pub(super) fn failed(path: &Path) -> impl FnOnce(TablesError) -> DirectoryError {
    |error| match error {
        TablesError::NotOurs => DirectoryError::NotADirectory(path.into()),
        TablesError::UnknownVersion(version) => DirectoryError::UnknownVersion(version),
        TablesError::File(source) => DirectoryError::File { path: path.into(), source },
        TablesError::Sqlite(error) => error.into(),
        TablesError::Database(error) => error.into(),
    }
}
