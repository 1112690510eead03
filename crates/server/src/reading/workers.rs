//! Work on the parts of many things by several threads at once, whose results come in order. Things are asked for only
//! when there is a thread for them, and no thread runs far ahead of the result that is due: memory is bounded however
//! many there are.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What the threads share.
struct State<I, T, P, R> {
    things: I,
    /// The thing whose parts are given out, and those that are left.
    current: Option<(Arc<T>, P)>,
    /// Parts are numbered in the order they are given out: the number of the next.
    next: u64,
    /// The number of the part whose result is due.
    due: u64,
    done: BTreeMap<u64, (Arc<T>, u32, R)>,
    /// All things were given out.
    is_over: bool,
    /// Nothing more is to be done.
    is_stopped: bool,
}

struct Shared<I, T, P, R> {
    state: Mutex<State<I, T, P, R>>,
    changed: Condvar,
}

/// A thread that panics must not leave the others waiting for its result.
struct Stopper<'a, I, T, P, R>(&'a Shared<I, T, P, R>);

impl<I, T, P, R> Drop for Stopper<'_, I, T, P, R> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().is_stopped = true;
            self.0.changed.notify_all();
        }
    }
}

impl<I, T, P, R> Shared<I, T, P, R> {
    fn lock(&self) -> MutexGuard<'_, State<I, T, P, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<I: Iterator<Item = T>, T, P: Iterator<Item = u32>, R> State<I, T, P, R> {
    /// The next part, with its number in the order.
    fn give(&mut self, parts: &impl Fn(&T) -> P) -> Option<(u64, Arc<T>, u32)> {
        loop {
            if let Some((thing, left)) = &mut self.current
                && let Some(part) = left.next()
            {
                self.next += 1;
                return Some((self.next - 1, Arc::clone(thing), part));
            }
            let Some(thing) = self.things.next() else {
                (self.current, self.is_over) = (None, true);
                return None;
            };
            let left = parts(&thing);
            self.current = Some((Arc::new(thing), left));
        }
    }
}

/// Does `work` on every part of every thing with so many threads, and gives the results to `take` on this thread, in the
/// order of the things and of their parts, until it says that it is enough. At most `ahead` results of each thread are
/// kept back for one that is due.
pub fn in_order<T: Send + Sync, P: Iterator<Item = u32> + Send, R: Send>(
    threads: usize,
    ahead: usize,
    things: impl Iterator<Item = T> + Send,
    parts: impl Fn(&T) -> P + Sync,
    work: impl Fn(&T, u32) -> R + Sync,
    mut take: impl FnMut(&T, u32, R) -> ControlFlow<()>,
) {
    let threads = threads.max(1);
    let ahead = (threads * ahead.max(1)) as u64;
    let state = State {
        things,
        current: None,
        next: 0,
        due: 0,
        done: BTreeMap::new(),
        is_over: false,
        is_stopped: false,
    };
    let shared = Shared { state: Mutex::new(state), changed: Condvar::new() };
    let run = || {
        let _stopper = Stopper(&shared);
        loop {
            let mut state = shared.lock();
            while state.next >= state.due + ahead && !state.is_stopped {
                state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.is_stopped || state.is_over {
                return;
            }
            let given = state.give(&parts);
            drop(state);
            let Some((number, thing, part)) = given else {
                shared.changed.notify_all();
                return;
            };
            let result = work(&thing, part);
            shared.lock().done.insert(number, (thing, part, result));
            shared.changed.notify_all();
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(run);
        }
        let _stopper = Stopper(&shared);
        loop {
            let mut state = shared.lock();
            let due = state.due;
            let (thing, part, result) = loop {
                if let Some(done) = state.done.remove(&due) {
                    break done;
                }
                if state.is_stopped || state.is_over && state.next == due {
                    return;
                }
                state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            };
            state.due += 1;
            drop(state);
            shared.changed.notify_all();
            if take(&thing, part, result).is_break() {
                shared.lock().is_stopped = true;
                shared.changed.notify_all();
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_order_and_nobody_runs_far_ahead() {
        let (begun, taken, most_ahead) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let mut results = Vec::new();
        // The first is slow, so the others would run ahead of it.
        let work = |thing: &u32, part: u32| {
            let ahead = begun.fetch_add(1, Ordering::SeqCst) - taken.load(Ordering::SeqCst);
            most_ahead.fetch_max(ahead, Ordering::SeqCst);
            let ms = if (*thing, part) == (1, 1) { 50 } else { 1 };
            std::thread::sleep(Duration::from_millis(ms));
            thing * 10 + part
        };
        in_order(
            3,
            2,
            0..40_u32,
            |thing| 1..=thing % 3,
            work,
            |thing, part, result| {
                taken.fetch_add(1, Ordering::SeqCst);
                results.push((*thing, part, result));
                ControlFlow::Continue(())
            },
        );
        let wanted: Vec<_> = (0..40)
            .flat_map(|thing| (1..=thing % 3).map(move |part| (thing, part, thing * 10 + part)))
            .collect();
        assert_eq!(results, wanted);
        // Six may be kept back, the one that is taken among them.
        assert!(most_ahead.into_inner() <= 6);
    }

    #[test]
    fn it_ends_when_it_is_enough() {
        let mut taken = 0;
        in_order(
            2,
            2,
            0..,
            |_: &u32| 1..=1,
            |thing, _| *thing,
            |_, _, result| {
                taken += 1;
                if result == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(taken, 6);
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_fault_of_one_thread_is_the_end() {
        let work = |thing: &u32, _| assert!(*thing < 3, "a fault");
        in_order(2, 2, 0..10_u32, |_| 1..=1, work, |_, _, ()| ControlFlow::Continue(()));
    }
}
