//! Invoices of the international site ("Querying Invoices").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `GET /v1.0/{domain_id}/payments/intl-invoices`: which, by the instants they were asked for at.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct InvoicesQuery {
    pub start_time: String,
    pub end_time: String,
    pub offset: i64,
    pub limit: i64,
}

/// Invoices. No account has any: bills are files.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct Invoices {
    pub count: usize,
    pub invoices: Vec<Invoice>,
}

/// An invoice.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub enum Invoice {}
