//! How far the journal is durable, for those who follow it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::{Condvar, Mutex};

/// The sequence up to which all records are durable: it only grows. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Watermark(Arc<State>);

#[derive(Debug)]
struct State {
    durable: AtomicU64,
    followers: AtomicUsize,
    closed: AtomicBool,
    stopped: OnceLock<String>,
    lock: Mutex<()>,
    moved: Condvar,
}

impl Watermark {
    pub(super) fn new(durable: u64) -> Self {
        Self(Arc::new(State {
            durable: AtomicU64::new(durable),
            followers: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            stopped: OnceLock::new(),
            lock: Mutex::new(()),
            moved: Condvar::new(),
        }))
    }

    /// The last durable record; 0 while there is none.
    pub fn durable(&self) -> u64 {
        self.0.durable.load(Ordering::Acquire)
    }

    /// Blocks until records after `sequence` are durable, and says up to which. `None` when there are
    /// none and never will be: the journal was closed or has stopped, or [`Watermark::shut`] was called.
    pub fn wait_past(&self, sequence: u64) -> Option<u64> {
        self.wait_past_unless(sequence, || false)
    }

    /// As [`Watermark::wait_past`], but gives up with `None` once `leaves` says so. It is asked before every
    /// wait; whoever changes its mind calls [`Watermark::nudge`].
    pub fn wait_past_unless(&self, sequence: u64, leaves: impl Fn() -> bool) -> Option<u64> {
        let state = &*self.0;
        let mut guard = state.lock.lock();
        // Counted before the watermark is read, and read there after it is moved: one sees the other.
        state.followers.fetch_add(1, Ordering::SeqCst);
        let past = loop {
            let durable = state.durable.load(Ordering::SeqCst);
            if durable > sequence {
                break Some(durable);
            }
            if state.closed.load(Ordering::SeqCst) || leaves() {
                break None;
            }
            state.moved.wait(&mut guard);
        };
        state.followers.fetch_sub(1, Ordering::SeqCst);
        past
    }

    /// Lets every follower go once it has seen what is durable by now. The journal itself goes on.
    pub fn shut(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        self.notify();
    }

    /// Wakes every follower that waits, so that it looks again at what it waits for.
    pub fn nudge(&self) {
        self.notify();
    }

    pub(super) fn advance(&self, durable: u64) {
        self.0.durable.store(durable, Ordering::SeqCst);
        if self.0.followers.load(Ordering::SeqCst) > 0 {
            self.notify();
        }
    }

    pub(super) fn stop(&self, reason: String) {
        // The first reason stands.
        self.0.stopped.get_or_init(|| reason);
        self.shut();
    }

    /// Why the journal stopped, if it did.
    pub fn stop_reason(&self) -> Option<&str> {
        self.0.stopped.get().map(String::as_str)
    }

    fn notify(&self) {
        // Taken and released, so that a follower between its look and its wait is not missed.
        drop(self.0.lock.lock());
        self.0.moved.notify_all();
    }
}
