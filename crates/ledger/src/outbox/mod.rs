//! The outbox: for every notice and every recipient one delivery, from the moment it is known until it arrived or
//! was given up, in one SQLite file.
//!
//! The journal is the source: the outbox follows its notices by a cursor that moves in the transaction that
//! writes the deliveries, and a delivery's key is made of account, notice and recipient. So a crash or a repeated
//! step neither loses one nor makes it twice. An attempt is written down before it begins; one that a crash cut
//! off is made again under the same key, by which the other side can tell.
//!
//! Two times meet here. Quiet hours and daily caps go by business time, like the notices; attempts and their
//! repetition go by the system's clock, like the other side.
//!
//! What it is not: it knows no channel and no text, and sends nothing itself.

mod hold;
mod rows;
mod schema;
mod steps;

use std::path::{Path, PathBuf};

use charging::AccountId;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

pub use hold::Verdict;
pub use rows::{Admission, Delivery, Matter, NewDelivery, State};
use rows::{COLUMNS, delivery};
use steps::BUSY;
pub use steps::Retried;

use crate::journal::OpenError;
use crate::journal::postgres::{PostgresOptions, Snapshot};
use crate::replica::{self, Replica};

/// The most rows one query gives.
pub const ROWS_LIMIT: usize = 1_000;

/// The outbox of one data folder. Its methods block; they are for threads that may.
pub struct Outbox {
    connection: Mutex<Connection>,
    replica: Option<Replica>,
    /// Attempts that ended and are not written down yet. Locked for moments only, inside or outside `connection`.
    ended: Mutex<Vec<steps::Ended>>,
}

/// Why the outbox did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The file is a database of something else.
    #[error("{}: this is not an outbox", .0.display())]
    NotAnOutbox(PathBuf),
    /// The file was written by a later version.
    #[error("the outbox's file has version {0}, which this program does not know")]
    UnknownVersion(i64),
    /// The file could not be made, or kept from other users.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A row that this version did not write.
    #[error("the outbox's file is damaged: {0}")]
    Damaged(String),
    /// The database that has the file's truth refused something.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The file could not be read or written.
    #[error("the outbox's file: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Which deliveries are asked for, newest first.
#[derive(Debug, Clone, Default)]
pub struct DeliveryQuery {
    /// Of this account only.
    pub account: Option<AccountId>,
    /// Without those whose recipient begins with this.
    pub without: Option<String>,
    /// In these states only; all, if empty.
    pub states: Vec<State>,
    /// Those before this number.
    pub before: Option<u64>,
    /// At most so many, and never more than [`ROWS_LIMIT`].
    pub limit: usize,
}

impl Outbox {
    /// Opens the file at `path`, or makes a new one; its mode becomes 600. Attempts that were under way when the
    /// process ended are due again.
    ///
    /// # Errors
    /// [`OutboxError`] if the file cannot be used, is of something else, or of a later version.
    pub fn open(path: &Path) -> Result<Outbox, OutboxError> {
        Outbox::of(schema::open(path)?, None)
    }

    /// Opens one whose truth is in a database, and makes the file at `path` what that says.
    ///
    /// # Errors
    /// As [`Outbox::open`], or the database's.
    pub fn replicate(path: &Path, database: &PostgresOptions) -> Result<Outbox, OutboxError> {
        let (connection, replica) = schema::replicate(path, database)?;
        Outbox::of(connection, Some(replica))
    }

    /// Makes the file at `path`, which is not there, what a database said of a shard's outbox as of one instant: attempts that
    /// were under way are still under way in it.
    ///
    /// # Errors
    /// As [`Outbox::open`], or the database's.
    pub fn copy_as_of(path: &Path, snapshot: &mut Snapshot, shard: u8) -> Result<(), OutboxError> {
        let log = (PostgresOptions::OUTBOX, shard);
        replica::as_of(path, snapshot, log).map_err(schema::failed(path))?;
        schema::open(path).map(drop)
    }

    fn of(connection: Connection, replica: Option<Replica>) -> Result<Outbox, OutboxError> {
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute(
            "UPDATE deliveries SET state = 'failed', next_attempt_at = 0, cut_off = cut_off + 1,
                detail = 'the server ended during an attempt: whether it arrived is not known'
             WHERE state = 'sending'",
            [],
        )?;
        Ok(Outbox { connection: Mutex::new(connection), replica, ended: Mutex::default() })
    }

    /// Tries whether the file can be written now; changes nothing.
    ///
    /// # Errors
    /// [`OutboxError`] if it cannot.
    pub fn try_write(&self) -> Result<(), OutboxError> {
        Ok(crate::tables::try_write(&mut self.connection.lock())?)
    }

    /// Why nothing can be written any more, if that is so: the process must end.
    pub fn stop_reason(&self) -> Option<&str> {
        self.replica.as_ref()?.stop_reason()
    }

    /// What is to be done once in a while. Blocks.
    ///
    /// # Errors
    /// [`OutboxError`]; it is tried again the next time.
    pub fn maintain(&self) -> Result<(), OutboxError> {
        let Some(replica) = &self.replica else { return Ok(()) };
        replica.maintain(&self.connection.lock()).map_err(schema::failed(replica.path()))
    }

