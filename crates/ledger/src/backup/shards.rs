//! Books in several shards of a database: a point has all of them as of one instant, and they are brought back into a database
//! all together.
//!
//! No node is asked for anything. The database says what each shard's journal and files were at one instant, beside the nodes
//! that write them; what the journals have up to then does not change and is copied afterwards.

use std::path::{Path, PathBuf};

use charging::Timestamp;

use super::records::{Copy, InDatabase, InFolder, Records as _};
use super::{
    Adding, BackupError, JOURNAL, Made, Point, PointFile, Progress, SHARDS, ShardPoint, copy_tables,
    make_dir, of_shard, point, sync_dir,
};
use crate::directory::Directory;
use crate::journal::postgres::{Filling, PostgresOptions, Snapshot};
use crate::outbox::Outbox;
use crate::{rulebook, tables};

/// Files are made here before they are copied into a point.
const DESK: &str = "desk";
const DIRECTORY_FILE: &str = "directory.db";
const OUTBOX_FILE: &str = "outbox.db";
/// Records are sent together up to so many, and so many bytes and one more.
const TOGETHER_RECORDS: usize = 512;
const TOGETHER_BYTES: usize = 4 << 20;

/// What is backed up.
#[derive(Debug, Clone)]
pub struct Database<'a> {
    /// The database's address.
    pub address: &'a str,
    /// Small files of a node that are copied as they are, and their names in a data folder; those that are not there are
    /// left out.
    pub files: Vec<(&'static str, PathBuf)>,
    /// The key that every shard's secrets have to be sealed with, if that is known.
    pub key: Option<Sealed<'a>>,
}

/// What secrets are sealed with.
#[derive(Debug, Clone)]
pub struct Sealed<'a> {
    /// The name of the directories' document that says it.
    pub document: &'a str,
    /// What it has to say.
    pub fingerprint: String,
}

/// Adds a point of all shards of a database to a backup folder, which is made if it is not there. Nodes may serve meanwhile.
///
/// # Errors
/// [`BackupError`]; the points that were there are untouched.
pub fn back_up_shards(
    source: &Database<'_>,
    to: &Path,
    made_at: Timestamp,
    progress: &mut Progress<'_>,
) -> Result<Made, BackupError> {
    let adding = Adding::begin(to, made_at)?;
    // The key before the shards: a shard that is sealed with it shows that it was the one.
    let mut files = Vec::new();
    for (name, file) in &source.files {
        files.extend(point::copy_in(file, &adding.unfinished.join(name))?);
    }
    let mut snapshot = Snapshot::take(source.address).map_err(BackupError::Journal)?;
    let shards = snapshot.shards();
    adding.check_shards(usize::from(shards))?;
    let mut parts = Vec::new();
    for shard in 0..shards {
        let next = snapshot.next_sequence(PostgresOptions::BOOKS, shard).map_err(BackupError::Journal)?;
        let dir = of_shard(&adding.unfinished, shard);
        make_dir(&dir)?;
        let files = files_of(&mut snapshot, shard, &dir, source.key.as_ref())?;
        sync_dir(&dir)?;
        parts.push(ShardPoint { shard, last_record: next - 1, files });
    }
    snapshot.release().map_err(BackupError::Journal)?;
    if shards > 1 {
        sync_dir(&adding.unfinished.join(SHARDS))?;
    }
    let (mut new_records, mut before) = (0, 0);
    let all = parts.iter().map(|part| part.last_record).sum();
    for part in &parts {
        let (last, known) = (part.last_record, adding.known(part.shard));
        let journal = of_shard(to, part.shard).join(JOURNAL);
        make_dir(&journal)?;
        let mut from = InDatabase(&mut snapshot, part.shard);
        let copy = Copy { from: &mut from, to: &journal, last, known };
        new_records += copy.run(&mut |record, _| progress(before + record, all))?;
        before += last;
        sync_dir(&of_shard(to, part.shard))?;
    }
    if shards > 1 {
        sync_dir(&to.join(SHARDS))?;
        sync_dir(to)?;
    }
    let first = parts.remove(0);
    files.extend(first.files);
    adding.keep(first.last_record, files, parts, new_records)
}

