//! A refusal in sentences: what stands in the way, and what to do about it.

use std::fmt;

use super::{NotRefundable, Reason, Refusal};
use crate::orders::LOT_UNITS_LIMIT;
use crate::{AUTO_TOP_UPS_A_MONTH, AutoTopUp, Money, Name};

impl Refusal {
    /// What to do about it, in a sentence.
    pub fn cure(&self) -> String {
        match &*self.reason {
            Reason::UnknownApi { api } => format!("Check the spelling: {api} is not in the catalog."),
            Reason::UnknownRegion { region } => {
                format!("Use a region of the catalog; {region} is none. Packages bought there stay.")
            }
            Reason::NotSubscribed { api, region, packages_in, packages_for, debt } => {
                let mut cure =
                    after_paying(*debt, &format!("enable {api} in {region}, or buy a package for it there."));
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
            Reason::PackageUsedUp { api, region, debt } => after_paying(
                *debt,
                &format!("buy a package for {api} in {region}, or enable pay-per-use for it."),
            ),
            Reason::Frozen { debt, release_at, zone, .. } => format!(
                "Top up at least {debt} before {}; service resumes at once. Packages with quota left keep working.",
                release_at.in_zone(*zone)
            ),
            Reason::Released { debt, .. } => after_paying(*debt, "enable the API again."),
            Reason::InArrears { debt } => format!("Top up at least {debt} first."),
            Reason::InsufficientBalance { price, coupons, cash } => {
                format!("Top up at least {} first.", *price - *coupons - *cash)
            }
            Reason::AdjustedBeyondCash { cash, .. } if !cash.is_positive() => {
                "There is nothing to take: a correction never makes a debt.".into()
            }
            Reason::AdjustedBeyondCash { cash, .. } => {
                format!("Take {cash} or less: a correction never makes a debt.")
            }
            Reason::NothingToAdjust => {
                "Give an amount above zero to add to the balance, or one below zero to take from it.".into()
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
            Reason::AmountOutOfRange => {
                format!("Use an amount above zero, or zero where nothing is meant by it, of at most {}.", Money::LIMIT)
            }
            Reason::InvalidLot => format!("Give a number of calls from 1 to {LOT_UNITS_LIMIT}."),
            Reason::EndsInPast { now, zone, .. } => {
                format!("Give an end after {}: that is the time now.", now.in_zone(*zone))
            }
            Reason::EndsBeforeBeginning { .. } => "Give an end after the beginning.".into(),
            Reason::KeyConflict => "Use a new key for a new request; repeat the old one unchanged.".into(),
            Reason::InvalidSetting { .. } => "Choose a value within the range.".into(),
            Reason::InvalidTopUpRule { .. } => format!(
                "Use an amount of at least the level, and a monthly limit of at least the amount. At most {AUTO_TOP_UPS_A_MONTH} top-ups are asked for in a month."
            ),
            Reason::UnknownBudget { .. } => "List the budgets to see their names.".into(),
            Reason::UnknownHold => "Authorise again.".into(),
        }
    }
}

/// What can be done once the debt is paid, if there is one.
fn after_paying(debt: Money, what: &str) -> String {
    if debt.is_positive() {
        return format!("Top up at least {debt}, then {what}");
    }
    let mut letters = what.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
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
            Reason::PackageUsedUp { api, region, .. } => {
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
            Reason::AdjustedBeyondCash { wanted, cash } => {
                write!(f, "{wanted} is to be taken from the balance, which is {cash}")
            }
            Reason::NothingToAdjust => write!(f, "a correction of nothing is none"),
            Reason::UnknownPackage { api, calls, .. } => {
                write!(f, "there is no package of {calls} calls for {api}")
            }
            Reason::NothingToUnsubscribe => write!(f, "the API is not enabled there"),
            Reason::SpendCapReached { cap_of, month, cap, spent, held, at_most, .. } => {
                let of = cap_of.as_ref().map_or("the account".to_owned(), |api| api.to_string());
                write!(f, "the spending cap of {of} for {month} is {cap}: {spent} is spent")?;
                if held.is_positive() {
                    write!(f, ", calls under way may cost {held}")?;
                }
                write!(f, ", and this call may cost {at_most}")
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
            Reason::AmountOutOfRange => write!(f, "the amount is out of range"),
            Reason::InvalidLot => write!(f, "a lot has 1 to {LOT_UNITS_LIMIT} units"),
            Reason::EndsInPast { end, zone, .. } => {
                write!(f, "its end, {}, is past", end.in_zone(*zone))
            }
            Reason::EndsBeforeBeginning { begin, end, zone } => {
                let (begin, end) = (begin.in_zone(*zone), end.in_zone(*zone));
                write!(f, "it would end at {end} and begin only at {begin}")
            }
            Reason::InvalidSetting { detail } => f.write_str(detail),
            Reason::InvalidTopUpRule { rule: AutoTopUp { below, amount, .. } } if amount < below => {
                write!(f, "the amount, {amount}, is less than the level it is to hold, {below}")
            }
            Reason::InvalidTopUpRule { rule: AutoTopUp { amount, monthly_limit, .. } } => {
                let limit = monthly_limit.unwrap_or_default();
                write!(f, "the monthly limit, {limit}, is less than the amount, {amount}")
            }
            Reason::UnknownBudget { budget } => write!(f, "there is no budget {budget}"),
            Reason::KeyConflict => write!(f, "the key was used for another request"),
            Reason::UnknownHold => write!(f, "the authorisation has run out or is not known"),
        }
    }
}
