//! Orders ("Managing Yearly/Monthly Orders").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::coupons::UseLimit;
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
    /// 1 purchase, 2 renewal, 4 unsubscription, 10 to pay-per-use.
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
    /// 2 months, 3 years.
    pub period_type: u8,
    /// None of an unsubscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_num: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_time: Option<String>,
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

/// `PUT /v2/orders/customer-orders/cancel`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct CancelOrder {
    pub order_id: String,
}

/// `POST /v3/orders/customer-orders/pay`: which, and with what.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct PayOrder {
    pub order_id: String,
    /// `YES` or `NO`.
    pub use_coupon: String,
    /// `YES` or `NO`.
    pub use_discount: String,
    pub coupon_infos: Option<Vec<Chosen>>,
    pub discount_infos: Option<Vec<Chosen>>,
}

/// A coupon or discount that was chosen.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Chosen {
    pub id: String,
    /// Of a coupon: 300 a discount coupon, 301 a voucher, 302 a cash coupon, 303 a stored-value card.
    #[serde(rename = "type")]
    pub kind: u16,
}

/// `GET /v2/orders/customer-orders/order-coupons`: what may pay an order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OrderCoupons {
    pub count: usize,
    pub user_coupons: Vec<OrderCoupon>,
    pub coupon_max_use_quantity: Vec<MostCoupons>,
}

/// A coupon that may be used for an order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OrderCoupon {
    pub coupon_id: String,
    pub coupon_code: String,
    /// 2: to be used.
    pub status: u8,
    pub coupon_type: u8,
    pub measure_id: u16,
    pub face_value: Decimal,
    pub effective_time: String,
    pub expire_time: String,
    pub plan_name: String,
    pub plan_desc: String,
    pub use_limits: Vec<UseLimit>,
    pub active_time: String,
    pub create_time: String,
    pub coupon_version: u8,
    pub balance: Decimal,
    /// 0: of the cloud itself.
    pub coupon_group: u8,
}

/// How many coupons of a type an order takes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct MostCoupons {
    pub coupon_type: u8,
    pub coupon_group: u8,
    pub use_quantity_value: u8,
}

/// `GET /v2/orders/customer-orders/order-discounts`. What is taken off an order is a discount coupon's, so there are none.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OrderDiscounts {
    pub discounts: Vec<OrderDiscount>,
}

/// A discount.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub enum OrderDiscount {}

/// `GET /v2/orders/customer-orders/refund-orders`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct RefundsQuery {
    pub order_id: String,
    pub customer_id: Option<String>,
}

/// What was refunded, and what was withheld.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Refunds {
    pub total_count: usize,
    pub refund_infos: Vec<RefundInfo>,
}

/// One amount of a refund.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct RefundInfo {
    pub id: String,
    /// Negative what was refunded, positive what was used or taken as a fee.
    pub amount: Decimal,
    pub measure_id: String,
    pub customer_id: String,
    pub resource_type_code: String,
    pub service_type_code: String,
    pub resource_type_name: String,
    pub service_type_name: String,
    pub region_code: String,
    /// The order that is refunded.
    pub base_order_id: String,
}
