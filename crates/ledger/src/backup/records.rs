//! Copying a journal's records into another journal: into a backup, and out of it again.
//!
//! Each record is read by its checksum and appended as the engine appends it, so a damaged one is never copied. The
//! copy is synced once, at the end, and counts from then on.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::{BackupError, Progress, sync_dir};
use crate::journal::{
    Disk as _, EmbeddedJournal, EmbeddedOptions, Fill, Journal as _, OpenError, Reader, RealDisk,
    UnsyncedDisk,
};

/// A journal that is copied.
pub(super) struct Copy<'a> {
    /// The journal's folder.
    pub from: &'a Path,
    /// That of its copy, which may have a part of it already.
    pub to: &'a Path,
    /// The last record to be copied.
    pub last: u64,
    /// A record that the copy is known to have.
    pub known: u64,
}

impl Copy<'_> {
    /// Copies what the copy does not have yet, and says how many records that were.
    pub fn run(&self, progress: &mut Progress<'_>) -> Result<u64, BackupError> {
        let options = EmbeddedOptions { fill: Fill::Inline, ..EmbeddedOptions::default() };
        let opened = EmbeddedJournal::open_known(
            Arc::new(UnsyncedDisk(Arc::new(RealDisk))),
            self.to,
            options,
            self.known,
        );
        let (mut copy, next) = opened.map_err(|problem| self.unusable(&problem))?;
        self.check_same(next - 1)?;
        let mut reader = reader(self.from, next).map_err(BackupError::Journal)?;
        while let Some(record) = reader.next(self.last).map_err(BackupError::Journal)? {
            progress(record.sequence, self.last);
            copy.append(record.sequence, record.payload).map_err(|problem| self.unusable(&problem))?;
        }
        drop(copy);
        self.sync()?;
        Ok(self.last + 1 - next)
    }

    /// Checks that the copy is one of this journal: what it has last is there too.
    fn check_same(&self, has: u64) -> Result<(), BackupError> {
        let to = self.to.parent().unwrap_or(self.to);
        let other = |detail: String| BackupError::OtherBooks { to: to.to_owned(), detail };
        if has > self.last {
            return Err(other(format!("it has record {has}, and the journal ends at record {}", self.last)));
        }
        if has == 0 {
            return Ok(());
        }
        let mut ours = reader(self.from, has).map_err(BackupError::Journal)?;
        let mut theirs = reader(self.to, has).map_err(|problem| self.unusable(&problem))?;
        let ours = ours.next(has).map_err(BackupError::Journal)?;
        let theirs = theirs.next(has).map_err(|problem| self.unusable(&problem))?;
        if ours.map(|record| record.payload) == theirs.map(|record| record.payload) {
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

    fn unusable(&self, problem: &dyn std::fmt::Display) -> BackupError {
        BackupError::Copy { dir: self.to.to_owned(), problem: problem.to_string() }
    }
}

fn reader(dir: &Path, sequence: u64) -> Result<Reader, OpenError> {
    Reader::open(Arc::new(RealDisk), dir, sequence)
}
