//! Permissions: the policies there are, and who was granted which ("Permission Management").

use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use ledger::directory::{GrantRow, Grantee, Scope};
use serde::Deserialize;
use wire::iam::{Id, Links, Role, RoleAssignment, RoleAssignments, RoleBody, RoleScope, Roles};

use super::{own_domain, page_of};
use crate::app::App;
use crate::auth::rights::SystemPolicy;
use crate::http::Known;
use crate::http::error::{CodedFailure, IamFailure};
use crate::http::extract::{Path, Query};

/// Which permissions are asked for.
#[derive(Debug, Deserialize)]
pub struct RoleQuery {
    name: Option<String>,
    display_name: Option<String>,
    domain_id: Option<String>,
    catalog: Option<String>,
    permission_type: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    page: Option<NonZeroUsize>,
    per_page: Option<NonZeroUsize>,
}

/// `GET /v3/roles`: those of the system; accounts have none of their own.
pub async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<RoleQuery>,
    request: Request,
) -> Result<Json<Roles>, IamFailure> {
    let known = Known::read(&app, request).await?;
    let is_custom = query.domain_id.is_some();
    own_domain(&known, query.domain_id.as_deref())?;
    let wanted = |role: &Role| {
        let is = |asked: &Option<String>, own: &str| asked.as_deref().is_none_or(|asked| asked == own);
        !is_custom
            && is(&query.name, &role.name)
            && query.display_name.as_deref().is_none_or(|part| role.display_name.contains(part))
            && query.catalog.as_deref().is_none_or(|catalog| catalog.eq_ignore_ascii_case(&role.catalog))
            && is(&query.permission_type, "policy")
            && query.kind.as_deref().is_none_or(|kind| kind == "project" || kind == role.kind)
    };
    let all: Vec<Role> = SystemPolicy::ALL.iter().map(SystemPolicy::role).filter(wanted).collect();
    let total_number = Some(all.len());
    Ok(Json(Roles { roles: page_of(all, query.page, query.per_page), total_number, links: Links::default() }))
}

/// `GET /v3/roles/{role_id}`.
pub async fn show(
    State(app): State<Arc<App>>,
    Path(role_id): Path<String>,
    request: Request,
) -> Result<Json<RoleBody>, IamFailure> {
    Known::read(&app, request).await?;
    let policy = SystemPolicy::of(&role_id).ok_or_else(|| IamFailure::absent("role", &role_id))?;
    Ok(Json(RoleBody { role: policy.role() }))
}

/// Which grants are asked for.
#[derive(Debug, Deserialize)]
pub struct GrantQuery {
    domain_id: Option<String>,
    role_id: Option<String>,
    subject: Option<String>,
    #[serde(rename = "subject.user_id")]
    user_id: Option<String>,
    #[serde(rename = "subject.group_id")]
    group_id: Option<String>,
    scope: Option<String>,
    #[serde(rename = "scope.project_id")]
    project_id: Option<String>,
    #[serde(rename = "scope.domain_id")]
    scope_domain_id: Option<String>,
    #[serde(rename = "scope.enterprise_projects_id")]
    enterprise_project_id: Option<String>,
    is_inherited: Option<bool>,
    include_group: Option<bool>,
    page: Option<NonZeroUsize>,
    per_page: Option<NonZeroUsize>,
}

/// `GET /v3.0/OS-PERMISSION/role-assignments`.
pub async fn assignments(
    State(app): State<Arc<App>>,
    Query(query): Query<GrantQuery>,
    request: Request,
) -> Result<Json<RoleAssignments>, CodedFailure> {
    let known = Known::read(&app, request).await?;
    let Some(domain_id) = &query.domain_id else { return Err(IamFailure::required("domain_id").into()) };
    let account_id = own_domain(&known, Some(domain_id))?;
    let directory = &app.auth.directory;
    let groups: Vec<String> = match &query.user_id {
        Some(user_id) if query.include_group.unwrap_or(true) => {
            // A user of another account is in none of ours.
            let own = directory.user_of(&account_id, user_id).map_err(IamFailure::internal)?.is_some();
            let rows =
                if own { directory.groups_of_user(user_id).map_err(IamFailure::internal)? } else { vec![] };
            rows.into_iter().map(|row| row.group_id).collect()
        }
        _ => Vec::new(),
    };
    let rows = directory.grants_of(&account_id).map_err(IamFailure::internal)?;
    let all: Vec<RoleAssignment> =
        rows.iter().filter(|row| is_asked_for(row, &query, &groups)).map(assignment).collect();
    let total_num = all.len();
    Ok(Json(RoleAssignments { total_num, role_assignments: page_of(all, query.page, query.per_page) }))
}

fn is_asked_for(row: &GrantRow, query: &GrantQuery, groups: &[String]) -> bool {
    let is = |asked: &Option<String>, own: &str| asked.as_deref().is_none_or(|asked| asked == own);
    let (subject, is_theirs) = match &row.to {
        Grantee::User(id) => ("user", is(&query.user_id, id) && query.group_id.is_none()),
        Grantee::Group(id) => {
            let by_user = query.user_id.is_none() || groups.contains(id);
            ("group", is(&query.group_id, id) && by_user)
        }
    };
    let by_user = query.user_id.is_some();
    let only = |project, domain, enterprise| {
        (query.project_id.is_none() || project)
            && (query.scope_domain_id.is_none() || domain)
            && (query.enterprise_project_id.is_none() || enterprise)
    };
    let (scope, is_there) = match &row.scope {
        Scope::Project(id) => ("project", is(&query.project_id, id) && only(true, false, false)),
        Scope::Domain(id) => ("domain", is(&query.scope_domain_id, id) && only(false, true, false)),
        Scope::AllProjects(id) => ("project", is(&query.scope_domain_id, id) && only(false, true, false)),
        Scope::EnterpriseProject(id) => {
            ("enterprise_project", is(&query.enterprise_project_id, id) && only(false, false, true))
        }
    };
    let is_inherited = matches!(row.scope, Scope::AllProjects(_));
    is_theirs
        && is_there
        && is(&query.role_id, &row.role)
        && (by_user || is(&query.subject, subject))
        && is(&query.scope, scope)
        && query.is_inherited.is_none_or(|asked| asked == is_inherited)
}

fn assignment(row: &GrantRow) -> RoleAssignment {
    let id = |id: &String| Some(Id { id: id.clone() });
    let (user, group) = match &row.to {
        Grantee::User(user) => (id(user), None),
        Grantee::Group(group) => (None, id(group)),
    };
    let scope = match &row.scope {
        Scope::Domain(domain) | Scope::AllProjects(domain) => {
            RoleScope { domain: id(domain), ..RoleScope::default() }
        }
        Scope::Project(project) => RoleScope { project: id(project), ..RoleScope::default() },
        Scope::EnterpriseProject(project) => {
            RoleScope { enterprise_project: id(project), ..RoleScope::default() }
        }
    };
    let is_inherited = matches!(row.scope, Scope::AllProjects(_));
    RoleAssignment { role: Id { id: row.role.clone() }, scope, user, group, is_inherited }
}
