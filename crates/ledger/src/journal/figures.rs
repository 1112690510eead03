//! What the group commit has done so far, for those who watch it: how large its batches were, and how long each took to
//! be durable.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Entries of a batch.
const ENTRIES: &[u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096];
/// Microseconds of an append.
const APPEND_US: &[u64] =
    &[100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];

/// The figures of one journal since it was opened.
#[derive(Debug)]
pub struct Figures {
    /// Entries of each batch.
    pub entries: Distribution,
    /// How long the append of each took, its sync included, in microseconds.
    pub append_us: Distribution,
    bytes: AtomicU64,
}

/// How many values there were up to each of some bounds, and what they come to.
#[derive(Debug)]
pub struct Distribution {
    bounds: &'static [u64],
    /// One more than bounds: the last is of values beyond them all.
    counts: Vec<AtomicU64>,
    sum: AtomicU64,
}

impl Default for Figures {
    fn default() -> Figures {
        let (entries, append_us) = (Distribution::new(ENTRIES), Distribution::new(APPEND_US));
        Figures { entries, append_us, bytes: AtomicU64::new(0) }
    }
}

impl Figures {
    pub(super) fn count(&self, entries: usize, bytes: usize, took: Duration) {
        self.entries.count(entries as u64);
        self.append_us.count(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes of all batches.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Distribution {
    fn new(bounds: &'static [u64]) -> Distribution {
        let counts = std::iter::repeat_with(AtomicU64::default).take(bounds.len() + 1).collect();
        Distribution { bounds, counts, sum: AtomicU64::new(0) }
    }

    fn count(&self, value: u64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(at) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// The sum of all values.
    pub fn sum(&self) -> u64 {
        self.sum.load(Ordering::Relaxed)
    }

    /// For each bound how many values lie at or below it and above the one before; last, without a bound, how many lie
    /// beyond them all.
    pub fn counts(&self) -> impl Iterator<Item = (Option<u64>, u64)> {
        let bounds = self.bounds.iter().copied().map(Some).chain([None]);
        bounds.zip(self.counts.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_at_the_bound_it_does_not_pass() {
        let distribution = Distribution::new(&[1, 10]);
        for value in [0, 1, 2, 10, 11, 1000] {
            distribution.count(value);
        }
        let counts: Vec<_> = distribution.counts().collect();
        assert_eq!((counts, distribution.sum()), (vec![(Some(1), 2), (Some(10), 2), (None, 2)], 1024));
    }
}
