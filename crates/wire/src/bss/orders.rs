//! Orders ("Managing Yearly/Monthly Orders").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::number::Decimal;

/// `GET /v2/orders/customer-orders`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OrdersQuery {
    pub order_id: Option<String>,
    pub customer_id: Option<String>,
    pub create_time_begin: Option<String>,
    pub create_time_end: Option<String>,
    pub service_type_code: Option<String>,
    pub status: Option<u8>,
    /// `1` or several, with commas.
    pub order_type: Option<String>,
    pub order_by: Option<String>,
    pub payment_time_begin: Option<String>,
    pub payment_time_end: Option<String>,
    pub method: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// Orders.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Orders {
    pub total_count: usize,
    pub order_infos: Vec<Order>,
}

/// One order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Order {
    pub order_id: String,
    pub customer_id: String,
    pub service_type_code: String,
    pub service_type_name: String,
    /// 1 by the customer, 8 by the system itself.
    pub source_type: u8,
    /// 4 cancelled, 5 completed, 6 pending payment.
    pub status: u8,
    /// 1 purchase, 2 renewal, 4 unsubscription.
    pub order_type: u8,
    pub amount_after_discount: Decimal,
    pub official_amount: Decimal,
    pub measure_id: u16,
    pub create_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_time: Option<String>,
    pub currency: String,
    pub amount_info: Amounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_payment_end_time: Option<String>,
}

/// What was taken off, and what coupons paid.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Amounts {
    pub discounts: Vec<Discount>,
    pub flexipurchase_coupon_amount: Decimal,
    pub coupon_amount: Decimal,
    pub stored_card_amount: Decimal,
    pub commission_amount: Decimal,
    pub consumed_amount: Decimal,
}

/// A discount.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Discount {
    /// 300: a discount coupon.
    pub discount_type: String,
    pub discount_amount: Decimal,
}

/// `GET /v2/orders/customer-orders/details/{order_id}`: which rows.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct DetailsQuery {
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// An order with its rows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OrderDetails {
    pub total_count: usize,
    pub order_info: Order,
    pub order_line_items: Vec<OrderLine>,
}

/// A row of an order: a package.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OrderLine {
    pub order_line_item_id: String,
    pub service_type_code: String,
    pub service_type_name: String,
    pub product_id: String,
    pub product_spec_desc: String,
    /// 3: years.
    pub period_type: u8,
    pub period_num: u8,
    pub effective_time: String,
    pub expire_time: String,
    pub subscription_num: u8,
    pub amount_after_discount: Decimal,
    pub official_amount: Decimal,
    pub amount_info: Amounts,
    pub currency: String,
    pub category_code: String,
    pub product_owner_service: String,
    pub commercial_resource: String,
    pub order_id: String,
}

/// A query that names an order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OfOrder {
    pub order_id: String,
}
