//! A lot: quota that came with one package, for one API in one region, with a validity.
//!
//! granted = drawn + left + expired + given back, always. Holds are kept beside the lots ([`crate::Holds`]) because losing
//! them in a crash is harmless. A call authorised while its lot was valid draws from it even if the lot ends before the
//! call does; such units go from expired to drawn.

use serde::{Deserialize, Serialize};

use crate::keys::Key;
use crate::{DrawOrder, LotNo, Money, Name, ServiceNo, Timestamp};

/// Where a lot came from; also the first key of the draw order ("free -> promotions -> subscriptions", What Is
/// Fee Deduction Order for Multiple Packages?).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A free trial.
    Free,
    /// A gift of a promotion.
    Promotion,
    /// A package that was bought.
    Package,
}

/// Quota with a validity.
///
/// What each call reads comes first, within one cache line; what only orders and queries read comes after it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[repr(C)]
pub struct Lot {
    /// Its number within the account.
    pub no: LotNo,
    /// What it is for.
    pub service: ServiceNo,
    /// Where it came from.
    pub source: Source,
    /// True once its first instant has come.
    pub has_taken_effect: bool,
    /// How many units it came with.
    pub granted: u64,
    /// How many were drawn.
    pub drawn: u64,
    /// Its alert is due when no more units than this are left; 0 if it was given, or is not wanted.
    pub(crate) low_line: u64,
    /// First instant it can be drawn at.
    pub effective_at: Timestamp,
    /// Last instant it can be drawn at.
    pub expires_at: Timestamp,
    /// True once it has ended by time.
    pub has_expired: bool,
    /// True from its alert until that is armed again.
    pub(crate) is_low_told: bool,
    /// True once it was given back.
    pub is_unsubscribed: bool,
    /// So many days before its end that end was told of last.
    pub(crate) expiry_told_days: u8,
    /// When it was used up, expired or was given back.
    pub ended_at: Option<Timestamp>,
    /// When it was bought or given.
    pub created_at: Timestamp,
    /// The enterprise project it is reserved for, if any.
    pub enterprise_project: Option<Name>,
    /// What was paid for it.
    pub price: Money,
    /// What of it was refunded.
    pub refunded: Money,
    /// The first of the account's charges, counted from 1, that found it here.
    pub(crate) first_charge: u64,
    /// The first that found it ended; the one that took the last units is the first.
    pub(crate) first_charge_after: Option<u64>,
    /// The caller's idempotency key.
    pub key: Option<Key>,
}

impl Lot {
    /// Units that can still be drawn.
    pub fn left(&self) -> u64 {
        if self.has_expired || self.is_unsubscribed { 0 } else { self.granted - self.drawn }
    }

    /// Units that were given back with it.
    pub fn given_back(&self) -> u64 {
        if self.is_unsubscribed { self.granted - self.drawn } else { 0 }
    }

    /// Units that ended with the lot.
    pub fn expired(&self) -> u64 {
        if self.has_expired { self.granted - self.drawn } else { 0 }
    }

    /// True if it is meant for calls naming the enterprise project, or none.
    pub fn is_for(&self, enterprise_project: Option<&Name>) -> bool {
        self.enterprise_project.is_none() || self.enterprise_project.as_ref() == enterprise_project
    }

    /// True if a call at the instant, naming the enterprise project, may draw from it.
    pub fn serves(&self, enterprise_project: Option<&Name>, at: Timestamp) -> bool {
        let is_valid = self.effective_at <= at && at <= self.expires_at;
        is_valid && self.left() > 0 && self.is_for(enterprise_project)
    }

    /// When it next changes by itself: takes effect, or ends. A lot valid to [`Timestamp::MAX`] never ends.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        if !self.has_taken_effect {
            return Some(self.effective_at);
        }
        (self.expires_at < Timestamp::MAX).then(|| self.expires_at.plus_ms(1))
    }

    /// What lots of one service are sorted by; the smallest is drawn first.
    pub(crate) fn draw_rank(&self, order: DrawOrder) -> DrawRank {
        let times = match order {
            DrawOrder::EffectiveFirst => (self.effective_at, self.expires_at),
            DrawOrder::ExpiresFirst => (self.expires_at, self.effective_at),
        };
        (self.source, times, self.created_at, self.no)
    }
}

pub(crate) type DrawRank = (Source, (Timestamp, Timestamp), Timestamp, LotNo);
