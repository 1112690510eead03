//! Notices: what an account is told, decided in the core and journalled beside its cause.
//!
//! A notice stands in the same journal entry as the change that causes it, so a crash can neither lose it nor
//! make it twice: account and number are its key for ever. It carries the figures its message needs, as they
//! were then. What a notice is not: a message. Who is told, by which channel, in which language and when belongs to the
//! outbox.

use serde::{Deserialize, Serialize};

use crate::{Account, Event, LotNo, Money, Month, Name, Recorded, Standing, Tier, Timestamp};

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

/// What meets the calls after a lot was used up.
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

/// What is told, with the figures of that instant.
///
/// The order of variants and fields is the storage format: new variants are added at the end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A settlement left a debt ("your account goes into arrears", Arrears).
    ArrearsEntered {
        /// What is owed.
        debt: Money,
    },
    /// The grace period began: pay-per-use goes on and is charged.
    GraceEntered {
        /// What is owed.
        debt: Money,
        /// When pay-per-use is frozen unless it is paid.
        until: Timestamp,
        /// When the resources are released unless it is paid.
        release_at: Timestamp,
    },
    /// The grace period ends in so many days.
    GraceEnds {
        /// How many.
        days: u8,
        /// When pay-per-use is frozen unless it is paid.
        until: Timestamp,
        /// What is owed.
        debt: Money,
    },
    /// Pay-per-use is frozen ("the resource status will change to Frozen", Arrears).
    Frozen {
        /// Since when.
        since: Timestamp,
        /// When the resources are released unless it is paid.
        release_at: Timestamp,
        /// What is owed.
        debt: Money,
    },
    /// The resources are released in so many days.
    ReleaseNear {
        /// How many.
        days: u8,
        /// When the resources are released unless it is paid.
        release_at: Timestamp,
        /// What is owed.
        debt: Money,
    },
    /// The resources were released: the certificate of what was deleted, when, and by which rule.
    Released {
        /// When they were released.
        since: Timestamp,
        /// What is still owed.
        debt: Money,
        /// What was enabled and is gone.
        deleted: Vec<Place>,
        /// By which rule.
        rule: ReleaseRule,
    },
    /// Everything owed was paid and service is restored.
    Restored {
        /// Where it came back from: grace or frozen.
        from: Standing,
        /// What was paid of the debt.
        debt_paid: Money,
    },
    /// The available credit and coupons fell below the alert threshold ("any time an expenditure quota drops to
    /// below the threshold you specify", Arrears).
    BalanceLow {
        /// What is available.
        available: Money,
        /// The threshold.
        threshold: Money,
    },
    /// At the pace of the last days the balance lasts for less than the hours that were asked for.
    BalanceSoonEmpty {
        /// What is available.
        available: Money,
        /// What a day costs at that pace.
        burn_per_day: Money,
        /// When nothing is left at that pace.
        empty_at: Timestamp,
        /// The hours it was to last for.
        threshold_hours: u32,
        /// The reasoning: what today has cost so far.
        today: Money,
        /// And the whole days before it, the latest first, three at most.
        last_days: Vec<Money>,
    },
    /// What is left of a lot fell to its alert threshold.
    PackageLow {
        /// The lot.
        lot: LotNo,
        /// The API.
        api: Name,
        /// The region.
        region: Name,
        /// Units left in it.
        left: u64,
        /// Units it came with.
        granted: u64,
        /// The threshold in units.
        threshold: u64,
    },
    /// A lot with units left expires in so many days.
    PackageExpires {
        /// How many.
        days: u8,
        /// The lot.
        lot: LotNo,
        /// The API.
        api: Name,
        /// The region.
        region: Name,
        /// Units left in it.
        left: u64,
        /// Its last instant.
        expires_at: Timestamp,
    },
    /// A lot was used up.
    PackageUsedUp {
        /// The lot.
        lot: LotNo,
        /// The API.
        api: Name,
        /// The region.
        region: Name,
        /// What meets the calls from now on.
        then: UsedUpThen,
    },
    /// A call was charged at a price while packages elsewhere have quota left: three of the five reasons the page
    /// names for arrears, before they come to that.
    PayPerUseInstead {
        /// The API that was called.
        api: Name,
        /// The region it was called in.
        region: Name,
        /// Where quota is left.
        elsewhere: Vec<QuotaLeft>,
    },
    /// The final bill of a month is there ("generated on the 3rd of the next month", Bills).
    BillReady {
        /// The month.
        month: Month,
        /// What it comes to.
        total: Money,
        /// What was paid of it when it was settled.
        paid: Money,
        /// What was left as debt when it was settled.
        debt: Money,
    },
    /// The month's spending reached a percentage of a budget.
    BudgetExceeded {
        /// The budget.
        budget: Name,
        /// The month.
        month: Month,
        /// The percentage.
        percent: u16,
        /// What was spent this month.
        spent: Money,
        /// The budget's amount.
        amount: Money,
    },
    /// At its pace so far the month's spending will exceed a budget.
    BudgetForecast {
        /// The budget.
        budget: Name,
        /// The month.
        month: Month,
        /// What the month will come to.
        forecast: Money,
        /// The budget's amount.
        amount: Money,
    },
    /// A package could not be renewed.
    RenewalFailed {
        /// The lot that was to be renewed.
        lot: LotNo,
        /// The API.
        api: Name,
        /// The region.
        region: Name,
        /// The price of the renewal.
        price: Money,
        /// The cash there was.
        cash: Money,
        /// When it is tried again, if it is.
        next_attempt_at: Option<Timestamp>,
    },
    /// A package was renewed.
    Renewed {
        /// The lot that was renewed.
        lot: LotNo,
        /// The lot that follows it.
        new_lot: LotNo,
        /// The API.
        api: Name,
        /// The region.
        region: Name,
        /// What was paid.
        price: Money,
    },
    /// A call was refused, or the last one met, because a spending cap was reached.
    SpendCapReached {
        /// The API; `all` for the whole account.
        api: Name,
        /// The month.
        month: Month,
        /// The cap.
        cap: Money,
        /// What was spent.
        spent: Money,
    },
    /// An automatic top-up was not paid.
    TopUpFailed {
        /// The rule.
        rule: Name,
        /// How much was asked for.
        amount: Money,
        /// Why, in the payment provider's words.
        detail: String,
    },
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

