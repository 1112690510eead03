//! What the auditor knows of coupons, orders and renewals.

use std::collections::BTreeMap;
use std::num::NonZeroU8;

use charging::{CouponWorth, Event, LotNo, RenewalMode, RenewalPlan, Source, Timestamp};

use super::{Auditor, DAY_MS, HOUR_MS, Quota};
use crate::commands::{Answer, Stage};
use crate::commerce::{APIS, REGIONS};
use crate::world::{OFFERS, SERVICES};

/// A coupon.
#[derive(Clone, Debug)]
pub struct Slip {
    /// Of a discount; none for money.
    percent: Option<i64>,
    left: i64,
    api: Option<usize>,
    region: Option<usize>,
    from: i64,
    to: i64,
    has_begun: bool,
    is_over: bool,
}

impl Slip {
    fn is_for(&self, (api, region): (&str, &str)) -> bool {
        self.api.is_none_or(|own| APIS[own] == api) && self.region.is_none_or(|own| REGIONS[own] == region)
    }

    fn may_be_used(&self, at: i64) -> bool {
        !self.is_over && self.from <= at && at < self.to
    }

    pub fn left(&self) -> i64 {
        if self.is_over || self.percent.is_some() { 0 } else { self.left }
    }
}

/// Usage that waits for its settlement.
#[derive(Clone, Debug)]
pub struct OpenLine {
    pub hour: i64,
    service: usize,
    /// When the usage began.
    from: i64,
    e8: i64,
}

/// What its owner said of the end of a package.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub mode: RenewalMode,
    pub days: u8,
    /// How many more times; 0 without an end.
    pub times: u8,
    pub next: Option<i64>,
    pub has_ended: bool,
}

impl Plan {
    pub const NONE: Plan =
        Plan { mode: RenewalMode::PayPerUse, days: 7, times: 0, next: None, has_ended: false };
}

/// Who asks for a renewal.
#[derive(Clone, Copy, PartialEq)]
pub enum By {
    Hand,
    Order,
    Itself,
}

/// Which coupons an order is to use.
pub enum Choice {
    Best,
    These(Option<u32>, Option<u32>),
}

/// The answer to what could never be used.
pub fn no_validity(now: i64, (from, to): (i64, i64)) -> Option<Answer> {
    match to {
        past if past <= now => Some(Answer::Refused("ends_in_past")),
        early if early <= from => Some(Answer::Refused("ends_before_beginning")),
        _ => None,
    }
}

