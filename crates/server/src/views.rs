//! How the books look from outside: JSON with every amount of money as an exact number, digit by digit, and instants as
//! RFC 3339 in the account's own zone, so that a day's end reads as one.

pub mod alerts;
pub mod commerce;
pub mod costs;
pub mod foresight;
pub mod history;
pub mod notices;

use std::borrow::Borrow;

use charging::{
    Context, Draw, DrawOrder, Lot, Money, Name, Pocket, Rated, Standing, SubscriptionMode, Timestamp,
    Verdict, Zone,
};
use ledger::Live;
use ledger::explain::Explained;
use ledger::read::{ChargeRow, SettledHour};
use serde_json::{Value, json};
use wire::number::Decimal;

/// An amount as an exact JSON number.
pub fn money(amount: Money) -> Decimal {
    Decimal::new(amount)
}

/// An amount inside a [`Value`], digit by digit.
pub fn raw(amount: impl Borrow<Money>) -> Value {
    // Through text: `Value` would keep a float. The readers of `Value` below only write it out again.
    serde_json::to_value(AmountText(*amount.borrow())).unwrap_or(Value::Null)
}

/// An amount inside a [`Value`]: a number token that serde_json carries digit by digit.
struct AmountText(Money);

impl serde::Serialize for AmountText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(&money(self.0), serializer)
    }
}

/// An account with everything its owner may want to know.
pub fn account(name: &str, live: &Live, now: Timestamp, context: Context<'_>) -> Value {
    let account = &live.account;
    let standing = account.standing();
    let at = |instant: Timestamp| instant.in_zone(account.zone());
    let grace_until = match standing {
        Standing::Grace { until, .. } => Some(until),
        _ => None,
    };
    json!({
        "account_id": account.id(),
        "name": name,
        "tier": account.tier(),
        "policy": account.policy(),
        "currency": context.catalog.currency,
        "now": at(now),
        "opened_at": at(account.opened_at()),
        "standing": standing.word(),
        "standing_since": at(standing.since()),
        "grace_until": grace_until.map(at),
        "release_at": standing.release_at().map(at),
        "cash": raw(account.cash()),
        "available": raw(account.available(&live.holds)),
        "debt": raw(account.debt()),
        "unsettled": raw(account.unsettled()),
        "held": raw(live.holds.amount()),
        "coupons": raw(account.left_in_coupons(now).all),
        "general_coupons": raw(account.left_in_coupons(now).general),
        "balance_for_alerts": raw(account.balance_for_alerts()),
        "reached_caps": commerce::reached_caps(account, Some(name), context, now),
        "calls_under_way": live.holds.len(),
        "charges": account.charges(),
        "lots": lots(live, now),
        "subscriptions": subscriptions(live),
    })
}

/// The lots of an account.
pub fn lots(live: &Live, now: Timestamp) -> Vec<Value> {
    live.account.lots().iter().map(|lot| self::lot(live, lot, now)).collect()
}

fn lot(live: &Live, lot: &Lot, now: Timestamp) -> Value {
    let service = live.account.service(lot.service);
    let at = |instant: Timestamp| instant.in_zone(live.account.zone());
    let state = if lot.is_unsubscribed {
        "unsubscribed"
    } else if lot.has_expired {
        "expired"
    } else if lot.left() == 0 {
        "used_up"
    } else if lot.effective_at > now {
        "not_yet_effective"
    } else {
        "in_effect"
    };
    json!({
        "lot": lot.no,
        "api": service.map(|s| &s.api),
        "region": service.map(|s| &s.region),
        "source": lot.source,
        "granted": lot.granted,
        "remaining": lot.left(),
        "drawn": lot.drawn,
        "held": live.holds.of_lot(lot.no),
        "expired": lot.expired(),
        "given_back": lot.given_back(),
        "state": state,
        "created_at": at(lot.created_at),
        "effective_at": at(lot.effective_at),
        "expires_at": at(lot.expires_at),
        "enterprise_project": lot.enterprise_project,
        "price": raw(lot.price),
        "renewal": commerce::renewal(live, lot.no),
    })
}

/// What is enabled where.
pub fn subscriptions(live: &Live) -> Vec<Value> {
    let enabled = live.account.services().iter().filter_map(|s| Some((s, s.subscription?)));
    enabled
        .map(|(service, subscription)| {
            json!({
                "api": service.api,
                "region": service.region,
                "mode": mode_word(subscription.mode),
                "since": subscription.since.in_zone(live.account.zone()),
            })
        })
        .collect()
}

