//! Money: settled hours, movements of cash and debt, the books by month, and months that are closed.

use charging::{Book, Event, Money, MonthTotals, Posting, Recorded, Timestamp, postings};
use rusqlite::params;

use super::lots::CouponUse;
use super::{ReadError, Statements};
use crate::entry::AccountNo;
use crate::read::rows::{book_cell, month_cell};
use crate::read::transactions::TransactionKind;

impl Statements<'_> {
    pub(super) fn settled(
        &mut self,
        account: AccountNo,
        sequence: u64,
        recorded: &Recorded,
    ) -> Result<(), ReadError> {
        let Event::HourSettled { hour, lines, coupons, paid, debt } = &recorded.event else { return Ok(()) };
        let at = recorded.at.ms();
        let start = hour.ms();
        let by_coupons: Money = coupons.iter().map(|part| part.amount).sum();
        let money = [by_coupons, *paid, *debt].map(Money::e8);
        self.hour.execute(params![
            account,
            start,
            at,
            money[0],
            money[1],
            money[2],
            sequence.cast_signed()
        ])?;
        for part in coupons {
            let use_of = CouponUse { coupon: part.coupon, kind: 0, reference: start, line: part.line };
            self.coupon_used(account, sequence, recorded.at, &use_of, part.amount)?;
        }
        for (index, line) in (0_i64..).zip(lines) {
            self.line.execute(params![
                account,
                start,
                index,
                line.service.0,
                line.enterprise_project.as_ref().map(|name| name.as_str()),
                line.price_version,
                line.tier,
                line.units.cast_signed(),
                line.amount.e8(),
                line.used_from.ms(),
                line.used_to.map(Timestamp::ms),
                line.first_call_at.ms(),
                line.last_call_at.ms(),
            ])?;
        }
        let total = by_coupons + *paid + *debt;
        self.transact(account, sequence, recorded, TransactionKind::HourSettled, total, Some(start))
    }

    /// One movement of money, with what it leaves.
    pub(super) fn transact(
        &mut self,
        account: AccountNo,
        sequence: u64,
        recorded: &Recorded,
        kind: TransactionKind,
        amount: Money,
        reference: Option<i64>,
    ) -> Result<(), ReadError> {
        let (mut cash_change, mut debt_change) = (Money::ZERO, Money::ZERO);
        for posting in postings(&recorded.event) {
            for (book, amount) in [(posting.from, -posting.amount), (posting.to, posting.amount)] {
                match book {
                    Book::Cash => cash_change += amount,
                    // The book is negative while something is owed.
                    Book::Debt => debt_change -= amount,
                    _ => {}
                }
            }
        }
        let reason = if let Event::Adjusted { reason, .. } = &recorded.event { Some(reason) } else { None };
        let number = self.count(account, |tally| &mut tally.transactions);
        let Some(tally) = self.applier.accounts.get_mut(&account) else { return Ok(()) };
        tally.cash += cash_change;
        tally.debt += debt_change;
        let money = [amount, cash_change, debt_change, tally.cash, tally.debt].map(Money::e8);
        let (at, kind, sequence) = (recorded.at.ms(), kind.cell(), sequence.cast_signed());
        self.transact.execute(params![
            account, number, at, kind, money[0], reference, money[1], money[2], money[3], money[4], reason,
            sequence
        ])?;
        Ok(())
    }

    /// Adds an event's postings to the books of its month.
    pub(super) fn post(&mut self, account: AccountNo, recorded: &Recorded) {
        let moved = postings(&recorded.event);
        if moved.is_empty() {
            return;
        }
        let Some(tally) = self.applier.accounts.get(&account) else { return };
        // A bill goes by the time of consumption: what a settlement moves belongs to its hour.
        let at = if let Event::HourSettled { hour, .. } = &recorded.event { *hour } else { recorded.at };
        let month = month_cell(tally.zone.month(at));
        let mut add = |book: Book, amount: Money| {
            *self.applier.books.entry((account, month, book_cell(book))).or_default() += amount;
        };
        for Posting { from, to, amount } in moved {
            add(from, -amount);
            add(to, amount);
        }
    }

    /// Writes what was added up for the books.
    pub(super) fn write_books(&mut self) -> Result<(), ReadError> {
        let mut add = self.transaction.prepare_cached(
            "INSERT INTO book_months VALUES (?1,?2,?3,?4) ON CONFLICT DO UPDATE SET amount = amount + ?4",
        )?;
        for ((account, month, book), amount) in self.applier.books.drain() {
            add.execute(params![account, month, book, amount.e8()])?;
        }
        Ok(())
    }

    pub(super) fn month_closed(
        &mut self,
        account: AccountNo,
        sequence: u64,
        at: Timestamp,
        totals: &MonthTotals,
    ) -> Result<(), ReadError> {
        let MonthTotals { month, usage, packages, paid, debt, topped_up, debt_paid } = *totals;
        let mut insert = self
            .transaction
            .prepare_cached("INSERT INTO closed_months VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)")?;
        let money = [usage, packages, paid, debt, topped_up, debt_paid].map(Money::e8);
        let (month, at, sequence) = (month_cell(month), at.ms(), sequence.cast_signed());
        insert.execute(params![
            account, month, at, money[0], money[1], money[2], money[3], money[4], money[5], sequence
        ])?;
        Ok(())
    }
}
