//! Spending caps: what pay-per-use may cost in a month, and how much of it is left.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{ALL_APIS, AccountId, Money, Name};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Known;
use super::admin::{BODY_LIMIT_BYTES, find};
use super::body::read_body;
use super::customer::{name, parse};
use super::error::Failure;
use super::extract::Path;
use crate::app::App;
use crate::views::commerce;

type Answer = Result<Json<Value>, Failure>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cap {
    monthly: Money,
}

/// `GET /v1/caps`.
pub async fn of_caller(State(app): State<Arc<App>>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    list(&app, known.caller.account).await
}

/// `PUT /v1/caps/{api}`.
pub async fn set_by_caller(State(app): State<Arc<App>>, Path(api): Path<String>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    set(&app, known.caller.account, &api, &known.body).await
}

/// `DELETE /v1/caps/{api}`.
pub async fn remove_by_caller(
    State(app): State<Arc<App>>,
    Path(api): Path<String>,
    request: Request,
) -> Answer {
    let known = Known::read(&app, request).await?;
    remove(&app, known.caller.account, &api).await
}

/// `GET /v1/admin/accounts/{name}/caps`.
pub async fn of_account(State(app): State<Arc<App>>, Path(account): Path<String>) -> Answer {
    let (id, _) = find(&app, &account).await?;
    list(&app, id).await
}

async fn set(app: &App, account: AccountId, api: &str, body: &[u8]) -> Answer {
    let Cap { monthly } = parse(body)?;
    let api = api_of(api)?;
    app.engine.set_spend_cap(account, api.as_ref(), monthly, app.clock.now())?.await??;
    list(app, account).await
}

/// `PUT /v1/admin/accounts/{name}/caps/{api}`.
pub async fn set_for_account(
    State(app): State<Arc<App>>,
    Path((account, api)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let (id, _) = find(&app, &account).await?;
    set(&app, id, &api, &body).await
}

/// `DELETE /v1/admin/accounts/{name}/caps/{api}`.
pub async fn remove_for_account(
    State(app): State<Arc<App>>,
    Path((account, api)): Path<(String, String)>,
) -> Answer {
    let (id, _) = find(&app, &account).await?;
    remove(&app, id, &api).await
}

async fn list(app: &App, account: AccountId) -> Answer {
    Ok(Json(app.engine.read(account, app.clock.now(), commerce::caps)?.await?))
}

async fn remove(app: &App, account: AccountId, api: &str) -> Answer {
    let api = api_of(api)?;
    app.engine.remove_spend_cap(account, api.as_ref(), app.clock.now())?.await??;
    Ok(Json(json!({ "api": api.map_or(ALL_APIS.to_owned(), |api| api.to_string()), "monthly": null })))
}

/// An API by name; `all` is the whole account.
fn api_of(text: &str) -> Result<Option<Name>, Failure> {
    if text == ALL_APIS { Ok(None) } else { name(text).map(Some) }
}
