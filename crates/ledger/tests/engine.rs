//! Many callers at once, closing and opening again, and ticks over many accounts.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/story.rs"]
mod story;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use charging::*;
use common::*;
use ledger::jobs::{SnapshotJob, SnapshotOptions};
use ledger::journal::RealDisk;
use ledger::read::ReadModel;
use ledger::{CallFor, Engine, snapshot};
use story::*;

/// An account that may only use its packages, with a lot of `units`.
fn package_only(engine: &Engine, units: u64) -> AccountId {
    let account = open_account(engine, 1, nine());
    let service = (&api(), &region());
    done(engine.subscribe(account, service, SubscriptionMode::PackageOnly, nine()).unwrap());
    let lot = NewLot {
        api: api(),
        region: region(),
        source: Source::Promotion,
        units,
        effective_at: nine(),
        expires_at: nine().plus_ms(HOUR_MS * 24),
        enterprise_project: None,
        price: Money::ZERO,
    };
    done(engine.grant_lot(account, lot, None, nine()).unwrap());
    account
}

#[test]
fn sixty_four_callers_draw_exactly_what_the_package_holds() {
    const UNITS: u64 = 1000;
    const CALLERS: u64 = 64;
    const CALLS: u64 = 30;
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let account = package_only(&engine, UNITS);
    let (charged, refused, voided) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (engine, read, charged, refused, voided) = (&engine, &read, &charged, &refused, &voided);
            scope.spawn(move || {
                let (api, region) = (api(), region());
                let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
                for number in 0..CALLS {
                    let id = ChargeId(u128::from(caller * CALLS + number + 1));
                    let given = match engine.authorise(account, id, call, nine()).unwrap() {
                        Ok(given) => given,
                        Err(refusal) => {
                            let reason = refusal.wait().unwrap();
                            assert!(matches!(*reason.reason, Reason::PackageUsedUp { .. }), "{reason:?}");
                            refused.fetch_add(1, Ordering::Relaxed);
                            continue;
                        }
                    };
                    // Some calls fail in the engine after they were permitted.
                    if number % 10 == 7 {
                        engine.void(account, &given);
                        voided.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    done(engine.commit(account, &given, 1, nine()).unwrap());
                    charged.fetch_add(1, Ordering::Relaxed);
                    assert!(read.charge_of(account, id).unwrap().is_some(), "acknowledged, so it is read");
                }
            });
        }
    });
    let (charged, refused, voided) = (charged.into_inner(), refused.into_inner(), voided.into_inner());
    assert_eq!(charged + refused + voided, CALLERS * CALLS);
    assert_eq!(charged, UNITS, "{refused} were refused, {voided} voided");
    engine.close().unwrap();
    read.close();
    let report = prove(&world.journal(), Arc::new(RealDisk), Some(&world.read_db())).unwrap();
    assert_eq!((report.charges, report.sums.lots_left), (UNITS, 0));
}

#[test]
fn a_used_authorisation_charges_once() {
    let world = World::new();
    let engine = world.engine();
    let account = package_only(&engine, 10);
    let (api, region) = (api(), region());
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
    let given = engine.authorise(account, ChargeId(1), call, nine()).unwrap().unwrap();
    let results: Vec<bool> = std::thread::scope(|scope| {
        let commit = || engine.commit(account, &given, 1, nine()).unwrap().wait().unwrap().is_ok();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(commit)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|charged| **charged).count(), 1);
}

#[test]
fn closing_and_opening_gives_the_same_state_bit_for_bit() {
    for (closes, snapshots) in [(true, true), (true, false), (false, true), (false, false)] {
        let world = World::new();
        let engine = world.engine();
        play(&engine);
        if !snapshots {
            for file in std::fs::read_dir(world.journal()).unwrap() {
                let path = file.unwrap().path();
                if path.file_name().unwrap().to_string_lossy().starts_with("snapshot-") {
                    std::fs::remove_file(path).unwrap();
                }
            }
        }
        let latest = engine.latest();
        let before = state_of(&engine, latest);
        let due = engine.next_due();
        if closes {
            engine.close().unwrap();
        }
        drop(engine);
        let (engine, recovery) = open_on(&world.journal(), Arc::new(RealDisk)).unwrap();
        assert_eq!(recovery.snapshot > 0, snapshots);
        assert_eq!(state_of(&engine, latest), before);
        assert_eq!(engine.next_due(), due);
    }
}

