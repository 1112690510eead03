//! Does a month add up? The same money is counted where it stands in seven ways: as lines of hours, as
//! settlements, as movements of cash and debt, as charges one by one, as usage by hour, as postings between the
//! books, and as the core itself counted it when it closed the month.

use charging::{Book, Money, Timestamp, closing_of};
use rusqlite::params;

use super::closing::ClosedMonth;
use super::{BillView, ReadError};
use crate::read::charges::first_charge_at;
use crate::read::rows::{book_cell, charge_key, month_cell};
use crate::read::transactions::TransactionKind;

/// A month's sums, each taken from rows of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MonthSums {
    /// How many lines the settled hours have.
    pub lines: u64,
    /// What the lines cost.
    pub lines_amount: Money,
    /// How many hours are settled.
    pub hours: u64,
    /// What the settlements collected, and what they could not.
    pub hours_amount: Money,
    /// What of it was left as debt.
    pub hours_debt: Money,
    /// Hours with usage at a price that are not settled yet.
    pub open_hours: u64,
    /// What they cost.
    pub open_amount: Money,
    /// How many packages were bought or given back.
    pub packages: u64,
    /// What they cost, less what was refunded.
    pub packages_amount: Money,
    /// How many of them were given back.
    pub refunds: u64,
    /// What was refunded for these.
    pub refunds_amount: Money,
    /// Movements of the settlements: cash and coupons that went and debt that came.
    pub hours_moved: Money,
    /// Movements of the purchases and refunds.
    pub packages_moved: Money,
    /// How many charges were made.
    pub charges: u64,
    /// What they cost, charge by charge.
    pub charges_amount: Money,
    /// How many charges the usage by hour counts.
    pub usage_calls: u64,
    /// What the usage by hour costs.
    pub usage_amount: Money,
    /// Money that came in.
    pub topped_up: Money,
    /// Debt that was paid, of whichever month.
    pub debt_paid: Money,
    /// How many corrections of the cash were made.
    pub adjustments: u64,
    /// What they added to the cash; negative if they took more.
    pub adjustments_amount: Money,
    /// What the postings of the month added to the books.
    pub posted: Posted,
    /// The closing, once the month is closed.
    pub closed: Option<ClosedMonth>,
}

/// What a month's postings added to some books.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Posted {
    /// Earned by pay-per-use.
    pub usage: Money,
    /// Earned by packages, less what was refunded.
    pub packages: Money,
    /// Usage that is not settled yet: as it is owed, positive.
    pub unsettled: Money,
    /// Corrections of the cash, as they added to it.
    pub adjustments: Money,
    /// All books together: nothing, for every posting is balanced.
    pub imbalance: Money,
}

impl Posted {
    /// What was earned: the bill.
    pub fn total(&self) -> Money {
        self.usage + self.packages
    }
}

impl MonthSums {
    /// The total of the bill.
    pub fn total(&self) -> Money {
        self.lines_amount + self.packages_amount
    }

    /// True if the month is over by the instant and all its hours are settled.
    pub fn is_complete(&self, view: &BillView<'_>, now: Timestamp) -> bool {
        view.to <= now && self.open_hours == 0
    }

    /// True if the bill is final: the core has closed the month, or has nothing of it to close.
    pub fn is_closed(&self, view: &BillView<'_>, now: Timestamp) -> bool {
        self.closed.is_some() || (self.is_due(view, now) && self.has_nothing_to_close())
    }

    fn is_due(&self, view: &BillView<'_>, now: Timestamp) -> bool {
        self.is_complete(view, now) && closing_of(view.zone, view.month) <= now
    }

    fn has_nothing_to_close(&self) -> bool {
        [self.total(), self.topped_up, self.debt_paid].iter().all(|sum| sum.is_zero())
    }

