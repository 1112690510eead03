//! Enterprise projects: which an account has, and which one a request names.
//!
//! A call names one in `Enterprise-Project-Id`; none, or `0`, is the default project, which nobody makes and whose
//! charges name none. An id that the account does not have is refused before anything is done: a charge that was put
//! down to a misspelt project could not be put right.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use charging::{AccountId, Name, Timestamp};
use ledger::directory::{
    DEFAULT_ENTERPRISE_PROJECT, DirectoryError, ENTERPRISE_PROJECTS_LIMIT, EnterpriseProjectChange,
    EnterpriseProjectRow,
};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::error::Failure;
use super::invalid::parse;
use super::subject::{InPath, Subject};
use crate::app::App;
use crate::ids;

/// The project of everything that names none: its id, and its name.
pub const DEFAULT: (&str, &str) = (DEFAULT_ENTERPRISE_PROJECT, "default");
/// How a call names one ("Enterprise-Project-Id" in the pages of every API).
const HEADER: &str = "enterprise-project-id";

type Answer = Result<Json<Value>, Failure>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    id: Option<String>,
    #[serde(default)]
    description: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: Option<String>,
    description: Option<String>,
    enabled: Option<bool>,
}

/// `GET …/enterprise-projects`: the default one first, then the others in order of creation.
pub async fn list(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    let rows = app.auth.directory.enterprise_projects(&subject.account.to_string())?;
    let (id, name) = DEFAULT;
    let default = json!({ "id": id, "name": name, "description": "", "enabled": true, "created_at": null });
    let projects: Vec<Value> = std::iter::once(default).chain(rows.iter().map(view)).collect();
    Ok(Json(json!({ "limit": ENTERPRISE_PROJECTS_LIMIT, "enterprise_projects": projects })))
}

/// `POST …/enterprise-projects`. The id is made here, unless one is brought along: programs that come from elsewhere
/// have it in their configuration.
pub async fn create(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    let New { name, id, description } = parse(&subject.body)?;
    let id = match id {
        None => ids::random_uuid(),
        // Such a call would stand in the books as a member's, and count against its quota.
        Some(id) if id.parse::<AccountId>().is_ok() => {
            return Err(invalid(
                "an id of 32 hexadecimal digits is an account's, and stands for a member's calls",
            )
            .with_cure("id_of_an_account", "Bring another id, or none: one is made then."));
        }
        Some(id) if Name::new(&id).is_ok() && id != DEFAULT.0 && !id.eq_ignore_ascii_case(DEFAULT.1) => id,
        Some(id) => return Err(invalid(format!("{id:?} cannot be an id of an enterprise project"))),
    };
    let created_at_ms = app.clock.now().ms();
    let row = EnterpriseProjectRow { id, name, description, enabled: true, created_at_ms };
    app.auth.directory.insert_enterprise_project(&subject.account.to_string(), &row).map_err(refused)?;
    Ok(Json(view(&row)))
}

/// `PATCH …/enterprise-projects/{id}`. None is ever removed: charges name it.
pub async fn change(State(app): State<Arc<App>>, InPath([id]): InPath<1>, subject: Subject) -> Answer {
    let Change { name, description, enabled } = parse(&subject.body)?;
    let change =
        EnterpriseProjectChange { name: name.as_deref(), description: description.as_deref(), enabled };
    let changed = app
        .auth
        .directory
        .change_enterprise_project(&subject.account.to_string(), &id, change)
        .map_err(refused)?;
    changed.map(|row| Json(view(&row))).ok_or_else(unknown)
}

/// Whether a call's head names an enterprise project other than the default one.
pub fn is_named(headers: &HeaderMap) -> bool {
    let named = |value: &HeaderValue| !matches!(value.as_bytes().trim_ascii(), b"" | b"0");
    headers.get_all(HEADER).iter().any(named)
}

/// The enterprise project that a call's head names; `None` is the default one.
///
/// # Errors
/// AIS.0101 for one that the account does not have, or that is disabled.
pub fn of_call(app: &App, account: AccountId, headers: &HeaderMap) -> Result<Option<Name>, Failure> {
    let mut given = headers.get_all(HEADER).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or("?").trim();
    if given.next().is_some() {
        return Err(invalid("Enterprise-Project-Id is given more than once"));
    }
    if text.is_empty() || text == DEFAULT.0 {
        return Ok(None);
    }
    let id = Name::new(text).map_err(|_| unknown())?;
    known(app, account, Some(id))
}

/// One that is to be named by something that is set up, such as a budget; `0` is the default one.
///
/// # Errors
/// As [`of_call`].
pub fn known(app: &App, account: AccountId, id: Option<Name>) -> Result<Option<Name>, Failure> {
    let Some(id) = id.filter(|id| id.as_str() != DEFAULT.0) else { return Ok(None) };
    match app.auth.directory.enterprise_project(&account.to_string(), id.as_str())? {
        Some(project) if project.enabled => Ok(Some(id)),
        Some(_) => Err(invalid(format!("the enterprise project {id} is disabled"))
            .with_cure("enterprise_project_disabled", "Enable it, or name another one.")),
        None => Err(unknown()),
    }
}

fn view(row: &EnterpriseProjectRow) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "enabled": row.enabled,
        "created_at": Timestamp::from_ms(row.created_at_ms).to_string(),
    })
}

fn refused(problem: DirectoryError) -> Failure {
    match problem {
        DirectoryError::EnterpriseProjectTaken
        | DirectoryError::TooManyEnterpriseProjects
        | DirectoryError::InvalidEnterpriseProject => invalid(problem),
        problem => problem.into(),
    }
}

fn unknown() -> Failure {
    invalid("the account has no such enterprise project").with_cure(
        "unknown_enterprise_project",
        "Name one of the account's enterprise projects by its id, or none: GET /v1/enterprise-projects lists them.",
    )
}

fn invalid(detail: impl std::fmt::Display) -> Failure {
    Failure::of(error::INVALID_PARAMETER).because(detail)
}
