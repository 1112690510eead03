//! Unsubscription: a package is given back, and what is refunded.
//!
//! "Not yet effective" packages and renewed periods are given back for all that was paid: the cash, and cash coupons
//! while these are valid; discount coupons stay used (Unsubscribing from Resources That Have Not Taken Effect,
//! Unsubscribing from Renewal Periods). A package in effect is not refundable ("套餐包购买后暂不支持退款") unless the
//! operator's policy says so. Then the general rule of yearly resources holds (Unsubscription Rules): within so many
//! days of its purchase, for so many packages in a calendar year, a package no call was met by is given back for all
//! that was paid; any other for the price less what was used of it and a handling fee, and coupons are lost. What is
//! used of a package are its calls: the published rule names amounts only.
//!
//! The refund is a movement of its own out of what packages earned, into the cash and the coupon it was paid from. It
//! belongs to the month in which it happens, whose bill it lowers, and pays the debt first like any other money.

use serde::{Deserialize, Serialize};

use crate::{
    Account, Context, CouponNo, Event, Holds, Lot, LotNo, Money, NotRefundable, Reason, Recorded,
    RefundTerms, Refusal, RenewalMode, RenewalPlan, Source, SubscriptionMode, Timestamp,
};

const DAY_MS: i64 = 24 * crate::HOUR_MS;

/// What is given back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsubscribe {
    /// The package and the periods that follow it.
    Package,
    /// Only the periods that follow it and have not begun.
    Renewals,
    /// The package and the periods that follow it; its calls go on at a price.
    ToPayPerUse,
}

/// What becomes of the price of one package that is given back. The parts sum to the price.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Refund {
    /// The package.
    pub lot: LotNo,
    /// How many units were left and are gone.
    pub units: u64,
    /// What goes back to the cash.
    pub cash: Money,
    /// What goes back to the cash coupon it was paid with.
    pub coupon: Option<(CouponNo, Money)>,
    /// Withheld: what was used of it.
    pub used: Money,
    /// Withheld: the handling fee.
    pub fee: Money,
    /// Withheld: what a coupon had paid and is lost.
    pub lost: Money,
    /// True if it counts among the packages in effect that may be given back for everything in a year.
    pub is_free: bool,
    /// True if its calls go on at a price.
    pub to_pay_per_use: bool,
}

impl Refund {
    /// What goes back to the coupon.
    pub fn to_coupon(&self) -> Money {
        self.coupon.map_or(Money::ZERO, |(_, amount)| amount)
    }

    /// What goes back in all.
    pub fn amount(&self) -> Money {
        self.cash + self.to_coupon()
    }

    /// What is withheld in all.
    pub fn withheld(&self) -> Money {
        self.used + self.fee + self.lost
    }
}

/// What may still be given back for everything this year.
struct FreeRefunds {
    left: u16,
}

impl Account {
    /// What giving a package back would bring at the instant, without what follows it.
    ///
    /// # Errors
    /// No such lot, or one that cannot be given back.
    pub fn refund_of(
        &self,
        context: Context<'_>,
        holds: &Holds,
        lot: LotNo,
        now: Timestamp,
    ) -> Result<Refund, Refusal> {
        let lot = self.lot(lot).ok_or_else(|| Refusal::new(Reason::UnknownLot { lot }))?;
        let mut free = self.free_refunds_left(context, now);
        self.work_out_refund(context, (lot, holds), &mut free, now)
    }

