//! The meter: charges for what other services did, each named by a key of theirs, so that what is sent twice is charged
//! once.
//!
//! A key is remembered as long as its charge: there is no second record of it. The charge's id is made of the account
//! and the key by whoever calls the meter, and a charge of that id is in the books or it is not. What the read model has
//! is asked of its file; what it does not have yet is [`known`] in memory, and a key that is being decided on is held by
//! one caller at a time.
//!
//! What is authorised and not yet committed is as fleeting as a hold: a crash forgets it, nothing is owed then, and the
//! same key may be authorised or charged again.

mod known;

use std::sync::Arc;

use charging::{
    AccountId, Authorisation, CallFor, ChargeId, Draw, Name, Pocket, Rated, Receipt, Refusal, Timestamp,
};
use parking_lot::Mutex;

use crate::read::{ChargeRow, ReadError, ReadModel};
use crate::{Engine, Pending, UnknownAccount};
use known::{Held, Known, Turn};

/// Charges by key.
pub struct Meter {
    engine: Arc<Engine>,
    read: Arc<ReadModel>,
    /// The read model must have the journal up to here before it is asked: what came before the meter was opened is
    /// known from nowhere else.
    opened_at: u64,
    known: Mutex<Known>,
    /// Somebody is done with a key.
    done: parking_lot::Condvar,
}

/// What a service did, or wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// The enterprise project it is put down to, if any.
    pub enterprise_project: Option<Name>,
    /// How many units at most.
    pub units: u64,
}

impl Work {
    fn call(&self) -> CallFor<'_> {
        CallFor {
            api: &self.api,
            region: &self.region,
            enterprise_project: self.enterprise_project.as_ref(),
            units: self.units,
        }
    }

    fn is_of(&self, row: &ChargeRow) -> bool {
        let Work { api, region, enterprise_project, units } = self;
        (api, region, enterprise_project) == (&row.api, &row.region, &row.enterprise_project)
            && *units == row.units
    }
}

/// What stands in the books under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Its id.
    pub charge: ChargeId,
    /// Where it came from (packages, if both had a part in it).
    pub pocket: Pocket,
    /// What lots gave.
    pub draws: Vec<Draw>,
    /// What was charged at a price.
    pub rated: Vec<Rated>,
    /// When it was charged, if it was before.
    pub repeated: Option<Timestamp>,
    /// What is left after it; of a charge that was there before nobody remembers.
    pub left: Option<Left>,
}

/// What an account has left after a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Units in the packages of this API and region.
    pub in_lots: u64,
    /// Balance available.
    pub available: charging::Money,
}

/// The answer to [`Meter::authorise`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorised {
    /// The work may be done.
    Held {
        /// Permission.
        authorisation: Authorisation,
        /// True if it had been given before.
        repeated: bool,
    },
    /// It was done, and charged.
    Charged(Charge),
}

/// Why the meter has no answer.
#[derive(Debug, thiserror::Error)]
pub enum MeterError {
    /// There is no such account.
    #[error(transparent)]
    UnknownAccount(#[from] UnknownAccount),
    /// The key stands for other work.
    #[error("the key was used for something else")]
    OtherWork,
    /// The key's work is authorised and neither committed nor voided.
    #[error("the work of this key is authorised, and not yet committed")]
    UnderWay,
    /// There is nothing to commit.
    #[error(
        "nothing is authorised under this key: it never was, ran out, was voided, or the server was started again"
    )]
    NotAuthorised,
    /// Nothing cannot be charged.
    #[error("no units")]
    NoUnits,
    /// More units than were authorised.
    #[error("{units} units are more than the {authorised} that were authorised")]
    TooManyUnits {
        /// Asked for.
        units: u64,
        /// Authorised.
        authorised: u64,
    },
    /// It is charged, and cannot be voided.
    #[error("the work of this key is charged")]
    Charged,
    /// Whether the key was used cannot be found out.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The answer once durable: a value, or the core's refusal.
type Answer<T> = Result<Pending<Result<T, Refusal>>, MeterError>;

impl Meter {
    /// A meter of these books.
    pub fn new(engine: Arc<Engine>, read: Arc<ReadModel>) -> Meter {
        let opened_at = engine.durable_sequence();
        Meter { engine, read, opened_at, known: Mutex::default(), done: parking_lot::Condvar::new() }
    }

