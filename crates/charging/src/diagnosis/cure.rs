//! What to do about a finding: use what is there already, or buy what covers the usage, and what that would save.

use std::collections::BTreeMap;

use crate::{
    Account, BillLine, Cause, Context, Finding, LotNo, Money, Month, Name, Offer, Standing, Timestamp,
};

/// What to do about a finding.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cure {
    /// To be paid first: nothing can be bought or enabled while something is owed.
    pub top_up: Option<Money>,
    /// To be paid for both, what is owed and the suggested packages; none if the cash covers them, or none are suggested.
    pub top_up_and_buy: Option<Money>,
    /// True if the release took the API away there: it is to be enabled again for such calls.
    pub enable_again: bool,
    /// Lots with quota left that meet such calls if these are made in the lots' region, or name their enterprise
    /// project, or wait for their start.
    pub lots: Vec<LotNo>,
    /// What the calls would have cost less if those lots had met them.
    pub saved_by_lots: Money,
    /// Quota there is by now for such calls: they are charged at a price no more.
    pub left_here: u64,
    /// The cheapest way to cover the usage with packages on offer; none if that would take too many of them. If none
    /// would have saved anything, one of the size that pays off with the fewest calls.
    pub package: Option<Suggestion>,
}

/// Packages to buy for the API and region that was called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Suggestion {
    /// How many calls one holds.
    pub calls: u64,
    /// What one costs.
    pub price: Money,
    /// How many.
    pub count: u64,
    /// How long they are valid, in calendar months.
    pub validity_months: u16,
    /// What the usage would have cost with them: their price, and what is beyond them at the prices of its tiers.
    pub cost: Money,
    /// How much less that is; zero if it is not less.
    pub saved: Money,
    /// From how many calls on one of them is cheaper than paying for each, at the price these had. `None` if it
    /// never is.
    pub pays_off_from: Option<u64>,
}

/// What was charged for one finding: units and amount by month, and within it by price. Packages meet the first calls;
/// those beyond them are then the first that are charged, and begin at the first tier of their month again.
#[derive(Default)]
pub(super) struct Usage(BTreeMap<Month, ByPrice>);

/// By price version and tier: the units, and what they cost.
type ByPrice = BTreeMap<(u16, u8), (u64, Money)>;

impl Usage {
    pub(super) fn add(&mut self, month: Month, run: &BillLine) {
        let part = self.0.entry(month).or_default().entry((run.price_version, run.tier)).or_default();
        part.0 = part.0.saturating_add(run.units);
        part.1 += run.amount;
    }

    fn parts(&self) -> impl Iterator<Item = &(u64, Money)> {
        self.0.values().flat_map(BTreeMap::values)
    }

    fn units(&self) -> u64 {
        self.parts().map(|part| part.0).fold(0, u64::saturating_add)
    }

    fn amount(&self) -> Money {
        self.parts().map(|part| part.1).sum()
    }

    /// What would have been charged if so many units had been met.
    fn beyond(&self, met: u64) -> Money {
        let mut met = met;
        let mut cost = Money::ZERO;
        for prices in self.0.values() {
            let units = prices.values().map(|part| part.0).fold(0, u64::saturating_add);
            let mut left = units.saturating_sub(met);
            met = met.saturating_sub(units);
            for (units, amount) in prices.values() {
                cost += share(*amount, left.min(*units), *units);
                left = left.saturating_sub(*units);
            }
        }
        cost
    }
}

