//! The engine itself, in process: a charge, and the answer when it is durable.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use charging::{AccountId, Book, ChargeId, Money, Name, NewLot, Source, SubscriptionMode, Tier};
use ledger::journal::postgres::PostgresOptions;
use ledger::{CallFor, Engine, EngineOptions};
use server::clock::{Clock, ClockMode};
use server::config::{Config, DEFAULTS};

use super::drive::{Cost, Driven, drive};

/// What the default price list asks for a call.
const PRICE: Money = Money::from_e8(5_000_000);
const CASH: Money = Money::from_e8(500_000_000_000_000);
/// How many calls the packages of all accounts hold together.
pub const PACKAGED: u64 = 5_000_000;

/// How a charge is made.
#[derive(Debug, Clone, Copy)]
pub enum Steps {
    /// At once, as PostgreSQL beside it does.
    One,
    /// Authorised, and committed after the work, as the door does: here there is no work in between.
    Two,
}

/// Who is charged, and how.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Over so many accounts charges are scattered.
    pub accounts: u64,
    /// How they are made.
    pub steps: Steps,
    /// Where the journal is kept, if not in a folder: an empty shard.
    pub database: Option<PostgresOptions>,
}

/// What the books of all accounts say together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    charges: u64,
    /// Units drawn from packages, and left in them.
    drawn: u64,
    left: u64,
    /// Charged at a price.
    amount: Money,
    /// Cash, less what is used and not settled.
    money: Money,
}

/// Charges from so many callers on a new engine under `dir`. Every second
/// account begins with a package, all packages together with [`PACKAGED`] calls; a single account with half of
/// them, so that its charges too are made partly at a price.
///
/// At the end the sums of all accounts are compared with what was acknowledged, and if `reopened`, those of the
/// accounts a new engine brings back from the journal are too.
///
/// # Errors
///
/// If the engine fails, a charge is refused, or sums are wrong.
pub fn charge(dir: &Path, scene: Scene, callers: usize, length: Duration, reopened: bool) -> Result<Driven> {
    let accounts = scene.accounts;
    let dir = tempfile::tempdir_in(dir)?;
    let rules = Arc::new(Config::parse(DEFAULTS).and_then(|config| config.rules()).map_err(|e| anyhow!(e))?);
    let options =
        EngineOptions { database: scene.database, ..EngineOptions::new(dir.path().join("journal")) };
    let (engine, recovery) = Engine::open(options.clone(), Arc::clone(&rules))?;
    ensure!(recovery.last == 0, "a new journal is not empty");
    let clock = Clock::start(ClockMode::System, dir.path(), engine.latest())?;
    let (api, region) = (name("general-text")?, name("cn-north-4")?);
    open_accounts(&engine, &clock, accounts, &api, &region)?;
    let before = sums(&engine, &clock)?;
    let (packages, units) = packages(accounts);
    ensure!(before.left == packages * units, "packages are missing");
    let bench = Arc::new(Bench { engine, clock, api, region, accounts: scene.accounts, steps: scene.steps });
    let driven = drive(callers, length, {
        let bench = Arc::clone(&bench);
        move |caller, number| {
            let bench = Arc::clone(&bench);
            async move { bench.charge_one(caller as u64, number).await }
        }
    })?;
    let Bench { engine, clock, .. } = Arc::into_inner(bench).context("a caller is still there")?;
    engine.close()?;
    let cost = cost(&engine);
    let after = sums(&engine, &clock)?;
    check(before, after, driven.calls_total)?;
    drop(engine);
    if reopened {
        let (engine, recovery) = Engine::open(options, rules)?;
        ensure!(recovery.replayed >= driven.calls_total, "only {} entries came back", recovery.replayed);
        check(before, sums(&engine, &clock)?, driven.calls_total)
            .context("after opening the journal again")?;
    }
    Ok(Driven { cost, ..driven })
}

fn cost(engine: &Engine) -> Option<Cost> {
    let figures = engine.figures();
    let syncs: u64 = figures.append_us.counts().map(|(_, count)| count).sum();
    let entries = figures.entries.sum() as f64;
    Some(Cost { bytes: figures.bytes() as f64 / entries, syncs: syncs as f64 / entries })
}

