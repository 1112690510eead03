//! The course of a coupon: it is given, begins, pays and ends, and alerts look at what it leaves.

use super::{Coupon, CouponNo};
use crate::keys::KeyUse;
use crate::{Account, Event, Money, Policy, Recorded, Timestamp};

impl Account {
    /// After a coupon was given, began or ended.
    pub(super) fn watch_coupon(&mut self, no: CouponNo, at: Timestamp, out: &mut Vec<Recorded>) {
        if self.coupon(no).is_some_and(Coupon::is_cash) {
            self.watch_money(at, out);
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

    /// When the next coupon begins.
    pub(crate) fn next_coupon_begins_at(&self) -> Option<Timestamp> {
        self.cold.coupons.iter().filter_map(Coupon::begins_at).min()
    }

    /// The earliest hour after whose settlement a coupon ends.
    pub(crate) fn last_hour_of_coupons(&self) -> Option<Timestamp> {
        self.cold.coupons.iter().filter_map(|coupon| coupon.last_hour(self.zone)).min()
    }

    pub(crate) fn apply_coupon_given(&mut self, coupon: &Coupon, at: Timestamp) {
        if let Some(key) = coupon.key {
            self.cold.keys.remember(key, KeyUse::Coupon(coupon.no), at);
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

    /// What a coupon paid has gone back to it: it can be used again.
    pub(crate) fn apply_coupon_refilled(&mut self, no: CouponNo, amount: Money) {
        let Some(coupon) = self.cold.coupons.get_mut(no.0 as usize) else { return };
        coupon.left += amount;
        coupon.ended_at = None;
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
