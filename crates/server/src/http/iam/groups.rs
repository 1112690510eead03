//! Groups and who is in them ("User Group Management").

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use ledger::directory::{GroupRow, NewGroup as NewRow};
use serde::Deserialize;
use wire::iam::{Group, GroupBody, GroupChange, Groups, Links, ListedUsers, NewGroup};

use super::users::with_mode;
use super::{own_domain, refused, user_of, wrapped};
use crate::app::App;
use crate::http::Known;
use crate::http::error::IamFailure;
use crate::http::extract::{Path, Query};
use crate::ids;

type Answer<T> = Result<T, IamFailure>;

/// Which groups are asked for.
#[derive(Debug, Deserialize)]
pub struct GroupQuery {
    domain_id: Option<String>,
    name: Option<String>,
}

/// `GET /v3/groups`.
pub async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<GroupQuery>,
    request: Request,
) -> Answer<Json<Groups>> {
    let known = Known::read(&app, request).await?;
    let account_id = own_domain(&known, query.domain_id.as_deref())?;
    let rows = app.auth.directory.groups_of(&account_id).map_err(IamFailure::internal)?;
    let wanted = |row: &GroupRow| query.name.as_deref().is_none_or(|name| name == row.name);
    Ok(Json(listed(rows.into_iter().filter(wanted))))
}

/// `POST /v3/groups`.
pub async fn create(State(app): State<Arc<App>>, request: Request) -> Answer<(StatusCode, Json<GroupBody>)> {
    let known = Known::read(&app, request).await?;
    let new: NewGroup = wrapped(&known.body, "group")?;
    let account_id = own_domain(&known, new.domain_id.as_deref())?;
    let group_id = ids::random_hex();
    let made = app.auth.directory.insert_group(&NewRow {
        group_id: &group_id,
        account_id: &account_id,
        name: new.name.as_deref().ok_or_else(|| IamFailure::required("name"))?,
        description: new.description.as_deref().unwrap_or_default(),
        created_at_ms: app.clock.now().ms(),
    });
    made.map_err(|problem| refused(problem, "", &group_id))?;
    Ok((StatusCode::CREATED, Json(GroupBody { group: group(find(&app, &known, &group_id)?) })))
}

/// `GET /v3/groups/{group_id}`.
pub async fn show(
    State(app): State<Arc<App>>,
    Path(group_id): Path<String>,
    request: Request,
) -> Answer<Json<GroupBody>> {
    let known = Known::read(&app, request).await?;
    Ok(Json(GroupBody { group: group(find(&app, &known, &group_id)?) }))
}

/// `PATCH /v3/groups/{group_id}`.
pub async fn change(
    State(app): State<Arc<App>>,
    Path(group_id): Path<String>,
    request: Request,
) -> Answer<Json<GroupBody>> {
    let known = Known::read(&app, request).await?;
    let change: GroupChange = wrapped(&known.body, "group")?;
    let account_id = own_domain(&known, change.domain_id.as_deref())?;
    let before = find(&app, &known, &group_id)?;
    let name = change.name.as_deref().filter(|name| *name != before.name);
    let changed =
        app.auth.directory.change_group(&account_id, &group_id, name, change.description.as_deref());
    changed.map_err(|problem| refused(problem, "", &group_id))?;
    Ok(Json(GroupBody { group: group(find(&app, &known, &group_id)?) }))
}

/// `DELETE /v3/groups/{group_id}`: what was granted to it is taken back.
pub async fn delete(
    State(app): State<Arc<App>>,
    Path(group_id): Path<String>,
    request: Request,
) -> Answer<StatusCode> {
    let known = Known::read(&app, request).await?;
    let deleted = app.auth.directory.delete_group(&known.caller.user.account_id, &group_id);
    deleted.map_err(|problem| refused(problem, "", &group_id))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v3/groups/{group_id}/users`.
pub async fn users(
    State(app): State<Arc<App>>,
    Path(group_id): Path<String>,
    request: Request,
) -> Answer<Json<ListedUsers>> {
    let known = Known::read(&app, request).await?;
    let account_id = find(&app, &known, &group_id)?.account_id;
    let directory = &app.auth.directory;
    let is_in = directory.users_in_group(&group_id).map_err(IamFailure::internal)?;
    let rows = directory.users_of(&account_id).map_err(IamFailure::internal)?;
    let users = rows.iter().filter(|row| is_in.contains(&row.user.user_id)).map(with_mode).collect();
    Ok(Json(ListedUsers { users, links: Links::default() }))
}

/// `GET /v3/users/{user_id}/groups`.
pub async fn of_user(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    request: Request,
) -> Answer<Json<Groups>> {
    let known = Known::read(&app, request).await?;
    let user = user_of(&app, &known, &user_id)?.user;
    let rows = app.auth.directory.groups_of_user(&user.user_id).map_err(IamFailure::internal)?;
    Ok(Json(listed(rows.into_iter())))
}

/// `PUT /v3/groups/{group_id}/users/{user_id}`.
pub async fn add_user(
    State(app): State<Arc<App>>,
    Path((group_id, user_id)): Path<(String, String)>,
    request: Request,
) -> Answer<StatusCode> {
    let known = Known::read(&app, request).await?;
    set_user(&app, &known, (&group_id, &user_id), true)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `HEAD /v3/groups/{group_id}/users/{user_id}`.
pub async fn has_user(
    State(app): State<Arc<App>>,
    Path((group_id, user_id)): Path<(String, String)>,
    request: Request,
) -> Answer<StatusCode> {
    let known = Known::read(&app, request).await?;
    find(&app, &known, &group_id)?;
    let users = app.auth.directory.users_in_group(&group_id).map_err(IamFailure::internal)?;
    if users.contains(&user_id) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(IamFailure::absent("user", &user_id))
    }
}

/// `DELETE /v3/groups/{group_id}/users/{user_id}`.
pub async fn remove_user(
    State(app): State<Arc<App>>,
    Path((group_id, user_id)): Path<(String, String)>,
    request: Request,
) -> Answer<StatusCode> {
    let known = Known::read(&app, request).await?;
    if set_user(&app, &known, (&group_id, &user_id), false)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(IamFailure::absent("user", &user_id))
    }
}

fn set_user(app: &App, known: &Known, (group_id, user_id): (&str, &str), is_in: bool) -> Answer<bool> {
    let account_id = &known.caller.user.account_id;
    let changed = app.auth.directory.set_group_user(account_id, group_id, user_id, is_in);
    changed.map_err(|problem| refused(problem, user_id, group_id))
}

/// A group of the caller's account.
pub(super) fn find(app: &App, known: &Known, group_id: &str) -> Answer<GroupRow> {
    let found = app.auth.directory.group_of(&known.caller.user.account_id, group_id);
    found.map_err(IamFailure::internal)?.ok_or_else(|| IamFailure::absent("group", group_id))
}

fn listed(rows: impl Iterator<Item = GroupRow>) -> Groups {
    Groups { groups: rows.map(group).collect(), links: Links::default() }
}

fn group(row: GroupRow) -> Group {
    Group {
        id: row.group_id,
        name: row.name,
        domain_id: row.account_id,
        description: row.description,
        create_time: row.created_at_ms,
        links: Links::default(),
    }
}
