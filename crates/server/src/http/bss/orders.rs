//! Orders: every package that was bought, renewed or given back is one, and so is what waits for its payment. A package
//! bought in one step is paid as it is ordered.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{LotNo, Money, Month, Name, OrderNo, Timestamp, Zone};
use ledger::read::{BilledPackage, OrderRow, OrderState, ReadError};
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

const CANCELLED: u8 = 4;
const COMPLETED: u8 = 5;
const PENDING_PAYMENT: u8 = 6;

const PURCHASE: u8 = 1;
const RENEWAL: u8 = 2;
const UNSUBSCRIPTION: u8 = 4;
const TO_PAY_PER_USE: u8 = 10;

/// What an order came to.
pub enum Outcome {
    /// A package was bought, or given back.
    Package(BilledPackage),
    /// It waits for its payment, or ended without.
    Unpaid(OrderRow),
}

/// One order, as lists show it.
pub struct Listed {
    /// `order_id`.
    pub id: String,
    /// What it came to.
    pub outcome: Outcome,
    created_at: Timestamp,
    paid_at: Option<Timestamp>,
    status: u8,
    order_type: u8,
}

impl Listed {
    fn package(package: BilledPackage, owner: &Owner) -> Listed {
        let (id, created_at, order_type) = match package.refund {
            Some(refund) => {
                let order_type = if refund.to_pay_per_use { TO_PAY_PER_USE } else { UNSUBSCRIPTION };
                (owner.ids.refund(package.lot, package.at), package.at, order_type)
            }
            None => {
                let order_type = if package.renews.is_some() { RENEWAL } else { PURCHASE };
                let ordered_at = owner.ids.ordered_at(package.lot).unwrap_or(package.at);
                (owner.ids.order(package.lot, package.at), ordered_at, order_type)
            }
        };
        let paid_at = Some(package.at);
        let outcome = Outcome::Package(package);
        Listed { id, outcome, created_at, paid_at, status: COMPLETED, order_type }
    }

    /// `None` if it was paid: then its package is listed.
    fn unpaid(order: OrderRow, owner: &Owner) -> Option<Listed> {
        let status = match order.state {
            OrderState::Paid { .. } => return None,
            OrderState::Pending => PENDING_PAYMENT,
            OrderState::Cancelled { .. } | OrderState::Expired { .. } => CANCELLED,
        };
        let order_type = if order.renews.is_some() { RENEWAL } else { PURCHASE };
        let (id, created_at) = (owner.ids.pending_order(order.no, order.at), order.at);
        let outcome = Outcome::Unpaid(order);
        Some(Listed { id, outcome, created_at, paid_at: None, status, order_type })
    }

    /// The number of an order that waits, or waited, for its payment.
    pub fn number(&self) -> Option<OrderNo> {
        match &self.outcome {
            Outcome::Unpaid(order) => Some(order.no),
            Outcome::Package(_) => None,
        }
    }

    /// The API and region.
    pub fn service(&self) -> (&Name, &Name) {
        match &self.outcome {
            Outcome::Unpaid(order) => (&order.api, &order.region),
            Outcome::Package(package) => (&package.api, &package.region),
        }
    }

    fn calls(&self) -> u64 {
        match &self.outcome {
            Outcome::Unpaid(order) => order.units,
            Outcome::Package(package) => package.units,
        }
    }

    fn price(&self) -> Money {
        match &self.outcome {
            Outcome::Unpaid(order) => order.price,
            Outcome::Package(package) => package.price,
        }
    }

    fn discount(&self) -> Money {
        match &self.outcome {
            Outcome::Unpaid(_) => Money::ZERO,
            Outcome::Package(package) => package.discount,
        }
    }

