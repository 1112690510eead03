//! `/v1/session` and `/v1/admin/session`: signing in at the console, and out again.
//!
//! These routes are open, for whoever signs in is not known yet. A page of another origin can neither send JSON
//! here without asking first nor is it let through if the browser says where it comes from.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use charging::Timestamp;
use ledger::directory::{AccessMode, UserRow};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::audit::Actor;
use super::body::read_body;
use super::error::Failure;
use super::invalid::parse;
use super::routes::Routes;
use super::{Known, address_of, admin, blocking};
use crate::app::App;
use crate::auth::rights::Need;
use crate::auth::session::{Kind, Session, forged, no_cookie};
use crate::auth::{Auth, password};
use crate::clock::system_now_ms;

const BODY_LIMIT_BYTES: usize = 16 * 1024;

/// Routes under `/v1`.
pub fn routes() -> Routes {
    Routes::under("/v1")
        .get(Need::Nobody, "/session", |State(app): State<Arc<App>>, headers: HeaderMap| {
            show(Kind::Customer, app, headers)
        })
        .post(Need::Nobody, "/session", sign_in)
        .delete(Need::Anybody, "/session", |State(app): State<Arc<App>>, request: Request| {
            sign_out(Kind::Customer, app, request)
        })
        .post(Need::Nobody, "/sign-up", sign_up)
}

/// Routes under `/v1/admin`, outside of what only the operator may see.
pub fn operator_routes() -> Routes {
    Routes::under("/v1/admin")
        .get(Need::Nobody, "/session", |State(app): State<Arc<App>>, headers: HeaderMap| {
            show(Kind::Operator, app, headers)
        })
        .post(Need::Nobody, "/session", sign_in_operator)
        .delete(Need::Operator, "/session", |State(app): State<Arc<App>>, request: Request| {
            sign_out(Kind::Operator, app, request)
        })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    account: String,
    user: Option<String>,
    password: String,
    new_password: Option<String>,
}

async fn sign_in(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (sender, given): (Sender, SignIn) = read(&app, request).await?;
    begin(app, sender, move |app| {
        // An account's first user has its name.
        let user = given.user.as_deref().filter(|user| !user.is_empty()).unwrap_or(&given.account);
        let at = (system_now_ms(), app.clock.now());
        // Asked before: the password that is given now is the latest.
        let last = last_sign_in(&app.auth, &given.account, user)?;
        let user = app.auth.user_of_password(&given.account, user, &given.password, at)?;
        if user.access == AccessMode::Programmatic {
            let cure = "An administrator of the account can give the user access to the console.";
            return Err(Failure::of(error::ACCESS_DENIED)
                .because("this user has programmatic access only")
                .with_cure("programmatic_only", cure));
        }
        let user = chosen(&app.auth, user, &given.password, given.new_password.as_deref())?;
        let welcome = welcome(&app.auth, &user, last)?;
        Ok((Some(user), welcome))
    })
    .await
}

/// When a user last gave the password; nothing of those who have not chosen one of their own yet.
fn last_sign_in(auth: &Auth, account: &str, user: &str) -> Result<Option<Timestamp>, Failure> {
    let Some(user) = auth.directory.user(account, user)? else { return Ok(None) };
    let found = auth.directory.user_of(&user.account_id, &user.user_id)?;
    let last = found.filter(|found| !found.reset_password).and_then(|found| found.signed_in_at_ms);
    Ok(last.map(Timestamp::from_ms))
}

/// What the login policy of the account has shown to whoever signed in (`custom_info_for_login`,
/// `show_recent_login_info`); null if nothing.
fn welcome(auth: &Auth, user: &UserRow, last: Option<Timestamp>) -> Result<Value, Failure> {
    let policy = auth.directory.login_policy(&user.account_id)?;
    if policy.message.is_empty() && !policy.shows_last {
        return Ok(Value::Null);
    }
    let last = last.filter(|_| policy.shows_last).map(|last| last.to_string());
    Ok(json!({
        "message": Some(policy.message).filter(|message| !message.is_empty()),
        "shows_last_sign_in": policy.shows_last,
        "last_sign_in_at": last,
    }))
}

/// The user with another password, where the one that was given was somebody else's choice ("An IAM user needs to change
/// its password at the first login", Creating an IAM User), or another one is wanted. Hashes a password.
fn chosen(auth: &Auth, user: UserRow, old: &str, new: Option<&str>) -> Result<UserRow, Failure> {
    let Some(new) = new else {
        let found = auth.directory.user_of(&user.account_id, &user.user_id)?;
        if found.is_some_and(|found| found.reset_password) {
            let cure = "Sign in with new_password, a password of your own choice.";
            return Err(Failure::of(error::ACCESS_DENIED)
                .because("this password was given by somebody else")
                .with_cure("password_to_change", cure));
        }
        return Ok(user);
    };
    match password::fault_after(old, new, &user.name) {
        Some(fault) => Err(not_allowed(fault)),
        None => Ok(auth.choose_password(user, new)?),
    }
}

