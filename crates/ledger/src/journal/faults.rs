//! A disk in memory that fails the way disks do. For tests.
//!
//! Killing a process does not test a sync: what was written survives in the system's cache. This
//! disk keeps apart what was synced and what was only written, per sector of 512 bytes, and on a
//! [`FaultDisk::crash`] each unsynced sector keeps its old content, its newest, or one of those in
//! between, independently of all others: writes are lost, torn and reordered. Names that were not
//! synced are lost from some point on.
//!
//! It also fails on demand: the power goes at the n-th operation, a write or sync reports an error,
//! writes are short, the disk is full. After a failed sync it does as Linux does: the data is still
//! read back, the next sync reports success, and the disk never got it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Disk, DiskFile, DiskLock};

const SECTOR: usize = 512;

/// The disk. Clones are the same disk.
#[derive(Clone, Default)]
pub struct FaultDisk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Grows when the process or the machine dies; files and locks opened before are void.
    life: u64,
    dirs: BTreeSet<PathBuf>,
    files: Vec<Content>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    unsynced_names: Vec<(PathBuf, Naming)>,
    locks: BTreeMap<PathBuf, u64>,
    operations: u64,
    writes: u64,
    syncs: u64,
    power_cut_at: Option<u64>,
    fail_write_at: Option<u64>,
    fail_sync_at: Option<u64>,
    write_limit: Option<usize>,
    room: Option<u64>,
    /// By how many bytes files had grown in all, after each write that made one grow.
    grown: Vec<u64>,
}

enum Naming {
    Given(usize),
    Moved(PathBuf),
    Taken,
}

#[derive(Default)]
struct Content {
    /// What is on the platter.
    durable: Vec<u8>,
    /// What reads see.
    cached: Vec<u8>,
    /// Per sector, what was written since the last sync, oldest first.
    unsynced: BTreeMap<usize, Vec<[u8; SECTOR]>>,
}

impl FaultDisk {
    /// An empty disk that does not fail yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Operations so far that change the disk: writes, syncs, creations, renames, removals.
    pub fn operations(&self) -> u64 {
        self.0.lock().operations
    }

    /// Cuts the power at the operation numbered `operation` (the first is 0, counted from the disk's
    /// beginning): it may or may not have had its effect, and from then on everything fails until
    /// [`Self::crash`].
    pub fn cut_power_at(&self, operation: u64) {
        self.0.lock().power_cut_at = Some(operation);
    }

    /// Lets the write after the next `skip` ones report an input/output error.
    pub fn fail_write_after(&self, skip: u64) {
        let mut state = self.0.lock();
        state.fail_write_at = Some(state.writes + skip);
    }

    /// Lets the file sync after the next `skip` ones report an input/output error. Later syncs of that
    /// file report success, but what the failed one should have written never arrives.
    pub fn fail_sync_after(&self, skip: u64) {
        let mut state = self.0.lock();
        state.fail_sync_at = Some(state.syncs + skip);
    }

    /// Lets every write take at most so many bytes.
    pub fn limit_writes(&self, bytes: usize) {
        self.0.lock().write_limit = Some(bytes);
    }

    /// Lets files grow by so many bytes in all, then the disk is full; `None`: it never is.
    pub fn leave_room(&self, bytes: Option<u64>) {
        self.0.lock().room = bytes;
    }

    /// By how many bytes files had grown in all, after each write that made one grow: where room can end.
    pub fn grown(&self) -> Vec<u64> {
        self.0.lock().grown.clone()
    }

    /// The power goes off and comes back: what was not synced is lost, torn and reordered as `seed` says.
    /// All faults are cleared.
    pub fn crash(&self, seed: u64) {
        let mut random = Random(seed);
        let state = &mut *self.0.lock();
        let kept = random.below(state.unsynced_names.len() as u64 + 1) as usize;
        for (path, naming) in state.unsynced_names.drain(..).take(kept) {
            naming.apply(&mut state.durable_names, path);
        }
        state.names = state.durable_names.clone();
        for file in &mut state.files {
            file.lose(&mut random);
        }
        state.begin_life();
        state.heal();
    }

    /// What was to fail does not any more. What has failed is not undone.
    pub fn heal(&self) {
        self.0.lock().heal();
    }

    /// The process dies and the machine goes on: files and locks are closed, nothing is lost.
    pub fn kill(&self) {
        self.0.lock().begin_life();
    }

