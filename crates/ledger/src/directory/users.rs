//! The users of an account: who there is, one more, one less, and what changes of them.
//!
//! Whoever is disabled or gets another password loses tokens and sessions at once; whoever is deleted, everything.

use rusqlite::{Connection, Row, params};

use super::grants::{Grantee, grant_in, revoke_in};
use super::groups::set_user_in;
use super::rows::{self, AccessMode, Scope, USER_COLUMNS, USER_WIDTH, UserRow};
use super::tokens::end_tokens;
use super::{Directory, DirectoryError, all, is_description, is_id, is_name, one, taken_or_failed};

/// How many users an account may have, its own among them ("Quotas": 50 users).
pub const MAX_USERS: usize = 50;

/// The longest email address, in bytes ("Creating an IAM User").
const MAX_EMAIL_BYTES: usize = 255;
/// The longest phone number, in digits ("Creating an IAM User").
const MAX_PHONE_DIGITS: usize = 32;
/// The longest area code, in digits.
const MAX_AREA_DIGITS: usize = 8;

/// A user to be made.
#[derive(Clone, Copy)]
pub struct NewUser<'a> {
    /// Unique among all users.
    pub user_id: &'a str,
    /// Whose user this will be.
    pub account_id: &'a str,
    /// Unique in the account, ignoring case.
    pub name: &'a str,
    /// As the password hasher wrote it; `None` for a user without a password.
    pub password_hash: Option<&'a str>,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// From where.
    pub access: AccessMode,
    /// The user is to choose another password.
    pub reset_password: bool,
    /// What is said of the user.
    pub description: &'a str,
    /// The user's address, or empty.
    pub email: &'a str,
    /// Area code and number, or both empty.
    pub phone: (&'a str, &'a str),
    /// Milliseconds since the epoch.
    pub created_at_ms: i64,
    /// The same instant by the machine's clock.
    pub system_ms: i64,
}

/// What is to change of a user; `None` stays as it was.
#[derive(Clone, Copy, Default)]
pub struct UserChange<'a> {
    /// Another name.
    pub name: Option<&'a str>,
    /// Another password, as the hasher wrote it.
    pub password_hash: Option<&'a str>,
    /// The hash of the password that was proved to be known: nothing changes if the user has another one by now.
    pub proved_by: Option<&'a str>,
    /// Whether the user may sign in.
    pub enabled: Option<bool>,
    /// From where.
    pub access: Option<AccessMode>,
    /// The user is to choose another password.
    pub reset_password: Option<bool>,
    /// From when the days without signing in are counted anew, by the machine's clock: the user is let in again.
    pub idle_since_ms: Option<i64>,
    /// What is said of the user.
    pub description: Option<&'a str>,
    /// The user's address.
    pub email: Option<&'a str>,
    /// Area code and number.
    pub phone: Option<(&'a str, &'a str)>,
}

/// What a user is to have beside: written with the user, or with the change, or neither is.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserRights<'a> {
    /// Whether the user is an administrator; `None` stays as it was.
    pub administrator: Option<bool>,
    /// Roles, and whether the user is to have them in all projects. Those that are not named stay as they are.
    pub in_all_projects: &'a [(&'a str, bool)],
    /// When, in milliseconds since the epoch.
    pub granted_at_ms: i64,
}

/// A user with what only their administrators ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetails {
    /// The user.
    pub user: UserRow,
    /// What is said of the user.
    pub description: String,
    /// The user's address, or empty.
    pub email: String,
    /// The phone's area code, or empty.
    pub area_code: String,
    /// The phone's number, or empty.
    pub phone: String,
    /// The user is to choose another password.
    pub reset_password: bool,
    /// Milliseconds since the epoch; `None` for a user older than the record of it.
    pub created_at_ms: Option<i64>,
    /// When a password was last given.
    pub signed_in_at_ms: Option<i64>,
}

const DETAILS: &str = "u.description, u.email, u.area_code, u.phone, u.reset_password, u.created_at_ms,
    u.signed_in_at_ms";

