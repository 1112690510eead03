//! What operators did, by which request, and what came of it. The latest are kept; all are in the log.
//!
//! It decides nothing, and what is written here changes nobody's rights. Bodies are not in it: they may hold secrets, and
//! what they did to an account stands in its history.

use rusqlite::{Row, params};

use super::{Directory, DirectoryError, all, in_transaction};

/// How many are kept.
pub const ACTIONS_LIMIT: u64 = 20_000;
/// The longest path that is kept whole, in bytes.
const MAX_PATH_BYTES: usize = 512;

/// What an operator did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRow {
    /// Milliseconds since the epoch, by the machine's clock.
    pub at_ms: i64,
    /// How the operator proved it: `token`, `session`, `sign_in`.
    pub proof: String,
    /// Tells that token or session from others, and opens nothing.
    pub proof_id: String,
    /// Where from.
    pub address: Option<String>,
    /// The method.
    pub method: String,
    /// The route, with the names of what its path names.
    pub route: String,
    /// The path.
    pub path: String,
    /// The account it was about, by its name.
    pub account: Option<String>,
    /// What it was answered.
    pub status: u16,
    /// The id of the request.
    pub request_id: String,
}

/// Which actions.
#[derive(Debug, Clone, Default)]
pub struct ActionQuery {
    /// Those about this account, by its name, ignoring case.
    pub account: Option<String>,
    /// Those before this number.
    pub before: Option<u64>,
    /// The most.
    pub limit: usize,
}

const COLUMNS: &str =
    "number, at_ms, proof, proof_id, address, method, route, path, account, status, request_id";

fn row(row: &Row<'_>) -> rusqlite::Result<(u64, ActionRow)> {
    let action = ActionRow {
        at_ms: row.get(1)?,
        proof: row.get(2)?,
        proof_id: row.get(3)?,
        address: row.get(4)?,
        method: row.get(5)?,
        route: row.get(6)?,
        path: row.get(7)?,
        account: row.get(8)?,
        status: row.get(9)?,
        request_id: row.get(10)?,
    };
    Ok((row.get::<_, i64>(0)?.cast_unsigned(), action))
}

impl Directory {
    /// Keeps what an operator did, durably, and forgets what is older than the latest [`ACTIONS_LIMIT`].
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn insert_action(&self, action: &ActionRow) -> Result<(), DirectoryError> {
        in_transaction(&mut self.connection.lock(), |transaction| {
            let path = &action.path[..action.path.floor_char_boundary(MAX_PATH_BYTES)];
            transaction
                .prepare_cached(
                    "INSERT INTO actions (at_ms, proof, proof_id, address, method, route, path, account, status,
                        request_id)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .execute(params![
                    action.at_ms,
                    action.proof,
                    action.proof_id,
                    action.address,
                    action.method,
                    action.route,
                    path,
                    action.account,
                    action.status,
                    action.request_id,
                ])?;
            transaction
                .prepare_cached("DELETE FROM actions WHERE number <= (SELECT max(number) FROM actions) - ?1")?
                .execute([ACTIONS_LIMIT as i64])?;
            Ok(())
        })
    }

    /// What operators did, with its number, newest first.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn actions(&self, query: &ActionQuery) -> Result<Vec<(u64, ActionRow)>, DirectoryError> {
        let before = query.before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
        let of_account = if query.account.is_some() { "account = ?3" } else { "?3 IS NULL" };
        let select = format!(
            "SELECT {COLUMNS} FROM actions WHERE number < ?1 AND {of_account} ORDER BY number DESC LIMIT ?2"
        );
        all(&self.connection.lock(), &select, params![before, limit, query.account], row)
    }
}
