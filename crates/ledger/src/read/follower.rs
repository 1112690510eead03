//! The thread that follows the journal and brings the file up to it.
//!
//! It works in transactions of bounded size. While nobody asks, it lets a little pile up and applies it in one
//! transaction; a query that waits makes it go at once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rusqlite::{Connection, TransactionBehavior};

use super::ReadError;
use super::apply::Applier;
use super::schema::{self, Position};
use crate::journal::{Disk, Entries, Reader, Watermark};
use crate::loss::Loss;

/// How many entries one transaction takes before it is committed.
const ENTRIES_PER_TRANSACTION: u64 = 20_000;
/// How long records may pile up while nobody asks. Each transaction gets in the way of a few calls, and many records in
/// one cost less than in many: as long as notices may wait.
const LINGER: Duration = Duration::from_millis(250);
/// How long to wait after a failure before trying again.
const REST: Duration = Duration::from_secs(1);

/// What the follower and the queries share.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Queries wait here for the file.
    applied: Condvar,
    /// The follower lingers here.
    wanted: Condvar,
    leaving: AtomicBool,
    /// Told when new notices are in the file.
    when_noticed: OnceLock<Hook>,
}

/// What is called when something has come.
pub(super) type Hook = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct State {
    applied: u64,
    wanted: u64,
    /// Why nothing can be applied at the moment, for instance because the disk is full.
    trouble: Option<String>,
    end: Option<End>,
}

enum End {
    /// Closed, or the journal was.
    Closed,
    Failed(String),
}

pub(super) struct Follower {
    path: PathBuf,
    connection: Connection,
    applier: Applier,
    reader: Reader,
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    watermark: Watermark,
    shared: Arc<Shared>,
}

impl Shared {
    pub(super) fn applied(&self) -> u64 {
        self.state.lock().applied
    }

    /// Blocks until a record is in the file.
    pub(super) fn wait_for(&self, sequence: u64) -> Result<(), ReadError> {
        let mut state = self.state.lock();
        while state.applied < sequence {
            match &state.end {
                Some(End::Closed) => return Err(ReadError::Closed),
                Some(End::Failed(reason)) => return Err(ReadError::Follower(reason.clone())),
                None => {}
            }
            if let Some(trouble) = &state.trouble {
                return Err(ReadError::Follower(trouble.clone()));
            }
            if state.wanted < sequence {
                state.wanted = sequence;
                self.wanted.notify_one();
            }
            self.applied.wait(&mut state);
        }
        Ok(())
    }

    pub(super) fn leave(&self) {
        let state = self.state.lock();
        self.leaving.store(true, Ordering::SeqCst);
        drop(state);
        self.wanted.notify_one();
    }

    /// The first hook stays.
    pub(super) fn when_noticed(&self, hook: Hook) {
        let _ = self.when_noticed.set(hook);
    }

    fn leaves(&self) -> bool {
        self.leaving.load(Ordering::SeqCst)
    }

    /// Waits a little, unless somebody wants what comes next.
    fn linger(&self) {
        let mut state = self.state.lock();
        if state.wanted <= state.applied && !self.leaves() {
            self.wanted.wait_for(&mut state, LINGER);
        }
    }

    fn advance(&self, applied: u64) {
        let mut state = self.state.lock();
        state.applied = applied;
        state.trouble = None;
        drop(state);
        self.applied.notify_all();
    }

    /// Notes why it does not go on, and waits a while before it is tried again.
    fn rest(&self, trouble: String) {
        let mut state = self.state.lock();
        state.trouble = Some(trouble);
        self.applied.notify_all();
        if !self.leaves() {
            self.wanted.wait_for(&mut state, REST);
        }
    }

    pub(super) fn trouble(&self) -> Option<String> {
        let state = self.state.lock();
        match &state.end {
            Some(End::Failed(reason)) => Some(reason.clone()),
            _ => state.trouble.clone(),
        }
    }

    /// The first reason stands.
    fn end(&self, end: End) {
        self.state.lock().end.get_or_insert(end);
        self.applied.notify_all();
    }
}

