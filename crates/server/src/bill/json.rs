//! Bills and movements as JSON; [`proof`](super::proof) has what proves them.

use charging::{BillRounding, Catalog, Timestamp, Zone};
use ledger::read::{
    Bill, BilledAdjustment, BilledLine, BilledPackage, MonthOfBill, OpenUsage, Payment, Totals, Transaction,
};
use serde_json::{Value, json};
use wire::bss::bills::BillType;
use wire::bss::{PAY_PER_USE, YEARLY};

use super::bill_type::{of_adjustment, of_package};
use super::{BillState, Stated};
use crate::project_names::ProjectNames;
use crate::views::{raw, tier_number};

/// A month's bill with all its rows.
pub fn bill(
    bill: &Bill,
    (catalog, projects): (&Catalog, &ProjectNames),
    rounding: BillRounding,
    zone: Zone,
    (state, now): (BillState, Timestamp),
) -> Value {
    let at = |instant: Timestamp| instant.in_zone(zone);
    let lines = bill.lines.iter().map(|row| line(row, catalog, projects, zone));
    let packages = bill.packages.iter().map(|row| package(row, projects, zone));
    let lines: Vec<Value> = lines.chain(packages).collect();
    let open = |o: &OpenUsage| json!({"hour": at(o.hour), "api": o.api, "region": o.region, "units": o.units, "amount": raw(o.amount)});
    let adjustments = bill.adjustments.iter().map(|of| adjustment(of, zone));
    let total = &bill.summary.total;
    let stated = Stated::of(bill.total, rounding);
    let services = bill.summary.by_service().map(|service| {
        let mut view = json!({
            "kind": kind(service.is_package), "api": service.api, "region": service.region,
            "units": service.totals.units, "rows": service.totals.rows,
        });
        fill(&mut view, sums(&service.totals));
        view
    });
    let drawn = bill.summary.drawn.iter();
    let mut view = json!({
        "account_id": bill.account,
        "month": bill.month.to_string(),
        "from": at(bill.from),
        "to": at(bill.to),
        "state": state.word(),
        "as_of": at(now),
        "currency": catalog.currency,
        "lines": lines,
        "usage_total": raw(bill.usage_total),
        "packages_total": raw(bill.packages_total),
        "adjustments": adjustments.collect::<Vec<_>>(),
        "adjustments_total": raw(bill.summary.adjusted),
        "total": raw(bill.total),
        "stated": raw(bill.stated),
        "rounding": raw(bill.rounding),
        "rounding_rule": rounding,
        "truncated_amount": raw(stated.truncated),
        "paid": raw(bill.paid),
        "debt": raw(bill.debt),
        "services": services.collect::<Vec<_>>(),
        "from_packages": drawn
            .map(|met| json!({"api": met.api, "region": met.region, "units": met.units}))
            .collect::<Vec<_>>(),
        "unsettled": bill.open.iter().map(open).collect::<Vec<_>>(),
        "unsettled_total": raw(bill.open_total),
    });
    fill(&mut view, sums(total));
    view
}

fn kind(is_package: bool) -> &'static str {
    if is_package { "package" } else { "pay_per_use" }
}

fn line(line: &BilledLine, catalog: &Catalog, projects: &ProjectNames, zone: Zone) -> Value {
    let at = |instant: Timestamp| instant.in_zone(zone);
    let version = catalog.price_version(&line.api, line.price_version);
    let tier = version.and_then(|version| version.tiers.get(usize::from(line.tier)));
    let mut view = json!({
        "kind": "pay_per_use",
        "charging_mode": PAY_PER_USE,
        "bill_type": BillType::Use.code(),
        "hour": at(line.hour),
        "api": line.api,
        "region": line.region,
        "enterprise_project": line.enterprise_project,
        "enterprise_project_name": line.enterprise_project.as_ref().and_then(|id| projects.get(id)),
        "price_version": line.price_version,
        "tier": tier_number(line.tier),
        "unit_price": tier.map(|tier| tier.unit_price),
        "units": line.units,
        "amount": raw(line.amount),
        "used_from": at(line.used_from),
        "used_to": at(line.used_to),
        "settled_at": at(line.settled_at),
        "transaction": line.transaction,
        "official_amount": raw(line.amount + line.discount),
        "discount_amount": raw(line.discount),
        "debt_paid": raw(line.repaid.amount),
        "debt_paid_at": line.repaid.at.map(at),
        "outstanding": raw(line.payment.debt - line.repaid.amount),
    });
    fill(&mut view, pockets(line.payment));
    view
}

