//! Grants: which role a group or a user has where. What a role allows is not known here.

use rusqlite::{Connection, Row, params};

use super::groups::check_group;
use super::rows::{Scope, malformed};
use super::users::is_owner;
use super::{DEFAULT_ENTERPRISE_PROJECT, Directory, DirectoryError, all, is_id, one, taken_or_failed};

/// How many roles a group or a user may have for projects and global services together. Published of a group's IAM projects
/// ("Notes and Constraints" of IAM); that global services count with them, and that the same holds for a user, is our own
/// choice.
pub const MAX_GRANTS: usize = 200;
/// How many it may have for enterprise projects: published of groups and users (the same page).
pub const MAX_ENTERPRISE_PROJECT_GRANTS: usize = 500;

/// Who is granted a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// The users of the group of this id.
    Group(String),
    /// The user of this id.
    User(String),
}

/// A role that was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    /// To whom.
    pub to: Grantee,
    /// The role's id.
    pub role: String,
    /// Where it holds.
    pub scope: Scope,
    /// Milliseconds since the epoch.
    pub granted_at_ms: i64,
}

fn grant(row: &Row<'_>) -> rusqlite::Result<GrantRow> {
    let to = match (row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?) {
        (Some(group), None) => Grantee::Group(group),
        (None, Some(user)) => Grantee::User(user),
        _ => return Err(malformed(0, "a grant to nobody".into())),
    };
    let (kind, id): (String, String) = (row.get(3)?, row.get(4)?);
    let scope = Scope::of(&kind, &id).ok_or_else(|| malformed(3, "no scope".into()))?;
    Ok(GrantRow { to, role: row.get(2)?, scope, granted_at_ms: row.get(5)? })
}

impl Directory {
    /// Everything granted in an account, oldest first.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn grants_of(&self, account_id: &str) -> Result<Vec<GrantRow>, DirectoryError> {
        let query = "SELECT group_id, user_id, role, scope, scope_id, granted_at_ms FROM grants
            WHERE group_id IN (SELECT group_id FROM groups WHERE account_id = ?1)
            OR user_id IN (SELECT user_id FROM users WHERE account_id = ?1) ORDER BY number";
        all(&self.connection.lock(), query, [account_id], grant)
    }

    /// Grants a role to a group or user of the account, durably. What is granted already is left alone.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownGroup`] or [`UnknownUser`](DirectoryError::UnknownUser) (also for another account's),
    /// [`UnknownProject`](DirectoryError::UnknownProject) or
    /// [`UnknownEnterpriseProject`](DirectoryError::UnknownEnterpriseProject) for a scope that is not the account's,
    /// [`TooManyGrants`](DirectoryError::TooManyGrants), [`InvalidId`](DirectoryError::InvalidId), or the file's.
    pub fn grant(
        &self,
        account_id: &str,
        to: &Grantee,
        role: &str,
        scope: &Scope,
        granted_at_ms: i64,
    ) -> Result<(), DirectoryError> {
        self.change_users(|transaction| grant_in(transaction, (account_id, to), role, scope, granted_at_ms))
    }

    /// Takes a grant to a group or user of the account back, durably. Answers whether there was one.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownGroup`] or [`UnknownUser`](DirectoryError::UnknownUser) (also for another account's),
    /// or the file's.
    pub fn revoke(
        &self,
        account_id: &str,
        from: &Grantee,
        role: &str,
        scope: &Scope,
    ) -> Result<bool, DirectoryError> {
        self.change_users(|transaction| revoke_in(transaction, (account_id, from), role, scope))
    }
}

/// See [`Directory::grant`].
pub(super) fn grant_in(
    connection: &Connection,
    (account_id, to): (&str, &Grantee),
    role: &str,
    scope: &Scope,
    granted_at_ms: i64,
) -> Result<(), DirectoryError> {
    let (kind, scope_id) = scope.parts();
    if !is_id(role) || !is_id(scope_id) {
        return Err(DirectoryError::InvalidId);
    }
    check_grantee(connection, account_id, to)?;
    let has = |query: &str, id: &str| {
        one(connection, query, [id, account_id], |_| Ok(())).map(|found| found.is_some())
    };
    let project = "SELECT 1 FROM projects WHERE project_id = ?1 AND account_id = ?2";
    let enterprise = "SELECT 1 FROM enterprise_projects WHERE enterprise_project_id = ?1 AND account_id = ?2";
    match scope {
        Scope::Domain(id) | Scope::AllProjects(id) if id == account_id => {}
        Scope::Project(id) if has(project, id)? => {}
        Scope::EnterpriseProject(id) if id == DEFAULT_ENTERPRISE_PROJECT || has(enterprise, id)? => {}
        Scope::EnterpriseProject(_) => return Err(DirectoryError::UnknownEnterpriseProject),
        _ => return Err(DirectoryError::UnknownProject),
    }
    let (group, user) = columns(to);
    let added = connection
        .execute(
            "INSERT OR IGNORE INTO grants (group_id, user_id, role, scope, scope_id, granted_at_ms)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![group, user, role, kind, scope_id, granted_at_ms],
        )
        .map_err(taken_or_failed)?;
    let of_enterprise = matches!(scope, Scope::EnterpriseProject(_));
    let most = if of_enterprise { MAX_ENTERPRISE_PROJECT_GRANTS } else { MAX_GRANTS };
    let count = "SELECT count(*) FROM grants
        WHERE group_id IS ?1 AND user_id IS ?2 AND (scope = 'enterprise_project') = ?3";
    let count: i64 = connection.query_row(count, params![group, user, of_enterprise], |row| row.get(0))?;
    // What was added beyond goes with the transaction.
    if added > 0 && count > most as i64 { Err(DirectoryError::TooManyGrants) } else { Ok(()) }
}

/// See [`Directory::revoke`].
pub(super) fn revoke_in(
    connection: &Connection,
    (account_id, from): (&str, &Grantee),
    role: &str,
    scope: &Scope,
) -> Result<bool, DirectoryError> {
    check_grantee(connection, account_id, from)?;
    let ((kind, scope_id), (group, user)) = (scope.parts(), columns(from));
    let deleted = connection.execute(
        "DELETE FROM grants WHERE group_id IS ?1 AND user_id IS ?2 AND role = ?3 AND scope = ?4
        AND scope_id = ?5",
        params![group, user, role, kind, scope_id],
    )?;
    Ok(deleted > 0)
}

fn check_grantee(connection: &Connection, account_id: &str, grantee: &Grantee) -> Result<(), DirectoryError> {
    match grantee {
        Grantee::Group(id) => check_group(connection, account_id, id),
        Grantee::User(id) => is_owner(connection, account_id, id).map(drop),
    }
}

fn columns(grantee: &Grantee) -> (Option<&str>, Option<&str>) {
    match grantee {
        Grantee::Group(id) => (Some(id), None),
        Grantee::User(id) => (None, Some(id)),
    }
}
