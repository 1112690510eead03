//! Files of a data folder that all folders of one database must agree on: here is what they were when they were last
//! changed.

use rusqlite::{Connection, params};

use super::{Directory, DirectoryError, one};

impl Directory {
    /// What a file was, if it was ever kept.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn document(&self, name: &str) -> Result<Option<String>, DirectoryError> {
        one(&self.connection.lock(), "SELECT text FROM documents WHERE name = ?1", [name], |row| row.get(0))
    }

    /// Keeps what a file is now.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn keep_document(&self, name: &str, text: &str) -> Result<(), DirectoryError> {
        keep(&self.connection.lock(), name, text)
    }
}

/// The same, in a transaction.
pub(super) fn keep(connection: &Connection, name: &str, text: &str) -> Result<(), DirectoryError> {
    let keep = "INSERT INTO documents VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET text = ?2";
    connection.execute(keep, params![name, text])?;
    Ok(())
}
