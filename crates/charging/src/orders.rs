//! Orders: enabling and disabling an API, buying a package, being given one.
//!
//! "For operations involving fees, such as purchasing new OCR services, renewing orders, you will not be able
//! to proceed" (Arrears): while something is owed, only disabling and restricting work.

use crate::keys::{Key, KeyUse};
use crate::{
    Account, Context, CouponChoice, Event, Lot, LotNo, Money, Name, NoticeKind, Offer, OrderDetail, OrderNo,
    Reason, Recorded, Refusal, ServiceNo, Source, Standing, SubscriptionMode, Timestamp,
};

/// How many lots with units left an account may have: what is due next is looked for among them all.
pub const LOTS_LIMIT: usize = 1_000;
/// How many units a lot may have.
pub(crate) const LOT_UNITS_LIMIT: u64 = 1_000_000_000_000;

/// What a purchase or a gift did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OrderOutcome {
    /// The lot.
    pub lot: LotNo,
    /// True if the key was used before for the same order: nothing was bought now.
    pub repeated: bool,
}

/// A lot to be given by the operator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewLot {
    /// The API it is for.
    pub api: Name,
    /// The region it is for.
    pub region: Name,
    /// Where it comes from.
    pub source: Source,
    /// How many units it holds.
    pub units: u64,
    /// First instant it can be drawn at; now, if that is later.
    pub effective_at: Timestamp,
    /// Last instant it can be drawn at.
    pub expires_at: Timestamp,
    /// The enterprise project it is reserved for, if any.
    pub enterprise_project: Option<Name>,
    /// What is paid for it out of the cash.
    pub price: Money,
}

/// A package ordered by the customer, for a new quota or another period.
pub(crate) struct Order {
    pub api: Name,
    pub region: Name,
    pub units: u64,
    pub effective_at: Timestamp,
    pub expires_at: Timestamp,
    pub enterprise_project: Option<Name>,
    /// The price before any discount.
    pub list_price: Money,
    /// The package whose end it begins at.
    pub renews: Option<LotNo>,
    /// True if nobody asked for it now: auto-renewal.
    pub is_automatic: bool,
    /// Its number, if it was made before it is paid.
    pub order: Option<OrderNo>,
}

impl Account {
    /// Enables an API in a region, or changes its mode. Doing it twice is doing it once.
    ///
    /// # Errors
    /// Unknown API or region; arrears (except restricting an enabled API to its packages).
    pub fn subscribe(
        &mut self,
        context: Context<'_>,
        (api, region): (&Name, &Name),
        mode: SubscriptionMode,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        check_known(context, api, region)?;
        let enabled = self.find_service(api, region).and_then(|no| self.service(no)?.subscription);
        if enabled.is_some_and(|s| s.mode == mode) {
            return Ok(());
        }
        let restricts = enabled.is_some() && mode == SubscriptionMode::PackageOnly;
        if self.is_in_arrears() && !restricts {
            return Err(Refusal::new(Reason::InArrears { debt: self.debt() }));
        }
        let service = self.find_or_add_service(api, region, now, out)?;
        self.enable(service, mode, now, out);
        Ok(())
    }

    /// Enables an API in a region, where nothing stands in the way.
    pub(crate) fn enable(
        &mut self,
        service: ServiceNo,
        mode: SubscriptionMode,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) {
        let from = self.standing;
        let is_released = matches!(from, Standing::Released { .. });
        if is_released {
            self.emit(now, Event::StandingChanged { standing: Standing::Good { since: now } }, out);
        }
        self.emit(now, Event::Subscribed { service, mode }, out);
        if is_released {
            // The debt was paid before, or nothing could be enabled.
            self.notify(now, NoticeKind::Restored { from, debt_paid: Money::ZERO }, out);
        }
    }

    /// Disables an API in a region. What was used up to now is still settled with its hour.
    ///
    /// # Errors
    /// The API is not enabled there.
    pub fn unsubscribe(
        &mut self,
        context: Context<'_>,
        (api, region): (&Name, &Name),
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        let service = self
            .find_service(api, region)
            .filter(|no| self.service(*no).is_some_and(|service| service.subscription.is_some()));
        let Some(service) = service else { return Err(Refusal::new(Reason::NothingToUnsubscribe)) };
        self.emit(now, Event::Unsubscribed { service }, out);
        Ok(())
    }

