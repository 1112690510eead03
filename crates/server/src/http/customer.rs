//! `/v1`: what a customer can see and do on their own account. The same commands serve the operator.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use charging::{AccountId, ChargeId, Key, Name, OrderOutcome, SubscriptionMode, Timestamp};
use ledger::Live;
use ledger::read::{ChargeQuery, ReadError};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wire::error;

use super::error::Failure;
use super::extract::{Path, Query, page_limit};
use super::invalid::parse;
use super::routes::Routes;
use super::subject::{InPath, Subject};
use super::{Known, blocking, coupons, members, top_ups};
use crate::app::App;
use crate::auth::payer::Payer;
use crate::auth::rights::Need;
use crate::views;

/// Routes under `/v1` that have no like of the operator's, or another one. Each handler finds out who is calling
/// before anything else.
pub fn routes() -> Routes {
    Routes::under("/v1")
        .get(Need::Administrator, "/account", account)
        .get(Need::Administrator, "/charges/{charge_id}/explanation", explanation)
        .get(Need::Anybody, "/membership", members::own)
        .get(Need::Reader, "/subscriptions", subscriptions)
        .post(Need::Administrator, "/top-ups", top_ups::ask)
}

impl From<ReadError> for Failure {
    fn from(problem: ReadError) -> Failure {
        match problem {
            ReadError::UnknownAccount => Failure::of(error::PROJECT_UNAVAILABLE),
            ReadError::UnknownCursor | ReadError::TooMuch { .. } => {
                Failure::of(error::INVALID_PARAMETER).because(problem)
            }
            _ => {
                tracing::error!(%problem, "the read model cannot be read");
                Failure::of(error::BACKEND_UNAVAILABLE)
            }
        }
    }
}

type Answer = Result<Json<Value>, Failure>;

async fn account(State(app): State<Arc<App>>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    show(&app, known.caller.account, known.caller.account_name).await
}

/// See [`super::account`].
pub async fn packages(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    list_packages(&app, subject.account).await
}

async fn subscriptions(State(app): State<Arc<App>>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    let read =
        app.engine.read(known.caller.account, app.clock.now(), |live, _| views::subscriptions(live))?;
    Ok(Json(Value::Array(read.await?)))
}

/// See [`super::account`].
pub async fn charges(
    State(app): State<Arc<App>>,
    Query(page): Query<Page>,
    subject: Subject,
) -> Result<Response, Failure> {
    list_charges(app, subject.payer, page).await
}

async fn explanation(State(app): State<Arc<App>>, Path(charge): Path<String>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    if known.caller.payer()?.member.is_some() {
        // It would tell of the master's other packages.
        return Err(Failure::no_permission(
            error::NO_PERMISSION,
            "Ask the master account, whose books explain it.",
        ));
    }
    explain(app, Some(known.caller.account), charge).await
}

/// See [`super::account`].
pub async fn buy(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    buy_package(&app, subject.account, &subject.body).await
}

/// See [`super::account`].
pub async fn subscribe(
    State(app): State<Arc<App>>,
    InPath([region, api]): InPath<2>,
    subject: Subject,
) -> Answer {
    enable(&app, subject.account, (&region, &api), &subject.body).await
}

/// See [`super::account`].
pub async fn unsubscribe(
    State(app): State<Arc<App>>,
    InPath([region, api]): InPath<2>,
    subject: Subject,
) -> Answer {
    disable(&app, subject.account, (&region, &api)).await
}

/// Reads a name.
///
/// # Errors
/// AIS.0101.
pub fn name(text: &str) -> Result<Name, Failure> {
    Name::new(text).map_err(|problem| Failure::of(error::INVALID_PARAMETER).because(problem))
}

/// An idempotency key from the caller's text, apart for each kind of request, so that a key can never mean two
/// different things.
pub fn key(kind: &str, text: Option<&str>) -> Result<Option<Key>, Failure> {
    let Some(text) = text else { return Ok(None) };
    if text.is_empty() || text.len() > 255 {
        return Err(Failure::of(error::INVALID_PARAMETER).because("a key has 1 to 255 bytes"));
    }
    let hash = Sha256::digest(format!("{kind}\n{text}"));
    let first: [u8; 16] = hash.first_chunk().copied().unwrap_or_default();
    Ok(Some(Key(ChargeId(u128::from_be_bytes(first)))))
}

/// An account as it stands.
///
/// # Errors
/// Unknown account, or the journal has stopped.
pub async fn show(app: &App, account: AccountId, name: String) -> Answer {
    let rules = app.engine.rules();
    let view = |live: &Live, now: Timestamp| views::account(&name, live, now, rules.context());
    let read = app.engine.read(account, app.clock.now(), view)?;
    Ok(Json(read.await?))
}

/// An account's packages.
///
/// # Errors
/// Unknown account, or the journal has stopped.
pub async fn list_packages(app: &App, account: AccountId) -> Answer {
    let read = app.engine.read(account, app.clock.now(), views::lots)?;
    Ok(Json(Value::Array(read.await?)))
}

/// A page of charges.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    after: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    newest: bool,
}

