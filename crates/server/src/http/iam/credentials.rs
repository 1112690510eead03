//! Keys for signing, in IAM's words: each user manages their own, and administrators those of all. The secret is shown
//! once, when the key is made.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use charging::Timestamp;
use ledger::directory::{OwnKeyRow, UserRow};
use serde::Deserialize;
use wire::iam::{Credential, CredentialBody, Credentials, NewCredential, OfCredential};

use super::{may_change_what_opens, refused, user_of, wrapped};
use crate::app::App;
use crate::auth::secrets::new_secret_key;
use crate::http::Known;
use crate::http::error::{CodedFailure, IamFailure};
use crate::http::extract::{Path, Query};

type Answer<T> = Result<T, CodedFailure>;

/// Whose keys are asked for.
#[derive(Debug, Deserialize)]
pub struct Whose {
    user_id: Option<String>,
}

/// `GET /v3.0/OS-CREDENTIAL/credentials`.
pub async fn list(
    State(app): State<Arc<App>>,
    Query(whose): Query<Whose>,
    request: Request,
) -> Answer<Json<Credentials>> {
    let known = Known::read(&app, request).await?;
    let user = whose_keys(&app, &known, whose.user_id.as_deref())?;
    let rows = app.auth.directory.access_keys_of(&user.user_id).map_err(IamFailure::internal)?;
    let credentials = rows.iter().map(|row| credential(&user.user_id, row, None)).collect();
    Ok(Json(Credentials { credentials }))
}

/// `POST /v3.0/OS-CREDENTIAL/credentials`.
pub async fn create(State(app): State<Arc<App>>, request: Request) -> Answer<Response> {
    let known = Known::read(&app, request).await?;
    let NewCredential { user_id, description } = wrapped(&known.body, "credential")?;
    let user = whose_keys(&app, &known, user_id.as_deref())?;
    may_change_what_opens(&known, &user)?;
    let description = description.unwrap_or_default();
    let (access_key, secret_key) = (app.auth.shard.new_access_key(), new_secret_key());
    let sealed = app.auth.secrets.seal(&access_key, &secret_key);
    let (user_id, now) = (&user.user_id, app.clock.now());
    let kept = app.auth.directory.insert_access_key(user_id, &access_key, &sealed, &description, now.ms());
    kept.map_err(|problem| refused(problem, user_id, ""))?;
    let row = OwnKeyRow {
        access_key,
        enabled: true,
        created_at_ms: Some(now.ms()),
        description: description.clone(),
    };
    let body = CredentialBody { credential: credential(user_id, &row, Some(secret_key)) };
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// `GET /v3.0/OS-CREDENTIAL/credentials/{access_key}`.
pub async fn show(
    State(app): State<Arc<App>>,
    Path(access_key): Path<String>,
    request: Request,
) -> Answer<Json<CredentialBody>> {
    let known = Known::read(&app, request).await?;
    one(&app, &known, &access_key)
}

/// `PUT /v3.0/OS-CREDENTIAL/credentials/{access_key}`.
pub async fn change(
    State(app): State<Arc<App>>,
    Path(access_key): Path<String>,
    request: Request,
) -> Answer<Json<CredentialBody>> {
    let known = Known::read(&app, request).await?;
    let OfCredential { status, description } = wrapped(&known.body, "credential")?;
    let enabled = match status.as_deref() {
        None => None,
        Some("active") => Some(true),
        Some("inactive") => Some(false),
        Some(_) => return Err(IamFailure::field("status", "It is active or inactive.").into()),
    };
    let user_id = owner_to_change(&app, &known, &access_key)?;
    let changed =
        app.auth.directory.change_access_key(&user_id, &access_key, enabled, description.as_deref());
    if !changed.map_err(|problem| refused(problem, &user_id, ""))? {
        return Err(absent(&access_key));
    }
    one(&app, &known, &access_key)
}

/// `DELETE /v3.0/OS-CREDENTIAL/credentials/{access_key}`.
pub async fn delete(
    State(app): State<Arc<App>>,
    Path(access_key): Path<String>,
    request: Request,
) -> Answer<StatusCode> {
    let known = Known::read(&app, request).await?;
    let user_id = owner_to_change(&app, &known, &access_key)?;
    let deleted = app.auth.directory.delete_access_key(&user_id, &access_key);
    if deleted.map_err(IamFailure::internal)? { Ok(StatusCode::NO_CONTENT) } else { Err(absent(&access_key)) }
}

fn one(app: &App, known: &Known, access_key: &str) -> Answer<Json<CredentialBody>> {
    let user_id = owner(app, known, access_key)?.user_id;
    let rows = app.auth.directory.access_keys_of(&user_id).map_err(IamFailure::internal)?;
    let row = rows.iter().find(|row| row.access_key == access_key).ok_or_else(|| absent(access_key))?;
    Ok(Json(CredentialBody { credential: credential(&user_id, row, None) }))
}

fn credential(user_id: &str, row: &OwnKeyRow, secret: Option<String>) -> Credential {
    let created_at = row.created_at_ms.map(|ms| Timestamp::from_ms(ms).to_string());
    Credential {
        access: row.access_key.clone(),
        secret,
        user_id: user_id.to_owned(),
        status: if row.enabled { "active" } else { "inactive" },
        create_time: created_at.unwrap_or_default(),
        description: row.description.clone(),
    }
}

/// Whose keys a request is about: the caller's own, or, for an administrator, any user's of the account.
fn whose_keys(app: &App, known: &Known, user_id: Option<&str>) -> Result<UserRow, IamFailure> {
    match user_id {
        None => Ok(UserRow::clone(&known.caller.user)),
        Some(user_id) => user_of(app, known, user_id).map(|row| row.user),
    }
}

/// The user whose key this is, if the caller may see it. A key of somebody else is not there.
fn owner(app: &App, known: &Known, access_key: &str) -> Answer<UserRow> {
    let caller = &known.caller.user;
    let found = app.auth.directory.access_key(access_key).map_err(IamFailure::internal)?;
    let is_theirs = |user: &UserRow| {
        user.account_id == caller.account_id && (caller.is_administrator || user.user_id == caller.user_id)
    };
    let own = found.filter(|key| is_theirs(&key.user));
    own.map(|key| UserRow::clone(&key.user)).ok_or_else(|| absent(access_key))
}

/// The id of the user whose key this is, if the caller may change it.
fn owner_to_change(app: &App, known: &Known, access_key: &str) -> Answer<String> {
    let user = owner(app, known, access_key)?;
    may_change_what_opens(known, &user)?;
    Ok(user.user_id)
}

fn absent(access_key: &str) -> CodedFailure {
    IamFailure::absent("credential", access_key).into()
}
