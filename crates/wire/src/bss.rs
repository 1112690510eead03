//! Billing Center shapes ("ShowCustomerAccountBalances").

use serde::Serialize;

use crate::number::Decimal;

/// `GET /v2/accounts/customer-accounts/balances`.
#[derive(Debug, Clone, Serialize)]
pub struct Balances {
    /// One entry per kind of balance.
    pub account_balances: Vec<Balance>,
    /// What is owed.
    pub debt_amount: Decimal,
    /// 1: whole currency units.
    pub measure_id: u8,
    /// ISO 4217.
    pub currency: String,
}

/// One balance.
#[derive(Debug, Clone, Serialize)]
pub struct Balance {
    /// The account.
    pub account_id: String,
    /// 1 balance, 2 credit, 5 bonus, 7 deposit.
    pub account_type: u8,
    /// How much.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: String,
    /// Reserved for something.
    pub designated_amount: Decimal,
    /// Credit limit.
    pub credit_amount: Decimal,
    /// 1: whole currency units.
    pub measure_id: u8,
}
