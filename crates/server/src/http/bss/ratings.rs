//! What something would cost, by the price list in force now.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{Catalog, Money, Name, Offer, Source, Timestamp};
use wire::bss::ratings::{
    Marker, OfficialProductRating, OfficialRating, OnDemandProduct, OnDemandQuery, OnDemandRatings,
    PeriodProduct, PeriodQuery, PeriodRatings, ProductRating, RenewOfficial, RenewQuery, RenewRating,
    RenewRatings, Spec, Specs, SpecsQuery,
};
use wire::bss::{CALLS, CURRENCY_UNIT, FailedResource};
use wire::error::{BILLING_PARAMETER, NO_SUCH_PRODUCT, NOT_RENEWABLE, RESOURCE_ABSENT};

use super::names::{self, SERVICE_TYPE, USAGE_TYPE, resource_type};
use super::resources::{check_period, lots_by_id, months_of};
use super::{Answer, Asked, Failure, Owner, wrong};
use crate::app::App;
use crate::views::money;

/// The most products in one request.
const PRODUCTS_LIMIT: usize = 100;

fn no_such(id: &str) -> Failure {
    Failure::of(NO_SUCH_PRODUCT).because(format!("product {id}"))
}

/// `POST /v2/bills/ratings/on-demand-resources`: from the month's first unit on.
pub async fn on_demand(State(app): State<Arc<App>>, request: Request) -> Answer<OnDemandRatings> {
    let asked = Asked::read(&app, request).await?;
    let query: OnDemandQuery = asked.body()?;
    check_count(query.product_infos.len())?;
    let catalog = &app.engine.rules().catalog;
    let mut results = Vec::new();
    let mut total = Money::ZERO;
    for product in &query.product_infos {
        let amount = usage_price(catalog, &asked.owner, product)?;
        total += amount;
        results.push(ProductRating {
            id: product.id.clone(),
            product_id: names::usage_product(names::api_of(&product.resource_type).unwrap_or_default()),
            amount: money(amount),
            discount_amount: money(Money::ZERO),
            official_website_amount: money(amount),
            measure_id: CURRENCY_UNIT,
        });
    }
    Ok(Json(OnDemandRatings {
        amount: money(total),
        discount_amount: money(Money::ZERO),
        official_website_amount: money(total),
        measure_id: CURRENCY_UNIT,
        currency: asked.owner.currency,
        product_rating_results: results,
    }))
}

fn check_count(count: usize) -> Result<(), Failure> {
    if (1..=PRODUCTS_LIMIT).contains(&count) {
        return Ok(());
    }
    Err(wrong(format!("product_infos: 1 to {PRODUCTS_LIMIT} products")))
}

fn usage_price(catalog: &Catalog, owner: &Owner, product: &OnDemandProduct) -> Result<Money, Failure> {
    let (api, _) = of_catalog(
        catalog,
        &product.id,
        &product.cloud_service_type,
        &product.resource_type,
        &product.region,
    )?;
    if !product.usage_factor.eq_ignore_ascii_case(USAGE_TYPE) {
        return Err(wrong(format!("usage_factor of {}: {USAGE_TYPE}", product.id)));
    }
    if product.usage_measure_id != CALLS {
        return Err(wrong(format!("usage_measure_id of {}: {CALLS}", product.id)));
    }
    let calls =
        product.usage_value.as_u64().and_then(|calls| calls.checked_mul(u64::from(product.subscription_num)));
    let calls =
        calls.ok_or_else(|| wrong(format!("usage_value of {}: a whole number of calls", product.id)))?;
    let price = catalog.price(&api, owner.now).ok_or_else(|| no_such(&product.id))?;
    price.amount_of(calls).ok_or_else(|| wrong(format!("usage_value of {}: too many calls", product.id)))
}

fn of_catalog(
    catalog: &Catalog,
    id: &str,
    service: &str,
    resource: &str,
    region: &str,
) -> Result<(Name, Name), Failure> {
    let api = names::api_of(resource).and_then(|api| Name::new(api).ok());
    let (api, region) = (api.ok_or_else(|| no_such(id))?, Name::new(region).map_err(|_| no_such(id))?);
    if service != SERVICE_TYPE || !catalog.serves(&api, &region) {
        return Err(no_such(id));
    }
    Ok((api, region))
}

/// `POST /v2/bills/ratings/period-resources/subscribe-rate`.
pub async fn period(State(app): State<Arc<App>>, request: Request) -> Answer<PeriodRatings> {
    let asked = Asked::read(&app, request).await?;
    let query: PeriodQuery = asked.body()?;
    check_count(query.product_infos.len())?;
    let catalog = &app.engine.rules().catalog;
    let (mut results, mut total) = (Vec::new(), Money::ZERO);
    for product in &query.product_infos {
        let offer = offer_of(catalog, product, asked.owner.now)?;
        let amount = times(offer.price, product.subscription_num)
            .ok_or_else(|| wrong(format!("subscription_num of {}", product.id)))?;
        total += amount;
        results.push(OfficialProductRating {
            id: product.id.clone(),
            product_id: names::product_id(offer.api.as_str(), offer.calls),
            official_website_amount: money(amount),
            measure_id: CURRENCY_UNIT,
        });
    }
    Ok(Json(PeriodRatings {
        official_website_rating_result: OfficialRating {
            official_website_amount: money(total),
            measure_id: CURRENCY_UNIT,
            product_rating_results: results,
        },
        optional_discount_rating_results: Vec::new(),
        currency: asked.owner.currency,
    }))
}

