//! Unsubscription: packages and renewed periods that are given back, and packages whose calls go on at a price.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{Reason, Unsubscribe as What};
use wire::bss::FailedResource;
use wire::bss::resources::{
    OrdersMade, ToOnDemandInstantly, ToOnDemandResult, ToOnDemandResults, Unsubscribe,
};
use wire::error::{RESOURCE_ABSENT, UNPAID_ORDER_HOLDS};

use super::packages::Held;
use super::resources::lots_by_id;
use super::{Answer, Asked, Failure, Owner, refused, wrong};
use crate::app::App;

/// The most resources that are given back at once.
const IDS_LIMIT: usize = 10;
/// The longest reason, in characters.
const REASON_LIMIT: usize = 1_000;

/// `POST /v2/orders/subscriptions/resources/unsubscribe`: an order for each package or period that is given back.
pub async fn unsubscribe(State(app): State<Arc<App>>, request: Request) -> Answer<OrdersMade> {
    let asked = Asked::read(&app, request).await?;
    let query: Unsubscribe = asked.body()?;
    let what = match query.unsubscribe_type {
        1 => What::Package,
        2 => What::Renewals,
        other => {
            return Err(wrong(format!(
                "unsubscribe_type={other}: 1 the resource and its renewed periods, 2 only these"
            )));
        }
    };
    if query.unsubscribe_reason_type.is_some_and(|reason| !(1..=5).contains(&reason)) {
        return Err(wrong("unsubscribe_reason_type: 1 to 5"));
    }
    if query.unsubscribe_reason.is_some_and(|reason| reason.chars().count() > REASON_LIMIT) {
        return Err(wrong(format!("unsubscribe_reason: at most {REASON_LIMIT} characters")));
    }
    let owner = asked.owner;
    let mut made = OrdersMade { order_ids: Vec::new(), fail_resource_infos: Vec::new() };
    for (id, found) in few_by_id(&app, &owner, &query.resource_ids).await? {
        match give_back(&app, &owner, found, what).await {
            Ok(order_ids) => made.order_ids.extend(order_ids),
            Err(failure) => made.fail_resource_infos.push(FailedResource {
                resource_id: id,
                error_code: failure.code().to_owned(),
                error_msg: failure.message().to_owned(),
            }),
        }
    }
    Ok(Json(made))
}

/// `POST /v2/orders/subscriptions/resources/to-on-demand/instantly`: a package is given back by the same rules, and its
/// calls go on at a price.
pub async fn to_on_demand(State(app): State<Arc<App>>, request: Request) -> Answer<ToOnDemandResults> {
    let asked = Asked::read(&app, request).await?;
    let ToOnDemandInstantly { resource_ids } = asked.body()?;
    let owner = asked.owner;
    let mut results = Vec::new();
    for (resource_id, found) in few_by_id(&app, &owner, &resource_ids).await? {
        results.push(match give_back(&app, &owner, found, What::ToPayPerUse).await {
            Ok(order_ids) => ToOnDemandResult {
                resource_id,
                result: "SUCCESS",
                error_code: None,
                error_msg: None,
                // The package's own; the others are of the periods that followed it.
                order_id: order_ids.into_iter().next(),
            },
            Err(failure) => ToOnDemandResult {
                resource_id,
                result: "FAIL",
                error_code: Some(failure.code().to_owned()),
                error_msg: Some(failure.message().to_owned()),
                order_id: None,
            },
        });
    }
    Ok(Json(ToOnDemandResults { to_ondemand_service_results: results }))
}

async fn few_by_id(app: &App, owner: &Owner, ids: &[String]) -> Result<Vec<(String, Option<Held>)>, Failure> {
    if ids.len() > IDS_LIMIT {
        return Err(wrong(format!("resource_ids: 1 to {IDS_LIMIT} ids")));
    }
    lots_by_id(app, owner, ids).await
}

/// The ids of the orders it makes, the package's own first.
async fn give_back(
    app: &App,
    owner: &Owner,
    found: Option<Held>,
    what: What,
) -> Result<Vec<String>, Failure> {
    let held = found.ok_or_else(|| Failure::of(RESOURCE_ABSENT))?;
    let given = app.engine.unsubscribe_package(owner.account, held.lot.no, what, owner.now)?.await?;
    let refunds = given.map_err(|refusal| match &*refusal.reason {
        Reason::InUnpaidOrder { .. } => {
            Failure::of(UNPAID_ORDER_HOLDS).because(&refusal).with_cure(refusal.word(), refusal.cure())
        }
        _ => refused(refusal),
    })?;
    let lots: Vec<_> = refunds.iter().map(|refund| refund.lot).collect();
    let read = app.engine.read(owner.account, owner.now, move |live, _| {
        let ended_at = |lot| live.account.lot(lot).and_then(|lot| lot.ended_at);
        lots.into_iter().map(|lot| (lot, ended_at(lot))).collect::<Vec<_>>()
    })?;
    let ended = read.await?;
    Ok(ended.into_iter().map(|(lot, at)| owner.ids.refund(lot, at.unwrap_or(owner.now))).collect())
}
