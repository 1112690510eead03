//! Orders: every package that was bought or renewed is one. A package is paid as it is bought, so all are completed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{LotNo, Month};
use ledger::read::{BoughtPackage, ReadError};
use wire::bss::CURRENCY_UNIT;
use wire::bss::bills::BillType;
use wire::bss::orders::{
    Amounts, DetailsQuery, Discount, Order, OrderDetails, OrderLine, Orders, OrdersQuery,
};
use wire::error::NO_SUCH_ORDER;

use super::names::{self, SERVICE_TYPE, resource_type, utc};
use super::{Answer, Asked, Failure, Owner, Slice, asks_for_others, instant, only_own, page};
use crate::app::App;
use crate::bill::bill_type::of_package;
use crate::http::blocking;
use crate::http::extract::Path;
use crate::views::money;

/// `status` of a completed order.
const COMPLETED: u8 = 5;

/// `GET /v2/orders/customer-orders`: newest first, unless asked otherwise.
pub async fn orders(State(app): State<Arc<App>>, request: Request) -> Answer<Orders> {
    let asked = Asked::read(&app, request).await?;
    let query: OrdersQuery = asked.query()?;
    let mut slice = Slice::new(page(query.offset, query.limit, 1_000)?);
    let others = asks_for_others(query.method.as_deref())?;
    let owner = asked.owner;
    only_own(&owner, query.customer_id.as_deref())?;
    let from = instant("create_time_begin", &query.create_time_begin)?;
    let to = instant("create_time_end", &query.create_time_end)?;
    let paid_from = instant("payment_time_begin", &query.payment_time_begin)?;
    let paid_to = instant("payment_time_end", &query.payment_time_end)?;
    let is_rising = query.order_by.as_deref().is_some_and(|by| by.eq_ignore_ascii_case("createTime"));
    let mut bought = purchases(&app, &owner).await?;
    if !is_rising {
        bought.reverse();
    }
    let types: Option<Vec<&str>> = query.order_type.as_deref().map(|text| text.split(',').collect());
    for package in bought.iter().filter(|_| !others) {
        let kind = order_type(package).to_string();
        let is_wanted = query
            .order_id
            .as_ref()
            .is_none_or(|id| id.eq_ignore_ascii_case(&id_of(package, &owner)))
            && query.service_type_code.as_ref().is_none_or(|code| code.eq_ignore_ascii_case(SERVICE_TYPE))
            && query.status.is_none_or(|status| status == COMPLETED)
            && types.as_ref().is_none_or(|types| types.contains(&kind.as_str()))
            && from.max(paid_from).is_none_or(|from| package.at >= from)
            && [to, paid_to].into_iter().flatten().all(|to| package.at <= to);
        if is_wanted {
            slice.add(|| order(package, &owner));
        }
    }
    Ok(Json(Orders { total_count: slice.count, order_infos: slice.rows }))
}

/// `GET /v2/orders/customer-orders/details/{order_id}`.
pub async fn details(
    State(app): State<Arc<App>>,
    Path(order_id): Path<String>,
    request: Request,
) -> Answer<OrderDetails> {
    let asked = Asked::read(&app, request).await?;
    let query: DetailsQuery = asked.query()?;
    let mut slice = Slice::new(page(query.offset, query.limit, 1_000)?);
    let owner = asked.owner;
    let package = find(&app, &owner, &order_id).await?;
    let order_info = Order { user_name: Some(owner.name.clone()), ..order(&package, &owner) };
    slice.add(|| line(&package, &owner));
    Ok(Json(OrderDetails { total_count: slice.count, order_info, order_line_items: slice.rows }))
}

/// The order of an id. Another account's order is not found, like one that never was.
pub async fn find(app: &Arc<App>, owner: &Owner, order_id: &str) -> Result<BoughtPackage, Failure> {
    let bought = purchases(app, owner).await?;
    let found = bought.into_iter().find(|package| id_of(package, owner).eq_ignore_ascii_case(order_id));
    found.ok_or_else(|| Failure::of(NO_SUCH_ORDER))
}