fn times(price: Money, count: u32) -> Option<Money> {
    let e8 = price.e8().checked_mul(i64::from(count))?;
    Some(Money::from_e8(e8)).filter(|amount| count > 0 && amount.is_within_limit())
}

/// The package on offer that a product names: by its product id, or by its number of calls.
fn offer_of<'a>(catalog: &'a Catalog, product: &PeriodProduct, now: Timestamp) -> Result<&'a Offer, Failure> {
    let (api, _) = of_catalog(
        catalog,
        &product.id,
        &product.cloud_service_type,
        &product.resource_type,
        &product.region,
    )?;
    let months = months_of(product.period_type, product.period_num)?;
    let calls = product.resource_spec.rsplit('.').next().and_then(|calls| calls.parse().ok());
    let offer = calls.and_then(|calls| catalog.offer(&api, calls, now));
    let offer = offer.ok_or_else(|| no_such(&product.id))?;
    check_period(offer, months)?;
    Ok(offer)
}

/// `POST /v2/bills/ratings/period-resources/renew-rate`.
pub async fn renew(State(app): State<Arc<App>>, request: Request) -> Answer<RenewRatings> {
    let asked = Asked::read(&app, request).await?;
    let query: RenewQuery = asked.body()?;
    let months = months_of(query.period_type, query.period_num)?;
    let owner = asked.owner;
    let lots = lots_by_id(&app, &owner, &query.resource_ids).await?;
    let catalog = &app.engine.rules().catalog;
    let (mut results, mut failed, mut total) = (Vec::new(), Vec::new(), Money::ZERO);
    for (id, found) in lots {
        let fail = |code: wire::error::ErrorCode| FailedResource {
            resource_id: id.clone(),
            error_code: code.code.to_owned(),
            error_msg: code.message.to_owned(),
        };
        let Some(held) = found else {
            failed.push(fail(RESOURCE_ABSENT));
            continue;
        };
        let offer = catalog.offer(&held.api, held.lot.granted, owner.now);
        let offer = offer.filter(|_| held.lot.source == Source::Package);
        match offer {
            Some(offer) if u32::from(offer.validity_months) != months => failed.push(fail(BILLING_PARAMETER)),
            Some(offer) => {
                total += offer.price;
                results.push(RenewRating { resource_id: id, amount: offer.price.to_string() });
            }
            None => failed.push(fail(NOT_RENEWABLE)),
        }
    }
    Ok(Json(RenewRatings {
        currency: owner.currency,
        renew_inquiry_results: results,
        official_website_rating_result: RenewOfficial { official_website_amount: total.to_string() },
        optional_discount_rating_results: Vec::new(),
        fail_resource_infos: failed,
    }))
}

/// `POST /v2/products/resource-specs-query`: packages on offer (`charge_mode` 1), or usage (3). All on one page.
pub async fn specs(State(app): State<Arc<App>>, request: Request) -> Answer<Specs> {
    let asked = Asked::read(&app, request).await?;
    let query: SpecsQuery = asked.body()?;
    let catalog = &app.engine.rules().catalog;
    let language = asked.owner.language;
    let found = of_catalog(catalog, "", &query.cloud_service_type, &query.resource_type, &query.region_code);
    let spec = |api: &str, resource_spec: String, resource_spec_name: String| Spec {
        cloud_service_type: SERVICE_TYPE.to_owned(),
        cloud_service_type_name: language.service(),
        resource_type: resource_type(api),
        resource_type_name: language.api(api),
        resource_spec,
        resource_spec_name,
        charge_mode: query.charge_mode.clone(),
        region_code: query.region_code.clone(),
    };
    let specs = match (found, query.charge_mode.as_str()) {
        (Ok((api, _)), "1") => {
            let offers = catalog.offers_of(&api, asked.owner.now);
            let api = api.as_str();
            offers
                .map(|o| spec(api, names::product_id(api, o.calls), language.package(api, o.calls)))
                .collect()
        }
        (Ok((api, _)), "3") => {
            let api = api.as_str();
            vec![spec(api, names::usage_product(api), language.api(api))]
        }
        (_, "1" | "3") => Vec::new(),
        (_, other) => return Err(wrong(format!("charge_mode={other}: 1 packages, 3 pay-per-use"))),
    };
    Ok(Json(Specs { page_info: Marker { next_marker: None }, cloud_service_basics: specs }))
}
