//! Random scripts of commands, and the stage they are played on.
//!
//! A script is made in two steps, because interesting instants ("just before the hour is settled") depend on what
//! happened before: [`Step`]s are what proptest makes and shrinks, [`Script::resolve`] plays them once and notes the
//! instants. A resolved script can then be played again with ticks in between, in parts, or beside another.

use charging::{
    Account, AccountId, Alerts, Authorisation, Budget, ChargeId, Context, Holds, Key, LotNo, Money, Name,
    NewLot, Receipt, Recorded, Source, SubscriptionMode, Tier, Timestamp,
};
use proptest::prelude::*;

use crate::commerce::{Commerce, commerce, plain_commerce};
use crate::world::{OFFERS, POLICIES, START_MS, World, name, service_names};

/// How long to wait before a command.
#[derive(Clone, Copy, Debug)]
pub enum Wait {
    Ms(i64),
    /// To the first instant of the next hour.
    NextHour,
    /// To the instant at which something is due, and this much more.
    Due(i64),
}

/// A command; services, policies and projects by number.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    TopUp {
        e8: i64,
        key: Option<u8>,
    },
    Subscribe {
        service: usize,
        package_only: bool,
    },
    Unsubscribe {
        service: usize,
    },
    Buy {
        service: usize,
        offer: usize,
        key: Option<u8>,
    },
    Grant {
        service: usize,
        source: Source,
        units: u64,
        from: i64,
        to: i64,
        project: Option<u8>,
        e8: i64,
        key: Option<u8>,
    },
    Authorise {
        service: usize,
        project: Option<u8>,
        units: u64,
    },
    /// Of the authorisation given that many before the last one, however it ended.
    Commit {
        back: usize,
        units: u64,
    },
    Void {
        back: usize,
    },
    Tier(Tier),
    Alerts(Alerts),
    SetBudget {
        service: Option<usize>,
        e8: i64,
        percents: Vec<u16>,
        forecast: bool,
    },
    RemoveBudget {
        service: Option<usize>,
    },
    Tick,
    Commerce(Commerce),
}

pub type Step = (Wait, Command);

/// Commands at their instants, for an account of some policy and tier.
#[derive(Clone, Debug)]
pub struct Script {
    pub policy: usize,
    pub tier: Tier,
    pub commands: Vec<(Timestamp, Command)>,
}

/// What a command answered.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    Done,
    Repeated,
    Lot(LotNo),
    Authorised(Authorisation),
    Committed(Receipt),
    Refused(&'static str),
}

/// An account with its holds, its journal and its callers.
#[derive(Clone)]
pub struct Stage<'w> {
    pub context: Context<'w>,
    pub account: Account,
    pub holds: Holds,
    pub journal: Vec<Recorded>,
    pub authorisations: Vec<Authorisation>,
    next_charge: u128,
}

pub fn project(number: u8) -> Name {
    name(if number == 0 { "finance" } else { "sales" })
}

/// A budget of a service, or of the whole account.
fn budget(service: Option<usize>, e8: i64, percents: Vec<u16>, forecast: bool) -> Budget {
    let (api, region) = service.map(service_names).unzip();
    let (name, amount) = (budget_name(service), Money::from_e8(e8));
    Budget { name, amount, api, region, enterprise_project: None, percents, forecast }
}

fn budget_name(service: Option<usize>) -> Name {
    service.map_or_else(|| name("all"), |service| name(&format!("of-{service}")))
}

pub fn key(number: u8) -> Key {
    Key(ChargeId(u128::from(number)))
}

