//! The steps of a delivery: taken in, released, begun, done.

use std::collections::BTreeMap;

use charging::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::hold::{PAGE, select};
use super::rows::{COLUMNS, delivery};
use super::{Admission, Delivery, Matter, NewDelivery, Outbox, OutboxError, State, write};

/// The recipients that an attempt is under way for.
pub(super) const BUSY: &str =
    "SELECT DISTINCT recipient AS who, account AS whose FROM deliveries WHERE state = 'sending'";

/// What became of the wish to try again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retried {
    /// How many are due at once.
    pub due: usize,
    /// How many stay as they are, by the reason.
    pub left: BTreeMap<String, usize>,
}

impl Outbox {
    /// Takes in the deliveries of the notices up to `cursor`, and moves the cursor there: both or neither. Keys
    /// that are there already are left as they are. Says how many were new.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn take_in(&self, new: &[NewDelivery], cursor: u64, now_ms: i64) -> Result<usize, OutboxError> {
        self.write(|transaction| {
            let mut count = 0;
            for delivery in new {
                count += usize::from(insert(transaction, delivery, now_ms)?);
            }
            transaction.prepare_cached("UPDATE progress SET cursor = ?1")?.execute([cursor.cast_signed()])?;
            Ok(count)
        })
    }

    /// Takes in one delivery that is no notice's: a canary. False if its key is there already.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn add(&self, new: &NewDelivery, now_ms: i64) -> Result<bool, OutboxError> {
        self.write(|transaction| insert(transaction, new, now_ms))
    }

    /// Begins the attempts of a channel that are due by the system's time: at most `limit`, one of each account after
    /// the other, the oldest of an account first, and for each of its recipients one at a time: so what goes well
    /// arrives in the order of its notices. What an account has under way counts as its turn, so however much one has
    /// waiting, and however slow its receivers are, the next place is another's. They are written down as begun when
    /// this returns.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn begin_due(&self, channel: &str, now_ms: i64, limit: usize) -> Result<Vec<Delivery>, OutboxError> {
        self.write(|transaction| {
            let mut due = Vec::new();
            let sql = format!(
                "SELECT {COLUMNS} FROM deliveries d JOIN (
                     SELECT number AS due, row_number() OVER
                         (PARTITION BY account ORDER BY next_attempt_at, number) + coalesce(places, 0) AS turn
                     FROM (
                         SELECT w.number, w.account, w.next_attempt_at, row_number() OVER
                             (PARTITION BY w.account, w.recipient ORDER BY w.next_attempt_at, w.number) AS place
                         FROM deliveries w LEFT JOIN ({BUSY}) ON who = w.recipient AND whose IS w.account
                         WHERE w.channel = ?1 AND w.state IN ('pending', 'failed') AND w.next_attempt_at <= ?2
                             AND who IS NULL
                     ) LEFT JOIN (
                         SELECT account AS of, count(*) AS places FROM deliveries
                         WHERE state = 'sending' AND channel = ?1 GROUP BY account
                     ) ON of IS account
                     WHERE place = 1
                 ) ON due = d.number
                 ORDER BY turn, next_attempt_at, number LIMIT ?3"
            );
            let mut select = transaction.prepare_cached(&sql)?;
            let mut rows = select.query(params![channel, now_ms, i64::try_from(limit).unwrap_or(0)])?;
            while let Some(row) = rows.next()? {
                due.push(delivery(row)?);
            }
            for delivery in &mut due {
                begin(transaction, delivery, now_ms)?;
            }
            Ok(due)
        })
    }

    /// Takes in a delivery whose only attempt begins now: a probe. `None` if its key is there already.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn begin_new(&self, new: &NewDelivery, now_ms: i64) -> Result<Option<Delivery>, OutboxError> {
        self.write(|transaction| {
            if !insert(transaction, new, now_ms)? {
                return Ok(None);
            }
            let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE key = ?1");
            let mut select = transaction.prepare_cached(&sql)?;
            let mut rows = select.query([&new.key])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let mut delivery = delivery(row)?;
            begin(transaction, &mut delivery, now_ms)?;
            Ok(Some(delivery))
        })
    }

    /// An attempt succeeded: what the other side said, and its name for the message if it gave one.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn sent(
        &self,
        number: u64,
        now_ms: i64,
        detail: &str,
        peer_id: Option<&str>,
    ) -> Result<(), OutboxError> {
        let end = End::Sent { peer_id: peer_id.map(without_nul) };
        self.end(Ended { number, now_ms, detail: without_nul(detail), end })
    }

    /// An attempt failed; the next is due at `next_attempt_at_ms`, or there is none.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn failed(
        &self,
        number: u64,
        now_ms: i64,
        detail: &str,
        next_attempt_at_ms: Option<i64>,
    ) -> Result<(), OutboxError> {
        let end = End::Failed { next_attempt_at_ms };
        self.end(Ended { number, now_ms, detail: without_nul(detail), end })
    }

    /// Writes down how an attempt ended, with all others that ended since the last one was written: none waits for
    /// more than one sync of another's, for until it is written the message would be sent again after a crash.
    fn end(&self, ended: Ended) -> Result<(), OutboxError> {
        self.ended.lock().push(ended);
        let mut connection = self.connection.lock();
        let batch = std::mem::take(&mut *self.ended.lock());
        if batch.is_empty() {
            // Whoever had the connection before has written ours with its own.
            return Ok(());
        }
        let written =
            write(&mut connection, |transaction| batch.iter().try_for_each(|ended| ended.write(transaction)));
        if written.is_err() {
            // Whoever waits for the connection tries again.
            self.ended.lock().extend(batch);
        }
        written
    }

    /// Makes deliveries due again at once: the one of a key, or all that failed or were given up. `why_not` says of each
    /// why an attempt would come to nothing: it stays as it is then.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn retry(
        &self,
        key: Option<&str>,
        mut why_not: impl FnMut(&Delivery) -> Option<String>,
    ) -> Result<Retried, OutboxError> {
        let of = match key {
            Some(_) => "key = ?1 AND number > ?2 AND state IN ('failed', 'given_up', 'capped', 'held')",
            None => "?1 IS NULL AND number > ?2 AND state IN ('failed', 'given_up')",
        };
        let (mut after, mut retried) = (0_u64, Retried::default());
        loop {
            let page = self.write(|transaction| {
                let page = select(transaction, of, &[&key, &after.cast_signed()])?;
                for delivery in &page {
                    if let Some(why) = why_not(delivery) {
                        *retried.left.entry(why).or_default() += 1;
                        continue;
                    }
                    transaction
                        .prepare_cached(
                            "UPDATE deliveries SET state = 'pending', next_attempt_at = 0, done_at = NULL,
                                held_until = NULL WHERE number = ?1",
                        )?
                        .execute([delivery.number.cast_signed()])?;
                    retried.due += 1;
                }
                Ok(page)
            })?;
            match page.last() {
                Some(last) if page.len() == PAGE => after = last.number,
                _ => return Ok(retried),
            }
        }
    }

    /// A recipient is gone: what still waits for it is given up. Says how many.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn drop_recipient(&self, recipient: &str, now_ms: i64) -> Result<usize, OutboxError> {
        self.write(|transaction| {
            Ok(transaction.execute(
                "UPDATE deliveries SET state = 'given_up', next_attempt_at = NULL, done_at = ?2,
                    detail = 'the recipient was removed'
                 WHERE recipient = ?1 AND state IN ('pending', 'held', 'failed')",
                params![recipient, now_ms],
            )?)
        })
    }

    /// The other side told what became of a message it had taken. False if it is none of ours.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn receipt(&self, peer_id: &str, receipt: &str) -> Result<bool, OutboxError> {
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE deliveries SET receipt = ?2 WHERE peer_id = ?1 AND state = 'sent'",
                [without_nul(peer_id), without_nul(receipt)],
            )?;
            Ok(changed > 0)
        })
    }
}

