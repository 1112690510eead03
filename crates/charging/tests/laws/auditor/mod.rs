//! The auditor: the rules told a second time, naively.
//!
//! It keeps no events, no draw order, no carry and no due instants. Lots are sorted anew for every call, amounts are
//! differences of exact totals taken unit by unit, and the standing is read off the calendar. It predicts what every
//! command answers and what the account then holds. `calls` is what it knows of packages and prices, `orders` of
//! coupons and renewals, `payments` of money that is asked for.

mod calls;
mod commerce;
mod members;
mod orders;
mod payments;
mod unpaid;

use std::collections::{BTreeMap, BTreeSet};

use charging::{Money, Month, Policy, Source, Standing, Tier, Timestamp};

use crate::commands::{Answer, Command, Script, Stage};
use crate::commerce::Commerce;
use crate::world::{OFFERS, SERVICES, World};
use calls::Promise;
use members::Club;
use orders::{Choice, OpenLine, Plan, Slip, no_validity};
use payments::Asks;
use unpaid::Unpaid;

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
    /// When it was bought or given.
    bought: i64,
    /// Which coupon paid how much of it.
    by_coupon: Option<(usize, i64)>,
    /// True once it was given back.
    is_gone: bool,
}

impl Quota {
    fn new(
        service: usize,
        source: Source,
        granted: u64,
        (from, to): (i64, i64),
        project: Option<u8>,
        e8: i64,
    ) -> Quota {
        let (drawn, bought, by_coupon, is_gone) = (0, from, None, false);
        Quota { service, source, granted, drawn, from, to, project, e8, bought, by_coupon, is_gone }
    }
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
    /// By the project their calls name.
    members: BTreeMap<u8, Club>,
    /// Those who are none any more: what they used counts again if they come back in the same month.
    former_members: BTreeMap<u8, Club>,
    promises: BTreeMap<u128, Promise>,
    keys: BTreeMap<u8, (Command, i64)>,
    budgets: BTreeSet<Option<usize>>,
    slips: Vec<Slip>,
    /// The usage that waits, line by line.
    open: Vec<OpenLine>,
    /// What is to happen at the end of lots, and which lot renewed which.
    plans: BTreeMap<usize, Plan>,
    renewed: BTreeMap<usize, usize>,
    /// On which day of the month renewed lots are to end.
    wished: BTreeMap<usize, i64>,
    orders: Unpaid,
    /// Packages in effect that were given back for everything, by year.
    free: BTreeMap<i16, u16>,
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
            members: BTreeMap::new(),
            former_members: BTreeMap::new(),
            promises: BTreeMap::new(),
            keys: BTreeMap::new(),
            budgets: BTreeSet::new(),
            slips: Vec::new(),
            open: Vec::new(),
            plans: BTreeMap::new(),
            renewed: BTreeMap::new(),
            wished: BTreeMap::new(),
            orders: Unpaid::default(),
            free: BTreeMap::new(),
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
        let coupons = [self.next_coupon_begin(), self.next_coupon_end()];
        let dues = coupons.into_iter().chain([hour, self.next_renewal(), self.asks.retry_at()]);
        if let Some(at) = dues.flatten().min().filter(|at| *at <= now) {
            self.release_by(at - 1);
            self.begin_coupons(at);
            self.mind_rule(at);
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
        self.orders.pass(now);
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

    /// Plays a command on the stage, and asserts that its answer and the account after it are as predicted.
    pub fn audit(&mut self, now: Timestamp, command: &Command, stage: &mut Stage<'_>) -> Answer {
        self.know_open_lines(stage);
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
        // From here on with what the command itself charged.
        self.know_open_lines(stage);
        let now_ms = now.ms();
        if let Some(answer) = self.repeated(now_ms, command) {
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
                        let quota = Quota::new(service, source, granted, (from, to), None, e8);
                        self.order(now_ms, quota, Choice::Best)
                    }
                }
            }
            Command::Grant { units: 0, .. } => Answer::Refused("invalid_lot"),
            Command::Grant { from, to, .. } if no_validity(now_ms, (from, to)).is_some() => {
                no_validity(now_ms, (from, to)).unwrap()
            }
            Command::Grant { e8, .. } if e8 < 0 => Answer::Refused("amount_out_of_range"),
            Command::Grant { service, source, units, from, to, project, e8, .. } => {
                let from = from.max(now_ms);
                self.add(Quota {
                    bought: now_ms,
                    ..Quota::new(service, source, units, (from, to), project, e8)
                })
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

    fn repeated(&self, now: i64, command: &Command) -> Option<Answer> {
        let key = key_of(command)?;
        let (before, at) = self.keys.get(&key)?;
        if now - at > i64::from(self.policy.key_days) * DAY_MS && !self.asks.awaits(key) {
            return None;
        }
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

    /// Compares the books of the account with the auditor's own.
    fn compare(&self, now: Timestamp, stage: &Stage<'_>) {
        let account = &stage.account;
        let unsettled = self.waiting_e8();
        let mine = (self.cash, self.owed, unsettled);
        let theirs = (account.cash().e8(), account.debt().e8(), account.unsettled().e8());
        assert_eq!(mine, theirs, "cash, debt, unsettled at {now:?}");
        let left = |q: &Quota| if now.ms() > q.to || q.is_gone { 0 } else { q.granted - q.drawn };
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
}

fn key_of(command: &Command) -> Option<u8> {
    match command {
        Command::TopUp { key, .. } | Command::Buy { key, .. } | Command::Grant { key, .. } => *key,
        Command::Commerce(
            Commerce::Adjust { key, .. }
            | Commerce::Coupon { key, .. }
            | Commerce::Renew { key, .. }
            | Commerce::Order { key, .. }
            | Commerce::Ask { key, .. },
        ) => *key,
        _ => None,
    }
}
