//! The journal in PostgreSQL, which replicates it: one row for each record, written in one round trip.
//!
//! Each shard has a row that says who owns it (the *epoch*, which grows with every owner) and which record comes next. A
//! record is inserted by the same statement that moves that row on, and only if both are as its writer thinks. So an
//! owner that was replaced can write nothing, whatever it believes, and there is no gap.
//!
//! An answer that does not come is neither a yes nor a no: the record may be there. So any failure ends this journal for
//! good, and whoever opens it again finds out.
//!
//! The SQL is what engines that speak PostgreSQL's protocol take too, though none but PostgreSQL is tested: no advisory
//! locks, no `FOR UPDATE`, no procedures.

mod facts;
mod filling;
mod images;
mod lease;
mod mirror;
mod names;
mod nodes;
mod schema;
mod snapshot;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use postgres::error::{DbError, Severity, SqlState};
use postgres::{Client, Config, Statement};

use super::{AppendError, Journal, OpenError};

pub use facts::Facts;
pub use filling::Filling;
pub use images::Image;
pub use lease::{Held, Leases};
pub use mirror::Mirrored;
pub use names::Names;
pub use nodes::{Beat, Node, Registry};
pub use snapshot::Snapshot;

/// How often a record is sent again that the database surely has not taken: two transactions were in each other's way.
const SENT_AGAIN: u32 = 5;
/// How long to wait for a connection, and for a database that does not answer on it any more.
const CONNECT_TIME: Duration = Duration::from_secs(10);
const SILENT_TIME: Duration = Duration::from_secs(30);
/// How many records are read at once: each may have some MiB.
const PAGE_RECORDS: i64 = 16;
/// Moves the shard's row on and inserts the record, or does neither.
const APPEND: &str = "
    WITH own AS (
        UPDATE inkmeter_shards SET next_sequence = $2 + 1
        WHERE shard = $1 AND epoch = $3 AND next_sequence = $2
        RETURNING shard
    )
    INSERT INTO inkmeter_records (shard, sequence, epoch, checksum, payload)
    SELECT shard, $2, $3, $4, $5 FROM own";

/// The same with many records from `$2` on.
const APPEND_ALL: &str = "
    WITH own AS (
        UPDATE inkmeter_shards SET next_sequence = $2 + $4
        WHERE shard = $1 AND epoch = $3 AND next_sequence = $2
        RETURNING shard
    )
    INSERT INTO inkmeter_records (shard, sequence, epoch, checksum, payload)
    SELECT own.shard, record.sequence, $3, record.checksum, record.payload
    FROM own, unnest($5::bigint[], $6::bigint[], $7::bytea[]) AS record (sequence, checksum, payload)";

/// Which journal, and where.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// The database, as `postgres://user:password@host/database` or as words (`host=… dbname=…`).
    pub database: String,
    /// The shard this journal belongs to. Those of accounts count from 0; below are the files that stand beside the books.
    pub shard: i64,
}

impl PostgresOptions {
    /// The books.
    pub const BOOKS: i64 = 0;
    /// The directory's changes.
    pub const DIRECTORY: i64 = -1;
    /// The outbox's changes.
    pub const OUTBOX: i64 = -2;

    /// One of these, of a shard of the accounts.
    pub fn of(database: &str, what: i64, shard: u8) -> PostgresOptions {
        PostgresOptions { database: database.to_owned(), shard: PostgresOptions::number(what, shard) }
    }

    /// Under which number the database has it.
    fn number(what: i64, shard: u8) -> i64 {
        let shard = i64::from(shard);
        if what == PostgresOptions::BOOKS { shard } else { what - 2 * shard }
    }
}

/// The journal of one shard, looked at by somebody who does not own it: whoever does goes on.
pub struct Shard {
    client: Client,
    shard: i64,
    warnings: Warnings,
}

/// The journal of one shard, as its owner.
pub struct PostgresJournal {
    store: Shard,
    append: Statement,
    epoch: i64,
    next_sequence: u64,
    is_poisoned: bool,
}

