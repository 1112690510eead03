//! The tables, and how their file is opened, checked and, if need be, made anew.
//!
//! Ids are 16 bytes, money is in 10⁻⁸ of the currency, instants are milliseconds since the epoch. Accounts go
//! by their number in the shard, which keeps rows short; tables are clustered by account, so that a page of
//! one account lies together. Charges, by far the most, have account and number in one integer key: such a table
//! is half as large and twice as fast.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::ReadError;

/// Raised whenever tables or the meaning of a column change; files of other versions are rebuilt.
const VERSION: i64 = 14;
/// Tells our files from other SQLite files ("InkR").
const APPLICATION_ID: i64 = 0x496e_6b52;

const TABLES: &str = "
CREATE TABLE progress (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL,  -- the last record whose rows are here
    checksum INTEGER NOT NULL   -- CRC-32C of that record's payload
);
INSERT INTO progress VALUES (1, 0, 0);
CREATE TABLE accounts (
    account INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    opened_at INTEGER NOT NULL,
    zone TEXT NOT NULL,
    charges INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    events INTEGER NOT NULL,
    cash INTEGER NOT NULL,
    debt INTEGER NOT NULL
);
CREATE TABLE services (
    account INTEGER NOT NULL,
    service INTEGER NOT NULL,
    api TEXT NOT NULL,
    region TEXT NOT NULL,
    PRIMARY KEY (account, service)
) WITHOUT ROWID;
CREATE TABLE charges (
    key INTEGER PRIMARY KEY,    -- account << 32 | number; numbers from 1, in the order of the journal
    at INTEGER NOT NULL,
    charge BLOB NOT NULL,
    service INTEGER NOT NULL,
    enterprise_project TEXT,
    pocket INTEGER NOT NULL,    -- 0 lot, 1 pay-per-use
    units INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    draws TEXT,                 -- [[lot, units], ...]
    rated TEXT,                 -- [[units, price version, tier, amount], ...]
    sequence INTEGER NOT NULL
);
CREATE INDEX charges_by_project ON charges (enterprise_project, key) WHERE enterprise_project IS NOT NULL;
CREATE VIEW charge_rows AS SELECT key >> 32 AS account, key & 0xffffffff AS number, at, charge, service,
    enterprise_project, pocket, units, amount, draws, rated, sequence FROM charges;
