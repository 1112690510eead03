//! Books move from a folder into a database, or back: the journal record by record, and beside it who is who, what is to
//! be told, and the rules that were ever in force.
//!
//! What is interrupted goes on where it was. What was copied is compared, all of it, before the move counts: until then
//! the books are where they were. The caller sees to it that no server works on either.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::directory::{Directory, DirectoryError};
use crate::journal::postgres::{Facts, Mirrored, PostgresJournal, PostgresOptions, Shard};
use crate::journal::{AppendError, Disk, EmbeddedJournal, EmbeddedOptions, OpenError, Reader, RealDisk};
use crate::outbox::{Outbox, OutboxError};
use crate::{EngineError, loss, rulebook, tables};

/// Records are sent together up to so many, and so many bytes and one more.
const TOGETHER_RECORDS: usize = 512;
const TOGETHER_BYTES: usize = 4 << 20;

/// Where things lie in the folder.
#[derive(Debug, Clone)]
pub struct Folder {
    /// The journal.
    pub journal: PathBuf,
    /// The read model's file, which knows how far the journal was durable.
    pub read_db: PathBuf,
    /// Who is who.
    pub directory: PathBuf,
    /// What is to be told.
    pub outbox: PathBuf,
    /// The prices and policies that were ever in force.
    pub rulebook: PathBuf,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Records are copied.
    Copy,
    /// What was copied is compared.
    Compare,
}

/// Is told how far a step has come: this record, of so many.
pub type Progress<'a> = dyn FnMut(Step, u64, u64) + 'a;