/// The last warning of the database, if there was one. A commit whose wait for a standby is cancelled succeeds with one.
#[derive(Debug, Clone, Default)]
struct Warnings(Arc<Mutex<Option<String>>>);

impl Shard {
    /// Connects. The tables are made if they are not there.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn connect(options: &PostgresOptions) -> Result<Shard, OpenError> {
        let (client, warnings) = Shard::client(&options.database, SILENT_TIME)?;
        Ok(Shard { client, shard: options.shard, warnings })
    }

    /// A connection on which a commit means what it has to; a database that is silent for so long is given up. The tables
    /// are made if they are not there.
    fn client(database: &str, silent: Duration) -> Result<(Client, Warnings), OpenError> {
        let store = |doing: &'static str| move |source: postgres::Error| OpenError::store(doing, &source);
        // What is wrong with it may be a part of the password.
        let unreadable = |_: postgres::Error| {
            OpenError::Store {
            doing: "read its address",
            problem: "it is neither postgres://USER:PASSWORD@HOST:PORT/NAME (with other characters in it as %20) nor words \
                      like host=HOST user=USER password='PASSWORD' dbname=NAME"
                .into(),
        }
        };
        let mut config: Config = database.parse().map_err(unreadable)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIME.min(silent));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(silent);
        }
        let warnings = Warnings::default();
        let heard = warnings.clone();
        config.notice_callback(move |notice| heard.hear(&notice));
        let mut client = tls::connect(&config)?;
        let version = schema::prepare(&mut client).map_err(store("make its tables"))?;
        if version > schema::VERSION {
            let problem = format!("its tables are of version {version}, which this program does not know");
            return Err(OpenError::Store { doing: "look at its tables", problem });
        }
        insist_on_durability(&mut client).map_err(store("ask how durable it is"))?;
        // What it warns of so far (of its own collations, say) is not about a commit.
        if let Some(warning) = warnings.take() {
            tracing::warn!(warning, "the journal's database");
        }
        Ok((client, warnings))
    }

    /// The record that comes next, as far as it is known now.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn next_sequence(&mut self) -> Result<u64, OpenError> {
        const LOOK: &str = "SELECT next_sequence FROM inkmeter_shards WHERE shard = $1";
        let row = self.client.query_opt(LOOK, &[&self.shard]);
        let row = row.map_err(|source| OpenError::store("look at the shard", &source))?;
        Ok(row.map_or(1, |row| u64::try_from(row.get::<_, i64>(0)).unwrap_or(1)))
    }

    /// Becomes the shard's owner, from now on the only one who can write it, and says which record comes next.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn own(mut self) -> Result<(PostgresJournal, u64), OpenError> {
        let store = |doing: &'static str| move |source: postgres::Error| OpenError::store(doing, &source);
        let (epoch, next) = own(&mut self.client, self.shard).map_err(store("own the shard"))?;
        if let Some(problem) = self.warnings.take() {
            return Err(OpenError::Store { doing: "own the shard", problem });
        }
        let append = self.client.prepare(APPEND).map_err(store("prepare to append"))?;
        let next_sequence = u64::try_from(next).unwrap_or(1);
        Ok((PostgresJournal { store: self, append, epoch, next_sequence, is_poisoned: false }, next_sequence))
    }

    /// One record, if it is there.
    ///
    /// # Errors
    /// [`OpenError::Store`]: it cannot be read, or is damaged.
    pub fn record(&mut self, sequence: u64) -> Result<Option<Vec<u8>>, OpenError> {
        Ok(self.records(sequence, sequence + 1, 1)?.pop().map(|(_, payload)| payload))
    }

    /// At most so many records from one on up to the last before `until`.
    fn records(&mut self, from: u64, until: u64, most: i64) -> Result<Vec<(u64, Vec<u8>)>, OpenError> {
        const READ: &str = "SELECT sequence, checksum, payload FROM inkmeter_records
            WHERE shard = $1 AND sequence >= $2 AND sequence < $3 ORDER BY sequence LIMIT $4";
        let damaged = |sequence: u64| {
            let problem = format!("record {sequence} is missing or damaged");
            OpenError::Store { doing: "read records", problem }
        };
        let number = |sequence: u64| i64::try_from(sequence).unwrap_or(i64::MAX);
        let rows = self.client.query(READ, &[&self.shard, &number(from), &number(until), &most]);
        let rows = rows.map_err(|source| OpenError::store("read records", &source))?;
        let mut records = Vec::with_capacity(rows.len());
        for (row, expected) in rows.iter().zip(from..) {
            let (sequence, checksum): (i64, i64) = (row.get(0), row.get(1));
            let payload: Vec<u8> = row.get(2);
            let is_next = u64::try_from(sequence) == Ok(expected);
            if !is_next || checksum != sum(&payload) {
                return Err(damaged(expected));
            }
            records.push((expected, payload));
        }
        if records.is_empty() && from < until {
            return Err(damaged(from));
        }
        Ok(records)
    }
}

