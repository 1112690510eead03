//! Sentences on a terminal: broken at the words, indented under what they belong to.

use charging::Timestamp;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// How wide text may be, in columns.
const WIDTH: usize = 100;
const DAY_MS: i64 = 86_400_000;

/// A field as text: strings bare, numbers as they are, nothing as a dash.
pub(super) fn field(value: &Value, name: &str) -> String {
    match &value[name] {
        Value::String(text) => text.clone(),
        Value::Null => "-".into(),
        other => other.to_string(),
    }
}

/// The items of a list.
pub(super) fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

/// Text whose every line begins with the indent.
pub(super) fn paragraph(text: &str, indent: &str) -> String {
    broken(text, indent, indent)
}

/// Text whose first line begins with a mark and whose others stand under its first word.
pub(super) fn entry(mark: &str, text: &str) -> String {
    broken(text, mark, &" ".repeat(mark.width()))
}

fn broken(text: &str, first: &str, others: &str) -> String {
    let (mut lines, mut line, mut is_empty) = (Vec::new(), first.to_owned(), true);
    for word in text.split_whitespace() {
        if !is_empty && line.width() + 1 + word.width() > WIDTH {
            lines.push(std::mem::replace(&mut line, others.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line);
    lines.join("\n")
}

/// An RFC 3339 instant to the minute, or to the second where that is not a whole minute, as it reads in its zone, which
/// is named: whoever reads it may be in another one.
pub(super) fn minute(at: &str) -> String {
    let Some((time, rest)) = at.split_at_checked(19) else { return at.to_owned() };
    let time = time.replace('T', " ");
    let zone = rest.find(['+', '-', 'Z']).map_or("", |start| &rest[start..]);
    format!("{} {zone}", time.strip_suffix(":00").unwrap_or(&time)).trim_end().to_owned()
}

/// The day of an RFC 3339 instant.
pub(super) fn day(at: &str) -> String {
    at.get(..10).unwrap_or(at).to_owned()
}

/// The day of an instant with how far it is from another: `2026-11-27, in 3 days`.
pub(super) fn day_heading(at: &str, now: &str) -> String {
    let midnight = |text: &str| Timestamp::parse(&format!("{}T00:00:00Z", day(text))).ok();
    let days = match (midnight(at), midnight(now)) {
        (Some(at), Some(now)) => (at.ms() - now.ms()).div_euclid(DAY_MS),
        _ => return day(at),
    };
    match days {
        0 => format!("{}, today", day(at)),
        1 => format!("{}, tomorrow", day(at)),
        days => format!("{}, in {days} days", day(at)),
    }
}

/// How much of a whole is left, as a bar of so many columns.
pub(super) fn bar(left: u64, whole: u64, columns: u64) -> String {
    let filled = u128::from(left) * u128::from(columns);
    let filled = filled.div_ceil(u128::from(whole.max(1))).min(u128::from(columns));
    let filled = usize::try_from(filled).unwrap_or_default();
    let empty = usize::try_from(columns).unwrap_or_default() - filled;
    format!("[{}{}]", "#".repeat(filled), "-".repeat(empty))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_words() {
        let long = "word ".repeat(40);
        let text = entry("- ", &long);
        assert!(text.lines().all(|line| line.width() <= WIDTH && !line.ends_with(' ')));
        assert!(text.starts_with("- word") && text.lines().skip(1).all(|line| line.starts_with("  word")));
        assert_eq!(text.split_whitespace().count(), 41);
        assert_eq!(paragraph("", "  "), "  ");
        assert_eq!(entry("1. ", &"x".repeat(300)), format!("1. {}", "x".repeat(300)));
    }

    #[test]
    fn instants_and_bars_read_well() {
        assert_eq!(minute("2026-11-23T14:00:00+08:00"), "2026-11-23 14:00 +08:00");
        assert_eq!(minute("2026-11-23T23:59:59.250-05:00"), "2026-11-23 23:59:59 -05:00");
        assert_eq!(minute("2026-11-23T14:00:00Z"), "2026-11-23 14:00 Z");
        let now = "2026-11-23T23:00:00+08:00";
        assert_eq!(day_heading("2026-11-23T23:30:00+08:00", now), "2026-11-23, today");
        assert_eq!(day_heading("2026-11-24T00:30:00+08:00", now), "2026-11-24, tomorrow");
        assert_eq!(day_heading("2026-12-08T00:30:00+08:00", now), "2026-12-08, in 15 days");
        let bars =
            [(0, 10), (1, 1000), (500, 1000), (1000, 1000), (5, 0)].map(|(left, all)| bar(left, all, 4));
        assert_eq!(bars, ["[----]", "[#---]", "[##--]", "[####]", "[####]"]);
    }
}
