//! Bringing a point back: a data folder as it was.

use std::io;
use std::path::{Path, PathBuf};

use super::records::{Copy, InFolder};
use super::{BackupError, JOURNAL, POINTS, Point, Progress, UNFINISHED, make_dir, of_shard, point, sync_dir};

/// Restores a point of a backup into a data folder that is not there yet, or empty. It is made under another name, and
/// gets its own when it is whole.
///
/// # Errors
/// [`BackupError`]: nothing is there under the folder's name then.
pub fn restore(
    backup: &Path,
    chosen: &Point,
    to: &Path,
    progress: &mut Progress<'_>,
) -> Result<(), BackupError> {
    let mut restoring = Restoring::begin(backup, chosen, to, progress)?;
    restoring.name()?;
    restoring.finish();
    Ok(())
}

/// A point that is brought back into a folder. Unless it is finished, the folder goes: there may be keys in it.
pub struct Restoring {
    /// Where it is now.
    at: PathBuf,
    /// The name it gets.
    to: PathBuf,
    is_finished: bool,
}

impl Restoring {
    /// Brings everything back under another name than the folder's, which is not there yet, or empty.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn begin(
        backup: &Path,
        chosen: &Point,
        to: &Path,
        progress: &mut Progress<'_>,
    ) -> Result<Restoring, BackupError> {
        check_empty(to)?;
        check_shards(backup, chosen)?;
        let unfinished = beside(to);
        if unfinished.exists() {
            let doing = "remove what an interrupted restore left";
            std::fs::remove_dir_all(&unfinished).map_err(BackupError::file(doing, &unfinished))?;
        }
        let restoring = Restoring { at: unfinished, to: to.to_owned(), is_finished: false };
        restoring.bring_back(backup, chosen, progress)?;
        Ok(restoring)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.at
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn name(&mut self) -> Result<(), BackupError> {
        name(&self.at, &self.to)?;
        self.at.clone_from(&self.to);
        Ok(())
    }

    /// It stays.
    pub fn finish(mut self) {
        self.is_finished = true;
    }

    fn bring_back(
        &self,
        backup: &Path,
        chosen: &Point,
        progress: &mut Progress<'_>,
    ) -> Result<(), BackupError> {
        let files_of = backup.join(POINTS).join(&chosen.name);
        let (mut before, all) = (0, chosen.records());
        for (shard, last, files) in chosen.parts() {
            let to = of_shard(&self.at, shard);
            make_dir(&to)?;
            for file in files {
                point::copy_out(file, &of_shard(&files_of, shard), &to)?;
            }
            let from = of_shard(backup, shard).join(JOURNAL);
            let (mut from, journal) = (InFolder(&from), to.join(JOURNAL));
            let copy = Copy { from: &mut from, to: &journal, last, known: 0 };
            copy.run(&mut |record, _| progress(before + record, all))?;
            before += last;
            sync_dir(&to)?;
        }
        sync_dir(&self.at)
    }
}

impl Drop for Restoring {
    fn drop(&mut self) {
        if !self.is_finished {
            let _ = std::fs::remove_dir_all(&self.at);
        }
    }
}

/// Checks that there is something of every shard, before anything is brought back.
fn check_shards(backup: &Path, chosen: &Point) -> Result<(), BackupError> {
    let shards = chosen.shards();
    if shards == 1 {
        return Ok(());
    }
    let files = backup.join(POINTS).join(&chosen.name);
    for (shard, ..) in chosen.parts() {
        for part in [of_shard(backup, shard).join(JOURNAL), of_shard(&files, shard)] {
            if !part.is_dir() {
                return Err(BackupError::NoShard { missing: part, shard, shards });
            }
        }
    }
    Ok(())
}

fn beside(to: &Path) -> PathBuf {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(UNFINISHED);
    to.with_file_name(name)
}

fn check_empty(to: &Path) -> Result<(), BackupError> {
    let not_empty = |cure: &str| BackupError::NotEmpty { dir: to.to_owned(), cure: cure.to_owned() };
    if to.file_name().is_none() {
        return Err(not_empty("Name a folder inside of it."));
    }
    match std::fs::read_dir(to).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(not_empty("Name another one with --data, or move that one away.")),
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(problem) => Err(BackupError::file("look into the folder", to)(problem)),
    }
}

fn name(unfinished: &Path, to: &Path) -> Result<(), BackupError> {
    // Onto an empty folder a folder can be renamed, unless a file system is mounted there.
    std::fs::rename(unfinished, to).map_err(|problem| match problem.kind() {
        io::ErrorKind::ResourceBusy => BackupError::NotEmpty {
            dir: to.to_owned(),
            cure: "A file system is mounted there: name a folder inside of it.".to_owned(),
        },
        _ => BackupError::file("name the restored folder", to)(problem),
    })?;
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync_dir(parent.unwrap_or(Path::new(".")))
}
