//! Coupons and stored-value cards ("Managing Coupons").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::number::Decimal;

/// `GET /v2/promotions/benefits/coupons`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct CouponsQuery {
    pub coupon_id: Option<String>,
    pub order_id: Option<String>,
    pub promotion_plan_id: Option<String>,
    pub coupon_type: Option<u8>,
    pub status: Option<u8>,
    pub active_start_time: Option<String>,
    pub active_end_time: Option<String>,
    pub source_id: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// Coupons.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Coupons {
    pub count: usize,
    pub user_coupons: Vec<Coupon>,
}

/// One coupon.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Coupon {
    pub coupon_id: String,
    pub coupon_code: String,
    /// 1 not active yet, 2 to be used, 3 used, 4 expired.
    pub status: u8,
    pub customer_id: String,
    /// 2 discount, 4 cash.
    pub coupon_type: u8,
    pub measure_id: u16,
    /// Of a discount: how much is taken off, in percent.
    pub face_value: Decimal,
    pub valid_time: String,
    pub expire_time: String,
    pub plan_name: String,
    pub plan_desc: String,
    /// 1: electronic.
    pub media_type: u8,
    /// 1: given by the operator.
    pub fetch_method: u8,
    pub use_limits: Vec<UseLimit>,
    pub active_time: String,
    pub create_time: String,
    pub coupon_version: u8,
    pub balance: Decimal,
    pub is_frozen: &'static str,
    pub currency: String,
}

/// What a coupon is restricted to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct UseLimit {
    pub use_limiti_info_id: String,
    pub limit_key: &'static str,
    pub value1: String,
    pub limit_type: &'static str,
}

/// `GET /v2/promotions/benefits/account-change-records`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct CouponChangesQuery {
    pub balance_type: String,
    pub revenue_expense_type: Option<String>,
    pub trade_type: Option<String>,
    pub trade_id: Option<String>,
    pub trade_time_begin: Option<String>,
    pub trade_time_end: Option<String>,
    pub coupon_id: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// What coupons came with, paid and lost.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct CouponChanges {
    pub total_count: usize,
    pub currency: String,
    pub records: Vec<CouponChange>,
}

/// One movement of a coupon. Amounts are text here.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct CouponChange {
    pub coupon_id: String,
    pub trade_detail_type: &'static str,
    pub trade_time: String,
    pub trade_id: String,
    pub change_amount: String,
    pub balance_after_change: String,
    pub revenue_expense_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_cycle: Option<String>,
    pub account_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_service_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type_name: Option<String>,
}

/// `GET /v2/promotions/benefits/stored-value-cards`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct CardsQuery {
    pub status: i64,
    pub card_id: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// Stored-value cards. No account has any: cash coupons do what they do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Cards {
    pub total_count: usize,
    pub stored_value_cards: Vec<Card>,
}

/// A stored-value card.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub enum Card {}
