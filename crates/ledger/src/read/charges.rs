//! Charges: one page of an account's, or one by its id.

use charging::{AccountId, ChargeId, Draw, Money, Name, Pocket, Rated, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

use super::charge_ids::KEYS_OF;
use super::rows::{Services, account_no, charge_key, service_of, services};
use super::{Cells, ROWS_LIMIT, ReadError, ReadModel};
use crate::entry::AccountNo;

/// One charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRow {
    /// Its id; also the request id of the call.
    pub charge: ChargeId,
    /// Who was charged.
    pub account: AccountId,
    /// Which one of the account's charges it is, from 1.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// The enterprise project the call named, if any.
    pub enterprise_project: Option<Name>,
    /// Where it came from (packages, if both had a part in it).
    pub pocket: Pocket,
    /// How many units.
    pub units: u64,
    /// What it cost.
    pub amount: Money,
    /// What lots gave.
    pub draws: Vec<Draw>,
    /// What was charged at a price.
    pub rated: Vec<Rated>,
    /// The record of the journal it stands in.
    pub sequence: u64,
}

/// Which of an account's charges are asked for; oldest first, unless said otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChargeQuery {
    /// Only those after this one, in the order asked for: the last of the page before.
    pub after: Option<ChargeId>,
    /// Newest first.
    pub newest_first: bool,
    /// At most so many; never more than [`ROWS_LIMIT`].
    pub limit: usize,
    /// Only those at this instant or later.
    pub from: Option<Timestamp>,
    /// Only those before this instant.
    pub to: Option<Timestamp>,
}

/// What [`charge_row`] reads, of `charges c`.
pub(super) const COLUMNS: &str =
    "c.key & 0xffffffff, c.at, c.charge, c.service, c.enterprise_project, c.pocket, c.units, c.amount,
     c.draws, c.rated, c.sequence";

impl ReadModel {
    /// One page of an account's charges.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn charges(&self, account: AccountId, query: &ChargeQuery) -> Result<Vec<ChargeRow>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let (mut first, mut last) = (charge_key(no, 1), charge_key(no, u64::MAX));
            if let Some(after) = query.after {
                let key = key_of(transaction, no, after)?.ok_or(ReadError::UnknownCursor)?;
                if query.newest_first { last = key - 1 } else { first = key + 1 }
            }
            if query.from.is_some() || query.to.is_some() {
                if let Some(from) = query.from {
                    first = first.max(charge_key(no, first_charge_at(transaction, no, from)?));
                }
                if let Some(to) = query.to {
                    last = last.min(charge_key(no, first_charge_at(transaction, no, to)?) - 1);
                }
            }
            let limit = query.limit.min(ROWS_LIMIT) as i64;
            if query.newest_first {
                // Charges are numbered without a gap: the last page is known by its numbers.
                last = last.min(newest_key(transaction, no)?);
                first = first.max(last.saturating_sub(limit) + 1);
            }
            let services = services(transaction, no)?;
            let mut page = Vec::new();
            walk(transaction, account, &services, (first, last, limit), |row| {
                page.push(row);
                Ok(None::<()>)
            })?;
            if query.newest_first {
                page.reverse();
            }
            Ok(page)
        })
    }

    /// A charge by its id, whoever was charged. For operators.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn charge(&self, charge: ChargeId) -> Result<Option<ChargeRow>, ReadError> {
        Ok(self.locate(charge)?.map(|(_, row)| row))
    }

    /// A charge of an account. Another account's is simply not found.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn charge_of(&self, account: AccountId, charge: ChargeId) -> Result<Option<ChargeRow>, ReadError> {
        Ok(self.charge(charge)?.filter(|row| row.account == account))
    }

    /// Looks at the file as it is by now: this waits for nothing.
    pub(crate) fn glance<T>(
        &self,
        look: impl FnOnce(Glance<'_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        self.pool.with(|transaction| look(Glance(transaction)))
    }

    /// A charge with the number of its account in the shard.
    pub(crate) fn locate(&self, charge: ChargeId) -> Result<Option<(AccountNo, ChargeRow)>, ReadError> {
        self.query(|transaction| find(transaction, charge))
    }
}

/// The file as it was at one moment: from the first question on.
pub(crate) struct Glance<'a>(&'a Transaction<'a>);

