//! The books of a month: made by the real engine, hour by hour, on a time of its own.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use charging::{
    AccountId, Book, ChargeId, HOUR_MS, Money, Month, Name, NewLot, Source, SubscriptionMode, Tier,
    Timestamp, Zone,
};
use ledger::directory::{Directory, NewAccount, Opening};
use ledger::read::ReadModel;
use ledger::rulebook::Rulebook;
use ledger::{CallFor, Engine, EngineOptions, Rules};
use server::auth::secrets::Secrets;
use server::config::{Config, DEFAULTS};
use server::data_dir::DataDir;

/// The month they are made in.
pub const MONTH: &str = "2025-03";
/// Over so many accounts the charges are spread.
pub const ACCOUNTS: u64 = 1000;

const REGIONS: [&str; 2] = ["cn-north-4", "cn-east-3"];
const PROJECTS: [Option<&str>; 3] = [None, Some("web"), Some("archive")];

/// What the books say.
#[derive(Debug, Clone)]
pub struct Books {
    /// Charges made.
    pub charges: u64,
    /// Earned by pay-per-use and packages, over all accounts.
    pub total: Money,
    /// The same by account, in the order of their numbers.
    pub by_account: Vec<OfAccount>,
}

/// What the books of one account say.
#[derive(Debug, Clone, Copy)]
pub struct OfAccount {
    /// Charges made.
    pub charges: u64,
    /// Earned by pay-per-use.
    pub usage: Money,
    /// Earned by pay-per-use and packages.
    pub earned: Money,
}

/// An account's name.
pub fn account_name(number: u64) -> String {
    format!("customer-{number:04}")
}

fn account_id(number: u64) -> AccountId {
    AccountId(u128::from(number + 1).wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645))
}

fn name(text: &str) -> Result<Name> {
    Name::new(text).map_err(|error| anyhow!("{text}: {error}"))
}

fn money(text: &str) -> Result<Money> {
    text.parse().map_err(|error| anyhow!("{text}: {error}"))
}

fn rules(config: &str) -> Result<Rules> {
    Config::parse(config).and_then(|config| config.rules()).map_err(|error| anyhow!(error))
}

/// Charges in the books of such a folder, after its month, until this process is killed. `acknowledged` is told now and
/// then how many charges are durable.
///
/// # Errors
///
/// If the books cannot be opened, or a charge is refused.
pub fn go_on(folder: &Path, mut acknowledged: impl FnMut(u64) -> Result<()>) -> Result<()> {
    let data = DataDir(folder.to_owned());
    let rules = rules(&std::fs::read_to_string(data.config())?)?;
    let (engine, _) = Engine::open(EngineOptions::new(data.journal()), Arc::new(rules))?;
    let (api, region) = (name("general-text")?, name(REGIONS[0])?);
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
    let now = engine.latest().plus_ms(1);
    let mut made = 0_u64;
    loop {
        let mut last = None;
        for _ in 0..1000 {
            // Those that can pay.
            let number = made % ACCOUNTS.div_euclid(5) * 5;
            let id = ChargeId(u128::from(u64::MAX) << 64 | u128::from(made));
            last = Some(engine.charge(account_id(number), id, call, now)?);
            made += 1;
        }
        if let Some(last) = last {
            last.wait()?.map_err(|refusal| anyhow!("a charge was refused: {refusal:?}"))?;
        }
        acknowledged(made)?;
    }
}

/// Makes a data folder with the month in it.
///
/// # Errors
///
/// If it cannot be written, or the engine refuses what it should not.
pub fn make(folder: &Path, charges: u64) -> Result<Books> {
    let data = DataDir(folder.to_owned());
    // A price with odd decimals, so that rounding has something to carry.
    let config = DEFAULTS.replace("engine = \"auto\"", "engine = \"blank\"");
    let config = config.replace("unit_price = \"0.05\"", "unit_price = \"0.0123456789\"");
    std::fs::write(data.config(), &config)?;
    // The directory's access keys are sealed with it, even if nobody signs in with them here.
    Secrets::open(&data.master_key(), false)?;
    let rules = rules(&config)?;
    // The server serves no books whose prices nobody kept.
    let mut rulebook = Rulebook::default();
    let rules = rulebook.admit(rules, None, Timestamp::EPOCH)?;
    rulebook.keep(&data.rulebook())?;
    let (engine, _) = Engine::open(EngineOptions::new(data.journal()), Arc::new(rules))?;
    let engine = Arc::new(engine);
    let month: Month = MONTH.parse().map_err(|error: String| anyhow!(error))?;
    let (from, to) = Zone::BEIJING.month_range(month);
    open_accounts(&data, &engine, from)?;
    play(&engine, charges, from, to)?;
    // The month is closed on the 3rd.
    let end = to.plus_days(3);
    engine.tick(end).wait()?;
    let books = books(&engine, end)?;
    engine.close()?;
    let read = ReadModel::open(&data.read_db(), &engine)?;
    read.catch_up()?;
    read.close();
    ledger::snapshot::take(&engine.disk(), engine.dir(), engine.durable_sequence())
        .map_err(|problem| anyhow!("{problem}"))?;
    Ok(books)
}

