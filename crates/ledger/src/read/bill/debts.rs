//! Which debt a payment paid: the oldest first ("a top-up repays bills in order of due date", FAQ on repayment
//! of post-paid customers).
//!
//! All debts of an account laid end to end in the order in which they arose make one line, and all payments of
//! debt laid end to end another beside it. What lies beside a debt has paid it. Both lines are walked forward
//! once; nothing is held but the place.

use charging::{Money, Timestamp};
use rusqlite::{Transaction, params};

use super::payment::Repaid;
use crate::entry::AccountNo;
use crate::read::{Cells, ReadError};

/// The place in both lines.
pub(super) struct Debts<'a> {
    transaction: &'a Transaction<'a>,
    account: AccountNo,
    /// All debts of transactions before this number have been passed, and come to `incurred`.
    before: u64,
    incurred: Money,
    /// The last payment that was looked at, when it was, and what it and those before it come to.
    payment: u64,
    paid_at: Option<Timestamp>,
    paid: Money,
}

impl<'a> Debts<'a> {
    pub(super) fn of(transaction: &'a Transaction<'a>, account: AccountNo) -> Debts<'a> {
        let (before, incurred, payment, paid_at, paid) = (0, Money::ZERO, 0, None, Money::ZERO);
        Debts { transaction, account, before, incurred, payment, paid_at, paid }
    }

    /// Where the debt of a transaction begins. Transactions are asked about in their order.
    pub(super) fn begin(&mut self, number: u64) -> Result<Money, ReadError> {
        if number > self.before {
            let mut select = self.transaction.prepare_cached(
                "SELECT coalesce(sum(debt_change), 0) FROM transactions
                 WHERE account = ?1 AND number >= ?2 AND number < ?3 AND debt_change <> 0 AND debt_change > 0",
            )?;
            let range = params![self.account, self.before.cast_signed(), number.cast_signed()];
            let between: i64 = select.query_row(range, |row| row.get(0))?;
            self.incurred += Money::from_e8(between);
            self.before = number;
        }
        Ok(self.incurred)
    }

    /// What has been paid of the debt that begins there. Debts are asked about in their order.
    pub(super) fn repaid(&mut self, begin: Money, debt: Money) -> Result<Repaid, ReadError> {
        if !debt.is_positive() {
            return Ok(Repaid::default());
        }
        let end = begin + debt;
        while self.paid < end && self.next_payment()? {}
        let amount = (self.paid.min(end) - begin).max(Money::ZERO);
        Ok(Repaid { amount, at: self.paid_at.filter(|_| amount.is_positive()) })
    }

    fn next_payment(&mut self) -> Result<bool, ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT number, debt_change, at FROM transactions
             WHERE account = ?1 AND number > ?2 AND debt_change <> 0 AND debt_change < 0 ORDER BY number LIMIT 1",
        )?;
        let mut rows = select.query(params![self.account, self.payment.cast_signed()])?;
        let Some(row) = rows.next()? else { return Ok(false) };
        let cells = Cells(row);
        self.payment = cells.number(0)?;
        self.paid -= cells.money(1)?;
        self.paid_at = Some(cells.instant(2)?);
        Ok(true)
    }
}
