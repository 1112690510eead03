//! IAM: tokens, projects, domains.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use wire::iam::{Domain, Domains, Links, Project, Projects, TokenRequest, TokenResponse};
use wire::object::Object;

use super::Known;
use super::body::read_body;
use super::error::{Failure, IamFailure};
use super::extract::Query;
use crate::app::App;
use crate::clock::system_now_ms;

const TOKEN_BODY_LIMIT_BYTES: usize = 64 * 1024;

/// `POST /v3/auth/tokens`.
pub async fn create_token(State(app): State<Arc<App>>, request: Request) -> Result<Response, IamFailure> {
    let body = read_body(&app, request.into_body(), TOKEN_BODY_LIMIT_BYTES).await?;
    let Object(wanted): Object<TokenRequest> = serde_json::from_slice(&body)
        .map_err(|_| IamFailure::new(StatusCode::BAD_REQUEST, "Request body is invalid."))?;
    let turn = Arc::clone(&app.hashing).acquire_owned().await.map_err(IamFailure::internal)?;
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
pub async fn show_token(State(app): State<Arc<App>>, request: Request) -> Result<Response, Response> {
    let known = Known::read(&app, request).await.map_err(IntoResponse::into_response)?;
    let subject = known.headers.get("x-subject-token").and_then(|value| value.to_str().ok());
    let subject = subject.ok_or_else(|| {
        IamFailure::new(StatusCode::BAD_REQUEST, "'X-Subject-Token' is a required property.").into_response()
    })?;
    let content = app.auth.token_content(subject, &known.caller.account.to_string(), app.clock.now());
    let content = content.map_err(IntoResponse::into_response)?;
    let mut response = Json(TokenResponse { token: content }).into_response();
    if let Ok(token) = HeaderValue::from_str(subject) {
        response.headers_mut().insert("x-subject-token", token);
    }
    Ok(response)
}

/// Which projects are asked for.
#[derive(Debug, Deserialize)]
pub struct ProjectQuery {
    name: Option<String>,
    domain_id: Option<String>,
    enabled: Option<bool>,
}

/// `GET /v3/projects` and `GET /v3/auth/projects`.
pub async fn projects(
    State(app): State<Arc<App>>,
    Query(query): Query<ProjectQuery>,
    request: Request,
) -> Result<Json<Projects>, Failure> {
    let known = Known::read(&app, request).await?;
    let account_id = known.caller.account.to_string();
    let rows = app.auth.directory.projects(&account_id)?;
    // A region that is not in the catalog any more serves nothing: its projects are there, disabled.
    let serves = |region: &str| app.engine.rules().catalog.regions.iter().any(|r| r.as_str() == region);
    let wanted = |region: &str| {
        query.name.as_deref().is_none_or(|name| name == region)
            && query.domain_id.as_deref().is_none_or(|id| id == account_id)
            && query.enabled.is_none_or(|enabled| enabled == serves(region))
    };
    let projects = rows
        .into_iter()
        .filter(|row| wanted(&row.region))
        .map(|row| Project {
            id: row.project_id,
            enabled: serves(&row.region),
            name: row.region,
            domain_id: account_id.clone(),
            parent_id: account_id.clone(),
            is_domain: false,
            description: String::new(),
            links: Links::default(),
        })
        .collect();
    Ok(Json(Projects { projects, links: Links::default() }))
}

/// `GET /v3/auth/domains`.
pub async fn domains(State(app): State<Arc<App>>, request: Request) -> Result<Json<Domains>, Failure> {
    let known = Known::read(&app, request).await?;
    let domain = Domain {
        id: known.caller.account.to_string(),
        name: known.caller.account_name,
        enabled: true,
        description: String::new(),
        links: Links::default(),
    };
    Ok(Json(Domains { domains: vec![domain], links: Links::default() }))
}
