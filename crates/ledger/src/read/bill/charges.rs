//! The calls behind a bill, one by one.

use super::{BillView, ReadError};
use crate::read::ChargeRow;
use crate::read::charges::{first_charge_at, walk};
use crate::read::rows::charge_key;

impl BillView<'_> {
    /// Every charge of the month, oldest first: those packages met, and those the hours were rated from.
    ///
    /// # Errors
    /// [`ReadError`], or the first of `visit`.
    pub fn charges<E: From<ReadError>>(
        &self,
        mut visit: impl FnMut(ChargeRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let first = charge_key(self.no, first_charge_at(self.transaction, self.no, self.from)?);
        let last = charge_key(self.no, first_charge_at(self.transaction, self.no, self.to)?) - 1;
        let (transaction, account) = (self.transaction, self.account);
        walk(transaction, account, &self.services, (first, last, i64::MAX), |row| Ok(visit(row).err()))?
            .map_or(Ok(()), Err)
    }
}