impl Glance<'_> {
    /// A charge, if it is there. Most are asked for because they should not be.
    pub(crate) fn charge(&self, charge: ChargeId) -> Result<Option<ChargeRow>, ReadError> {
        let mut is_there = self.0.prepare_cached(KEYS_OF)?;
        if !is_there.exists([charge.0.to_be_bytes()])? {
            return Ok(None);
        }
        Ok(find(self.0, charge)?.map(|(_, row)| row))
    }
}

fn find(
    transaction: &Transaction<'_>,
    charge: ChargeId,
) -> Result<Option<(AccountNo, ChargeRow)>, ReadError> {
    let mut select = transaction.prepare_cached(&format!(
        "SELECT {COLUMNS}, a.account, a.id
         FROM ({KEYS_OF}) f CROSS JOIN charges c ON c.key = f.key JOIN accounts a ON a.account = c.key >> 32
         ORDER BY c.sequence LIMIT 1"
    ))?;
    let mut rows = select.query([charge.0.to_be_bytes()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let cells = Cells(row);
    let no: AccountNo = cells.small(11)?;
    let services = services(transaction, no)?;
    Ok(Some((no, charge_row(&cells, cells.account(12)?, &services)?)))
}

/// Charges from a first key to a last one, at most so many; ends at the first for which `visit` gives something.
pub(super) fn walk<E>(
    transaction: &Transaction<'_>,
    account: AccountId,
    services: &Services,
    (first, last, limit): (i64, i64, i64),
    mut visit: impl FnMut(ChargeRow) -> Result<Option<E>, ReadError>,
) -> Result<Option<E>, ReadError> {
    let mut select = transaction.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM charges c
         WHERE c.key >= ?1 AND c.key <= ?2 ORDER BY c.key LIMIT ?3"
    ))?;
    let mut rows = select.query(params![first, last, limit])?;
    while let Some(row) = rows.next()? {
        if let Some(end) = visit(charge_row(&Cells(row), account, services)?)? {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

/// The key of an account's newest charge.
fn newest_key(transaction: &Transaction<'_>, account: AccountNo) -> Result<i64, ReadError> {
    let count: i64 = transaction
        .prepare_cached("SELECT charges FROM accounts WHERE account = ?1")?
        .query_row([account], |row| row.get(0))?;
    Ok(charge_key(account, count.cast_unsigned()))
}

pub(super) fn charge_row(
    cells: &Cells<'_, '_>,
    account: AccountId,
    services: &Services,
) -> Result<ChargeRow, ReadError> {
    let (api, region) = service_of(services, cells.service(3)?)?;
    Ok(ChargeRow {
        charge: cells.charge(2)?,
        account,
        number: cells.number(0)?,
        at: cells.instant(1)?,
        api,
        region,
        enterprise_project: cells.optional_name(4)?,
        pocket: cells.pocket(5)?,
        units: cells.number(6)?,
        amount: cells.money(7)?,
        draws: cells.draws(8)?,
        rated: cells.rated(9)?,
        sequence: cells.number(10)?,
    })
}

/// The key of a charge, if it is one of the account's.
pub(super) fn key_of(
    transaction: &Transaction<'_>,
    account: AccountNo,
    charge: ChargeId,
) -> Result<Option<i64>, ReadError> {
    let mut select =
        transaction.prepare_cached(&format!("SELECT key FROM ({KEYS_OF}) WHERE key >> 32 = ?2"))?;
    Ok(select.query_row(params![charge.0.to_be_bytes(), account], |row| row.get(0)).optional()?)
}

/// The number of the first charge at an instant or later.
pub(super) fn first_charge_at(
    transaction: &Transaction<'_>,
    account: AccountNo,
    at: Timestamp,
) -> Result<u64, ReadError> {
    let count = transaction
        .prepare_cached("SELECT charges FROM accounts WHERE account = ?1")?
        .query_row([account], |row| row.get::<_, i64>(0))?;
    let mut select = transaction.prepare_cached("SELECT at FROM charges WHERE key = ?1")?;
    first_at(count.cast_unsigned(), at, |number| {
        Ok(select.query_row([charge_key(account, number)], |row| row.get(0))?)
    })
}

/// The first of so many numbered rows at an instant or later; the number after the last if there is none. An
/// account's time never goes back, so its rows are in order of time, and halving finds the place.
pub(super) fn first_at(
    count: u64,
    at: Timestamp,
    mut at_of: impl FnMut(u64) -> Result<i64, ReadError>,
) -> Result<u64, ReadError> {
    let (mut low, mut high) = (1, count + 1);
    while low < high {
        let middle = low + ((high - low) >> 1);
        if at_of(middle)? < at.ms() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