impl<'w> Stage<'w> {
    pub fn open(world: &'w World, policy: usize, tier: Tier, id: u128) -> Stage<'w> {
        let zone = world.policy(policy).zone;
        let start = Timestamp::from_ms(START_MS);
        let (account, opened) = Account::open(AccountId(id), tier, name(POLICIES[policy]), zone, start);
        Stage {
            context: world.context(),
            account,
            holds: Holds::default(),
            journal: vec![opened],
            authorisations: Vec::new(),
            next_charge: id << 64,
        }
    }

    pub fn tick(&mut self, now: Timestamp) {
        self.account.tick(self.context, now, &mut self.journal);
    }

    /// The authorisation given `back` before the last one.
    pub fn authorisation(&self, back: usize) -> Option<Authorisation> {
        let last = self.authorisations.len().checked_sub(1)?;
        self.authorisations.get(last - back.min(last)).cloned()
    }

    /// What [`Command::Authorise`] asks for, charged at once.
    pub fn charge(&mut self, now: Timestamp, service: usize, project: Option<u8>, units: u64) -> Answer {
        let Stage { context, account, holds, journal: out, .. } = self;
        let (api, region) = service_names(service);
        self.next_charge += 1;
        let (id, project) = (ChargeId(self.next_charge), project.map(self::project));
        let charged = account.charge(holds, *context, id, (&api, &region), project.as_ref(), units, now, out);
        charged.map_or_else(|refusal| Answer::Refused(refusal.word()), Answer::Committed)
    }

    pub fn play(&mut self, now: Timestamp, command: &Command) -> Answer {
        let Stage { context, account, holds, journal: out, .. } = self;
        let context = *context;
        let lot = |o: charging::OrderOutcome| if o.repeated { Answer::Repeated } else { Answer::Lot(o.lot) };
        let answer = match command.clone() {
            Command::TopUp { e8, key: k } => account
                .top_up(context, Money::from_e8(e8), k.map(key), now, out)
                .map(|o| if o.repeated { Answer::Repeated } else { Answer::Done }),
            Command::Subscribe { service, package_only } => {
                let (api, region) = service_names(service);
                let mode =
                    if package_only { SubscriptionMode::PackageOnly } else { SubscriptionMode::PayPerUse };
                account.subscribe(context, (&api, &region), mode, now, out).map(|()| Answer::Done)
            }
            Command::Unsubscribe { service } => {
                let (api, region) = service_names(service);
                account.unsubscribe(context, (&api, &region), now, out).map(|()| Answer::Done)
            }
            Command::Buy { service, offer, key: k } => {
                let (api, region) = service_names(service);
                let calls = OFFERS[offer].1;
                account.buy_package(context, (&api, &region), calls, k.map(key), now, out).map(lot)
            }
            Command::Grant { service, source, units, from, to, project: p, e8, key: k } => {
                let (api, region) = service_names(service);
                let new = NewLot {
                    api,
                    region,
                    source,
                    units,
                    effective_at: Timestamp::from_ms(from),
                    expires_at: Timestamp::from_ms(to),
                    enterprise_project: p.map(project),
                    price: Money::from_e8(e8),
                };
                account.grant_lot(context, new, k.map(key), now, out).map(lot)
            }
            Command::Authorise { service, project: p, units } => {
                let (api, region) = service_names(service);
                self.next_charge += 1;
                let (id, p) = (ChargeId(self.next_charge), p.map(project));
                let given =
                    account.authorise(holds, context, id, (&api, &region), p.as_ref(), units, now, out);
                given.map(|authorisation| {
                    self.authorisations.push(authorisation.clone());
                    Answer::Authorised(authorisation)
                })
            }
            Command::Commit { back, units } => {
                let Some(authorisation) = self.authorisation(back) else {
                    self.tick(now);
                    return Answer::Done;
                };
                self.account
                    .commit(&mut self.holds, context, &authorisation, units, now, &mut self.journal)
                    .map(Answer::Committed)
            }
            Command::Void { back } => {
                account.tick(context, now, out);
                if let Some(authorisation) = self.authorisation(back) {
                    self.account.void(&mut self.holds, &authorisation);
                }
                Ok(Answer::Done)
            }
            Command::Tier(tier) => {
                account.change_tier(context, tier, now, out);
                Ok(Answer::Done)
            }
            Command::Alerts(alerts) => account.set_alerts(context, alerts, now, out).map(|()| Answer::Done),
            Command::SetBudget { service, e8, percents, forecast } => {
                let budget = budget(service, e8, percents, forecast);
                account.set_budget(context, budget, now, out).map(|()| Answer::Done)
            }
            Command::RemoveBudget { service } => {
                let name = budget_name(service);
                account.remove_budget(context, &name, now, out).map(|()| Answer::Done)
            }
            Command::Tick => {
                account.tick(context, now, out);
                Ok(Answer::Done)
            }
            Command::Commerce(command) => command.play(account, context, now, out),
        };
        answer.unwrap_or_else(|refusal| Answer::Refused(refusal.word()))
    }
}

impl Script {
    /// Plays the steps once to find the instants of their commands.
    pub fn resolve(world: &World, policy: usize, tier: Tier, steps: Vec<Step>) -> Script {
        let mut stage = Stage::open(world, policy, tier, 1);
        let mut now = Timestamp::from_ms(START_MS);
        let mut commands = Vec::new();
        for (wait, command) in steps {
            let later = match wait {
                Wait::Ms(ms) => now.plus_ms(ms),
                Wait::NextHour => stage.account.zone().hour_start(now).plus_ms(charging::HOUR_MS),
                Wait::Due(more) => stage.account.next_due(stage.context).map_or(now, |due| due.plus_ms(more)),
            };
            now = now.max(later);
            let command = at_instant(command, now);
            stage.play(now, &command);
            commands.push((now, command));
        }
        Script { policy, tier, commands }
    }

