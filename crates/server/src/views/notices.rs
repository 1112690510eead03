//! How notices look from outside.

use charging::{
    ArrearsCause, ArrearsReasons, LotNo, NoticeKind, Place, QuotaLeft, Standing, Timestamp, TopUpFailure,
    UsedUpThen, Zone,
};
use ledger::read::NoticeRow;
use serde_json::{Value, json};

use super::raw;

/// What is known of a notice beside its own figures.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// What the member is called that it tells of; the books have an id.
    pub member: Option<&'a str>,
    /// Why the arrears began that it tells of.
    pub reasons: Option<&'a ArrearsReasons>,
}

/// One notice.
pub fn notice(row: &NoticeRow, zone: Zone, known: Known<'_>) -> Value {
    json!({
        "no": row.no,
        "at": row.at.in_zone(zone),
        "kind": row.kind.word(),
        "category": row.kind.category().word(),
        "urgent": row.kind.is_urgent(),
        "figures": named_figures(&row.kind, zone, known),
    })
}

/// The figures of a notice, by name, with what is known beside them.
pub fn named_figures(kind: &NoticeKind, zone: Zone, known: Known<'_>) -> Value {
    let mut figures = figures(kind, zone);
    if kind.member().is_some()
        && let Some(member) = known.member
    {
        figures["member"] = member.into();
    }
    if let Some(reasons) = known.reasons {
        figures["reasons"] = reasons.causes.iter().map(|of| cause(of, zone)).collect();
        figures["corrected"] = reasons.corrected.is_positive().then(|| raw(reasons.corrected)).into();
    }
    figures
}

fn cause(of: &ArrearsCause, zone: Zone) -> Value {
    json!({
        "reason": of.cause.word(),
        "api": of.called.api,
        "region": of.called.region,
        "calls": of.units,
        "amount": raw(of.amount),
        "debt": raw(of.debt),
        "packages": of.packages.iter().map(place).collect::<Vec<_>>(),
        "enterprise_projects": of.enterprise_projects,
        "ended_at": of.ended_at.map(|at| at.in_zone(zone)),
        "effective_at": of.effective_at.map(|at| at.in_zone(zone)),
    })
}

