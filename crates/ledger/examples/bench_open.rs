//! Fills a journal with charges, then measures what is done with one: opening it after a kill, the read model,
//! and the proof.
//!
//! `cargo run --release -p ledger --example bench_open -- CHARGES [ACCOUNTS] [DIR]`
//!
//! Prints one line per figure: a name, a value, a unit. The sums of what was charged are asserted.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use charging::*;
use ledger::jobs::{SnapshotJob, SnapshotOptions};
use ledger::journal::RealDisk;
use ledger::read::{ChargeQuery, ReadModel};
use ledger::verify::{VerifyOptions, verify};
use ledger::{CallFor, Engine, EngineOptions, Rules};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| arguments.next().map_or(default, |text| text.parse().expect("a number"));
    let (charges, accounts): (u64, u64) = (number(1_000_000), number(1000));
    let temporary = tempfile::tempdir().unwrap();
    let root = arguments.next().map_or(temporary.path().to_path_buf(), PathBuf::from);
    let journal = root.join("journal");

    let took = Instant::now();
    fill(&journal, charges, accounts);
    figure("fill", rate(charges, took), "charges/s");
    let bytes: u64 = std::fs::read_dir(&journal).unwrap().map(|f| f.unwrap().metadata().unwrap().len()).sum();
    figure("journal", bytes as f64 / charges as f64, "bytes/charge");

    let took = Instant::now();
    let (engine, recovery) = Engine::open(EngineOptions::new(&journal), rules()).unwrap();
    figure("open_after_kill", took.elapsed().as_secs_f64() * 1e3, "ms");
    figure("replayed_at_open", recovery.replayed as f64, "entries");

    let took = Instant::now();
    let read = ReadModel::open(&root.join("read.db"), &engine).unwrap();
    read.catch_up().unwrap();
    figure("read_model", rate(charges, took), "rows/s");
    let size = std::fs::metadata(root.join("read.db")).unwrap().len();
    figure("read_db", size as f64 / charges as f64, "bytes/charge");
    let took = Instant::now();
    let query = ChargeQuery { limit: 10_000, ..ChargeQuery::default() };
    let page = read.charges(AccountId(1), &query).unwrap();
    figure("page", rate(page.len() as u64, took), "rows/s");
    let took = Instant::now();
    for row in page.iter().take(1000) {
        assert!(read.charge(row.charge).unwrap().is_some());
    }
    figure("charge_by_id", took.elapsed().as_secs_f64() * 1e6 / page.len().min(1000) as f64, "us");
    let last = page.last().unwrap().charge;
    let took = Instant::now();
    ledger::explain::explain(&engine, &read, last).unwrap().unwrap();
    figure("explain", took.elapsed().as_secs_f64() * 1e3, "ms");
    read.close();
    drop(engine);

    let took = Instant::now();
    let report = verify(VerifyOptions {
        dir: journal.clone(),
        disk: Arc::new(RealDisk),
        rules: rules(),
        read_db: Some(root.join("read.db")),
        directory: None,
        durable: None,
        progress: None,
    });
    let report = report.unwrap_or_else(|difference| panic!("{difference}"));
    figure("verify", rate(report.entries, took), "entries/s");
    assert_eq!(report.charges, charges, "every charge is there once");
    assert_eq!(report.sums.charged_e8, i128::from(charges) * 5_000_000);

    for snapshot in std::fs::read_dir(&journal).unwrap().map(|file| file.unwrap().path()) {
        if snapshot.to_string_lossy().contains("snapshot-") {
            std::fs::remove_file(snapshot).unwrap();
        }
    }
    let took = Instant::now();
    let (engine, recovery) = Engine::open(EngineOptions::new(&journal), rules()).unwrap();
    figure("open_without_snapshot", took.elapsed().as_secs_f64() * 1e3, "ms");
    assert!(recovery.snapshot == 0 && recovery.replayed >= charges);
    drop(engine);
}

/// Charges in a row, spread over the accounts; the process "dies" at the end, between two snapshots.
fn fill(journal: &Path, charges: u64, accounts: u64) {
    let (engine, recovery) = Engine::open(EngineOptions::new(journal), rules()).unwrap();
    let job = SnapshotJob::start(&engine, &recovery, SnapshotOptions::default()).unwrap();
    let (api, region) = (Name::new("general-text").unwrap(), Name::new("cn-north-4").unwrap());
    let start = Timestamp::parse("2026-11-23T09:00:00+08:00").unwrap();
    let zone = Zone::BEIJING;
    for id in 1..=accounts {
        let id = AccountId(id.into());
        let _ = engine.open_account(id, Tier::V0, &Name::new("intl").unwrap(), zone, start);
        let _ = engine.subscribe(id, (&api, &region), SubscriptionMode::PayPerUse, start).unwrap();
        let _ = engine.top_up(id, Money::from_e8(1_000_000_000_000_000), None, start).unwrap();
    }
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
    let mut last = None;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for number in 0..charges {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let account = AccountId(u128::from(1 + (random >> 33) % accounts));
        // A time and random bits, as the server makes them; a thousand charges a second.
        let now = start.plus_ms(number as i64);
        let id = ChargeId((now.ms() as u128) << 80 | u128::from(random) << 16 | u128::from(number as u16));
        let given = engine.authorise(account, id, call, now).unwrap().unwrap();
        last = Some(engine.commit(account, &given, 1, now).unwrap());
    }
    last.unwrap().wait().unwrap().unwrap();
    drop(job);
    drop(engine);
}

fn rules() -> Arc<Rules> {
    let name = |text| Name::new(text).unwrap();
    let tiers = vec![PriceTier { from_units: 0, unit_price: "0.05".parse().unwrap() }];
    let versions = vec![PriceVersion { version: 1, effective_from: Timestamp::EPOCH, tiers }];
    let catalog = Catalog {
        currency: "CNY".into(),
        regions: vec![name("cn-north-4")],
        apis: BTreeMap::from([(name("general-text"), ApiPrices { versions })]),
        listings: Vec::new(),
        retired: BTreeMap::new(),
    };
    Arc::new(Rules { catalog: catalog.checked().unwrap(), policies: Policies::presets() })
}

fn rate(count: u64, since: Instant) -> f64 {
    count as f64 / since.elapsed().as_secs_f64()
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("{name:24} {value:14.1} {unit}");
}
