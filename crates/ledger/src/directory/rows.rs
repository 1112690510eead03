//! What the directory takes and gives. No `Debug` shows a password's hash or a sealed secret.

use std::fmt;

use charging::{Name, Tier, Zone};
use rusqlite::Row;
use rusqlite::types::Type;

/// An account with its first user, that user's access key, and its projects.
pub struct NewAccount<'a> {
    /// 32 lower-case hexadecimal digits.
    pub account_id: &'a str,
    /// 1 to 64 of `A-Z a-z 0-9 . _ -`, the first a letter or digit; unique ignoring case.
    pub name: &'a str,
    /// The id of the first user.
    pub user_id: &'a str,
    /// As the account's name; unique in the account.
    pub user_name: &'a str,
    /// As the password hasher wrote it.
    pub password_hash: &'a str,
    /// The public half of the AK/SK pair.
    pub access_key: &'a str,
    /// The secret half, encrypted by the caller.
    pub sealed_secret: &'a [u8],
    /// Id and region of each project, one in each region.
    pub projects: &'a [(String, String)],
    /// How its books are to be opened.
    pub opening: &'a Opening,
    /// Milliseconds since the epoch.
    pub created_at_ms: i64,
}

/// How an account's books are to be opened. It is kept with the account, so that a crash before they are opened
/// does not change what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Customer tier.
    pub tier: Tier,
    /// Arrears policy.
    pub policy: Name,
    /// The zone hours, days and months are counted in.
    pub zone: Zone,
}

/// An account ("domain" in the token's words).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// 32 lower-case hexadecimal digits.
    pub account_id: String,
    /// As written when the account was created.
    pub name: String,
    /// Milliseconds since the epoch.
    pub created_at_ms: i64,
    /// How its books are to be opened; `None` for an account older than the record of it.
    pub opening: Option<Opening>,
}

/// A user of an account.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Unique among all users.
    pub user_id: String,
    /// Unique in the account.
    pub name: String,
    /// Whose user this is.
    pub account_id: String,
    /// That account's name.
    pub account_name: String,
    /// As the password hasher wrote it; not in `Debug`.
    pub password_hash: String,
    /// Whether the user may sign in.
    pub enabled: bool,
}

impl fmt::Debug for UserRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRow")
            .field("user_id", &self.user_id)
            .field("name", &self.name)
            .field("account_id", &self.account_id)
            .field("account_name", &self.account_name)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

/// An access key and its user.
#[derive(Clone)]
pub struct AccessKeyRow {
    /// The public half of the AK/SK pair.
    pub access_key: String,
    /// The secret half, encrypted by the caller; not in `Debug`.
    pub sealed_secret: Vec<u8>,
    /// Who signs with it.
    pub user: UserRow,
    /// Whether the key may be used.
    pub enabled: bool,
}

impl fmt::Debug for AccessKeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKeyRow")
            .field("access_key", &self.access_key)
            .field("user", &self.user)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

/// A project: an account's place in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRow {
    /// Unique among all projects.
    pub project_id: String,
    /// Whose project this is.
    pub account_id: String,
    /// The region it is in.
    pub region: String,
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// One project.
    Project,
    /// The whole account.
    Domain,
}

/// A token, by its hash; the token itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// To whom it was issued.
    pub user: UserRow,
    /// What it is good for.
    pub scope: ScopeKind,
    /// The project, if that is the scope.
    pub project: Option<ProjectRow>,
    /// Milliseconds since the epoch.
    pub issued_at_ms: i64,
    /// Milliseconds since the epoch; the caller compares it with now.
    pub expires_at_ms: i64,
}

/// The columns that [`user`] reads, first in a row, of `users u` and `accounts a`.
pub(super) const USER_COLUMNS: &str = "u.user_id, u.name, u.account_id, a.name, u.password_hash, u.enabled";
/// How many they are.
pub(super) const USER_WIDTH: usize = 6;

pub(super) fn user(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    Ok(UserRow {
        user_id: row.get(0)?,
        name: row.get(1)?,
        account_id: row.get(2)?,
        account_name: row.get(3)?,
        password_hash: row.get(4)?,
        enabled: row.get(5)?,
    })
}

/// The columns that [`account`] reads.
pub(super) const ACCOUNT_COLUMNS: &str = "account_id, name, created_at_ms, tier, policy, zone_minutes";

pub(super) fn account(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    let opening = match row.get::<_, Option<String>>(3)? {
        None => None,
        Some(tier) => Some(Opening {
            tier: tier.parse().map_err(|problem: String| malformed(3, problem))?,
            policy: Name::new(&row.get::<_, String>(4)?)
                .map_err(|problem| malformed(4, problem.to_string()))?,
            zone: Zone::from_offset_minutes(row.get(5)?)
                .ok_or_else(|| malformed(5, "no offset of a zone".into()))?,
        }),
    };
    Ok(AccountRow { account_id: row.get(0)?, name: row.get(1)?, created_at_ms: row.get(2)?, opening })
}

fn malformed(column: usize, problem: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, problem.into())
}

pub(super) fn project(row: &Row<'_>) -> rusqlite::Result<ProjectRow> {
    Ok(ProjectRow { project_id: row.get(0)?, account_id: row.get(1)?, region: row.get(2)? })
}

pub(super) fn access_key(row: &Row<'_>) -> rusqlite::Result<AccessKeyRow> {
    Ok(AccessKeyRow {
        user: user(row)?,
        access_key: row.get(USER_WIDTH)?,
        sealed_secret: row.get(USER_WIDTH + 1)?,
        enabled: row.get(USER_WIDTH + 2)?,
    })
}

pub(super) fn token(row: &Row<'_>) -> rusqlite::Result<TokenRow> {
    let project = match row.get::<_, Option<String>>(USER_WIDTH + 2)? {
        Some(project_id) => Some(ProjectRow {
            project_id,
            account_id: row.get(USER_WIDTH + 3)?,
            region: row.get(USER_WIDTH + 4)?,
        }),
        None => None,
    };
    Ok(TokenRow {
        user: user(row)?,
        scope: if project.is_some() { ScopeKind::Project } else { ScopeKind::Domain },
        project,
        issued_at_ms: row.get(USER_WIDTH)?,
        expires_at_ms: row.get(USER_WIDTH + 1)?,
    })
}
