//! The auditor: the rules told a second time, naively.
//!
//! It keeps no events, no draw order, no carry and no due instants. Lots are sorted anew for every call, amounts are
//! differences of exact totals taken unit by unit, and the standing is read off the calendar. It predicts what every
//! command answers and what the account then holds. `orders` is what it knows of coupons and renewals, `payments` of money
//! that is asked for.

mod orders;
mod payments;

use std::collections::{BTreeMap, BTreeSet};

use charging::{DrawOrder, Money, Month, Policy, Source, Standing, Tier, Timestamp};

use crate::commands::{Answer, Command, Script, Stage};
use crate::commerce::{APIS, Commerce};
use crate::world::{OFFERS, SERVICES, World};
use orders::{Choice, Plan, Slip};
use payments::{Asks, Rule};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

#[derive(Clone, Debug)]
pub struct Quota {
    service: usize,
    source: Source,
    granted: u64,
    drawn: u64,
    from: i64,
    to: i64,
    project: Option<u8>,
    e8: i64,
}

#[derive(Clone, Debug)]
struct Promise {
    service: usize,
    draws: Vec<(usize, u64)>,
    rest: u64,
    price_version: usize,
    until: i64,
}

pub struct Auditor<'w> {
    world: &'w World,
    policy: &'w Policy,
    tier: Tier,
    cash: i64,
    owed: i64,
    /// Usage by the hour it waits in and the service.
    waiting: BTreeMap<i64, BTreeMap<usize, i64>>,
    quotas: Vec<Quota>,
    /// Enabled services; true for packages only.
    enabled: BTreeMap<usize, bool>,
    /// When arrears began, freeze and release.
    clock: Option<(i64, i64, i64)>,
    is_released: bool,
    exact_e10: BTreeMap<usize, i128>,
    used: BTreeMap<(usize, Month), u64>,
    spent: BTreeMap<(usize, Month), i64>,
    /// By API; none for the whole account.
    caps: BTreeMap<Option<usize>, i64>,
    promises: BTreeMap<u128, Promise>,
    keys: BTreeMap<u8, (Command, i64)>,
    budgets: BTreeSet<Option<usize>>,
    slips: Vec<Slip>,
    /// What is to happen at the end of lots, and which lot renewed which.
    plans: BTreeMap<usize, Plan>,
    renewed: BTreeMap<usize, usize>,
    asks: Asks,
    /// What the latest charge drew (lot, units) and cost.
    pub last_charge: (Vec<(u32, u64)>, i64),
}

