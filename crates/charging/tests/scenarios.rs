//! Scenario scripts: stories in plain text, with everything that must come of them beside them.
//!
//! `scenarios/NAME.txt` says what happens and when; `scenarios/NAME.expected` is the complete account of it: answers,
//! bills, settlements, standing and balances. After a change of the rules, look at the difference and take it over with
//! `BLESS=1 cargo test -p charging --test scenarios`. What must never change by blessing stands in the scripts
//! themselves, as `expect` lines.
#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails its test")]

mod story;

use std::path::{Path, PathBuf};

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    files.sort();
    files
}

fn difference(expected: &str, told: &str) -> String {
    let (mut old, mut new) = (expected.lines(), told.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (old.next(), new.next()) {
            (Some(a), Some(b)) if a == b => {}
            (a, b) => {
                let shown = |line: Option<&str>| line.unwrap_or("(nothing)").to_owned();
                return format!("line {number}\n  expected: {}\n  told:     {}", shown(a), shown(b));
            }
        }
    }
}

#[test]
fn every_story_ends_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let is_blessed = std::env::var_os("BLESS").is_some();
    let scripts = files(&folder, "txt");
    assert!(scripts.len() >= 20, "only {} scripts found", scripts.len());
    let mut wrong = Vec::new();
    for script in &scripts {
        let name = script.file_stem().unwrap().to_string_lossy().into_owned();
        let golden = script.with_extension("expected");
        let told = match story::tell(&std::fs::read_to_string(script).unwrap()) {
            Ok(told) => told,
            Err(why) => {
                wrong.push(format!("{name}.txt: {why}"));
                continue;
            }
        };
        if is_blessed {
            std::fs::write(&golden, &told).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        if expected != told {
            wrong.push(format!("{name}.expected: {}", difference(&expected, &told)));
        }
    }
    for golden in files(&folder, "expected") {
        if !scripts.contains(&golden.with_extension("txt")) {
            wrong.push(format!("{} has no script", golden.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A script that expects something else must fail, or the `expect` lines would show nothing.
#[test]
fn a_wrong_expectation_is_found() {
    let story = |expected: &str| {
        let script = format!(
            "policy intl, tier V0\n\
             2023-04-18 09:00:00  enable passport in cn-north-4\n\
             09:10:00  3 calls of passport in cn-north-4\n\
             10:00:00  expect {expected}\n"
        );
        story::tell(&script).map(drop)
    };
    assert_eq!(story("standing grace"), Ok(()));
    assert_eq!(story("owed 0.15"), Ok(()));
    assert_eq!(
        story("bill 09:00-10:00 passport in cn-north-4: 3 calls, 0.15, used 09:00:00-10:00:00"),
        Ok(())
    );
    for wrong in
        ["standing good", "owed 0.16", "unsettled 0.15", "refused frozen", "settled", "left 1 in lot 1"]
    {
        assert!(story(wrong).is_err(), "{wrong}");
    }
    assert!(story::tell("2023-04-18 09:00:00  dance\n").unwrap_err().contains("line 1"));
}
