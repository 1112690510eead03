//! Damage to what had been durable is never passed over.

use super::*;

/// A journal of 24 records in several segments; returns the first sequence of each.
fn journal(disk: &FaultDisk) -> Vec<u64> {
    let (mut journal, _) = open(disk, SMALL).unwrap();
    for sequence in 1..=24 {
        journal.append(sequence, &payload(sequence)).unwrap();
    }
    let mut names = disk.list(Path::new(DIR)).unwrap();
    names.sort();
    let firsts: Vec<u64> =
        names.iter().filter_map(|name| name.strip_suffix(".segment")?.parse().ok()).collect();
    assert!(firsts.len() >= 3, "{names:?}");
    firsts
}

fn segment(first: u64) -> std::path::PathBuf {
    Path::new(DIR).join(format!("{first:020}.segment"))
}

#[test]
fn a_damaged_record_with_another_behind_it_keeps_the_journal_shut() {
    let disk = FaultDisk::new();
    let last = *journal(&disk).last().unwrap();
    let content = 64; // the first record of the last segment
    assert!(last < 24, "the last segment holds more than one record");
    disk.damage(&segment(last), content + 33, |bytes| bytes[0] ^= 1);
    let Err(OpenError::Corrupt { segment: named, offset, detail }) = open(&disk, SMALL).map(drop) else {
        panic!("it opened");
    };
    assert_eq!((named, offset), (segment(last), content));
    assert!(detail.contains(&format!("record {last} is damaged")), "{detail}");
}

#[test]
fn a_wiped_record_with_another_behind_it_keeps_the_journal_shut() {
    let disk = FaultDisk::new();
    let last = *journal(&disk).last().unwrap();
    disk.damage(&segment(last), 64, |bytes| bytes[..32].fill(0));
    assert!(matches!(open(&disk, SMALL), Err(OpenError::Corrupt { offset: 64, .. })));
}

#[test]
fn damage_in_an_earlier_segment_is_found_by_the_reader() {
    let disk = FaultDisk::new();
    let firsts = journal(&disk);
    for &first in &firsts[..firsts.len() - 1] {
        let disk = FaultDisk::new();
        journal(&disk);
        disk.damage(&segment(first), 64 + 4, |bytes| bytes[0] ^= 0x80);
        let (_journal, next) = open(&disk, SMALL).unwrap();
        let found = read(Arc::new(disk.clone()), Path::new(DIR), 1, next - 1);
        let Err(OpenError::Corrupt { segment: named, offset: 64, .. }) = found else { panic!("{found:?}") };
        assert_eq!(named, segment(first));
    }
}

#[test]
fn a_missing_segment_is_found_by_the_reader() {
    let disk = FaultDisk::new();
    let firsts = journal(&disk);
    disk.remove(&segment(firsts[1])).unwrap();
    let found = read(Arc::new(disk.clone()), Path::new(DIR), 1, 24);
    assert!(matches!(found, Err(OpenError::Corrupt { .. })), "{found:?}");
    disk.remove(&segment(1)).unwrap();
    assert!(matches!(Reader::open(Arc::new(disk), Path::new(DIR), 1), Err(OpenError::Corrupt { .. })));
}

#[test]
fn a_damaged_end_before_an_empty_segment_keeps_the_journal_shut() {
    let disk = FaultDisk::new();
    let firsts = journal(&disk);
    let last = *firsts.last().unwrap();
    // As after a crash right behind the rotation: the last segment is there, without a record.
    disk.damage(&segment(last), 64, |bytes| bytes.fill(0));
    let (journal, next) = open(&disk, SMALL).unwrap();
    assert_eq!(next, last);
    drop(journal);
    let before = firsts[firsts.len() - 2];
    disk.damage(&segment(before), 64, |bytes| bytes.fill(0));
    let found = open(&disk, SMALL).map(drop);
    assert!(
        matches!(&found, Err(OpenError::Corrupt { segment: named, .. }) if *named == segment(before)),
        "{found:?}"
    );
}

#[test]
fn a_damaged_segment_header_keeps_the_journal_shut() {
    let disk = FaultDisk::new();
    let last = *journal(&disk).last().unwrap();
    disk.damage(&segment(last), 3, |bytes| bytes[0] ^= 1);
    assert!(matches!(open(&disk, SMALL), Err(OpenError::Corrupt { offset: 0, .. })));
}

#[test]
fn a_record_inside_a_torn_payload_does_not_pass_for_one() {
    // A payload that holds the bytes of a whole, valid record of this very journal, torn at its own header.
    let disk = FaultDisk::new();
    let (mut journal, _) = open(&disk, SMALL).unwrap();
    journal.append(1, b"first").unwrap();
    let record_end = 64 + 32 + 8;
    let mut first = vec![0; 40];
    disk.open(&segment(1)).unwrap().read_at(&mut first, 64).unwrap();
    journal.append(2, &first.repeat(10)).unwrap();
    drop(journal);
    disk.damage(&segment(1), record_end, |bytes| bytes[..32].fill(0));
    let (journal, next) = open(&disk, SMALL).unwrap();
    assert_eq!(next, 2, "the torn record is cut off");
    assert_eq!(journal.cut_bytes(), 32 + 400 - 3, "the padding of the last copy is zero anyway");
    drop(journal);
    assert_eq!(open(&disk, SMALL).unwrap().0.cut_bytes(), 0, "and nothing is left of it");
}
