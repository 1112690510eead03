//! The price of each package over the months it is valid in: what earlier months bore, what this one bears, and what
//! is left for later ones.

use charging::{LotNo, Money, Name, Timestamp};
use rusqlite::params;

use super::packages::renews_of;
use super::{BillView, ReadError, Renews};
use crate::read::Cells;
use crate::read::costs::{Amortised, refund_of};
use crate::read::rows::service_of;

/// A package and its price, spread over months. The three parts sum to the price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageSpread {
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
    /// What it cost, after the discount and less what was refunded.
    pub price: Money,
    /// The package it renews, if it was bought for that.
    pub renews: Option<Renews>,
    /// Borne by the months before.
    pub past: Money,
    /// Borne by this month.
    pub current: Money,
    /// Left for the months after.
    pub future: Money,
    /// What coupons bear of this month's part.
    pub by_coupons: Money,
}

impl BillView<'_> {
    /// The packages that are valid in the month, in the order they were bought.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn spread(&self) -> Result<Vec<PackageSpread>, ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT l.lot, l.service, l.enterprise_project, l.granted, l.at, l.effective_at, l.expires_at, l.price,
                    l.coupons, l.renews, l.is_automatic, r.at, r.cash + r.coupons, coalesce(r.coupons, 0)
             FROM lots l LEFT JOIN refunds r USING (account, lot)
             WHERE l.account = ?1 AND l.price > 0 AND l.at < ?2 AND l.expires_at >= ?3 ORDER BY l.lot",
        )?;
        let mut rows = select.query(params![self.no, self.to.ms(), self.from.ms()])?;
        let mut packages = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = Cells(row);
            let (at, effective_at, expires_at) = (cells.instant(4)?, cells.instant(5)?, cells.instant(6)?);
            let (first, last) = (self.zone.day_of(at.max(effective_at)), self.zone.day_of(expires_at));
            let month = self.month;
            let spread = Amortised::new(cells.money(7)?, first, last);
            let spread = spread.given_back(refund_of(&cells, 11, self.zone)?);
            let price = spread.total();
            let past = spread.share(spread.begins().min(month.first_day()), month.first_day());
            let current = spread.share(month.first_day(), month.next().first_day());
            let coupons = cells.money(8)? - cells.money(13)?;
            let by_coupons = spread.part(coupons, month.first_day(), month.next().first_day());
            let (api, region) = service_of(&self.services, cells.service(1)?)?;
            packages.push(PackageSpread {
                lot: LotNo(cells.small(0)?),
                at,
                api,
                region,
                enterprise_project: cells.optional_name(2)?,
                units: cells.number(3)?,
                effective_at,
                expires_at,
                price,
                renews: renews_of(&cells, 9)?,
                past,
                current,
                future: price - past - current,
                by_coupons,
            });
        }
        packages.retain(|package| !package.current.is_zero() || !package.by_coupons.is_zero());
        Ok(packages)
    }
}