impl Account {
    pub(super) fn cure_of(
        &self,
        context: Context<'_>,
        finding: &Finding,
        usage: &Usage,
        now: Timestamp,
    ) -> Cure {
        let Some(service) = self.service(finding.service) else { return Cure::default() };
        let lots = match finding.cause {
            Cause::PackageForOtherProject | Cause::PackageNotYetEffective => {
                let helps =
                    |no: &&LotNo| self.lot(**no).is_some_and(|lot| lot.left() > 0 && lot.expires_at >= now);
                finding.lots.iter().filter(helps).copied().collect()
            }
            _ => self.lots_elsewhere(&service.api, finding, now),
        };
        // What the lots could have given: what is left, and what ended with them.
        let could_give = |no: &LotNo| self.lot(*no).map_or(0, |lot| lot.left().saturating_add(lot.expired()));
        let saved_by_lots = match finding.cause {
            // Another API is no substitute.
            Cause::PackageInOtherRegion | Cause::FreeTrialInOtherRegion | Cause::PackageForOtherProject => {
                let given = finding.lots.iter().map(could_give).fold(0, u64::saturating_add);
                finding.amount - usage.beyond(given)
            }
            _ => Money::ZERO,
        };
        let offers = context.catalog.offers_of(&service.api, now);
        let here = self.lots.iter().filter(|lot| lot.service == finding.service && lot.serves(None, now));
        let package = suggest(offers, usage);
        let is_released = matches!(self.standing, Standing::Released { .. });
        Cure {
            top_up: self.is_in_arrears().then(|| self.debt()),
            top_up_and_buy: package.and_then(|way| self.short_of(way)),
            enable_again: is_released && service.subscription.is_none(),
            lots,
            saved_by_lots,
            left_here: here.map(crate::Lot::left).fold(0, u64::saturating_add),
            package,
        }
    }

    /// What has to be paid before the packages can be bought.
    fn short_of(&self, way: Suggestion) -> Option<Money> {
        let price = i128::from(way.price.e8()) * i128::from(way.count);
        let price = Money::from_e8(i64::try_from(price).ok()?);
        let needed = price.is_within_limit().then(|| price + self.debt() - self.cash())?;
        needed.is_positive().then_some(needed)
    }

    /// Lots of the same API in other regions that can be drawn now.
    fn lots_elsewhere(&self, api: &Name, finding: &Finding, now: Timestamp) -> Vec<LotNo> {
        let is_elsewhere =
            |no| self.service(no).is_some_and(|service| &service.api == api) && no != finding.service;
        let lots = self.lots.iter().filter(|lot| is_elsewhere(lot.service) && lot.serves(None, now));
        lots.map(|lot| lot.no).collect()
    }
}

/// How many packages of a size a person would buy one by one where a larger size is on offer, and where there is none.
const SMALLER_LIMIT: u64 = 10;
const LARGEST_LIMIT: u64 = 100;

/// The cheapest of covering all of the usage, or all but a rest, with a reasonable number of packages of one size.
fn suggest<'a>(offers: impl Iterator<Item = &'a Offer> + Clone, usage: &Usage) -> Option<Suggestion> {
    let (units, amount) = (usage.units(), usage.amount());
    let largest = offers.clone().map(|offer| offer.calls).max().unwrap_or(0);
    let ways = offers.clone().flat_map(|offer| {
        let all_but_a_rest = units.div_euclid(offer.calls);
        let all = units.div_ceil(offer.calls);
        let limit = if offer.calls < largest { SMALLER_LIMIT } else { LARGEST_LIMIT };
        let counts = [all_but_a_rest, all].into_iter().filter(move |count| (1..=limit).contains(count));
        counts.map(move |count| (offer, count))
    });
    let priced = |(offer, count): (&'a Offer, u64)| {
        let packages = i128::from(offer.price.e8()) * i128::from(count);
        let cost = Money::from_e8(i64::try_from(packages).ok()?);
        if !cost.is_within_limit() {
            return None;
        }
        let cost = cost + usage.beyond(offer.calls.saturating_mul(count));
        let saved = if cost < amount { amount - cost } else { Money::ZERO };
        Some(Suggestion {
            calls: offer.calls,
            price: offer.price,
            count,
            validity_months: offer.validity_months,
            cost,
            saved,
            pays_off_from: pays_off_from(offer, units, amount),
        })
    };
    let cheapest = ways.filter_map(priced).min_by_key(|way| (way.cost, way.count, way.calls));
    if cheapest.is_some_and(|way| way.saved.is_positive()) {
        return cheapest;
    }
    // What costs least now is no measure of an offer: a small one may be dear for ever.
    let single = offers.clone().filter_map(|offer| priced((offer, 1)));
    let pays_off_later = single.filter(|way| way.pays_off_from.is_some_and(|from| from >= units));
    if let Some(way) = pays_off_later.min_by_key(|way| (way.pays_off_from, way.cost)) {
        return Some(way);
    }
    // One that is cheaper by the call, but too small for this usage: then it is not true that none is.
    let is_cheaper = |offer: &Offer| pays_off_from(offer, units, amount).is_some();
    cheapest.filter(|_| !offers.clone().any(is_cheaper))
}

