//! What users change of themselves: the password, and where they are reached.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use ledger::directory::{UserChange, UserRow};
use wire::iam::{Contact, PasswordChange};

use super::{refused, wrapped};
use crate::app::App;
use crate::auth::password;
use crate::clock::system_now_ms;
use crate::http::Known;
use crate::http::error::{CodedFailure, IamFailure};
use crate::http::extract::Path;

/// `POST /v3/users/{user_id}/password`: the user's tokens and sessions end with the old one.
pub async fn change_password(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    request: Request,
) -> Result<StatusCode, IamFailure> {
    let known = Known::read(&app, request).await?;
    only_own(&known, &user_id)?;
    let change: PasswordChange = wrapped(&known.body, "user")?;
    let password = change.password.ok_or_else(|| IamFailure::required("password"))?;
    let original = change.original_password.ok_or_else(|| IamFailure::required("original_password"))?;
    let user = UserRow::clone(&known.caller.user);
    if let Some(fault) = password::fault_after(&original, &password, &user.name) {
        return Err(IamFailure::field("password", fault));
    }
    let turn = app.hashing.turn(known.address).await?;
    let changed = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        // Whoever found an open session or a token does not get the account with it by guessing: failures lock.
        let name = (user.account_name.clone(), user.name.clone());
        let at = (system_now_ms(), app.clock.now());
        let user = app.auth.checked_password((&name.0, &name.1), Some(user), &original, at)?;
        app.auth.choose_password(user, &password)
    });
    changed.await.map_err(IamFailure::internal)??;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /v3.0/OS-USER/users/{user_id}/info`.
pub async fn change_contact(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    request: Request,
) -> Result<StatusCode, CodedFailure> {
    let known = Known::read(&app, request).await?;
    only_own(&known, &user_id)?;
    let Contact { email, mobile } = wrapped(&known.body, "user")?;
    let phone = match mobile.as_deref() {
        None => None,
        Some("") => Some(("", "")),
        Some(mobile) => {
            let parts = mobile.split_once('-');
            Some(parts.ok_or_else(|| {
                IamFailure::field("mobile", "It is area code and number with a hyphen between.")
            })?)
        }
    };
    let change = UserChange { email: email.as_deref(), phone, ..UserChange::default() };
    let changed = app.auth.directory.change_user(&known.caller.user.account_id, &user_id, &change);
    changed.map_err(|problem| refused(problem, &user_id, ""))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Users change this of themselves alone.
fn only_own(known: &Known, user_id: &str) -> Result<(), IamFailure> {
    if known.caller.user.user_id == user_id { Ok(()) } else { Err(IamFailure::forbidden()) }
}
