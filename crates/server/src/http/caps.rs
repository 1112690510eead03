//! Spending caps: what pay-per-use may cost in a month, and how much of it is left.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use charging::{ALL_APIS, AccountId, Money, Name};
use serde::Deserialize;
use serde_json::{Value, json};

use super::customer::name;
use super::error::Failure;
use super::invalid::parse;
use super::subject::{InPath, Subject};
use crate::app::App;
use crate::views::commerce;

type Answer = Result<Json<Value>, Failure>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cap {
    monthly: Money,
}

/// `GET …/caps`.
pub async fn get(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    list(&app, subject.account).await
}

/// `PUT …/caps/{api}`.
pub async fn put(State(app): State<Arc<App>>, InPath([api]): InPath<1>, subject: Subject) -> Answer {
    set(&app, subject.account, &api, &subject.body).await
}

/// `DELETE …/caps/{api}`.
pub async fn delete(State(app): State<Arc<App>>, InPath([api]): InPath<1>, subject: Subject) -> Answer {
    remove(&app, subject.account, &api).await
}

async fn set(app: &App, account: AccountId, api: &str, body: &[u8]) -> Answer {
    let Cap { monthly } = parse(body)?;
    let api = api_of(api)?;
    app.engine.set_spend_cap(account, api.as_ref(), monthly, app.clock.now())?.await??;
    list(app, account).await
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
