//! Yearly/monthly resources, which are packages: what there is, renewing, and what happens at the end.

use std::num::NonZeroU8;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use charging::{
    CouponChoice, Lot, LotNo, Offer, OrderFor, RENEWAL_DAYS, Renewal, RenewalMode, RenewalPlan, Source,
    Timestamp,
};
use wire::bss::FailedResource;
use wire::bss::resources::{
    AutoRenew, EnterpriseProject, ErrorDetail, NotDone, OrdersMade, Renew, RenewConfig, Resource, Resources,
    ResourcesQuery, ToOnDemand,
};
use wire::error::RESOURCE_ABSENT;

use super::names::{self, SERVICE_TYPE, project_id, resource_type, utc};
use super::packages::{Held, held};
use super::{Answer, Asked, Failure, Owner, Slice, instant, orders, page, refused, wrong};
use crate::app::App;
use crate::http::extract::Path;
use crate::http::renewals::TIMES_LIMIT;

/// The most resources that are renewed, changed or asked for at once.
const IDS_LIMIT: usize = 100;

/// A period in months: `period_type` 2 counts months, 3 years.
///
/// # Errors
/// CBC.0100.
pub fn months_of(period_type: u8, period_num: u32) -> Result<u32, Failure> {
    let months = match period_type {
        2 => Some(period_num),
        3 => period_num.checked_mul(12),
        _ => None,
    };
    months.filter(|months| *months > 0).ok_or_else(|| {
        wrong(format!("period_type={period_type}, period_num={period_num}: 2 months, 3 years"))
    })
}

/// Refuses a period that a package is not on offer for: each is for the time the price list says.
///
/// # Errors
/// CBC.0100.
pub fn check_period(offer: &Offer, months: u32) -> Result<(), Failure> {
    if u32::from(offer.validity_months) == months {
        return Ok(());
    }
    Err(wrong(format!(
        "period_num: the package of {} calls of {} is on offer for {} months",
        offer.calls, offer.api, offer.validity_months
    )))
}

/// The caller's packages by their resource ids, each `None` that is not there. Another account's is not there.
///
/// # Errors
/// CBC.0100 for no ids or too many.
pub async fn lots_by_id(
    app: &App,
    owner: &Owner,
    ids: &[String],
) -> Result<Vec<(String, Option<Held>)>, Failure> {
    if ids.is_empty() || ids.len() > IDS_LIMIT {
        return Err(wrong(format!("resource_ids: 1 to {IDS_LIMIT} ids")));
    }
    let mut lots = app.engine.read(owner.account, owner.now, |live, _| held(live))?.await?;
    let mut found = Vec::new();
    for id in ids {
        let at = lots.iter().position(|held| owner.ids.package(held.lot.no) == *id);
        found.push((id.clone(), at.map(|at| lots.swap_remove(at))));
    }
    Ok(found)
}

async fn lot_by_id(app: &App, owner: &Owner, id: &str) -> Result<Held, Failure> {
    let found = lots_by_id(app, owner, &[id.to_owned()]).await?.pop().and_then(|(_, held)| held);
    found.ok_or_else(|| Failure::of(RESOURCE_ABSENT))
}

/// `POST /v2/orders/suscriptions/resources/query`.
pub async fn resources(State(app): State<Arc<App>>, request: Request) -> Answer<Resources> {
    let asked = Asked::read(&app, request).await?;
    let query: ResourcesQuery = asked.body()?;
    let mut slice = Slice::new(page(query.offset, query.limit, 500)?);
    let from = instant("expire_time_begin", &query.expire_time_begin)?;
    let to = instant("expire_time_end", &query.expire_time_end)?;
    let owner = asked.owner;
    let read = app.engine.read(owner.account, owner.now, |live, _| {
        let renewal = |held: Held| {
            let renewal = live.account.renewal(held.lot.no);
            (held, renewal)
        };
        held(live).into_iter().map(renewal).collect::<Vec<_>>()
    })?;
    let region_projects = app.auth.directory.projects(&owner.account.to_string())?;
    for (held, renewal) in read.await?.iter().filter(|(held, _)| held.lot.source == Source::Package) {
        let mut row = resource(held, renewal, &owner);
        let project = region_projects.iter().find(|project| project.region == held.region.as_str());
        row.project_id = project.map(|project| project.project_id.clone());
        let order = owner.ids.order(held.lot.no, held.lot.created_at);
        let is_wanted = query
            .resource_ids
            .as_ref()
            .is_none_or(|ids| ids.is_empty() || ids.contains(&row.resource_id))
            && query.order_id.as_deref().is_none_or(|id| id.is_empty() || id == order)
            && query.status_list.as_ref().is_none_or(|list| list.is_empty() || list.contains(&row.status))
            && query.service_type_code.as_deref().is_none_or(|code| code == SERVICE_TYPE)
            && from.is_none_or(|from| held.lot.expires_at >= from)
            && to.is_none_or(|to| held.lot.expires_at <= to);
        if is_wanted {
            slice.add(|| row);
        }
    }
    Ok(Json(Resources { total_count: slice.count, data: slice.rows }))
}

