//! Projects: an account's place in each region.

use rusqlite::{TransactionBehavior, params};

use super::{Directory, DirectoryError, ProjectRow, all, is_id, one, rows, taken_or_failed};

impl Directory {
    /// The project of this id.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn project(&self, id: &str) -> Result<Option<ProjectRow>, DirectoryError> {
        if let Some(found) = self.projects.get(id) {
            return Ok(Some(found));
        }
        let query = "SELECT project_id, account_id, region FROM projects WHERE project_id = ?1";
        let connection = self.connection.lock();
        let found = one(&connection, query, [id], rows::project)?;
        if let Some(found) = &found {
            self.projects.put(id.to_owned(), found.clone());
        }
        Ok(found)
    }

    /// The projects of an account, in order of creation.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn projects(&self, account_id: &str) -> Result<Vec<ProjectRow>, DirectoryError> {
        let query =
            "SELECT project_id, account_id, region FROM projects WHERE account_id = ?1 ORDER BY number";
        all(&self.connection.lock(), query, [account_id], rows::project)
    }

    /// Gives every account that has no project in the region one, durably; `id_of` makes its id of the account's.
    /// Answers how many it gave.
    ///
    /// # Errors
    /// [`DirectoryError::InvalidId`], [`IdTaken`](DirectoryError::IdTaken), or the file's; nothing is given then.
    pub fn complete_projects(
        &self,
        region: &str,
        id_of: impl Fn(&str) -> String,
    ) -> Result<usize, DirectoryError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let query = "SELECT account_id FROM accounts a WHERE NOT EXISTS
            (SELECT 1 FROM projects p WHERE p.account_id = a.account_id AND p.region = ?1) ORDER BY number";
        let without: Vec<String> = all(&transaction, query, [region], |row| row.get(0))?;
        for account_id in &without {
            let project_id = id_of(account_id);
            if !is_id(&project_id) || !is_id(region) {
                return Err(DirectoryError::InvalidId);
            }
            transaction
                .prepare_cached("INSERT INTO projects (project_id, account_id, region) VALUES (?1, ?2, ?3)")?
                .execute(params![project_id, account_id, region])
                .map_err(taken_or_failed)?;
        }
        transaction.commit()?;
        Ok(without.len())
    }
}
