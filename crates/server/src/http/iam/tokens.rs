//! Tokens: asking for one, looking at one, giving one back.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use wire::iam::{TokenRequest, TokenResponse};
use wire::object::Object;

use crate::app::App;
use crate::clock::system_now_ms;
use crate::http::body::read_body;
use crate::http::error::IamFailure;
use crate::http::{Known, address_of};

const TOKEN_BODY_LIMIT_BYTES: usize = 64 * 1024;

/// `POST /v3/auth/tokens`.
pub async fn create_token(State(app): State<Arc<App>>, request: Request) -> Result<Response, IamFailure> {
    let address = address_of(request.extensions());
    let body = read_body(&app, request.into_body(), TOKEN_BODY_LIMIT_BYTES).await?;
    let Object(wanted): Object<TokenRequest> =
        serde_json::from_slice(&body).map_err(|_| IamFailure::body())?;
    let turn = app.hashing.turn(address).await?;
    let issued = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let valid_ms = i64::from(app.config.auth.token_hours) * 3_600_000;
        app.auth.issue_token(&wanted, system_now_ms(), app.clock.now(), valid_ms)
    });
    let issued = issued.await.map_err(IamFailure::internal)??;
    let mut response = (StatusCode::CREATED, Json(TokenResponse { token: issued.content })).into_response();
    let token = HeaderValue::from_str(&issued.token).map_err(IamFailure::internal)?;
    response.headers_mut().insert("x-subject-token", token);
    Ok(response)
}

/// `GET /v3/auth/tokens`: what a token says.
pub async fn show_token(State(app): State<Arc<App>>, request: Request) -> Result<Response, IamFailure> {
    let known = Known::read(&app, request).await?;
    let subject = subject(&known)?;
    let content = app.auth.token_content(subject, &known.caller.user, app.clock.now())?;
    let mut response = Json(TokenResponse { token: content }).into_response();
    if let Ok(token) = HeaderValue::from_str(subject) {
        response.headers_mut().insert("x-subject-token", token);
    }
    Ok(response)
}

/// `DELETE /v3/auth/tokens`: from now on the token opens nothing. Somebody else's is not there.
pub async fn delete_token(State(app): State<Arc<App>>, request: Request) -> Result<StatusCode, IamFailure> {
    let known = Known::read(&app, request).await?;
    let subject = subject(&known)?;
    app.auth.delete_token(subject, &known.caller.user, app.clock.now())?;
    Ok(StatusCode::NO_CONTENT)
}

/// The token a request is about.
fn subject(known: &Known) -> Result<&str, IamFailure> {
    let subject = known.headers.get("x-subject-token").and_then(|value| value.to_str().ok());
    subject.ok_or_else(|| IamFailure::required("X-Subject-Token"))
}
