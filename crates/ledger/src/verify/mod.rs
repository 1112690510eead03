//! The proof that the books are right: the whole journal is replayed from its first record, read-only, and
//! every law is checked on the way.
//!
//! | law | what is proved |
//! |---|---|
//! | journal | every record is there, whole and in sequence; every entry reads to its end |
//! | 2xx | no charge stands there twice; no idempotency key was used twice while it is remembered, which is for as long as the policy says |
//! | money | postings balance; every charge is its units times the price that was in force, remainders carried; charges = bill lines + open hours; cash and debt are what went in and out |
//! | lot | granted = drawn + left + expired, never negative; draws sum to what was drawn |
//! | tick | settlements, ends of lots and moves of standing stand at their due instants, and nothing due was left out |
//! | standing | only the arrows exist; nothing is bought or enabled while something is owed |
//! | replay | each snapshot is byte for byte the state at its record; the read model's rows are the journal's |
//! | isolation | ids are unique; every account of the journal is in the directory |
//!
//! It runs beside a running server too: it takes no lock, and reads only what is durable. The rules must be those
//! the history was made under: the [`crate::rulebook`] keeps them.

mod account;
mod charge_ids;
mod keys;
mod read_rows;
mod read_tables;
mod report;
mod tick;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use charging::{AccountId, Event, Recorded};
use hashbrown::{HashMap, HashSet};

use crate::Rules;
use crate::entry::{self, AccountNo};
use crate::journal::{Disk, Entries, Reader, last_record};
use crate::snapshot;
use account::Audited;
use charge_ids::{ChargeIds, Place};
use read_tables::ReadTables;
pub use report::{Difference, Progress, Report, Sums};

/// What is to be verified.
pub struct VerifyOptions<'a> {
    /// Where the journal and its snapshots lie.
    pub dir: PathBuf,
    /// On what.
    pub disk: Arc<dyn Disk>,
    /// The price list and the policies.
    pub rules: Arc<Rules>,
    /// The read model's file, if it is to be compared.
    pub read_db: Option<PathBuf>,
    /// The accounts the directory knows, if they are to be compared.
    pub directory: Option<Vec<AccountId>>,
    /// Up to which record the journal is durable, if a running engine said so; else it is read to its end.
    pub durable: Option<u64>,
    /// Told now and then how far it is.
    pub progress: Option<&'a mut dyn FnMut(Progress)>,
}

/// Verifies a journal and what was derived from it.
///
/// # Errors
/// The first [`Difference`].
pub fn verify(options: VerifyOptions<'_>) -> Result<Report, Difference> {
    let VerifyOptions { dir, disk, rules, read_db, directory, durable, progress } = options;
    let rules = tick::by_longest_delays(&rules)?;
    // What is derived is looked at first, so that the journal has all of it even while it grows.
    let snapshots = snapshot::sequences(&*disk, &dir);
    let read_db = read_db.as_deref();
    let in_read_model = |difference: Difference| match read_db {
        Some(path) => difference.in_read_model(path),
        None => difference,
    };
    let mut tables = read_db.map(ReadTables::open).transpose().map_err(in_read_model)?;
    let last = match durable {
        Some(durable) => {
            let ahead = tables.as_ref().map_or(0, |tables| tables.progress.sequence);
            durable.max(ahead).max(snapshots.last().copied().unwrap_or(0))
        }
        None => last_record(&*disk, &dir).map_err(|error| Difference::new("journal", error.to_string()))?,
    };
    check_not_ahead(&dir, &snapshots, tables.as_ref().map(|tables| tables.progress.sequence), last)?;
    let directory = directory.map(|ids| ids.into_iter().collect::<HashSet<_>>());
    let mut books = Books {
        rules: &rules,
        accounts: Vec::new(),
        no_by_id: HashMap::new(),
        charges: ChargeIds::default(),
        report: Report::default(),
    };
    let directory_ids = directory.as_ref();
    let wanted = Wanted { disk: &disk, dir: &dir, snapshots: &snapshots, directory: directory_ids, read_db };
    let replayed = books.replay(&wanted, (last, durable), tables.as_mut(), progress);
    match (replayed, books.check_charge_ids()) {
        // A charge that stands there twice mostly breaks another law of its account too: it is the better reason.
        (Err(_), Err(twice)) if !twice.is_unproved() => return Err(twice),
        (replayed, twice) => replayed.and(twice)?,
    }
    books.check_sums()?;
    if let Some(tables) = tables {
        books.report.read_progress = Some(tables.progress.sequence);
        let compared = tables.compare(&disk, &dir, &books.accounts);
        books.report.rows_read = compared.map_err(in_read_model)?;
    }
    if let Some(directory) = directory {
        let unknown = directory.iter().filter(|id| !books.no_by_id.contains_key(*id)).count();
        books.report.directory_only = unknown as u64;
    }
    Ok(books.report)
}

