//! Lists of what is sold and how it is counted ("Managing Products").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which rows of such a list.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ListQuery {
    pub service_type_code: Option<String>,
    pub resource_type_code: Option<String>,
    pub service_type_name: Option<String>,
    pub measure_type: Option<u8>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// `GET /v2/products/service-types`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ServiceTypes {
    pub total_count: usize,
    pub service_types: Vec<ServiceType>,
}

/// A service.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ServiceType {
    pub service_type_code: String,
    pub service_type_name: String,
    pub abbreviation: String,
}

/// `GET /v2/products/resource-types`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourceTypes {
    pub total_count: usize,
    pub resource_types: Vec<ResourceType>,
}

/// A kind of resource: an API.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourceType {
    pub resource_type_code: String,
    pub resource_type_name: String,
    pub resource_type_desc: String,
    pub service_type_code: String,
}

/// `GET /v2/products/service-resources`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ServiceResources {
    pub total_count: usize,
    pub infos: Vec<ServiceResource>,
}

/// A kind of resource of a service.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ServiceResource {
    /// The resource type.
    pub basic_info: ResourceInfo,
}

/// What a resource type is called.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourceInfo {
    pub resource_type_code: String,
    pub product_owner_service: String,
    pub name: String,
    pub description: String,
}

/// `GET /v2/products/usage-types`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct UsageTypes {
    pub total_count: usize,
    pub usage_types: Vec<UsageType>,
}

/// What is counted of a resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct UsageType {
    pub code: String,
    pub name: String,
    pub resource_type_code: String,
    pub service_type_code: String,
    pub resource_type_name: String,
    pub service_type_name: String,
}

/// `GET /v2/bases/measurements`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct MeasureUnits {
    pub measure_units: Vec<MeasureUnit>,
}

/// A unit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct MeasureUnit {
    pub measure_id: u16,
    pub measure_name: String,
    pub abbreviation: String,
    /// 1 currency, 2 duration, 4 quantity.
    pub measure_type: u8,
}

/// `GET /v2/bases/conversions`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Conversions {
    pub conversions: Vec<Conversion>,
}

/// How many of the one make one of the other.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Conversion {
    pub measure_id: u16,
    pub ref_measure_id: u16,
    pub conversion_ratio: u32,
    pub measure_type: u8,
}
