//! What coupons pay: which ones an order takes, and which pay the lines of a settled hour.

use super::{Coupon, CouponChoice, CouponNo, CouponPart, CouponWorth};
use crate::{Account, BillLine, Book, Money, Name, OpenHour, Reason, Refusal, Timestamp};

impl Account {
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
    pub(crate) fn coupon_parts(&self, lines: &[BillLine]) -> Vec<CouponPart> {
        self.parts_of(&mut self.coupons_in_turn(), lines)
    }

    /// What there is to spend on anything once the open hours are settled: the cash that is left then, and what is left
    /// in the coupons without restriction that have begun, of those that may pay for what is used now: one that was given
    /// within the hour pays from the next one on. If the cash will not do for what coupons do not pay, or for what is
    /// owed, no coupon helps: then it is what is lacking.
    pub(crate) fn free_after_settlement(&self) -> Money {
        let mut coupons = self.coupons_in_turn();
        let covered = |OpenHour { lines, .. }: &OpenHour| -> Money {
            self.parts_of(&mut coupons, lines).iter().map(|part| part.amount).sum()
        };
        let credit = self.credit() + self.open_hours().iter().map(covered).sum();
        if credit < Money::ZERO {
            return credit;
        }
        let pays_now = |coupon: &Coupon| {
            self.open_hours().lines().all(|l| l.amount.is_zero() || coupon.is_usable(l.used_from))
        };
        let general = coupons.iter().filter(|(coupon, _)| coupon.is_general() && coupon.has_begun);
        let general = general.filter(|(coupon, _)| pays_now(coupon));
        credit + general.map(|(_, left)| *left).sum()
    }

    /// The live cash coupons in their turn, and what is left in each.
    fn coupons_in_turn(&self) -> Vec<(&Coupon, Money)> {
        if self.books.balance(Book::Coupons).is_zero() {
            return Vec::new();
        }
        let live = self.cold.coupons.iter().filter(|c| c.is_cash() && c.ended_at.is_none());
        let mut in_turn: Vec<(&Coupon, Money)> = live.map(|coupon| (coupon, coupon.left)).collect();
        in_turn.sort_by_key(|(coupon, _)| coupon.turn());
        in_turn
    }

    /// What coupons pay of the lines of an hour, taken from what is left in each.
    fn parts_of(&self, coupons: &mut [(&Coupon, Money)], lines: &[BillLine]) -> Vec<CouponPart> {
        if coupons.is_empty() {
            return Vec::new();
        }
        let mut unpaid: Vec<Money> = lines.iter().map(|line| line.amount).collect();
        let mut parts = Vec::new();
        for (coupon, left) in coupons {
            for (index, (line, unpaid)) in lines.iter().zip(&mut unpaid).enumerate() {
                let amount = (*left).min(*unpaid);
                if amount.is_positive() && self.may_pay(coupon, line) {
                    *left -= amount;
                    *unpaid -= amount;
                    let line = u32::try_from(index).unwrap_or(u32::MAX);
                    parts.push(CouponPart { coupon: coupon.no, line, amount });
                }
            }
        }
        parts
    }

    /// True if a cash coupon may pay a line of a settled hour.
    pub(crate) fn may_pay(&self, coupon: &Coupon, line: &BillLine) -> bool {
        let service = self.service(line.service);
        coupon.is_usable(line.used_from) && service.is_some_and(|s| coupon.is_for(&s.api, &s.region))
    }
}
