//! Where bills are made: a few threads of their own, and a limit on the files that wait to be sent.
//!
//! Each thread that makes files keeps memory for the next one. On threads that come and go with the load, memory would
//! follow the load; on these few it does not.
//!
//! Accounts take turns: one thread at a time works for an account, its files are made in the order they were asked
//! for, and the next thread that is free works for another. So however much one asks for, the others wait for one file
//! of it.

use std::any::Any;
use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use charging::AccountId;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::places::{Full, Place, Places};

/// Threads that make files: each keeps a core busy.
const CLERKS: usize = 2;
/// Files there are at once, made, being made or being sent: each takes room on the disk until it is sent.
const THERE_AT_ONCE: usize = 64;
/// So many of them may be one account's.
pub const OF_AN_ACCOUNT: usize = 8;

type Job = Box<dyn FnOnce() + Send>;

/// Makes so many bills at once, and lets so many be sent.
pub struct Desk {
    line: Arc<Line>,
    there: Arc<Places<AccountId>>,
}

/// The jobs that wait, and who waits for jobs.
#[derive(Default)]
struct Line {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Each account once, that whose turn is next first, with its jobs in the order they came.
    waiting: VecDeque<(AccountId, VecDeque<Job>)>,
    /// Whom a thread works for.
    served: HashSet<AccountId>,
    is_closed: bool,
}

impl Desk {
    /// Starts the threads; they end when the desk has gone.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn open() -> std::io::Result<Desk> {
        let desk =
            Desk { line: Arc::default(), there: Places::with_most_of_holder(OF_AN_ACCOUNT, THERE_AT_ONCE) };
        for _ in 0..CLERKS {
            let line = Arc::clone(&desk.line);
            std::thread::Builder::new().name("bills".into()).spawn(move || clerk(&line))?;
        }
        Ok(desk)
    }

    /// A place for a file of an account, until it is sent.
    ///
    /// # Errors
    /// [`Full`] if too many are there.
    pub fn place(&self, account: AccountId) -> Result<Place<AccountId>, Full> {
        self.there.take(account)
    }

    /// Does work for an account on one of the threads, when it is its turn; work that nobody waits for any more is not
    /// begun. `None` if it panicked.
    pub async fn done<T: Send + 'static>(
        &self,
        account: AccountId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (told, done) = oneshot::channel();
        let job = move || {
            if !told.is_closed() {
                let _ = told.send(work());
            }
        };
        self.line.put(account, Box::new(job));
        done.await.ok()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.line.state.lock().is_closed = true;
        self.line.changed.notify_all();
    }
}

impl Line {
    fn put(&self, account: AccountId, job: Job) {
        let mut state = self.state.lock();
        match state.waiting.iter_mut().find(|(waiting, _)| *waiting == account) {
            Some((_, jobs)) => jobs.push_back(job),
            None => state.waiting.push_back((account, VecDeque::from([job]))),
        }
        drop(state);
        self.changed.notify_one();
    }

    /// The next job of an account that no thread works for; `None` when there will be none any more.
    fn take(&self) -> Option<(AccountId, Job)> {
        let mut state = self.state.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(next) = state.next() {
                return Some(next);
            }
            self.changed.wait(&mut state);
        }
    }

    fn finished(&self, account: AccountId) {
        self.state.lock().served.remove(&account);
        self.changed.notify_one();
    }
}

impl State {
    fn next(&mut self) -> Option<(AccountId, Job)> {
        let next = self.waiting.iter().position(|(account, _)| !self.served.contains(account))?;
        let (account, mut jobs) = self.waiting.remove(next)?;
        let job = jobs.pop_front()?;
        if !jobs.is_empty() {
            self.waiting.push_back((account, jobs));
        }
        self.served.insert(account);
        Some((account, job))
    }
}

/// Takes jobs until there will be none. A panic ends its job, and whoever waits for it is told by the lost answer.
fn clerk(line: &Line) {
    while let Some((account, job)) = line.take() {
        let _: Result<(), Box<dyn Any + Send>> = catch_unwind(AssertUnwindSafe(job));
        line.finished(account);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::FutureExt;

    use super::*;

    const GREEDY: AccountId = AccountId(1);
    const OTHER: AccountId = AccountId(2);

    #[test]
    fn a_flood_of_exports_is_held_back() {
        let desk = Desk::open().unwrap();
        let all_of = |account| -> Vec<Place<AccountId>> {
            std::iter::from_fn(|| desk.place(AccountId(account)).ok()).collect()
        };
        // One account has its share, and leaves the rest to others.
        let mut there: Vec<Vec<Place<AccountId>>> = (0..8).map(all_of).collect();
        assert!(there.iter().all(|of_account| of_account.len() <= OF_AN_ACCOUNT));
        assert_eq!(there[0].len(), OF_AN_ACCOUNT);
        assert!(desk.place(AccountId(0)).is_err());
        there.truncate(1);
        there[0].pop();
        assert!(desk.place(AccountId(0)).is_ok());
    }

    #[tokio::test]
    async fn one_panic_takes_nobody_else_along() {
        let desk = Desk::open().unwrap();
        for account in 0..2 * CLERKS as u128 {
            let panics = || {
                if CLERKS > 0 {
                    panic!("as tests do")
                }
            };
            assert_eq!(desk.done(AccountId(account), panics).await, None);
        }
        assert_eq!(desk.done(GREEDY, || 7).await, Some(7));
    }

    /// Keeps every thread busy, each for an account of its own, until the sender goes.
    fn keep_busy(desk: &Desk) -> (mpsc::Sender<()>, Vec<oneshot::Receiver<()>>) {
        let (hold, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let busy = (0..CLERKS as u128).map(|number| {
            let held = Arc::clone(&held);
            let (told, done) = oneshot::channel();
            let job = move || {
                let _ = held.lock().recv();
                let _ = told.send(());
            };
            desk.line.put(AccountId(100 + number), Box::new(job));
            done
        });
        (hold, busy.collect())
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_begun() {
        let desk = Desk::open().unwrap();
        let (hold, busy) = keep_busy(&desk);
        let begun = Arc::new(Mutex::new(false));
        let noted = Arc::clone(&begun);
        let abandoned = desk.done(GREEDY, move || *noted.lock() = true).now_or_never();
        assert!(abandoned.is_none());
        drop(hold);
        for done in busy {
            done.await.unwrap();
        }
        // Jobs of an account are taken in order, so this one comes after the abandoned one.
        desk.done(GREEDY, || ()).await.unwrap();
        assert!(!*begun.lock());
    }

    #[test]
    fn accounts_take_turns() {
        let line = Line::default();
        for account in [GREEDY, GREEDY, GREEDY, OTHER, OTHER] {
            line.put(account, Box::new(|| ()));
        }
        let next = || line.state.lock().next().map(|(account, _)| account);
        // One thread for each, however much one has waiting; who is served stands behind the others again.
        assert_eq!((next(), next(), next()), (Some(GREEDY), Some(OTHER), None));
        line.finished(OTHER);
        assert_eq!((next(), next()), (Some(OTHER), None));
        line.finished(GREEDY);
        assert_eq!((next(), next()), (Some(GREEDY), None));
        line.finished(GREEDY);
        line.finished(OTHER);
        assert_eq!((next(), next()), (Some(GREEDY), None));
    }
}
