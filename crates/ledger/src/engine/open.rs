//! Opening an engine: the latest snapshot, then the journal after it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use charging::Timestamp;
use parking_lot::Mutex;

use super::{Accounts, Engine, EngineError, Rules, Shard};
use crate::entry::AccountNo;
use crate::journal::postgres::{self, Mirrored, PostgresOptions};
use crate::journal::{
    Disk, EmbeddedJournal, EmbeddedOptions, GroupCommit, GroupCommitOptions, Journal, OpenError, RealDisk,
};
use crate::{loss, replay, snapshot};

/// How an engine is opened.
#[derive(Clone)]
pub struct EngineOptions {
    /// Where the journal and its snapshots lie.
    pub dir: PathBuf,
    /// On what.
    pub disk: Arc<dyn Disk>,
    /// Layout of the journal.
    pub journal: EmbeddedOptions,
    /// Bounds of the group commit.
    pub commit: GroupCommitOptions,
    /// The database the journal is kept in, if it is kept in one: `dir` has a copy of its records then.
    pub database: Option<PostgresOptions>,
    /// The read model's file, which knows how far the journal was durable; see [`crate::loss`].
    pub read_db: Option<PathBuf>,
}

impl EngineOptions {
    /// The usual ones, on the machine's own disk.
    pub fn new(dir: impl Into<PathBuf>) -> EngineOptions {
        EngineOptions {
            dir: dir.into(),
            disk: Arc::new(RealDisk),
            journal: EmbeddedOptions::default(),
            commit: GroupCommitOptions::default(),
            database: None,
            read_db: None,
        }
    }
}

/// What opening found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// The record the snapshot was taken at; 0 without one.
    pub snapshot: u64,
    /// The last durable record.
    pub last: u64,
    /// Entries replayed after the snapshot.
    pub replayed: u64,
    /// Bytes of a torn, never acknowledged record at the end that were cut off.
    pub cut_bytes: u64,
}

/// Books that were brought back, before anything is decided on them: what the rules are may depend on them.
pub struct Replayed {
    accounts: Accounts,
    latest: Timestamp,
    journal: Box<dyn Journal>,
    commit: GroupCommitOptions,
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    recovery: Recovery,
}

impl Engine {
    /// Opens the shard, creating it if there is none, and brings back its accounts.
    ///
    /// # Errors
    /// [`EngineError`]: the journal is in use, damaged, shorter than what was made from it says, or
    /// written by a later version.
    pub fn open(options: EngineOptions, rules: Arc<Rules>) -> Result<(Engine, Recovery), EngineError> {
        Replayed::open(options)?.start(rules)
    }
}

impl Replayed {
    /// Opens the shard, creating it if there is none, and brings back its accounts.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open(options: EngineOptions) -> Result<Replayed, EngineError> {
        let EngineOptions { dir, disk, journal, mut commit, read_db, database } = options;
        let evidence = loss::evidence(&*disk, &dir, read_db.as_deref());
        let known = loss::last_known(&evidence);
        let open = || match &database {
            Some(database) => in_database(database, &disk, &dir, journal, known),
            None => in_folder(&disk, &dir, journal, known),
        };
        let mut opened = open().map_err(|error| loss::explained(error, &evidence))?;
        let mut brought = bring_back(&disk, &dir, opened.next - 1);
        if let (Some(_), Err(EngineError::Journal(error @ OpenError::Corrupt { .. }))) = (&database, &brought)
        {
            fetch_anew(&*disk, &dir, error)?;
            drop(opened);
            opened = open().map_err(|error| loss::explained(error, &evidence))?;
            brought = bring_back(&disk, &dir, opened.next - 1);
        }
        let Brought { accounts, latest, snapshot, replayed } = brought?;
        let Opened { journal, next, limit_bytes, cut_bytes } = opened;
        let last = next - 1;
        // A batch can exceed its limit by an entry, and must fit into a record whatever the options say.
        commit.batch_limit_bytes = commit.batch_limit_bytes.min(limit_bytes.div_ceil(2));
        let recovery = Recovery { snapshot, last, replayed, cut_bytes };
        Ok(Replayed { accounts, latest, journal, commit, disk, dir, recovery })
    }

    /// The latest instant of the books; `None` if nothing stands in them.
    pub fn latest(&self) -> Option<Timestamp> {
        (self.recovery.last > 0).then_some(self.latest)
    }

    /// Lets commands be decided, by these rules.
    ///
    /// # Errors
    /// [`EngineError::Thread`].
    pub fn start(self, rules: Arc<Rules>) -> Result<(Engine, Recovery), EngineError> {
        let Replayed { accounts, latest, journal, commit, disk, dir, recovery } = self;
        let mut shard = Shard {
            accounts,
            due: BTreeSet::new(),
            awaiting: BTreeSet::new(),
            latest,
            events: Vec::new(),
            encoded: Vec::new(),
        };
        for no in 0..shard.accounts.len() {
            let no = AccountNo::try_from(no).expect("numbers were given as 32 bits");
            let live = shard.accounts.get_mut(no);
            live.due = live.account.next_due(rules.context());
            live.awaits_payment = live.account.awaits_payment();
            shard.awaiting.extend(live.awaits_payment.then_some(no));
            shard.due.extend(live.due.map(|due| (due, no)));
        }
        let journal = GroupCommit::start(journal, recovery.last + 1, commit)?;
        Ok((Engine { shard: Mutex::new(shard), journal, rules, disk, dir, growth: Arc::default() }, recovery))
    }
}

