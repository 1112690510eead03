//! What an account's usage and packages cost, by API, region, enterprise project, day or month.
//!
//! Two readings: **original** puts a package's whole price on the day it was bought; **amortised** spreads it
//! over the days it is valid on ([`amortisation`]). Pay-per-use is the same in both: it costs when it is used.
//! Hours that are not settled yet stand apart, as on the bill.

mod amortisation;
mod forecast;

use std::collections::BTreeMap;

use charging::{AccountId, Day, HOUR_MS, Money, Timestamp, Zone};
use rusqlite::{Transaction, params};

use super::bill::zone_of;
use super::rows::{Services, account_no, service_of, services};
use super::{Cells, ReadError, ReadModel};
use crate::entry::AccountNo;
pub(super) use amortisation::Amortised;

pub use forecast::MonthForecast;

const DAY_MS: i64 = 24 * HOUR_MS;

/// What costs are listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostBy {
    /// The API, over all regions.
    Api,
    /// The region, over all APIs.
    Region,
    /// The enterprise project the calls named.
    EnterpriseProject,
    /// The day, in the account's zone.
    Day,
    /// The month, in the account's zone.
    Month,
}

/// When a package costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostKind {
    /// When it is bought.
    Original,
    /// Day by day while it is valid.
    Amortised,
}

/// Which costs are asked for: of the days from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostQuery {
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
    /// What they are listed by.
    pub by: CostBy,
    /// When packages cost.
    pub kind: CostKind,
}

/// The costs of one API, region, project, day or month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostRow {
    /// Of what: a name, `2026-11-23`, or `2026-11`. `None` is usage that named no enterprise project.
    pub of: Option<String>,
    /// Calls charged at a price.
    pub calls: u64,
    /// What they cost.
    pub usage: Money,
    /// What packages cost.
    pub packages: Money,
}

/// Costs, row by row and in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Costs {
    /// The rows: names in order, or every day or month of the range.
    pub rows: Vec<CostRow>,
    /// Usage of all rows.
    pub usage: Money,
    /// Packages of all rows.
    pub packages: Money,
    /// Usage of hours that are not settled yet; in no row.
    pub open: Money,
}

impl CostRow {
    /// Usage and packages.
    pub fn amount(&self) -> Money {
        self.usage + self.packages
    }
}

impl CostBy {
    /// By its word: `api`, `region`, `enterprise_project`, `day` or `month`.
    pub fn from_word(word: &str) -> Option<CostBy> {
        match word {
            "api" => Some(CostBy::Api),
            "region" => Some(CostBy::Region),
            "enterprise_project" => Some(CostBy::EnterpriseProject),
            "day" => Some(CostBy::Day),
            "month" => Some(CostBy::Month),
            _ => None,
        }
    }
}

impl CostKind {
    /// By its word: `original` or `amortised`.
    pub fn from_word(word: &str) -> Option<CostKind> {
        match word {
            "original" => Some(CostKind::Original),
            "amortised" => Some(CostKind::Amortised),
            _ => None,
        }
    }
}

impl ReadModel {
    /// What an account's usage and packages cost.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn costs(&self, account: AccountId, query: &CostQuery) -> Result<Costs, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let zone = zone_of(transaction, no)?;
            let services = services(transaction, no)?;
            let mut rows = empty_rows(query);
            let asked = Asked { transaction, no, zone, services: &services, query };
            asked.usage(&mut rows)?;
            asked.packages(&mut rows)?;
            let row = |(of, row): (Option<String>, Row)| CostRow {
                of,
                calls: row.calls,
                usage: row.usage,
                packages: row.packages,
            };
            let rows: Vec<CostRow> = rows.into_iter().map(row).collect();
            Ok(Costs {
                usage: rows.iter().map(|row| row.usage).sum(),
                packages: rows.iter().map(|row| row.packages).sum(),
                open: asked.open()?,
                rows,
            })
        })
    }
}

#[derive(Default)]
struct Row {
    calls: u64,
    usage: Money,
    packages: Money,
}

type Rows = BTreeMap<Option<String>, Row>;

/// Days and months without costs are shown too: a chart has no gaps.
fn empty_rows(query: &CostQuery) -> Rows {
    let mut rows = Rows::new();
    let mut day = query.first;
    while matches!(query.by, CostBy::Day | CostBy::Month) && day <= query.last {
        rows.entry(time_label(query.by, day)).or_default();
        day = day.next();
    }
    rows
}

fn time_label(by: CostBy, day: Day) -> Option<String> {
    Some(if by == CostBy::Month { day.month().to_string() } else { day.to_string() })
}

/// Days from the first on and before the last.
fn share_by_time(rows: &mut Rows, by: CostBy, (first, last): (Day, Day), share: impl Fn(Day, Day) -> Money) {
    let mut day = first;
    while day <= last {
        let next = match by {
            CostBy::Month => day.month().next().first_day().min(last.next()),
            _ => day.next(),
        };
        rows.entry(time_label(by, day)).or_default().packages += share(day, next);
        day = next;
    }
}

