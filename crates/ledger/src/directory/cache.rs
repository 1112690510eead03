//! A bounded map of look-ups that were answered. Only hits are kept, so a new row never makes it wrong; whoever
//! takes a row away forgets it here.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::RwLock;

/// A cache that is full is emptied: the rows are a quick look-up away.
const MAX_ENTRIES: usize = 10_000;

pub(super) struct Cache<K, V>(RwLock<HashMap<K, V>>);

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    pub(super) fn new() -> Self {
        Cache(RwLock::new(HashMap::new()))
    }

    pub(super) fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.0.read().get(key).cloned()
    }

    pub(super) fn put(&self, key: K, value: V) {
        let mut entries = self.0.write();
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        entries.insert(key, value);
    }

    pub(super) fn forget<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.0.write().remove(key);
    }

    pub(super) fn clear(&self) {
        self.0.write().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_its_bound() {
        let cache = Cache::new();
        for number in 0..3 * MAX_ENTRIES {
            cache.put(number, number);
            assert!(cache.0.read().len() <= MAX_ENTRIES);
            assert_eq!(cache.get(&number), Some(number));
        }
        cache.forget(&(3 * MAX_ENTRIES - 1));
        assert_eq!(cache.get(&(3 * MAX_ENTRIES - 1)), None);
        cache.clear();
        assert_eq!(cache.0.read().len(), 0);
    }
}
