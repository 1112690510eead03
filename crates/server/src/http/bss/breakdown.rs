//! The amortised cost of a month: usage as it was, packages spread over the months they are valid in.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{Money, Month, Name, Timestamp};
use ledger::read::{BillRow, PackageSpread, ReadError};
use wire::bss::bills::{BillType, Breakdown, BreakdownDetail, BreakdownQuery};
use wire::bss::{CALLS, PAY_PER_USE, YEARLY};
use wire::number::Decimal;

use super::bills::{Sum, period_type};
use super::filter::{Filter, Named, Subject};
use super::names::{SERVICE_TYPE, USAGE_TYPE, cycle, project_id, resource_type, utc};
use super::{Answer, Asked, Owner, Slice, asks_for_others, month, only_own, page};
use crate::app::App;
use crate::bill::bill_type;
use crate::http::blocking;
use crate::views::money;

/// API, region and enterprise project.
type Key = (Name, Name, Option<Name>);

/// What was used of one API in one region, in the month.
struct Used {
    sum: Sum,
    units: u64,
    from: Timestamp,
    to: Timestamp,
}

/// `GET /v2/costs/cost-analysed-bills/monthly-breakdown`.
pub async fn breakdown(State(app): State<Arc<App>>, request: Request) -> Answer<Breakdown> {
    let asked = Asked::read(&app, request).await?;
    let query: BreakdownQuery = asked.query()?;
    let bounds = page(query.offset, query.limit, 1_000)?;
    let shared = month("shared_month", &query.shared_month)?;
    let others = asks_for_others(query.method.as_deref())?;
    let owner = asked.owner;
    only_own(&owner, query.sub_customer_id.as_deref())?;
    let filter = Filter {
        service_type: query.service_type_code,
        resource_type: query.resource_type_code,
        region: query.region_code,
        project: query.enterprise_project_id,
        charging_mode: query.charging_mode,
        bill_type: query.bill_type,
        resource: query.resource_id,
        ..Filter::default()
    };
    blocking(move || {
        let mut slice = Slice::new(bounds);
        if !others {
            app.read.look_at_bill(owner.account, shared, |view| {
                let mut used: BTreeMap<Key, Used> = BTreeMap::new();
                view.rows(|row| {
                    let named = Named::of(&row, &owner);
                    if filter.takes(&named.subject(&row)) {
                        add(&mut used, &row);
                    }
                    Ok::<(), ReadError>(())
                })?;
                for (key, used) in &used {
                    slice.add(|| of_usage(&owner, shared, key, used));
                }
                for package in view.spread()? {
                    let (trade, resource) =
                        (owner.ids.order(package.lot, package.at), owner.ids.package(package.lot));
                    if filter.takes(&subject(&package, &trade, &resource)) {
                        slice.add(|| of_package(&owner, shared, &package, trade, resource));
                    }
                }
                Ok::<(), ReadError>(())
            })?;
        }
        let (total_count, details) = (slice.count, slice.rows);
        Ok(Json(Breakdown { currency: owner.currency, total_count, details }))
    })
    .await
}

fn add(used: &mut BTreeMap<Key, Used>, row: &BillRow) {
    let BillRow::Line(line) = row else { return };
    let key = (line.api.clone(), line.region.clone(), line.enterprise_project.clone());
    let (from, to) = (line.used_from, line.used_to);
    let used = used.entry(key).or_insert_with(|| Used { sum: Sum::default(), units: 0, from, to });
    used.sum += Sum::of(row);
    used.units += line.units;
    used.from = used.from.min(from);
    used.to = used.to.max(to);
}

fn subject<'a>(package: &'a PackageSpread, trade: &'a str, resource: &'a str) -> Subject<'a> {
    Subject {
        api: &package.api,
        region: &package.region,
        project: package.enterprise_project.as_ref(),
        charging_mode: YEARLY,
        bill_type: bill_type::of_purchase(package.renews),
        trade,
        resource,
        consumed_at: package.at,
        is_zero: package.current.is_zero(),
    }
}

