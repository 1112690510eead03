//! Billing Center's codes: how a row is charged, and what for (Billing Center API, `charging_mode` and `bill_type`).

use ledger::read::Renews;

/// `charging_mode`: yearly or monthly, that is a package.
pub(super) const YEARLY: u64 = 1;
/// `charging_mode`: pay-per-use.
pub(super) const PAY_PER_USE: u64 = 3;

/// `bill_type`: use.
pub(super) const USE: u64 = 5;
const NEW_PURCHASE: u64 = 1;
const RENEWAL: u64 = 2;
const AUTO_RENEWAL: u64 = 8;
const COMPENSATION: u64 = 9;
const DEDUCTION: u64 = 16;

/// The type of a package, by what it renews.
pub(super) fn of_package(renews: Option<Renews>) -> u64 {
    match renews {
        None => NEW_PURCHASE,
        Some(Renews { is_automatic: false, .. }) => RENEWAL,
        Some(Renews { is_automatic: true, .. }) => AUTO_RENEWAL,
    }
}

/// The type of a correction of the cash, by what it added.
pub(super) fn of_adjustment(amount: charging::Money) -> u64 {
    if amount.is_positive() { COMPENSATION } else { DEDUCTION }
}