/// Makes the files of a shard as of the snapshot's instant, in its folder of a point.
fn files_of(
    snapshot: &mut Snapshot,
    shard: u8,
    dir: &Path,
    key: Option<&Sealed<'_>>,
) -> Result<Vec<PointFile>, BackupError> {
    let desk = dir.join(DESK);
    make_dir(&desk)?;
    let (directory_at, outbox_at) = (desk.join(DIRECTORY_FILE), desk.join(OUTBOX_FILE));
    let directory = Directory::as_of(&directory_at, snapshot, shard).map_err(failed(&directory_at))?;
    let document = |name: &str| directory.document(name).map_err(failed(&directory_at));
    if let Some(key) = key
        && document(key.document)?.is_some_and(|fingerprint| fingerprint != key.fingerprint)
    {
        return Err(BackupError::OtherKey(shard));
    }
    let mut files = Vec::new();
    if let Some(rules) = document(rulebook::FILE_NAME)? {
        let path = dir.join(rulebook::FILE_NAME);
        std::fs::write(&path, rules).map_err(BackupError::file("write the rulebook", &path))?;
        files.push(point::finish(&path)?);
    }
    drop(directory);
    Outbox::copy_as_of(&outbox_at, snapshot, shard).map_err(failed(&outbox_at))?;
    for path in [&directory_at, &outbox_at] {
        files.extend(copy_tables(path, dir)?);
    }
    std::fs::remove_dir_all(&desk).map_err(BackupError::file("remove what is not needed any more", &desk))?;
    Ok(files)
}

/// Brings a point that was restored into a folder into a database that has no books; names are claimed again. It is there when
/// the filling is committed, all of it. `key` is the name of the directories' document that says which key secrets are sealed
/// with.
///
/// # Errors
/// [`BackupError`]; the database is as it was.
pub fn fill(
    folder: &Path,
    chosen: &Point,
    (database, key): (&str, &str),
    progress: &mut Progress<'_>,
) -> Result<Filling, BackupError> {
    let last_records: Vec<u64> = chosen.parts().map(|(_, last, _)| last).collect();
    let filling = Filling::begin(database, &last_records).map_err(BackupError::Journal)?;
    let mut filling = filling.ok_or(BackupError::DatabaseNotEmpty)?;
    let (mut before, all) = (0, chosen.records());
    for (shard, last, _) in chosen.parts() {
        let dir = of_shard(folder, shard);
        fill_files(&mut filling, shard, &dir, key)?;
        let mut send = Together { filling: &mut filling, shard, first: 1, payloads: Vec::new(), bytes: 0 };
        let mut take = |record, payload: &[u8]| {
            progress(before + record, all);
            send.take(payload)
        };
        InFolder(&dir.join(JOURNAL)).hand_over(1, last, &mut take)?;
        send.send()?;
        before += last;
    }
    Ok(filling)
}

fn fill_files(filling: &mut Filling, shard: u8, dir: &Path, key: &str) -> Result<(), BackupError> {
    let path = dir.join(DIRECTORY_FILE);
    let directory = Directory::open(&path).map_err(failed(&path))?;
    let accounts = directory.accounts().map_err(failed(&path))?;
    let names: Vec<String> = accounts.into_iter().map(|account| account.name).collect();
    let key = directory.document(key).map_err(failed(&path))?;
    let rules = directory.document(rulebook::FILE_NAME).map_err(failed(&path))?;
    drop(directory);
    filling.names(shard, &names).map_err(BackupError::Journal)?;
    if let Some(key) = key {
        filling.key(&key).map_err(BackupError::Journal)?;
    }
    if let Some(rules) = rules {
        filling.rulebook(shard, &rules).map_err(BackupError::Journal)?;
    }
    for (what, name) in [(PostgresOptions::DIRECTORY, DIRECTORY_FILE), (PostgresOptions::OUTBOX, OUTBOX_FILE)]
    {
        let (path, copy) = (dir.join(name), dir.join(name).with_added_extension("image"));
        tables::copy(&path, &copy).map_err(failed(&path))?;
        let bytes = std::fs::read(&copy).map_err(BackupError::file("read the file", &copy))?;
        std::fs::remove_file(&copy).map_err(BackupError::file("remove the file", &copy))?;
        filling.image(what, shard, &bytes).map_err(BackupError::Journal)?;
    }
    Ok(())
}

/// Records on their way into a database.
struct Together<'a> {
    filling: &'a mut Filling,
    shard: u8,
    /// The number of the first one.
    first: u64,
    payloads: Vec<Vec<u8>>,
    bytes: usize,
}

impl Together<'_> {
    fn take(&mut self, payload: &[u8]) -> Result<(), BackupError> {
        self.payloads.push(payload.to_vec());
        self.bytes += payload.len();
        if self.payloads.len() >= TOGETHER_RECORDS || self.bytes >= TOGETHER_BYTES {
            self.send()?;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), BackupError> {
        let sent = self.filling.records(self.shard, self.first, &self.payloads);
        sent.map_err(BackupError::Journal)?;
        self.first += self.payloads.len() as u64;
        self.payloads.clear();
        self.bytes = 0;
        Ok(())
    }
}

/// An SQLite file could not be made or read.
fn failed<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> BackupError {
    move |problem| BackupError::Tables { path: path.to_owned(), detail: problem.to_string() }
}
