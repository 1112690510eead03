//! IAM: who may call. Tokens, projects, the account, keys for signing, users, groups, permissions and the login policy.
//!
//! Who may use a route is said beside it. An id that is not there and another account's are the
//! same, everywhere.

mod catalog;
mod credentials;
mod enterprise;
mod grants;
mod groups;
mod login_policy;
mod own;
mod projects;
mod roles;
mod tokens;
mod users;

use std::num::NonZeroUsize;

use axum::http::StatusCode;
use ledger::directory::{DirectoryError, UserDetails, UserRow};
use serde::Deserialize;

use super::error::IamFailure;
use super::routes::Routes;
use super::{Known, invalid};
use crate::app::App;
use crate::auth::rights::Need;

/// All routes. Each handler but the one that gives tokens finds out who is calling before anything else.
pub fn routes() -> Routes {
    Routes::under("")
        .post(Need::Nobody, "/v3/auth/tokens", tokens::create_token)
        .get(Need::Anybody, "/v3/auth/tokens", tokens::show_token)
        .delete(Need::Anybody, "/v3/auth/tokens", tokens::delete_token)
        .get(Need::Anybody, "/v3/projects", projects::projects)
        .get(Need::Anybody, "/v3/projects/{project_id}", projects::project)
        .get(Need::Anybody, "/v3/auth/projects", projects::own_projects)
        .get(Need::Anybody, "/v3/users/{user_id}/projects", projects::projects_of_user)
        .get(Need::Anybody, "/v3/auth/domains", projects::domains)
        .get(Need::Anybody, "/v3.0/OS-CREDENTIAL/credentials", credentials::list)
        .post(Need::Anybody, "/v3.0/OS-CREDENTIAL/credentials", credentials::create)
        .get(Need::Anybody, "/v3.0/OS-CREDENTIAL/credentials/{access_key}", credentials::show)
        .put(Need::Anybody, "/v3.0/OS-CREDENTIAL/credentials/{access_key}", credentials::change)
        .delete(Need::Anybody, "/v3.0/OS-CREDENTIAL/credentials/{access_key}", credentials::delete)
        .get(Need::Administrator, "/v3/users", users::list)
        .post(Need::Administrator, "/v3/users", users::create)
        .get(Need::Anybody, "/v3/users/{user_id}", users::show)
        .patch(Need::Administrator, "/v3/users/{user_id}", users::change)
        .delete(Need::Administrator, "/v3/users/{user_id}", users::delete)
        .post(Need::Anybody, "/v3/users/{user_id}/password", own::change_password)
        .get(Need::Anybody, "/v3/users/{user_id}/groups", groups::of_user)
        .post(Need::Administrator, "/v3.0/OS-USER/users", users::create_with_mode)
        .get(Need::Anybody, "/v3.0/OS-USER/users/{user_id}", users::show_with_mode)
        .put(Need::Administrator, "/v3.0/OS-USER/users/{user_id}", users::change_with_mode)
        .put(Need::Anybody, "/v3.0/OS-USER/users/{user_id}/info", own::change_contact)
        .get(Need::Administrator, "/v3/groups", groups::list)
        .post(Need::Administrator, "/v3/groups", groups::create)
        .get(Need::Administrator, "/v3/groups/{group_id}", groups::show)
        .patch(Need::Administrator, "/v3/groups/{group_id}", groups::change)
        .delete(Need::Administrator, "/v3/groups/{group_id}", groups::delete)
        .get(Need::Administrator, "/v3/groups/{group_id}/users", groups::users)
        .put(Need::Administrator, "/v3/groups/{group_id}/users/{user_id}", groups::add_user)
        .head(Need::Administrator, "/v3/groups/{group_id}/users/{user_id}", groups::has_user)
        .delete(Need::Administrator, "/v3/groups/{group_id}/users/{user_id}", groups::remove_user)
        .get(Need::Administrator, "/v3/roles", roles::list)
        .get(Need::Administrator, "/v3/roles/{role_id}", roles::show)
        .get(Need::Administrator, "/v3.0/OS-PERMISSION/role-assignments", roles::assignments)
        .and(grants::routes())
        .and(enterprise::routes())
        .get(
            Need::Administrator,
            "/v3.0/OS-SECURITYPOLICY/domains/{domain_id}/login-policy",
            login_policy::show,
        )
        .put(
            Need::Administrator,
            "/v3.0/OS-SECURITYPOLICY/domains/{domain_id}/login-policy",
            login_policy::change,
        )
}

