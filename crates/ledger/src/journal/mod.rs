//! The journal: opaque batches of bytes, made durable in order.
//!
//! A journal is a sequence of *records*, numbered from 1 without a gap. A record is one batch: what
//! many callers appended while the record before it was on its way to the disk. [`Journal::append`]
//! writes one record and returns when it would survive a power cut; [`GroupCommit`] stands in front
//! of it, gathers the callers, and gives each a [`Ticket`] that resolves when its batch is durable.
//!
//! Two implementations share the trait: [`EmbeddedJournal`], a segmented append-only log on a local
//! disk, and [`postgres`], one row per record in PostgreSQL with a copy in such a log. [`Reader`] gives
//! the durable records of that log back, from any sequence, also while it is being written.
//!
//! What this module is not: it knows no accounts, money or snapshots, and it never interprets what
//! it carries. It also never forgives: a failed write or sync stops it for good, because after a
//! failed sync nobody can say what is on the disk. The way back is to open the journal again.

mod commit;
#[cfg(any(test, feature = "faults"))]
pub mod contract;
mod disk;
mod embedded;
mod end;
mod entries;
#[cfg(any(test, feature = "faults"))]
pub mod faults;
mod figures;
mod fill;
mod gather;
pub mod postgres;
mod reader;
mod record;
mod segment;
#[cfg(test)]
mod tests;
mod ticket;
mod watermark;

pub use commit::{GroupCommit, GroupCommitOptions};
pub(crate) use disk::UnsyncedDisk;
pub use disk::{Disk, DiskFile, DiskLock, RealDisk};
pub use embedded::{EmbeddedJournal, EmbeddedOptions, Fill, lock};
pub use end::last_record;
pub use entries::{Entries, MalformedEntry};
pub use figures::{Distribution, Figures};
pub use reader::{Reader, Record};
pub use ticket::{Stopped, Ticket};
pub use watermark::Watermark;

use std::io;
use std::path::PathBuf;

/// The durable append: what differs between the embedded journal and one kept in a database.
///
/// Which shard is written, and under which epoch (the fencing number of its owner), is fixed when
/// an implementation is constructed.
pub trait Journal: Send {
    /// Appends `payload` as the record numbered `sequence`, and returns once it is durable.
    ///
    /// `sequence` must be exactly one more than that of the record before it.
    ///
    /// # Errors
    ///
    /// After any error the outcome of this record is unknown (it may or may not be found when the
    /// journal is opened again), no record can be appended any more, and every later call answers
    /// [`AppendError::Poisoned`].
    fn append(&mut self, sequence: u64, payload: &[u8]) -> Result<(), AppendError>;
}

impl<J: Journal + ?Sized> Journal for Box<J> {
    fn append(&mut self, sequence: u64, payload: &[u8]) -> Result<(), AppendError> {
        (**self).append(sequence, payload)
    }
}

/// Why a record could not be appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The disk refused a write or a sync. A sync is never tried again.
    #[error("the journal could not be written ({during}): {source}")]
    Disk {
        /// What was being done.
        during: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// The sequence is not the next one: somebody lost count, and writing would make a gap.
    #[error("the journal expects record {expected}, not {given}")]
    OutOfSequence {
        /// The sequence that would continue the journal.
        expected: u64,
        /// The sequence the caller gave.
        given: u64,
    },
    /// The record does not fit into an empty segment.
    #[error("a record of {size_bytes} bytes is larger than the limit of {limit_bytes}")]
    TooLarge {
        /// Size of the payload.
        size_bytes: usize,
        /// The largest payload this journal takes.
        limit_bytes: usize,
    },
    /// Another node owns the shard now; nothing was written.
    #[error("this node no longer owns the shard: {0}")]
    Fenced(String),
    /// An earlier append failed.
    #[error("the journal stopped after an earlier failure")]
    Poisoned,
    /// The store behind the journal failed in a way of its own.
    #[error("the journal's store failed: {0}")]
    Store(String),
}

/// Why a journal could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has this journal open.
    #[error("the journal in {} is in use by another process", dir.display())]
    InUse {
        /// The journal's directory.
        dir: PathBuf,
    },
    /// The disk refused an operation.
    #[error("{}: {doing}: {source}", path.display())]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// The file or directory concerned.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Records that had been durable are missing or damaged. Nothing is repaired by itself: what is
    /// behind the damage may have been acknowledged. Restore from a backup.
    #[error("the journal is damaged in segment {} at offset {offset}: {detail}", segment.display())]
    Corrupt {
        /// The segment file.
        segment: PathBuf,
        /// Where in it, in bytes from its start.
        offset: u64,
        /// What is wrong there.
        detail: String,
    },
    /// Records that are known to have been durable are missing at the journal's end. Nothing was changed.
    #[error("the journal in {} ends at record {last}, but record {known} was durable", dir.display())]
    Short {
        /// The journal's directory.
        dir: PathBuf,
        /// The last record that is there.
        last: u64,
        /// The record that should be.
        known: u64,
    },
    /// The directory holds the journal of another shard, or of a later format.
    #[error("{} cannot be used: {detail}", segment.display())]
    Mismatch {
        /// The segment file.
        segment: PathBuf,
        /// What does not match.
        detail: String,
    },
    /// The options make no sense.
    #[error("{0}")]
    Options(String),
    /// The database the journal is kept in refused something.
    #[error("the journal's database: {doing}: {problem}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        problem: String,
    },
}

impl OpenError {
    pub(crate) fn disk(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { doing, path, source }
    }
}
