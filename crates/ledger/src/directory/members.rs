//! Which accounts are members of which: whose calls are paid for by whom. What a member may use stands in its master's
//! books.

use rusqlite::{Connection, params};

use super::rows::{self, ACCOUNT_COLUMNS, AccountRow};
use super::{Directory, DirectoryError, all, one};

/// How many members an account may have.
pub const MAX_MEMBERS: usize = 100;

impl Directory {
    /// The members of an account, in order of their creation.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn members_of(&self, master_id: &str) -> Result<Vec<AccountRow>, DirectoryError> {
        let query = format!("SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE master_id = ?1 ORDER BY number");
        all(&self.connection.lock(), &query, [master_id], rows::account)
    }

    /// Refuses an account that cannot become a member of the other; one that is a member of it already can.
    ///
    /// # Errors
    /// [`DirectoryError::NotAMember`] (also for an account that is not there),
    /// [`TooManyMembers`](DirectoryError::TooManyMembers), or the file's.
    pub fn check_member(&self, master_id: &str, member_id: &str) -> Result<(), DirectoryError> {
        check(&self.connection.lock(), master_id, member_id)
    }

    /// Makes an account a member of another, durably. From the next call on the other pays.
    ///
    /// # Errors
    /// As [`Directory::check_member`].
    pub fn link_member(&self, master_id: &str, member_id: &str) -> Result<(), DirectoryError> {
        self.change_users(|transaction| {
            check(transaction, master_id, member_id)?;
            let update = "UPDATE accounts SET master_id = ?1 WHERE account_id = ?2";
            transaction.execute(update, params![master_id, member_id])?;
            Ok(())
        })
    }

    /// Ends a membership, durably. Answers whether there was one.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn unlink_member(&self, master_id: &str, member_id: &str) -> Result<bool, DirectoryError> {
        self.change_users(|transaction| {
            let update = "UPDATE accounts SET master_id = NULL WHERE account_id = ?2 AND master_id = ?1";
            Ok(transaction.execute(update, params![master_id, member_id])? > 0)
        })
    }
}

fn check(connection: &Connection, master_id: &str, member_id: &str) -> Result<(), DirectoryError> {
    let master_of = |id: &str| {
        let query = "SELECT master_id FROM accounts WHERE account_id = ?1";
        let found = one(connection, query, [id], |row| row.get::<_, Option<String>>(0))?;
        found.ok_or(DirectoryError::NotAMember)
    };
    if master_id == member_id || master_of(master_id)?.is_some() {
        return Err(DirectoryError::NotAMember);
    }
    match master_of(member_id)? {
        Some(of) if of == master_id => return Ok(()),
        Some(_) => return Err(DirectoryError::NotAMember),
        None => {}
    }
    let count = "SELECT count(*) FROM accounts WHERE master_id = ?1";
    let count = |id: &str| connection.query_row(count, [id], |row| row.get::<_, i64>(0));
    if count(member_id)? > 0 {
        return Err(DirectoryError::NotAMember);
    }
    if count(master_id)? >= MAX_MEMBERS as i64 {
        return Err(DirectoryError::TooManyMembers);
    }
    Ok(())
}
