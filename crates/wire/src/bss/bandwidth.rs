//! What resources used that are charged by the 95th percentile of their bandwidth ("Querying 95th Percentile Bandwidth
//! Usage").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `GET /v2/bills/customer-bills/resources/usage/details`: of which resource.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourceUsageQuery {
    pub bill_cycle: String,
    pub service_type_code: String,
    pub resource_type_code: String,
    pub usage_type: String,
    pub resource_id: String,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// `GET /v2/bills/customer-bills/resources/usage/summary`: of which resources.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct UsageSummaryQuery {
    pub bill_cycle: String,
    pub service_type_code: String,
    pub resource_type_code: String,
    pub usage_type: String,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// Every five minutes of a resource. No resource is charged by its bandwidth.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourceUsage {
    pub total_count: usize,
    pub usage_info_list: Vec<FiveMinutes>,
}

/// What a resource used in five minutes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub enum FiveMinutes {}

/// The months of resources. No resource is charged by its bandwidth.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct UsageSummary {
    pub total_count: usize,
    pub summary_usage_info_list: Vec<MonthOfResource>,
}

/// What a resource used in a month.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub enum MonthOfResource {}