/// 2 in use, 3 closed (used up or given back), 5 expired.
fn status(lot: &Lot, now: Timestamp) -> u8 {
    if lot.is_unsubscribed {
        3
    } else if lot.has_expired || now > lot.expires_at {
        5
    } else if lot.left() == 0 {
        3
    } else {
        2
    }
}

fn expire_policy(renewal: &Renewal) -> u8 {
    match renewal.plan.mode {
        RenewalMode::Manual => 0,
        RenewalMode::PayPerUse => 1,
        RenewalMode::Auto => 3,
        RenewalMode::None => 4,
    }
}

fn resource(Held { lot, api, region }: &Held, renewal: &Renewal, owner: &Owner) -> Resource {
    let name = owner.language.package(api.as_str(), lot.granted);
    let product = names::product_id(api.as_str(), lot.granted);
    Resource {
        id: owner.ids.package(lot.no),
        resource_id: owner.ids.package(lot.no),
        resource_name: name.clone(),
        region_code: region.to_string(),
        service_type_code: SERVICE_TYPE.to_owned(),
        resource_type_code: resource_type(api.as_str()),
        resource_type_name: owner.language.api(api.as_str()),
        service_type_name: owner.language.service(),
        resource_spec_code: product.clone(),
        project_id: None,
        product_id: product,
        is_main_resource: 1,
        status: status(lot, owner.now),
        effective_time: utc(lot.effective_at),
        expire_time: utc(lot.expires_at),
        expire_policy: expire_policy(renewal),
        product_spec_desc: name,
        update_time: utc(renewal.changed_at.max(lot.created_at)),
        enterprise_project: EnterpriseProject {
            id: project_id(lot.enterprise_project.as_ref()),
            name: owner.project_name(lot.enterprise_project.as_ref()),
        },
    }
}

/// `POST /v2/orders/subscriptions/resources/renew`: paid at once with `is_auto_pay` 1, by an order that waits for its
/// payment otherwise.
pub async fn renew(State(app): State<Arc<App>>, request: Request) -> Answer<OrdersMade> {
    let asked = Asked::read(&app, request).await?;
    let query: Renew = asked.body()?;
    let months = months_of(query.period_type, query.period_num)?;
    let is_paid = match query.is_auto_pay {
        Some(1) => true,
        None | Some(0) => false,
        Some(other) => return Err(wrong(format!("is_auto_pay={other}: 0 or 1"))),
    };
    let owner = asked.owner;
    let mut made = OrdersMade { order_ids: Vec::new(), fail_resource_infos: Vec::new() };
    for (id, found) in lots_by_id(&app, &owner, &query.resource_ids).await? {
        let outcome = match found {
            Some(held) => renew_one(&app, &owner, &held, months, is_paid).await,
            None => Err(Failure::of(RESOURCE_ABSENT)),
        };
        match outcome {
            Ok(order_id) => made.order_ids.push(order_id),
            Err(failure) => made.fail_resource_infos.push(FailedResource {
                resource_id: id,
                error_code: failure.code().to_owned(),
                error_msg: failure.message().to_owned(),
            }),
        }
    }
    Ok(Json(made))
}

/// Renews a package, or makes the order for it; gives the order's id.
async fn renew_one(
    app: &Arc<App>,
    owner: &Owner,
    held: &Held,
    months: u32,
    is_paid: bool,
) -> Result<String, Failure> {
    let (account, lot, now) = (owner.account, held.lot.no, owner.now);
    if let Some(offer) = app.engine.rules().catalog.offer(&held.api, held.lot.granted, now) {
        check_period(offer, months)?;
    }
    if is_paid {
        let choice = CouponChoice::Automatic;
        let renewed = app.engine.renew(account, lot, choice, None, now)?.await?.map_err(refused)?;
        return orders::id_of_lot(app, owner, renewed.lot).await;
    }
    let what = OrderFor::Renewal(lot);
    let placed = app.engine.place_pending_order(account, what, None, now)?.await?.map_err(refused)?;
    let read = app.engine.read(account, now, move |live, _| {
        live.account.pending_order(placed.order).map(|order| order.ordered_at)
    })?;
    Ok(owner.ids.pending_order(placed.order, read.await?.unwrap_or(now)))
}

