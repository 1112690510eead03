//! Lock-outs after too many failures, by the machine's clock.
//!
//! Password: 5 failures within 15 minutes lock the user for 15 minutes (Login Authentication Policy). Access
//! key: 5 consecutive wrong signatures lock it for 5 minutes (Error Codes, APIG.0301). Only names that exist
//! are counted, so the map cannot be grown from outside beyond the directory's size.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;

const FAILURES: usize = 5;
const MINUTE_MS: i64 = 60_000;

/// Counts failures by name.
#[derive(Debug)]
pub struct Lockout {
    window_ms: i64,
    lock_ms: i64,
    by_name: Mutex<HashMap<String, Failures>>,
}

#[derive(Debug, Default)]
struct Failures {
    at_ms: VecDeque<i64>,
    locked_until_ms: i64,
}

impl Lockout {
    /// The rule for passwords.
    pub fn of_passwords() -> Lockout {
        Lockout { window_ms: 15 * MINUTE_MS, lock_ms: 15 * MINUTE_MS, by_name: Mutex::default() }
    }

    /// The rule for access keys: only consecutive failures count, however far apart.
    pub fn of_access_keys() -> Lockout {
        Lockout { window_ms: i64::MAX, lock_ms: 5 * MINUTE_MS, by_name: Mutex::default() }
    }

    /// For how much longer the name is locked, in milliseconds.
    pub fn locked_for_ms(&self, name: &str, now_ms: i64) -> Option<i64> {
        let by_name = self.by_name.lock();
        by_name.get(name).map(|f| f.locked_until_ms - now_ms).filter(|left| *left > 0)
    }

    /// Notes a failure.
    pub fn failed(&self, name: &str, now_ms: i64) {
        let mut by_name = self.by_name.lock();
        let failures = by_name.entry(name.to_owned()).or_default();
        failures.at_ms.push_back(now_ms);
        failures.at_ms.retain(|at| now_ms.saturating_sub(*at) < self.window_ms);
        if failures.at_ms.len() >= FAILURES {
            failures.at_ms.clear();
            failures.locked_until_ms = now_ms + self.lock_ms;
        }
    }

    /// Notes a success: earlier failures no longer count.
    pub fn succeeded(&self, name: &str) {
        let mut by_name = self.by_name.lock();
        if !by_name.is_empty() {
            by_name.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_lock() {
        let keys = Lockout::of_access_keys();
        for at in 0..4 {
            keys.failed("ak", at);
        }
        assert_eq!(keys.locked_for_ms("ak", 4), None);
        keys.failed("ak", 4);
        assert_eq!(keys.locked_for_ms("ak", 5), Some(5 * MINUTE_MS - 1));
        assert_eq!(keys.locked_for_ms("other", 5), None);
        assert_eq!(keys.locked_for_ms("ak", 4 + 5 * MINUTE_MS), None);
    }

    #[test]
    fn success_and_time_forgive() {
        let keys = Lockout::of_access_keys();
        (0..4).for_each(|at| keys.failed("ak", at));
        keys.succeeded("ak");
        keys.failed("ak", 5);
        assert_eq!(keys.locked_for_ms("ak", 6), None);
        let passwords = Lockout::of_passwords();
        (0..5).for_each(|n| passwords.failed("user", n * 4 * MINUTE_MS));
        assert_eq!(passwords.locked_for_ms("user", 16 * MINUTE_MS), None, "the first is out of the window");
    }
}
