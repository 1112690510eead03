//! Backups: everything that is nowhere else, copied while the server runs, and brought back.
//!
//! A backup folder holds one copy of the journal, which grows by what is new each time, and a *point* for each backup:
//! copies of the files beside the journal, and up to which record it counts. So backing up often costs little, and any
//! point that is kept can be restored.
//!
//! A point is what a power cut could have left. Whatever follows the journal (the outbox) is copied before it, and
//! whatever the journal follows (who is who, the prices) after it; what is derived from it is not copied at all, for it
//! is made anew: snapshots and the read model.
//!
//! Books in several shards of a database are backed up there, all of them as of one instant ([`back_up_shards`]); the folder is
//! laid out like a node's: the first shard at home, the others in `shards`.

mod point;
mod records;
mod restore;
mod shards;

use std::fs::{DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use charging::Timestamp;

use crate::journal::{self, Disk as _, DiskLock, OpenError, RealDisk};
use crate::tables;
use records::InFolder;

pub use point::{Point, PointFile, ShardPoint, points};
pub use restore::{Restoring, restore};
pub use shards::{Database, Sealed, back_up_shards, fill};

/// The copy of the journal in a backup folder, and the journal in one that is restored.
const JOURNAL: &str = "journal";
const POINTS: &str = "points";
/// The shards after the first, in a backup folder, a point and a data folder.
const SHARDS: &str = "shards";
/// Held by whoever adds points or removes them.
const LOCK: &str = "lock";
/// What is put behind the name of what is not whole yet.
const UNFINISHED: &str = ".unfinished";
const OWNER_ONLY: u32 = 0o700;

/// Is told at which record a copy is, and the last it will come to.
pub type Progress<'a> = dyn FnMut(u64, u64) + 'a;

/// What is backed up.
#[derive(Debug, Clone)]
pub struct Source {
    /// The folder of the journal.
    pub journal: PathBuf,
    /// What is told to whom, which follows the journal.
    pub outbox: PathBuf,
    /// Who is who.
    pub directory: PathBuf,
    /// Small files that are copied as they are, and their names in a data folder; those that are not there are left
    /// out.
    pub files: Vec<(&'static str, PathBuf)>,
}

/// What a backup did.
#[derive(Debug, Clone)]
pub struct Made {
    /// The new point.
    pub point: Point,
    /// How many records were new to the backup's journal.
    pub new_records: u64,
}

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or folder cannot be read or written.
    #[error("{}: {doing}: {source}", path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// An SQLite file cannot be copied.
    #[error("{} cannot be copied: {detail}", path.display())]
    Tables {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The journal that is copied from is in use by somebody who does not say how far it is durable, or damaged.
    #[error(transparent)]
    Journal(OpenError),
    /// The copy of the journal cannot be opened.
    #[error(
        "the copy of the journal in {} cannot be added to ({problem}). If another backup into this folder is running, \
         wait for it; if the copy is damaged, keep the folder for what can be restored from it, and begin a new one",
        dir.display()
    )]
    Copy {
        /// The copy's folder.
        dir: PathBuf,
        /// Why.
        problem: String,
    },
    /// The backup is of other books.
    #[error("{} is a backup of other books: {detail}. Use another folder for these", to.display())]
    OtherBooks {
        /// The backup folder.
        to: PathBuf,
        /// What shows it.
        detail: String,
    },
    /// The folder holds something else.
    #[error("{} is not empty and no backup folder: name another one", .0.display())]
    NoBackupFolder(PathBuf),
    /// Another process adds a point to it, or removes some.
    #[error("another backup into {} is running: wait for it", .0.display())]
    Busy(PathBuf),
    /// There is nothing to restore.
    #[error("there is no {what} in {}", dir.display())]
    NoPoint {
        /// What was looked for.
        what: String,
        /// Where.
        dir: PathBuf,
    },
    /// What is to be restored is not as it was written.
    #[error("{} is damaged: {detail}. Restore another point", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// A part of a backup of several shards is gone.
    #[error(
        "{} is missing: the backup is of {shards} shards, and nothing is restored without shard {shard}. Bring the backup \
         folder back whole, or restore a point that has all it needs",
        missing.display()
    )]
    NoShard {
        /// What is gone.
        missing: PathBuf,
        /// Of which shard.
        shard: u8,
        /// How many there are.
        shards: usize,
    },
    /// The key that is known is not that of the books.
    #[error(
        "the secrets of shard {0} are sealed with another master.key than the one that is known here. If it is being \
         rotated, back up when that is done; if not, copy the master.key of the nodes"
    )]
    OtherKey(u8),
    /// There are books already in the database that was to be filled.
    #[error(
        "the database has books, or had some: several shards are restored into a database that has none. Make a new one \
         (CREATE DATABASE), and name that"
    )]
    DatabaseNotEmpty,
    /// There are books already where they were to be restored.
    #[error("{} is there already: books are restored into a folder that is new or empty. {cure}", dir.display())]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
        /// What can be done.
        cure: String,
    },
}