struct Bench {
    engine: Engine,
    clock: Clock,
    api: Name,
    region: Name,
    accounts: u64,
    steps: Steps,
}

impl Bench {
    async fn charge_one(&self, caller: u64, number: u64) -> Result<()> {
        let (account, charge) = scattered(caller, number, self.accounts);
        let call = CallFor { api: &self.api, region: &self.region, enterprise_project: None, units: 1 };
        let now = self.clock.now();
        let receipt = match self.steps {
            Steps::One => self.engine.charge(account, charge, call, now)?.await??,
            Steps::Two => {
                let authorised = match self.engine.authorise(account, charge, call, now)? {
                    Ok(authorised) => authorised,
                    Err(refusal) => bail!("a call was refused: {}", refusal.await?),
                };
                self.engine.commit(account, &authorised, 1, now)?.await??
            }
        };
        ensure!(receipt.units() == 1, "a call was charged {} units", receipt.units());
        Ok(())
    }
}

/// How many packages so many accounts have, and how many calls each holds.
fn packages(accounts: u64) -> (u64, u64) {
    let packages = accounts.div_ceil(2);
    (packages, PACKAGED / packages.max(2))
}

fn open_accounts(engine: &Engine, clock: &Clock, accounts: u64, api: &Name, region: &Name) -> Result<()> {
    let now = clock.now();
    let policy = name("intl")?;
    let zone = engine.rules().policies.get("intl").context("there is no policy intl")?.zone;
    let (_, units) = packages(accounts);
    for number in 0..accounts {
        let id = account_id(number);
        let _ = engine.open_account(id, Tier::V0, &policy, zone, now);
        let _ = engine.subscribe(id, (api, region), SubscriptionMode::PayPerUse, now)?;
        let _ = engine.top_up(id, CASH, None, now)?;
        if number % 2 == 0 {
            let lot = NewLot {
                api: api.clone(),
                region: region.clone(),
                source: Source::Package,
                units,
                effective_at: now,
                expires_at: now.plus_days(365),
                enterprise_project: None,
                price: Money::ZERO,
            };
            let _ = engine.grant_lot(id, lot, None, now)?;
        }
    }
    // What was refused would show in the sums.
    engine.tick(now).wait()?;
    Ok(())
}

/// An account, and an id for the charge whose bits come in no order.
fn scattered(caller: u64, number: u64, accounts: u64) -> (AccountId, ChargeId) {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ caller.wrapping_mul(0xd1b5_4a32_d192_ed03);
    let charge = ChargeId(u128::from(mixed) << 64 | u128::from(caller << 40 | number));
    (account_id((mixed >> 32) % accounts), charge)
}

/// Ids of accounts have no order either.
fn account_id(number: u64) -> AccountId {
    AccountId(u128::from(number + 1).wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645))
}

pub fn sums(engine: &Engine, clock: &Clock) -> Result<Sums> {
    let mut sums = Sums::default();
    for id in engine.account_ids() {
        // Of what is in memory: the journal may be closed, and is read again by opening it.
        let pending = engine.read(id, clock.now(), |live, _| {
            let account = &live.account;
            sums.charges += account.charges();
            sums.drawn += account.lots().iter().map(|lot| lot.drawn).sum::<u64>();
            sums.left += account.lots().iter().map(|lot| lot.left()).sum::<u64>();
            sums.amount += account.books().balance(Book::UsageRevenue);
            sums.money += account.available(&live.holds);
        })?;
        drop(pending);
    }
    Ok(sums)
}

/// Every acknowledged charge is there once, from a package or at its price, and nothing else is.
pub fn check(before: Sums, after: Sums, acknowledged: u64) -> Result<()> {
    let at_price = u64::try_from(after.amount.e8() / PRICE.e8())?;
    ensure!(
        before.charges == 0
            && after.charges == acknowledged
            && after.drawn + at_price == acknowledged
            && after.amount.e8() % PRICE.e8() == 0
            && after.drawn + after.left == before.left
            && after.money == before.money - after.amount,
        "{acknowledged} charges were acknowledged, but the sums are {after:?}, and were {before:?}"
    );
    Ok(())
}

fn name(text: &str) -> Result<Name> {
    Name::new(text).map_err(|error| anyhow!("{text}: {error}"))
}
