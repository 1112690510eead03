//! `/v1/admin`: the operator's commands. Every route needs the operator's token, or a session that began with it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, Method};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::{Extension, Json, Router};
use charging::{AccountId, Money, Name, NewLot, Source, Tier, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::audit::{self, About, Actor};
use super::body::read_body;
use super::catalog;
use super::customer::{self, key, name};
use super::error::Failure;
use super::extract::Path;
use super::invalid::parse;
use super::routes::Routes;
use super::subject::ByOperator;
use super::{
    account, adjustments, bills, blocking, coupons, deliveries, enterprise_projects, gateways, history,
    members, recipients,
};
use crate::advance;
use crate::app::App;
use crate::auth::rights::Need;
use crate::auth::session;
use crate::clock::{ClockMode, LONGEST_MS, system_now_ms};
use crate::cluster::Proven;

/// The largest body of an operator's request.
pub const BODY_LIMIT_BYTES: usize = 64 * 1024;

/// Routes under `/v1/admin`.
pub fn routes() -> Routes {
    Routes::under("/v1/admin")
        .get(Need::Operator, "/accounts", list_accounts)
        .post(Need::Operator, "/accounts", create_account)
        .get(Need::Operator, "/accounts/{name}", show_account)
        .post(Need::Operator, "/accounts/{name}/top-ups", top_up)
        .get(Need::Operator, "/accounts/{name}/history", history::of_account)
        .post(Need::Operator, "/accounts/{name}/grants", grant)
        .get(Need::Operator, "/accounts/{name}/bills/{month}/check", bills::check_of)
        .post(Need::Operator, "/accounts/{name}/adjustments", adjustments::adjust)
        .post(Need::Operator, "/accounts/{name}/coupons", coupons::give)
        .post(Need::Operator, "/accounts/{name}/members", members::add)
        .delete(Need::Operator, "/accounts/{name}/members/{member}", members::remove)
        .get(Need::Operator, "/charges/{charge_id}/explanation", explanation)
        .get(Need::Operator, "/audit", audit::list)
        .get(Need::Operator, "/catalog", catalog::show_all)
        .get(Need::Operator, "/clock", show_clock)
        .post(Need::Operator, "/clock", advance_clock)
        .get(Need::Operator, "/journal", show_journal)
        .post(Need::Operator, "/notify/test", recipients::test_any)
        .get(Need::Operator, "/outbox", deliveries::outbox)
        .post(Need::Operator, "/outbox/retry", deliveries::retry)
        .and(gateways::routes())
        .and(account::routes("/v1/admin", "/accounts/{name}"))
}

/// The same, shut to all but the operator.
pub fn router(app: Arc<App>) -> Router<Arc<App>> {
    routes().into_router().layer(middleware::from_fn_with_state(app, operator_only))
}

/// Lets only the operator through.
async fn operator_only(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let known = known(request.extensions()).cloned();
    let actor = known.map_or_else(|| prove(&app, request.method(), request.headers()), Ok)?;
    request.extensions_mut().insert(ByOperator);
    let mut response = next.run(request).await;
    response.extensions_mut().insert(actor);
    Ok(response)
}

/// Who the node that let the request in has proved to be the operator, if it has.
pub(super) fn known(extensions: &Extensions) -> Option<&Actor> {
    match extensions.get() {
        Some(Proven::Operator(actor)) => Some(actor),
        _ => None,
    }
}

/// Sees to it that it is the operator who asks: by the token, or by a session that began with it. Answers by which.
///
/// # Errors
/// APIG.0301, or APIG.0306 for a session's request that may be forged.
pub fn prove(app: &App, method: &Method, headers: &HeaderMap) -> Result<Actor, Failure> {
    proven(app, method, headers).inspect_err(|_| app.counted.operator_refused())
}

fn proven(app: &App, method: &Method, headers: &HeaderMap) -> Result<Actor, Failure> {
    let header = headers.get("authorization").and_then(|value| value.to_str().ok());
    if header.is_none() && session::cookie(headers, session::Kind::Operator.cookie()).is_some() {
        let session = app.auth.proven_session(session::Kind::Operator, method, headers, system_now_ms())?;
        return Ok(Actor::with_session(&session.hash));
    }
    let token = bearer(headers).and_then(|token| app.auth.operator.matching(token));
    token.map(|hash| Actor::with_token(&hash)).ok_or_else(not_the_operator)
}

/// What is said to everybody else.
pub fn not_the_operator() -> Failure {
    Failure::of(error::AUTHENTICATION).saying("This needs the operator's token (DATA/operator.token).")
}

/// The token that a request shows.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get("authorization")?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

type Answer = Result<Json<Value>, Failure>;

/// The account of a name, and the name.
///
/// # Errors
/// AIS.0101 if there is none.
pub(super) async fn find(app: &Arc<App>, name: &str) -> Result<(AccountId, String), Failure> {
    let row = app.auth.directory.account_by_name(name)?;
    let row = row.ok_or_else(|| {
        let failure = Failure::of(error::INVALID_PARAMETER).saying(format!("There is no account {name:?}."));
        failure.with_cure(
            "unknown_account",
            "Give the name of an account that is there (inkmeter account list).",
        )
    })?;
    let id = row.account_id.parse().map_err(|_| Failure::of(error::BACKEND_UNAVAILABLE))?;
    Ok((id, row.name))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    name: String,
    tier: Option<Tier>,
    policy: Option<Name>,
    /// An account that has it near: only such ones can be members of each other.
    beside: Option<String>,
}

async fn create_account(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<(Extension<About>, Json<Value>), Failure> {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let new: NewAccount = parse(&body)?;
    if let Some(beside) = &new.beside {
        find(&app, beside).await?;
    }
    let turn = app.hashing.turn(None).await?;
    let created = blocking(move || {
        let _turn = turn;
        let defaults = &app.config.accounts;
        let tier = new.tier.unwrap_or(defaults.tier);
        let policy = new.policy.unwrap_or_else(|| defaults.policy.clone());
        Ok(app.create_account(&new.name, tier, &policy)?)
    });
    let created = created.await?;
    let about = Extension(About(created.name.clone()));
    let created = serde_json::to_value(created).map_err(|_| Failure::of(error::BACKEND_UNAVAILABLE))?;
    Ok((about, Json(created)))
}

async fn list_accounts(State(app): State<Arc<App>>) -> Answer {
    let mut accounts = Vec::new();
    for row in app.auth.directory.accounts()? {
        let Ok(id) = row.account_id.parse::<AccountId>() else { continue };
        let read = app.engine.read(id, app.clock.now(), |live, _| {
            let account = &live.account;
            json!({
                "standing": account.standing().word(),
                "charges": account.charges(),
                "opened_at": account.opened_at().in_zone(account.zone()),
            })
        })?;
        let mut view = read.await?;
        view["account_id"] = json!(row.account_id);
        view["name"] = json!(row.name);
        accounts.push(view);
    }
    Ok(Json(Value::Array(accounts)))
}

async fn show_account(State(app): State<Arc<App>>, Path(account): Path<String>) -> Answer {
    let (id, name) = find(&app, &account).await?;
    let projects = app.auth.directory.projects(&id.to_string())?;
    let Json(mut view) = customer::show(&app, id, name).await?;
    view["projects"] = projects
        .into_iter()
        .map(|p| (p.region, Value::String(p.project_id)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    view["master"] = app.auth.directory.master_of(&id.to_string())?.map(|row| row.name).into();
    Ok(Json(view))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopUp {
    amount: Money,
    key: Option<String>,
}

async fn top_up(State(app): State<Arc<App>>, Path(account): Path<String>, request: Request) -> Answer {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let TopUp { amount, key: text } = parse(&body)?;
    let (id, name) = find(&app, &account).await?;
    let key = key("top-up", text.as_deref())?;
    let done = app.engine.top_up(id, amount, key, app.clock.now())?.await??;
    let Json(account) = customer::show(&app, id, name).await?;
    let debt_paid = serde_json::to_value(crate::views::money(done.debt_paid)).unwrap_or(Value::Null);
    Ok(Json(json!({ "repeated": done.repeated, "debt_paid": debt_paid, "account": account })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    api: String,
    region: String,
    source: Source,
    calls: u64,
    expires_at: Timestamp,
    effective_at: Option<Timestamp>,
    enterprise_project: Option<Name>,
    #[serde(default)]
    price: Money,
    key: Option<String>,
}

async fn grant(State(app): State<Arc<App>>, Path(account): Path<String>, request: Request) -> Answer {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let grant: Grant = parse(&body)?;
    let (id, _) = find(&app, &account).await?;
    let key = key("grant", grant.key.as_deref())?;
    let lot = NewLot {
        api: name(&grant.api)?,
        region: name(&grant.region)?,
        source: grant.source,
        units: grant.calls,
        effective_at: grant.effective_at.unwrap_or(Timestamp::EPOCH),
        expires_at: grant.expires_at,
        enterprise_project: enterprise_projects::known(&app, id, grant.enterprise_project)?,
        price: grant.price,
    };
    let granted = app.engine.grant_lot(id, lot, key, app.clock.now())?.await??;
    Ok(Json(json!({ "lot": granted.lot, "repeated": granted.repeated })))
}

async fn explanation(State(app): State<Arc<App>>, Path(charge): Path<String>) -> Answer {
    customer::explain(app, None, charge).await
}

/// What time it is, and what time it is in the books if these are ahead: they never go back, so played forward and then
/// opened with a clock that is behind, they stay where they were.
fn clock_view(app: &App) -> Json<Value> {
    // In this order: what another call does in between is no lead.
    let (latest, now) = (app.engine.latest(), app.clock.now());
    let books = Some(latest).filter(|books| *books > now);
    let mode = match app.clock.mode() {
        ClockMode::System => "system",
        ClockMode::Manual => "manual",
    };
    let policies = &app.engine.rules().policies;
    let zone =
        policies.get(app.config.accounts.policy.as_str()).map(|policy| policy.zone).unwrap_or_default();
    let at = |instant: Timestamp| instant.in_zone(zone);
    let next_due = crate::notify::next_due(app);
    Json(json!({
        "mode": mode,
        "now": at(now),
        "books": books.map(at),
        "next_due": next_due.map(at),
        // Instants are told in whole seconds, and whoever moves the clock there must not stop short.
        "next_due_in_ms": next_due.map(|due| (due.ms() - now.ms()).max(0)),
    }))
}

async fn show_clock(State(app): State<Arc<App>>) -> Json<Value> {
    clock_view(&app)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    by_ms: u64,
}

/// Waits for the calls under way, then moves time. Answers when everything due by then has happened and can be read.
async fn advance_clock(State(app): State<Arc<App>>, request: Request) -> Answer {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let Advance { by_ms } = parse(&body)?;
    if by_ms > LONGEST_MS {
        return Err(Failure::of(error::INVALID_PARAMETER)
            .because(format!("by_ms is at most {LONGEST_MS}, which are 400 years")));
    }
    advance::by(&app, by_ms).await?;
    Ok(clock_view(&app))
}

async fn show_journal(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({ "durable": app.engine.durable_sequence(), "read_model": app.read.progress() }))
}
