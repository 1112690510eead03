//! The price of each package over the months it is valid in: what earlier months bore, what this one bears, and what
//! is left for later ones.

use charging::{LotNo, Money, Name, Timestamp};
use rusqlite::params;

use super::packages::renews_of;
use super::{BillView, ReadError, Renews};
use crate::read::Cells;
use crate::read::costs::Amortised;
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
    /// What it cost, after the discount.
    pub price: Money,
    /// What coupons paid of it.
    pub coupons: Money,
    /// The package it renews, if it was bought for that.
    pub renews: Option<Renews>,
    /// Borne by the months before.
    pub past: Money,
    /// Borne by this month.
    pub current: Money,
    /// Left for the months after.
    pub future: Money,
}

impl BillView<'_> {
    /// The packages that are valid in the month, in the order they were bought.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn spread(&self) -> Result<Vec<PackageSpread>, ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT lot, service, enterprise_project, granted, at, effective_at, expires_at, price, coupons, renews,
                    is_automatic
             FROM lots WHERE account = ?1 AND price > 0 AND at < ?2 AND expires_at >= ?3 ORDER BY lot",
        )?;
        let mut rows = select.query(params![self.no, self.to.ms(), self.from.ms()])?;
        let mut packages = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = Cells(row);
            let (at, effective_at, expires_at) = (cells.instant(4)?, cells.instant(5)?, cells.instant(6)?);
            let (first, last) = (self.zone.day_of(at.max(effective_at)), self.zone.day_of(expires_at));
            let (price, month) = (cells.money(7)?, self.month);
            let spread = Amortised::new(price, first, last);
            let past = spread.share(first.min(month.first_day()), month.first_day());
            let current = spread.share(month.first_day(), month.next().first_day());
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
                coupons: cells.money(8)?,
                renews: renews_of(&cells, 9)?,
                past,
                current,
                future: price - past - current,
            });
        }
        packages.retain(|package| !package.current.is_zero());
        Ok(packages)
    }
}
