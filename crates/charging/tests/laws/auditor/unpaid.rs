//! What the auditor knows of orders that wait for their payment, and of packages that are given back.

use std::collections::BTreeMap;

use charging::{LotNo, RenewalMode, Source, Timestamp, Unsubscribe};

use super::orders::{By, Choice, Plan};
use super::{Auditor, DAY_MS, HOUR_MS, Quota};
use crate::commands::Answer;
use crate::commerce::Ordered;
use crate::world::{OFFERS, SERVICES};

/// A lot that is given back: what goes to the cash, and what to which coupon.
type Back = (usize, i64, Option<(usize, i64)>);

/// Orders that wait, by number, with their ends; and the lots of those that were paid.
#[derive(Default)]
pub struct Unpaid {
    waiting: BTreeMap<u32, (Ordered, i64)>,
    paid: BTreeMap<u32, LotNo>,
    next: u32,
}

impl Unpaid {
    pub fn pass(&mut self, now: i64) {
        self.waiting.retain(|_, (_, until)| *until > now);
    }

    pub fn waiting(&self) -> Vec<u32> {
        self.waiting.keys().copied().collect()
    }

    /// True if one is for another period of the lot.
    pub fn is_for(&self, of: usize) -> bool {
        self.waiting.values().any(|(what, _)| matches!(what, Ordered::Renewal { lot } if *lot as usize == of))
    }

    /// The lot was renewed.
    pub fn forget(&mut self, of: usize) {
        self.waiting.retain(|_, (what, _)| !matches!(what, Ordered::Renewal { lot } if *lot as usize == of));
    }

    pub fn cancel(&mut self, no: u32) -> Answer {
        match self.waiting.remove(&no) {
            Some(_) => Answer::Done,
            None => self.not_there(no),
        }
    }

    fn not_there(&self, no: u32) -> Answer {
        Answer::Refused(if no < self.next { "order_not_pending" } else { "unknown_order" })
    }
}

impl Auditor<'_> {
    pub fn place(&mut self, now: i64, what: Ordered) -> Answer {
        match what {
            Ordered::Package { service, offer } => {
                let wanted = (SERVICES[service].0, OFFERS[offer].1);
                if !OFFERS.iter().any(|offer| (offer.0, offer.1) == wanted) {
                    return Answer::Refused("unknown_package");
                }
            }
            Ordered::Renewal { lot } => {
                if let Err(refused) = self.renewal_price(now, lot as usize) {
                    return refused;
                }
                if self.orders.is_for(lot as usize) {
                    return Answer::Refused("in_unpaid_order");
                }
            }
        }
        if self.owed > 0 {
            return Answer::Refused("in_arrears");
        }
        let until = now + i64::from(self.policy.unpaid_order_hours) * HOUR_MS;
        self.orders.waiting.insert(self.orders.next, (what, until));
        self.orders.next += 1;
        Answer::Done
    }

    pub fn pay_order(&mut self, now: Timestamp, no: u32, choice: Choice) -> Answer {
        if self.orders.paid.contains_key(&no) {
            return Answer::Repeated;
        }
        let Some((what, _)) = self.orders.waiting.get(&no).copied() else { return self.orders.not_there(no) };
        let answer = match what {
            Ordered::Package { service, offer } => {
                let calls = OFFERS[offer].1;
                let api = SERVICES[service].0;
                let offer = OFFERS.iter().find(|offer| (offer.0, offer.1) == (api, calls)).unwrap();
                let to = self.policy.zone.end_of_day_after_months(now, 1).ms();
                let quota = Quota::new(service, Source::Package, calls, (now.ms(), to), None, offer.2);
                self.order(now.ms(), quota, choice)
            }
            Ordered::Renewal { lot } => self.renew_with(now.ms(), lot as usize, By::Order, choice),
        };
        if let Answer::Lot(lot) = answer {
            self.orders.waiting.remove(&no);
            self.orders.paid.insert(no, lot);
        }
        answer
    }

    /// A lot and what follows it, as far as that has not begun.
    fn periods(&self, now: i64, lot: usize, what: Unsubscribe) -> Vec<usize> {
        let mut periods = if what == Unsubscribe::Renewals { Vec::new() } else { vec![lot] };
        let mut last = lot;
        while let Some(next) = self.renewed.get(&last) {
            if self.quotas[*next].from > now {
                periods.push(*next);
            }
            last = *next;
        }
        periods
    }

    pub fn give_back(&mut self, now: Timestamp, lot: usize, what: Unsubscribe) -> Answer {
        if lot >= self.quotas.len() {
            return Answer::Refused("unknown_lot");
        }
        let now_ms = now.ms();
        let terms = self.policy.refund;
        let periods = self.periods(now_ms, lot, what);
        if periods.is_empty() {
            return Answer::Refused("nothing_to_take_back");
        }
        let year = self.policy.zone.month(now).year;
        let mut free = self.free.get(&year).copied().unwrap_or(0);
        let mut back: Vec<Back> = Vec::new();
        for no in periods {
            if self.orders.is_for(no) {
                return Answer::Refused("in_unpaid_order");
            }
            let quota = &self.quotas[no];
            let is_over = quota.is_gone || now_ms > quota.to || quota.drawn == quota.granted;
            let has_begun = quota.from <= now_ms;
            if quota.source != Source::Package
                || is_over
                || has_begun && !terms.in_effect
                || self.held(no) > 0
            {
                return Answer::Refused("not_refundable");
            }
            let by_coupon = quota.by_coupon.map_or(0, |(_, part)| part);
            let is_early = now_ms < quota.bought + i64::from(terms.free_days) * DAY_MS;
            let is_free = has_begun && quota.drawn == 0 && is_early && free < terms.free_times_per_year;
            if is_free || !has_begun {
                free += u16::from(is_free);
                back.push((no, quota.e8 - by_coupon, quota.by_coupon));
                continue;
            }
            let share = |e8: i64, part: u64, whole: u64| {
                let exact = i128::from(e8) * i128::from(part);
                i64::try_from((exact + i128::from(whole) - 1) / i128::from(whole)).unwrap()
            };
            let used = share(quota.e8, quota.drawn, quota.granted);
            let fee = share(quota.e8 - used, terms.fee_percent.into(), 100);
            back.push((no, (quota.e8 - used - fee - by_coupon).max(0), None));
        }
        let cash: i64 = back.iter().map(|(_, cash, _)| cash).sum();
        let service = self.quotas[lot].service;
        let enables = what == Unsubscribe::ToPayPerUse && self.enabled.get(&service) != Some(&false);
        if enables && self.owed > cash {
            return Answer::Refused("in_arrears");
        }
        self.free.insert(year, free);
        let (first, last) = (back[0].0, back[back.len() - 1].0);
        if let Some(before) = self.renewed.iter().find(|(_, by)| **by == first).map(|(lot, _)| *lot)
            && now_ms <= self.quotas[before].to
        {
            let plan = self.plan(last);
            let mode = if plan.mode == RenewalMode::Auto { RenewalMode::Manual } else { plan.mode };
            self.plans.insert(before, Plan { mode, times: 0, next: None, has_ended: false, ..plan });
        }
        for (no, _, coupon) in &back {
            self.quotas[*no].is_gone = true;
            self.plans.remove(no);
            self.renewed.retain(|_, by| by != no);
            if let Some((coupon, part)) = coupon {
                self.refill(now_ms, *coupon, *part);
            }
        }
        self.take_in(cash);
        if enables { self.enable(service, false) } else { Answer::Done }
    }
}
