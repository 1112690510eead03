//! The bill of one month.
//!
//! An hour belongs to the month in which it begins, in the account's zone; a package to the month in which it
//! was bought: a bill goes by the time of consumption. The lines and packages sum to the total to the last digit;
//! only the stated total is rounded to cents, and the bill says by how much. Usage of hours that are not settled
//! yet is no part of the total and stands apart. (Let the engine do what is due before asking, else an hour that
//! is over may still be open.)
//!
//! Rows come one after the other and are never held together, so that a bill of any length takes the same
//! memory; everything asked of one [`BillView`] is of one moment.

mod adjustments;
mod charges;
mod check;
mod closing;
mod debts;
mod drawn;
mod hours;
mod months;
mod movements;
mod packages;
mod payment;
mod shares;
mod spread;
mod summary;
mod uses;

use charging::{AccountId, BillRounding, LotNo, Money, Month, Name, Timestamp, Zone};
use rusqlite::{Transaction, params};

use super::rows::{Services, account_no, service_of, services};
use super::{Cells, ReadError, ReadModel};
use crate::entry::AccountNo;

pub use adjustments::BilledAdjustment;
pub use check::{MonthSums, Posted};
pub use closing::ClosedMonth;
pub use drawn::DrawnHour;
pub use months::MonthOfBill;
pub use movements::BilledMovement;
pub use payment::{Payment, Repaid};
pub use shares::PackageShare;
pub use spread::PackageSpread;
pub use summary::{BillSummary, DrawnCalls, Refunds, ServiceTotals, Totals};
pub use uses::PackageUse;

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
    /// Packages bought, oldest first; then those given back.
    pub packages: Vec<BilledPackage>,
    /// What the lines and packages come to, by API, region and in all.
    pub summary: BillSummary,
    /// Sum of the lines.
    pub usage_total: Money,
    /// Sum of the packages.
    pub packages_total: Money,
    /// Corrections of the cash, oldest first; no part of the total.
    pub adjustments: Vec<BilledAdjustment>,
    /// Sum of lines and packages, exact.
    pub total: Money,
    /// The total as it is stated, in two decimals.
    pub stated: Money,
    /// What rounding added: stated less exact.
    pub rounding: Money,
    /// What of the total was paid at the settlements and for the packages.
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
    /// What they cost, after the discount.
    pub amount: Money,
    /// What a discount took off; the list price is this and the amount.
    pub discount: Money,
    /// How the amount was paid when the hour was settled.
    pub payment: Payment,
    /// What has been paid of the debt since.
    pub repaid: Repaid,
    /// Start of the charged period within the hour.
    pub used_from: Timestamp,
    /// End of the charged period: of the hour, or when pay-per-use ended within it.
    pub used_to: Timestamp,
    /// When the hour was settled.
    pub settled_at: Timestamp,
    /// The number of the settlement among the account's transactions.
    pub transaction: u64,
}

/// A package that was bought, or given back: then its amounts are negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledPackage {
    /// Its lot.
    pub lot: LotNo,
    /// When it was bought, or given back.
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
    /// What it cost, after the discount; of one given back, less than nothing: what was refunded.
    pub price: Money,
    /// What a discount took off.
    pub discount: Money,
    /// How it was paid, or refunded.
    pub payment: Payment,
    /// The number of the purchase or refund among the account's transactions; one of no money has none.
    pub transaction: Option<u64>,
    /// The package it renews, if it was bought for that.
    pub renews: Option<Renews>,
    /// Of a package given back: what was withheld.
    pub refund: Option<BilledRefund>,
}

/// What was withheld of the price of a package that was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BilledRefund {
    /// When the package was bought.
    pub bought_at: Timestamp,
    /// How many units were left of it.
    pub units: u64,
    /// What was used of it.
    pub used: Money,
    /// The handling fee.
    pub fee: Money,
    /// What a coupon had paid, and is lost.
    pub lost: Money,
    /// True if its calls go on at a price.
    pub to_pay_per_use: bool,
}

/// What a renewal renews.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renews {
    /// The package at whose end it begins.
    pub lot: LotNo,
    /// True if it was renewed by itself.
    pub is_automatic: bool,
}

/// A row of the detailed bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BillRow {
    /// Usage of one hour at one price.
    Line(BilledLine),
    /// A package, bought or given back.
    Package(BilledPackage),
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

/// One account's month in the read model, held still: all answers are of one moment.
pub struct BillView<'a> {
    transaction: &'a Transaction<'a>,
    no: AccountNo,
    services: Services,
    /// Whose.
    pub account: AccountId,
    /// Of which month.
    pub month: Month,
    /// The zone its months and hours are counted in.
    pub zone: Zone,
    /// The month's first instant.
    pub from: Timestamp,
    /// The next month's first instant.
    pub to: Timestamp,
}

impl BillRow {
    /// The API.
    pub fn api(&self) -> &Name {
        match self {
            BillRow::Line(line) => &line.api,
            BillRow::Package(package) => &package.api,
        }
    }

