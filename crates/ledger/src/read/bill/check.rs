//! Does a month add up? The same money is counted where it stands in five ways: as lines of hours, as
//! settlements, as movements of cash and debt, as charges one by one, and as usage by hour.

use charging::{Money, Month};
use rusqlite::params;

use super::{BillView, ReadError};
use crate::read::charges::first_charge_at;
use crate::read::rows::charge_key;

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
    /// Hours with usage at a price that are not settled yet.
    pub open_hours: u64,
    /// What they cost.
    pub open_amount: Money,
    /// How many packages were bought.
    pub packages: u64,
    /// What they cost.
    pub packages_amount: Money,
    /// Movements of the settlements: cash and coupons that went and debt that came.
    pub hours_moved: Money,
    /// Movements of the purchases.
    pub packages_moved: Money,
    /// How many charges were made.
    pub charges: u64,
    /// What they cost, charge by charge.
    pub charges_amount: Money,
    /// How many charges the usage by hour counts.
    pub usage_calls: u64,
    /// What the usage by hour costs.
    pub usage_amount: Money,
}

impl MonthSums {
    /// The total of the bill.
    pub fn total(&self) -> Money {
        self.lines_amount + self.packages_amount
    }

    /// What does not agree, in words; nothing if all of it does.
    pub fn difference(&self, month: Month) -> Option<String> {
        let used = self.lines_amount + self.open_amount;
        let pairs = [
            ("the lines of the hours and what their settlements took", self.lines_amount, self.hours_amount),
            ("the settlements and the movements of money they made", self.hours_amount, self.hours_moved),
            ("the packages and the movements of money they made", self.packages_amount, self.packages_moved),
            ("the hours and the charges", used, self.charges_amount),
            ("the charges and the usage by hour", self.charges_amount, self.usage_amount),
        ];
        if let Some((what, one, other)) = pairs.into_iter().find(|(_, one, other)| one != other) {
            return Some(format!("{month}: {what} differ: {one} and {other}"));
        }
        let (charges, calls) = (self.charges, self.usage_calls);
        (charges != calls)
            .then(|| format!("{month}: there are {charges} charges, and {calls} calls in the hours"))
    }
}

impl BillView<'_> {
    /// The month's sums.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn sums(&self) -> Result<MonthSums, ReadError> {
        let range = params![self.no, self.from.ms(), self.to.ms()];
        let one = |sql: &str, key: &[&dyn rusqlite::ToSql]| -> Result<(u64, Money), ReadError> {
            let mut select = self.transaction.prepare_cached(sql)?;
            let row = select.query_row(key, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
            Ok((row.0.cast_unsigned(), Money::from_e8(row.1)))
        };
        let (lines, lines_amount) = one(
            "SELECT count(*), coalesce(sum(amount), 0) FROM bill_lines
             WHERE account = ?1 AND hour >= ?2 AND hour < ?3",
            range,
        )?;
        let (hours, hours_amount) = one(
            "SELECT count(*), coalesce(sum(coupons + paid + debt), 0) FROM settled_hours
             WHERE account = ?1 AND hour >= ?2 AND hour < ?3",
            range,
        )?;
        let (usage_calls, usage_amount) = one(
            "SELECT coalesce(sum(calls), 0), coalesce(sum(amount), 0) FROM usage_hours
             WHERE account = ?1 AND hour >= ?2 AND hour < ?3",
            range,
        )?;
        let (packages, packages_amount) = one(
            "SELECT count(*), coalesce(sum(price), 0) FROM lots
             WHERE account = ?1 AND at >= ?2 AND at < ?3 AND (price > 0 OR source = 2)",
            range,
        )?;
        let (first, after) = self.numbers()?;
        let (from, to) = (self.from.ms(), self.to.ms());
        let (_, hours_moved) = one(
            "SELECT count(*), coalesce(sum(debt_change - cash_change), 0) FROM transactions
             WHERE account = ?1 AND number >= ?2 AND number < ?3 AND kind = 2 AND reference >= ?4 AND reference < ?5",
            params![self.no, first, after, from, to],
        )?;
        let (_, packages_moved) = one(
            "SELECT count(*), coalesce(sum(debt_change - cash_change), 0) FROM transactions
             WHERE account = ?1 AND number >= ?2 AND number < ?3 AND kind = 3 AND at >= ?4 AND at < ?5",
            params![self.no, first, after, from, to],
        )?;
        // What coupons paid moved neither cash nor debt.
        let (_, hours_by_coupons) = one(
            "SELECT count(*), coalesce(sum(amount), 0) FROM coupon_uses
             WHERE account = ?1 AND reference >= ?2 AND reference < ?3 AND kind = 0",
            range,
        )?;
        let (_, packages_by_coupons) = one(
            "SELECT count(*), coalesce(sum(amount), 0) FROM coupon_uses
             WHERE account = ?1 AND at >= ?2 AND at < ?3 AND kind = 1",
            range,
        )?;
        let first = charge_key(self.no, first_charge_at(self.transaction, self.no, self.from)?);
        let after = charge_key(self.no, first_charge_at(self.transaction, self.no, self.to)?);
        let (charges, charges_amount) = one(
            "SELECT count(*), coalesce(sum(amount), 0) FROM charges WHERE key >= ?1 AND key < ?2",
            params![first, after],
        )?;
        let open = self.open_usage()?;
        let mut open_hours: Vec<_> = open.iter().map(|usage| usage.hour).collect();
        open_hours.dedup();
        Ok(MonthSums {
            lines,
            lines_amount,
            hours,
            hours_amount,
            open_hours: open_hours.len() as u64,
            open_amount: open.iter().map(|usage| usage.amount).sum(),
            packages,
            packages_amount,
            hours_moved: hours_moved + hours_by_coupons,
            packages_moved: packages_moved + packages_by_coupons,
            charges,
            charges_amount,
            usage_calls,
            usage_amount,
        })
    }
}
