//! Figures and instants inside sentences for people.

use crate::{Money, Source, Timestamp, Zone};

/// An instant in the account's zone, to the minute where it is a whole one: `2026-11-23 14:00`.
pub(crate) fn when(at: Timestamp, zone: Zone) -> String {
    let text = at.in_zone(zone).replace('T', " ");
    let to_the_second = text.get(..19).unwrap_or(&text);
    to_the_second.strip_suffix(":00").unwrap_or(to_the_second).to_owned()
}

/// A count with its thousands apart: `8,400`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 call` or `8,400 calls`.
pub(crate) fn calls(count: u64) -> String {
    if count == 1 { "1 call".into() } else { format!("{} calls", grouped(count)) }
}

/// `was` or `were`.
pub(crate) fn was(count: u64) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// What a lot of this source is to the customer.
pub(crate) fn name_of(source: Source) -> &'static str {
    match source {
        Source::Free => "free trial",
        Source::Promotion => "promotional package",
        Source::Package => "package",
    }
}

/// `40.00 CNY`.
pub(crate) fn amount(amount: Money, currency: &str) -> String {
    format!("{amount} {currency}")
}

/// `a`, `a and b`, `a, b and c`; every item once.
pub(crate) fn list(items: impl IntoIterator<Item = String>) -> String {
    joined(items, "and")
}

/// `a`, `a or b`, `a, b or c`; every item once.
pub(crate) fn either(items: impl IntoIterator<Item = String>) -> String {
    joined(items, "or")
}

fn joined(items: impl IntoIterator<Item = String>, word: &str) -> String {
    let mut all: Vec<String> = Vec::new();
    for item in items {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    match all.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        let counts = [0, 7, 999, 1_000, 8_400, 1_000_000, 12_345_678].map(grouped);
        assert_eq!(counts, ["0", "7", "999", "1,000", "8,400", "1,000,000", "12,345,678"]);
        assert_eq!((calls(1), calls(1_000)), ("1 call".into(), "1,000 calls".into()));
        let items = |items: &[&str]| list(items.iter().map(|item| (*item).to_owned()));
        assert_eq!(items(&[]), "");
        assert_eq!(items(&["a", "a"]), "a");
        assert_eq!(items(&["a", "b", "a", "c"]), "a, b and c");
        assert_eq!(either(["a", "b"].map(str::to_owned)), "a or b");
        let at = |text| when(Timestamp::parse(text).unwrap(), Zone::BEIJING);
        assert_eq!(at("2026-11-23T06:00:00Z"), "2026-11-23 14:00");
        assert_eq!(at("2026-11-23T15:59:59.999Z"), "2026-11-23 23:59:59");
    }
}
