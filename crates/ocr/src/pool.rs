//! Things lent to one caller at a time: the models of the workers, and leave to do what takes a core.
//!
//! Who waits gets one by turns: each customer's first call stands behind one call of every other customer that waits,
//! however many more they sent. What a customer is, the eye does not know: calls of the same have the same key.

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::mpsc::{self, SendError, SyncSender};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Things that wait to be lent.
#[derive(Debug)]
pub(crate) struct Pool<T> {
    /// Whether a key gets one only while it has fewer than are idle.
    is_sparing: bool,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    /// While there is one, whoever waits has as many as it may.
    idle: Vec<T>,
    /// How many each key has, if any.
    lent: HashMap<u128, usize>,
    /// Who waits: each key once, that whose turn is next first, with its calls in the order they came.
    waiting: VecDeque<(u128, VecDeque<SyncSender<T>>)>,
}

impl<T> Pool<T> {
    /// A pool of such things, all of which one key may have.
    pub fn new(things: Vec<T>) -> Pool<T> {
        Pool::of(things, false)
    }

    /// A pool of such things, of which a key gets another one only while it has fewer than are idle: alone it has half,
    /// and whoever comes next leaves half of the rest.
    pub fn sparing(things: Vec<T>) -> Pool<T> {
        Pool::of(things, true)
    }

    fn of(things: Vec<T>, is_sparing: bool) -> Pool<T> {
        let state = State { idle: things, lent: HashMap::new(), waiting: VecDeque::new() };
        Pool { is_sparing, state: Mutex::new(state) }
    }

    /// One of them for a call with this key; waits for its turn until there is one.
    pub fn lend(&self, key: u128) -> Lent<'_, T> {
        let turn = {
            let mut state = self.state();
            if state.may_have(key, self.is_sparing)
                && let Some(thing) = state.idle.pop()
            {
                *state.lent.entry(key).or_default() += 1;
                return Lent { pool: self, key, thing: Some(thing) };
            }
            // There is room for the one thing that is sent: nobody who gives waits for who gets.
            let (sender, turn) = mpsc::sync_channel(1);
            match state.waiting.iter_mut().find(|(waiting, _)| *waiting == key) {
                Some((_, calls)) => calls.push_back(sender),
                None => state.waiting.push_back((key, VecDeque::from([sender]))),
            }
            turn
        };
        Lent { pool: self, key, thing: turn.recv().ok() }
    }

    /// Does something with those that are not lent.
    pub fn with_idle<R>(&self, work: impl FnOnce(&mut [T]) -> R) -> R {
        work(&mut self.state().idle)
    }

    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.state().waiting.iter().map(|(_, calls)| calls.len()).sum()
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one back from a call with this key, and lends what is idle to those whose turn it is.
    fn take_back(&self, key: u128, thing: Option<T>) {
        let mut state = self.state();
        state.idle.extend(thing);
        if let Some(count) = state.lent.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                state.lent.remove(&key);
            }
        }
        state.lend_idle(self.is_sparing);
    }
}

impl<T> State<T> {
    fn may_have(&self, key: u128, is_sparing: bool) -> bool {
        !is_sparing || self.lent.get(&key).is_none_or(|&count| count < self.idle.len())
    }

    fn lend_idle(&mut self, is_sparing: bool) {
        while !self.idle.is_empty() {
            let next = self.waiting.iter().position(|&(key, _)| self.may_have(key, is_sparing));
            let Some((key, mut calls)) = next.and_then(|next| self.waiting.remove(next)) else { return };
            let call = calls.pop_front();
            if !calls.is_empty() {
                self.waiting.push_back((key, calls));
            }
            if let (Some(call), Some(thing)) = (call, self.idle.pop()) {
                match call.send(thing) {
                    Ok(()) => *self.lent.entry(key).or_default() += 1,
                    Err(SendError(thing)) => self.idle.push(thing),
                }
            }
        }
    }
}

/// Something lent, given back when dropped.
#[derive(Debug)]
pub(crate) struct Lent<'a, T> {
    pool: &'a Pool<T>,
    key: u128,
    /// There until dropped.
    thing: Option<T>,
}

impl<T> Lent<'_, T> {
    /// It; there until dropped.
    pub fn thing(&mut self) -> Option<&mut T> {
        self.thing.as_mut()
    }
}

