//! Coupons: money and discounts that were given, not paid in.
//!
//! A cash coupon has a face value and pays orders, one coupon an order, and the settled hours of pay-per-use by
//! itself: "automatically applied when the consumption time lies in the coupon's validity; restricted coupons
//! before unrestricted; equal → soonest-expiring first" (coupon FAQ). The consumption time of a bill line is the
//! start of its charged usage period, so an hour is paid for as a whole. A discount coupon takes a percentage off
//! one order and is used up with it.
//!
//! A coupon ends when the last hour that began in its validity is settled, which may be some minutes after its
//! last instant; orders it pays only up to that instant. What it is not: part of the balance. Coupons stand in
//! books of their own.

use serde::{Deserialize, Serialize};

use crate::account::{Key, KeyUse};
use crate::{Account, Book, Context, Event, Money, Name, Policy, Reason, Recorded, Refusal, Timestamp, Zone};

/// The number of a coupon within its account, in the order they were given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct CouponNo(pub u32);

/// How many coupons that can still be used an account may have.
pub const COUPONS_LIMIT: usize = 1_000;

/// How many APIs, and how many regions, a coupon may be restricted to.
const SCOPE_LIMIT: usize = 64;

/// What a coupon is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CouponWorth {
    /// Money.
    Cash {
        /// How much it came with.
        face: Money,
    },
    /// A percentage off one order.
    Discount {
        /// 1 to 100.
        percent_off: u8,
    },
}

/// One coupon.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Coupon {
    /// Its number within the account.
    pub no: CouponNo,
    /// What it is worth.
    pub worth: CouponWorth,
    /// What is left of a cash coupon; nothing of a discount.
    pub left: Money,
    /// The APIs it is for; empty for any.
    pub apis: Vec<Name>,
    /// The regions it is for; empty for any.
    pub regions: Vec<Name>,
    /// When it was given.
    pub given_at: Timestamp,
    /// First instant it can be used at.
    pub valid_from: Timestamp,
    /// Last instant it can be used at.
    pub valid_to: Timestamp,
    /// True once its first instant has come.
    pub has_begun: bool,
    /// When it was used up or ended.
    pub ended_at: Option<Timestamp>,
    /// True if it ended by time.
    pub has_expired: bool,
    /// The caller's idempotency key.
    pub key: Option<Key>,
}

/// A coupon to be given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCoupon {
    /// What it is worth.
    pub worth: CouponWorth,
    /// The APIs it is for; empty for any.
    pub apis: Vec<Name>,
    /// The regions it is for; empty for any.
    pub regions: Vec<Name>,
    /// First instant it can be used at; now, if that is later.
    pub valid_from: Timestamp,
    /// Last instant it can be used at.
    pub valid_to: Timestamp,
}

/// What giving a coupon did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CouponOutcome {
    /// The coupon.
    pub coupon: CouponNo,
    /// True if the key was used before for the same coupon: nothing was given now.
    pub repeated: bool,
}

/// Which coupons an order is to use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CouponChoice {
    /// The largest discount there is, then the cash coupon whose turn it is.
    #[default]
    Automatic,
    /// None.
    None,
    /// These, and no others.
    These {
        /// The discount coupon.
        discount: Option<CouponNo>,
        /// The cash coupon.
        cash: Option<CouponNo>,
    },
}

/// What a cash coupon paid of one line of a settled hour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CouponPart {
    /// The coupon.
    pub coupon: CouponNo,
    /// The line, from zero.
    pub line: u32,
    /// How much.
    pub amount: Money,
}

impl Coupon {
    /// True for a cash coupon.
    pub fn is_cash(&self) -> bool {
        matches!(self.worth, CouponWorth::Cash { .. })
    }

    /// True if it is for certain APIs or regions only.
    pub fn is_restricted(&self) -> bool {
        !self.apis.is_empty() || !self.regions.is_empty()
    }

    /// True if it is money for whatever is used: what alerts count.
    pub fn is_general(&self) -> bool {
        self.is_cash() && !self.is_restricted()
    }

    /// True if it is for the API in the region.
    pub fn is_for(&self, api: &Name, region: &Name) -> bool {
        let names = |names: &[Name], name| names.is_empty() || names.contains(name);
        names(&self.apis, api) && names(&self.regions, region)
    }

