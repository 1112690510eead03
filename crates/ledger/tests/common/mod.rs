//! What the tests of the ledger share: a price list, a world on some disk, and the usual calls.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use charging::*;
use ledger::journal::{Disk, EmbeddedOptions, Fill, RealDisk};
use ledger::{CallFor, Engine, EngineError, EngineOptions, Pending, Recovery, Rules};

/// 2026-11-23T09:00:00+08:00.
pub fn nine() -> Timestamp {
    Timestamp::parse("2026-11-23T09:00:00+08:00").unwrap()
}

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub fn api() -> Name {
    name("general-text")
}

pub fn region() -> Name {
    name("cn-north-4")
}

/// One API at 0.05 a call, and packages of 10 and 1,000 calls.
pub fn rules() -> Arc<Rules> {
    let price = |version, from: &str, price: &str| PriceVersion {
        version,
        effective_from: Timestamp::parse(from).unwrap(),
        tiers: vec![PriceTier { from_units: 0, unit_price: price.parse().unwrap() }],
    };
    let versions = vec![price(1, "2020-01-01T00:00:00Z", "0.05"), price(2, "2030-01-01T00:00:00Z", "0.07")];
    let offer =
        |calls, price| Listing::from(Offer { api: api(), calls, price: money(price), validity_months: 12 });
    let catalog = Catalog {
        currency: "CNY".into(),
        regions: vec![region(), name("cn-east-3")],
        apis: BTreeMap::from([(api(), ApiPrices { versions })]),
        listings: vec![offer(10, "0.40"), offer(1000, "40")],
        retired: BTreeMap::new(),
    };
    Arc::new(Rules { catalog: catalog.checked().unwrap(), policies: Policies::presets() })
}

/// Small segments, every write in one order.
pub fn options(dir: &Path, disk: Arc<dyn Disk>) -> EngineOptions {
    EngineOptions {
        dir: dir.into(),
        disk,
        journal: EmbeddedOptions {
            shard: 0,
            epoch: 1,
            first_segment_bytes: 4096,
            segment_bytes: 4096,
            fill: Fill::Inline,
        },
        ..EngineOptions::new(dir)
    }
}

pub fn open_on(dir: &Path, disk: Arc<dyn Disk>) -> Result<(Arc<Engine>, Recovery), EngineError> {
    Engine::open(options(dir, disk), rules()).map(|(engine, recovery)| (Arc::new(engine), recovery))
}

/// A folder on the real disk with a journal and a read model.
pub struct World {
    pub root: tempfile::TempDir,
}

impl World {
    pub fn new() -> World {
        World { root: tempfile::tempdir().unwrap() }
    }

    pub fn journal(&self) -> PathBuf {
        self.root.path().join("journal")
    }

    pub fn read_db(&self) -> PathBuf {
        self.root.path().join("read.db")
    }

    pub fn engine(&self) -> Arc<Engine> {
        open_on(&self.journal(), Arc::new(RealDisk)).unwrap().0
    }
}

/// A pending answer of which neither the journal nor the core may say no.
pub fn done<T>(pending: Pending<Result<T, Refusal>>) -> T {
    pending.wait().unwrap().unwrap()
}

pub fn open_account(engine: &Engine, id: u128, now: Timestamp) -> AccountId {
    let account = AccountId(id);
    engine.open_account(account, Tier::V0, &name("intl"), Zone::BEIJING, now).wait().unwrap();
    account
}

pub fn subscribe(engine: &Engine, account: AccountId, now: Timestamp) {
    let service = (&api(), &region());
    done(engine.subscribe(account, service, SubscriptionMode::PayPerUse, now).unwrap());
}

pub fn top_up(engine: &Engine, account: AccountId, amount: &str, now: Timestamp) {
    done(engine.top_up(account, money(amount), None, now).unwrap());
}

pub fn buy(engine: &Engine, account: AccountId, calls: u64, now: Timestamp) {
    done(
        engine.buy_package(account, (&api(), &region()), calls, CouponChoice::Automatic, None, now).unwrap(),
    );
}

/// Authorises and commits one call of one unit.
pub fn call(engine: &Engine, account: AccountId, id: u128, now: Timestamp) -> Receipt {
    let (api, region) = (api(), region());
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
    let given = engine.authorise(account, ChargeId(id), call, now).unwrap();
    let given = given.unwrap_or_else(|refusal| panic!("{:?}", refusal.wait()));
    done(engine.commit(account, &given, 1, now).unwrap())
}

/// The state of all accounts, as bytes.
pub fn state_of(engine: &Engine, now: Timestamp) -> Vec<Vec<u8>> {
    let bytes = |id| {
        let view = engine.read(id, now, |live, _| postcard::to_stdvec(&live.account).unwrap());
        view.unwrap().wait().unwrap()
    };
    engine.account_ids().into_iter().map(bytes).collect()
}
