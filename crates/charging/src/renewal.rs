//! Renewal: another period for a package, bought before or after it ends.
//!
//! The new period is a lot of its own that begins where the old one ends, "at the original expiry time, not at the
//! renewal time", even if it is renewed in the package's own grace or retention (When Does a Resource Renewal Take
//! Effect?). Its price is that of today's catalog. It ends on the day of the month the first period began on, or on the
//! last day of a month that lacks it: from January 31st to February 28th, and on to March 31st. What becomes of a
//! package that nobody renews is its renewal mode:
//!
//! | mode | at the end |
//! |---|---|
//! | `pay_per_use` | calls go on at a price: the default ("the system will automatically switch to pay-per-use billing", Arrears) |
//! | `manual` | the same; it says that the owner means to renew by hand, and wants to be reminded |
//! | `auto` | it is renewed at 03:00 some days before, then daily until that works or it has ended |
//! | `none` | the API goes package-only in that region; used up before, calls go on at a price |
//!
//! While another package is left at its end, `none` has nothing to end yet: it goes on to the one that ends last, unless
//! something was said about that one's end. So "Pay-per-Use After Expiration" stays switched off until the last has
//! ended, and a gift that lies beside it does not switch it on again. `none` may be said of a gift too.
//!
//! The mode goes with the renewal to the new lot; `auto` may be for so many times, and is `manual` after the last.
//! Nothing is renewed while something is owed.

use std::num::NonZeroU8;

use serde::{Deserialize, Serialize};

use crate::keys::{Key, KeyUse};
use crate::orders::Order;
use crate::{
    Account, Context, CouponChoice, Event, HOUR_MS, Lot, LotNo, Money, Name, NoticeKind, Offer, OrderNo,
    OrderOutcome, PendingOrder, Reason, Recorded, Refusal, ServiceNo, Source, SubscriptionMode, Timestamp,
};

/// The latest number of days before the end that auto-renewal may begin at, and the default.
pub const RENEWAL_DAYS: u8 = 7;
/// "The first attempt is at 03:00:00" (Auto-renewing an OCR Service), in the account's zone.
const ATTEMPT_HOUR: i64 = 3;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What happens when a package ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenewalMode {
    /// Its owner renews it by hand; calls go on at a price otherwise.
    Manual,
    /// It is renewed by itself.
    Auto,
    /// Calls go on at a price.
    #[default]
    PayPerUse,
    /// Pay-per-use ends with it: the API goes package-only in that region. If another package is left there, it goes on to
    /// the one that ends last.
    None,
}

/// What its owner wants to happen when a package ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RenewalPlan {
    /// What happens.
    pub mode: RenewalMode,
    /// How many days before its end auto-renewal begins, 1 to [`RENEWAL_DAYS`].
    pub days_before: u8,
    /// How many more times it is renewed by itself; without an end if `None`.
    pub times: Option<NonZeroU8>,
}

impl RenewalPlan {
    /// A plan without an end.
    pub const fn new(mode: RenewalMode, days_before: u8) -> RenewalPlan {
        RenewalPlan { mode, days_before, times: None }
    }

    /// What holds for the period that the package was renewed with by itself. After the last time its owner renews by
    /// hand.
    fn once_more(self) -> RenewalPlan {
        match self.times.map(|times| NonZeroU8::new(times.get() - 1)) {
            None => self,
            Some(None) => RenewalPlan { mode: RenewalMode::Manual, times: None, ..self },
            Some(left) => RenewalPlan { times: left, ..self },
        }
    }
}

/// The renewal of one lot, where its owner has said anything about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Renewal {
    /// The lot.
    pub lot: LotNo,
    /// What happens when it ends.
    pub plan: RenewalPlan,
    /// When it is renewed by itself, if that is ahead.
    pub next_attempt_at: Option<Timestamp>,
    /// When that last changed.
    pub changed_at: Timestamp,
    /// True once its end has been dealt with.
    pub has_ended: bool,
    /// What stood in the way when it was last told that it failed; none if it was not told since the plan was made.
    pub(crate) told_of: Option<Obstacle>,
}

