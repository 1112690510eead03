//! What groups and users are granted in enterprise projects ("Enterprise Project Management").

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use ledger::directory::{DEFAULT_ENTERPRISE_PROJECT, GrantRow, Grantee, Scope};
use wire::iam::{
    EnterpriseGroup, EnterpriseGroups, EnterpriseProject, EnterpriseProjects, EnterpriseUser,
    EnterpriseUsers, Links, Roles,
};

use super::grants::{held, perform};
use super::{groups, user_of};
use crate::app::App;
use crate::auth::rights::{Need, SystemPolicy};
use crate::http::Known;
use crate::http::error::{CodedFailure, IamFailure};
use crate::http::extract::Path;
use crate::http::routes::Routes;

type Answer<T> = Result<Json<T>, CodedFailure>;

/// The routes.
pub fn routes() -> Routes {
    let base = "/v3.0/OS-PERMISSION";
    let project = format!("{base}/enterprise-projects/{{enterprise_project_id}}");
    let (group, user) =
        (format!("{project}/groups/{{group_id}}/roles"), format!("{project}/users/{{user_id}}/roles"));
    Routes::under("")
        .get(Need::Administrator, &format!("{project}/groups"), groups_of)
        .get(Need::Administrator, &group, roles::<ToGroup>)
        .put(Need::Administrator, &format!("{group}/{{role_id}}"), act::<ToGroup>)
        .delete(Need::Administrator, &format!("{group}/{{role_id}}"), act::<ToGroup>)
        .get(Need::Administrator, &format!("{project}/users"), users_of)
        .get(Need::Administrator, &user, roles::<ToUser>)
        .put(Need::Administrator, &format!("{user}/{{role_id}}"), act::<ToUser>)
        .delete(Need::Administrator, &format!("{user}/{{role_id}}"), act::<ToUser>)
        .get(
            Need::Administrator,
            &format!("{base}/groups/{{group_id}}/enterprise-projects"),
            projects::<ToGroup>,
        )
        .get(
            Need::Administrator,
            &format!("{base}/users/{{user_id}}/enterprise-projects"),
            projects::<ToUser>,
        )
}

/// Whom a path names.
trait Named {
    fn grantee(app: &App, known: &Known, id: String) -> Result<Grantee, IamFailure>;
}

struct ToGroup;
struct ToUser;

impl Named for ToGroup {
    fn grantee(app: &App, known: &Known, id: String) -> Result<Grantee, IamFailure> {
        groups::find(app, known, &id).map(|row| Grantee::Group(row.group_id))
    }
}

impl Named for ToUser {
    fn grantee(app: &App, known: &Known, id: String) -> Result<Grantee, IamFailure> {
        user_of(app, known, &id).map(|row| Grantee::User(row.user.user_id))
    }
}

async fn roles<N: Named>(
    State(app): State<Arc<App>>,
    Path((project, id)): Path<(String, String)>,
    request: Request,
) -> Answer<Roles> {
    let known = Known::read(&app, request).await?;
    check(&app, &known, &project)?;
    let grantee = N::grantee(&app, &known, id)?;
    let held = held(&app, &known, &grantee, &Scope::EnterpriseProject(project))?;
    let roles =
        held.iter().filter_map(|row| SystemPolicy::of(&row.role)).map(|policy| policy.role()).collect();
    Ok(Json(Roles { roles, total_number: None, links: Links::default() }))
}

async fn act<N: Named>(
    State(app): State<Arc<App>>,
    Path((project, id, role_id)): Path<(String, String, String)>,
    method: Method,
    request: Request,
) -> Result<StatusCode, CodedFailure> {
    let known = Known::read(&app, request).await?;
    let grantee = N::grantee(&app, &known, id)?;
    perform(&app, &known, (grantee, &role_id, Scope::EnterpriseProject(project)), &method)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn projects<N: Named>(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer<EnterpriseProjects> {
    let known = Known::read(&app, request).await?;
    let grantee = N::grantee(&app, &known, id)?;
    let grants = grants(&app, &known)?;
    let ids: BTreeSet<String> =
        grants.into_iter().filter(|(_, row)| row.to == grantee).map(|(id, _)| id).collect();
    let projects = ids.into_iter().map(|project_id| EnterpriseProject { project_id }).collect();
    Ok(Json(EnterpriseProjects { projects }))
}

async fn groups_of(
    State(app): State<Arc<App>>,
    Path(project): Path<String>,
    request: Request,
) -> Answer<EnterpriseGroups> {
    let known = Known::read(&app, request).await?;
    check(&app, &known, &project)?;
    let grants = grants(&app, &known)?;
    let rows = app.auth.directory.groups_of(&known.caller.user.account_id).map_err(IamFailure::internal)?;
    let has = |id: &str| grants.iter().any(|(of, row)| *of == project && row.to == Grantee::Group(id.into()));
    let groups = rows.into_iter().filter(|row| has(&row.group_id)).map(|row| EnterpriseGroup {
        id: row.group_id,
        name: row.name,
        domain_id: row.account_id,
        description: row.description,
        create_time: row.created_at_ms,
    });
    Ok(Json(EnterpriseGroups { groups: groups.collect() }))
}

async fn users_of(
    State(app): State<Arc<App>>,
    Path(project): Path<String>,
    request: Request,
) -> Answer<EnterpriseUsers> {
    let known = Known::read(&app, request).await?;
    check(&app, &known, &project)?;
    let grants = grants(&app, &known)?;
    let rows = app.auth.directory.users_of(&known.caller.user.account_id).map_err(IamFailure::internal)?;
    let users = rows.into_iter().filter_map(|row| {
        let to = Grantee::User(row.user.user_id.clone());
        let own = grants.iter().filter(|(of, grant)| *of == project && grant.to == to);
        let at: Vec<i64> = own.map(|(_, grant)| grant.granted_at_ms).collect();
        Some(EnterpriseUser {
            lastest_policy_time: *at.iter().max()?,
            policy_num: at.len(),
            id: row.user.user_id,
            name: row.user.name,
            domain_id: row.user.account_id,
            enabled: row.user.enabled,
            description: row.description,
        })
    });
    Ok(Json(EnterpriseUsers { users: users.collect() }))
}

/// That there is such an enterprise project. Another account's is none.
fn check(app: &App, known: &Known, project: &str) -> Result<(), IamFailure> {
    let directory = &app.auth.directory;
    if project == DEFAULT_ENTERPRISE_PROJECT {
        return Ok(());
    }
    let found = directory.enterprise_project(&known.caller.user.account_id, project);
    match found.map_err(IamFailure::internal)? {
        Some(_) => Ok(()),
        None => Err(IamFailure::absent("enterprise_project", project)),
    }
}

/// What is granted in the account's enterprise projects, each with the project's id.
fn grants(app: &App, known: &Known) -> Result<Vec<(String, GrantRow)>, IamFailure> {
    let rows = app.auth.directory.grants_of(&known.caller.user.account_id).map_err(IamFailure::internal)?;
    let of_enterprise = |row: GrantRow| match &row.scope {
        Scope::EnterpriseProject(id) => Some((id.clone(), row)),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(of_enterprise).collect())
}
