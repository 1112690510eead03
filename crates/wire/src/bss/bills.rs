//! Bills: monthly sums, transaction bills, resource records, amortised cost ("Managing Bills", "Cost Management").
//!
//! Everywhere official amount = discount + truncated amount + consumed amount, and consumed amount = cash + credit +
//! coupons + debt.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::number::Decimal;

/// `bill_type`: what a row is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum BillType {
    /// A package was bought.
    Purchase = 1,
    /// A package was renewed.
    Renewal = 2,
    /// A package was given back.
    Refund = 4,
    /// An hour was used.
    Use = 5,
    /// A package was renewed by itself.
    AutoRenewal = 8,
    /// The operator gave something.
    Compensation = 9,
    /// The operator took something.
    Deduction = 16,
    /// A package was given back, and its calls go on at a price.
    RefundToPayPerUse = 24,
}

impl BillType {
    /// As it is written.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// `GET /v2/bills/customer-bills/monthly-sum`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct MonthlySumQuery {
    pub bill_cycle: String,
    pub service_type_code: Option<String>,
    pub enterprise_project_id: Option<String>,
    pub method: Option<String>,
    pub sub_customer_id: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// A month, summed up.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct MonthlySum {
    pub total_count: usize,
    pub bill_sums: Vec<BillSum>,
    pub consume_amount: Decimal,
    pub debt_amount: Decimal,
    pub coupon_amount: Decimal,
    pub flexipurchase_coupon_amount: Decimal,
    pub stored_value_card_amount: Decimal,
    pub cash_amount: Decimal,
    pub credit_amount: Decimal,
    pub writeoff_amount: Decimal,
    pub measure_id: u16,
    pub currency: String,
}

/// The month's sum of one kind of resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct BillSum {
    pub bill_cycle: String,
    pub resource_type_code: String,
    pub service_type_code: String,
    pub service_type_name: String,
    pub resource_type_name: String,
    pub charging_mode: u8,
    pub official_amount: Decimal,
    pub official_discount_amount: Decimal,
    pub truncated_amount: Decimal,
    pub consume_amount: Decimal,
    pub coupon_amount: Decimal,
    pub flexipurchase_coupon_amount: Decimal,
    pub stored_value_card_amount: Decimal,
    pub debt_amount: Decimal,
    pub writeoff_amount: Decimal,
    pub cash_amount: Decimal,
    pub credit_amount: Decimal,
    pub measure_id: u16,
    pub bill_type: u8,
    pub customer_id: String,
    pub account_name: String,
}

/// `GET /v2/bills/customer-bills/fee-records`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct FeeRecordsQuery {
    pub bill_cycle: String,
    pub provider_type: Option<i64>,
    pub service_type_code: Option<String>,
    pub resource_type_code: Option<String>,
    pub region_code: Option<String>,
    pub charging_mode: Option<u8>,
    pub bill_type: Option<u8>,
    pub trade_id: Option<String>,
    pub enterprise_project_id: Option<String>,
    pub include_zero_record: Option<bool>,
    pub status: Option<u8>,
    pub method: Option<String>,
    pub sub_customer_id: Option<String>,
    pub bill_date_begin: Option<String>,
    pub bill_date_end: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// The transaction bill.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct FeeRecords {
    pub total_count: usize,
    pub records: Vec<FeeRecord>,
    pub currency: String,
}

/// One transaction, for one kind of resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct FeeRecord {
    pub bill_cycle: String,
    pub customer_id: String,
    pub service_type_code: String,
    pub resource_type_code: String,
    pub service_type_name: String,
    pub resource_type_name: String,
    pub region_code: String,
    pub region_name: String,
    pub enterprise_project_id: String,
    pub enterprise_project_name: String,
    pub charging_mode: u8,
    pub consume_time: String,
    pub trade_time: String,
    /// 1: the operator of the cloud itself.
    pub provider_type: u8,
    pub trade_id: String,
    pub id: String,
    pub bill_type: u8,
    /// 1 paid, 2 not settled: something of it is owed.
    pub status: u8,
    pub official_amount: Decimal,
    pub official_discount_amount: Decimal,
    pub erase_amount: Decimal,
    pub consume_amount: Decimal,
    pub cash_amount: Decimal,
    pub credit_amount: Decimal,
    pub coupon_amount: Decimal,
    pub flexipurchase_coupon_amount: Decimal,
    pub stored_value_card_amount: Decimal,
    pub bonus_amount: Decimal,
    pub debt_amount: Decimal,
    pub writeoff_amount: Decimal,
    pub account_name: String,
}

/// `GET /v2/bills/customer-bills/res-fee-records`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourceFeesQuery {
    pub cycle: String,
    pub cloud_service_type: Option<String>,
    pub region: Option<String>,
    pub charge_mode: Option<String>,
    pub bill_type: Option<u8>,
    pub resource_id: Option<String>,
    pub enterprise_project_id: Option<String>,
    pub include_zero_record: Option<bool>,
    pub method: Option<String>,
    pub sub_customer_id: Option<String>,
    pub trade_id: Option<String>,
    pub bill_date_begin: Option<String>,
    pub bill_date_end: Option<String>,
    /// 1 by cycle, 2 by day, 3 in detail.
    pub statistic_type: Option<u8>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// Consumption by resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourceFees {
    pub fee_records: Vec<ResourceFee>,
    pub total_count: usize,
    pub currency: String,
}