/// What stands in the way of a renewal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Obstacle {
    /// Something is owed.
    Debt,
    /// The price is more than what there is.
    Price,
    /// It is not on offer any more.
    NotOnOffer,
}

impl Obstacle {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Obstacle::Debt => "debt",
            Obstacle::Price => "price",
            Obstacle::NotOnOffer => "not_on_offer",
        }
    }
}

/// Who asks for a renewal.
#[derive(Clone, Copy)]
enum Asked {
    /// The customer, perhaps with an idempotency key.
    ByHand(Option<Key>),
    /// The customer, by an order made before.
    Ordered(OrderNo),
    /// Auto-renewal.
    ByItself,
}

impl RenewalMode {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            RenewalMode::Manual => "manual",
            RenewalMode::Auto => "auto",
            RenewalMode::PayPerUse => "pay_per_use",
            RenewalMode::None => "none",
        }
    }
}

impl Renewal {
    /// What holds for a lot nobody has said anything about.
    fn of(lot: LotNo) -> Renewal {
        Renewal {
            lot,
            plan: RenewalPlan::new(RenewalMode::default(), RENEWAL_DAYS),
            next_attempt_at: None,
            changed_at: Timestamp::EPOCH,
            has_ended: false,
            told_of: None,
        }
    }

    /// When something is to be done about it, given when its lot ends.
    fn next_due(&self, lot: &Lot) -> Option<Timestamp> {
        // Only the end of what is to be the last package changes anything.
        let matters =
            self.plan.mode == RenewalMode::None && !self.has_ended && lot.expires_at < Timestamp::MAX;
        let end = matters.then(|| lot.expires_at.plus_ms(1));
        self.next_attempt_at.into_iter().chain(end).min()
    }
}

impl Account {
    /// What becomes of a lot when it ends.
    pub fn renewal(&self, lot: LotNo) -> Renewal {
        self.cold.renewals.get(&lot).copied().unwrap_or(Renewal::of(lot))
    }

    /// The lot that renews a lot.
    pub fn renewed_by(&self, lot: LotNo) -> Option<LotNo> {
        self.cold.renewed.get(&lot).copied()
    }

    /// True if another period follows a lot: it was renewed, or it is to be renewed by itself and that is still ahead. One
    /// whose renewal has failed may end, though it is tried again.
    pub fn is_renewal_in_hand(&self, lot: LotNo) -> bool {
        let is_ahead = |renewal: &Renewal| renewal.next_attempt_at.is_some() && renewal.told_of.is_none();
        self.cold.renewed.contains_key(&lot) || self.cold.renewals.get(&lot).is_some_and(is_ahead)
    }

    /// Says what is to happen when a package ends.
    ///
    /// # Errors
    /// No such lot, one that cannot be renewed or was, or a number of days outside 1 to [`RENEWAL_DAYS`].
    pub fn set_renewal(
        &mut self,
        context: Context<'_>,
        lot: LotNo,
        plan: RenewalPlan,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        let of_lot = match plan.mode {
            RenewalMode::Manual | RenewalMode::Auto => self.renewable(context, lot, now)?,
            RenewalMode::PayPerUse | RenewalMode::None => self.ending(lot)?,
        };
        if of_lot.has_expired || now > of_lot.expires_at {
            return Err(Refusal::new(Reason::NotRenewable { lot }));
        }
        if !(1..=RENEWAL_DAYS).contains(&plan.days_before) {
            return Err(Refusal::new(Reason::RenewalDaysOutOfRange { longest: RENEWAL_DAYS }));
        }
        let times = plan.times.filter(|_| plan.mode == RenewalMode::Auto);
        let plan = RenewalPlan { times, ..plan };
        // To say what holds anyway is to say something, too.
        if self.cold.renewals.get(&lot).is_none_or(|renewal| renewal.plan != plan) {
            let next_attempt_at = self.first_attempt(plan, of_lot.expires_at, now);
            self.emit(now, Event::RenewalSet { lot, plan, next_attempt_at, left_by: None }, out);
        }
        Ok(())
    }