fn of_usage(owner: &Owner, shared: Month, (api, region, project): &Key, used: &Used) -> BreakdownDetail {
    BreakdownDetail {
        bill_cycle: shared.to_string(),
        bill_type: BillType::Use.code(),
        effective_time: utc(used.from),
        expire_time: utc(used.to),
        resource_id: owner.ids.pay_per_use(api, region),
        resource_name: owner.language.api(api.as_str()),
        product_spec_desc: owner.language.api(api.as_str()),
        charging_mode: PAY_PER_USE,
        order_id: None,
        period_type: period_type(PAY_PER_USE),
        usage: Decimal::new(used.units),
        consume_amount: money(used.sum.amount),
        past_months_amortized_amount: money(Money::ZERO),
        current_month_amortized_amount: money(used.sum.amount),
        future_months_amortized_amount: money(Money::ZERO),
        amortized_cash_amount: money(used.sum.cash + used.sum.debt),
        amortized_credit_amount: money(used.sum.credit),
        amortized_coupon_amount: money(used.sum.coupons),
        ..common(owner, shared, api, region, project.as_ref())
    }
}

fn of_package(
    owner: &Owner,
    shared: Month,
    package: &PackageSpread,
    trade: String,
    resource: String,
) -> BreakdownDetail {
    let (api, region) = (&package.api, &package.region);
    let name = owner.language.package(api.as_str(), package.units);
    // Coupons bear their part of every month, in the proportion in which they paid; the cash bears the rest.
    let by_coupons = package.by_coupons;
    BreakdownDetail {
        bill_cycle: cycle(package.at).to_string(),
        bill_type: bill_type::of_purchase(package.renews).code(),
        effective_time: utc(package.effective_at),
        expire_time: utc(package.expires_at),
        resource_id: resource,
        resource_name: name.clone(),
        product_spec_desc: name,
        charging_mode: YEARLY,
        order_id: Some(trade),
        period_type: period_type(YEARLY),
        usage: Decimal::new(0),
        consume_amount: money(package.price),
        past_months_amortized_amount: money(package.past),
        current_month_amortized_amount: money(package.current),
        future_months_amortized_amount: money(package.future),
        amortized_cash_amount: money(package.current - by_coupons),
        amortized_credit_amount: money(Money::ZERO),
        amortized_coupon_amount: money(by_coupons),
        ..common(owner, shared, api, region, package.enterprise_project.as_ref())
    }
}

/// What rows have in common; the rest is empty.
fn common(
    owner: &Owner,
    shared: Month,
    api: &Name,
    region: &Name,
    project: Option<&Name>,
) -> BreakdownDetail {
    let zero = || money(Money::ZERO);
    BreakdownDetail {
        shared_month: shared.to_string(),
        customer_id: owner.account.to_string(),
        region_code: region.to_string(),
        region_name: owner.language.region(region.as_str()),
        service_type_code: SERVICE_TYPE.to_owned(),
        resource_type_code: resource_type(api.as_str()),
        service_type_name: owner.language.service(),
        resource_type_name: owner.language.api(api.as_str()),
        enterprise_project_id: project_id(project),
        enterprise_project_name: owner.project_name(project),
        usage_type: USAGE_TYPE.to_owned(),
        usage_measure_id: CALLS,
        amortized_flexipurchase_coupon_amount: zero(),
        amortized_stored_value_card_amount: zero(),
        amortized_bonus_amount: zero(),
        bill_cycle: String::new(),
        bill_type: 0,
        effective_time: String::new(),
        expire_time: String::new(),
        resource_id: String::new(),
        resource_name: String::new(),
        product_spec_desc: String::new(),
        charging_mode: 0,
        order_id: None,
        period_type: 0,
        usage: Decimal::new(0),
        consume_amount: zero(),
        past_months_amortized_amount: zero(),
        current_month_amortized_amount: zero(),
        future_months_amortized_amount: zero(),
        amortized_cash_amount: zero(),
        amortized_credit_amount: zero(),
        amortized_coupon_amount: zero(),
    }
}
