//! Who is told of an account's notices, and how.

use std::fmt;

use rusqlite::{OptionalExtension, Row, TransactionBehavior, params};

use super::{Directory, DirectoryError, all, one, taken_or_failed};

/// How many recipients an account may have.
pub const RECIPIENTS_LIMIT: usize = 50;

/// How often a code may be tried: of a million codes nobody guesses one in so few.
pub const CODE_TRIES: u32 = 5;

/// One recipient of an account's notices. What its words mean is the caller's business.
#[derive(Clone, PartialEq, Eq)]
pub struct RecipientRow {
    /// Unique among all recipients.
    pub recipient_id: String,
    /// Whose notices it gets.
    pub account_id: String,
    /// `email`, `sms` or `webhook`.
    pub channel: String,
    /// An address, a number or a URL.
    pub address: String,
    /// In which language it is written to.
    pub language: String,
    /// Words of the categories it gets, with a space between; all, if empty.
    pub categories: String,
    /// First and last minute of the day between which nothing is sent, in the account's zone.
    pub quiet_minutes: Option<(u16, u16)>,
    /// How many messages a day at most.
    pub daily_cap: Option<u32>,
    /// Whether it gets anything.
    pub enabled: bool,
    /// What its webhooks are signed with, encrypted by the caller; not in `Debug`.
    pub sealed_secret: Option<Vec<u8>>,
    /// Milliseconds since the epoch.
    pub created_at_ms: i64,
    /// Since when it is known that whoever is behind the address wants to be told, in milliseconds since the epoch;
    /// `None`: it is not.
    pub confirmed_at_ms: Option<i64>,
}

/// A code that was sent to a recipient, to be given back.
#[derive(Clone, Copy)]
pub struct RecipientCode<'a> {
    /// The code.
    pub code: &'a str,
    /// Milliseconds since the epoch.
    pub expires_at_ms: i64,
}

/// What became of a code that was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmation {
    /// The recipient is confirmed, or was so before.
    Confirmed(Box<RecipientRow>),
    /// It is not the code.
    Wrong,
    /// There is no code: none was sent, it is too old, or it was tried too often.
    NoCode,
    /// There is no such recipient.
    Unknown,
}

impl fmt::Debug for RecipientRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecipientRow")
            .field("recipient_id", &self.recipient_id)
            .field("account_id", &self.account_id)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str = "recipient_id, account_id, channel, address, language, categories, quiet_from_minute, \
     quiet_to_minute, daily_cap, enabled, sealed_secret, created_at_ms, confirmed_at_ms";

fn recipient(row: &Row<'_>) -> rusqlite::Result<RecipientRow> {
    let quiet: (Option<u16>, Option<u16>) = (row.get(6)?, row.get(7)?);
    Ok(RecipientRow {
        recipient_id: row.get(0)?,
        account_id: row.get(1)?,
        channel: row.get(2)?,
        address: row.get(3)?,
        language: row.get(4)?,
        categories: row.get(5)?,
        quiet_minutes: quiet.0.zip(quiet.1),
        daily_cap: row.get(8)?,
        enabled: row.get(9)?,
        sealed_secret: row.get(10)?,
        created_at_ms: row.get(11)?,
        confirmed_at_ms: row.get(12)?,
    })
}

