//! Tokens, by their hashes; a token itself is not kept.
//!
//! A token that was given for another one ends with it. A token that ends because its user changed, or with another, is
//! remembered until it would have expired, so that whoever still holds it can be told to ask for another one.

use rusqlite::{Connection, params};

use super::rows::{self, ScopeKind, TokenRow, USER_COLUMNS};
use super::{Directory, DirectoryError, in_transaction, one, taken_or_failed};

impl Directory {
    /// Keeps a token, by the hash of it, durably. Instants are milliseconds since the epoch.
    ///
    /// # Errors
    /// [`DirectoryError::ScopeMismatch`], [`UnknownUser`](DirectoryError::UnknownUser),
    /// [`UnknownProject`](DirectoryError::UnknownProject) (also for another account's project),
    /// [`IdTaken`](DirectoryError::IdTaken), or the file's.
    pub fn insert_token(
        &self,
        hash: &[u8; 32],
        user_id: &str,
        scope: ScopeKind,
        project_id: Option<&str>,
        issued_at_ms: i64,
        expires_at_ms: i64,
    ) -> Result<(), DirectoryError> {
        if (scope == ScopeKind::Project) != project_id.is_some() {
            return Err(DirectoryError::ScopeMismatch);
        }
        self.insert(hash, user_id, project_id, (issued_at_ms, expires_at_ms), None)
    }

    /// Keeps a token that was given for another one, its parent, durably; without a project it is for the domain.
    ///
    /// # Errors
    /// As [`Directory::insert_token`]; [`DirectoryError::UnknownToken`] if the parent has ended.
    pub fn insert_token_of_token(
        &self,
        hash: &[u8; 32],
        parent: &[u8; 32],
        user_id: &str,
        project_id: Option<&str>,
        issued_at_ms: i64,
        expires_at_ms: i64,
    ) -> Result<(), DirectoryError> {
        self.insert(hash, user_id, project_id, (issued_at_ms, expires_at_ms), Some(parent))
    }

    fn insert(
        &self,
        hash: &[u8; 32],
        user_id: &str,
        project_id: Option<&str>,
        (issued_at_ms, expires_at_ms): (i64, i64),
        parent: Option<&[u8; 32]>,
    ) -> Result<(), DirectoryError> {
        let connection = self.connection.lock();
        if let Some(parent) = parent {
            let query = "SELECT 1 FROM tokens WHERE hash = ?1";
            one(&connection, query, [parent], |_| Ok(()))?.ok_or(DirectoryError::UnknownToken)?;
        }
        let query = "SELECT account_id FROM users WHERE user_id = ?1";
        let account_id: String =
            one(&connection, query, [user_id], |row| row.get(0))?.ok_or(DirectoryError::UnknownUser)?;
        if let Some(project_id) = project_id {
            let query = "SELECT 1 FROM projects WHERE project_id = ?1 AND account_id = ?2";
            one(&connection, query, [project_id, &account_id], |_| Ok(()))?
                .ok_or(DirectoryError::UnknownProject)?;
        }
        connection
            .prepare_cached(
                "INSERT INTO tokens (hash, user_id, project_id, issued_at_ms, expires_at_ms, by_token, parent)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                hash,
                user_id,
                project_id,
                issued_at_ms,
                expires_at_ms,
                parent.is_some(),
                parent
            ])
            .map_err(taken_or_failed)?;
        Ok(())
    }

    /// The token of this hash. Whether it has expired, and whether its user is enabled, is the caller's business.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn token(&self, hash: &[u8; 32]) -> Result<Option<TokenRow>, DirectoryError> {
        if let Some(found) = self.tokens.get(hash) {
            return Ok(Some(found));
        }
        let query = format!(
            "SELECT {USER_COLUMNS}, t.issued_at_ms, t.expires_at_ms, p.project_id, p.account_id, p.region,
            t.by_token
            FROM tokens t JOIN users u ON u.user_id = t.user_id JOIN accounts a ON a.account_id = u.account_id
            LEFT JOIN projects p ON p.project_id = t.project_id
            WHERE t.hash = ?1"
        );
        let connection = self.connection.lock();
        let found = one(&connection, &query, [hash], rows::token)?;
        if let Some(found) = &found {
            self.tokens.put(*hash, found.clone());
        }
        Ok(found)
    }

    /// Takes a token away, durably, and with it those that were given for it, and for these. Answers whether there was
    /// one.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn delete_token(&self, hash: &[u8; 32]) -> Result<bool, DirectoryError> {
        let mut connection = self.connection.lock();
        let deleted = delete_with_children(&mut connection, hash);
        // Also after an error, when the rows may be gone or not.
        self.tokens.clear();
        deleted
    }

    /// Whether there was a token of this hash that ended before its time, because its user changed.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn is_ended_token(&self, hash: &[u8; 32]) -> Result<bool, DirectoryError> {
        let query = "SELECT 1 FROM ended_tokens WHERE hash = ?1";
        Ok(one(&self.connection.lock(), query, [hash], |_| Ok(()))?.is_some())
    }

    /// Takes away the tokens that expired before the instant, in milliseconds since the epoch. Answers how many.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn purge_tokens(&self, expired_before_ms: i64) -> Result<usize, DirectoryError> {
        let connection = self.connection.lock();
        connection.execute("DELETE FROM ended_tokens WHERE expires_at_ms < ?1", [expired_before_ms])?;
        let purged = connection.execute("DELETE FROM tokens WHERE expires_at_ms < ?1", [expired_before_ms]);
        // Also after an error, when the rows may be gone or not.
        self.tokens.clear();
        Ok(purged?)
    }
}

fn delete_with_children(connection: &mut Connection, hash: &[u8; 32]) -> Result<bool, DirectoryError> {
    const CHILDREN: &str = "WITH RECURSIVE child (hash) AS (
        SELECT hash FROM tokens WHERE parent = ?1
        UNION SELECT t.hash FROM tokens t JOIN child c ON t.parent = c.hash)";
    let remember = format!(
        "{CHILDREN} INSERT OR IGNORE INTO ended_tokens (hash, expires_at_ms)
        SELECT hash, expires_at_ms FROM tokens WHERE hash IN (SELECT hash FROM child)"
    );
    let delete = format!("{CHILDREN} DELETE FROM tokens WHERE hash IN (SELECT hash FROM child)");
    in_transaction(connection, |transaction| {
        transaction.execute(&remember, [hash])?;
        transaction.execute(&delete, [hash])?;
        Ok(transaction.execute("DELETE FROM tokens WHERE hash = ?1", [hash])? > 0)
    })
}

/// Ends all tokens of a user.
pub(super) fn end_tokens(connection: &Connection, user_id: &str) -> Result<(), DirectoryError> {
    let remember = "INSERT OR IGNORE INTO ended_tokens (hash, expires_at_ms)
        SELECT hash, expires_at_ms FROM tokens WHERE user_id = ?1";
    connection.execute(remember, [user_id])?;
    connection.execute("DELETE FROM tokens WHERE user_id = ?1", [user_id])?;
    Ok(())
}
