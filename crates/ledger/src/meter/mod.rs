//! The meter: charges for what other services did, each named by a key of theirs, so that what is sent twice is charged
//! once.
//!
//! A key is remembered as long as its charge: there is no second record of it. The charge's id is made of the key by
//! whoever calls the meter, and a charge of that id is in the books or it is not: in whichever books, because who pays
//! for an account may change between two sendings of one key. What the read model has is asked of its file; what it does
//! not have yet is known in memory (`known`), and a key that is being decided on is held by one caller at a time
//! ([`Sitting`]).
//!
//! What is authorised and not yet committed is as fleeting as a hold: a crash forgets it, nothing is owed then, and the
//! same key may be authorised or charged again.

mod known;
mod sitting;

use std::sync::Arc;

use charging::{AccountId, Authorisation, CallFor, ChargeId, Draw, Name, Pocket, Rated, Refusal, Timestamp};
use parking_lot::Mutex;

use crate::read::{ChargeRow, ReadError, ReadModel};
use crate::{Engine, Pending, UnknownAccount};
use known::Known;
pub use sitting::Sitting;

/// How many authorisations one account's books have open at most: each is looked at when the next is given.
pub const HELD_LIMIT: usize = 10_000;

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
    /// For whom: not always who pays.
    pub of: AccountId,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// The enterprise project it is put down to, if any; the id of whom it is for, if another account pays.
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

    /// Whether a charge is for this, be it for fewer units.
    fn is_of(&self, row: &ChargeRow) -> bool {
        let Work { api, region, units, .. } = self;
        (api, region) == (&row.api, &row.region)
            && self.named(self.enterprise_project.as_ref()) == self.named(row.enterprise_project.as_ref())
            && *units >= row.units
    }

    /// Whether other work is the same, whoever pays for it.
    fn is_same(&self, other: &Work) -> bool {
        let plain = |work: &Work| Work {
            enterprise_project: work.named(work.enterprise_project.as_ref()).cloned(),
            ..work.clone()
        };
        plain(self) == plain(other)
    }

    /// The enterprise project that was named by whoever asked for the work. That of a member's work is the member.
    fn named<'a>(&self, enterprise_project: Option<&'a Name>) -> Option<&'a Name> {
        enterprise_project.filter(|project| project.as_str() != self.of.to_string())
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

/// The answer to [`Sitting::authorise`].
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
    /// Too much is authorised and neither committed nor voided.
    #[error("{} pieces of work of this account are authorised, and neither committed nor voided", HELD_LIMIT)]
    TooManyHeld,
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
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter").field("opened_at", &self.opened_at).finish_non_exhaustive()
    }
}
