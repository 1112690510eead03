//! Instants and the few calendar questions billing asks of them.
//!
//! An instant is UTC milliseconds. Hours, months and days exist only at policy edges, in the account's
//! [`Zone`] (UTC+08:00 by default, as in "settled every hour on the hour (UTC+08:00)", Pay-per-Use Billing).

use std::fmt;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, ToSpan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One hour in milliseconds.
pub const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// A fixed offset from UTC in which hours, days and months are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "UncheckedZone")]
pub struct Zone {
    offset_minutes: i16,
}

/// A zone as it is written, before its offset is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedZone {
    offset_minutes: i16,
}

impl TryFrom<UncheckedZone> for Zone {
    type Error = &'static str;
    fn try_from(zone: UncheckedZone) -> Result<Zone, &'static str> {
        Zone::from_offset_minutes(zone.offset_minutes).ok_or("a zone lies within 18 hours of UTC")
    }
}

/// A calendar month in some zone, written `2026-11`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year, 1970–9999.
    pub year: i16,
    /// 1–12.
    pub month: i8,
}

impl Timestamp {
    /// The earliest instant the books know.
    pub const EPOCH: Timestamp = Timestamp(0);
    /// The latest instant the books know: the end of the year 9000, so that a few centuries can be added.
    pub const MAX: Timestamp = Timestamp(221_876_927_999_999);

    /// From milliseconds since the epoch, clamped to [`Timestamp::EPOCH`]..=[`Timestamp::MAX`].
    pub fn from_ms(ms: i64) -> Timestamp {
        Timestamp(ms.clamp(0, Timestamp::MAX.0))
    }

    /// Milliseconds since the epoch.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Later by a number of milliseconds.
    pub fn plus_ms(self, ms: i64) -> Timestamp {
        Timestamp::from_ms(self.0.saturating_add(ms))
    }

    /// Later by whole days of 24 hours. Zones are fixed offsets, so this is also the calendar's answer.
    pub fn plus_days(self, days: u16) -> Timestamp {
        self.plus_ms(i64::from(days) * DAY_MS)
    }

    /// So many days of 24 hours before.
    pub fn minus_days(self, days: u16) -> Timestamp {
        self.plus_ms(-i64::from(days) * DAY_MS)
    }

    fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// RFC 3339 text in the given zone, to the second: `2026-11-23T14:00:00+08:00`.
    pub fn in_zone(self, zone: Zone) -> String {
        self.to_jiff().to_zoned_datetime(zone.to_jiff()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// Parses RFC 3339 text.
    ///
    /// # Errors
    /// Text that is no instant, or lies outside 1970–9000.
    pub fn parse(text: &str) -> Result<Timestamp, String> {
        let instant: jiff::Timestamp =
            text.parse().map_err(|_| "not an instant; write it like 2026-12-31T23:59:59+08:00".to_owned())?;
        let ms = instant.as_millisecond();
        if !(0..=Timestamp::MAX.0).contains(&ms) {
            return Err(format!("{text} lies outside the years 1970 to 9000"));
        }
        Ok(Timestamp(ms))
    }
}

impl Zone {
    /// UTC+08:00, the zone of the published rules.
    pub const BEIJING: Zone = Zone { offset_minutes: 480 };

    /// A zone of the given offset in minutes east of UTC, or `None` beyond ±18 hours.
    pub const fn from_offset_minutes(offset_minutes: i16) -> Option<Zone> {
        if offset_minutes.unsigned_abs() <= 18 * 60 { Some(Zone { offset_minutes }) } else { None }
    }

    /// How far east of UTC, in minutes.
    pub fn offset_minutes(self) -> i16 {
        self.offset_minutes
    }

    /// How far east of UTC, in milliseconds.
    pub fn offset_ms(self) -> i64 {
        i64::from(self.offset_minutes) * 60_000
    }

    fn to_jiff(self) -> TimeZone {
        let offset = Offset::from_seconds(i32::from(self.offset_minutes) * 60);
        TimeZone::fixed(offset.unwrap_or(Offset::UTC))
    }

    /// The start of the billing hour that holds the instant.
    pub fn hour_start(self, at: Timestamp) -> Timestamp {
        let local = at.0 + self.offset_ms();
        Timestamp::from_ms(local - local.rem_euclid(HOUR_MS) - self.offset_ms())
    }

    /// The month that holds the instant.
    pub fn month(self, at: Timestamp) -> Month {
        let date = self.date(at);
        Month { year: date.year(), month: date.month() }
    }

    /// The number of the day that holds the instant, counted from 1970-01-01.
    pub fn day_number(self, at: Timestamp) -> i64 {
        (at.0 + self.offset_ms()).div_euclid(DAY_MS)
    }

    fn date(self, at: Timestamp) -> Date {
        at.to_jiff().to_zoned_datetime(self.to_jiff()).date()
    }

    fn midnight(self, date: Date) -> Timestamp {
        let at_utc =
            date.at(0, 0, 0, 0).to_zoned_datetime(TimeZone::UTC).map(|z| z.timestamp().as_millisecond());
        Timestamp::from_ms(at_utc.unwrap_or(Timestamp::MAX.0).saturating_sub(self.offset_ms()))
    }

    /// The first instant of a month, and the first of the next.
    pub fn month_range(self, month: Month) -> (Timestamp, Timestamp) {
        let first = Date::new(month.year, month.month, 1).unwrap_or(Date::MIN);
        (self.midnight(first), self.midnight(first.saturating_add(1.month())))
    }

    /// The first and the last instant of a day written `2026-11-23`.
    ///
    /// # Errors
    /// Text that is no day, or one outside the years 1970 to 8999.
    pub fn day(self, text: &str) -> Result<(Timestamp, Timestamp), String> {
        let wrong = || format!("{text:?} is no day; write it like 2026-11-23");
        let date: Date =
            if text.len() == 10 { text.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
        if !(1970..=8999).contains(&date.year()) {
            return Err(wrong());
        }
        Ok((self.midnight(date), self.midnight(date.saturating_add(1.day())).plus_ms(-1)))
    }

    /// The last instant of the day that lies the given number of months after `from`: what a package bought at
    /// `from` is valid to ("ends 23:59:59 on the expiration date, UTC+08:00", Package Billing). The thousandth
    /// before midnight, so that text to the second reads 23:59:59.
    pub fn end_of_day_after_months(self, from: Timestamp, months: u16) -> Timestamp {
        let day = self.date(from).saturating_add(Span::new().months(i32::from(months)));
        self.midnight(day.saturating_add(1.day())).plus_ms(-1)
    }

    /// The same with a day of the month to keep: it is taken where the month has it, the month's last day otherwise.
    pub(crate) fn end_of_day_of_month_after(self, from: Timestamp, months: u16, day: i8) -> Timestamp {
        let first = self.date(from).first_of_month().saturating_add(Span::new().months(i32::from(months)));
        let days = i32::from(day.clamp(1, first.days_in_month()));
        self.midnight(first.saturating_add(Span::new().days(days))).plus_ms(-1)
    }

    /// The day of the month an instant lies in, and whether it is the last one.
    pub(crate) fn day_of_month(self, at: Timestamp) -> (i8, bool) {
        let date = self.date(at);
        (date.day(), date.day() == date.days_in_month())
    }

    /// The last instant of the day that lies the given number of days after `from`.
    pub fn end_of_day_after_days(self, from: Timestamp, days: u16) -> Timestamp {
        let day = self.date(from).saturating_add(Span::new().days(i32::from(days)));
        self.midnight(day.saturating_add(1.day())).plus_ms(-1)
    }
}

impl Default for Zone {
    fn default() -> Zone {
        Zone::BEIJING
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whole seconds, like every instant of the published API; sub-second parts matter to nobody's bill.
        f.pad(&self.to_jiff().strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.to_jiff().strftime("%Y-%m-%dT%H:%M:%S"), self.0.rem_euclid(1000))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Month {
    type Err = String;
    fn from_str(text: &str) -> Result<Month, String> {
        let wrong = || format!("{text:?} is no month; write it like 2026-11");
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        if year.len() != 4 || month.len() != 2 || !text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            return Err(wrong());
        }
        let month =
            Month { year: year.parse().map_err(|_| wrong())?, month: month.parse().map_err(|_| wrong())? };
        if !(1..=12).contains(&month.month) || !(1970..=8999).contains(&month.year) {
            return Err(wrong());
        }
        Ok(month)
    }
}

/// Text where a person may read it, year and month where only programs do.
impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            (self.year, self.month).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Month, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            let (year, month) = Deserialize::deserialize(deserializer)?;
            Ok(Month { year, month })
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
            Timestamp::parse(&text).map_err(serde::de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Timestamp::from_ms)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn hours_are_counted_in_the_zone() {
        assert_eq!(
            Zone::BEIJING.hour_start(at("2023-04-18T09:59:30+08:00")),
            at("2023-04-18T09:00:00+08:00")
        );
        let india = Zone::from_offset_minutes(330).unwrap();
        assert_eq!(india.hour_start(at("2023-04-18T00:10:00Z")), at("2023-04-17T23:30:00Z"));
    }

    /// The example of "Package Billing": a one-year package bought 2023-04-19 14:25:10.
    #[test]
    fn a_year_ends_at_the_last_second_of_its_day() {
        let end = Zone::BEIJING.end_of_day_after_months(at("2023-04-19T14:25:10+08:00"), 12);
        assert_eq!(end.in_zone(Zone::BEIJING), "2024-04-19T23:59:59+08:00");
        let leap = Zone::BEIJING.end_of_day_after_months(at("2024-02-29T01:00:00+08:00"), 12);
        assert_eq!(leap.in_zone(Zone::BEIJING), "2025-02-28T23:59:59+08:00");
    }

    #[test]
    fn a_month_without_the_day_ends_on_its_last() {
        let ends = |from, months| {
            let end = Zone::BEIJING.end_of_day_of_month_after(at(from), months, 31);
            end.in_zone(Zone::BEIJING).chars().take(10).collect::<String>()
        };
        assert_eq!(ends("2026-01-31T23:59:59.999+08:00", 1), "2026-02-28");
        assert_eq!(ends("2026-02-28T23:59:59.999+08:00", 1), "2026-03-31");
        assert_eq!(ends("2026-02-28T00:00:00+08:00", 24), "2028-02-29");
        assert_eq!(Zone::BEIJING.day_of_month(at("2026-02-27T16:00:00Z")), (28, true));
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let (first, last) = Zone::BEIJING.day("2026-11-23").unwrap();
        assert_eq!(first, at("2026-11-22T16:00:00Z"));
        assert_eq!((last, last.plus_ms(1)), (at("2026-11-23T15:59:59.999Z"), at("2026-11-23T16:00:00Z")));
        for wrong in ["", "2026-11-31", "2026-11", "20261123", "1969-12-31", "9000-01-01", "tomorrow!!"] {
            assert!(Zone::BEIJING.day(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn months_begin_at_local_midnight() {
        let (from, to) = Zone::BEIJING.month_range("2026-12".parse().unwrap());
        assert_eq!(from, at("2026-11-30T16:00:00Z"));
        assert_eq!(to, at("2026-12-31T16:00:00Z"));
        assert_eq!(Zone::BEIJING.month(from).to_string(), "2026-12");
        assert!("2026-13".parse::<Month>().is_err() && "26-1".parse::<Month>().is_err());
    }
}