    fn amounts(&self) -> Amounts {
        let zero = || money(Money::ZERO);
        let discount = Discount { discount_type: "300".to_owned(), discount_amount: money(self.discount()) };
        let (coupons, used) = match &self.outcome {
            Outcome::Unpaid(_) => (Money::ZERO, Money::ZERO),
            Outcome::Package(package) => {
                (package.payment.coupons, package.refund.map_or(Money::ZERO, |refund| refund.used))
            }
        };
        Amounts {
            discounts: if self.discount().is_positive() { vec![discount] } else { Vec::new() },
            flexipurchase_coupon_amount: zero(),
            coupon_amount: money(coupons),
            stored_card_amount: zero(),
            commission_amount: zero(),
            consumed_amount: money(used),
        }
    }

    fn order(&self, owner: &Owner) -> Order {
        let by_itself = match &self.outcome {
            Outcome::Package(package) => of_package(package) == BillType::AutoRenewal,
            Outcome::Unpaid(_) => false,
        };
        let pay_until = match &self.outcome {
            Outcome::Unpaid(order) if self.status == PENDING_PAYMENT => Some(utc(order.pay_until)),
            _ => None,
        };
        Order {
            order_id: self.id.clone(),
            customer_id: owner.account.to_string(),
            service_type_code: SERVICE_TYPE.to_owned(),
            service_type_name: owner.language.service(),
            source_type: if by_itself { 8 } else { 1 },
            status: self.status,
            order_type: self.order_type,
            amount_after_discount: money(self.price()),
            official_amount: money(self.price() + self.discount()),
            measure_id: CURRENCY_UNIT,
            create_time: utc(self.created_at),
            payment_time: self.paid_at.map(utc),
            currency: owner.currency.clone(),
            amount_info: self.amounts(),
            user_name: None,
            pending_payment_end_time: pay_until,
        }
    }

    fn line(&self, owner: &Owner) -> OrderLine {
        let api = self.service().0.as_str();
        let (validity, months) = match &self.outcome {
            Outcome::Unpaid(order) => (None, Some(order.validity_months)),
            Outcome::Package(package) => {
                let validity = (package.effective_at, package.expires_at);
                let months = months_of(owner.zone, validity);
                (Some(validity), months.filter(|_| package.refund.is_none()))
            }
        };
        let (period_type, period_num) = period(months.unwrap_or(12));
        OrderLine {
            order_line_item_id: format!("{}-000001", self.id),
            service_type_code: SERVICE_TYPE.to_owned(),
            service_type_name: owner.language.service(),
            product_id: names::product_id(api, self.calls()),
            product_spec_desc: owner.language.package(api, self.calls()),
            period_type,
            period_num: months.map(|_| period_num),
            effective_time: validity.map(|(from, _)| utc(from)),
            expire_time: validity.map(|(_, to)| utc(to)),
            subscription_num: 1,
            amount_after_discount: money(self.price()),
            official_amount: money(self.price() + self.discount()),
            amount_info: self.amounts(),
            currency: owner.currency.clone(),
            category_code: String::new(),
            product_owner_service: SERVICE_TYPE.to_owned(),
            commercial_resource: resource_type(api),
            order_id: self.id.clone(),
        }
    }
}

/// `period_type` and `period_num` of a validity in months: 2 months, 3 years.
fn period(months: u16) -> (u8, u16) {
    if months.is_multiple_of(12) { (3, months.div_euclid(12)) } else { (2, months) }
}

