//! Throttling: how often an account may call an API.
//!
//! Not to be taken for `places`, which share out the work in front of the eye: a throttle counts calls, whatever they
//! cost, and says no before a picture is looked at (to a token even before the body is read; a signature is proved by
//! the body). Huawei publishes the message and no figures, so there is no limit unless the operator sets one.
//!
//! Each limit is a bucket of as many calls as it allows, filled evenly over its second or minute. A bucket is kept as
//! the instant at which it will be full again, so one that is full is as one that is not there, and is forgotten.

use std::collections::{BTreeMap, HashMap};

use charging::AccountId;
use parking_lot::Mutex;
use serde::Deserialize;

const SECOND_NS: i64 = 1_000_000_000;
const MINUTE_NS: i64 = 60 * SECOND_NS;
const MS_NS: i64 = 1_000_000;
/// The highest limit: a bucket of more would be filled by less than a nanosecond each.
pub const MOST_CALLS: u32 = 1_000_000;
/// Below so many buckets none are looked for that are full.
const FEW: usize = 1_024;

/// How often an account may call an API; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Calls in a second.
    #[serde(default)]
    pub per_second: u32,
    /// Calls in a minute.
    #[serde(default)]
    pub per_minute: u32,
}

/// The limits of all APIs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThrottlingConfig {
    /// Calls of one API in a second, unless it has limits of its own.
    pub per_second: u32,
    /// Calls of one API in a minute, unless it has limits of its own.
    pub per_minute: u32,
    /// Limits of single APIs, by their names: `general-text`, or the path of what is no OCR.
    #[serde(default)]
    pub apis: BTreeMap<String, Limits>,
}

impl ThrottlingConfig {
    /// Whether every limit is within its bounds.
    ///
    /// # Errors
    /// The first that is not, by its name in the file.
    pub fn check(&self) -> Result<(), String> {
        let above = |(_, limits): &(&String, &Limits)| limits.per_second.max(limits.per_minute) > MOST_CALLS;
        match self.apis.iter().find(above) {
            Some((api, _)) => Err(format!("throttling.apis.{api}: a limit is at most {MOST_CALLS}")),
            None => Ok(()),
        }
    }

    fn of(&self, api: &str) -> Limits {
        self.apis.get(api).copied().unwrap_or_else(|| self.usual())
    }

    fn usual(&self) -> Limits {
        Limits { per_second: self.per_second, per_minute: self.per_minute }
    }

    /// Whether anything is limited at all.
    fn limits_any(&self) -> bool {
        self.apis.values().copied().chain([self.usual()]).any(|limits| limits != Limits::default())
    }
}

/// A limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The throttling threshold has been reached: policy user over ratelimit,limit:{limit},time:1 {unit}.")]
pub struct OverLimit {
    /// How many calls it allows.
    pub limit: u32,
    /// In which time: `second` or `minute`.
    pub unit: &'static str,
    /// In how many milliseconds it allows the next one.
    pub next_ms: i64,
}

/// Counts calls.
#[derive(Debug, Default)]
pub struct Throttle {
    config: ThrottlingConfig,
    limits_any: bool,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Names of APIs and their limits: as many as there are routes.
    apis: HashMap<Box<str>, (u16, Limits)>,
    buckets: HashMap<(AccountId, u16), Buckets>,
    /// At how many buckets those that are full are looked for again.
    look_at: usize,
}

/// When the buckets of an account's API will be full, in nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, Default)]
struct Buckets {
    second_ns: i64,
    minute_ns: i64,
}

impl Throttle {
    /// No calls yet.
    pub fn new(config: ThrottlingConfig) -> Throttle {
        let limits_any = config.limits_any();
        Throttle { config, limits_any, kept: Mutex::default() }
    }

    /// Whether nothing is limited, so that nothing need be counted.
    pub fn is_off(&self) -> bool {
        !self.limits_any
    }

    /// Counts a call at an instant of the system's clock. A call that is refused is not counted.
    ///
    /// # Errors
    /// [`OverLimit`].
    pub fn count(&self, account: AccountId, api: &str, system_ms: i64) -> Result<(), OverLimit> {
        if self.is_off() {
            return Ok(());
        }
        let now_ns = system_ms.saturating_mul(MS_NS);
        let mut kept = self.kept.lock();
        let (number, limits) = kept.api(&self.config, api);
        if limits == Limits::default() {
            return Ok(());
        }
        let bucket = kept.buckets.entry((account, number)).or_default();
        let counted = bucket.count(limits, now_ns);
        kept.forget_full(now_ns);
        counted
    }
}

impl Kept {
    fn api(&mut self, config: &ThrottlingConfig, name: &str) -> (u16, Limits) {
        if let Some(known) = self.apis.get(name) {
            return *known;
        }
        let number = u16::try_from(self.apis.len()).unwrap_or(u16::MAX);
        self.apis.insert(name.into(), (number, config.of(name)));
        (number, config.of(name))
    }

    /// Forgets buckets that are full, once there are twice as many as were left the last time: those that stay are of
    /// calls of the last minute.
    fn forget_full(&mut self, now_ns: i64) {
        if self.buckets.len() < self.look_at.max(FEW) {
            return;
        }
        self.buckets.retain(|_, bucket| bucket.second_ns.max(bucket.minute_ns) > now_ns);
        self.look_at = self.buckets.len() * 2;
    }
}

