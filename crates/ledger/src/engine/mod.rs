//! The engine: the accounts of one shard in memory, and the one way to change them.
//!
//! A command decides under the shard's lock against the state in memory, appends its events to the open batch
//! of the journal before it lets go of the lock, and gets a [`Pending`] answer, which gives its value only
//! when the batch is durable. So the order of the journal is the order of the decisions, memory is never
//! shown to anybody before the journal has it, and a thousand callers share one sync.
//!
//! If an append fails, the journal stops, every pending answer says [`Stopped`], and the process must end and
//! replay: memory is ahead of the journal then, and nothing may be read from it any more.

pub(crate) mod commands;
mod commerce;
pub(crate) mod growth;
mod members;
mod open;
mod pending;
mod retired;
mod state;
mod survey;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use charging::{AccountId, Catalog, Context, Policies, Recorded, Refusal, Timestamp};
use parking_lot::Mutex;

use crate::entry::{self, AccountNo};
use crate::journal::{Disk, Figures, GroupCommit, OpenError, Stopped, Ticket, Watermark};

use growth::Growth;

pub use commerce::AwaitedPayment;
pub use open::{EngineOptions, Recovery, Replayed};
pub use pending::{Durable, Pending};
pub use retired::Retired;
pub use state::{Accounts, Live};
pub use survey::Survey;

/// What the engine decides by: the price list and the policies.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Prices, packages, regions.
    pub catalog: Catalog,
    /// Arrears policies.
    pub policies: Policies,
}

impl Rules {
    /// The rules as the core wants them.
    pub fn context(&self) -> Context<'_> {
        Context { catalog: &self.catalog, policies: &self.policies }
    }
}

/// Why a command found no account to work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such account")]
pub struct UnknownAccount;

/// The accounts of one shard.
pub struct Engine {
    shard: Mutex<Shard>,
    journal: GroupCommit,
    rules: Arc<Rules>,
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    growth: Arc<Growth>,
}

struct Shard {
    accounts: Accounts,
    /// Who is due next, earliest first.
    due: BTreeSet<(Timestamp, AccountNo)>,
    /// Who waits for a payment.
    awaiting: BTreeSet<AccountNo>,
    /// Business time never goes back: a command is decided no earlier than the one before it.
    latest: Timestamp,
    /// Reused by every command.
    events: Vec<Recorded>,
    encoded: Vec<u8>,
}

