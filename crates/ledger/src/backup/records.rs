//! Copying a journal's records into another journal: into a backup, and out of it again.
//!
//! Each record is read by its checksum and appended as the engine appends it, so a damaged one is never copied. The
//! copy is synced once, at the end, and counts from then on.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{BackupError, Progress, sync_dir};
use crate::journal::{
    Disk, DiskFile, DiskLock, EmbeddedJournal, EmbeddedOptions, Fill, Journal as _, OpenError, Reader,
    RealDisk,
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
        let opened = EmbeddedJournal::open_known(Arc::new(Unsynced), self.to, options, self.known);
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

/// The machine's disk, whose syncs are left for later: nothing counts yet of what is written.
struct Unsynced;

struct UnsyncedFile(Box<dyn DiskFile>);

impl Disk for Unsynced {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        RealDisk.create_dir(dir)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(dir)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(UnsyncedFile(RealDisk.create(path)?)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(UnsyncedFile(RealDisk.open(path)?)))
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.open_read(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<DiskLock>> {
        RealDisk.lock(path)
    }
}

impl DiskFile for UnsyncedFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.0.write_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn set_len(&self, size_bytes: u64) -> io::Result<()> {
        self.0.set_len(size_bytes)
    }
}