#[test]
fn many_ticks_and_one_late_tick_leave_the_same_over_many_accounts() {
    let states: Vec<_> = [HOUR_MS / 4, HOUR_MS * 24 * 45]
        .into_iter()
        .map(|step_ms| {
            let world = World::new();
            let engine = world.engine();
            let mut pending = Vec::new();
            let service = (&api(), &region());
            for id in 1..=300_u128 {
                let (account, now) = (AccountId(id), nine().plus_ms(id as i64 * 60_000));
                let tier = Tier::ALL[id as usize % 6];
                let policy = name(["intl", "cn"][id as usize % 2]);
                let _ = engine.open_account(account, tier, &policy, Zone::BEIJING, now);
                pending.push(engine.subscribe(account, service, SubscriptionMode::PayPerUse, now).unwrap());
                let (api, region) = (api(), region());
                let call = CallFor { api: &api, region: &region, enterprise_project: None, units: id as u64 };
                let given = engine.authorise(account, ChargeId(id), call, now).unwrap().unwrap();
                let _ = engine.commit(account, &given, id as u64, now).unwrap();
            }
            pending.into_iter().for_each(done);
            let (start, end) = (engine.latest(), nine().plus_ms(HOUR_MS * 24 * 40));
            let mut now = start;
            while now < end {
                now = now.plus_ms(step_ms).min(end);
                engine.tick(now).wait().unwrap();
            }
            assert!(engine.next_due().is_none_or(|due| due > end));
            engine.close().unwrap();
            let report = prove(&world.journal(), Arc::new(RealDisk), None).unwrap();
            assert_eq!((report.accounts, report.hours_settled), (300, 300));
            let (engine, _) = open_on(&world.journal(), Arc::new(RealDisk)).unwrap();
            state_of(&engine, end)
        })
        .collect();
    assert!(states[0] == states[1]);
}

#[test]
fn snapshots_are_taken_by_growth_and_at_the_end() {
    let world = World::new();
    let options = options(&world.journal(), Arc::new(RealDisk));
    let (engine, recovery) = Engine::open(options.clone(), rules()).unwrap();
    let every = SnapshotOptions { every_entries: 50, every_bytes: u64::MAX };
    let job = SnapshotJob::start(&engine, &recovery, every).unwrap();
    let account = open_account(&engine, 1, nine());
    subscribe(&engine, account, nine());
    for id in 1..=400 {
        call(&engine, account, id, nine());
    }
    let before = state_of(&engine, nine());
    engine.close().unwrap();
    job.finish().unwrap();
    drop(engine);
    let report = prove(&world.journal(), Arc::new(RealDisk), None).unwrap();
    assert_eq!(report.snapshots, 2, "the last two are kept");
    let (engine, recovery) = Engine::open(options, rules()).unwrap();
    assert_eq!((recovery.snapshot, recovery.replayed), (report.records, 0));
    assert_eq!(state_of(&engine, nine()), before);
}

#[test]
fn a_damaged_snapshot_is_passed_over() {
    let world = World::new();
    let engine = world.engine();
    play(&engine);
    let latest = engine.latest();
    let before = state_of(&engine, latest);
    let last = engine.durable_sequence();
    snapshot::take(&engine.disk(), engine.dir(), last).unwrap();
    drop(engine);
    let path = world.journal().join(format!("snapshot-{last:020}"));
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let (engine, recovery) = open_on(&world.journal(), Arc::new(RealDisk)).unwrap();
    assert!(recovery.snapshot < last && recovery.replayed > 0);
    assert_eq!(state_of(&engine, latest), before);
}

#[test]
fn a_journal_that_lost_its_end_is_not_opened() {
    let world = World::new();
    let engine = world.engine();
    play(&engine);
    drop(engine);
    let mut segments: Vec<_> =
        std::fs::read_dir(world.journal()).unwrap().map(|f| f.unwrap().path()).collect();
    segments.retain(|path| path.extension().is_some_and(|extension| extension == "segment"));
    segments.sort();
    std::fs::remove_file(segments.last().unwrap()).unwrap();
    let refused = open_on(&world.journal(), Arc::new(RealDisk)).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("acknowledged are missing"), "{refused}");
}