    /// Buys a package on offer with the coupons of one's choice; it takes effect at once and is valid to 23:59:59 of its
    /// expiry day.
    ///
    /// # Errors
    /// Unknown API, region or package; arrears; too little cash; [`LOTS_LIMIT`]; a coupon that cannot be used; a key
    /// used for something else.
    pub fn buy_package(
        &mut self,
        context: Context<'_>,
        (api, region, calls): (&Name, &Name, u64),
        coupons: CouponChoice,
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<OrderOutcome, Refusal> {
        let now = self.catch_up(context, now, out);
        // What was ordered, not what it costs today, decides whether this is the same order again.
        let same =
            |lot: &Lot| (lot.source, lot.granted, &lot.enterprise_project) == (Source::Package, calls, &None);
        if let Some(repeated) = self.repeated_order(context, (api, region), key, same, now, out)? {
            return Ok(repeated);
        }
        check_known(context, api, region)?;
        let offer = self.offer_for(context, api, calls, now)?;
        self.buy_offer(context, (offer, region), (coupons, None), key, now, out)
    }

    /// Buys what is, or was, on offer: in one step, or for an order made before.
    pub(crate) fn buy_offer(
        &mut self,
        context: Context<'_>,
        (offer, region): (&Offer, &Name),
        (coupons, order): (CouponChoice, Option<OrderNo>),
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<OrderOutcome, Refusal> {
        let order = Order {
            api: offer.api.clone(),
            region: region.clone(),
            units: offer.calls,
            effective_at: now,
            expires_at: self.zone.end_of_day_after_months(now, offer.validity_months),
            enterprise_project: None,
            list_price: offer.price,
            renews: None,
            is_automatic: false,
            order,
        };
        self.place_order(context, order, coupons, key, now, out)
    }

    /// The package on offer for an API with so many calls.
    pub(crate) fn offer_for<'c>(
        &self,
        context: Context<'c>,
        api: &Name,
        calls: u64,
        now: Timestamp,
    ) -> Result<&'c Offer, Refusal> {
        context.catalog.offer(api, calls, now).ok_or_else(|| {
            let offered = context.catalog.offers_of(api, now).map(|offer| offer.calls).collect();
            Refusal::new(Reason::UnknownPackage { api: api.clone(), calls, offered })
        })
    }

