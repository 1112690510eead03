//! Sessions of people at the console, by the hash of their id; the id itself is not kept.
//!
//! A session of the operator has no user. All instants are the machine's, not those of business: a person sits
//! before a screen in real time, whatever time the books are played in.

use rusqlite::{Row, params};

use super::rows::{self, USER_COLUMNS, USER_WIDTH, UserRow};
use super::{Directory, DirectoryError, one, taken_or_failed};

/// A session, by the hash of its id. Whether it has ended is the caller's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Who signed in; `None` is the operator.
    pub user: Option<UserRow>,
    /// When the last request was noted, in milliseconds since the epoch.
    pub seen_at_ms: i64,
    /// When it ends whatever is done, in milliseconds since the epoch.
    pub expires_at_ms: i64,
}

impl Directory {
    /// Keeps a session, durably; without a user it is the operator's.
    ///
    /// # Errors
    /// [`DirectoryError::IdTaken`] (also for a user that is not there), or the file's.
    pub fn insert_session(
        &self,
        hash: &[u8; 32],
        user_id: Option<&str>,
        now_ms: i64,
        expires_at_ms: i64,
    ) -> Result<(), DirectoryError> {
        self.connection
            .lock()
            .prepare_cached(
                "INSERT INTO sessions (hash, user_id, seen_at_ms, expires_at_ms) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![hash, user_id, now_ms, expires_at_ms])
            .map_err(taken_or_failed)?;
        Ok(())
    }

    /// The session of this hash.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn session(&self, hash: &[u8; 32]) -> Result<Option<SessionRow>, DirectoryError> {
        let query = format!(
            "SELECT {USER_COLUMNS}, s.seen_at_ms, s.expires_at_ms
            FROM sessions s LEFT JOIN users u ON u.user_id = s.user_id
            LEFT JOIN accounts a ON a.account_id = u.account_id
            WHERE s.hash = ?1"
        );
        one(&self.connection.lock(), &query, [hash], session)
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn touch_session(&self, hash: &[u8; 32], now_ms: i64) -> Result<(), DirectoryError> {
        let connection = self.connection.lock();
        let mut update = connection.prepare_cached("UPDATE sessions SET seen_at_ms = ?2 WHERE hash = ?1")?;
        update.execute(params![hash, now_ms])?;
        Ok(())
    }

    /// Ends a session. Answers whether there was one.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn delete_session(&self, hash: &[u8; 32]) -> Result<bool, DirectoryError> {
        Ok(self.connection.lock().execute("DELETE FROM sessions WHERE hash = ?1", [hash])? > 0)
    }

    /// Takes away the sessions that were over by `now_ms`, or were last used before `seen_before_ms`. Answers how
    /// many.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn purge_sessions(&self, now_ms: i64, seen_before_ms: i64) -> Result<usize, DirectoryError> {
        let delete = "DELETE FROM sessions WHERE expires_at_ms <= ?1 OR seen_at_ms < ?2";
        Ok(self.connection.lock().execute(delete, params![now_ms, seen_before_ms])?)
    }
}

fn session(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    let user = match row.get::<_, Option<String>>(0)? {
        Some(_) => Some(rows::user(row)?),
        None => None,
    };
    Ok(SessionRow { user, seen_at_ms: row.get(USER_WIDTH)?, expires_at_ms: row.get(USER_WIDTH + 1)? })
}
