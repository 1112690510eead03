//! `verify` passes on a true history, and fails on every row that was changed and every file that was damaged.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/story.rs"]
mod story;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use charging::*;
use common::*;
use ledger::journal::RealDisk;
use ledger::read::ReadModel;
use ledger::verify::{VerifyOptions, verify};
use story::*;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[test]
fn a_true_history_is_proved_with_its_figures() {
    let world = told();
    let report = prove(&world.journal(), Arc::new(RealDisk), Some(&world.read_db())).unwrap();
    assert_eq!((report.accounts, report.charges, report.units), (2, 103, 103));
    assert_eq!((report.hours_settled, report.snapshots), (3, 2));
    assert_eq!(report.read_progress, Some(report.records));
    let e8 = |text: &str| i128::from(money(text).e8());
    let sums = &report.sums;
    assert_eq!((sums.charged_e8, sums.settled_e8, sums.unsettled_e8), (e8("4.65"), e8("4.65"), 0));
    assert_eq!((sums.topped_up_e8, sums.lots_e8), (e8("5.60"), e8("0.40")));
    assert_eq!((sums.cash_e8, sums.debt_e8), (e8("0.70"), e8("0.15")));
    assert_eq!((sums.lots_granted, sums.lots_drawn, sums.lots_left, sums.lots_expired), (15, 10, 0, 5));
}

#[test]
fn it_runs_beside_a_running_engine() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    play(&engine);
    let callers = Arc::clone(&engine);
    let busy = std::thread::spawn(move || {
        let later = callers.latest();
        subscribe(&callers, AccountId(PAYER), later);
        for id in 1000..1400 {
            call(&callers, AccountId(PAYER), id, later);
        }
    });
    while !busy.is_finished() {
        let mut steps = 0;
        let mut progress = |_| steps += 1;
        let report = verify(VerifyOptions {
            dir: world.journal(),
            disk: Arc::new(RealDisk),
            rules: rules(),
            read_db: Some(world.read_db()),
            directory: Some(engine.account_ids()),
            durable: Some(engine.durable_sequence()),
            progress: Some(&mut progress),
        });
        let report = report.unwrap_or_else(|difference| panic!("{difference}"));
        assert!(report.charges >= 103 && steps > 0);
        prove(&world.journal(), Arc::new(RealDisk), None).unwrap();
    }
    busy.join().unwrap();
    read.catch_up().unwrap();
}

#[test]
fn every_changed_row_of_the_read_model_is_found_out() {
    let world = told();
    let changes = [
        "DELETE FROM charges WHERE key & 0xffffffff = 3",
        "DELETE FROM charges WHERE key >> 32 = 1",
        "UPDATE charges SET amount = amount + 1 WHERE key & 0xffffffff = 15",
        "UPDATE charges SET charge = zeroblob(16) WHERE key & 0xffffffff = 1 AND key >> 32 = 0",
        "UPDATE charges SET at = at + 1 WHERE key & 0xffffffff = 20",
        "UPDATE charges SET draws = NULL WHERE key & 0xffffffff = 1",
        "UPDATE charges SET pocket = 1 - pocket WHERE key & 0xffffffff = 1",
        "UPDATE charges SET key = key + 100 WHERE key & 0xffffffff = 21",
        "INSERT INTO charges SELECT key + 500, at, charge, service, NULL, pocket, units, amount,
             draws, rated, sequence FROM charges WHERE key & 0xffffffff = 1 AND key >> 32 = 0",
        "DELETE FROM charge_ids WHERE key & 0xffffffff = 3",
        "UPDATE charge_ids SET key = key + 1 WHERE key & 0xffffffff = 21",
        "UPDATE charge_ids SET charge = zeroblob(16) WHERE key & 0xffffffff = 1",
        "UPDATE charge_id_runs SET state = 2",
        "INSERT INTO charge_ids_by_time SELECT charge, key FROM charge_ids LIMIT 1",
        "UPDATE usage_hours SET units = units + 1 WHERE pocket = 0",
        "UPDATE usage_hours SET hour = hour + 3600000 WHERE pocket = 0",
        "UPDATE usage_hours SET calls = calls - 1, amount = amount + 1 WHERE pocket = 1",
        "DELETE FROM usage_hours WHERE account = 1",
        "UPDATE lot_hours SET enterprise_project = 'web' WHERE enterprise_project = ''",
        "UPDATE lot_hours SET units = units + 1",
        "UPDATE lot_hours SET hour = hour - 3600000",
        "UPDATE bill_lines SET amount = amount - 1 WHERE account = 0",
        "DELETE FROM bill_lines WHERE account = 1",
        "UPDATE settled_hours SET paid = paid + 1, debt = debt - 1",
        "DELETE FROM settled_hours WHERE account = 1",
        "UPDATE transactions SET cash = cash + 1 WHERE number = 2",
        "DELETE FROM transactions WHERE number = 1",
        "UPDATE lots SET expires_at = expires_at + 86400000 WHERE lot = 0",
        "UPDATE lots SET price = 0 WHERE lot = 0",
        "UPDATE lots SET is_automatic = 1 WHERE lot = 0",
        "UPDATE transactions SET reason = 'because' WHERE number = 1",
        "UPDATE book_months SET amount = amount + 1 WHERE book = 4",
        "UPDATE book_months SET month = month + 1 WHERE account = 0",
        "DELETE FROM book_months WHERE account = 1",
        "UPDATE closed_months SET usage = usage + 1",
        "DELETE FROM closed_months WHERE account = 0",
        "UPDATE history SET kind = 'lot_expired' WHERE number = 2",
        "DELETE FROM history WHERE account = 1 AND number = 3",
        "UPDATE services SET region = 'cn-south-1'",
        "UPDATE accounts SET cash = cash + 1",
        "UPDATE accounts SET id = zeroblob(16) WHERE account = 0",
        "DELETE FROM accounts WHERE account = 1",
        "UPDATE progress SET sequence = sequence + 1",
        "UPDATE progress SET sequence = sequence - 1",
        "UPDATE progress SET checksum = checksum + 1",
        "DROP TABLE lots",
        "PRAGMA user_version = 99",
    ];
    for change in changes {
        let file = world.root.path().join("changed.db");
        let _ = fs::remove_file(&file);
        fs::copy(world.read_db(), &file).unwrap();
        let connection = rusqlite::Connection::open(&file).unwrap();
        connection.execute_batch(change).unwrap();
        drop(connection);
        let difference = prove(&world.journal(), Arc::new(RealDisk), Some(&file)).expect_err(change);
        assert_eq!(difference.law, "replay", "{change}: {difference}");
    }
    prove(&world.journal(), Arc::new(RealDisk), Some(&world.read_db())).unwrap();
}