    /// Renews a package by hand. The new period begins where the old one ends.
    ///
    /// # Errors
    /// No such lot, one that cannot be renewed or was; arrears; too little balance; a coupon that cannot be used; a
    /// key used for something else.
    pub fn renew(
        &mut self,
        context: Context<'_>,
        lot: LotNo,
        coupons: CouponChoice,
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<OrderOutcome, Refusal> {
        let now = self.catch_up(context, now, out);
        if let Some(used) = self.use_of(context, key, now, out) {
            let next = if let KeyUse::Lot(no) = *used { Some(no) } else { None };
            return match next.filter(|next| self.has_renewed(*next, lot)) {
                Some(lot) => Ok(OrderOutcome { lot, repeated: true }),
                None => Err(Refusal::new(Reason::KeyConflict)),
            };
        }
        self.order_renewal(context, lot, coupons, Asked::ByHand(key), now, out)
    }

    /// True if a lot is, or was until it was given back, the next period of another.
    fn has_renewed(&self, next: LotNo, lot: LotNo) -> bool {
        let (Some(of_next), Some(of_lot)) = (self.lot(next), self.lot(lot)) else { return false };
        let follows = of_next.service == of_lot.service
            && of_next.granted == of_lot.granted
            && of_next.effective_at == of_lot.expires_at.plus_ms(1);
        self.renewed_by(lot) == Some(next) || of_next.is_unsubscribed && follows
    }

    /// The lot, if it ends and no other period follows it.
    fn ending(&self, no: LotNo) -> Result<&Lot, Refusal> {
        let lot = self.lot(no).ok_or_else(|| Refusal::new(Reason::UnknownLot { lot: no }))?;
        if let Some(by) = self.renewed_by(no) {
            return Err(Refusal::new(Reason::AlreadyRenewed { lot: no, by }));
        }
        if lot.expires_at >= Timestamp::MAX || lot.is_unsubscribed {
            return Err(Refusal::new(Reason::NotRenewable { lot: no }));
        }
        Ok(lot)
    }

    /// The lot, if it may be renewed at the instant.
    fn renewable(&self, context: Context<'_>, no: LotNo, now: Timestamp) -> Result<&Lot, Refusal> {
        let lot = self.ending(no)?;
        let terms = context.policies.of(&self.policy).package_terms(self.tier);
        let last = lot.expires_at.plus_days(terms.grace_days).plus_days(terms.retention_days);
        if lot.source != Source::Package || now > last {
            return Err(Refusal::new(Reason::NotRenewable { lot: no }));
        }
        Ok(lot)
    }

    /// What is on offer to renew a lot with at the instant, and the lot's region.
    pub(crate) fn renewal_offer<'c>(
        &self,
        context: Context<'c>,
        no: LotNo,
        now: Timestamp,
    ) -> Result<(&'c Offer, Name), Refusal> {
        let lot = self.renewable(context, no, now)?;
        let Some(of_lot) = self.service(lot.service) else {
            return Err(Refusal::new(Reason::UnknownLot { lot: no }));
        };
        Ok((self.offer_for(context, &of_lot.api, lot.granted, now)?, of_lot.region.clone()))
    }

