//! `POST /v1/charges/batch`: many requests in one, made durable together. Each has its own answer, in their order; that
//! one is refused says nothing of the others.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use ledger::directory::GatewayRow;
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::Gateway;
use crate::app::App;
use crate::http::blocking;
use crate::http::body::read_body;
use crate::http::error::Failure;
use crate::http::invalid::parse;
use crate::usecase::metering::{self, Accounts, Decided, Item};

/// How many requests a batch has at most.
pub const ITEMS_LIMIT: usize = 1_000;
/// Its largest body: as much as so many of the longest.
const BODY_LIMIT_BYTES: usize = 1 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    items: Vec<Item>,
}

/// Answers a batch.
pub async fn batch(
    State(app): State<Arc<App>>,
    Gateway(gateway): Gateway,
    request: Request,
) -> Result<Json<Value>, Failure> {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let Batch { items } = parse(&body)?;
    if items.is_empty() || items.len() > ITEMS_LIMIT {
        let detail = format!("a batch has 1 to {ITEMS_LIMIT} items");
        return Err(Failure::of(error::INVALID_PARAMETER).because(detail));
    }
    // What has no form at all is refused with the whole; what is refused for a reason, by itself.
    for (index, item) in items.iter().enumerate() {
        item.check().map_err(|detail| {
            Failure::of(error::INVALID_PARAMETER).because(format!("items[{index}]: {detail}"))
        })?;
    }
    let _time_stands_still = app.clock.during_call().await;
    let mut answers = Vec::with_capacity(items.len());
    for decided in decide(app, gateway, items.into_iter().map(Ok).collect()).await? {
        answers.push(told(decided).await);
    }
    Ok(Json(json!({ "items": answers })))
}

/// Decides on many requests, in their order.
pub(super) async fn decide(
    app: Arc<App>,
    gateway: Arc<GatewayRow>,
    items: Vec<Result<Item, Failure>>,
) -> Result<Vec<Result<Decided, Failure>>, Failure> {
    blocking(move || {
        let mut accounts = Accounts::default();
        let mut decide = |item| metering::decide(&app, &gateway, &mut accounts, item);
        Ok(items.into_iter().map(|item| item.and_then(&mut decide)).collect())
    })
    .await
}

/// The answer to one of many, be it a failure.
pub(super) async fn told(decided: Result<Decided, Failure>) -> Value {
    let answered = match decided {
        Ok(decided) => decided.answer().await,
        Err(failure) => Err(failure),
    };
    answered.unwrap_or_else(
        |failure| json!({ "state": "failed", "status": failure.status(), "error": failure.body() }),
    )
}
