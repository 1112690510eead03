//! Which charge has an id.
//!
//! Ids that begin with the time of their charge come nearly in order, and stand in a table of their own that grows at its
//! end. Those that are made of callers' keys come in no order at all. In one large index each of them would change a page
//! somewhere else, and writing would become slower with the history. They are written into runs instead, as in a
//! log-structured merge tree: the newest run is small and takes ids in any order; when it has so many, another begins;
//! and as soon as there are so many runs of one level, they are merged into one of the next, in steps ([`merge`]). A row
//! is written again only once for each level, and an id is looked for in a few runs, however long the history.
//!
//! Everything is in the tables, so that a crash leaves a merge where it was.

mod merge;
#[cfg(test)]
mod tests;

use charging::{ChargeId, Timestamp};
use rusqlite::{CachedStatement, OptionalExtension, Transaction, params};

use super::ReadError;

/// How far the time an id begins with may be from that of the charge.
const NEAR_MS: u64 = 24 * 60 * 60 * 1_000;

pub(super) const TABLES: &str = "
CREATE TABLE charge_ids_by_time (   -- ids that begin with their charge's time
    charge BLOB NOT NULL,
    key INTEGER NOT NULL,           -- of the charge
    PRIMARY KEY (charge, key)
) WITHOUT ROWID;
CREATE TABLE charge_ids (           -- all others, in runs
    run INTEGER NOT NULL,
    charge BLOB NOT NULL,
    key INTEGER NOT NULL,           -- of the charge
    PRIMARY KEY (run, charge, key)
) WITHOUT ROWID;
CREATE TABLE charge_id_runs (
    run INTEGER PRIMARY KEY,        -- negative: written in any order; positive: merged
    level INTEGER NOT NULL,         -- 0: the newest, which takes ids in
    state INTEGER NOT NULL,         -- 0 looked in, 1 being written, 2 being removed
    into_run INTEGER                -- the run it is being merged into
);
CREATE VIEW charge_id_rows AS
    SELECT key >> 32 AS account, key & 0xffffffff AS number, charge FROM charge_ids_by_time
    UNION ALL SELECT i.key >> 32, i.key & 0xffffffff, i.charge
    FROM charge_id_runs r JOIN charge_ids i ON i.run = r.run WHERE r.state = 0;
";

/// The keys of the charges that have an id: one, in books that are right.
pub(super) const KEYS_OF: &str = "SELECT key FROM charge_ids_by_time WHERE charge = ?1
    UNION ALL SELECT i.key FROM charge_id_runs r CROSS JOIN charge_ids i ON i.run = r.run AND i.charge = ?1
    WHERE r.state = 0";

/// How large runs are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Ids in the newest run: so few that all its pages stay in memory.
    pub newest: u64,
    /// Runs of a level that become one of the next.
    pub fanout: usize,
}

impl Sizes {
    const USUAL: Sizes = Sizes { newest: 1 << 18, fanout: 6 };
}

/// What is known of the runs between transactions.
#[derive(Debug)]
pub(super) struct ChargeIds {
    sizes: Sizes,
    newest: Option<Newest>,
    /// Steps of merging that are due.
    owed: u64,
}

/// The run that takes ids in.
#[derive(Debug, Clone, Copy)]
struct Newest {
    run: i64,
    ids: u64,
}

/// Writes ids in one transaction.
pub(super) struct Insert<'a> {
    transaction: &'a Transaction<'a>,
    by_time: CachedStatement<'a>,
    in_run: CachedStatement<'a>,
}

impl Default for ChargeIds {
    fn default() -> ChargeIds {
        ChargeIds::of(Sizes::USUAL)
    }
}

impl ChargeIds {
    fn of(sizes: Sizes) -> ChargeIds {
        ChargeIds { sizes, newest: None, owed: 0 }
    }

    /// Notes which charge has an id.
    pub(super) fn insert(
        &mut self,
        insert: &mut Insert<'_>,
        charge: ChargeId,
        at: Timestamp,
        key: i64,
    ) -> Result<(), ReadError> {
        let id = charge.0.to_be_bytes();
        if begins_with_time(charge, at) {
            insert.by_time.execute(params![id, key])?;
            return Ok(());
        }
        let mut newest = match self.newest {
            Some(newest) => newest,
            None => insert.newest()?,
        };
        if newest.ids >= self.sizes.newest {
            newest = insert.next(newest)?;
        }
        insert.in_run.execute(params![newest.run, id, key])?;
        newest.ids += 1;
        self.newest = Some(newest);
        self.owed += merge::STEPS_PER_ID;
        Ok(())
    }
}

impl<'a> Insert<'a> {
    pub(super) fn of(transaction: &'a Transaction<'a>) -> Result<Insert<'a>, ReadError> {
        Ok(Insert {
            transaction,
            by_time: transaction.prepare_cached("INSERT INTO charge_ids_by_time VALUES (?1, ?2)")?,
            in_run: transaction.prepare_cached("INSERT INTO charge_ids VALUES (?1, ?2, ?3)")?,
        })
    }

    /// The newest run as it is in the file.
    fn newest(&self) -> Result<Newest, ReadError> {
        let select = "SELECT run FROM charge_id_runs WHERE level = 0";
        let run = self.transaction.query_row(select, [], |row| row.get(0)).optional()?;
        let Some(run) = run else { return self.begin(-1) };
        let count = "SELECT count(*) FROM charge_ids WHERE run = ?1";
        let ids: i64 = self.transaction.query_row(count, [run], |row| row.get(0))?;
        Ok(Newest { run, ids: ids.cast_unsigned() })
    }

    fn begin(&self, run: i64) -> Result<Newest, ReadError> {
        self.transaction.execute("INSERT INTO charge_id_runs VALUES (?1, 0, 0, NULL)", [run])?;
        Ok(Newest { run, ids: 0 })
    }

    /// Lets another run take ids in.
    fn next(&self, full: Newest) -> Result<Newest, ReadError> {
        self.transaction.execute("UPDATE charge_id_runs SET level = 1 WHERE run = ?1", [full.run])?;
        let lowest: i64 =
            self.transaction.query_row("SELECT min(run) FROM charge_id_runs", [], |row| row.get(0))?;
        self.begin(lowest.min(0) - 1)
    }
}

/// True of ids that begin with the milliseconds since the epoch, in 48 bits, and of one in a million others.
fn begins_with_time(charge: ChargeId, at: Timestamp) -> bool {
    i64::try_from(charge.0 >> 80).is_ok_and(|ms| at.ms().abs_diff(ms) <= NEAR_MS)
}
