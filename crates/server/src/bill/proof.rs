//! Whether a month adds up, and whether it is closed, as JSON.

use charging::{Timestamp, closing_of};
use ledger::read::{BillView, MonthSums};
use serde_json::{Value, json};

use super::Stated;
use crate::views::raw;

/// A month's sums, each from rows of its own, whether they agree, and what does not.
pub fn proof(sums: &MonthSums, view: &BillView<'_>, stated: Stated, now: Timestamp) -> Value {
    let difference = sums.difference(view, now);
    let at = |instant: Timestamp| instant.in_zone(view.zone);
    let closing = sums.closed.map(|closed| {
        json!({
            "usage": raw(closed.totals.usage),
            "packages": raw(closed.totals.packages),
            "total": raw(closed.totals.total()),
            "paid": raw(closed.totals.paid),
            "debt": raw(closed.totals.debt),
            "topped_up": raw(closed.totals.topped_up),
            "debt_paid": raw(closed.totals.debt_paid),
        })
    });
    json!({
        "complete": sums.is_complete(view, now),
        "closed": sums.is_closed(view, now),
        "closed_at": sums.closed.map(|closed| at(closed.at)),
        "closes_at": at(closing_of(view.zone, view.month)),
        "holds": difference.is_none(),
        "difference": difference,
        "total": raw(sums.total()),
        "stated": raw(stated.amount),
        "lines": sums.lines,
        "lines_amount": raw(sums.lines_amount),
        "hours": sums.hours,
        "hours_amount": raw(sums.hours_amount),
        "hours_moved": raw(sums.hours_moved),
        "packages": sums.packages,
        "packages_amount": raw(sums.packages_amount),
        "packages_moved": raw(sums.packages_moved),
        "refunds": sums.refunds,
        "refunds_amount": raw(sums.refunds_amount),
        "charges": sums.charges,
        "charges_amount": raw(sums.charges_amount),
        "usage_amount": raw(sums.usage_amount),
        "open_hours": sums.open_hours,
        "open_amount": raw(sums.open_amount),
        "adjustments": sums.adjustments,
        "adjustments_amount": raw(sums.adjustments_amount),
        "posted": {
            "usage": raw(sums.posted.usage),
            "packages": raw(sums.posted.packages),
            "total": raw(sums.posted.total()),
            "unsettled": raw(sums.posted.unsettled),
            "adjustments": raw(sums.posted.adjustments),
            "imbalance": raw(sums.posted.imbalance),
        },
        "closing": closing,
    })
}
