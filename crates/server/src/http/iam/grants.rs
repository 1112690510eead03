//! What groups are granted in projects, in all projects, or for global services ("Permission Management").

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use ledger::directory::{DirectoryError, GrantRow, Grantee, Scope};
use wire::iam::{Links, Roles};

use super::{groups, own_domain, refused};
use crate::app::App;
use crate::auth::rights::{Need, SystemPolicy};
use crate::http::Known;
use crate::http::error::IamFailure;
use crate::http::extract::Path;
use crate::http::routes::Routes;

/// The routes.
pub fn routes() -> Routes {
    let in_domain = "/v3/domains/{domain_id}/groups/{group_id}/roles";
    let in_project = "/v3/projects/{project_id}/groups/{group_id}/roles";
    let in_all = "/v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles";
    let mut routes = Routes::under("")
        .get(Need::Administrator, in_domain, list::<InDomain>)
        .get(Need::Administrator, in_project, list::<InProject>)
        .get(Need::Administrator, &format!("{in_all}/inherited_to_projects"), list::<InAllProjects>);
    let of_role = [
        format!("{in_domain}/{{role_id}}"),
        format!("{in_project}/{{role_id}}"),
        format!("{in_all}/{{role_id}}/inherited_to_projects"),
    ];
    let [domain, project, all] = &of_role;
    routes = routes
        .put(Need::Administrator, domain, act::<InDomain>)
        .head(Need::Administrator, domain, act::<InDomain>)
        .delete(Need::Administrator, domain, act::<InDomain>);
    routes = routes
        .put(Need::Administrator, project, act::<InProject>)
        .head(Need::Administrator, project, act::<InProject>)
        .delete(Need::Administrator, project, act::<InProject>);
    routes
        .put(Need::Administrator, all, act::<InAllProjects>)
        .head(Need::Administrator, all, act::<InAllProjects>)
        .delete(Need::Administrator, all, act::<InAllProjects>)
}

/// Where the grants of a path hold: its first id says it.
trait Place {
    fn scope(app: &App, known: &Known, id: String) -> Result<Scope, IamFailure>;
}

struct InDomain;
struct InProject;
struct InAllProjects;

impl Place for InDomain {
    fn scope(_: &App, known: &Known, id: String) -> Result<Scope, IamFailure> {
        own_domain(known, Some(&id)).map(Scope::Domain)
    }
}

impl Place for InProject {
    fn scope(app: &App, known: &Known, id: String) -> Result<Scope, IamFailure> {
        let found = app.auth.directory.project(&id).map_err(IamFailure::internal)?;
        let is_own = found.is_some_and(|row| row.account_id == known.caller.user.account_id);
        if is_own { Ok(Scope::Project(id)) } else { Err(IamFailure::absent("project", &id)) }
    }
}

impl Place for InAllProjects {
    fn scope(_: &App, known: &Known, id: String) -> Result<Scope, IamFailure> {
        own_domain(known, Some(&id)).map(Scope::AllProjects)
    }
}

async fn list<P: Place>(
    State(app): State<Arc<App>>,
    Path((place_id, group_id)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Roles>, IamFailure> {
    let known = Known::read(&app, request).await?;
    let scope = P::scope(&app, &known, place_id)?;
    groups::find(&app, &known, &group_id)?;
    let held = held(&app, &known, &Grantee::Group(group_id), &scope)?;
    let roles =
        held.iter().filter_map(|row| SystemPolicy::of(&row.role)).map(|policy| policy.role()).collect();
    Ok(Json(Roles { roles, total_number: None, links: Links::default() }))
}

async fn act<P: Place>(
    State(app): State<Arc<App>>,
    Path((place_id, group_id, role_id)): Path<(String, String, String)>,
    method: Method,
    request: Request,
) -> Result<StatusCode, IamFailure> {
    let known = Known::read(&app, request).await?;
    let scope = P::scope(&app, &known, place_id)?;
    groups::find(&app, &known, &group_id)?;
    perform(&app, &known, (Grantee::Group(group_id), &role_id, scope), &method)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a grantee of the caller's account holds at a place, oldest first.
pub(super) fn held(
    app: &App,
    known: &Known,
    grantee: &Grantee,
    scope: &Scope,
) -> Result<Vec<GrantRow>, IamFailure> {
    let rows = app.auth.directory.grants_of(&known.caller.user.account_id).map_err(IamFailure::internal)?;
    Ok(rows.into_iter().filter(|row| row.to == *grantee && row.scope == *scope).collect())
}

/// Makes a grant of a policy to a grantee (`PUT`), takes it back (`DELETE`), or finds out whether it is there.
pub(super) fn perform(
    app: &App,
    known: &Known,
    (grantee, role_id, scope): (Grantee, &str, Scope),
    method: &Method,
) -> Result<(), IamFailure> {
    if SystemPolicy::of(role_id).is_none() {
        return Err(IamFailure::absent("role", role_id));
    }
    let (directory, account_id) = (&app.auth.directory, &known.caller.user.account_id);
    let (Grantee::Group(id) | Grantee::User(id)) = &grantee;
    let no = |problem: DirectoryError| match (problem, &scope) {
        (DirectoryError::UnknownEnterpriseProject, Scope::EnterpriseProject(project)) => {
            IamFailure::absent("enterprise_project", project)
        }
        (problem, _) => refused(problem, id, id),
    };
    let is_there = match *method {
        Method::PUT => {
            let now_ms = app.clock.now().ms();
            directory.grant(account_id, &grantee, role_id, &scope, now_ms).map_err(no)?;
            true
        }
        Method::DELETE => directory.revoke(account_id, &grantee, role_id, &scope).map_err(no)?,
        _ => held(app, known, &grantee, &scope)?.iter().any(|row| row.role == role_id),
    };
    if is_there { Ok(()) } else { Err(IamFailure::absent("role", role_id)) }
}
