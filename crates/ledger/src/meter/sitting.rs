//! Deciding on keys: one, or many at one sitting.
//!
//! The file is looked at once for all of them, as it was when the sitting began. What is charged after that is known in
//! memory, and not forgotten before the sitting is over, be it in the file by then.

use charging::{AccountId, ChargeId, Receipt, Refusal, Timestamp};

use super::known::{Held, Look, Turn};
use super::{Answer, Authorised, Charge, HELD_LIMIT, Left, Meter, MeterError, Work};
use crate::Pending;
use crate::read::{ChargeRow, Glance, ReadError};

/// Somebody decides on keys.
pub struct Sitting<'a> {
    meter: &'a Meter,
    glance: Glance<'a>,
}

impl Meter {
    /// Lets somebody decide on keys. Blocks while they are looked up.
    ///
    /// # Errors
    /// [`ReadError`] if the file cannot be looked at. Nothing is decided then.
    pub fn sit<T>(&self, decide: impl FnOnce(&Sitting<'_>) -> T) -> Result<T, ReadError> {
        if self.read.progress() < self.opened_at {
            self.read.catch_up()?;
        }
        // Before the file is looked at: what is remembered from here on is all that it may not show.
        let _remembering = Look::begin(&self.known, || self.read.progress());
        self.read.glance(|glance| Ok(decide(&Sitting { meter: self, glance })))
    }
}

impl Sitting<'_> {
    /// Charges work that is done.
    ///
    /// # Errors
    /// [`MeterError`], or the core's refusal inside the pending answer; nothing is charged then.
    pub fn charge(&self, account: AccountId, id: ChargeId, work: &Work, now: Timestamp) -> Answer<Charge> {
        let (mut turn, now) = self.turn(id, now)?;
        if turn.held.is_some() {
            return Err(MeterError::UnderWay);
        }
        if let Some(row) = self.charged(&mut turn, id)? {
            return self.again(row, |row| work.is_of(row) && work.units == row.units);
        }
        let pending = self.meter.engine.charge(account, id, work.call(), now)?;
        Ok(self.settle(turn, pending))
    }

    /// Permits work and keeps its units back until it is committed, voided or runs out.
    ///
    /// # Errors
    /// [`MeterError`], or the core's refusal inside the pending answer; nothing is kept back then.
    pub fn authorise(
        &self,
        account: AccountId,
        id: ChargeId,
        work: &Work,
        now: Timestamp,
    ) -> Answer<Authorised> {
        let (mut turn, now) = self.turn(id, now)?;
        if let Some(held) = &turn.held {
            if !held.work.is_same(work) {
                return Err(MeterError::OtherWork);
            }
            let authorisation = held.authorisation.clone();
            return Ok(Pending::given(Ok(Authorised::Held { authorisation, repeated: true })));
        }
        if let Some(row) = self.charged(&mut turn, id)? {
            // It may have been committed with fewer units.
            return Ok(self.again(row, |row| work.is_of(row))?.map(|charge| charge.map(Authorised::Charged)));
        }
        if turn.held_of(account) >= HELD_LIMIT {
            return Err(MeterError::TooManyHeld);
        }
        match self.meter.engine.authorise(account, id, work.call(), now)? {
            Ok(authorisation) => {
                turn.held = Some(Held { account, authorisation: authorisation.clone(), work: work.clone() });
                Ok(Pending::given(Ok(Authorised::Held { authorisation, repeated: false })))
            }
            Err(refusal) => Ok(refusal.map(Err)),
        }
    }

    /// Charges work that was authorised, or fewer units of it.
    ///
    /// # Errors
    /// [`MeterError`], or the core's refusal inside the pending answer; nothing is charged then.
    pub fn commit(&self, id: ChargeId, units: Option<u64>, now: Timestamp) -> Answer<Charge> {
        let (mut turn, now) = self.turn(id, now)?;
        let Some(held) = &turn.held else {
            let row = self.charged(&mut turn, id)?.ok_or(MeterError::NotAuthorised)?;
            return self.again(row, |row| units.is_none_or(|units| units == row.units));
        };
        let authorised = held.work.units;
        let units = units.unwrap_or(authorised);
        if units > authorised {
            return Err(MeterError::TooManyUnits { units, authorised });
        }
        if units == 0 {
            return Err(MeterError::NoUnits);
        }
        // In the books it was authorised in, whoever would pay for new work by now.
        let (account, authorisation) = (held.account, held.authorisation.clone());
        turn.held = None;
        let pending = self.meter.engine.commit(account, &authorisation, units, now)?;
        Ok(self.settle(turn, pending))
    }

    /// Gives back what was kept back. Answers whether anything was.
    ///
    /// # Errors
    /// [`MeterError::Charged`], or the read model's.
    pub fn void(&self, id: ChargeId, now: Timestamp) -> Result<bool, MeterError> {
        let (mut turn, _) = self.turn(id, now)?;
        if let Some(held) = turn.held.take() {
            self.meter.engine.void(held.account, &held.authorisation);
            return Ok(true);
        }
        match self.charged(&mut turn, id)? {
            Some(_) => Err(MeterError::Charged),
            None => Ok(false),
        }
    }

    /// Waits until nobody else decides on this key, and takes it. Also says which instant it is: for a clock that was set
    /// back the one of before, as in the books, or a permission would have run out here and not there.
    fn turn(&self, id: ChargeId, now: Timestamp) -> Result<(Turn<'_>, Timestamp), MeterError> {
        let Meter { engine, read, known: all, done, .. } = self.meter;
        let now = now.max(engine.latest());
        let mut known = all.lock();
        let mut now = known.forget(read.progress(), now);
        if known.is_full() {
            // The read model is far behind: what is known must not grow without end.
            drop(known);
            read.catch_up()?;
            known = all.lock();
            now = known.forget(read.progress(), now);
        }
        Ok((Turn::take(all, done, known, id), now))
    }

    /// The charge under a key whose turn it is, if it is there.
    fn charged(&self, turn: &mut Turn<'_>, id: ChargeId) -> Result<Option<ChargeRow>, ReadError> {
        let Some(sequence) = turn.charged_in() else { return self.glance.charge(id) };
        self.meter.read.reach(sequence)?;
        let row = self.meter.read.glance(|now| now.charge(id))?;
        turn.is_in_read_model();
        let missing = || ReadError::Damaged(format!("charge {id} of record {sequence} is not in it"));
        row.map(Some).ok_or_else(missing)
    }

    /// The answer that was given before, if it was to the same work.
    fn again(&self, row: ChargeRow, is_same: impl FnOnce(&ChargeRow) -> bool) -> Answer<Charge> {
        if !is_same(&row) {
            return Err(MeterError::OtherWork);
        }
        let ChargeRow { charge, at, pocket, draws, rated, .. } = row;
        Ok(Pending::given(Ok(Charge { charge, pocket, draws, rated, repeated: Some(at), left: None })))
    }

    fn settle(
        &self,
        mut turn: Turn<'_>,
        pending: Pending<Result<Receipt, Refusal>>,
    ) -> Pending<Result<Charge, Refusal>> {
        let sequence = pending.sequence();
        pending.map(|decided| {
            decided.map(|receipt| {
                turn.charge_in(sequence);
                let left = Left { in_lots: receipt.left_in_lots, available: receipt.available };
                Charge {
                    charge: receipt.charge,
                    pocket: receipt.pocket,
                    draws: receipt.draws.into_iter().collect(),
                    rated: receipt.rated.into_iter().collect(),
                    repeated: None,
                    left: Some(left),
                }
            })
        })
    }
}
