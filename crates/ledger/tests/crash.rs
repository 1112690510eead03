//! The power goes, syncs fail and the disk fills up at every place of a short script; then the books are
//! proved. Every acknowledged answer is there, nothing is there twice, and what is there without having been
//! acknowledged was in flight.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/story.rs"]
mod story;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use charging::*;
use common::*;
use ledger::journal::faults::FaultDisk;
use ledger::read::{ChargeQuery, ReadModel};
use ledger::{CallFor, Engine, Stopped, snapshot};
use story::*;

const DIR: &str = "data/journal";
const CALLS: u128 = 20;
const NEVER: u64 = 1 << 40;

/// What one life of the process saw. Charges are known by their ids, orders by their keys.
#[derive(Debug, Default)]
struct Life {
    attempted: BTreeSet<u128>,
    acknowledged: BTreeSet<u128>,
    /// Attempted, neither acknowledged nor refused: at most this many at once.
    in_flight: usize,
    /// True if the script came to its end.
    ended: bool,
}

impl Life {
    fn try_one<T>(&mut self, mark: u128, answer: Result<T, Stopped>) -> Result<T, Stopped> {
        self.attempted.insert(mark);
        let value = answer?;
        self.acknowledged.insert(mark);
        Ok(value)
    }
}

/// Lives once: opens, plays the script `width` calls at a time, and ends at its end or at the first failure.
fn live(disk: &FaultDisk, number: u128, width: u128) -> Life {
    let mut life = Life::default();
    let Ok((engine, _)) = open_on(Path::new(DIR), Arc::new(disk.clone())) else { return life };
    if play(&engine, number, width, &mut life).is_ok() && engine.close().is_ok() {
        life.ended = true;
    } else {
        check_stopped(&engine, number);
    }
    life
}

fn play(engine: &Engine, number: u128, width: u128, life: &mut Life) -> Result<(), Stopped> {
    let now = nine().plus_ms(number as i64 * 10 * HOUR_MS);
    let account = AccountId(1);
    let (api, region) = (api(), region());
    let (base, key) = (number * 1000, |key| Some(Key(ChargeId(number * 1000 + key))));
    engine.open_account(account, Tier::V0, &name("intl"), Zone::BEIJING, now).wait()?;
    let service = (&api, &region);
    engine.subscribe(account, service, SubscriptionMode::PayPerUse, now).unwrap().wait()?.unwrap();
    let paid = engine.top_up(account, money("1.00"), key(900), now).unwrap().wait();
    life.try_one(base + 900, paid)?.unwrap();
    let bought = engine.buy_package(account, service, 10, CouponChoice::None, key(901), now).unwrap().wait();
    life.try_one(base + 901, bought)?.unwrap();
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
    for first in (1..=CALLS).step_by(width as usize) {
        let mut pending = Vec::new();
        for id in (first..first + width).map(|id| base + id) {
            let given = engine.authorise(account, ChargeId(id), call, now).unwrap();
            let given = match given {
                Ok(given) => given,
                Err(refusal) => panic!("{:?}", refusal.wait()?),
            };
            life.attempted.insert(id);
            pending.push((id, engine.commit(account, &given, 1, now).unwrap()));
        }
        life.in_flight = pending.len();
        for (id, answer) in pending {
            life.try_one(id, answer.wait())?.unwrap();
            life.in_flight -= 1;
        }
    }
    engine.tick(now.plus_ms(HOUR_MS)).wait()?;
    // A snapshot that fails is no harm; the journal goes on.
    let _ = snapshot::take(&engine.disk(), engine.dir(), engine.durable_sequence());
    let later = engine.top_up(account, money("0.01"), key(902), now.plus_ms(HOUR_MS)).unwrap().wait();
    life.try_one(base + 902, later)?.unwrap();
    Ok(())
}

/// After a failure no answer is given any more, whatever is asked.
fn check_stopped(engine: &Engine, number: u128) {
    let now = engine.latest().plus_ms(1);
    let account = AccountId(1);
    let key = Some(Key(ChargeId(number * 1000 + 999)));
    for _ in 0..2 {
        assert!(engine.stop_reason().is_some());
        assert_eq!(engine.tick(now.plus_ms(HOUR_MS * 24)).wait(), Err(Stopped));
        if engine.has(account) {
            assert_eq!(engine.top_up(account, money("1"), key, now).unwrap().wait(), Err(Stopped));
            assert!(engine.read(account, now, |live, _| live.account.cash()).unwrap().wait().is_err());
        }
    }
    assert_eq!(engine.close(), Err(Stopped));
}

/// Marks of charges and orders in a journal, in order.
fn marks(entries: &[Entry]) -> Vec<u128> {
    let events = entries.iter().flat_map(|(_, events)| events);
    let mark = |recorded: &Recorded| match &recorded.event {
        Event::Charged { charge, .. } => Some(charge.0),
        Event::ToppedUp { key: Some(key), .. } | Event::LotGranted { key: Some(key), .. } => Some(key.0.0),
        _ => None,
    };
    events.filter_map(mark).collect()
}

