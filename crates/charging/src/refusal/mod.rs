//! A refusal: a domain "no", with a reason a program can read and a cure a person can follow.

mod words;

use serde::{Deserialize, Serialize};

use crate::{AutoTopUp, CouponNo, LotNo, MemberQuota, Money, Month, Name, OrderNo, Timestamp, Zone};

/// Why a package cannot be given back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotRefundable {
    /// It was given, not bought.
    NotBought,
    /// It was used up, expired or was given back.
    Ended,
    /// It is in effect, and the policy gives nothing back for such packages.
    InEffect,
    /// Calls under way are met by it.
    CallsUnderWay,
}

/// Why not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// No such API here.
    UnknownApi {
        /// What was asked for.
        api: Name,
    },
    /// No such region here.
    UnknownRegion {
        /// What was asked for.
        region: Name,
    },
    /// The API is not enabled in the region and no package has quota left for it.
    NotSubscribed {
        /// The API.
        api: Name,
        /// The region of the call.
        region: Name,
        /// Regions where packages of this API have quota left.
        packages_in: Vec<Name>,
        /// Other APIs of this region with quota left.
        packages_for: Vec<Name>,
        /// What is owed: nothing can be enabled or bought before it is paid.
        debt: Money,
    },
    /// Packages are used up or ended, or there never was one, and the API is enabled for packages only.
    PackageUsedUp {
        /// The API.
        api: Name,
        /// The region of the call.
        region: Name,
        /// What is owed: nothing can be enabled or bought before it is paid.
        debt: Money,
    },
    /// Pay-per-use is frozen for arrears.
    Frozen {
        /// Since when.
        since: Timestamp,
        /// When the resources are released unless the debt is paid.
        release_at: Timestamp,
        /// What is owed.
        debt: Money,
        /// The zone to tell these instants in.
        zone: Zone,
    },
    /// The resources were released for arrears.
    Released {
        /// Since when.
        since: Timestamp,
        /// What is still owed.
        debt: Money,
        /// The zone to tell the instant in.
        zone: Zone,
    },
    /// Nothing can be bought, renewed or enabled while something is owed.
    InArrears {
        /// What is owed.
        debt: Money,
    },
    /// The cash does not cover what is to be paid.
    InsufficientBalance {
        /// The price as it is listed.
        price: Money,
        /// What coupons take off it.
        coupons: Money,
        /// The cash.
        cash: Money,
    },
    /// A correction is to take more than there is.
    AdjustedBeyondCash {
        /// What is to be taken.
        wanted: Money,
        /// The cash.
        cash: Money,
    },
    /// A correction is to move nothing.
    NothingToAdjust,
    /// No package of that API has that many calls.
    UnknownPackage {
        /// The API.
        api: Name,
        /// What was asked for.
        calls: u64,
        /// What is on offer.
        offered: Vec<u64>,
    },
    /// The API is not enabled there, so it cannot be disabled.
    NothingToUnsubscribe,
    /// The month's charges would exceed a spending cap.
    SpendCapReached {
        /// The API the cap is for; none for the whole account.
        cap_of: Option<Name>,
        /// The month.
        month: Month,
        /// The cap.
        cap: Money,
        /// What the month was charged.
        spent: Money,
        /// What the calls under way may cost at most.
        held: Money,
        /// What this call may cost at most.
        at_most: Money,
        /// When the next month begins.
        renews_at: Timestamp,
        /// The zone to tell the instant in.
        zone: Zone,
    },
    /// A member's calls would exceed its quota of the month.
    MemberQuotaReached {
        /// The month.
        month: Month,
        /// The quota.
        quota: MemberQuota,
        /// What the month's calls cost beyond packages.
        spent: Money,
        /// How many units they used.
        used: u64,
        /// What this call may cost at most beyond packages.
        at_most: Money,
        /// How many units it is for.
        wanted: u64,
        /// When the next month begins.
        renews_at: Timestamp,
        /// The zone to tell the instant in.
        zone: Zone,
    },
    /// There is no such rule, so it cannot be taken away.
    NothingToRemove,
    /// No such lot.
    UnknownLot {
        /// What was asked for.
        lot: LotNo,
    },
    /// The lot was not bought, never ends, or its time for a renewal is over.
    NotRenewable {
        /// The lot.
        lot: LotNo,
    },
    /// The lot has been renewed.
    AlreadyRenewed {
        /// The lot.
        lot: LotNo,
        /// The lot that renewed it.
        by: LotNo,
    },
    /// No such order was ever made.
    UnknownOrder {
        /// What was asked for.
        order: OrderNo,
    },
    /// The order was paid, taken back, or its time is over.
    OrderNotPending {
        /// The order.
        order: OrderNo,
    },
    /// An order for another period of the package waits for its payment.
    InUnpaidOrder {
        /// The package.
        lot: LotNo,
        /// The order.
        order: OrderNo,
    },
    /// The package cannot be given back.
    NotRefundable {
        /// The package.
        lot: LotNo,
        /// Why.
        why: NotRefundable,
    },
    /// No period that has not begun follows the package.
    NothingToTakeBack {
        /// The package.
        lot: LotNo,
    },
    /// Auto-renewal begins a day to some days before the end.
    RenewalDaysOutOfRange {
        /// At most so many.
        longest: u8,
    },
    /// A coupon without worth, with an impossible scope, or over before it begins.
    InvalidCoupon,
    /// No such coupon, or it is over, used up, of the other kind, or not for this order.
    CouponNotUsable {
        /// The coupon.
        coupon: CouponNo,
    },
    /// No text, control characters in it, or too much of it.
    InvalidText {
        /// At most so many bytes.
        longest_bytes: usize,
    },
    /// There are as many as there can be.
    TooMany {
        /// How many.
        limit: u64,
    },
    /// No such top-up was asked for.
    UnknownTopUp {
        /// Its number.
        no: u64,
    },
    /// Not positive, or beyond what the books can hold.
    AmountOutOfRange,
    /// A quota that makes no sense.
    InvalidLot,
    /// What is to be given would have ended already.
    EndsInPast {
        /// When it would end.
        end: Timestamp,
        /// What time it is.
        now: Timestamp,
        /// The zone instants are told in.
        zone: Zone,
    },
    /// What is to be given would end before it begins.
    EndsBeforeBeginning {
        /// When it would begin.
        begin: Timestamp,
        /// When it would end.
        end: Timestamp,
        /// The zone instants are told in.
        zone: Zone,
    },
    /// The idempotency key was used for another request.
    KeyConflict,
    /// A setting out of its range.
    InvalidSetting {
        /// Which one, and what its range is.
        detail: String,
    },
    /// A rule for automatic top-ups whose amount is below its level, or above its limit for a month.
    InvalidTopUpRule {
        /// The rule.
        rule: AutoTopUp,
    },
    /// There is no budget of that name.
    UnknownBudget {
        /// What was asked for.
        budget: Name,
    },
    /// The hold is unknown: never made, already committed or voided, or run out.
    UnknownHold,
}

