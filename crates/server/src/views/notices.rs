//! How notices look from outside: money as decimal text, instants in the account's zone.

use charging::{NoticeKind, Place, QuotaLeft, Timestamp, UsedUpThen, Zone};
use ledger::read::NoticeRow;
use serde_json::{Value, json};

/// One notice.
pub fn notice(row: &NoticeRow, zone: Zone) -> Value {
    json!({
        "no": row.no,
        "at": row.at.in_zone(zone),
        "kind": row.kind.word(),
        "category": row.kind.category().word(),
        "urgent": row.kind.is_urgent(),
        "figures": figures(&row.kind, zone),
    })
}

/// The figures of a notice, by name.
pub fn figures(kind: &NoticeKind, zone: Zone) -> Value {
    let at = |instant: &Timestamp| instant.in_zone(zone);
    match kind {
        NoticeKind::ArrearsEntered { debt } => json!({ "debt": debt }),
        NoticeKind::GraceEntered { debt, until, release_at } => {
            json!({ "debt": debt, "until": at(until), "release_at": at(release_at) })
        }
        NoticeKind::GraceEnds { days, until, debt } => {
            json!({ "days": days, "until": at(until), "debt": debt })
        }
        NoticeKind::Frozen { since, release_at, debt } => {
            json!({ "since": at(since), "release_at": at(release_at), "debt": debt })
        }
        NoticeKind::ReleaseNear { days, release_at, debt } => {
            json!({ "days": days, "release_at": at(release_at), "debt": debt })
        }
        NoticeKind::Released { since, debt, deleted, rule } => {
            let deleted: Vec<Value> = deleted.iter().map(place).collect();
            json!({ "since": at(since), "debt": debt, "deleted": deleted, "rule": rule })
        }
        NoticeKind::Restored { from, debt_paid } => {
            json!({ "from": from.word(), "from_since": at(&from.since()), "debt_paid": debt_paid })
        }
        NoticeKind::BalanceLow { available, threshold } => {
            json!({ "available": available, "threshold": threshold })
        }
        NoticeKind::BalanceSoonEmpty {
            available,
            burn_per_day,
            empty_at,
            threshold_hours,
            today,
            last_days,
        } => json!({
            "available": available, "burn_per_day": burn_per_day, "empty_at": at(empty_at),
            "threshold_hours": threshold_hours, "today": today, "last_days": last_days,
        }),
        NoticeKind::PackageLow { lot, api, region, left, granted, threshold } => json!({
            "lot": lot, "api": api, "region": region, "left": left, "granted": granted, "threshold": threshold,
        }),
        NoticeKind::PackageExpires { days, lot, api, region, left, expires_at } => json!({
            "days": days, "lot": lot, "api": api, "region": region, "left": left, "expires_at": at(expires_at),
        }),
        NoticeKind::PackageUsedUp { lot, api, region, then } => {
            let (then, next_lot) = match then {
                UsedUpThen::NextLot { lot } => ("next_lot", Some(lot)),
                UsedUpThen::PayPerUse => ("pay_per_use", None),
                UsedUpThen::Refused => ("refused", None),
            };
            json!({ "lot": lot, "api": api, "region": region, "then": then, "next_lot": next_lot })
        }
        NoticeKind::PayPerUseInstead { api, region, elsewhere } => {
            let elsewhere: Vec<Value> = elsewhere.iter().map(quota).collect();
            json!({ "api": api, "region": region, "elsewhere": elsewhere })
        }
        NoticeKind::BillReady { month, total, paid, debt } => {
            json!({ "month": month, "total": total, "paid": paid, "debt": debt })
        }
        NoticeKind::BudgetExceeded { budget, month, percent, spent, amount } => {
            json!({ "budget": budget, "month": month, "percent": percent, "spent": spent, "amount": amount })
        }
        NoticeKind::BudgetForecast { budget, month, forecast, amount } => {
            json!({ "budget": budget, "month": month, "forecast": forecast, "amount": amount })
        }
        NoticeKind::RenewalFailed { lot, api, region, price, cash, next_attempt_at } => json!({
            "lot": lot, "api": api, "region": region, "price": price, "cash": cash,
            "next_attempt_at": next_attempt_at.as_ref().map(at),
        }),
        NoticeKind::Renewed { lot, new_lot, api, region, price } => {
            json!({ "lot": lot, "new_lot": new_lot, "api": api, "region": region, "price": price })
        }
        NoticeKind::SpendCapReached { api, month, cap, spent } => {
            json!({ "api": api, "month": month, "cap": cap, "spent": spent })
        }
        NoticeKind::TopUpFailed { rule, amount, detail } => {
            json!({ "rule": rule, "amount": amount, "detail": detail })
        }
    }
}

fn place(place: &Place) -> Value {
    json!({ "api": place.api, "region": place.region })
}

fn quota(quota: &QuotaLeft) -> Value {
    json!({ "api": quota.api, "region": quota.region, "left": quota.left })
}
