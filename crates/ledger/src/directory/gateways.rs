//! Gateways: the operator's own programs that charge accounts for what they served. Each has a token, of which the hash
//! is kept, and may charge for the APIs it was given, or for all.

use std::sync::Arc;

use rusqlite::{Row, params};

use super::{Directory, DirectoryError, all, is_name, one, taken_or_failed};

/// How many there are at most.
pub const GATEWAYS_LIMIT: usize = 100;
/// How many APIs one is given at most.
const APIS_LIMIT: usize = 100;

/// A gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayRow {
    /// Its name, of the form of an account's.
    pub name: String,
    /// The APIs it may charge for; none means all.
    pub apis: Vec<String>,
    /// Milliseconds since the epoch.
    pub created_at_ms: i64,
}

impl GatewayRow {
    /// Whether it may charge for an API.
    pub fn may_charge_for(&self, api: &str) -> bool {
        self.apis.is_empty() || self.apis.iter().any(|own| own == api)
    }
}

const COLUMNS: &str = "name, apis, created_at_ms";

fn row(row: &Row<'_>) -> rusqlite::Result<GatewayRow> {
    let apis: String = row.get(1)?;
    Ok(GatewayRow {
        name: row.get(0)?,
        apis: apis.split_whitespace().map(str::to_owned).collect(),
        created_at_ms: row.get(2)?,
    })
}

impl Directory {
    /// The gateways, by name.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn gateways(&self) -> Result<Vec<GatewayRow>, DirectoryError> {
        all(&self.connection.lock(), &format!("SELECT {COLUMNS} FROM gateways ORDER BY name"), [], row)
    }

    /// The gateway whose token has this hash.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn gateway_by_token(&self, hash: &[u8; 32]) -> Result<Option<Arc<GatewayRow>>, DirectoryError> {
        if let Some(found) = self.gateways.get(hash) {
            return Ok(Some(found));
        }
        let query = format!("SELECT {COLUMNS} FROM gateways WHERE token_hash = ?1");
        let connection = self.connection.lock();
        let found = one(&connection, &query, [&hash[..]], row)?.map(Arc::new);
        if let Some(found) = &found {
            self.gateways.put(*hash, Arc::clone(found));
        }
        Ok(found)
    }

    /// Keeps one more gateway, durably.
    ///
    /// # Errors
    /// [`DirectoryError::GatewayTaken`], [`TooManyGateways`](DirectoryError::TooManyGateways),
    /// [`InvalidName`](DirectoryError::InvalidName), [`OutOfBounds`](DirectoryError::OutOfBounds), or the file's.
    pub fn insert_gateway(&self, new: &GatewayRow, hash: &[u8; 32]) -> Result<(), DirectoryError> {
        if !is_name(&new.name) {
            return Err(DirectoryError::InvalidName);
        }
        if new.apis.len() > APIS_LIMIT {
            return Err(DirectoryError::OutOfBounds);
        }
        // One statement counts and inserts: two requests at once cannot both take the last place.
        let inserted = self
            .connection
            .lock()
            .execute(
                "INSERT INTO gateways (name, apis, token_hash, created_at_ms) SELECT ?1, ?2, ?3, ?4
                 WHERE (SELECT count(*) FROM gateways) < ?5",
                params![new.name, new.apis.join(" "), &hash[..], new.created_at_ms, GATEWAYS_LIMIT as i64],
            )
            .map_err(|error| match taken_or_failed(error) {
                DirectoryError::IdTaken => DirectoryError::GatewayTaken,
                other => other,
            })?;
        if inserted == 0 { Err(DirectoryError::TooManyGateways) } else { Ok(()) }
    }

    /// Gives a gateway another token; the one before is worth nothing from now on. Answers whether there is such a one.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn change_gateway_token(&self, name: &str, hash: &[u8; 32]) -> Result<bool, DirectoryError> {
        let connection = self.connection.lock();
        let changed = connection
            .execute("UPDATE gateways SET token_hash = ?2 WHERE name = ?1", params![name, &hash[..]])?;
        self.gateways.clear();
        Ok(changed > 0)
    }

    /// Forgets a gateway: its token is worth nothing from now on. Answers whether there was such a one.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn remove_gateway(&self, name: &str) -> Result<bool, DirectoryError> {
        let connection = self.connection.lock();
        let removed = connection.execute("DELETE FROM gateways WHERE name = ?1", [name])?;
        self.gateways.clear();
        Ok(removed > 0)
    }
}
