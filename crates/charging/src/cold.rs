//! What a call that is charged does not touch: state that settlements, orders and settings go by. It lies behind
//! one pointer, so that it takes no room beside what every call reads.

use serde::{Deserialize, Serialize};

use crate::{Tier, Timestamp};

/// The cold part of an account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cold {
    /// How many notices were given.
    pub notices: u64,
    /// The arrears that began last.
    pub arrears: Option<Arrears>,
}

/// Arrears as they began: what the certificate of a release goes back to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Arrears {
    /// The tier whose terms they follow.
    pub tier: Tier,
    /// When they began.
    pub since: Timestamp,
    /// When their grace ends.
    pub until: Timestamp,
    /// When they end in release.
    pub release_at: Timestamp,
}
