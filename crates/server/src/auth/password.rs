//! Passwords, wherever they are given: for a token or at the console. Failures of both count together.

use axum::http::StatusCode;
use charging::Timestamp;
use ledger::directory::{DirectoryError, LoginPolicy, UserChange, UserRow};
use wire::error;

use super::lockout::LockRule;
use super::{Auth, secrets};
use crate::http::error::{Failure, IamFailure};

const DAY_MS: i64 = 86_400_000;
/// The shortest and the longest password, in characters ("Password Policy").
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=128;

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
            WrongPassword::Locked => (
                "locked",
                "Wait 15 minutes, or as long as the account's login policy says: there were too many failures.",
            ),
        };
        Failure::of(error::AUTHENTICATION).saying(wrong.to_string()).with_cure(reason, cure)
    }
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The password opens nothing.
    #[error(transparent)]
    Wrong(#[from] WrongPassword),
    /// The directory's.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A new password cannot be hashed.
    #[error("a password cannot be hashed: {0}")]
    Hash(String),
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Failure {
        match error {
            SignInError::Wrong(wrong) => wrong.into(),
            SignInError::Directory(problem) => problem.into(),
            SignInError::Hash(_) => {
                tracing::error!(%error, "nobody gets a new password");
                Failure::of(error::BACKEND_UNAVAILABLE)
            }
        }
    }
}

impl From<SignInError> for IamFailure {
    fn from(error: SignInError) -> IamFailure {
        match error {
            SignInError::Wrong(wrong) => IamFailure::new(StatusCode::UNAUTHORIZED, wrong.to_string()),
            problem @ (SignInError::Directory(_) | SignInError::Hash(_)) => IamFailure::internal(problem),
        }
    }
}

/// What is wrong with a password that a user of this name is to have; `None` if it will do ("Password Policy").
pub fn fault(password: &str, name: &str) -> Option<&'static str> {
    let has = |kind: fn(&char) -> bool| usize::from(password.chars().any(|c| kind(&c)));
    let kinds = has(char::is_ascii_uppercase)
        + has(char::is_ascii_lowercase)
        + has(char::is_ascii_digit)
        + has(|c| !c.is_ascii_alphanumeric());
    let reversed: String = name.chars().rev().collect();
    if !PASSWORD_CHARS.contains(&password.chars().count()) {
        Some("A password has 8 to 128 characters.")
    } else if kinds < 2 {
        Some(
            "A password has at least two of: upper-case letters, lower-case letters, digits, other characters.",
        )
    } else if password.eq_ignore_ascii_case(name) || password.eq_ignore_ascii_case(&reversed) {
        Some("A password is not the name of its user, forwards or backwards.")
    } else {
        None
    }
}

/// What is wrong with a password that is to follow the user's old one.
pub fn fault_after(old: &str, new: &str, name: &str) -> Option<&'static str> {
    match new == old {
        true => Some("The new password must be different from the old password."),
        false => fault(new, name),
    }
}

impl Auth {
    /// The user of this name and password; `at` is the instant by the machine's clock and in business time. Hashes a
    /// password: not for async threads.
    ///
    /// # Errors
    /// A wrong name or password, a locked user, or the directory's.
    pub fn user_of_password(
        &self,
        account: &str,
        user: &str,
        password: &str,
        at: (i64, Timestamp),
    ) -> Result<UserRow, Failure> {
        let found = self.directory.user(account, user)?;
        Ok(self.checked_password((account, user), found, password, at)?)
    }

