//! Projects, one for each region, and the account itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use wire::iam::{Domain, Domains, Links, Project, Projects};

use crate::app::App;
use crate::http::Known;
use crate::http::error::Failure;
use crate::http::extract::Query;

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
