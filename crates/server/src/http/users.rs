//! The users of an account, for its administrators and for the operator: who there is and what they may do, a password
//! for whoever lost theirs, an end to whoever left. Groups, and what is granted for less than all projects, have IAM's
//! calls ([`super::iam`]).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use charging::Timestamp;
use ledger::directory::{
    AccessMode, DirectoryError, MAX_USERS, NewUser, UserChange, UserDetails, UserRights,
};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::blocking;
use super::error::Failure;
use super::invalid::parse;
use super::subject::{InPath, Subject};
use crate::app::App;
use crate::auth::rights::{FULL_ACCESS, READ_ONLY};
use crate::auth::secrets;
use crate::clock::system_now_ms;
use crate::ids;

type Answer = Result<Json<Value>, Failure>;

/// What a user may do with OCR, in all projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ocr {
    Full,
    ReadOnly,
    None,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    user: String,
    access: Option<String>,
    administrator: Option<bool>,
    ocr: Option<Ocr>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    access: Option<String>,
    administrator: Option<bool>,
    ocr: Option<Ocr>,
    enabled: Option<bool>,
    #[serde(default)]
    new_password: bool,
}

/// `GET …/users`.
pub async fn list(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    all_of(&app, &subject).map(Json)
}

/// `POST …/users`: with a password that is shown this once.
pub async fn create(State(app): State<Arc<App>>, subject: Subject) -> Result<Response, Failure> {
    let New { user, access, administrator, ocr } = parse(&subject.body)?;
    let access = mode(access.as_deref())?;
    let (user_id, password) = (ids::hex(app.auth.shard.new_id()), secrets::new_password());
    let hash = hashed(&app, &subject, password.clone()).await?;
    let new = NewUser {
        user_id: &user_id,
        account_id: &subject.account.to_string(),
        name: &user,
        password_hash: Some(&hash),
        enabled: true,
        access: access.unwrap_or(AccessMode::Default),
        reset_password: true,
        description: "",
        email: "",
        phone: ("", ""),
        created_at_ms: app.clock.now().ms(),
        system_ms: system_now_ms(),
    };
    let roles = roles(ocr);
    let rights = UserRights { administrator, in_all_projects: &roles, granted_at_ms: new.created_at_ms };
    app.auth.directory.insert_user_with(&new, &rights).map_err(refused)?;
    shown(&app, &subject, &user, Some(password))
}

/// `PATCH …/users/{user}`: a new password is made here and shown this once.
pub async fn change(
    State(app): State<Arc<App>>,
    InPath([user]): InPath<1>,
    subject: Subject,
) -> Result<Response, Failure> {
    let Change { access, administrator, ocr, enabled, new_password } = parse(&subject.body)?;
    let access = mode(access.as_deref())?;
    let found = find(&app, &subject, &user)?;
    if new_password {
        may_give_password(&subject, &found)?;
    }
    let password = new_password.then(secrets::new_password);
    let hash = match &password {
        Some(password) => Some(hashed(&app, &subject, password.clone()).await?),
        None => None,
    };
    let change = UserChange {
        access,
        enabled,
        password_hash: hash.as_deref(),
        reset_password: hash.is_some().then_some(true),
        idle_since_ms: (hash.is_some() || enabled == Some(true)).then(system_now_ms),
        ..UserChange::default()
    };
    let (account_id, user_id) = (&found.user.account_id, &found.user.user_id);
    let roles = roles(ocr);
    let granted_at_ms = app.clock.now().ms();
    let rights = UserRights { administrator, in_all_projects: &roles, granted_at_ms };
    app.auth.directory.change_user_with(account_id, user_id, &change, &rights).map_err(refused)?;
    shown(&app, &subject, &user, password)
}

/// `DELETE …/users/{user}`: with keys, tokens and sessions.
pub async fn delete(State(app): State<Arc<App>>, InPath([user]): InPath<1>, subject: Subject) -> Answer {
    let found = find(&app, &subject, &user)?.user;
    app.auth.directory.delete_user(&found.account_id, &found.user_id).map_err(refused)?;
    all_of(&app, &subject).map(Json)
}

