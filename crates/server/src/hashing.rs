//! Turns at hashing passwords.
//!
//! A hash takes a core for some tens of milliseconds and much memory, and whoever signs in asks for one before anybody
//! knows who they are. So as many are made at once as there are cores, and a number may wait; of these an address has a
//! share, as an account has of the places in front of the eye.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::error;

use crate::http::error::{Failure, IamFailure};
use crate::places::{Full, Place, Places};

/// How many hashes may be made or wait: on two cores the last of them waits for a second or two.
const PLACES: usize = 128;
/// There are so many for each core at least.
const PLACES_PER_CORE: usize = 4;
/// After how many seconds somebody who found no place should try again.
const RETRY_AFTER_S: u32 = 2;

/// Who hashes, and who waits for it.
pub struct Hashing {
    cores: Arc<Semaphore>,
    places: Arc<Places<Option<IpAddr>>>,
}

/// A turn; it lasts until this is dropped.
pub struct Turn {
    _core: Option<OwnedSemaphorePermit>,
    _place: Place<Option<IpAddr>>,
}

/// The address has as many hashes under way as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{own} passwords from this address are being checked or wait for it; try again in a moment.")]
pub struct Crowded {
    own: usize,
}

impl Hashing {
    /// So many at once.
    pub fn new(cores: usize) -> Hashing {
        let cores = cores.max(1);
        let count = PLACES.max(cores * PLACES_PER_CORE);
        Hashing { cores: Arc::new(Semaphore::new(cores)), places: Places::new(count) }
    }

    /// How many may be made or wait, from all addresses.
    pub fn places(&self) -> usize {
        self.places.count()
    }

    /// How many are made or wait now.
    pub fn under_way(&self) -> usize {
        self.places.taken()
    }

    /// Waits for a turn. The operator's is nobody's address.
    ///
    /// # Errors
    /// [`Crowded`], at once.
    pub async fn turn(&self, address: Option<IpAddr>) -> Result<Turn, Crowded> {
        let place = self.places.take(address).map_err(|Full { own, .. }| Crowded { own })?;
        // It is never closed.
        let core = Arc::clone(&self.cores).acquire_owned().await.ok();
        Ok(Turn { _core: core, _place: place })
    }
}

impl From<Crowded> for Failure {
    fn from(crowded: Crowded) -> Failure {
        Failure::of(error::THROTTLED)
            .saying(format!("The throttling threshold has been reached: {crowded}"))
            .with_cure("too_many_passwords", "Sign in once, and use the token or the session until it ends.")
            .to_be_retried_after(RETRY_AFTER_S)
    }
}

impl From<Crowded> for IamFailure {
    fn from(crowded: Crowded) -> IamFailure {
        let message = format!("Too many requests: {crowded}");
        IamFailure::new(StatusCode::TOO_MANY_REQUESTS, message).to_be_retried_after(RETRY_AFTER_S)
    }
}
