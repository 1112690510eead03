//! Memory for decoded pictures: a budget that all workers share.
//!
//! A small file can be a large picture. Its size is known from its header before anything is decoded; so what decoding
//! and reading it will take is reserved first, and who finds too little left waits, first come, first served; but for a
//! while those for whom enough is left go past it. Each picture is reserved once and whole, so nobody holds memory while
//! waiting for more of it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::ReadError;
use crate::pool::{Lent, Pool};

/// By how many others a picture is overtaken at most: a large one does not keep the small ones of others waiting, and
/// comes to its turn.
const OVERTAKEN: u32 = 64;

/// The budget.
#[derive(Debug)]
pub(crate) struct Memory {
    most_bytes: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    taken_bytes: u64,
    /// Who waits, in the order they came.
    waiting: VecDeque<Waiting>,
    next_ticket: u64,
    #[cfg(test)]
    peak_bytes: u64,
}

#[derive(Debug)]
struct Waiting {
    ticket: u64,
    overtaken: u32,
}

/// What one picture has of the budget; given back when dropped.
pub(crate) struct Share<'a> {
    memory: Arc<Memory>,
    bytes: u64,
    wanted: &'a (dyn Fn() -> bool + Sync),
    /// Leave to decode, which is waited for when there is memory: who waits for memory holds none. And for whom.
    leave: Option<(&'a Pool<()>, u128)>,
    lent: Option<Lent<'a, ()>>,
}

impl Memory {
    /// A budget of so many bytes.
    pub fn new(most_bytes: u64) -> Arc<Memory> {
        Arc::new(Memory { most_bytes, state: Mutex::default(), changed: Condvar::new() })
    }

    /// An empty share of a picture that is read as long as it is wanted.
    pub fn share_while<'a>(self: &Arc<Memory>, wanted: &'a (dyn Fn() -> bool + Sync)) -> Share<'a> {
        Share { memory: Arc::clone(self), bytes: 0, wanted, leave: None, lent: None }
    }

    #[cfg(test)]
    pub fn share(self: &Arc<Memory>) -> Share<'static> {
        self.share_while(&|| true)
    }

    #[cfg(test)]
    pub fn most_bytes(&self) -> u64 {
        self.most_bytes
    }

    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    #[cfg(test)]
    pub fn has_room_for(&self, bytes: u64) -> bool {
        self.state().taken_bytes + bytes <= self.most_bytes
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes who has this ticket out of the queue, past those who stand before it; false if one of them was overtaken
    /// often enough.
    fn leave_queue(&mut self, ticket: u64) -> bool {
        let Some(place) = self.waiting.iter().position(|waiting| waiting.ticket == ticket) else {
            return false;
        };
        let mut before = self.waiting.iter_mut().take(place);
        if !before.all(|waiting| waiting.overtaken < OVERTAKEN) {
            return false;
        }
        self.waiting.iter_mut().take(place).for_each(|waiting| waiting.overtaken += 1);
        self.waiting.remove(place);
        true
    }
}

impl<'a> Share<'a> {
    /// What is to be lent to this key once there is memory, until the picture is decoded.
    pub fn lend_then(&mut self, leave: &'a Pool<()>, key: u128) {
        self.leave = Some((leave, key));
    }

    /// Takes as many bytes as the picture will need at most; waits until they are free. Called once for a picture.
    ///
    /// # Errors
    /// [`ReadError::Size`] if the whole budget is smaller than that; [`ReadError::Unwanted`] if nobody wants the picture
    /// any more when they are free.
    pub fn take(&mut self, bytes: u64) -> Result<(), ReadError> {
        let memory = Arc::clone(&self.memory);
        if bytes > memory.most_bytes {
            return Err(ReadError::Size(format!(
                "reading the picture takes {} MiB of memory, and {} MiB are allowed here",
                bytes.div_ceil(1 << 20),
                memory.most_bytes >> 20
            )));
        }
        let mut state = memory.state();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        state.waiting.push_back(Waiting { ticket, overtaken: 0 });
        while state.taken_bytes + bytes > memory.most_bytes || !state.leave_queue(ticket) {
            state = memory.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.taken_bytes += bytes;
        #[cfg(test)]
        {
            state.peak_bytes = state.peak_bytes.max(state.taken_bytes);
        }
        self.bytes += bytes;
        drop(state);
        // The next in the queue may find enough too.
        memory.changed.notify_all();
        self.lent = self.leave.map(|(leave, key)| leave.lend(key));
        self.check_wanted()
    }

    /// Ends work that nobody waits for.
    ///
    /// # Errors
    /// [`ReadError::Unwanted`].
    pub fn check_wanted(&self) -> Result<(), ReadError> {
        if (self.wanted)() { Ok(()) } else { Err(ReadError::Unwanted) }
    }

    /// Gives back all but so many bytes, and the leave to decode.
    pub fn keep(&mut self, bytes: u64) {
        self.lent = None;
        let given_back = self.bytes.saturating_sub(bytes);
        self.bytes -= given_back;
        self.memory.state().taken_bytes -= given_back;
        self.memory.changed.notify_all();
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.keep(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_never_have_more_than_there_is() {
        let memory = Memory::new(100);
        std::thread::scope(|scope| {
            for thread in 0..8_u64 {
                let memory = &memory;
                scope.spawn(move || {
                    for round in 0..200 {
                        let mut share = memory.share();
                        share.take(1 + (thread * 31 + round * 17) % 100).unwrap();
                        share.keep(1);
                        std::thread::yield_now();
                    }
                });
            }
        });
        let state = memory.state();
        assert_eq!((state.taken_bytes, state.waiting.len()), (0, 0));
        assert!(state.peak_bytes <= 100 && state.peak_bytes > 50, "{}", state.peak_bytes);
    }

    #[test]
    fn what_can_never_be_had_is_refused() {
        let memory = Memory::new(100);
        let mut share = memory.share();
        assert_eq!(share.take(101).unwrap_err().code(), "AIS.0103");
        share.take(100).unwrap();
        drop(share);
        memory.share().take(100).unwrap();
    }

    #[test]
    fn a_large_one_is_not_overtaken_for_ever() {
        let memory = Memory::new(10);
        let mut first = memory.share();
        first.take(6).unwrap();
        let order = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            let take = |name: &'static str, bytes| {
                let (memory, order) = (&memory, &order);
                let waiting = memory.state().waiting.len();
                scope.spawn(move || {
                    let mut share = memory.share();
                    share.take(bytes).unwrap();
                    order.lock().unwrap().push(name);
                });
                while memory.state().waiting.len() == waiting {
                    std::thread::yield_now();
                }
            };
            take("large", 10);
            for _ in 0..OVERTAKEN {
                memory.share().take(1).unwrap();
            }
            take("small", 1);
            first.keep(0);
        });
        assert_eq!(*order.lock().unwrap(), ["large", "small"]);
    }

    #[test]
    fn a_small_one_does_not_wait_for_a_large_one() {
        let memory = Memory::new(10);
        let mut first = memory.share();
        first.take(6).unwrap();
        std::thread::scope(|scope| {
            let large = scope.spawn(|| memory.share().take(10));
            while memory.state().waiting.is_empty() {
                std::thread::yield_now();
            }
            // It would wait for ever: the large one has its turn only when the first gives back.
            memory.share().take(4).unwrap();
            assert_eq!(memory.state().waiting.len(), 1);
            first.keep(0);
            large.join().unwrap().unwrap();
        });
    }
}