impl NoticeKind {
    /// One word for each kind.
    pub fn word(&self) -> &'static str {
        match self {
            NoticeKind::ArrearsEntered { .. } => "arrears_entered",
            NoticeKind::GraceEntered { .. } => "grace_entered",
            NoticeKind::GraceEnds { .. } => "grace_ends",
            NoticeKind::Frozen { .. } => "frozen",
            NoticeKind::ReleaseNear { .. } => "release_near",
            NoticeKind::Released { .. } => "released",
            NoticeKind::Restored { .. } => "restored",
            NoticeKind::BalanceLow { .. } => "balance_low",
            NoticeKind::BalanceSoonEmpty { .. } => "balance_soon_empty",
            NoticeKind::PackageLow { .. } => "package_low",
            NoticeKind::PackageExpires { .. } => "package_expires",
            NoticeKind::PackageUsedUp { .. } => "package_used_up",
            NoticeKind::PayPerUseInstead { .. } => "pay_per_use_instead",
            NoticeKind::BillReady { .. } => "bill_ready",
            NoticeKind::BudgetExceeded { .. } => "budget_exceeded",
            NoticeKind::BudgetForecast { .. } => "budget_forecast",
            NoticeKind::RenewalFailed { .. } => "renewal_failed",
            NoticeKind::Renewed { .. } => "renewed",
            NoticeKind::SpendCapReached { .. } => "spend_cap_reached",
            NoticeKind::TopUpFailed { .. } => "top_up_failed",
        }
    }

    /// What it is about.
    pub fn category(&self) -> NoticeCategory {
        match self {
            NoticeKind::ArrearsEntered { .. }
            | NoticeKind::GraceEntered { .. }
            | NoticeKind::GraceEnds { .. }
            | NoticeKind::Frozen { .. }
            | NoticeKind::ReleaseNear { .. }
            | NoticeKind::Released { .. }
            | NoticeKind::Restored { .. } => NoticeCategory::Arrears,
            NoticeKind::BalanceLow { .. } | NoticeKind::BalanceSoonEmpty { .. } => NoticeCategory::Balance,
            NoticeKind::PackageLow { .. }
            | NoticeKind::PackageExpires { .. }
            | NoticeKind::PackageUsedUp { .. }
            | NoticeKind::PayPerUseInstead { .. } => NoticeCategory::Package,
            NoticeKind::BillReady { .. } => NoticeCategory::Bill,
            NoticeKind::BudgetExceeded { .. } | NoticeKind::BudgetForecast { .. } => NoticeCategory::Budget,
            NoticeKind::RenewalFailed { .. } | NoticeKind::Renewed { .. } => NoticeCategory::Renewal,
            NoticeKind::SpendCapReached { .. } | NoticeKind::TopUpFailed { .. } => NoticeCategory::Protection,
        }
    }

    /// True if quiet hours do not hold it back: something stops or is lost within a day.
    pub fn is_urgent(&self) -> bool {
        match self {
            NoticeKind::Frozen { .. } | NoticeKind::Released { .. } => true,
            NoticeKind::GraceEnds { days, .. } | NoticeKind::ReleaseNear { days, .. } => *days <= 1,
            _ => false,
        }
    }
}

impl Account {
    /// Tells the account something, under the next number.
    pub(crate) fn notify(&mut self, at: Timestamp, kind: NoticeKind, out: &mut Vec<Recorded>) {
        let notice = Box::new(Notice { no: self.cold.notices + 1, kind });
        self.emit(at, Event::Noticed { notice }, out);
    }

    /// Keeps what was told, so that it is not told again.
    pub(crate) fn apply_noticed(&mut self, notice: &Notice) {
        self.cold.notices = notice.no;
        match &notice.kind {
            NoticeKind::GraceEnds { days, .. } | NoticeKind::ReleaseNear { days, .. } => {
                self.cold.dunned_days = *days;
            }
            NoticeKind::BalanceLow { .. } => self.balance_line = Money::MIN,
            NoticeKind::BalanceSoonEmpty { .. } => self.cold.burn.is_told = true,
            NoticeKind::PackageLow { lot, .. } => {
                if let Some(lot) = self.lots.get_mut(lot.0 as usize) {
                    lot.low_line = 0;
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
            }
            NoticeKind::BudgetForecast { budget, month, .. } => {
                if let Some(month) = self.cold.months.iter_mut().find(|open| open.totals.month == *month) {
                    month.told_of(budget).is_forecast_told = true;
                }
            }
            _ => {}
        }
    }

    /// How many notices were given.
    pub fn notices(&self) -> u64 {
        self.cold.notices
    }
}