/// What a body has under its one name.
///
/// # Errors
/// IAM.0072 for a field that is missing, IAM.0073 for one that is wrong, by its name; IAM.0011 for what is no object.
fn wrapped<'a, T: Deserialize<'a>>(body: &'a [u8], name: &'static str) -> Result<T, IamFailure> {
    Ok(invalid::read_under(body, name)?)
}

/// The rows of a page; all of them, if none was asked for.
fn page_of<T>(
    rows: impl IntoIterator<Item = T>,
    page: Option<NonZeroUsize>,
    per_page: Option<NonZeroUsize>,
) -> Vec<T> {
    let per_page = per_page.map_or(usize::MAX, NonZeroUsize::get);
    let skipped = page.map_or(0, |page| page.get() - 1).saturating_mul(per_page);
    rows.into_iter().skip(skipped).take(per_page).collect()
}

/// The id of the account of the caller; another account's in a request is refused, whether it exists or not.
fn own_domain(known: &Known, asked: Option<&str>) -> Result<String, IamFailure> {
    let own = known.caller.account.to_string();
    if asked.is_none_or(|asked| asked == own) { Ok(own) } else { Err(IamFailure::forbidden()) }
}

/// A user of the caller's account: whoever is calling, or, for an administrator, any.
///
/// # Errors
/// 404 for a user who is not there, 403 for one the caller may not see; somebody who may only see themselves is not told
/// who else there is.
fn user_of(app: &App, known: &Known, user_id: &str) -> Result<UserDetails, IamFailure> {
    let caller = &known.caller.user;
    if !caller.is_administrator && caller.user_id != user_id {
        return Err(IamFailure::forbidden());
    }
    let found = app.auth.directory.user_of(&caller.account_id, user_id).map_err(IamFailure::internal)?;
    found.ok_or_else(|| IamFailure::absent("user", user_id))
}

/// Password and keys of the account's own user are that user's: else whoever administers users could take the account.
fn may_change_what_opens(known: &Known, user: &UserRow) -> Result<(), IamFailure> {
    if user.is_owner && user.user_id != known.caller.user.user_id {
        return Err(refused(DirectoryError::OwnersOwn, &user.user_id, ""));
    }
    Ok(())
}

/// What the directory says no to; the ids are the user's and the group's of the request.
fn refused(problem: DirectoryError, user_id: &str, group_id: &str) -> IamFailure {
    let forbidden = |problem: &DirectoryError| IamFailure::new(StatusCode::FORBIDDEN, sentence(problem));
    match problem {
        DirectoryError::UnknownUser => IamFailure::absent("user", user_id),
        DirectoryError::UnknownGroup => IamFailure::absent("group", group_id),
        DirectoryError::NoProgrammaticAccess => IamFailure::console_only(),
        DirectoryError::UserTaken => IamFailure::conflict("user"),
        DirectoryError::GroupTaken => IamFailure::conflict("group"),
        DirectoryError::OwnersOwn
        | DirectoryError::AdministratorsOwn
        | DirectoryError::TooManyUsers
        | DirectoryError::TooManyGrants
        | DirectoryError::TooManyGroupsOfUser
        | DirectoryError::TooManyGroups => forbidden(&problem),
        DirectoryError::InvalidName => IamFailure::field("name", sentence(&problem)),
        DirectoryError::OutOfBounds | DirectoryError::InvalidId | DirectoryError::TooManyKeys => {
            IamFailure::new(StatusCode::BAD_REQUEST, sentence(&problem))
        }
        problem => IamFailure::internal(problem),
    }
}

/// A directory's words as a sentence.
fn sentence(problem: &DirectoryError) -> String {
    let text = problem.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    format!("{}{}.", first.map(String::from).unwrap_or_default(), chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_so_many_rows() {
        let page = |page, per_page| page_of(1..=5, NonZeroUsize::new(page), NonZeroUsize::new(per_page));
        // Nothing stands for what was not asked for.
        assert_eq!(page(0, 0), [1, 2, 3, 4, 5]);
        assert_eq!((page(0, 2), page(2, 2), page(3, 2)), (vec![1, 2], vec![3, 4], vec![5]));
        assert!(page(4, 2).is_empty() && page(2, 0).is_empty() && page(usize::MAX, usize::MAX).is_empty());
    }
}