    /// Everything that does not agree, in words; nothing if all of it does.
    pub fn differences(&self, view: &BillView<'_>, now: Timestamp) -> Vec<String> {
        let used = self.lines_amount + self.open_amount;
        let mut pairs = vec![
            ("the lines of the hours and what their settlements took", self.lines_amount, self.hours_amount),
            ("the settlements and the movements of money they made", self.hours_amount, self.hours_moved),
            ("the packages and the movements of money they made", self.packages_amount, self.packages_moved),
            ("the hours and the charges", used, self.charges_amount),
            ("the charges and the usage by hour", self.charges_amount, self.usage_amount),
            ("the charges and the postings of usage", self.charges_amount, self.posted.usage),
            ("the packages and the postings of packages", self.packages_amount, self.posted.packages),
            (
                "the hours not settled and the postings of unsettled usage",
                self.open_amount,
                self.posted.unsettled,
            ),
            ("the corrections and their postings", self.adjustments_amount, self.posted.adjustments),
            ("nothing and the sum of all postings", Money::ZERO, self.posted.imbalance),
        ];
        if let Some(ClosedMonth { totals, .. }) = &self.closed {
            let paid = self.hours_amount - self.hours_debt + self.packages_amount;
            pairs.extend([
                ("the lines and the usage of the closing", self.lines_amount, totals.usage),
                ("the packages and those of the closing", self.packages_amount, totals.packages),
                ("the bill and the total of the closing", self.total(), totals.total()),
                ("what was paid and what the closing says was", paid, totals.paid),
                ("what was left as debt and the debt of the closing", self.hours_debt, totals.debt),
                ("the top-ups and those of the closing", self.topped_up, totals.topped_up),
                ("the debt paid and that of the closing", self.debt_paid, totals.debt_paid),
            ]);
        }
        let unequal = pairs.into_iter().filter(|(_, one, other)| one != other);
        let mut found: Vec<String> =
            unequal.map(|(what, one, other)| format!("{what} differ: {one} and {other}")).collect();
        if self.charges != self.usage_calls {
            found.push(format!("{} charges, but {} calls in the hours", self.charges, self.usage_calls));
        }
        if self.closed.is_some() && self.open_hours > 0 {
            found.push(format!("it is closed, and {} of its hours are not settled", self.open_hours));
        }
        if self.closed.is_none() && self.is_due(view, now) && !self.has_nothing_to_close() {
            found.push("it is due to be closed, and is not".to_owned());
        }
        found
    }

    /// The same in a line that names the month.
    pub fn difference(&self, view: &BillView<'_>, now: Timestamp) -> Option<String> {
        let found = self.differences(view, now);
        (!found.is_empty()).then(|| format!("{}: {}", view.month, found.join("; ")))
    }
}

