//! Coupons that came too late: money is there, and yet an hour was not paid from it.
//!
//! A coupon pays hours that begin in its validity, whole ones. Who is given one in the middle of an hour sees that hour
//! taken from the balance all the same, or stays in arrears with a coupon in hand; so it is said.

use crate::{Account, BillLine, Coupon, Money, Timestamp};

impl Account {
    /// Cash coupons that could be used now and did not pay a line because its usage had begun before them: within the
    /// line's hour, or before a debt that is left of it.
    pub(super) fn came_too_late(
        &self,
        line: &BillLine,
        period_end: Timestamp,
        owed: Money,
        now: Timestamp,
    ) -> impl Iterator<Item = &Coupon> {
        let service = self.service(line.service);
        self.coupons().iter().filter(move |coupon| {
            let is_money = coupon.left.is_positive() && coupon.is_usable(now);
            let is_late = line.used_from < coupon.valid_from;
            let would_matter = coupon.valid_from < period_end || owed.is_positive();
            let is_for = service.is_some_and(|of| coupon.is_for(&of.api, &of.region));
            is_money && is_late && would_matter && is_for
        })
    }
}
