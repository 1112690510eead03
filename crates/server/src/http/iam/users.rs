//! The users of an account, in Keystone's words and in IAM's own ("IAM User Management").

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use charging::Timestamp;
use ledger::directory::{AccessMode, NewUser as NewRow, UserChange as Change, UserDetails};
use serde::Deserialize;
use wire::iam::{AccountUser, Links, ListedUser, ListedUsers, NewUser, UserBody, UserWithMode};

use super::{may_change_what_opens, own_domain, refused, user_of, wrapped};
use crate::app::App;
use crate::auth::{password, secrets};
use crate::clock::system_now_ms;
use crate::http::Known;
use crate::http::error::{CodedFailure, IamFailure};
use crate::http::extract::{Path, Query};
use crate::ids;

type Answer<T> = Result<Json<UserBody<T>>, IamFailure>;
type Created<T> = (StatusCode, Json<UserBody<T>>);

/// Which users are asked for.
#[derive(Debug, Deserialize)]
pub struct UserQuery {
    domain_id: Option<String>,
    name: Option<String>,
    enabled: Option<bool>,
}

/// `GET /v3/users`.
pub async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<UserQuery>,
    request: Request,
) -> Result<Json<ListedUsers>, IamFailure> {
    let known = Known::read(&app, request).await?;
    let account_id = own_domain(&known, query.domain_id.as_deref())?;
    let rows = app.auth.directory.users_of(&account_id).map_err(IamFailure::internal)?;
    let wanted = |row: &&UserDetails| {
        query.name.as_deref().is_none_or(|name| name.eq_ignore_ascii_case(&row.user.name))
            && query.enabled.is_none_or(|enabled| enabled == row.user.enabled)
    };
    let users = rows.iter().filter(wanted).map(with_mode).collect();
    Ok(Json(ListedUsers { users, links: Links::default() }))
}