    /// Gives packages back, all that is asked for or nothing. Gives what became of each, in the order of their periods.
    ///
    /// # Errors
    /// No such lot; one that cannot be given back; no period to take back; an unpaid order for one of them; a debt,
    /// where pay-per-use is to be enabled.
    pub fn unsubscribe_package(
        &mut self,
        (context, holds): (Context<'_>, &mut Holds),
        no: LotNo,
        what: Unsubscribe,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<Vec<Refund>, Refusal> {
        let now = self.catch_up(context, now, out);
        holds.void_expired(now);
        let given_back = self.given_back(no, what, now)?;
        let to_pay_per_use = what == Unsubscribe::ToPayPerUse;
        let mut free = self.free_refunds_left(context, now);
        let mut refunds = Vec::new();
        for lot in given_back {
            self.check_no_unpaid_renewal(lot.no)?;
            let refund = self.work_out_refund(context, (lot, holds), &mut free, now)?;
            refunds.push(Refund { to_pay_per_use, ..refund });
        }
        let cash: Money = refunds.iter().map(|refund| refund.cash).sum();
        if !self.books.has_room_to_refund(cash) {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        let service = self.lot(no).map(|lot| lot.service).filter(|_| to_pay_per_use);
        let is_enabled = |mode| mode == Some(SubscriptionMode::PayPerUse);
        let to_enable = service.filter(|no| {
            !is_enabled(self.service(*no).and_then(|service| service.subscription).map(|s| s.mode))
        });
        if to_enable.is_some() && self.debt() > cash {
            return Err(Refusal::new(Reason::InArrears { debt: self.debt() }));
        }
        self.hand_plan_back(&refunds, now, out);
        for refund in &refunds {
            self.emit(now, Event::LotUnsubscribed { refund: Box::new(*refund) }, out);
        }
        self.pay_debt(now, out);
        if let Some(service) = to_enable {
            self.enable(service, SubscriptionMode::PayPerUse, now, out);
        }
        Ok(refunds)
    }

    /// What was said about the end of the last period goes back to the package before the first, if that goes on. Who
    /// takes a renewal back does not want it again tonight: auto-renewal becomes a renewal by hand.
    fn hand_plan_back(&mut self, refunds: &[Refund], now: Timestamp, out: &mut Vec<Recorded>) {
        let (Some(first), Some(last)) = (refunds.first(), refunds.last()) else { return };
        let before = self.cold.renewed.iter().find(|(_, by)| **by == first.lot).map(|(lot, _)| *lot);
        let goes_on = |lot: &LotNo| self.lot(*lot).is_some_and(|lot| now <= lot.expires_at);
        let Some(lot) = before.filter(goes_on) else { return };
        let RenewalPlan { mode, days_before, .. } = self.renewal(last.lot).plan;
        let mode = if mode == RenewalMode::Auto { RenewalMode::Manual } else { mode };
        let plan = RenewalPlan::new(mode, days_before);
        self.emit(now, Event::RenewalSet { lot, plan, next_attempt_at: None, left_by: None }, out);
    }

    /// The day at which the periods of a lot are to end goes back to the package before it.
    fn hand_anchor_back(&mut self, first: LotNo) {
        let before = self.cold.renewed.iter().find(|(_, by)| **by == first).map(|(lot, _)| *lot);
        let Some(before) = before.filter(|lot| self.lot(*lot).is_some_and(|lot| !lot.is_unsubscribed)) else {
            return;
        };
        let last = std::iter::successors(Some(first), |lot| self.renewed_by(*lot)).last();
        if let Some(day) = last.and_then(|last| self.cold.anchor_days.remove(&last)) {
            self.cold.anchor_days.insert(before, day);
        }
    }

    /// The lots that are given back, in the order of their periods.
    fn given_back(&self, no: LotNo, what: Unsubscribe, now: Timestamp) -> Result<Vec<&Lot>, Refusal> {
        let lot = self.lot(no).ok_or_else(|| Refusal::new(Reason::UnknownLot { lot: no }))?;
        let following = std::iter::successors(self.next_period(lot), |lot| self.next_period(lot));
        let periods = following.filter(|lot| lot.effective_at > now);
        let periods: Vec<&Lot> = match what {
            Unsubscribe::Renewals => periods.collect(),
            Unsubscribe::Package | Unsubscribe::ToPayPerUse => std::iter::once(lot).chain(periods).collect(),
        };
        if periods.is_empty() {
            return Err(Refusal::new(Reason::NothingToTakeBack { lot: no }));
        }
        Ok(periods)
    }

    fn next_period(&self, lot: &Lot) -> Option<&Lot> {
        self.renewed_by(lot.no).and_then(|by| self.lot(by))
    }

    fn free_refunds_left(&self, context: Context<'_>, now: Timestamp) -> FreeRefunds {
        let RefundTerms { free_times_per_year, .. } = context.policies.of(&self.policy).refund;
        let (year, times) = self.cold.free_refunds;
        let is_this_year = year == self.zone.month(now).year;
        FreeRefunds { left: free_times_per_year.saturating_sub(if is_this_year { times } else { 0 }) }
    }

    fn work_out_refund(
        &self,
        context: Context<'_>,
        (lot, holds): (&Lot, &Holds),
        free: &mut FreeRefunds,
        now: Timestamp,
    ) -> Result<Refund, Refusal> {
        let terms = context.policies.of(&self.policy).refund;
        let no = lot.no;
        let refuse = |why| Err(Refusal::new(Reason::NotRefundable { lot: no, why }));
        if lot.source != Source::Package {
            return refuse(NotRefundable::NotBought);
        }
        if lot.left() == 0 {
            return refuse(NotRefundable::Ended);
        }
        if lot.has_taken_effect && !terms.in_effect {
            return refuse(NotRefundable::InEffect);
        }
        if holds.of_lot(no) > 0 {
            return refuse(NotRefundable::CallsUnderWay);
        }
        let paid_by_coupon = self.cold.coupon_payments.get(&no).copied();
        let by_coupon = paid_by_coupon.map_or(Money::ZERO, |(_, amount)| amount);
        let free_until = lot.created_at.plus_ms(i64::from(terms.free_days) * DAY_MS);
        let is_free = lot.has_taken_effect && lot.drawn == 0 && now < free_until && free.left > 0;
        let nothing = Money::ZERO;
        let units = lot.left();
        if is_free || !lot.has_taken_effect {
            free.left -= u16::from(is_free);
            let may_go_back = |no| self.coupon(no).is_some_and(|coupon| coupon.may_take_back(now));
            let coupon = paid_by_coupon.filter(|(no, _)| may_go_back(*no));
            let lost = by_coupon - coupon.map_or(nothing, |(_, amount)| amount);
            let cash = lot.price - by_coupon;
            let (used, fee) = (nothing, nothing);
            return Ok(Refund {
                lot: no,
                units,
                cash,
                coupon,
                used,
                fee,
                lost,
                is_free,
                to_pay_per_use: false,
            });
        }
        let used = part_of(lot.price, lot.drawn, lot.granted);
        let fee = part_of(lot.price - used, terms.fee_percent.into(), 100);
        let lost = by_coupon.min(lot.price - used - fee);
        let cash = lot.price - used - fee - lost;
        Ok(Refund { lot: no, units, cash, coupon: None, used, fee, lost, is_free, to_pay_per_use: false })
    }

    pub(crate) fn apply_unsubscribed_lot(&mut self, at: Timestamp, refund: &Refund) {
        let year = self.zone.month(at).year;
        if refund.is_free {
            let (of, times) = self.cold.free_refunds;
            let before = if of == year { times } else { 0 };
            self.cold.free_refunds = (year, before.saturating_add(1));
        }
        if let Some((coupon, amount)) = refund.coupon {
            self.apply_coupon_refilled(coupon, amount);
        }
        self.cold.coupon_payments.remove(&refund.lot);
        self.cold.renewals.remove(&refund.lot);
        self.hand_anchor_back(refund.lot);
        self.cold.renewed.retain(|_, by| *by != refund.lot);
        let Some(lot) = self.lots.get_mut(refund.lot.0 as usize) else { return };
        lot.is_unsubscribed = true;
        lot.refunded = refund.amount();
        let (service, enterprise_project) = (lot.service, lot.enterprise_project.clone());
        self.add_refund(at, service, enterprise_project.as_ref(), refund.amount());
        self.end_lot(refund.lot, at);
        self.arm_instead();
        self.rearm_top_up();
    }
}

/// The share of an amount, rounded up at the last decimal.
fn part_of(amount: Money, part: u64, whole: u64) -> Money {
    let e8 = i128::from(amount.e8()) * i128::from(part);
    let whole = i128::from(whole.max(1));
    let share = e8.div_euclid(whole) + i128::from(e8.rem_euclid(whole) > 0);
    Money::from_e8(i64::try_from(share).unwrap_or(i64::MAX)).min(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_up_and_never_more_than_all() {
        let e8 = Money::from_e8;
        assert_eq!(part_of(e8(100), 0, 3), Money::ZERO);
        assert_eq!(part_of(e8(100), 1, 3), e8(34));
        assert_eq!(part_of(e8(100), 3, 3), e8(100));
        assert_eq!(part_of(Money::LIMIT, 999, 1_000).max(Money::LIMIT), Money::LIMIT);
        assert_eq!(part_of(e8(0), 10, 100), Money::ZERO);
    }
}
