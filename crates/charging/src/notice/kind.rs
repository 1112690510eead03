//! The kinds of notices, each with the figures its message needs.

use serde::{Deserialize, Serialize};

use super::{NoticeCategory, PaceRule, Place, QuotaLeft, ReleaseRule, UsedUpThen};
use crate::{LotNo, MemberQuota, Money, Month, Name, Obstacle, Standing, Timestamp, TopUpFailure};

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
    /// Everything owed was paid and service is restored; after a release, once something was enabled again.
    Restored {
        /// Where it came back from: grace, frozen or released.
        from: Standing,
        /// What was paid of the debt just now; nothing after a release, where it was paid before.
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
        /// The hours it was to last for at that pace.
        threshold_hours: u32,
        /// The reasoning: what the latest day has cost so far.
        today: Money,
        /// And the whole days before it, the latest first, three at most.
        last_days: Vec<Money>,
        /// The hours that were asked for.
        asked_hours: u32,
        /// Which pace it is.
        pace: PaceRule,
        /// The first instant of the latest day.
        day: Timestamp,
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
        /// What meets the calls from then on, as things stand.
        then: UsedUpThen,
        /// When its renewal, which has failed, is tried again, if it is.
        next_attempt_at: Option<Timestamp>,
        /// True if it can be renewed: it was bought, and is still on offer.
        is_renewable: bool,
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
        /// When pay-per-use ends, if it meets the calls until the end of a package that is to be the last.
        pay_per_use_until: Option<Timestamp>,
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
        /// What of this debt is still owed.
        outstanding: Money,
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
        /// What stood in the way.
        obstacle: Obstacle,
        /// The price of the renewal; none if it is not on offer.
        price: Option<Money>,
        /// The cash there was.
        cash: Money,
        /// When it is tried again, if it is.
        next_attempt_at: Option<Timestamp>,
        /// Units left in it.
        left: u64,
        /// Its last instant.
        expires_at: Timestamp,
        /// What meets the calls from then on, as things stand.
        then: UsedUpThen,
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
        /// True if it was renewed by itself.
        is_automatic: bool,
        /// When the lot that follows is renewed by itself, if it is to be.
        next_attempt_at: Option<Timestamp>,
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
        /// How much was asked for, or was to be.
        amount: Money,
        /// Why.
        why: TopUpFailure,
        /// When it is asked for again, if it is.
        retry_at: Option<Timestamp>,
    },
    /// The payment provider has not answered a request for a day.
    TopUpUnanswered {
        /// The request.
        no: u64,
        /// How much was asked for.
        amount: Money,
        /// When.
        requested_at: Timestamp,
    },
    /// A member has used most of its quota of the month.
    MemberQuotaNear {
        /// The member: what its calls name as their enterprise project.
        member: Name,
        /// The month.
        month: Month,
        /// The quota.
        quota: MemberQuota,
        /// What the month's calls cost beyond packages.
        spent: Money,
        /// How many units they used.
        used: u64,
    },
    /// A member's quota of the month is used up: its further calls are refused.
    MemberQuotaReached {
        /// The member: what its calls name as their enterprise project.
        member: Name,
        /// The month.
        month: Month,
        /// The quota.
        quota: MemberQuota,
        /// What the month's calls cost beyond packages.
        spent: Money,
        /// How many units they used.
        used: u64,
    },
}

/// A word for each kind. The list is made with the match, which leaves none out.
macro_rules! words {
    ($($kind:ident => $word:literal,)*) => {
        impl NoticeKind {
            /// The words of all kinds.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// One word for each kind.
            pub fn word(&self) -> &'static str {
                match self {
                    $(NoticeKind::$kind { .. } => $word,)*
                }
            }
        }
    };
}

words! {
    ArrearsEntered => "arrears_entered",
    GraceEntered => "grace_entered",
    GraceEnds => "grace_ends",
    Frozen => "frozen",
    ReleaseNear => "release_near",
    Released => "released",
    Restored => "restored",
    BalanceLow => "balance_low",
    BalanceSoonEmpty => "balance_soon_empty",
    PackageLow => "package_low",
    PackageExpires => "package_expires",
    PackageUsedUp => "package_used_up",
    PayPerUseInstead => "pay_per_use_instead",
    BillReady => "bill_ready",
    BudgetExceeded => "budget_exceeded",
    BudgetForecast => "budget_forecast",
    RenewalFailed => "renewal_failed",
    Renewed => "renewed",
    SpendCapReached => "spend_cap_reached",
    TopUpFailed => "top_up_failed",
    TopUpUnanswered => "top_up_unanswered",
    MemberQuotaNear => "member_quota_near",
    MemberQuotaReached => "member_quota_reached",
}

impl NoticeKind {
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
            NoticeKind::SpendCapReached { .. }
            | NoticeKind::TopUpFailed { .. }
            | NoticeKind::TopUpUnanswered { .. }
            | NoticeKind::MemberQuotaNear { .. }
            | NoticeKind::MemberQuotaReached { .. } => NoticeCategory::Protection,
        }
    }

    /// The member it tells of, if it tells of one.
    pub fn member(&self) -> Option<&Name> {
        match self {
            NoticeKind::MemberQuotaNear { member, .. } | NoticeKind::MemberQuotaReached { member, .. } => {
                Some(member)
            }
            _ => None,
        }
    }

    /// True if arrears began with it: the settlement of that instant says why.
    pub fn begins_arrears(&self) -> bool {
        matches!(self, NoticeKind::ArrearsEntered { .. } | NoticeKind::GraceEntered { .. })
    }

    /// What it counts down to, if it warns of something ahead: from then on it tells nothing that is true.
    pub fn counts_down_to(&self) -> Option<Timestamp> {
        match self {
            NoticeKind::GraceEnds { until, .. } => Some(*until),
            NoticeKind::ReleaseNear { release_at, .. } => Some(*release_at),
            NoticeKind::PackageExpires { expires_at, .. } => Some(*expires_at),
            NoticeKind::BalanceSoonEmpty { empty_at, .. } => Some(*empty_at),
            _ => None,
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
