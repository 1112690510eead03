//! How much has been appended since the engine was opened, and an alarm for when it is much.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::{Condvar, Mutex};

/// Counters that wake whoever waits for them to reach a mark.
#[derive(Debug)]
pub(crate) struct Growth {
    entries: AtomicU64,
    bytes: AtomicU64,
    entries_mark: AtomicU64,
    bytes_mark: AtomicU64,
    state: Mutex<State>,
    woken: Condvar,
}

#[derive(Debug, Default)]
struct State {
    reached: bool,
    leaving: bool,
}

impl Default for Growth {
    fn default() -> Growth {
        Growth {
            entries: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            entries_mark: AtomicU64::new(u64::MAX),
            bytes_mark: AtomicU64::new(u64::MAX),
            state: Mutex::default(),
            woken: Condvar::new(),
        }
    }
}

impl Growth {
    /// Counts one entry. Called under the shard's lock, so nobody else counts and it is enough to store.
    pub(crate) fn add(&self, bytes: usize) {
        let entries = self.entries.load(Relaxed) + 1;
        let bytes = self.bytes.load(Relaxed) + bytes as u64;
        self.entries.store(entries, Relaxed);
        self.bytes.store(bytes, Relaxed);
        if entries >= self.entries_mark.load(Relaxed) || bytes >= self.bytes_mark.load(Relaxed) {
            self.reach();
        }
    }

    fn reach(&self) {
        self.entries_mark.store(u64::MAX, Relaxed);
        self.bytes_mark.store(u64::MAX, Relaxed);
        self.state.lock().reached = true;
        self.woken.notify_one();
    }

    /// Sets the mark: so many entries or bytes more than now.
    pub(crate) fn mark_after(&self, entries: u64, bytes: u64) {
        self.state.lock().reached = false;
        self.entries_mark.store(self.entries.load(Relaxed).saturating_add(entries), Relaxed);
        self.bytes_mark.store(self.bytes.load(Relaxed).saturating_add(bytes), Relaxed);
        if entries == 0 {
            self.reach();
        }
    }

    /// Blocks until the mark is reached: true; or [`Growth::leave`] was called: false.
    pub(crate) fn wait(&self) -> bool {
        let mut state = self.state.lock();
        while !state.reached && !state.leaving {
            self.woken.wait(&mut state);
        }
        !state.leaving
    }

    /// Lets whoever waits go.
    pub(crate) fn leave(&self) {
        self.state.lock().leaving = true;
        self.woken.notify_one();
    }
}