/// What one resource cost.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourceFee {
    pub bill_date: String,
    pub bill_type: u8,
    pub customer_id: String,
    pub region: String,
    pub region_name: String,
    pub cloud_service_type: String,
    pub resource_type: String,
    pub cloud_service_type_name: String,
    pub resource_type_name: String,
    pub effective_time: String,
    pub expire_time: String,
    pub resource_id: String,
    pub resource_name: String,
    pub product_id: String,
    pub product_name: String,
    pub product_spec_desc: String,
    pub trade_id: String,
    pub id: String,
    pub trade_time: String,
    pub enterprise_project_id: String,
    pub enterprise_project_name: String,
    pub charge_mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    pub period_type: String,
    pub usage_type: String,
    /// Calls that were charged; a package's row has the calls it holds.
    pub usage: Decimal,
    pub usage_measure_id: u16,
    /// Calls that packages met.
    pub free_resource_usage: Decimal,
    pub free_resource_measure_id: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    pub unit: String,
    pub official_amount: Decimal,
    pub discount_amount: Decimal,
    pub amount: Decimal,
    pub cash_amount: Decimal,
    pub credit_amount: Decimal,
    pub coupon_amount: Decimal,
    pub flexipurchase_coupon_amount: Decimal,
    pub stored_card_amount: Decimal,
    pub bonus_amount: Decimal,
    pub debt_amount: Decimal,
    pub adjustment_amount: Decimal,
    pub measure_id: u16,
    pub formula: String,
    pub consume_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative_order_id: Option<String>,
    pub account_name: String,
}

/// `POST /v2/bills/customer-bills/res-records/query`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourceRecordsQuery {
    pub cycle: Option<String>,
    pub cloud_service_type: Option<String>,
    pub resource_type: Option<String>,
    pub region: Option<String>,
    pub res_instance_id: Option<String>,
    pub charge_mode: Option<u8>,
    pub bill_type: Option<u8>,
    pub enterprise_project_id: Option<String>,
    pub include_zero_record: Option<bool>,
    pub method: Option<String>,
    pub sub_customer_id: Option<String>,
    pub statistic_type: Option<u8>,
    pub query_type: Option<String>,
    pub bill_cycle_begin: Option<String>,
    pub bill_cycle_end: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// The detailed bill by resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourceRecords {
    pub monthly_records: Vec<ResourceRecord>,
    pub total_count: usize,
    pub currency: String,
}

/// What one resource cost.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourceRecord {
    pub cycle: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_date: Option<String>,
    pub bill_type: u8,
    pub customer_id: String,
    pub region: String,
    pub region_name: String,
    pub cloud_service_type: String,
    /// With a capital, as published.
    #[serde(rename = "resource_Type_code")]
    pub resource_type_code: String,
    pub cloud_service_type_name: String,
    pub resource_type_name: String,
    pub res_instance_id: String,
    pub resource_name: String,
    pub enterprise_project_id: String,
    pub enterprise_project_name: String,
    pub charge_mode: u8,
    pub consume_amount: Decimal,
    pub cash_amount: Decimal,
    pub credit_amount: Decimal,
    pub coupon_amount: Decimal,
    pub flexipurchase_coupon_amount: Decimal,
    pub stored_card_amount: Decimal,
    pub bonus_amount: Decimal,
    pub debt_amount: Decimal,
    pub adjustment_amount: Decimal,
    pub official_amount: Decimal,
    pub discount_amount: Decimal,
    pub measure_id: u16,
    pub period_type: u8,
    pub trade_id: String,
    pub id: String,
    pub product_spec_desc: String,
    pub payer_account_id: String,
    pub effective_time: String,
    pub expire_time: String,
    pub consume_time: String,
    pub account_name: String,
}

/// `GET /v2/costs/cost-analysed-bills/monthly-breakdown`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct BreakdownQuery {
    pub shared_month: String,
    pub service_type_code: Option<String>,
    pub resource_type_code: Option<String>,
    pub region_code: Option<String>,
    pub charging_mode: Option<u8>,
    pub bill_type: Option<u8>,
    pub resource_id: Option<String>,
    pub enterprise_project_id: Option<String>,
    pub method: Option<String>,
    pub sub_customer_id: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// A month's cost, packages spread over the months they are valid in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Breakdown {
    pub currency: String,
    pub total_count: usize,
    pub details: Vec<BreakdownDetail>,
}

/// One resource's share.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct BreakdownDetail {
    pub shared_month: String,
    pub bill_cycle: String,
    pub bill_type: u8,
    pub customer_id: String,
    pub region_code: String,
    pub region_name: String,
    pub service_type_code: String,
    pub resource_type_code: String,
    pub service_type_name: String,
    pub resource_type_name: String,
    pub effective_time: String,
    pub expire_time: String,
    pub resource_id: String,
    pub resource_name: String,
    pub product_spec_desc: String,
    pub enterprise_project_id: String,
    pub enterprise_project_name: String,
    pub charging_mode: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    pub period_type: u8,
    pub usage_type: String,
    pub usage: Decimal,
    pub usage_measure_id: u16,
    pub consume_amount: Decimal,
    pub past_months_amortized_amount: Decimal,
    pub current_month_amortized_amount: Decimal,
    pub future_months_amortized_amount: Decimal,
    pub amortized_cash_amount: Decimal,
    pub amortized_credit_amount: Decimal,
    pub amortized_coupon_amount: Decimal,
    pub amortized_flexipurchase_coupon_amount: Decimal,
    pub amortized_stored_value_card_amount: Decimal,
    pub amortized_bonus_amount: Decimal,
}
