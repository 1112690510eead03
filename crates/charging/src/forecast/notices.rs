//! What a notice will say, in one sentence. The messages that really go out are the outbox's.

use crate::wording::{amount, calls, grouped, when};
use crate::{Account, Money, NoticeKind, Standing};

impl Account {
    /// What the customer is told then.
    pub(super) fn notice_text(&self, kind: &NoticeKind, currency: &str) -> String {
        let (amount, at) = (|money: Money| amount(money, currency), |at| when(at, self.zone));
        let told = match kind {
            NoticeKind::ArrearsEntered { debt } => {
                format!("the account is in arrears, {} is owed", amount(*debt))
            }
            NoticeKind::GraceEntered { until, .. } => format!("grace lasts until {}", at(*until)),
            NoticeKind::GraceEnds { days, until, debt } => {
                format!("grace ends in {}, at {}, with {} owed", in_days(*days), at(*until), amount(*debt))
            }
            NoticeKind::Frozen { debt, .. } => format!("pay-per-use is frozen, {} is owed", amount(*debt)),
            NoticeKind::ReleaseNear { days, release_at, debt } => {
                format!(
                    "the release is in {}, at {}, with {} owed",
                    in_days(*days),
                    at(*release_at),
                    amount(*debt)
                )
            }
            NoticeKind::Released { deleted, .. } if deleted.is_empty() => "the account was released".into(),
            NoticeKind::Released { deleted, .. } => {
                let deleted = deleted.iter().map(|place| format!("{} in {}", place.api, place.region));
                format!("the account was released, and lost {}", crate::wording::list(deleted))
            }
            NoticeKind::Restored { from: Standing::Released { .. }, .. } => "service is restored".into(),
            NoticeKind::Restored { debt_paid, .. } => {
                format!("{} is paid and service restored", amount(*debt_paid))
            }
            NoticeKind::BalanceLow { available, threshold } => {
                format!(
                    "{} is available, with coupons for anything: less than {}",
                    amount(*available),
                    amount(*threshold)
                )
            }
            NoticeKind::BalanceSoonEmpty { empty_at, .. } => {
                format!("the balance is empty at {} if spending goes on", at(*empty_at))
            }
            NoticeKind::PackageLow { api, region, left, granted, .. } => {
                format!("{} of {} are left of {api} in {region}", grouped(*left), calls(*granted))
            }
            NoticeKind::PackageExpires { days, api, region, left, .. } => {
                format!("{} of {api} in {region} expire in {}", calls(*left), in_days(*days))
            }
            NoticeKind::PackageUsedUp { api, region, pay_per_use_until: Some(until), .. } => {
                let until = at(*until);
                format!(
                    "a package of {api} in {region} is used up; calls are charged until {until}, and then refused"
                )
            }
            NoticeKind::PackageUsedUp { api, region, .. } => {
                format!("a package of {api} in {region} is used up")
            }
            NoticeKind::PayPerUseInstead { api, region, .. } => {
                format!("calls of {api} in {region} are charged while quota is left elsewhere")
            }
            NoticeKind::BillReady { month, total, .. } => {
                format!("the bill of {month} is ready, {}", amount(*total))
            }
            NoticeKind::BudgetExceeded { budget, percent, spent, .. } => {
                format!("{percent} % of the budget {budget} are spent, {}", amount(*spent))
            }
            NoticeKind::BudgetForecast { budget, forecast, .. } => {
                format!("the budget {budget} will be exceeded with {}", amount(*forecast))
            }
            NoticeKind::RenewalFailed { api, region, price: None, expires_at, .. } => format!(
                "a package of {api} in {region}, which ends at {}, could not be renewed: it is not on offer any more",
                at(*expires_at)
            ),
            NoticeKind::RenewalFailed { api, region, price: Some(price), cash, expires_at, .. } => format!(
                "a package of {api} in {region}, which ends at {}, could not be renewed for {}, with {} in cash",
                at(*expires_at),
                amount(*price),
                amount(*cash)
            ),
            NoticeKind::Renewed { api, region, price, .. } => {
                format!("a package of {api} in {region} was renewed for {}", amount(*price))
            }
            NoticeKind::SpendCapReached { api, cap, .. } => {
                format!("the spending cap of {} for {api} is reached", amount(*cap))
            }
            NoticeKind::TopUpFailed { amount: money, .. } => {
                format!("{} could not be topped up", amount(*money))
            }
            NoticeKind::MemberQuotaNear { member, .. } => {
                format!("most of the quota of member {member} is used")
            }
            NoticeKind::MemberQuotaReached { member, .. } => {
                format!("the quota of member {member} is used up")
            }
            NoticeKind::TopUpUnanswered { amount: money, requested_at, .. } => {
                format!("the request of {} for {} has no answer", at(*requested_at), amount(*money))
            }
        };
        format!("Notice: {told}.")
    }
}

fn in_days(days: u8) -> String {
    if days == 1 { "a day".into() } else { format!("{days} days") }
}
