//! What of an account names one enterprise project: for members, who see this of their master's books and nothing else.

use std::collections::BTreeMap;

use charging::{AccountId, Name, Pocket, Timestamp};
use rusqlite::params;

use super::charges::{COLUMNS, charge_row, first_charge_at, key_of};
use super::rows::{account_no, charge_key, services};
use super::usage::{UsageBy, UsageRow};
use super::{Cells, ChargeQuery, ChargeRow, ROWS_LIMIT, ReadError, ReadModel};

impl ReadModel {
    /// One page of an account's charges that name the enterprise project. A charge that names another is no place to go
    /// on from, as if it were not there.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn charges_of_project(
        &self,
        account: AccountId,
        project: &Name,
        query: &ChargeQuery,
    ) -> Result<Vec<ChargeRow>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let services = services(transaction, no)?;
            let (mut first, mut last) = (charge_key(no, 1), charge_key(no, u64::MAX));
            if let Some(after) = query.after {
                let key = key_of(transaction, no, after)?.ok_or(ReadError::UnknownCursor)?;
                let is_own = "SELECT enterprise_project IS ?2 FROM charges WHERE key = ?1";
                if !transaction.query_row(is_own, params![key, project.as_str()], |row| row.get(0))? {
                    return Err(ReadError::UnknownCursor);
                }
                if query.newest_first { last = key - 1 } else { first = key + 1 }
            }
            if let Some(from) = query.from {
                first = first.max(charge_key(no, first_charge_at(transaction, no, from)?));
            }
            if let Some(to) = query.to {
                last = last.min(charge_key(no, first_charge_at(transaction, no, to)?) - 1);
            }
            let order = if query.newest_first { "DESC" } else { "ASC" };
            let mut select = transaction.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM charges c WHERE c.enterprise_project = ?1 AND c.key >= ?2 AND c.key <= ?3
                 ORDER BY c.key {order} LIMIT ?4"
            ))?;
            let limit = query.limit.min(ROWS_LIMIT) as i64;
            let mut rows = select.query(params![project.as_str(), first, last, limit])?;
            let mut page = Vec::new();
            while let Some(row) = rows.next()? {
                page.push(charge_row(&Cells(row), account, &services)?);
            }
            Ok(page)
        })
    }

    /// An account's usage that names the enterprise project, from the hours that begin at `from` or later and before
    /// `to`, oldest first, by hour, day or month.
    ///
    /// # Errors
    /// [`ReadError`]; [`ReadError::TooMuch`] for more than [`ROWS_LIMIT`] rows.
    pub fn usage_of_project(
        &self,
        account: AccountId,
        project: &Name,
        (from, to): (Timestamp, Timestamp),
        by: UsageBy,
    ) -> Result<Vec<UsageRow>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let zone = super::bill::zone_of(transaction, no)?;
            let services = services(transaction, no)?;
            let first = charge_key(no, first_charge_at(transaction, no, from)?);
            let last = charge_key(no, first_charge_at(transaction, no, to)?) - 1;
            let mut select = transaction.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM charges c WHERE c.enterprise_project = ?1 AND c.key >= ?2 AND c.key <= ?3
                 ORDER BY c.key"
            ))?;
            let mut rows = select.query(params![project.as_str(), first, last])?;
            let mut sums: BTreeMap<(Timestamp, Name, Name, bool), UsageRow> = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let charge = charge_row(&Cells(row), account, &services)?;
                let begins = by.start(zone, charge.at);
                let drawn: u64 = charge.draws.iter().map(|draw| draw.units).sum();
                for (pocket, units) in [(Pocket::Lot, drawn), (Pocket::PayPerUse, charge.units - drawn)] {
                    if units == 0 {
                        continue;
                    }
                    let key = (begins, charge.api.clone(), charge.region.clone(), pocket == Pocket::PayPerUse);
                    let sum = sums.entry(key).or_insert_with(|| UsageRow {
                        hour: begins,
                        api: charge.api.clone(),
                        region: charge.region.clone(),
                        pocket,
                        calls: 0,
                        units: 0,
                        amount: charging::Money::ZERO,
                    });
                    sum.calls += u64::from(pocket == charge.pocket);
                    sum.units += units;
                    if pocket == Pocket::PayPerUse {
                        sum.amount += charge.amount;
                    }
                }
                if sums.len() > ROWS_LIMIT {
                    return Err(ReadError::TooMuch { limit: ROWS_LIMIT });
                }
            }
            Ok(sums.into_values().collect())
        })
    }
}
