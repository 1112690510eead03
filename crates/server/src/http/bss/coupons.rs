//! Coupons, what was done with them, and stored-value cards, of which there are none.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{Coupon as Given, CouponWorth, Event, LotNo, Money, Timestamp};
use ledger::read::HistoryRow;
use wire::bss::CURRENCY_UNIT;
use wire::bss::coupons::{
    Cards, CardsQuery, Coupon, CouponChange, CouponChanges, CouponChangesQuery, Coupons, CouponsQuery,
    UseLimit,
};
use wire::number::Decimal;

use super::accounts::{direction, times};
use super::names::{SERVICE_TYPE, cycle, resource_type, utc};
use super::{Answer, Asked, Failure, Owner, Slice, instant, page, wrong};
use crate::app::App;
use crate::http::blocking;
use crate::views::money;

/// `coupon_type` of what pays: our cash coupons are Huawei's vouchers.
pub const VOUCHER: u8 = 1;
/// `coupon_type` of what takes a percentage off.
pub const DISCOUNT: u8 = 2;

/// `GET /v2/promotions/benefits/coupons`.
pub async fn coupons(State(app): State<Arc<App>>, request: Request) -> Answer<Coupons> {
    let asked = Asked::read(&app, request).await?;
    let query: CouponsQuery = asked.query()?;
    let mut slice = Slice::new(page(query.offset, query.limit, 1_000)?);
    let from = instant("active_start_time", &query.active_start_time)?;
    let to = instant("active_end_time", &query.active_end_time)?;
    // No coupon was given for an order, by a promotion or by a partner.
    let names_another = query.order_id.or(query.promotion_plan_id).or(query.source_id).is_some();
    let owner = asked.owner;
    let given = app.engine.read(owner.account, owner.now, |live, _| live.account.coupons().to_vec())?.await?;
    for coupon in given.iter().filter(|_| !names_another) {
        let row = self::coupon(coupon, &owner);
        let is_wanted = query.coupon_id.as_ref().is_none_or(|id| *id == row.coupon_id)
            && query.coupon_type.is_none_or(|kind| kind == row.coupon_type)
            && query.status.is_none_or(|status| status == row.status)
            && from.is_none_or(|from| coupon.given_at >= from)
            && to.is_none_or(|to| coupon.given_at <= to);
        if is_wanted {
            slice.add(|| row);
        }
    }
    Ok(Json(Coupons { count: slice.count, user_coupons: slice.rows }))
}

/// A coupon as lists show it.
pub fn coupon(given: &Given, owner: &Owner) -> Coupon {
    let id = owner.ids.coupon(given.no.0);
    let (coupon_type, face_value, plan) = match given.worth {
        CouponWorth::Cash { face } => {
            (VOUCHER, money(face), format!("{} {face}", owner.language.choose("代金券", "Cash coupon")))
        }
        CouponWorth::Discount { percent_off } => {
            let name = owner.language.choose("折扣券", "Discount coupon");
            (DISCOUNT, Decimal::new(percent_off), format!("{name} {percent_off}%"))
        }
    };
    let limit = |limit_key: &'static str, value1: String, limit_type: &'static str| UseLimit {
        use_limiti_info_id: owner.ids.row(&id, value1.len()),
        limit_key,
        value1,
        limit_type,
    };
    let apis = given.apis.iter().map(|api| limit("resourceTypeCode", resource_type(api.as_str()), "2"));
    let regions = given.regions.iter().map(|region| limit("regionCode", region.to_string(), "2"));
    let service = limit("cloudServiceTypeCode", SERVICE_TYPE.to_owned(), "2");
    Coupon {
        coupon_code: id.to_ascii_uppercase(),
        status: status(given, owner.now),
        customer_id: owner.account.to_string(),
        coupon_type,
        measure_id: CURRENCY_UNIT,
        face_value,
        valid_time: utc(given.valid_from),
        expire_time: utc(given.valid_to),
        plan_desc: plan.clone(),
        plan_name: plan,
        media_type: 1,
        fetch_method: 3,
        use_limits: std::iter::once(service).chain(apis).chain(regions).collect(),
        active_time: utc(given.given_at),
        create_time: utc(given.given_at),
        // 2: may be used again and again, until nothing is left.
        coupon_version: if coupon_type == VOUCHER { 2 } else { 1 },
        // What was left of one that ended is gone.
        balance: money(if given.has_expired { Money::ZERO } else { given.left }),
        is_frozen: "0",
        currency: owner.currency.clone(),
        coupon_id: id,
    }
}

fn status(given: &Given, now: Timestamp) -> u8 {
    match given.state(now) {
        "not_yet_valid" => 1,
        "used_up" => 3,
        "expired" => 4,
        _ => 2,
    }
}

