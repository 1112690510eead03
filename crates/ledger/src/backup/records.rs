//! Copying a journal's records into another journal: into a backup, and out of it again.
//!
//! Each record is read by its checksum and appended as the engine appends it, so a damaged one is never copied. The
//! copy is synced once, at the end, and counts from then on.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::{BackupError, Progress, sync_dir};
use crate::journal::postgres::{PostgresOptions, Snapshot};
use crate::journal::{
    Disk as _, EmbeddedJournal, EmbeddedOptions, Fill, Journal as _, Reader, RealDisk, UnsyncedDisk,
};

/// A journal that records are read from.
pub(super) trait Records {
    /// Hands the records from one on up to the last over, in order.
    fn hand_over(&mut self, from: u64, last: u64, take: &mut Take<'_>) -> Result<(), BackupError>;
}

/// Takes a record and its number.
pub(super) type Take<'a> = dyn FnMut(u64, &[u8]) -> Result<(), BackupError> + 'a;

/// One in a folder.
pub(super) struct InFolder<'a>(pub &'a Path);

/// That of a shard in a database.
pub(super) struct InDatabase<'a>(pub &'a mut Snapshot, pub u8);

impl Records for InFolder<'_> {
    fn hand_over(&mut self, from: u64, last: u64, take: &mut Take<'_>) -> Result<(), BackupError> {
        let reader = Reader::open(Arc::new(RealDisk), self.0, from);
        let mut reader = reader.map_err(BackupError::Journal)?;
        while let Some(record) = reader.next(last).map_err(BackupError::Journal)? {
            take(record.sequence, record.payload)?;
        }
        Ok(())
    }
}

impl Records for InDatabase<'_> {
    fn hand_over(&mut self, from: u64, last: u64, take: &mut Take<'_>) -> Result<(), BackupError> {
        let InDatabase(snapshot, shard) = self;
        let mut next = from;
        while next <= last {
            let page = snapshot.records((PostgresOptions::BOOKS, *shard), next, last + 1);
            for (sequence, payload) in page.map_err(BackupError::Journal)? {
                take(sequence, &payload)?;
                next = sequence + 1;
            }
        }
        Ok(())
    }
}

/// A journal that is copied.
pub(super) struct Copy<'a> {
    /// The journal.
    pub from: &'a mut dyn Records,
    /// The folder of its copy, which may have a part of it already.
    pub to: &'a Path,
    /// The last record to be copied.
    pub last: u64,
    /// A record that the copy is known to have.
    pub known: u64,
}

impl Copy<'_> {
    /// Copies what the copy does not have yet, and says how many records that were.
    pub fn run(mut self, progress: &mut Progress<'_>) -> Result<u64, BackupError> {
        let options = EmbeddedOptions { fill: Fill::Inline, ..EmbeddedOptions::default() };
        let opened = EmbeddedJournal::open_known(
            Arc::new(UnsyncedDisk(Arc::new(RealDisk))),
            self.to,
            options,
            self.known,
        );
        let to = self.to;
        let unusable = |problem: &dyn std::fmt::Display| BackupError::Copy {
            dir: to.to_owned(),
            problem: problem.to_string(),
        };
        let (mut copy, next) = opened.map_err(|problem| unusable(&problem))?;
        self.check_same(next - 1)?;
        let last = self.last;
        let mut append = |sequence, payload: &[u8]| {
            progress(sequence, last);
            copy.append(sequence, payload).map_err(|problem| unusable(&problem))
        };
        self.from.hand_over(next, last, &mut append)?;
        drop(copy);
        self.sync()?;
        Ok(self.last + 1 - next)
    }

    /// Checks that the copy is one of this journal: what it has last is there too.
    fn check_same(&mut self, has: u64) -> Result<(), BackupError> {
        let to = self.to.parent().unwrap_or(self.to);
        let other = |detail: String| BackupError::OtherBooks { to: to.to_owned(), detail };
        if has > self.last {
            return Err(other(format!("it has record {has}, and the journal ends at record {}", self.last)));
        }
        if has == 0 {
            return Ok(());
        }
        let ours = one(&mut *self.from, has)?;
        let theirs = one(&mut InFolder(self.to), has)
            .map_err(|problem| BackupError::Copy { dir: self.to.to_owned(), problem: problem.to_string() })?;
        if ours == theirs {
            return Ok(());
        }
        Err(other(format!("record {has} is another one there")))
    }

    fn sync(&self) -> Result<(), BackupError> {
        for name in RealDisk.list(self.to).map_err(BackupError::file("look into the folder", self.to))? {
            let path = self.to.join(name);
            let synced = File::open(&path).and_then(|file| file.sync_all());
            synced.map_err(BackupError::file("make the copy durable", &path))?;
        }
        sync_dir(self.to)
    }
}

/// A single record.
fn one(journal: &mut dyn Records, sequence: u64) -> Result<Vec<u8>, BackupError> {
    let mut found = Vec::new();
    let mut keep = |_, payload: &[u8]| {
        found.extend_from_slice(payload);
        Ok(())
    };
    journal.hand_over(sequence, sequence, &mut keep)?;
    Ok(found)
}