fn not_allowed(fault: &str) -> Failure {
    Failure::of(error::INVALID_PARAMETER).saying(fault).with_cure("password_not_allowed", fault)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignUp {
    account: String,
    password: String,
}

/// Opens an account for whoever asks and signs them in, where the configuration allows it.
async fn sign_up(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (sender, given): (Sender, SignUp) = read(&app, request).await?;
    if !app.config.accounts.sign_up {
        return Err(Failure::of(error::ACCESS_DENIED).because("accounts are opened by the operator here"));
    }
    // The first user is called as the account is.
    if let Some(fault) = password::fault(&given.password, &given.account) {
        return Err(not_allowed(fault));
    }
    begin(app, sender, move |app| {
        let defaults = &app.config.accounts;
        app.create_account_with(&given.account, given.password, defaults.tier, &defaults.policy)?;
        Ok((app.auth.directory.user(&given.account, &given.account)?, Value::Null))
    })
    .await
}

/// Begins a customer's session, once it is found out whose, and what they are told: that hashes a password and takes its
/// time.
async fn begin(
    app: Arc<App>,
    sender: Sender,
    whose: impl FnOnce(&App) -> Result<(Option<UserRow>, Value), Failure> + Send + 'static,
) -> Result<Response, Failure> {
    let turn = app.hashing.turn(sender.address).await?;
    let (app, (session, cookie), welcome) = blocking(move || {
        let _turn = turn;
        let (user, welcome) = whose(&app)?;
        let begun =
            app.auth.begin_session(Kind::Customer, user.as_ref(), &sender.headers, system_now_ms())?;
        Ok((app, begun, welcome))
    })
    .await?;
    let mut view = view(&app, Kind::Customer, Some(&session))?;
    view["welcome"] = welcome;
    with_cookie(cookie, view)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperatorSignIn {
    token: String,
}

async fn sign_in_operator(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (Sender { headers, .. }, given): (Sender, OperatorSignIn) = read(&app, request).await?;
    let Some(token) = app.auth.operator.matching(given.token.trim()) else {
        app.counted.operator_refused();
        return Err(Failure::of(error::AUTHENTICATION)
            .saying("This is not the operator's token.")
            .with_cure("wrong_token", "The token is in the file operator.token of the data folder."));
    };
    let begun = app.auth.begin_session_with(Kind::Operator, None, &headers, system_now_ms(), token);
    let (session, cookie) = begun?;
    let mut response = with_cookie(cookie, view(&app, Kind::Operator, Some(&session))?)?;
    response.extensions_mut().insert(Actor::signing_in(&session.hash));
    Ok(response)
}

async fn show(kind: Kind, app: Arc<App>, headers: HeaderMap) -> Result<Response, Failure> {
    let session = app.auth.session(kind, &headers, system_now_ms())?;
    Ok(not_kept(view(&app, kind, session.as_ref())?))
}

async fn sign_out(kind: Kind, app: Arc<App>, request: Request) -> Result<Response, Failure> {
    let (headers, actor) = match kind {
        Kind::Customer => (Known::read(&app, request).await?.headers, None),
        Kind::Operator => {
            let (head, _) = request.into_parts();
            let actor = admin::prove(&app, &head.method, &head.headers)?;
            (head.headers, Some(actor))
        }
    };
    app.auth.end_session(kind, &headers)?;
    let mut response = with_cookie(no_cookie(kind, &headers)?, view(&app, kind, None)?)?;
    if let Some(actor) = actor {
        response.extensions_mut().insert(actor);
    }
    Ok(response)
}

/// Where somebody signs in from.
struct Sender {
    headers: HeaderMap,
    address: Option<IpAddr>,
}

/// Reads what somebody signs in with, if it comes from our own pages or from a program.
async fn read<T: for<'a> Deserialize<'a>>(app: &App, request: Request) -> Result<(Sender, T), Failure> {
    let (parts, body) = request.into_parts();
    if !is_from_our_pages(&parts.headers) {
        return Err(forged("signing in takes JSON (Content-Type: application/json) from our own pages"));
    }
    let body = read_body(app, body, BODY_LIMIT_BYTES).await?;
    let given = parse(&body)?;
    Ok((Sender { address: address_of(&parts.extensions), headers: parts.headers }, given))
}

/// Whether a request is JSON, and from our own pages or from a program.
pub fn is_from_our_pages(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let json = text("content-type").is_some_and(|kind| kind.trim_start().starts_with("application/json"));
    json && matches!(text("sec-fetch-site").unwrap_or("none"), "same-origin" | "none")
}

/// A session as its page sees it: a customer's with who they are, the operator's without.
fn view(app: &App, kind: Kind, session: Option<&Session>) -> Result<Value, Failure> {
    let mut view = json!({ "session": null });
    if kind == Kind::Customer {
        view["sign_up"] = app.config.accounts.sign_up.into();
        view["welcome"] = Value::Null;
    }
    let Some(session) = session else { return Ok(view) };
    let mut shown = json!({
        "csrf_token": session.csrf_token,
        "expires_at": Timestamp::from_ms(session.expires_at_ms).to_string(),
        "idle_minutes": session.idle_ms / 60_000,
    });
    if kind == Kind::Customer {
        let Some(user) = &session.user else { return Ok(view) };
        let projects = app.auth.directory.projects(&user.account_id)?;
        let projects = projects.into_iter().map(|project| (project.region, project.project_id.into()));
        shown["account"] = user.account_name.as_str().into();
        shown["account_id"] = user.account_id.as_str().into();
        shown["user"] = user.name.as_str().into();
        shown["user_id"] = user.user_id.as_str().into();
        shown["administrator"] = user.is_administrator.into();
        shown["projects"] = Value::Object(projects.collect());
    }
    view["session"] = shown;
    Ok(view)
}

fn with_cookie(cookie: HeaderValue, view: Value) -> Result<Response, Failure> {
    let mut response = not_kept(view);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// An answer that no cache keeps.
fn not_kept(view: Value) -> Response {
    let mut response = Json(view).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
