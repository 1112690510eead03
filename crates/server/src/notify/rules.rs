//! The rules of delivery: quiet hours, days, and the pauses between attempts.

use charging::{Timestamp, Zone};
use sha2::{Digest, Sha256};

use super::config::NotifyConfig;

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 24 * 60;
const DAY_MS: i64 = DAY_MINUTES * MINUTE_MS;

/// Hours of the day in which only urgent notices are sent, in the account's zone. They may pass midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    from_minute: u16,
    to_minute: u16,
}

impl Quiet {
    /// From one minute of the day to another; `None` if they are the same or not of a day.
    pub fn new(from_minute: u16, to_minute: u16) -> Option<Quiet> {
        let of_a_day = |minute: u16| i64::from(minute) < DAY_MINUTES;
        (from_minute != to_minute && of_a_day(from_minute) && of_a_day(to_minute))
            .then_some(Quiet { from_minute, to_minute })
    }

    /// As minutes of the day.
    pub fn minutes(self) -> (u16, u16) {
        (self.from_minute, self.to_minute)
    }

    /// As written: `("22:00", "08:00")`.
    pub fn texts(self) -> (String, String) {
        let text = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        (text(self.from_minute), text(self.to_minute))
    }

    /// When the quiet hours end that hold the instant, if it is in them.
    pub fn end(self, at: Timestamp, zone: Zone) -> Option<Timestamp> {
        let (start, local_ms) = day_start(at, zone);
        let (from, to) = (i64::from(self.from_minute) * MINUTE_MS, i64::from(self.to_minute) * MINUTE_MS);
        let ends_today = if from < to { from <= local_ms && local_ms < to } else { local_ms < to };
        if ends_today {
            return Some(start.plus_ms(to));
        }
        (from > to && local_ms >= from).then(|| start.plus_ms(DAY_MS + to))
    }
}

/// The day that holds the instant in the zone: its name (`2026-11-24`) and when it ends.
pub fn day(at: Timestamp, zone: Zone) -> (String, Timestamp) {
    let (start, _) = day_start(at, zone);
    (zone.day_of(at).to_string(), start.plus_ms(DAY_MS))
}

/// The first instant of the day that holds the instant, and how long it is gone.
fn day_start(at: Timestamp, zone: Zone) -> (Timestamp, i64) {
    let start = zone.day_start(zone.day_of(at));
    (start, at.ms() - start.ms())
}

/// How long to wait after a failed attempt, in milliseconds: doubled with every attempt up to the longest pause,
/// and spread by up to a quarter. The spread is the delivery's own and the same at every computation, so that
/// many that failed together do not come back together.
pub fn pause_ms(config: &NotifyConfig, key: &str, attempts: u32) -> i64 {
    let first_ms = i64::from(config.first_pause_s) * 1_000;
    let longest_ms = i64::from(config.longest_pause_s) * 1_000;
    let doubled =
        first_ms.saturating_mul(1_i64.checked_shl(attempts.saturating_sub(1).min(40)).unwrap_or(i64::MAX));
    let pause_ms = doubled.min(longest_ms);
    let hash = Sha256::digest(format!("{key}\n{attempts}"));
    let spread = i64::from(u16::from_be_bytes([hash[0], hash[1]]));
    // Three quarters and up to a half more: between 0.75 and 1.25 of the pause.
    pause_ms - (pause_ms >> 2) + ((pause_ms >> 1).saturating_mul(spread) >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn quiet_hours_over_midnight() {
        let quiet = Quiet::new(22 * 60, 8 * 60).unwrap();
        for (now, end) in [
            ("2026-11-24T21:59:59+08:00", None),
            ("2026-11-24T22:00:00+08:00", Some("2026-11-25T08:00:00+08:00")),
            ("2026-11-24T23:59:59+08:00", Some("2026-11-25T08:00:00+08:00")),
            ("2026-11-25T00:00:00+08:00", Some("2026-11-25T08:00:00+08:00")),
            ("2026-11-25T07:59:59+08:00", Some("2026-11-25T08:00:00+08:00")),
            ("2026-11-25T08:00:00+08:00", None),
            ("2026-12-31T23:00:00+08:00", Some("2027-01-01T08:00:00+08:00")),
        ] {
            assert_eq!(quiet.end(at(now), Zone::BEIJING), end.map(at), "{now}");
        }
    }

    #[test]
    fn quiet_hours_within_a_day_and_in_other_zones() {
        let quiet = Quiet::new(12 * 60 + 30, 14 * 60).unwrap();
        let zones = [("+08:00", 480), ("+05:45", 345), ("-03:30", -210), ("+00:00", 0)];
        for (offset, minutes) in zones {
            let zone = Zone::from_offset_minutes(minutes).unwrap();
            let local = |time: &str| at(&format!("2026-11-24T{time}{offset}"));
            assert_eq!(quiet.end(local("12:29:59"), zone), None, "{offset}");
            assert_eq!(quiet.end(local("12:30:00"), zone), Some(local("14:00:00")), "{offset}");
            assert_eq!(quiet.end(local("13:59:59"), zone), Some(local("14:00:00")), "{offset}");
            assert_eq!(quiet.end(local("14:00:00"), zone), None, "{offset}");
            let (name, ends) = day(local("23:59:59"), zone);
            assert_eq!((name.as_str(), ends), ("2026-11-24", local("23:59:59").plus_ms(1_000)), "{offset}");
            assert_eq!(day(local("00:00:00"), zone).0, "2026-11-24", "{offset}");
        }
        assert_eq!(quiet.texts(), ("12:30".into(), "14:00".into()));
        assert!(Quiet::new(60, 60).is_none() && Quiet::new(0, 1440).is_none());
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_never_differ_for_the_same_attempt() {
        let mut config = crate::config::Config::parse(crate::config::DEFAULTS).unwrap().notify;
        (config.first_pause_s, config.longest_pause_s) = (10, 600);
        for attempts in 1..=70 {
            let nominal = (10_000_i64 << (attempts - 1).min(20)).min(600_000);
            for key in ["a.1.r", "a.2.r", "b.1.q"] {
                let pause = pause_ms(&config, key, attempts);
                assert!((nominal * 3 / 4..=nominal * 5 / 4).contains(&pause), "{attempts}: {pause}");
                assert_eq!(pause, pause_ms(&config, key, attempts));
            }
        }
        let spread: std::collections::HashSet<i64> =
            (0..50).map(|n| pause_ms(&config, &format!("a.{n}.r"), 1)).collect();
        assert!(spread.len() > 40, "deliveries that failed together come back apart");
    }
}
