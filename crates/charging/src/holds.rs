//! Holds: what authorised calls keep back until they are committed, voided or run out.
//!
//! Holds live beside the account and are not journalled. Losing them in a crash is harmless: no 2xx left, so
//! nothing is owed. A hold past its expiry voids itself when its account is next touched; until then nothing
//! could have seen it.

use std::collections::BTreeMap;

use crate::{ChargeId, Draw, Draws, LotNo, Money, Name, ServiceNo, Timestamp};

/// The holds of one account.
#[derive(Clone, Debug, Default)]
pub struct Holds {
    /// By expiry, then id, so that the first is the next to run out.
    by_expiry: BTreeMap<(Timestamp, ChargeId), Hold>,
    held: BTreeMap<LotNo, u64>,
    amount: Money,
}

/// What one authorised call keeps back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hold {
    pub service: ServiceNo,
    pub enterprise_project: Option<Name>,
    pub draws: Draws,
    /// Units to be charged at a price.
    pub rest: u64,
    /// The price version promised for them.
    pub price_version: u16,
    /// What they can cost at most.
    pub at_most: Money,
}

impl Holds {
    /// How many calls are under way.
    pub fn len(&self) -> usize {
        self.by_expiry.len()
    }

    /// True if no call is under way.
    pub fn is_empty(&self) -> bool {
        self.by_expiry.is_empty()
    }

    /// Units of a lot kept back.
    pub fn of_lot(&self, lot: LotNo) -> u64 {
        self.held.get(&lot).copied().unwrap_or(0)
    }

    /// What the calls under way can cost at most, beyond their packages.
    pub fn amount(&self) -> Money {
        self.amount
    }

    pub(crate) fn contains(&self, id: ChargeId, expires_at: Timestamp) -> bool {
        self.by_expiry.contains_key(&(expires_at, id))
    }

    pub(crate) fn insert(&mut self, id: ChargeId, expires_at: Timestamp, hold: Hold) {
        for Draw { lot, units } in &hold.draws {
            *self.held.entry(*lot).or_default() += units;
        }
        self.amount += hold.at_most;
        self.by_expiry.insert((expires_at, id), hold);
    }

    pub(crate) fn remove(&mut self, id: ChargeId, expires_at: Timestamp) -> Option<Hold> {
        let hold = self.by_expiry.remove(&(expires_at, id))?;
        for Draw { lot, units } in &hold.draws {
            if let Some(held) = self.held.get_mut(lot) {
                *held = held.saturating_sub(*units);
                if *held == 0 {
                    self.held.remove(lot);
                }
            }
        }
        self.amount -= hold.at_most;
        Some(hold)
    }

    /// Voids holds past their expiry.
    pub fn void_expired(&mut self, now: Timestamp) {
        while let Some((&(expires_at, id), _)) = self.by_expiry.first_key_value() {
            if expires_at > now {
                break;
            }
            self.remove(id, expires_at);
        }
    }
}
