//! Grants: which role a group or a user has where. What a role allows is not known here.

use rusqlite::{Row, params};

use super::groups::check_group;
use super::rows::{Scope, malformed};
use super::users::is_owner;
use super::{DEFAULT_ENTERPRISE_PROJECT, Directory, DirectoryError, all, is_id, one, taken_or_failed};

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
    /// [`InvalidId`](DirectoryError::InvalidId), or the file's.
    pub fn grant(
        &self,
        account_id: &str,
        to: &Grantee,
        role: &str,
        scope: &Scope,
        granted_at_ms: i64,
    ) -> Result<(), DirectoryError> {
        let (kind, scope_id) = scope.parts();
        if !is_id(role) || !is_id(scope_id) {
            return Err(DirectoryError::InvalidId);
        }
        self.change_users(|transaction| {
            let (group, user) = columns(to);
            match to {
                Grantee::Group(id) => check_group(transaction, account_id, id)?,
                Grantee::User(id) => drop(is_owner(transaction, account_id, id)?),
            }
            let has = |query: &str, id: &str| {
                one(transaction, query, [id, account_id], |_| Ok(())).map(|found| found.is_some())
            };
            let project = "SELECT 1 FROM projects WHERE project_id = ?1 AND account_id = ?2";
            let enterprise =
                "SELECT 1 FROM enterprise_projects WHERE enterprise_project_id = ?1 AND account_id = ?2";
            match scope {
                Scope::Domain(id) | Scope::AllProjects(id) if id == account_id => {}
                Scope::Project(id) if has(project, id)? => {}
                Scope::EnterpriseProject(id) if id == DEFAULT_ENTERPRISE_PROJECT || has(enterprise, id)? => {}
                Scope::EnterpriseProject(_) => return Err(DirectoryError::UnknownEnterpriseProject),
                _ => return Err(DirectoryError::UnknownProject),
            }
            transaction
                .execute(
                    "INSERT OR IGNORE INTO grants (group_id, user_id, role, scope, scope_id, granted_at_ms)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![group, user, role, kind, scope_id, granted_at_ms],
                )
                .map_err(taken_or_failed)?;
            Ok(())
        })
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
        let (kind, scope_id) = scope.parts();
        self.change_users(|transaction| {
            match from {
                Grantee::Group(id) => check_group(transaction, account_id, id)?,
                Grantee::User(id) => drop(is_owner(transaction, account_id, id)?),
            }
            let (group, user) = columns(from);
            let deleted = transaction.execute(
                "DELETE FROM grants WHERE group_id IS ?1 AND user_id IS ?2 AND role = ?3 AND scope = ?4
                AND scope_id = ?5",
                params![group, user, role, kind, scope_id],
            )?;
            Ok(deleted > 0)
        })
    }
}

fn columns(grantee: &Grantee) -> (Option<&str>, Option<&str>) {
    match grantee {
        Grantee::Group(id) => (Some(id), None),
        Grantee::User(id) => (None, Some(id)),
    }
}
