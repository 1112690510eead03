//! Tokens: asking for one, looking at one, giving one back.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use ledger::directory::TokenRow;
use serde::Deserialize;
use wire::iam::{TokenRequest, TokenResponse};

use super::catalog::catalog;
use crate::app::App;
use crate::auth::token::content;
use crate::clock::system_now_ms;
use crate::http::body::read_body;
use crate::http::error::IamFailure;
use crate::http::extract::Query;
use crate::http::{Known, address_of, invalid};

const TOKEN_BODY_LIMIT_BYTES: usize = 64 * 1024;

/// Whether the catalog is left empty: it is if this is given, whatever it says.
#[derive(Debug, Deserialize)]
pub struct CatalogQuery {
    nocatalog: Option<String>,
}

/// `POST /v3/auth/tokens`.
pub async fn create_token(
    State(app): State<Arc<App>>,
    Query(query): Query<CatalogQuery>,
    request: Request,
) -> Result<Response, IamFailure> {
    let address = address_of(request.extensions());
    let body = read_body(&app, request.into_body(), TOKEN_BODY_LIMIT_BYTES).await?;
    let wanted: TokenRequest = invalid::read(&body).map_err(IamFailure::from)?;
    let turn = app.hashing.turn(address).await?;
    let issuing = Arc::clone(&app);
    let issued = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let valid_ms = i64::from(issuing.config.auth.token_hours) * 3_600_000;
        issuing.auth.issue_token(&wanted, system_now_ms(), issuing.clock.now(), valid_ms)
    });
    let issued = issued.await.map_err(IamFailure::internal)??;
    let mut response = (StatusCode::CREATED, told(&app, &issued.row, &query)).into_response();
    let token = HeaderValue::from_str(&issued.token).map_err(IamFailure::internal)?;
    response.headers_mut().insert("x-subject-token", token);
    Ok(response)
}

/// `GET /v3/auth/tokens`: what a token says.
pub async fn show_token(
    State(app): State<Arc<App>>,
    Query(query): Query<CatalogQuery>,
    request: Request,
) -> Result<Response, IamFailure> {
    let known = Known::read(&app, request).await?;
    let subject = subject(&known)?;
    let row = app.auth.valid_token(subject, &known.caller.user, app.clock.now())?;
    let mut response = told(&app, &row, &query).into_response();
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

/// What a token says.
fn told(app: &App, row: &TokenRow, query: &CatalogQuery) -> Json<TokenResponse> {
    let catalog = match query.nocatalog {
        Some(_) => Vec::new(),
        None => catalog(&app.config.hosts, row.project.as_ref()),
    };
    Json(TokenResponse { token: content(row, catalog) })
}

/// The token a request is about.
fn subject(known: &Known) -> Result<&str, IamFailure> {
    let subject = known.headers.get("x-subject-token").and_then(|value| value.to_str().ok());
    subject.ok_or_else(|| IamFailure::required("X-Subject-Token"))
}
