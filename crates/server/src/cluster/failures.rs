//! Shards that could not be opened here: they are left to others for a while.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::shard::Shard;

/// How long a shard that could not be opened here is left to others: each time twice as long, up to the longest.
const LEFT_ALONE: Duration = Duration::from_secs(30);
const LONGEST_LEFT_ALONE: Duration = Duration::from_secs(600);

/// Shards that could not be opened here, and until when each is left to others.
#[derive(Default)]
pub(super) struct Failures(HashMap<Shard, Failure>);

struct Failure {
    count: u32,
    until: Instant,
    problem: String,
}

impl Failures {
    /// One more time a shard could not be opened.
    pub fn add(&mut self, shard: Shard, problem: &str) {
        let count = self.0.get(&shard).map_or(0, |failure| failure.count);
        let pause = LEFT_ALONE.saturating_mul(1 << count.min(16)).min(LONGEST_LEFT_ALONE);
        let until = Instant::now() + pause;
        self.0.insert(shard, Failure { count: count + 1, until, problem: problem.to_owned() });
    }

    /// It could be opened.
    pub fn forget(&mut self, shard: Shard) {
        self.0.remove(&shard);
    }

    /// Whether every shard that was tried could be opened in the end.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether none is left to others any more.
    pub fn are_over(&self) -> bool {
        self.0.values().all(|failure| failure.until <= Instant::now())
    }

    /// Whether a shard is not left to others.
    pub fn may_try(&self, shard: Shard) -> bool {
        self.0.get(&shard).is_none_or(|failure| failure.until <= Instant::now())
    }

    /// What is wrong, in words.
    pub fn told(&self) -> Option<String> {
        let mut told: Vec<String> =
            self.0.iter().map(|(shard, failure)| format!("shard {shard}: {}", failure.problem)).collect();
        told.sort();
        (!told.is_empty()).then(|| told.join("; "))
    }
}