fn id_of(package: &BoughtPackage, owner: &Owner) -> String {
    owner.ids.order(package.lot, package.at)
}

/// Everything the account ever ordered, oldest first.
async fn purchases(app: &Arc<App>, owner: &Owner) -> Result<Vec<BoughtPackage>, Failure> {
    let read = app.engine.read(owner.account, owner.now, |live, _| {
        let mut months: Vec<Month> =
            live.account.lots().iter().map(|lot| live.account.zone().month(lot.created_at)).collect();
        months.dedup();
        months
    })?;
    let months = read.await?;
    let (app, account) = (Arc::clone(app), owner.account);
    blocking(move || {
        let mut bought = Vec::new();
        for month in months {
            app.read.look_at_bill(account, month, |view| {
                view.packages(|package| {
                    bought.push(package);
                    Ok::<(), ReadError>(())
                })
            })?;
        }
        bought.sort_by_key(|package: &BoughtPackage| package.lot);
        Ok(bought)
    })
    .await
}

fn order_type(package: &BoughtPackage) -> u8 {
    match of_package(package.renews) {
        BillType::Renewal | BillType::AutoRenewal => 2,
        _ => 1,
    }
}

fn amounts(package: &BoughtPackage) -> Amounts {
    let zero = || money(charging::Money::ZERO);
    let discount = Discount { discount_type: "300".to_owned(), discount_amount: money(package.discount) };
    Amounts {
        discounts: if package.discount.is_positive() { vec![discount] } else { Vec::new() },
        flexipurchase_coupon_amount: zero(),
        coupon_amount: money(package.payment.coupons),
        stored_card_amount: zero(),
        commission_amount: zero(),
        consumed_amount: zero(),
    }
}

fn order(package: &BoughtPackage, owner: &Owner) -> Order {
    let by_itself = of_package(package.renews) == BillType::AutoRenewal;
    Order {
        order_id: id_of(package, owner),
        customer_id: owner.account.to_string(),
        service_type_code: SERVICE_TYPE.to_owned(),
        service_type_name: owner.language.service(),
        source_type: if by_itself { 8 } else { 1 },
        status: COMPLETED,
        order_type: order_type(package),
        amount_after_discount: money(package.price),
        official_amount: money(package.price + package.discount),
        measure_id: CURRENCY_UNIT,
        create_time: utc(package.at),
        payment_time: Some(utc(package.at)),
        currency: owner.currency.clone(),
        amount_info: amounts(package),
        user_name: None,
        pending_payment_end_time: None,
    }
}

fn line(package: &BoughtPackage, owner: &Owner) -> OrderLine {
    let api = package.api.as_str();
    OrderLine {
        order_line_item_id: format!("{}-000001", id_of(package, owner)),
        service_type_code: SERVICE_TYPE.to_owned(),
        service_type_name: owner.language.service(),
        product_id: names::product_id(api, package.units),
        product_spec_desc: owner.language.package(api, package.units),
        period_type: 3,
        period_num: 1,
        effective_time: utc(package.effective_at),
        expire_time: utc(package.expires_at),
        subscription_num: 1,
        amount_after_discount: money(package.price),
        official_amount: money(package.price + package.discount),
        amount_info: amounts(package),
        currency: owner.currency.clone(),
        category_code: String::new(),
        product_owner_service: SERVICE_TYPE.to_owned(),
        commercial_resource: resource_type(api),
        order_id: id_of(package, owner),
    }
}

/// The order id of a lot that the account holds.
pub async fn id_of_lot(app: &Arc<App>, owner: &Owner, lot: LotNo) -> Result<String, Failure> {
    let read = app
        .engine
        .read(owner.account, owner.now, move |live, _| live.account.lot(lot).map(|lot| lot.created_at))?;
    let at = read.await?.ok_or_else(|| Failure::of(NO_SUCH_ORDER))?;
    Ok(owner.ids.order(lot, at))
}
