//! Tickets: the promise that a batch will be durable.
//!
//! All tickets of one batch share one `Completion`. When the batch is durable, the writer wakes only
//! the first task that waits; that task, when it runs, wakes the others from inside its executor,
//! which costs a tenth of waking them from a foreign thread and leaves the writer free to go on with
//! the next batch. Should the first task not run for a while, the writer wakes the rest itself as
//! soon as it has nothing better to do, at the latest after its next sync: nobody depends on a
//! stranger's task.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::{Condvar, Mutex};

/// Waits for the durability of what was appended under it, either with [`Ticket::wait`] or as a
/// future (which may be dropped at any time; the entry is written all the same).
#[derive(Debug)]
#[must_use = "an entry may be acknowledged only after its ticket has resolved"]
pub struct Ticket {
    inner: Inner,
    sequence: u64,
    /// Where in the completion's list our waker is, if it is.
    slot: Option<u32>,
}

#[derive(Debug, Clone)]
enum Inner {
    Settled(Result<(), Stopped>),
    Batch(Arc<Completion>),
}

/// The journal has stopped: whether the entry is durable is unknown until the journal is opened
/// again. The reason is with [`super::GroupCommit::stop_reason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal has stopped; the outcome is unknown until it is opened again")]
pub struct Stopped;

impl Ticket {
    /// A ticket with nothing to wait for.
    pub const fn done() -> Self {
        Self::settled(Ok(()), 0)
    }

    pub(super) const fn settled(result: Result<(), Stopped>, sequence: u64) -> Self {
        Self { inner: Inner::Settled(result), sequence, slot: None }
    }

    pub(super) fn of(completion: &Arc<Completion>, sequence: u64) -> Self {
        Self { inner: Inner::Batch(Arc::clone(completion)), sequence, slot: None }
    }

    /// The record that makes this ticket's entry durable; 0 for [`Ticket::done`].
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The outcome, if it is known already.
    pub fn outcome(&self) -> Option<Result<(), Stopped>> {
        match &self.inner {
            Inner::Settled(result) => Some(*result),
            Inner::Batch(completion) => completion.outcome(),
        }
    }

    /// Blocks the thread until the batch is durable.
    ///
    /// # Errors
    ///
    /// [`Stopped`] if the journal failed before that was certain.
    pub fn wait(&self) -> Result<(), Stopped> {
        match &self.inner {
            Inner::Settled(result) => *result,
            Inner::Batch(completion) => completion.wait(),
        }
    }
}

impl Clone for Ticket {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), sequence: self.sequence, slot: None }
    }
}

impl Future for Ticket {
    type Output = Result<(), Stopped>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        match &this.inner {
            Inner::Settled(result) => Poll::Ready(*result),
            Inner::Batch(completion) => match completion.poll(&mut this.slot, context.waker()) {
                Some(result) => {
                    completion.wake_rest();
                    Poll::Ready(result)
                }
                None => Poll::Pending,
            },
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // Our task may be the one that was woken to wake the others.
        if let (Inner::Batch(completion), Some(_)) = (&self.inner, self.slot) {
            completion.wake_rest();
        }
    }
}

const OPEN: u8 = 0;
const DURABLE: u8 = 1;
const STOPPED: u8 = 2;

/// What the tickets of one batch share.
#[derive(Debug)]
pub(super) struct Completion {
    state: AtomicU8,
    /// Set when the batch is finished and tasks in `waiting` are still to be woken.
    unwoken: AtomicBool,
    waiting: Mutex<Waiting>,
    finished: Condvar,
}

#[derive(Debug)]
struct Waiting {
    wakers: Vec<Waker>,
    blocked_threads: usize,
}

impl Completion {
    /// `expected` is how many waiting tasks to make room for.
    pub(super) fn new(expected: usize) -> Arc<Self> {
        Arc::new(Self {
            state: AtomicU8::new(OPEN),
            unwoken: AtomicBool::new(false),
            waiting: Mutex::new(Waiting { wakers: Vec::with_capacity(expected), blocked_threads: 0 }),
            finished: Condvar::new(),
        })
    }

    fn outcome(&self) -> Option<Result<(), Stopped>> {
        match self.state.load(Ordering::Acquire) {
            OPEN => None,
            DURABLE => Some(Ok(())),
            _ => Some(Err(Stopped)),
        }
    }

    fn poll(&self, slot: &mut Option<u32>, waker: &Waker) -> Option<Result<(), Stopped>> {
        if let Some(outcome) = self.outcome() {
            return Some(outcome);
        }
        let mut waiting = self.waiting.lock();
        // The state changes under this lock, so a waker registered here will be seen.
        if let Some(outcome) = self.outcome() {
            return Some(outcome);
        }
        match slot.and_then(|slot| waiting.wakers.get_mut(slot as usize)) {
            Some(known) => known.clone_from(waker),
            None => {
                *slot = u32::try_from(waiting.wakers.len()).ok();
                waiting.wakers.push(waker.clone());
            }
        }
        None
    }

    fn wait(&self) -> Result<(), Stopped> {
        if let Some(outcome) = self.outcome() {
            return outcome;
        }
        let mut waiting = self.waiting.lock();
        loop {
            if let Some(outcome) = self.outcome() {
                return outcome;
            }
            waiting.blocked_threads += 1;
            self.finished.wait(&mut waiting);
            waiting.blocked_threads -= 1;
        }
    }

    /// Settles the batch: blocked threads go on, and one waiting task is woken, to wake the others.
    pub(super) fn finish(&self, result: Result<(), Stopped>) {
        let mut waiting = self.waiting.lock();
        self.state.store(if result.is_ok() { DURABLE } else { STOPPED }, Ordering::Release);
        let first = if waiting.wakers.is_empty() { None } else { Some(waiting.wakers.swap_remove(0)) };
        if !waiting.wakers.is_empty() {
            self.unwoken.store(true, Ordering::Release);
        }
        let threads = waiting.blocked_threads > 0;
        drop(waiting);
        if threads {
            self.finished.notify_all();
        }
        if let Some(first) = first {
            first.wake();
        }
    }

    /// Wakes every task that waits for this finished batch and was not woken yet.
    pub(super) fn wake_rest(&self) {
        if self.unwoken.load(Ordering::Acquire) && self.unwoken.swap(false, Ordering::AcqRel) {
            let wakers = std::mem::take(&mut self.waiting.lock().wakers);
            for waker in wakers {
                waker.wake();
            }
        }
    }
}
