//! The disk of a simulated machine: the faulty disk of the journal's own tests, behind a gate.
//!
//! While the gate is shut, whoever writes waits in front of it. So it is known which answers are under way when a fault
//! comes: the group commit's thread has taken the first of them and waits, and all others gather behind it. The same
//! history then gives the same records, whatever the threads of this machine do.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use ledger::journal::faults::FaultDisk;
use ledger::journal::{Disk, DiskFile, DiskLock};

/// How often it is asked whether whoever is waited for is gone.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// The gate.
#[derive(Clone, Default)]
pub struct Gate(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: std::sync::Mutex<State>,
    changed: std::sync::Condvar,
}

#[derive(Default)]
struct State {
    is_shut: bool,
    waiting: usize,
}

impl Gate {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whoever writes from now on waits.
    pub fn shut(&self) {
        self.lock().is_shut = true;
    }

    /// Lets everybody through.
    pub fn open(&self) {
        self.lock().is_shut = false;
        self.0.changed.notify_all();
    }

    /// Blocks until somebody waits in front of it, or will never come.
    pub fn wait_for_writer(&self, is_gone: impl Fn() -> bool) {
        let mut state = self.lock();
        while state.is_shut && state.waiting == 0 && !is_gone() {
            let waited = self.0.changed.wait_timeout(state, LOOK_AGAIN);
            (state, _) = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    fn pass(&self) {
        let mut state = self.lock();
        if !state.is_shut {
            return;
        }
        state.waiting += 1;
        self.0.changed.notify_all();
        while state.is_shut {
            state = self.0.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        state.waiting -= 1;
    }
}

/// The disk behind the gate. Clones are the same disk.
#[derive(Clone, Default)]
pub struct GatedDisk {
    /// The disk that fails.
    pub faulty: FaultDisk,
    /// The gate.
    pub gate: Gate,
    /// True if syncs are only said to have been done: a planted fault.
    lies: Arc<AtomicBool>,
    /// Grows when the processes that use it die.
    lives: Arc<AtomicU64>,
    /// Whose this is.
    life: u64,
}

impl GatedDisk {
    /// Plants the fault that syncs do nothing.
    pub fn lie_about_syncs(&self, lies: bool) {
        self.lies.store(lies, Ordering::SeqCst);
    }

    /// The same disk, as a new process sees it.
    pub fn process(&self) -> GatedDisk {
        GatedDisk { life: self.lives.load(Ordering::SeqCst), ..self.clone() }
    }

    /// The processes that use it die, and the machine goes on: whatever they wanted to do is not done.
    pub fn kill(&self) {
        self.lives.fetch_add(1, Ordering::SeqCst);
        self.faulty.kill();
    }

    /// The power goes off and comes back.
    pub fn crash(&self, seed: u64) {
        self.lives.fetch_add(1, Ordering::SeqCst);
        self.faulty.crash(seed);
    }

    /// Waits at the gate; whoever has died meanwhile does nothing behind it.
    fn pass(&self) -> io::Result<()> {
        self.gate.pass();
        let is_alive = self.life == self.lives.load(Ordering::SeqCst);
        if is_alive { Ok(()) } else { Err(io::Error::other("the process has died")) }
    }

    fn file(&self, file: io::Result<Box<dyn DiskFile>>) -> io::Result<Box<dyn DiskFile>> {
        file.map(|file| Box::new(GatedFile { file, disk: self.clone() }) as Box<dyn DiskFile>)
    }
}

struct GatedFile {
    file: Box<dyn DiskFile>,
    disk: GatedDisk,
}

impl Disk for GatedDisk {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        self.faulty.create_dir(dir)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.faulty.list(dir)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.pass()?;
        self.file(self.faulty.create(path))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.file(self.faulty.open(path))
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.faulty.open_read(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.pass()?;
        self.faulty.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.pass()?;
        self.faulty.remove(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.pass()?;
        self.faulty.sync_dir(dir)
    }

    fn lock(&self, path: &Path) -> io::Result<Option<DiskLock>> {
        self.faulty.lock(path)
    }
}

impl DiskFile for GatedFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.disk.pass()?;
        self.file.write_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.pass()?;
        if self.disk.lies.load(Ordering::SeqCst) { Ok(()) } else { self.file.sync_data() }
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn set_len(&self, size_bytes: u64) -> io::Result<()> {
        self.disk.pass()?;
        self.file.set_len(size_bytes)
    }
}
