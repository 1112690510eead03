//! What is held back, and what becomes of it: when its time has come, and when the rules of its recipient change.

use charging::Timestamp;
use rusqlite::{ToSql, Transaction, params};

use super::rows::{COLUMNS, delivery};
use super::steps::{again, enter, finish, summarise};
use super::{Admission, Delivery, Outbox, OutboxError, State};

/// How many rows one transaction looks at.
pub(super) const PAGE: usize = 1_000;

/// Whether a delivery that was held may go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Now or later, by the rules of its recipient.
    Admit(Admission),
    /// Never, and why.
    GiveUp(String),
    /// It stays as it is: others are judged before it.
    Leave,
}

impl Outbox {
    /// Lets go what was held until `now`, in business time. `judge` says whether it may go out now, later or never. The
    /// first that came in is judged first. Says how many rows were looked at.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn release(
        &self,
        now: Timestamp,
        now_ms: i64,
        mut judge: impl FnMut(&Delivery) -> Verdict,
    ) -> Result<usize, OutboxError> {
        self.in_pages("held_until <= ?1 AND number > ?2 AND state = 'held'", &now.ms(), now_ms, &mut judge)
    }

    /// When what is held may go out next, in business time, if anything is held.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn next_release(&self) -> Result<Option<Timestamp>, OutboxError> {
        let query = "SELECT min(held_until) FROM deliveries WHERE state = 'held'";
        let at: Option<i64> = self.connection.lock().query_row(query, [], |row| row.get(0))?;
        Ok(at.map(Timestamp::from_ms))
    }

    /// The rules of a recipient have changed: looks again at all that is held for it, and with `is_paused` at what waits
    /// for an attempt. Says how many rows were looked at.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn look_again(
        &self,
        recipient: &str,
        is_paused: bool,
        now_ms: i64,
        mut judge: impl FnMut(&Delivery) -> Verdict,
    ) -> Result<usize, OutboxError> {
        let states = if is_paused { "('held', 'pending', 'failed')" } else { "('held')" };
        let of = format!(
            "recipient = ?1 AND number > ?2 AND state IN {states} AND subject NOT IN ('probe', 'code')"
        );
        self.in_pages(&of, &recipient, now_ms, &mut judge)
    }

    /// Looks again at all that is held for its recipient's sake with these words: a process may have ended between a
    /// change and the look at what it held. Says how many rows were looked at.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn look_again_at(
        &self,
        held_for: &str,
        now_ms: i64,
        mut judge: impl FnMut(&Delivery) -> Verdict,
    ) -> Result<usize, OutboxError> {
        self.in_pages("detail = ?1 AND number > ?2 AND state = 'held'", &held_for, now_ms, &mut judge)
    }

    fn in_pages(
        &self,
        of: &str,
        value: &dyn ToSql,
        now_ms: i64,
        judge: &mut dyn FnMut(&Delivery) -> Verdict,
    ) -> Result<usize, OutboxError> {
        let (mut after, mut count) = (0_u64, 0);
        loop {
            let page = self.write(|transaction| {
                let page = select(transaction, of, &[value, &after.cast_signed()])?;
                for delivery in &page {
                    decide(transaction, delivery, judge(delivery), now_ms)?;
                }
                Ok(page)
            })?;
            count += page.len();
            match page.last() {
                Some(last) if page.len() == PAGE => after = last.number,
                _ => return Ok(count),
            }
        }
    }

    /// An attempt ended before it reached the other side, for its recipient is paused: it counts for nothing.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn hold(&self, number: u64, until: Timestamp, held_for: &str) -> Result<(), OutboxError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE deliveries SET state = 'held', held_until = ?2, day = NULL, detail = ?3,
                    next_attempt_at = 0, attempts = attempts - 1 WHERE number = ?1 AND state = 'sending'",
                params![number.cast_signed(), until.ms(), held_for],
            )?;
            Ok(())
        })
    }
}

pub(super) fn select(
    transaction: &Transaction<'_>,
    of: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<Delivery>, OutboxError> {
    let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE {of} ORDER BY number LIMIT {PAGE}");
    let mut select = transaction.prepare_cached(&sql)?;
    let mut rows = select.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(delivery(row)?);
    }
    Ok(found)
}

fn decide(
    transaction: &Transaction<'_>,
    delivery: &Delivery,
    verdict: Verdict,
    now_ms: i64,
) -> Result<(), OutboxError> {
    let admission = match verdict {
        Verdict::Admit(admission) => admission,
        Verdict::GiveUp(why) => return finish(transaction, delivery.number, State::GivenUp, now_ms, &why),
        Verdict::Leave => return Ok(()),
    };
    let state = enter(transaction, &delivery.recipient, &admission)?;
    let held_until = admission.held_until.filter(|_| state == State::Held);
    transaction
        .prepare_cached(
            "UPDATE deliveries SET state = ?2, held_until = ?3, day = ?4, next_attempt_at = 0, done_at = ?5,
                detail = ?6 WHERE number = ?1",
        )?
        .execute(params![
            delivery.number.cast_signed(),
            state.word(),
            held_until.map(Timestamp::ms),
            (state != State::Held).then_some(&admission.day),
            (state == State::Capped).then_some(now_ms),
            if state == State::Held { admission.held_for } else { "" },
        ])?;
    if state == State::Capped {
        summarise(transaction, &again(delivery, admission), now_ms)?;
    }
    Ok(())
}
