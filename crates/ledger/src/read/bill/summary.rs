//! What a bill comes to: in all, and by API, region and billing mode.

use std::collections::BTreeMap;

use charging::{Money, Name};
use rusqlite::params;

use super::payment::Payment;
use super::{BillRow, BillView, ReadError};
use crate::read::Cells;
use crate::read::rows::service_of;

/// Sums over rows of a bill.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many rows.
    pub rows: u64,
    /// Calls charged, or calls the packages hold.
    pub units: u64,
    /// What a discount took off; the list price is this and the amount.
    pub discount: Money,
    /// What it costs after the discount.
    pub amount: Money,
    /// How it was paid at the settlements and purchases.
    pub payment: Payment,
    /// What has been paid of the debt since.
    pub repaid: Money,
}

/// The totals of one API in one region, by billing mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceTotals {
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// True for packages bought, false for pay-per-use.
    pub is_package: bool,
    /// The sums.
    pub totals: Totals,
}

/// Packages given back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refunds {
    /// How many.
    pub rows: u64,
    /// Calls that were left in them.
    pub units: u64,
    /// What they take off the bill: zero or less.
    pub amount: Money,
}

/// Calls of the month that packages met; they cost nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnCalls {
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// How many calls.
    pub units: u64,
}

/// What a bill comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BillSummary {
    /// Pay-per-use.
    pub usage: Totals,
    /// Packages.
    pub packages: Totals,
    /// Both.
    pub total: Totals,
    /// By API, region and billing mode.
    pub services: BTreeMap<(Name, Name, bool), Totals>,
    /// What of the packages' sums are packages given back, by API and region.
    pub refunds: BTreeMap<(Name, Name), Refunds>,
    /// What packages met.
    pub drawn: Vec<DrawnCalls>,
    /// What corrections added to the cash; no part of the total.
    pub adjusted: Money,
}

impl Totals {
    fn add(&mut self, row: &BillRow) {
        self.rows += 1;
        self.units += match row {
            BillRow::Line(line) => line.units,
            BillRow::Package(package) if package.refund.is_some() => 0,
            BillRow::Package(package) => package.units,
        };
        self.discount += row.discount();
        self.amount += row.amount();
        self.payment += row.payment();
        self.repaid += row.repaid().amount;
    }

    /// The list price.
    pub fn official(&self) -> Money {
        self.amount + self.discount
    }

    /// What is still owed.
    pub fn outstanding(&self) -> Money {
        self.payment.debt - self.repaid
    }
}

impl BillSummary {
    /// Adds a row.
    pub fn add(&mut self, row: &BillRow) {
        let is_package = matches!(row, BillRow::Package(_));
        let of_mode = if is_package { &mut self.packages } else { &mut self.usage };
        of_mode.add(row);
        self.total.add(row);
        // Nearly all rows are of a service seen before, so its names are copied once.
        let key = (row.api().clone(), row.region().clone(), is_package);
        self.services.entry(key).or_default().add(row);
        if let BillRow::Package(package) = row
            && package.refund.is_some()
        {
            let refunds = self.refunds.entry((package.api.clone(), package.region.clone())).or_default();
            refunds.rows += 1;
            refunds.units += package.units;
            refunds.amount += package.price;
        }
    }

    /// By API, region and billing mode, in this order.
    pub fn by_service(&self) -> impl Iterator<Item = ServiceTotals> {
        self.services.iter().map(|((api, region, is_package), totals)| ServiceTotals {
            api: api.clone(),
            region: region.clone(),
            is_package: *is_package,
            totals: *totals,
        })
    }
}

impl BillView<'_> {
    /// The summary of the whole bill.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn summary(&self) -> Result<BillSummary, ReadError> {
        let mut summary = self.summary_of_nothing()?;
        self.rows(|row| {
            summary.add(&row);
            Ok::<(), ReadError>(())
        })?;
        Ok(summary)
    }

    /// A summary with no rows yet: what packages met, and corrections, are no rows of the bill.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn summary_of_nothing(&self) -> Result<BillSummary, ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT service, sum(units) FROM usage_hours
             WHERE account = ?1 AND hour >= ?2 AND hour < ?3 AND pocket = 0 AND units > 0
             GROUP BY service ORDER BY service",
        )?;
        let mut rows = select.query(params![self.no, self.from.ms(), self.to.ms()])?;
        let mut drawn = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = Cells(row);
            let (api, region) = service_of(&self.services, cells.service(0)?)?;
            drawn.push(DrawnCalls { api, region, units: cells.number(1)? });
        }
        let (_, adjusted) = self.adjusted()?;
        Ok(BillSummary { drawn, adjusted, ..BillSummary::default() })
    }
}
