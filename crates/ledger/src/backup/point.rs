//! A point: the files beside the journal as of one instant, and a list of them with their sums.

use std::fs::{File, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use charging::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{BackupError, POINTS, UNFINISHED, sync_dir};

const LIST: &str = "point.json";
/// Of books in one shard, and of those in several, which earlier versions do not know.
const FORMAT: u32 = 1;
const FORMAT_OF_SHARDS: u32 = 2;
/// Keys may be among the files.
const FILE_MODE: u32 = 0o600;

/// What can be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Its folder's name, which tells when it was made.
    pub name: String,
    /// When it was made, by the machine's clock.
    pub made_at: Timestamp,
    /// The last record of the journal that belongs to it; of books in several shards, of the first one's.
    pub last_record: u64,
    /// Its files; of books in several shards, those of the first one and those that all have together.
    pub files: Vec<PointFile>,
    /// What belongs to it of the shards after the first, in order.
    pub others: Vec<ShardPoint>,
}

/// What belongs to a point of one shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardPoint {
    /// Which one.
    pub shard: u8,
    /// The last record of its journal that belongs to it.
    pub last_record: u64,
    /// Its files.
    pub files: Vec<PointFile>,
}

/// A file of a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointFile {
    /// Its name, also where it is restored.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
    /// What it holds, by its SHA-256.
    pub sha256: String,
}

/// As it stands in the point's folder.
#[derive(Serialize, Deserialize)]
struct Listed {
    format: u32,
    made_at_ms: i64,
    last_record: u64,
    files: Vec<PointFile>,
    /// How many shards there are; not said where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shards: Option<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<ShardPoint>,
}

impl Listed {
    /// Whether this version knows what it says, and it speaks of every shard.
    fn is_whole(&self) -> bool {
        let numbers = self.others.iter().map(|other| usize::from(other.shard));
        match self.format {
            FORMAT => self.shards.is_none() && self.others.is_empty(),
            FORMAT_OF_SHARDS => {
                self.shards == Some(1 + self.others.len()) && numbers.eq(1..=self.others.len())
            }
            _ => false,
        }
    }
}

impl Point {
    /// How many shards its books are in.
    pub fn shards(&self) -> usize {
        1 + self.others.len()
    }

    /// How many records all its journals have.
    pub fn records(&self) -> u64 {
        self.last_record + self.others.iter().map(|other| other.last_record).sum::<u64>()
    }

    /// What belongs to it of each shard: its number, the last record of its journal, its files.
    pub(super) fn parts(&self) -> impl Iterator<Item = (u8, u64, &[PointFile])> {
        let first = (0, self.last_record, self.files.as_slice());
        let others = self.others.iter().map(|other| (other.shard, other.last_record, other.files.as_slice()));
        std::iter::once(first).chain(others)
    }

    /// Writes the list, and gives the folder its name: with that the point is there.
    pub(super) fn keep(&self, unfinished: &Path, points: &Path) -> Result<(), BackupError> {
        let (made_at_ms, last_record, files) = (self.made_at.ms(), self.last_record, self.files.clone());
        let (format, shards) = match self.others.is_empty() {
            true => (FORMAT, None),
            false => (FORMAT_OF_SHARDS, Some(self.shards())),
        };
        let others = self.others.clone();
        let listed = Listed { format, made_at_ms, last_record, files, shards, others };
        let path = unfinished.join(LIST);
        let text = serde_json::to_vec_pretty(&listed).map_err(io::Error::other);
        let written = text.and_then(|text| std::fs::write(&path, text));
        written.map_err(BackupError::file("write the list", &path))?;
        finish(&path)?;
        sync_dir(unfinished)?;
        let whole = points.join(&self.name);
        std::fs::rename(unfinished, &whole).map_err(BackupError::file("name the point", &whole))?;
        sync_dir(points)
    }
}

/// What a point that is made at an instant is called.
pub(super) fn name(made_at: Timestamp) -> String {
    let digits: String = format!("{made_at:?}").chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{digits}Z")
}

/// The points of a backup folder, those with the fewest records first. What has no list, or one that cannot be read, is
/// none: the others can be restored all the same.
///
/// # Errors
/// The folder cannot be read.
pub fn points(backup: &Path) -> Result<Vec<Point>, BackupError> {
    let all = backup.join(POINTS);
    let mut found = Vec::new();
    for name in names(&all)? {
        if name.ends_with(UNFINISHED) {
            continue;
        }
        let path = all.join(&name).join(LIST);
        let text = std::fs::read(&path).unwrap_or_default();
        let listed = serde_json::from_slice(&text).ok().filter(Listed::is_whole);
        let Some(Listed { made_at_ms, last_record, files, others, .. }) = listed else {
            tracing::warn!(list = %path.display(), "this is no point that this version can restore, and is passed over");
            continue;
        };
        let made_at = Timestamp::from_ms(made_at_ms);
        found.push(Point { name, made_at, last_record, files, others });
    }
    // Clocks may be wrong; records are numbered.
    found.sort_by_key(|point| (point.records(), point.made_at));
    Ok(found)
}

pub(super) fn names(dir: &Path) -> Result<Vec<String>, BackupError> {
    let unread = |problem: io::Error| {
        let (what, dir) = ("backup".to_owned(), dir.parent().unwrap_or(dir).to_owned());
        if problem.kind() == io::ErrorKind::NotFound {
            return BackupError::NoPoint { what, dir };
        }
        BackupError::file("look for points", dir)(problem)
    };
    let entries = std::fs::read_dir(dir).map_err(unread)?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

/// Copies a file into a point's folder, if it is there.
pub(super) fn copy_in(from: &Path, to: &Path) -> Result<Option<PointFile>, BackupError> {
    match std::fs::copy(from, to) {
        Ok(_) => finish(to).map(Some),
        Err(problem) if problem.kind() == io::ErrorKind::NotFound && !from.exists() => Ok(None),
        Err(problem) => Err(BackupError::file("copy the file", from)(problem)),
    }
}

/// Makes a file the owner's alone, and durable, and says what it holds.
pub(super) fn finish(path: &Path) -> Result<PointFile, BackupError> {
    let closed = std::fs::set_permissions(path, Permissions::from_mode(FILE_MODE));
    closed.map_err(BackupError::file("keep the file from others", path))?;
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(BackupError::file("make the file durable", path))?;
    measure(path)
}

fn measure(path: &Path) -> Result<PointFile, BackupError> {
    let mut file = File::open(path).map_err(BackupError::file("read the file", path))?;
    let (mut sum, mut size_bytes, mut piece) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        match file.read(&mut piece).map_err(BackupError::file("read the file", path))? {
            0 => break,
            read => {
                sum.update(piece.get(..read).unwrap_or_default());
                size_bytes += read as u64;
            }
        }
    }
    let sha256 = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(PointFile { name, size_bytes, sha256 })
}

/// Copies a point's file out of its folder, if it is as it was written.
pub(super) fn copy_out(file: &PointFile, from: &Path, into: &Path) -> Result<(), BackupError> {
    let name = Path::new(&file.name);
    let is_plain = name.file_name().is_some_and(|plain| plain == name.as_os_str());
    let (from, to): (PathBuf, PathBuf) = (from.join(name), into.join(name));
    let damaged = |detail: &str| BackupError::Damaged { path: from.clone(), detail: detail.to_owned() };
    if !is_plain {
        return Err(damaged("its list names a file of another folder"));
    }
    std::fs::copy(&from, &to).map_err(BackupError::file("copy the file", &from))?;
    if finish(&to)? != *file {
        return Err(damaged("it is not what was written"));
    }
    Ok(())
}
