//! Places in front of the eye: how many calls may be read or wait to be read, and how they are shared.
//!
//! Whoever comes first would take them all, and a client that tries again at once would keep them. So an account may
//! have at most three times as many places as are free: alone it has three quarters, two have three sevenths each,
//! and while they are few beside the places, some are left for the next.

use std::collections::HashMap;
use std::sync::Arc;

use charging::AccountId;
use parking_lot::Mutex;

/// An account may have so many times the places that are free.
const TIMES_FREE: usize = 3;

/// All places.
#[derive(Debug)]
pub struct Places {
    count: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_account: HashMap<AccountId, usize>,
}

/// A place, until this is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    account: AccountId,
}

/// There is no place for this account now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{own} calls of this account are being read or wait for it; of {count} places {free} are free")]
pub struct Full {
    /// How many the account has.
    pub own: usize,
    /// How many nobody has.
    pub free: usize,
    /// How many there are.
    pub count: usize,
}

impl Places {
    /// So many places, all free.
    pub fn new(count: usize) -> Arc<Places> {
        Arc::new(Places { count, taken: Mutex::default() })
    }

    /// A place for a call of an account.
    ///
    /// # Errors
    /// [`Full`].
    pub fn take(self: &Arc<Places>, account: AccountId) -> Result<Place, Full> {
        let mut taken = self.taken.lock();
        let free = self.count - taken.all;
        let own = taken.by_account.get(&account).copied().unwrap_or(0);
        if own >= TIMES_FREE * free {
            return Err(Full { own, free, count: self.count });
        }
        taken.all += 1;
        *taken.by_account.entry(account).or_default() += 1;
        Ok(Place { places: Arc::clone(self), account })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock();
        taken.all -= 1;
        if let Some(own) = taken.by_account.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                taken.by_account.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_of(places: &Arc<Places>, account: u128) -> Vec<Place> {
        std::iter::from_fn(|| places.take(AccountId(account)).ok()).collect()
    }

    #[test]
    fn whoever_is_greedy_leaves_room() {
        let places = Places::new(66);
        let first = all_of(&places, 1);
        assert_eq!(first.len(), 50);
        // Trying again changes nothing for others: the next account has its share, and so have those after it.
        let others: Vec<Vec<Place>> = (2..=4).map(|account| all_of(&places, account)).collect();
        assert_eq!(others.iter().map(Vec::len).collect::<Vec<_>>(), [12, 3, 1]);
        let full = places.take(AccountId(1)).unwrap_err();
        assert_eq!((full.own, full.free), (50, 0));
        drop(first);
        assert!(places.take(AccountId(5)).is_ok());
        drop(others);
        assert_eq!(all_of(&places, 6).len(), 50);
        assert_eq!(*places.taken.lock().by_account.keys().collect::<Vec<_>>(), [] as [&AccountId; 0]);
    }

    #[test]
    fn one_place_serves_one_call() {
        let places = Places::new(1);
        let place = places.take(AccountId(1)).unwrap();
        assert!(places.take(AccountId(2)).is_err());
        drop(place);
        assert!(places.take(AccountId(2)).is_ok());
    }
}
