//! How many bills are made and sent at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Files that are made at once: each keeps a core busy.
const MADE_AT_ONCE: usize = 2;
/// Files there are at once, made, being made or being sent: each takes room on the disk until it is sent.
const THERE_AT_ONCE: usize = 64;

/// Lets so many bills be made and sent at once.
#[derive(Debug)]
pub struct Desk {
    making: Arc<Semaphore>,
    there: Arc<Semaphore>,
}

/// A file's place; it is free again when this goes.
#[derive(Debug)]
pub struct Place(#[allow(dead_code)] OwnedSemaphorePermit);

impl Default for Desk {
    fn default() -> Desk {
        Desk {
            making: Arc::new(Semaphore::new(MADE_AT_ONCE)),
            there: Arc::new(Semaphore::new(THERE_AT_ONCE)),
        }
    }
}

impl Desk {
    /// A place for a file, until it is sent; `None` if too many are there.
    pub fn place(&self) -> Option<Place> {
        Arc::clone(&self.there).try_acquire_owned().ok().map(Place)
    }

    /// Waits until a file may be made.
    pub async fn turn(&self) -> Option<Place> {
        Arc::clone(&self.making).acquire_owned().await.ok().map(Place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_exports_is_held_back() {
        let desk = Desk::default();
        let mut there: Vec<Place> = (0..THERE_AT_ONCE).map(|_| desk.place().unwrap()).collect();
        assert!(desk.place().is_none());
        there.pop();
        assert!(desk.place().is_some());
    }
}
