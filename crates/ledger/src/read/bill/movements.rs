//! The transaction bill: one row for each settlement, purchase, refund and correction of the cash in a month.
//!
//! A correction is no consumption: its row has an amount of its own, and every column that sums to the bill is zero.

use charging::{LotNo, Money, Name, Timestamp};
use rusqlite::params;

use super::debts::Debts;
use super::packages::renews_of;
use super::payment::{Payment, Repaid};
use super::{BillView, ReadError, Renews};
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
    /// What was consumed, after the discount; negative if it was refunded.
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
    /// Of a renewal: what it renews.
    pub renews: Option<Renews>,
    /// Of a refund: true if the calls go on at a price.
    pub to_pay_per_use: bool,
    /// Of a correction: what it added to the cash; negative if it took.
    pub adjustment: Money,
    /// Of a correction: why, in the operator's words.
    pub reason: Option<String>,
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
            "SELECT t.number, t.at, t.kind, t.amount, t.reference, t.cash, t.debt, t.sequence, t.reason,
                    h.coupons, h.paid, h.debt,
                    (SELECT count(*) FROM bill_lines l
                     WHERE t.kind = 2 AND l.account = t.account AND l.hour = t.reference),
                    p.service, p.granted, p.coupons, p.list_price, p.renews, p.is_automatic,
                    r.cash, r.coupons, r.to_pay_per_use
             FROM transactions t
             LEFT JOIN settled_hours h ON t.kind = 2 AND h.account = t.account AND h.hour = t.reference
             LEFT JOIN refunds r ON t.kind = 5 AND r.account = t.account AND r.lot = t.reference
             LEFT JOIN lots p ON t.kind IN (3, 5) AND p.account = t.account AND p.lot = t.reference
             WHERE t.account = ?1 AND t.number >= ?2 AND t.number < ?3
               AND (t.kind = 2 AND t.reference >= ?4 AND t.reference < ?5
                    OR t.kind IN (3, 4, 5) AND t.at >= ?4 AND t.at < ?5)
             ORDER BY t.number",
        )?;
        let (first, after) = self.numbers()?;
        let mut rows = select.query(params![self.no, first, after, self.from.ms(), self.to.ms()])?;
        let mut debts = Debts::of(self.transaction, self.no);
        while let Some(row) = rows.next()? {
            let movement = self.movement(&Cells(row), &mut debts)?;
            if movement.payment.total() != movement.amount {
                return Err(self.wrong("a transaction is about another amount than was paid and owed"));
            }
            if let Some(end) = visit(movement)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    fn movement(&self, cells: &Cells<'_, '_>, debts: &mut Debts<'_>) -> Result<BilledMovement, ReadError> {
        let (number, amount) = (cells.number(0)?, cells.money(3)?);
        let kind = TransactionKind::from_cell(cells.small(2)?)?;
        let mut movement = BilledMovement {
            number,
            at: cells.instant(1)?,
            kind,
            amount,
            discount: Money::ZERO,
            payment: Payment::default(),
            repaid: Repaid::default(),
            hour: None,
            lines: cells.number(12)?,
            lot: None,
            units: None,
            service: None,
            renews: None,
            to_pay_per_use: false,
            adjustment: Money::ZERO,
            reason: cells.optional_text(8)?,
            cash: cells.money(5)?,
            debt: cells.money(6)?,
            sequence: cells.number(7)?,
        };
        match kind {
            TransactionKind::HourSettled => {
                let (coupons, cash, debt) = (cells.money(9)?, cells.money(10)?, cells.money(11)?);
                movement.payment = Payment { coupons, cash, debt, ..Payment::default() };
                let begin = if debt.is_positive() { debts.begin(number)? } else { Money::ZERO };
                movement.repaid = debts.repaid(begin, debt)?;
                movement.hour = Some(cells.instant(4)?);
            }
            TransactionKind::LotBought => {
                let coupons = cells.money(15)?;
                movement.payment = Payment { coupons, cash: amount - coupons, ..Payment::default() };
                movement.discount = cells.money(16)? - amount;
                movement.lot = Some(LotNo(cells.small(4)?));
                movement.units = Some(cells.number(14)?);
                movement.service = Some(service_of(&self.services, cells.service(13)?)?);
                movement.renews = renews_of(cells, 17)?;
            }
            TransactionKind::LotRefunded => {
                let (cash, coupons) = (-cells.money(19)?, -cells.money(20)?);
                movement.amount = -amount;
                movement.payment = Payment { coupons, cash, ..Payment::default() };
                movement.lot = Some(LotNo(cells.small(4)?));
                movement.units = Some(cells.number(14)?);
                movement.service = Some(service_of(&self.services, cells.service(13)?)?);
                movement.renews = renews_of(cells, 17)?;
                movement.to_pay_per_use = cells.small::<i64>(21)? == 1;
            }
            TransactionKind::TopUp | TransactionKind::DebtPaid | TransactionKind::Adjusted => {
                (movement.amount, movement.adjustment) = (Money::ZERO, amount);
            }
        }
        Ok(movement)
    }
}
