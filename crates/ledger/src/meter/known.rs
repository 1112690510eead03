//! What the meter knows of keys: who decides on one at the moment, what is authorised, and what was charged that the
//! read model may not have yet.
//!
//! A key is taken by one caller at a time ([`Turn`]), and given back with what became of it. So between looking a key
//! up and charging it nobody else can charge it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use charging::{AccountId, Authorisation, ChargeId, Timestamp};
use parking_lot::{Condvar, Mutex, MutexGuard};

use super::Work;

/// Above so many charges that the read model does not have, it is waited for: some 100 bytes each.
const MANY: usize = 1 << 20;

/// Work that is authorised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// In whose books.
    pub account: AccountId,
    pub authorisation: Authorisation,
    pub work: Work,
}

#[derive(Debug)]
enum State {
    /// Somebody decides on it.
    Taken,
    Held(Held),
    /// Charged by this record of the journal.
    Charged(u64),
}

#[derive(Debug, Default)]
pub(super) struct Known {
    states: HashMap<ChargeId, State>,
    /// In the order of the journal, nearly: those who decide at once may change places.
    charged: VecDeque<(u64, ChargeId)>,
    expiries: BTreeSet<(Timestamp, ChargeId)>,
    /// How many are authorised in whose books.
    held: HashMap<AccountId, usize>,
    /// Time never goes back: what ran out once has run out.
    latest: Timestamp,
    /// Up to which record the file had everything when somebody began to look at it, and how many still do.
    looks: BTreeMap<u64, usize>,
}

impl Known {
    /// Forgets charges that the read model has, for everybody who looks at it, and authorisations that ran out; says
    /// which instant it is.
    pub fn forget(&mut self, applied: u64, now: Timestamp) -> Timestamp {
        self.latest = self.latest.max(now);
        let now = self.latest;
        let applied = self.looks.first_key_value().map_or(applied, |(first, _)| applied.min(*first));
        while let Some((sequence, id)) =
            self.charged.front().copied().filter(|(sequence, _)| *sequence <= applied)
        {
            self.charged.pop_front();
            if matches!(self.states.get(&id), Some(State::Charged(of)) if *of == sequence) {
                self.states.remove(&id);
            }
        }
        while let Some((at, id)) = self.expiries.first().copied().filter(|(at, _)| *at <= now) {
            self.expiries.remove(&(at, id));
            // An entry is there exactly as long as what it is for.
            if let Some(State::Held(held)) = self.states.remove(&id) {
                self.let_go(held.account);
            }
        }
        now
    }

    pub fn is_full(&self) -> bool {
        self.charged.len() >= MANY
    }

    fn let_go(&mut self, account: AccountId) {
        if let Some(count) = self.held.get_mut(&account) {
            *count -= 1;
            if *count == 0 {
                self.held.remove(&account);
            }
        }
    }
}

/// Somebody looks at the read model's file as it was when this began, until it is dropped.
pub(super) struct Look<'a> {
    known: &'a Mutex<Known>,
    applied: u64,
}

impl<'a> Look<'a> {
    /// Begins to remember what the file does not have by now.
    pub fn begin(known: &'a Mutex<Known>, applied: impl FnOnce() -> u64) -> Look<'a> {
        let mut guard = known.lock();
        // Under the lock: nobody forgets more in between.
        let applied = applied();
        *guard.looks.entry(applied).or_default() += 1;
        Look { known, applied }
    }
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        let mut known = self.known.lock();
        if let Some(count) = known.looks.get_mut(&self.applied) {
            *count -= 1;
            if *count == 0 {
                known.looks.remove(&self.applied);
            }
        }
    }
}

/// A key that its caller alone decides on, until this is dropped.
pub(super) struct Turn<'a> {
    known: &'a Mutex<Known>,
    done: &'a Condvar,
    id: ChargeId,
    /// What is authorised under it: what the caller leaves here stands.
    pub held: Option<Held>,
    /// The record by which it was charged, if the read model may not have that yet.
    charged_in: Option<u64>,
    is_new: bool,
}

impl<'a> Turn<'a> {
    /// Waits for the key.
    pub fn take(
        known: &'a Mutex<Known>,
        done: &'a Condvar,
        mut guard: MutexGuard<'a, Known>,
        id: ChargeId,
    ) -> Turn<'a> {
        while matches!(guard.states.get(&id), Some(State::Taken)) {
            done.wait(&mut guard);
        }
        let (held, charged_in) = match guard.states.insert(id, State::Taken) {
            Some(State::Held(held)) => {
                guard.expiries.remove(&(held.authorisation.expires_at, id));
                guard.let_go(held.account);
                (Some(held), None)
            }
            Some(State::Charged(sequence)) => (None, Some(sequence)),
            Some(State::Taken) | None => (None, None),
        };
        Turn { known, done, id, held, charged_in, is_new: false }
    }

    /// The record by which it was charged before, if the read model may not have that yet.
    pub fn charged_in(&self) -> Option<u64> {
        self.charged_in
    }

    /// Notes that the read model has that record by now: it is asked from now on.
    pub fn is_in_read_model(&mut self) {
        self.charged_in = None;
    }

    /// How much is authorised in the books of an account, besides this.
    pub fn held_of(&self, account: AccountId) -> usize {
        self.known.lock().held.get(&account).copied().unwrap_or(0)
    }

    /// Notes that it is charged by this record now.
    pub fn charge_in(&mut self, sequence: u64) {
        self.held = None;
        self.charged_in = Some(sequence);
        self.is_new = true;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut known = self.known.lock();
        let state = match (self.charged_in, self.held.take()) {
            (Some(sequence), _) => {
                if self.is_new {
                    known.charged.push_back((sequence, self.id));
                }
                Some(State::Charged(sequence))
            }
            (None, Some(held)) => {
                known.expiries.insert((held.authorisation.expires_at, self.id));
                *known.held.entry(held.account).or_default() += 1;
                Some(State::Held(held))
            }
            (None, None) => None,
        };
        match state {
            Some(state) => known.states.insert(self.id, state),
            None => known.states.remove(&self.id),
        };
        drop(known);
        self.done.notify_all();
    }
}