    pub fn open<'w>(&self, world: &'w World) -> Stage<'w> {
        Stage::open(world, self.policy, self.tier, 1)
    }

    /// Plays the whole script as it stands.
    pub fn play<'w>(&self, world: &'w World) -> Stage<'w> {
        let mut stage = self.open(world);
        for (now, command) in &self.commands {
            stage.play(*now, command);
        }
        stage
    }

    /// A day after the last command.
    pub fn end(&self) -> Timestamp {
        self.commands.last().map_or(Timestamp::from_ms(START_MS), |(at, _)| *at).plus_days(1)
    }
}

/// Grants are made with relative validities; rounding up to six hours makes repetitions likely.
fn at_instant(command: Command, now: Timestamp) -> Command {
    const STEP_MS: i64 = 6 * 3_600_000;
    let rounded = |ms: i64| (now.ms() + ms).div_euclid(STEP_MS) * STEP_MS + STEP_MS;
    match command {
        Command::Grant { service, source, units, from, to, project, e8, key } => {
            let from = if from == 0 { 0 } else { rounded(from) };
            let to = if to == 0 { now.ms() } else { rounded(to).max(from) };
            Command::Grant { service, source, units, from, to, project, e8, key }
        }
        Command::Commerce(command) => Command::Commerce(command.at_instant(now)),
        other => other,
    }
}

