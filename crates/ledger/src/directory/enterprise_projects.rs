//! Enterprise projects: what an account puts its usage down to. A call names one by its id
//! (`Enterprise-Project-Id`), and its charge carries that id for ever; names and states are kept here alone.

use rusqlite::{Connection, Row, params};

use super::{Directory, DirectoryError, all, one};

/// The id of what names none: every account has it, and nobody makes it.
pub const DEFAULT_ENTERPRISE_PROJECT: &str = "0";

/// How many an account has at most.
pub const ENTERPRISE_PROJECTS_LIMIT: usize = 100;

/// The longest name and description, in characters.
const NAME_LIMIT: usize = 64;
const DESCRIPTION_LIMIT: usize = 512;

/// An enterprise project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnterpriseProjectRow {
    /// Unique in the account.
    pub id: String,
    /// Unique in the account, ignoring case.
    pub name: String,
    /// What its owner says of it.
    pub description: String,
    /// Whether calls may name it.
    pub enabled: bool,
    /// Milliseconds since the epoch.
    pub created_at_ms: i64,
}

/// What of an enterprise project is to change; `None` stays as it was.
#[derive(Debug, Clone, Copy, Default)]
pub struct EnterpriseProjectChange<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// Its description.
    pub description: Option<&'a str>,
    /// Whether calls may name it.
    pub enabled: Option<bool>,
}

const COLUMNS: &str = "enterprise_project_id, name, description, enabled, created_at_ms";

fn row(row: &Row<'_>) -> rusqlite::Result<EnterpriseProjectRow> {
    Ok(EnterpriseProjectRow {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        enabled: row.get(3)?,
        created_at_ms: row.get(4)?,
    })
}

/// One of an account, from the file.
fn stored(
    connection: &Connection,
    account_id: &str,
    id: &str,
) -> Result<Option<EnterpriseProjectRow>, DirectoryError> {
    let query = format!(
        "SELECT {COLUMNS} FROM enterprise_projects WHERE account_id = ?1 AND enterprise_project_id = ?2"
    );
    one(connection, &query, [account_id, id], row)
}

/// By what one is looked up in memory: ids of an account have one length, so the text says what it is made of.
fn cache_key(account_id: &str, id: &str) -> String {
    format!("{account_id}/{id}")
}

impl Directory {
    /// The enterprise projects of an account, in order of creation.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn enterprise_projects(&self, account_id: &str) -> Result<Vec<EnterpriseProjectRow>, DirectoryError> {
        let query =
            format!("SELECT {COLUMNS} FROM enterprise_projects WHERE account_id = ?1 ORDER BY number");
        all(&self.connection.lock(), &query, [account_id], row)
    }

    /// The account's enterprise project of this id.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn enterprise_project(
        &self,
        account_id: &str,
        id: &str,
    ) -> Result<Option<EnterpriseProjectRow>, DirectoryError> {
        let key = cache_key(account_id, id);
        if let Some(found) = self.enterprise_projects.get(&key) {
            return Ok(Some(found));
        }
        let connection = self.connection.lock();
        let found = stored(&connection, account_id, id)?;
        if let Some(found) = &found {
            self.enterprise_projects.put(key, found.clone());
        }
        Ok(found)
    }

    /// Keeps one more enterprise project of an account, durably.
    ///
    /// # Errors
    /// [`DirectoryError::TooManyEnterpriseProjects`] if the account has [`ENTERPRISE_PROJECTS_LIMIT`],
    /// [`EnterpriseProjectTaken`](DirectoryError::EnterpriseProjectTaken) if it has one of this id or name,
    /// [`InvalidEnterpriseProject`](DirectoryError::InvalidEnterpriseProject), or the file's.
    pub fn insert_enterprise_project(
        &self,
        account_id: &str,
        new: &EnterpriseProjectRow,
    ) -> Result<(), DirectoryError> {
        check_name(&new.name)?;
        check_description(&new.description)?;
        // One statement counts and inserts: two requests at once cannot both take the last place.
        let inserted = self
            .connection
            .lock()
            .execute(
                "INSERT INTO enterprise_projects
                 (account_id, enterprise_project_id, name, description, enabled, created_at_ms)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6
                 WHERE (SELECT count(*) FROM enterprise_projects WHERE account_id = ?1) < ?7",
                params![
                    account_id,
                    new.id,
                    new.name,
                    new.description,
                    new.enabled,
                    new.created_at_ms,
                    ENTERPRISE_PROJECTS_LIMIT as i64
                ],
            )
            .map_err(taken_or_failed)?;
        if inserted == 0 { Err(DirectoryError::TooManyEnterpriseProjects) } else { Ok(()) }
    }

    /// Changes an enterprise project of the account, durably, and gives it as it is then; `None` if there is none.
    ///
    /// # Errors
    /// As [`Directory::insert_enterprise_project`].
    pub fn change_enterprise_project(
        &self,
        account_id: &str,
        id: &str,
        change: EnterpriseProjectChange<'_>,
    ) -> Result<Option<EnterpriseProjectRow>, DirectoryError> {
        change.name.map_or(Ok(()), check_name)?;
        change.description.map_or(Ok(()), check_description)?;
        let connection = self.connection.lock();
        let changed = connection.execute(
            "UPDATE enterprise_projects SET name = coalesce(?3, name), description = coalesce(?4, description),
             enabled = coalesce(?5, enabled) WHERE account_id = ?1 AND enterprise_project_id = ?2",
            params![account_id, id, change.name, change.description, change.enabled],
        );
        // Also after an error, when the row may be changed or not.
        self.enterprise_projects.forget(&cache_key(account_id, id));
        changed.map_err(taken_or_failed)?;
        stored(&connection, account_id, id)
    }
}

/// "default" is what usage without an enterprise project is called.
fn check_name(name: &str) -> Result<(), DirectoryError> {
    let length = name.chars().count();
    let is_plain = name.trim() == name && !name.chars().any(char::is_control);
    if (1..=NAME_LIMIT).contains(&length) && is_plain && !name.eq_ignore_ascii_case("default") {
        Ok(())
    } else {
        Err(DirectoryError::InvalidEnterpriseProject)
    }
}

fn check_description(text: &str) -> Result<(), DirectoryError> {
    if text.chars().count() <= DESCRIPTION_LIMIT {
        Ok(())
    } else {
        Err(DirectoryError::InvalidEnterpriseProject)
    }
}

fn taken_or_failed(error: rusqlite::Error) -> DirectoryError {
    match super::taken_or_failed(error) {
        DirectoryError::IdTaken => DirectoryError::EnterpriseProjectTaken,
        other => other,
    }
}