/// `POST /v2/orders/subscriptions/resources/autorenew/{resource_id}`.
pub async fn auto_renew(
    State(app): State<Arc<App>>,
    Path(resource_id): Path<String>,
    request: Request,
) -> Result<StatusCode, Failure> {
    let asked = Asked::read(&app, request).await?;
    let AutoRenew { auto_renew_times, period_type } = asked.body()?;
    let times = auto_renew_times.map(|times| u8::try_from(times).ok().filter(|times| *times <= TIMES_LIMIT));
    if times == Some(None) {
        return Err(wrong(format!("auto_renew_times: 0 for no end, or 1 to {TIMES_LIMIT}")));
    }
    let held = lot_by_id(&app, &asked.owner, &resource_id).await?;
    if let (Some(period), Some(offer)) =
        (period_type, app.engine.rules().catalog.offer(&held.api, held.lot.granted, asked.owner.now))
    {
        let own = if offer.validity_months.is_multiple_of(12) { "YEAR" } else { "MONTH" };
        if period != own {
            let problem =
                format!("period_type must be {own}: it is renewed for {} months", offer.validity_months);
            return Err(wrong(problem));
        }
    }
    change_plan(&app, &asked.owner, held.lot.no, |plan| {
        // Where it is on and nothing is said of the times, these stay.
        let stays = plan.times.filter(|_| plan.mode == RenewalMode::Auto);
        let times = times.flatten().map_or(stays, NonZeroU8::new);
        RenewalPlan { mode: RenewalMode::Auto, times, ..plan }
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /v2/orders/subscriptions/resources/autorenew/{resource_id}`.
pub async fn cancel_auto_renew(
    State(app): State<Arc<App>>,
    Path(resource_id): Path<String>,
    request: Request,
) -> Result<StatusCode, Failure> {
    let asked = Asked::read(&app, request).await?;
    set_mode(&app, &asked.owner, &resource_id, RenewalMode::Manual).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says what happens at the end of a package; when auto-renewal begins stays as it was.
async fn set_mode(app: &App, owner: &Owner, id: &str, mode: RenewalMode) -> Result<(), Failure> {
    let lot = lot_by_id(app, owner, id).await?.lot.no;
    change_plan(app, owner, lot, |plan| RenewalPlan { mode, ..plan }).await
}

async fn change_plan(
    app: &App,
    owner: &Owner,
    lot: LotNo,
    change: impl FnOnce(RenewalPlan) -> RenewalPlan,
) -> Result<(), Failure> {
    let read = app.engine.read(owner.account, owner.now, move |live, _| live.account.renewal(lot).plan)?;
    let plan = change(read.await?);
    app.engine.set_renewal(owner.account, lot, plan, owner.now)?.await?.map_err(refused)
}

/// `POST /v2/orders/subscriptions/resources/renew/config`: how many days before the end packages are renewed that renew
/// themselves. A common day of expiry is not to be had: packages end on the days they were bought.
pub async fn config(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Json<serde_json::Value>, Failure> {
    let asked = Asked::read(&app, request).await?;
    let RenewConfig { config_name, config_value } = asked.body()?;
    if config_name != "DEDUCTION_DATE" {
        return Err(wrong(format!("config_name={config_name}: only DEDUCTION_DATE can be set")));
    }
    let days: u8 =
        config_value.parse().ok().filter(|days| (2..=RENEWAL_DAYS).contains(days)).ok_or_else(|| {
            wrong(format!("config_value={config_value}: 2 to {RENEWAL_DAYS} days before the end"))
        })?;
    let owner = asked.owner;
    let read = app.engine.read(owner.account, owner.now, |live, _| {
        let lots = live.account.lots().iter().filter(|lot| !lot.has_expired);
        let plans = lots.map(|lot| (lot.no, live.account.renewal(lot.no).plan));
        plans.filter(|(_, plan)| plan.mode == RenewalMode::Auto).collect::<Vec<_>>()
    })?;
    for (lot, plan) in read.await? {
        let plan = RenewalPlan { days_before: days, ..plan };
        let set = app.engine.set_renewal(owner.account, lot, plan, owner.now)?;
        // One that was renewed meanwhile has nothing left to be set.
        let _ = set.await?;
    }
    Ok(Json(serde_json::json!({ "error_code": "CBC.0000", "error_msg": "Success." })))
}

/// `POST /v2/orders/subscriptions/resources/to-on-demand`: whether calls go on at a price after a package's end.
pub async fn to_on_demand(State(app): State<Arc<App>>, request: Request) -> Answer<NotDone> {
    let asked = Asked::read(&app, request).await?;
    let ToOnDemand { operation, resource_ids } = asked.body()?;
    let mode = match operation.as_str() {
        "SET_UP" => RenewalMode::PayPerUse,
        "CANCEL" => RenewalMode::None,
        other => return Err(wrong(format!("operation={other}: SET_UP or CANCEL"))),
    };
    let owner = asked.owner;
    let mut error_details = Vec::new();
    for (id, _) in lots_by_id(&app, &owner, &resource_ids).await? {
        if let Err(failure) = set_mode(&app, &owner, &id, mode).await {
            let (error_code, error_msg) = (failure.code().to_owned(), failure.message().to_owned());
            error_details.push(ErrorDetail { error_code, error_msg, id });
        }
    }
    Ok(Json(NotDone { error_details }))
}
