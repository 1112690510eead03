//! Seeds are played, the same seed is the same history, and faults that are planted are found and made short.

#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use sim::cluster::is_installed;
use sim::run::{STEPS, Seed, one};
use sim::stage::Plant;
use sim::store::{Kind, Place};

/// What must come about in many histories, or they show nothing.
const REACHED: &[&str] = &[
    "is not answered",
    "not opened: ",
    "Moved { repeated: true }",
    "Lot { no: LotNo(0), repeated: true }",
    "repeated true",
    "key_conflict",
    "unknown_hold",
    "not_authorised",
    "in_arrears",
    "frozen",
    "released",
    "package_used_up",
    "Resolved",
    " Hold",
    " Kill",
    " PowerCut",
    " FailSync",
    " FailWrite",
    " Full",
    " SecondOwner",
    " Back",
];

/// Plays seeds, some of them twice.
fn play(kind: Kind, seeds: std::ops::Range<u64>, reached: &[&str]) {
    let place = Place::begin(kind).unwrap();
    let (mut all, mut charges, mut found_done) = (String::new(), 0, 0);
    for number in seeds {
        let played =
            one(number, &place, STEPS, Plant::None).unwrap().unwrap_or_else(|failure| panic!("{failure}"));
        if number % 8 == 0 {
            let seed = Seed::new(number, &place, STEPS);
            let again = seed.play(&place, Plant::None, &seed.all_steps()).unwrap();
            let differs = played.history.iter().zip(&again.history).find(|(one, other)| one != other);
            assert_eq!(differs, None, "seed {number} is not the same twice");
            assert_eq!(played.checksum(), again.checksum());
        }
        (charges, found_done) = (charges + played.charges, found_done + played.found_done);
        all.push_str(&played.history.join("\n"));
    }
    assert!(charges > 100 && found_done > 5, "{charges} charges, {found_done} that nobody was told of");
    let missing: Vec<_> = reached.iter().filter(|word| !all.contains(**word)).collect();
    assert!(missing.is_empty(), "no history has {missing:?}");
}

#[test]
fn two_hundred_seeds_on_the_embedded_journal() {
    play(Kind::Embedded, 0..200, REACHED);
}

#[test]
fn thirty_seeds_in_postgresql() {
    if std::env::var_os("INKMETER_TEST_ALL").is_none() {
        let _ =
            writeln!(std::io::stderr(), "seeds in PostgreSQL were NOT played: INKMETER_TEST_ALL is not set");
        return;
    }
    assert!(is_installed(), "PostgreSQL is not installed (apt install postgresql)");
    play(Kind::Postgres, 0..30, &["takes over from", "CutConnections", "is not answered", " PowerCut"]);
}

#[test]
fn another_seed_is_another_history() {
    let place = Place::begin(Kind::Embedded).unwrap();
    let of = |number| one(number, &place, STEPS, Plant::None).unwrap().unwrap().checksum();
    assert_ne!(of(1), of(2));
}

/// Some seed of the first few finds the planted fault, by this law, and needs few steps for it.
fn finds(plant: Plant, laws: &[&str], most_steps: usize) {
    let place = Place::begin(Kind::Embedded).unwrap();
    for number in 0..200 {
        if let Err(failure) = one(number, &place, STEPS, plant).unwrap() {
            assert!(laws.contains(&failure.found.law), "{plant:?}: {failure}");
            assert!(failure.steps.len() <= most_steps, "{plant:?}: {failure}");
            assert!(failure.to_string().contains(&failure.command), "{failure}");
            // The command repeats it.
            let seed = Seed::new(number, &place, STEPS);
            let again = seed.play(&place, plant, &failure.steps).unwrap();
            assert_eq!(again.history, failure.history);
            assert!(seed.play(&place, Plant::None, &failure.steps).unwrap().found.is_none());
            return;
        }
    }
    panic!("{plant:?} was not found");
}

#[test]
fn answers_before_the_journal_are_found() {
    finds(Plant::EarlyAnswers, &["2xx"], 8);
}

#[test]
fn a_disk_that_lies_about_syncs_is_found() {
    finds(Plant::LyingDisk, &["journal", "2xx", "replay"], 8);
}

#[test]
fn a_message_that_is_taken_twice_is_found() {
    finds(Plant::FreshKeys, &["2xx"], 4);
}

#[test]
fn voids_that_do_not_arrive_are_found() {
    finds(Plant::LostVoids, &["2xx"], 6);
}