/// What another side said, without the letter that [`crate::replica`] does not bear.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) struct Ended {
    number: u64,
    now_ms: i64,
    detail: String,
    end: End,
}

#[derive(Debug)]
enum End {
    Sent { peer_id: Option<String> },
    Failed { next_attempt_at_ms: Option<i64> },
}

impl Ended {
    fn write(&self, transaction: &Transaction<'_>) -> Result<(), OutboxError> {
        let (number, detail) = (self.number.cast_signed(), &self.detail);
        match &self.end {
            End::Sent { peer_id } => {
                transaction
                    .prepare_cached(
                        "UPDATE deliveries SET state = 'sent', next_attempt_at = NULL, done_at = ?2, detail = ?3,
                            peer_id = ?4 WHERE number = ?1 AND state = 'sending'",
                    )?
                    .execute(params![number, self.now_ms, detail, peer_id])?;
            }
            End::Failed { next_attempt_at_ms: Some(next) } => {
                transaction
                    .prepare_cached(
                        "UPDATE deliveries SET state = 'failed', next_attempt_at = ?2, detail = ?3
                         WHERE number = ?1 AND state = 'sending'",
                    )?
                    .execute(params![number, next, detail])?;
            }
            End::Failed { next_attempt_at_ms: None } => {
                finish(transaction, self.number, State::GivenUp, self.now_ms, detail)?;
            }
        }
        Ok(())
    }
}

