//! Spending caps under 256 callers on a real journal: of the account and of each API at once, over two months, with
//! prices of many decimals, and calls that are committed, voided, used in part or left to run out.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use charging::*;
use common::*;
use ledger::journal::RealDisk;
use ledger::verify::{VerifyOptions, verify};
use ledger::{CallFor, Engine, Rules};

const CALLERS: u64 = 256;
const CALLS: u64 = 8;
const PLAIN: &str = "general-text";
const ODD: &str = "odd-text";
/// So long a hold lasts that is neither committed nor voided.
const HOLD_MS: i64 = 600_000;

/// The caps: of the whole account, of the plain API, of the odd one. The first binds before the others are both full.
const CAPS: [(Option<&str>, &str); 3] =
    [(None, "3.12345671"), (Some(PLAIN), "2.03000001"), (Some(ODD), "1.50000003")];

fn two_apis() -> Arc<Rules> {
    let version = |tiers: &[(u64, &str)]| PriceVersion {
        version: 1,
        effective_from: Timestamp::EPOCH,
        tiers: tiers
            .iter()
            .map(|(from_units, price)| PriceTier {
                from_units: *from_units,
                unit_price: price.parse().unwrap(),
            })
            .collect(),
    };
    let apis = BTreeMap::from([
        (name(PLAIN), ApiPrices { versions: vec![version(&[(0, "0.05")])] }),
        (name(ODD), ApiPrices { versions: vec![version(&[(0, "0.0123456789"), (40, "0.0098765433")])] }),
    ]);
    let regions = vec![region(), name("cn-east-3")];
    let catalog =
        Catalog { currency: "CNY".into(), regions, apis, listings: vec![], retired: BTreeMap::new() }
            .checked()
            .unwrap();
    Arc::new(Rules { catalog, policies: Policies::presets() })
}

/// What one unit may cost at most: the dearest tier, rounded up.
fn dearest(api: &str) -> Money {
    money(if api == PLAIN { "0.05" } else { "0.01234568" })
}

/// What the month was charged and what is held, for each cap.
fn taken(engine: &Engine, account: AccountId, now: Timestamp) -> [(Money, Money); 3] {
    let of_caps = |live: &ledger::Live, now| {
        CAPS.map(|(api, _)| {
            let api = api.map(name);
            (
                live.account.spent_this_month(api.as_ref(), now),
                live.account.held_for(api.as_ref(), &live.holds),
            )
        })
    };
    engine.read(account, now, of_caps).unwrap().wait().unwrap()
}

/// Something arbitrary, the same in each run.
fn arbitrary(seed: u64) -> u64 {
    let mixed = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32
}

fn authorise(
    engine: &Engine,
    account: AccountId,
    id: u64,
    (api, region, units): (&str, usize, u64),
    now: Timestamp,
) -> Result<Authorisation, Refusal> {
    let (api, region) = (name(api), name(["cn-north-4", "cn-east-3"][region]));
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units };
    let given = engine.authorise(account, ChargeId(id.into()), call, now).unwrap();
    given.map_err(|refusal| refusal.wait().unwrap())
}

/// A refusal is right if the call might have taken a month beyond the cap it names.
fn check_refusal(refusal: &Refusal, api: &str, units: u64) {
    let Reason::SpendCapReached { cap_of, cap, spent, held, at_most: stated, .. } = &*refusal.reason else {
        panic!("refused for another reason: {refusal:?}");
    };
    let at_most: Money = (0..units).map(|_| dearest(api)).sum();
    assert!(*stated <= at_most, "{refusal:?}");
    assert!(cap_of.as_ref().is_none_or(|of| of.as_str() == api), "{refusal:?}");
    assert!(*spent + *held <= *cap, "beyond the cap: {refusal:?}");
    assert!(*spent + *held + at_most > *cap, "refused without need: {refusal:?}");
}

