//! `/v1/quotes`: what an order would cost now. It is run on a copy of the account and changes nothing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;

use super::coupons::Choice;
use super::error::Failure;
use super::invalid::parse;
use super::orders::Wanted;
use super::subject::Subject;
use crate::app::App;
use crate::views::commerce;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    api: Option<String>,
    region: Option<String>,
    calls: Option<u64>,
    renews: Option<u32>,
    #[serde(default)]
    coupons: Choice,
}

/// `POST …/quotes`.
///
/// # Errors
/// What the order would be refused for, but for too little balance.
pub async fn post(State(app): State<Arc<App>>, subject: Subject) -> Result<Json<Value>, Failure> {
    let Asked { api, region, calls, renews, coupons } = parse(&subject.body)?;
    let wanted = Wanted::of((api.as_deref(), region.as_deref()), calls, renews)?;
    let read = app.engine.read(subject.account, app.clock.now(), |live, now| (live.account.clone(), now))?;
    let (account, now) = read.await?;
    let quote = account.quote(app.engine.rules().context(), wanted.order(), coupons.into(), now)?;
    Ok(Json(commerce::quote(&quote, &account)))
}
