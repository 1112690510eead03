//! What the enterprise projects of an account are called. The books have ids; for a member's calls that is the member's
//! account, which goes by the account's name.

use std::collections::BTreeMap;

use charging::{AccountId, Name};

use crate::app::App;
use crate::http::error::Failure;

/// Names by id.
#[derive(Debug, Clone, Default)]
pub struct ProjectNames(BTreeMap<String, String>);

impl ProjectNames {
    /// Those of an account, and of everybody who is or was its member. Blocks for as long as looking them up takes.
    ///
    /// # Errors
    /// The directory or the read model cannot be read.
    pub fn of(app: &App, account: AccountId) -> Result<ProjectNames, Failure> {
        let directory = &app.auth.directory;
        let mut names = BTreeMap::new();
        for id in app.read.members_ever(account)? {
            if let Some(member) = directory.account_by_id(id.as_str())? {
                names.insert(member.account_id, member.name);
            }
        }
        let own = directory.enterprise_projects(&account.to_string())?;
        names.extend(own.into_iter().map(|row| (row.id, row.name)));
        Ok(ProjectNames(names))
    }

    /// What one is called, if it has a name.
    pub fn get(&self, project: &Name) -> Option<&str> {
        self.0.get(project.as_str()).map(String::as_str)
    }
}

impl FromIterator<(String, String)> for ProjectNames {
    /// Ids and names.
    fn from_iter<I: IntoIterator<Item = (String, String)>>(names: I) -> ProjectNames {
        ProjectNames(names.into_iter().collect())
    }
}
