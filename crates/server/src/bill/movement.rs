//! The columns of the transaction bill.

use charging::{HOUR_MS, Money};
use ledger::read::{BilledMovement, TransactionKind};

use super::Facts;
use super::cell::{Cell, Column};
use super::detail::lot;

/// The columns, in their order.
pub(super) const COLUMNS: &[Column<BilledMovement>] = &[
    column("billing_cycle", |f, m| Cell::Text(f.zone.month(m.hour.unwrap_or(m.at)).to_string())),
    column("account_id", |f, _| Cell::Text(f.account.to_string())),
    column("account_name", |f, _| Cell::Text(f.name.clone())),
    column("transaction", |_, m| Cell::Number(m.number)),
    column("transaction_time", |_, m| Cell::At(m.at)),
    column("expenditure_from", |_, m| Cell::At(m.hour.unwrap_or(m.at))),
    column("expenditure_to", |_, m| Cell::At(m.hour.map_or(m.at, |hour| hour.plus_ms(HOUR_MS)))),
    column("kind", |_, m| Cell::word(m.kind.word())),
    column("charging_mode", |_, m| Cell::Number(if is_hour(m) { 3 } else { 1 })),
    column("bill_type", |_, m| Cell::Number(if is_hour(m) { 5 } else { 1 })),
    column("api", |_, m| Cell::optional_text(m.service.as_ref().map(|(api, _)| api))),
    column("region", |_, m| Cell::optional_text(m.service.as_ref().map(|(_, region)| region))),
    column("lot", |_, m| m.lot.map_or(Cell::Empty, lot)),
    column("package_calls", |_, m| m.units.map_or(Cell::Empty, Cell::Number)),
    column("detail_rows", |_, m| Cell::Number(if is_hour(m) { m.lines } else { 1 })),
    column("official_amount", |_, m| Cell::Money(m.amount + m.discount)),
    column("discount_amount", |_, m| Cell::Money(m.discount)),
    column("erase_amount", |_, _| Cell::Money(Money::ZERO)),
    column("consume_amount", |_, m| Cell::Money(m.amount)),
    column("coupon_amount", |_, m| Cell::Money(m.payment.coupons)),
    column("cash_amount", |_, m| Cell::Money(m.payment.cash)),
    column("credit_amount", |_, m| Cell::Money(m.payment.credit)),
    column("debt_amount", |_, m| Cell::Money(m.payment.debt)),
    column("debt_paid", |_, m| Cell::Money(m.repaid.amount)),
    column("debt_paid_time", |_, m| Cell::optional_at(m.repaid.at)),
    column("outstanding_amount", |_, m| Cell::Money(m.payment.debt - m.repaid.amount)),
    column("cash_after", |_, m| Cell::Money(m.cash)),
    column("debt_after", |_, m| Cell::Money(m.debt)),
    column("currency", |f, _| Cell::Text(f.catalog.currency.clone())),
];

const fn column(name: &'static str, cell: fn(&Facts<'_>, &BilledMovement) -> Cell) -> Column<BilledMovement> {
    Column { name, cell }
}

fn is_hour(movement: &BilledMovement) -> bool {
    movement.kind == TransactionKind::HourSettled
}
