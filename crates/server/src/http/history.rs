//! History: what was done to an account and what became of it, beside its charges, settled hours and notices.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;

use super::admin::find;
use super::blocking;
use super::error::Failure;
use super::extract::{Path, Query, page_limit};
use crate::app::App;
use crate::views::history::row;

const LIMIT: usize = 1_000;
const USUAL_LIMIT: usize = 100;

/// A page of history.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    before: Option<u64>,
    limit: Option<usize>,
}

/// `GET /v1/admin/accounts/{name}/history`: newest first.
///
/// # Errors
/// No such account, or a query that is none.
pub async fn of_account(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Failure> {
    let (id, _) = find(&app, &account).await?;
    let zone = app.engine.read(id, app.clock.now(), |live, _| live.account.zone())?.await?;
    let limit = page_limit(page.limit, USUAL_LIMIT, LIMIT)?;
    let rows = blocking(move || app.read.history(id, limit, page.before).map_err(Failure::from)).await?;
    Ok(Json(rows.iter().map(|found| row(found, zone)).collect()))
}
