//! Resource packages: which there are, what is left, what was drawn ("Managing Resource Packages").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::number::Decimal;

/// `POST /v3/payments/free-resources/query`: which.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct PackagesQuery {
    pub region_code: Option<String>,
    pub order_id: Option<String>,
    pub product_id: Option<String>,
    pub product_name: Option<String>,
    pub enterprise_project_id: Option<String>,
    pub status: Option<u8>,
    pub service_type_code_list: Option<Vec<String>>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// Packages.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Packages {
    pub free_resource_packages: Vec<Package>,
    pub total_count: usize,
}

/// One package.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Package {
    pub order_instance_id: String,
    pub order_id: String,
    pub product_id: String,
    pub product_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise_project_id: Option<String>,
    /// 0 all enterprise projects, 1 the given one.
    pub enterprise_project_scope: u8,
    pub effective_time: String,
    pub expire_time: String,
    /// 0 not in effect yet, 1 in effect, 2 used up, 3 expired, 4 unsubscribed.
    pub status: u8,
    pub service_type_code: String,
    pub service_type_name: String,
    pub region_code: String,
    /// 0 bought, 1 given.
    pub source_type: u8,
    /// `ATOMIC_PKG`: for one thing only.
    pub bundle_type: &'static str,
    /// 2: the quota only goes down.
    pub quota_reuse_mode: u8,
    pub free_resources: Vec<Quota>,
}

/// What a package holds. Amounts are text here.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Quota {
    pub free_resource_id: String,
    pub usage_type_name: String,
    pub amount: String,
    pub original_amount: String,
    pub measure_id: u16,
}

/// `POST /v2/payments/free-resources/usages/details/query`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct UsagesQuery {
    pub free_resource_ids: Vec<String>,
}

/// What is left of packages.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Usages {
    pub free_resources: Vec<Usage>,
}

/// What is left of one package.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Usage {
    pub free_resource_id: String,
    pub free_resource_type_name: String,
    pub usage_type_name: String,
    pub start_time: String,
    pub end_time: String,
    pub amount: Decimal,
    pub original_amount: Decimal,
    pub measure_id: u16,
}

/// `GET /v2/bills/customer-bills/free-resources-usage-records`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct DrawsQuery {
    pub free_resource_id: Option<String>,
    pub product_id: Option<String>,
    pub resource_type_code: Option<String>,
    pub deduct_time_begin: String,
    pub deduct_time_end: String,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// What was drawn from packages.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Draws {
    pub free_resource_records: Vec<Draw>,
    pub total_count: usize,
}

/// What one hour drew from one package. Amounts are text here.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Draw {
    pub deduct_time: String,
    pub free_resource_id: String,
    pub resource_id: String,
    pub resource_type_code: String,
    pub resource_type_name: String,
    pub product_id: String,
    pub product_name: String,
    pub usage_type_code: String,
    /// Before it.
    pub available_amount: String,
    /// After it.
    pub remaining_amount: String,
    pub used_amount: String,
    pub measure_id: u16,
    pub effective_time: String,
    pub expire_time: String,
}
