//! Making accounts, which stand in two places: in the directory, with their users and keys, and in the books. The
//! directory has them first; books that a stop kept from being opened are opened at the next start.

use std::collections::BTreeMap;

use charging::{AccountId, Name, Tier, Timestamp};
use ledger::Stopped;
use ledger::directory::{DirectoryError, NewAccount, Opening};
use wire::error;

use crate::app::{App, OpenError};
use crate::auth::secrets;
use crate::http::error::Failure;
use crate::ids;

/// What a new account's owner must be told once.
#[derive(Debug, Clone, serde::Serialize)]
#[allow(missing_docs)]
pub struct Created {
    pub account_id: String,
    pub name: String,
    pub user: String,
    pub password: String,
    pub access_key: String,
    pub secret_key: String,
    pub tier: String,
    pub policy: String,
    pub projects: BTreeMap<String, String>,
}

/// Why there is no new account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// No account is made under this policy.
    #[error("there is no policy {policy}; choose one of: {offered}")]
    UnknownPolicy {
        /// What was asked for.
        policy: Name,
        /// What there is.
        offered: String,
    },
    /// The directory does not take it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The password could not be hashed.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
    /// The directory has it, and its books could not be opened.
    #[error("the journal has stopped")]
    NoBooks,
}

impl From<Stopped> for AccountError {
    fn from(_: Stopped) -> AccountError {
        AccountError::NoBooks
    }
}

impl From<AccountError> for Failure {
    fn from(problem: AccountError) -> Failure {
        let invalid = Failure::of(error::INVALID_PARAMETER);
        match problem {
            AccountError::Directory(DirectoryError::NameTaken) => {
                invalid.because(problem).with_cure(
                    "name_taken",
                    "Choose another name. If it was made by a command that was cut off, it has a password and a key that \
                     nobody was told: give its user a new password (user password) and make it a key (key create).",
                )
            }
            AccountError::UnknownPolicy { .. } | AccountError::Directory(DirectoryError::InvalidName) => {
                invalid.because(problem)
            }
            AccountError::NoBooks => Failure::of(error::BACKEND_UNAVAILABLE).because(problem).with_cure(
                "stopped",
                "The account may be there once the server runs again, with a password and a key that nobody was told: \
                 give its user a new password then, and make it a key.",
            ),
            AccountError::Directory(_) | AccountError::Hash(_) => {
                tracing::error!(%problem, "an account cannot be made");
                Failure::of(error::BACKEND_UNAVAILABLE)
            }
        }
    }
}

impl App {
    /// Makes an account with a user, an access key and a project in every region. Hashes a password: not for
    /// async threads.
    ///
    /// # Errors
    /// [`AccountError`]; but for [`AccountError::NoBooks`] nothing is there then.
    pub fn create_account(&self, name: &str, tier: Tier, policy: &Name) -> Result<Created, AccountError> {
        self.create_account_with(name, secrets::new_password(), tier, policy)
    }

    /// The same with a password that its owner chose.
    ///
    /// # Errors
    /// As [`App::create_account`].
    pub fn create_account_with(
        &self,
        name: &str,
        password: String,
        tier: Tier,
        policy: &Name,
    ) -> Result<Created, AccountError> {
        let policies = &self.engine.rules().policies;
        if !policies.is_offered(policy.as_str()) {
            let offered: Vec<&str> = policies.names().map(Name::as_str).collect();
            let (policy, offered) = (policy.clone(), offered.join(", "));
            return Err(AccountError::UnknownPolicy { policy, offered });
        }
        let account = AccountId(self.auth.shard.new_id());
        let account_id = account.to_string();
        let access_key = self.auth.shard.new_access_key();
        let secret_key = secrets::new_secret_key();
        let regions = &self.engine.rules().catalog.regions;
        let projects: Vec<(String, String)> =
            regions.iter().map(|r| (ids::of_project(&account_id, r.as_str()), r.to_string())).collect();
        let (opening, now) = (opening(self, tier, policy), self.clock.now());
        self.auth.directory.create_account(&NewAccount {
            account_id: &account_id,
            name,
            user_id: &ids::hex(self.auth.shard.new_id()),
            user_name: name,
            password_hash: &secrets::hash_password(&password).map_err(AccountError::Hash)?,
            access_key: &access_key,
            sealed_secret: &self.auth.secrets.seal(&access_key, &secret_key),
            projects: &projects,
            opening: &opening,
            created_at_ms: now.ms(),
        })?;
        open_books(self, account, &opening, now)?;
        Ok(Created {
            account_id,
            name: name.into(),
            user: name.into(),
            password,
            access_key,
            secret_key,
            tier: tier.to_string(),
            policy: policy.to_string(),
            projects: projects.into_iter().map(|(id, region)| (region, id)).collect(),
        })
    }
}

/// How the books of an account of this tier and policy are opened.
fn opening(app: &App, tier: Tier, policy: &Name) -> Opening {
    let zone = app.engine.rules().policies.get(policy.as_str()).map(|p| p.zone).unwrap_or_default();
    Opening { tier, policy: policy.clone(), zone }
}

fn open_books(app: &App, id: AccountId, opening: &Opening, now: Timestamp) -> Result<(), Stopped> {
    let Opening { tier, policy, zone } = opening;
    app.engine.open_account(id, *tier, policy, *zone, now).wait()
}

/// Opens the books of accounts that the directory knows and the journal does not: a crash came between. And gives every
/// account a project in regions that are new.
///
/// # Errors
/// The directory's or the journal's.
pub(crate) fn reconcile(app: &App) -> Result<(), OpenError> {
    for row in app.auth.directory.accounts()? {
        let id: AccountId = row.account_id.parse()?;
        if !app.engine.has(id) {
            let defaults = &app.config.accounts;
            let asked_for = row.opening.unwrap_or_else(|| opening(app, defaults.tier, &defaults.policy));
            open_books(app, id, &asked_for, app.clock.now())?;
            tracing::warn!(account = row.name, "an account had no books yet; it has now");
        }
    }
    for region in &app.engine.rules().catalog.regions {
        let id_of = |account_id: &str| ids::of_project(account_id, region.as_str());
        let given = app.auth.directory.complete_projects(region.as_str(), id_of)?;
        if given > 0 {
            tracing::info!(%region, accounts = given, "a region is new: accounts have got a project there");
        }
    }
    Ok(())
}