    /// The user, if the password is theirs. Takes as long, and locks as soon, for nobody as for somebody; `name` is
    /// what account and user were called by whoever asks. Lock-outs and rests go by the machine's clock; when a user last
    /// gave the password is kept in business time, like everything that is shown of users.
    pub(crate) fn checked_password(
        &self,
        name: (&str, &str),
        user: Option<UserRow>,
        password: &str,
        (system_ms, now): (i64, Timestamp),
    ) -> Result<UserRow, SignInError> {
        // Names are the same in either case; one that was found is called as it is written.
        let (account, of_user) = match &user {
            Some(user) => (user.account_name.as_str(), user.name.as_str()),
            None => name,
        };
        let counted = format!("{account}\n{of_user}").to_ascii_lowercase();
        if self.passwords.locked_for_ms(&counted, system_ms).is_some() {
            return Err(WrongPassword::Locked.into());
        }
        let policy = self.policy_of(user.as_ref(), name.0)?;
        // A user may have none.
        let hash = user.as_ref().map(|user| user.password_hash.as_str()).filter(|hash| !hash.is_empty());
        let right = secrets::verify_password(password, hash);
        match user {
            Some(user) if right && user.enabled && !self.is_idle(&user, &policy, system_ms)? => {
                self.passwords.succeeded(&counted);
                self.directory.note_sign_in(&user.user_id, now.ms(), system_ms)?;
                Ok(user)
            }
            _ => {
                self.passwords.failed(&counted, LockRule::of(&policy), system_ms);
                Err(WrongPassword::Wrong.into())
            }
        }
    }

    /// Gives a user who was just proved by their password another one, of their own choice. What the old one proved ends
    /// with it. Hashes a password: not for async threads.
    ///
    /// # Errors
    /// The password has been changed meanwhile; the directory's.
    pub(crate) fn choose_password(&self, user: UserRow, new: &str) -> Result<UserRow, SignInError> {
        let hash = secrets::hash_password(new).map_err(SignInError::Hash)?;
        let change = UserChange {
            password_hash: Some(&hash),
            proved_by: Some(&user.password_hash),
            reset_password: Some(false),
            ..UserChange::default()
        };
        match self.directory.change_user(&user.account_id, &user.user_id, &change) {
            Ok(()) => Ok(UserRow { password_hash: hash, ..user }),
            Err(DirectoryError::PasswordChanged | DirectoryError::UnknownUser) => {
                Err(WrongPassword::Wrong.into())
            }
            Err(problem) => Err(problem.into()),
        }
    }

    /// That the password a user was found by is still theirs: checking it takes a while.
    ///
    /// # Errors
    /// It is not, or the directory's.
    pub(crate) fn still_opens(&self, user: &UserRow) -> Result<(), SignInError> {
        match self.directory.is_password_of(&user.user_id, &user.password_hash)? {
            true => Ok(()),
            false => Err(WrongPassword::Wrong.into()),
        }
    }

    /// The login policy of a user's account, or of the account of this name: a name that no user of it has is locked
    /// by the same rule.
    fn policy_of(&self, user: Option<&UserRow>, account: &str) -> Result<LoginPolicy, DirectoryError> {
        let account_id = match user {
            Some(user) => Some(user.account_id.clone()),
            None => self.directory.account_by_name(account)?.map(|account| account.account_id),
        };
        account_id.map_or_else(|| Ok(LoginPolicy::default()), |id| self.directory.login_policy(&id))
    }

    /// Whether the user has not given a password for longer than the policy allows.
    fn is_idle(&self, user: &UserRow, policy: &LoginPolicy, system_ms: i64) -> Result<bool, DirectoryError> {
        if policy.idle_days == 0 || user.is_owner {
            return Ok(false);
        }
        let since_ms = self.directory.idle_since_ms(&user.user_id)?;
        Ok(since_ms.is_some_and(|since_ms| system_ms - since_ms > i64::from(policy.idle_days) * DAY_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_will_not_do_are_named() {
        for (password, word) in [
            ("short1", Some("8 to 128")),
            ("onlyletters", Some("two of")),
            ("Operator7", Some("name")),
            ("7ROTAREPO", Some("name")),
            ("correct horse", None),
            ("zwölf Räder", None),
        ] {
            let found = fault(password, "operator7");
            assert_eq!(found.is_some(), word.is_some(), "{password}: {found:?}");
            assert!(
                found.is_none_or(|text| text.contains(word.unwrap_or_default())),
                "{password}: {found:?}"
            );
        }
    }
}