/// Which state a delivery enters by the rules of its recipient.
pub(super) fn enter(
    transaction: &Transaction<'_>,
    recipient: &str,
    admission: &Admission,
) -> Result<State, OutboxError> {
    if admission.held_until.is_some() {
        return Ok(State::Held);
    }
    let Some(cap) = admission.daily_cap else { return Ok(State::Pending) };
    let mut select = transaction.prepare_cached(
        "SELECT count(*) FROM deliveries
         WHERE recipient = ?1 AND day = ?2 AND state NOT IN ('held', 'capped') AND subject <> 'summary'",
    )?;
    let counted: i64 = select.query_row([recipient, &admission.day], |row| row.get(0))?;
    Ok(if counted >= i64::from(cap) { State::Capped } else { State::Pending })
}

/// Writes a new delivery. A key that is there already is left alone, unless it was another notice's: then the journal
/// was brought back from an older copy and went another way since, and the notice gets a key of its own.
fn insert(transaction: &Transaction<'_>, new: &NewDelivery, now_ms: i64) -> Result<bool, OutboxError> {
    let matter = postcard::to_stdvec(&new.matter).map_err(|error| OutboxError::Damaged(error.to_string()))?;
    let mut select = transaction.prepare_cached("SELECT matter, at FROM deliveries WHERE key = ?1")?;
    let mut known = |key: &str| {
        let row = select.query_row([key], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?)));
        row.optional()
    };
    let key = match known(&new.key)? {
        None => new.key.clone(),
        Some((there, at)) if there == matter && at == new.at.ms() => return Ok(false),
        Some(_) if !matches!(new.matter, Matter::Notice(_)) => return Ok(false),
        Some(_) => {
            let key = format!("{}~{}", new.key, new.at.ms());
            if known(&key)?.is_some() {
                return Ok(false);
            }
            key
        }
    };
    let state = enter(transaction, &new.recipient, &new.admission)?;
    transaction
        .prepare_cached(
            "INSERT INTO deliveries (key, account, subject, recipient, channel, address, language,
                matter, at, state, held_until, day, next_attempt_at, done_at, detail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, ?13, ?14)",
        )?
        .execute(params![
            key,
            new.account.map(|account| account.0.to_be_bytes()),
            new.matter.word(),
            new.recipient,
            new.channel,
            new.address,
            new.language,
            matter,
            new.at.ms(),
            state.word(),
            new.admission.held_until.filter(|_| state == State::Held).map(Timestamp::ms),
            (state != State::Held).then_some(&new.admission.day),
            (state == State::Capped).then_some(now_ms),
            if state == State::Held { new.admission.held_for } else { "" },
        ])?;
    if state == State::Capped {
        summarise(transaction, new, now_ms)?;
    }
    Ok(true)
}

/// Sees to it that a capped day has its summary, held until the day is over.
pub(super) fn summarise(
    transaction: &Transaction<'_>,
    capped: &NewDelivery,
    now_ms: i64,
) -> Result<(), OutboxError> {
    let admission = &capped.admission;
    let summary = NewDelivery {
        key: format!("summary.{}.{}", admission.day, capped.recipient),
        matter: Matter::Summary { day: admission.day.clone() },
        at: admission.day_ends,
        admission: Admission { held_until: Some(admission.day_ends), held_for: "", ..admission.clone() },
        ..capped.clone()
    };
    insert(transaction, &summary, now_ms).map(|_| ())
}

/// A delivery as it came in, under the rules of now.
pub(super) fn again(delivery: &Delivery, admission: Admission) -> NewDelivery {
    NewDelivery {
        key: delivery.key.clone(),
        account: delivery.account,
        recipient: delivery.recipient.clone(),
        channel: delivery.channel.clone(),
        address: delivery.address.clone(),
        language: delivery.language.clone(),
        matter: delivery.matter.clone(),
        at: delivery.at,
        admission,
    }
}

fn begin(transaction: &Transaction<'_>, delivery: &mut Delivery, now_ms: i64) -> Result<(), OutboxError> {
    transaction
        .prepare_cached(
            "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, attempted_at = ?2 WHERE number = ?1",
        )?
        .execute(params![delivery.number.cast_signed(), now_ms])?;
    delivery.state = State::Sending;
    delivery.attempts += 1;
    delivery.attempted_at_ms = Some(now_ms);
    Ok(())
}

pub(super) fn finish(
    transaction: &Transaction<'_>,
    number: u64,
    state: State,
    now_ms: i64,
    detail: &str,
) -> Result<(), OutboxError> {
    transaction
        .prepare_cached(
            "UPDATE deliveries SET state = ?2, next_attempt_at = NULL, done_at = ?3, detail = ?4
             WHERE number = ?1 AND state NOT IN ('sent', 'given_up')",
        )?
        .execute(params![number.cast_signed(), state.word(), now_ms, detail])?;
    Ok(())
}
