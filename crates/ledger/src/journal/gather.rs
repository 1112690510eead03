//! Whether the next batch waits for the callers of the last one.
//!
//! Callers in a loop are back within microseconds of their answer. Were the next batch taken at the first of
//! them, they would fall apart into two groups, each of which waits for the other's sync besides its own. So
//! the writer waits until as many entries have come as were just answered, though never for longer than a part
//! of that sync. Callers from across a network are not back so soon, or at all: where waiting is in vain the
//! writer gives it up, and tries again once in a while.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The longest wait: this part of the sync before it, and never more than the limit.
const PART_OF_SYNC: u32 = 2;
const LIMIT: Duration = Duration::from_micros(150);
/// So many waits in vain, more than not, and waiting is given up.
const PATIENCE: u8 = 8;
/// Given up, it is tried again before one batch of so many.
const TRY_ONE_IN: u32 = 64;

/// What the writer has learnt of its callers.
#[derive(Debug)]
pub(super) struct Gather {
    /// On one processor callers cannot come back while the writer waits for them.
    is_of_use: bool,
    trust: u8,
    passed_over: u32,
}

impl Gather {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { is_of_use: processors > 1, trust: PATIENCE, passed_over: 0 }
    }

    /// Waits until `arrived` has come to `expected`, or in vain, after a sync that took so long.
    pub(super) fn wait(&mut self, arrived: &AtomicUsize, expected: usize, sync: Duration) {
        if !self.is_of_use || !self.is_worth_trying() {
            return;
        }
        let longest = (sync / PART_OF_SYNC).min(LIMIT);
        let start = Instant::now();
        let came = loop {
            if arrived.load(Ordering::Acquire) >= expected {
                break true;
            }
            if start.elapsed() >= longest {
                break false;
            }
            std::hint::spin_loop();
        };
        self.learn(came);
    }

    fn is_worth_trying(&mut self) -> bool {
        if self.trust > 0 {
            return true;
        }
        self.passed_over += 1;
        if self.passed_over < TRY_ONE_IN {
            return false;
        }
        self.passed_over = 0;
        true
    }

    fn learn(&mut self, came: bool) {
        self.trust = if came { PATIENCE.min(self.trust + 2) } else { self.trust.saturating_sub(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_two_processors() -> Gather {
        Gather { is_of_use: true, ..Gather::new() }
    }

    #[test]
    fn waiting_in_vain_is_given_up_and_tried_again() {
        let (mut gather, nobody) = (on_two_processors(), AtomicUsize::new(0));
        let mut tries = 0;
        for _ in 0..usize::from(PATIENCE) + 3 * TRY_ONE_IN as usize {
            tries += usize::from(gather.trust > 0 || gather.passed_over + 1 == TRY_ONE_IN);
            gather.wait(&nobody, 1, Duration::from_micros(1));
        }
        assert_eq!((tries, gather.trust), (usize::from(PATIENCE) + 3, 0));
        let everybody = AtomicUsize::new(5);
        for _ in 0..TRY_ONE_IN {
            gather.wait(&everybody, 5, Duration::from_secs(1));
        }
        assert!(gather.trust > 0, "callers that come back are waited for again");
    }

    #[test]
    fn those_who_come_are_trusted_again() {
        let (mut gather, arrived) = (on_two_processors(), AtomicUsize::new(0));
        gather.trust = 1;
        std::thread::scope(|scope| {
            scope.spawn(|| arrived.fetch_add(3, Ordering::Release));
            // How long that takes is the machine's business; a wait may be in vain until then.
            while arrived.load(Ordering::Acquire) < 3 {
                gather.wait(&arrived, 3, Duration::from_secs(1));
            }
        });
        gather.trust = 1;
        gather.wait(&arrived, 3, Duration::from_secs(1));
        assert_eq!(gather.trust, 3);
    }
}