    /// The region.
    pub fn region(&self) -> &Name {
        match self {
            BillRow::Line(line) => &line.region,
            BillRow::Package(package) => &package.region,
        }
    }

    /// The enterprise project.
    pub fn enterprise_project(&self) -> Option<&Name> {
        match self {
            BillRow::Line(line) => line.enterprise_project.as_ref(),
            BillRow::Package(package) => package.enterprise_project.as_ref(),
        }
    }

    /// What it costs, after the discount.
    pub fn amount(&self) -> Money {
        match self {
            BillRow::Line(line) => line.amount,
            BillRow::Package(package) => package.price,
        }
    }

    /// What a discount took off.
    pub fn discount(&self) -> Money {
        match self {
            BillRow::Line(line) => line.discount,
            BillRow::Package(package) => package.discount,
        }
    }

    /// How it was paid.
    pub fn payment(&self) -> Payment {
        match self {
            BillRow::Line(line) => line.payment,
            BillRow::Package(package) => package.payment,
        }
    }

    /// What has been paid of its debt since.
    pub fn repaid(&self) -> Repaid {
        match self {
            BillRow::Line(line) => line.repaid,
            BillRow::Package(_) => Repaid::default(),
        }
    }
}

impl BillView<'_> {
    /// Every row of the detailed bill: hours, oldest first, line by line, then packages.
    ///
    /// # Errors
    /// [`ReadError`], or the first of `visit`.
    pub fn rows<E: From<ReadError>>(&self, mut visit: impl FnMut(BillRow) -> Result<(), E>) -> Result<(), E> {
        self.lines(|line| visit(BillRow::Line(line)))?;
        self.packages(|package| visit(BillRow::Package(package)))
    }
}

impl ReadModel {
    /// Looks at an account's month, everything as of one moment. What `look` holds up, it holds up for the read
    /// model's file too, which grows meanwhile: it writes to a disk, never to a network.
    ///
    /// # Errors
    /// [`ReadError`], or what `look` says.
    pub fn look_at_bill<T, E: From<ReadError>>(
        &self,
        account: AccountId,
        month: Month,
        look: impl FnOnce(&BillView<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let looked = self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let zone = zone_of(transaction, no)?;
            let (from, to) = zone.month_range(month);
            let services = services(transaction, no)?;
            Ok(look(&BillView { transaction, no, services, account, month, zone, from, to }))
        });
        looked.map_err(E::from)?
    }

    /// The bill of one month, as far as hours are settled.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn bill(&self, account: AccountId, month: Month, rounding: BillRounding) -> Result<Bill, ReadError> {
        self.look_at_bill(account, month, |view| {
            let (mut lines, mut packages) = (Vec::new(), Vec::new());
            let mut summary = view.summary_of_nothing()?;
            view.rows(|row| {
                summary.add(&row);
                match row {
                    BillRow::Line(line) => lines.push(line),
                    BillRow::Package(package) => packages.push(package),
                }
                Ok::<(), ReadError>(())
            })?;
            let open = view.open_usage()?;
            let total = summary.total.amount;
            let stated = rounding.stated(total);
            Ok(Bill {
                account,
                month,
                from: view.from,
                to: view.to,
                lines,
                packages,
                adjustments: view.adjustments()?,
                usage_total: summary.usage.amount,
                packages_total: summary.packages.amount,
                total,
                stated,
                rounding: stated - total,
                paid: summary.total.payment.paid(),
                debt: summary.total.payment.debt,
                open_total: open.iter().map(|usage| usage.amount).sum(),
                open,
                summary,
            })
        })
    }
}

pub(super) fn zone_of(transaction: &Transaction<'_>, account: AccountNo) -> Result<Zone, ReadError> {
    let mut select = transaction.prepare_cached("SELECT zone FROM accounts WHERE account = ?1")?;
    let text: String = select.query_row([account], |row| row.get(0))?;
    serde_json::from_str(&text).map_err(|error| ReadError::Damaged(error.to_string()))
}

impl BillView<'_> {
    /// What usage of hours that are not settled yet costs; no part of the bill.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn open_total(&self) -> Result<Money, ReadError> {
        Ok(self.open_usage()?.iter().map(|usage| usage.amount).sum())
    }

    fn open_usage(&self) -> Result<Vec<OpenUsage>, ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT u.hour, u.service, u.units, u.amount FROM usage_hours u
             WHERE u.account = ?1 AND u.hour >= ?2 AND u.hour < ?3 AND u.pocket = 1 AND u.units > 0
               AND NOT EXISTS (SELECT 1 FROM settled_hours h WHERE h.account = u.account AND h.hour = u.hour)
             ORDER BY u.hour, u.service",
        )?;
        let mut rows = select.query(params![self.no, self.from.ms(), self.to.ms()])?;
        let mut open = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = Cells(row);
            let (api, region) = service_of(&self.services, cells.service(1)?)?;
            let (hour, units, amount) = (cells.instant(0)?, cells.number(2)?, cells.money(3)?);
            open.push(OpenUsage { hour, api, region, units, amount });
        }
        Ok(open)
    }
}
