//! Accounts of an enterprise whose calls another account of it pays for ("Managing Member Accounts"), and whether an
//! account was asked to prove who it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::number::Decimal;

/// `GET /v2/enterprises/multi-accounts/sub-customers`: which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct MembersQuery {
    pub sub_customer_account_name: Option<String>,
    pub sub_customer_display_name: Option<String>,
    /// 1: the names need only contain what is asked for.
    pub fuzzy_query: Option<u8>,
    pub org_id: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// The members of an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Members {
    pub total_count: usize,
    pub sub_customer_infos: Vec<Member>,
}

/// A member.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Member {
    pub id: String,
    pub name: String,
    pub display_name: String,
    /// 1 normal.
    pub status: u8,
}

/// `GET /v2/enterprises/multi-accounts/retrieve-amount`: of which member.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct RetrievableQuery {
    pub sub_customer_id: String,
    /// `BALANCE_TYPE_DEBIT`, or `BALANCE_TYPE_CREDIT`.
    pub balance_type: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

/// What a master may take back of a member's balance.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Retrievable {
    pub total_count: usize,
    pub amount_infos: Vec<RetrievableAmount>,
}

/// So much of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct RetrievableAmount {
    pub avail_retrieve_amount: Decimal,
    pub measure_id: u16,
    pub currency: String,
}

/// `GET /v2/customers/realname-auths/result`: whose.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct ReviewQuery {
    pub customer_id: String,
}

/// What came of it when an account proved who it is. There is a result only where that was asked for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Review {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_result: Option<u8>,
}
