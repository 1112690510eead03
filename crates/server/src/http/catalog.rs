//! `/v1/catalog` and `/v1/admin/catalog`: what there is at which price, and the rules of arrears, as configured.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{Catalog, Listing, Name, Offer, Policy, PriceVersion, Timestamp, Zone};
use serde_json::{Value, json};

use super::Known;
use super::error::Failure;
use super::routes::Routes;
use crate::app::App;
use crate::auth::rights::Need;
use crate::views::raw;

/// Routes under `/v1`.
pub fn routes() -> Routes {
    Routes::under("/v1").get(Need::Anybody, "/catalog", show)
}

async fn show(State(app): State<Arc<App>>, request: Request) -> Result<Json<Value>, Failure> {
    let known = Known::read(&app, request).await?;
    let now = app.clock.now();
    let zone = app.engine.read(known.caller.account, now, |live, _| live.account.zone())?.await?;
    let catalog = &app.engine.rules().catalog;
    let mut view = view(catalog, now, zone);
    let on_sale = catalog.listings.iter().filter(|listing| listing.is_on_sale(now));
    view["packages"] = on_sale.map(|listing| package_view(&listing.offer)).collect();
    Ok(Json(view))
}

/// The catalog with everything an operator wants to see beside it.
pub async fn show_all(State(app): State<Arc<App>>) -> Json<Value> {
    let policies = &app.engine.rules().policies;
    let defaults = &app.config.accounts;
    let zone = policies.get(defaults.policy.as_str()).map(|policy| policy.zone).unwrap_or_default();
    let (catalog, now) = (&app.engine.rules().catalog, app.clock.now());
    let mut view = view(catalog, now, zone);
    view["packages"] = catalog.listings.iter().map(|listing| listing_view(listing, now, zone)).collect();
    let named = policies.names().filter_map(|name| Some((name, policies.get(name.as_str())?)));
    view["policies"] = named.map(|(name, policy)| policy_view(name, policy)).collect();
    view["defaults"] = json!({ "tier": defaults.tier, "policy": defaults.policy });
    Json(view)
}

fn view(catalog: &Catalog, now: Timestamp, zone: Zone) -> Value {
    let apis: Vec<Value> = catalog
        .apis
        .iter()
        .map(|(api, prices)| {
            let in_force = catalog.price(api, now).map(|version| version.version);
            let version = |version: &PriceVersion| {
                let tiers: Vec<Value> = version
                    .tiers
                    .iter()
                    .map(|tier| {
                        json!({ "from_units": tier.from_units, "unit_price": tier.unit_price.to_string() })
                    })
                    .collect();
                json!({
                    "version": version.version,
                    "effective_from": version.effective_from.in_zone(zone),
                    "in_force": in_force == Some(version.version),
                    "tiers": tiers,
                })
            };
            json!({ "api": api, "prices": prices.versions.iter().map(version).collect::<Vec<_>>() })
        })
        .collect();
    json!({ "currency": catalog.currency, "regions": catalog.regions, "apis": apis })
}

fn package_view(offer: &Offer) -> Value {
    json!({
        "api": offer.api,
        "calls": offer.calls,
        "price": raw(offer.price),
        "validity_months": offer.validity_months,
    })
}

/// A package as the operator sees it: with its time.
fn listing_view(listing: &Listing, now: Timestamp, zone: Zone) -> Value {
    let mut view = package_view(&listing.offer);
    view["on_sale"] = listing.is_on_sale(now).into();
    view["on_sale_from"] = listing.on_sale_from.map(|at| at.in_zone(zone)).into();
    view["on_sale_until"] = listing.on_sale_until.map(|at| at.in_zone(zone)).into();
    view
}

fn policy_view(name: &Name, policy: &Policy) -> Value {
    let terms: Vec<Value> = policy
        .terms
        .iter()
        .map(|(tier, terms)| {
            json!({
                "tier": tier,
                "grace_days": terms.grace_days,
                "retention_days": terms.retention_days,
            })
        })
        .collect();
    json!({
        "policy": name,
        "terms": terms,
        "settlement_delay_minutes": policy.settlement_delay_minutes,
        "draw_order": policy.draw_order,
        "hold_s": policy.hold_s,
        "key_days": policy.key_days,
    })
}