/// A page of an account's charges (of a member, its own in its master's books), oldest first unless asked otherwise,
/// one JSON object per line.
///
/// # Errors
/// A cursor that is none, or the journal has stopped.
pub async fn list_charges(app: Arc<App>, payer: Payer, page: Page) -> Result<Response, Failure> {
    let after = page.after.as_deref().map(str::parse::<ChargeId>).transpose();
    let after = after.map_err(|problem| Failure::of(error::INVALID_PARAMETER).because(problem))?;
    let limit = page_limit(page.limit, 1_000, 10_000)?;
    let Payer { account, member } = payer;
    let zone = app.engine.read(account, app.clock.now(), |live, _| live.account.zone())?.await?;
    let rows = blocking(move || {
        let query = ChargeQuery { after, limit, newest_first: page.newest, ..ChargeQuery::default() };
        Ok(match member {
            None => app.read.charges(account, &query)?,
            Some(member) => app.read.charges_of_project(account, &member, &query)?,
        })
    });
    let lines: String = rows.await?.iter().map(|row| format!("{}\n", views::charge(row, zone))).collect();
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], lines).into_response())
}

/// Why a charge came from the pocket it came from. A charge of another account is not found.
///
/// # Errors
/// No such charge, or the journal has stopped.
pub async fn explain(app: Arc<App>, of: Option<AccountId>, charge: String) -> Answer {
    let not_found = || {
        let failure = Failure::of(error::INVALID_PARAMETER).because("there is no such charge");
        failure.with_cure(
            "unknown_charge",
            "Give the id of one of this account's charges, as their list has it.",
        )
    };
    let charge: ChargeId = charge.parse().map_err(|_| not_found())?;
    let explained = blocking(move || {
        let explained = ledger::explain::explain(&app.engine, &app.read, charge).map_err(|problem| {
            tracing::error!(%problem, "a charge cannot be explained");
            Failure::of(error::BACKEND_UNAVAILABLE)
        })?;
        let explained = explained.filter(|e| of.is_none_or(|account| e.charge.account == account));
        let settled = match &explained {
            Some(explained) if !explained.explanation.rated.is_empty() => {
                let hour = explained.before.zone().hour_start(explained.charge.at);
                app.read.settled_hour(explained.charge.account, hour)?
            }
            _ => None,
        };
        Ok(explained.map(|explained| {
            let catalog = &app.engine.rules().catalog;
            let rated = explained.explanation.rated.first();
            let price = rated.and_then(|r| {
                catalog.price_version(&explained.charge.api, r.price_version)?.tiers.get(usize::from(r.tier))
            });
            views::explanation(&explained, price.map(|tier| tier.unit_price.to_string()), settled.as_ref())
        }))
    });
    explained.await?.map(Json).ok_or_else(not_found)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Purchase {
    api: String,
    region: String,
    calls: u64,
    key: Option<String>,
    #[serde(default)]
    coupons: coupons::Choice,
}

/// Buys a package.
///
/// # Errors
/// The core's refusals.
pub async fn buy_package(app: &App, account: AccountId, body: &[u8]) -> Answer {
    let Purchase { api, region, calls, key: text, coupons } = parse(body)?;
    let (api, region) = (name(&api)?, name(&region)?);
    let key = key("package", text.as_deref())?;
    let (service, coupons) = ((&api, &region), coupons.into());
    let bought = app.engine.buy_package(account, service, calls, coupons, key, app.clock.now())?.await??;
    purchased(app, account, bought).await
}

/// A package that was bought or renewed, and what is left of the cash.
pub(super) async fn purchased(app: &App, account: AccountId, bought: OrderOutcome) -> Answer {
    let now_has = |live: &Live, at| (views::lots(live, at), live.account.available(&live.holds));
    let (lots, available) = app.engine.read(account, app.clock.now(), now_has)?.await?;
    let lot = lots.get(bought.lot.0 as usize).cloned().unwrap_or(Value::Null);
    Ok(Json(json!({ "lot": lot, "repeated": bought.repeated, "available": views::raw(available) })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enable {
    #[serde(default)]
    package_only: bool,
}

/// Enables an API in a region.
///
/// # Errors
/// The core's refusals.
pub async fn enable(app: &App, account: AccountId, (region, api): (&str, &str), body: &[u8]) -> Answer {
    let Enable { package_only } = parse(body)?;
    let (api, region) = (name(api)?, name(region)?);
    let mode = if package_only { SubscriptionMode::PackageOnly } else { SubscriptionMode::PayPerUse };
    app.engine.subscribe(account, (&api, &region), mode, app.clock.now())?.await??;
    Ok(Json(
        json!({ "api": api, "region": region, "mode": if package_only { "package_only" } else { "pay_per_use" } }),
    ))
}

/// Disables an API in a region.
///
/// # Errors
/// The core's refusals.
pub async fn disable(app: &App, account: AccountId, (region, api): (&str, &str)) -> Answer {
    let (api, region) = (name(api)?, name(region)?);
    app.engine.unsubscribe(account, (&api, &region), app.clock.now())?.await??;
    Ok(Json(json!({ "api": api, "region": region, "mode": null })))
}
