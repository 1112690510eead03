//! What something would cost ("Querying the Price of a Pay-per-Use Product", "… of a Yearly/Monthly Product").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FailedResource;
use crate::number::Decimal;

/// `POST /v2/bills/ratings/on-demand-resources`: of what.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OnDemandQuery {
    pub project_id: String,
    pub inquiry_precision: Option<u8>,
    pub product_infos: Vec<OnDemandProduct>,
}

/// Usage of an API.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OnDemandProduct {
    pub id: String,
    pub cloud_service_type: String,
    pub resource_type: String,
    pub resource_spec: String,
    pub region: String,
    pub usage_factor: String,
    pub usage_value: serde_json::Number,
    pub usage_measure_id: u16,
    pub subscription_num: u32,
}

/// What usage would cost.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OnDemandRatings {
    pub amount: Decimal,
    pub discount_amount: Decimal,
    pub official_website_amount: Decimal,
    pub measure_id: u16,
    pub currency: String,
    pub product_rating_results: Vec<ProductRating>,
}

/// What one product would cost.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ProductRating {
    pub id: String,
    pub product_id: String,
    pub amount: Decimal,
    pub discount_amount: Decimal,
    pub official_website_amount: Decimal,
    pub measure_id: u16,
}

/// `POST /v2/bills/ratings/period-resources/subscribe-rate`: of what.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct PeriodQuery {
    pub project_id: String,
    pub product_infos: Vec<PeriodProduct>,
}

/// A package.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct PeriodProduct {
    pub id: String,
    pub cloud_service_type: String,
    pub resource_type: String,
    pub resource_spec: String,
    pub region: String,
    pub period_type: u8,
    pub period_num: u32,
    pub subscription_num: u32,
}

/// What packages would cost.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct PeriodRatings {
    pub official_website_rating_result: OfficialRating,
    pub optional_discount_rating_results: Vec<NoDiscount>,
    pub currency: String,
}

/// The list price.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OfficialRating {
    pub official_website_amount: Decimal,
    pub measure_id: u16,
    pub product_rating_results: Vec<OfficialProductRating>,
}

/// The list price of one product.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OfficialProductRating {
    pub id: String,
    pub product_id: String,
    pub official_website_amount: Decimal,
    pub measure_id: u16,
}

/// A discount of a contract; there are none, and coupons are chosen at the order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub enum NoDiscount {}

/// `POST /v2/bills/ratings/period-resources/renew-rate`: of what.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct RenewQuery {
    pub resource_ids: Vec<String>,
    pub period_type: u8,
    pub period_num: u32,
    pub include_relative_resources: Option<bool>,
}

/// What renewals would cost. Amounts are text here.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct RenewRatings {
    pub currency: String,
    pub renew_inquiry_results: Vec<RenewRating>,
    pub official_website_rating_result: RenewOfficial,
    pub optional_discount_rating_results: Vec<NoDiscount>,
    pub fail_resource_infos: Vec<FailedResource>,
}

/// What one renewal would cost.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct RenewRating {
    pub resource_id: String,
    pub amount: String,
}

/// What all of them would cost.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct RenewOfficial {
    pub official_website_amount: String,
}

/// `POST /v2/products/resource-specs-query`: of what.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct SpecsQuery {
    pub cloud_service_type: String,
    pub resource_type: String,
    pub region_code: String,
    pub charge_mode: String,
    pub marker: Option<String>,
    pub limit: Option<i64>,
}

/// What can be ordered.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Specs {
    pub page_info: Marker,
    pub cloud_service_basics: Vec<Spec>,
}

/// Where the next page begins.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Marker {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// One thing that can be ordered.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Spec {
    pub cloud_service_type: String,
    pub cloud_service_type_name: String,
    pub resource_type: String,
    pub resource_type_name: String,
    pub resource_spec: String,
    pub resource_spec_name: String,
    pub charge_mode: String,
    pub region_code: String,
}
