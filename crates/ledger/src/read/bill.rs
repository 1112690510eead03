//! The bill of one month.
//!
//! An hour belongs to the month in which it begins, in the account's zone; a package to the month in which it
//! was bought. The lines and packages sum to the total to the last digit; only the stated total is rounded to
//! cents, and the bill says by how much. Usage of hours that are not settled yet is no part of the total and
//! stands apart. (Let the engine do what is due before asking, else an hour that is over may still be open.)

use charging::{AccountId, LotNo, Money, Month, Name, Timestamp, Zone};
use rusqlite::{Transaction, params};

use super::rows::{Services, account_no, service_of, services};
use super::{Cells, ReadError, ReadModel};
use crate::entry::AccountNo;

/// The bill of one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Whose.
    pub account: AccountId,
    /// Of which month.
    pub month: Month,
    /// The month's first instant in the account's zone.
    pub from: Timestamp,
    /// The next month's first instant.
    pub to: Timestamp,
    /// Pay-per-use by settled hour, oldest first.
    pub lines: Vec<BilledLine>,
    /// Packages bought, oldest first.
    pub packages: Vec<BoughtPackage>,
    /// Sum of the lines.
    pub usage_total: Money,
    /// Sum of the packages.
    pub packages_total: Money,
    /// Sum of lines and packages, exact.
    pub total: Money,
    /// The total as it is stated, rounded to cents.
    pub stated: Money,
    /// What rounding added: stated less exact.
    pub rounding: Money,
    /// What of the total the cash paid, at the settlements and for the packages.
    pub paid: Money,
    /// What of the total the settlements could not collect. It may have been paid since.
    pub debt: Money,
    /// Usage of the month's hours that are not settled yet; no part of the total.
    pub open: Vec<OpenUsage>,
    /// Sum of the open usage.
    pub open_total: Money,
}

/// One service's usage in one hour at one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledLine {
    /// Start of the hour.
    pub hour: Timestamp,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// The enterprise project the calls named, if any.
    pub enterprise_project: Option<Name>,
    /// Version of the price.
    pub price_version: u16,
    /// Tier of the price, from zero.
    pub tier: u8,
    /// Number of calls.
    pub units: u64,
    /// What they cost.
    pub amount: Money,
    /// Start of the charged period within the hour.
    pub used_from: Timestamp,
    /// End of the charged period: of the hour, or when pay-per-use ended within it.
    pub used_to: Timestamp,
    /// When the hour was settled.
    pub settled_at: Timestamp,
}

/// A package that was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoughtPackage {
    /// Its lot.
    pub lot: LotNo,
    /// When it was bought.
    pub at: Timestamp,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// The enterprise project it is reserved for, if any.
    pub enterprise_project: Option<Name>,
    /// How many units it holds.
    pub units: u64,
    /// First instant it can be drawn at.
    pub effective_at: Timestamp,
    /// Last instant it can be drawn at.
    pub expires_at: Timestamp,
    /// What it cost.
    pub price: Money,
}

/// Usage at a price in an hour that is not settled yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenUsage {
    /// Start of the hour.
    pub hour: Timestamp,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// Number of calls.
    pub units: u64,
    /// What they cost.
    pub amount: Money,
}

impl ReadModel {
    /// The bill of one month, as far as hours are settled.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn bill(&self, account: AccountId, month: Month) -> Result<Bill, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let (from, to) = zone_of(transaction, no)?.month_range(month);
            let services = services(transaction, no)?;
            let lines = lines(transaction, no, (from, to), &services)?;
            let packages = packages(transaction, no, (from, to), &services)?;
            let open = open_usage(transaction, no, (from, to), &services)?;
            let (hours_paid, debt) = collected(transaction, no, (from, to))?;
            let usage_total: Money = lines.iter().map(|line| line.amount).sum();
            let packages_total: Money = packages.iter().map(|package| package.price).sum();
            let total = usage_total + packages_total;
            let (paid, stated) = (hours_paid + packages_total, total.rounded_to_cents());
            if paid + debt != total {
                let detail = format!("the lines of {month} sum to {total}, not {paid} + {debt}");
                return Err(ReadError::Damaged(detail));
            }
            let open_total = open.iter().map(|usage| usage.amount).sum();
            let rounding = stated - total;
            Ok(Bill {
                account,
                month,
                from,
                to,
                lines,
                packages,
                usage_total,
                packages_total,
                total,
                stated,
                rounding,
                paid,
                debt,
                open,
                open_total,
            })
        })
    }
}