    /// Up to which notice the outbox has come: its number among all notices of the journal.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn cursor(&self) -> Result<u64, OutboxError> {
        let query = "SELECT cursor FROM progress";
        let cursor: i64 = self.connection.lock().query_row(query, [], |row| row.get(0))?;
        Ok(cursor.cast_unsigned())
    }

    /// Some deliveries, newest first.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn list(&self, query: &DeliveryQuery) -> Result<Vec<Delivery>, OutboxError> {
        let states = match query.states.as_slice() {
            [] => "1".to_owned(),
            states => {
                let words: Vec<String> = states.iter().map(|state| format!("'{}'", state.word())).collect();
                format!("state IN ({})", words.join(", "))
            }
        };
        // The index of accounts is used only where one is named.
        let account = if query.account.is_some() { "account = ?1" } else { "?1 IS NULL" };
        let sql = format!(
            "SELECT {COLUMNS} FROM deliveries WHERE {account} AND number < ?2 AND {states}
                AND (?4 IS NULL OR substr(recipient, 1, length(?4)) <> ?4)
             ORDER BY number DESC LIMIT ?3"
        );
        let account = query.account.map(|account| account.0.to_be_bytes());
        let before = query.before.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
        let limit = i64::try_from(query.limit.min(ROWS_LIMIT)).unwrap_or(0);
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query(params![account, before, limit, query.without])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(delivery(row)?);
        }
        Ok(found)
    }

    /// The delivery of this key.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn by_key(&self, key: &str) -> Result<Option<Delivery>, OutboxError> {
        let connection = self.connection.lock();
        let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE key = ?1");
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query([key])?;
        rows.next()?.map(delivery).transpose()
    }

    /// How many deliveries are in each state that occurs.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn counts(&self) -> Result<Vec<(State, u64)>, OutboxError> {
        let connection = self.connection.lock();
        let mut select = connection
            .prepare_cached("SELECT state, count(*) FROM deliveries GROUP BY state ORDER BY state")?;
        let mut rows = select.query([])?;
        let mut counts = Vec::new();
        while let Some(row) = rows.next()? {
            let count: i64 = row.get(1)?;
            counts.push((rows::state(&row.get::<_, String>(0)?)?, count.cast_unsigned()));
        }
        Ok(counts)
    }

    /// What a summary of a day has to tell: subject and number of the notices its cap kept from a recipient.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn capped(&self, recipient: &str, day: &str) -> Result<Vec<(String, u64)>, OutboxError> {
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached(
            "SELECT subject, count(*) FROM deliveries WHERE recipient = ?1 AND day = ?2 AND state = 'capped'
             GROUP BY subject ORDER BY min(number)",
        )?;
        let rows = select.query_map([recipient, day], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many test messages and codes an account had sent since an instant of the system's clock, in milliseconds,
    /// with those that still wait.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn asked_for_since(&self, account: AccountId, since_ms: i64) -> Result<u64, OutboxError> {
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached(
            "SELECT count(*) FROM deliveries WHERE account = ?1 AND subject IN ('probe', 'code')
                AND (attempted_at >= ?2 OR attempted_at IS NULL)",
        )?;
        let count: i64 = select.query_row(params![account.0.to_be_bytes(), since_ms], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// The latest delivery of a canary.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn latest_canary(&self) -> Result<Option<Delivery>, OutboxError> {
        let connection = self.connection.lock();
        let sql =
            format!("SELECT {COLUMNS} FROM deliveries WHERE subject = 'canary' ORDER BY number DESC LIMIT 1");
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query([])?;
        rows.next()?.map(delivery).transpose()
    }

    /// When the next attempt is due, in milliseconds of the system's clock, if any is. What waits for another attempt for
    /// its recipient is due when that ends.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn next_attempt_at_ms(&self) -> Result<Option<i64>, OutboxError> {
        let connection = self.connection.lock();
        let sql = format!(
            "SELECT min(next_attempt_at) FROM deliveries LEFT JOIN ({BUSY}) ON who = recipient AND whose IS account
             WHERE state IN ('pending', 'failed') AND who IS NULL"
        );
        let mut select = connection.prepare_cached(&sql)?;
        Ok(select.query_row([], |row| row.get(0)).optional()?.flatten())
    }

    /// Removes deliveries that were done before the instant, in milliseconds of the system's clock. Says how many.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn purge(&self, done_before_ms: i64) -> Result<usize, OutboxError> {
        let connection = self.connection.lock();
        // A capped one is done when it is: its summary follows the next day.
        let done = "state IN ('sent', 'given_up', 'capped') AND done_at < ?1";
        Ok(connection.execute(&format!("DELETE FROM deliveries WHERE {done}"), [done_before_ms])?)
    }

    /// Runs one writing transaction.
    fn write<T>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, OutboxError>,
    ) -> Result<T, OutboxError> {
        write(&mut self.connection.lock(), work)
    }
}

fn write<T>(
    connection: &mut Connection,
    work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, OutboxError>,
) -> Result<T, OutboxError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let answer = work(&transaction)?;
    transaction.commit()?;
    Ok(answer)
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}
