//! The lease by which one of several servers works on the books. It is renewed by a thread of its own, and over when
//! renewing has not succeeded for its length, by a clock that only goes on.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ledger::journal::postgres::{Held, Leases};
use parking_lot::Mutex;
use rand::RngExt as _;

use crate::app::OpenError;

/// How often a server that waits looks whether the lease is free.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// So often within its length it is renewed.
const RENEWALS: u32 = 4;

/// The lease, ours until it is dropped or lost.
pub(crate) struct Lease {
    state: Arc<Mutex<State>>,
    /// Dropped, it ends the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    until: Instant,
    /// Somebody else has it.
    taken_by: Option<String>,
}

impl Lease {
    /// Waits until the lease is free, and takes it. Says once that it waits.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn wait_for(database: &str, length: Duration) -> Result<Lease, OpenError> {
        let (database, holder) = (database.to_owned(), holder());
        let mut waits = false;
        let connect = move || {
            let mut leases = Leases::connect(&database, holder, length)?;
            match leases.moved()? {
                Some(folder) => Err(OpenError::from(format!(
                    "the books of this database were moved into {folder}: serve them from there, or bring them back \
                     (inkmeter migrate into-database)"
                ))),
                None => Ok(leases),
            }
        };
        let mut leases = tokio::task::spawn_blocking(connect).await??;
        loop {
            let taken;
            (leases, taken) = tokio::task::spawn_blocking(move || {
                let taken = leases.take();
                (leases, taken)
            })
            .await?;
            match taken? {
                Ok(held) => return Lease::keep(leases, held, length),
                Err(holder) if !waits => {
                    waits = true;
                    tracing::info!(
                        holder,
                        "another server has the books: waiting to take over when it is gone"
                    );
                }
                Err(_) => {}
            }
            tokio::time::sleep(LOOK_AGAIN.min(length)).await;
        }
    }

    /// Takes the lease if it is free.
    ///
    /// # Errors
    /// A server has it, or the database cannot be used.
    pub fn take(database: &str, length: Duration) -> Result<Lease, OpenError> {
        let mut leases = Leases::connect(database, holder(), length)?;
        match leases.take()? {
            Ok(held) => Lease::keep(leases, held, length),
            Err(holder) => {
                Err(format!("a server works on the books of this database ({holder}): stop it first").into())
            }
        }
    }

    fn keep(mut leases: Leases, held: Held, length: Duration) -> Result<Lease, OpenError> {
        let state = Arc::new(Mutex::new(State { until: held.until, taken_by: None }));
        let theirs = Arc::clone(&state);
        let (stop, stopped) = channel();
        let renew = move || {
            while matches!(stopped.recv_timeout(length / RENEWALS), Err(RecvTimeoutError::Timeout)) {
                match leases.take() {
                    Ok(Ok(held)) => theirs.lock().until = held.until,
                    Ok(Err(holder)) => {
                        theirs.lock().taken_by = Some(holder);
                        return;
                    }
                    Err(problem) => {
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
        let state = self.state.lock();
        let taken = state
            .taken_by
            .as_ref()
            .map(|holder| format!("another server has taken the books over ({holder})"));
        let is_over = Instant::now() >= state.until;
        taken.or_else(|| is_over.then(|| "the lease on the books could not be renewed in time".to_owned()))
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

/// A name that nobody else has, and that says where this is.
fn holder() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{} {} {:08x}", host.trim(), std::process::id(), rand::rng().random::<u32>())
}