impl<'w> Auditor<'w> {
    pub fn new(world: &'w World, script: &Script) -> Auditor<'w> {
        Auditor {
            world,
            policy: world.policy(script.policy),
            tier: script.tier,
            cash: 0,
            owed: 0,
            waiting: BTreeMap::new(),
            quotas: Vec::new(),
            enabled: BTreeMap::new(),
            clock: None,
            is_released: false,
            exact_e10: BTreeMap::new(),
            used: BTreeMap::new(),
            spent: BTreeMap::new(),
            caps: BTreeMap::new(),
            promises: BTreeMap::new(),
            keys: BTreeMap::new(),
            budgets: BTreeSet::new(),
            slips: Vec::new(),
            plans: BTreeMap::new(),
            renewed: BTreeMap::new(),
            asks: Asks::default(),
            last_charge: (Vec::new(), 0),
        }
    }

    fn delay_ms(&self) -> i64 {
        i64::from(self.policy.settlement_delay_minutes) * 60_000
    }

    fn waiting_e8(&self) -> i64 {
        self.waiting.values().flat_map(BTreeMap::values).sum()
    }

    /// Time passes: whatever it brings about happens, each thing at its instant.
    fn pass(&mut self, now: i64, stage: &Stage<'_>) {
        let settles_at = |hour: &i64| hour + HOUR_MS + self.delay_ms();
        let hour = self.waiting.keys().next().map(settles_at);
        let dues = [hour, self.next_coupon_end(), self.next_renewal(), self.asks.retry_at()];
        if let Some(at) = dues.into_iter().flatten().min().filter(|at| *at <= now) {
            self.release_by(at - 1);
            while let Some(hour) =
                self.waiting.keys().next().copied().filter(|hour| hour + HOUR_MS + self.delay_ms() <= at)
            {
                let used = self.waiting.remove(&hour).unwrap();
                self.settle(hour, &used, stage);
                self.begin_arrears(at);
                self.mind_rule(at);
            }
            self.end_coupons(at);
            self.move_renewals(at);
            self.mind_rule(at);
            self.release_by(at);
            if self.asks.retry_at().is_some_and(|retry_at| retry_at <= at) {
                self.ask_by_rule(at);
            }
            return self.pass(now, stage);
        }
        self.release_by(now);
        self.promises.retain(|_, promise| promise.until > now);
    }

    fn begin_arrears(&mut self, at: i64) {
        if self.owed > 0 && self.clock.is_none() && !self.is_released {
            let terms = self.policy.terms[&self.tier];
            let freeze = at + i64::from(terms.grace_days) * DAY_MS;
            self.clock = Some((at, freeze, freeze + i64::from(terms.retention_days) * DAY_MS));
        }
    }

    fn release_by(&mut self, now: i64) {
        if self.clock.is_some_and(|(.., release)| release <= now) {
            self.clock = None;
            self.is_released = true;
            self.enabled.clear();
        }
    }

    fn is_frozen(&self, now: i64) -> bool {
        self.clock.is_some_and(|(_, freeze, _)| freeze <= now)
    }

    fn held(&self, quota: usize) -> u64 {
        self.promises.values().flat_map(|p| &p.draws).filter(|(no, _)| *no == quota).map(|(_, n)| n).sum()
    }

    /// What a call would draw from packages, in the published order.
    fn draws(&self, now: i64, service: usize, project: Option<u8>, units: u64) -> Vec<(usize, u64)> {
        let usable = |q: &Quota| {
            let is_for = q.project.is_none() || q.project == project;
            q.service == service && is_for && q.from <= now && now <= q.to
        };
        let mut order: Vec<usize> = (0..self.quotas.len()).filter(|no| usable(&self.quotas[*no])).collect();
        order.sort_by_key(|no| {
            let q = &self.quotas[*no];
            let class = match q.source {
                Source::Free => 0,
                Source::Promotion => 1,
                Source::Package => 2,
            };
            let times = if self.policy.draw_order == DrawOrder::EffectiveFirst {
                [q.from, q.to]
            } else {
                [q.to, q.from]
            };
            (q.project.is_none(), class, times, *no)
        });
        let mut wanted = units;
        let mut draws = Vec::new();
        for no in order {
            let part = wanted.min(self.quotas[no].granted - self.quotas[no].drawn - self.held(no));
            if part > 0 {
                draws.push((no, part));
                wanted -= part;
            }
        }
        draws
    }

    /// Plays a command on the stage, and asserts that its answer and the account after it are as predicted.
    pub fn audit(&mut self, now: Timestamp, command: &Command, stage: &mut Stage<'_>) -> Answer {
        let answer = stage.play(now, command);
        match (self.predict(now, command, stage), &answer) {
            (Answer::Done, Answer::Authorised(_)) => {}
            (Answer::Done, Answer::Committed(receipt)) => {
                let draws = receipt.draws.iter().map(|d| (d.lot.0, d.units)).collect();
                assert_eq!(self.last_charge, (draws, receipt.amount().e8()), "charge at {now:?}");
            }
            (predicted, answer) => assert_eq!(predicted, *answer, "answer to {command:?} at {now:?}"),
        }
        self.compare(now, stage);
        answer
    }

    /// Predicts the answer to a command already played; a permission or a receipt is only `Done` here.
    fn predict(&mut self, now: Timestamp, command: &Command, stage: &Stage<'_>) -> Answer {
        self.pass(now.ms(), stage);
        let now_ms = now.ms();
        if let Some(answer) = self.repeated(command) {
            return answer;
        }
        let answer = match command.clone() {
            Command::TopUp { e8, .. } if e8 <= 0 => Answer::Refused("amount_out_of_range"),
            Command::TopUp { e8, .. } => {
                self.take_in(e8);
                Answer::Done
            }
            Command::Subscribe { service, package_only } => match self.enabled.get(&service) {
                Some(same) if *same == package_only => Answer::Done,
                Some(false) if self.owed > 0 => self.enable(service, package_only),
                _ if self.owed > 0 => Answer::Refused("in_arrears"),
                _ => self.enable(service, package_only),
            },
            Command::Unsubscribe { service } => match self.enabled.remove(&service) {
                Some(_) => Answer::Done,
                None => Answer::Refused("nothing_to_unsubscribe"),
            },
            Command::Buy { service, offer, .. } => {
                let calls = OFFERS[offer].1;
                match OFFERS.iter().find(|o| o.0 == SERVICES[service].0 && o.1 == calls) {
                    None => Answer::Refused("unknown_package"),
                    Some(&(_, granted, e8)) => {
                        let to = self.policy.zone.end_of_day_after_months(now, 1).ms();
                        let source = Source::Package;
                        let from = now_ms;
                        let quota = Quota { service, source, granted, drawn: 0, from, to, project: None, e8 };
                        self.order(now_ms, quota, Choice::Best)
                    }
                }
            }
            Command::Grant { units, from, to, .. } if units == 0 || to <= now_ms.max(from) => {
                Answer::Refused("invalid_lot")
            }
            Command::Grant { e8, .. } if e8 < 0 => Answer::Refused("amount_out_of_range"),
            Command::Grant { service, source, units, from, to, project, e8, .. } => {
                let from = from.max(now_ms);
                self.add(Quota { service, source, granted: units, drawn: 0, from, to, project, e8 })
            }
            Command::Authorise { service, project, units } => {
                return self.authorise(now_ms, service, project, units, stage);
            }
            Command::Commit { back, units } => match stage.authorisation(back) {
                None => Answer::Done,
                Some(given) => match self.promises.remove(&given.charge.0) {
                    None => Answer::Refused("unknown_hold"),
                    Some(promise) => {
                        self.charge(now, promise, units);
                        self.mind_rule(now_ms);
                        return Answer::Done;
                    }
                },
            },
            Command::Void { back } => {
                stage.authorisation(back).map(|given| self.promises.remove(&given.charge.0));
                Answer::Done
            }
            Command::Tier(tier) => {
                self.tier = tier;
                Answer::Done
            }
            Command::Alerts(_) | Command::Tick => Answer::Done,
            Command::SetBudget { service, .. } => {
                self.budgets.insert(service);
                Answer::Done
            }
            Command::RemoveBudget { service } => match self.budgets.remove(&service) {
                true => Answer::Done,
                false => Answer::Refused("unknown_budget"),
            },
            Command::Commerce(commerce) => self.predict_commerce(now, commerce),
        };
        if let (Some(key), false) = (key_of(command), matches!(answer, Answer::Refused(_))) {
            self.keys.insert(key, (command.clone(), now_ms));
        }
        self.mind_rule(now_ms);
        answer
    }

    fn predict_commerce(&mut self, now: Timestamp, command: Commerce) -> Answer {
        let now_ms = now.ms();
        match command {
            Commerce::Cap { api, e8 } => {
                self.caps.insert(api, e8);
                Answer::Done
            }
            Commerce::Uncap { api } => match self.caps.remove(&api) {
                Some(_) => Answer::Done,
                None => Answer::Refused("nothing_to_remove"),
            },
            Commerce::Adjust { e8: 0, .. } => Answer::Refused("amount_out_of_range"),
            Commerce::Adjust { e8, .. } if self.cash < -e8 => Answer::Refused("insufficient_balance"),
            Commerce::Adjust { e8, .. } => {
                self.take_in(e8);
                Answer::Done
            }
            Commerce::Coupon { worth, api, region, from, to, .. } => {
                self.give_coupon(now_ms, worth, (api, region), (from, to))
            }
            Commerce::BuyWith { offer, discount, cash } => {
                let (api, granted, e8) = OFFERS[offer];
                let service = SERVICES.iter().position(|service| *service == (api, "north")).unwrap();
                let (from, to) = (now_ms, self.policy.zone.end_of_day_after_months(now, 1).ms());
                let source = Source::Package;
                let quota = Quota { service, source, granted, drawn: 0, from, to, project: None, e8 };
                self.order(now_ms, quota, Choice::These(discount, cash))
            }
            Commerce::Renew { lot, .. } => self.renew(now_ms, lot as usize),
            Commerce::Renewal { lot, mode, days_before } => {
                self.set_renewal(now_ms, lot as usize, mode, days_before)
            }
            Commerce::AutoTopUp { below, amount, limit } => {
                self.set_rule(now_ms, Some(Rule { below, amount, limit }))
            }
            Commerce::NoAutoTopUp => self.set_rule(now_ms, None),
            Commerce::Ask { e8, .. } => self.ask(now_ms, e8),
            Commerce::Answer { no, is_paid } => self.answer(now_ms, no, is_paid),
        }
    }

    fn repeated(&self, command: &Command) -> Option<Answer> {
        let (before, at) = self.keys.get(&key_of(command)?)?;
        let is_same = match (before.clone(), command.clone()) {
            (
                Command::Grant { service, source, units, from, to, project, e8, .. },
                Command::Grant {
                    service: s2,
                    source: o2,
                    units: u2,
                    from: f2,
                    to: t2,
                    project: p2,
                    e8: e2,
                    ..
                },
            ) => {
                (service, source, units, from.max(*at), to, project, e8)
                    == (s2, o2, u2, f2.max(*at), t2, p2, e2)
            }
            (Command::Buy { service, offer, .. }, Command::Buy { service: s2, offer: o2, .. }) => {
                (service, OFFERS[offer].1) == (s2, OFFERS[o2].1)
            }
            (
                Command::Commerce(Commerce::Coupon { worth, api, region, from, to, .. }),
                Command::Commerce(Commerce::Coupon {
                    worth: w2, api: a2, region: r2, from: f2, to: t2, ..
                }),
            ) => (worth, api, region, from.max(*at), to) == (w2, a2, r2, f2.max(*at), t2),
            (before, again) => before == again,
        };
        Some(if is_same { Answer::Repeated } else { Answer::Refused("key_conflict") })
    }

    fn enable(&mut self, service: usize, package_only: bool) -> Answer {
        self.is_released = false;
        self.enabled.insert(service, package_only);
        Answer::Done
    }

    fn add(&mut self, quota: Quota) -> Answer {
        let is_bought = quota.e8 > 0;
        if is_bought && self.owed > 0 {
            return Answer::Refused("in_arrears");
        }
        if self.cash < quota.e8 {
            return Answer::Refused("insufficient_balance");
        }
        self.cash -= quota.e8;
        self.put(quota)
    }

    fn authorise(
        &mut self,
        now: i64,
        service: usize,
        project: Option<u8>,
        units: u64,
        stage: &Stage<'_>,
    ) -> Answer {
        let draws = self.draws(now, service, project, units);
        let rest = units - draws.iter().map(|(_, n)| n).sum::<u64>();
        match self.enabled.get(&service) {
            _ if rest == 0 => {}
            None if self.is_released => return Answer::Refused("released"),
            None => return Answer::Refused("not_subscribed"),
            Some(true) => return Answer::Refused("package_used_up"),
            Some(false) if self.is_frozen(now) => return Answer::Refused("frozen"),
            Some(false) => {}
        }
        let versions = &self.world.catalog.apis[SERVICES[service].0].versions;
        let price_version = versions.iter().filter(|v| v.effective_from.ms() <= now).count().max(1) - 1;
        if self.is_beyond_a_cap(now, (service, rest, price_version)) {
            return Answer::Refused("spend_cap_reached");
        }
        let until = now + i64::from(self.policy.hold_s) * 1000;
        let id = stage.authorisations.last().map_or(0, |a| a.charge.0);
        self.promises.insert(id, Promise { service, draws, rest, price_version, until });
        Answer::Done
    }

    /// What units may cost at most: the dearest tier, rounded up.
    fn at_most(&self, (service, rest, price_version): (usize, u64, usize)) -> i64 {
        let tiers = &self.world.catalog.apis[SERVICES[service].0].versions[price_version].tiers;
        let dearest = tiers.iter().map(|tier| tier.unit_price.e10()).max().unwrap();
        (dearest * i64::try_from(rest).unwrap()).div_euclid(100)
            + i64::from((dearest * i64::try_from(rest).unwrap()).rem_euclid(100) > 0)
    }

    fn is_beyond_a_cap(&self, now: i64, call: (usize, u64, usize)) -> bool {
        let month = self.policy.zone.month(Timestamp::from_ms(now));
        let wanted = self.at_most(call);
        let is_of =
            |api: Option<usize>, service: usize| api.is_none_or(|api| APIS[api] == SERVICES[service].0);
        let is_beyond = |(&api, &cap): (&Option<usize>, &i64)| {
            let spent = self.spent.iter().filter(|((service, of), _)| *of == month && is_of(api, *service));
            let spent: i64 = spent.map(|(_, e8)| e8).sum();
            let held = self.promises.values().filter(|p| is_of(api, p.service));
            let held: i64 = held.map(|p| self.at_most((p.service, p.rest, p.price_version))).sum();
            is_of(api, call.0) && spent + held + wanted > cap
        };
        wanted > 0 && self.caps.iter().any(is_beyond)
    }

    fn charge(&mut self, now: Timestamp, promise: Promise, units: u64) {
        let mut left = units;
        self.last_charge = (Vec::new(), 0);
        for (no, part) in promise.draws {
            let part = part.min(left);
            self.quotas[no].drawn += part;
            left -= part;
            if part > 0 {
                self.last_charge.0.push((u32::try_from(no).unwrap(), part));
            }
        }
        let tiers =
            &self.world.catalog.apis[SERVICES[promise.service].0].versions[promise.price_version].tiers;
        let used = self.used.entry((promise.service, self.policy.zone.month(now))).or_default();
        let total = self.exact_e10.entry(promise.service).or_default();
        let before = total.div_euclid(100);
        let rest = promise.rest.min(left);
        for _ in 0..rest {
            let tier = tiers.iter().rfind(|t| t.from_units <= *used).unwrap();
            *total += i128::from(tier.unit_price.e10());
            *used += 1;
        }
        if rest > 0 {
            let amount = i64::try_from(total.div_euclid(100) - before).unwrap();
            let offset = self.policy.zone.hour_start(Timestamp::from_ms(7 * DAY_MS)).ms() - 7 * DAY_MS;
            let hour = (now.ms() - offset).div_euclid(HOUR_MS) * HOUR_MS + offset;
            *self.waiting.entry(hour).or_default().entry(promise.service).or_default() += amount;
            let month = self.policy.zone.month(now);
            *self.spent.entry((promise.service, month)).or_default() += amount;
            self.last_charge.1 = amount;
        }
    }

    /// Compares the books of the account with the auditor's own.
    fn compare(&self, now: Timestamp, stage: &Stage<'_>) {
        let account = &stage.account;
        let unsettled = self.waiting_e8();
        let mine = (self.cash, self.owed, unsettled);
        let theirs = (account.cash().e8(), account.debt().e8(), account.unsettled().e8());
        assert_eq!(mine, theirs, "cash, debt, unsettled at {now:?}");
        let left = |q: &Quota| if now.ms() > q.to { 0 } else { q.granted - q.drawn };
        let mine: Vec<(u64, u64)> = self.quotas.iter().map(|q| (q.drawn, left(q))).collect();
        let theirs: Vec<(u64, u64)> = account.lots().iter().map(|lot| (lot.drawn, lot.left())).collect();
        assert_eq!(mine, theirs, "drawn and left of the lots at {now:?}");
        let mine = match self.clock {
            None if self.is_released => ("released", None, None),
            None => ("good", None, None),
            Some((began, freeze, release)) if now.ms() < freeze => ("grace", Some(began), Some(release)),
            Some((_, freeze, release)) => ("frozen", Some(freeze), Some(release)),
        };
        let standing = account.standing();
        let dated = matches!(standing, Standing::Grace { .. } | Standing::Frozen { .. });
        let theirs =
            (standing.word(), dated.then(|| standing.since().ms()), standing.release_at().map(Timestamp::ms));
        assert_eq!(mine, theirs, "standing at {now:?}");
        let mut holds = stage.holds.clone();
        holds.void_expired(now);
        assert_eq!(self.promises.len(), holds.len(), "calls under way at {now:?}");
        let free = account.available(&holds) + holds.amount();
        assert_eq!(free, Money::from_e8(self.cash - self.owed - unsettled));
        self.compare_commerce(now, stage);
    }

    /// The same of coupons, renewals and what is asked for.
    fn compare_commerce(&self, now: Timestamp, stage: &Stage<'_>) {
        let account = &stage.account;
        let mine: Vec<i64> = self.slips.iter().map(Slip::left).collect();
        let live = |coupon: &charging::Coupon| if coupon.ended_at.is_none() { coupon.left.e8() } else { 0 };
        let theirs: Vec<i64> = account.coupons().iter().map(live).collect();
        assert_eq!(mine, theirs, "left in coupons at {now:?}");
        for (no, (quota, lot)) in self.quotas.iter().zip(account.lots()).enumerate() {
            let mine = (quota.from, quota.to, quota.e8);
            assert_eq!(mine, (lot.effective_at.ms(), lot.expires_at.ms(), lot.price.e8()), "lot {no}");
            let (plan, renewal) = (self.plan(no), account.renewal(lot.no));
            let theirs = (renewal.mode, renewal.next_attempt_at.map(Timestamp::ms));
            assert_eq!((plan.mode, plan.next), theirs, "the end of lot {no} at {now:?}");
            let theirs = account.renewed_by(lot.no).map(|by| by.0 as usize);
            assert_eq!(self.renewed.get(&no).copied(), theirs, "who renews lot {no} at {now:?}");
        }
        let theirs: Vec<(u64, i64)> = account.top_up_requests().map(|r| (r.no, r.amount.e8())).collect();
        assert_eq!(self.asks.under_way(), theirs, "what is asked for at {now:?}");
        let theirs = account.auto_top_up_retry_at().map(Timestamp::ms);
        assert_eq!(self.asks.retry_at(), theirs, "when the rule asks again at {now:?}");
    }
}

fn key_of(command: &Command) -> Option<u8> {
    match command {
        Command::TopUp { key, .. } | Command::Buy { key, .. } | Command::Grant { key, .. } => *key,
        Command::Commerce(
            Commerce::Adjust { key, .. }
            | Commerce::Coupon { key, .. }
            | Commerce::Renew { key, .. }
            | Commerce::Ask { key, .. },
        ) => *key,
        _ => None,
    }
}