/// `POST /v3/users`.
pub async fn create(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Created<ListedUser>, IamFailure> {
    let known = Known::read(&app, request).await?;
    let new = NewUser { access_mode: None, ..wrapped(&known.body, "user")? };
    let made = make(&app, &known, new).await?;
    Ok((StatusCode::CREATED, Json(UserBody { user: listed(&made) })))
}

/// `POST /v3.0/OS-USER/users`.
pub async fn create_with_mode(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Created<AccountUser>, CodedFailure> {
    let known = Known::read(&app, request).await?;
    let new: NewUser = wrapped(&known.body, "user")?;
    if new.domain_id.is_none() {
        return Err(IamFailure::required("domain_id").into());
    }
    let made = make(&app, &known, new).await?;
    Ok((StatusCode::CREATED, Json(UserBody { user: of_account(&made) })))
}

/// `GET /v3/users/{user_id}`.
pub async fn show(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    request: Request,
) -> Answer<UserWithMode> {
    let known = Known::read(&app, request).await?;
    Ok(Json(UserBody { user: with_mode(&user_of(&app, &known, &user_id)?) }))
}

/// `GET /v3.0/OS-USER/users/{user_id}`.
pub async fn show_with_mode(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    request: Request,
) -> Result<Json<UserBody<AccountUser>>, CodedFailure> {
    let known = Known::read(&app, request).await?;
    Ok(Json(UserBody { user: of_account(&user_of(&app, &known, &user_id)?) }))
}

/// `PATCH /v3/users/{user_id}`.
pub async fn change(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    request: Request,
) -> Answer<UserWithMode> {
    let known = Known::read(&app, request).await?;
    let change = NewUser { access_mode: None, ..wrapped(&known.body, "user")? };
    let changed = alter(&app, &known, &user_id, change).await?;
    Ok(Json(UserBody { user: with_mode(&changed) }))
}

/// `PUT /v3.0/OS-USER/users/{user_id}`.
pub async fn change_with_mode(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    request: Request,
) -> Result<Json<UserBody<AccountUser>>, CodedFailure> {
    let known = Known::read(&app, request).await?;
    let change: NewUser = wrapped(&known.body, "user")?;
    let changed = alter(&app, &known, &user_id, change).await?;
    Ok(Json(UserBody { user: of_account(&changed) }))
}

/// `DELETE /v3/users/{user_id}`.
pub async fn delete(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    request: Request,
) -> Result<StatusCode, IamFailure> {
    let known = Known::read(&app, request).await?;
    let deleted = app.auth.directory.delete_user(&known.caller.user.account_id, &user_id);
    deleted.map_err(|problem| refused(problem, &user_id, ""))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hashes a password that a user of this name is to have, on a thread for it.
async fn hashed(
    app: &App,
    address: Option<IpAddr>,
    password: String,
    name: &str,
) -> Result<String, IamFailure> {
    if let Some(fault) = password::fault(&password, name) {
        return Err(IamFailure::field("password", fault));
    }
    let turn = app.hashing.turn(address).await?;
    let hashed = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        secrets::hash_password(&password)
    });
    hashed.await.map_err(IamFailure::internal)?.map_err(IamFailure::internal)
}

async fn make(app: &Arc<App>, known: &Known, new: NewUser) -> Result<UserDetails, IamFailure> {
    let account_id = own_domain(known, new.domain_id.as_deref())?;
    check_elsewhere(&new)?;
    let name = new.name.as_deref().ok_or_else(|| IamFailure::required("name"))?;
    let access = access(new.access_mode.as_deref())?;
    let password_hash = match new.password {
        Some(password) => Some(hashed(app, known.address, password, name).await?),
        None => None,
    };
    let user_id = ids::hex(app.auth.shard.new_id());
    let made = app.auth.directory.insert_user(&NewRow {
        user_id: &user_id,
        account_id: &account_id,
        name,
        password_hash: password_hash.as_deref(),
        enabled: new.enabled.unwrap_or(true),
        access: access.unwrap_or(AccessMode::Default),
        reset_password: password_hash.is_some() && new.pwd_status.unwrap_or(true),
        description: new.description.as_deref().unwrap_or_default(),
        email: new.email.as_deref().unwrap_or_default(),
        phone: (new.areacode.as_deref().unwrap_or_default(), new.phone.as_deref().unwrap_or_default()),
        created_at_ms: app.clock.now().ms(),
        system_ms: system_now_ms(),
    });
    made.map_err(|problem| refused(problem, &user_id, ""))?;
    user_of(app, known, &user_id)
}

async fn alter(
    app: &Arc<App>,
    known: &Known,
    user_id: &str,
    change: NewUser,
) -> Result<UserDetails, IamFailure> {
    let account_id = own_domain(known, change.domain_id.as_deref())?;
    check_elsewhere(&change)?;
    let user = user_of(app, known, user_id)?.user;
    if change.password.is_some() {
        may_change_what_opens(known, &user)?;
        // Whoever found an open session or a token does not get the account with it.
        if user.user_id == known.caller.user.user_id {
            let how = "Your own password is changed with the old one: POST /v3/users/{user_id}/password.";
            return Err(IamFailure::new(StatusCode::FORBIDDEN, how));
        }
    }
    let access = access(change.access_mode.as_deref())?;
    let name = change.name.as_deref().filter(|name| *name != user.name);
    let password_hash = match change.password {
        Some(password) => Some(hashed(app, known.address, password, name.unwrap_or(&user.name)).await?),
        None => None,
    };
    // Who gets a password from somebody else is to choose another one, unless it is said otherwise.
    let is_others = password_hash.is_some() && user_id != known.caller.user.user_id;
    let changed = app.auth.directory.change_user(
        &account_id,
        user_id,
        &Change {
            name,
            password_hash: password_hash.as_deref(),
            proved_by: None,
            enabled: change.enabled,
            access,
            reset_password: change.pwd_status.or(is_others.then_some(true)),
            idle_since_ms: (is_others || change.enabled == Some(true)).then(system_now_ms),
            description: change.description.as_deref(),
            email: change.email.as_deref(),
            phone: match (&change.areacode, &change.phone) {
                (None, None) => None,
                (area, number) => {
                    Some((area.as_deref().unwrap_or_default(), number.as_deref().unwrap_or_default()))
                }
            },
        },
    );
    changed.map_err(|problem| refused(problem, user_id, ""))?;
    user_of(app, known, user_id)
}

fn access(word: Option<&str>) -> Result<Option<AccessMode>, IamFailure> {
    let mode = |word| {
        let wrong = || IamFailure::field("access_mode", "It is default, programmatic or console.");
        AccessMode::parse(word).ok_or_else(wrong)
    };
    word.map(mode).transpose()
}

/// Ids of other systems are not kept, and not passed over in silence.
fn check_elsewhere(user: &NewUser) -> Result<(), IamFailure> {
    for (field, value) in [("xuser_id", &user.xuser_id), ("xuser_type", &user.xuser_type)] {
        if value.as_deref().is_some_and(|value| !value.is_empty()) {
            return Err(IamFailure::field(field, "Ids of other systems are not kept here."));
        }
    }
    Ok(())
}

fn listed(row: &UserDetails) -> ListedUser {
    ListedUser {
        id: row.user.user_id.clone(),
        name: row.user.name.clone(),
        domain_id: row.user.account_id.clone(),
        enabled: row.user.enabled,
        description: row.description.clone(),
        pwd_status: row.reset_password,
        password_expires_at: None,
        links: Links::default(),
    }
}

pub(super) fn with_mode(row: &UserDetails) -> UserWithMode {
    let ListedUser { id, name, domain_id, enabled, description, pwd_status, password_expires_at, links } =
        listed(row);
    UserWithMode {
        id,
        name,
        domain_id,
        enabled,
        description,
        pwd_status,
        password_expires_at,
        access_mode: row.user.access.word(),
        last_project_id: None,
        pwd_strength: None,
        links,
    }
}

fn of_account(row: &UserDetails) -> AccountUser {
    // IAM's form: microseconds, and no letter for the zone, which is UTC.
    let instant = |ms| Timestamp::from_ms(ms).to_string().replace('Z', ".000000");
    AccountUser {
        id: row.user.user_id.clone(),
        name: row.user.name.clone(),
        domain_id: row.user.account_id.clone(),
        enabled: row.user.enabled,
        access_mode: row.user.access.word(),
        is_domain_owner: row.user.is_owner,
        pwd_status: row.reset_password,
        pwd_strength: None,
        description: row.description.clone(),
        email: row.email.clone(),
        areacode: row.area_code.clone(),
        phone: row.phone.clone(),
        create_time: row.created_at_ms.map(instant).unwrap_or_default(),
        last_login_time: row.signed_in_at_ms.map(instant),
        password_expires_at: None,
        xuser_id: String::new(),
        xuser_type: String::new(),
        links: Links::default(),
    }
}
