//! Whether a month adds up, and whether it is closed, as JSON.

use charging::{Timestamp, closing_of};
use ledger::read::{BillView, MonthSums};
use serde_json::{Value, json};

use super::Stated;

/// A month's sums, each from rows of its own, whether they agree, and what does not.
pub fn proof(sums: &MonthSums, view: &BillView<'_>, stated: Stated, now: Timestamp) -> Value {
    let difference = sums.difference(view, now);
    let at = |instant: Timestamp| instant.in_zone(view.zone);
    let closing = sums.closed.map(|closed| {
        json!({
            "usage": closed.totals.usage,
            "packages": closed.totals.packages,
            "total": closed.totals.total(),
            "paid": closed.totals.paid,
            "debt": closed.totals.debt,
            "topped_up": closed.totals.topped_up,
            "debt_paid": closed.totals.debt_paid,
        })
    });
    json!({
        "complete": sums.is_complete(view, now),
        "closed": sums.is_closed(view, now),
        "closed_at": sums.closed.map(|closed| at(closed.at)),
        "closes_at": at(closing_of(view.zone, view.month)),
        "holds": difference.is_none(),
        "difference": difference,
        "total": sums.total(),
        "stated": stated.amount,
        "lines": sums.lines,
        "lines_amount": sums.lines_amount,
        "hours": sums.hours,
        "hours_amount": sums.hours_amount,
        "hours_moved": sums.hours_moved,
        "packages": sums.packages,
        "packages_amount": sums.packages_amount,
        "packages_moved": sums.packages_moved,
        "charges": sums.charges,
        "charges_amount": sums.charges_amount,
        "usage_amount": sums.usage_amount,
        "open_hours": sums.open_hours,
        "open_amount": sums.open_amount,
        "adjustments": sums.adjustments,
        "adjustments_amount": sums.adjustments_amount,
        "posted": {
            "usage": sums.posted.usage,
            "packages": sums.posted.packages,
            "total": sums.posted.total(),
            "unsettled": sums.posted.unsettled,
            "adjustments": sums.posted.adjustments,
            "imbalance": sums.posted.imbalance,
        },
        "closing": closing,
    })
}
