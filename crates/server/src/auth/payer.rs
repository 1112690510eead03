//! Who pays for a caller's calls: the caller's account, or its master if it is a member of one.

use charging::{AccountId, Name};
use wire::error;

use super::Caller;
use crate::http::error::Failure;

/// In whose books calls stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// Whose books.
    pub account: AccountId,
    /// What a member's calls name there as their enterprise project; `None` for an account that pays for itself.
    pub member: Option<Name>,
}

impl Payer {
    /// Who pays for an account.
    ///
    /// # Errors
    /// A directory that makes no sense.
    pub fn of(account: AccountId, master_id: Option<&str>) -> Result<Payer, Failure> {
        let broken = || Failure::of(error::BACKEND_UNAVAILABLE);
        let Some(master) = master_id else { return Ok(Payer { account, member: None }) };
        let member = Name::new(&account.to_string()).map_err(|_| broken())?;
        Ok(Payer { account: master.parse().map_err(|_| broken())?, member: Some(member) })
    }
}

impl Caller {
    /// Who pays for the caller's calls.
    ///
    /// # Errors
    /// As [`Payer::of`].
    pub fn payer(&self) -> Result<Payer, Failure> {
        Payer::of(self.account, self.user.master_id.as_deref())
    }
}
