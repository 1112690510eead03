//! Cost analysis ("Querying Cost Analysis Data").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `POST /v4/costs/cost-analysed-bills/query`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct CostsQuery {
    pub time_condition: TimeCondition,
    pub groupby: Vec<GroupBy>,
    /// `ORIGINAL_COST` or `AMORTIZED_COST`.
    pub cost_type: String,
    /// `PAYMENT_AMOUNT` with what coupons paid, `NET_AMOUNT` without.
    pub amount_type: String,
    #[serde(default)]
    pub filters: Vec<Filter>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// From when to when, both included.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct TimeCondition {
    /// 1 by day, 2 by month.
    pub time_measure_id: u8,
    pub begin_time: String,
    pub end_time: String,
}

/// By what costs are put together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct GroupBy {
    #[serde(rename = "type")]
    pub kind: String,
    pub key: String,
}

/// Which costs count.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Filter {
    /// 0 only these, 1 all but these.
    #[serde(default)]
    pub operator: u8,
    pub filter_factor: Factor,
}

/// A dimension and values of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Factor {
    pub key: String,
    pub value: Vec<String>,
}

/// Costs. Amounts are text here.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Costs {
    pub currency: String,
    pub total_count: usize,
    pub cost_data: Vec<CostData>,
}

/// The costs of one combination of dimensions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct CostData {
    pub dimensions: Vec<Dimension>,
    pub costs: Vec<Cost>,
    pub amount_by_costs: String,
    pub official_amount_by_costs: String,
}

/// A dimension and its value.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Dimension {
    pub key: String,
    pub value: String,
}

/// The costs of one day or month.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Cost {
    pub time_dimension_value: String,
    pub time_measure_id: u8,
    pub amount: String,
    pub official_amount: String,
}