    /// True if it has neither been used up nor ended, and the instant lies in its validity.
    pub fn is_usable(&self, at: Timestamp) -> bool {
        self.ended_at.is_none() && self.valid_from <= at && at <= self.valid_to
    }

    /// What a discount takes off a price: what is below the last decimal is not taken.
    pub(crate) fn off(&self, price: Money) -> Money {
        let CouponWorth::Discount { percent_off } = self.worth else { return Money::ZERO };
        let e8 = (i128::from(price.e8()) * i128::from(percent_off)).div_euclid(100);
        Money::from_e8(i64::try_from(e8).unwrap_or(0))
    }

    /// One word: `usable`, `not_yet_valid`, `used_up` or `expired`.
    pub fn state(&self, now: Timestamp) -> &'static str {
        match self.ended_at {
            Some(_) if self.has_expired => "expired",
            Some(_) => "used_up",
            None if now < self.valid_from => "not_yet_valid",
            None if now > self.valid_to => "expired",
            None => "usable",
        }
    }

    /// The hour after whose settlement it ends; none if it never does.
    pub(crate) fn last_hour(&self, zone: Zone) -> Option<Timestamp> {
        let ends = self.ended_at.is_none() && self.valid_to < Timestamp::MAX;
        ends.then(|| zone.hour_start(self.valid_to))
    }

    /// When it begins, while that is ahead.
    fn begins_at(&self) -> Option<Timestamp> {
        (!self.has_begun && self.ended_at.is_none()).then_some(self.valid_from)
    }

    /// Whose turn comes first: restricted ones, then those that expire soonest, then those given first.
    fn turn(&self) -> (bool, Timestamp, CouponNo) {
        (!self.is_restricted(), self.valid_to, self.no)
    }
}

impl Account {
    /// All coupons, in the order they were given.
    pub fn coupons(&self) -> &[Coupon] {
        &self.cold.coupons
    }

    /// A coupon by its number.
    pub fn coupon(&self, no: CouponNo) -> Option<&Coupon> {
        self.cold.coupons.get(no.0 as usize)
    }

    /// What is left in the cash coupons usable at the instant: in all of them, and in those without restriction.
    pub fn left_in_coupons(&self, at: Timestamp) -> CouponsLeft {
        let usable = || self.cold.coupons.iter().filter(|coupon| coupon.is_usable(at));
        let general = usable().filter(|coupon| coupon.is_general());
        CouponsLeft { all: usable().map(|c| c.left).sum(), general: general.map(|c| c.left).sum() }
    }

    /// What is left in coupons without restriction that have begun and not ended.
    pub(crate) fn begun_general_coupons(&self) -> Money {
        let live = self.cold.coupons.iter().filter(|coupon| coupon.has_begun && coupon.ended_at.is_none());
        live.filter(|coupon| coupon.is_general()).map(|coupon| coupon.left).sum()
    }

    /// After a coupon was given, began or ended.
    fn watch_coupon(&mut self, no: CouponNo, at: Timestamp, out: &mut Vec<Recorded>) {
        if self.coupon(no).is_some_and(Coupon::is_general) {
            self.watch_money(at, out);
        }
    }