impl BackupError {
    fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> BackupError {
        let path = path.into();
        move |source| BackupError::File { doing, path, source }
    }
}

/// Adds a point to a backup folder, which is made if it is not there. `durable` asks the running server how far its
/// journal is durable; without one (`None`) the journal is held, so that none begins meanwhile.
///
/// # Errors
/// [`BackupError`]; the points that were there are untouched.
pub fn back_up(
    source: &Source,
    to: &Path,
    made_at: Timestamp,
    durable: impl FnOnce() -> Option<u64>,
    progress: &mut Progress<'_>,
) -> Result<Made, BackupError> {
    let adding = Adding::begin(to, made_at)?;
    adding.check_shards(1)?;
    let unfinished = &adding.unfinished;
    let mut files = Vec::new();
    files.extend(copy_tables(&source.outbox, unfinished)?);
    let (last, _held) = match durable() {
        Some(durable) => (durable, None),
        None => {
            let lock = journal::lock(&RealDisk, &source.journal).map_err(BackupError::Journal)?;
            let last = journal::last_record(&RealDisk, &source.journal).map_err(BackupError::Journal)?;
            (last, Some(lock))
        }
    };
    let known = adding.known(0);
    make_dir(&to.join(JOURNAL))?;
    let mut from = InFolder(&source.journal);
    let copy = records::Copy { from: &mut from, to: &to.join(JOURNAL), last, known };
    let new_records = copy.run(progress)?;
    files.extend(copy_tables(&source.directory, unfinished)?);
    for (name, file) in &source.files {
        files.extend(point::copy_in(file, &unfinished.join(name))?);
    }
    adding.keep(last, files, Vec::new(), new_records)
}

/// A point that is being added to a backup folder.
struct Adding<'a> {
    to: &'a Path,
    name: String,
    made_at: Timestamp,
    /// Its folder until it is whole.
    unfinished: PathBuf,
    /// The points that are there.
    before: Vec<Point>,
    _lock: DiskLock,
}

impl Adding<'_> {
    fn begin(to: &Path, made_at: Timestamp) -> Result<Adding<'_>, BackupError> {
        let lock = own_folder(to)?;
        let before = open_folder(to)?;
        let name = point::name(made_at);
        let unfinished = to.join(POINTS).join(format!("{name}{UNFINISHED}"));
        make_dir(&unfinished)?;
        Ok(Adding { to, name, made_at, unfinished, before, _lock: lock })
    }

    /// Checks that there were never more shards than there are.
    fn check_shards(&self, shards: usize) -> Result<(), BackupError> {
        let most = self.before.iter().map(Point::shards).max().unwrap_or(1);
        if most <= shards {
            return Ok(());
        }
        let detail = format!("its books are in {most} shards, and these in {shards}");
        Err(BackupError::OtherBooks { to: self.to.to_owned(), detail })
    }

    /// The last record that the copy of a shard's journal is known to have.
    fn known(&self, shard: u8) -> u64 {
        let parts = self.before.iter().flat_map(Point::parts);
        parts.filter(|(number, ..)| *number == shard).map(|(_, last, _)| last).max().unwrap_or(0)
    }

    fn keep(
        self,
        last_record: u64,
        files: Vec<PointFile>,
        others: Vec<ShardPoint>,
        new_records: u64,
    ) -> Result<Made, BackupError> {
        let Adding { to, name, made_at, unfinished, .. } = &self;
        let point = Point { name: name.clone(), made_at: *made_at, last_record, files, others };
        point.keep(unfinished, &to.join(POINTS))?;
        Ok(Made { point, new_records })
    }
}

