//! Books move between a folder and a database: whole, compared, and on from where they were interrupted.

#![allow(clippy::unwrap_used)]

#[path = "common/cluster.rs"]
mod cluster;
mod common;
#[path = "common/story.rs"]
mod story;

use std::path::Path;
use std::sync::Arc;

use cluster::Cluster;
use common::*;
use ledger::directory::Directory;
use ledger::journal::postgres::{Facts, PostgresJournal, PostgresOptions};
use ledger::journal::{Reader, RealDisk};
use ledger::migrate::{Folder, MigrateError, Step, into_database, into_folder};
use ledger::read::ReadModel;
use postgres::{Client, NoTls};
use story::{play, prove};

/// A folder whose books have a story.
fn told() -> World {
    let world = World::new();
    let engine = world.engine();
    play(&engine);
    ReadModel::open(&world.read_db(), &engine).unwrap().catch_up().unwrap();
    engine.close().unwrap();
    std::fs::write(world.root.path().join("rules.json"), "{}").unwrap();
    Directory::open(&world.root.path().join("directory.db")).unwrap().keep_document("a", "b").unwrap();
    world
}

fn folder(root: &Path) -> Folder {
    let at = |name: &str| root.join(name);
    Folder {
        journal: at("journal"),
        read_db: at("read.db"),
        directory: at("directory.db"),
        outbox: at("outbox.db"),
        rulebook: at("rules.json"),
    }
}

fn records(world: &World, until: u64) -> Vec<Vec<u8>> {
    let mut reader = Reader::open(Arc::new(RealDisk), &world.journal(), 1).unwrap();
    std::iter::from_fn(|| reader.next(until).unwrap().map(|record| record.payload.to_vec())).collect()
}

fn last(world: &World) -> u64 {
    ledger::journal::last_record(&RealDisk, &world.journal()).unwrap()
}

fn books(cluster: &Cluster) -> PostgresJournal {
    let options = PostgresOptions { database: cluster.database(), shard: PostgresOptions::BOOKS };
    PostgresJournal::open(&options).unwrap().0
}

#[test]
fn a_move_goes_on_where_it_was_interrupted() {
    let Some(cluster) = Cluster::start() else { return };
    let here = told();
    let last = last(&here);
    let all = records(&here, last);
    books(&cluster).append_all(1, &all[..5]).unwrap();
    let mut steps = Vec::new();
    let mut progress = |step, at, of| steps.push((step, at, of));
    assert_eq!(into_database(&folder(here.root.path()), &cluster.database(), &mut progress).unwrap(), last);
    assert_eq!(steps.first(), Some(&(Step::Copy, last, last)));
    assert_eq!(steps.last(), Some(&(Step::Compare, last, last)));
    let found = books(&cluster).read(1).unwrap();
    assert_eq!(found.len(), all.len().min(16));
    // Once more, it is all there.
    assert_eq!(
        into_database(&folder(here.root.path()), &cluster.database(), &mut |_, _, _| ()).unwrap(),
        last
    );

    let there = World::new();
    std::fs::create_dir(there.journal()).unwrap();
    assert_eq!(
        into_folder(&folder(there.root.path()), &cluster.database(), &mut |_, _, _| ()).unwrap(),
        last
    );
    assert_eq!(records(&there, last), all);
    prove(&there.journal(), Arc::new(RealDisk), None).unwrap();
    let directory = Directory::open(&there.root.path().join("directory.db")).unwrap();
    assert_eq!(directory.document("a").unwrap().as_deref(), Some("b"));
    assert_eq!(std::fs::read_to_string(there.root.path().join("rules.json")).unwrap(), "{}");
}

#[test]
fn other_books_are_not_written_over() {
    let Some(cluster) = Cluster::start() else { return };
    let here = told();
    let refused = |world: &World| {
        let moved = into_database(&folder(world.root.path()), &cluster.database(), &mut |_, _, _| ());
        moved.unwrap_err()
    };
    books(&cluster).append_all(1, &[b"of others".to_vec()]).unwrap();
    let told = refused(&here);
    assert!(matches!(&told, MigrateError::OtherBooks(detail) if detail.contains("record 1")), "{told}");
    let many = vec![b"of others".to_vec(); usize::try_from(last(&here)).unwrap()];
    books(&cluster).append_all(2, &many).unwrap();
    let told = refused(&here);
    assert!(matches!(&told, MigrateError::OtherBooks(detail) if detail.contains("they have")), "{told}");
    // Nor a copy by another journal.
    let back = into_folder(&folder(here.root.path()), &cluster.database(), &mut |_, _, _| ());
    assert!(back.is_err());
    assert_eq!(records(&here, last(&here)).len() as u64, last(&here));
}

/// The directory of a server that went on is not set back to what it was when the books were moved.
#[test]
fn what_a_server_did_since_is_not_written_over() {
    let Some(cluster) = Cluster::start() else { return };
    let here = told();
    let into = || into_database(&folder(here.root.path()), &cluster.database(), &mut |_, _, _| ());
    into().unwrap();
    let options = PostgresOptions { database: cluster.database(), shard: PostgresOptions::DIRECTORY };
    let there = tempfile::tempdir().unwrap();
    let open = || Directory::replicate(&there.path().join("directory.db"), &options).unwrap();
    open().keep_document("since", "then").unwrap();
    let refused = into().unwrap_err();
    assert!(matches!(&refused, MigrateError::OtherBooks(detail) if detail.contains("worked")), "{refused}");
    assert_eq!(open().document("since").unwrap().as_deref(), Some("then"));
    // Unless the books were moved away since.
    Facts::connect(&cluster.database()).unwrap().say_moved(Some("home")).unwrap();
    into().unwrap();
    assert_eq!(open().document("since").unwrap(), None);
}

#[test]
fn what_became_another_on_the_way_is_found() {
    let Some(cluster) = Cluster::start() else { return };
    let here = told();
    let all = records(&here, last(&here));
    let mut other = all[..5].to_vec();
    other[2].push(0);
    books(&cluster).append_all(1, &other).unwrap();
    let moved = into_database(&folder(here.root.path()), &cluster.database(), &mut |_, _, _| ());
    assert!(matches!(moved, Err(MigrateError::Different(3))), "{moved:?}");
    // The folder's books are what they were, and the database has no directory, without which nobody serves it.
    prove(&here.journal(), Arc::new(RealDisk), None).unwrap();
    let mut client = Client::connect(&cluster.database(), NoTls).unwrap();
    let images: i64 = client.query_one("SELECT count(*) FROM inkmeter_images", &[]).unwrap().get(0);
    assert_eq!(images, 0);
}
