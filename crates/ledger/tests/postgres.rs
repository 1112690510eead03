//! The journal in PostgreSQL: the contract of every journal, owners that take over from each other, crashes on both
//! sides, and a whole ledger on it.

#![allow(clippy::unwrap_used)]

#[path = "common/cluster.rs"]
mod cluster;
mod common;
#[path = "common/story.rs"]
mod story;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use charging::*;
use cluster::Cluster;
use common::*;
use ledger::journal::contract::{Subject, contract};
use ledger::journal::faults::FaultDisk;
use ledger::journal::postgres::{PostgresJournal, PostgresOptions};
use ledger::journal::{AppendError, Journal, OpenError, RealDisk};
use ledger::read::{ReadModel, TransactionQuery};
use ledger::{CallFor, Engine, EngineError, EngineOptions, snapshot};
use postgres::{Client, NoTls};
use story::{play, prove};

fn of_shard(cluster: &Cluster, shard: u32) -> PostgresOptions {
    PostgresOptions { database: cluster.database(), shard: shard.into() }
}

fn open(cluster: &Cluster, shard: u32) -> (PostgresJournal, u64) {
    PostgresJournal::open(&of_shard(cluster, shard)).unwrap()
}

/// Every record, as whoever opens the journal next finds them.
fn all(cluster: &Cluster, shard: u32, from: u64) -> Vec<(u64, Vec<u8>)> {
    let mut client = Client::connect(&cluster.database(), NoTls).unwrap();
    let rows = client
        .query(
            "SELECT sequence, payload FROM inkmeter_records WHERE shard = $1 AND sequence >= $2 ORDER BY sequence",
            &[&i64::from(shard), &i64::try_from(from).unwrap()],
        )
        .unwrap();
    rows.iter().map(|row| (row.get::<_, i64>(0).cast_unsigned(), row.get(1))).collect()
}

struct InDatabase<'a>(&'a Cluster);

impl Subject for InDatabase<'_> {
    fn open(&mut self) -> (Box<dyn Journal>, u64) {
        let (journal, next) = open(self.0, 7);
        (Box::new(journal), next)
    }

    fn read(&mut self, from: u64) -> Vec<(u64, Vec<u8>)> {
        all(self.0, 7, from)
    }
}

#[test]
fn it_keeps_the_contract() {
    let Some(cluster) = Cluster::start() else { return };
    contract(&mut InDatabase(&cluster));
    // Shards have nothing to do with each other.
    let (_, next) = open(&cluster, 8);
    assert_eq!(next, 1);
    let (mut journal, next) = open(&cluster, 7);
    assert_eq!(journal.read(1).unwrap(), all(&cluster, 7, 1));
    assert_eq!(journal.read(next).unwrap(), []);
}

#[test]
fn whoever_was_replaced_can_write_nothing() {
    let Some(cluster) = Cluster::start() else { return };
    let (mut first, next) = open(&cluster, 0);
    first.append(next, b"of the first").unwrap();
    let (mut second, next) = open(&cluster, 0);
    assert!(second.epoch() > first.epoch());
    // It was frozen, and wakes up with what it wanted to write: the same record, and the one after.
    let refused = first.append(next, b"of the first, too late").unwrap_err();
    assert!(matches!(refused, AppendError::Fenced(_)), "{refused}");
    second.append(next, b"of the second").unwrap();
    assert!(matches!(first.append(next + 1, b"again"), Err(AppendError::Poisoned)));
    let payloads: Vec<Vec<u8>> = all(&cluster, 0, 1).into_iter().map(|(_, payload)| payload).collect();
    assert_eq!(payloads, [&b"of the first"[..], b"of the second"]);
}

/// Many want to be the owner at once, and each writes as long as it may.
#[test]
fn owners_that_fight_leave_one_history() {
    let Some(cluster) = Cluster::start() else { return };
    drop(open(&cluster, 0));
    let written = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for owner in 0..4_u8 {
            let (cluster, written) = (&cluster, &written);
            scope.spawn(move || {
                for _ in 0..25 {
                    let (mut journal, mut next) = open(cluster, 0);
                    while journal.append(next, &[owner]).is_ok() {
                        written.fetch_add(1, Ordering::Relaxed);
                        next += 1;
                        if next % 8 == u64::from(owner) {
                            break;
                        }
                    }
                }
            });
        }
    });
    let records = all(&cluster, 0, 1);
    assert_eq!(
        records.len() as u64,
        written.into_inner(),
        "what was acknowledged is there, and nothing else"
    );
    assert!(records.iter().map(|(sequence, _)| *sequence).eq(1..=records.len() as u64), "without a gap");
}