    /// Pays an order and grants its lot: "discount (only one), cash coupon (only one), account balance"
    /// (Automatic Payments).
    pub(crate) fn place_order(
        &mut self,
        context: Context<'_>,
        order: Order,
        choice: CouponChoice,
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<OrderOutcome, Refusal> {
        if self.is_in_arrears() {
            return Err(Refusal::new(Reason::InArrears { debt: self.debt() }));
        }
        let Order { api, region, list_price, renews, .. } = &order;
        let (discount, cash) = self.choose_coupons(choice, (api, region), now)?;
        let discount = discount.map(|coupon| (coupon.no, coupon.off(*list_price)));
        let price = *list_price - discount.map_or(Money::ZERO, |(_, amount)| amount);
        let coupon = cash.map(|coupon| (coupon.no, coupon.left.min(price)));
        let coupon = coupon.filter(|(_, amount)| amount.is_positive());
        let to_pay = price - coupon.map_or(Money::ZERO, |(_, amount)| amount);
        if self.cash() < to_pay {
            let (price, coupons, cash) = (*list_price, *list_price - to_pay, self.cash());
            return Err(Refusal::new(Reason::InsufficientBalance { price, coupons, cash }));
        }
        let is_special = discount.is_some() || coupon.is_some() || renews.is_some() || order.order.is_some();
        let (list_price, renews, is_automatic) = (*list_price, *renews, order.is_automatic);
        let detail = OrderDetail { list_price, discount, coupon, renews, is_automatic, order: order.order };
        let Order { api, region, units, effective_at, expires_at, enterprise_project, .. } = order;
        let source = Source::Package;
        let new = NewLot { api, region, source, units, effective_at, expires_at, enterprise_project, price };
        self.add_lot(context, new, is_special.then(|| Box::new(detail)), key, now, out)
    }

    /// Gives quota: a free trial, a promotion, or a package agreed outside the catalog (paid from the cash).
    ///
    /// # Errors
    /// Unknown API or region, a lot without units or validity, too little cash, [`LOTS_LIMIT`], a key used for something
    /// else.
    pub fn grant_lot(
        &mut self,
        context: Context<'_>,
        new: NewLot,
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<OrderOutcome, Refusal> {
        let now = self.catch_up(context, now, out);
        let same = |lot: &Lot| {
            (lot.source, lot.granted, lot.price, lot.expires_at, &lot.enterprise_project)
                == (new.source, new.units, new.price, new.expires_at, &new.enterprise_project)
                && lot.effective_at == new.effective_at.max(lot.created_at)
        };
        if let Some(repeated) = self.repeated_order(context, (&new.api, &new.region), key, same, now, out)? {
            return Ok(repeated);
        }
        check_known(context, &new.api, &new.region)?;
        if !(1..=LOT_UNITS_LIMIT).contains(&new.units) {
            return Err(Refusal::new(Reason::InvalidLot));
        }
        self.check_validity(new.effective_at, new.expires_at, now)?;
        if new.price < Money::ZERO || !new.price.is_within_limit() {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        if new.price.is_positive() && self.is_in_arrears() {
            return Err(Refusal::new(Reason::InArrears { debt: self.debt() }));
        }
        if self.cash() < new.price {
            let (price, coupons, cash) = (new.price, Money::ZERO, self.cash());
            return Err(Refusal::new(Reason::InsufficientBalance { price, coupons, cash }));
        }
        let new = NewLot { effective_at: new.effective_at.max(now), ..new };
        self.add_lot(context, new, None, key, now, out)
    }

    /// Checks that what is to be given can be used at some time.
    pub(crate) fn check_validity(
        &self,
        begin: Timestamp,
        end: Timestamp,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let zone = self.zone;
        if end <= now {
            return Err(Refusal::new(Reason::EndsInPast { end, now, zone }));
        }
        if end <= begin {
            return Err(Refusal::new(Reason::EndsBeforeBeginning { begin, end, zone }));
        }
        Ok(())
    }

    fn check_room_for_lot(&self) -> Result<(), Refusal> {
        if self.usable_lots().count() < LOTS_LIMIT {
            return Ok(());
        }
        Err(Refusal::new(Reason::TooMany { limit: LOTS_LIMIT as u64 }))
    }

    /// The lot an earlier order with the same key and content brought, if there was one. Asked before anything
    /// else is looked at: a retry gets its answer whatever has changed since.
    fn repeated_order(
        &mut self,
        context: Context<'_>,
        (api, region): (&Name, &Name),
        key: Option<Key>,
        same: impl Fn(&Lot) -> bool,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<Option<OrderOutcome>, Refusal> {
        let Some(used) = self.use_of(context, key, now, out) else { return Ok(None) };
        if let KeyUse::Lot(no) = *used
            && let Some(lot) = self.lot(no)
            && let Some(service) = self.service(lot.service)
            && (&service.api, &service.region) == (api, region)
            && same(lot)
        {
            return Ok(Some(OrderOutcome { lot: no, repeated: true }));
        }
        Err(Refusal::new(Reason::KeyConflict))
    }

    fn add_lot(
        &mut self,
        context: Context<'_>,
        new: NewLot,
        order: Option<Box<OrderDetail>>,
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<OrderOutcome, Refusal> {
        // Whatever brings a lot, a renewal too, comes by here.
        self.check_room_for_lot()?;
        if !self.books.has_room_to_sell(new.price) {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        let Ok(no) = u32::try_from(self.lots.len()).map(LotNo) else {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        };
        let service = self.find_or_add_service(&new.api, &new.region, now, out)?;
        let mut lot = Lot {
            no,
            service,
            source: new.source,
            granted: new.units,
            drawn: 0,
            created_at: now,
            effective_at: new.effective_at,
            expires_at: new.expires_at,
            has_taken_effect: false,
            has_expired: false,
            is_unsubscribed: false,
            ended_at: None,
            refunded: Money::ZERO,
            first_charge: 0,
            first_charge_after: None,
            enterprise_project: new.enterprise_project,
            price: new.price,
            key,
            low_line: 0,
            is_low_told: false,
            expiry_told_days: u8::MAX,
        };
        let drawn_after = self.lots_drawn_before(context, &lot);
        let event = Event::LotGranted {
            lot: no,
            service,
            source: lot.source,
            granted: lot.granted,
            effective_at: lot.effective_at,
            expires_at: lot.expires_at,
            enterprise_project: lot.enterprise_project.take(),
            price: lot.price,
            key,
            drawn_after,
            order,
        };
        self.emit(now, event, out);
        self.watch_money(now, out);
        self.watch_budgets(now, self.settled_to(now), now, out);
        Ok(OrderOutcome { lot: no, repeated: false })
    }

    /// How many of the service's lots are drawn before one more, by the order of the policy in force.
    fn lots_drawn_before(&self, context: Context<'_>, added: &Lot) -> u32 {
        let order = context.policies.of(&self.policy).draw_order;
        let lots = self.service(added.service).into_iter().flat_map(|s| &s.draw_order);
        let rank = added.draw_rank(order);
        let before = lots.filter_map(|no| self.lot(*no)).take_while(|lot| lot.draw_rank(order) < rank);
        u32::try_from(before.count()).unwrap_or(u32::MAX)
    }

    fn find_or_add_service(
        &mut self,
        api: &Name,
        region: &Name,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<ServiceNo, Refusal> {
        if let Some(found) = self.find_service(api, region) {
            return Ok(found);
        }
        let next = u16::try_from(self.services.len()).map_err(|_| Refusal::new(Reason::AmountOutOfRange))?;
        let service = ServiceNo(next);
        self.emit(now, Event::ServiceAdded { service, api: api.clone(), region: region.clone() }, out);
        Ok(service)
    }

    /// Moves the customer to another tier. Arrears already running keep their dates.
    pub fn change_tier(
        &mut self,
        context: Context<'_>,
        tier: crate::Tier,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) {
        let now = self.catch_up(context, now, out);
        if tier != self.tier {
            self.emit(now, Event::TierChanged { tier }, out);
        }
    }
}

pub(crate) fn check_known(context: Context<'_>, api: &Name, region: &Name) -> Result<(), Refusal> {
    if !context.catalog.apis.contains_key(api) {
        return Err(Refusal::new(Reason::UnknownApi { api: api.clone() }));
    }
    if !context.catalog.regions.contains(region) {
        return Err(Refusal::new(Reason::UnknownRegion { region: region.clone() }));
    }
    Ok(())
}