impl Follower {
    pub(super) fn open(
        path: &Path,
        disk: Arc<dyn Disk>,
        dir: &Path,
        watermark: Watermark,
    ) -> Result<(Follower, Arc<Shared>), ReadError> {
        let durable = watermark.durable();
        let (connection, progress) =
            schema::open(path, |progress| is_of_journal(path, progress, (&disk, dir, durable)))?;
        let reader = Reader::open(Arc::clone(&disk), dir, progress.sequence + 1)?;
        let state = State { applied: progress.sequence, ..State::default() };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            applied: Condvar::new(),
            wanted: Condvar::new(),
            leaving: AtomicBool::new(false),
            when_noticed: OnceLock::new(),
        });
        let theirs = Arc::clone(&shared);
        let (path, applier, dir) = (path.into(), Applier::default(), dir.to_path_buf());
        Ok((Follower { path, connection, applier, reader, disk, dir, watermark, shared: theirs }, shared))
    }

    pub(super) fn run(mut self) {
        while let Err(error) = self.follow() {
            if is_passing(&error) {
                if self.shared.trouble().as_deref() != Some(&error.to_string()) {
                    tracing::error!(%error, "the read model cannot follow the journal at the moment");
                }
                self.shared.rest(error.to_string());
                match self.begin_again() {
                    Ok(()) => continue,
                    Err(error) if is_passing(&error) => continue,
                    Err(error) => tracing::error!(%error, "the read model cannot be read again"),
                }
            }
            tracing::error!(%error, "the read model has stopped following the journal");
            if is_damage(&error) {
                // The next start finds no file and makes a new one.
                let _ = schema::remove(&self.path);
            }
            self.shared.end(End::Failed(error.to_string()));
            return;
        }
    }

    /// Goes back to what is in the file: what was being applied when it failed is not.
    fn begin_again(&mut self) -> Result<(), ReadError> {
        let progress = schema::check(&self.connection)?;
        self.applier = Applier::default();
        self.reader = Reader::open(Arc::clone(&self.disk), &self.dir, progress.sequence + 1)?;
        Ok(())
    }

    fn follow(&mut self) -> Result<(), ReadError> {
        loop {
            let shared = &self.shared;
            let applied = self.reader.next_sequence() - 1;
            let durable = self.watermark.wait_past_unless(applied, || shared.leaves());
            if durable.is_none() || shared.leaves() {
                return Ok(());
            }
            shared.linger();
            let durable = self.watermark.durable();
            while self.reader.next_sequence() <= durable && !self.shared.leaves() {
                let notices = self.applier.notices();
                let applied = self.apply_some(durable)?;
                self.shared.advance(applied);
                if self.applier.notices() != notices
                    && let Some(hook) = self.shared.when_noticed.get()
                {
                    hook();
                }
                while self.applier.owes_merging() && !self.shared.leaves() {
                    self.merge_some()?;
                }
            }
        }
    }

    /// Applies some records in one transaction; says up to which.
    fn apply_some(&mut self, durable: u64) -> Result<u64, ReadError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut progress = schema::check(&transaction)?;
        let mut statements = self.applier.begin(&transaction)?;
        let mut entries = 0;
        while entries < ENTRIES_PER_TRANSACTION
            && let Some(record) = self.reader.next(durable)?
        {
            let sequence = record.sequence;
            if sequence != progress.sequence + 1 {
                // Somebody else wrote to the file.
                return Err(ReadError::Damaged(format!("record {sequence} after {}", progress.sequence)));
            }
            for entry in Entries::new(record.payload) {
                let entry = entry
                    .map_err(|malformed| ReadError::Record { sequence, detail: malformed.to_string() })?;
                statements.apply(sequence, entry)?;
                entries += 1;
            }
            progress = Position { sequence, checksum: crc32c::crc32c(record.payload) };
        }
        statements.finish(progress)?;
        transaction.commit()?;
        Ok(progress.sequence)
    }

    /// Merges some ids of charges, in a transaction of its own: nobody waits for it.
    fn merge_some(&mut self) -> Result<(), ReadError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.applier.merge(&transaction)?;
        Ok(transaction.commit()?)
    }
}

impl Drop for Follower {
    /// The end, whichever way: closed, failed, or (which would be a bug) panicked.
    fn drop(&mut self) {
        let end =
            if std::thread::panicking() { End::Failed("its thread panicked".into()) } else { End::Closed };
        self.shared.end(end);
    }
}

/// True if the file's last record is the journal's. Fails if the journal does not go so far.
fn is_of_journal(
    path: &Path,
    progress: Position,
    (disk, dir, durable): (&Arc<dyn Disk>, &Path, u64),
) -> Result<bool, ReadError> {
    if progress.sequence == 0 {
        return Ok(true);
    }
    if progress.sequence > durable {
        return Err(Loss { last: durable, known: progress.sequence, file: path.into() }.into());
    }
    let mut reader = Reader::open(Arc::clone(disk), dir, progress.sequence)?;
    let record = reader.next(durable)?;
    Ok(record.is_some_and(|record| crc32c::crc32c(record.payload) == progress.checksum))
}

/// True if it may go better next time: the disk is full, say.
fn is_passing(error: &ReadError) -> bool {
    match error {
        ReadError::Sqlite(error) => matches!(
            error.sqlite_error_code(),
            Some(
                rusqlite::ErrorCode::DiskFull
                    | rusqlite::ErrorCode::SystemIoFailure
                    | rusqlite::ErrorCode::CannotOpen
                    | rusqlite::ErrorCode::DatabaseBusy
                    | rusqlite::ErrorCode::OutOfMemory
            )
        ),
        _ => false,
    }
}

/// True if the file itself is at fault.
fn is_damage(error: &ReadError) -> bool {
    match error {
        ReadError::Damaged(_) => true,
        ReadError::Sqlite(error) => matches!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
        ),
        _ => false,
    }
}
