//! A user's own access keys: which there are, one more, one less.

use rusqlite::params;

use super::tokens::end_tokens;
use super::{AccessMode, Directory, DirectoryError, MAX_DESCRIPTION_BYTES};
use super::{all, in_transaction, is_id, one, taken_or_failed};

/// How many access keys a user may have ("Access Keys": at most two per user).
pub const MAX_ACCESS_KEYS: usize = 2;

/// An access key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnKeyRow {
    /// The public half of the AK/SK pair.
    pub access_key: String,
    /// Whether the key may be used.
    pub enabled: bool,
    /// Milliseconds since the epoch; `None` for a key older than the record of it.
    pub created_at_ms: Option<i64>,
    /// What its owner says of it.
    pub description: String,
}

impl Directory {
    /// A user's access keys, oldest first.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn access_keys_of(&self, user_id: &str) -> Result<Vec<OwnKeyRow>, DirectoryError> {
        let query =
            "SELECT access_key, enabled, created_at_ms, description FROM access_keys WHERE user_id = ?1
            ORDER BY created_at_ms, rowid";
        all(&self.connection.lock(), query, [user_id], |row| {
            Ok(OwnKeyRow {
                access_key: row.get(0)?,
                enabled: row.get(1)?,
                created_at_ms: row.get(2)?,
                description: row.get(3)?,
            })
        })
    }

    /// The access key that was made last with its sealed secret, if there is any: on it a key file can be tried.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn latest_access_key(&self) -> Result<Option<(String, Vec<u8>)>, DirectoryError> {
        let query = "SELECT access_key, sealed_secret FROM access_keys ORDER BY rowid DESC LIMIT 1";
        one(&self.connection.lock(), query, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Keeps one more access key of a user, durably.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`],
    /// [`NoProgrammaticAccess`](DirectoryError::NoProgrammaticAccess) for a user of the console only,
    /// [`TooManyKeys`](DirectoryError::TooManyKeys) if the user has [`MAX_ACCESS_KEYS`],
    /// [`InvalidId`](DirectoryError::InvalidId), [`IdTaken`](DirectoryError::IdTaken), or the file's.
    pub fn insert_access_key(
        &self,
        user_id: &str,
        access_key: &str,
        sealed_secret: &[u8],
        description: &str,
        created_at_ms: i64,
    ) -> Result<(), DirectoryError> {
        if !is_id(access_key) || description.len() > MAX_DESCRIPTION_BYTES {
            return Err(DirectoryError::InvalidId);
        }
        in_transaction(&mut self.connection.lock(), |transaction| {
            let query = "SELECT access_mode, (SELECT count(*) FROM access_keys WHERE user_id = ?1)
                FROM users WHERE user_id = ?1";
            let found = one(transaction, query, [user_id], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            })?;
            let (mode, count) = found.ok_or(DirectoryError::UnknownUser)?;
            if mode == AccessMode::Console.word() {
                return Err(DirectoryError::NoProgrammaticAccess);
            }
            if count >= MAX_ACCESS_KEYS as i64 {
                return Err(DirectoryError::TooManyKeys);
            }
            transaction
                .execute(
                    "INSERT INTO access_keys (access_key, user_id, sealed_secret, enabled, created_at_ms, description)
                    VALUES (?1, ?2, ?3, 1, ?4, ?5)",
                    params![access_key, user_id, sealed_secret, created_at_ms, description],
                )
                .map_err(taken_or_failed)?;
            Ok(())
        })
    }

    /// Changes whether an access key of this user may be used, and what is said of it; `None` stays as it was. A key
    /// that is switched off ends the user's tokens. Answers whether there is one.
    ///
    /// # Errors
    /// [`DirectoryError::InvalidId`] for a description that is too long, or the file's.
    pub fn change_access_key(
        &self,
        user_id: &str,
        access_key: &str,
        enabled: Option<bool>,
        description: Option<&str>,
    ) -> Result<bool, DirectoryError> {
        if description.is_some_and(|text| text.len() > MAX_DESCRIPTION_BYTES) {
            return Err(DirectoryError::InvalidId);
        }
        self.change_users(|transaction| {
            let changed = transaction.execute(
                "UPDATE access_keys SET enabled = coalesce(?3, enabled), description = coalesce(?4, description)
                WHERE access_key = ?1 AND user_id = ?2",
                params![access_key, user_id, enabled, description],
            )?;
            if changed > 0 && enabled == Some(false) {
                end_tokens(transaction, user_id)?;
            }
            Ok(changed > 0)
        })
    }

    /// Takes away an access key of this user, and ends the user's tokens. Answers whether there was one.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn delete_access_key(&self, user_id: &str, access_key: &str) -> Result<bool, DirectoryError> {
        self.change_users(|transaction| {
            let delete = "DELETE FROM access_keys WHERE access_key = ?1 AND user_id = ?2";
            let deleted = transaction.execute(delete, [access_key, user_id])? > 0;
            if deleted {
                end_tokens(transaction, user_id)?;
            }
            Ok(deleted)
        })
    }
}
