//! An account's usage at a price, hour by hour, as the core's diagnosis asks for it.

use std::collections::BTreeMap;

use charging::{
    Account, AccountId, BillLine, CashRecord, HOUR_MS, Money, RunReader, Runs, ServiceNo, SettledHour,
    Timestamp, UsageRecords,
};
use rusqlite::{Transaction, params};

use super::charges::first_charge_at;
use super::rows::{account_no, charge_key};
use super::{Cells, ReadError, ReadModel};
use crate::entry::AccountNo;

/// The most bill lines one diagnosis looks at.
const LINES_LIMIT: usize = 200_000;
/// The most charges one diagnosis reads to take lines apart; beyond it a line is judged at its first call.
const CHARGES_LIMIT: u64 = 1_000_000;
/// How long before the oldest hour that is not paid a correction may have been made to count as its cause.
const CORRECTIONS_MS: i64 = 31 * 24 * HOUR_MS;

impl ReadModel {
    /// What the books say about the usage of hours that begin at `from` or later. If something is owed, they go back
    /// at least to the oldest hour that is not paid: payments go into the oldest debt first.
    ///
    /// # Errors
    /// [`ReadError::TooMuch`] if there are more lines than a diagnosis looks at; or any other [`ReadError`].
    pub fn usage_records(
        &self,
        account: AccountId,
        from: Timestamp,
        debt: Money,
    ) -> Result<UsageRecords, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let unpaid = oldest_unpaid(transaction, no, debt)?;
            let from = unpaid.map_or(from, |hour| hour.min(from));
            let hours = settled_hours(transaction, no, from, Timestamp::MAX)?;
            let first_drawn = first_drawn(transaction, no)?;
            let cash = unpaid.map_or(Ok(Vec::new()), |hour| cash_since(transaction, no, hour, None))?;
            Ok(UsageRecords { from, hours, first_drawn, cash, runs: Runs::default() })
        })
    }

    /// What the books say of the hour with whose settlement, at an instant, arrears began: the first that left a debt
    /// then. What came after it is left out. None if no hour did.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn arrears_records(
        &self,
        account: AccountId,
        at: Timestamp,
    ) -> Result<Option<UsageRecords>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let mut select = transaction.prepare_cached(
                "SELECT min(hour) FROM settled_hours WHERE account = ?1 AND settled_at = ?2 AND debt > 0",
            )?;
            let hour: Option<i64> = select.query_row(params![no, at.ms()], |row| row.get(0))?;
            let Some(hour) = hour.map(Timestamp::from_ms) else { return Ok(None) };
            let hours = settled_hours(transaction, no, hour, hour)?;
            let first_drawn = first_drawn(transaction, no)?;
            let cash = cash_since(transaction, no, hour, Some(hour))?;
            Ok(Some(UsageRecords { from: hour, hours, first_drawn, cash, runs: Runs::default() }))
        })
    }
}

impl ReadModel {
    /// The lines of the records, and of the account's open hours, in whose time a package came or ended, taken apart by
    /// the charges they are the sum of.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn usage_runs(&self, account: &Account, records: &UsageRecords) -> Result<Runs, ReadError> {
        let mut reader = account.run_reader(records);
        let spans = reader.spans().to_vec();
        if spans.is_empty() {
            return Ok(reader.finish());
        }
        self.query(|transaction| {
            let no = account_no(transaction, account.id())?;
            let mut left = CHARGES_LIMIT;
            // The newest first, for what is read is limited.
            for (from, to) in spans.into_iter().rev() {
                let first = first_charge_at(transaction, no, from)?;
                let end = first_charge_at(transaction, no, to.plus_ms(1))?;
                if end - first <= left {
                    left -= end - first;
                    read_runs(transaction, no, (first, end), &mut reader)?;
                }
            }
            Ok(reader.finish())
        })
    }
}

/// Gives a reader the charges at a price from a first number up to an end.
fn read_runs(
    transaction: &Transaction<'_>,
    account: AccountNo,
    (first, end): (u64, u64),
    reader: &mut RunReader<'_>,
) -> Result<(), ReadError> {
    let mut select = transaction.prepare_cached(
        "SELECT key & 0xffffffff, at, service, enterprise_project, rated FROM charges
         WHERE key >= ?1 AND key < ?2 AND amount > 0 ORDER BY key",
    )?;
    let mut rows = select.query([charge_key(account, first), charge_key(account, end)])?;
    while let Some(row) = rows.next()? {
        let cells = Cells(row);
        let (number, at) = (cells.number(0)?, cells.instant(1)?);
        let (service, project) = (cells.service(2)?, cells.optional_name(3)?);
        reader.add(number, at, service, project.as_ref(), &cells.rated(4)?);
    }
    Ok(())
}