    /// Pays an order for another period of a lot.
    pub(crate) fn pay_renewal(
        &mut self,
        context: Context<'_>,
        lot: LotNo,
        order: &PendingOrder,
        coupons: CouponChoice,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<OrderOutcome, Refusal> {
        self.buy_renewal(context, (lot, &order.offer), coupons, Asked::Ordered(order.no), now, out)
    }

    fn order_renewal(
        &mut self,
        context: Context<'_>,
        no: LotNo,
        coupons: CouponChoice,
        asked: Asked,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<OrderOutcome, Refusal> {
        let (offer, _) = self.renewal_offer(context, no, now)?;
        if let Asked::ByHand(_) = asked {
            self.check_no_unpaid_renewal(no)?;
        }
        let outcome = self.buy_renewal(context, (no, offer), coupons, asked, now, out)?;
        self.cancel_unpaid_renewal(no, now, out);
        Ok(outcome)
    }

    fn buy_renewal(
        &mut self,
        context: Context<'_>,
        (no, offer): (LotNo, &Offer),
        coupons: CouponChoice,
        asked: Asked,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<OrderOutcome, Refusal> {
        let lot = self.renewable(context, no, now)?;
        let Some(of_lot) = self.service(lot.service) else {
            return Err(Refusal::new(Reason::UnknownLot { lot: no }));
        };
        let (months, day) = (offer.validity_months, self.anchor_day(lot));
        let expires_at = self.zone.end_of_day_of_month_after(lot.expires_at, months, day);
        if expires_at <= now {
            return Err(Refusal::new(Reason::NotRenewable { lot: no }));
        }
        let order = Order {
            api: of_lot.api.clone(),
            region: of_lot.region.clone(),
            units: offer.calls,
            effective_at: lot.expires_at.plus_ms(1),
            expires_at,
            enterprise_project: lot.enterprise_project.clone(),
            list_price: offer.price,
            renews: Some(no),
            is_automatic: matches!(asked, Asked::ByItself),
            order: if let Asked::Ordered(order) = asked { Some(order) } else { None },
        };
        let key = if let Asked::ByHand(key) = asked { key } else { None };
        let (api, region) = (order.api.clone(), order.region.clone());
        let plan = self.renewal(no).plan;
        let is_automatic = matches!(asked, Asked::ByItself);
        let plan = if is_automatic { plan.once_more() } else { plan };
        let outcome = self.place_order(context, order, coupons, key, now, out)?;
        if plan.mode != RenewalMode::default() {
            let (lot, next_attempt_at) = (outcome.lot, self.first_attempt(plan, expires_at, now));
            self.emit(now, Event::RenewalSet { lot, plan, next_attempt_at, left_by: None }, out);
        }
        let new_lot = outcome.lot;
        let price = self.lot(new_lot).map_or(Money::ZERO, |lot| lot.price);
        let next_attempt_at = self.renewal(new_lot).next_attempt_at;
        let kind =
            NoticeKind::Renewed { lot: no, new_lot, api, region, price, is_automatic, next_attempt_at };
        self.notify(now, kind, out);
        Ok(outcome)
    }

    /// The day of the month at which the periods of a lot end. A first period that ends on the last day of a month ends
    /// there perhaps for want of the day it began on.
    fn anchor_day(&self, lot: &Lot) -> i8 {
        if let Some(day) = self.cold.anchor_days.get(&lot.no) {
            return *day;
        }
        let (day, is_last) = self.zone.day_of_month(lot.expires_at);
        if is_last { day.max(self.zone.day_of_month(lot.effective_at).0) } else { day }
    }

    /// Renewals that are due by the instant: attempts, then ends.
    pub(crate) fn move_renewals(&mut self, context: Context<'_>, at: Timestamp, out: &mut Vec<Recorded>) {
        let is_due = |renewal: &&Renewal| {
            let lot = self.lot(renewal.lot);
            lot.and_then(|lot| renewal.next_due(lot)).is_some_and(|due| due <= at)
        };
        let due: Vec<Renewal> = self.cold.renewals.values().filter(is_due).copied().collect();
        for renewal in due {
            if renewal.next_attempt_at.is_some_and(|attempt_at| attempt_at <= at) {
                self.attempt_renewal(context, renewal.lot, at, out);
            } else {
                self.end_unrenewed(renewal, at, out);
            }
        }
    }

    fn attempt_renewal(&mut self, context: Context<'_>, lot: LotNo, at: Timestamp, out: &mut Vec<Recorded>) {
        let renewed = self.order_renewal(context, lot, CouponChoice::Automatic, Asked::ByItself, at, out);
        if renewed.is_ok() {
            return;
        }
        let Some(of_lot) = self.lot(lot) else { return };
        let Some(service) = self.service(of_lot.service) else { return };
        let (api, region) = (service.api.clone(), service.region.clone());
        let price = self.renewal_price(context, lot, at);
        let obstacle = self.obstacle(price);
        let next_attempt_at = self.next_attempt(at, of_lot.expires_at);
        self.emit(at, Event::RenewalAttempted { lot, next_attempt_at }, out);
        let Some(of_lot) = self.lot(lot).filter(|_| self.is_failure_news(lot, obstacle, next_attempt_at))
        else {
            return;
        };
        let kind = NoticeKind::RenewalFailed {
            lot,
            api,
            region,
            obstacle,
            price,
            cash: self.cash(),
            next_attempt_at,
            left: of_lot.left(),
            expires_at: of_lot.expires_at,
            then: self.after_end(of_lot),
        };
        self.notify(at, kind, out);
    }

    /// A failure is told the first time, the last time, and when something else stands in the way than was told: who did
    /// nothing about it yesterday is not told the same today.
    pub(crate) fn is_failure_news(
        &self,
        lot: LotNo,
        obstacle: Obstacle,
        next_attempt_at: Option<Timestamp>,
    ) -> bool {
        next_attempt_at.is_none() || self.renewal(lot).told_of != Some(obstacle)
    }

    /// What another period of a lot costs at the instant; none if it is not on offer, or cannot be renewed at all.
    pub(crate) fn renewal_price(&self, context: Context<'_>, lot: LotNo, at: Timestamp) -> Option<Money> {
        self.renewal_offer(context, lot, at).ok().map(|(offer, _)| offer.price)
    }

    fn obstacle(&self, price: Option<Money>) -> Obstacle {
        match price {
            None => Obstacle::NotOnOffer,
            Some(_) if self.is_in_arrears() => Obstacle::Debt,
            Some(_) => Obstacle::Price,
        }
    }

    pub(crate) fn apply_renewal_told(&mut self, notice: &NoticeKind) {
        let NoticeKind::RenewalFailed { lot, obstacle, .. } = notice else { return };
        self.apply_renewal(*lot, |renewal| renewal.told_of = Some(*obstacle));
    }

    /// A package ended that was not renewed: one that was to be the last takes pay-per-use with it, or leaves that to the
    /// last one there is.
    fn end_unrenewed(&mut self, renewal: Renewal, at: Timestamp, out: &mut Vec<Recorded>) {
        self.emit(at, Event::RenewalEnded { lot: renewal.lot }, out);
        let Some(service) = self.lot(renewal.lot).map(|lot| lot.service) else { return };
        let Some(of_lot) = self.service(service) else { return };
        if of_lot.subscription.is_none_or(|s| s.mode != SubscriptionMode::PayPerUse) {
            return;
        }
        let Some(last) = self.last_lot(service) else {
            self.emit(at, Event::Subscribed { service, mode: SubscriptionMode::PackageOnly }, out);
            return;
        };
        if self.takes_wish(last) {
            let (lot, plan, left_by) = (last.no, renewal.plan, Some(renewal.lot));
            let event = Event::RenewalSet { lot, plan, next_attempt_at: None, left_by };
            self.emit(at, event, out);
        }
    }

    /// The lot of a service that ends last, of those with quota left.
    pub(crate) fn last_lot(&self, service: ServiceNo) -> Option<&Lot> {
        let lots = self.usable_lots().filter(|lot| lot.service == service);
        lots.max_by_key(|lot| (lot.expires_at, lot.no))
    }

    /// True if a lot that is left takes over that pay-per-use is to end: it ends, and nothing was said about that.
    pub(crate) fn takes_wish(&self, lot: &Lot) -> bool {
        lot.expires_at < Timestamp::MAX && !self.cold.renewals.contains_key(&lot.no)
    }

    /// The lot with which pay-per-use ends if a lot's mode is [`RenewalMode::None`], as things stand; `None` if it is not,
    /// or if another one outlives it of whose end something else was said.
    pub fn pay_per_use_ends_with(&self, no: LotNo) -> Option<&Lot> {
        let renewal = self.renewal(no);
        let lot = self.lot(no).filter(|_| renewal.plan.mode == RenewalMode::None && !renewal.has_ended)?;
        let Some(last) = self.outlived_by(no) else { return Some(lot) };
        let is_none = self.renewal(last.no).plan.mode == RenewalMode::None;
        (is_none || self.takes_wish(last)).then_some(last)
    }

    /// When pay-per-use of a service ends first with one of its packages, as things stand, if it does.
    pub(crate) fn pay_per_use_ends_at(&self, service: ServiceNo) -> Option<Timestamp> {
        let of_service = |renewal: &&Renewal| self.lot(renewal.lot).is_some_and(|lot| lot.service == service);
        let renewals = self.cold.renewals.values().filter(of_service);
        renewals.filter_map(|renewal| Some(self.pay_per_use_ends_with(renewal.lot)?.expires_at)).min()
    }

    /// The last lot of the same API and region that has quota left when a lot has ended, as things stand.
    pub fn outlived_by(&self, no: LotNo) -> Option<&Lot> {
        let lot = self.lot(no)?;
        self.last_lot(lot.service).filter(|last| last.expires_at > lot.expires_at)
    }

    /// When auto-renewal of a lot is tried first.
    fn first_attempt(&self, plan: RenewalPlan, expires_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        if plan.mode != RenewalMode::Auto {
            return None;
        }
        let last_day = self.zone.day_start(self.zone.day_of(expires_at));
        let first = last_day.plus_ms(ATTEMPT_HOUR * HOUR_MS - i64::from(plan.days_before) * DAY_MS);
        if first > now { Some(first) } else { self.next_attempt(now, expires_at) }
    }

    /// The next 03:00 after the instant, if the lot has not ended by then.
    fn next_attempt(&self, now: Timestamp, expires_at: Timestamp) -> Option<Timestamp> {
        let today = self.zone.day_start(self.zone.day_of(now)).plus_ms(ATTEMPT_HOUR * HOUR_MS);
        let next = if today > now { today } else { today.plus_ms(DAY_MS) };
        (now < next && next <= expires_at).then_some(next)
    }

    /// When a renewal is due next.
    pub(crate) fn renewal_due(&self) -> Option<Timestamp> {
        let due = |renewal: &Renewal| self.lot(renewal.lot).and_then(|lot| renewal.next_due(lot));
        self.cold.renewals.values().filter_map(due).min()
    }

    pub(crate) fn apply_renewal(&mut self, lot: LotNo, change: impl FnOnce(&mut Renewal)) {
        change(self.cold.renewals.entry(lot).or_insert(Renewal::of(lot)));
    }

    /// A renewed lot is done with: what was said about its end goes to the lot that renews it.
    pub(crate) fn apply_renewed(&mut self, lot: LotNo, by: LotNo) {
        self.cold.renewals.remove(&lot);
        let day = self.lot(lot).map(|lot| self.anchor_day(lot));
        // Every month has a 28th.
        if let Some(day) = day.filter(|day| *day > 28) {
            self.cold.anchor_days.remove(&lot);
            self.cold.anchor_days.insert(by, day);
        }
        self.cold.renewed.insert(lot, by);
    }
}
