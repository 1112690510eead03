//! Holds: what authorised calls keep back until they are committed, voided or run out.
//!
//! Holds live beside the account and are not journalled. Losing them in a crash is harmless: no 2xx left, so
//! nothing is owed. A hold past its expiry voids itself when its account is next touched; until then nothing
//! could have seen it.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use crate::{ChargeId, Draw, Draws, LotNo, Money, Name, ServiceNo, Timestamp};

/// Up to so many holds are simply looked through; only an account with more under way pays for a tree.
const FEW: usize = 16;

/// The holds of one account.
#[derive(Clone, Debug, Default)]
pub struct Holds {
    few: SmallVec<[(HoldKey, Hold); 1]>,
    /// Those for which there was no room among the few: by expiry, then id, so that the first is the next to
    /// run out.
    many: BTreeMap<HoldKey, Hold>,
    /// Units kept back, by lot.
    held: SmallVec<[Draw; 1]>,
    amount: Money,
    /// The amount by service, where it is not zero.
    amounts: SmallVec<[(ServiceNo, Money); 1]>,
    /// No hold runs out before this instant.
    none_expires_before: Timestamp,
}

type HoldKey = (Timestamp, ChargeId);

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
        self.few.len() + self.many.len()
    }

    /// True if no call is under way.
    pub fn is_empty(&self) -> bool {
        self.few.is_empty() && self.many.is_empty()
    }

    /// Units of a lot kept back.
    pub fn of_lot(&self, lot: LotNo) -> u64 {
        self.position_of_lot(lot).map_or(0, |at| self.held[at].units)
    }

    /// What the calls under way can cost at most, beyond their packages.
    pub fn amount(&self) -> Money {
        self.amount
    }

    /// The same by service; services without any are left out.
    pub fn amounts(&self) -> impl Iterator<Item = (ServiceNo, Money)> {
        self.amounts.iter().copied()
    }

    /// What the calls under way that name an enterprise project can cost at most beyond their packages, and how many
    /// units they may use.
    pub(crate) fn of_project(&self, project: &Name) -> (Money, u64) {
        let all = self.few.iter().map(|(_, hold)| hold).chain(self.many.values());
        let own = all.filter(|hold| hold.enterprise_project.as_ref() == Some(project));
        own.fold((Money::ZERO, 0), |(amount, units), hold| {
            let drawn: u64 = hold.draws.iter().map(|draw| draw.units).sum();
            (amount + hold.at_most, units + drawn + hold.rest)
        })
    }

    fn add_amount(&mut self, service: ServiceNo, amount: Money) {
        if amount.is_zero() {
            return;
        }
        self.amount += amount;
        match self.amounts.iter().position(|(of, _)| *of == service) {
            None => self.amounts.push((service, amount)),
            Some(at) => {
                self.amounts[at].1 += amount;
                if self.amounts[at].1.is_zero() {
                    self.amounts.swap_remove(at);
                }
            }
        }
    }

    pub(crate) fn contains(&self, id: ChargeId, expires_at: Timestamp) -> bool {
        self.position_among_few((expires_at, id)).is_some() || self.many.contains_key(&(expires_at, id))
    }

    pub(crate) fn insert(&mut self, id: ChargeId, expires_at: Timestamp, hold: Hold) {
        for draw in &hold.draws {
            match self.position_of_lot(draw.lot) {
                Some(at) => self.held[at].units += draw.units,
                None => self.held.push(*draw),
            }
        }
        self.add_amount(hold.service, hold.at_most);
        self.none_expires_before =
            if self.is_empty() { expires_at } else { self.none_expires_before.min(expires_at) };
        if self.few.len() < FEW {
            self.few.push(((expires_at, id), hold));
        } else {
            self.many.insert((expires_at, id), hold);
        }
    }

    pub(crate) fn remove(&mut self, id: ChargeId, expires_at: Timestamp) -> Option<Hold> {
        let hold = match self.position_among_few((expires_at, id)) {
            Some(at) => self.few.swap_remove(at).1,
            None => self.many.remove(&(expires_at, id))?,
        };
        for Draw { lot, units } in &hold.draws {
            if let Some(at) = self.position_of_lot(*lot) {
                let held = &mut self.held[at].units;
                *held = held.saturating_sub(*units);
                if *held == 0 {
                    self.held.swap_remove(at);
                }
            }
        }
        self.add_amount(hold.service, -hold.at_most);
        Some(hold)
    }

    /// Voids holds past their expiry.
    pub fn void_expired(&mut self, now: Timestamp) {
        if self.is_empty() || now < self.none_expires_before {
            return;
        }
        while let Some((expires_at, id)) = self.find_expired(now) {
            self.remove(id, expires_at);
        }
        let few = self.few.iter().map(|((expires_at, _), _)| *expires_at);
        let many = self.many.first_key_value().map(|((expires_at, _), _)| *expires_at);
        self.none_expires_before = few.chain(many).min().unwrap_or_default();
    }

    fn find_expired(&self, now: Timestamp) -> Option<HoldKey> {
        let few = self.few.iter().map(|(key, _)| key);
        let first_of_many = self.many.first_key_value().map(|(key, _)| key);
        few.chain(first_of_many).find(|(expires_at, _)| *expires_at <= now).copied()
    }

    fn position_among_few(&self, key: HoldKey) -> Option<usize> {
        self.few.iter().position(|(held, _)| *held == key)
    }

    fn position_of_lot(&self, lot: LotNo) -> Option<usize> {
        self.held.iter().position(|draw| draw.lot == lot)
    }
}
