//! Paying an order that waits for it, with the coupons of one's choice; cancelling it; and what was refunded.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use charging::{Coupon, CouponChoice, CouponNo, Money};
use wire::bss::CURRENCY_UNIT;
use wire::bss::orders::{
    CancelOrder, Chosen, MostCoupons, OfOrder, OrderCoupon, OrderCoupons, OrderDiscounts, PayOrder,
    RefundInfo, Refunds, RefundsQuery,
};
use wire::error::NO_SUCH_ORDER;

use super::coupons::{DISCOUNT, VOUCHER, coupon};
use super::names::{SERVICE_TYPE, resource_type};
use super::orders::{Outcome, find};
use super::{Answer, Asked, Failure, Owner, only_own, refused, wrong};
use crate::app::App;
use crate::views::money;

/// `type` of a discount coupon that was chosen.
const DISCOUNT_COUPON: u16 = 300;
/// `type` of vouchers and cash coupons, which are the same here.
const CASH_COUPONS: [u16; 2] = [301, 302];

/// `POST /v3/orders/customer-orders/pay`: out of the coupons that are named, then the balance.
pub async fn pay(State(app): State<Arc<App>>, request: Request) -> Result<StatusCode, Failure> {
    let asked = Asked::read(&app, request).await?;
    let query: PayOrder = asked.body()?;
    let owner = asked.owner;
    let order = find(&app, &owner, &query.order_id).await?;
    let coupons = choice(&app, &owner, &query).await?;
    match order.number() {
        Some(no) => {
            app.engine.pay_order(owner.account, no, coupons, owner.now)?.await?.map_err(refused)?;
        }
        // What was paid is paid.
        None if matches!(&order.outcome, Outcome::Package(package) if package.refund.is_none()) => {}
        None => return Err(wrong("order_id: this order has nothing to be paid")),
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn choice(app: &App, owner: &Owner, query: &PayOrder) -> Result<CouponChoice, Failure> {
    let uses = |field: &str, text: &str| match text {
        "YES" => Ok(true),
        "NO" => Ok(false),
        other => Err(wrong(format!("{field}={other}: YES or NO"))),
    };
    if uses("use_discount", &query.use_discount)? {
        return Err(wrong(
            "discount_infos: there are no discounts beside discount coupons; use_discount is NO",
        ));
    }
    if !uses("use_coupon", &query.use_coupon)? {
        return Ok(CouponChoice::None);
    }
    let chosen = query.coupon_infos.as_deref().unwrap_or_default();
    if chosen.is_empty() {
        return Err(wrong("coupon_infos: at least one coupon with use_coupon YES"));
    }
    let given = app.engine.read(owner.account, owner.now, |live, _| live.account.coupons().to_vec())?.await?;
    let (mut discount, mut cash) = (None, None);
    for Chosen { id, kind } in chosen {
        let found = given.iter().find(|coupon| owner.ids.coupon(coupon.no.0) == *id);
        let coupon = found.ok_or_else(|| wrong(format!("coupon_infos: there is no coupon {id}")))?;
        let place = match (*kind, coupon.is_cash()) {
            (DISCOUNT_COUPON, false) => &mut discount,
            (kind, true) if CASH_COUPONS.contains(&kind) => &mut cash,
            (kind, _) => return Err(wrong(format!("coupon_infos: coupon {id} is not of type {kind}"))),
        };
        let before: Option<CouponNo> = place.replace(coupon.no);
        if before.is_some_and(|before| before != coupon.no) {
            return Err(wrong("coupon_infos: one discount coupon and one cash coupon at most"));
        }
    }
    Ok(CouponChoice::These { discount, cash })
}

/// `PUT /v2/orders/customer-orders/cancel`.
pub async fn cancel(State(app): State<Arc<App>>, request: Request) -> Result<StatusCode, Failure> {
    let asked = Asked::read(&app, request).await?;
    let CancelOrder { order_id } = asked.body()?;
    let owner = asked.owner;
    let order = find(&app, &owner, &order_id).await?;
    let no = order.number().ok_or_else(|| wrong("order_id: this order is paid"))?;
    app.engine.cancel_order(owner.account, no, owner.now)?.await?.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v2/orders/customer-orders/order-coupons`: what may be used for an order now; none for one that does not wait.
pub async fn order_coupons(State(app): State<Arc<App>>, request: Request) -> Answer<OrderCoupons> {
    let asked = Asked::read(&app, request).await?;
    let OfOrder { order_id } = asked.query()?;
    let owner = asked.owner;
    let order = find(&app, &owner, &order_id).await?;
    let no = order.number();
    let read = app.engine.read(owner.account, owner.now, move |live, _| {
        let waits = no.is_some_and(|no| live.account.pending_order(no).is_some());
        if waits { live.account.coupons().to_vec() } else { Vec::new() }
    })?;
    let (api, region) = order.service();
    let usable = |coupon: &&Coupon| coupon.is_usable(owner.now) && coupon.is_for(api, region);
    let given = read.await?;
    let user_coupons: Vec<OrderCoupon> = given.iter().filter(usable).map(|of| row(of, &owner)).collect();
    let most = |coupon_type| MostCoupons { coupon_type, coupon_group: 0, use_quantity_value: 1 };
    Ok(Json(OrderCoupons {
        count: user_coupons.len(),
        user_coupons,
        coupon_max_use_quantity: vec![most(VOUCHER), most(DISCOUNT)],
    }))
}

fn row(given: &Coupon, owner: &Owner) -> OrderCoupon {
    let row = coupon(given, owner);
    OrderCoupon {
        coupon_id: row.coupon_id,
        coupon_code: row.coupon_code,
        status: row.status,
        coupon_type: row.coupon_type,
        measure_id: row.measure_id,
        face_value: row.face_value,
        effective_time: row.valid_time,
        expire_time: row.expire_time,
        plan_name: row.plan_name,
        plan_desc: row.plan_desc,
        use_limits: row.use_limits,
        active_time: row.active_time,
        create_time: row.create_time,
        coupon_version: row.coupon_version,
        balance: row.balance,
        coupon_group: 0,
    }
}

/// `GET /v2/orders/customer-orders/order-discounts`: none, beside discount coupons.
pub async fn order_discounts(State(app): State<Arc<App>>, request: Request) -> Answer<OrderDiscounts> {
    let asked = Asked::read(&app, request).await?;
    let OfOrder { order_id } = asked.query()?;
    find(&app, &asked.owner, &order_id).await?;
    Ok(Json(OrderDiscounts { discounts: Vec::new() }))
}

/// `GET /v2/orders/customer-orders/refund-orders`: the amounts of a refund. They sum to what was given back.
pub async fn refunds(State(app): State<Arc<App>>, request: Request) -> Answer<Refunds> {
    let asked = Asked::read(&app, request).await?;
    let RefundsQuery { order_id, customer_id } = asked.query()?;
    let owner = asked.owner;
    only_own(&owner, customer_id.as_deref())?;
    let order = find(&app, &owner, &order_id).await?;
    let Outcome::Package(package) = &order.outcome else { return Err(Failure::of(NO_SUCH_ORDER)) };
    let Some(refund) = package.refund else { return Err(Failure::of(NO_SUCH_ORDER)) };
    let base_order_id = owner.ids.order(package.lot, refund.bought_at);
    let (api, region) = order.service();
    let info = |number: usize, amount: Money| RefundInfo {
        id: owner.ids.row(&order.id, number),
        amount: money(amount),
        measure_id: CURRENCY_UNIT.to_string(),
        customer_id: owner.account.to_string(),
        resource_type_code: resource_type(api.as_str()),
        service_type_code: SERVICE_TYPE.to_owned(),
        resource_type_name: owner.language.api(api.as_str()),
        service_type_name: owner.language.service(),
        region_code: region.to_string(),
        base_order_id: base_order_id.clone(),
    };
    let whole = package.price - refund.used - refund.fee;
    let withheld = [refund.used, refund.fee].into_iter().filter(|amount| amount.is_positive());
    let amounts = std::iter::once(whole).chain(withheld);
    let refund_infos: Vec<RefundInfo> = amounts.enumerate().map(|(at, amount)| info(at, amount)).collect();
    Ok(Json(Refunds { total_count: refund_infos.len(), refund_infos }))
}
