//! Group commit: many callers, one sync.
//!
//! Callers append to the *open batch* in memory and get a [`Ticket`]. One writer thread takes the
//! open batch as soon as there is anything in it and those just answered are back (see `gather`), leaves
//! an empty one in its place, appends it to the journal as one record, and settles its tickets. While it
//! syncs, the next batch fills: the slower the disk, the larger the batches.
//!
//! Order: a caller that decides under a lock and appends before it lets go of that lock gets the
//! order of its lock in the journal. The open batch has a small lock of its own inside, so that the
//! writer never waits for a caller's decision.
//!
//! Fail-stop: the first append that fails settles its batch and all that follow as [`Stopped`],
//! and nothing is ever written again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;
use std::{io, mem};

use parking_lot::{Condvar, Mutex};

use super::gather::Gather;
use super::ticket::Completion;
use super::{Figures, Journal, Stopped, Ticket, Watermark, entries};

/// Bounds of the group commit.
#[derive(Debug, Clone, Copy)]
pub struct GroupCommitOptions {
    /// Once the open batch holds this many bytes, callers block until the writer takes it. A batch
    /// can exceed it by one entry. Memory is bounded by twice this much.
    pub batch_limit_bytes: usize,
}

impl Default for GroupCommitOptions {
    fn default() -> Self {
        Self { batch_limit_bytes: 4 << 20 }
    }
}

/// The front of a journal: gathers entries, owns the writer thread. Dropping it closes it.
#[derive(Debug)]
pub struct GroupCommit {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    open: Mutex<Open>,
    /// The writer waits here for entries.
    work: Condvar,
    /// Callers wait here for the writer to take a full batch.
    room: Condvar,
    watermark: Watermark,
    limit_bytes: usize,
    figures: Arc<Figures>,
    /// How many entries the open batch has, to be read without its lock.
    arrived: AtomicUsize,
}

#[derive(Debug)]
struct Open {
    payload: Vec<u8>,
    entries: usize,
    sequence: u64,
    completion: Arc<Completion>,
    /// The batch that is being written.
    flying: Option<Arc<Completion>>,
    writer_waits: bool,
    callers_blocked: usize,
    closing: bool,
    /// Nothing is taken any more: closed, or stopped after a failure.
    ended: bool,
}

impl GroupCommit {
    /// Starts the writer thread. `next_sequence` is what opening the journal returned.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    pub fn start<J: Journal + 'static>(
        journal: J,
        next_sequence: u64,
        options: GroupCommitOptions,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            open: Mutex::new(Open {
                payload: Vec::new(),
                entries: 0,
                sequence: next_sequence,
                completion: Completion::new(0),
                flying: None,
                writer_waits: false,
                callers_blocked: 0,
                closing: false,
                ended: false,
            }),
            work: Condvar::new(),
            room: Condvar::new(),
            watermark: Watermark::new(next_sequence.saturating_sub(1)),
            limit_bytes: options.batch_limit_bytes,
            figures: Arc::default(),
            arrived: AtomicUsize::new(0),
        });
        let theirs = Arc::clone(&shared);
        let writer = thread::Builder::new()
            .name("journal".into())
            .spawn(move || Writer { shared: theirs, previous: None, gather: Gather::new() }.run(journal))?;
        Ok(Self { shared, writer: Mutex::new(Some(writer)) })
    }

    /// Appends one entry to the open batch. Call it while still holding the lock under which the
    /// entry was decided. Blocks only while the open batch is full. After a failure or a close
    /// the ticket resolves to [`Stopped`] at once.
    pub fn append(&self, entry: &[u8]) -> Ticket {
        let mut open = self.shared.open.lock();
        while open.payload.len() >= self.shared.limit_bytes && !open.ended {
            open.callers_blocked += 1;
            self.shared.room.wait(&mut open);
            open.callers_blocked -= 1;
        }
        if open.ended || open.closing {
            return Ticket::settled(Err(Stopped), open.sequence);
        }
        entries::push(&mut open.payload, entry);
        open.entries += 1;
        self.shared.arrived.store(open.entries, Ordering::Release);
        let ticket = Ticket::of(&open.completion, open.sequence);
        let wake = mem::take(&mut open.writer_waits);
        drop(open);
        if wake {
            self.shared.work.notify_one();
        }
        ticket
    }

    /// A ticket for everything appended so far: for an answer that adds nothing to the journal but
    /// was decided on state that is not durable yet, such as a refusal.
    pub fn barrier(&self) -> Ticket {
        let open = self.shared.open.lock();
        if open.ended {
            let stopped = self.is_stopped();
            return Ticket::settled(if stopped { Err(Stopped) } else { Ok(()) }, self.durable_sequence());
        }
        match &open.flying {
            _ if open.entries > 0 => Ticket::of(&open.completion, open.sequence),
            Some(flying) => Ticket::of(flying, open.sequence - 1),
            None => Ticket::settled(Ok(()), open.sequence - 1),
        }
    }

    /// The last durable record; 0 while there is none.
    pub fn durable_sequence(&self) -> u64 {
        self.shared.watermark.durable()
    }

    /// For followers: tells how far the journal is durable, and waits for more.
    pub fn watermark(&self) -> Watermark {
        self.shared.watermark.clone()
    }

    /// What the commits were like so far.
    pub fn figures(&self) -> Arc<Figures> {
        Arc::clone(&self.shared.figures)
    }

    /// True after an append has failed: nothing will ever be written again.
    pub fn is_stopped(&self) -> bool {
        self.stop_reason().is_some()
    }

    /// Why the journal stopped, if it did.
    pub fn stop_reason(&self) -> Option<&str> {
        self.shared.watermark.stop_reason()
    }

    /// Writes what was appended, ends the writer thread and closes the journal. Entries appended
    /// from now on are not taken.
    ///
    /// # Errors
    ///
    /// [`Stopped`] if the journal had failed, now or before.
    pub fn close(&self) -> Result<(), Stopped> {
        self.shared.open.lock().closing = true;
        self.shared.work.notify_one();
        if let Some(writer) = self.writer.lock().take() {
            // A writer that panicked has left its reason behind, see `Writer::drop`.
            let _ = writer.join();
        }
        if self.is_stopped() { Err(Stopped) } else { Ok(()) }
    }
}