impl Warnings {
    fn hear(&self, notice: &DbError) {
        if !matches!(
            notice.parsed_severity(),
            Some(Severity::Notice | Severity::Info | Severity::Log | Severity::Debug)
        ) {
            *self.0.lock() = Some(format!("the database warned: {notice}"));
        }
    }

    fn take(&self) -> Option<String> {
        self.0.lock().take()
    }
}

impl PostgresJournal {
    /// Connects, and becomes the shard's owner.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn open(options: &PostgresOptions) -> Result<(PostgresJournal, u64), OpenError> {
        Shard::connect(options)?.own()
    }

    /// The number of this owner: higher than that of every owner before.
    pub fn epoch(&self) -> u64 {
        u64::try_from(self.epoch).unwrap_or(0)
    }

    /// The record that comes next.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Some records from a sequence on, in order; none if there are no more.
    ///
    /// # Errors
    /// [`OpenError::Store`]: it cannot be read, or a record is missing or damaged.
    pub fn read(&mut self, from: u64) -> Result<Vec<(u64, Vec<u8>)>, OpenError> {
        self.store.records(from, self.next_sequence, PAGE_RECORDS)
    }

    /// Appends records that are there already, elsewhere: all of them, from `sequence` on, or none.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn append_all(&mut self, sequence: u64, payloads: &[Vec<u8>]) -> Result<(), AppendError> {
        if self.is_poisoned {
            return Err(AppendError::Poisoned);
        }
        let expected = self.next_sequence;
        if sequence != expected {
            return Err(AppendError::OutOfSequence { expected, given: sequence });
        }
        self.is_poisoned = true;
        let first = i64::try_from(sequence).map_err(|_| AppendError::Store("no numbers are left".into()))?;
        let count = payloads.len() as i64;
        let sequences: Vec<i64> = (first..first + count).collect();
        let checksums: Vec<i64> = payloads.iter().map(|payload| sum(payload)).collect();
        let values: [&(dyn postgres::types::ToSql + Sync); 7] =
            [&self.store.shard, &first, &self.epoch, &count, &sequences, &checksums, &payloads];
        let inserted = self.store.client.execute(APPEND_ALL, &values);
        let inserted = inserted.map_err(|problem| AppendError::Store(told(&problem)))?;
        if let Some(warning) = self.store.warnings.take() {
            return Err(AppendError::Store(warning));
        }
        if inserted != payloads.len() as u64 {
            return Err(self.why_not(expected));
        }
        self.next_sequence += inserted;
        self.is_poisoned = false;
        Ok(())
    }

    fn write(&mut self, sequence: u64, payload: &[u8]) -> Result<(), AppendError> {
        let expected = self.next_sequence;
        if sequence != expected {
            return Err(AppendError::OutOfSequence { expected, given: sequence });
        }
        let number = i64::try_from(sequence).map_err(|_| AppendError::Store("no numbers are left".into()))?;
        let mut sent = 0;
        let inserted = loop {
            let checksum = sum(payload);
            let values: [&(dyn postgres::types::ToSql + Sync); 5] =
                [&self.store.shard, &number, &self.epoch, &checksum, &payload];
            sent += 1;
            match self.store.client.execute(&self.append, &values) {
                // It was rolled back for another's sake, so it is not there.
                Err(problem)
                    if problem.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE) && sent <= SENT_AGAIN => {
                }
                Err(problem) => return Err(AppendError::Store(told(&problem))),
                Ok(inserted) => break inserted,
            }
        };
        // It may be here and nowhere else.
        if let Some(warning) = self.store.warnings.take() {
            return Err(AppendError::Store(warning));
        }
        if inserted == 1 {
            self.next_sequence += 1;
            return Ok(());
        }
        Err(self.why_not(expected))
    }

    /// Why the shard's row was not as we thought.
    fn why_not(&mut self, expected: u64) -> AppendError {
        const LOOK: &str = "SELECT epoch, next_sequence FROM inkmeter_shards WHERE shard = $1";
        let row = match self.store.client.query_opt(LOOK, &[&self.store.shard]) {
            Ok(Some(row)) => row,
            Ok(None) => return AppendError::Store("the shard's row is gone".into()),
            Err(problem) => return AppendError::Store(told(&problem)),
        };
        let (epoch, next): (i64, i64) = (row.get(0), row.get(1));
        if epoch == self.epoch {
            AppendError::Store(format!("record {next} comes next there, not {expected}"))
        } else {
            AppendError::Fenced(format!("owner {epoch} has taken over from owner {}", self.epoch))
        }
    }
}

