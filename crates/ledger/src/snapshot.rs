//! Snapshots: all accounts as of one record, so that opening need not replay the whole journal.
//!
//! A snapshot is folded from the previous snapshot and the journal after it, beside the running engine: it
//! takes no lock, and it is a standing proof that the journal alone gives the state back. A snapshot that
//! cannot be read is passed over; the journal has everything.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use charging::Account;

use crate::engine::{Accounts, EngineError};
use crate::journal::{Disk, DiskFile};
use crate::replay;

const MAGIC: &[u8; 8] = b"inksnapf";
const HEADER_BYTES: usize = 8 + 8 + 8 + 4;
const PREFIX: &str = "snapshot-";
const UNFINISHED: &str = "snapshot.unfinished";

pub(crate) fn path(dir: &Path, sequence: u64) -> PathBuf {
    dir.join(format!("{PREFIX}{sequence:020}"))
}

/// The latest readable snapshot at or before a record, with that record's number.
pub fn latest(disk: &dyn Disk, dir: &Path, at_most: u64) -> Option<(u64, Accounts)> {
    let (sequence, accounts) = latest_accounts(disk, dir, at_most)?;
    Some((sequence, Accounts::from_accounts(accounts)))
}

/// The accounts of the latest readable snapshot at or before a record, in order of number.
pub(crate) fn latest_accounts(disk: &dyn Disk, dir: &Path, at_most: u64) -> Option<(u64, Vec<Account>)> {
    let candidates = sequences(disk, dir).into_iter().rev().filter(|sequence| *sequence <= at_most);
    candidates.into_iter().find_map(|sequence| match read(disk, dir, sequence) {
        Ok(accounts) => Some((sequence, accounts)),
        Err(error) => {
            let file = path(dir, sequence);
            tracing::warn!(
                file = %file.display(),
                %error,
                "a snapshot cannot be read and is passed over: the journal has everything, the file may be removed"
            );
            None
        }
    })
}

/// Folds a new snapshot at `last` and keeps it and the one before; older ones are removed.
///
/// # Errors
/// Damage in the journal, or a disk that refuses.
pub fn take(disk: &Arc<dyn Disk>, dir: &Path, last: u64) -> Result<(), EngineError> {
    let (from, mut accounts) = latest(&**disk, dir, last).unwrap_or_default();
    if from == last {
        return Ok(());
    }
    replay::entries(Arc::clone(disk), dir, from + 1, last, |sequence, no, events| {
        accounts.apply(no, events).map_err(|detail| EngineError::History { sequence, detail })
    })?;
    let accounts: Vec<&Account> = accounts.iter().map(|live| &live.account).collect();
    write(&**disk, dir, last, &encode(&accounts)?)?;
    let all = sequences(&**disk, dir);
    for old in all.iter().rev().skip(2) {
        disk.remove(&path(dir, *old))?;
    }
    Ok(())
}

fn write(disk: &dyn Disk, dir: &Path, sequence: u64, body: &[u8]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&sequence.to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&crc32c::crc32c(body).to_le_bytes());
    bytes.extend_from_slice(body);
    let unfinished = dir.join(UNFINISHED);
    let file = disk.create(&unfinished)?;
    write_all(&*file, &bytes)?;
    file.sync_data()?;
    disk.rename(&unfinished, &path(dir, sequence))?;
    disk.sync_dir(dir)
}

fn write_all(file: &dyn DiskFile, bytes: &[u8]) -> io::Result<()> {
    let mut written = 0;
    while written < bytes.len() {
        match file.write_at(&bytes[written..], written as u64)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            more => written += more,
        }
    }
    Ok(())
}

/// The accounts of one snapshot.
fn read(disk: &dyn Disk, dir: &Path, sequence: u64) -> io::Result<Vec<Account>> {
    postcard::from_bytes(&body(disk, dir, sequence)?).map_err(io::Error::other)
}

/// What one snapshot holds, after its header and checksum were found right: see [`encode`].
pub(crate) fn body(disk: &dyn Disk, dir: &Path, sequence: u64) -> io::Result<Vec<u8>> {
    let invalid = |text: &str| io::Error::new(io::ErrorKind::InvalidData, text.to_owned());
    let file = disk.open_read(&path(dir, sequence))?;
    let size = usize::try_from(file.len()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; size];
    let mut filled = 0;
    while filled < size {
        match file.read_at(&mut bytes[filled..], filled as u64)? {
            0 => break,
            more => filled += more,
        }
    }
    let header = bytes.get(..HEADER_BYTES).ok_or_else(|| invalid("it is too short"))?;
    let number = |range: std::ops::Range<usize>| {
        header.get(range).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
    };
    let body = &bytes[HEADER_BYTES..];
    let stated = header.get(24..28).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
    if header[..8] != *MAGIC || number(8..16) != sequence || number(16..24) != body.len() as u64 {
        return Err(invalid("its header does not match"));
    }
    if crc32c::crc32c(body) != stated {
        return Err(invalid("its checksum does not match"));
    }
    bytes.drain(..HEADER_BYTES);
    Ok(bytes)
}

/// The bytes of a snapshot's body.
pub(crate) fn encode(accounts: &[&Account]) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(accounts).map_err(io::Error::other)
}

/// Sequences of all snapshots in a folder, oldest first.
pub(crate) fn sequences(disk: &dyn Disk, dir: &Path) -> Vec<u64> {
    let names = disk.list(dir).unwrap_or_default();
    let mut found: Vec<u64> =
        names.iter().filter_map(|name| name.strip_prefix(PREFIX)?.parse().ok()).collect();
    found.sort_unstable();
    found
}