impl Drop for GroupCommit {
    fn drop(&mut self) {
        let _ = self.close();
    }
}

struct Batch {
    payload: Vec<u8>,
    entries: usize,
    sequence: u64,
    completion: Arc<Completion>,
}

/// What runs on the writer thread.
struct Writer {
    shared: Arc<Shared>,
    /// The batch settled last, of which tasks may still have to be woken.
    previous: Option<Arc<Completion>>,
    gather: Gather,
}

impl Writer {
    fn run<J: Journal>(mut self, mut journal: J) {
        let mut spare = Vec::new();
        while let Some(batch) = self.take(mem::take(&mut spare)) {
            let start = Instant::now();
            let result = journal.append(batch.sequence, &batch.payload);
            let took = start.elapsed();
            self.wake_previous();
            if let Err(error) = result {
                self.shared.watermark.stop(error.to_string());
                return; // dropping settles what is left
            }
            self.shared.figures.count(batch.entries, batch.payload.len(), took);
            self.shared.watermark.advance(batch.sequence);
            let there = self.shared.arrived.load(Ordering::Acquire);
            batch.completion.finish(Ok(()));
            self.previous = Some(batch.completion);
            self.gather.wait(&self.shared.arrived, there + batch.entries, took);
            spare = batch.payload;
            spare.clear();
        }
    }

    /// Waits for entries and takes them; `None` when closed and all is written.
    fn take(&mut self, empty: Vec<u8>) -> Option<Batch> {
        let shared = Arc::clone(&self.shared);
        let mut open = shared.open.lock();
        open.flying = None;
        while open.entries == 0 {
            if open.closing {
                return None;
            }
            if self.previous.is_some() {
                drop(open);
                self.wake_previous();
                open = shared.open.lock();
                continue;
            }
            open.writer_waits = true;
            shared.work.wait(&mut open);
            open.writer_waits = false;
        }
        let fresh = Completion::new(open.entries);
        let batch = Batch {
            payload: mem::replace(&mut open.payload, empty),
            entries: open.entries,
            sequence: open.sequence,
            completion: mem::replace(&mut open.completion, fresh),
        };
        open.entries = 0;
        shared.arrived.store(0, Ordering::Release);
        open.sequence += 1;
        open.flying = Some(Arc::clone(&batch.completion));
        let blocked = open.callers_blocked > 0;
        drop(open);
        if blocked {
            shared.room.notify_all();
        }
        Some(batch)
    }

    fn wake_previous(&mut self) {
        if let Some(previous) = self.previous.take() {
            previous.wake_rest();
        }
    }
}

impl Drop for Writer {
    /// The end, whichever way: closed, failed, or (which would be a bug) panicked.
    fn drop(&mut self) {
        if thread::panicking() {
            self.shared.watermark.stop("the journal's writer thread panicked".into());
        }
        self.wake_previous();
        let mut open = self.shared.open.lock();
        open.ended = true;
        let flying = open.flying.take();
        let waiting = Arc::clone(&open.completion);
        drop(open);
        for completion in flying.iter().chain([&waiting]) {
            // After a proper close both are settled or empty; after a failure neither is.
            completion.finish(Err(Stopped));
            completion.wake_rest();
        }
        self.shared.room.notify_all();
        self.shared.watermark.shut();
    }
}
