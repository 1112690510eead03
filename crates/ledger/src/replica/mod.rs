//! A file of tables (the directory, the outbox) whose truth is in the database.
//!
//! Each transaction is a record of a log there, written before the transaction is committed here: so the file has nothing
//! that the database does not. It is made anew at every opening, from an image and the records after it, and needs no
//! syncs. Owners are fenced as those of the books are, because the log is a journal like theirs
//! ([`crate::journal::postgres`]).
//!
//! If a record's fate is not known, or it is there and cannot be committed here, nothing is written any more: the server
//! ends, and the next one finds out.
//!
//! What it does not bear: a text with a NUL, behind which SQLite writes nothing out (the door refuses them), and a statement
//! that fails inside a transaction which is committed all the same (there is none: every error ends its transaction).

mod capture;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};

use rusqlite::Connection;

use crate::journal::postgres::{PostgresJournal, PostgresOptions, Shard, Snapshot};
use crate::journal::{AppendError, Journal as _, OpenError};
use crate::tables::{self, Tables, TablesError};

/// After so many records a new image is kept, so that opening does not take ever longer.
const IMAGE_EVERY: u64 = 10_000;

/// Where the truth of a file is.
#[derive(Debug, Clone)]
pub struct Replica {
    asks: SyncSender<Ask>,
    stopped: Arc<OnceLock<String>>,
    path: Arc<Path>,
}

/// What the thread with the connection is asked to do; it answers with false if it was not done.
struct Ask {
    what: What,
    answer: SyncSender<bool>,
}

enum What {
    /// A transaction's statements.
    Append(Vec<u8>),
    /// The file as it is after the last record.
    Keep(Vec<u8>),
    /// Whether there are [`IMAGE_EVERY`] records since the last image.
    IsImageDue,
}

impl Replica {
    /// Takes the log over and makes the file at `path` what it says. From then on transactions on the connection are its
    /// records.
    ///
    /// # Errors
    /// [`TablesError`]: the database or the file cannot be used, or the log is damaged.
    pub(crate) fn open(
        tables: &Tables,
        path: &Path,
        options: &PostgresOptions,
    ) -> Result<(Connection, Replica), TablesError> {
        let (mut journal, next) = Shard::connect(options)?.own()?;
        let image = journal.image()?;
        tables::put(path, image.as_ref().map(|image| image.bytes.as_slice())).map_err(TablesError::File)?;
        let before = image.as_ref().map_or(0, |image| image.sequence);
        let is_new = image.is_none();
        drop(image);
        check_image(is_new, next)?;
        let replayed = replay(path, &mut |from| journal.read(from), before, next)?;
        let version = tables::version(path)?;
        let mut connection = tables.open_copy(path)?;
        let file: Arc<Path> = path.into();
        if is_new || replayed > 0 || version != tables.migrations.len() as i64 {
            // By the tables as they are now: records are made for them.
            let bytes = image_of(&connection, &file)?;
            journal.keep_image(next - 1, &bytes).map_err(|problem| damaged(problem.to_string()))?;
        }
        let (asks, asked) = sync_channel(0);
        let stopped = Arc::<OnceLock<String>>::default();
        let log = Log { journal, since_image: 0, stopped: Arc::clone(&stopped) };
        let thread = std::thread::Builder::new().name("replica".into());
        thread.spawn(move || log.run(&asked)).map_err(TablesError::File)?;
        let replica = Replica { asks, stopped, path: file };
        let theirs = replica.clone();
        let take = move |statements: &[String]| {
            postcard::to_stdvec(statements).is_ok_and(|record| theirs.ask(What::Append(record)))
        };
        let stopped = Arc::clone(&replica.stopped);
        let broken = move || {
            let reason = "the database has a change that could not be written into the data folder; its disk may be full";
            stop(&stopped, reason.to_owned());
        };
        capture::capture(&mut connection, take, broken)?;
        Ok((connection, replica))
    }

    /// Why nothing can be written any more, if that is so: the process must end.
    pub fn stop_reason(&self) -> Option<&str> {
        self.stopped.get().map(String::as_str)
    }

