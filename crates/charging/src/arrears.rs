//! The arrears ladder: in use → grace → retention (Frozen) → released.
//!
//! Only these arrows exist: good → grace when a settlement leaves a debt; grace → frozen and frozen → released
//! at the instants fixed when the arrears began; grace or frozen → good by payment in full; released → good
//! only by enabling an API again after payment. Source: "Arrears" and "What are Grace Period and Retention
//! Period?". Grace of zero days freezes at once.

use serde::{Deserialize, Serialize};

use crate::{Account, Context, Event, Money, NoticeKind, Recorded, Timestamp};

/// Where an account stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Standing {
    /// In use: nothing is owed that a settlement could not collect.
    Good {
        /// Since when.
        since: Timestamp,
    },
    /// In arrears, and everything works: pay-per-use is served and charged.
    Grace {
        /// When the arrears began.
        since: Timestamp,
        /// When the account is frozen unless it pays.
        until: Timestamp,
        /// When it is released unless it pays.
        release_at: Timestamp,
    },
    /// Retention: pay-per-use is refused, nothing is deleted yet.
    Frozen {
        /// When it was frozen.
        since: Timestamp,
        /// When it is released unless it pays.
        release_at: Timestamp,
    },
    /// Pay-per-use resources are gone for good.
    Released {
        /// When they were released.
        since: Timestamp,
    },
}

impl Standing {
    /// One word: `good`, `grace`, `frozen` or `released`.
    pub fn word(&self) -> &'static str {
        match self {
            Standing::Good { .. } => "good",
            Standing::Grace { .. } => "grace",
            Standing::Frozen { .. } => "frozen",
            Standing::Released { .. } => "released",
        }
    }

    /// Since when the account stands there.
    pub fn since(&self) -> Timestamp {
        match self {
            Standing::Good { since }
            | Standing::Grace { since, .. }
            | Standing::Frozen { since, .. }
            | Standing::Released { since } => *since,
        }
    }

    /// When it moves on by itself.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Standing::Good { .. } | Standing::Released { .. } => None,
            Standing::Grace { until, .. } => Some(*until),
            Standing::Frozen { release_at, .. } => Some(*release_at),
        }
    }

    /// True if an arrow leads from here to there, given whether something is owed.
    pub fn may_become(&self, next: &Standing, is_in_arrears: bool) -> bool {
        match (*self, *next) {
            (Standing::Good { .. }, Standing::Grace { .. }) => is_in_arrears,
            (Standing::Grace { until, release_at, .. }, Standing::Frozen { since, release_at: same }) => {
                is_in_arrears && (since, same) == (until, release_at)
            }
            (Standing::Frozen { release_at, .. }, Standing::Released { since }) => {
                is_in_arrears && since == release_at
            }
            (Standing::Good { .. }, Standing::Good { .. }) => false,
            (_, Standing::Good { .. }) => !is_in_arrears,
            _ => false,
        }
    }

    /// When it is released unless it pays, while that is ahead.
    pub fn release_at(&self) -> Option<Timestamp> {
        match self {
            Standing::Good { .. } | Standing::Released { .. } => None,
            Standing::Grace { release_at, .. } | Standing::Frozen { release_at, .. } => Some(*release_at),
        }
    }
}

impl Account {
    /// A settlement left a debt: from good standing, arrears begin now.
    pub(crate) fn enter_arrears(&mut self, context: Context<'_>, at: Timestamp, out: &mut Vec<Recorded>) {
        if !self.is_in_arrears() || !matches!(self.standing, Standing::Good { .. }) {
            return;
        }
        let terms = context.policies.of(&self.policy).terms(self.tier);
        let until = at.plus_days(terms.grace_days);
        let release_at = until.plus_days(terms.retention_days);
        let standing = Standing::Grace { since: at, until, release_at };
        self.emit(at, Event::StandingChanged { standing }, out);
        self.notify_arrears(at, until, release_at, out);
    }

    /// The debt was paid in full: from grace or frozen, back to good. A released account stays released until
    /// an API is enabled again. `debt_paid` is what the payment took off the debt.
    pub(crate) fn leave_arrears(&mut self, debt_paid: Money, at: Timestamp, out: &mut Vec<Recorded>) {
        let from = self.standing;
        if matches!(from, Standing::Grace { .. } | Standing::Frozen { .. }) && !self.is_in_arrears() {
            self.emit(at, Event::StandingChanged { standing: Standing::Good { since: at } }, out);
            self.notify(at, NoticeKind::Restored { from, debt_paid }, out);
        }
    }

    /// Moves along the arrow that time takes at the instant, if there is one.
    pub(crate) fn advance_standing(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        let next = match self.standing {
            Standing::Grace { until, release_at, .. } if until <= at => {
                Standing::Frozen { since: until, release_at }
            }
            Standing::Frozen { release_at, .. } if release_at <= at => {
                Standing::Released { since: release_at }
            }
            _ => return,
        };
        let deleted = self.enabled_places();
        self.emit(at, Event::StandingChanged { standing: next }, out);
        self.notify_moved_on(at, deleted, out);
    }
}
