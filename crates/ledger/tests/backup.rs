//! What is backed up can be brought back, as of each point; what does not belong to it is refused.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/story.rs"]
mod story;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use charging::*;
use common::*;
use ledger::Engine;
use ledger::backup::{self, BackupError, Made, Source, points, restore};
use ledger::directory::Directory;
use ledger::journal::{OpenError, RealDisk};
use ledger::outbox::Outbox;
use story::{play, prove};

/// A data folder with everything that is backed up, and a backup folder beside it.
struct Books {
    world: World,
    backup: PathBuf,
    made: i64,
}

impl Books {
    fn new() -> Books {
        let world = World::new();
        let root = world.root.path();
        drop(Directory::open(&root.join("directory.db")).unwrap());
        drop(Outbox::open(&root.join("outbox.db")).unwrap());
        std::fs::write(root.join("rules.json"), "{}").unwrap();
        Books { backup: root.join("backup"), world, made: 0 }
    }

    fn source(&self) -> Source {
        let root = self.world.root.path();
        Source {
            journal: self.world.journal(),
            outbox: root.join("outbox.db"),
            directory: root.join("directory.db"),
            files: vec![("rules.json", root.join("rules.json")), ("clock", root.join("clock"))],
        }
    }

    /// The instant of the next backup: a second after the one before.
    fn next(&mut self) -> Timestamp {
        self.made += 1000;
        nine().plus_ms(self.made)
    }

    fn back_up(&mut self, durable: Option<u64>) -> Result<Made, BackupError> {
        let made_at = self.next();
        backup::back_up(&self.source(), &self.backup, made_at, || durable, &mut |_, _| {})
    }

    fn restored(&self, made: &Made) -> Result<PathBuf, BackupError> {
        let to = self.world.root.path().join(format!("restored-{}", made.point.name));
        restore(&self.backup, &made.point, &to, &mut |_, _| {}).map(|()| to)
    }
}

fn state_in(folder: &Path, now: Timestamp) -> Vec<Vec<u8>> {
    let (engine, _) = Engine::open(ledger::EngineOptions::new(folder.join("journal")), rules()).unwrap();
    state_of(&engine, now)
}

#[test]
fn every_point_is_the_books_as_they_were() {
    let mut books = Books::new();
    let engine = books.world.engine();
    let account = open_account(&engine, 1, nine());
    subscribe(&engine, account, nine());
    let (mut made, mut states) = (Vec::new(), Vec::new());
    for step in 1..=4_u128 {
        top_up(&engine, account, "10", nine());
        for id in 0..50 {
            call(&engine, account, step * 1000 + id, nine());
        }
        states.push(state_of(&engine, nine()));
        let point = books.back_up(Some(engine.durable_sequence())).unwrap();
        assert_eq!(point.point.last_record, engine.durable_sequence());
        made.push(point);
    }
    let copied: u64 = made.iter().map(|made| made.new_records).sum();
    assert_eq!(copied, engine.durable_sequence(), "every record was copied once");
    assert_eq!(
        points(&books.backup).unwrap(),
        made.iter().map(|made| made.point.clone()).collect::<Vec<_>>()
    );
    drop(engine);
    for (made, state) in made.iter().zip(&states) {
        let folder = books.restored(made).unwrap();
        prove(&folder.join("journal"), Arc::new(RealDisk), None).unwrap();
        assert!(state_in(&folder, nine()) == *state, "{}", made.point.name);
        drop(Directory::open(&folder.join("directory.db")).unwrap());
        drop(Outbox::open(&folder.join("outbox.db")).unwrap());
        assert!(folder.join("rules.json").exists() && !folder.join("clock").exists());
    }
    // Without a server nobody says how far the journal is durable: all of it is.
    let last = books.back_up(None).unwrap();
    assert_eq!((last.new_records, last.point.last_record), (0, made[3].point.last_record));
    let removed = backup::keep_latest(&books.backup, 2).unwrap();
    assert_eq!(removed.len(), 3);
    assert_eq!(points(&books.backup).unwrap(), [made[3].point.clone(), last.point.clone()]);
    assert!(state_in(&books.restored(&last).unwrap(), nine()) == states[3]);
}

