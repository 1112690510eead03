//! Packages: which there are, what is left of them, and what was drawn.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{Lot, Name, Source, Timestamp};
use ledger::Live;
use ledger::read::DrawRow;
use wire::bss::CALLS;
use wire::bss::packages::{
    Draw, Draws, DrawsQuery, Package, Packages, PackagesQuery, Quota, Usage, Usages, UsagesQuery,
};
use wire::number::Decimal;

use super::names::{self, SERVICE_TYPE, USAGE_TYPE, resource_type, utc};
use super::{Answer, Asked, Failure, Owner, Slice, page, wrong};
use crate::app::App;
use crate::http::blocking;

/// The most packages whose remainders are asked for at once.
const IDS_LIMIT: usize = 100;
/// The longest time whose draws are asked for at once, in days.
const DAYS_LIMIT: i64 = 90;

/// A lot with its names.
pub struct Held {
    /// The lot.
    pub lot: Lot,
    /// Its API.
    pub api: Name,
    /// Its region.
    pub region: Name,
}

/// All lots, oldest first.
pub fn held(live: &Live) -> Vec<Held> {
    let named = |lot: &Lot| {
        let service = live.account.service(lot.service)?;
        Some(Held { lot: lot.clone(), api: service.api.clone(), region: service.region.clone() })
    };
    live.account.lots().iter().filter_map(named).collect()
}

/// `POST /v3/payments/free-resources/query`.
pub async fn packages(State(app): State<Arc<App>>, request: Request) -> Answer<Packages> {
    let asked = Asked::read(&app, request).await?;
    let query: PackagesQuery = asked.body()?;
    let mut slice = Slice::new(page(query.offset, query.limit, 100)?);
    let owner = asked.owner;
    let lots = app.engine.read(owner.account, owner.now, |live, _| held(live))?.await?;
    for package in
        lots.iter().map(|held| package(held, &owner)).filter(|package| query_takes(&query, package))
    {
        slice.add(|| package);
    }
    Ok(Json(Packages { total_count: slice.count, free_resource_packages: slice.rows }))
}

fn query_takes(query: &PackagesQuery, package: &Package) -> bool {
    let is = |asked: &Option<String>, found: &str| {
        asked.as_deref().is_none_or(|asked| asked.is_empty() || asked == found)
    };
    let services = query.service_type_code_list.as_deref().unwrap_or_default();
    is(&query.region_code, &package.region_code)
        && is(&query.order_id, &package.order_id)
        && is(&query.product_id, &package.product_id)
        && is(&query.product_name, &package.product_name)
        && is(&query.enterprise_project_id, package.enterprise_project_id.as_deref().unwrap_or_default())
        && query.status.is_none_or(|status| status == package.status)
        && (services.is_empty() || services.iter().any(|code| code.eq_ignore_ascii_case(SERVICE_TYPE)))
}

fn package(Held { lot, api, region }: &Held, owner: &Owner) -> Package {
    let is_bought = lot.source == Source::Package;
    Package {
        order_instance_id: owner.ids.package(lot.no),
        order_id: if is_bought { owner.ids.order(lot.no, lot.created_at) } else { String::new() },
        product_id: names::product_id(api.as_str(), lot.granted),
        product_name: owner.language.package(api.as_str(), lot.granted),
        enterprise_project_id: lot.enterprise_project.as_ref().map(ToString::to_string),
        enterprise_project_scope: u8::from(lot.enterprise_project.is_some()),
        effective_time: utc(lot.effective_at),
        expire_time: utc(lot.expires_at),
        status: status(lot, owner.now),
        service_type_code: SERVICE_TYPE.to_owned(),
        service_type_name: owner.language.service(),
        region_code: region.to_string(),
        source_type: u8::from(!is_bought),
        bundle_type: "ATOMIC_PKG",
        quota_reuse_mode: 2,
        free_resources: vec![Quota {
            free_resource_id: owner.ids.quota(lot.no),
            usage_type_name: owner.language.calls(),
            amount: lot.left().to_string(),
            original_amount: lot.granted.to_string(),
            measure_id: CALLS,
        }],
    }
}