pub(super) fn zone_of(transaction: &Transaction<'_>, account: AccountNo) -> Result<Zone, ReadError> {
    let mut select = transaction.prepare_cached("SELECT zone FROM accounts WHERE account = ?1")?;
    let text: String = select.query_row([account], |row| row.get(0))?;
    serde_json::from_str(&text).map_err(|error| ReadError::Damaged(error.to_string()))
}

type Range = (Timestamp, Timestamp);

fn lines(
    transaction: &Transaction<'_>,
    account: AccountNo,
    (from, to): Range,
    services: &Services,
) -> Result<Vec<BilledLine>, ReadError> {
    let mut select = transaction.prepare_cached(
        "SELECT l.hour, l.service, l.enterprise_project, l.price_version, l.tier, l.units, l.amount,
                l.used_from, l.used_to, h.settled_at
         FROM bill_lines l JOIN settled_hours h USING (account, hour)
         WHERE l.account = ?1 AND l.hour >= ?2 AND l.hour < ?3 ORDER BY l.hour, l.line",
    )?;
    let mut rows = select.query(params![account, from.ms(), to.ms()])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = Cells(row);
        let (api, region) = service_of(services, cells.service(1)?)?;
        let hour = cells.instant(0)?;
        lines.push(BilledLine {
            hour,
            api,
            region,
            enterprise_project: cells.optional_name(2)?,
            price_version: cells.small(3)?,
            tier: cells.small(4)?,
            units: cells.number(5)?,
            amount: cells.money(6)?,
            used_from: cells.instant(7)?,
            used_to: cells.optional_instant(8)?.unwrap_or(hour.plus_ms(charging::HOUR_MS)),
            settled_at: cells.instant(9)?,
        });
    }
    Ok(lines)
}

fn packages(
    transaction: &Transaction<'_>,
    account: AccountNo,
    (from, to): Range,
    services: &Services,
) -> Result<Vec<BoughtPackage>, ReadError> {
    // What was paid for counts, and packages that happened to cost nothing; gifts do not.
    let mut select = transaction.prepare_cached(
        "SELECT lot, at, service, enterprise_project, granted, effective_at, expires_at, price FROM lots
         WHERE account = ?1 AND at >= ?2 AND at < ?3 AND (price > 0 OR source = 2) ORDER BY lot",
    )?;
    let mut rows = select.query(params![account, from.ms(), to.ms()])?;
    let mut packages = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = Cells(row);
        let (api, region) = service_of(services, cells.service(2)?)?;
        packages.push(BoughtPackage {
            lot: LotNo(cells.small(0)?),
            at: cells.instant(1)?,
            api,
            region,
            enterprise_project: cells.optional_name(3)?,
            units: cells.number(4)?,
            effective_at: cells.instant(5)?,
            expires_at: cells.instant(6)?,
            price: cells.money(7)?,
        });
    }
    Ok(packages)
}

fn open_usage(
    transaction: &Transaction<'_>,
    account: AccountNo,
    (from, to): Range,
    services: &Services,
) -> Result<Vec<OpenUsage>, ReadError> {
    let mut select = transaction.prepare_cached(
        "SELECT u.hour, u.service, u.units, u.amount FROM usage_hours u
         WHERE u.account = ?1 AND u.hour >= ?2 AND u.hour < ?3 AND u.pocket = 1 AND u.units > 0
           AND NOT EXISTS (SELECT 1 FROM settled_hours h WHERE h.account = u.account AND h.hour = u.hour)
         ORDER BY u.hour, u.service",
    )?;
    let mut rows = select.query(params![account, from.ms(), to.ms()])?;
    let mut open = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = Cells(row);
        let (api, region) = service_of(services, cells.service(1)?)?;
        let (hour, units, amount) = (cells.instant(0)?, cells.number(2)?, cells.money(3)?);
        open.push(OpenUsage { hour, api, region, units, amount });
    }
    Ok(open)
}

/// What the settlements of the hours collected, and what they could not.
fn collected(
    transaction: &Transaction<'_>,
    account: AccountNo,
    (from, to): Range,
) -> Result<(Money, Money), ReadError> {
    let mut select = transaction.prepare_cached(
        "SELECT coalesce(sum(paid), 0), coalesce(sum(debt), 0) FROM settled_hours
         WHERE account = ?1 AND hour >= ?2 AND hour < ?3",
    )?;
    let sums = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (paid, debt) = select.query_row(params![account, from.ms(), to.ms()], sums)?;
    Ok((Money::from_e8(paid), Money::from_e8(debt)))
}
