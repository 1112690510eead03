//! The operator's corrections of the cash in a month. They are no consumption, and no part of a bill's total.

use charging::{Money, Timestamp};
use rusqlite::params;

use super::{BillView, ReadError};
use crate::read::Cells;

/// A correction of the cash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledAdjustment {
    /// Which one of the account's transactions it is.
    pub transaction: u64,
    /// When.
    pub at: Timestamp,
    /// What it added to the cash; negative if it took.
    pub amount: Money,
    /// Why, in the operator's words.
    pub reason: String,
}

impl BillView<'_> {
    /// How many corrections the month has, and what they come to.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn adjusted(&self) -> Result<(u64, Money), ReadError> {
        let (first, after) = self.numbers()?;
        self.count_and_sum(
            "SELECT count(*), coalesce(sum(amount), 0) FROM transactions
             WHERE account = ?1 AND number >= ?2 AND number < ?3 AND kind = 4 AND at >= ?4 AND at < ?5",
            params![self.no, first, after, self.from.ms(), self.to.ms()],
        )
    }

    pub(super) fn adjustments(&self) -> Result<Vec<BilledAdjustment>, ReadError> {
        let (first, after) = self.numbers()?;
        let mut select = self.transaction.prepare_cached(
            "SELECT number, at, amount, coalesce(reason, '') FROM transactions
             WHERE account = ?1 AND number >= ?2 AND number < ?3 AND kind = 4 AND at >= ?4 AND at < ?5
             ORDER BY number",
        )?;
        let mut rows = select.query(params![self.no, first, after, self.from.ms(), self.to.ms()])?;
        let mut adjustments = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = Cells(row);
            let (transaction, at, amount) = (cells.number(0)?, cells.instant(1)?, cells.money(2)?);
            adjustments.push(BilledAdjustment { transaction, at, amount, reason: row.get(3)? });
        }
        Ok(adjustments)
    }
}
