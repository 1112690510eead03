//! What the ledger does beside the calls: snapshots, so that opening it stays fast.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::engine::growth::Growth;
use crate::engine::{Engine, EngineError, Recovery};
use crate::journal::{Disk, Watermark};
use crate::snapshot;

/// When snapshots are taken: what is replayed at the next opening is bounded by this, and what was appended
/// while the last snapshot was being folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotOptions {
    /// After so many entries.
    pub every_entries: u64,
    /// Or after so many bytes of them.
    pub every_bytes: u64,
}

impl Default for SnapshotOptions {
    fn default() -> SnapshotOptions {
        SnapshotOptions { every_entries: 1_000_000, every_bytes: 128 << 20 }
    }
}

/// The thread that takes snapshots. It takes no lock of the engine: a snapshot is folded from the one before
/// and the journal.
#[derive(Debug)]
pub struct SnapshotJob {
    growth: Arc<Growth>,
    takes_last: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), EngineError>>>,
}

struct Worker {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    watermark: Watermark,
    growth: Arc<Growth>,
    takes_last: Arc<AtomicBool>,
    options: SnapshotOptions,
}

impl SnapshotJob {
    /// Starts the job; one for an engine. `recovery` is what opening the engine found.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub fn start(engine: &Engine, recovery: &Recovery, options: SnapshotOptions) -> io::Result<SnapshotJob> {
        let growth = engine.growth();
        let takes_last = Arc::new(AtomicBool::new(false));
        // What had to be replayed counts: if it was much already, the first snapshot is due now.
        growth.mark_after(options.every_entries.saturating_sub(recovery.replayed), options.every_bytes);
        let worker = Worker {
            disk: engine.disk(),
            dir: engine.dir().into(),
            watermark: engine.watermark(),
            growth: Arc::clone(&growth),
            takes_last: Arc::clone(&takes_last),
            options,
        };
        let thread = std::thread::Builder::new().name("snapshots".into()).spawn(move || worker.run())?;
        Ok(SnapshotJob { growth, takes_last, thread: Some(thread) })
    }

    /// Takes the last snapshot and ends. Called after [`Engine::close`], the next opening replays nothing.
    ///
    /// # Errors
    /// Damage in the journal, or a disk that refuses. Nothing is lost by that but the time to replay.
    pub fn finish(mut self) -> Result<(), EngineError> {
        self.takes_last.store(true, Ordering::SeqCst);
        self.end()
    }

    fn end(&mut self) -> Result<(), EngineError> {
        self.growth.leave();
        let Some(thread) = self.thread.take() else { return Ok(()) };
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the snapshot thread panicked").into()))
    }
}

impl Drop for SnapshotJob {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(%error, "the last snapshot failed");
        }
    }
}

impl Worker {
    fn run(self) -> Result<(), EngineError> {
        while self.growth.wait() {
            self.growth.mark_after(self.options.every_entries.max(1), self.options.every_bytes);
            if self.watermark.stop_reason().is_some() {
                continue;
            }
            if let Err(error) = self.take() {
                // The journal has everything; the next one may succeed.
                tracing::error!(%error, "a snapshot failed");
            }
        }
        let is_wanted = self.takes_last.load(Ordering::SeqCst) && self.watermark.stop_reason().is_none();
        if is_wanted { self.take() } else { Ok(()) }
    }

    fn take(&self) -> Result<(), EngineError> {
        snapshot::take(&self.disk, &self.dir, self.watermark.durable())
    }
}
