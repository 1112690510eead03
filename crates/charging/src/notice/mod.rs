//! Notices: what an account is told, decided in the core and journalled beside its cause.
//!
//! A notice stands in the same journal entry as the change that causes it, so a crash can neither lose it nor
//! make it twice: account and number are its key for ever. It carries the figures its message needs, as they
//! were then. What a notice is not: a message. Who is told, by which channel, in which language and when belongs to the
//! outbox.

mod kind;

pub use crate::burn::PaceRule;
pub use kind::NoticeKind;
use serde::{Deserialize, Serialize};

use crate::{Account, Event, LotNo, Name, Recorded, Tier, Timestamp};

/// One notice to an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// Which one of the account's notices it is, from 1.
    pub no: u64,
    /// What is told.
    pub kind: NoticeKind,
}

/// An API in a region.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
}

/// Quota left in the packages of an API in a region.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct QuotaLeft {
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// Units left.
    pub left: u64,
}

/// The rule by which an account was released.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReleaseRule {
    /// The arrears policy.
    pub policy: Name,
    /// The customer tier when the arrears began.
    pub tier: Tier,
    /// Days of grace it gave.
    pub grace_days: u16,
    /// Days of retention after that.
    pub retention_days: u16,
}

/// What meets the calls after a lot was used up, or has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsedUpThen {
    /// The next lot in the draw order.
    NextLot {
        /// Which one.
        lot: LotNo,
    },
    /// A price per call.
    PayPerUse,
    /// Nothing: they are refused.
    Refused,
}

/// What a notice is about; it decides who is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum NoticeCategory {
    Arrears,
    Balance,
    Package,
    Bill,
    Budget,
    Renewal,
    Protection,
}

impl NoticeCategory {
    /// All categories.
    pub const ALL: [NoticeCategory; 7] = [
        NoticeCategory::Arrears,
        NoticeCategory::Balance,
        NoticeCategory::Package,
        NoticeCategory::Bill,
        NoticeCategory::Budget,
        NoticeCategory::Renewal,
        NoticeCategory::Protection,
    ];

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            NoticeCategory::Arrears => "arrears",
            NoticeCategory::Balance => "balance",
            NoticeCategory::Package => "package",
            NoticeCategory::Bill => "bill",
            NoticeCategory::Budget => "budget",
            NoticeCategory::Renewal => "renewal",
            NoticeCategory::Protection => "protection",
        }
    }

    /// The category of a word.
    pub fn of_word(word: &str) -> Option<NoticeCategory> {
        NoticeCategory::ALL.into_iter().find(|category| category.word() == word)
    }
}

impl Account {
    /// Tells the account something, under the next number.
    pub(crate) fn notify(&mut self, at: Timestamp, kind: NoticeKind, out: &mut Vec<Recorded>) {
        let notice = Box::new(Notice { no: self.cold.notices + 1, kind });
        self.emit(at, Event::Noticed { notice }, out);
    }

    /// Keeps what was told, so that it is not told again.
    pub(crate) fn apply_noticed(&mut self, at: Timestamp, notice: &Notice) {
        self.cold.notices = notice.no;
        match &notice.kind {
            NoticeKind::GraceEnds { days, .. } | NoticeKind::ReleaseNear { days, .. } => {
                self.cold.dunned_days = *days;
            }
            NoticeKind::BalanceLow { threshold, .. } => {
                self.cold.balance_arming.told = Some(*threshold);
                self.find_balance_line();
            }
            NoticeKind::BalanceSoonEmpty { .. } => {
                self.cold.burn.arming.told = self.cold.alerts.empty_within_hours
            }
            NoticeKind::PackageLow { lot, .. } => {
                if let Some(lot) = self.lots.get_mut(lot.0 as usize) {
                    (lot.low_line, lot.is_low_told) = (0, true);
                }
            }
            NoticeKind::PackageExpires { lot, days, .. } => {
                if let Some(lot) = self.lots.get_mut(lot.0 as usize) {
                    lot.expiry_told_days = *days;
                }
            }
            NoticeKind::PayPerUseInstead { api, region, .. } => {
                let called = self.services.iter_mut().find(|s| s.api == *api && s.region == *region);
                if let Some(called) = called {
                    called.is_told_instead = true;
                }
            }
            NoticeKind::BudgetExceeded { budget, month, percent, .. } => {
                if let Some(month) = self.cold.months.iter_mut().find(|open| open.totals.month == *month) {
                    month.told_of(budget).percent = *percent;
                }
                self.note_told_when_set(at);
            }
            NoticeKind::BudgetForecast { budget, month, .. } => {
                if let Some(month) = self.cold.months.iter_mut().find(|open| open.totals.month == *month) {
                    month.told_of(budget).is_forecast_told = true;
                }
                self.note_told_when_set(at);
            }
            NoticeKind::TopUpUnanswered { no, .. } => self.cold.requests.unanswered_told_to = *no,
            _ => {}
        }
    }

    /// How many notices were given.
    pub fn notices(&self) -> u64 {
        self.cold.notices
    }
}
