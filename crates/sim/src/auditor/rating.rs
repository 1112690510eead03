//! What usage costs, and when: the auditor's own arithmetic, unit by unit.

use charging::Name;

use super::{Finding, finding};
use crate::world::World;

pub const HOUR_MS: i64 = 3_600_000;
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// What units cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// Tier, units, amount in 10⁻⁸.
    pub parts: Vec<(u8, u64, i64)>,
    /// What rounding has left, in 10⁻¹⁰.
    pub carry_e10: u8,
}

/// The first instant of the hour.
pub fn hour(at: i64, offset_ms: i64) -> i64 {
    let local = at + offset_ms;
    local - local.rem_euclid(HOUR_MS) - offset_ms
}

/// The number of the month of a local instant, counted from the year 0.
pub fn month(local_ms: i64) -> i64 {
    let mut days = local_ms.div_euclid(DAY_MS);
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while days < 0 || days >= if is_leap(year) { 366 } else { 365 } {
        if days < 0 {
            year -= 1;
            days += if is_leap(year) { 366 } else { 365 };
        } else {
            days -= if is_leap(year) { 366 } else { 365 };
            year += 1;
        }
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 0;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    year * 12 + month
}

/// What units cost after so many others in their month, with what rounding had left.
pub fn rate(
    world: &World,
    api: &Name,
    version: u16,
    (used, units, carry_e10): (u64, u64, u8),
) -> Result<Priced, Finding> {
    let prices = world.rules.catalog.apis.get(api).map(|prices| &prices.versions);
    let found = prices.and_then(|versions| versions.iter().find(|one| one.version == version));
    let Some(found) = found else {
        return Err(finding("money", format!("{api:?} has no price of version {version}")));
    };
    let mut counts = vec![0_u64; found.tiers.len()];
    for unit in used..used + units {
        let tier = found.tiers.iter().rposition(|tier| tier.from_units <= unit).unwrap_or(0);
        counts[tier] += 1;
    }
    let mut carry = i128::from(carry_e10);
    let mut parts = Vec::new();
    for (number, (tier, count)) in (0..).zip(found.tiers.iter().zip(counts)) {
        if count == 0 {
            continue;
        }
        let exact = i128::from(tier.unit_price.e10()) * i128::from(count) + carry;
        carry = exact % 100;
        parts.push((number, count, i64::try_from(exact / 100).unwrap_or(i64::MAX)));
    }
    Ok(Priced { parts, carry_e10: u8::try_from(carry).unwrap_or(u8::MAX) })
}

/// Checks that a price was in force at some instant from the first to the last.
pub fn check_in_force(
    world: &World,
    api: &Name,
    version: u16,
    (first, last): (i64, i64),
) -> Result<(), Finding> {
    let versions = world.rules.catalog.apis.get(api).map(|prices| &prices.versions[..]).unwrap_or_default();
    let begins = |number: usize| match number {
        0 => i64::MIN,
        _ => versions.get(number).map_or(i64::MAX, |one| one.effective_from.ms()),
    };
    let found = versions.iter().position(|one| one.version == version);
    if found.is_some_and(|number| begins(number) <= last && begins(number + 1) > first) {
        return Ok(());
    }
    Err(finding("money", format!("version {version} was not in force from {first} to {last}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        let of = |text: &str| month(charging::Timestamp::parse(text).unwrap().ms());
        assert_eq!(of("1970-01-01T00:00:00Z"), 1970 * 12);
        assert_eq!(of("2024-02-29T23:59:59Z"), 2024 * 12 + 1);
        assert_eq!(of("2024-03-01T00:00:00Z"), 2024 * 12 + 2);
        assert_eq!(of("2023-12-31T23:59:59Z"), 2023 * 12 + 11);
        assert_eq!(month(-1), 1969 * 12 + 11);
    }
}
