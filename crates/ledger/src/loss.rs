//! Loss at the journal's end, and what shows it.
//!
//! A record damaged at the very end looks like one that a crash tore, which nobody was answered for, and an older
//! copy of a journal is a whole journal. But snapshots and the read model are made of durable records only: the
//! journal is synced before they see a record. One of them that is ahead of the journal shows that records are gone
//! which people were answered for. Then nothing is opened and nothing is cut off, until somebody has restored them or
//! said that they are to be done without ([`accept`]).
//!
//! The other way round is no loss: after a power cut the read model may have fewer records than the journal, and
//! takes them in again. What the outbox has seen is counted in notices, and compared by the server.

use std::path::{Path, PathBuf};

use crate::engine::EngineError;
use crate::journal::{self, Disk, OpenError};
use crate::read::{self, ReadError};
use crate::snapshot;

/// What is put behind the name of a file that was set aside.
const SET_ASIDE: &str = "lost";

/// A file that was made of durable records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The last of these records.
    pub sequence: u64,
    /// The file.
    pub file: PathBuf,
}

/// Records that were acknowledged are missing at the journal's end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the journal ends at record {last}, but {} has record {known}: records that were acknowledged are missing. \
     Restore the whole folder from a backup; or, to go on without them, run `inkmeter accept-loss`",
    file.display()
)]
pub struct Loss {
    /// The last record that is there.
    pub last: u64,
    /// A record that was.
    pub known: u64,
    /// What shows it.
    pub file: PathBuf,
}

/// Why a loss was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The journal cannot be read, or is in use.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// The read model's file cannot be set aside.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A snapshot cannot be.
    #[error("{}: {source}", path.display())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The last record that is known to have been durable; 0 if nothing shows one.
pub(crate) fn last_known(evidence: &[Evidence]) -> u64 {
    evidence.iter().map(|evidence| evidence.sequence).max().unwrap_or(0)
}

/// What lies about that was made of durable records. A file that cannot be read shows nothing.
pub fn evidence(disk: &dyn Disk, dir: &Path, read_db: Option<&Path>) -> Vec<Evidence> {
    let of_snapshot = |sequence| Evidence { sequence, file: snapshot::path(dir, sequence) };
    let mut found: Vec<Evidence> = snapshot::sequences(disk, dir).into_iter().map(of_snapshot).collect();
    let sequence = read_db.and_then(read::position);
    found.extend(sequence.zip(read_db).map(|(sequence, file)| Evidence { sequence, file: file.into() }));
    found
}

/// An error of opening the journal, with what shows that it is too short.
pub(crate) fn explained(error: OpenError, evidence: &[Evidence]) -> EngineError {
    let OpenError::Short { last, known, .. } = error else { return error.into() };
    match evidence.iter().find(|evidence| evidence.sequence == known) {
        Some(Evidence { file, .. }) => Loss { last, known, file: file.clone() }.into(),
        None => error.into(),
    }
}

/// Sets aside what is ahead of the journal, so that it can be opened as it is, and says what it was and under
/// which name it lies now. The files are kept: they show what was lost. Without a loss nothing is touched.
///
/// # Errors
/// [`AcceptError`]: a process has the journal open, it is damaged, or a file cannot be renamed.
pub fn accept(disk: &dyn Disk, dir: &Path, read_db: &Path) -> Result<Vec<(Evidence, PathBuf)>, AcceptError> {
    let _lock = journal::lock(disk, dir)?;
    let last = journal::last_record(disk, dir)?;
    let mut set_aside = Vec::new();
    for evidence in evidence(disk, dir, Some(read_db)) {
        if evidence.sequence <= last {
            continue;
        }
        let path = evidence.file.clone();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let aside = path.with_file_name(format!("{SET_ASIDE}-{name}"));
        if path == read_db {
            read::set_aside(&path, &aside)?;
        } else {
            let renamed = disk.rename(&path, &aside).and_then(|()| disk.sync_dir(dir));
            renamed.map_err(|source| AcceptError::Snapshot { path, source })?;
        }
        set_aside.push((evidence, aside));
    }
    Ok(set_aside)
}
