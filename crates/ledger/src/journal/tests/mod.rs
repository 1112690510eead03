//! Tests of the journal on a disk that fails.

mod crash;
mod damage;
mod failing;
mod group;

use std::path::Path;
use std::sync::Arc;

use super::contract::{Subject, contract};
use super::faults::FaultDisk;
use super::{Disk, EmbeddedJournal, EmbeddedOptions, Fill, Journal, OpenError, Reader, RealDisk};

const DIR: &str = "data/journal";

/// Small segments, so that a short script uses several; all writes in one order.
const SMALL: EmbeddedOptions = EmbeddedOptions {
    shard: 3,
    epoch: 1,
    first_segment_bytes: 4096,
    segment_bytes: 8192,
    fill: Fill::Inline,
};

fn open(disk: &FaultDisk, options: EmbeddedOptions) -> Result<(EmbeddedJournal, u64), OpenError> {
    EmbeddedJournal::open(Arc::new(disk.clone()), Path::new(DIR), options)
}

fn read(disk: Arc<dyn Disk>, dir: &Path, from: u64, durable: u64) -> Result<Vec<(u64, Vec<u8>)>, OpenError> {
    let mut reader = Reader::open(disk, dir, from)?;
    let mut records = Vec::new();
    while let Some(record) = reader.next(durable)? {
        records.push((record.sequence, record.payload.to_vec()));
    }
    Ok(records)
}

fn read_up_to(disk: &FaultDisk, durable: u64) -> Vec<(u64, Vec<u8>)> {
    read(Arc::new(disk.clone()), Path::new(DIR), 1, durable).expect("an undamaged journal")
}

/// A payload that tells its sequence and size, of a size that wanders over sector borders.
fn payload(sequence: u64) -> Vec<u8> {
    let size = [0, 1, 40, 511, 512, 700, 1500, 64, 3000][sequence as usize % 9];
    (0..size).map(|at| (at as u64 * 7 + sequence * 13 + 1) as u8).collect()
}

/// Keeps the contract's records in a directory, and knows how far they are durable.
struct Embedded<D> {
    disk: D,
    dir: std::path::PathBuf,
    options: EmbeddedOptions,
}

/// A journal that is opened only to learn where it ends must not be open already.
impl<D: Disk + Clone> Embedded<D> {
    fn durable(&self) -> u64 {
        // What is on the disk is durable here: every append of the contract returned.
        let mut reader = Reader::open(Arc::new(self.disk.clone()), &self.dir, 1).expect("a journal");
        let mut durable = 0;
        while let Ok(Some(record)) = reader.next(durable + 1) {
            durable = record.sequence;
        }
        durable
    }
}

impl<D: Disk + Clone> Subject for Embedded<D> {
    fn open(&mut self) -> (Box<dyn Journal>, u64) {
        let (journal, next) =
            EmbeddedJournal::open(Arc::new(self.disk.clone()), &self.dir, self.options).expect("a journal");
        (Box::new(journal), next)
    }

    fn read(&mut self, from: u64) -> Vec<(u64, Vec<u8>)> {
        read(Arc::new(self.disk.clone()), &self.dir, from, self.durable()).expect("an undamaged journal")
    }
}

const MIDDLING: EmbeddedOptions = EmbeddedOptions {
    shard: 0,
    epoch: 4,
    first_segment_bytes: 1_100_000,
    segment_bytes: 1_200_000,
    fill: Fill::Inline,
};

#[test]
fn the_embedded_journal_keeps_the_contract_in_memory() {
    contract(&mut Embedded { disk: FaultDisk::new(), dir: DIR.into(), options: MIDDLING });
}

#[test]
fn the_embedded_journal_keeps_the_contract_on_a_real_disk() {
    for fill in [Fill::Inline, Fill::Background] {
        let dir = tempfile::tempdir().unwrap();
        let options = EmbeddedOptions { fill, ..MIDDLING };
        contract(&mut Embedded { disk: RealDisk, dir: dir.path().join("new/journal"), options });
    }
}

#[test]
fn only_one_can_have_the_journal_open() {
    let dir = tempfile::tempdir().unwrap();
    let open = || EmbeddedJournal::open(Arc::new(RealDisk), dir.path(), SMALL);
    let first = open().unwrap();
    assert!(matches!(open(), Err(OpenError::InUse { .. })));
    drop(first);
    assert!(open().is_ok());
}

#[test]
fn the_journal_of_another_shard_is_refused() {
    let disk = FaultDisk::new();
    drop(open(&disk, SMALL).unwrap());
    let other = open(&disk, EmbeddedOptions { shard: 4, ..SMALL });
    assert!(matches!(other, Err(OpenError::Mismatch { .. })));
}
