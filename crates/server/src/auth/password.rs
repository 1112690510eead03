//! Passwords, wherever they are given: for a token or at the console. Failures of both count together.

use ledger::directory::UserRow;
use wire::error;

use super::{Auth, secrets};
use crate::http::error::Failure;

/// Why a password opens nothing. The same for a name that is not there and for a password that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongPassword {
    /// No such user, or not this password.
    #[error("The username or password is wrong.")]
    Wrong,
    /// Too many failures; see [`super::lockout`].
    #[error("The account is locked.")]
    Locked,
}

impl From<WrongPassword> for Failure {
    fn from(wrong: WrongPassword) -> Failure {
        let (reason, cure) = match wrong {
            WrongPassword::Wrong => ("wrong_password", "Check account, user and password, and try again."),
            WrongPassword::Locked => ("locked", "Wait 15 minutes: there were five failures in a row."),
        };
        Failure::of(error::AUTHENTICATION).saying(wrong.to_string()).with_cure(reason, cure)
    }
}

impl Auth {
    /// The user of this name and password. Hashes a password: not for async threads.
    ///
    /// # Errors
    /// A wrong name or password, a locked user, or the directory's.
    pub fn user_of_password(
        &self,
        account: &str,
        user: &str,
        password: &str,
        system_ms: i64,
    ) -> Result<UserRow, Failure> {
        let found = self.directory.user(account, user)?;
        Ok(self.checked_password((account, user), found, password, system_ms)?)
    }

    /// The user, if the password is theirs. Takes as long, and locks as soon, for nobody as for somebody; `name` is
    /// what account and user were called by whoever asks.
    pub(super) fn checked_password(
        &self,
        name: (&str, &str),
        user: Option<UserRow>,
        password: &str,
        system_ms: i64,
    ) -> Result<UserRow, WrongPassword> {
        // Names are the same in either case; one that was found is called as it is written.
        let (account, of_user) = match &user {
            Some(user) => (user.account_name.as_str(), user.name.as_str()),
            None => name,
        };
        let counted = format!("{account}\n{of_user}").to_ascii_lowercase();
        if self.passwords.locked_for_ms(&counted, system_ms).is_some() {
            return Err(WrongPassword::Locked);
        }
        let hash = user.as_ref().map(|user| user.password_hash.as_str());
        let right = secrets::verify_password(password, hash);
        match user {
            Some(user) if right && user.enabled => {
                self.passwords.succeeded(&counted);
                Ok(user)
            }
            _ => {
                self.passwords.failed(&counted, system_ms);
                Err(WrongPassword::Wrong)
            }
        }
    }
}
