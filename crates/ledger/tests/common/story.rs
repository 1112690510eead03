//! A short history with everything in it, and a look at what a journal holds.
#![allow(dead_code)]

use std::path::Path;
use std::sync::Arc;

use charging::*;
use ledger::entry::{self, AccountNo};
use ledger::journal::{Disk, EmbeddedJournal, Entries, GroupCommit, GroupCommitOptions, Reader, last_record};
use ledger::read::ReadModel;
use ledger::verify::{Difference, Report, VerifyOptions, verify};
use ledger::{Engine, snapshot};

use crate::common::*;

pub const PAYER: u128 = 0xa;
pub const DEBTOR: u128 = 0xb;

/// Two customers. One buys, uses a package up, falls through to pay-per-use, owes, pays and goes on; the other
/// never pays, is frozen and released. A snapshot is taken on the way and one at the end.
pub fn play(engine: &Engine) {
    let hour = |hours: i64| nine().plus_ms(hours * HOUR_MS);
    let (payer, debtor) = (open_account(engine, PAYER, nine()), open_account(engine, DEBTOR, nine()));
    let service = (&api(), &region());
    top_up(engine, payer, "0.60", nine());
    subscribe(engine, payer, nine());
    subscribe(engine, debtor, nine());
    buy(engine, payer, 10, nine());
    let trial = NewLot {
        api: api(),
        region: name("cn-east-3"),
        source: Source::Free,
        units: 5,
        effective_at: hour(3),
        expires_at: hour(48),
        enterprise_project: None,
        price: Money::ZERO,
    };
    done(engine.grant_lot(payer, trial, Some(Key(ChargeId(77))), nine()).unwrap());
    for id in 1..=20 {
        call(engine, payer, id, nine().plus_ms(id as i64 * 1000));
    }
    for id in 101..=103 {
        call(engine, debtor, id, nine().plus_ms(id as i64 * 1000));
    }
    engine.tick(hour(1)).wait().unwrap();
    snapshot::take(&engine.disk(), engine.dir(), engine.durable_sequence()).unwrap();
    let key = Some(Key(ChargeId(88)));
    done(engine.top_up(payer, money("5"), key, hour(2)).unwrap());
    engine.change_tier(payer, Tier::V3, hour(2)).unwrap().wait().unwrap();
    for id in 21..=100 {
        call(engine, payer, id, hour(4).plus_ms(id as i64));
    }
    engine.tick(hour(24 * 40)).wait().unwrap();
    done(engine.unsubscribe(payer, service, hour(24 * 41)).unwrap());
    snapshot::take(&engine.disk(), engine.dir(), engine.durable_sequence()).unwrap();
}

/// Verifies a journal on some disk to its end.
pub fn prove(dir: &Path, disk: Arc<dyn Disk>, read_db: Option<&Path>) -> Result<Report, Difference> {
    prove_by(rules(), dir, disk, read_db)
}

/// The same by other rules.
pub fn prove_by(
    rules: Arc<ledger::Rules>,
    dir: &Path,
    disk: Arc<dyn Disk>,
    read_db: Option<&Path>,
) -> Result<Report, Difference> {
    verify(VerifyOptions {
        dir: dir.into(),
        disk,
        rules,
        read_db: read_db.map(Into::into),
        directory: None,
        durable: None,
        progress: None,
    })
}

/// One command's events.
pub type Entry = (AccountNo, Vec<Recorded>);

/// All entries of a journal, in order.
pub fn entries(dir: &Path, disk: Arc<dyn Disk>) -> Vec<Entry> {
    let last = last_record(&*disk, dir).unwrap();
    let mut reader = Reader::open(disk, dir, 1).unwrap();
    let mut entries = Vec::new();
    while let Some(record) = reader.next(last).unwrap() {
        for bytes in Entries::new(record.payload) {
            entries.push(entry::decode(bytes.unwrap()).unwrap());
        }
    }
    entries
}

/// Writes a journal of these entries, each a record of its own, with right checksums.
pub fn forge(dir: &Path, disk: Arc<dyn Disk>, entries: &[Entry]) {
    let options = options(dir, Arc::clone(&disk));
    let (journal, next) = EmbeddedJournal::open(disk, dir, options.journal).unwrap();
    let journal = GroupCommit::start(journal, next, GroupCommitOptions::default()).unwrap();
    for (no, events) in entries {
        let mut bytes = Vec::new();
        entry::encode(*no, events, &mut bytes);
        journal.append(&bytes).wait().unwrap();
    }
    journal.close().unwrap();
}

/// Ids of all charges, in order.
pub fn charge_ids(entries: &[Entry]) -> Vec<u128> {
    let events = entries.iter().flat_map(|(_, events)| events);
    let id = |recorded: &Recorded| match &recorded.event {
        Event::Charged { charge, .. } => Some(charge.0),
        _ => None,
    };
    events.filter_map(id).collect()
}

/// A world in which the story was played, closed cleanly.
pub fn told() -> World {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    play(&engine);
    read.catch_up().unwrap();
    read.close();
    engine.close().unwrap();
    world
}

/// The first event of a kind: its entry, and its place there.
pub fn find(entries: &[Entry], is: impl Fn(&Event) -> bool) -> (usize, usize) {
    let position = |(_, events): &Entry| events.iter().position(|recorded| is(&recorded.event));
    let found = entries.iter().enumerate().find_map(|(index, entry)| Some((index, position(entry)?)));
    found.expect("the story has such an event")
}

/// Changes the first event of a kind.
pub fn bend(entries: &mut [Entry], is: impl Fn(&Event) -> bool, change: impl FnOnce(&mut Recorded)) {
    let (entry, event) = find(entries, is);
    change(&mut entries[entry].1[event]);
}

/// Takes the first event of a kind away.
pub fn remove(entries: &mut Vec<Entry>, is: impl Fn(&Event) -> bool) {
    let (entry, event) = find(entries, is);
    entries[entry].1.remove(event);
    entries.retain(|(_, events)| !events.is_empty());
}
