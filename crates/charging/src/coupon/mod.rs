//! Coupons: money and discounts that were given, not paid in.
//!
//! A cash coupon has a face value and pays orders, one coupon an order, and the settled hours of pay-per-use by
//! itself: "automatically applied when the consumption time lies in the coupon's validity; restricted coupons
//! before unrestricted; equal → soonest-expiring first" (coupon FAQ). The consumption time of a bill line is the
//! start of its charged usage period, so an hour is paid for as a whole. A discount coupon takes a percentage off
//! one order and is used up with it.
//!
//! Its validity ends just before `valid_to`: of a coupon that ends on the full hour the hour that begins there gets
//! nothing. It ends when the last hour that began in its validity is settled, which may be some minutes later; orders
//! it pays only within its validity. What it is not: part of the balance. Coupons stand in
//! books of their own.

mod course;
mod payment;

use serde::{Deserialize, Serialize};

use crate::keys::{Key, KeyUse};
use crate::{Account, Context, Event, Money, Name, Reason, Recorded, Refusal, Timestamp, Zone};

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
    /// The end of its validity: it can be used up to this instant, and not at it.
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
    /// The end of its validity: it can be used up to this instant, and not at it.
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
        self.ended_at.is_none() && self.valid_from <= at && at < self.valid_to
    }

    /// True if what it paid can go back to it: it has not ended by time, and the instant lies in its validity.
    pub(crate) fn may_take_back(&self, at: Timestamp) -> bool {
        !self.has_expired && self.valid_from <= at && at < self.valid_to
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
            None if now >= self.valid_to => "expired",
            None => "usable",
        }
    }

    /// The hour after whose settlement it ends, the last that begins in its validity; none if it never ends.
    pub fn last_hour(&self, zone: Zone) -> Option<Timestamp> {
        let ends = self.ended_at.is_none() && self.valid_to < Timestamp::MAX;
        ends.then(|| zone.hour_start(self.valid_to.plus_ms(-1)))
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
        if let Some(used) = self.use_of(context, key, now, out) {
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
        self.check_validity(new.valid_from, new.valid_to, now)?;
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
}

/// What is left in usable cash coupons.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CouponsLeft {
    /// In all of them.
    pub all: Money,
    /// In those without restriction.
    pub general: Money,
}
