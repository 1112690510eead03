//! What the packages of an account bear in a month, day by day: their amortised cost.

use charging::{Day, LotNo, Money, Name};
use rusqlite::params;

use super::{BillView, ReadError};
use crate::read::Cells;
use crate::read::costs::{Amortised, refund_of};
use crate::read::rows::service_of;

/// What one package bears on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageShare {
    /// Its lot.
    pub lot: LotNo,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// The enterprise project it is reserved for, if any.
    pub enterprise_project: Option<Name>,
    /// How many units the package holds.
    pub units: u64,
    /// The day.
    pub day: Day,
    /// The day's share of the price.
    pub share: Money,
    /// What of it coupons bear.
    pub by_coupons: Money,
}

impl BillView<'_> {
    /// The share of every day of the month in every package valid on it: package by package, day by day.
    ///
    /// # Errors
    /// [`ReadError`], or the first of `visit`.
    pub fn shares<E: From<ReadError>>(
        &self,
        mut visit: impl FnMut(PackageShare) -> Result<(), E>,
    ) -> Result<(), E> {
        self.walk_shares(|share| Ok(visit(share).err()))?.map_or(Ok(()), Err)
    }

    fn walk_shares<E>(
        &self,
        mut visit: impl FnMut(PackageShare) -> Result<Option<E>, ReadError>,
    ) -> Result<Option<E>, ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT l.lot, l.service, l.enterprise_project, l.granted, l.at, l.effective_at, l.expires_at, l.price,
                    r.at, r.cash + r.coupons, l.coupons - coalesce(r.coupons, 0)
             FROM lots l LEFT JOIN refunds r USING (account, lot)
             WHERE l.account = ?1 AND l.price > 0 AND l.at < ?2 AND l.expires_at >= ?3 ORDER BY l.lot",
        )?;
        let mut rows = select.query(params![self.no, self.to.ms(), self.from.ms()])?;
        while let Some(row) = rows.next()? {
            let cells = Cells(row);
            let begins = self.zone.day_of(cells.instant(4)?.max(cells.instant(5)?));
            let spread = Amortised::new(cells.money(7)?, begins, self.zone.day_of(cells.instant(6)?));
            let spread = spread.given_back(refund_of(&cells, 8, self.zone)?);
            let (api, region) = service_of(&self.services, cells.service(1)?)?;
            let coupons = cells.money(10)?;
            let mut day = self.month.first_day();
            while day < self.month.next().first_day() {
                let share = spread.share(day, day.next());
                if !share.is_zero() {
                    let found = visit(PackageShare {
                        lot: LotNo(cells.small(0)?),
                        api: api.clone(),
                        region: region.clone(),
                        enterprise_project: cells.optional_name(2)?,
                        units: cells.number(3)?,
                        day,
                        share,
                        by_coupons: spread.part(coupons, day, day.next()),
                    })?;
                    if let Some(end) = found {
                        return Ok(Some(end));
                    }
                }
                day = day.next();
            }
        }
        Ok(None)
    }
}
