//! The settled hours of a month, line by line.

use charging::{HOUR_MS, Money};
use rusqlite::params;

use super::debts::Debts;
use super::payment::Payment;
use super::{BillView, BilledLine, ReadError};
use crate::read::Cells;
use crate::read::rows::service_of;
use crate::read::transactions::first_number_at;

/// No policy settles an hour later than this after its end (65,535 minutes, and the hour).
const LATEST_SETTLEMENT_MS: i64 = 66_000 * 60_000;

impl BillView<'_> {
    /// The numbers of the account's transactions among which are all that belong to the month.
    pub(super) fn numbers(&self) -> Result<(i64, i64), ReadError> {
        let first = first_number_at(self.transaction, self.no, self.from)?;
        let after = first_number_at(self.transaction, self.no, self.to.plus_ms(LATEST_SETTLEMENT_MS))?;
        Ok((first.cast_signed(), after.cast_signed()))
    }

    pub(super) fn lines<E: From<ReadError>>(
        &self,
        mut visit: impl FnMut(BilledLine) -> Result<(), E>,
    ) -> Result<(), E> {
        self.walk_lines(|line| Ok(visit(line).err()))?.map_or(Ok(()), Err)
    }

    /// Ends at the first line for which `visit` gives something.
    fn walk_lines<E>(
        &self,
        mut visit: impl FnMut(BilledLine) -> Result<Option<E>, ReadError>,
    ) -> Result<Option<E>, ReadError> {
        // From the settlements, which lie in the order of their hours, to the hour, to its lines.
        let mut select = self.transaction.prepare_cached(
            "SELECT t.number, h.hour, h.settled_at, h.paid, h.debt, l.service, l.enterprise_project,
                    l.price_version, l.tier, l.units, l.amount, l.used_from, l.used_to,
                    (SELECT coalesce(sum(u.amount), 0) FROM coupon_uses u WHERE h.coupons > 0
                     AND u.account = l.account AND u.reference = l.hour AND u.kind = 0 AND u.line = l.line)
             FROM transactions t
             CROSS JOIN settled_hours h ON h.account = t.account AND h.hour = t.reference
             CROSS JOIN bill_lines l ON l.account = t.account AND l.hour = t.reference
             WHERE t.account = ?1 AND t.number >= ?2 AND t.number < ?3 AND t.kind = 2
               AND t.reference >= ?4 AND t.reference < ?5
             ORDER BY t.number, l.line",
        )?;
        let (first, after) = self.numbers()?;
        let mut rows = select.query(params![self.no, first, after, self.from.ms(), self.to.ms()])?;
        let mut debts = Debts::of(self.transaction, self.no);
        let (mut number, mut rest, mut owed_from) = (0, Payment::default(), Money::ZERO);
        while let Some(row) = rows.next()? {
            let cells = Cells(row);
            let transaction = cells.number(0)?;
            if transaction != number {
                self.hour_is_paid(rest)?;
                number = transaction;
                rest = Payment { cash: cells.money(3)?, debt: cells.money(4)?, ..Payment::default() };
                owed_from = if rest.debt.is_positive() { debts.begin(number)? } else { Money::ZERO };
            }
            let (api, region) = service_of(&self.services, cells.service(5)?)?;
            let (hour, amount) = (cells.instant(1)?, cells.money(10)?);
            let coupons = cells.money(13)?;
            let payment = Payment { coupons, ..rest.take(amount - coupons) };
            if payment.total() != amount {
                return Err(self.wrong("a line costs more than its hour"));
            }
            let repaid = debts.repaid(owed_from, payment.debt)?;
            owed_from += payment.debt;
            let line = BilledLine {
                hour,
                api,
                region,
                enterprise_project: cells.optional_name(6)?,
                price_version: cells.small(7)?,
                tier: cells.small(8)?,
                units: cells.number(9)?,
                amount,
                discount: Money::ZERO,
                payment,
                repaid,
                used_from: cells.instant(11)?,
                used_to: cells.optional_instant(12)?.unwrap_or(hour.plus_ms(HOUR_MS)),
                settled_at: cells.instant(2)?,
                transaction,
            };
            if let Some(end) = visit(line)? {
                return Ok(Some(end));
            }
        }
        self.hour_is_paid(rest)?;
        Ok(None)
    }

    fn hour_is_paid(&self, rest: Payment) -> Result<(), ReadError> {
        if rest == Payment::default() { Ok(()) } else { Err(self.wrong("an hour costs more than its lines")) }
    }

    pub(super) fn wrong(&self, what: &str) -> ReadError {
        ReadError::Damaged(format!("account {} in {}: {what}", self.account, self.month))
    }
}
