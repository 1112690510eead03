//! Orders that are paid later, and packages that are given back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use charging::{AccountId, LotNo, Money, Name, OrderFor, OrderNo, Refund, Unsubscribe};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::blocking;
use super::coupons::Choice;
use super::customer::{key, name, purchased};
use super::error::Failure;
use super::invalid::parse;
use super::renewals::lot_no;
use super::subject::{InPath, Subject};
use crate::app::App;
use crate::views::{commerce, raw};

type Answer = Result<Json<Value>, Failure>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOrder {
    api: Option<String>,
    region: Option<String>,
    calls: Option<u64>,
    renews: Option<u32>,
    key: Option<String>,
}

/// What an order is for: a package of the catalog, or another period of one that is there.
pub enum Wanted {
    /// A package of the catalog.
    Package {
        /// Its API.
        api: Name,
        /// Its region.
        region: Name,
        /// Its calls.
        calls: u64,
    },
    /// Another period.
    Renewal(LotNo),
}

impl Wanted {
    /// From the fields of a request.
    ///
    /// # Errors
    /// AIS.0101: neither the one nor the other.
    pub fn of(
        service: (Option<&str>, Option<&str>),
        calls: Option<u64>,
        renews: Option<u32>,
    ) -> Result<Wanted, Failure> {
        match (service, calls, renews) {
            ((Some(api), Some(region)), Some(calls), None) => {
                Ok(Wanted::Package { api: name(api)?, region: name(region)?, calls })
            }
            ((None, None), None, Some(lot)) => Ok(Wanted::Renewal(LotNo(lot))),
            _ => Err(Failure::of(error::INVALID_PARAMETER)
                .because("an order is for `api`, `region` and `calls`, or it `renews` a package")),
        }
    }

    /// As the core wants it.
    pub fn order(&self) -> OrderFor<'_> {
        match self {
            Wanted::Package { api, region, calls } => OrderFor::Package { api, region, calls: *calls },
            Wanted::Renewal(lot) => OrderFor::Renewal(*lot),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payment {
    #[serde(default)]
    coupons: Choice,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GiveBack {
    #[serde(default = "the_package")]
    what: Unsubscribe,
}

fn the_package() -> Unsubscribe {
    Unsubscribe::Package
}

/// `GET …/orders`.
pub async fn list(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    Ok(Json(Value::Array(orders(&app, subject.account).await?)))
}

/// `POST …/orders`.
pub async fn place(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    let NewOrder { api, region, calls, renews, key: text } = parse(&subject.body)?;
    let key = key("order", text.as_deref())?;
    let wanted = Wanted::of((api.as_deref(), region.as_deref()), calls, renews)?;
    let account = subject.account;
    let placed = app.engine.place_pending_order(account, wanted.order(), key, app.clock.now())?;
    let placed = placed.await??;
    Ok(Json(json!({ "order": order(&app, account, placed.order).await?, "repeated": placed.repeated })))
}

/// `POST …/orders/{order}/pay`.
pub async fn pay(State(app): State<Arc<App>>, InPath([no]): InPath<1>, subject: Subject) -> Answer {
    let Payment { coupons } = parse(&subject.body)?;
    let (account, no) = (subject.account, order_no(&no)?);
    let paid = app.engine.pay_order(account, no, coupons.into(), app.clock.now())?.await??;
    let Json(mut answer) = purchased(&app, account, paid).await?;
    answer["order"] = order(&app, account, no).await?;
    Ok(Json(answer))
}

/// `DELETE …/orders/{order}`.
pub async fn cancel(State(app): State<Arc<App>>, InPath([no]): InPath<1>, subject: Subject) -> Answer {
    let (account, no) = (subject.account, order_no(&no)?);
    app.engine.cancel_order(account, no, app.clock.now())?.await??;
    Ok(Json(order(&app, account, no).await?))
}

/// `POST …/packages/{lot}/unsubscribe`.
pub async fn unsubscribe(State(app): State<Arc<App>>, InPath([lot]): InPath<1>, subject: Subject) -> Answer {
    let GiveBack { what } = parse(&subject.body)?;
    let (account, lot) = (subject.account, lot_no(&lot)?);
    let refunds = app.engine.unsubscribe_package(account, lot, what, app.clock.now())?.await??;
    let amount: Money = refunds.iter().map(Refund::amount).sum();
    let cash = app.engine.read(account, app.clock.now(), |live, _| live.account.cash())?.await?;
    let refunds: Vec<Value> = refunds.iter().map(commerce::refund).collect();
    Ok(Json(json!({ "refunds": refunds, "amount": raw(amount), "cash": raw(cash) })))
}

async fn orders(app: &Arc<App>, account: AccountId) -> Result<Vec<Value>, Failure> {
    let zone = app.engine.read(account, app.clock.now(), |live, _| live.account.zone())?.await?;
    let app = Arc::clone(app);
    blocking(move || Ok(app.read.orders(account)?.iter().map(|order| commerce::order(order, zone)).collect()))
        .await
}

async fn order(app: &Arc<App>, account: AccountId, no: OrderNo) -> Result<Value, Failure> {
    let orders = orders(app, account).await?;
    Ok(orders.into_iter().find(|order| order["order"] == json!(no)).unwrap_or(Value::Null))
}

fn order_no(text: &str) -> Result<OrderNo, Failure> {
    let no = text.parse().map(OrderNo);
    no.map_err(|_| Failure::of(error::INVALID_PARAMETER).because("an order is named by its number"))
}
