//! What the running month will cost if it goes on as it began.
//!
//! The same figure as that of a budget of the whole account ([`charging::BudgetState`]): pay-per-use is extrapolated on a
//! straight line from the hours that are settled, since the month began or the account was opened; rounded down to
//! 10⁻⁸. Packages are counted as bought: nobody buys one by the hour. Within the first day there is too little to draw a
//! line through, and no forecast.

use charging::{AccountId, Money, Month, Timestamp};
use rusqlite::{Transaction, params};

use super::{DAY_MS, open_between};
use crate::entry::AccountNo;
use crate::read::bill::zone_of;
use crate::read::rows::account_no;
use crate::read::{ReadError, ReadModel};

/// The running month so far, and where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthForecast {
    /// The month.
    pub month: Month,
    /// How much of it has passed, in milliseconds.
    pub passed_ms: i64,
    /// How long it is, in milliseconds.
    pub length_ms: i64,
    /// Pay-per-use so far, hours that are not settled yet among it.
    pub usage: Money,
    /// Packages bought so far, less what was refunded.
    pub packages: Money,
    /// What the whole month will cost; nothing within its first day, or the account's.
    pub forecast: Option<Money>,
}

impl ReadModel {
    /// The forecast of an account's running month.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn forecast_month(&self, account: AccountId, now: Timestamp) -> Result<MonthForecast, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let zone = zone_of(transaction, no)?;
            let month = zone.month(now);
            let (from, to) = zone.month_range(month);
            let sum = |sql: &str| -> Result<Money, ReadError> {
                let mut select = transaction.prepare_cached(sql)?;
                let sum: i64 = select.query_row(params![no, from.ms(), to.ms()], |row| row.get(0))?;
                Ok(Money::from_e8(sum))
            };
            let settled = sum(
                "SELECT coalesce(sum(amount), 0) FROM bill_lines WHERE account = ?1 AND hour >= ?2 AND hour < ?3",
            )?;
            let bought =
                sum("SELECT coalesce(sum(price), 0) FROM lots WHERE account = ?1 AND at >= ?2 AND at < ?3")?;
            let refunded = sum(
                "SELECT coalesce(sum(cash + coupons), 0) FROM refunds
                 WHERE account = ?1 AND at >= ?2 AND at < ?3",
            )?;
            let packages = bought - refunded;
            let usage = settled + open_between(transaction, no, from, to)?;
            let (passed_ms, length_ms) = (now.ms() - from.ms(), to.ms() - from.ms());
            let settled_to = first_open(transaction, no, from)?.unwrap_or(now).min(now);
            let settled_to = zone.hour_start(settled_to).min(to);
            let opened_at = zone.hour_start(opened_at(transaction, no)?).max(from);
            let (elapsed_ms, rest_ms) = (settled_to.ms() - opened_at.ms(), to.ms() - settled_to.ms());
            let forecast = (elapsed_ms >= DAY_MS)
                .then(|| settled + packages + extrapolated(settled, elapsed_ms, rest_ms));
            Ok(MonthForecast { month, passed_ms, length_ms, usage, packages, forecast })
        })
    }
}

/// The first hour of the month with usage at a price that is not settled yet.
fn first_open(
    transaction: &Transaction<'_>,
    account: AccountNo,
    from: Timestamp,
) -> Result<Option<Timestamp>, ReadError> {
    let mut select = transaction.prepare_cached(
        "SELECT min(u.hour) FROM usage_hours u WHERE u.account = ?1 AND u.hour >= ?2 AND u.pocket = 1 AND u.units > 0
         AND NOT EXISTS (SELECT 1 FROM settled_hours h WHERE h.account = u.account AND h.hour = u.hour)",
    )?;
    let hour: Option<i64> = select.query_row(params![account, from.ms()], |row| row.get(0))?;
    Ok(hour.map(Timestamp::from_ms))
}

fn opened_at(transaction: &Transaction<'_>, account: AccountNo) -> Result<Timestamp, ReadError> {
    let mut select = transaction.prepare_cached("SELECT opened_at FROM accounts WHERE account = ?1")?;
    Ok(Timestamp::from_ms(select.query_row([account], |row| row.get(0))?))
}

/// What the rest of the month adds to what was used.
fn extrapolated(usage: Money, elapsed_ms: i64, rest_ms: i64) -> Money {
    let more = (i128::from(usage.e8()) * i128::from(rest_ms)).div_euclid(i128::from(elapsed_ms.max(1)));
    Money::from_e8(i64::try_from(more).unwrap_or(i64::MAX)).min(Money::LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_the_month_is_a_third_of_the_cost() {
        let usage: Money = "10.00000001".parse().unwrap();
        assert_eq!(extrapolated(usage, 10 * DAY_MS, 20 * DAY_MS), "20.00000002".parse().unwrap());
        assert_eq!(extrapolated(usage, 30 * DAY_MS, 0), Money::ZERO);
        assert_eq!(extrapolated(Money::LIMIT, DAY_MS, 30 * DAY_MS), Money::LIMIT);
    }
}
