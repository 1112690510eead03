//! Instants for people, in UTC+8: `Mon 2 Nov 2026`, `09:00`.

use charging::{Timestamp, Zone};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS: i64 = 86_400_000;
const OFFSET_MS: i64 = 8 * 3_600_000;

/// Days since 1970-01-01.
pub fn day_number(at: Timestamp) -> i64 {
    (at.ms() + OFFSET_MS).div_euclid(DAY_MS)
}

/// 09:00 of the day that lies a number of days after the one of `at`.
pub fn morning_after(at: Timestamp, days: i64) -> Timestamp {
    Timestamp::from_ms((day_number(at) + days) * DAY_MS + 9 * 3_600_000 - OFFSET_MS)
}

/// `09:00`.
pub fn clock(at: Timestamp) -> String {
    at.in_zone(Zone::BEIJING).get(11..16).unwrap_or_default().to_owned()
}

/// `2 Nov 2026`.
pub fn date(at: Timestamp) -> String {
    let text = at.in_zone(Zone::BEIJING);
    let part = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<usize>().ok());
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    let month = month.and_then(|month| MONTHS.get(month.checked_sub(1)?)).unwrap_or(&"?");
    format!("{} {month} {}", day.unwrap_or_default(), year.unwrap_or_default())
}

/// `Mon 2 Nov`.
pub fn day(at: Timestamp) -> String {
    let weekday = (day_number(at) + 3).rem_euclid(7);
    let weekday = usize::try_from(weekday).ok().and_then(|index| WEEKDAYS.get(index)).unwrap_or(&"?");
    let date = date(at);
    format!("{weekday} {}", date.rsplit_once(' ').map_or(date.as_str(), |(day, _)| day))
}

/// `2026`.
pub fn year(at: Timestamp) -> String {
    at.in_zone(Zone::BEIJING).get(..4).unwrap_or_default().to_owned()
}

/// `Mon 2 Nov 09:00`.
pub fn instant(at: Timestamp) -> String {
    format!("{} {}", day(at), clock(at))
}

/// A text of the server with every instant in it (`2026-11-10T11:00:00+08:00`) told like a calendar.
pub fn told(text: &str) -> String {
    const LENGTH: usize = "2026-11-10T11:00:00+08:00".len();
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let whole = rest.get(..LENGTH).filter(|piece| piece.ends_with("+08:00") && first.is_ascii_digit());
        if let Some(at) = whole.and_then(|piece| Timestamp::parse(piece).ok()) {
            told += &instant(at);
            rest = &rest[LENGTH..];
        } else {
            told.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_like_a_calendar() {
        let at = Timestamp::parse("2026-11-30T17:05:00Z").unwrap();
        assert_eq!((day(at), clock(at), date(at)), ("Tue 1 Dec".into(), "01:05".into(), "1 Dec 2026".into()));
        assert_eq!(instant(morning_after(at, 6)), "Mon 7 Dec 09:00");
        assert_eq!(told("before 2026-12-01T01:05:00+08:00; 充值 2026"), "before Tue 1 Dec 01:05; 充值 2026");
    }
}
