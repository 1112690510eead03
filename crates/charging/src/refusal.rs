//! A refusal: a domain "no", with a reason a program can read and a cure a person can follow.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::orders::LOT_UNITS_LIMIT;
use crate::{CouponNo, LotNo, MemberQuota, Money, Month, Name, OrderNo, Timestamp, Zone};

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
    },
    /// Packages are used up or ended, and the API is enabled for packages only.
    PackageUsedUp {
        /// The API.
        api: Name,
        /// The region of the call.
        region: Name,
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
            Reason::UnknownBudget { .. } => "unknown_budget",
            Reason::KeyConflict => "key_conflict",
            Reason::UnknownHold => "unknown_hold",
        }
    }

    /// What to do about it, in a sentence.
    pub fn cure(&self) -> String {
        match &*self.reason {
            Reason::UnknownApi { api } => format!("Check the spelling: {api} is not in the catalog."),
            Reason::UnknownRegion { region } => {
                format!("Use a region of the catalog; {region} is none. Packages bought there stay.")
            }
            Reason::NotSubscribed { api, region, packages_in, packages_for } => {
                let mut cure = format!("Enable {api} in {region}, or buy a package for it there.");
                if !packages_in.is_empty() {
                    let regions = join(packages_in);
                    cure += &format!(
                        " You have {api} packages in {regions}: a package works in its own region only."
                    );
                }
                if !packages_for.is_empty() {
                    let apis = join(packages_for);
                    cure +=
                        &format!(" You have packages for {apis} here: a package works for its own API only.");
                }
                cure
            }
            Reason::PackageUsedUp { api, region } => {
                format!("Buy a package for {api} in {region}, or enable pay-per-use for it.")
            }
            Reason::Frozen { debt, release_at, zone, .. } => format!(
                "Top up at least {debt} before {}; service resumes at once. Packages with quota left keep working.",
                release_at.in_zone(*zone)
            ),
            Reason::Released { debt, .. } if debt.is_positive() => {
                format!("Top up at least {debt}, then enable the API again.")
            }
            Reason::Released { .. } => "Enable the API again.".into(),
            Reason::InArrears { debt } => format!("Top up at least {debt} first."),
            Reason::InsufficientBalance { price, coupons, cash } => {
                format!("Top up at least {} first.", *price - *coupons - *cash)
            }
            Reason::UnknownPackage { offered, .. } if offered.is_empty() => {
                "There are no packages for this API; use pay-per-use.".into()
            }
            Reason::UnknownPackage { offered, .. } => {
                let sizes: Vec<String> = offered.iter().map(u64::to_string).collect();
                format!("Choose one of: {} calls.", sizes.join(", "))
            }
            Reason::NothingToUnsubscribe => "It is not enabled; nothing needs to be done.".into(),
            Reason::SpendCapReached { cap, spent, at_most, .. } if *spent + *at_most <= *cap => {
                "Try again when the calls under way are done: what they may cost is kept back. Or raise the spending cap."
                    .into()
            }
            Reason::SpendCapReached { renews_at, zone, .. } => format!(
                "Raise the spending cap, or wait until {}. Packages with quota left keep working.",
                renews_at.in_zone(*zone)
            ),
            Reason::MemberQuotaReached { renews_at, zone, .. } => {
                format!("Ask the master account for a larger quota, or wait until {}.", renews_at.in_zone(*zone))
            }
            Reason::NothingToRemove => "It is not there; nothing needs to be done.".into(),
            Reason::UnknownLot { .. } => "Use the number of one of the account's packages.".into(),
            Reason::NotRenewable { .. } => "Buy a new package instead.".into(),
            Reason::AlreadyRenewed { by, .. } => format!("Renew lot {} instead, if another period is wanted.", by.0),
            Reason::UnknownOrder { .. } => "Use the number of one of the account's orders.".into(),
            Reason::OrderNotPending { .. } => "Make a new order.".into(),
            Reason::InUnpaidOrder { order, .. } => format!("Pay order {}, or cancel it.", order.0),
            Reason::NotRefundable { why, .. } => match why {
                NotRefundable::InEffect => {
                    "Take back periods that have not begun, or switch auto-renewal off.".into()
                }
                NotRefundable::CallsUnderWay => "Wait until they have ended.".into(),
                NotRefundable::NotBought | NotRefundable::Ended => "Nothing needs to be done.".into(),
            },
            Reason::NothingToTakeBack { .. } => "Nothing needs to be done.".into(),
            Reason::RenewalDaysOutOfRange { longest } => format!("Use 1 to {longest} days."),
            Reason::InvalidCoupon => {
                "Give an amount above zero or a percentage of 1 to 100, and not too long a list of what it is for."
                    .into()
            }
            Reason::CouponNotUsable { .. } => "Choose another coupon, or none.".into(),
            Reason::InvalidText { longest_bytes } => {
                format!("Write one line of 1 to {longest_bytes} bytes.")
            }
            Reason::TooMany { .. } => "Wait until some of them are over.".into(),
            Reason::UnknownTopUp { .. } => "Use the number of a top-up that was asked for.".into(),
            Reason::AmountOutOfRange => "Use an amount above zero and within the limit of the books.".into(),
            Reason::InvalidLot => format!("Give a number of calls from 1 to {LOT_UNITS_LIMIT}."),
            Reason::EndsInPast { now, zone, .. } => {
                format!("Give an end after {}: that is the time now.", now.in_zone(*zone))
            }
            Reason::EndsBeforeBeginning { .. } => "Give an end after the beginning.".into(),
            Reason::KeyConflict => "Use a new key for a new request; repeat the old one unchanged.".into(),
            Reason::InvalidSetting { .. } => "Choose a value within the range.".into(),
            Reason::UnknownBudget { .. } => "List the budgets to see their names.".into(),
            Reason::UnknownHold => "Authorise again.".into(),
        }
    }
}