    /// Gives a coupon.
    ///
    /// # Errors
    /// A worth, scope or validity that makes no sense; an unknown API or region; too many coupons; a key used for
    /// something else.
    pub fn give_coupon(
        &mut self,
        context: Context<'_>,
        new: NewCoupon,
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<CouponOutcome, Refusal> {
        let now = self.catch_up(context, now, out);
        if let Some(used) = key.and_then(|key| self.cold.keys.get(&key)) {
            let KeyUse::Coupon(no) = *used else { return Err(Refusal::new(Reason::KeyConflict)) };
            let is_same = self.coupon(no).is_some_and(|given| {
                (given.worth, &given.apis, &given.regions, given.valid_to)
                    == (new.worth, &new.apis, &new.regions, new.valid_to)
                    && given.valid_from == new.valid_from.max(given.given_at)
            });
            let repeated = CouponOutcome { coupon: no, repeated: true };
            return if is_same { Ok(repeated) } else { Err(Refusal::new(Reason::KeyConflict)) };
        }
        self.check_new_coupon(context, &new, now)?;
        let Ok(no) = u32::try_from(self.cold.coupons.len()).map(CouponNo) else {
            return Err(Refusal::new(Reason::TooMany { limit: u32::MAX.into() }));
        };
        let left = match new.worth {
            CouponWorth::Cash { face } => face,
            CouponWorth::Discount { .. } => Money::ZERO,
        };
        let coupon = Box::new(Coupon {
            no,
            worth: new.worth,
            left,
            apis: new.apis,
            regions: new.regions,
            given_at: now,
            valid_from: new.valid_from.max(now),
            valid_to: new.valid_to,
            has_begun: new.valid_from <= now,
            ended_at: None,
            has_expired: false,
            key,
        });
        self.emit(now, Event::CouponGiven { coupon }, out);
        self.watch_coupon(no, now, out);
        Ok(CouponOutcome { coupon: no, repeated: false })
    }

    fn check_new_coupon(&self, context: Context<'_>, new: &NewCoupon, now: Timestamp) -> Result<(), Refusal> {
        let refuse = |reason| Err(Refusal::new(reason));
        let is_worth_something = match new.worth {
            CouponWorth::Cash { face } => face.is_positive(),
            CouponWorth::Discount { percent_off } => (1..=100).contains(&percent_off),
        };
        let is_scope = |names: &[Name]| names.len() <= SCOPE_LIMIT;
        if !is_worth_something || !is_scope(&new.apis) || !is_scope(&new.regions) {
            return refuse(Reason::InvalidCoupon);
        }
        if new.valid_to <= now.max(new.valid_from) {
            return refuse(Reason::InvalidCoupon);
        }
        if let CouponWorth::Cash { face } = new.worth
            && !self.books.has_room_to_give(face)
        {
            return refuse(Reason::AmountOutOfRange);
        }
        if let Some(api) = new.apis.iter().find(|api| !context.catalog.apis.contains_key(*api)) {
            return refuse(Reason::UnknownApi { api: api.clone() });
        }
        if let Some(region) = new.regions.iter().find(|region| !context.catalog.regions.contains(region)) {
            return refuse(Reason::UnknownRegion { region: region.clone() });
        }
        let usable = self.cold.coupons.iter().filter(|coupon| coupon.ended_at.is_none());
        if usable.count() >= COUPONS_LIMIT {
            return refuse(Reason::TooMany { limit: COUPONS_LIMIT as u64 });
        }
        Ok(())
    }

    /// The coupons an order for the API in the region uses: a discount and a cash coupon, each if there is one.
    pub(crate) fn choose_coupons(
        &self,
        choice: CouponChoice,
        (api, region): (&Name, &Name),
        now: Timestamp,
    ) -> Result<(Option<&Coupon>, Option<&Coupon>), Refusal> {
        let usable = |coupon: &&Coupon| coupon.is_usable(now) && coupon.is_for(api, region);
        let named = |no: Option<CouponNo>, is_cash: bool| {
            let Some(no) = no else { return Ok(None) };
            let coupon = self.coupon(no).filter(|coupon| coupon.is_cash() == is_cash).filter(usable);
            coupon.map(Some).ok_or_else(|| Refusal::new(Reason::CouponNotUsable { coupon: no }))
        };
        match choice {
            CouponChoice::None => Ok((None, None)),
            CouponChoice::These { discount, cash } => Ok((named(discount, false)?, named(cash, true)?)),
            CouponChoice::Automatic => {
                let coupons = || self.cold.coupons.iter().filter(usable);
                let percent = |coupon: &Coupon| match coupon.worth {
                    CouponWorth::Discount { percent_off } => percent_off,
                    CouponWorth::Cash { .. } => 0,
                };
                let discounts = coupons().filter(|coupon| !coupon.is_cash());
                let discount = discounts.min_by_key(|coupon| (u8::MAX - percent(coupon), coupon.turn()));
                let cash = coupons().filter(|coupon| coupon.is_cash()).min_by_key(|coupon| coupon.turn());
                Ok((discount, cash))
            }
        }
    }

    /// What cash coupons pay of the lines of an hour: coupon by coupon in their turn, line by line.
    pub(crate) fn coupon_parts(&self, lines: &[crate::BillLine]) -> Vec<CouponPart> {
        if self.books.balance(Book::Coupons).is_zero() {
            return Vec::new();
        }
        let mut unpaid: Vec<Money> = lines.iter().map(|line| line.amount).collect();
        let live = self.cold.coupons.iter().filter(|c| c.is_cash() && c.ended_at.is_none());
        let mut in_turn: Vec<&Coupon> = live.collect();
        in_turn.sort_by_key(|coupon| coupon.turn());
        let mut parts = Vec::new();
        for coupon in in_turn {
            let mut left = coupon.left;
            for (index, (line, unpaid)) in lines.iter().zip(&mut unpaid).enumerate() {
                let amount = left.min(*unpaid);
                if amount.is_positive() && self.may_pay(coupon, line) {
                    left -= amount;
                    *unpaid -= amount;
                    let line = u32::try_from(index).unwrap_or(u32::MAX);
                    parts.push(CouponPart { coupon: coupon.no, line, amount });
                }
            }
        }
        parts
    }

    /// True if a cash coupon may pay a line of a settled hour.
    pub(crate) fn may_pay(&self, coupon: &Coupon, line: &crate::BillLine) -> bool {
        let service = self.service(line.service);
        coupon.is_usable(line.used_from) && service.is_some_and(|s| coupon.is_for(&s.api, &s.region))
    }

    /// Coupons end whose last hour is settled by the instant.
    pub(crate) fn end_coupons(&mut self, policy: &Policy, at: Timestamp, out: &mut Vec<Recorded>) {
        let is_over = |c: &&Coupon| c.last_hour(self.zone).is_some_and(|h| self.hour_due(h, policy) <= at);
        let over: Vec<(CouponNo, Money)> =
            self.cold.coupons.iter().filter(is_over).map(|coupon| (coupon.no, coupon.left)).collect();
        for (coupon, amount) in over {
            self.emit(at, Event::CouponExpired { coupon, amount }, out);
            self.watch_coupon(coupon, at, out);
        }
    }

    /// Coupons begin whose first instant has come.
    pub(crate) fn begin_coupons(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        let begins = |c: &&Coupon| c.begins_at().is_some_and(|begins_at| begins_at <= at);
        let begun: Vec<CouponNo> = self.cold.coupons.iter().filter(begins).map(|coupon| coupon.no).collect();
        for coupon in begun {
            self.emit(at, Event::CouponTookEffect { coupon }, out);
            self.watch_coupon(coupon, at, out);
        }
    }

    /// When the next coupon begins.
    pub(crate) fn next_coupon_begins_at(&self) -> Option<Timestamp> {
        self.cold.coupons.iter().filter_map(Coupon::begins_at).min()
    }

    /// The earliest hour after whose settlement a coupon ends.
    pub(crate) fn last_hour_of_coupons(&self) -> Option<Timestamp> {
        self.cold.coupons.iter().filter_map(|coupon| coupon.last_hour(self.zone)).min()
    }

    pub(crate) fn apply_coupon_given(&mut self, coupon: &Coupon) {
        if let Some(key) = coupon.key {
            self.cold.keys.insert(key, KeyUse::Coupon(coupon.no));
        }
        self.cold.coupons.push(coupon.clone());
    }

    /// A coupon paid something, or took something off: a discount is used up with its order, money with its last.
    pub(crate) fn apply_coupon_used(&mut self, no: CouponNo, amount: Money, at: Timestamp) {
        let Some(coupon) = self.cold.coupons.get_mut(no.0 as usize) else { return };
        if coupon.is_cash() {
            coupon.left -= amount;
        }
        if coupon.left.is_zero() {
            coupon.ended_at = Some(at);
        }
    }

    pub(crate) fn apply_coupon_took_effect(&mut self, no: CouponNo) {
        if let Some(coupon) = self.cold.coupons.get_mut(no.0 as usize) {
            coupon.has_begun = true;
        }
    }

    pub(crate) fn apply_coupon_expired(&mut self, no: CouponNo, at: Timestamp) {
        if let Some(coupon) = self.cold.coupons.get_mut(no.0 as usize) {
            (coupon.ended_at, coupon.has_expired) = (Some(at), true);
        }
    }
}

/// What is left in usable cash coupons.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CouponsLeft {
    /// In all of them.
    pub all: Money,
    /// In those without restriction.
    pub general: Money,
}
