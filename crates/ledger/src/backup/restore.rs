//! Bringing a point back: a data folder as it was.

use std::io;
use std::path::{Path, PathBuf};

use super::{BackupError, JOURNAL, POINTS, Point, Progress, UNFINISHED, make_dir, point, records, sync_dir};

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
    check_empty(to)?;
    let unfinished = beside(to);
    if unfinished.exists() {
        let doing = "remove what an interrupted restore left";
        std::fs::remove_dir_all(&unfinished).map_err(BackupError::file(doing, &unfinished))?;
    }
    let restored = into(backup, chosen, &unfinished, progress).and_then(|()| name(&unfinished, to));
    if restored.is_err() {
        // There may be keys in it.
        let _ = std::fs::remove_dir_all(&unfinished);
    }
    restored
}

fn into(
    backup: &Path,
    chosen: &Point,
    unfinished: &Path,
    progress: &mut Progress<'_>,
) -> Result<(), BackupError> {
    make_dir(unfinished)?;
    let files = backup.join(POINTS).join(&chosen.name);
    for file in &chosen.files {
        point::copy_out(file, &files, unfinished)?;
    }
    let (from, journal) = (backup.join(JOURNAL), unfinished.join(JOURNAL));
    records::Copy { from: &from, to: &journal, last: chosen.last_record, known: 0 }.run(progress)?;
    sync_dir(unfinished)
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
