//! The accounts in memory, and how they come back from the journal.

use charging::{Account, AccountId, Holds, Recorded, Timestamp};
use hashbrown::HashMap;

use crate::entry::AccountNo;

/// An account with what is not journalled: holds, and when it is due next.
#[derive(Debug, Clone)]
pub struct Live {
    /// The account.
    pub account: Account,
    /// Calls under way.
    pub holds: Holds,
    pub(super) due: Option<Timestamp>,
    /// As the shard's index has it.
    pub(super) awaits_payment: bool,
}

impl Live {
    fn new(account: Account) -> Live {
        Live { account, holds: Holds::default(), due: None, awaits_payment: false }
    }

    pub(super) fn holds_void_expired(&mut self, now: Timestamp) {
        self.holds.void_expired(now);
    }
}

/// All accounts of a shard, by number and by id.
#[derive(Debug, Default)]
pub struct Accounts {
    by_no: Vec<Live>,
    no_by_id: HashMap<AccountId, AccountNo>,
}

impl Accounts {
    /// From accounts in order of number.
    pub fn from_accounts(accounts: Vec<Account>) -> Accounts {
        let mut all = Accounts::default();
        for account in accounts {
            all.push(account);
        }
        all
    }

    /// The number of an account.
    pub fn no_of(&self, id: AccountId) -> Option<AccountNo> {
        self.no_by_id.get(&id).copied()
    }

    /// The account of a number.
    pub fn get(&self, no: AccountNo) -> Option<&Live> {
        self.by_no.get(no as usize)
    }

    /// All accounts in order of number.
    pub fn iter(&self) -> impl Iterator<Item = &Live> {
        self.by_no.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_no.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.by_no.is_empty()
    }

    pub(super) fn get_mut(&mut self, no: AccountNo) -> &mut Live {
        &mut self.by_no[no as usize]
    }

    pub(super) fn push(&mut self, account: Account) -> AccountNo {
        let no = AccountNo::try_from(self.by_no.len()).expect("a shard has fewer than 2^32 accounts");
        self.no_by_id.insert(account.id(), no);
        self.by_no.push(Live::new(account));
        no
    }

    /// Applies one entry of the journal.
    ///
    /// # Errors
    /// An entry that does not follow from the ones before it.
    pub fn apply(&mut self, no: AccountNo, events: &[Recorded]) -> Result<(), String> {
        let mut events = events.iter();
        if no as usize == self.by_no.len() {
            let opened = events.next().and_then(Account::from_opened);
            self.push(opened.ok_or_else(|| format!("account number {no} does not begin with its opening"))?);
        }
        let live =
            self.by_no.get_mut(no as usize).ok_or_else(|| format!("there is no account number {no}"))?;
        for event in events {
            live.account.apply(event);
        }
        Ok(())
    }
}