fn on(cluster: &Cluster, dir: &Path) -> EngineOptions {
    EngineOptions { database: Some(of_shard(cluster, 0)), ..options(dir, Arc::new(RealDisk)) }
}

#[test]
fn a_ledger_comes_back_in_an_empty_folder() {
    let Some(cluster) = Cluster::start() else { return };
    let (world, elsewhere) = (World::new(), World::new());
    let now = nine().plus_ms(HOUR_MS * 24 * 42);
    let (engine, _) = Engine::open(on(&cluster, &world.journal()), rules()).unwrap();
    play(&engine);
    let state = state_of(&engine, now);
    let (durable, disk) = (engine.durable_sequence(), Arc::new(RealDisk));
    prove(&world.journal(), disk.clone(), None).unwrap();

    // Another machine takes over while this one still runs, and knows everything.
    let (other, recovery) = Engine::open(on(&cluster, &elsewhere.journal()), rules()).unwrap();
    assert_eq!(recovery.last, durable);
    assert!(state_of(&other, now) == state);
    let account = AccountId(story::PAYER);
    assert!(
        engine.top_up(account, money("1"), None, now).unwrap().wait().is_err(),
        "it is not the owner any more"
    );
    assert!(engine.stop_reason().unwrap().contains("taken over"), "{:?}", engine.stop_reason());
    top_up(&other, account, "2", now);
    let read = ReadModel::open(&elsewhere.read_db(), &other).unwrap();
    let query = TransactionQuery { limit: 100, ..TransactionQuery::default() };
    let last = read.transactions(account, &query).unwrap();
    assert!(last.iter().any(|row| row.amount == money("2")));
    drop((engine, read, other));

    // The first machine comes back: what it is behind is fetched into its folder.
    let (engine, recovery) = Engine::open(on(&cluster, &world.journal()), rules()).unwrap();
    assert_eq!(recovery.last, durable + 1);
    prove(&world.journal(), disk.clone(), None).unwrap();
    prove(&elsewhere.journal(), disk, None).unwrap();

    // A folder of other books is not taken for a copy, and a folder in use not for one's own: the owner stays the owner.
    let foreign = World::new();
    let of_others = foreign.engine();
    top_up(&of_others, open_account(&of_others, 1, nine()), "1", nine());
    drop(of_others);
    let refused = |dir: &Path| Engine::open(on(&cluster, dir), rules()).map(|_| ()).unwrap_err();
    let mistaken = refused(&foreign.journal());
    assert!(matches!(mistaken, EngineError::Journal(OpenError::Mismatch { .. })), "{mistaken}");
    let twice = refused(&world.journal());
    assert!(matches!(twice, EngineError::Journal(OpenError::InUse { .. })), "{twice}");
    top_up(&engine, account, "3", now);
}

/// The copy is written without syncs. What a power cut leaves of it is cut off without one too, and may come back with the
/// next power cut in the middle of the copy. The simulator found that nobody could open it then.
#[test]
fn a_copy_that_lost_power_again_and_again_is_whole() {
    let Some(cluster) = Cluster::start() else { return };
    for seed in 0..40 {
        let (disk, dir) = (FaultDisk::new(), Path::new("data/journal"));
        let shard = 100 + seed;
        let open = || {
            let database = Some(of_shard(&cluster, shard));
            let engine =
                Engine::open(EngineOptions { database, ..options(dir, Arc::new(disk.clone())) }, rules());
            engine.unwrap_or_else(|error| panic!("seed {seed}: {error}")).0
        };
        for life in 0..6_u128 {
            let engine = open();
            let account = open_account(&engine, 1, nine());
            subscribe(&engine, account, nine());
            for id in 0..15 {
                call(&engine, account, life * 100 + id, nine());
                let at = engine.durable_sequence();
                if at.is_multiple_of(20) {
                    snapshot::take(&engine.disk(), engine.dir(), at).unwrap();
                }
            }
            drop(engine);
            disk.crash(u64::from(seed) * 100 + life as u64);
        }
        drop(open());
        let report = prove(dir, Arc::new(disk), None).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(report.charges, 90);
    }
}