impl Buckets {
    fn count(&mut self, limits: Limits, now_ns: i64) -> Result<(), OverLimit> {
        // A clock that was set back would keep a bucket empty for as long; it is empty at most.
        self.second_ns = self.second_ns.clamp(now_ns, now_ns.saturating_add(SECOND_NS));
        self.minute_ns = self.minute_ns.clamp(now_ns, now_ns.saturating_add(MINUTE_NS));
        let Limits { per_second, per_minute } = limits;
        let second_ns = taken(self.second_ns, now_ns, per_second, SECOND_NS)
            .map_err(|next_ms| OverLimit { limit: per_second, unit: "second", next_ms })?;
        let minute_ns = taken(self.minute_ns, now_ns, per_minute, MINUTE_NS)
            .map_err(|next_ms| OverLimit { limit: per_minute, unit: "minute", next_ms })?;
        *self = Buckets { second_ns, minute_ns };
        Ok(())
    }
}

/// Takes one from a bucket of `limit` that is full again at `full_ns`: when it will be full then, or in how many
/// milliseconds there will be one.
fn taken(full_ns: i64, now_ns: i64, limit: u32, time_ns: i64) -> Result<i64, i64> {
    if limit == 0 {
        return Ok(full_ns);
    }
    let each_ns = time_ns.div_euclid(i64::from(limit));
    let full_ns = full_ns + each_ns;
    let over_ns = full_ns - now_ns - each_ns * i64::from(limit);
    if over_ns > 0 { Err((over_ns + MS_NS - 1).div_euclid(MS_NS)) } else { Ok(full_ns) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "general-text";
    const NOW_MS: i64 = 1_795_392_000_000;

    fn throttle(per_second: u32, per_minute: u32) -> Throttle {
        Throttle::new(ThrottlingConfig { per_second, per_minute, apis: BTreeMap::new() })
    }

    /// How many of so many calls at an instant are let through.
    fn through(throttle: &Throttle, account: u128, calls: usize, at_ms: i64) -> usize {
        (0..calls).filter(|_| throttle.count(AccountId(account), API, at_ms).is_ok()).count()
    }

    #[test]
    fn a_bucket_fills_evenly() {
        let throttle = throttle(10, 0);
        assert_eq!(through(&throttle, 1, 15, NOW_MS), 10);
        let over = throttle.count(AccountId(1), API, NOW_MS).unwrap_err();
        assert_eq!(
            over.to_string(),
            "The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 second."
        );
        assert_eq!(through(&throttle, 1, 1, NOW_MS + over.next_ms), 1, "{over:?}");
        assert_eq!(through(&throttle, 1, 15, NOW_MS + 500), 4);
        assert_eq!(through(&throttle, 1, 15, NOW_MS + 5_000), 10);
    }

    #[test]
    fn both_limits_hold_and_refused_calls_count_for_neither() {
        let throttle = throttle(5, 12);
        let by_second: Vec<usize> =
            (0..5).map(|second| through(&throttle, 1, 100, NOW_MS + second * 1_000)).collect();
        // Twelve in the first minute's bucket, and one each five seconds.
        assert_eq!(by_second, [5, 5, 2, 0, 0]);
        assert_eq!(throttle.count(AccountId(1), API, NOW_MS + 4_000).unwrap_err().unit, "minute");
        assert_eq!(through(&throttle, 1, 100, NOW_MS + 5_000), 1);
    }

    #[test]
    fn accounts_and_apis_have_buckets_of_their_own() {
        let own = Limits { per_second: 2, per_minute: 0 };
        let apis = BTreeMap::from([("handwriting".to_owned(), own), ("free".to_owned(), Limits::default())]);
        let throttle = Throttle::new(ThrottlingConfig { per_second: 1, per_minute: 0, apis });
        assert_eq!((through(&throttle, 1, 3, NOW_MS), through(&throttle, 2, 3, NOW_MS)), (1, 1));
        let of = |api: &str| (0..5).filter(|_| throttle.count(AccountId(1), api, NOW_MS).is_ok()).count();
        assert_eq!((of("handwriting"), of("passport"), of("free")), (2, 1, 5));
        assert!(Throttle::new(ThrottlingConfig::default()).is_off());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out_for_long() {
        let throttle = throttle(0, 60);
        assert_eq!(through(&throttle, 1, 100, NOW_MS), 60);
        let back_ms = NOW_MS - 86_400_000;
        assert_eq!(through(&throttle, 1, 1, back_ms), 0);
        assert_eq!(through(&throttle, 1, 100, back_ms + 60_000), 60);
    }

    #[test]
    fn what_is_full_is_forgotten() {
        let throttle = throttle(3, 0);
        for account in 0..100_000 {
            let at_ms = NOW_MS + i64::try_from(account).unwrap();
            assert!(throttle.count(AccountId(account), API, at_ms).is_ok());
            assert!(throttle.kept.lock().buckets.len() <= FEW + 1_000);
        }
    }
}
