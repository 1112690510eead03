//! Orders that wait for their payment.
//!
//! An order fixes what is bought and its price, that of the catalog at that instant; a price list that changes later
//! does not change it. It is paid by hand, with the coupons of one's choice, and then it is a purchase or a renewal like
//! any other: a package that is bought in one step is an order that is paid as it is made. An order that is not paid in
//! the time the policy gives (`unpaid_order_hours`) ends by itself at that instant. What it is not: a debt. Nothing is
//! kept back for it, and nobody has to pay it.
//!
//! While an order for another period of a package is unpaid, that package is neither renewed by hand nor
//! unsubscribed ("unpaid order contains the resource"). Auto-renewal goes on; it takes the place of the order.

use serde::{Deserialize, Serialize};

use crate::keys::{Key, KeyUse};
use crate::orders::check_known;
use crate::{
    Account, Context, CouponChoice, Event, LotNo, Name, Offer, OrderOutcome, Reason, Recorded, Refusal,
    Timestamp,
};

/// How many unpaid orders an account may have.
pub const ORDERS_LIMIT: usize = 100;

/// The number of an order within its account, in the order they were made. Packages bought in one step have none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct OrderNo(pub u32);

/// An order that waits for its payment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PendingOrder {
    /// Its number within the account.
    pub no: OrderNo,
    /// What is bought, as it was on offer.
    pub offer: Offer,
    /// The region it is for.
    pub region: Name,
    /// The package whose next period it is.
    pub renews: Option<LotNo>,
    /// When it was made.
    pub ordered_at: Timestamp,
    /// When it ends unless it was paid before.
    pub pay_until: Timestamp,
    /// The caller's idempotency key.
    pub key: Option<Key>,
}

/// An order that was paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaidOrder {
    /// Its number within the account.
    pub no: OrderNo,
    /// When it was made.
    pub ordered_at: Timestamp,
}

/// What an order is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrderFor<'a> {
    /// A package on offer, by its API, region and number of calls.
    Package {
        /// The API.
        api: &'a Name,
        /// The region.
        region: &'a Name,
        /// How many calls it holds.
        calls: u64,
    },
    /// Another period of a package.
    Renewal(LotNo),
}

/// What making an order did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OrderPlaced {
    /// The order.
    pub order: OrderNo,
    /// True if the key was used before for the same order: none was made now.
    pub repeated: bool,
}

impl PendingOrder {
    fn is_for(&self, what: OrderFor<'_>) -> bool {
        match what {
            OrderFor::Renewal(lot) => self.renews == Some(lot),
            OrderFor::Package { api, region, calls } => {
                let own = (&self.offer.api, &self.region, self.offer.calls);
                self.renews.is_none() && own == (api, region, calls)
            }
        }
    }
}

impl Account {
    /// The orders that wait for their payment, oldest first.
    pub fn pending_orders(&self) -> impl Iterator<Item = &PendingOrder> {
        self.cold.orders.values()
    }

    /// An order that waits for its payment.
    pub fn pending_order(&self, no: OrderNo) -> Option<&PendingOrder> {
        self.cold.orders.get(&no)
    }

    /// The order a lot was bought with, if it was not bought in one step.
    pub fn order_of(&self, lot: LotNo) -> Option<PaidOrder> {
        self.cold.paid_orders.get(&lot).copied()
    }

    /// All orders that were paid after they were made, by the lots they brought.
    pub fn paid_orders(&self) -> impl Iterator<Item = (LotNo, PaidOrder)> {
        self.cold.paid_orders.iter().map(|(lot, order)| (*lot, *order))
    }

    /// The order that is to renew a lot and is not paid yet.
    pub fn unpaid_renewal(&self, lot: LotNo) -> Option<OrderNo> {
        self.cold.orders.values().find(|order| order.renews == Some(lot)).map(|order| order.no)
    }

