//! Adjustments: the operator corrects an account's cash, with a reason that stays in its history.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::Money;
use serde::Deserialize;
use serde_json::{Value, json};

use super::admin::{BODY_LIMIT_BYTES, find};
use super::body::read_body;
use super::customer::{key, show};
use super::error::Failure;
use super::extract::Path;
use super::invalid::parse;
use crate::app::App;
use crate::views::money;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Adjustment {
    amount: Money,
    reason: String,
    key: Option<String>,
}

/// `POST /v1/admin/accounts/{name}/adjustments`.
pub async fn adjust(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    request: Request,
) -> Result<Json<Value>, Failure> {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let Adjustment { amount, reason, key: text } = parse(&body)?;
    let (id, name) = find(&app, &account).await?;
    let key = key("adjustment", text.as_deref())?;
    let done = app.engine.adjust(id, amount, &reason, key, app.clock.now())?.await??;
    let Json(account) = show(&app, id, name).await?;
    let debt_paid = serde_json::to_value(money(done.debt_paid)).unwrap_or(Value::Null);
    Ok(Json(json!({ "repeated": done.repeated, "debt_paid": debt_paid, "account": account })))
}