/// The oldest of the newest hours that left this debt together.
fn oldest_unpaid(
    transaction: &Transaction<'_>,
    account: AccountNo,
    debt: Money,
) -> Result<Option<Timestamp>, ReadError> {
    let mut select = transaction.prepare_cached(
        "SELECT hour, debt FROM settled_hours WHERE account = ?1 AND debt > 0 ORDER BY hour DESC",
    )?;
    let mut rows = select.query([account])?;
    let (mut left, mut oldest) = (debt, None);
    while left.is_positive()
        && let Some(row) = rows.next()?
    {
        let cells = Cells(row);
        oldest = Some(cells.instant(0)?);
        left -= cells.money(1)?;
    }
    Ok(oldest)
}

/// The settled hours that begin from the first instant to the last, both included.
fn settled_hours(
    transaction: &Transaction<'_>,
    account: AccountNo,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<SettledHour>, ReadError> {
    let mut select = transaction.prepare_cached(
        "SELECT l.hour, h.debt, l.service, l.enterprise_project, l.price_version, l.tier, l.units, l.amount,
                l.used_from, l.used_to, l.first_call_at, l.last_call_at
         FROM bill_lines l JOIN settled_hours h USING (account, hour)
         WHERE l.account = ?1 AND l.hour >= ?2 AND l.hour <= ?3 ORDER BY l.hour, l.line LIMIT ?4",
    )?;
    let mut rows = select.query(params![account, from.ms(), to.ms(), LINES_LIMIT as i64 + 1])?;
    let (mut hours, mut count): (Vec<SettledHour>, usize) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        count += 1;
        if count > LINES_LIMIT {
            return Err(ReadError::TooMuch { limit: LINES_LIMIT });
        }
        let cells = Cells(row);
        let (hour, debt) = (cells.instant(0)?, cells.money(1)?);
        let line = BillLine {
            service: cells.service(2)?,
            enterprise_project: cells.optional_name(3)?,
            price_version: cells.small(4)?,
            tier: cells.small(5)?,
            units: cells.number(6)?,
            amount: cells.money(7)?,
            used_from: cells.instant(8)?,
            used_to: cells.optional_instant(9)?,
            first_call_at: cells.instant(10)?,
            last_call_at: cells.instant(11)?,
        };
        match hours.last_mut() {
            Some(same) if same.hour == hour => same.lines.push(line),
            _ => hours.push(SettledHour { hour, lines: vec![line], debt }),
        }
    }
    Ok(hours)
}

/// Corrections of the cash that an unpaid hour may go back to, and what settlements lacked since; up to the settlement
/// of an hour, if one is given.
fn cash_since(
    transaction: &Transaction<'_>,
    account: AccountNo,
    unpaid: Timestamp,
    up_to: Option<Timestamp>,
) -> Result<Vec<CashRecord>, ReadError> {
    let mut select = transaction.prepare_cached(
        "SELECT kind, at, amount, debt_change, coalesce(reason, '') FROM transactions
         WHERE account = ?1 AND kind IN (2, 4) AND at >= ?2 AND number <= coalesce(
            (SELECT number FROM transactions WHERE account = ?1 AND kind = 2 AND reference = ?3), ?4)
         ORDER BY number",
    )?;
    let (since, up_to) = (unpaid.plus_ms(-CORRECTIONS_MS).ms(), up_to.map(Timestamp::ms));
    let mut rows = select.query(params![account, since, up_to, i64::MAX])?;
    let mut cash = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = Cells(row);
        cash.push(match cells.number(0)? {
            2 => CashRecord::Short { debt: cells.money(3)? },
            _ => CashRecord::Adjusted { at: cells.instant(1)?, amount: cells.money(2)?, reason: row.get(4)? },
        });
    }
    Ok(cash)
}

fn first_drawn(
    transaction: &Transaction<'_>,
    account: AccountNo,
) -> Result<BTreeMap<ServiceNo, Timestamp>, ReadError> {
    let mut select = transaction.prepare_cached(
        "SELECT service, min(hour) FROM usage_hours WHERE account = ?1 AND pocket = 0 AND units > 0
         GROUP BY service",
    )?;
    let mut rows = select.query([account])?;
    let mut first = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let cells = Cells(row);
        first.insert(cells.service(0)?, cells.instant(1)?);
    }
    Ok(first)
}
