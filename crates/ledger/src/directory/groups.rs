//! The groups of an account and who is in them.
//!
//! Every account has the group `admin`, whose id is the account's own: who is in it may do everything.

use rusqlite::{Connection, Row, params};

use super::users::is_owner;
use super::{Directory, DirectoryError, all, is_description, is_id, one, taken_or_failed};

/// How many groups an account may have, that of administrators among them ("Quotas": 20 user groups).
pub const MAX_GROUPS: usize = 20;

/// How many groups a user may be in ("Notes and Constraints").
pub const MAX_GROUPS_OF_USER: usize = 10;

/// The longest name of a group, in characters ("Creating a User Group").
const MAX_GROUP_NAME_CHARS: usize = 128;

/// A group to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewGroup<'a> {
    /// Unique among all groups.
    pub group_id: &'a str,
    /// Whose group this will be.
    pub account_id: &'a str,
    /// Unique in the account, ignoring the case of ASCII letters.
    pub name: &'a str,
    /// What is said of it.
    pub description: &'a str,
    /// Milliseconds since the epoch.
    pub created_at_ms: i64,
}

/// A group of users of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    /// Unique among all groups.
    pub group_id: String,
    /// Whose group this is.
    pub account_id: String,
    /// Unique in the account.
    pub name: String,
    /// What is said of it.
    pub description: String,
    /// Milliseconds since the epoch.
    pub created_at_ms: i64,
}

impl GroupRow {
    /// Whether it is the group of administrators.
    pub fn is_of_administrators(&self) -> bool {
        self.group_id == self.account_id
    }
}

const COLUMNS: &str = "g.group_id, g.account_id, g.name, g.description, g.created_at_ms";

fn group(row: &Row<'_>) -> rusqlite::Result<GroupRow> {
    Ok(GroupRow {
        group_id: row.get(0)?,
        account_id: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        created_at_ms: row.get(4)?,
    })
}

impl Directory {
    /// The groups of an account, oldest first.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn groups_of(&self, account_id: &str) -> Result<Vec<GroupRow>, DirectoryError> {
        let query = format!("SELECT {COLUMNS} FROM groups g WHERE g.account_id = ?1 ORDER BY g.number");
        all(&self.connection.lock(), &query, [account_id], group)
    }

    /// The group of this id, if it is the account's.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn group_of(&self, account_id: &str, group_id: &str) -> Result<Option<GroupRow>, DirectoryError> {
        let query = format!("SELECT {COLUMNS} FROM groups g WHERE g.account_id = ?1 AND g.group_id = ?2");
        one(&self.connection.lock(), &query, [account_id, group_id], group)
    }

    /// The groups a user is in, oldest first.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn groups_of_user(&self, user_id: &str) -> Result<Vec<GroupRow>, DirectoryError> {
        let query = format!(
            "SELECT {COLUMNS} FROM groups g JOIN group_users m USING (group_id) WHERE m.user_id = ?1
            ORDER BY g.number"
        );
        all(&self.connection.lock(), &query, [user_id], group)
    }

    /// The ids of the users in a group, oldest user first.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn users_in_group(&self, group_id: &str) -> Result<Vec<String>, DirectoryError> {
        let query = "SELECT m.user_id FROM group_users m JOIN users u USING (user_id) WHERE m.group_id = ?1
            ORDER BY u.number";
        all(&self.connection.lock(), query, [group_id], |row| row.get(0))
    }

    /// Writes a group, durably.
    ///
    /// # Errors
    /// [`DirectoryError::OutOfBounds`], [`GroupTaken`](DirectoryError::GroupTaken),
    /// [`TooManyGroups`](DirectoryError::TooManyGroups), [`IdTaken`](DirectoryError::IdTaken) (also for an account
    /// that is not there), or the file's.
    pub fn insert_group(&self, new: &NewGroup<'_>) -> Result<(), DirectoryError> {
        if !is_id(new.group_id) {
            return Err(DirectoryError::InvalidId);
        }
        check(Some(new.name), Some(new.description))?;
        self.change_users(|transaction| {
            check_name_free(transaction, new.account_id, new.group_id, new.name)?;
            let count = "SELECT count(*) FROM groups WHERE account_id = ?1";
            let count: i64 = transaction.query_row(count, [new.account_id], |row| row.get(0))?;
            if count >= MAX_GROUPS as i64 {
                return Err(DirectoryError::TooManyGroups);
            }
            insert(transaction, new)
        })
    }

    /// Changes a group of the account, durably; `None` stays as it was.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownGroup`] (also for another account's), [`OutOfBounds`](DirectoryError::OutOfBounds),
    /// [`GroupTaken`](DirectoryError::GroupTaken), [`AdministratorsOwn`](DirectoryError::AdministratorsOwn), or the
    /// file's.
    pub fn change_group(
        &self,
        account_id: &str,
        group_id: &str,
        name: Option<&str>,
        description: Option<&str>,
    ) -> Result<(), DirectoryError> {
        check(name, description)?;
        self.change_users(|transaction| {
            check_group(transaction, account_id, group_id)?;
            if let Some(name) = name {
                if group_id == account_id {
                    return Err(DirectoryError::AdministratorsOwn);
                }
                check_name_free(transaction, account_id, group_id, name)?;
            }
            transaction.execute(
                "UPDATE groups SET name = coalesce(?2, name), description = coalesce(?3, description)
                WHERE group_id = ?1",
                params![group_id, name, description],
            )?;
            Ok(())
        })
    }

    /// Takes a group of the account away with its grants, durably. Its users stay.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownGroup`] (also for another account's),
    /// [`AdministratorsOwn`](DirectoryError::AdministratorsOwn), or the file's.
    pub fn delete_group(&self, account_id: &str, group_id: &str) -> Result<(), DirectoryError> {
        self.change_users(|transaction| {
            check_group(transaction, account_id, group_id)?;
            if group_id == account_id {
                return Err(DirectoryError::AdministratorsOwn);
            }
            transaction.execute("DELETE FROM groups WHERE group_id = ?1", [group_id])?;
            Ok(())
        })
    }

    /// Puts a user into a group, or takes them out, durably. Answers whether that changed anything.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownGroup`] or [`UnknownUser`](DirectoryError::UnknownUser) (also for another account's),
    /// [`TooManyGroupsOfUser`](DirectoryError::TooManyGroupsOfUser), or the file's.
    pub fn set_group_user(
        &self,
        account_id: &str,
        group_id: &str,
        user_id: &str,
        is_in: bool,
    ) -> Result<bool, DirectoryError> {
        self.change_users(|transaction| set_user_in(transaction, account_id, (group_id, user_id), is_in))
    }
}

