//! The power goes at every single operation of a script.

use super::*;

const RECORDS: u64 = 20;

/// Appends records until one fails; returns the last acknowledged and the last attempted.
fn play(disk: &FaultDisk, from: u64) -> (u64, u64) {
    let Ok((mut journal, next)) = open(disk, SMALL) else { return (from, from) };
    let mut acknowledged = from;
    for sequence in next..next + RECORDS {
        if journal.append(sequence, &payload(sequence)).is_err() {
            return (acknowledged, sequence);
        }
        acknowledged = sequence;
    }
    (acknowledged, acknowledged)
}

/// Opens after a crash: everything acknowledged is there, nothing but what was attempted, whole and in order.
fn check(disk: &FaultDisk, (acknowledged, attempted): (u64, u64), case: &str) -> u64 {
    let (journal, next) = open(disk, SMALL).unwrap_or_else(|error| panic!("{case}: {error}"));
    let recovered = next - 1;
    assert!(recovered >= acknowledged, "{case}: {acknowledged} were acknowledged, {recovered} recovered");
    assert!(recovered <= attempted, "{case}: {attempted} were attempted, {recovered} recovered");
    let expected: Vec<_> = (1..=recovered).map(|sequence| (sequence, payload(sequence))).collect();
    assert_eq!(read_up_to(disk, recovered), expected, "{case}");
    drop(journal);
    recovered
}

fn operations_of_the_script() -> u64 {
    let disk = FaultDisk::new();
    assert_eq!(play(&disk, 0), (RECORDS, RECORDS));
    disk.operations()
}

#[test]
fn no_acknowledged_record_is_lost_wherever_the_power_goes() {
    let operations = operations_of_the_script();
    assert!(operations > 2 * RECORDS, "each record is written and synced");
    for cut in 0..operations {
        for seed in 0..24 {
            let disk = FaultDisk::new();
            disk.cut_power_at(cut);
            let outcome = play(&disk, 0);
            disk.crash(seed);
            let recovered = check(&disk, outcome, &format!("cut at {cut}, seed {seed}"));

            // And it goes on from there.
            let outcome = play(&disk, recovered);
            assert_eq!(outcome.0, recovered + RECORDS);
            disk.crash(seed);
            check(&disk, outcome, &format!("cut at {cut}, seed {seed}, second life"));
        }
    }
}

#[test]
fn no_acknowledged_record_is_lost_when_the_power_goes_during_recovery_too() {
    let operations = operations_of_the_script();
    for cut in 0..operations {
        for second in 0.. {
            let seed = cut * 31 + second;
            let disk = FaultDisk::new();
            disk.cut_power_at(cut);
            let outcome = play(&disk, 0);
            disk.crash(seed);
            let before = disk.operations();
            disk.cut_power_at(before + second);
            let opened = open(&disk, SMALL).map(|(_, next)| next - 1);
            disk.crash(seed + 1);
            let case = format!("cut at {cut}, in recovery at {second}");
            // What an opened journal said was durable stays so.
            let least = opened.as_ref().map_or(outcome.0, |&recovered| recovered);
            check(&disk, (least, outcome.1), &case);
            if opened.is_ok() {
                break; // the recovery was over before the cut
            }
        }
    }
}

#[test]
fn what_a_killed_process_left_in_the_cache_is_durable_once_opened() {
    for seed in 0..50 {
        let disk = FaultDisk::new();
        let (mut journal, _) = open(&disk, SMALL).unwrap();
        journal.append(1, &payload(1)).unwrap();
        // The second record is written; the process dies before its sync.
        disk.cut_power_at(disk.operations() + 1);
        assert!(journal.append(2, &payload(2)).is_err());
        disk.kill();
        disk.cut_power_at(u64::MAX);
        let (_journal, next) = open(&disk, SMALL).unwrap();
        assert_eq!(next, 3, "it was in the cache");
        disk.crash(seed);
        check(&disk, (2, 2), &format!("seed {seed}"));
    }
}