/// A commit that waits for a standby is cancelled: the database says that it succeeded, and warns. It may be lost yet.
#[test]
fn a_cancelled_wait_for_a_standby_is_no_success() {
    let Some(cluster) = Cluster::start() else { return };
    let (mut journal, next) = open(&cluster, 0);
    journal.append(next, b"before").unwrap();
    let mut client = Client::connect(&cluster.database(), NoTls).unwrap();
    client.batch_execute("ALTER SYSTEM SET synchronous_standby_names TO 'nobody'").unwrap();
    client.batch_execute("SELECT pg_reload_conf()").unwrap();
    let refused = std::thread::scope(|scope| {
        scope.spawn(|| {
            let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
            while client.query(cancel, &[]).unwrap().is_empty() {
                std::thread::yield_now();
            }
        });
        // The setting may take a moment to arrive.
        (next + 1..).find_map(|sequence| journal.append(sequence, b"alone").err()).unwrap()
    });
    assert!(matches!(&refused, AppendError::Store(said) if said.contains("warned")), "{refused}");
    assert!(matches!(journal.append(next, b""), Err(AppendError::Poisoned)));
}

/// The database crashes under callers, again and again: what was acknowledged is there once it is back.
#[test]
fn a_crash_of_the_database_loses_nothing() {
    let Some(mut cluster) = Cluster::start() else { return };
    let world = World::new();
    let mut acknowledged = 0;
    for round in 0..6_u128 {
        let (engine, _) = Engine::open(on(&cluster, &world.journal()), rules()).unwrap();
        if round == 0 {
            let account = open_account(&engine, 1, nine());
            subscribe(&engine, account, nine());
            top_up(&engine, account, "100000", nine());
        }
        let account = AccountId(1);
        let charges = |engine: &Engine| engine.read(account, nine(), |live, _| live.account.charges());
        let there = charges(&engine).unwrap().wait().unwrap();
        assert!(there >= acknowledged, "{there} charges are there, {acknowledged} were acknowledged");
        acknowledged = there;
        let answered = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for caller in 0..3_u128 {
                let (engine, answered) = (&engine, &answered);
                scope.spawn(move || {
                    for id in 0.. {
                        let (api, region) = (api(), region());
                        let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
                        let id = ChargeId(round << 96 | caller << 64 | id);
                        match engine.charge(account, id, call, nine()).unwrap().wait() {
                            Ok(receipt) => _ = (receipt.unwrap(), answered.fetch_add(1, Ordering::Relaxed)),
                            Err(_) => break,
                        }
                    }
                });
            }
            while answered.load(Ordering::Relaxed) < 200 {
                std::thread::yield_now();
            }
            if round % 2 == 0 { cluster.crash() } else { cluster.cut_connections() }
        });
        acknowledged += answered.into_inner();
        assert!(engine.stop_reason().is_some());
        drop(engine);
        if round % 2 == 0 {
            cluster.run();
        }
    }
    let (engine, _) = Engine::open(on(&cluster, &world.journal()), rules()).unwrap();
    drop(engine);
    prove(&world.journal(), Arc::new(RealDisk), None).unwrap();
}

#[test]
fn what_is_damaged_in_the_database_is_told() {
    let Some(cluster) = Cluster::start() else { return };
    let (mut journal, _) = open(&cluster, 0);
    for sequence in 1..=5 {
        journal.append(sequence, &[7; 100]).unwrap();
    }
    let mut client = Client::connect(&cluster.database(), NoTls).unwrap();
    for damage in [
        "UPDATE inkmeter_records SET payload = 'x' WHERE sequence = 3",
        "DELETE FROM inkmeter_records WHERE sequence = 3",
        "DELETE FROM inkmeter_records WHERE sequence > 2",
    ] {
        client.batch_execute(damage).unwrap();
        let world = World::new();
        let refused = Engine::open(on(&cluster, &world.journal()), rules()).map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("record 3 is missing or damaged"), "{damage}: {refused}");
    }
    let nowhere = PostgresOptions { database: "host=/nowhere user=a password=secret".into(), shard: 0 };
    let refused = PostgresJournal::open(&nowhere).map(|_| ()).unwrap_err().to_string();
    assert!(!refused.contains("secret"), "{refused}");
}
