//! The transaction bill: one row for each settlement and each purchase of a month.

use charging::{LotNo, Money, Name, Timestamp};
use rusqlite::params;

use super::debts::Debts;
use super::payment::{Payment, Repaid};
use super::{BillView, ReadError};
use crate::read::Cells;
use crate::read::rows::service_of;
use crate::read::transactions::TransactionKind;

/// A movement of money that is part of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledMovement {
    /// Which one of the account's transactions it is.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What it was.
    pub kind: TransactionKind,
    /// What was consumed, after the discount.
    pub amount: Money,
    /// What a discount took off.
    pub discount: Money,
    /// How it was paid.
    pub payment: Payment,
    /// What has been paid of the debt since.
    pub repaid: Repaid,
    /// Of a settlement: the first instant of its hour.
    pub hour: Option<Timestamp>,
    /// Of a settlement: how many lines the hour has.
    pub lines: u64,
    /// Of a package: its lot.
    pub lot: Option<LotNo>,
    /// Of a package: how many units it holds.
    pub units: Option<u64>,
    /// Of a package: the API and region.
    pub service: Option<(Name, Name)>,
    /// The cash after it.
    pub cash: Money,
    /// The debt after it.
    pub debt: Money,
    /// The record of the journal it stands in.
    pub sequence: u64,
}

impl BillView<'_> {
    /// Every row of the transaction bill, in the order of the transactions.
    ///
    /// # Errors
    /// [`ReadError`], or the first of `visit`.
    pub fn movements<E: From<ReadError>>(
        &self,
        mut visit: impl FnMut(BilledMovement) -> Result<(), E>,
    ) -> Result<(), E> {
        self.walk_movements(|movement| Ok(visit(movement).err()))?.map_or(Ok(()), Err)
    }

    fn walk_movements<E>(
        &self,
        mut visit: impl FnMut(BilledMovement) -> Result<Option<E>, ReadError>,
    ) -> Result<Option<E>, ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT t.number, t.at, t.kind, t.amount, t.reference, h.paid, h.debt, t.cash, t.debt, t.sequence,
                    (SELECT count(*) FROM bill_lines l
                     WHERE t.kind = 2 AND l.account = t.account AND l.hour = t.reference),
                    p.service, p.granted, coalesce(h.coupons, p.coupons), p.list_price
             FROM transactions t
             LEFT JOIN settled_hours h ON t.kind = 2 AND h.account = t.account AND h.hour = t.reference
             LEFT JOIN lots p ON t.kind = 3 AND p.account = t.account AND p.lot = t.reference
             WHERE t.account = ?1 AND t.number >= ?2 AND t.number < ?3
               AND (t.kind = 2 AND t.reference >= ?4 AND t.reference < ?5
                    OR t.kind = 3 AND t.at >= ?4 AND t.at < ?5)
             ORDER BY t.number",
        )?;
        let (first, after) = self.numbers()?;
        let mut rows = select.query(params![self.no, first, after, self.from.ms(), self.to.ms()])?;
        let mut debts = Debts::of(self.transaction, self.no);
        while let Some(row) = rows.next()? {
            let cells = Cells(row);
            let (number, amount) = (cells.number(0)?, cells.money(3)?);
            let kind = TransactionKind::from_cell(cells.small(2)?)?;
            let is_hour = kind == TransactionKind::HourSettled;
            let coupons = cells.money(13)?;
            let (payment, discount) = if is_hour {
                let (cash, debt) = (cells.money(5)?, cells.money(6)?);
                (Payment { coupons, cash, debt, ..Payment::default() }, Money::ZERO)
            } else {
                let payment = Payment { coupons, cash: amount - coupons, ..Payment::default() };
                (payment, cells.money(14)? - amount)
            };
            if payment.total() != amount {
                return Err(self.wrong("a transaction is about another amount than was paid and owed"));
            }
            let begin = if payment.debt.is_positive() { debts.begin(number)? } else { Money::ZERO };
            let movement = BilledMovement {
                number,
                at: cells.instant(1)?,
                kind,
                amount,
                discount,
                payment,
                repaid: debts.repaid(begin, payment.debt)?,
                hour: if is_hour { Some(cells.instant(4)?) } else { None },
                lines: cells.number(10)?,
                lot: if is_hour { None } else { Some(LotNo(cells.small(4)?)) },
                units: if is_hour { None } else { Some(cells.number(12)?) },
                service: if is_hour { None } else { Some(service_of(&self.services, cells.service(11)?)?) },
                cash: cells.money(7)?,
                debt: cells.money(8)?,
                sequence: cells.number(9)?,
            };
            if let Some(end) = visit(movement)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }
}
