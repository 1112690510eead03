//! Notices in words.

use charging::{Notice, NoticeKind, Place, QuotaLeft, TopUpFailure, UsedUpThen};

use super::words::text;

/// What an account is told, in one line.
pub fn sentence(notice: &Notice) -> String {
    format!("notice {} ({}): {}", notice.no, notice.kind.word(), told(&notice.kind))
}

fn told(kind: &NoticeKind) -> String {
    match kind {
        NoticeKind::ArrearsEntered { debt } => format!("{debt} is owed"),
        NoticeKind::GraceEntered { debt, until, release_at } => {
            format!("{debt} is owed; grace until {}, release at {}", text(*until), text(*release_at))
        }
        NoticeKind::GraceEnds { days, until, debt } => {
            format!("grace ends in {}, at {}; {debt} is owed", in_days(*days), text(*until))
        }
        NoticeKind::Frozen { since, release_at, debt } => {
            format!("frozen since {}, release at {}; {debt} is owed", text(*since), text(*release_at))
        }
        NoticeKind::ReleaseNear { days, release_at, debt } => {
            format!("release in {}, at {}; {debt} is owed", in_days(*days), text(*release_at))
        }
        NoticeKind::Released { since, debt, deleted, rule } => {
            let deleted: Vec<String> = deleted.iter().map(place).collect();
            format!(
                "released at {}, {debt} is owed; deleted: {}; by {} days of grace and {} of retention for {}",
                text(*since),
                if deleted.is_empty() { "nothing".into() } else { deleted.join(", ") },
                rule.grace_days,
                rule.retention_days,
                rule.tier,
            )
        }
        NoticeKind::Restored { from, debt_paid } => {
            format!("back from {}; {debt_paid} of debt was paid", from.word())
        }
        NoticeKind::BalanceLow { available, threshold } => {
            format!("{available} is available, with coupons for anything: less than {threshold}")
        }
        NoticeKind::BalanceSoonEmpty {
            available,
            burn_per_day,
            empty_at,
            threshold_hours,
            today,
            last_days,
            asked_hours,
            pace,
            day,
        } => format!(
            "{available} is available, {burn_per_day} is spent a day ({}): empty at {}, within {threshold_hours} of \
             {asked_hours} hours ({} {today}, before {last_days:?})",
            pace.word(),
            text(*empty_at),
            &text(*day)[..10],
        ),
        NoticeKind::PackageLow { lot, api, region, left, granted, threshold } => format!(
            "lot {} of {api} in {region}: {left} of {granted} calls left, threshold {threshold}",
            lot.0 + 1
        ),
        NoticeKind::PackageExpires {
            days,
            lot,
            api,
            region,
            left,
            expires_at,
            then,
            next_attempt_at,
            is_renewable,
        } => {
            let again =
                next_attempt_at.map_or(String::new(), |at| format!("; renewal again at {}", text(at)));
            let never = if *is_renewable { "" } else { "; it cannot be renewed" };
            format!(
                "lot {} of {api} in {region} expires in {}, at {}, with {left} calls left; {}{again}{never}",
                lot.0 + 1,
                in_days(*days),
                text(*expires_at),
                after_end(then)
            )
        }
        NoticeKind::PackageUsedUp { lot, api, region, then, pay_per_use_until } => {
            let then = match then {
                UsedUpThen::NextLot { lot } => format!("lot {} comes next", lot.0 + 1),
                UsedUpThen::PayPerUse => match pay_per_use_until {
                    Some(until) => format!("pay-per-use comes next, until {}", text(*until)),
                    None => "pay-per-use comes next".into(),
                },
                UsedUpThen::Refused => "calls are refused from now on".into(),
            };
            format!("lot {} of {api} in {region} is used up; {then}", lot.0 + 1)
        }
        NoticeKind::PayPerUseInstead { api, region, elsewhere } => {
            let elsewhere: Vec<String> = elsewhere.iter().map(quota).collect();
            format!("{api} in {region} is paid per use, but there is quota: {}", elsewhere.join(", "))
        }
        NoticeKind::BillReady { month, total, paid, debt, outstanding } => {
            let owed = match debt.is_zero() {
                true => String::new(),
                false => format!(", of which {outstanding} is still owed"),
            };
            format!("the bill of {month}: {total}, paid {paid}, left as debt {debt}{owed}")
        }
        NoticeKind::BudgetExceeded { budget, month, percent, spent, amount } => {
            format!("budget {budget} in {month}: {spent} of {amount} is spent, {percent} % or more")
        }
        NoticeKind::BudgetForecast { budget, month, forecast, amount } => {
            format!("budget {budget}: {month} will come to {forecast}, more than {amount}")
        }
        NoticeKind::RenewalFailed {
            lot,
            api,
            region,
            obstacle,
            price,
            cash,
            next_attempt_at,
            left,
            expires_at,
            then,
        } => {
            let next =
                next_attempt_at.map_or("not tried again".into(), |at| format!("again at {}", text(at)));
            let price = price.map_or(String::new(), |price| format!(" for {price}"));
            format!(
                "lot {} of {api} in {region} was not renewed{price} ({}): {cash} in cash; {next}; it ends at {} with \
                 {left} calls left; {}",
                lot.0 + 1,
                obstacle.word(),
                text(*expires_at),
                after_end(then)
            )
        }
        NoticeKind::Renewed { lot, new_lot, api, region, price, is_automatic, next_attempt_at } => {
            let how = if *is_automatic { "by itself" } else { "by hand" };
            let again =
                next_attempt_at.map_or(String::new(), |at| format!(", which is renewed at {}", text(at)));
            let (lot, new) = (lot.0 + 1, new_lot.0 + 1);
            format!("lot {lot} of {api} in {region} was renewed {how} for {price} by lot {new}{again}")
        }
        NoticeKind::SpendCapReached { api, month, cap, spent } => {
            format!("the cap of {cap} for {api} in {month} is reached: {spent} is spent")
        }
        NoticeKind::TopUpFailed { rule, amount, why, retry_at } => {
            let why = match why {
                TopUpFailure::Declined { detail } => format!("declined: {detail}"),
                TopUpFailure::MonthlyLimit { limit } => format!("no more than {limit} in a month"),
                TopUpFailure::TimesInMonth { most } => format!("no more than {most} times in a month"),
                TopUpFailure::BooksFull => "the books are full".into(),
            };
            let again = retry_at.map_or("not asked again".into(), |at| format!("again at {}", text(at)));
            format!("{rule}: {amount} did not come ({why}); {again}")
        }
        NoticeKind::MemberQuotaNear { member, month, spent, used, .. } => {
            format!("{member} has used most of its quota of {month}: {spent} and {used} units")
        }
        NoticeKind::MemberQuotaReached { member, month, spent, used, .. } => {
            format!("{member} has used up its quota of {month}: {spent} and {used} units")
        }
        NoticeKind::TopUpUnanswered { no, amount, requested_at } => {
            format!("top-up {no} of {amount}, asked for {}, has no answer", text(*requested_at))
        }
    }
}

fn after_end(then: &UsedUpThen) -> String {
    match then {
        UsedUpThen::NextLot { lot } => format!("then lot {}", lot.0 + 1),
        UsedUpThen::PayPerUse => "then pay-per-use".into(),
        UsedUpThen::Refused => "then calls are refused".into(),
    }
}

fn in_days(days: u8) -> String {
    if days == 1 { "1 day".into() } else { format!("{days} days") }
}

fn place(place: &Place) -> String {
    format!("{} in {}", place.api, place.region)
}

fn quota(quota: &QuotaLeft) -> String {
    format!("{} of {} in {}", quota.left, quota.api, quota.region)
}
