//! Lock-outs after too many failures, by the machine's clock.
//!
//! Password: 5 failures within 15 minutes lock the user for 15 minutes, unless the account has another Login
//! Authentication Policy. Access key: 5 consecutive wrong signatures lock it for 5 minutes (Error Codes, APIG.0301).
//!
//! Names that nobody has are counted and locked like others, so that an answer never tells which names there are.
//! Anybody can make up names, so only so many are kept, the latest; a name has to be within the rules for names. Who
//! tries to crowd out a lock on a password has to have as many hashed, which takes longer than the lock lasts.

use std::collections::{HashMap, VecDeque};

use ledger::directory::LoginPolicy;
use parking_lot::Mutex;

const MINUTE_MS: i64 = 60_000;
/// How many names are kept.
const MAX_NAMES: usize = 50_000;
/// The longest name, in bytes: of account and user with what is between them.
const MAX_NAME_BYTES: usize = 160;

/// How many failures lock a name, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockRule {
    /// So many failures,
    pub failures: usize,
    /// within so many milliseconds,
    pub window_ms: i64,
    /// lock for so many.
    pub lock_ms: i64,
}

impl LockRule {
    /// The rule for access keys: only consecutive failures count, however far apart.
    pub const ACCESS_KEYS: LockRule = LockRule { failures: 5, window_ms: i64::MAX, lock_ms: 5 * MINUTE_MS };

    /// The rule for passwords.
    pub fn of(policy: &LoginPolicy) -> LockRule {
        LockRule {
            failures: usize::try_from(policy.failures).unwrap_or(usize::MAX),
            window_ms: i64::from(policy.window_minutes) * MINUTE_MS,
            lock_ms: i64::from(policy.lock_minutes) * MINUTE_MS,
        }
    }
}

/// Counts failures by name.
#[derive(Debug)]
pub struct Lockout {
    max_names: usize,
    by_name: Mutex<HashMap<String, Failures>>,
}

#[derive(Debug, Default)]
struct Failures {
    at_ms: VecDeque<i64>,
    latest_ms: i64,
    locked_until_ms: i64,
}

impl Lockout {
    /// Nobody has failed yet.
    pub fn new() -> Lockout {
        Lockout { max_names: MAX_NAMES, by_name: Mutex::default() }
    }

    /// For how much longer the name is locked, in milliseconds.
    pub fn locked_for_ms(&self, name: &str, now_ms: i64) -> Option<i64> {
        let by_name = self.by_name.lock();
        by_name.get(name).map(|f| f.locked_until_ms - now_ms).filter(|left| *left > 0)
    }

    /// Notes a failure. A name that is too long to be anybody's is not kept.
    pub fn failed(&self, name: &str, rule: LockRule, now_ms: i64) {
        if name.len() > MAX_NAME_BYTES {
            return;
        }
        let mut by_name = self.by_name.lock();
        if by_name.len() >= self.max_names && !by_name.contains_key(name) {
            forget_older_half(&mut by_name);
        }
        let failures = by_name.entry(name.to_owned()).or_default();
        failures.latest_ms = now_ms;
        failures.at_ms.push_back(now_ms);
        failures.at_ms.retain(|at| now_ms.saturating_sub(*at) < rule.window_ms);
        if failures.at_ms.len() >= rule.failures {
            failures.at_ms.clear();
            failures.locked_until_ms = now_ms + rule.lock_ms;
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

impl Default for Lockout {
    fn default() -> Lockout {
        Lockout::new()
    }
}

/// Half at once, so that a flood of names costs each of them little.
fn forget_older_half(by_name: &mut HashMap<String, Failures>) {
    let mut latest: Vec<i64> = by_name.values().map(|failures| failures.latest_ms).collect();
    let half = latest.len() / 2;
    let (_, median, _) = latest.select_nth_unstable(half);
    let median = *median;
    // Of those of one instant, as many as there is room for.
    let mut room = half;
    by_name.retain(|_, failures| {
        let is_kept = failures.latest_ms >= median && room > 0;
        room -= usize::from(is_kept);
        is_kept
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: LockRule = LockRule::ACCESS_KEYS;

    #[test]
    fn five_failures_lock() {
        let keys = Lockout::new();
        for at in 0..4 {
            keys.failed("ak", KEYS, at);
        }
        assert_eq!(keys.locked_for_ms("ak", 4), None);
        keys.failed("ak", KEYS, 4);
        assert_eq!(keys.locked_for_ms("ak", 5), Some(5 * MINUTE_MS - 1));
        assert_eq!(keys.locked_for_ms("other", 5), None);
        assert_eq!(keys.locked_for_ms("ak", 4 + 5 * MINUTE_MS), None);
    }

    #[test]
    fn success_and_time_forgive() {
        let keys = Lockout::new();
        (0..4).for_each(|at| keys.failed("ak", KEYS, at));
        keys.succeeded("ak");
        keys.failed("ak", KEYS, 5);
        assert_eq!(keys.locked_for_ms("ak", 6), None);
        let passwords = Lockout::new();
        let rule = LockRule::of(&LoginPolicy::default());
        (0..5).for_each(|n| passwords.failed("user", rule, n * 4 * MINUTE_MS));
        assert_eq!(passwords.locked_for_ms("user", 16 * MINUTE_MS), None, "the first is out of the window");
        let strict = LockRule { failures: 3, window_ms: 60 * MINUTE_MS, lock_ms: 30 * MINUTE_MS };
        (0..3).for_each(|n| passwords.failed("strict", strict, n * 20 * MINUTE_MS));
        assert_eq!(passwords.locked_for_ms("strict", 40 * MINUTE_MS), Some(30 * MINUTE_MS));
    }

    #[test]
    fn made_up_names_are_bounded_and_the_latest_are_kept() {
        let few = Lockout { max_names: 100, ..Lockout::new() };
        (0..5).for_each(|_| few.failed("real", KEYS, 1_000));
        for made_up in 0..10_000 {
            few.failed(&format!("made up {made_up}"), KEYS, 1_000 + made_up / 1_000);
            assert!(few.by_name.lock().len() <= 100);
        }
        (0..5).for_each(|_| few.failed("late", KEYS, 2_000));
        (0..30).for_each(|made_up| few.failed(&format!("more {made_up}"), KEYS, 2_001));
        assert!(few.locked_for_ms("late", 2_002).is_some(), "the latest half is kept");
        (0..9).for_each(|_| few.failed(&"x".repeat(MAX_NAME_BYTES + 1), KEYS, 3_000));
        assert_eq!(few.locked_for_ms(&"x".repeat(MAX_NAME_BYTES + 1), 3_001), None);
    }
}