    /// Keeps a new image if there are many records since the last one. For whoever holds the connection's lock.
    ///
    /// # Errors
    /// If the file cannot be copied; it is tried again the next time.
    pub(crate) fn maintain(&self, connection: &Connection) -> Result<(), TablesError> {
        if self.stop_reason().is_none() && self.ask(What::IsImageDue) {
            self.ask(What::Keep(image_of(connection, &self.path)?));
        }
        Ok(())
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn ask(&self, what: What) -> bool {
        let (answer, answered) = sync_channel(1);
        // A thread that is gone has left its reason behind.
        self.asks.send(Ask { what, answer }).is_ok() && answered.recv().unwrap_or(false)
    }
}

/// What runs on the thread with the connection: the database's client waits, which tasks must not.
struct Log {
    journal: PostgresJournal,
    since_image: u64,
    stopped: Arc<OnceLock<String>>,
}

impl Log {
    fn run(mut self, asked: &Receiver<Ask>) {
        while let Ok(Ask { what, answer }) = asked.recv() {
            let done = match what {
                What::IsImageDue => Ok(self.since_image >= IMAGE_EVERY),
                What::Append(record) => self.append(&record),
                What::Keep(image) => {
                    self.since_image = 0;
                    let last = self.journal.next_sequence() - 1;
                    self.journal.keep_image(last, &image).map(|()| true)
                }
            };
            let done = done.unwrap_or_else(|problem| {
                stop(&self.stopped, problem.to_string());
                false
            });
            let _ = answer.send(done);
        }
    }

    fn append(&mut self, record: &[u8]) -> Result<bool, AppendError> {
        if self.stopped.get().is_some() {
            return Ok(false);
        }
        self.journal.append(self.journal.next_sequence(), record)?;
        self.since_image += 1;
        Ok(true)
    }
}

/// Makes the file at `path` what a log says as of one instant, beside the log's owner; of a log that was never begun there is
/// no file. Its tables are those of that time.
///
/// # Errors
/// [`TablesError`]: the database or the file cannot be used, or the log is damaged.
pub(crate) fn as_of(
    path: &Path,
    snapshot: &mut Snapshot,
    (what, shard): (i64, u8),
) -> Result<(), TablesError> {
    let next = snapshot.next_sequence(what, shard)?;
    let image = snapshot.image(what, shard)?;
    check_image(image.is_none(), next)?;
    let Some(image) = image else { return Ok(()) };
    tables::put(path, Some(&image.bytes)).map_err(TablesError::File)?;
    let before = image.sequence;
    drop(image);
    replay(path, &mut |from| snapshot.records((what, shard), from, next), before, next)?;
    Ok(())
}

fn check_image(is_missing: bool, next: u64) -> Result<(), OpenError> {
    if is_missing && next > 1 {
        return Err(damaged("the image that its records begin with is missing"));
    }
    Ok(())
}

/// The first reason stands.
fn stop(stopped: &OnceLock<String>, reason: String) {
    let reason = stopped.get_or_init(|| reason);
    tracing::error!(%reason, "who is who, or what is to be told, cannot be kept any more: the process ends");
}

/// Gives some records from one on.
type Read<'a> = dyn FnMut(u64) -> Result<Vec<(u64, Vec<u8>)>, OpenError> + 'a;

/// Makes the changes of the records after one, and says how many there were.
fn replay(path: &Path, read: &mut Read<'_>, last: u64, end: u64) -> Result<u64, TablesError> {
    let mut next = last + 1;
    if next >= end {
        return Ok(0);
    }
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    while next < end {
        let transaction = connection.transaction()?;
        for (sequence, record) in read(next)? {
            let statements: Vec<String> = postcard::from_bytes(&record)
                .map_err(|problem| damaged(format!("record {sequence}: {problem}")))?;
            for statement in statements {
                transaction
                    .execute_batch(&statement)
                    .map_err(|problem| damaged(format!("record {sequence}: {problem}")))?;
            }
            next = sequence + 1;
        }
        transaction.commit()?;
    }
    Ok(end - 1 - last)
}

/// The file's content, as one that stands by itself.
fn image_of(connection: &Connection, path: &Path) -> Result<Vec<u8>, TablesError> {
    let mut copy = PathBuf::from(path);
    copy.as_mut_os_string().push(".image");
    let remove = || match std::fs::remove_file(&copy) {
        Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => Err(problem),
        _ => Ok(()),
    };
    remove().map_err(TablesError::File)?;
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    let bytes = std::fs::read(&copy).map_err(TablesError::File)?;
    remove().map_err(TablesError::File)?;
    Ok(bytes)
}

fn damaged(problem: impl Into<String>) -> OpenError {
    OpenError::Store { doing: "bring a file up to date", problem: problem.into() }
}
