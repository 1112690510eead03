//! Where bills are made: a few threads of their own, and a limit on the files that wait to be sent.
//!
//! Each thread that makes files keeps memory for the next one. On threads that come and go with the load, memory would
//! follow the load; on these few it does not.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Threads that make files: each keeps a core busy.
const CLERKS: usize = 2;
/// Files there are at once, made, being made or being sent: each takes room on the disk until it is sent.
const THERE_AT_ONCE: usize = 64;

type Job = Box<dyn FnOnce() + Send>;

/// Makes so many bills at once, and lets so many be sent.
#[derive(Debug)]
pub struct Desk {
    jobs: mpsc::Sender<Job>,
    there: Arc<Semaphore>,
}

/// A file's place; it is free again when this goes.
#[derive(Debug)]
pub struct Place(#[allow(dead_code)] OwnedSemaphorePermit);

impl Desk {
    /// Starts the threads; they end when the desk has gone.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn open() -> std::io::Result<Desk> {
        let (jobs, taken) = mpsc::channel();
        let taken = Arc::new(Mutex::new(taken));
        for _ in 0..CLERKS {
            let taken = Arc::clone(&taken);
            std::thread::Builder::new().name("bills".into()).spawn(move || clerk(&taken))?;
        }
        Ok(Desk { jobs, there: Arc::new(Semaphore::new(THERE_AT_ONCE)) })
    }

    /// A place for a file, until it is sent; `None` if too many are there.
    pub fn place(&self) -> Option<Place> {
        Arc::clone(&self.there).try_acquire_owned().ok().map(Place)
    }

    /// Does work on one of the threads, in the order it came; work that nobody waits for any more is not begun.
    /// `None` if it panicked.
    pub async fn done<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (told, done) = oneshot::channel();
        let job = move || {
            if !told.is_closed() {
                let _ = told.send(work());
            }
        };
        self.jobs.send(Box::new(job)).ok()?;
        done.await.ok()
    }
}

/// Takes jobs until nobody can give any. A panic ends its job, and whoever waits for it is told by the lost answer.
fn clerk(jobs: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let Ok(next) = jobs.lock().map(|jobs| jobs.recv()) else { return };
        let Ok(job) = next else { return };
        let _: Result<(), Box<dyn Any + Send>> = catch_unwind(AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_flood_of_exports_is_held_back() {
        let desk = Desk::open().unwrap();
        let mut there: Vec<Place> = (0..THERE_AT_ONCE).map(|_| desk.place().unwrap()).collect();
        assert!(desk.place().is_none());
        there.pop();
        assert!(desk.place().is_some());
    }

    #[tokio::test]
    async fn one_panic_takes_nobody_else_along() {
        let desk = Desk::open().unwrap();
        for _ in 0..2 * CLERKS {
            assert_eq!(
                desk.done(|| if CLERKS > 0 {
                    panic!("as tests do")
                })
                .await,
                None
            );
        }
        assert_eq!(desk.done(|| 7).await, Some(7));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_begun() {
        let desk = Desk::open().unwrap();
        let (hold, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let mut busy = Vec::new();
        for _ in 0..CLERKS {
            let held = Arc::clone(&held);
            let (told, done) = oneshot::channel();
            let job = move || {
                let _ = held.lock().map(|held| held.recv());
                let _ = told.send(());
            };
            desk.jobs.send(Box::new(job)).unwrap();
            busy.push(done);
        }
        let begun = Arc::new(Mutex::new(false));
        let noted = Arc::clone(&begun);
        let abandoned = desk.done(move || *noted.lock().unwrap() = true).now_or_never();
        assert!(abandoned.is_none());
        drop(hold);
        for done in busy {
            done.await.unwrap();
        }
        // Jobs are taken in order, so this one comes after the abandoned one.
        desk.done(|| ()).await.unwrap();
        assert!(!*begun.lock().unwrap());
    }
}
