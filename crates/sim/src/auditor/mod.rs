//! The auditor: what was answered, what stands in the journal, and whether they agree. A small model of its own.
//!
//! It follows the durable records as anybody could, keeps every account in plain sums ([`account`]), and remembers of
//! each thing that moves money or quota whether it was acknowledged ([`answers`]). What was acknowledged stands in the
//! journal exactly once; what was refused or voided does not; what was under way when a process ended is there at most
//! once. Records that were durable never change.

pub mod account;
pub mod answers;
pub mod rating;

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::path::Path;
use std::sync::Arc;

use charging::{Account, AccountId, Name};
use ledger::entry;
use ledger::journal::{Disk, Entries, Reader};

use crate::world::World;
use account::{Books, Lot};
use answers::{Charged, Held, Used};

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which law does not hold.
    pub law: &'static str,
    /// How.
    pub detail: String,
}

/// A finding.
pub fn finding(law: &'static str, detail: impl Into<String>) -> Finding {
    Finding { law, detail: detail.into() }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the {} law does not hold: {}", self.law, self.detail)
    }
}

/// By what something that was done is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A charge, by its id.
    Charge(u128),
    /// A movement of an account, by its key.
    Key(AccountId, u128),
    /// The provider's answer to a request.
    Answered(AccountId, u64),
}

/// What was done.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Content {
    Charge {
        account: AccountId,
        api: Name,
        region: Name,
        project: Option<Name>,
        draws: Vec<(u32, u64)>,
        rated: Vec<(u64, i64)>,
    },
    TopUp(i64),
    Adjust(i64),
    Lot {
        no: u32,
        lot: Lot,
    },
    Coupon {
        no: u32,
        e8: i64,
        to: i64,
    },
    Payment {
        no: u64,
        e8: i64,
    },
    Answer {
        paid: bool,
    },
}

/// What stands in the journal under a mark.
#[derive(Debug, Clone)]
pub struct Seen {
    /// At which instant.
    pub at: i64,
    /// What it is.
    pub content: Content,
}

/// The auditor of one history.
pub struct Auditor<'w> {
    world: &'w World,
    /// A checksum of every record.
    records: Vec<u64>,
    accounts: Vec<Books>,
    /// The same accounts as the core makes them of the events.
    replayed: Vec<Account>,
    seen: BTreeMap<Mark, Vec<Seen>>,
    acknowledged: BTreeMap<Mark, usize>,
    in_flight: BTreeMap<Mark, usize>,
    charged: BTreeMap<u128, Charged>,
    held: BTreeMap<u128, Held>,
    used: BTreeMap<(AccountId, u128), Used>,
    /// The latest instant of the journal.
    latest: i64,
    /// What was never answered, and is there.
    found_done: u64,
}

impl<'w> Auditor<'w> {
    /// Nothing has happened yet.
    pub fn new(world: &'w World) -> Auditor<'w> {
        Auditor {
            world,
            records: Vec::new(),
            accounts: Vec::new(),
            replayed: Vec::new(),
            seen: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            charged: BTreeMap::new(),
            held: BTreeMap::new(),
            used: BTreeMap::new(),
            latest: 0,
            found_done: 0,
        }
    }

    /// The latest instant that stands in the journal.
    pub fn latest(&self) -> i64 {
        self.latest
    }

    /// How many things were done of which nobody was told.
    pub fn found_done(&self) -> u64 {
        self.found_done
    }

    /// How many records there are.
    pub fn records(&self) -> u64 {
        self.records.len() as u64
    }

    /// How many charges there are.
    pub fn charges(&self) -> u64 {
        self.accounts.iter().map(|books| books.charges).sum()
    }

    /// The accounts, in order of opening.
    pub fn account_ids(&self) -> impl Iterator<Item = (AccountId, u64)> {
        self.accounts.iter().map(|books| (books.id, books.charges))
    }

    /// Takes in the records that have become durable.
    ///
    /// # Errors
    /// Outside: they cannot be read. Inside: what is wrong with them.
    pub fn follow(
        &mut self,
        disk: &Arc<dyn Disk>,
        dir: &Path,
        durable: u64,
    ) -> Result<Result<(), Finding>, String> {
        let from = self.records() + 1;
        if durable < from {
            return Ok(Ok(()));
        }
        let mut reader = Reader::open(Arc::clone(disk), dir, from).map_err(|error| error.to_string())?;
        while let Some(record) = reader.next(durable).map_err(|error| error.to_string())? {
            if let Err(found) = self.record(record.payload) {
                let detail = format!("record {}: {}", record.sequence, found.detail);
                return Ok(Err(finding(found.law, detail)));
            }
        }
        Ok(Ok(()))
    }

    /// Looks at the whole journal again, after an opening: what was durable is as it was, and the rest is new.
    ///
    /// # Errors
    /// What is wrong.
    pub fn read_again(&mut self, disk: &Arc<dyn Disk>, dir: &Path, last: u64) -> Result<(), Finding> {
        let unreadable = |error: ledger::journal::OpenError| finding("journal", error.to_string());
        if last < self.records() {
            let detail = format!("it ends at record {last}, and {} were durable", self.records());
            return Err(finding("journal", detail));
        }
        if !self.records.is_empty() {
            let mut reader = Reader::open(Arc::clone(disk), dir, 1).map_err(unreadable)?;
            for (number, known) in (1_u64..).zip(&self.records) {
                let record = reader.next(last).map_err(unreadable)?;
                if record.map(|record| checksum(record.payload)) != Some(*known) {
                    return Err(finding("journal", format!("record {number} is not what it was")));
                }
            }
        }
        self.follow(disk, dir, last).map_err(|error| finding("journal", error))?
    }

    fn record(&mut self, payload: &[u8]) -> Result<(), Finding> {
        self.records.push(checksum(payload));
        for bytes in Entries::new(payload) {
            let bytes = bytes.map_err(|error| finding("journal", error.to_string()))?;
            let (no, events) = entry::decode(bytes).map_err(|error| finding("journal", error.to_string()))?;
            self.entry(no as usize, &events)?;
        }
        Ok(())
    }

    /// Takes in what one command did to one account.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn entry(&mut self, no: usize, events: &[charging::Recorded]) -> Result<(), Finding> {
        let mut events = events;
        if no == self.accounts.len() {
            let Some((opened, rest)) = events.split_first() else {
                return Err(finding("journal", "an account begins with nothing"));
            };
            let books = Books::open(self.world, opened)?;
            if self.accounts.iter().any(|other| other.id == books.id) {
                return Err(finding("journal", format!("account {} is opened twice", books.id)));
            }
            self.accounts.push(books);
            self.replayed.extend(Account::from_opened(opened));
            self.latest = self.latest.max(opened.at.ms());
            events = rest;
        }
        let (Some(books), Some(replayed)) = (self.accounts.get_mut(no), self.replayed.get_mut(no)) else {
            return Err(finding("journal", format!("there is no account number {no}")));
        };
        let mut done = Vec::new();
        books.entry(self.world, events, &mut |mark, content| done.push((mark, content)))?;
        self.latest = self.latest.max(books.latest);
        events.iter().for_each(|recorded| replayed.apply(recorded));
        let at = books.latest;
        let key_days = self.world.rules.policies.of(&books.policy).key_days;
        for (mark, content) in done {
            let seen = self.seen.entry(mark).or_default();
            // A key is as good as new once it was forgotten; nothing else may be done again.
            let since = at - i64::from(key_days) * rating::DAY_MS;
            let is_key = matches!(mark, Mark::Key(..));
            if seen.last().is_some_and(|last| !is_key || last.at >= since) {
                return Err(finding("2xx", format!("{mark:?} was done twice")));
            }
            seen.push(Seen { at, content });
        }
        Ok(())
    }