fn open_accounts(data: &DataDir, engine: &Engine, now: Timestamp) -> Result<()> {
    let directory = Directory::open(&data.directory_db())?;
    let policies = [name("intl")?, name("cn")?];
    let (api, regions) = (name("general-text")?, [name(REGIONS[0])?, name(REGIONS[1])?]);
    for number in 0..ACCOUNTS {
        let (id, text) = (account_id(number), account_name(number));
        let policy = &policies[usize::from(number % 4 == 3)];
        directory.create_account(&NewAccount {
            account_id: &id.to_string(),
            name: &text,
            user_id: &format!("user-{number}"),
            user_name: &text,
            password_hash: "none",
            access_key: &format!("AK{number:018}"),
            sealed_secret: &[],
            projects: &[],
            opening: &Opening { tier: Tier::V5, policy: policy.clone(), zone: Zone::BEIJING },
            created_at_ms: now.ms(),
        })?;
        let _ = engine.open_account(id, Tier::V5, policy, Zone::BEIJING, now);
        // Most can pay for the month; every fifth cannot for long.
        let cash = if number % 5 == 4 { money("0.50")? } else { money("1000")? };
        let _ = engine.top_up(id, cash, None, now)?;
        for region in &regions {
            let _ = engine.subscribe(id, (&api, region), SubscriptionMode::PayPerUse, now)?;
        }
        if number % 3 == 0 {
            let lot = NewLot {
                api: api.clone(),
                region: regions[0].clone(),
                source: Source::Package,
                units: 200,
                effective_at: now,
                expires_at: now.plus_days(365),
                enterprise_project: None,
                price: money("0.12345678")?,
            };
            let _ = engine.grant_lot(id, lot, None, now)?;
        }
    }
    engine.tick(now).wait()?;
    Ok(())
}

/// Calls in every hour, by accounts in no order; those who owe pay some of it now and then.
fn play(engine: &Engine, charges: u64, from: Timestamp, to: Timestamp) -> Result<()> {
    let (api, regions) = (name("general-text")?, [name(REGIONS[0])?, name(REGIONS[1])?]);
    let projects: Vec<Option<Name>> =
        PROJECTS.iter().map(|project| project.map(name).transpose()).collect::<Result<_>>()?;
    let hours = (to.ms() - from.ms()).div_euclid(HOUR_MS).cast_unsigned();
    let mut mixed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut made = 0;
    for hour in 0..hours {
        let begins = from.plus_ms(hour.cast_signed() * HOUR_MS);
        engine.tick(begins).wait()?;
        if hour % 100 == 99 {
            for number in (4..ACCOUNTS).step_by(10) {
                let _ = engine.top_up(account_id(number), money("0.07654321")?, None, begins)?;
            }
        }
        let until = u64::try_from(u128::from(charges) * u128::from(hour + 1) / u128::from(hours))?;
        let step = HOUR_MS.cast_unsigned() / (until - made).max(1);
        let mut last = None;
        for nth in 0..until - made {
            // A generator of full period: the same month in every run.
            mixed = mixed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let pick = mixed >> 33;
            let project = &projects[(pick % 3) as usize];
            let region = &regions[usize::from(pick.is_multiple_of(7))];
            let call = CallFor { api: &api, region, enterprise_project: project.as_ref(), units: 1 };
            let now = begins.plus_ms((nth * step).cast_signed());
            let id = ChargeId(u128::from(mixed) << 64 | u128::from(made + nth));
            last = Some(engine.charge(account_id(pick % ACCOUNTS), id, call, now)?);
        }
        made = until;
        if let Some(last) = last {
            // A refusal is part of the story: an account that is frozen is not charged.
            let _ = last.wait()?;
        }
    }
    Ok(())
}

fn books(engine: &Engine, now: Timestamp) -> Result<Books> {
    let mut by_account = Vec::new();
    for number in 0..ACCOUNTS {
        let read = engine.read(account_id(number), now, |live, _| {
            let books = live.account.books();
            let usage = books.balance(Book::UsageRevenue);
            let earned = usage + books.balance(Book::PackageRevenue);
            (OfAccount { charges: live.account.charges(), usage, earned }, live.account.unsettled())
        })?;
        let (of, unsettled) = read.wait()?;
        ensure!(unsettled.is_zero(), "an hour is not settled");
        by_account.push(of);
    }
    let charges = by_account.iter().map(|of| of.charges).sum();
    Ok(Books { charges, total: by_account.iter().map(|of| of.earned).sum(), by_account })
}
