//! Group commit on the embedded journal, with nothing to decide: what is left of the raw limit.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use ledger::journal::{
    EmbeddedJournal, EmbeddedOptions, Entries, GroupCommit, GroupCommitOptions, Reader, RealDisk,
};
use parking_lot::Mutex;

use super::drive::{Driven, drive};

/// Appends 64-byte entries from so many callers, each under a common lock as a shard's decisions are,
/// to a new journal under `dir`, and reads them all back at the end.
///
/// # Errors
///
/// If the journal fails, or what it holds is not what was acknowledged.
pub fn group_commit(dir: &Path, callers: usize, length: Duration) -> Result<Driven> {
    let disk = Arc::new(RealDisk);
    let dir = tempfile::tempdir_in(dir)?;
    let (journal, next) = EmbeddedJournal::open(disk.clone(), dir.path(), EmbeddedOptions::default())?;
    let group = Arc::new(GroupCommit::start(journal, next, GroupCommitOptions::default())?);
    let shard = Arc::new(Mutex::new(0_u64));
    let driven = drive(callers, length, {
        let group = Arc::clone(&group);
        move |_, _| {
            let (group, shard) = (Arc::clone(&group), Arc::clone(&shard));
            async move {
                let ticket = {
                    let mut decided = shard.lock();
                    *decided += 1;
                    let mut entry = [0; 64];
                    entry[..8].copy_from_slice(&decided.to_le_bytes());
                    group.append(&entry)
                };
                Ok(ticket.await?)
            }
        }
    })?;
    group.close()?;
    let durable = group.durable_sequence();
    let mut reader = Reader::open(disk, dir.path(), 1)?;
    let mut expected = 0_u64;
    while let Some(record) = reader.next(durable)? {
        for entry in Entries::new(record.payload) {
            expected += 1;
            ensure!(entry?.starts_with(&expected.to_le_bytes()), "entry {expected} is out of order");
        }
    }
    ensure!(
        expected == driven.calls_total,
        "{} appends were acknowledged, {expected} read back",
        driven.calls_total
    );
    Ok(driven)
}
