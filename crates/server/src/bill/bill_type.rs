//! What a row of a bill is for, by the Billing Center's codes.

use charging::Money;
use ledger::read::{BilledPackage, Renews};
use wire::bss::bills::BillType;

/// The type of a package that was bought or given back.
pub fn of_package(package: &BilledPackage) -> BillType {
    match package.refund {
        Some(refund) => of_refund(refund.to_pay_per_use),
        None => of_purchase(package.renews),
    }
}

/// The type of what is refunded, by what becomes of the calls.
pub fn of_refund(to_pay_per_use: bool) -> BillType {
    if to_pay_per_use { BillType::RefundToPayPerUse } else { BillType::Refund }
}

/// The type of a purchase, by what it renews.
pub fn of_purchase(renews: Option<Renews>) -> BillType {
    match renews {
        None => BillType::Purchase,
        Some(Renews { is_automatic: false, .. }) => BillType::Renewal,
        Some(Renews { is_automatic: true, .. }) => BillType::AutoRenewal,
    }
}

/// The type of a correction of the cash, by what it added.
pub fn of_adjustment(amount: Money) -> BillType {
    if amount.is_positive() { BillType::Compensation } else { BillType::Deduction }
}