/// The figures of a notice, by name.
pub fn figures(kind: &NoticeKind, zone: Zone) -> Value {
    let at = |instant: &Timestamp| instant.in_zone(zone);
    match kind {
        NoticeKind::ArrearsEntered { debt } => json!({ "debt": raw(debt) }),
        NoticeKind::GraceEntered { debt, until, release_at } => {
            json!({ "debt": raw(debt), "until": at(until), "release_at": at(release_at) })
        }
        NoticeKind::GraceEnds { days, until, debt } => {
            json!({ "days": days, "until": at(until), "debt": raw(debt) })
        }
        NoticeKind::Frozen { since, release_at, debt } => {
            json!({ "since": at(since), "release_at": at(release_at), "debt": raw(debt) })
        }
        NoticeKind::ReleaseNear { days, release_at, debt } => {
            json!({ "days": days, "release_at": at(release_at), "debt": raw(debt) })
        }
        NoticeKind::Released { since, debt, deleted, rule } => {
            let deleted: Vec<Value> = deleted.iter().map(place).collect();
            json!({ "since": at(since), "debt": raw(debt), "deleted": deleted, "rule": rule })
        }
        NoticeKind::Restored { from, debt_paid } => {
            // Out of a release it was paid before, by whatever came since.
            let debt_paid = (!matches!(from, Standing::Released { .. })).then(|| raw(debt_paid));
            json!({ "from": from.word(), "from_since": at(&from.since()), "debt_paid": debt_paid })
        }
        NoticeKind::BalanceLow { available, threshold } => {
            json!({ "available": raw(available), "threshold": raw(threshold) })
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
        } => json!({
            "available": raw(available), "burn_per_day": raw(burn_per_day), "empty_at": at(empty_at),
            "threshold_hours": threshold_hours, "today": raw(today), "last_days": last_days.iter().map(raw).collect::<Vec<_>>(),
            "asked_hours": asked_hours, "pace": pace.word(), "day": at(day)[..10],
        }),
        NoticeKind::PackageLow { lot, api, region, left, granted, threshold } => json!({
            "lot": lot, "api": api, "region": region, "left": left, "granted": granted, "threshold": threshold,
        }),
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
            let (then, next_lot) = after(then);
            json!({
                "days": days, "lot": lot, "api": api, "region": region, "left": left,
                "expires_at": at(expires_at), "then": then, "next_lot": next_lot,
                "next_attempt_at": next_attempt_at.as_ref().map(at), "is_renewable": is_renewable,
            })
        }
        NoticeKind::PackageUsedUp { lot, api, region, then, pay_per_use_until } => {
            let (then, next_lot) = after(then);
            json!({
                "lot": lot, "api": api, "region": region, "then": then, "next_lot": next_lot,
                "pay_per_use_until": pay_per_use_until.as_ref().map(at),
            })
        }
        NoticeKind::PayPerUseInstead { api, region, elsewhere } => {
            let elsewhere: Vec<Value> = elsewhere.iter().map(quota).collect();
            json!({ "api": api, "region": region, "elsewhere": elsewhere })
        }
        NoticeKind::BillReady { month, total, paid, debt, outstanding } => {
            json!({
                "month": month, "total": raw(total), "paid": raw(paid), "debt": raw(debt),
                "outstanding": raw(outstanding),
            })
        }
        NoticeKind::BudgetExceeded { budget, month, percent, spent, amount } => {
            json!({ "budget": budget, "month": month, "percent": percent, "spent": raw(spent), "amount": raw(amount) })
        }
        NoticeKind::BudgetForecast { budget, month, forecast, amount } => {
            json!({ "budget": budget, "month": month, "forecast": raw(forecast), "amount": raw(amount) })
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
            let (then, next_lot) = after(then);
            json!({
                "lot": lot, "api": api, "region": region, "obstacle": obstacle.word(),
                "price": price.as_ref().map(raw), "cash": raw(cash),
                "next_attempt_at": next_attempt_at.as_ref().map(at), "left": left,
                "expires_at": at(expires_at), "then": then, "next_lot": next_lot,
            })
        }
        NoticeKind::Renewed { lot, new_lot, api, region, price, is_automatic, next_attempt_at } => json!({
            "lot": lot, "new_lot": new_lot, "api": api, "region": region, "price": raw(price),
            "is_automatic": is_automatic, "next_attempt_at": next_attempt_at.as_ref().map(at),
        }),
        NoticeKind::SpendCapReached { api, month, cap, spent } => {
            json!({ "api": api, "month": month, "cap": raw(cap), "spent": raw(spent) })
        }
        NoticeKind::MemberQuotaNear { member, month, quota, spent, used }
        | NoticeKind::MemberQuotaReached { member, month, quota, spent, used } => json!({
            "member": member, "month": month, "amount": quota.amount.map(raw), "calls": quota.units,
            "spent": raw(spent), "used": used,
        }),
        NoticeKind::TopUpFailed { rule, amount, why, retry_at } => {
            let (detail, limit, most) = match why {
                TopUpFailure::Declined { detail } => (Some(detail), None, None),
                TopUpFailure::MonthlyLimit { limit } => (None, Some(raw(limit)), None),
                TopUpFailure::TimesInMonth { most } => (None, None, Some(most)),
                TopUpFailure::BooksFull => (None, None, None),
            };
            json!({
                "rule": rule, "amount": raw(amount), "failure": why.word(), "detail": detail, "limit": limit,
                "most": most, "retry_at": retry_at.as_ref().map(at),
            })
        }
        NoticeKind::TopUpUnanswered { no, amount, requested_at } => {
            json!({ "request": no, "amount": raw(amount), "requested_at": at(requested_at) })
        }
    }
}

/// What meets the calls after a package, and which one is next if that is another.
fn after(then: &UsedUpThen) -> (&'static str, Option<LotNo>) {
    match then {
        UsedUpThen::NextLot { lot } => ("next_lot", Some(*lot)),
        UsedUpThen::PayPerUse => ("pay_per_use", None),
        UsedUpThen::Refused => ("refused", None),
    }
}

fn place(place: &Place) -> Value {
    json!({ "api": place.api, "region": place.region })
}

fn quota(quota: &QuotaLeft) -> Value {
    json!({ "api": quota.api, "region": quota.region, "left": quota.left })
}
