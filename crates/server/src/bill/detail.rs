//! The columns of the detailed bill. docs/bills.md says what each means and where it comes from.

use charging::{LotNo, Money, UnitPrice};
use ledger::read::{BillRow, BilledLine, BilledPackage, Renews};
use wire::bss::bills::BillType;
use wire::bss::{PAY_PER_USE, YEARLY};

use super::Facts;
use super::bill_type::of_package;
use super::cell::{Cell, Column};
use crate::views::tier_number;

/// The columns, in their order.
pub(super) const COLUMNS: &[Column<BillRow>] = &[
    column("billing_cycle", |f, r| Cell::Text(f.zone.month(at(r)).to_string())),
    column("account_id", |f, _| Cell::Text(f.account.to_string())),
    column("account_name", |f, _| Cell::Text(f.name.clone())),
    column("kind", |_, r| Cell::word(of(r, |_| "pay_per_use", package_kind))),
    column("charging_mode", |_, r| Cell::Number(u64::from(either(r, PAY_PER_USE, YEARLY)))),
    column("bill_type", |_, r| Cell::Number(of(r, |_| BillType::Use, of_package).code().into())),
    column("api", |_, r| Cell::Text(r.api().to_string())),
    column("region", |_, r| Cell::Text(r.region().to_string())),
    column("enterprise_project", |_, r| Cell::optional_text(r.enterprise_project())),
    column("enterprise_project_name", |f, r| Cell::project_name(f, r.enterprise_project())),
    column("resource", |_, r| of(r, |_| Cell::Empty, |p| Cell::Text(resource_name(p)))),
    column("hour", |_, r| of(r, |line| Cell::At(line.hour), |_| Cell::Empty)),
    column("used_from", |_, r| of(r, |line| Cell::At(line.used_from), |p| Cell::At(p.effective_at))),
    column("used_to", |_, r| of(r, |line| Cell::At(line.used_to), |p| Cell::At(p.expires_at))),
    column("transaction", |_, r| transaction(r).map_or(Cell::Empty, Cell::Number)),
    column("transaction_time", |_, r| of(r, |line| Cell::At(line.settled_at), |p| Cell::At(p.at))),
    column("usage", |_, r| Cell::Number(of(r, |line| line.units, |_| 1))),
    column("usage_unit", |_, r| Cell::word(either(r, "call", "package"))),
    column("package_calls", |_, r| of(r, |_| Cell::Empty, |p| Cell::Number(p.units))),
    column("price_version", |_, r| of(r, |line| Cell::Number(line.price_version.into()), |_| Cell::Empty)),
    column("price_tier", |_, r| of(r, |line| Cell::Number(tier_number(line.tier)), |_| Cell::Empty)),
    column("unit_price", |f, r| {
        of(r, |line| unit_price(f, line).map_or(Cell::Empty, Cell::Price), package_price)
    }),
    column("official_amount", |_, r| Cell::Money(r.amount() + r.discount())),
    column("discount_amount", |_, r| Cell::Money(r.discount())),
    column("erase_amount", |_, _| Cell::Money(Money::ZERO)),
    column("consume_amount", |_, r| Cell::Money(r.amount())),
    column("coupon_amount", |_, r| Cell::Money(r.payment().coupons)),
    column("cash_amount", |_, r| Cell::Money(r.payment().cash)),
    column("credit_amount", |_, r| Cell::Money(r.payment().credit)),
    column("debt_amount", |_, r| Cell::Money(r.payment().debt)),
    column("debt_paid", |_, r| Cell::Money(r.repaid().amount)),
    column("debt_paid_time", |_, r| Cell::optional_at(r.repaid().at)),
    column("outstanding_amount", |_, r| Cell::Money(r.payment().debt - r.repaid().amount)),
    column("currency", |f, _| Cell::Text(f.catalog.currency.clone())),
    column("lot", |_, r| of(r, |_| Cell::Empty, |p| lot(p.lot))),
    column("renews", |_, r| of(r, |_| Cell::Empty, |p| renewed(p.renews))),
];

const fn column(name: &'static str, cell: fn(&Facts<'_>, &BillRow) -> Cell) -> Column<BillRow> {
    Column { name, cell }
}

fn of<T>(row: &BillRow, line: impl FnOnce(&BilledLine) -> T, package: impl FnOnce(&BilledPackage) -> T) -> T {
    match row {
        BillRow::Line(row) => line(row),
        BillRow::Package(row) => package(row),
    }
}

fn either<T>(row: &BillRow, line: T, package: T) -> T {
    of(row, |_| line, |_| package)
}

/// By which instant a row belongs to its month.
fn at(row: &BillRow) -> charging::Timestamp {
    of(row, |line| line.hour, |package| package.at)
}

fn transaction(row: &BillRow) -> Option<u64> {
    of(row, |line| Some(line.transaction), |package| package.transaction)
}

fn package_kind(package: &BilledPackage) -> &'static str {
    if package.refund.is_some() { "package_refund" } else { "package" }
}

/// A package's unit is the package itself. Its price may be beyond what a unit price can hold.
fn package_price(package: &BilledPackage) -> Cell {
    let price = (package.price + package.discount).e8().checked_mul(100);
    price
        .filter(|_| package.refund.is_none())
        .map_or(Cell::Empty, |e10| Cell::Price(UnitPrice::from_e10(e10)))
}

pub(super) fn lot(lot: LotNo) -> Cell {
    Cell::Number(lot.0.into())
}

/// The package a renewal renews.
pub(super) fn renewed(renews: Option<Renews>) -> Cell {
    renews.map_or(Cell::Empty, |renews| lot(renews.lot))
}

/// The name of a package, as Billing Center forms it.
pub(super) fn resource_name(package: &BilledPackage) -> String {
    format!("{} PKG {}", package.api, package.units)
}

/// The price of a line's calls; prices in force are never taken off the list.
pub(super) fn unit_price(facts: &Facts<'_>, line: &BilledLine) -> Option<UnitPrice> {
    let version = facts.catalog.price_version(&line.api, line.price_version)?;
    version.tiers.get(usize::from(line.tier)).map(|tier| tier.unit_price)
}
