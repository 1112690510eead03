//! How diagnosis and forecast look from outside: sentences for people, and the figures in them for programs.

use std::collections::BTreeMap;

use charging::{
    Account, Context, Correction, Coupon, CouponNo, Diagnosis, Event, Finding, Forecast, Lot, LotNo, Money,
    ServiceNo, Source, Standing, Step, Suggestion, Timestamp, Warning,
};
use serde_json::{Value, json};

use super::raw;
use crate::project_names::ProjectNames;

/// Why an account is in arrears, and where its money goes; for a member, another account pays for its calls.
pub fn diagnosis(
    account: &Account,
    diagnosis: &Diagnosis,
    (context, names, is_member): (Context<'_>, &ProjectNames, bool),
) -> Value {
    let currency = context.catalog.currency.as_str();
    let summary = diagnosis.summary(account, currency);
    let at = |instant: Timestamp| instant.in_zone(account.zone());
    let findings =
        diagnosis.findings.iter().map(|found| finding(account, diagnosis, found, (currency, names)));
    let corrections =
        diagnosis.corrections.iter().map(|found| correction(account, diagnosis, found, currency));
    let warnings = diagnosis.warnings.iter().map(|found| warning(account, found));
    json!({
        "account_id": account.id(),
        "currency": currency,
        "from": at(diagnosis.from),
        "to": at(diagnosis.to),
        "standing": account.standing().word(),
        "summary": with_master(summary, is_member),
        "debt": raw(diagnosis.debt),
        "debt_explained": raw(diagnosis.debt_explained),
        "calls": diagnosis.units,
        "amount": raw(diagnosis.amount),
        "packages_bought": raw(diagnosis.packages_bought),
        "findings": findings.collect::<Vec<_>>(),
        "corrections": corrections.collect::<Vec<_>>(),
        "warnings": warnings.collect::<Vec<_>>(),
        "reached_caps": super::commerce::reached_caps(account, None, context, diagnosis.to),
    })
}

/// What is said of an account by itself, and that its calls stand elsewhere.
fn with_master(said: String, is_member: bool) -> String {
    if !is_member {
        return said;
    }
    format!(
        "{said} This is of the account's own books only: its calls are paid for by its master, stand in that \
         account's books, and go on for as long as that account's standing lets them. What they cost is told with the \
         membership."
    )
}

/// Who made the calls of a finding that named somebody.
fn who_called(finding: &Finding, names: &ProjectNames, currency: &str) -> Vec<String> {
    let said = finding.projects.iter().map(|(id, (calls, amount))| {
        let who = names.get(id).unwrap_or(id.as_str());
        let (calls, were) =
            if *calls == 1 { ("1 call".to_owned(), "is") } else { (format!("{calls} calls"), "are") };
        format!("Of these, {calls} for {amount} {currency} {were} of {who}.")
    });
    said.collect()
}

fn finding(
    account: &Account,
    diagnosis: &Diagnosis,
    finding: &Finding,
    (currency, names): (&str, &ProjectNames),
) -> Value {
    let mut sentences = finding.evidence(account, diagnosis.debt, currency);
    sentences.splice(1..1, who_called(finding, names, currency));
    let projects = finding.projects.iter().map(|(id, (calls, amount))| {
        json!({ "enterprise_project": id, "name": names.get(id), "calls": calls, "amount": raw(*amount) })
    });
    let at = |instant: Timestamp| instant.in_zone(account.zone());
    let steps = finding.cure(account, currency, diagnosis.to);
    let cure = &finding.cure;
    json!({
        "reason": finding.cause.word(),
        "headline": finding.headline(account),
        "api": api(account, finding.service),
        "region": region(account, finding.service),
        "evidence": {
            "sentences": sentences,
            "calls": finding.units,
            "amount": raw(finding.amount),
            "unit_price": finding.unit_price.map(|price| price.to_string()),
            "from": at(finding.first_at),
            "to": at(finding.last_at),
            "debt": raw(finding.debt),
            "enterprise_projects": projects.collect::<Vec<_>>(),
            "lots": lots(account, &finding.lots),
            "late_coupons": late_coupons(account, &finding.late_coupons),
        },
        "cure": steps.join(" "),
        "steps": steps,
        "remedy": {
            "top_up": cure.top_up.map(raw),
            "top_up_and_buy": cure.top_up_and_buy.map(raw),
            "enable_again": cure.enable_again,
            "lots": lots(account, &cure.lots),
            "saved_by_lots": raw(cure.saved_by_lots),
            "left_here": cure.left_here,
            "package": cure.package.map(suggestion),
        },
    })
}

fn correction(account: &Account, diagnosis: &Diagnosis, found: &Correction, currency: &str) -> Value {
    let steps = found.cure(currency);
    json!({
        "reason": found.word(),
        "headline": found.headline(account, currency),
        "evidence": {
            "sentences": found.evidence(diagnosis.debt, currency),
            "at": found.at.in_zone(account.zone()),
            "amount": raw(found.taken),
            "reason": found.reason,
            "debt": raw(found.debt),
        },
        "cure": steps.join(" "),
        "steps": steps,
        "remedy": { "top_up": raw(found.top_up) },
    })
}

fn late_coupons(account: &Account, numbers: &[CouponNo]) -> Vec<Value> {
    let coupons = numbers.iter().filter_map(|no| account.coupon(*no));
    let late = |coupon: &Coupon| {
        let valid_from = coupon.valid_from.in_zone(account.zone());
        json!({ "coupon": coupon.no, "left": raw(coupon.left), "valid_from": valid_from })
    };
    coupons.map(late).collect()
}

fn suggestion(way: Suggestion) -> Value {
    json!({
        "calls": way.calls,
        "count": way.count,
        "price": raw(way.price),
        "validity_months": way.validity_months,
        "cost": raw(way.cost),
        "saved": raw(way.saved),
        "pays_off_from_calls": way.pays_off_from,
    })
}

fn warning(account: &Account, warning: &Warning) -> Value {
    let called = match warning {
        Warning::QuotaInOtherRegion { service, .. } | Warning::QuotaForOtherApi { service, .. } => {
            Some(*service)
        }
        Warning::PackageExpires { .. } => None,
    };
    json!({
        "kind": warning.word(),
        "text": warning.text(account),
        "api": called.map(|service| api(account, service)),
        "region": called.map(|service| region(account, service)),
        "lots": lots(account, warning.lots()),
    })
}

fn lots(account: &Account, numbers: &[LotNo]) -> Vec<Value> {
    numbers.iter().filter_map(|no| account.lot(*no)).map(|found| lot(account, found)).collect()
}

fn lot(account: &Account, lot: &Lot) -> Value {
    let at = |instant: Timestamp| instant.in_zone(account.zone());
    json!({
        "lot": lot.no,
        "api": api(account, lot.service),
        "region": region(account, lot.service),
        "source": lot.source,
        "granted": lot.granted,
        "remaining": lot.left(),
        "expired": lot.expired(),
        "given_back": lot.given_back(),
        "effective_at": at(lot.effective_at),
        "expires_at": at(lot.expires_at),
        "ended_at": lot.ended_at.map(at),
        "enterprise_project": lot.enterprise_project,
        "price": raw(lot.price),
    })
}

fn api(account: &Account, no: ServiceNo) -> Value {
    json!(account.service(no).map(|service| &service.api))
}

fn region(account: &Account, no: ServiceNo) -> Value {
    json!(account.service(no).map(|service| &service.region))
}

/// What will happen to an account by itself; for a member, another account pays for its calls.
pub fn forecast(account: &Account, forecast: &Forecast, currency: &str, is_member: bool) -> Value {
    let at = |instant: Timestamp| instant.in_zone(account.zone());
    // Packages that are only granted within the forecast; the account has the others.
    let mut granted = BTreeMap::new();
    let steps = forecast.steps.iter().map(|found| {
        if let Event::LotGranted { lot, service, source, granted: calls, .. } = found.recorded.event {
            granted.insert(lot, (service, source, calls));
        }
        step(account, &granted, found)
    });
    json!({
        "account_id": account.id(),
        "currency": currency,
        "from": at(forecast.from),
        "until": at(forecast.until),
        "if_no_payment": forecast.assumptions.no_payment,
        "supposed": with_master(forecast.supposed(account, currency), is_member),
        "counts_on_payment": forecast.counts_on_payment,
        "unanswered_top_ups": forecast.unanswered.iter().map(|request| json!({
            "no": request.no,
            "amount": raw(request.amount),
            "requested_at": at(request.requested_at),
        })).collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
        "is_cut_short": forecast.is_cut_short,
    })
}

/// What a package is for, where it came from and how many calls it came with.
type Granted = (ServiceNo, Source, u64);

fn step(account: &Account, granted: &BTreeMap<LotNo, Granted>, step: &Step) -> Value {
    json!({
        "at": step.at().in_zone(account.zone()),
        "kind": step.word(),
        "text": step.text,
        "amount": step.amount().map(raw),
        "cash": raw(step.cash),
        "debt": raw(step.debt),
        "standing": step.standing.word(),
        "figures": step_figures(account, granted, &step.recorded.event),
        "notice": step.notice().map(|notice| json!({
            "no": notice.no,
            "kind": notice.kind.word(),
            "category": notice.kind.category().word(),
            "figures": super::notices::figures(&notice.kind, account.zone()),
        })),
    })
}

/// The figures of a step, by name: those that its sentence is made of, beside the money of every step.
fn step_figures(account: &Account, granted: &BTreeMap<LotNo, Granted>, event: &Event) -> Value {
    let at = |instant: Timestamp| instant.in_zone(account.zone());
    let lot = |no: &LotNo| {
        let known = account.lot(*no).map(|lot| (lot.service, lot.source, lot.granted));
        let Some((service, source, calls)) = known.or_else(|| granted.get(no).copied()) else {
            return json!({ "lot": no });
        };
        json!({
            "lot": no,
            "api": api(account, service),
            "region": region(account, service),
            "source": source,
            "granted": calls,
        })
    };
    match event {
        Event::HourSettled { hour, lines, coupons, paid, debt } => json!({
            "hour": at(*hour),
            "calls": lines.iter().map(|line| line.units).fold(0, u64::saturating_add),
            "coupons": raw(coupons.iter().map(|part| part.amount).sum::<Money>()),
            "paid": raw(paid),
            "debt": raw(debt),
        }),
        Event::StandingChanged { standing } => json!({
            "until": match standing {
                Standing::Grace { until, .. } => Some(at(*until)),
                _ => None,
            },
            "release_at": standing.release_at().map(at),
        }),
        Event::LotExpired { lot: no, units } => with(lot(no), json!({ "left": units })),
        Event::LotGranted { lot: no, effective_at, expires_at, .. } => {
            with(lot(no), json!({ "effective_at": at(*effective_at), "expires_at": at(*expires_at) }))
        }
        Event::RenewalSet { lot: no, plan, next_attempt_at, .. } => {
            with(lot(no), json!({ "mode": plan.mode.word(), "next_attempt_at": next_attempt_at.map(at) }))
        }
        Event::Subscribed { service, mode } => json!({
            "api": api(account, *service), "region": region(account, *service), "mode": mode,
        }),
        Event::LotTookEffect { lot: no }
        | Event::RenewalAttempted { lot: no, .. }
        | Event::RenewalEnded { lot: no } => lot(no),
        Event::CouponExpired { coupon, .. } => json!({ "coupon": coupon }),
        Event::AlertRearmed { alert } => json!({ "alert": alert.word() }),
        Event::TopUpResolved { is_paid, .. } => json!({ "is_paid": is_paid }),
        _ => json!({}),
    }
}

fn with(mut figures: Value, more: Value) -> Value {
    if let (Some(figures), Value::Object(more)) = (figures.as_object_mut(), more) {
        figures.extend(more);
    }
    figures
}
