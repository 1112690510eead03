//! Random scripts of commands, and the stage they are played on.
//!
//! A script is made in two steps, because interesting instants ("just before the hour is settled") depend on what
//! happened before: [`Step`]s are what proptest makes and shrinks, [`Script::resolve`] plays them once and notes the
//! instants. A resolved script can then be played again with ticks in between, in parts, or beside another.

use charging::{
    Account, AccountId, Alerts, Authorisation, Budget, CallFor, ChargeId, Context, CouponChoice, Holds, Key,
    LotNo, Money, Name, NewLot, Receipt, Recorded, Source, SubscriptionMode, Tier, Timestamp,
};

use crate::commerce::Commerce;
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
        let charged = account.charge(
            holds,
            *context,
            id,
            CallFor { api: &api, region: &region, enterprise_project: project.as_ref(), units },
            now,
            out,
        );
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
                account
                    .buy_package(
                        context,
                        (&api, &region, calls),
                        CouponChoice::Automatic,
                        k.map(key),
                        now,
                        out,
                    )
                    .map(lot)
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
                let given = account.authorise(
                    holds,
                    context,
                    id,
                    CallFor { api: &api, region: &region, enterprise_project: p.as_ref(), units },
                    now,
                    out,
                );
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
            Command::Commerce(command) => command.play((account, holds), context, now, out),
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
