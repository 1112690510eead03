//! Transactions: every movement of an account's cash and debt, with what it left.

use charging::{AccountId, LotNo, Money, Timestamp};
use rusqlite::params;

use super::charges::first_at;
use super::rows::account_no;
use super::{Cells, ROWS_LIMIT, ReadError, ReadModel};
use crate::entry::AccountNo;

/// What moved money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionKind {
    /// Money came in.
    TopUp,
    /// Debt was paid out of the cash.
    DebtPaid,
    /// An hour's usage was collected; what the cash could not pay is debt.
    HourSettled,
    /// A package was bought, or renewed.
    LotBought,
    /// The operator corrected the cash.
    Adjusted,
    /// A package was given back.
    LotRefunded,
}

/// One movement of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Which one of the account's transactions it is, from 1.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What it was.
    pub kind: TransactionKind,
    /// How much it was about: of a settled hour, what was paid and what was not; of a correction, what it added,
    /// negative if it took.
    pub amount: Money,
    /// What it added to the cash; negative if it took.
    pub cash_change: Money,
    /// What it added to the debt; negative if it paid.
    pub debt_change: Money,
    /// The cash after it.
    pub cash: Money,
    /// The debt after it.
    pub debt: Money,
    /// Of a settled hour: its first instant.
    pub hour: Option<Timestamp>,
    /// Of a package, bought or given back: its lot.
    pub lot: Option<LotNo>,
    /// Of a correction: why, in the operator's words.
    pub reason: Option<String>,
    /// The record of the journal it stands in.
    pub sequence: u64,
}

/// Which of an account's transactions are asked for, oldest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransactionQuery {
    /// Only those after this number: the last of the page before; 0 for all.
    pub after: u64,
    /// At most so many; never more than [`ROWS_LIMIT`].
    pub limit: usize,
    /// Only those at this instant or later.
    pub from: Option<Timestamp>,
    /// Only those before this instant.
    pub to: Option<Timestamp>,
}

impl TransactionKind {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            TransactionKind::TopUp => "top_up",
            TransactionKind::DebtPaid => "debt_paid",
            TransactionKind::HourSettled => "hour_settled",
            TransactionKind::LotBought => "package_bought",
            TransactionKind::Adjusted => "adjusted",
            TransactionKind::LotRefunded => "package_refunded",
        }
    }

    pub(super) fn cell(self) -> i64 {
        match self {
            TransactionKind::TopUp => 0,
            TransactionKind::DebtPaid => 1,
            TransactionKind::HourSettled => 2,
            TransactionKind::LotBought => 3,
            TransactionKind::Adjusted => 4,
            TransactionKind::LotRefunded => 5,
        }
    }

    pub(super) fn from_cell(cell: i64) -> Result<TransactionKind, ReadError> {
        use TransactionKind::{Adjusted, DebtPaid, HourSettled, LotBought, LotRefunded, TopUp};
        let kinds = [TopUp, DebtPaid, HourSettled, LotBought, Adjusted, LotRefunded];
        let found = kinds.into_iter().find(|kind| kind.cell() == cell);
        found.ok_or_else(|| ReadError::Damaged(format!("transaction of kind {cell}")))
    }
}

impl Transaction {
    /// What cash coupons paid of it; negative if it went back to them.
    pub fn by_coupons(&self) -> Money {
        match self.kind {
            TransactionKind::LotRefunded => self.cash_change - self.amount,
            TransactionKind::HourSettled => self.amount + self.cash_change - self.debt_change,
            TransactionKind::LotBought => self.amount + self.cash_change,
            _ => Money::ZERO,
        }
    }
}

impl ReadModel {
    /// One page of an account's transactions.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn transactions(
        &self,
        account: AccountId,
        query: &TransactionQuery,
    ) -> Result<Vec<Transaction>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let mut select = transaction.prepare_cached(
                "SELECT number, at, kind, amount, reference, cash_change, debt_change, cash, debt, sequence,
                        reason FROM transactions WHERE account = ?1 AND number > ?2 AND at >= ?3 AND at < ?4
                 ORDER BY number LIMIT ?5",
            )?;
            let from = query.from.map_or(0, Timestamp::ms);
            let to = query.to.map_or(i64::MAX, Timestamp::ms);
            let after = i64::try_from(query.after).unwrap_or(i64::MAX);
            let limit = query.limit.min(ROWS_LIMIT) as i64;
            let mut rows = select.query(params![no, after, from, to, limit])?;
            let mut page = Vec::new();
            while let Some(row) = rows.next()? {
                page.push(transaction_row(&Cells(row))?);
            }
            Ok(page)
        })
    }
}

/// The number of an account's first transaction at an instant or later.
pub(super) fn first_number_at(
    transaction: &rusqlite::Transaction<'_>,
    account: AccountNo,
    at: Timestamp,
) -> Result<u64, ReadError> {
    let count = transaction
        .prepare_cached("SELECT transactions FROM accounts WHERE account = ?1")?
        .query_row([account], |row| row.get::<_, i64>(0))?;
    let mut select =
        transaction.prepare_cached("SELECT at FROM transactions WHERE account = ?1 AND number = ?2")?;
    first_at(count.cast_unsigned(), at, |number| {
        Ok(select.query_row(params![account, number.cast_signed()], |row| row.get(0))?)
    })
}

fn transaction_row(cells: &Cells<'_, '_>) -> Result<Transaction, ReadError> {
    let kind = TransactionKind::from_cell(cells.small(2)?)?;
    Ok(Transaction {
        number: cells.number(0)?,
        at: cells.instant(1)?,
        kind,
        amount: cells.money(3)?,
        cash_change: cells.money(5)?,
        debt_change: cells.money(6)?,
        cash: cells.money(7)?,
        debt: cells.money(8)?,
        hour: if kind == TransactionKind::HourSettled { Some(cells.instant(4)?) } else { None },
        lot: match kind {
            TransactionKind::LotBought | TransactionKind::LotRefunded => Some(LotNo(cells.small(4)?)),
            _ => None,
        },
        reason: cells.optional_text(10)?,
        sequence: cells.number(9)?,
    })
}
