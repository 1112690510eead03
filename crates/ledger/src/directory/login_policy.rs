//! How the users of an account sign in ("Modifying the Login Authentication Policy").

use rusqlite::params;

use super::{Directory, DirectoryError, one, taken_or_failed};

/// The longest message after signing in, in characters.
const MAX_MESSAGE_CHARS: usize = 64;

/// How the users of an account sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginPolicy {
    /// Users who did not give a password for so many days cannot sign in by it any more, until an administrator lets
    /// them in again; 0 for never. Not the account's own user. Access keys and tokens go on working.
    pub idle_days: u32,
    /// What is shown after signing in.
    pub message: String,
    /// For how many minutes failures lock a user.
    pub lock_minutes: u32,
    /// How many failures lock a user.
    pub failures: u32,
    /// Within how many minutes they count together.
    pub window_minutes: u32,
    /// A session that rests for so many minutes is over.
    pub session_minutes: u32,
    /// Whether the last time is shown after signing in.
    pub shows_last: bool,
}

impl Default for LoginPolicy {
    /// The published defaults.
    fn default() -> LoginPolicy {
        LoginPolicy {
            idle_days: 0,
            message: String::new(),
            lock_minutes: 15,
            failures: 5,
            window_minutes: 15,
            session_minutes: 60,
            shows_last: false,
        }
    }
}

impl LoginPolicy {
    /// The longest rest of a session that can be asked for, in minutes.
    pub const MAX_SESSION_MINUTES: u32 = 1_440;

    /// The name of the first field that is out of its published bounds.
    pub fn fault(&self) -> Option<&'static str> {
        let has_control = self.message.chars().any(char::is_control);
        let fields = [
            ("account_validity_period", self.idle_days <= 240),
            ("custom_info_for_login", self.message.chars().count() <= MAX_MESSAGE_CHARS && !has_control),
            ("lockout_duration", (15..=30).contains(&self.lock_minutes)),
            ("login_failed_times", (3..=10).contains(&self.failures)),
            ("period_with_login_failures", (15..=60).contains(&self.window_minutes)),
            ("session_timeout", (15..=Self::MAX_SESSION_MINUTES).contains(&self.session_minutes)),
        ];
        fields.into_iter().find(|(_, is_within)| !is_within).map(|(name, _)| name)
    }
}

impl Directory {
    /// The policy of an account; the published defaults if it has set none.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn login_policy(&self, account_id: &str) -> Result<LoginPolicy, DirectoryError> {
        let query =
            "SELECT idle_days, message, lock_minutes, failures, window_minutes, session_minutes, shows_last
            FROM login_policies WHERE account_id = ?1";
        let found = one(&self.connection.lock(), query, [account_id], |row| {
            Ok(LoginPolicy {
                idle_days: row.get(0)?,
                message: row.get(1)?,
                lock_minutes: row.get(2)?,
                failures: row.get(3)?,
                window_minutes: row.get(4)?,
                session_minutes: row.get(5)?,
                shows_last: row.get(6)?,
            })
        })?;
        Ok(found.unwrap_or_default())
    }

    /// Sets the policy of an account, durably.
    ///
    /// # Errors
    /// [`DirectoryError::OutOfBounds`], [`IdTaken`](DirectoryError::IdTaken) for an account that is not there, or the
    /// file's.
    pub fn set_login_policy(&self, account_id: &str, policy: &LoginPolicy) -> Result<(), DirectoryError> {
        if policy.fault().is_some() {
            return Err(DirectoryError::OutOfBounds);
        }
        self.connection
            .lock()
            .execute(
                "INSERT INTO login_policies (account_id, idle_days, message, lock_minutes, failures, window_minutes,
                session_minutes, shows_last) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT (account_id) DO UPDATE SET idle_days = ?2, message = ?3, lock_minutes = ?4,
                failures = ?5, window_minutes = ?6, session_minutes = ?7, shows_last = ?8",
                params![
                    account_id,
                    policy.idle_days,
                    policy.message,
                    policy.lock_minutes,
                    policy.failures,
                    policy.window_minutes,
                    policy.session_minutes,
                    policy.shows_last,
                ],
            )
            .map_err(taken_or_failed)?;
        Ok(())
    }
}
