//! What is sold, and in which units it is counted.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use wire::bss::products::{
    Conversion, Conversions, ListQuery, MeasureUnit, MeasureUnits, ResourceInfo, ResourceType, ResourceTypes,
    ServiceResource, ServiceResources, ServiceType, ServiceTypes, UsageType, UsageTypes,
};
use wire::bss::{CALLS, CURRENCY_UNIT};

use super::names::{SERVICE_TYPE, USAGE_TYPE, resource_type};
use super::{Answer, Asked, Slice, page};
use crate::app::App;

/// `measure_type` of money.
const CURRENCY: u8 = 1;
/// `measure_type` of times.
const DURATION: u8 = 2;
/// `measure_type` of numbers of things.
const QUANTITY: u8 = 4;
/// `measure_id` of hours.
const HOUR: u16 = 4;

/// Those who are sold: each API is a resource type.
fn apis(app: &App) -> Vec<String> {
    app.engine.rules().catalog.apis.keys().map(ToString::to_string).collect()
}

/// `GET /v2/products/service-types`.
pub async fn service_types(State(app): State<Arc<App>>, request: Request) -> Answer<ServiceTypes> {
    let asked = Asked::read(&app, request).await?;
    let query: ListQuery = asked.query()?;
    let mut slice = Slice::new(page(query.offset, query.limit, 1_000)?);
    let name = asked.owner.language.service();
    if query.service_type_name.is_none_or(|part| name.contains(&part)) {
        slice.add(|| ServiceType {
            service_type_code: SERVICE_TYPE.to_owned(),
            service_type_name: name,
            abbreviation: "OCR".to_owned(),
        });
    }
    Ok(Json(ServiceTypes { total_count: slice.count, service_types: slice.rows }))
}

/// `GET /v2/products/resource-types`.
pub async fn resource_types(State(app): State<Arc<App>>, request: Request) -> Answer<ResourceTypes> {
    let asked = Asked::read(&app, request).await?;
    let query: ListQuery = asked.query()?;
    let mut slice = Slice::new(page(query.offset, query.limit, 1_000)?);
    for api in apis(&app) {
        let code = resource_type(&api);
        if query.resource_type_code.as_ref().is_none_or(|asked| *asked == code) {
            slice.add(|| ResourceType {
                resource_type_code: code,
                resource_type_name: asked.owner.language.api(&api),
                resource_type_desc: asked.owner.language.api(&api),
                service_type_code: SERVICE_TYPE.to_owned(),
            });
        }
    }
    Ok(Json(ResourceTypes { total_count: slice.count, resource_types: slice.rows }))
}

/// `GET /v2/products/service-resources`.
pub async fn service_resources(State(app): State<Arc<App>>, request: Request) -> Answer<ServiceResources> {
    let asked = Asked::read(&app, request).await?;
    let query: ListQuery = asked.query()?;
    let mut slice = Slice::new(page(query.offset, query.limit, 100)?);
    let is_ours = query.service_type_code.as_deref().is_none_or(|code| code == SERVICE_TYPE);
    for api in apis(&app).into_iter().filter(|_| is_ours) {
        slice.add(|| ServiceResource {
            basic_info: ResourceInfo {
                resource_type_code: resource_type(&api),
                product_owner_service: SERVICE_TYPE.to_owned(),
                name: asked.owner.language.api(&api),
                description: asked.owner.language.api(&api),
            },
        });
    }
    Ok(Json(ServiceResources { total_count: slice.count, infos: slice.rows }))
}

/// `GET /v2/products/usage-types`.
pub async fn usage_types(State(app): State<Arc<App>>, request: Request) -> Answer<UsageTypes> {
    let asked = Asked::read(&app, request).await?;
    let query: ListQuery = asked.query()?;
    let mut slice = Slice::new(page(query.offset, query.limit, 1_000)?);
    for api in apis(&app) {
        let code = resource_type(&api);
        if query.resource_type_code.as_ref().is_none_or(|asked| *asked == code) {
            slice.add(|| UsageType {
                code: USAGE_TYPE.to_owned(),
                name: asked.owner.language.calls(),
                resource_type_code: code,
                service_type_code: SERVICE_TYPE.to_owned(),
                resource_type_name: asked.owner.language.api(&api),
                service_type_name: asked.owner.language.service(),
            });
        }
    }
    Ok(Json(UsageTypes { total_count: slice.count, usage_types: slice.rows }))
}

/// `GET /v2/bases/measurements`.
pub async fn measurements(State(app): State<Arc<App>>, request: Request) -> Answer<MeasureUnits> {
    let owner = Asked::read(&app, request).await?.owner;
    let unit = |measure_id, measure_name: String, abbreviation: &str, measure_type| MeasureUnit {
        measure_id,
        measure_name,
        abbreviation: abbreviation.to_owned(),
        measure_type,
    };
    let language = owner.language;
    Ok(Json(MeasureUnits {
        measure_units: vec![
            unit(CURRENCY_UNIT, owner.currency.clone(), &owner.currency, CURRENCY),
            unit(HOUR, language.choose("小时", "Hour"), "h", DURATION),
            unit(CALLS, language.choose("个（次）", "Count"), "count", QUANTITY),
        ],
    }))
}

/// `GET /v2/bases/conversions`: every unit here is the only one of its kind.
pub async fn conversions(State(app): State<Arc<App>>, request: Request) -> Answer<Conversions> {
    let asked = Asked::read(&app, request).await?;
    let query: ListQuery = asked.query()?;
    let all = [(CURRENCY_UNIT, CURRENCY), (HOUR, DURATION), (CALLS, QUANTITY)];
    let wanted = all.into_iter().filter(|(_, kind)| query.measure_type.is_none_or(|asked| asked == *kind));
    let conversions = wanted.map(|(measure_id, measure_type)| Conversion {
        measure_id,
        ref_measure_id: measure_id,
        conversion_ratio: 1,
        measure_type,
    });
    Ok(Json(Conversions { conversions: conversions.collect() }))
}
