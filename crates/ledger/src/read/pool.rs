//! Connections for queries: opened when needed, kept for the next query, never for writing.

use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::ReadError;

/// How many idle connections are kept: more than there are askers on most servers, because opening one costs more than a
/// hundred questions.
const IDLE_LIMIT: usize = 64;
/// How much of the file each connection remembers, besides what the system does.
const CACHE_KIB: i32 = 512;

pub(super) struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(super) fn new(path: &Path) -> Pool {
        Pool { path: path.into(), idle: Mutex::new(Vec::new()) }
    }

    /// Runs one read transaction.
    pub(super) fn with<T>(
        &self,
        ask: impl FnOnce(&Transaction<'_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let idle = self.idle.lock().pop();
        let mut connection = idle.map_or_else(|| open(&self.path), Ok)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        let answer = ask(&transaction)?;
        transaction.finish()?;
        let mut idle = self.idle.lock();
        if idle.len() < IDLE_LIMIT {
            idle.push(connection);
        }
        Ok(answer)
    }
}

/// Opens the file for reading only.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}