fn package(package: &BilledPackage, projects: &ProjectNames, zone: Zone) -> Value {
    let at = |instant: Timestamp| instant.in_zone(zone);
    let mut view = json!({
        "kind": if package.refund.is_some() { "package_refund" } else { "package" },
        "charging_mode": YEARLY,
        "bill_type": of_package(package).code(),
        "at": at(package.at),
        "lot": package.lot,
        "renews": package.renews.map(|renews| renews.lot),
        "api": package.api,
        "region": package.region,
        "enterprise_project": package.enterprise_project,
        "enterprise_project_name": package.enterprise_project.as_ref().and_then(|id| projects.get(id)),
        "units": package.units,
        "amount": raw(package.price),
        "list_price": raw(package.price + package.discount),
        "coupons": raw(package.payment.coupons),
        "effective_at": at(package.effective_at),
        "expires_at": at(package.expires_at),
        "transaction": package.transaction,
        "official_amount": raw(package.price + package.discount),
        "discount_amount": raw(package.discount),
        "debt_paid": raw(charging::Money::ZERO),
        "debt_paid_at": null,
        "outstanding": raw(package.payment.debt),
        "withheld": package.refund.map(|refund| json!({
            "used": raw(refund.used), "fee": raw(refund.fee), "coupons": raw(refund.lost),
        })),
    });
    fill(&mut view, pockets(package.payment));
    view
}

fn adjustment(of: &BilledAdjustment, zone: Zone) -> Value {
    json!({
        "transaction": of.transaction,
        "at": of.at.in_zone(zone),
        "bill_type": of_adjustment(of.amount).code(),
        "amount": raw(of.amount),
        "reason": of.reason,
    })
}

fn pockets(payment: Payment) -> Value {
    json!({
        "coupon_amount": raw(payment.coupons),
        "cash_amount": raw(payment.cash),
        "credit_amount": raw(payment.credit),
        "debt_amount": raw(payment.debt),
    })
}

fn sums(totals: &Totals) -> Value {
    let mut view = json!({
        "official_amount": raw(totals.official()),
        "discount_amount": raw(totals.discount),
        "amount": raw(totals.amount),
        "debt_paid": raw(totals.repaid),
        "outstanding": raw(totals.outstanding()),
    });
    fill(&mut view, pockets(totals.payment));
    view
}

/// Adds the fields of one object to another.
fn fill(view: &mut Value, fields: Value) {
    if let (Value::Object(view), Value::Object(fields)) = (view, fields) {
        view.extend(fields);
    }
}

/// A month in the list of bills.
pub fn month(of: &MonthOfBill, currency: &str, state: BillState) -> Value {
    json!({
        "month": of.month.to_string(),
        "state": state.word(),
        "currency": currency,
        "total": raw(of.total),
        "stated": raw(of.stated),
        "paid": raw(of.paid),
        "debt": raw(of.debt),
        "debt_paid": raw(of.repaid),
        "outstanding": raw(of.debt - of.repaid),
    })
}

/// A movement of cash or debt.
pub fn transaction(of: &Transaction, zone: Zone) -> Value {
    json!({
        "transaction": of.number,
        "at": of.at.in_zone(zone),
        "kind": of.kind.word(),
        "amount": raw(of.amount),
        "cash_change": raw(of.cash_change),
        "debt_change": raw(of.debt_change),
        "cash": raw(of.cash),
        "debt": raw(of.debt),
        "hour": of.hour.map(|hour| hour.in_zone(zone)),
        "lot": of.lot,
        "reason": of.reason,
    })
}