/// How many calendar months a validity has; a quota given for some days has none.
fn months_of(zone: Zone, (from, to): (Timestamp, Timestamp)) -> Option<u16> {
    let (first, after) = (zone.day_of(from), zone.day_of(to.plus_ms(1)));
    let number = |month: Month| i64::from(month.year) * 12 + i64::from(month.month);
    let months = number(after.month()) - number(first.month());
    // What ends with a month, and did not begin with one, ends on the first of the next.
    let is_month_end = after.month().first_day() == after && first.month().first_day() != first;
    u16::try_from(months - i64::from(is_month_end)).ok().filter(|months| *months > 0)
}

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
    let mut listed = all(&app, &owner).await?;
    if !is_rising {
        listed.reverse();
    }
    let types: Option<Vec<&str>> = query.order_type.as_deref().map(|text| text.split(',').collect());
    for order in listed.iter().filter(|_| !others) {
        let kind = order.order_type.to_string();
        let is_paid_within = paid_from.is_none() && paid_to.is_none()
            || order.paid_at.is_some_and(|at| {
                paid_from.is_none_or(|from| at >= from) && paid_to.is_none_or(|to| at <= to)
            });
        let is_wanted = query.order_id.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&order.id))
            && query.service_type_code.as_ref().is_none_or(|code| code.eq_ignore_ascii_case(SERVICE_TYPE))
            && query.status.is_none_or(|status| status == order.status)
            && types.as_ref().is_none_or(|types| types.contains(&kind.as_str()))
            && from.is_none_or(|from| order.created_at >= from)
            && to.is_none_or(|to| order.created_at <= to)
            && is_paid_within;
        if is_wanted {
            slice.add(|| order.order(&owner));
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
    let order = find(&app, &owner, &order_id).await?;
    let order_info = Order { user_name: Some(owner.name.clone()), ..order.order(&owner) };
    slice.add(|| order.line(&owner));
    Ok(Json(OrderDetails { total_count: slice.count, order_info, order_line_items: slice.rows }))
}

/// The order of an id. Another account's order is not found, like one that never was.
pub async fn find(app: &Arc<App>, owner: &Owner, order_id: &str) -> Result<Listed, Failure> {
    let listed = all(app, owner).await?;
    let found = listed.into_iter().find(|order| order.id.eq_ignore_ascii_case(order_id));
    found.ok_or_else(|| Failure::of(NO_SUCH_ORDER))
}

/// Everything the account ever ordered and gave back, oldest first.
async fn all(app: &Arc<App>, owner: &Owner) -> Result<Vec<Listed>, Failure> {
    let read = app.engine.read(owner.account, owner.now, |live, _| {
        let lots = live.account.lots().iter();
        let instants =
            lots.flat_map(|lot| [Some(lot.created_at), lot.ended_at.filter(|_| lot.is_unsubscribed)]);
        let mut months: Vec<Month> = instants.flatten().map(|at| live.account.zone().month(at)).collect();
        months.sort();
        months.dedup();
        months
    })?;
    let months = read.await?;
    let (app, owner) = (Arc::clone(app), owner.clone());
    blocking(move || {
        let mut listed = Vec::new();
        for month in months {
            app.read.look_at_bill(owner.account, month, |view| {
                view.packages(|package| {
                    listed.push(Listed::package(package, &owner));
                    Ok::<(), ReadError>(())
                })
            })?;
        }
        let unpaid = app.read.orders(owner.account)?;
        listed.extend(unpaid.into_iter().filter_map(|order| Listed::unpaid(order, &owner)));
        listed.sort_by_key(|order| order.created_at);
        Ok(listed)
    })
    .await
}

/// The order id of a lot that the account holds.
pub async fn id_of_lot(app: &Arc<App>, owner: &Owner, lot: LotNo) -> Result<String, Failure> {
    let read = app
        .engine
        .read(owner.account, owner.now, move |live, _| live.account.lot(lot).map(|lot| lot.created_at))?;
    let at = read.await?.ok_or_else(|| Failure::of(NO_SUCH_ORDER))?;
    Ok(owner.ids.order(lot, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validity_is_so_many_months() {
        let months = |from: &str, to: &str| {
            let at = |text: &str| Timestamp::parse(text).unwrap();
            months_of(Zone::BEIJING, (at(from), at(to)))
        };
        let until = |day: &str| format!("{day}T23:59:59.999+08:00");
        assert_eq!(months("2023-04-19T14:25:10+08:00", &until("2024-04-19")), Some(12));
        assert_eq!(months("2024-04-20T00:00:00+08:00", &until("2025-04-19")), Some(12));
        assert_eq!(months("2024-05-01T00:00:00+08:00", &until("2024-05-31")), Some(1));
        assert_eq!(months("2023-01-31T10:00:00+08:00", &until("2023-02-28")), Some(1));
        assert_eq!(months("2023-01-10T10:00:00+08:00", &until("2023-01-20")), None);
        assert_eq!((period(12), period(36), period(5)), ((3, 1), (3, 3), (2, 5)));
    }
}
