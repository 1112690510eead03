//! Users ("IAM User Management").
//!
//! The same user has other fields in other calls: `/v3` speaks Keystone's words, `/v3.0/OS-USER` IAM's own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Links;

/// A body with one user.
#[derive(Debug, Clone, Serialize)]
pub struct UserBody<T> {
    /// The user.
    pub user: T,
}

/// `POST /v3/users` and `POST /v3.0/OS-USER/users`: a user to be made. No `Debug`: it holds a password.
#[derive(Deserialize, JsonSchema)]
pub struct NewUser {
    /// Unique in the account.
    pub name: Option<String>,
    /// The account.
    pub domain_id: Option<String>,
    /// Absent for a user without a password.
    pub password: Option<String>,
    /// Whether the user may sign in.
    pub enabled: Option<bool>,
    /// `default`, `programmatic` or `console`; only of `/v3.0`.
    pub access_mode: Option<String>,
    /// Whether the user is to choose another password.
    pub pwd_status: Option<bool>,
    /// What is said of the user.
    pub description: Option<String>,
    /// The user's address.
    pub email: Option<String>,
    /// The phone's area code.
    pub areacode: Option<String>,
    /// The phone's number.
    pub phone: Option<String>,
    /// The user's id elsewhere.
    pub xuser_id: Option<String>,
    /// What that is.
    pub xuser_type: Option<String>,
}

/// `PATCH /v3/users/{user_id}` and `PUT /v3.0/OS-USER/users/{user_id}`: what is to change.
pub type UserChange = NewUser;

/// `PUT /v3.0/OS-USER/users/{user_id}/info`: what users change of themselves.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Contact {
    /// The address.
    pub email: Option<String>,
    /// Area code and number, with a hyphen between.
    pub mobile: Option<String>,
}

/// `POST /v3/users/{user_id}/password`. No `Debug`: it holds passwords.
#[derive(Deserialize, JsonSchema)]
pub struct PasswordChange {
    /// The new one.
    pub password: Option<String>,
    /// The one so far.
    pub original_password: Option<String>,
}

/// `GET /v3/users`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ListedUsers {
    /// The users.
    pub users: Vec<UserWithMode>,
    /// Links.
    pub links: Links,
}

/// A user in Keystone's words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ListedUser {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its account.
    pub domain_id: String,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// What is said of the user.
    pub description: String,
    /// Whether the user is to choose another password.
    pub pwd_status: bool,
    /// Always null: passwords do not expire.
    pub password_expires_at: Option<String>,
    /// Links.
    pub links: Links,
}

/// The same where it is listed or shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UserWithMode {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its account.
    pub domain_id: String,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// What is said of the user.
    pub description: String,
    /// Whether the user is to choose another password.
    pub pwd_status: bool,
    /// Always null: passwords do not expire.
    pub password_expires_at: Option<String>,
    /// `default`, `programmatic` or `console`.
    pub access_mode: &'static str,
    /// Always null: it is not kept.
    pub last_project_id: Option<String>,
    /// Always null: a password is only kept as a hash.
    pub pwd_strength: Option<String>,
    /// Links.
    pub links: Links,
}

/// A user in IAM's own words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountUser {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its account.
    pub domain_id: String,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// `default`, `programmatic` or `console`.
    pub access_mode: &'static str,
    /// Whether it is the account's own.
    pub is_domain_owner: bool,
    /// Whether the user is to choose another password.
    pub pwd_status: bool,
    /// Always null: a password is only kept as a hash.
    pub pwd_strength: Option<String>,
    /// What is said of the user.
    pub description: String,
    /// The user's address.
    pub email: String,
    /// The phone's area code.
    pub areacode: String,
    /// The phone's number.
    pub phone: String,
    /// When it was made; empty where that was not kept.
    pub create_time: String,
    /// When a password was last given; absent if never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login_time: Option<String>,
    /// Always null: passwords do not expire.
    pub password_expires_at: Option<String>,
    /// Always empty: nothing is known of other systems.
    pub xuser_id: String,
    /// Likewise.
    pub xuser_type: String,
    /// Links.
    pub links: Links,
}
