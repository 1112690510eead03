//! Syncs that fail, disks that are full, writes that are short.

use super::*;
use crate::journal::AppendError;

#[test]
fn a_failed_sync_stops_the_journal_for_good() {
    let disk = FaultDisk::new();
    let (mut journal, _) = open(&disk, SMALL).unwrap();
    journal.append(1, &payload(1)).unwrap();
    disk.fail_sync_after(0);
    assert!(matches!(journal.append(2, &payload(2)), Err(AppendError::Disk { .. })));
    let operations = disk.operations();
    for sequence in [2, 3] {
        assert!(matches!(journal.append(sequence, b"again"), Err(AppendError::Poisoned)));
    }
    assert_eq!(disk.operations(), operations, "neither written nor synced again");
}

#[test]
fn what_a_failed_sync_left_in_the_cache_is_written_again_before_it_is_trusted() {
    for failing in 1..=9 {
        for seed in 0..20 {
            let disk = FaultDisk::new();
            let (mut journal, _) = open(&disk, SMALL).unwrap();
            for sequence in 1..failing {
                journal.append(sequence, &payload(sequence)).unwrap();
            }
            disk.fail_sync_after(0);
            if journal.append(failing, &payload(failing)).is_ok() {
                continue;
            }
            // The process ends, the machine goes on: the record is still in the cache and looks durable.
            disk.kill();
            let (journal, next) = open(&disk, SMALL).unwrap();
            assert!(next >= failing, "acknowledged records are there");
            drop(journal);
            disk.crash(seed);
            let (_journal, again) = open(&disk, SMALL).unwrap();
            assert_eq!(again, next, "what opening once said was durable stays so");
            assert_eq!(
                read_up_to(&disk, next - 1),
                (1..next).map(|sequence| (sequence, payload(sequence))).collect::<Vec<_>>()
            );
        }
    }
}

#[test]
fn a_failed_write_at_every_place_stops_it_and_loses_nothing() {
    for skip in 0..40 {
        let disk = FaultDisk::new();
        let (mut journal, _) = open(&disk, SMALL).unwrap();
        disk.fail_write_after(skip);
        let failed = (1..60).find(|&sequence| journal.append(sequence, &payload(sequence)).is_err());
        let failed = failed.expect("one of the writes fails");
        assert!(matches!(journal.append(failed, b""), Err(AppendError::Poisoned)));
        drop(journal);
        disk.crash(skip);
        let (_journal, next) = open(&disk, SMALL).unwrap();
        assert_eq!(next, failed, "a write that failed leaves no whole record");
    }
}

#[test]
fn a_full_disk_stops_the_journal_and_space_brings_it_back() {
    for room in (0..40_000).step_by(1_111) {
        let disk = FaultDisk::new();
        disk.leave_room(Some(room));
        let mut acknowledged = 0;
        if let Ok((mut journal, _)) = open(&disk, SMALL) {
            while journal.append(acknowledged + 1, &payload(acknowledged + 1)).is_ok() {
                acknowledged += 1;
            }
        }
        assert!(acknowledged > 0 || room < 4096, "{room} bytes hold the first segment");
        disk.kill();
        disk.leave_room(None);
        let (mut journal, next) = open(&disk, SMALL).unwrap();
        assert_eq!(next, acknowledged + 1);
        journal.append(next, &payload(next)).unwrap();
        let expected: Vec<_> = (1..=next).map(|sequence| (sequence, payload(sequence))).collect();
        assert_eq!(read_up_to(&disk, next), expected);
    }
}

#[test]
fn short_writes_are_continued() {
    let disk = FaultDisk::new();
    disk.limit_writes(100);
    let (mut journal, _) = open(&disk, SMALL).unwrap();
    for sequence in 1..=20 {
        journal.append(sequence, &payload(sequence)).unwrap();
    }
    disk.crash(5);
    let expected: Vec<_> = (1..=20).map(|sequence| (sequence, payload(sequence))).collect();
    assert_eq!(read_up_to(&disk, 20), expected);
}

#[test]
fn a_record_too_large_for_a_segment_is_refused() {
    let disk = FaultDisk::new();
    let (mut journal, _) = open(&disk, SMALL).unwrap();
    let limit = journal.payload_limit_bytes();
    journal.append(1, b"before").unwrap();
    journal.append(2, &vec![7; limit]).unwrap();
    assert!(matches!(journal.append(3, &vec![7; limit + 1]), Err(AppendError::TooLarge { .. })));
}