/// A domain "no".
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Why not.
    pub reason: Box<Reason>,
}

impl Refusal {
    pub(crate) fn new(reason: Reason) -> Refusal {
        Refusal { reason: Box::new(reason) }
    }

    /// The reason as one word for programs.
    pub fn word(&self) -> &'static str {
        match *self.reason {
            Reason::UnknownApi { .. } => "unknown_api",
            Reason::UnknownRegion { .. } => "unknown_region",
            Reason::NotSubscribed { .. } => "not_subscribed",
            Reason::PackageUsedUp { .. } => "package_used_up",
            Reason::Frozen { .. } => "frozen",
            Reason::Released { .. } => "released",
            Reason::InArrears { .. } => "in_arrears",
            Reason::InsufficientBalance { .. } => "insufficient_balance",
            Reason::AdjustedBeyondCash { .. } => "adjusted_beyond_cash",
            Reason::NothingToAdjust => "nothing_to_adjust",
            Reason::UnknownPackage { .. } => "unknown_package",
            Reason::NothingToUnsubscribe => "nothing_to_unsubscribe",
            Reason::SpendCapReached { .. } => "spend_cap_reached",
            Reason::MemberQuotaReached { .. } => "member_quota_reached",
            Reason::NothingToRemove => "nothing_to_remove",
            Reason::UnknownLot { .. } => "unknown_lot",
            Reason::NotRenewable { .. } => "not_renewable",
            Reason::AlreadyRenewed { .. } => "already_renewed",
            Reason::UnknownOrder { .. } => "unknown_order",
            Reason::OrderNotPending { .. } => "order_not_pending",
            Reason::InUnpaidOrder { .. } => "in_unpaid_order",
            Reason::NotRefundable { .. } => "not_refundable",
            Reason::NothingToTakeBack { .. } => "nothing_to_take_back",
            Reason::RenewalDaysOutOfRange { .. } => "renewal_days_out_of_range",
            Reason::InvalidCoupon => "invalid_coupon",
            Reason::CouponNotUsable { .. } => "coupon_not_usable",
            Reason::InvalidText { .. } => "invalid_text",
            Reason::TooMany { .. } => "too_many",
            Reason::UnknownTopUp { .. } => "unknown_top_up",
            Reason::AmountOutOfRange => "amount_out_of_range",
            Reason::InvalidLot => "invalid_lot",
            Reason::EndsInPast { .. } => "ends_in_past",
            Reason::EndsBeforeBeginning { .. } => "ends_before_beginning",
            Reason::InvalidSetting { .. } => "invalid_setting",
            Reason::InvalidTopUpRule { .. } => "invalid_top_up_rule",
            Reason::UnknownBudget { .. } => "unknown_budget",
            Reason::KeyConflict => "key_conflict",
            Reason::UnknownHold => "unknown_hold",
        }
    }
}

impl std::error::Error for Refusal {}
