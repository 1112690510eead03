//! Rating: usage × price → amount.
//!
//! The first of the two places where money is rounded. Prices have ten decimals and amounts eight ("usage
//! expenditures to eight decimal places"); what the last two decimals hold is carried to the service's next
//! charge, so no fraction is ever lost or charged twice.

use smallvec::SmallVec;

use crate::{Money, PriceVersion, Rated};

/// The tiers a count of units falls into, as (tier, units), given the units of the month before them.
fn split_by_tier(version: &PriceVersion, month_units: u64, units: u64) -> SmallVec<[(u8, u64); 1]> {
    let mut parts = SmallVec::new();
    let mut from = month_units;
    let end = month_units.saturating_add(units);
    for index in 0..version.tiers.len() {
        let until = version.tiers.get(index + 1).map_or(u64::MAX, |next| next.from_units);
        if from >= end || from >= until {
            continue;
        }
        let part = end.min(until) - from;
        parts.push((u8::try_from(index).unwrap_or(u8::MAX), part));
        from += part;
    }
    parts
}

/// Rates units of one service, given what the month has used and what rounding has left.
/// Returns the rated parts and the new carry in 10⁻¹⁰.
pub(crate) fn rate(
    version: &PriceVersion,
    month_units: u64,
    units: u64,
    carry_e10: u8,
) -> (SmallVec<[Rated; 1]>, u8) {
    let mut carry = carry_e10;
    let mut rated = SmallVec::new();
    for (tier, units) in split_by_tier(version, month_units, units) {
        let price = i128::from(version.tiers[usize::from(tier)].unit_price.e10());
        let (e8, rest) = divided_by_100(price * i128::from(units) + i128::from(carry));
        carry = rest;
        rated.push(Rated { units, price_version: version.version, tier, amount: Money::from_e8(e8) });
    }
    (rated, carry)
}

impl PriceVersion {
    /// What units cost if they are the first of their month, what rounding leaves left out; `None` beyond what money can
    /// be.
    pub fn amount_of(&self, units: u64) -> Option<Money> {
        let rated = || rate(self, 0, units, 0).0.iter().map(|part| part.amount).sum();
        at_most(self, 0, units).is_within_limit().then(rated)
    }
}

/// The most that the next units of a month can cost, rounded up, when so many are used already: others may come before
/// them, but none are taken back. So each is charged at the tier it stands in now, or at a later one.
pub(crate) fn at_most(version: &PriceVersion, month_units: u64, units: u64) -> Money {
    let parts = split_by_tier(version, month_units, units);
    let dearest = |from: u8| {
        let later = version.tiers.iter().skip(usize::from(from));
        later.map(|tier| i128::from(tier.unit_price.e10())).max().unwrap_or(0)
    };
    let e10: i128 = parts.iter().map(|(tier, units)| dearest(*tier) * i128::from(*units)).sum();
    let (rounded_up, _) = divided_by_100(e10 + 99);
    Money::from_e8(rounded_up.min(Money::LIMIT.e8() + 1))
}

/// An amount in 10⁻¹⁰ as one in 10⁻⁸ and what is left. Nearly all fit into 64 bits, which divide much faster.
fn divided_by_100(e10: i128) -> (i64, u8) {
    let (quotient, rest) = match i64::try_from(e10) {
        Ok(e10) => (e10.div_euclid(100), e10.rem_euclid(100)),
        Err(_) => {
            let rest = i64::try_from(e10.rem_euclid(100)).unwrap_or(0);
            (i64::try_from(e10.div_euclid(100)).unwrap_or(i64::MAX), rest)
        }
    };
    (quotient, u8::try_from(rest).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PriceTier, Timestamp, UnitPrice};

    fn version(tiers: &[(u64, i64)]) -> PriceVersion {
        let tier = |&(from_units, e10)| PriceTier { from_units, unit_price: UnitPrice::from_e10(e10) };
        PriceVersion { version: 1, effective_from: Timestamp::EPOCH, tiers: tiers.iter().map(tier).collect() }
    }

    #[test]
    fn the_remainder_is_carried() {
        let third = version(&[(0, 33)]);
        let mut carry = 0;
        let mut total = Money::ZERO;
        for _ in 0..100 {
            let (rated, next) = rate(&third, 0, 1, carry);
            carry = next;
            total += rated[0].amount;
        }
        assert_eq!((total, carry), (Money::from_e8(33), 0));
    }

    #[test]
    fn a_hold_is_what_the_call_can_cost() {
        assert_eq!(at_most(&version(&[(0, 500_000_000)]), 0, 1), Money::from_e8(5_000_000));
        // 0.0000000033 a call: one call may cost nothing or the last decimal, whatever was carried.
        let third = version(&[(0, 33)]);
        assert_eq!(at_most(&third, 0, 1), Money::from_e8(1));
        for carry in 0..100 {
            let (rated, _) = rate(&third, 0, 3, carry);
            assert!(rated[0].amount <= at_most(&third, 0, 3));
        }
    }

    /// Past a tier its price is out of reach; a dearer one ahead is not, for other calls may be charged first.
    #[test]
    fn a_hold_knows_what_was_used() {
        let falling = version(&[(0, 500), (10, 300), (20, 100)]);
        let most = |version: &PriceVersion, used, units| at_most(version, used, units).e8();
        assert_eq!([0, 9, 10, 19, 20, 1_000].map(|used| most(&falling, used, 1)), [5, 5, 3, 3, 1, 1]);
        assert_eq!(most(&falling, 8, 15), 10 + 30 + 3);
        let rising = version(&[(0, 100), (10, 300)]);
        assert_eq!((most(&rising, 0, 1), most(&rising, 10, 1)), (3, 3));
        for (used, units) in [(0, 1), (8, 15), (9, 2), (19, 30)] {
            for later in 0..40 {
                let (rated, _) = rate(&falling, used + later, units, 99);
                assert!(
                    rated.iter().map(|part| part.amount).sum::<Money>() <= at_most(&falling, used, units)
                );
            }
        }
    }

    #[test]
    fn a_charge_can_span_tiers() {
        let tiers = version(&[(0, 500), (10, 300), (20, 100)]);
        let (rated, carry) = rate(&tiers, 8, 15, 0);
        let parts: Vec<_> = rated.iter().map(|r| (r.tier, r.units, r.amount.e8())).collect();
        assert_eq!(parts, [(0, 2, 10), (1, 10, 30), (2, 3, 3)]);
        assert_eq!(carry, 0);
    }
}