impl Directory {
    /// Keeps a recipient, durably.
    ///
    /// # Errors
    /// [`DirectoryError::TooManyRecipients`], [`RecipientTaken`](DirectoryError::RecipientTaken) for an address the
    /// account has already (of mail, in capitals or not), or the file's.
    pub fn insert_recipient(&self, new: &RecipientRow) -> Result<(), DirectoryError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let query = "SELECT count(*) FROM recipients WHERE account_id = ?1";
        let count: i64 = transaction.query_row(query, [&new.account_id], |row| row.get(0))?;
        if count >= RECIPIENTS_LIMIT as i64 {
            return Err(DirectoryError::TooManyRecipients);
        }
        // Mail to one and the other spelling arrives in the same box.
        let query = "SELECT EXISTS (SELECT 1 FROM recipients WHERE account_id = ?1 AND channel = 'email'
                AND channel = ?2 AND address = ?3 COLLATE NOCASE)";
        let mailed = params![new.account_id, new.channel, new.address];
        if transaction.query_row(query, mailed, |row| row.get(0))? {
            return Err(DirectoryError::RecipientTaken);
        }
        transaction
            .execute(
                "INSERT INTO recipients (recipient_id, account_id, channel, address, language, categories,
                    quiet_from_minute, quiet_to_minute, daily_cap, enabled, sealed_secret, created_at_ms,
                    confirmed_at_ms)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                params![
                    new.recipient_id,
                    new.account_id,
                    new.channel,
                    new.address,
                    new.language,
                    new.categories,
                    new.quiet_minutes.map(|quiet| quiet.0),
                    new.quiet_minutes.map(|quiet| quiet.1),
                    new.daily_cap,
                    new.enabled,
                    new.sealed_secret,
                    new.created_at_ms,
                    new.confirmed_at_ms,
                ],
            )
            .map_err(|error| match taken_or_failed(error) {
                DirectoryError::IdTaken => DirectoryError::RecipientTaken,
                other => other,
            })?;
        transaction.commit()?;
        Ok(())
    }

    /// The recipients of an account, in order of creation.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn recipients(&self, account_id: &str) -> Result<Vec<RecipientRow>, DirectoryError> {
        let query = format!("SELECT {COLUMNS} FROM recipients WHERE account_id = ?1 ORDER BY number");
        all(&self.connection.lock(), &query, [account_id], recipient)
    }

    /// The recipient of this id, of any account.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn recipient(&self, recipient_id: &str) -> Result<Option<RecipientRow>, DirectoryError> {
        let query = format!("SELECT {COLUMNS} FROM recipients WHERE recipient_id = ?1");
        one(&self.connection.lock(), &query, [recipient_id], recipient)
    }

    /// Changes how a recipient of an account is told, durably, and answers what became of it: its language, categories,
    /// quiet hours, daily cap and whether it is enabled. What else `change` writes is not kept. `None` if there is no
    /// such recipient.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn change_recipient(
        &self,
        account_id: &str,
        recipient_id: &str,
        change: impl FnOnce(&mut RecipientRow),
    ) -> Result<Option<RecipientRow>, DirectoryError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let query = format!("SELECT {COLUMNS} FROM recipients WHERE account_id = ?1 AND recipient_id = ?2");
        let Some(mut row) = one(&transaction, &query, [account_id, recipient_id], recipient)? else {
            return Ok(None);
        };
        change(&mut row);
        transaction.execute(
            "UPDATE recipients SET language = ?2, categories = ?3, quiet_from_minute = ?4, quiet_to_minute = ?5,
                daily_cap = ?6, enabled = ?7 WHERE recipient_id = ?1",
            params![
                recipient_id,
                row.language,
                row.categories,
                row.quiet_minutes.map(|quiet| quiet.0),
                row.quiet_minutes.map(|quiet| quiet.1),
                row.daily_cap,
                row.enabled,
            ],
        )?;
        let changed = one(&transaction, &query, [account_id, recipient_id], recipient)?;
        transaction.commit()?;
        Ok(changed)
    }

    /// Keeps the code that confirms a recipient, durably, in place of the one before. False if there is no such
    /// recipient of the account, or it is confirmed.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn set_recipient_code(
        &self,
        account_id: &str,
        recipient_id: &str,
        code: RecipientCode<'_>,
    ) -> Result<bool, DirectoryError> {
        let query = "UPDATE recipients SET code = ?3, code_expires_at_ms = ?4, code_tries = 0
             WHERE account_id = ?1 AND recipient_id = ?2 AND confirmed_at_ms IS NULL";
        let values = params![account_id, recipient_id, code.code, code.expires_at_ms];
        Ok(self.connection.lock().execute(query, values)? > 0)
    }

    /// Confirms a recipient, durably: by the code that was sent to it, which may be tried [`CODE_TRIES`] times, or
    /// without one. `now_ms` is what the code's age is measured by, `confirmed_at_ms` since when it is told of notices.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn confirm_recipient(
        &self,
        account_id: &str,
        recipient_id: &str,
        code: Option<&str>,
        now_ms: i64,
        confirmed_at_ms: i64,
    ) -> Result<Confirmation, DirectoryError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let query = format!("SELECT {COLUMNS} FROM recipients WHERE account_id = ?1 AND recipient_id = ?2");
        let Some(mut row) = one(&transaction, &query, [account_id, recipient_id], recipient)? else {
            return Ok(Confirmation::Unknown);
        };
        if row.confirmed_at_ms.is_some() {
            return Ok(Confirmation::Confirmed(Box::new(row)));
        }
        if let Some(code) = code {
            let query = "SELECT code FROM recipients
                 WHERE recipient_id = ?1 AND code_expires_at_ms > ?2 AND code_tries < ?3";
            let sent: Option<Option<String>> = transaction
                .query_row(query, params![recipient_id, now_ms, CODE_TRIES], |row| row.get(0))
                .optional()?;
            let Some(sent) = sent.flatten() else { return Ok(Confirmation::NoCode) };
            if sent != code {
                let query = "UPDATE recipients SET code_tries = code_tries + 1 WHERE recipient_id = ?1";
                transaction.execute(query, [recipient_id])?;
                transaction.commit()?;
                return Ok(Confirmation::Wrong);
            }
        }
        transaction.execute(
            "UPDATE recipients SET confirmed_at_ms = ?2, code = NULL WHERE recipient_id = ?1",
            params![recipient_id, confirmed_at_ms],
        )?;
        transaction.commit()?;
        row.confirmed_at_ms = Some(confirmed_at_ms);
        Ok(Confirmation::Confirmed(Box::new(row)))
    }

    /// Takes a recipient of an account away, durably. Answers whether there was one.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn delete_recipient(&self, account_id: &str, recipient_id: &str) -> Result<bool, DirectoryError> {
        let query = "DELETE FROM recipients WHERE account_id = ?1 AND recipient_id = ?2";
        Ok(self.connection.lock().execute(query, [account_id, recipient_id])? > 0)
    }
}