impl Engine {
    /// The next instant at which something is due, if anything is.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.shard.lock().due.first().map(|(due, _)| *due)
    }

    /// Does everything that is due by `now`, for every account, and answers when it is durable.
    pub fn tick(&self, now: Timestamp) -> Pending<usize> {
        let mut ticked = 0;
        loop {
            // One account at a time, so that calls of others are not held up by a long list.
            let mut shard = self.shard.lock();
            let now = shard.settle_now(now);
            let due = shard.due.first().copied().filter(|(due, _)| *due <= now);
            let Some((_, account)) = due else { break };
            let (due, _) = shard.run(self, account, |live, context, events| {
                live.account.tick(context, now, events);
                live.account.next_due(context)
            });
            shard.reschedule(account, due);
            ticked += 1;
        }
        Pending::new(ticked, self.journal.barrier())
    }

    /// Reads an account as it stands, including what is not durable yet, after doing what is due by `now`.
    /// The answer waits until all it shows is durable. `view` runs under the shard's lock: it copies what it
    /// needs and leaves the rest for later.
    ///
    /// # Errors
    /// [`UnknownAccount`].
    pub fn read<T>(
        &self,
        account: AccountId,
        now: Timestamp,
        view: impl FnOnce(&Live, Timestamp) -> T,
    ) -> Result<Pending<T>, UnknownAccount> {
        self.command(account, now, |live, context, now, events| {
            live.account.tick(context, now, events);
            live.holds_void_expired(now);
            view(live, now)
        })
    }

    /// True if the account exists.
    pub fn has(&self, account: AccountId) -> bool {
        self.shard.lock().accounts.no_of(account).is_some()
    }

    /// Ids of all accounts, in order of opening.
    pub fn account_ids(&self) -> Vec<AccountId> {
        self.shard.lock().accounts.iter().map(|live| live.account.id()).collect()
    }

    /// How many notices all accounts were given: as many as the read model numbers.
    pub fn notices(&self) -> u64 {
        self.shard.lock().accounts.iter().map(|live| live.account.notices()).sum()
    }

    /// Business time of the latest command.
    pub fn latest(&self) -> Timestamp {
        self.shard.lock().latest
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// How far the journal is durable.
    pub fn watermark(&self) -> Watermark {
        self.journal.watermark()
    }

    /// What the journal's commits were like so far.
    pub fn figures(&self) -> Arc<Figures> {
        self.journal.figures()
    }

    /// The last durable record.
    pub fn durable_sequence(&self) -> u64 {
        self.journal.durable_sequence()
    }

    /// Why the journal stopped, if it did. The process must end then.
    pub fn stop_reason(&self) -> Option<String> {
        self.journal.stop_reason().map(str::to_owned)
    }

    /// Where the journal lies.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the journal lies on.
    pub fn disk(&self) -> Arc<dyn Disk> {
        Arc::clone(&self.disk)
    }

    /// How much has been appended, for those who act on it.
    pub(crate) fn growth(&self) -> Arc<Growth> {
        Arc::clone(&self.growth)
    }

    /// Writes everything that was decided and closes the journal.
    ///
    /// # Errors
    /// [`Stopped`] if the journal failed.
    pub fn close(&self) -> Result<(), Stopped> {
        self.journal.close()
    }

    /// Permits something. A refusal may rest on charges that are not durable yet.
    fn permit<T>(
        &self,
        account: AccountId,
        now: Timestamp,
        decide: impl FnOnce(&mut Live, Context<'_>, Timestamp, &mut Vec<Recorded>) -> Result<T, Refusal>,
    ) -> Result<Result<T, Pending<Refusal>>, UnknownAccount> {
        let mut shard = self.shard.lock();
        let now = shard.settle_now(now);
        let no = shard.accounts.no_of(account).ok_or(UnknownAccount)?;
        let (decided, ticket) =
            shard.run(self, no, |live, context, events| decide(live, context, now, events));
        let pending = |refusal| Pending::new(refusal, ticket.unwrap_or_else(|| self.journal.barrier()));
        Ok(decided.map_err(pending))
    }

    /// Runs one command on one account: decide, append, release, in that order.
    fn command<T>(
        &self,
        account: AccountId,
        now: Timestamp,
        decide: impl FnOnce(&mut Live, Context<'_>, Timestamp, &mut Vec<Recorded>) -> T,
    ) -> Result<Pending<T>, UnknownAccount> {
        let mut shard = self.shard.lock();
        let now = shard.settle_now(now);
        let no = shard.accounts.no_of(account).ok_or(UnknownAccount)?;
        let (value, ticket) = shard.run(self, no, |live, context, events| decide(live, context, now, events));
        Ok(Pending::new(value, ticket.unwrap_or_else(|| self.journal.barrier())))
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Shard {
    /// Notes when an account is due next.
    fn reschedule(&mut self, no: AccountNo, due: Option<Timestamp>) {
        let live = self.accounts.get_mut(no);
        if due == live.due {
            return;
        }
        if let Some(before) = live.due {
            self.due.remove(&(before, no));
        }
        if let Some(due) = due {
            self.due.insert((due, no));
        }
        live.due = due;
    }

    fn settle_now(&mut self, now: Timestamp) -> Timestamp {
        self.latest = self.latest.max(now);
        self.latest
    }

    /// Decides on one account, keeps the due index, and appends the events while the lock is held.
    /// The ticket is `None` if there were no events.
    fn run<T>(
        &mut self,
        engine: &Engine,
        no: AccountNo,
        decide: impl FnOnce(&mut Live, Context<'_>, &mut Vec<Recorded>) -> T,
    ) -> (T, Option<Ticket>) {
        let context = engine.rules.context();
        let live = self.accounts.get_mut(no);
        self.events.clear();
        let value = decide(live, context, &mut self.events);
        if self.events.is_empty() {
            return (value, None);
        }
        if live.account.waits_for_something_new() {
            let due = live.account.next_due(context);
            self.reschedule(no, due);
        }
        let live = self.accounts.get_mut(no);
        if live.account.awaits_payment() != live.awaits_payment {
            live.awaits_payment = live.account.awaits_payment();
            if live.awaits_payment {
                self.awaiting.insert(no);
            } else {
                self.awaiting.remove(&no);
            }
        }
        self.encoded.clear();
        entry::encode(no, &self.events, &mut self.encoded);
        engine.growth.add(self.encoded.len());
        (value, Some(engine.journal.append(&self.encoded)))
    }
}

/// Why an engine could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal could not be opened or read.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// An entry of the journal cannot be read.
    #[error("record {sequence}: {source}")]
    Entry {
        /// The record it stands in.
        sequence: u64,
        /// Why.
        source: entry::EntryError,
    },
    /// The journal's entries do not follow from each other.
    #[error("record {sequence}: {detail}")]
    History {
        /// The record.
        sequence: u64,
        /// What is wrong.
        detail: String,
    },
    /// Records that were acknowledged are missing at the journal's end.
    #[error(transparent)]
    Loss(#[from] crate::loss::Loss),
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}
