//! How the history of an account looks from outside: each event with the money it is about, and its reason.

use charging::{CouponNo, CouponWorth, Event, Money, Zone};
use ledger::read::HistoryRow;
use serde_json::{Value, json};

use super::raw;

/// One thing that happened.
pub fn row(row: &HistoryRow, zone: Zone) -> Value {
    let (api, region) = row.service.as_ref().map_or((None, None), |(api, region)| (Some(api), Some(region)));
    json!({
        "number": row.number,
        "at": row.at.in_zone(zone),
        "kind": row.kind,
        "api": api,
        "region": region,
        "amount": amount(&row.event).map(raw),
        "coupon": coupon(&row.event),
        "reason": reason(&row.event),
        "to": became(&row.event),
    })
}

/// The money it is about; of a correction, what it added.
fn amount(event: &Event) -> Option<Money> {
    match event {
        Event::ToppedUp { amount, .. }
        | Event::DebtPaid { amount }
        | Event::Adjusted { amount, .. }
        | Event::TopUpRequested { amount, .. }
        | Event::CouponExpired { amount, .. } => Some(*amount),
        Event::LotGranted { price, .. } => Some(*price),
        Event::SpendCapSet { monthly, .. } => Some(*monthly),
        Event::CouponGiven { coupon } => match coupon.worth {
            CouponWorth::Cash { face } => Some(face),
            CouponWorth::Discount { .. } => None,
        },
        _ => None,
    }
}

/// The coupon it is about.
fn coupon(event: &Event) -> Option<CouponNo> {
    match event {
        Event::CouponGiven { coupon } => Some(coupon.no),
        Event::CouponTookEffect { coupon } | Event::CouponExpired { coupon, .. } => Some(*coupon),
        _ => None,
    }
}

/// Why, in the words of whoever did it.
fn reason(event: &Event) -> Option<&str> {
    match event {
        Event::Adjusted { reason, .. } => Some(reason),
        Event::TopUpResolved { is_paid: false, detail, .. } => Some(detail),
        _ => None,
    }
}

/// What it became, in one word: a standing, a tier, a mode.
fn became(event: &Event) -> Option<Value> {
    match event {
        Event::StandingChanged { standing } => Some(json!(standing.word())),
        Event::TierChanged { tier } => Some(json!(tier)),
        Event::Subscribed { mode, .. } => Some(json!(mode)),
        Event::RenewalSet { plan, .. } => Some(json!(plan.mode.word())),
        _ => None,
    }
}