/// What the journal says of the accounts.
struct Brought {
    accounts: Accounts,
    latest: Timestamp,
    snapshot: u64,
    replayed: u64,
}

/// The latest snapshot, and the journal after it up to its last record.
fn bring_back(disk: &Arc<dyn Disk>, dir: &Path, last: u64) -> Result<Brought, EngineError> {
    let (snapshot, mut accounts) = snapshot::latest(&**disk, dir, last).unwrap_or_default();
    let mut latest = accounts.iter().map(|live| live.account.latest()).max().unwrap_or_default();
    let replayed = replay::entries(Arc::clone(disk), dir, snapshot + 1, last, |sequence, no, events| {
        latest = events.iter().map(|event| event.at).fold(latest, Timestamp::max);
        accounts.apply(no, events).map_err(|detail| EngineError::History { sequence, detail })
    })?;
    Ok(Brought { accounts, latest, snapshot, replayed })
}

/// A journal that can be written.
struct Opened {
    journal: Box<dyn Journal>,
    next: u64,
    /// The largest record it takes.
    limit_bytes: usize,
    cut_bytes: u64,
}

fn in_folder(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    options: EmbeddedOptions,
    known: u64,
) -> Result<Opened, OpenError> {
    let (journal, next) = EmbeddedJournal::open_known(Arc::clone(disk), dir, options, known)?;
    let (limit_bytes, cut_bytes) = (journal.payload_limit_bytes(), journal.cut_bytes());
    Ok(Opened { journal: Box::new(journal), next, limit_bytes, cut_bytes })
}

/// A record that the copy has only in part is fetched again: that is no loss, and nothing to be told.
fn in_database(
    database: &PostgresOptions,
    disk: &Arc<dyn Disk>,
    dir: &Path,
    options: EmbeddedOptions,
    known: u64,
) -> Result<Opened, OpenError> {
    let open = || {
        let shard = postgres::Shard::connect(database)?;
        Mirrored::open(shard, disk, dir, (options, known), &mut |_, _| ())
    };
    let (journal, next) = match open() {
        Err(error @ OpenError::Corrupt { .. }) => {
            fetch_anew(&**disk, dir, &error)?;
            open()?
        }
        opened => opened?,
    };
    let limit_bytes = journal.payload_limit_bytes();
    Ok(Opened { journal: Box::new(journal), next, limit_bytes, cut_bytes: 0 })
}

/// Removes a damaged copy, so that the next opening fetches all of it: it is written without syncs, and a power cut may
/// leave a hole in it. The database has everything.
fn fetch_anew(disk: &dyn Disk, dir: &Path, damage: &OpenError) -> Result<(), OpenError> {
    tracing::warn!(%damage, "the copy of the journal is fetched anew");
    remove_all(disk, dir).map_err(OpenError::disk("remove the damaged copy", dir))
}

/// Removes the files of a folder, wherever it lies.
fn remove_all(disk: &dyn Disk, dir: &Path) -> std::io::Result<()> {
    for name in disk.list(dir)? {
        disk.remove(&dir.join(name))?;
    }
    disk.sync_dir(dir)
}
