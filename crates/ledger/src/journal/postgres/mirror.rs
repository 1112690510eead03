//! A journal in PostgreSQL with a copy of its records in a folder, from which everything is read that follows the journal.
//!
//! A record counts when the database has it; then it is copied. So the copy has nothing that the database does not, and
//! what it is behind after a crash is fetched when it is opened. It can be thrown away, so its records are not synced: a
//! segment is, once it is full. So a power cut leaves holes in the last two segments at most, and those are looked at when
//! the copy is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{PostgresJournal, Shard};
use crate::journal::disk::UnsyncedDisk;
use crate::journal::segment;
use crate::journal::{AppendError, Disk, EmbeddedJournal, EmbeddedOptions, Journal, OpenError, Reader};

/// The journal and its copy.
pub struct Mirrored {
    journal: PostgresJournal,
    copy: Copy,
}

/// The copy, which is written without syncs, and the disk that can sync.
struct Copy {
    journal: EmbeddedJournal,
    disk: Arc<dyn Disk>,
    dir: PathBuf,
}

impl Mirrored {
    /// Becomes the owner, brings the copy in `dir` up to date and gives both with the record that comes next. `known` is
    /// a record that was durable. If the copy is in use or of another journal, or the database ends before that record,
    /// the owner there is stays the owner. `progress` is told which record was copied, of how many.
    ///
    /// # Errors
    /// [`OpenError`]; the copy or the database cannot be read.
    pub fn open(
        mut store: Shard,
        disk: &Arc<dyn Disk>,
        dir: &Path,
        (options, known): (EmbeddedOptions, u64),
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Mirrored, u64), OpenError> {
        let unsynced: Arc<dyn Disk> = Arc::new(UnsyncedDisk(Arc::clone(disk)));
        let (copy, mut next) = EmbeddedJournal::open(unsynced, dir, options)?;
        segment::check_last_but_one(&**disk, dir)?;
        let mut copy = Copy { journal: copy, disk: Arc::clone(disk), dir: dir.to_owned() };
        let end = store.next_sequence()?;
        if known >= end {
            return Err(OpenError::Short { dir: dir.to_owned(), last: end - 1, known });
        }
        check_same(&mut store, disk, dir, (next - 1, end))?;
        // What is read before that may be lost with a database that has not told its standbys yet.
        let (mut journal, end) = store.own()?;
        while next < end {
            for (sequence, payload) in journal.read(next)? {
                copy.append(sequence, &payload).map_err(|problem| OpenError::Store {
                    doing: "copy records into the folder",
                    problem: problem.to_string(),
                })?;
                next = sequence + 1;
            }
            progress(next - 1, end - 1);
        }
        Ok((Mirrored { journal, copy }, next))
    }

    /// The journal in the database.
    pub fn journal(&mut self) -> &mut PostgresJournal {
        &mut self.journal
    }

    /// The largest payload a record can have: that of the copy.
    pub fn payload_limit_bytes(&self) -> usize {
        self.copy.journal.payload_limit_bytes()
    }
}

impl Copy {
    fn append(&mut self, sequence: u64, payload: &[u8]) -> Result<(), AppendError> {
        let before = self.journal.current_segment();
        self.journal.append(sequence, payload)?;
        if self.journal.current_segment() == before {
            return Ok(());
        }
        let sync = || {
            self.disk.open(&segment::path(&self.dir, before))?.sync_data()?;
            self.disk.sync_dir(&self.dir)
        };
        sync().map_err(|source| AppendError::Disk { during: "sync a segment of the copy", source })
    }
}

/// Checks that a copy which ends at record `last` is one of this journal, in which `end` comes next.
fn check_same(
    store: &mut Shard,
    disk: &Arc<dyn Disk>,
    dir: &Path,
    (last, end): (u64, u64),
) -> Result<(), OpenError> {
    let other = |detail: String| OpenError::Mismatch { segment: dir.to_owned(), detail };
    if last >= end {
        let end = end - 1;
        return Err(other(format!(
            "it has record {last}, and the journal in the database ends at record {end}"
        )));
    }
    if last == 0 {
        return Ok(());
    }
    let theirs = store.record(last)?;
    let mut reader = Reader::open(Arc::clone(disk), dir, last)?;
    let ours = reader.next(last)?.map(|record| record.payload.to_vec());
    if ours == theirs {
        return Ok(());
    }
    Err(other(format!("record {last} is another one in the database: it is the copy of another journal")))
}

impl Journal for Mirrored {
    fn append(&mut self, sequence: u64, payload: &[u8]) -> Result<(), AppendError> {
        self.journal.append(sequence, payload)?;
        // If this fails, the record counts all the same: the next opening fetches it.
        self.copy.append(sequence, payload)
    }
}
