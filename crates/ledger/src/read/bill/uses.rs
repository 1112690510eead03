//! What the calls that packages met cost: their part of a package's price, hour by hour and enterprise project by
//! enterprise project, and what ended unused.
//!
//! A call bears the price by the units it drew, so what a package's hours bear and what is left at its end are its
//! price, or what of it was not refunded. Nothing is unused of a package whose price went back as far as no call bore it.

use charging::{LotNo, Money, Name, Timestamp};
use rusqlite::params;

use super::{BillView, ReadError};
use crate::read::Cells;
use crate::read::rows::service_of;

/// Units of a package that the calls of one hour and enterprise project drew, or that were left when the package ended
/// in this hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageUse {
    /// Its lot.
    pub lot: LotNo,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// The enterprise project that the calls named, if any; of what was left, the one the package is reserved for.
    pub enterprise_project: Option<Name>,
    /// How many units the package holds.
    pub units: u64,
    /// Start of the hour.
    pub hour: Timestamp,
    /// True if the units were drawn, false if they ended with the package.
    pub is_drawn: bool,
    /// How many.
    pub quantity: u64,
    /// Their part of the price.
    pub cost: Money,
}

impl BillView<'_> {
    /// What every package that was paid for met in the month and what ended with it by `now`: package by package, hour
    /// by hour, those of no enterprise project first.
    ///
    /// # Errors
    /// [`ReadError`], or the first of `visit`.
    pub fn package_uses<E: From<ReadError>>(
        &self,
        now: Timestamp,
        mut visit: impl FnMut(PackageUse) -> Result<(), E>,
    ) -> Result<(), E> {
        self.walk_uses(now, |used| Ok(visit(used).err()))?.map_or(Ok(()), Err)
    }

    fn walk_uses<E>(
        &self,
        now: Timestamp,
        mut visit: impl FnMut(PackageUse) -> Result<Option<E>, ReadError>,
    ) -> Result<Option<E>, ReadError> {
        // The purchases of the bill. A call that began while a package was valid may be charged after its end.
        let mut lots = self.transaction.prepare_cached(
            "SELECT l.lot, l.service, l.enterprise_project, l.granted, l.expires_at, l.price, r.at,
                    coalesce(r.cash + r.coupons, 0),
                    (SELECT coalesce(sum(d.units), 0) FROM lot_hours d
                     WHERE d.account = l.account AND d.lot = l.lot AND d.hour < ?3),
                    (SELECT coalesce(sum(d.units), 0) FROM lot_hours d
                     WHERE d.account = l.account AND d.lot = l.lot)
             FROM lots l LEFT JOIN refunds r USING (account, lot)
             WHERE l.account = ?1 AND (l.price > 0 OR l.source = 2) AND l.at < ?2
               AND (l.expires_at >= ?3 OR EXISTS (SELECT 1 FROM lot_hours d
                    WHERE d.account = l.account AND d.lot = l.lot AND d.hour >= ?3))
             ORDER BY l.lot",
        )?;
        let mut hours = self.transaction.prepare_cached(
            "SELECT hour, nullif(enterprise_project, ''), units FROM lot_hours
             WHERE account = ?1 AND lot = ?2 AND hour >= ?3 AND hour < ?4
             ORDER BY hour, enterprise_project",
        )?;
        let mut found = lots.query(params![self.no, self.to.ms(), self.from.ms()])?;
        while let Some(row) = found.next()? {
            let cells = Cells(row);
            let (api, region) = service_of(&self.services, cells.service(1)?)?;
            let (lot, granted, price) = (LotNo(cells.small(0)?), cells.number(3)?, cells.money(5)?);
            let mut drawn = cells.number(8)?;
            let used = |enterprise_project, hour, is_drawn, quantity, cost| PackageUse {
                lot,
                api: api.clone(),
                region: region.clone(),
                enterprise_project,
                units: granted,
                hour,
                is_drawn,
                quantity,
                cost,
            };
            let mut of_lot = hours.query(params![self.no, i64::from(lot.0), self.from.ms(), self.to.ms()])?;
            while let Some(row) = of_lot.next()? {
                let cells = Cells(row);
                let (hour, project, units) = (cells.instant(0)?, cells.optional_name(1)?, cells.number(2)?);
                let cost = part(price, drawn + units, granted) - part(price, drawn, granted);
                drawn += units;
                if let Some(end) = visit(used(project, hour, true, units, cost))? {
                    return Ok(Some(end));
                }
            }
            let given_back_at = cells.optional_instant(6)?;
            let ended_at = given_back_at.unwrap_or(cells.instant(4)?);
            let has_ended = given_back_at.is_some() || ended_at < now;
            let drawn = cells.number(9)?;
            let left = granted.saturating_sub(drawn);
            let rest = price - cells.money(7)? - part(price, drawn, granted);
            let is_in_month = self.from <= ended_at && ended_at < self.to;
            let is_unused = left > 0 && (given_back_at.is_none() || !rest.is_zero());
            if has_ended && is_in_month && is_unused {
                let hour = self.zone.hour_start(ended_at);
                if let Some(end) = visit(used(cells.optional_name(2)?, hour, false, left, rest))? {
                    return Ok(Some(end));
                }
            }
        }
        Ok(None)
    }
}

/// What the first of the units bear, rounded down to the last digit.
fn part(price: Money, units: u64, granted: u64) -> Money {
    let part = (i128::from(price.e8()) * i128::from(units)).checked_div(i128::from(granted));
    Money::from_e8(part.and_then(|part| i64::try_from(part).ok()).unwrap_or(0))
}