fn details(row: &Row<'_>) -> rusqlite::Result<UserDetails> {
    Ok(UserDetails {
        user: rows::user(row)?,
        description: row.get(USER_WIDTH)?,
        email: row.get(USER_WIDTH + 1)?,
        area_code: row.get(USER_WIDTH + 2)?,
        phone: row.get(USER_WIDTH + 3)?,
        reset_password: row.get(USER_WIDTH + 4)?,
        created_at_ms: row.get(USER_WIDTH + 5)?,
        signed_in_at_ms: row.get(USER_WIDTH + 6)?,
    })
}

impl Directory {
    /// The users of an account, oldest first.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn users_of(&self, account_id: &str) -> Result<Vec<UserDetails>, DirectoryError> {
        let query = format!(
            "SELECT {USER_COLUMNS}, {DETAILS} FROM users u JOIN accounts a USING (account_id)
            WHERE u.account_id = ?1 ORDER BY u.number"
        );
        all(&self.connection.lock(), &query, [account_id], details)
    }

    /// The user of this id, if it is the account's.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn user_of(&self, account_id: &str, user_id: &str) -> Result<Option<UserDetails>, DirectoryError> {
        let query = format!(
            "SELECT {USER_COLUMNS}, {DETAILS} FROM users u JOIN accounts a USING (account_id)
            WHERE u.account_id = ?1 AND u.user_id = ?2"
        );
        one(&self.connection.lock(), &query, [account_id, user_id], details)
    }

    /// The account's own user.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn owner_of(&self, account_id: &str) -> Result<Option<UserRow>, DirectoryError> {
        let query = format!(
            "SELECT {USER_COLUMNS} FROM users u JOIN accounts a USING (account_id)
            WHERE u.account_id = ?1 AND u.is_owner"
        );
        one(&self.connection.lock(), &query, [account_id], rows::user)
    }

    /// Writes a user, durably.
    ///
    /// # Errors
    /// [`DirectoryError::InvalidName`], [`OutOfBounds`](DirectoryError::OutOfBounds),
    /// [`UserTaken`](DirectoryError::UserTaken), [`TooManyUsers`](DirectoryError::TooManyUsers),
    /// [`IdTaken`](DirectoryError::IdTaken) (also for an account that is not there), or the file's.
    pub fn insert_user(&self, new: &NewUser<'_>) -> Result<(), DirectoryError> {
        self.insert_user_with(new, &UserRights::default())
    }

    /// Writes a user with these rights, durably: both, or nothing.
    ///
    /// # Errors
    /// As [`Directory::insert_user`], and as [`Directory::set_group_user`] and [`Directory::grant`].
    pub fn insert_user_with(&self, new: &NewUser<'_>, rights: &UserRights<'_>) -> Result<(), DirectoryError> {
        if !is_name(new.name) {
            return Err(DirectoryError::InvalidName);
        }
        if !is_id(new.user_id) {
            return Err(DirectoryError::InvalidId);
        }
        check(Some(new.description), Some(new.email), Some(new.phone))?;
        self.change_users(|transaction| {
            check_name_free(transaction, new.account_id, new.user_id, new.name)?;
            let count = "SELECT count(*) FROM users WHERE account_id = ?1";
            let count: i64 = transaction.query_row(count, [new.account_id], |row| row.get(0))?;
            if count >= MAX_USERS as i64 {
                return Err(DirectoryError::TooManyUsers);
            }
            transaction
                .execute(
                    "INSERT INTO users (user_id, account_id, name, password_hash, enabled, access_mode,
                    reset_password, description, email, area_code, phone, created_at_ms, idle_since_ms)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                    params![
                        new.user_id,
                        new.account_id,
                        new.name,
                        new.password_hash.unwrap_or_default(),
                        new.enabled,
                        new.access.word(),
                        new.reset_password,
                        new.description,
                        new.email,
                        new.phone.0,
                        new.phone.1,
                        new.created_at_ms,
                        new.system_ms,
                    ],
                )
                .map_err(taken_or_failed)?;
            set_rights(transaction, new.account_id, new.user_id, rights)
        })
    }

    /// Changes a user of the account, durably.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`] (also for another account's), [`InvalidName`](DirectoryError::InvalidName),
    /// [`OutOfBounds`](DirectoryError::OutOfBounds), [`UserTaken`](DirectoryError::UserTaken),
    /// [`OwnersOwn`](DirectoryError::OwnersOwn), [`PasswordChanged`](DirectoryError::PasswordChanged), or the file's.
    pub fn change_user(
        &self,
        account_id: &str,
        user_id: &str,
        change: &UserChange<'_>,
    ) -> Result<(), DirectoryError> {
        self.change_user_with(account_id, user_id, change, &UserRights::default())
    }

    /// Changes a user of the account and these rights, durably: all of it, or nothing.
    ///
    /// # Errors
    /// As [`Directory::change_user`], and as [`Directory::set_group_user`] and [`Directory::grant`].
    pub fn change_user_with(
        &self,
        account_id: &str,
        user_id: &str,
        change: &UserChange<'_>,
        rights: &UserRights<'_>,
    ) -> Result<(), DirectoryError> {
        if change.name.is_some_and(|name| !is_name(name)) {
            return Err(DirectoryError::InvalidName);
        }
        check(change.description, change.email, change.phone)?;
        self.change_users(|transaction| {
            let is_owner = is_owner(transaction, account_id, user_id)?;
            let is_shut = change.enabled == Some(false);
            let access = change.access.filter(|access| *access != AccessMode::Default);
            if is_owner && (change.name.is_some() || is_shut || access.is_some()) {
                return Err(DirectoryError::OwnersOwn);
            }
            if let Some(name) = change.name {
                check_name_free(transaction, account_id, user_id, name)?;
            }
            if let Some(hash) = change.proved_by
                && !opens(transaction, user_id, hash)?
            {
                return Err(DirectoryError::PasswordChanged);
            }
            transaction.execute(
                "UPDATE users SET name = coalesce(?2, name), password_hash = coalesce(?3, password_hash),
                enabled = coalesce(?4, enabled), access_mode = coalesce(?5, access_mode),
                reset_password = coalesce(?6, reset_password), description = coalesce(?7, description),
                email = coalesce(?8, email), area_code = coalesce(?9, area_code), phone = coalesce(?10, phone),
                idle_since_ms = coalesce(?11, idle_since_ms)
                WHERE user_id = ?1",
                params![
                    user_id,
                    change.name,
                    change.password_hash,
                    change.enabled,
                    change.access.map(AccessMode::word),
                    change.reset_password,
                    change.description,
                    change.email,
                    change.phone.map(|(area, _)| area),
                    change.phone.map(|(_, number)| number),
                    change.idle_since_ms,
                ],
            )?;
            if is_shut || change.password_hash.is_some() {
                end_tokens(transaction, user_id)?;
                transaction.execute("DELETE FROM sessions WHERE user_id = ?1", [user_id])?;
            }
            set_rights(transaction, account_id, user_id, rights)
        })
    }

    /// Whether a user who was found with this password hash may still sign in by it: the password may have been changed,
    /// or the user disabled, while it was checked.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn is_password_of(&self, user_id: &str, password_hash: &str) -> Result<bool, DirectoryError> {
        opens(&self.connection.lock(), user_id, password_hash)
    }

    /// Takes a user of the account away, with keys, tokens, sessions and grants, durably.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`] (also for another account's), [`OwnersOwn`](DirectoryError::OwnersOwn), or the
    /// file's.
    pub fn delete_user(&self, account_id: &str, user_id: &str) -> Result<(), DirectoryError> {
        self.change_users(|transaction| {
            if is_owner(transaction, account_id, user_id)? {
                return Err(DirectoryError::OwnersOwn);
            }
            end_tokens(transaction, user_id)?;
            // Memberships and grants go with the user.
            for delete in [
                "DELETE FROM sessions WHERE user_id = ?1",
                "DELETE FROM access_keys WHERE user_id = ?1",
                "DELETE FROM users WHERE user_id = ?1",
            ] {
                transaction.execute(delete, [user_id])?;
            }
            Ok(())
        })
    }

    /// Notes that the user's password was given, and the same instant by the machine's clock.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn note_sign_in(&self, user_id: &str, at_ms: i64, system_ms: i64) -> Result<(), DirectoryError> {
        let connection = self.connection.lock();
        let update = "UPDATE users SET signed_in_at_ms = ?2, idle_since_ms = ?3 WHERE user_id = ?1";
        connection.prepare_cached(update)?.execute(params![user_id, at_ms, system_ms])?;
        Ok(())
    }

    /// Since when the user has not given a password, by the machine's clock; `None` if nothing is known of it.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn idle_since_ms(&self, user_id: &str) -> Result<Option<i64>, DirectoryError> {
        let query = "SELECT idle_since_ms FROM users WHERE user_id = ?1";
        Ok(one(&self.connection.lock(), query, [user_id], |row| row.get(0))?.flatten())
    }
}