/// All callers at once; gives the authorisations that were left to run out.
fn storm(engine: &Engine, account: AccountId, first_id: u64, now: Timestamp) -> Vec<Authorisation> {
    let (start, is_over) = (Barrier::new(usize::try_from(CALLERS).unwrap() + 1), AtomicBool::new(false));
    let left = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (start, left) = (&start, &left);
                scope.spawn(move || {
                    start.wait();
                    for number in 0..CALLS {
                        let id = first_id + caller * CALLS + number;
                        let chance = arbitrary(id);
                        let api = [PLAIN, ODD][(chance % 2) as usize];
                        let (region, units) = ((chance / 2 % 2) as usize, 1 + chance / 4 % 3);
                        let given = match authorise(engine, account, id, (api, region, units), now) {
                            Ok(given) => given,
                            Err(refusal) => {
                                check_refusal(&refusal, api, units);
                                continue;
                            }
                        };
                        match chance / 16 % 8 {
                            0 | 1 => engine.void(account, &given),
                            2 => left.lock().unwrap().push(given),
                            3 => drop(done(engine.commit(account, &given, 1, now).unwrap())),
                            _ => drop(done(engine.commit(account, &given, units, now).unwrap())),
                        }
                    }
                })
            })
            .collect();
        let (start, is_over) = (&start, &is_over);
        scope.spawn(move || {
            start.wait();
            while !is_over.load(Ordering::Relaxed) {
                for ((of, cap), (spent, held)) in CAPS.into_iter().zip(taken(engine, account, now)) {
                    assert!(spent + held <= money(cap), "{spent} and {held} of {cap} for {of:?}");
                }
            }
        });
        for caller in callers {
            caller.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    left.into_inner().unwrap()
}

/// No cap is overshot by one call, whoever calls at the same time, and none keeps one call out once all are settled.
#[test]
fn two_hundred_and_fifty_six_callers_fill_every_cap_and_overshoot_none() {
    let world = World::new();
    let (engine, _) = Engine::open(options(&world.journal(), Arc::new(RealDisk)), two_apis()).unwrap();
    let engine = Arc::new(engine);
    let account = open_account(&engine, 1, nine());
    for (api, region) in
        [(PLAIN, "cn-north-4"), (PLAIN, "cn-east-3"), (ODD, "cn-north-4"), (ODD, "cn-east-3")]
    {
        let service = (&name(api), &name(region));
        done(engine.subscribe(account, service, SubscriptionMode::PayPerUse, nine()).unwrap());
    }
    for (api, cap) in CAPS {
        done(engine.set_spend_cap(account, api.map(name).as_ref(), money(cap), nine()).unwrap());
    }
    top_up(&engine, account, "100", nine());
    let december = Timestamp::parse("2026-12-01T00:00:00+08:00").unwrap();
    let mut charged = Money::ZERO;
    for (wave, now) in [nine(), december].into_iter().enumerate() {
        let first_id = 1 + u64::try_from(wave).unwrap() * 1_000_000;
        let left = storm(&engine, account, first_id, now);
        assert!(!left.is_empty(), "some calls are left to run out");

        // What is held comes free when it runs out, and cannot be charged any more.
        let later = now.plus_ms(HOLD_MS);
        for given in &left {
            let refused = engine.commit(account, given, 1, later).unwrap().wait().unwrap().unwrap_err();
            assert_eq!(refused.word(), "unknown_hold");
        }
        assert!(taken(&engine, account, later).iter().all(|(_, held)| held.is_zero()));

        // One call after another now, until there is no room for one more.
        let mut ids = first_id + CALLERS * CALLS..;
        for api in [PLAIN, ODD] {
            let refusal = loop {
                match authorise(&engine, account, ids.next().unwrap(), (api, 0, 1), later) {
                    Ok(given) => drop(done(engine.commit(account, &given, 1, later).unwrap())),
                    Err(refusal) => break refusal,
                }
            };
            check_refusal(&refusal, api, 1);
        }
        let [of_all, of_plain, of_odd] = taken(&engine, account, later).map(|(spent, _)| spent);
        assert_eq!(of_all, of_plain + of_odd);
        let [all, plain, odd] = CAPS.map(|(_, cap)| money(cap));
        assert!(of_all <= all && of_plain <= plain && of_odd <= odd, "{of_all}, {of_plain}, {of_odd}");
        let has_room = |api, spent, cap| spent + dearest(api) <= cap && of_all + dearest(api) <= all;
        assert!(!has_room(PLAIN, of_plain, plain) && !has_room(ODD, of_odd, odd), "{of_plain}, {of_odd}");
        charged += of_all;
    }
    let notices = engine.read(account, december, |live, _| live.account.notices()).unwrap().wait().unwrap();
    assert!((2..=6).contains(&notices), "each cap is told once a month: {notices}");
    engine.close().unwrap();
    let report = verify(VerifyOptions {
        dir: world.journal(),
        disk: Arc::new(RealDisk),
        rules: two_apis(),
        read_db: None,
        directory: None,
        durable: None,
        progress: None,
    });
    assert_eq!(report.unwrap().sums.charged_e8, i128::from(charged.e8()));
}