struct Asked<'a> {
    transaction: &'a Transaction<'a>,
    no: AccountNo,
    zone: Zone,
    services: &'a Services,
    query: &'a CostQuery,
}

impl Asked<'_> {
    fn range(&self) -> (Timestamp, Timestamp) {
        (self.zone.day_start(self.query.first), self.zone.day_start(self.query.last.next()))
    }

    fn usage(&self, rows: &mut Rows) -> Result<(), ReadError> {
        let group = match self.query.by {
            CostBy::Api | CostBy::Region => "service",
            CostBy::EnterpriseProject => "enterprise_project",
            CostBy::Day | CostBy::Month => "(hour + ?4) / ?5",
        };
        let mut select = self.transaction.prepare_cached(&format!(
            "SELECT {group} AS part, sum(units), sum(amount) FROM bill_lines
             WHERE account = ?1 AND hour >= ?2 AND hour < ?3 AND ?4 IS NOT NULL AND ?5 > 0 GROUP BY part"
        ))?;
        let (from, to) = self.range();
        let offset = self.zone.offset_ms();
        let mut found = select.query(params![self.no, from.ms(), to.ms(), offset, DAY_MS])?;
        while let Some(row) = found.next()? {
            let cells = Cells(row);
            let label = match self.query.by {
                CostBy::Api => Some(service_of(self.services, cells.service(0)?)?.0.to_string()),
                CostBy::Region => Some(service_of(self.services, cells.service(0)?)?.1.to_string()),
                CostBy::EnterpriseProject => cells.optional_name(0)?.map(|name| name.to_string()),
                by => time_label(by, Day::from_number(cells.small(0)?)),
            };
            let row = rows.entry(label).or_default();
            row.calls += cells.number(1)?;
            row.usage += cells.money(2)?;
        }
        Ok(())
    }

    fn packages(&self, rows: &mut Rows) -> Result<(), ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT l.service, l.enterprise_project, l.at, l.effective_at, l.expires_at, l.price, r.at,
                    r.cash + r.coupons
             FROM lots l LEFT JOIN refunds r USING (account, lot)
             WHERE l.account = ?1 AND l.price > 0 AND l.at < ?2 ORDER BY l.lot",
        )?;
        let (from, to) = self.range();
        let mut found = select.query(params![self.no, to.ms()])?;
        while let Some(row) = found.next()? {
            let cells = Cells(row);
            let (at, price) = (cells.instant(2)?, cells.money(5)?);
            let begins = self.zone.day_of(at.max(cells.instant(3)?));
            let refund = refund_of(&cells, 6, self.zone)?;
            let spread = match self.query.kind {
                CostKind::Amortised => Amortised::new(price, begins, self.zone.day_of(cells.instant(4)?)),
                CostKind::Original if at < from && refund.is_none() => continue,
                CostKind::Original => Amortised::new(price, self.zone.day_of(at), self.zone.day_of(at)),
            };
            let spread = spread.given_back(refund);
            let (api, region) = service_of(self.services, cells.service(0)?)?;
            let (first, last) = (self.query.first, self.query.last);
            let share = |label, rows: &mut Rows| {
                let share = spread.share(first, last.next());
                if !share.is_zero() {
                    rows.entry(label).or_default().packages += share;
                }
            };
            match self.query.by {
                CostBy::Api => share(Some(api.to_string()), rows),
                CostBy::Region => share(Some(region.to_string()), rows),
                CostBy::EnterpriseProject => {
                    share(cells.optional_name(1)?.map(|name| name.to_string()), rows)
                }
                by => share_by_time(rows, by, (first, last), |from, to| spread.share(from, to)),
            }
        }
        Ok(())
    }

    fn open(&self) -> Result<Money, ReadError> {
        let (from, to) = self.range();
        open_between(self.transaction, self.no, from, to)
    }
}

/// The day on which a package was given back and what was refunded, by two columns.
pub(in crate::read) fn refund_of(
    cells: &Cells<'_, '_>,
    at: usize,
    zone: Zone,
) -> Result<Option<(Day, Money)>, ReadError> {
    let Some(refunded_at) = cells.optional_instant(at)? else { return Ok(None) };
    Ok(Some((zone.day_of(refunded_at), cells.money(at + 1)?)))
}

/// What usage of hours that are not settled yet costs.
fn open_between(
    transaction: &Transaction<'_>,
    account: AccountNo,
    from: Timestamp,
    to: Timestamp,
) -> Result<Money, ReadError> {
    let mut select = transaction.prepare_cached(
        "SELECT coalesce(sum(u.amount), 0) FROM usage_hours u
         WHERE u.account = ?1 AND u.hour >= ?2 AND u.hour < ?3 AND u.pocket = 1
           AND NOT EXISTS (SELECT 1 FROM settled_hours h WHERE h.account = u.account AND h.hour = u.hour)",
    )?;
    let sum: i64 = select.query_row(params![account, from.ms(), to.ms()], |row| row.get(0))?;
    Ok(Money::from_e8(sum))
}
