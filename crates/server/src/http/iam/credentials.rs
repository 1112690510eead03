//! Keys for signing, in IAM's words: each user manages their own. The secret is shown once, when the key is made.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use charging::Timestamp;
use ledger::directory::{DirectoryError, OwnKeyRow};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wire::iam::{Credential, CredentialBody, Credentials, NewCredential, OfCredential};
use wire::object::Object;

use crate::app::App;
use crate::auth::secrets::{new_access_key, new_secret_key};
use crate::http::Known;
use crate::http::error::IamFailure;
use crate::http::extract::{Path, Query};

type Answer<T> = Result<T, IamFailure>;

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
    only_own(&known, whose.user_id.as_deref())?;
    let rows = app.auth.directory.access_keys_of(&known.caller.user.user_id).map_err(IamFailure::internal)?;
    let credentials = rows.iter().map(|row| credential(&known, row, None)).collect();
    Ok(Json(Credentials { credentials }))
}

/// `POST /v3.0/OS-CREDENTIAL/credentials`.
pub async fn create(State(app): State<Arc<App>>, request: Request) -> Answer<Response> {
    let known = Known::read(&app, request).await?;
    let NewCredential { user_id, description } = parse(&known.body)?;
    only_own(&known, user_id.as_deref())?;
    let description = description.unwrap_or_default();
    let (access_key, secret_key) = (new_access_key(), new_secret_key());
    let sealed = app.auth.secrets.seal(&access_key, &secret_key);
    let (user_id, now) = (&known.caller.user.user_id, app.clock.now());
    let kept = app.auth.directory.insert_access_key(user_id, &access_key, &sealed, &description, now.ms());
    kept.map_err(refused)?;
    let row = OwnKeyRow {
        access_key,
        enabled: true,
        created_at_ms: Some(now.ms()),
        description: description.clone(),
    };
    let body = CredentialBody { credential: credential(&known, &row, Some(secret_key)) };
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
    let OfCredential { status, description } = parse(&known.body)?;
    let enabled = match status.as_deref() {
        None => None,
        Some("active") => Some(true),
        Some("inactive") => Some(false),
        Some(_) => return Err(invalid("status must be active or inactive.")),
    };
    let user_id = &known.caller.user.user_id;
    let changed = app.auth.directory.change_access_key(user_id, &access_key, enabled, description.as_deref());
    if !changed.map_err(refused)? {
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
    let deleted = app.auth.directory.delete_access_key(&known.caller.user.user_id, &access_key);
    if deleted.map_err(IamFailure::internal)? { Ok(StatusCode::NO_CONTENT) } else { Err(absent(&access_key)) }
}

fn one(app: &App, known: &Known, access_key: &str) -> Answer<Json<CredentialBody>> {
    let rows = app.auth.directory.access_keys_of(&known.caller.user.user_id).map_err(IamFailure::internal)?;
    let row = rows.iter().find(|row| row.access_key == access_key).ok_or_else(|| absent(access_key))?;
    Ok(Json(CredentialBody { credential: credential(known, row, None) }))
}

fn credential(known: &Known, row: &OwnKeyRow, secret: Option<String>) -> Credential {
    let created_at = row.created_at_ms.map(|ms| Timestamp::from_ms(ms).to_string());
    Credential {
        access: row.access_key.clone(),
        secret,
        user_id: known.caller.user.user_id.clone(),
        status: if row.enabled { "active" } else { "inactive" },
        create_time: created_at.unwrap_or_default(),
        description: row.description.clone(),
    }
}

/// The `credential` of a body.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Answer<T> {
    #[derive(Deserialize)]
    struct Wrapped<T> {
        credential: Object<T>,
    }
    let read: Result<Object<Wrapped<T>>, _> = serde_json::from_slice(body);
    read.map(|Object(Wrapped { credential: Object(credential) })| credential)
        .map_err(|_| invalid("Request body is invalid."))
}

/// Refuses another user's keys. Whether there is such a user is not told.
fn only_own(known: &Known, user_id: Option<&str>) -> Answer<()> {
    if user_id.is_none_or(|id| id == known.caller.user.user_id) {
        return Ok(());
    }
    let message = "You are not authorized to perform the requested action.";
    Err(IamFailure::new(StatusCode::FORBIDDEN, message))
}

fn refused(problem: DirectoryError) -> IamFailure {
    match problem {
        DirectoryError::TooManyKeys => invalid(&problem.to_string()),
        DirectoryError::InvalidId => invalid("description is too long."),
        problem => IamFailure::internal(problem),
    }
}

fn invalid(message: &str) -> IamFailure {
    IamFailure::new(StatusCode::BAD_REQUEST, message)
}

fn absent(access_key: &str) -> IamFailure {
    IamFailure::new(StatusCode::NOT_FOUND, format!("Could not find credential: {access_key}."))
}