#[test]
fn points_made_beside_callers_are_whole() {
    let mut books = Books::new();
    let engine = books.world.engine();
    let account = open_account(&engine, 1, nine());
    subscribe(&engine, account, nine());
    top_up(&engine, account, "100000", nine());
    let (stop, backup, source) = (AtomicBool::new(false), books.backup.clone(), books.source());
    let (mut made, first) = (Vec::new(), books.next());
    std::thread::scope(|scope| {
        for caller in 0..3_u128 {
            let (engine, stop) = (&engine, &stop);
            scope.spawn(move || {
                for id in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    call(engine, account, (caller + 1) << 64 | id, nine());
                }
            });
        }
        for step in 0..8 {
            let acknowledged = engine.durable_sequence();
            let durable = || Some(engine.durable_sequence());
            let made_at = first.plus_ms(step);
            let point = backup::back_up(&source, &backup, made_at, durable, &mut |_, _| {}).unwrap();
            assert!(point.point.last_record >= acknowledged);
            made.push(point);
        }
        stop.store(true, Ordering::Relaxed);
    });
    for made in &made {
        let folder = books.restored(made).unwrap();
        prove(&folder.join("journal"), Arc::new(RealDisk), None).unwrap();
    }
}

#[test]
fn other_books_do_not_get_into_a_backup() {
    let mut books = Books::new();
    let engine = books.world.engine();
    let account = open_account(&engine, 1, nine());
    let first = books.back_up(Some(engine.durable_sequence())).unwrap();
    top_up(&engine, account, "1", nine());
    top_up(&engine, account, "2", nine());
    books.back_up(Some(engine.durable_sequence())).unwrap();
    let last = engine.durable_sequence();
    drop(engine);

    // Restored as they were before, they go on in another way.
    let folder = books.restored(&first).unwrap();
    let other = |dir: &Path| Source { journal: dir.join("journal"), ..books.source() };
    let refused = |source: &Source, at: i64| {
        let at = nine().plus_ms(at);
        backup::back_up(source, &books.backup, at, || None, &mut |_, _| {}).unwrap_err()
    };
    let shorter = refused(&other(&folder), 60_000);
    assert!(matches!(shorter, BackupError::OtherBooks { .. }), "{shorter}");
    let (engine, _) = open_on(&folder.join("journal"), Arc::new(RealDisk)).unwrap();
    while engine.durable_sequence() < last {
        top_up(&engine, account, "7", nine());
    }
    drop(engine);
    let different = refused(&other(&folder), 61_000);
    assert!(matches!(different, BackupError::OtherBooks { .. }), "{different}");
    assert_eq!(points(&books.backup).unwrap().len(), 2);
    // What was refused is no hindrance to the right ones.
    books.back_up(None).unwrap();
    assert_eq!(points(&books.backup).unwrap().len(), 3);

    let foreign = books.world.root.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("holiday.jpg"), "").unwrap();
    let made = backup::back_up(&books.source(), &foreign, nine(), || None, &mut |_, _| {});
    assert!(matches!(made, Err(BackupError::NoBackupFolder(_))));
    assert_eq!(std::fs::read_dir(&foreign).unwrap().count(), 1);
}

#[test]
fn two_backups_at_once_do_not_meet_and_strange_folders_are_passed_over() {
    let mut books = Books::new();
    let engine = books.world.engine();
    let account = open_account(&engine, 1, nine());
    let first = books.back_up(Some(engine.durable_sequence())).unwrap();
    let (source, to) = (books.source(), books.backup.clone());
    let second = backup::back_up(
        &source,
        &to,
        nine().plus_ms(5_000),
        || {
            // While it copies, another one comes.
            let other = backup::back_up(&source, &to, nine().plus_ms(6_000), || None, &mut |_, _| {});
            assert!(matches!(other, Err(BackupError::Busy(_))), "{other:?}");
            assert!(matches!(backup::keep_latest(&to, 1), Err(BackupError::Busy(_))));
            Some(engine.durable_sequence())
        },
        &mut |_, _| {},
    );
    let second = second.unwrap();
    for strange in [".DS_Store", "20200101T000000.000Z"] {
        std::fs::create_dir(to.join("points").join(strange)).unwrap();
    }
    std::fs::write(to.join("points/20200101T000000.000Z/point.json"), "{").unwrap();
    assert_eq!(points(&to).unwrap(), [first.point, second.point.clone()]);
    // The clock was put back: the newest point is still the one with the most records.
    top_up(&engine, account, "1", nine());
    let durable = Some(engine.durable_sequence());
    let newest = backup::back_up(&source, &to, nine().plus_ms(-60_000), || durable, &mut |_, _| {}).unwrap();
    assert_eq!(backup::keep_latest(&to, 1).unwrap().len(), 2);
    assert_eq!(points(&to).unwrap(), [newest.point]);
}

