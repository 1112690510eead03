//! Projects, one for each region, and the account itself.

use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use ledger::directory::ProjectRow;
use serde::Deserialize;
use wire::iam::{Domain, Domains, Links, Project, ProjectBody, Projects};

use super::{page_of, user_of};
use crate::app::App;
use crate::auth::rights;
use crate::http::Known;
use crate::http::error::{Failure, IamFailure};
use crate::http::extract::{Path, Query};

/// Which projects are asked for.
#[derive(Debug, Default, Deserialize)]
pub struct ProjectQuery {
    name: Option<String>,
    domain_id: Option<String>,
    parent_id: Option<String>,
    enabled: Option<bool>,
    page: Option<NonZeroUsize>,
    per_page: Option<NonZeroUsize>,
}

/// `GET /v3/projects`: the account's, whether the user may use them or not.
pub async fn projects(
    State(app): State<Arc<App>>,
    Query(query): Query<ProjectQuery>,
    request: Request,
) -> Result<Json<Projects>, Failure> {
    let known = Known::read(&app, request).await?;
    let account_id = known.caller.account.to_string();
    let wanted = |project: &Project| {
        query.name.as_deref().is_none_or(|name| name == project.name)
            && query.domain_id.as_deref().is_none_or(|id| id == account_id)
            && query.parent_id.as_deref().is_none_or(|id| id == account_id)
            && query.enabled.is_none_or(|enabled| enabled == project.enabled)
    };
    let found =
        app.auth.directory.projects(&account_id)?.into_iter().map(|row| view(&app, row)).filter(wanted);
    Ok(Json(listed(page_of(found, query.page, query.per_page))))
}

/// `GET /v3/projects/{project_id}`.
pub async fn project(
    State(app): State<Arc<App>>,
    Path(project_id): Path<String>,
    request: Request,
) -> Result<Json<ProjectBody>, IamFailure> {
    let known = Known::read(&app, request).await?;
    let account_id = known.caller.account.to_string();
    let found = app.auth.directory.project(&project_id).map_err(IamFailure::internal)?;
    let own = found.filter(|row| row.account_id == account_id);
    let own = own.ok_or_else(|| IamFailure::absent("project", &project_id))?;
    Ok(Json(ProjectBody { project: view(&app, own) }))
}

/// `GET /v3/auth/projects`: those that the caller may use.
pub async fn own_projects(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Json<Projects>, IamFailure> {
    let known = Known::read(&app, request).await?;
    let user_id = known.caller.user.user_id.clone();
    usable(&app, &known, &user_id)
}

/// `GET /v3/users/{user_id}/projects`: those that a user may use.
pub async fn projects_of_user(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    request: Request,
) -> Result<Json<Projects>, IamFailure> {
    let known = Known::read(&app, request).await?;
    usable(&app, &known, &user_id)
}

fn usable(app: &App, known: &Known, user_id: &str) -> Result<Json<Projects>, IamFailure> {
    let user = user_of(app, known, user_id)?.user;
    let rows = app.auth.directory.projects(&user.account_id).map_err(IamFailure::internal)?;
    let usable = rows.into_iter().filter(|row| rights::may_use(&user, &row.project_id));
    Ok(Json(listed(usable.map(|row| view(app, row)).collect())))
}

fn listed(projects: Vec<Project>) -> Projects {
    Projects { projects, links: Links::default() }
}

fn view(app: &App, row: ProjectRow) -> Project {
    // A region that is not in the catalog any more serves nothing: its projects are there, disabled.
    let enabled = app.engine.rules().catalog.regions.iter().any(|region| region.as_str() == row.region);
    Project {
        id: row.project_id,
        enabled,
        name: row.region,
        domain_id: row.account_id.clone(),
        parent_id: row.account_id,
        is_domain: false,
        description: String::new(),
        links: Links::default(),
    }
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