impl Auditor<'_> {
    pub fn give_coupon(
        &mut self,
        now: i64,
        worth: CouponWorth,
        scope: (Option<usize>, Option<usize>),
        (from, to): (i64, i64),
    ) -> Answer {
        if let Some(refused) = no_validity(now, (from, to)) {
            return refused;
        }
        let (percent, left) = match worth {
            CouponWorth::Cash { face } => (None, face.e8()),
            CouponWorth::Discount { percent_off } => (Some(i64::from(percent_off)), 0),
        };
        let (api, region) = scope;
        let (has_begun, from) = (from <= now, from.max(now));
        self.slips.push(Slip { percent, left, api, region, from, to, has_begun, is_over: false });
        Answer::Done
    }

    /// Whose turn is before whose: those for something special, then those that end soonest, then the older ones.
    fn turn(&self, no: usize) -> (bool, i64, usize) {
        let slip = &self.slips[no];
        (slip.api.is_none() && slip.region.is_none(), slip.to, no)
    }

    /// The hour's lines are taken as they were billed, and must sum to what was used; who pays them is worked out anew.
    pub fn settle(&mut self, hour: i64, used: &BTreeMap<usize, i64>, stage: &Stage<'_>) {
        self.open.retain(|used| used.hour != hour);
        let settled = stage.journal.iter().find_map(|recorded| match &recorded.event {
            Event::HourSettled { hour: of, lines, coupons, .. } if of.ms() == hour => Some((lines, coupons)),
            _ => None,
        });
        let (lines, coupons) = settled.unwrap_or_else(|| panic!("the hour {hour} was not settled"));
        let mut billed: BTreeMap<usize, i64> = BTreeMap::new();
        let mut unpaid = Vec::new();
        for line in lines {
            let of = stage.account.service(line.service).unwrap();
            let place = (of.api.as_str(), of.region.as_str());
            let service = SERVICES.iter().position(|service| *service == place).unwrap();
            *billed.entry(service).or_default() += line.amount.e8();
            unpaid.push((place, line.used_from.ms(), line.amount.e8()));
        }
        assert_eq!(billed, *used, "the usage of {hour}");
        let mut order: Vec<usize> = (0..self.slips.len()).collect();
        order.sort_by_key(|no| self.turn(*no));
        let mut parts = Vec::new();
        for no in order {
            for (index, (place, used_from, amount)) in unpaid.iter_mut().enumerate() {
                let slip = &self.slips[no];
                let part = slip.left().min(*amount);
                if part > 0 && slip.is_for(*place) && slip.may_be_used(*used_from) {
                    *amount -= part;
                    self.spend(no, part);
                    parts.push((no, index, part));
                }
            }
        }
        let told = coupons.iter().map(|p| (p.coupon.0 as usize, p.line as usize, p.amount.e8()));
        assert_eq!(parts, told.collect::<Vec<_>>(), "what coupons paid of {hour}");
        let total: i64 = unpaid.iter().map(|(_, _, amount)| amount).sum();
        let paid = total.min(self.cash);
        self.cash -= paid;
        self.owed += total - paid;
    }

    /// What is there for anything when all that was used is settled: the coupons pay what they may of it, the cash the
    /// rest. Where it cannot, that is what is lacking, and no coupon helps; nor does one that cannot pay for what is used
    /// now.
    pub fn free(&self) -> i64 {
        let used: i64 = self.open.iter().map(|used| used.e8).sum();
        assert_eq!(used, self.waiting_e8(), "what waits for its settlement");
        let mut order: Vec<usize> = (0..self.slips.len()).collect();
        order.sort_by_key(|no| self.turn(*no));
        let mut left: Vec<i64> = self.slips.iter().map(Slip::left).collect();
        let mut by_cash = 0;
        for hour in self.waiting.keys() {
            let of_hour = self.open.iter().filter(|used| used.hour == *hour);
            let mut unpaid: Vec<(&OpenLine, i64)> = of_hour.map(|used| (used, used.e8)).collect();
            for no in &order {
                let slip = &self.slips[*no];
                for (used, amount) in &mut unpaid {
                    if slip.is_for(SERVICES[used.service]) && slip.may_be_used(used.from) {
                        let part = left[*no].min(*amount);
                        (left[*no], *amount) = (left[*no] - part, *amount - part);
                    }
                }
            }
            by_cash += unpaid.iter().map(|(_, amount)| amount).sum::<i64>();
        }
        let cash = self.cash - self.owed - by_cash;
        let is_general = |no: &usize| {
            let slip = &self.slips[*no];
            let pays_now = |used: &OpenLine| used.e8 == 0 || slip.may_be_used(used.from);
            slip.has_begun && slip.api.is_none() && slip.region.is_none() && self.open.iter().all(pays_now)
        };
        let general: i64 = order.iter().filter(|no| is_general(no)).map(|no| left[*no]).sum();
        if cash < 0 { cash } else { cash + general }
    }

    /// What waits for its settlement in an account's open hours: who pays it is worked out here, when its usage began is
    /// taken as it stands.
    pub fn know_open_lines(&mut self, stage: &Stage<'_>) {
        let hours = stage.account.open_hours().iter();
        let lines = hours.flat_map(|hour| hour.lines.iter().map(|line| (hour.start.ms(), line)));
        let open = lines.map(|(hour, line)| {
            let of = stage.account.service(line.service).unwrap();
            let place = (of.api.as_str(), of.region.as_str());
            let service = SERVICES.iter().position(|service| *service == place).unwrap();
            OpenLine { hour, service, from: line.used_from.ms(), e8: line.amount.e8() }
        });
        self.open = open.collect();
    }

    /// What a coupon had paid goes back to it, while it is valid; says whether it did.
    pub fn refill(&mut self, now: i64, no: usize, part: i64) -> bool {
        let slip = &mut self.slips[no];
        let is_valid = slip.from <= now && now < slip.to;
        if is_valid {
            slip.left += part;
            slip.is_over = false;
        }
        is_valid
    }

    fn spend(&mut self, no: usize, part: i64) {
        let slip = &mut self.slips[no];
        slip.left -= part;
        slip.is_over |= slip.left == 0;
    }

    /// When a coupon ends: with the settlement of the last hour that began in its validity.
    fn end_of(&self, slip: &Slip) -> Option<i64> {
        // The first full hour at which it is valid no more.
        let begun = self.policy.zone.hour_start(Timestamp::from_ms(slip.to)).ms();
        let over = if begun == slip.to { begun } else { begun + HOUR_MS };
        (!slip.is_over).then_some(over + self.delay_ms())
    }

    pub fn next_coupon_begin(&self) -> Option<i64> {
        let ahead = self.slips.iter().filter(|slip| !slip.has_begun && !slip.is_over);
        ahead.map(|slip| slip.from).min()
    }

    pub fn begin_coupons(&mut self, at: i64) {
        for slip in self.slips.iter_mut().filter(|slip| slip.from <= at) {
            slip.has_begun = true;
        }
    }

    pub fn next_coupon_end(&self) -> Option<i64> {
        self.slips.iter().filter_map(|slip| self.end_of(slip)).min()
    }

    pub fn end_coupons(&mut self, at: i64) {
        for no in 0..self.slips.len() {
            let is_over = self.end_of(&self.slips[no]).is_some_and(|end| end <= at);
            self.slips[no].is_over |= is_over;
        }
    }

    /// Pays for a quota, by a discount, a coupon and the cash.
    pub fn order(&mut self, now: i64, quota: Quota, choice: Choice) -> Answer {
        if self.owed > 0 {
            return Answer::Refused("in_arrears");
        }
        let place = SERVICES[quota.service];
        let usable = |no: &usize| self.slips[*no].may_be_used(now) && self.slips[*no].is_for(place);
        let (discount, coupon) = match choice {
            Choice::Best => {
                let slips: Vec<usize> = (0..self.slips.len()).filter(usable).collect();
                let (discounts, cash): (Vec<usize>, Vec<usize>) =
                    slips.into_iter().partition(|no| self.slips[*no].percent.is_some());
                let rank = |no: &usize| (-self.slips[*no].percent.unwrap(), self.turn(*no));
                let discount = discounts.into_iter().min_by_key(rank);
                (discount, cash.into_iter().min_by_key(|no| self.turn(*no)))
            }
            Choice::These(discount, coupon) => {
                let named = |no: Option<u32>, is_discount: bool| {
                    let no = no.map(|no| no as usize)?;
                    let slip = self.slips.get(no).filter(|slip| slip.percent.is_some() == is_discount);
                    Some(slip.map(|_| no).filter(usable).ok_or(Answer::Refused("coupon_not_usable")))
                };
                match (named(discount, true).transpose(), named(coupon, false).transpose()) {
                    (Ok(discount), Ok(coupon)) => (discount, coupon),
                    (Err(refused), _) | (_, Err(refused)) => return refused,
                }
            }
        };
        let off = discount.map_or(0, |no| quota.e8 * self.slips[no].percent.unwrap() / 100);
        let price = quota.e8 - off;
        let by_coupon = coupon.map_or(0, |no| self.slips[no].left.min(price));
        if self.cash < price - by_coupon {
            return Answer::Refused("insufficient_balance");
        }
        self.cash -= price - by_coupon;
        discount.into_iter().for_each(|no| self.slips[no].is_over = true);
        let coupon = coupon.filter(|_| by_coupon > 0);
        coupon.into_iter().for_each(|no| self.spend(no, by_coupon));
        self.put(Quota { e8: price, bought: now, by_coupon: coupon.map(|no| (no, by_coupon)), ..quota })
    }

    /// Takes a quota in.
    pub fn put(&mut self, quota: Quota) -> Answer {
        self.quotas.push(quota);
        Answer::Lot(LotNo(u32::try_from(self.quotas.len() - 1).unwrap()))
    }

    pub fn plan(&self, lot: usize) -> Plan {
        self.plans.get(&lot).copied().unwrap_or(Plan::NONE)
    }

    /// Why a lot cannot be renewed, if it cannot.
    fn cannot_be_renewed(&self, now: i64, lot: usize) -> Option<&'static str> {
        let Some(quota) = self.quotas.get(lot) else { return Some("unknown_lot") };
        if self.renewed.contains_key(&lot) {
            return Some("already_renewed");
        }
        let terms = self.policy.package_terms(self.tier);
        let last = quota.to + i64::from(terms.grace_days + terms.retention_days) * DAY_MS;
        (quota.source != Source::Package || quota.is_gone || now > last).then_some("not_renewable")
    }

    pub fn set_renewal(&mut self, now: i64, lot: usize, plan: RenewalPlan) -> Answer {
        let (mode, days) = (plan.mode, plan.days_before);
        let times = plan.times.map_or(0, NonZeroU8::get);
        let times = if mode == RenewalMode::Auto { times } else { 0 };
        // That pay-per-use ends or goes on can be said of a gift too.
        let is_gift =
            self.quotas.get(lot).is_some_and(|quota| quota.source != Source::Package && !quota.is_gone);
        let is_plain = matches!(mode, RenewalMode::PayPerUse | RenewalMode::None);
        let ends = self.quotas.get(lot).is_some_and(|quota| quota.to < Timestamp::MAX.ms());
        if !(is_gift && is_plain && ends)
            && let Some(word) = self.cannot_be_renewed(now, lot)
        {
            return Answer::Refused(word);
        }
        if now > self.quotas[lot].to {
            return Answer::Refused("not_renewable");
        }
        let before = self.plan(lot);
        if !self.plans.contains_key(&lot) || (before.mode, before.days, before.times) != (mode, days, times) {
            let next = self.next_try(now, lot, mode, days);
            self.plans.insert(lot, Plan { mode, days, times, next, ..before });
        }
        Answer::Done
    }

    /// The first 03:00 after the instant, of the last day of a lot and so many days before it.
    fn next_try(&self, now: i64, lot: usize, mode: RenewalMode, days: u8) -> Option<i64> {
        let (zone, to) = (self.policy.zone, self.quotas[lot].to);
        let last_day = zone.day_start(zone.day_of(Timestamp::from_ms(to))).ms();
        let tries = (0..=i64::from(days)).rev().map(|days| last_day + 3 * HOUR_MS - days * DAY_MS);
        tries.filter(|at| mode == RenewalMode::Auto && *at > now && *at <= to).min()
    }

    /// What another period of a lot costs, if it is on offer.
    pub fn renewal_price(&self, now: i64, lot: usize) -> Result<i64, Answer> {
        if let Some(word) = self.cannot_be_renewed(now, lot) {
            return Err(Answer::Refused(word));
        }
        let quota = &self.quotas[lot];
        let offer =
            |offer: &&(&str, u64, i64)| (offer.0, offer.1) == (SERVICES[quota.service].0, quota.granted);
        OFFERS.iter().find(offer).map(|offer| offer.2).ok_or(Answer::Refused("unknown_package"))
    }

    /// Another period for a lot, from where it ends.
    pub fn renew(&mut self, now: i64, lot: usize, by: By) -> Answer {
        self.renew_with(now, lot, by, Choice::Best)
    }

    pub fn renew_with(&mut self, now: i64, lot: usize, asked: By, choice: Choice) -> Answer {
        let e8 = match self.renewal_price(now, lot) {
            Ok(e8) => e8,
            Err(refused) => return refused,
        };
        if asked == By::Hand && self.orders.is_for(lot) {
            return Answer::Refused("in_unpaid_order");
        }
        let quota = self.quotas[lot].clone();
        let wished = self.wished_day(lot);
        let to = self.end_in_next_month(quota.to, wished);
        if to <= now {
            return Answer::Refused("not_renewable");
        }
        let next = Quota { drawn: 0, from: quota.to + 1, to, e8, by_coupon: None, ..quota };
        let answer = self.order(now, next, choice);
        if let Answer::Lot(by) = answer {
            let (by, by_itself) = (by.0 as usize, asked == By::Itself);
            self.orders.forget(lot);
            self.renewed.insert(lot, by);
            self.wished.insert(by, wished);
            let mut plan = self.plans.remove(&lot).unwrap_or(Plan::NONE);
            if by_itself && plan.times > 0 {
                plan.times -= 1;
                plan.mode = if plan.times == 0 { RenewalMode::Manual } else { plan.mode };
            }
            if plan.mode != RenewalMode::PayPerUse {
                let next = self.next_try(now, by, plan.mode, plan.days);
                self.plans.insert(by, Plan { next, has_ended: false, ..plan });
            }
        }
        answer
    }

    fn day_of_month(&self, at: i64) -> i64 {
        let text = Timestamp::from_ms(at).in_zone(self.policy.zone);
        text[8..10].parse().unwrap()
    }

    /// The day of the month a lot would end on if every month had 31 days.
    fn wished_day(&self, lot: usize) -> i64 {
        let quota = &self.quotas[lot];
        let (began, ends) = (self.day_of_month(quota.from), self.day_of_month(quota.to));
        let is_end_of_month = self.day_of_month(quota.to + DAY_MS) == 1;
        let own = if is_end_of_month && began > ends { began } else { ends };
        self.wished.get(&lot).copied().unwrap_or(own)
    }

    fn end_in_next_month(&self, from: i64, wished: i64) -> i64 {
        let zone = self.policy.zone;
        let first = zone.month_range(zone.month(Timestamp::from_ms(from))).1;
        let last = zone.month_range(zone.month(first)).1.ms();
        (first.ms() + wished * DAY_MS).min(last) - 1
    }

    /// When a package that is to be the last ends.
    fn last_end(&self, lot: usize, plan: &Plan) -> Option<i64> {
        (plan.mode == RenewalMode::None && !plan.has_ended).then(|| self.quotas[lot].to + 1)
    }

    pub fn next_renewal(&self) -> Option<i64> {
        let dues = self.plans.iter().flat_map(|(lot, plan)| [plan.next, self.last_end(*lot, plan)]);
        dues.flatten().min()
    }

    /// Renewals that are due, and packages that were the last.
    pub fn move_renewals(&mut self, at: i64) {
        let plans: Vec<(usize, Plan)> = self.plans.iter().map(|(lot, plan)| (*lot, *plan)).collect();
        for (lot, plan) in plans {
            if plan.next.is_some_and(|next| next <= at) {
                if let Answer::Refused(_) = self.renew(at, lot, By::Itself) {
                    let next = self.next_try(at, lot, plan.mode, plan.days);
                    self.plans.insert(lot, Plan { next, ..plan });
                }
            } else if self.last_end(lot, &plan).is_some_and(|end| end <= at) {
                self.plans.insert(lot, Plan { has_ended: true, ..plan });
                let service = self.quotas[lot].service;
                let is_left =
                    |q: &Quota| q.service == service && !q.is_gone && q.to >= at && q.drawn < q.granted;
                let left = self.quotas.iter().enumerate().filter(|(_, quota)| is_left(quota));
                let last = left.max_by_key(|(no, quota)| (quota.to, *no)).map(|(no, quota)| (no, quota.to));
                match (self.enabled.get_mut(&service), last) {
                    (Some(package_only), None) => *package_only = true,
                    (Some(false), Some((heir, to))) if to < Timestamp::MAX.ms() => {
                        self.plans.entry(heir).or_insert(Plan { next: None, has_ended: false, ..plan });
                    }
                    _ => {}
                }
            }
        }
    }
}
