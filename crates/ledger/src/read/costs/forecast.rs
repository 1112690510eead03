//! What the running month will cost if it goes on as it began.
//!
//! Pay-per-use is extrapolated on a straight line: what has been used so far, times the length of the month, by
//! the time that has passed; rounded down to 10⁻⁸. Packages are counted as bought: nobody buys one by the hour.
//! In the first day of a month there is too little to draw a line through, and no forecast.

use charging::{AccountId, Money, Month, Timestamp};
use rusqlite::params;

use super::{DAY_MS, open_between};
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
    /// Packages bought so far.
    pub packages: Money,
    /// What the whole month will cost; nothing within its first day.
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
            let packages =
                sum("SELECT coalesce(sum(price), 0) FROM lots WHERE account = ?1 AND at >= ?2 AND at < ?3")?;
            let usage = settled + open_between(transaction, no, from, to)?;
            let (passed_ms, length_ms) = (now.ms() - from.ms(), to.ms() - from.ms());
            let forecast =
                (passed_ms >= DAY_MS).then(|| extrapolated(usage, passed_ms, length_ms) + packages);
            Ok(MonthForecast { month, passed_ms, length_ms, usage, packages, forecast })
        })
    }
}

fn extrapolated(usage: Money, passed_ms: i64, length_ms: i64) -> Money {
    let whole = (i128::from(usage.e8()) * i128::from(length_ms)).div_euclid(i128::from(passed_ms.max(1)));
    Money::from_e8(i64::try_from(whole).unwrap_or(i64::MAX)).min(Money::LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_the_month_is_a_third_of_the_cost() {
        let usage: Money = "10.00000001".parse().unwrap();
        assert_eq!(extrapolated(usage, 10 * DAY_MS, 30 * DAY_MS), "30.00000003".parse().unwrap());
        assert_eq!(extrapolated(usage, 30 * DAY_MS, 30 * DAY_MS), usage);
        assert_eq!(extrapolated(Money::LIMIT, DAY_MS, 31 * DAY_MS), Money::LIMIT);
    }
}