    /// Charges work that is done. Blocks while the key is looked up.
    ///
    /// # Errors
    /// [`MeterError`], or the core's refusal inside the pending answer; nothing is charged then.
    pub fn charge(&self, account: AccountId, id: ChargeId, work: &Work, now: Timestamp) -> Answer<Charge> {
        let turn = self.turn(account, id, now)?;
        if turn.held.is_some() {
            return Err(MeterError::UnderWay);
        }
        if let Some(row) = self.charged(&turn, account, id)? {
            return self.again(row, |row| work.is_of(row));
        }
        let pending = self.engine.charge(account, id, work.call(), now)?;
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
        let mut turn = self.turn(account, id, now)?;
        if let Some(held) = &turn.held {
            if held.work != *work {
                return Err(MeterError::OtherWork);
            }
            let authorisation = held.authorisation.clone();
            return Ok(Pending::given(Ok(Authorised::Held { authorisation, repeated: true })));
        }
        if let Some(row) = self.charged(&turn, account, id)? {
            // It may have been committed with fewer units.
            let of_work = |row: &ChargeRow| Work { units: row.units, ..work.clone() }.is_of(row);
            return Ok(self.again(row, of_work)?.map(|charge| charge.map(Authorised::Charged)));
        }
        match self.engine.authorise(account, id, work.call(), now)? {
            Ok(authorisation) => {
                turn.held = Some(Held { authorisation: authorisation.clone(), work: work.clone() });
                Ok(Pending::given(Ok(Authorised::Held { authorisation, repeated: false })))
            }
            Err(refusal) => Ok(refusal.map(Err)),
        }
    }

    /// Charges work that was authorised, or fewer units of it.
    ///
    /// # Errors
    /// [`MeterError`], or the core's refusal inside the pending answer; nothing is charged then.
    pub fn commit(
        &self,
        account: AccountId,
        id: ChargeId,
        units: Option<u64>,
        now: Timestamp,
    ) -> Answer<Charge> {
        let mut turn = self.turn(account, id, now)?;
        let Some(held) = &turn.held else {
            let row = self.charged(&turn, account, id)?.ok_or(MeterError::NotAuthorised)?;
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
        let authorisation = held.authorisation.clone();
        turn.held = None;
        let pending = self.engine.commit(account, &authorisation, units, now)?;
        Ok(self.settle(turn, pending))
    }

    /// Gives back what was kept back. Answers whether anything was.
    ///
    /// # Errors
    /// [`MeterError::Charged`], or the read model's.
    pub fn void(&self, account: AccountId, id: ChargeId, now: Timestamp) -> Result<bool, MeterError> {
        let mut turn = self.turn(account, id, now)?;
        if let Some(held) = turn.held.take() {
            self.engine.void(account, &held.authorisation);
            return Ok(true);
        }
        if !self.engine.has(account) {
            return Err(UnknownAccount.into());
        }
        match self.charged(&turn, account, id)? {
            Some(_) => Err(MeterError::Charged),
            None => Ok(false),
        }
    }

    /// Waits until nobody else decides on this key, and takes it.
    fn turn(&self, account: AccountId, id: ChargeId, now: Timestamp) -> Result<Turn<'_>, MeterError> {
        if self.read.progress() < self.opened_at {
            self.read.catch_up()?;
        }
        let mut known = self.known.lock();
        known.forget(self.read.progress(), now);
        if known.is_full() {
            // The read model is far behind: what is known must not grow without end.
            drop(known);
            self.read.catch_up()?;
            known = self.known.lock();
            known.forget(self.read.progress(), now);
        }
        Ok(Turn::take(&self.known, &self.done, known, (account, id)))
    }

    /// The charge under a key whose turn it is, if it is there.
    fn charged(
        &self,
        turn: &Turn<'_>,
        account: AccountId,
        id: ChargeId,
    ) -> Result<Option<ChargeRow>, ReadError> {
        let Some(sequence) = turn.charged_in() else { return self.read.charge_among_applied(account, id) };
        self.read.reach(sequence)?;
        let row = self.read.charge_among_applied(account, id)?;
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

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter").field("opened_at", &self.opened_at).finish_non_exhaustive()
    }
}