    /// Changes bytes of a file behind everybody's back, in the cache and on the platter.
    pub fn damage(&self, path: &Path, offset: u64, change: impl FnOnce(&mut [u8])) {
        let state = &mut *self.0.lock();
        if let Some(&id) = state.names.get(path) {
            let file = &mut state.files[id];
            change(file.cached.get_mut(offset as usize..).unwrap_or_default());
            file.durable.clone_from(&file.cached);
            file.unsynced.clear();
        }
    }

    fn file(&self, id: usize) -> Box<dyn DiskFile> {
        let life = self.0.lock().life;
        Box::new(FaultFile { disk: self.clone(), id, life })
    }
}

impl State {
    fn begin_life(&mut self) {
        self.life += 1;
        self.locks.clear();
    }

    fn heal(&mut self) {
        (self.power_cut_at, self.fail_write_at, self.fail_sync_at) = (None, None, None);
        (self.write_limit, self.room) = (None, None);
    }

    /// Counts an operation. `Ok(true)` if the power goes while it is at work.
    fn operate(&mut self) -> io::Result<bool> {
        let number = self.operations;
        self.operations += 1;
        match self.power_cut_at {
            Some(cut) if number > cut => Err(power_is_off()),
            Some(cut) => Ok(number == cut),
            None => Ok(false),
        }
    }

    fn check_power(&self) -> io::Result<()> {
        if self.power_cut_at.is_some_and(|cut| self.operations > cut) { Err(power_is_off()) } else { Ok(()) }
    }

    fn rename(&mut self, path: PathBuf, naming: Naming) -> io::Result<()> {
        let cut = self.operate()?;
        naming.apply(&mut self.names, path.clone());
        self.unsynced_names.push((path, naming));
        if cut { Err(power_is_off()) } else { Ok(()) }
    }
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>, path: PathBuf) {
        match self {
            Self::Given(id) => {
                names.insert(path, *id);
            }
            Self::Moved(to) => {
                if let Some(id) = names.remove(&path) {
                    names.insert(to.clone(), id);
                }
            }
            Self::Taken => {
                names.remove(&path);
            }
        }
    }
}

impl Content {
    fn write(&mut self, bytes: &[u8], offset: usize) {
        let end = offset + bytes.len();
        if self.cached.len() < end {
            self.cached.resize(end, 0);
        }
        self.cached[offset..end].copy_from_slice(bytes);
        for sector in offset / SECTOR..end.div_ceil(SECTOR) {
            let content = sector_of(&self.cached, sector);
            self.unsynced.entry(sector).or_default().push(content);
        }
    }

    fn sync(&mut self) {
        self.durable.resize(self.cached.len(), 0);
        // Only what is marked unsynced is written: what a failed sync forgot stays forgotten.
        for sector in std::mem::take(&mut self.unsynced).into_keys() {
            let (start, end) = (sector * SECTOR, self.cached.len().min((sector + 1) * SECTOR));
            if start < end {
                self.durable[start..end].copy_from_slice(&self.cached[start..end]);
            }
        }
    }

    /// A sync that fails: some sectors arrive, the others are forgotten though they can still be read.
    fn fail_sync(&mut self, random: &mut Random) {
        let size = self.durable.len();
        self.settle(random);
        self.durable.truncate(size);
    }

    fn lose(&mut self, random: &mut Random) {
        self.settle(random);
        self.cached.clone_from(&self.durable);
    }

    fn settle(&mut self, random: &mut Random) {
        // The size is between what was synced and what was written.
        let (synced, written) = (self.durable.len(), self.cached.len());
        let size = match random.below(3) {
            0 => synced,
            1 => written,
            _ => synced.min(written) + random.below(synced.abs_diff(written) as u64 + 1) as usize,
        };
        let mood = random.below(4);
        for (sector, versions) in std::mem::take(&mut self.unsynced) {
            let kept = match mood {
                0 => 0,
                1 => versions.len(),
                _ => random.below(versions.len() as u64 + 1) as usize,
            };
            if let Some(content) = kept.checked_sub(1).map(|at| versions[at]) {
                let start = sector * SECTOR;
                if self.durable.len() < start + SECTOR {
                    self.durable.resize(start + SECTOR, 0);
                }
                self.durable[start..start + SECTOR].copy_from_slice(&content);
            }
        }
        self.durable.resize(size, 0);
    }
}

fn sector_of(content: &[u8], sector: usize) -> [u8; SECTOR] {
    let mut copy = [0; SECTOR];
    let here = &content[sector * SECTOR..content.len().min((sector + 1) * SECTOR)];
    copy[..here.len()].copy_from_slice(here);
    copy
}

