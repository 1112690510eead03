//! Calendar days, for reports that count by them.
//!
//! A day is a number, so that days can be counted and compared without a calendar; only its text needs one.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{HOUR_MS, Month, Timestamp, Zone};

const DAY_MS: i64 = 24 * HOUR_MS;

/// A calendar day in some zone, counted from 1970-01-01, written `2026-11-23`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day(i32);

impl Day {
    /// The day with this number; 0 is 1970-01-01.
    pub const fn from_number(number: i32) -> Day {
        Day(number)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The day after it.
    pub const fn next(self) -> Day {
        Day(self.0.saturating_add(1))
    }

    /// The month it lies in.
    pub fn month(self) -> Month {
        let date = self.date();
        Month { year: date.year(), month: date.month() }
    }

    fn date(self) -> Date {
        Date::constant(1970, 1, 1).saturating_add(self.0.days())
    }

    fn of(date: Date) -> Day {
        let since = Date::constant(1970, 1, 1).until(date).map(|span| span.get_days());
        Day(since.unwrap_or(i32::MAX))
    }
}

impl Zone {
    /// The day that holds the instant.
    pub fn day_of(self, at: Timestamp) -> Day {
        let number = (at.ms() + self.offset_ms()).div_euclid(DAY_MS);
        Day(i32::try_from(number).unwrap_or(i32::MAX))
    }

    /// The first instant of a day.
    pub fn day_start(self, day: Day) -> Timestamp {
        Timestamp::from_ms(i64::from(day.0) * DAY_MS - self.offset_ms())
    }
}

impl Month {
    /// Its first day.
    pub fn first_day(self) -> Day {
        Day::of(Date::new(self.year, self.month, 1).unwrap_or(Date::constant(1970, 1, 1)))
    }

    /// The month after it; of December 9999, itself.
    pub fn next(self) -> Month {
        match self {
            Month { year: 9999, month: 12 } => self,
            Month { year, month: 12 } => Month { year: year + 1, month: 1 },
            Month { year, month } => Month { year, month: month + 1 },
        }
    }
}

impl Month {
    /// So many months later.
    pub fn after(self, months: u16) -> Month {
        (0..months).fold(self, |month, _| month.next())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.date().to_string())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = String;
    fn from_str(text: &str) -> Result<Day, String> {
        let wrong = || format!("{text:?} is no day; write it like 2026-11-23");
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let date: Date = plain.then(|| text.parse().ok()).flatten().ok_or_else(wrong)?;
        if !(1970..=9000).contains(&date.year()) {
            return Err(format!("{text} lies outside the years 1970 to 9000"));
        }
        Ok(Day::of(date))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_number_agree() {
        for text in ["1970-01-01", "2024-02-29", "2026-11-23", "8999-12-31"] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
        }
        assert_eq!("1971-01-01".parse::<Day>().unwrap().number(), 365);
        for wrong in ["2026-02-29", "2026-11", "20261123", "2026-1-1", "1969-12-31", "", "2026-11-23T00"] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_day_is_a_day_of_its_zone() {
        let late = Timestamp::parse("2026-11-30T16:00:00Z").unwrap();
        let (beijing, utc) = (Zone::BEIJING, Zone::from_offset_minutes(0).unwrap());
        assert_eq!(
            (beijing.day_of(late).to_string(), utc.day_of(late).to_string()),
            ("2026-12-01".into(), "2026-11-30".into())
        );
        assert_eq!(beijing.day_start(beijing.day_of(late)), late);
        assert_eq!(beijing.day_of(late.plus_ms(-1)).to_string(), "2026-11-30");
        assert_eq!(beijing.day_of(late).month(), beijing.month(late));
        let december: Month = "2026-12".parse().unwrap();
        assert_eq!(december.first_day().to_string(), "2026-12-01");
        assert_eq!(december.next().to_string(), "2027-01");
    }
}
