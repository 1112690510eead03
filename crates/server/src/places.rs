//! Places in front of what is scarce, and how they are shared: the eye's and those of the desk where bills are made
//! between accounts, those for signing in between addresses.
//!
//! Whoever comes first would take them all, and a client that tries again at once would keep them. So a holder may
//! have at most three times as many places as are free: alone it has three quarters, two have three sevenths each,
//! and while they are few beside the places, some are left for the next.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// A holder may have so many times the places that are free.
const TIMES_FREE: usize = 3;

/// All places.
#[derive(Debug)]
pub struct Places<K> {
    count: usize,
    /// How many a holder may have in any case.
    most_of_holder: usize,
    taken: Mutex<Taken<K>>,
}

#[derive(Debug)]
struct Taken<K> {
    all: usize,
    by_holder: HashMap<K, usize>,
    /// Of holders that have parts.
    by_part: HashMap<(K, K), usize>,
}

/// A place, until this is dropped.
#[derive(Debug)]
pub struct Place<K: Hash + Eq> {
    places: Arc<Places<K>>,
    holder: K,
    part: Option<(K, K)>,
}

/// There is no place for this holder now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// How many the holder has.
    pub own: usize,
    /// How many nobody has.
    pub free: usize,
    /// How many there are.
    pub count: usize,
}

impl<K: Hash + Eq + Clone> Places<K> {
    /// So many places, all free.
    pub fn new(count: usize) -> Arc<Places<K>> {
        Places::with_most_of_holder(count, count)
    }

    /// So many places, all free, of which a holder has so many at most, however many are free.
    pub fn with_most_of_holder(most_of_holder: usize, count: usize) -> Arc<Places<K>> {
        let taken = Mutex::new(Taken { all: 0, by_holder: HashMap::new(), by_part: HashMap::new() });
        Arc::new(Places { count, most_of_holder, taken })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many somebody has.
    pub fn taken(&self) -> usize {
        self.taken.lock().all
    }

    /// A place for a holder.
    ///
    /// # Errors
    /// [`Full`].
    pub fn take(self: &Arc<Places<K>>, holder: K) -> Result<Place<K>, Full> {
        self.take_as(holder, None)
    }

    /// A place for a holder, or for a part of it: that has at most three times as many of the holder's places as are
    /// left to the holder, so that no part keeps out the others.
    ///
    /// # Errors
    /// [`Full`], with the part's own places if it is one.
    pub fn take_as(self: &Arc<Places<K>>, holder: K, part: Option<K>) -> Result<Place<K>, Full> {
        let part = part.map(|part| (holder.clone(), part));
        let mut taken = self.taken.lock();
        self.check(&taken, &holder, part.as_ref())?;
        taken.all += 1;
        *taken.by_holder.entry(holder.clone()).or_default() += 1;
        if let Some(part) = &part {
            *taken.by_part.entry(part.clone()).or_default() += 1;
        }
        Ok(Place { places: Arc::clone(self), holder, part })
    }

    /// Whether there is a place now for a holder, or for a part of it. It may be gone when it is taken.
    ///
    /// # Errors
    /// As [`Places::take_as`].
    pub fn check_free(&self, holder: &K, part: Option<&K>) -> Result<(), Full> {
        let part = part.map(|part| (holder.clone(), part.clone()));
        self.check(&self.taken.lock(), holder, part.as_ref())
    }

    fn check(&self, taken: &Taken<K>, holder: &K, part: Option<&(K, K)>) -> Result<(), Full> {
        let free = self.count - taken.all;
        let own = taken.by_holder.get(holder).copied().unwrap_or(0);
        let of_part = part.map(|part| taken.by_part.get(part).copied().unwrap_or(0));
        let left = self.most_of_holder.min(TIMES_FREE * free).saturating_sub(own);
        if left == 0 || of_part.is_some_and(|of_part| of_part >= TIMES_FREE * left) {
            return Err(Full { own: of_part.unwrap_or(own), free, count: self.count });
        }
        Ok(())
    }
}

impl<K: Hash + Eq> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock();
        taken.all -= 1;
        one_less(&mut taken.by_holder, &self.holder);
        if let Some(part) = &self.part {
            one_less(&mut taken.by_part, part);
        }
    }
}

fn one_less<K: Hash + Eq>(counts: &mut HashMap<K, usize>, of: &K) {
    if let Some(own) = counts.get_mut(of) {
        *own -= 1;
        if *own == 0 {
            counts.remove(of);
        }
    }
}

#[cfg(test)]
mod tests {
    use charging::AccountId;

    use super::*;

    fn all_of(places: &Arc<Places<AccountId>>, account: u128) -> Vec<Place<AccountId>> {
        std::iter::from_fn(|| places.take(AccountId(account)).ok()).collect()
    }

    #[test]
    fn whoever_is_greedy_leaves_room() {
        let places = Places::new(66);
        let first = all_of(&places, 1);
        assert_eq!(first.len(), 50);
        // Trying again changes nothing for others: the next account has its share, and so have those after it.
        let others: Vec<Vec<Place<AccountId>>> = (2..=4).map(|account| all_of(&places, account)).collect();
        assert_eq!(others.iter().map(Vec::len).collect::<Vec<_>>(), [12, 3, 1]);
        let full = places.take(AccountId(1)).unwrap_err();
        assert_eq!((full.own, full.free), (50, 0));
        assert_eq!(places.check_free(&AccountId(1), None), Err(full));
        drop(first);
        assert_eq!(places.check_free(&AccountId(5), None), Ok(()));
        assert!(places.take(AccountId(5)).is_ok());
        drop(others);
        assert_eq!(all_of(&places, 6).len(), 50);
        assert_eq!(*places.taken.lock().by_holder.keys().collect::<Vec<_>>(), [] as [&AccountId; 0]);
    }

    #[test]
    fn no_part_of_a_holder_keeps_out_the_others() {
        let places = Places::new(66);
        let all_of = |part: u128| -> Vec<Place<AccountId>> {
            let take = || places.take_as(AccountId(1), Some(AccountId(part))).ok();
            std::iter::from_fn(take).collect()
        };
        let first = all_of(2);
        assert_eq!(first.len(), 46);
        assert_eq!(places.take_as(AccountId(1), Some(AccountId(2))).unwrap_err().own, 46);
        let second = all_of(3);
        assert_eq!((second.len(), all_of(2).len()), (4, 0), "trying again changes nothing for a sibling");
        // Together they are one holder beside others, and the holder has no more than it had alone.
        assert_eq!((super::tests::all_of(&places, 1).len(), super::tests::all_of(&places, 4).len()), (0, 12));
        drop(first);
        assert_eq!(all_of(3).len(), 42);
        drop(second);
        assert!(places.taken.lock().by_part.is_empty());
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
