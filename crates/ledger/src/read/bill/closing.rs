//! The closing of a month: the sums with which the core made its bill final, on the 3rd of the next month.

use charging::{MonthTotals, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::{BillView, ReadError};
use crate::read::Cells;
use crate::read::rows::month_cell;

/// A closed month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedMonth {
    /// When it was closed.
    pub at: Timestamp,
    /// What the core had counted by then, event by event.
    pub totals: MonthTotals,
    /// The record of the journal the closing stands in.
    pub sequence: u64,
}

impl BillView<'_> {
    /// The closing of the month; nothing before it is closed, and if there was nothing to close.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn closed(&self) -> Result<Option<ClosedMonth>, ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT at, usage, packages, paid, debt, topped_up, debt_paid, sequence FROM closed_months
             WHERE account = ?1 AND month = ?2",
        )?;
        let closed = |row: &rusqlite::Row<'_>| {
            let cells = Cells(row);
            let read = || {
                let totals = MonthTotals {
                    month: self.month,
                    usage: cells.money(1)?,
                    packages: cells.money(2)?,
                    paid: cells.money(3)?,
                    debt: cells.money(4)?,
                    topped_up: cells.money(5)?,
                    debt_paid: cells.money(6)?,
                };
                Ok(ClosedMonth { at: cells.instant(0)?, totals, sequence: cells.number(7)? })
            };
            Ok(read())
        };
        select.query_row(params![self.no, month_cell(self.month)], closed).optional()?.transpose()
    }
}
