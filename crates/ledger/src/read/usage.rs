//! Usage by hour: how many calls of which service came from which pocket.

use std::collections::BTreeMap;

use charging::{AccountId, Money, Name, Pocket, ServiceNo, Timestamp, Zone};
use rusqlite::params;

use super::rows::{Services, account_no, pocket_of, service_of, services};
use super::{Cells, ROWS_LIMIT, ReadError, ReadModel};

/// One service's usage in one hour from one pocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRow {
    /// Start of the hour, in the account's zone.
    pub hour: Timestamp,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// Where the units came from.
    pub pocket: Pocket,
    /// How many charges came from this pocket (from packages, if both had a part in one).
    pub calls: u64,
    /// How many units this pocket met.
    pub units: u64,
    /// What they cost.
    pub amount: Money,
}

/// What usage is listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageBy {
    /// The hour.
    Hour,
    /// The day, in the account's zone.
    Day,
    /// The month, in the account's zone.
    Month,
}

impl UsageBy {
    /// By its word: `hour`, `day` or `month`.
    pub fn from_word(word: &str) -> Option<UsageBy> {
        match word {
            "hour" => Some(UsageBy::Hour),
            "day" => Some(UsageBy::Day),
            "month" => Some(UsageBy::Month),
            _ => None,
        }
    }
}

impl UsageBy {
    /// The first instant of the hour, day or month that holds an instant.
    pub(super) fn start(self, zone: Zone, at: Timestamp) -> Timestamp {
        match self {
            UsageBy::Hour => zone.hour_start(at),
            UsageBy::Day => zone.day_start(zone.day_of(at)),
            UsageBy::Month => zone.month_range(zone.month(at)).0,
        }
    }
}

/// One hour, day or month that is being added up.
#[derive(Default)]
struct Period {
    begins: Timestamp,
    /// By service and pocket's cell.
    sums: BTreeMap<(ServiceNo, i64), Sum>,
}

#[derive(Default)]
struct Sum {
    calls: u64,
    units: u64,
    amount: Money,
}

impl Period {
    /// Lists its rows, if there is room for them; a first period has room in any case.
    fn close(&self, services: &Services, usage: &mut Vec<UsageRow>) -> Result<bool, ReadError> {
        if usage.len() + self.sums.len() > ROWS_LIMIT && !usage.is_empty() {
            return Ok(false);
        }
        for ((service, pocket), Sum { calls, units, amount }) in &self.sums {
            let (api, region) = service_of(services, *service)?;
            let pocket = pocket_of(*pocket)?;
            let (calls, units, amount) = (*calls, *units, *amount);
            usage.push(UsageRow { hour: self.begins, api, region, pocket, calls, units, amount });
        }
        Ok(true)
    }
}

impl ReadModel {
    /// An account's usage by hour, day or month: that of the hours that begin at `from` or later and before `to`,
    /// oldest first. In [`UsageRow::hour`] stands the first instant of the hour, day or month. Gives whole hours,
    /// days or months, and at most [`ROWS_LIMIT`] rows of them; where more follow, the instant to go on from.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn usage_by(
        &self,
        account: AccountId,
        (from, to): (Timestamp, Timestamp),
        by: UsageBy,
    ) -> Result<(Vec<UsageRow>, Option<Timestamp>), ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let zone = super::bill::zone_of(transaction, no)?;
            let services = services(transaction, no)?;
            let mut select = transaction.prepare_cached(
                "SELECT hour, service, pocket, calls, units, amount FROM usage_hours
                 WHERE account = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour, service, pocket",
            )?;
            let mut rows = select.query(params![no, from.ms(), to.ms()])?;
            let (mut usage, mut period) = (Vec::new(), Period::default());
            while let Some(row) = rows.next()? {
                let cells = Cells(row);
                let begins = by.start(zone, cells.instant(0)?);
                if period.begins != begins {
                    let ended = std::mem::replace(&mut period, Period { begins, ..Period::default() });
                    if !ended.close(&services, &mut usage)? {
                        return Ok((usage, Some(ended.begins)));
                    }
                }
                let sum = period.sums.entry((cells.service(1)?, cells.small(2)?)).or_default();
                sum.calls += cells.number(3)?;
                sum.units += cells.number(4)?;
                sum.amount += cells.money(5)?;
            }
            let is_whole = period.close(&services, &mut usage)?;
            Ok((usage, (!is_whole).then_some(period.begins)))
        })
    }

    /// An account's usage of the hours that begin at `from` or later and before `to`, oldest first, at most
    /// [`ROWS_LIMIT`] rows.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn usage(
        &self,
        account: AccountId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<UsageRow>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let services = services(transaction, no)?;
            let mut select = transaction.prepare_cached(
                "SELECT hour, service, pocket, calls, units, amount FROM usage_hours
                 WHERE account = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour, service, pocket LIMIT ?4",
            )?;
            let mut rows = select.query(params![no, from.ms(), to.ms(), ROWS_LIMIT as i64])?;
            let mut usage = Vec::new();
            while let Some(row) = rows.next()? {
                let cells = Cells(row);
                let (api, region) = service_of(&services, cells.service(1)?)?;
                usage.push(UsageRow {
                    hour: cells.instant(0)?,
                    api,
                    region,
                    pocket: cells.pocket(2)?,
                    calls: cells.number(3)?,
                    units: cells.number(4)?,
                    amount: cells.money(5)?,
                });
            }
            Ok(usage)
        })
    }
}