impl Journal for PostgresJournal {
    fn append(&mut self, sequence: u64, payload: &[u8]) -> Result<(), AppendError> {
        if self.is_poisoned {
            return Err(AppendError::Poisoned);
        }
        // Set until success, so that a panic in between poisons too.
        self.is_poisoned = true;
        self.write(sequence, payload)?;
        self.is_poisoned = false;
        Ok(())
    }
}

impl OpenError {
    fn store(doing: &'static str, problem: &postgres::Error) -> OpenError {
        OpenError::Store { doing, problem: told(problem) }
    }
}

/// An error with its causes: by itself it says no more than "db error". It never has the address, where a password is.
fn told(problem: &postgres::Error) -> String {
    let mut text = problem.to_string();
    let mut cause = std::error::Error::source(problem);
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}

/// Takes the shard over: whoever owned it can write nothing from now on. That this is committed means that all before it
/// is, on the standbys too that a commit waits for.
fn own(client: &mut Client, shard: i64) -> Result<(i64, i64), postgres::Error> {
    const BEGIN: &str = "INSERT INTO inkmeter_shards (shard, epoch, next_sequence) VALUES ($1, 0, 1)
        ON CONFLICT (shard) DO NOTHING";
    const OWN: &str =
        "UPDATE inkmeter_shards SET epoch = epoch + 1 WHERE shard = $1 RETURNING epoch, next_sequence";
    client.execute(BEGIN, &[&shard])?;
    let row = client.query_one(OWN, &[&shard])?;
    Ok((row.get(0), row.get(1)))
}

/// A commit must mean that the record is on the disk, here and on the standbys that the database waits for. Whoever asks
/// for more gets it.
fn insist_on_durability(client: &mut Client) -> Result<(), postgres::Error> {
    let row = client.query_one("SHOW synchronous_commit", &[])?;
    let setting: String = row.get(0);
    if setting == "on" || setting == "remote_apply" {
        return Ok(());
    }
    client.batch_execute("SET synchronous_commit TO on")
}

fn sum(payload: &[u8]) -> i64 {
    i64::from(crc32c::crc32c(payload))
}