/// Why books could not be moved. They are where they were.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database has books that are others than the folder's.
    #[error("the database has other books: {0}")]
    OtherBooks(String),
    /// What was copied is not what it was copied from.
    #[error("record {0} is another one where it was copied to")]
    Different(u64),
    /// The journal of the folder lacks records, or cannot be opened.
    #[error(transparent)]
    Journal(#[from] EngineError),
    /// A journal cannot be opened or read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database did not take something.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// Who is who cannot be read or written.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// What is to be told cannot be read or written.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// A file of tables could not be copied.
    #[error("copying {}: {problem}", path.display())]
    Tables {
        /// Which file.
        path: PathBuf,
        /// What SQLite said.
        problem: rusqlite::Error,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Copies a folder's books into a database that has none, or some of the same. Gives how many records they have.
///
/// # Errors
/// [`MigrateError`]. Done again, it goes on where it was.
pub fn into_database(
    folder: &Folder,
    database: &str,
    progress: &mut Progress<'_>,
) -> Result<u64, MigrateError> {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let dir = folder.journal.as_path();
    let evidence = loss::evidence(&*disk, dir, Some(&folder.read_db));
    let known = loss::last_known(&evidence);
    let options = EmbeddedOptions::default();
    // Held to the end: nobody else writes to it.
    let (_ours, next) = EmbeddedJournal::open_known(Arc::clone(&disk), dir, options, known)
        .map_err(|error| loss::explained(error, &evidence))?;
    let mut shard = Shard::connect(&of(database, PostgresOptions::BOOKS))?;
    check_beginning(&mut shard, &disk, dir, next)?;
    check_unused(database)?;
    let (mut theirs, mut at) = shard.own()?;
    let mut reader = Reader::open(Arc::clone(&disk), dir, at)?;
    while at < next {
        let mut together: Vec<Vec<u8>> = Vec::new();
        let mut bytes = 0;
        while together.len() < TOGETHER_RECORDS
            && bytes < TOGETHER_BYTES
            && let Some(record) = reader.next(next - 1)?
        {
            bytes += record.payload.len();
            together.push(record.payload.to_vec());
        }
        theirs.append_all(at, &together)?;
        at += together.len() as u64;
        progress(Step::Copy, at - 1, next - 1);
    }
    compare(&mut theirs, (&disk, dir), next, progress)?;

    let directory = Directory::open(&folder.directory)?;
    match std::fs::read_to_string(&folder.rulebook) {
        Ok(text) => directory.keep_document(rulebook::FILE_NAME, &text)?,
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(MigrateError::File { path: folder.rulebook.clone(), source }),
    }
    drop(directory);
    drop(Outbox::open(&folder.outbox)?);
    // The directory last: without it no server begins to work on the accounts of the journal.
    put(database, PostgresOptions::OUTBOX, &folder.outbox)?;
    put(database, PostgresOptions::DIRECTORY, &folder.directory)?;
    Ok(next - 1)
}

/// Brings books from a database into a folder that has none, or a copy of the same. Gives how many records they have.
///
/// # Errors
/// [`MigrateError`]. Done again, it goes on where it was.
pub fn into_folder(
    folder: &Folder,
    database: &str,
    progress: &mut Progress<'_>,
) -> Result<u64, MigrateError> {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let dir = folder.journal.as_path();
    let evidence = loss::evidence(&*disk, dir, Some(&folder.read_db));
    let known = loss::last_known(&evidence);
    let shard = Shard::connect(&of(database, PostgresOptions::BOOKS))?;
    let mut copied = |at, last| progress(Step::Copy, at, last);
    let (mut mirrored, next) =
        Mirrored::open(shard, &disk, dir, (EmbeddedOptions::default(), known), &mut copied)
            .map_err(|error| loss::explained(error, &evidence))?;
    // A copy is written without syncs.
    for name in disk.list(dir).map_err(|source| file_failed(dir, source))? {
        sync(&dir.join(name))?;
    }
    sync(dir)?;
    compare(mirrored.journal(), (&disk, dir), next, progress)?;

    let directory = Directory::replicate(&folder.directory, &of(database, PostgresOptions::DIRECTORY))?;
    let rules = directory.document(rulebook::FILE_NAME)?;
    drop(directory);
    drop(Outbox::replicate(&folder.outbox, &of(database, PostgresOptions::OUTBOX))?);
    let rules = match rules {
        Some(text) => std::fs::write(&folder.rulebook, text).map(|()| Some(folder.rulebook.as_path())),
        None => Ok(None),
    };
    let rules = rules.map_err(|source| file_failed(&folder.rulebook, source))?;
    let files = [Some(folder.directory.as_path()), Some(folder.outbox.as_path()), rules];
    for path in files.into_iter().flatten() {
        sync(path)?;
        sync(path.parent().unwrap_or(Path::new(".")))?;
    }
    Ok(next - 1)
}

fn of(database: &str, shard: i64) -> PostgresOptions {
    PostgresOptions { database: database.to_owned(), shard }
}

/// Checks that what the database has is the beginning of what the folder has, in which `next` comes next.
fn check_beginning(
    shard: &mut Shard,
    disk: &Arc<dyn Disk>,
    dir: &Path,
    next: u64,
) -> Result<(), MigrateError> {
    let end = shard.next_sequence()?;
    if end > next {
        let detail = format!("they have {} records, and the folder's have {}", end - 1, next - 1);
        return Err(MigrateError::OtherBooks(detail));
    }
    let Some(last) = end.checked_sub(1).filter(|last| *last > 0) else { return Ok(()) };
    let theirs = shard.record(last)?;
    let mut reader = Reader::open(Arc::clone(disk), dir, last)?;
    let ours = reader.next(last)?.map(|record| record.payload.to_vec());
    if ours != theirs {
        return Err(MigrateError::OtherBooks(format!("their record {last} is another one")));
    }
    Ok(())
}

/// Checks that no server has worked on the database since books were moved there last: what it did to users and keys would
/// be replaced, and is in no record of the books.
fn check_unused(database: &str) -> Result<(), MigrateError> {
    let is_used = [PostgresOptions::DIRECTORY, PostgresOptions::OUTBOX].into_iter().try_fold(
        false,
        |is_used, shard| -> Result<bool, OpenError> {
            Ok(is_used || Shard::connect(&of(database, shard))?.next_sequence()? > 1)
        },
    )?;
    if is_used && Facts::connect(database)?.moved()?.is_none() {
        let detail =
            "a server has worked on them there, and its users and keys would be replaced by the folder's";
        return Err(MigrateError::OtherBooks(detail.into()));
    }
    Ok(())
}

/// Compares every record.
fn compare(
    theirs: &mut PostgresJournal,
    (disk, dir): (&Arc<dyn Disk>, &Path),
    next: u64,
    progress: &mut Progress<'_>,
) -> Result<(), MigrateError> {
    let mut at = 1;
    if next == at {
        return Ok(());
    }
    let mut reader = Reader::open(Arc::clone(disk), dir, at)?;
    while at < next {
        for (sequence, theirs) in theirs.read(at)? {
            let ours = reader.next(next - 1)?;
            if ours.is_none_or(|ours| ours.sequence != sequence || ours.payload != theirs) {
                return Err(MigrateError::Different(sequence));
            }
            at = sequence + 1;
        }
        progress(Step::Compare, at - 1, next - 1);
    }
    Ok(())
}

/// Puts a file of tables into the database, in place of what was there.
fn put(database: &str, shard: i64, path: &Path) -> Result<(), MigrateError> {
    let copy = path.with_added_extension("migrating");
    match std::fs::remove_file(&copy) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(file_failed(&copy, source)),
        _ => {}
    }
    tables::copy(path, &copy).map_err(|problem| MigrateError::Tables { path: path.into(), problem })?;
    let bytes = std::fs::read(&copy).map_err(|source| file_failed(&copy, source))?;
    std::fs::remove_file(&copy).map_err(|source| file_failed(&copy, source))?;
    let (mut log, next) = Shard::connect(&of(database, shard))?.own()?;
    log.keep_image(next - 1, &bytes)?;
    let kept = log.image()?;
    if kept.is_none_or(|kept| kept.bytes != bytes) {
        let problem = format!("the database has not what was in {}", path.display());
        return Err(OpenError::Store { doing: "compare a file", problem }.into());
    }
    Ok(())
}

fn sync(path: &Path) -> Result<(), MigrateError> {
    let synced = std::fs::File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|source| file_failed(path, source))
}

fn file_failed(path: &Path, source: io::Error) -> MigrateError {
    MigrateError::File { path: path.into(), source }
}