impl BillView<'_> {
    /// The month's sums.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn sums(&self) -> Result<MonthSums, ReadError> {
        let range = params![self.no, self.from.ms(), self.to.ms()];
        let (lines, lines_amount) = self.count_and_sum(
            "SELECT count(*), coalesce(sum(amount), 0) FROM bill_lines
             WHERE account = ?1 AND hour >= ?2 AND hour < ?3",
            range,
        )?;
        let (hours, hours_amount) = self.count_and_sum(
            "SELECT count(*), coalesce(sum(coupons + paid + debt), 0) FROM settled_hours
             WHERE account = ?1 AND hour >= ?2 AND hour < ?3",
            range,
        )?;
        let (_, hours_debt) = self.count_and_sum(
            "SELECT count(*), coalesce(sum(debt), 0) FROM settled_hours
             WHERE account = ?1 AND hour >= ?2 AND hour < ?3",
            range,
        )?;
        let (usage_calls, usage_amount) = self.count_and_sum(
            "SELECT coalesce(sum(calls), 0), coalesce(sum(amount), 0) FROM usage_hours
             WHERE account = ?1 AND hour >= ?2 AND hour < ?3",
            range,
        )?;
        let (packages, packages_amount) = self.count_and_sum(
            "SELECT count(*), coalesce(sum(price), 0) FROM lots
             WHERE account = ?1 AND at >= ?2 AND at < ?3 AND (price > 0 OR source = 2)",
            range,
        )?;
        let (refunds, refunds_amount) = self.count_and_sum(
            "SELECT count(*), coalesce(sum(cash + coupons), 0) FROM refunds
             WHERE account = ?1 AND at >= ?2 AND at < ?3",
            range,
        )?;
        let first = charge_key(self.no, first_charge_at(self.transaction, self.no, self.from)?);
        let after = charge_key(self.no, first_charge_at(self.transaction, self.no, self.to)?);
        let (charges, charges_amount) = self.count_and_sum(
            "SELECT count(*), coalesce(sum(amount), 0) FROM charges WHERE key >= ?1 AND key < ?2",
            params![first, after],
        )?;
        let open = self.open_usage()?;
        let mut open_hours: Vec<_> = open.iter().map(|usage| usage.hour).collect();
        open_hours.dedup();
        let mut sums = MonthSums {
            lines,
            lines_amount,
            hours,
            hours_amount,
            hours_debt,
            open_hours: open_hours.len() as u64,
            open_amount: open.iter().map(|usage| usage.amount).sum(),
            packages: packages + refunds,
            packages_amount: packages_amount - refunds_amount,
            refunds,
            refunds_amount,
            charges,
            charges_amount,
            usage_calls,
            usage_amount,
            posted: self.posted()?,
            closed: self.closed()?,
            ..MonthSums::default()
        };
        self.add_movements(&mut sums)?;
        Ok(sums)
    }

    pub(super) fn count_and_sum(
        &self,
        sql: &str,
        key: &[&dyn rusqlite::ToSql],
    ) -> Result<(u64, Money), ReadError> {
        let mut select = self.transaction.prepare_cached(sql)?;
        let row = select.query_row(key, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
        Ok((row.0.cast_unsigned(), Money::from_e8(row.1)))
    }

    /// What the movements of cash and debt say, by their kind; and what coupons paid, which moved neither.
    fn add_movements(&self, sums: &mut MonthSums) -> Result<(), ReadError> {
        let (first, after) = self.numbers()?;
        let mut select = self.transaction.prepare_cached(
            "SELECT kind, count(*), sum(amount), sum(debt_change - cash_change) FROM transactions
             WHERE account = ?1 AND number >= ?2 AND number < ?3
               AND CASE kind WHEN 2 THEN reference ELSE at END BETWEEN ?4 AND ?5 - 1
             GROUP BY kind",
        )?;
        let mut rows = select.query(params![self.no, first, after, self.from.ms(), self.to.ms()])?;
        while let Some(row) = rows.next()? {
            let cells = crate::read::Cells(row);
            let (count, amount, moved) = (cells.number(1)?, cells.money(2)?, cells.money(3)?);
            match TransactionKind::from_cell(cells.small(0)?)? {
                TransactionKind::TopUp => sums.topped_up = amount,
                TransactionKind::DebtPaid => sums.debt_paid = amount,
                TransactionKind::HourSettled => sums.hours_moved = moved,
                TransactionKind::LotBought | TransactionKind::LotRefunded => sums.packages_moved += moved,
                TransactionKind::Adjusted => (sums.adjustments, sums.adjustments_amount) = (count, -moved),
            }
        }
        let range = params![self.no, self.from.ms(), self.to.ms()];
        let (_, of_hours) = self.count_and_sum(
            "SELECT count(*), coalesce(sum(amount), 0) FROM coupon_uses
             WHERE account = ?1 AND reference >= ?2 AND reference < ?3 AND kind = 0",
            range,
        )?;
        let (_, of_packages) = self.count_and_sum(
            "SELECT count(*), coalesce(sum(iif(kind = 3, -amount, amount)), 0) FROM coupon_uses
             WHERE account = ?1 AND at >= ?2 AND at < ?3 AND kind IN (1, 3)",
            range,
        )?;
        sums.hours_moved += of_hours;
        sums.packages_moved += of_packages;
        Ok(())
    }

    fn posted(&self) -> Result<Posted, ReadError> {
        let mut select = self
            .transaction
            .prepare_cached("SELECT book, amount FROM book_months WHERE account = ?1 AND month = ?2")?;
        let mut rows = select.query(params![self.no, month_cell(self.month)])?;
        let mut posted = Posted::default();
        while let Some(row) = rows.next()? {
            let cells = crate::read::Cells(row);
            let (book, amount) = (cells.small::<i64>(0)?, cells.money(1)?);
            posted.imbalance += amount;
            match book {
                book if book == book_cell(Book::UsageRevenue) => posted.usage = amount,
                book if book == book_cell(Book::PackageRevenue) => posted.packages = amount,
                // The book is negative while something is owed.
                book if book == book_cell(Book::Unsettled) => posted.unsettled = -amount,
                // What the cash gained left this book.
                book if book == book_cell(Book::Adjustments) => posted.adjustments = -amount,
                _ => {}
            }
        }
        Ok(posted)
    }
}
