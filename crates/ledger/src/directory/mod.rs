//! Who is who: accounts, their users, access keys and projects, the tokens issued to them and the sessions of those
//! who signed in at the console, in one SQLite file.
//!
//! It knows no cryptography and no clock: hashes, sealed bytes, ids and instants are given to it, and it answers
//! with what it was given. It holds no money: nothing here changes what anybody owes by now. In whose books a call is
//! charged does follow from it (an account may have a master), which the journal cannot prove.
//!
//! The look-ups that calls need are answered from memory once they were answered from the file. Rows
//! taken away by another process that has the same file open are not noticed; new rows are.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Params, Row, TransactionBehavior, params};

mod audit;
mod cache;
mod documents;
mod enterprise_projects;
mod error;
mod gateways;
mod grants;
mod groups;
mod keys;
mod login_policy;
mod members;
mod projects;
mod recipients;
mod rows;
mod schema;
mod sealing;
mod sessions;
mod tokens;
mod users;

use crate::journal::postgres::{PostgresOptions, Snapshot};
use crate::replica::{self, Replica};
pub use audit::{ACTIONS_LIMIT, ActionQuery, ActionRow};
use cache::Cache;
pub use enterprise_projects::{
    DEFAULT_ENTERPRISE_PROJECT, ENTERPRISE_PROJECTS_LIMIT, EnterpriseProjectChange, EnterpriseProjectRow,
};
pub use error::DirectoryError;
use error::taken_or_failed;
pub use gateways::{GATEWAYS_LIMIT, GatewayRow};
pub use grants::{GrantRow, Grantee, MAX_ENTERPRISE_PROJECT_GRANTS, MAX_GRANTS};
pub use groups::{GroupRow, MAX_GROUPS, MAX_GROUPS_OF_USER, NewGroup};
pub use keys::{MAX_ACCESS_KEYS, OwnKeyRow};
pub use login_policy::LoginPolicy;
pub use members::MAX_MEMBERS;
pub use recipients::{CODE_TRIES, Confirmation, RECIPIENTS_LIMIT, RecipientCode, RecipientRow};
use rows::{ACCOUNT_COLUMNS, USER_COLUMNS};
pub use rows::{
    AccessKeyRow, AccessMode, AccountRow, Grant, NewAccount, Opening, ProjectRow, Scope, ScopeKind, TokenRow,
    UserRow,
};
pub use sealing::{Resealed, Sealed};
pub use sessions::SessionRow;
pub use users::{MAX_USERS, NewUser, UserChange, UserDetails, UserRights};

/// The longest name of an account or a user, in characters.
const MAX_NAME_LENGTH: usize = 64;
/// The longest id, access key or region, in characters.
const MAX_ID_LENGTH: usize = 64;
/// The length of an account's id, in hexadecimal digits.
const ACCOUNT_ID_LENGTH: usize = 32;

/// The longest description, in bytes ("Creating a User Group").
const MAX_DESCRIPTION_BYTES: usize = 255;

/// The directory. One is shared by all threads.
pub struct Directory {
    // Caches are filled and emptied with the connection locked: a row read before it was taken away cannot come
    // back into a cache after it.
    connection: Mutex<Connection>,
    replica: Option<Replica>,
    access_keys: Cache<String, Arc<AccessKeyRow>>,
    tokens: Cache<[u8; 32], TokenRow>,
    projects: Cache<String, ProjectRow>,
    enterprise_projects: Cache<String, EnterpriseProjectRow>,
    gateways: Cache<[u8; 32], Arc<GatewayRow>>,
}

/// The ids of all accounts, in order of creation, of a file that is only read: it may be of an earlier version, or not
/// be there, which is like an empty one.
///
/// # Errors
/// [`DirectoryError::Sqlite`].
pub fn account_ids(path: &Path) -> Result<Vec<String>, DirectoryError> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // A file with no tables yet is one that a start has just made.
    if !connection.table_exists(None, "accounts")? {
        return Ok(Vec::new());
    }
    all(&connection, "SELECT account_id FROM accounts ORDER BY number", [], |row| row.get(0))
}

impl Directory {
    /// Opens the file at `path`, or makes a new one; its mode becomes 600.
    ///
    /// # Errors
    /// [`DirectoryError`] if the file cannot be used, is of something else, or of a later version.
    pub fn open(path: &Path) -> Result<Directory, DirectoryError> {
        Ok(Directory::of(schema::open(path)?, None))
    }