fn status(lot: &Lot, now: Timestamp) -> u8 {
    if lot.is_unsubscribed {
        4
    } else if lot.left() == 0 && !lot.has_expired {
        2
    } else if lot.has_expired {
        3
    } else {
        u8::from(lot.effective_at <= now)
    }
}

/// `POST /v2/payments/free-resources/usages/details/query`.
pub async fn usages(State(app): State<Arc<App>>, request: Request) -> Answer<Usages> {
    let asked = Asked::read(&app, request).await?;
    let UsagesQuery { free_resource_ids: ids } = asked.body()?;
    if ids.is_empty() || ids.len() > IDS_LIMIT {
        return Err(wrong(format!("free_resource_ids: 1 to {IDS_LIMIT} ids")));
    }
    let owner = asked.owner;
    let lots = app.engine.read(owner.account, owner.now, |live, _| held(live))?.await?;
    let usages = lots.iter().filter(|held| ids.contains(&owner.ids.quota(held.lot.no))).map(|held| {
        let Held { lot, api, .. } = held;
        Usage {
            free_resource_id: owner.ids.quota(lot.no),
            free_resource_type_name: owner.language.api(api.as_str()),
            usage_type_name: owner.language.calls(),
            start_time: utc(lot.effective_at),
            end_time: utc(lot.expires_at),
            amount: Decimal::new(lot.left()),
            original_amount: Decimal::new(lot.granted),
            measure_id: CALLS,
        }
    });
    Ok(Json(Usages { free_resources: usages.collect() }))
}

/// `GET /v2/bills/customer-bills/free-resources-usage-records`: by the hour.
pub async fn draws(State(app): State<Arc<App>>, request: Request) -> Answer<Draws> {
    let asked = Asked::read(&app, request).await?;
    let query: DrawsQuery = asked.query()?;
    let bounds = page(query.offset, query.limit, 1_000)?;
    let range = days(&query.deduct_time_begin, &query.deduct_time_end)?;
    let owner = asked.owner;
    blocking(move || {
        let mut slice = Slice::new(bounds);
        for row in app.read.draws(owner.account, range)? {
            let is =
                |asked: &Option<String>, found: &str| asked.as_deref().is_none_or(|asked| asked == found);
            if is(&query.free_resource_id, &owner.ids.quota(row.lot))
                && is(&query.product_id, &names::product_id(row.api.as_str(), row.granted))
                && is(&query.resource_type_code, &resource_type(row.api.as_str()))
            {
                slice.add(|| draw(&row, &owner));
            }
        }
        Ok(Json(Draws { total_count: slice.count, free_resource_records: slice.rows }))
    })
    .await
}

fn days(begin: &str, end: &str) -> Result<(Timestamp, Timestamp), Failure> {
    let day =
        |field: &str, text: &str| names::day(text).map_err(|problem| wrong(format!("{field}: {problem}")));
    let (from, to) = (day("deduct_time_begin", begin)?.0, day("deduct_time_end", end)?.1);
    let days = (to.ms() - from.ms()).div_euclid(24 * charging::HOUR_MS);
    if !(1..=DAYS_LIMIT + 1).contains(&days) {
        return Err(wrong(format!("deduct_time_begin to deduct_time_end: at most {DAYS_LIMIT} days")));
    }
    Ok((from, to))
}

fn draw(row: &DrawRow, owner: &Owner) -> Draw {
    let before = row.granted.saturating_sub(row.drawn_before);
    Draw {
        deduct_time: utc(row.hour),
        free_resource_id: owner.ids.quota(row.lot),
        resource_id: owner.ids.pay_per_use(&row.api, &row.region),
        resource_type_code: resource_type(row.api.as_str()),
        resource_type_name: owner.language.api(row.api.as_str()),
        product_id: names::product_id(row.api.as_str(), row.granted),
        product_name: owner.language.package(row.api.as_str(), row.granted),
        usage_type_code: USAGE_TYPE.to_owned(),
        available_amount: before.to_string(),
        remaining_amount: before.saturating_sub(row.units).to_string(),
        used_amount: row.units.to_string(),
        measure_id: CALLS,
        effective_time: utc(row.effective_at),
        expire_time: utc(row.expires_at),
    }
}