impl<T> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        self.pool.take_back(self.key, mem::take(&mut self.thing));
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{self, Scope};

    use super::*;

    const GREEDY: u128 = 1;
    const OTHER: u128 = 2;
    const THIRD: u128 = 3;
    const FOURTH: u128 = 4;

    /// Who got something, in this order.
    type Served = Mutex<Vec<(u128, usize)>>;

    /// Begins to wait with the call of this number, which notes when it was served and gives back at once.
    fn wait_in_line<'scope, 'env>(
        scope: &'scope Scope<'scope, 'env>,
        (pool, served): (&'env Pool<u8>, &'env Served),
        key: u128,
        number: usize,
    ) {
        let before = pool.waiting();
        scope.spawn(move || {
            let _lent = pool.lend(key);
            served.lock().unwrap().push((key, number));
        });
        while pool.waiting() == before {
            thread::yield_now();
        }
    }

    #[test]
    fn keys_take_turns_and_each_is_served_in_order() {
        let (pool, served) = (Pool::new(vec![0]), Served::default());
        let busy = pool.lend(GREEDY);
        thread::scope(|scope| {
            for number in 0..40 {
                wait_in_line(scope, (&pool, &served), GREEDY, number);
            }
            for number in 0..3 {
                wait_in_line(scope, (&pool, &served), OTHER, number);
            }
            wait_in_line(scope, (&pool, &served), THIRD, 0);
            drop(busy);
        });
        let served = served.into_inner().unwrap();
        let first = [
            (GREEDY, 0),
            (OTHER, 0),
            (THIRD, 0),
            (GREEDY, 1),
            (OTHER, 1),
            (GREEDY, 2),
            (OTHER, 2),
            (GREEDY, 3),
        ];
        assert_eq!(served[..8], first);
        assert_eq!(served[8..], (4..40).map(|number| (GREEDY, number)).collect::<Vec<_>>());
        let state = pool.state();
        assert_eq!((state.idle.len(), state.lent.len(), state.waiting.len()), (1, 0, 0));
    }

    #[test]
    fn a_key_leaves_as_many_as_it_has() {
        let (pool, served) = (Pool::sparing(vec![0; 4]), Served::default());
        let mut greedy: Vec<_> = (0..2).map(|_| pool.lend(GREEDY)).collect();
        thread::scope(|scope| {
            for number in 0..5 {
                wait_in_line(scope, (&pool, &served), GREEDY, number);
            }
            // Two are idle, and not for the greedy one. The next has one of them and no more, so the third has one too.
            let other = pool.lend(OTHER);
            wait_in_line(scope, (&pool, &served), OTHER, 0);
            let third = pool.lend(THIRD);
            assert_eq!((pool.with_idle(|idle| idle.len()), pool.waiting()), (0, 6));
            // What is given back is for whoever has none, before those that wait longer.
            wait_in_line(scope, (&pool, &served), FOURTH, 0);
            drop(third);
            while served.lock().unwrap().is_empty() || pool.with_idle(|idle| idle.len()) < 1 {
                thread::yield_now();
            }
            assert_eq!((&served.lock().unwrap()[..], pool.waiting()), (&[(FOURTH, 0)][..], 6));
            drop(other);
            while served.lock().unwrap().len() < 2 || pool.with_idle(|idle| idle.len()) < 2 {
                thread::yield_now();
            }
            assert_eq!((served.lock().unwrap()[1], pool.waiting()), ((OTHER, 0), 5));
            served.lock().unwrap().truncate(1);
            greedy.pop();
            while served.lock().unwrap().len() < 6 {
                thread::yield_now();
            }
            assert_eq!(
                served.lock().unwrap()[1..],
                (0..5).map(|number| (GREEDY, number)).collect::<Vec<_>>()
            );
            greedy.pop();
        });
        let state = pool.state();
        assert_eq!((state.idle.len(), state.lent.len(), state.waiting.len()), (4, 0, 0));
    }

    #[test]
    fn alone_a_key_has_all_it_may() {
        let pool = Pool::new(vec![0; 3]);
        let lent: Vec<_> = (0..3).map(|_| pool.lend(GREEDY)).collect();
        assert_eq!((pool.with_idle(|idle| idle.len()), pool.state().lent[&GREEDY]), (0, 3));
        drop(lent);
        assert_eq!((pool.with_idle(|idle| idle.len()), pool.state().lent.len()), (3, 0));
    }
}