fn check(
    description: Option<&str>,
    email: Option<&str>,
    phone: Option<(&str, &str)>,
) -> Result<(), DirectoryError> {
    let is_email = |text: &str| {
        let has_parts = text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
        text.is_empty()
            || has_parts && text.len() <= MAX_EMAIL_BYTES && text.bytes().all(|b| b.is_ascii_graphic())
    };
    let digits = |text: &str, most| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_phone = |(area, number): (&str, &str)| {
        area.is_empty() == number.is_empty()
            && digits(area, MAX_AREA_DIGITS)
            && digits(number, MAX_PHONE_DIGITS)
    };
    if description.is_none_or(is_description) && email.is_none_or(is_email) && phone.is_none_or(is_phone) {
        Ok(())
    } else {
        Err(DirectoryError::OutOfBounds)
    }
}

/// Groups' grants stay.
fn set_rights(
    connection: &Connection,
    account_id: &str,
    user_id: &str,
    rights: &UserRights<'_>,
) -> Result<(), DirectoryError> {
    if let Some(is_one) = rights.administrator {
        // The group of administrators has the account's id.
        set_user_in(connection, account_id, (account_id, user_id), is_one)?;
    }
    let (to, scope) = (Grantee::User(user_id.to_owned()), Scope::AllProjects(account_id.to_owned()));
    let with = |wanted: bool| rights.in_all_projects.iter().filter(move |(_, has)| *has == wanted);
    // First what is taken back: it may make room.
    for (role, _) in with(false) {
        revoke_in(connection, (account_id, &to), role, &scope)?;
    }
    for (role, _) in with(true) {
        grant_in(connection, (account_id, &to), role, &scope, rights.granted_at_ms)?;
    }
    Ok(())
}

/// Whether the user is the account's own.
pub(super) fn is_owner(
    connection: &Connection,
    account_id: &str,
    user_id: &str,
) -> Result<bool, DirectoryError> {
    let query = "SELECT is_owner FROM users WHERE account_id = ?1 AND user_id = ?2";
    one(connection, query, [account_id, user_id], |row| row.get(0))?.ok_or(DirectoryError::UnknownUser)
}

/// Refuses a name that another user of the account has.
fn check_name_free(
    connection: &Connection,
    account_id: &str,
    user_id: &str,
    name: &str,
) -> Result<(), DirectoryError> {
    let query = "SELECT 1 FROM users WHERE account_id = ?1 AND name = ?2 AND user_id <> ?3";
    match one(connection, query, [account_id, name, user_id], |_| Ok(()))? {
        Some(()) => Err(DirectoryError::UserTaken),
        None => Ok(()),
    }
}

fn opens(connection: &Connection, user_id: &str, password_hash: &str) -> Result<bool, DirectoryError> {
    let query = "SELECT 1 FROM users WHERE user_id = ?1 AND password_hash = ?2 AND enabled";
    Ok(one(connection, query, [user_id, password_hash], |_| Ok(()))?.is_some())
}