    /// Opens one whose truth is in a database, and makes the file at `path` what that says.
    ///
    /// # Errors
    /// As [`Directory::open`], or the database's.
    pub fn replicate(path: &Path, database: &PostgresOptions) -> Result<Directory, DirectoryError> {
        let (connection, replica) = schema::replicate(path, database)?;
        Ok(Directory::of(connection, Some(replica)))
    }

    /// Makes the file at `path`, which is not there, what a database said of a shard's directory as of one instant.
    ///
    /// # Errors
    /// As [`Directory::open`], or the database's.
    pub fn as_of(path: &Path, snapshot: &mut Snapshot, shard: u8) -> Result<Directory, DirectoryError> {
        let log = (PostgresOptions::DIRECTORY, shard);
        replica::as_of(path, snapshot, log).map_err(schema::failed(path))?;
        Directory::open(path)
    }

    fn of(connection: Connection, replica: Option<Replica>) -> Directory {
        Directory {
            connection: Mutex::new(connection),
            replica,
            access_keys: Cache::new(),
            tokens: Cache::new(),
            projects: Cache::new(),
            enterprise_projects: Cache::new(),
            gateways: Cache::new(),
        }
    }

    /// Why nothing can be written any more, if that is so: the process must end.
    pub fn stop_reason(&self) -> Option<&str> {
        self.replica.as_ref()?.stop_reason()
    }

    /// What is to be done once in a while. Blocks.
    ///
    /// # Errors
    /// [`DirectoryError`]; it is tried again the next time.
    pub fn maintain(&self) -> Result<(), DirectoryError> {
        let Some(replica) = &self.replica else { return Ok(()) };
        replica.maintain(&self.connection.lock()).map_err(schema::failed(replica.path()))
    }

    /// Tries whether the file can be written now; changes nothing.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`] if it cannot.
    pub fn try_write(&self) -> Result<(), DirectoryError> {
        Ok(crate::tables::try_write(&mut self.connection.lock())?)
    }

    /// Writes an account with its first user, access key and projects: all of it, durably, or nothing.
    ///
    /// # Errors
    /// [`DirectoryError::InvalidName`], [`InvalidId`](DirectoryError::InvalidId),
    /// [`NameTaken`](DirectoryError::NameTaken), [`IdTaken`](DirectoryError::IdTaken), or the file's.
    pub fn create_account(&self, new: &NewAccount<'_>) -> Result<(), DirectoryError> {
        check(new)?;
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let taken = "SELECT EXISTS (SELECT 1 FROM accounts WHERE name = ?1)";
        if transaction.query_row(taken, [new.name], |row| row.get(0))? {
            return Err(DirectoryError::NameTaken);
        }
        transaction
            .execute(
                "INSERT INTO accounts (account_id, name, created_at_ms, tier, policy, zone_minutes)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    new.account_id,
                    new.name,
                    new.created_at_ms,
                    new.opening.tier.to_string(),
                    new.opening.policy.as_str(),
                    new.opening.zone.offset_minutes(),
                ],
            )
            .map_err(taken_or_failed)?;
        transaction
            .execute(
                "INSERT INTO users (user_id, account_id, name, password_hash, enabled, is_owner, created_at_ms)
                VALUES (?1, ?2, ?3, ?4, 1, 1, ?5)",
                params![new.user_id, new.account_id, new.user_name, new.password_hash, new.created_at_ms],
            )
            .map_err(taken_or_failed)?;
        groups::insert_administrators(&transaction, new.account_id, new.created_at_ms)?;
        transaction
            .execute(
                "INSERT INTO access_keys (access_key, user_id, sealed_secret, enabled, created_at_ms)
                VALUES (?1, ?2, ?3, 1, ?4)",
                params![new.access_key, new.user_id, new.sealed_secret, new.created_at_ms],
            )
            .map_err(taken_or_failed)?;
        for (project_id, region) in new.projects {
            transaction
                .execute(
                    "INSERT INTO projects (project_id, account_id, region) VALUES (?1, ?2, ?3)",
                    params![project_id, new.account_id, region],
                )
                .map_err(taken_or_failed)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Changes users or what they may do: all of it, durably, or nothing.
    fn change_users<T>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, DirectoryError>,
    ) -> Result<T, DirectoryError> {
        let mut connection = self.connection.lock();
        let done = in_transaction(&mut connection, change);
        // What is remembered of users is forgotten, after an error too, when rows may be changed or not.
        self.tokens.clear();
        self.access_keys.clear();
        done
    }

