//! How caps, coupons, orders, refunds, renewals and requested top-ups look from outside.

use charging::{
    Account, AutoTopUp, Context, Coupon, CouponNo, CouponWorth, LotNo, Money, Quote, ReachedCap, Refund,
    Timestamp, Zone,
};
use ledger::Live;
use ledger::read::{OrderRow, OrderState, SettledHour};
use serde_json::{Value, json};

use super::raw;
use crate::payments::origin_word;

/// The spending caps, with what the month has used of them.
pub fn caps(live: &Live, now: Timestamp) -> Value {
    let account = &live.account;
    let month = account.zone().month(now);
    let cap = |cap: &charging::SpendCap| {
        let spent = account.spent_this_month(cap.api.as_ref(), now);
        let held = account.held_for(cap.api.as_ref(), &live.holds);
        let left = (cap.monthly - spent - held).max(charging::Money::ZERO);
        json!({ "api": cap.name(), "monthly": raw(cap.monthly), "spent": raw(spent), "held": raw(held), "left": raw(left) })
    };
    json!({
        "month": month.to_string(),
        "renews_at": account.zone().month_range(month).1.in_zone(account.zone()),
        "spent": raw(account.spent_this_month(None, now)),
        "caps": account.spend_caps().iter().map(cap).collect::<Vec<_>>(),
    })
}

/// The caps that refuse every further call at a price, with what to do about it.
pub fn reached_caps(
    account: &Account,
    name: Option<&str>,
    context: Context<'_>,
    now: Timestamp,
) -> Vec<Value> {
    let zone = account.zone();
    let of = |cap: &ReachedCap| {
        json!({
            "api": cap.name(),
            "apis": cap.apis,
            "monthly": raw(cap.monthly),
            "spent": raw(cap.spent),
            "renews_at": cap.renews_at.in_zone(zone),
            "text": cap.text(&context.catalog.currency, zone),
            "cure": cap.cure(name, zone),
        })
    };
    account.reached_caps(context, now).iter().map(of).collect()
}

/// An order that was made before it was paid.
pub fn order(order: &OrderRow, zone: Zone) -> Value {
    let (lot, ended_at) = match order.state {
        OrderState::Pending => (None, None),
        OrderState::Paid { lot, at } => (Some(lot), Some(at)),
        OrderState::Cancelled { at } | OrderState::Expired { at } => (None, Some(at)),
    };
    json!({
        "order": order.no,
        "state": order.state.word(),
        "api": order.api,
        "region": order.region,
        "calls": order.units,
        "price": raw(order.price),
        "validity_months": order.validity_months,
        "renews": order.renews,
        "ordered_at": order.at.in_zone(zone),
        "pay_until": order.pay_until.in_zone(zone),
        "ended_at": ended_at.map(|at| at.in_zone(zone)),
        "lot": lot,
    })
}

/// What an order would cost.
pub fn quote(quote: &Quote, account: &Account) -> Value {
    let coupon = |used: Option<(CouponNo, Money)>| {
        used.map(|(no, amount)| {
            let percent_off = match account.coupon(no).map(|coupon| coupon.worth) {
                Some(CouponWorth::Discount { percent_off }) => Some(percent_off),
                _ => None,
            };
            json!({ "coupon": no, "amount": raw(amount), "percent_off": percent_off })
        })
    };
    json!({
        "list_price": raw(quote.list_price),
        "discount": coupon(quote.discount),
        "cash_coupon": coupon(quote.coupon),
        "to_pay": raw(quote.to_pay),
        "missing": raw(quote.missing),
        "effective_at": quote.effective_at.in_zone(account.zone()),
        "expires_at": quote.expires_at.in_zone(account.zone()),
        "refund": quote.refund.map(raw),
    })
}

