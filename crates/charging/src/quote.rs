//! Quotes: what an order would cost now, which coupons it would use, and what giving it back would bring.
//!
//! A quote has no rules of its own: it runs the order on a copy of the account and looks at what came of it. Where the
//! balance is too low, the copy is topped up first, for one wants to know the price before the money is there.

use crate::{
    Account, Context, CouponChoice, CouponNo, Event, Holds, LotNo, Money, OrderFor, Reason, Recorded,
    Refusal, Timestamp,
};

/// What an order would come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quote {
    /// The price before any discount.
    pub list_price: Money,
    /// The discount coupon it would use up, and what that takes off.
    pub discount: Option<(CouponNo, Money)>,
    /// The cash coupon it would use, and what that pays.
    pub coupon: Option<(CouponNo, Money)>,
    /// What the balance would pay.
    pub to_pay: Money,
    /// What of it is not there.
    pub missing: Money,
    /// First instant the package could be drawn at.
    pub effective_at: Timestamp,
    /// Last instant it could be drawn at.
    pub expires_at: Timestamp,
    /// What giving it back at once would bring; `None` if it could not be given back.
    pub refund: Option<Money>,
}

impl Account {
    /// What an order would cost at the instant. Nothing is changed.
    ///
    /// # Errors
    /// What the order would be refused for, but for too little balance.
    pub fn quote(
        &self,
        context: Context<'_>,
        what: OrderFor<'_>,
        coupons: CouponChoice,
        now: Timestamp,
    ) -> Result<Quote, Refusal> {
        let (mut copy, mut events) = (self.clone(), Vec::new());
        let now = copy.catch_up(context, now, &mut events);
        let (lot, missing) = match copy.try_order(context, what, coupons, now, &mut events) {
            Ok(lot) => (lot, Money::ZERO),
            Err(refusal) => {
                let Reason::InsufficientBalance { price, coupons: by_coupons, cash } = *refusal.reason else {
                    return Err(refusal);
                };
                let missing = price - by_coupons - cash;
                copy.top_up(context, missing, None, now, &mut events)?;
                (copy.try_order(context, what, coupons, now, &mut events)?, missing)
            }
        };
        let quoted = events.iter().rev().find_map(|recorded| quoted(recorded, lot));
        let Some(quote) = quoted else { return Err(Refusal::new(Reason::UnknownLot { lot })) };
        let refund = copy.refund_of(context, &Holds::default(), lot, now);
        Ok(Quote { missing, refund: refund.ok().map(|refund| refund.amount()), ..quote })
    }

    fn try_order(
        &mut self,
        context: Context<'_>,
        what: OrderFor<'_>,
        coupons: CouponChoice,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<LotNo, Refusal> {
        let ordered = match what {
            OrderFor::Package { api, region, calls } => {
                self.buy_package(context, (api, region, calls), coupons, None, now, out)
            }
            OrderFor::Renewal(lot) => self.renew(context, lot, coupons, None, now, out),
        };
        ordered.map(|outcome| outcome.lot)
    }
}

/// What an event says of the price of a lot, if it is the one that brought it.
fn quoted(recorded: &Recorded, bought: LotNo) -> Option<Quote> {
    let Event::LotGranted { lot, price, effective_at, expires_at, order, .. } = &recorded.event else {
        return None;
    };
    let (list_price, discount, coupon) = match order {
        Some(order) => (order.list_price, order.discount, order.coupon),
        None => (*price, None, None),
    };
    let quote = Quote {
        list_price,
        discount,
        coupon,
        to_pay: *price - coupon.map_or(Money::ZERO, |(_, amount)| amount),
        missing: Money::ZERO,
        effective_at: *effective_at,
        expires_at: *expires_at,
        refund: None,
    };
    (*lot == bought).then_some(quote)
}
