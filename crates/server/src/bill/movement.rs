//! The columns of the transaction bill.

use charging::{HOUR_MS, Money};
use ledger::read::{BilledMovement, TransactionKind};
use wire::bss::bills::BillType;
use wire::bss::{PAY_PER_USE, YEARLY};

use super::Facts;
use super::bill_type::{of_adjustment, of_purchase, of_refund};
use super::cell::{Cell, Column};
use super::detail::{lot, renewed};

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
    column("charging_mode", |_, m| charging_mode(m).map_or(Cell::Empty, |mode| Cell::Number(mode.into()))),
    column("bill_type", |_, m| Cell::Number(bill_type(m).code().into())),
    column("api", |_, m| Cell::optional_text(m.service.as_ref().map(|(api, _)| api))),
    column("region", |_, m| Cell::optional_text(m.service.as_ref().map(|(_, region)| region))),
    column("lot", |_, m| m.lot.map_or(Cell::Empty, lot)),
    column("renews", |_, m| renewed(m.renews)),
    column("package_calls", |_, m| m.units.map_or(Cell::Empty, Cell::Number)),
    column("detail_rows", |_, m| Cell::Number(detail_rows(m))),
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
    column("adjustment_amount", |_, m| Cell::Money(m.adjustment)),
    column("reason", |_, m| Cell::optional_text(m.reason.as_ref())),
    column("cash_after", |_, m| Cell::Money(m.cash)),
    column("debt_after", |_, m| Cell::Money(m.debt)),
    column("currency", |f, _| Cell::Text(f.catalog.currency.clone())),
];

const fn column(name: &'static str, cell: fn(&Facts<'_>, &BilledMovement) -> Cell) -> Column<BilledMovement> {
    Column { name, cell }
}

/// A correction of the cash is charged for nothing.
fn charging_mode(movement: &BilledMovement) -> Option<u8> {
    match movement.kind {
        TransactionKind::HourSettled => Some(PAY_PER_USE),
        TransactionKind::LotBought | TransactionKind::LotRefunded => Some(YEARLY),
        TransactionKind::TopUp | TransactionKind::DebtPaid | TransactionKind::Adjusted => None,
    }
}

fn bill_type(movement: &BilledMovement) -> BillType {
    match movement.kind {
        TransactionKind::HourSettled => BillType::Use,
        TransactionKind::LotBought => of_purchase(movement.renews),
        TransactionKind::LotRefunded => of_refund(movement.to_pay_per_use),
        TransactionKind::TopUp | TransactionKind::DebtPaid | TransactionKind::Adjusted => {
            of_adjustment(movement.adjustment)
        }
    }
}

fn detail_rows(movement: &BilledMovement) -> u64 {
    match movement.kind {
        TransactionKind::HourSettled => movement.lines,
        TransactionKind::LotBought | TransactionKind::LotRefunded => 1,
        TransactionKind::TopUp | TransactionKind::DebtPaid | TransactionKind::Adjusted => 0,
    }
}