    fn books(&self, id: AccountId) -> Option<&Books> {
        self.accounts.iter().find(|books| books.id == id)
    }

    /// Something was under way when the process ended: it may have been done, once.
    pub fn lost(&mut self, mark: Mark) {
        *self.in_flight.entry(mark).or_default() += 1;
    }

    /// Nothing is under way: what was done is what was acknowledged.
    ///
    /// # Errors
    /// What is not.
    pub fn at_rest(&self) -> Result<(), Finding> {
        self.check_done(false)
    }

    /// The books were opened again, and nothing is under way: what was acknowledged is there, and of what was under way
    /// each at most once. From now on what is there was done.
    ///
    /// # Errors
    /// What is not so.
    pub fn opened_again(&mut self) -> Result<(), Finding> {
        self.check_done(true)?;
        self.in_flight.clear();
        let count = |of: usize| of as u64;
        let told: u64 = self.acknowledged.values().copied().map(count).sum();
        self.found_done += self.seen.values().map(Vec::len).map(count).sum::<u64>() - told;
        self.acknowledged = self.seen.iter().map(|(mark, seen)| (*mark, seen.len())).collect();
        self.remember_what_is_there();
        Ok(())
    }

    fn check_done(&self, may_be_more: bool) -> Result<(), Finding> {
        for mark in self.seen.keys().chain(self.acknowledged.keys()) {
            let count = |of: &BTreeMap<Mark, usize>| of.get(mark).copied().unwrap_or(0);
            let there = self.seen.get(mark).map_or(0, Vec::len);
            let acknowledged = count(&self.acknowledged);
            let under_way = if may_be_more { count(&self.in_flight) } else { 0 };
            if there < acknowledged {
                let detail =
                    format!("{mark:?} was acknowledged {acknowledged} times, and is there {there} times");
                return Err(finding("2xx", detail));
            }
            if there > acknowledged + under_way {
                let detail = format!(
                    "{mark:?} is there {there} times; {acknowledged} were acknowledged, {under_way} under way"
                );
                return Err(finding("2xx", detail));
            }
        }
        Ok(())
    }

    /// Compares an account with the engine's, when nothing is under way.
    ///
    /// # Errors
    /// Where they differ.
    pub fn compare(&self, account: &Account) -> Result<(), Finding> {
        let no = self.accounts.iter().position(|books| books.id == account.id());
        let no = no.ok_or_else(|| finding("replay", format!("nobody opened account {}", account.id())))?;
        self.accounts[no].compare(account)?;
        if self.replayed[no] != *account {
            return Err(finding("replay", format!("account {} is not what its events make", account.id())));
        }
        Ok(())
    }

    /// Checks that everything that is due by an instant has happened.
    ///
    /// # Errors
    /// What has not.
    pub fn check_nothing_is_due(&self, now: i64) -> Result<(), Finding> {
        let overdue = self.accounts.iter().find_map(|books| Some((books.id, books.overdue(now)?)));
        overdue.map_or(Ok(()), |(id, what)| Err(finding("tick", format!("account {id} at {now}: {what}"))))
    }
}

/// FNV-1a, the same everywhere and always.
pub fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = Fnv::default();
    hasher.write(bytes);
    hasher.finish()
}

/// The hasher behind [`checksum`].
#[derive(Debug, Clone)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