CREATE TABLE usage_hours (
    account INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    service INTEGER NOT NULL,
    pocket INTEGER NOT NULL,
    calls INTEGER NOT NULL,     -- charges of this pocket
    units INTEGER NOT NULL,     -- units met by this pocket
    amount INTEGER NOT NULL,
    PRIMARY KEY (account, hour, service, pocket)
) WITHOUT ROWID;
CREATE TABLE lot_hours (
    account INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    enterprise_project TEXT NOT NULL, -- that the calls name; empty if none
    units INTEGER NOT NULL,     -- what they drew from the lot in the hour
    PRIMARY KEY (account, lot, hour, enterprise_project)
) WITHOUT ROWID;
CREATE INDEX lot_hours_by_hour ON lot_hours (account, hour, lot);
CREATE TABLE settled_hours (
    account INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    coupons INTEGER NOT NULL,
    paid INTEGER NOT NULL,
    debt INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (account, hour)
) WITHOUT ROWID;
CREATE TABLE bill_lines (
    account INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    line INTEGER NOT NULL,
    service INTEGER NOT NULL,
    enterprise_project TEXT,
    price_version INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    units INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    used_from INTEGER NOT NULL,
    used_to INTEGER,            -- null: to the end of the hour
    first_call_at INTEGER NOT NULL,
    last_call_at INTEGER NOT NULL,
    PRIMARY KEY (account, hour, line)
) WITHOUT ROWID;
CREATE TABLE lots (
    account INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    at INTEGER NOT NULL,
    service INTEGER NOT NULL,
    source INTEGER NOT NULL,    -- 0 free, 1 promotion, 2 package
    granted INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    enterprise_project TEXT,
    list_price INTEGER NOT NULL, -- before the discount
    price INTEGER NOT NULL,
    coupons INTEGER NOT NULL,   -- what a cash coupon paid of the price
    renews INTEGER,             -- the lot it renews
    is_automatic INTEGER NOT NULL, -- 1: it was renewed by itself
    order_no INTEGER,           -- of the order that was made before it was paid
    sequence INTEGER NOT NULL,
    PRIMARY KEY (account, lot)
) WITHOUT ROWID;
CREATE TABLE refunds (
    account INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    at INTEGER NOT NULL,
    units INTEGER NOT NULL,     -- what was left
    cash INTEGER NOT NULL,      -- what went back to the cash
    coupons INTEGER NOT NULL,   -- what went back to a coupon
    used INTEGER NOT NULL,      -- withheld
    fee INTEGER NOT NULL,       -- withheld
    lost INTEGER NOT NULL,      -- withheld: what a coupon had paid
    to_pay_per_use INTEGER NOT NULL, -- 1: its calls go on at a price
    sequence INTEGER NOT NULL,
    PRIMARY KEY (account, lot)
) WITHOUT ROWID;
CREATE INDEX lots_by_order ON lots (account, order_no) WHERE order_no IS NOT NULL;
CREATE INDEX refunds_by_time ON refunds (account, at);
CREATE TABLE orders (
    account INTEGER NOT NULL,
    order_no INTEGER NOT NULL,
    at INTEGER NOT NULL,
    api TEXT NOT NULL,
    region TEXT NOT NULL,
    units INTEGER NOT NULL,
    price INTEGER NOT NULL,     -- before a discount
    validity_months INTEGER NOT NULL,
    renews INTEGER,             -- the lot it is to renew
    pay_until INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (account, order_no)
) WITHOUT ROWID;
CREATE TABLE order_ends (       -- of orders that were not paid
    account INTEGER NOT NULL,
    order_no INTEGER NOT NULL,
    at INTEGER NOT NULL,
    is_expired INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (account, order_no)
) WITHOUT ROWID;
CREATE TABLE transactions (
    account INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,      -- 0 top-up, 1 debt paid, 2 hour settled, 3 lot bought, 4 adjusted, 5 lot given back
    amount INTEGER NOT NULL,
    reference INTEGER,          -- the hour, or the lot
    cash_change INTEGER NOT NULL,
    debt_change INTEGER NOT NULL,
    cash INTEGER NOT NULL,      -- after it
    debt INTEGER NOT NULL,      -- after it
    reason TEXT,                -- of a correction
    sequence INTEGER NOT NULL,
    PRIMARY KEY (account, number)
) WITHOUT ROWID;
-- Where debts arise and are paid; most transactions do neither.
CREATE INDEX debt_changes ON transactions (account, number, debt_change, at) WHERE debt_change <> 0;
CREATE TABLE coupon_uses (
    account INTEGER NOT NULL,
    coupon INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,      -- 0 paid of an hour, 1 paid of an order, 2 taken off an order,
                                -- 3 gone back to it with a lot
    reference INTEGER NOT NULL, -- the hour, or the lot
    line INTEGER NOT NULL,      -- of the hour's bill lines; 0 of an order
    amount INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (account, reference, kind, line, coupon)
) WITHOUT ROWID;
CREATE TABLE book_months (
    account INTEGER NOT NULL,
    month INTEGER NOT NULL,     -- year * 12 + month - 1, in the account's zone
    book INTEGER NOT NULL,
    amount INTEGER NOT NULL,    -- what the month's postings added to the book
    PRIMARY KEY (account, month, book)
) WITHOUT ROWID;
CREATE TABLE closed_months (
    account INTEGER NOT NULL,
    month INTEGER NOT NULL,     -- as in book_months
    at INTEGER NOT NULL,
    usage INTEGER NOT NULL,
    packages INTEGER NOT NULL,
    paid INTEGER NOT NULL,
    debt INTEGER NOT NULL,
    topped_up INTEGER NOT NULL,
    debt_paid INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (account, month)
) WITHOUT ROWID;
CREATE TABLE history (
    account INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    event BLOB NOT NULL,        -- as the journal has it
    sequence INTEGER NOT NULL,
    PRIMARY KEY (account, number)
) WITHOUT ROWID;
CREATE INDEX history_of_members ON history (account) WHERE kind = 'member_set';
CREATE TABLE notices (
    account INTEGER NOT NULL,
    no INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    category TEXT NOT NULL,
    notice BLOB NOT NULL,       -- its kind as the journal has it
    sequence INTEGER NOT NULL,
    cursor INTEGER NOT NULL UNIQUE, -- numbers all notices in the order of the journal, from 1
    PRIMARY KEY (account, no)
) WITHOUT ROWID;
CREATE VIEW notice_rows AS SELECT account, no, at, kind, category, notice, sequence FROM notices;
";