/// No snapshot may know of records that the journal does not have, and neither may the read model.
fn check_not_ahead(dir: &Path, snapshots: &[u64], read: Option<u64>, last: u64) -> Result<(), Difference> {
    let ahead = snapshots.iter().find(|snapshot| **snapshot > last);
    let detail = match (ahead, read.filter(|read| *read > last)) {
        (Some(ahead), _) => {
            let file = snapshot::path(dir, *ahead);
            format!(
                "there is a snapshot of record {ahead} ({}), but the journal ends at {last}",
                file.display()
            )
        }
        (None, Some(read)) => format!("the read model has record {read}, but the journal ends at {last}"),
        (None, None) => return Ok(()),
    };
    let cure = "Records that were acknowledged are missing: restore the whole folder from a backup; or, to go on \
                without them, run `inkmeter accept-loss`.";
    Err(Difference { cure: Some(cure.into()), ..Difference::new("replay", detail) })
}

/// What the replay is compared with on its way.
struct Wanted<'a> {
    disk: &'a Arc<dyn Disk>,
    dir: &'a Path,
    snapshots: &'a [u64],
    directory: Option<&'a HashSet<AccountId>>,
    read_db: Option<&'a Path>,
}

/// The state of the replay.
struct Books<'a> {
    rules: &'a Rules,
    accounts: Vec<Audited>,
    no_by_id: HashMap<AccountId, AccountNo>,
    charges: ChargeIds,
    report: Report,
}

