//! Renewals: another period for a package, and what happens when one ends.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{AccountId, LotNo, RENEWAL_DAYS, RenewalMode};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::Known;
use super::admin::{BODY_LIMIT_BYTES, find};
use super::body::read_body;
use super::coupons::Choice;
use super::customer::{key, parse};
use super::error::Failure;
use super::extract::Path;
use crate::app::App;
use crate::views::{self, commerce};

type Answer = Result<Json<Value>, Failure>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Renew {
    key: Option<String>,
    #[serde(default)]
    coupons: Choice,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Renewal {
    mode: RenewalMode,
    #[serde(default = "default_days")]
    days_before: u8,
}

fn default_days() -> u8 {
    RENEWAL_DAYS
}

/// `POST /v1/packages/{lot}/renew`.
pub async fn renew_by_caller(
    State(app): State<Arc<App>>,
    Path(lot): Path<String>,
    request: Request,
) -> Answer {
    let known = Known::read(&app, request).await?;
    renew(&app, known.caller.account, &lot, &known.body).await
}

/// `PUT /v1/packages/{lot}/renewal`.
pub async fn set_by_caller(State(app): State<Arc<App>>, Path(lot): Path<String>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    set(&app, known.caller.account, &lot, &known.body).await
}

/// `POST /v1/admin/accounts/{name}/packages/{lot}/renew`.
pub async fn renew_for_account(
    State(app): State<Arc<App>>,
    Path((account, lot)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let (id, _) = find(&app, &account).await?;
    renew(&app, id, &lot, &body).await
}

/// `PUT /v1/admin/accounts/{name}/packages/{lot}/renewal`.
pub async fn set_for_account(
    State(app): State<Arc<App>>,
    Path((account, lot)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let (id, _) = find(&app, &account).await?;
    set(&app, id, &lot, &body).await
}

async fn renew(app: &App, account: AccountId, lot: &str, body: &[u8]) -> Answer {
    let Renew { key: text, coupons } = parse(body)?;
    let lot = lot_no(lot)?;
    // A key is for one package: used for another it is a conflict in the core.
    let key = key("renewal", text.as_deref())?;
    let renewed = app.engine.renew(account, lot, coupons.into(), key, app.clock.now())?.await??;
    let lots = app.engine.read(account, app.clock.now(), views::lots)?.await?;
    let lot = lots.get(renewed.lot.0 as usize).cloned().unwrap_or(Value::Null);
    Ok(Json(json!({ "lot": lot, "repeated": renewed.repeated })))
}

async fn set(app: &App, account: AccountId, lot: &str, body: &[u8]) -> Answer {
    let Renewal { mode, days_before } = parse(body)?;
    let lot = lot_no(lot)?;
    app.engine.set_renewal(account, lot, mode, days_before, app.clock.now())?.await??;
    let view = app.engine.read(account, app.clock.now(), |live, _| commerce::renewal(live, lot))?;
    let mut view = view.await?;
    view["lot"] = json!(lot);
    Ok(Json(view))
}

fn lot_no(text: &str) -> Result<LotNo, Failure> {
    let no = text.parse().map(LotNo);
    no.map_err(|_| Failure::of(error::INVALID_PARAMETER).because("a package is named by its number"))
}