/// Nobody gives themselves a new password without the old one, or whoever found an open session had the account with it;
/// and that of the account's own user is that user's alone. The operator may.
fn may_give_password(subject: &Subject, found: &UserDetails) -> Result<(), Failure> {
    let Some(caller) = &subject.caller else { return Ok(()) };
    if found.user.user_id == caller.user_id {
        let cure = "Your own password is changed with the old one: POST /v3/users/{user_id}/password.";
        return Err(Failure::of(error::INVALID_PARAMETER).saying(cure).with_cure("own_password", cure));
    }
    if found.user.is_owner { Err(refused(DirectoryError::OwnersOwn)) } else { Ok(()) }
}

fn all_of(app: &App, subject: &Subject) -> Result<Value, Failure> {
    let rows = app.auth.directory.users_of(&subject.account.to_string())?;
    let users: Vec<Value> = rows.iter().map(view).collect();
    Ok(json!({ "limit": MAX_USERS, "users": users }))
}

fn find(app: &App, subject: &Subject, name: &str) -> Result<UserDetails, Failure> {
    let rows = app.auth.directory.users_of(&subject.account.to_string())?;
    let found = rows.into_iter().find(|row| row.user.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| Failure::of(error::INVALID_PARAMETER).because("the account has no such user"))
}

/// Which roles in all projects a user is to have, and which not; none of them, if nothing is said.
fn roles(ocr: Option<Ocr>) -> Vec<(&'static str, bool)> {
    let of = |ocr: Ocr| [(FULL_ACCESS.id, ocr == Ocr::Full), (READ_ONLY.id, ocr == Ocr::ReadOnly)];
    ocr.map(of).into_iter().flatten().collect()
}

fn shown(app: &App, subject: &Subject, name: &str, password: Option<String>) -> Result<Response, Failure> {
    let mut value = view(&find(app, subject, name)?);
    value["password"] = password.into();
    let mut response = Json(value).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn view(row: &UserDetails) -> Value {
    let user = &row.user;
    let has = |role: &str| user.grants.iter().any(|grant| grant.role == role);
    let ocr = match () {
        () if user.is_administrator || has(FULL_ACCESS.id) => "full",
        () if has(READ_ONLY.id) => "read_only",
        () => "none",
    };
    let instant = |ms: Option<i64>| ms.map(|ms| Timestamp::from_ms(ms).to_string());
    json!({
        "user": user.name,
        "user_id": user.user_id,
        "owner": user.is_owner,
        "administrator": user.is_administrator,
        "ocr": ocr,
        "access": user.access.word(),
        "enabled": user.enabled,
        "created_at": instant(row.created_at_ms),
        "signed_in_at": instant(row.signed_in_at_ms),
    })
}

fn mode(word: Option<&str>) -> Result<Option<AccessMode>, Failure> {
    let wrong =
        || Failure::of(error::INVALID_PARAMETER).because("access is default, programmatic or console");
    word.map(|word| AccessMode::parse(word).ok_or_else(wrong)).transpose()
}

async fn hashed(app: &App, subject: &Subject, password: String) -> Result<String, Failure> {
    let turn = app.hashing.turn(subject.address).await?;
    blocking(move || {
        let _turn = turn;
        secrets::hash_password(&password).map_err(|_| Failure::of(error::BACKEND_UNAVAILABLE))
    })
    .await
}

fn refused(problem: DirectoryError) -> Failure {
    let (reason, cure) = match problem {
        DirectoryError::UserTaken => ("user_taken", "Choose another name."),
        DirectoryError::TooManyUsers => ("too_many_users", "Delete a user who is not needed any more."),
        DirectoryError::TooManyGrants => {
            ("too_many_grants", "Take back a permission that is not needed any more.")
        }
        DirectoryError::TooManyGroupsOfUser => {
            ("too_many_groups_of_user", "Take the user out of a group that is not needed any more.")
        }
        DirectoryError::OwnersOwn => ("owners_own", "The account's own user changes it."),
        DirectoryError::InvalidName | DirectoryError::UnknownUser => {
            return Failure::of(error::INVALID_PARAMETER).because(problem);
        }
        problem => return problem.into(),
    };
    Failure::of(error::INVALID_PARAMETER).because(problem).with_cure(reason, cure)
}