/// `GET /v2/promotions/benefits/account-change-records`.
pub async fn changes(State(app): State<Arc<App>>, request: Request) -> Answer<CouponChanges> {
    let asked = Asked::read(&app, request).await?;
    let query: CouponChangesQuery = asked.query()?;
    if query.balance_type != "BALANCE_TYPE_COUPON" {
        return Err(wrong(format!("balance_type={}: must be BALANCE_TYPE_COUPON", query.balance_type)));
    }
    let bounds = page(query.offset, query.limit, 100)?;
    let (from, to) = times(&query.trade_time_begin, &query.trade_time_end)?;
    let owner = asked.owner;
    let moves = blocking({
        let (app, owner) = (Arc::clone(&app), owner.clone());
        move || coupon_moves(&app, &owner)
    })
    .await?;
    let mut slice = Slice::new(bounds);
    for of in moves {
        let is = |asked: &Option<String>, found: &str| asked.as_deref().is_none_or(|asked| asked == found);
        let is_wanted = from.is_none_or(|from| of.at >= from)
            && to.is_none_or(|to| of.at < to)
            && is(&query.coupon_id, &owner.ids.coupon(of.coupon))
            && is(&query.trade_id, &of.trade)
            && is(&query.revenue_expense_type, direction(of.change))
            && is(&query.trade_type, of.trade_type());
        if is_wanted {
            slice.add(|| of.record(&owner));
        }
    }
    Ok(Json(CouponChanges { total_count: slice.count, currency: owner.currency, records: slice.rows }))
}

/// What became of a coupon's money.
enum What {
    Given,
    PaidHour(Timestamp),
    PaidOrder,
    CameBack,
    Expired,
}

struct Move {
    coupon: u32,
    at: Timestamp,
    what: What,
    trade: String,
    change: Money,
    after: Money,
}

impl Move {
    fn trade_type(&self) -> &'static str {
        match self.what {
            What::Given => "ADJUST",
            What::PaidHour(_) | What::PaidOrder => "DEDEUCT",
            What::CameBack => "REFUND",
            What::Expired => "EXPIRED",
        }
    }

    fn record(&self, owner: &Owner) -> CouponChange {
        let (trade_detail_type, consumed_at) = match self.what {
            What::Given => ("SOURCE_OPERAIION_PRIZE", None),
            What::PaidHour(hour) => ("SOURCE_OPERAIION_USAGE", Some(hour)),
            What::PaidOrder => ("SOURCE_OPERAIION_DEDEUCT", Some(self.at)),
            What::CameBack => ("SOURCE_OPERAIION_REFUND", Some(self.at)),
            What::Expired => ("SOURCE_OPERAIION_EXPIRECLEAR", None),
        };
        CouponChange {
            coupon_id: owner.ids.coupon(self.coupon),
            trade_detail_type,
            trade_time: utc(self.at),
            trade_id: self.trade.clone(),
            change_amount: self.change.to_string(),
            balance_after_change: self.after.to_string(),
            revenue_expense_type: direction(self.change),
            bill_cycle: consumed_at.map(|at| cycle(at).to_string()),
            account_name: owner.name.clone(),
            cloud_service_type_name: consumed_at.map(|_| owner.language.service()),
            resource_type_name: None,
        }
    }
}

/// What became of the money of all cash coupons, oldest first.
fn coupon_moves(app: &App, owner: &Owner) -> Result<Vec<Move>, Failure> {
    let mut moves = Vec::new();
    let history = |row: &HistoryRow| match &row.event {
        Event::CouponGiven { coupon } if coupon.is_cash() => {
            Some((coupon.no.0, What::Given, coupon.left, String::new()))
        }
        Event::CouponExpired { coupon, amount } if amount.is_positive() => {
            Some((coupon.0, What::Expired, -*amount, String::new()))
        }
        _ => None,
    };
    let mut before = None;
    loop {
        let rows = app.read.history(owner.account, ledger::read::ROWS_LIMIT, before)?;
        let Some(last) = rows.last() else { break };
        before = Some(last.number);
        for row in &rows {
            if let Some((coupon, what, change, trade)) = history(row) {
                moves.push(Move { coupon, at: row.at, what, trade, change, after: Money::ZERO });
            }
        }
    }
    for used in app.read.coupon_payments(owner.account)? {
        let (what, trade) = match used.hour {
            Some(hour) => (What::PaidHour(hour), owner.ids.transaction(used.transaction.unwrap_or(0))),
            None if used.amount < Money::ZERO => {
                (What::CameBack, owner.ids.refund(used.lot.unwrap_or(LotNo(0)), used.at))
            }
            None => (What::PaidOrder, owner.ids.order(used.lot.unwrap_or(LotNo(0)), used.at)),
        };
        let (coupon, at, change) = (used.coupon.0, used.at, -used.amount);
        moves.push(Move { coupon, at, what, trade, change, after: Money::ZERO });
    }
    // A coupon is given before it pays, and ends after it paid.
    let order = |of: &Move| match of.what {
        What::Given => 0,
        What::PaidHour(_) | What::PaidOrder | What::CameBack => 1,
        What::Expired => 2,
    };
    moves.sort_by_key(|of| (of.at, order(of), of.coupon));
    let mut left = std::collections::BTreeMap::new();
    for of in &mut moves {
        let left: &mut Money = left.entry(of.coupon).or_default();
        *left += of.change;
        of.after = *left;
    }
    Ok(moves)
}

/// `GET /v2/promotions/benefits/stored-value-cards`.
pub async fn cards(State(app): State<Arc<App>>, request: Request) -> Answer<Cards> {
    let asked = Asked::read(&app, request).await?;
    let query: CardsQuery = asked.query()?;
    page(query.offset, query.limit, 1_000)?;
    if !(1..=2).contains(&query.status) {
        return Err(wrong("status: 1 usable, 2 used up"));
    }
    Ok(Json(Cards { total_count: 0, stored_value_cards: Vec::new() }))
}
