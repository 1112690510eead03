//! Which shard is where, as far as this node knows.

use std::sync::Arc;
use std::time::Duration;

use ledger::journal::postgres::Node;
use parking_lot::RwLock;
use tokio::sync::watch;

use crate::house::{House, Visit};
use crate::shard::Shard;

/// Where all shards are.
pub(super) struct Board {
    slots: RwLock<Vec<Slot>>,
    changed: watch::Sender<u64>,
}

/// Where a shard is.
#[derive(Clone)]
enum Slot {
    /// Nobody has it, or nobody serves it yet.
    Nobody,
    Here(Arc<House>),
    There(Arc<Node>),
}

/// Whom to ask about a shard.
pub(super) enum Whom {
    /// This node itself; the house does not close while there is a visit.
    Here(Arc<House>, Visit),
    There(Arc<Node>),
    Nobody,
}

impl Board {
    /// Nobody has any of so many shards.
    pub fn new(shards: u8) -> Board {
        Board { slots: RwLock::new(vec![Slot::Nobody; shards.into()]), changed: watch::Sender::default() }
    }

    /// All shards.
    pub fn shards(&self) -> impl Iterator<Item = Shard> + use<> {
        let count = u8::try_from(self.slots.read().len()).unwrap_or(u8::MAX);
        (0..count).map(Shard)
    }

    /// Whether there is such a shard.
    pub fn has(&self, shard: Shard) -> bool {
        usize::from(shard.0) < self.slots.read().len()
    }

    /// Whom to ask about a shard. One there is not is nobody's, for good.
    pub fn whom(&self, shard: Shard) -> Whom {
        match self.slots.read().get(usize::from(shard.0)) {
            // With the lock held: whoever closes the house has taken it from the board before.
            Some(Slot::Here(house)) if !house.has_stopped() => Whom::Here(Arc::clone(house), house.visit()),
            Some(Slot::There(node)) => Whom::There(Arc::clone(node)),
            Some(Slot::Here(_) | Slot::Nobody) | None => Whom::Nobody,
        }
    }

    /// The houses that are here.
    pub fn houses(&self) -> Vec<(Shard, Arc<House>)> {
        let slots = self.slots.read();
        let houses = slots.iter().zip(0..).filter_map(|(slot, shard)| match slot {
            Slot::Here(house) => Some((Shard(shard), Arc::clone(house))),
            _ => None,
        });
        houses.collect()
    }

    /// How many shards nobody serves.
    pub fn without_anybody(&self) -> usize {
        self.slots.read().iter().filter(|slot| matches!(slot, Slot::Nobody)).count()
    }

    /// A shard is served here from now on.
    pub fn put_here(&self, shard: Shard, house: Arc<House>) {
        self.put(shard, Slot::Here(house));
    }

    /// A shard is not served here any more. Gives its house, if it was.
    pub fn take_away(&self, shard: Shard) -> Option<Arc<House>> {
        match self.put(shard, Slot::Nobody) {
            Some(Slot::Here(house)) => Some(house),
            _ => None,
        }
    }

    /// Notes who else has shards, by shard; what is here stays.
    pub fn note(&self, elsewhere: &[Option<Arc<Node>>]) {
        let mut has_changed = false;
        for (slot, node) in self.slots.write().iter_mut().zip(elsewhere) {
            let new = node.as_ref().map_or(Slot::Nobody, |node| Slot::There(Arc::clone(node)));
            match (&*slot, &new) {
                (Slot::Here(_), _) | (Slot::Nobody, Slot::Nobody) => continue,
                (Slot::There(old), Slot::There(new)) if old == new => continue,
                _ => {}
            }
            *slot = new;
            has_changed = true;
        }
        if has_changed {
            self.say();
        }
    }

    /// Waits until something is another way than when this was called, for at most so long.
    pub fn change(&self, most: Duration) -> impl Future<Output = ()> + use<> {
        let mut changed = self.changed.subscribe();
        async move {
            let _ = tokio::time::timeout(most, changed.changed()).await;
        }
    }

    fn put(&self, shard: Shard, slot: Slot) -> Option<Slot> {
        let old = self.slots.write().get_mut(usize::from(shard.0)).map(|here| std::mem::replace(here, slot));
        self.say();
        old
    }

    fn say(&self) {
        self.changed.send_modify(|times| *times += 1);
    }
}
