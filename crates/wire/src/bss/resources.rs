//! Yearly/monthly resources, which are packages here ("Managing Yearly/Monthly Resources").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FailedResource;

/// `POST /v2/orders/suscriptions/resources/query` (spelt as published): which.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ResourcesQuery {
    pub resource_ids: Option<Vec<String>>,
    pub order_id: Option<String>,
    pub only_main_resource: Option<u8>,
    pub status_list: Option<Vec<u8>>,
    pub expire_time_begin: Option<String>,
    pub expire_time_end: Option<String>,
    pub service_type_code: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// Resources.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Resources {
    pub data: Vec<Resource>,
    pub total_count: usize,
}

/// One resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Resource {
    pub id: String,
    pub resource_id: String,
    pub resource_name: String,
    pub region_code: String,
    pub service_type_code: String,
    pub resource_type_code: String,
    pub resource_type_name: String,
    pub service_type_name: String,
    pub resource_spec_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    pub product_id: String,
    pub is_main_resource: u8,
    /// 2 in use, 3 closed, 4 frozen, 5 expired.
    pub status: u8,
    pub effective_time: String,
    pub expire_time: String,
    /// 0 grace, 1 pay-per-use, 3 renewal by itself, 4 no further charges.
    pub expire_policy: u8,
    pub product_spec_desc: String,
    pub update_time: String,
    pub enterprise_project: EnterpriseProject,
}

/// An enterprise project.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct EnterpriseProject {
    pub id: String,
    pub name: String,
}

/// `POST /v2/orders/subscriptions/resources/renew`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Renew {
    pub resource_ids: Vec<String>,
    pub period_type: u8,
    pub period_num: u32,
    pub is_auto_pay: Option<u8>,
}

/// What orders came of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct OrdersMade {
    pub order_ids: Vec<String>,
    pub fail_resource_infos: Vec<FailedResource>,
}

/// `POST /v2/orders/subscriptions/resources/autorenew/{resource_id}`: how.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct AutoRenew {
    pub auto_renew_times: Option<u32>,
    pub period_type: Option<String>,
}

/// `POST /v2/orders/subscriptions/resources/renew/config`: what.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct RenewConfig {
    /// `DEDUCTION_DATE` or `EXPIRE_DATE`.
    pub config_name: String,
    pub config_value: String,
}

/// `POST /v2/orders/subscriptions/resources/to-on-demand`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ToOnDemand {
    /// `SET_UP` or `CANCEL`.
    pub operation: String,
    pub resource_ids: Vec<String>,
}

/// What did not work.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct NotDone {
    pub error_details: Vec<ErrorDetail>,
}

/// What did not work with one resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ErrorDetail {
    pub error_code: String,
    pub error_msg: String,
    pub id: String,
}

/// `POST /v2/orders/subscriptions/resources/unsubscribe`: which, and what of them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Unsubscribe {
    pub resource_ids: Vec<String>,
    /// 1 the resource and its renewed periods, 2 only these.
    pub unsubscribe_type: u8,
    pub unsubscribe_reason_type: Option<u8>,
    pub unsubscribe_reason: Option<String>,
}

/// `POST /v2/orders/subscriptions/resources/to-on-demand/instantly`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ToOnDemandInstantly {
    pub resource_ids: Vec<String>,
}

/// What became of each.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ToOnDemandResults {
    pub to_ondemand_service_results: Vec<ToOnDemandResult>,
}

/// What became of one resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ToOnDemandResult {
    pub resource_id: String,
    /// `SUCCESS` or `FAIL`.
    pub result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_msg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
}