#[test]
fn a_journal_in_use_is_not_copied_without_its_word() {
    let mut books = Books::new();
    let engine = books.world.engine();
    open_account(&engine, 1, nine());
    let refused = books.back_up(None).unwrap_err();
    assert!(matches!(refused, BackupError::Journal(OpenError::InUse { .. })), "{refused}");
    drop(engine);
    assert!(points(&books.backup).unwrap().is_empty());
    books.back_up(None).unwrap();
    assert_eq!(points(&books.backup).unwrap().len(), 1);
}

#[test]
fn an_interrupted_backup_is_gone_on_with() {
    let mut books = Books::new();
    let engine = books.world.engine();
    play(&engine);
    let durable = Some(engine.durable_sequence());
    // The journal is copied, and then the directory cannot be.
    let directory = books.world.root.path().join("directory.db");
    let away = books.world.root.path().join("away");
    std::fs::rename(&directory, &away).unwrap();
    std::fs::write(&directory, "not a database, and long enough to be taken for a header of one").unwrap();
    let refused = books.back_up(durable).unwrap_err();
    assert!(matches!(refused, BackupError::Tables { .. }), "{refused}");
    assert!(points(&books.backup).unwrap().is_empty());
    std::fs::remove_file(&directory).unwrap();
    std::fs::rename(&away, &directory).unwrap();
    let made = books.back_up(durable).unwrap();
    assert_eq!((made.new_records, Some(made.point.last_record)), (0, durable));
    let left = std::fs::read_dir(books.backup.join("points")).unwrap().count();
    assert_eq!(left, 1, "what was not finished is removed");
    let now = nine().plus_ms(HOUR_MS * 24 * 42);
    let state = state_of(&engine, now);
    drop(engine);
    assert!(state_in(&books.restored(&made).unwrap(), now) == state);
}

#[test]
fn what_is_damaged_is_not_restored() {
    let mut books = Books::new();
    let engine = books.world.engine();
    play(&engine);
    let made = books.back_up(Some(engine.durable_sequence())).unwrap();
    drop(engine);
    let point = books.backup.join("points").join(&made.point.name);
    let segment = books.backup.join("journal/00000000000000000001.segment");
    for (file, offset) in [(point.join("directory.db"), 100), (point.join("rules.json"), 1), (segment, 600)] {
        let whole = std::fs::read(&file).unwrap();
        let mut bytes = whole.clone();
        bytes[offset] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        let refused = books.restored(&made).unwrap_err();
        assert!(!matches!(refused, BackupError::NotEmpty { .. }), "{refused}");
        std::fs::write(&file, whole).unwrap();
        let names = std::fs::read_dir(books.world.root.path()).unwrap();
        let named = names.filter(|entry| {
            let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
            name.starts_with("restored-") && !name.ends_with(".unfinished")
        });
        assert_eq!(named.count(), 0, "nothing half is there under its name");
    }
    let folder = books.restored(&made).unwrap();
    let again = restore(&books.backup, &made.point, &folder, &mut |_, _| {}).unwrap_err();
    assert!(matches!(again, BackupError::NotEmpty { .. }), "{again}");
    let empty = books.world.root.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    restore(&books.backup, &made.point, &empty, &mut |_, _| {}).unwrap();
    prove(&empty.join("journal"), Arc::new(RealDisk), None).unwrap();
    let none = points(books.world.root.path()).unwrap_err();
    assert!(matches!(none, BackupError::NoPoint { .. }), "{none}");
}