/// What became of the price of a package that was given back.
pub fn refund(refund: &Refund) -> Value {
    json!({
        "lot": refund.lot,
        "calls": refund.units,
        "amount": raw(refund.amount()),
        "cash": raw(refund.cash),
        "coupon": refund.coupon.map(|(coupon, _)| coupon),
        "coupon_amount": raw(refund.to_coupon()),
        "withheld": { "used": raw(refund.used), "fee": raw(refund.fee), "coupons": raw(refund.lost) },
        "free": refund.is_free,
    })
}

/// The coupons, in the order they were given.
pub fn coupons(live: &Live, now: Timestamp) -> Vec<Value> {
    let zone = live.account.zone();
    live.account.coupons().iter().map(|coupon| self::coupon(coupon, zone, now)).collect()
}

fn coupon(coupon: &Coupon, zone: Zone, now: Timestamp) -> Value {
    let (kind, face, percent_off) = match coupon.worth {
        CouponWorth::Cash { face } => ("cash", Some(face), None),
        CouponWorth::Discount { percent_off } => ("discount", None, Some(percent_off)),
    };
    let left = face.map(|_| if coupon.has_expired { charging::Money::ZERO } else { coupon.left });
    json!({
        "coupon": coupon.no,
        "kind": kind,
        "amount": face.map(raw),
        "left": left.map(raw),
        "percent_off": percent_off,
        "apis": coupon.apis,
        "regions": coupon.regions,
        "state": coupon.state(now),
        "given_at": coupon.given_at.in_zone(zone),
        "valid_from": coupon.valid_from.in_zone(zone),
        "valid_to": coupon.valid_to.in_zone(zone),
        "ended_at": coupon.ended_at.map(|at| at.in_zone(zone)),
    })
}

/// What is to happen when a package ends.
pub fn renewal(live: &Live, lot: LotNo) -> Value {
    let renewal = live.account.renewal(lot);
    let at = |instant: Timestamp| instant.in_zone(live.account.zone());
    let next_attempt_at = renewal.next_attempt_at.map(at);
    let last = live.account.pay_per_use_ends_with(lot);
    json!({
        "mode": renewal.plan.mode,
        "days_before": renewal.plan.days_before,
        "times": renewal.plan.times,
        "next_attempt_at": next_attempt_at,
        "renewed_by": live.account.renewed_by(lot),
        "pay_per_use_ends_with": last.map(|last| last.no),
        "pay_per_use_ends_at": last.map(|last| at(last.expires_at)),
        "outlived_by": live.account.outlived_by(lot).map(|other| other.no),
    })
}

/// The rule for automatic top-ups, and what is asked for.
pub fn auto_top_up(live: &Live, provider: &str) -> Value {
    let account = &live.account;
    let at = |instant: Timestamp| instant.in_zone(account.zone());
    let requests = account.top_up_requests().map(|request| {
        json!({
            "request": request.no,
            "amount": raw(request.amount),
            "origin": origin_word(request.origin),
            "requested_at": at(request.requested_at),
        })
    });
    let rule = |rule: AutoTopUp| {
        json!({
            "below": raw(rule.below),
            "amount": raw(rule.amount),
            "monthly_limit": rule.monthly_limit.map(raw),
        })
    };
    json!({
        "provider": provider,
        "rule": account.auto_top_up().map(rule),
        "retry_at": account.auto_top_up_retry_at().map(at),
        "requests": requests.collect::<Vec<_>>(),
    })
}

/// Who paid the hour a charge was settled with.
pub fn settlement(settled: &SettledHour, zone: Zone) -> Value {
    let parts = settled.parts.iter().map(|part| {
        json!({ "coupon": part.coupon, "api": part.api, "region": part.region, "amount": raw(part.amount) })
    });
    json!({
        "hour": settled.hour.in_zone(zone),
        "settled_at": settled.settled_at.in_zone(zone),
        "coupons": raw(settled.coupons),
        "paid": raw(settled.paid),
        "debt": raw(settled.debt),
        "coupon_parts": parts.collect::<Vec<_>>(),
    })
}