    /// Makes an order that is to be paid later.
    ///
    /// # Errors
    /// What buying or renewing refuses before it comes to money, arrears among it; [`ORDERS_LIMIT`]; a key used for
    /// something else.
    pub fn place_pending_order(
        &mut self,
        context: Context<'_>,
        what: OrderFor<'_>,
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<OrderPlaced, Refusal> {
        let now = self.catch_up(context, now, out);
        if let Some(repeated) = self.repeated_order_of(context, (what, key), now, out)? {
            return Ok(repeated);
        }
        let (offer, region, renews) = match what {
            OrderFor::Package { api, region, calls } => {
                check_known(context, api, region)?;
                (self.offer_for(context, api, calls, now)?, region.clone(), None)
            }
            OrderFor::Renewal(lot) => {
                let (offer, region) = self.renewal_offer(context, lot, now)?;
                self.check_no_unpaid_renewal(lot)?;
                (offer, region, Some(lot))
            }
        };
        if self.is_in_arrears() {
            return Err(Refusal::new(Reason::InArrears { debt: self.debt() }));
        }
        if self.cold.orders.len() >= ORDERS_LIMIT {
            return Err(Refusal::new(Reason::TooMany { limit: ORDERS_LIMIT as u64 }));
        }
        let no = OrderNo(self.cold.next_order);
        let hours = context.policies.of(&self.policy).unpaid_order_hours;
        let pay_until = now.plus_ms(i64::from(hours) * crate::HOUR_MS);
        let offer = offer.clone();
        let order = Box::new(PendingOrder { no, offer, region, renews, ordered_at: now, pay_until, key });
        self.emit(now, Event::OrderPlaced { order }, out);
        Ok(OrderPlaced { order: no, repeated: false })
    }

    /// Pays an order, as buying or renewing would; the price is that of the order. Paying it again pays nothing.
    ///
    /// # Errors
    /// No such order, or one that has ended; arrears; too little balance; a coupon that cannot be used; a package that
    /// cannot be renewed any more; [`LOTS_LIMIT`](crate::LOTS_LIMIT).
    pub fn pay_order(
        &mut self,
        context: Context<'_>,
        no: OrderNo,
        coupons: CouponChoice,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<OrderOutcome, Refusal> {
        let now = self.catch_up(context, now, out);
        if let Some((lot, _)) = self.paid_orders().find(|(_, paid)| paid.no == no) {
            return Ok(OrderOutcome { lot, repeated: true });
        }
        let order = self.find_pending(no)?.clone();
        match order.renews {
            Some(lot) => self.pay_renewal(context, lot, &order, coupons, now, out),
            None => {
                self.buy_offer(context, (&order.offer, &order.region), (coupons, Some(no)), None, now, out)
            }
        }
    }

    /// Takes an order back that was not paid.
    ///
    /// # Errors
    /// No such order, or one that was paid or has ended.
    pub fn cancel_order(
        &mut self,
        context: Context<'_>,
        no: OrderNo,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        self.find_pending(no)?;
        self.emit(now, Event::OrderCancelled { order: no, is_expired: false }, out);
        Ok(())
    }

    fn find_pending(&self, no: OrderNo) -> Result<&PendingOrder, Refusal> {
        let has_been = no.0 < self.cold.next_order;
        self.pending_order(no).ok_or_else(|| {
            let ended = Reason::OrderNotPending { order: no };
            Refusal::new(if has_been { ended } else { Reason::UnknownOrder { order: no } })
        })
    }

    /// Refuses what an unpaid order for another period of the lot stands in the way of.
    pub(crate) fn check_no_unpaid_renewal(&self, lot: LotNo) -> Result<(), Refusal> {
        match self.unpaid_renewal(lot) {
            Some(order) => Err(Refusal::new(Reason::InUnpaidOrder { lot, order })),
            None => Ok(()),
        }
    }

    fn repeated_order_of(
        &mut self,
        context: Context<'_>,
        (what, key): (OrderFor<'_>, Option<Key>),
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<Option<OrderPlaced>, Refusal> {
        match self.use_of(context, key, now, out) {
            None => Ok(None),
            Some(KeyUse::Order(order)) if order.is_for(what) => {
                Ok(Some(OrderPlaced { order: order.no, repeated: true }))
            }
            Some(_) => Err(Refusal::new(Reason::KeyConflict)),
        }
    }

    /// A lot was renewed: what is unpaid of the same period is not to be paid any more.
    pub(crate) fn cancel_unpaid_renewal(&mut self, lot: LotNo, now: Timestamp, out: &mut Vec<Recorded>) {
        if let Some(order) = self.unpaid_renewal(lot) {
            self.emit(now, Event::OrderCancelled { order, is_expired: false }, out);
        }
    }

    /// Orders end whose time for payment is over.
    pub(crate) fn expire_orders(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        let is_over = |order: &&PendingOrder| order.pay_until <= at;
        let over: Vec<OrderNo> = self.pending_orders().filter(is_over).map(|order| order.no).collect();
        for order in over {
            self.emit(at, Event::OrderCancelled { order, is_expired: true }, out);
        }
    }

    /// When the next unpaid order ends.
    pub(crate) fn next_order_end(&self) -> Option<Timestamp> {
        self.pending_orders().map(|order| order.pay_until).min()
    }

    pub(crate) fn apply_order_placed(&mut self, order: &PendingOrder) {
        if let Some(key) = order.key {
            self.cold.keys.remember(key, KeyUse::Order(Box::new(order.clone())), order.ordered_at);
        }
        self.cold.next_order = order.no.0.saturating_add(1);
        self.cold.orders.insert(order.no, order.clone());
    }

    pub(crate) fn apply_order_ended(&mut self, no: OrderNo) {
        self.cold.orders.remove(&no);
    }

    /// An order was paid, and brought a lot.
    pub(crate) fn apply_order_paid(&mut self, no: OrderNo, lot: LotNo) {
        let Some(order) = self.cold.orders.remove(&no) else { return };
        self.cold.paid_orders.insert(lot, PaidOrder { no, ordered_at: order.ordered_at });
    }
}
