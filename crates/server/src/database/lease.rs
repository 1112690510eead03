//! The lease by which one of several servers works on the books. It is renewed by a thread of its own, and over when
//! renewing has not succeeded for its length, by a clock that only goes on.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use ledger::journal::postgres::{Facts, Held, Leases};
use parking_lot::Mutex;
use rand::RngExt as _;

use crate::app::OpenError;
use crate::shard::Shard;

/// How often a server that waits looks whether the lease is free.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// So often within its length it is renewed.
const RENEWALS: u32 = 4;
/// How often it is looked whether it is over.
const WATCH: Duration = Duration::from_millis(100);
/// How long a server that has lost it may take to end by itself.
const LEAVE_TIME: Duration = Duration::from_secs(2);

/// The lease, ours until it is dropped or lost.
pub(crate) struct Lease {
    state: Arc<Mutex<State>>,
    /// Dropped, it ends the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    until: Instant,
    /// Why it is over. It does not come back: meanwhile another server may have had it.
    lost: Option<String>,
}

impl State {
    fn lose_in_time(&mut self) {
        if Instant::now() >= self.until {
            let reason = || "the lease on the books could not be renewed in time".to_owned();
            self.lost.get_or_insert_with(reason);
        }
    }
}

impl Lease {
    /// Waits until the lease is free, and takes it. Says once that it waits. Blocks.
    ///
    /// # Errors
    /// The database cannot be used at the first look, or its books were moved away.
    pub fn wait_for(database: &str, length: Duration) -> Result<Lease, OpenError> {
        check_here(database)?;
        one_shard(
            database,
            "they are served by nodes, each of which says where the others reach it: --cluster-listen, --cluster-address",
        )?;
        let mut leases = Leases::connect(database, Shard::FIRST.0, holder(), length)?;
        let mut waits = false;
        loop {
            match leases.take() {
                Ok(Ok(held)) => return Lease::keep(leases, held, length),
                Ok(Err(holder)) if !waits => {
                    waits = true;
                    tracing::info!(
                        holder,
                        "another server has the books: waiting to take over when it is gone"
                    );
                }
                Ok(Err(_)) => {}
                // Whoever waits for a server to go waits for a database to come back, too.
                Err(problem) => {
                    tracing::warn!(%problem, "waiting for the database");
                    let _ = leases.reconnect();
                }
            }
            sleep(LOOK_AGAIN.min(length));
        }
    }

    /// Takes the lease if it is free, of books that are in one shard.
    ///
    /// # Errors
    /// A server has it, or the database cannot be used.
    pub fn take(database: &str, length: Duration) -> Result<Lease, OpenError> {
        one_shard(database, "that cannot be done with such books yet")?;
        Lease::of_shard(database, Shard::FIRST, length)
    }

    /// Takes the leases of all shards: while they are held, no server or node works on the books.
    ///
    /// # Errors
    /// A server or a node has one, or the database cannot be used.
    pub fn take_all(database: &str, length: Duration) -> Result<Vec<(Shard, Lease)>, OpenError> {
        let shards = Facts::connect(database)?.shards(1)?;
        let all = (0..shards).map(Shard);
        all.map(|shard| Ok((shard, Lease::of_shard(database, shard, length)?))).collect()
    }

    fn of_shard(database: &str, shard: Shard, length: Duration) -> Result<Lease, OpenError> {
        let mut leases = Leases::connect(database, shard.0, holder(), length)?;
        match leases.take()? {
            Ok(held) => Lease::keep(leases, held, length),
            Err(holder) => {
                Err(format!("a server works on the books of this database ({holder}): stop it first").into())
            }
        }
    }

    fn keep(mut leases: Leases, held: Held, length: Duration) -> Result<Lease, OpenError> {
        let state = Arc::new(Mutex::new(State { until: held.until, lost: None }));
        let theirs = Arc::clone(&state);
        let (stop, stopped) = channel();
        let renew = move || {
            while matches!(stopped.recv_timeout(length / RENEWALS), Err(RecvTimeoutError::Timeout)) {
                let taken = leases.take();
                let mut state = theirs.lock();
                state.lose_in_time();
                match taken {
                    Ok(Ok(held)) if state.lost.is_none() => state.until = held.until,
                    Ok(Ok(_)) => break,
                    Ok(Err(holder)) => {
                        state.lost = Some(format!("another server has taken the books over ({holder})"));
                        return;
                    }
                    Err(problem) => {
                        drop(state);
                        tracing::warn!(%problem, "the lease on the books could not be renewed; it is tried again");
                        if let Err(problem) = leases.reconnect() {
                            tracing::warn!(%problem, "the database cannot be reached");
                        }
                    }
                }
            }
            // Its connection may have been cut with all others.
            let given_back =
                leases.give_back().or_else(|_| leases.reconnect().and_then(|()| leases.give_back()));
            if let Err(problem) = given_back {
                tracing::warn!(%problem, "the lease on the books ends by itself");
            }
        };
        let thread = std::thread::Builder::new().name("lease".into()).spawn(renew)?;
        Ok(Lease { state, stop: Some(stop), thread: Some(thread) })
    }

    /// Why it is not ours any more, if it is not.
    pub fn lost(&self) -> Option<String> {
        let mut state = self.state.lock();
        state.lose_in_time();
        state.lost.clone()
    }

    /// Has the process ended if the lease is lost and it does not end by itself: a database that says nothing can hold
    /// every other thread.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn end_process_when_lost(&self, end: impl FnOnce(&str) + Send + 'static) -> Result<(), OpenError> {
        let state = Arc::downgrade(&self.state);
        let watch = move || {
            while let Some(state) = state.upgrade() {
                let mut state = state.lock();
                state.lose_in_time();
                if let Some(reason) = state.lost.clone() {
                    drop(state);
                    sleep(LEAVE_TIME);
                    end(&reason);
                    return;
                }
                drop(state);
                sleep(WATCH);
            }
        };
        std::thread::Builder::new().name("lease-watch".into()).spawn(watch)?;
        Ok(())
    }
}

impl Drop for Lease {
    /// Gives it back, so that the next one need not wait.
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Checks that the books of a database were not moved away from it.
///
/// # Errors
/// They were, or the database cannot be used.
pub(crate) fn check_here(database: &str) -> Result<(), OpenError> {
    let Some(folder) = Facts::connect(database)?.moved()? else { return Ok(()) };
    Err(format!(
        "the books of this database were moved into {folder}: serve them from there, or bring them back \
         (inkmeter migrate into-database)"
    )
    .into())
}

fn one_shard(database: &str, otherwise: &str) -> Result<(), OpenError> {
    let shards = Facts::connect(database)?.shards(1)?;
    if shards == 1 {
        Ok(())
    } else {
        Err(format!("the books of this database are in {shards} shards; {otherwise}").into())
    }
}

/// A name that nobody else has, and that says where this is.
pub(crate) fn holder() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{} {} {:08x}", host.trim(), std::process::id(), rand::rng().random::<u32>())
}