/// Opens after a failure and proves everything; says how many marks were in flight and are there.
fn check(disk: &FaultDisk, lives: &[&Life], case: &str) -> usize {
    let shared = Arc::new(disk.clone());
    let (engine, _) = open_on(Path::new(DIR), shared.clone()).unwrap_or_else(|e| panic!("{case}: {e}"));
    let report = prove(Path::new(DIR), shared.clone(), None).unwrap_or_else(|e| panic!("{case}: {e}"));
    let found = marks(&entries(Path::new(DIR), shared));
    drop(engine);
    let unique: BTreeSet<u128> = found.iter().copied().collect();
    assert_eq!(unique.len(), found.len(), "{case}: something is there twice: {found:?}");
    let mut unacknowledged = 0;
    for (number, life) in (0..).zip(lives) {
        let of_life: BTreeSet<u128> = unique.iter().copied().filter(|mark| mark / 1000 == number).collect();
        let lost: Vec<_> = life.acknowledged.difference(&of_life).collect();
        assert!(lost.is_empty(), "{case}: acknowledged, but lost: {lost:?}");
        let extra = of_life.difference(&life.acknowledged).count();
        assert!(of_life.is_subset(&life.attempted), "{case}: never asked for: {of_life:?}");
        assert!(extra <= life.in_flight.max(1), "{case}: {extra} were not acknowledged");
        assert!(!life.ended || extra == 0, "{case}: the script ended, yet {extra} more are there");
        unacknowledged += extra;
    }
    let charges = unique.iter().filter(|mark| *mark % 1000 < 900).count();
    assert_eq!(report.charges as usize, charges, "{case}");
    unacknowledged
}

fn operations_of_the_script(width: u128) -> u64 {
    let disk = FaultDisk::new();
    let life = live(&disk, 0, width);
    assert!(life.ended);
    assert_eq!(check(&disk, &[&life], "no fault"), 0);
    disk.operations()
}

#[test]
fn wherever_the_power_goes_the_books_are_right() {
    let mut unacknowledged = 0;
    for width in [1, 4] {
        let operations = operations_of_the_script(width);
        // Each record is written and synced.
        assert!(operations as u128 > 2 * CALLS / width);
        for cut in 0..operations {
            for seed in 0..20 {
                let disk = FaultDisk::new();
                disk.cut_power_at(cut);
                let first = live(&disk, 0, width);
                disk.crash(cut * 100 + seed);
                let case = format!("{width} at a time, cut at {cut}, seed {seed}");
                unacknowledged += check(&disk, &[&first], &case);
                // And it goes on from there, to be cut again.
                disk.cut_power_at(disk.operations() + (cut * 7 + seed) % operations);
                let second = live(&disk, 1, width);
                disk.crash(seed);
                check(&disk, &[&first, &second], &format!("{case}, second life"));
            }
        }
    }
    println!("{unacknowledged} charges and orders were in flight at a cut and are there");
}

#[test]
fn wherever_a_sync_or_a_write_fails_nothing_more_is_answered() {
    for fails_sync in [true, false] {
        for at in 0.. {
            let disk = FaultDisk::new();
            if fails_sync {
                disk.fail_sync_after(at)
            } else {
                disk.fail_write_after(at)
            }
            let first = live(&disk, 0, 1);
            // If the script had ended before the fault came, the fault shall not come later.
            if fails_sync {
                disk.fail_sync_after(NEVER)
            } else {
                disk.fail_write_after(NEVER)
            }
            for crashes in [false, true] {
                // The process dies; the machine goes on, or goes down with it.
                if crashes {
                    disk.crash(at)
                } else {
                    disk.kill()
                }
                let case = format!("fails sync {fails_sync} at {at}, crashes {crashes}");
                check(&disk, &[&first], &case);
            }
            if first.ended && at > 60 {
                break;
            }
        }
    }
}

#[test]
fn a_full_disk_stops_the_answers_and_room_brings_them_back() {
    let whole = FaultDisk::new();
    assert!(live(&whole, 0, 1).ended);
    // Records go where zeros were written ahead: the first segment's room is all the script needs, for a snapshot that
    // fails is no harm. Room ends at the end of every write that makes a file grow, a byte before and after each, and at
    // many places between.
    let ends = whole.grown();
    let around = ends.iter().flat_map(|end| end - 1..=end + 1);
    let rooms: BTreeSet<u64> = around.chain((0..ends[0]).step_by(353)).collect();
    for &room in &rooms {
        let disk = FaultDisk::new();
        disk.leave_room(Some(room));
        let first = live(&disk, 0, 1);
        assert_eq!(first.ended, room >= ends[0], "{room} bytes of {ends:?}");
        disk.kill();
        disk.leave_room(None);
        check(&disk, &[&first], &format!("{room} bytes"));
        let second = live(&disk, 1, 1);
        assert!(second.ended);
        check(&disk, &[&first, &second], &format!("{room} bytes, then more"));
    }
}

#[test]
fn the_read_model_follows_through_every_crash() {
    let operations = operations_of_the_script(1);
    for cut in (0..operations).step_by(3) {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("read.db");
        let disk = FaultDisk::new();
        disk.cut_power_at(cut);
        let first = live_and_read(&disk, &file);
        disk.crash(cut);
        let (engine, _) = open_on(Path::new(DIR), Arc::new(disk.clone())).unwrap();
        let read = ReadModel::open(&file, &engine).unwrap();
        read.catch_up().unwrap();
        let charged = first.acknowledged.iter().filter(|mark| **mark < 900);
        for charge in charged {
            assert!(read.charge(ChargeId(*charge)).unwrap().is_some(), "cut at {cut}: {charge} is lost");
        }
        prove(Path::new(DIR), Arc::new(disk.clone()), Some(&file)).unwrap_or_else(|e| panic!("{cut}: {e}"));
    }
}

fn live_and_read(disk: &FaultDisk, file: &Path) -> Life {
    let mut life = Life::default();
    let Ok((engine, _)) = open_on(Path::new(DIR), Arc::new(disk.clone())) else { return life };
    let read = ReadModel::open(file, &engine).unwrap();
    let ended = play(&engine, 0, 1, &mut life);
    if ended.is_err() {
        // What is read after a failure is nothing, not something old.
        assert!(read.charges(AccountId(1), &ChargeQuery { limit: 5, ..ChargeQuery::default() }).is_err());
    }
    life
}
