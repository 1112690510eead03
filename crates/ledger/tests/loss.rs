//! What was acknowledged and is gone from the journal's end is noticed.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/story.rs"]
mod story;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use charging::*;
use common::*;
use ledger::journal::{OpenError, RealDisk};
use ledger::loss::{self, AcceptError};
use ledger::read::{ReadError, ReadModel, TransactionQuery};
use ledger::{Engine, EngineError, EngineOptions, snapshot};
use story::prove;

fn segments(dir: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let mut segments: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|e| e == "segment")).collect();
    segments.sort();
    segments
}

/// Flips a bit of the last byte that was written.
fn flip_last(dir: &Path) -> Vec<u8> {
    let path = segments(dir).pop().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[last] ^= 0x10;
    std::fs::write(&path, &bytes).unwrap();
    bytes
}

fn with_read_db(world: &World) -> EngineOptions {
    EngineOptions { read_db: Some(world.read_db()), ..options(&world.journal(), Arc::new(RealDisk)) }
}

/// The read model as it was earlier.
fn put_back(world: &World, before: &[u8]) {
    for name in ["read.db-wal", "read.db-shm"] {
        let _ = std::fs::remove_file(world.root.path().join(name));
    }
    std::fs::write(world.read_db(), before).unwrap();
}

fn top_ups(read: &ReadModel) -> Vec<Money> {
    let query = TransactionQuery { limit: 100, ..TransactionQuery::default() };
    read.transactions(AccountId(1), &query).unwrap().iter().map(|row| row.amount).collect()
}

/// Two top-ups of 1 and 2 that were acknowledged; the read model as it was after the first, and after both.
fn topped_up_twice() -> (World, Vec<u8>) {
    let world = World::new();
    let engine = world.engine();
    let account = open_account(&engine, 1, nine());
    top_up(&engine, account, "1", nine());
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    assert_eq!(top_ups(&read).len(), 1);
    drop(read);
    let before = std::fs::read(world.read_db()).unwrap();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    top_up(&engine, account, "2", nine());
    assert_eq!(top_ups(&read).len(), 2);
    (world, before)
}

#[test]
fn a_damaged_last_record_that_the_read_model_knows_is_not_taken_for_torn() {
    let (world, _) = topped_up_twice();
    let damaged = flip_last(&world.journal());
    let last = segments(&world.journal()).pop().unwrap();
    for _ in 0..2 {
        let refused = Engine::open(with_read_db(&world), rules()).map(|_| ()).unwrap_err();
        let EngineError::Loss(loss) = &refused else { panic!("{refused}") };
        assert_eq!((loss.last + 1, &loss.file), (loss.known, &world.read_db()));
        assert!(refused.to_string().contains("Restore") && refused.to_string().contains("accept-loss"));
        assert!(std::fs::read(&last).unwrap() == damaged, "what may be restored was not cut off");
    }
    let difference = prove(&world.journal(), Arc::new(RealDisk), Some(&world.read_db())).unwrap_err();
    assert!(difference.cure.unwrap().contains("acknowledged are missing"));

    // Whoever opens the journal without asking is told by the read model.
    let engine = world.engine();
    let refused = ReadModel::open(&world.read_db(), &engine).unwrap_err();
    assert!(matches!(refused, ReadError::Ahead(_)), "{refused}");
    let in_use = loss::accept(&RealDisk, &world.journal(), &world.read_db()).unwrap_err();
    assert!(matches!(in_use, AcceptError::Journal(OpenError::InUse { .. })), "{in_use}");
    drop(engine);

    let accepted = loss::accept(&RealDisk, &world.journal(), &world.read_db()).unwrap();
    let [(evidence, aside)] = accepted.as_slice() else { panic!("{accepted:?}") };
    assert!(evidence.file == world.read_db() && !world.read_db().exists());
    let kept = rusqlite::Connection::open(aside).unwrap();
    let rows: i64 = kept.query_row("SELECT count(*) FROM transactions", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 2, "what was lost can be looked at");
    let (engine, _) = Engine::open(with_read_db(&world), rules()).unwrap();
    let read = ReadModel::open(&world.read_db(), &Arc::new(engine)).unwrap();
    assert_eq!(top_ups(&read), [money("1")]);
}

#[test]
fn a_read_model_that_is_behind_is_no_loss() {
    let (world, before) = topped_up_twice();
    put_back(&world, &before);
    assert!(loss::accept(&RealDisk, &world.journal(), &world.read_db()).unwrap().is_empty());
    let (engine, recovery) = Engine::open(with_read_db(&world), rules()).unwrap();
    assert_eq!(recovery.cut_bytes, 0);
    let read = ReadModel::open(&world.read_db(), &Arc::new(engine)).unwrap();
    assert_eq!(top_ups(&read).len(), 2);
}

#[test]
fn a_record_that_nothing_knows_is_cut_off() {
    let (world, before) = topped_up_twice();
    flip_last(&world.journal());
    put_back(&world, &before);
    let (engine, recovery) = Engine::open(with_read_db(&world), rules()).unwrap();
    assert!(recovery.cut_bytes > 0);
    let read = ReadModel::open(&world.read_db(), &Arc::new(engine)).unwrap();
    assert_eq!(top_ups(&read), [money("1")]);
}

#[test]
fn a_journal_that_is_gone_or_an_older_copy_is_shorter_than_what_was_made_from_it() {
    let (world, _) = topped_up_twice();
    let older = tempfile::tempdir().unwrap();
    let copy = |from: &Path, to: &Path| {
        for path in segments(from) {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    };
    copy(&world.journal(), older.path());
    let engine = world.engine();
    top_up(&engine, AccountId(1), "3", nine());
    snapshot::take(&engine.disk(), engine.dir(), engine.durable_sequence()).unwrap();
    drop(engine);
    copy(older.path(), &world.journal());
    let refused = world_open(&world).unwrap_err();
    assert!(refused.to_string().contains("snapshot-"), "{refused}");
    let accepted = loss::accept(&RealDisk, &world.journal(), &world.read_db()).unwrap();
    assert_eq!(accepted.len(), 1, "the read model is not ahead: {accepted:?}");
    world_open(&world).unwrap();
    for path in segments(&world.journal()) {
        std::fs::remove_file(path).unwrap();
    }
    let refused = world_open(&world).unwrap_err();
    assert!(matches!(&refused, EngineError::Loss(loss) if loss.last == 0), "{refused}");
    assert!(segments(&world.journal()).is_empty(), "no new journal was begun");
}

fn world_open(world: &World) -> Result<(), EngineError> {
    Engine::open(with_read_db(world), rules()).map(|_| ())
}