fn mode_word(mode: SubscriptionMode) -> &'static str {
    match mode {
        SubscriptionMode::PayPerUse => "pay_per_use",
        SubscriptionMode::PackageOnly => "package_only",
    }
}

/// The tier of a price as it is counted outside: from 1.
pub fn tier_number(index: u8) -> u64 {
    u64::from(index) + 1
}

/// Which lots gave how many units.
pub fn draws(draws: &[Draw]) -> Value {
    draws.iter().map(|d| json!({"lot": d.lot, "units": d.units})).collect()
}

/// What was priced, by which version and tier of the price list.
pub fn rated(rated: &[Rated]) -> Value {
    let one = |r: &Rated| {
        let (version, tier) = (r.price_version, tier_number(r.tier));
        json!({"units": r.units, "price_version": version, "tier": tier, "amount": raw(r.amount)})
    };
    rated.iter().map(one).collect()
}

/// One charge.
pub fn charge(row: &ChargeRow, zone: Zone) -> Value {
    json!({
        "charge_id": row.charge,
        "request_id": row.charge,
        "at": row.at.in_zone(zone),
        "api": row.api,
        "region": row.region,
        "enterprise_project": row.enterprise_project,
        "pocket": row.pocket.word(),
        "units": row.units,
        "amount": raw(row.amount),
        "lots": draws(&row.draws),
        "priced": rated(&row.rated),
        "number": row.number,
    })
}

/// Why a charge came from where it came from.
pub fn explanation(
    explained: &Explained,
    unit_price: Option<String>,
    settled: Option<&SettledHour>,
) -> Value {
    let before = &explained.before;
    let looked_at: Vec<Value> = explained
        .explanation
        .lots
        .iter()
        .filter_map(|verdict| {
            let lot = before.lot(verdict.lot)?;
            let service = before.service(lot.service)?;
            Some(json!({
                "lot": verdict.lot,
                "api": service.api,
                "region": service.region,
                "source": lot.source,
                "left_before": verdict.left,
                "expires_at": lot.expires_at.in_zone(before.zone()),
                "verdict": verdict.verdict.word(),
                "why": verdict_text(verdict.verdict, &service.api, &service.region),
            }))
        })
        .collect();
    let why = match explained.explanation.pocket {
        Pocket::Lot => "A package of this API and region had quota left; packages come before pay-per-use.",
        Pocket::PayPerUse => {
            "No package of this API and region had quota left for this call, and pay-per-use is enabled."
        }
    };
    json!({
        "charge": charge(&explained.charge, before.zone()),
        "why": why,
        "rule": rule_text(explained.draw_order),
        "lots_looked_at": looked_at,
        "unit_price": unit_price,
        "amount": raw(explained.explanation.amount),
        "settlement": settled.map(|settled| commerce::settlement(settled, before.zone())),
    })
}

/// In which order packages have their turn ("What Is Fee Deduction Order for Multiple Packages?").
fn rule_text(order: DrawOrder) -> &'static str {
    match order {
        DrawOrder::EffectiveFirst => {
            "Packages of the call's own enterprise project come first, then free trials, promotional packages and bought \
             ones; of a kind, the one that took effect first, then the one that expires first."
        }
        DrawOrder::ExpiresFirst => {
            "Packages of the call's own enterprise project come first, then free trials, promotional packages and bought \
             ones; of a kind, the one that expires first, then the one that took effect first."
        }
    }
}

fn verdict_text(verdict: Verdict, api: &Name, region: &Name) -> String {
    match verdict {
        Verdict::Drawn(units) => format!("{units} drawn"),
        Verdict::NotNeeded => "not needed: an earlier one in the order met the call".into(),
        Verdict::HeldByOtherCalls => "its units were kept back for other calls under way".into(),
        Verdict::OtherApi => format!("it is for {api}: a package works for its own API only"),
        Verdict::OtherRegion => format!("it is for {region}: a package works in its own region only"),
        Verdict::OtherEnterpriseProject => "it is reserved for another enterprise project".into(),
        Verdict::UsedUp => "nothing was left in it".into(),
        Verdict::Expired => "its validity had ended".into(),
        Verdict::Unsubscribed => "it had been given back".into(),
        Verdict::NotYetEffective => "its validity had not begun".into(),
    }
}