pub fn wait() -> impl Strategy<Value = Wait> {
    let minute = 60_000_i64;
    prop_oneof![
        12 => Just(Wait::Ms(0)),
        20 => (1..3_000_i64).prop_map(Wait::Ms),
        8 => (0..40 * minute).prop_map(Wait::Ms),
        3 => (0..40 * 60 * minute).prop_map(Wait::Ms),
        1 => (0..20 * 24 * 60 * minute).prop_map(Wait::Ms),
        2 => Just(Wait::NextHour),
        4 => (-1..=1_i64).prop_map(Wait::Due),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let service = || prop_oneof![9 => Just(0_usize), 4 => Just(1), 1 => 2..6_usize];
    let key = |from: u8| proptest::option::weighted(0.4, from..from + 2);
    let project = || proptest::option::weighted(0.3, 0..2_u8);
    let e8 = || {
        prop_oneof![
            1 => -1..=0_i64,
            2 => 1..300_i64,
            6 => (1..8_i64).prop_map(|n| n * 5_000_000),
        ]
    };
    let source = prop_oneof![Just(Source::Free), Just(Source::Promotion), Just(Source::Package)];
    let hours = |from: i64, to: i64| (from..to).prop_map(|h| h * 3_600_000);
    let validity = (
        prop_oneof![3 => Just(0), 2 => hours(1, 60)],
        prop_oneof![1 => Just(0), 5 => hours(1, 30), 5 => hours(24, 700)],
    );
    let cost = prop_oneof![5 => Just(0), 1 => e8()];
    let grant =
        (service(), source, prop_oneof![1 => Just(0), 9 => 1..7_u64], validity, project(), cost, key(2))
            .prop_map(|(service, source, units, (from, to), project, e8, key)| Command::Grant {
                service,
                source,
                units,
                from,
                to,
                project,
                e8,
                key,
            });
    let alerts = (
        proptest::option::weighted(0.8, 0..40_000_000_i64),
        proptest::option::weighted(0.8, 3..200_u32),
        proptest::option::weighted(0.6, 1..=99_u8),
        proptest::option::weighted(0.4, 1..6_u64),
        0..=30_u8,
    )
        .prop_map(|(balance, empty_within_hours, package_percent, package_calls, expiry_days)| {
            let balance = balance.map(Money::from_e8);
            Command::Alerts(Alerts {
                balance,
                empty_within_hours,
                package_percent,
                package_calls,
                expiry_days,
            })
        });
    let of = || proptest::option::of(0..2_usize);
    let percents = proptest::sample::subsequence(vec![10_u16, 50, 80, 100, 150], 0..4);
    let set_budget =
        (of(), 1..60_000_000_i64, percents, any::<bool>()).prop_map(|(service, e8, percents, forecast)| {
            let forecast = forecast || percents.is_empty();
            Command::SetBudget { service, e8, percents, forecast }
        });
    let tier = (0..6_usize).prop_map(|tier| Command::Tier(Tier::ALL[tier]));
    prop_oneof![
        5 => (e8(), key(0), any::<bool>())
            .prop_map(|(e8, k, other)| Command::TopUp { e8, key: k.map(|k| if other { k } else { k + 2 }) }),
        5 => (service(), prop::bool::weighted(0.25))
            .prop_map(|(service, package_only)| Command::Subscribe { service, package_only }),
        1 => service().prop_map(|service| Command::Unsubscribe { service }),
        3 => (service(), 0..OFFERS.len(), key(0))
            .prop_map(|(service, offer, key)| Command::Buy { service, offer, key }),
        7 => grant,
        20 => (service(), project(), prop_oneof![2 => Just(1), 3 => 1..12_u64])
            .prop_map(|(service, project, units)| Command::Authorise { service, project, units }),
        18 => (prop_oneof![3 => Just(0), 1 => 1..6_usize], prop_oneof![3 => Just(12), 1 => 0..12_u64])
            .prop_map(|(back, units)| Command::Commit { back, units }),
        2 => (0..4_usize).prop_map(|back| Command::Void { back }),
        1 => tier,
        2 => alerts,
        2 => set_budget,
        1 => of().prop_map(|service| Command::RemoveBudget { service }),
        1 => Just(Command::Tick),
    ]
}

/// How many histories each law is shown on: 600, or PROPTEST_CASES if that is more.
pub fn cases() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig { cases: default.cases.max(600), ..default }
}

/// Random scripts for any policy and tier. Most begin with two services enabled and a little cash.
/// Caps, adjustments, coupons, renewals and requested top-ups among the commands.
pub fn scripts() -> impl Strategy<Value = Script> {
    scripts_of(prop_oneof![3 => command(), 1 => commerce().prop_map(Command::Commerce)])
}

/// Scripts of commands that leave nothing to be done for ever: no renewals.
pub fn plain_scripts() -> impl Strategy<Value = Script> {
    scripts_of(prop_oneof![9 => command(), 1 => plain_commerce().prop_map(Command::Commerce)])
}

fn scripts_of(command: impl Strategy<Value = Command>) -> impl Strategy<Value = Script> {
    let steps = proptest::collection::vec((wait(), command), 0..120);
    (0..POLICIES.len(), 0..6_usize, prop::bool::weighted(0.8), steps).prop_map(
        |(policy, tier, is_enabled, mut steps)| {
            if is_enabled {
                let start = |command| (Wait::Ms(1), command);
                steps.insert(0, start(Command::TopUp { e8: 12_000_000, key: None }));
                steps.insert(0, start(Command::Subscribe { service: 1, package_only: false }));
                steps.insert(0, start(Command::Subscribe { service: 0, package_only: false }));
            }
            Script::resolve(&World::new(), policy, Tier::ALL[tier], steps)
        },
    )
}
