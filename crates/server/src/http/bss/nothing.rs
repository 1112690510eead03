//! Lists of what the books have no notion of: they are there, and empty, as for any account that has none.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use wire::bss::bandwidth::{ResourceUsage, ResourceUsageQuery, UsageSummary, UsageSummaryQuery};
use wire::bss::invoices::{Invoices, InvoicesQuery};

use super::{Answer, Asked, instant, month, only_own, page, wrong};
use crate::app::App;
use crate::http::extract::Path;

/// `GET /v1.0/{domain_id}/payments/intl-invoices`: bills are files, and no invoices are asked for.
pub async fn invoices(
    State(app): State<Arc<App>>,
    Path(domain_id): Path<String>,
    request: Request,
) -> Answer<Invoices> {
    let asked = Asked::read(&app, request).await?;
    only_own(&asked.owner, Some(&domain_id))?;
    let query: InvoicesQuery = asked.query()?;
    page(Some(query.offset), Some(query.limit), 1_000)?;
    let (from, to) =
        (instant("start_time", &Some(query.start_time))?, instant("end_time", &Some(query.end_time))?);
    if from > to {
        return Err(wrong("start_time must not be after end_time"));
    }
    Ok(Json(Invoices { count: 0, invoices: Vec::new() }))
}

/// `GET /v2/bills/customer-bills/resources/usage/details`: nothing is charged by its bandwidth.
pub async fn usage(State(app): State<Arc<App>>, request: Request) -> Answer<ResourceUsage> {
    let asked = Asked::read(&app, request).await?;
    let query: ResourceUsageQuery = asked.query()?;
    month("bill_cycle", &query.bill_cycle)?;
    page(query.offset, query.limit, 1_000)?;
    Ok(Json(ResourceUsage { total_count: 0, usage_info_list: Vec::new() }))
}

/// `GET /v2/bills/customer-bills/resources/usage/summary`: the same by resource.
pub async fn usage_summary(State(app): State<Arc<App>>, request: Request) -> Answer<UsageSummary> {
    let asked = Asked::read(&app, request).await?;
    let query: UsageSummaryQuery = asked.query()?;
    month("bill_cycle", &query.bill_cycle)?;
    page(query.offset, query.limit, 1_000)?;
    Ok(Json(UsageSummary { total_count: 0, summary_usage_info_list: Vec::new() }))
}
