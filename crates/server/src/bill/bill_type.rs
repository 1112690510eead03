//! What a row of a bill is for, by the Billing Center's codes.

use charging::Money;
use ledger::read::Renews;
use wire::bss::bills::BillType;

/// The type of a package, by what it renews.
pub fn of_package(renews: Option<Renews>) -> BillType {
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