#[test]
fn the_first_row_that_differs_is_named_with_its_record() {
    let world = told();
    let sequence: u64 = {
        let connection = rusqlite::Connection::open(world.read_db()).unwrap();
        connection.execute_batch("UPDATE charges SET amount = 0 WHERE key = 15").unwrap();
        let select = "SELECT sequence FROM charges WHERE key = 15";
        connection.query_row(select, [], |row| row.get::<_, i64>(0)).unwrap() as u64
    };
    let difference = prove(&world.journal(), Arc::new(RealDisk), Some(&world.read_db())).unwrap_err();
    assert_eq!((difference.sequence, difference.account), (Some(sequence), Some(AccountId(PAYER))));
    assert!(difference.detail.ends_with("the first that differs is row 15"), "{difference}");
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let mut segments: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|e| e == "segment")).collect();
    segments.sort();
    segments
}

fn snapshots(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let is_snapshot = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("snapshot-");
    let mut snapshots: Vec<_> = files.filter(is_snapshot).collect();
    snapshots.sort();
    snapshots
}

/// Rewrites a snapshot with another state and a right checksum.
fn forge_snapshot(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let mut accounts: Vec<Account> = postcard::from_bytes(&bytes[28..]).unwrap();
    let amount = money("1000");
    accounts[0].apply(&Recorded { at: nine(), event: Event::ToppedUp { amount, key: None } });
    let body = postcard::to_stdvec(&accounts).unwrap();
    bytes.truncate(16);
    bytes.extend((body.len() as u64).to_le_bytes());
    bytes.extend(crc32c::crc32c(&body).to_le_bytes());
    bytes.extend(body);
    fs::write(path, bytes).unwrap();
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

/// What is damaged, the law that no longer holds, and how.
type Damage = (&'static str, &'static str, fn(&Path));

#[test]
fn every_damaged_file_is_found_out() {
    let world = told();
    let damages: [Damage; 8] = [
        ("a flipped bit in the first record", "journal", |dir| flip(&segments(dir)[0], 100)),
        ("a flipped bit in a later segment", "journal", |dir| flip(&segments(dir)[1], 300)),
        ("the first segment is gone", "journal", |dir| fs::remove_file(&segments(dir)[0]).unwrap()),
        ("a segment in the middle is gone", "journal", |dir| fs::remove_file(&segments(dir)[1]).unwrap()),
        ("the last segment is gone", "replay", |dir| {
            fs::remove_file(segments(dir).last().unwrap()).unwrap();
        }),
        ("a flipped bit in a snapshot", "replay", |dir| flip(&snapshots(dir)[0], 60)),
        ("a forged snapshot", "replay", |dir| forge_snapshot(&snapshots(dir)[0])),
        ("a snapshot under another number", "replay", |dir| {
            let path = &snapshots(dir)[0];
            fs::rename(path, path.with_file_name(format!("snapshot-{:020}", 9))).unwrap();
        }),
    ];
    assert!(segments(&world.journal()).len() >= 3, "the story fills several segments");
    for (what, law, damage) in damages {
        let dir = tempfile::tempdir().unwrap();
        copy(&world.journal(), dir.path());
        prove(dir.path(), Arc::new(RealDisk), None).unwrap();
        damage(dir.path());
        let difference = prove(dir.path(), Arc::new(RealDisk), None).expect_err(what);
        assert_eq!(difference.law, law, "{what}: {difference}");
        if what.contains("snapshot") {
            // What it says is what helps.
            let cure = difference.cure.clone().expect(what);
            assert!(difference.to_string().ends_with(&cure), "{difference}");
            let named = snapshots(dir.path()).into_iter().find(|path| cure.contains(path.to_str().unwrap()));
            fs::remove_file(named.expect(&cure)).unwrap();
            prove(dir.path(), Arc::new(RealDisk), None).expect(what);
        }
    }
}

#[test]
fn accounts_and_directory_are_compared() {
    let world = told();
    let with = |ids: &[u128]| {
        verify(VerifyOptions {
            dir: world.journal(),
            disk: Arc::new(RealDisk),
            rules: rules(),
            read_db: None,
            directory: Some(ids.iter().copied().map(AccountId).collect()),
            durable: None,
            progress: None,
        })
    };
    assert_eq!(with(&[PAYER, DEBTOR]).unwrap().directory_only, 0);
    assert_eq!(with(&[PAYER, DEBTOR, 5]).unwrap().directory_only, 1);
    let difference = with(&[PAYER]).unwrap_err();
    assert_eq!((difference.law, difference.account), ("isolation", Some(AccountId(DEBTOR))));
}