impl Disk for FaultDisk {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.check_power()?;
        state.dirs.extend(dir.ancestors().map(Path::to_path_buf));
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.0.lock();
        state.check_power()?;
        if !state.dirs.contains(dir) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let here = state.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(here.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.0.lock();
        let id = state.files.len();
        state.files.push(Content::default());
        state.rename(path.into(), Naming::Given(id))?;
        drop(state);
        Ok(self.file(id))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let state = self.0.lock();
        state.check_power()?;
        let id = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        drop(state);
        Ok(self.file(id))
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        if !state.names.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.rename(from.into(), Naming::Moved(to.into()))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        if !state.names.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.rename(path.into(), Naming::Taken)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        if state.operate()? {
            return Err(power_is_off());
        }
        let (here, elsewhere): (Vec<_>, Vec<_>) = std::mem::take(&mut state.unsynced_names)
            .into_iter()
            .partition(|(path, _)| path.parent() == Some(dir));
        for (path, naming) in here {
            naming.apply(&mut state.durable_names, path);
        }
        state.unsynced_names = elsewhere;
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<DiskLock>> {
        let mut state = self.0.lock();
        state.check_power()?;
        if state.locks.contains_key(path) {
            return Ok(None);
        }
        let life = state.life;
        state.locks.insert(path.into(), life);
        Ok(Some(Box::new(FaultLock { disk: self.clone(), path: path.into(), life })))
    }
}

struct FaultLock {
    disk: FaultDisk,
    path: PathBuf,
    life: u64,
}

impl Drop for FaultLock {
    fn drop(&mut self) {
        let mut state = self.disk.0.lock();
        if state.locks.get(&self.path) == Some(&self.life) {
            state.locks.remove(&self.path);
        }
    }
}

struct FaultFile {
    disk: FaultDisk,
    id: usize,
    life: u64,
}

impl FaultFile {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.disk.0.lock();
        if state.life == self.life { act(&mut state) } else { Err(io::Error::other("the process has died")) }
    }
}

impl DiskFile for FaultFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.with(|state| {
            state.check_power()?;
            let rest = state.files[self.id].cached.get(offset as usize..).unwrap_or_default();
            let read = rest.len().min(buffer.len());
            buffer[..read].copy_from_slice(&rest[..read]);
            Ok(read)
        })
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.with(|state| {
            let cut = state.operate()?;
            let number = state.writes;
            state.writes += 1;
            if state.fail_write_at == Some(number) {
                return Err(io::Error::from_raw_os_error(5)); // EIO
            }
            let mut taken = bytes.len().min(state.write_limit.unwrap_or(usize::MAX));
            let size = state.files[self.id].cached.len() as u64;
            if let Some(room) = &mut state.room {
                let growth = (offset + taken as u64).saturating_sub(size.max(offset));
                let refused = growth.saturating_sub(*room);
                *room -= growth - refused;
                taken -= refused as usize;
                if taken == 0 && refused > 0 {
                    return Err(io::ErrorKind::StorageFull.into());
                }
            }
            state.files[self.id].write(&bytes[..taken], offset as usize);
            let growth = state.files[self.id].cached.len() as u64 - size;
            if growth > 0 {
                let before = state.grown.last().copied().unwrap_or(0);
                state.grown.push(before + growth);
            }
            if cut { Err(power_is_off()) } else { Ok(taken) }
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|state| {
            if state.operate()? {
                return Err(power_is_off());
            }
            let number = state.syncs;
            state.syncs += 1;
            let file = &mut state.files[self.id];
            if state.fail_sync_at == Some(number) {
                file.fail_sync(&mut Random(number));
                return Err(io::Error::from_raw_os_error(5)); // EIO
            }
            file.sync();
            Ok(())
        })
    }

    fn len(&self) -> io::Result<u64> {
        self.with(|state| Ok(state.files[self.id].cached.len() as u64))
    }

    fn set_len(&self, size_bytes: u64) -> io::Result<()> {
        self.with(|state| {
            let cut = state.operate()?;
            state.files[self.id].cached.resize(size_bytes as usize, 0);
            if cut { Err(power_is_off()) } else { Ok(()) }
        })
    }
}

fn power_is_off() -> io::Error {
    io::Error::other("the power is off")
}

/// SplitMix64: enough to shuffle a disk, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
}
