//! `POST /v1/charges/batch`: many requests in one, made durable together. Each has its own answer, in their order; that
//! one is refused says nothing of the others.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use ledger::directory::GatewayRow;
use serde::{Deserialize, Serialize};
use wire::error;

use super::Gateway;
use crate::app::App;
use crate::http::blocking;
use crate::http::body::read_body;
use crate::http::error::Failure;
use crate::http::invalid::parse;
use crate::usecase::metering::{self, Answer, Decided, Item};

/// How many requests a batch has at most.
pub const ITEMS_LIMIT: usize = 1_000;
/// Its largest body: as much as so many of the longest, with every letter of their keys escaped.
pub const BODY_LIMIT_BYTES: usize = 2 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    items: Vec<Item>,
}

#[derive(Debug, Serialize)]
pub struct Answers {
    items: Vec<Answer>,
}

/// Answers a batch.
pub async fn batch(
    State(app): State<Arc<App>>,
    Gateway { row: gateway, .. }: Gateway,
    request: Request,
) -> Result<Json<Answers>, Failure> {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let items = items(&body)?;
    let _time_stands_still = app.clock.during_call().await;
    let mut answers = Vec::with_capacity(items.len());
    for decided in decide(app, gateway, items).await? {
        answers.push(decided.told().await);
    }
    Ok(Json(Answers { items: answers }))
}

/// The requests of a batch. What has no form at all is refused with the whole; what is refused for a reason, by itself.
///
/// # Errors
/// What is wrong with the batch.
pub fn items(body: &[u8]) -> Result<Vec<Item>, Failure> {
    let Batch { items } = parse(body)?;
    if items.is_empty() || items.len() > ITEMS_LIMIT {
        let detail = format!("a batch has 1 to {ITEMS_LIMIT} items");
        return Err(Failure::of(error::INVALID_PARAMETER).because(detail));
    }
    for (index, item) in items.iter().enumerate() {
        item.check().map_err(|detail| {
            Failure::of(error::INVALID_PARAMETER).because(format!("items[{index}]: {detail}"))
        })?;
    }
    Ok(items)
}

/// Decides on many requests, in their order.
pub(super) async fn decide(
    app: Arc<App>,
    gateway: Arc<GatewayRow>,
    items: Vec<Item>,
) -> Result<Vec<Decided>, Failure> {
    blocking(move || metering::decide(&app, &gateway, items)).await
}