/// See [`Directory::set_group_user`].
pub(super) fn set_user_in(
    connection: &Connection,
    account_id: &str,
    (group_id, user_id): (&str, &str),
    is_in: bool,
) -> Result<bool, DirectoryError> {
    check_group(connection, account_id, group_id)?;
    is_owner(connection, account_id, user_id)?;
    let change = match is_in {
        true => "INSERT OR IGNORE INTO group_users (group_id, user_id) VALUES (?1, ?2)",
        false => "DELETE FROM group_users WHERE group_id = ?1 AND user_id = ?2",
    };
    let is_changed = connection.execute(change, [group_id, user_id])? > 0;
    let count = "SELECT count(*) FROM group_users WHERE user_id = ?1";
    let count: i64 = connection.query_row(count, [user_id], |row| row.get(0))?;
    if is_in && is_changed && count > MAX_GROUPS_OF_USER as i64 {
        return Err(DirectoryError::TooManyGroupsOfUser);
    }
    Ok(is_changed)
}

/// Writes a new account's group of administrators.
pub(super) fn insert_administrators(
    connection: &Connection,
    account_id: &str,
    created_at_ms: i64,
) -> Result<(), DirectoryError> {
    let (name, description) = ("admin", "Administrators of the account");
    insert(connection, &NewGroup { group_id: account_id, account_id, name, description, created_at_ms })
}

fn insert(connection: &Connection, new: &NewGroup<'_>) -> Result<(), DirectoryError> {
    connection
        .execute(
            "INSERT INTO groups (group_id, account_id, name, description, created_at_ms)
            VALUES (?1, ?2, ?3, ?4, ?5)",
            params![new.group_id, new.account_id, new.name, new.description, new.created_at_ms],
        )
        .map_err(taken_or_failed)?;
    Ok(())
}

/// Refuses a group that is not the account's.
pub(super) fn check_group(
    connection: &Connection,
    account_id: &str,
    group_id: &str,
) -> Result<(), DirectoryError> {
    let query = "SELECT 1 FROM groups WHERE account_id = ?1 AND group_id = ?2";
    one(connection, query, [account_id, group_id], |_| Ok(()))?.ok_or(DirectoryError::UnknownGroup)
}

fn check_name_free(
    connection: &Connection,
    account_id: &str,
    group_id: &str,
    name: &str,
) -> Result<(), DirectoryError> {
    let query = "SELECT 1 FROM groups WHERE account_id = ?1 AND name = ?2 AND group_id <> ?3";
    match one(connection, query, [account_id, name, group_id], |_| Ok(()))? {
        Some(()) => Err(DirectoryError::GroupTaken),
        None => Ok(()),
    }
}

fn check(name: Option<&str>, description: Option<&str>) -> Result<(), DirectoryError> {
    let is_group_name = |name: &str| {
        let (trimmed, chars) = (name.trim(), name.chars().count());
        trimmed == name && (1..=MAX_GROUP_NAME_CHARS).contains(&chars) && !name.chars().any(char::is_control)
    };
    if name.is_none_or(is_group_name) && description.is_none_or(is_description) {
        Ok(())
    } else {
        Err(DirectoryError::OutOfBounds)
    }
}