/// Up to where a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// The last record whose rows are in the file.
    pub(crate) sequence: u64,
    /// CRC-32C of that record's payload.
    pub(crate) checksum: u32,
}

/// Opens the file for writing if it is one of ours and `fits` says that it belongs to the journal; otherwise
/// makes it anew.
pub(super) fn open(
    path: &Path,
    fits: impl FnOnce(Position) -> Result<bool, ReadError>,
) -> Result<(Connection, Position), ReadError> {
    if path.exists() {
        match open_existing(path) {
            Ok((connection, progress)) => {
                if fits(progress)? {
                    return Ok((connection, progress));
                }
                tracing::warn!(path = %path.display(), "the read model is of another journal: rebuilding");
            }
            Err(reason) => {
                tracing::warn!(path = %path.display(), %reason, "the read model cannot be used: rebuilding");
            }
        }
    }
    remove(path)?;
    let connection = create(path)?;
    Ok((connection, Position { sequence: 0, checksum: 0 }))
}

/// Up to which record a file has come, if it is one of ours. It is not changed.
pub(crate) fn position(path: &Path) -> Option<u64> {
    if !path.exists() {
        return None;
    }
    let connection = super::pool::open(path).ok()?;
    check(&connection).ok().map(|position| position.sequence)
}

/// Gives the file another name, with everything that SQLite keeps beside it.
pub(crate) fn set_aside(path: &Path, aside: &Path) -> Result<(), ReadError> {
    let (connection, _) = open_existing(path)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    drop(connection);
    let renamed = std::fs::rename(path, aside);
    renamed.map_err(|source| ReadError::File { path: path.into(), source })?;
    remove(path)
}

/// Removes the file and what SQLite keeps beside it.
pub(super) fn remove(path: &Path) -> Result<(), ReadError> {
    for suffix in ["-wal", "-shm", ""] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let path = PathBuf::from(name);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(ReadError::File { path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

fn open_existing(path: &Path) -> Result<(Connection, Position), ReadError> {
    let connection = Connection::open(path)?;
    set_up(&connection)?;
    let progress = check(&connection)?;
    Ok((connection, progress))
}

/// Checks that the file is one of ours and of this version; says how far it has come.
pub(crate) fn check(connection: &Connection) -> Result<Position, ReadError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let found = (number("application_id")?, number("user_version")?);
    if found != (APPLICATION_ID, VERSION) {
        return Err(ReadError::Damaged(format!("it is of kind {:x}, version {}", found.0, found.1)));
    }
    let select = "SELECT sequence, checksum FROM progress";
    Ok(connection.query_row(select, [], |row| {
        Ok(Position { sequence: row.get::<_, i64>(0)?.cast_unsigned(), checksum: row.get(1)? })
    })?)
}

fn create(path: &Path) -> Result<Connection, ReadError> {
    let mut connection = Connection::open(path)?;
    set_up(&connection)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.execute_batch(super::charge_ids::TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(connection)
}

fn set_up(connection: &Connection) -> Result<(), ReadError> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A power cut may take the newest rows; the journal has them.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // Checkpoints of 64 MiB: they sync, and should not be in the way of the journal's own syncs too often.
    connection.pragma_update(None, "wal_autocheckpoint", 16_384)?;
    connection.pragma_update(None, "journal_size_limit", 128 << 20)?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    Ok(())
}
