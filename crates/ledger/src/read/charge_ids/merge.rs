//! Merging runs, a step at a time: a step reads, writes or removes one row. How many are due goes with how many ids came
//! in, so that merging neither falls behind nor keeps the charges waiting.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::{OptionalExtension, Transaction, params};

use super::ChargeIds;
use crate::read::ReadError;

/// Each id is copied once for each level but the first, and removed as often; with so many steps, merging is done before
/// the next is due, up to thousands of millions of ids.
pub(super) const STEPS_PER_ID: u64 = 16;
/// Fewer steps than this are not worth a transaction.
const LEAST_STEPS: u64 = 2_000;
/// One transaction makes so many, lest new charges wait for it.
const MOST_STEPS: u64 = 20_000;

const LOOKED_IN: i64 = 0;
const BEING_WRITTEN: i64 = 1;
const BEING_REMOVED: i64 = 2;

/// A row of `charge_ids` without its run.
type Row = ([u8; 16], i64);

impl ChargeIds {
    /// Whether steps are due.
    pub(in crate::read) fn owes_steps(&self) -> bool {
        self.owed >= LEAST_STEPS
    }

    /// Makes some of the steps that are due. After an error the transaction must not be committed, and what is known of
    /// the runs is to be forgotten.
    pub(in crate::read) fn step(&mut self, transaction: &Transaction<'_>) -> Result<(), ReadError> {
        let mut left = self.owed.min(MOST_STEPS);
        self.owed -= left;
        while left > 0 {
            let Some(made) = self.step_once(transaction, left)? else {
                // Nothing is to be merged: what was owed was for nothing.
                self.owed = 0;
                return Ok(());
            };
            left = left.saturating_sub(made);
        }
        Ok(())
    }

    /// Removes, or copies, at most so many rows; says how many steps that was, or that there is nothing to do.
    pub(super) fn step_once(
        &self,
        transaction: &Transaction<'_>,
        most: u64,
    ) -> Result<Option<u64>, ReadError> {
        if let Some((run, _)) = in_state(transaction, BEING_REMOVED)? {
            return remove(transaction, run, most).map(Some);
        }
        if let Some((into, _)) = in_state(transaction, BEING_WRITTEN)? {
            return copy(transaction, into, most).map(Some);
        }
        let select = "SELECT level FROM charge_id_runs WHERE level > 0 GROUP BY level HAVING count(*) >= ?1
            ORDER BY level LIMIT 1";
        let fanout = i64::try_from(self.sizes.fanout).unwrap_or(i64::MAX);
        let full: Option<i64> = transaction.query_row(select, [fanout], |row| row.get(0)).optional()?;
        full.map(|level| begin(transaction, level)).transpose()
    }
}

/// The first run in a state, and its level.
fn in_state(transaction: &Transaction<'_>, state: i64) -> Result<Option<(i64, i64)>, ReadError> {
    let select = "SELECT run, level FROM charge_id_runs WHERE state = ?1 ORDER BY run LIMIT 1";
    let mut select = transaction.prepare_cached(select)?;
    Ok(select.query_row([state], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Begins to merge all runs of a level. The new run is the last in the table, where rows in order are written fastest.
fn begin(transaction: &Transaction<'_>, level: i64) -> Result<u64, ReadError> {
    let highest: i64 = transaction.query_row("SELECT max(run) FROM charge_id_runs", [], |row| row.get(0))?;
    let into = highest.max(0) + 1;
    let mark = "UPDATE charge_id_runs SET into_run = ?1 WHERE level = ?2";
    transaction.execute(mark, [into, level])?;
    let insert = "INSERT INTO charge_id_runs VALUES (?1, ?2, ?3, NULL)";
    transaction.execute(insert, [into, level + 1, BEING_WRITTEN])?;
    Ok(1)
}

/// Copies the next rows; with the last of them the new run takes the place of those it was made of.
fn copy(transaction: &Transaction<'_>, into: i64, most: u64) -> Result<u64, ReadError> {
    let rows = next_rows(transaction, into, most)?;
    let mut insert = transaction.prepare_cached("INSERT INTO charge_ids VALUES (?1, ?2, ?3)")?;
    for (charge, key) in &rows {
        insert.execute(params![into, charge, key])?;
    }
    let made = rows.len() as u64;
    if made < most {
        let leave = "UPDATE charge_id_runs SET state = ?1, into_run = NULL WHERE into_run = ?2";
        transaction.execute(leave, [BEING_REMOVED, into])?;
        let take_over = "UPDATE charge_id_runs SET state = ?1 WHERE run = ?2";
        transaction.execute(take_over, [LOOKED_IN, into])?;
    }
    Ok(made + 1)
}

/// The first rows, in order, of the runs that are being merged that the new run does not have yet.
fn next_rows(transaction: &Transaction<'_>, into: i64, most: u64) -> Result<Vec<Row>, ReadError> {
    let select = "SELECT charge, key FROM charge_ids WHERE run = ?1 ORDER BY charge DESC, key DESC LIMIT 1";
    let last: Option<Row> =
        transaction.query_row(select, [into], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (charge, key) = last.unwrap_or(([0; 16], i64::MIN));
    let mut sources = transaction.prepare_cached("SELECT run FROM charge_id_runs WHERE into_run = ?1")?;
    let sources: Vec<i64> = sources.query_map([into], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let select =
        "SELECT charge, key FROM charge_ids WHERE run = ?1 AND charge >= ?2 AND (charge > ?2 OR key > ?3)
        ORDER BY charge, key";
    let mut statements =
        sources.iter().map(|_| transaction.prepare_cached(select)).collect::<Result<Vec<_>, _>>()?;
    let mut cursors = statements
        .iter_mut()
        .zip(&sources)
        .map(|(statement, run)| statement.query(params![run, charge, key]))
        .collect::<Result<Vec<_>, _>>()?;
    let mut heads = BinaryHeap::with_capacity(cursors.len());
    let read = |row: &rusqlite::Row<'_>| Ok::<Row, ReadError>((row.get(0)?, row.get(1)?));
    for (at, cursor) in cursors.iter_mut().enumerate() {
        if let Some(row) = cursor.next()? {
            heads.push(Reverse((read(row)?, at)));
        }
    }
    let mut rows = Vec::new();
    while (rows.len() as u64) < most
        && let Some(Reverse((first, at))) = heads.pop()
    {
        rows.push(first);
        if let Some(row) = cursors[at].next()? {
            heads.push(Reverse((read(row)?, at)));
        }
    }
    Ok(rows)
}

/// Removes the first rows of a run, and with the last of them the run.
fn remove(transaction: &Transaction<'_>, run: i64, most: u64) -> Result<u64, ReadError> {
    let select = "SELECT charge FROM charge_ids WHERE run = ?1 ORDER BY charge LIMIT 1 OFFSET ?2";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let end: Option<[u8; 16]> =
        transaction.prepare_cached(select)?.query_row([run, most], |row| row.get(0)).optional()?;
    let removed = match end {
        Some(end) => {
            let delete = "DELETE FROM charge_ids WHERE run = ?1 AND charge <= ?2";
            transaction.prepare_cached(delete)?.execute(params![run, end])?
        }
        None => {
            let removed =
                transaction.prepare_cached("DELETE FROM charge_ids WHERE run = ?1")?.execute([run])?;
            transaction.prepare_cached("DELETE FROM charge_id_runs WHERE run = ?1")?.execute([run])?;
            removed
        }
    };
    Ok(removed as u64 + 1)
}