/// How many calls cost more than the package.
fn pays_off_from(offer: &Offer, units: u64, amount: Money) -> Option<u64> {
    let amount = u128::try_from(amount.e8()).ok().filter(|amount| *amount > 0)?;
    let price = u128::try_from(offer.price.e8()).ok()?;
    let calls = price * u128::from(units) / amount + 1;
    u64::try_from(calls).ok().filter(|calls| *calls <= offer.calls)
}

/// The part of an amount that so many of its units are, rounded down.
fn share(amount: Money, part: u64, units: u64) -> Money {
    if part >= units {
        return amount;
    }
    let e8 = (i128::from(amount.e8()) * i128::from(part)).div_euclid(i128::from(units));
    Money::from_e8(i64::try_from(e8).unwrap_or(i64::MAX))
}

/// An amount times part / whole, rounded down; the part is not more than the whole, which is not zero.
pub(super) fn scaled(amount: Money, part: i64, whole: i64) -> Money {
    let e8 = (i128::from(amount.e8()) * i128::from(part)).div_euclid(i128::from(whole));
    Money::from_e8(i64::try_from(e8).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(calls: u64, price: &str) -> Offer {
        let api = Name::new("general-text").unwrap();
        Offer { api, calls, price: price.parse().unwrap(), validity_months: 12 }
    }

    /// Usage at one price.
    fn flat(units: u64, amount: &str) -> Usage {
        tiers(&[(units, amount)])
    }

    /// Usage of one month, tier by tier.
    fn tiers(parts: &[(u64, &str)]) -> Usage {
        let part = |(tier, (units, amount)): (u8, &(u64, &str))| {
            ((1, tier), (*units, amount.parse::<Money>().unwrap()))
        };
        let month = "2026-11".parse::<Month>().unwrap();
        Usage(BTreeMap::from([(month, (0..).zip(parts).map(part).collect())]))
    }

    /// A package meets the first calls; the rest then begins at the first tier, and not at the average of all.
    #[test]
    fn the_rest_is_charged_at_the_first_tiers() {
        let usage = tiers(&[(10, "1.00"), (20, "1.00")]);
        let beyond = |met| usage.beyond(met).to_string();
        assert_eq!([0, 5, 20, 25, 30, 40].map(beyond), ["2.00", "1.75", "1.00", "0.50", "0.00", "0.00"]);
        let way = suggest([offer(25, "0.40")].iter(), &usage).unwrap();
        assert_eq!((way.count, way.cost), (2, "0.80".parse().unwrap()));
        let way = suggest([offer(25, "0.60")].iter(), &usage).unwrap();
        assert_eq!((way.count, way.cost), (1, "1.10".parse().unwrap()));
    }

    #[test]
    fn the_cheapest_way_is_suggested() {
        let offers = [offer(1_000, "40"), offer(10_000, "350"), offer(100_000, "3000")];
        // Calls at 0.05: size and count of the package, cost, saved, from when on it pays off.
        for (units, amount, expected) in [
            (30, "1.50", (1_000, 1, "40.00", "0.00", Some(801))),
            (800, "40.00", (1_000, 1, "40.00", "0.00", Some(801))),
            (801, "40.05", (1_000, 1, "40.00", "0.05", Some(801))),
            (1_200, "60.00", (1_000, 1, "50.00", "10.00", Some(801))),
            (5_000, "250.00", (1_000, 5, "200.00", "50.00", Some(801))),
            (9_000, "450.00", (10_000, 1, "350.00", "100.00", Some(7_001))),
            (95_000, "4750.00", (100_000, 1, "3000.00", "1750.00", Some(60_001))),
            (300_000, "15000.00", (100_000, 3, "9000.00", "6000.00", Some(60_001))),
        ] {
            let way = suggest(offers.iter(), &flat(units, amount)).unwrap();
            let found =
                (way.calls, way.count, way.cost.to_string(), way.saved.to_string(), way.pays_off_from);
            let (calls, count, cost, saved, from) = expected;
            assert_eq!(found, (calls, count, cost.to_owned(), saved.to_owned(), from), "{units} calls");
        }
        assert_eq!(suggest([].iter(), &flat(30, "1.50")), None);
    }

    /// One call for a cent is the cheapest there is, and nobody buys it 130 times.
    #[test]
    fn nobody_is_told_to_buy_a_hundred_small_ones() {
        let found = |offers: &[Offer], units, amount: &str| {
            let way = suggest(offers.iter(), &flat(units, amount))?;
            Some((way.calls, way.count, way.saved.to_string(), way.pays_off_from))
        };
        let offers = [offer(1, "0.01"), offer(1_000, "40")];
        assert_eq!(found(&offers, 130, "6.50"), Some((1_000, 1, "0.00".into(), Some(801))));
        assert_eq!(found(&offers, 9, "0.45"), Some((1, 9, "0.36".into(), Some(1))));
        assert_eq!(found(&offers, 5_000, "250"), Some((1_000, 5, "50.00".into(), Some(801))));
        // Of the largest size there may be more; but not any number.
        assert_eq!(found(&offers[..1], 100, "5"), Some((1, 100, "4.00".into(), Some(1))));
        assert_eq!(found(&offers[..1], 130, "6.50"), None);
    }

    /// A small package that is dear for ever does not hide the large one that pays off.
    #[test]
    fn a_dear_small_package_hides_no_cheap_large_one() {
        let offers = [offer(5, "4.00"), offer(1_000, "40.00")];
        let way = suggest(offers.iter(), &flat(14, "0.71728395")).unwrap();
        assert_eq!((way.calls, way.count, way.saved, way.pays_off_from), (1_000, 1, Money::ZERO, Some(781)));
        let way = suggest(offers[..1].iter(), &flat(14, "0.71728395")).unwrap();
        assert_eq!((way.calls, way.pays_off_from), (5, None));
        // One call for a cent is cheaper, if too small: so nobody is told that no package is.
        let offers = [offer(1, "0.01"), offer(1_000, "60")];
        assert_eq!(suggest(offers.iter(), &flat(130, "6.50")), None);
    }

    #[test]
    fn a_package_may_never_pay_off() {
        let dear = [offer(1_000, "60")];
        let way = suggest(dear.iter(), &flat(5_000, "250")).unwrap();
        assert_eq!((way.saved, way.pays_off_from), (Money::ZERO, None));
        // Beyond what the books can hold no number of packages is suggested.
        assert_eq!(
            suggest([offer(1, "9000000000")].iter(), &flat(u64::MAX, &Money::LIMIT.to_string())),
            None
        );
    }

    #[test]
    fn shares_are_exact_and_never_more_than_the_whole() {
        let third = share("1".parse().unwrap(), 1, 3);
        assert_eq!(third.to_string(), "0.33333333");
        assert_eq!(share("1".parse().unwrap(), 5, 3), "1".parse().unwrap());
        assert_eq!(scaled(Money::LIMIT, i64::MAX, i64::MAX), Money::LIMIT);
    }
}