    /// The account of this name, ignoring case.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn account_by_name(&self, name: &str) -> Result<Option<AccountRow>, DirectoryError> {
        let query = format!("SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE name = ?1");
        one(&self.connection.lock(), &query, [name], rows::account)
    }

    /// The account of this id.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn account_by_id(&self, id: &str) -> Result<Option<AccountRow>, DirectoryError> {
        let query = format!("SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE account_id = ?1");
        one(&self.connection.lock(), &query, [id], rows::account)
    }

    /// The account that pays for one as its member, if it is one.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn master_of(&self, id: &str) -> Result<Option<AccountRow>, DirectoryError> {
        let master = self.account_by_id(id)?.and_then(|row| row.master_id);
        master.map_or(Ok(None), |master| self.account_by_id(&master))
    }

    /// All accounts, in order of creation.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn accounts(&self) -> Result<Vec<AccountRow>, DirectoryError> {
        let query = format!("SELECT {ACCOUNT_COLUMNS} FROM accounts ORDER BY number");
        all(&self.connection.lock(), &query, [], rows::account)
    }

    /// The user of this name in the account of that name, ignoring case in both.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn user(&self, account_name: &str, user_name: &str) -> Result<Option<UserRow>, DirectoryError> {
        let query = format!(
            "SELECT {USER_COLUMNS} FROM accounts a JOIN users u USING (account_id) WHERE a.name = ?1 AND u.name = ?2"
        );
        one(&self.connection.lock(), &query, [account_name, user_name], rows::user)
    }

    /// The user of this id.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn user_by_id(&self, id: &str) -> Result<Option<UserRow>, DirectoryError> {
        let query = format!(
            "SELECT {USER_COLUMNS} FROM users u JOIN accounts a USING (account_id) WHERE u.user_id = ?1"
        );
        one(&self.connection.lock(), &query, [id], rows::user)
    }

    /// The access key `ak` and its user. Whether either is enabled is the caller's business.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn access_key(&self, ak: &str) -> Result<Option<Arc<AccessKeyRow>>, DirectoryError> {
        if let Some(found) = self.access_keys.get(ak) {
            return Ok(Some(found));
        }
        let query = format!(
            "SELECT {USER_COLUMNS}, k.access_key, k.sealed_secret, k.enabled
            FROM access_keys k JOIN users u USING (user_id) JOIN accounts a USING (account_id)
            WHERE k.access_key = ?1"
        );
        let connection = self.connection.lock();
        let found = one(&connection, &query, [ak], rows::access_key)?.map(Arc::new);
        if let Some(found) = &found {
            self.access_keys.put(ak.to_owned(), Arc::clone(found));
        }
        Ok(found)
    }
}

/// Whether an account may have this name. Accounts are asked for by name or by id: nobody is to take another one's id for a
/// name.
pub fn is_account_name(text: &str) -> bool {
    is_name(text) && !is_account_id(&text.to_ascii_lowercase())
}

fn check(new: &NewAccount<'_>) -> Result<(), DirectoryError> {
    if !is_account_name(new.name) || !is_name(new.user_name) {
        return Err(DirectoryError::InvalidName);
    }
    let projects = new.projects.iter().all(|(id, region)| is_id(id) && is_id(region));
    if is_account_id(new.account_id) && is_id(new.user_id) && is_id(new.access_key) && projects {
        Ok(())
    } else {
        Err(DirectoryError::InvalidId)
    }
}

fn is_account_id(text: &str) -> bool {
    let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == ACCOUNT_ID_LENGTH && text.bytes().all(hexadecimal)
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    text.len() <= MAX_NAME_LENGTH
        && text.bytes().all(allowed)
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
}

/// Whether a text may be a description: short, and without control characters.
fn is_description(text: &str) -> bool {
    text.len() <= MAX_DESCRIPTION_BYTES && !text.chars().any(char::is_control)
}

fn is_id(text: &str) -> bool {
    (1..=MAX_ID_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<T, DirectoryError>,
) -> Result<T, DirectoryError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

fn one<T>(
    connection: &Connection,
    query: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, DirectoryError> {
    Ok(connection.prepare_cached(query)?.query_row(params, read).optional()?)
}

fn all<T>(
    connection: &Connection,
    query: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, DirectoryError> {
    Ok(connection.prepare_cached(query)?.query_map(params, read)?.collect::<Result<_, _>>()?)
}