fn join(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.reason {
            Reason::UnknownApi { api } => write!(f, "there is no API {api}"),
            Reason::UnknownRegion { region } => write!(f, "there is no region {region}"),
            Reason::NotSubscribed { api, region, .. } => write!(f, "{api} is not enabled in {region}"),
            Reason::PackageUsedUp { api, region } => {
                write!(
                    f,
                    "no package for {api} in {region} has quota left, and it is enabled for packages only"
                )
            }
            Reason::Frozen { since, debt, zone, .. } => {
                write!(f, "pay-per-use is frozen since {}: {debt} is owed", since.in_zone(*zone))
            }
            Reason::Released { since, zone, .. } => {
                write!(f, "the account's resources were released at {}", since.in_zone(*zone))
            }
            Reason::InArrears { debt } => write!(f, "the account is in arrears: {debt} is owed"),
            Reason::InsufficientBalance { price, coupons, cash } if coupons.is_positive() => {
                let to_pay = *price - *coupons;
                write!(
                    f,
                    "the price is {price}, coupons take off {coupons}, so {to_pay} is to be paid, and the balance is {cash}"
                )
            }
            Reason::InsufficientBalance { price, cash, .. } => {
                write!(f, "the price is {price} and the balance {cash}")
            }
            Reason::UnknownPackage { api, calls, .. } => {
                write!(f, "there is no package of {calls} calls for {api}")
            }
            Reason::NothingToUnsubscribe => write!(f, "the API is not enabled there"),
            Reason::SpendCapReached { cap_of, month, cap, spent, held, .. } => {
                let of = cap_of.as_ref().map_or("the account".to_owned(), |api| api.to_string());
                write!(f, "the spending cap of {of} for {month} is {cap}: {spent} is spent")?;
                if held.is_positive() { write!(f, ", calls under way may cost {held}") } else { Ok(()) }
            }
            Reason::MemberQuotaReached { month, quota, spent, used, .. } => {
                write!(f, "the member's quota for {month} is ")?;
                match (quota.amount, quota.units) {
                    (Some(amount), Some(units)) => write!(f, "{amount} and {units} units")?,
                    (Some(amount), None) => write!(f, "{amount}")?,
                    (None, units) => write!(f, "{} units", units.unwrap_or_default())?,
                }
                write!(f, ": {spent} is spent and {used} units are used")
            }
            Reason::NothingToRemove => write!(f, "there is no such rule"),
            Reason::UnknownLot { lot } => write!(f, "there is no lot {}", lot.0),
            Reason::NotRenewable { lot } => write!(f, "lot {} cannot be renewed", lot.0),
            Reason::AlreadyRenewed { lot, by } => {
                write!(f, "lot {} was renewed already, by lot {}", lot.0, by.0)
            }
            Reason::UnknownOrder { order } => write!(f, "there is no order {}", order.0),
            Reason::OrderNotPending { order } => {
                write!(f, "order {} does not wait for its payment any more", order.0)
            }
            Reason::InUnpaidOrder { lot, order } => {
                write!(f, "lot {} is in order {}, which is not paid", lot.0, order.0)
            }
            Reason::NotRefundable { lot, why } => {
                let why = match why {
                    NotRefundable::NotBought => "it was not bought",
                    NotRefundable::Ended => "nothing is left of it",
                    NotRefundable::InEffect => "it is in effect",
                    NotRefundable::CallsUnderWay => "calls under way are met by it",
                };
                write!(f, "lot {} cannot be given back: {why}", lot.0)
            }
            Reason::NothingToTakeBack { lot } => {
                write!(f, "no period that has not begun follows lot {}", lot.0)
            }
            Reason::RenewalDaysOutOfRange { longest } => {
                write!(f, "auto-renewal begins 1 to {longest} days before the end")
            }
            Reason::InvalidCoupon => {
                write!(f, "a coupon is worth nothing, or is for more APIs or regions than it can name")
            }
            Reason::CouponNotUsable { coupon } => {
                write!(f, "coupon {} cannot be used for this order now", coupon.0)
            }
            Reason::InvalidText { .. } => write!(f, "the text is empty, too long, or has control characters"),
            Reason::TooMany { limit } => {
                write!(f, "there are {limit} already, which is the most there can be")
            }
            Reason::UnknownTopUp { no } => write!(f, "top-up {no} was never asked for"),
            Reason::AmountOutOfRange => write!(f, "the amount is not positive, or too large"),
            Reason::InvalidLot => write!(f, "a lot has 1 to {LOT_UNITS_LIMIT} units"),
            Reason::EndsInPast { end, zone, .. } => {
                write!(f, "its end, {}, is past", end.in_zone(*zone))
            }
            Reason::EndsBeforeBeginning { begin, end, zone } => {
                let (begin, end) = (begin.in_zone(*zone), end.in_zone(*zone));
                write!(f, "it would end at {end} and begin only at {begin}")
            }
            Reason::InvalidSetting { detail } => f.write_str(detail),
            Reason::UnknownBudget { budget } => write!(f, "there is no budget {budget}"),
            Reason::KeyConflict => write!(f, "the key was used for another request"),
            Reason::UnknownHold => write!(f, "the authorisation has run out or is not known"),
        }
    }
}

impl std::error::Error for Refusal {}
