//! Balances, income and expenses, quota ("Managing Accounts").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::number::Decimal;

/// `GET /v2/accounts/customer-accounts/balances`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Balances {
    /// One entry per kind of balance.
    pub account_balances: Vec<Balance>,
    /// What is owed.
    pub debt_amount: Decimal,
    /// Whole units of the currency.
    pub measure_id: u16,
    /// ISO 4217.
    pub currency: String,
}

/// One balance.
#[derive(Debug, Clone, Serialize, JsonSchema)]
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
    /// Whole units of the currency.
    pub measure_id: u16,
}

/// `GET /v2/accounts/customer-accounts/account-change-records`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ChangesQuery {
    /// `BALANCE_TYPE_DEBIT` (cash), `BALANCE_TYPE_CREDIT` and its kin; other kinds of balance have no records.
    pub balance_type: String,
    /// `1` income, `2` expense.
    pub revenue_expense_type: Option<String>,
    pub trade_type: Option<String>,
    pub trade_time_begin: Option<String>,
    pub trade_time_end: Option<String>,
    pub trade_id: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// Income and expense records.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Changes {
    pub total_count: usize,
    pub currency: String,
    pub records: Vec<Change>,
}

/// One movement of a balance. Amounts are text here.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Change {
    pub account_change_id: String,
    pub trade_detail_type: &'static str,
    pub trade_time: String,
    pub trade_id: String,
    pub change_amount: String,
    pub balance_after_change: String,
    pub revenue_expense_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_cycle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consume_time: Option<String>,
    pub account_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_service_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type_name: Option<String>,
}

/// `GET /v2/accounts/customer-accounts/expenditure-quota`: what may be spent, and was.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Quota {
    pub granting_amount: Decimal,
    pub granting_amount_used: Decimal,
    pub percentage_granting_amount_used: Decimal,
    pub measure_id: u16,
    pub currency: String,
}