impl Books<'_> {
    fn replay(
        &mut self,
        wanted: &Wanted<'_>,
        (last, durable): (u64, Option<u64>),
        mut tables: Option<&mut ReadTables>,
        mut progress: Option<&mut dyn FnMut(Progress)>,
    ) -> Result<(), Difference> {
        let of_journal = |error: crate::journal::OpenError| Difference::new("journal", error.to_string());
        let mut reader = Reader::open(Arc::clone(wanted.disk), wanted.dir, 1).map_err(of_journal)?;
        while let Some(record) = reader.next(last).map_err(of_journal)? {
            let sequence = record.sequence;
            // Beyond what the running engine called durable, accounts may be younger than the directory's list.
            let directory = wanted.directory.filter(|_| durable.is_none_or(|durable| sequence <= durable));
            for bytes in Entries::new(record.payload) {
                let bytes = bytes
                    .map_err(|malformed| Difference::new("journal", malformed.to_string()).at(sequence))?;
                let tables = tables.as_deref_mut().filter(|tables| sequence <= tables.progress.sequence);
                self.entry(sequence, bytes, directory, tables)
                    .map_err(|difference| difference.at(sequence))?;
            }
            self.report.records = sequence;
            if let Some(tables) = tables.as_deref_mut() {
                let ended = tables.record_ends(sequence, record.payload, &self.accounts);
                ended.map_err(|difference| match wanted.read_db {
                    Some(path) => difference.in_read_model(path),
                    None => difference,
                })?;
            }
            if wanted.snapshots.contains(&sequence) {
                self.compare_snapshot(wanted, sequence).map_err(|difference| difference.at(sequence))?;
            }
            if let Some(progress) = progress.as_deref_mut()
                && (sequence.is_multiple_of(1000) || sequence == last)
            {
                progress(Progress { sequence, last, entries: self.report.entries });
            }
        }
        Ok(())
    }

    fn entry(
        &mut self,
        sequence: u64,
        bytes: &[u8],
        directory: Option<&HashSet<AccountId>>,
        mut tables: Option<&mut ReadTables>,
    ) -> Result<(), Difference> {
        let (no, events) =
            entry::decode(bytes).map_err(|error| Difference::new("journal", error.to_string()))?;
        self.report.entries += 1;
        if events.is_empty() {
            return Err(Difference::new("journal", format!("an entry of account {no} has no events")));
        }
        for recorded in &events {
            self.report.events += 1;
            if no as usize == self.accounts.len() {
                self.open(no, recorded, directory)?;
            } else {
                self.event(no, sequence, recorded)?;
            }
            if let Some(tables) = tables.as_deref_mut()
                && let Some(audited) = self.accounts.get_mut(no as usize)
            {
                audited.rows(no, sequence, recorded, |table, cells| tables.expect(table, no, cells));
                tables.expect_usage(no, audited.account.zone(), recorded);
                tables.expect_posted(no, audited.account.zone(), recorded);
            }
        }
        let audited = &self.accounts[no as usize];
        audited.account.check_at_rest().map_err(|violation| audited.blame(violation.into()))
    }

    fn open(
        &mut self,
        no: AccountNo,
        recorded: &Recorded,
        directory: Option<&HashSet<AccountId>>,
    ) -> Result<(), Difference> {
        let Some(audited) = Audited::open(recorded) else {
            let detail = format!("account number {no} does not begin with its opening");
            return Err(Difference::new("journal", detail));
        };
        let id = audited.account.id();
        if self.no_by_id.insert(id, no).is_some() {
            return Err(Difference::new("isolation", "two accounts have this id").of(id));
        }
        if directory.is_some_and(|directory| !directory.contains(&id)) {
            return Err(Difference::new("isolation", "the directory does not know this account").of(id));
        }
        self.report.accounts += 1;
        self.accounts.push(audited);
        Ok(())
    }

    fn event(&mut self, no: AccountNo, sequence: u64, recorded: &Recorded) -> Result<(), Difference> {
        let Some(audited) = self.accounts.get_mut(no as usize) else {
            return Err(Difference::new("journal", format!("there is no account number {no}")));
        };
        if let Event::Charged { charge, .. } = &recorded.event {
            let place = Place { charge: *charge, sequence, account: no };
            self.charges.insert(place).map_err(|error| Difference::no_room(&error))?;
        }
        let policy = self.rules.policies.of(audited.account.policy());
        if let Err(difference) = audited.keys.event(policy, recorded) {
            return Err(audited.blame(difference));
        }
        let checked = audited.event(self.rules, recorded, &mut self.report);
        checked.map_err(|difference| audited.blame(difference))
    }

    fn compare_snapshot(&mut self, wanted: &Wanted<'_>, sequence: u64) -> Result<(), Difference> {
        let unreadable = |error: std::io::Error| {
            let detail = format!("the snapshot of record {sequence} cannot be read: {error}");
            Difference::new("replay", detail).in_snapshot(wanted.dir, sequence)
        };
        let found = match snapshot::body(&**wanted.disk, wanted.dir, sequence) {
            Ok(found) => found,
            // A running server has replaced it by a later one.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unreadable(error)),
        };
        let accounts: Vec<_> = self.accounts.iter().map(|audited| &audited.account).collect();
        let expected = snapshot::encode(&accounts).map_err(unreadable)?;
        if found != expected {
            let at = found.iter().zip(&expected).take_while(|(found, expected)| found == expected).count();
            let detail = format!(
                "the snapshot of record {sequence} differs from the replayed state at byte {at} of {}",
                expected.len()
            );
            return Err(Difference::new("replay", detail).in_snapshot(wanted.dir, sequence));
        }
        self.report.snapshots += 1;
        Ok(())
    }

    /// No charge stands there twice: known only when all were seen, or all up to where another law does not hold.
    fn check_charge_ids(&mut self) -> Result<(), Difference> {
        let twice =
            std::mem::take(&mut self.charges).first_twice().map_err(|error| Difference::no_room(&error))?;
        let Some(Place { charge, sequence, account }) = twice else { return Ok(()) };
        let detail = format!("charge {charge} stands in the journal twice");
        let difference = Difference::new("2xx", detail).at(sequence);
        Err(match self.accounts.get(account as usize) {
            Some(audited) => audited.blame(difference),
            None => difference,
        })
    }

    /// Checks what is only known at the end, and sums up.
    fn check_sums(&mut self) -> Result<(), Difference> {
        for audited in &self.accounts {
            audited.check_sums(&mut self.report.sums).map_err(|difference| audited.blame(difference))?;
        }
        let sums = &self.report.sums;
        if sums.charged_e8 != sums.settled_e8 + sums.unsettled_e8 {
            let detail = format!(
                "over all accounts {} was charged, {} is billed and {} open",
                sums.charged_e8, sums.settled_e8, sums.unsettled_e8
            );
            return Err(Difference::new("money", detail));
        }
        Ok(())
    }
}