/// Removes the points with the fewest records beyond so many; says which. The journal's copy has what all of them count
/// on.
///
/// # Errors
/// [`BackupError`].
pub fn keep_latest(to: &Path, keep: usize) -> Result<Vec<Point>, BackupError> {
    let _lock = own_folder(to)?;
    let mut old = points(to)?;
    old.truncate(old.len().saturating_sub(keep));
    for point in &old {
        let dir = to.join(POINTS).join(&point.name);
        let going = to.join(POINTS).join(format!("{}{UNFINISHED}", point.name));
        std::fs::rename(&dir, &going).map_err(BackupError::file("remove an old point", &dir))?;
        std::fs::remove_dir_all(&going).map_err(BackupError::file("remove an old point", &going))?;
    }
    Ok(old)
}

/// Holds a backup folder, so that nobody else adds to it or removes from it. It is made if it is not there.
fn own_folder(to: &Path) -> Result<DiskLock, BackupError> {
    if !to.join(POINTS).is_dir() {
        match std::fs::read_dir(to).map(|mut entries| entries.next().is_none()) {
            Ok(true) => {}
            Ok(false) => return Err(BackupError::NoBackupFolder(to.to_owned())),
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => {}
            Err(problem) => return Err(BackupError::file("look into the backup folder", to)(problem)),
        }
    }
    make_dir(&to.join(POINTS))?;
    let lock = RealDisk.lock(&to.join(LOCK)).map_err(BackupError::file("hold the backup folder", to))?;
    lock.ok_or_else(|| BackupError::Busy(to.to_owned()))
}

/// Opens a backup folder and removes what an interrupted backup left; gives its points.
fn open_folder(to: &Path) -> Result<Vec<Point>, BackupError> {
    let all = to.join(POINTS);
    for name in point::names(&all)? {
        if name.ends_with(UNFINISHED) {
            let left = all.join(name);
            std::fs::remove_dir_all(&left).map_err(BackupError::file("remove an unfinished point", &left))?;
        }
    }
    points(to)
}

/// Copies an SQLite file as of one instant, beside whoever has it open.
fn copy_tables(from: &Path, into: &Path) -> Result<Option<PointFile>, BackupError> {
    if !from.exists() {
        return Ok(None);
    }
    let to = into.join(from.file_name().unwrap_or_default());
    let failed =
        |problem: rusqlite::Error| BackupError::Tables { path: from.to_owned(), detail: problem.to_string() };
    tables::copy(from, &to).map_err(failed)?;
    point::finish(&to).map(Some)
}

/// Where the things of a shard lie, in a folder of any of the three kinds.
fn of_shard(dir: &Path, shard: u8) -> PathBuf {
    if shard == 0 { dir.to_owned() } else { dir.join(SHARDS).join(shard.to_string()) }
}

/// Makes a folder that is its owner's alone; one that is there is closed to others.
fn make_dir(dir: &Path) -> Result<(), BackupError> {
    let made = DirBuilder::new().recursive(true).mode(OWNER_ONLY).create(dir);
    let closed = made.and_then(|()| std::fs::set_permissions(dir, Permissions::from_mode(OWNER_ONLY)));
    closed.map_err(BackupError::file("make a folder of the owner's alone", dir))
}

fn sync_dir(dir: &Path) -> Result<(), BackupError> {
    let synced = File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(BackupError::file("make the names in the folder durable", dir))
}
