//! The price list: what a call costs from when on, and which packages are on offer.
//!
//! Prices have effective dates; a version once used is never changed, a new one is added. Prices may have
//! graduated tiers counted per account, service and calendar month (the older generation of the published
//! price list); one tier from zero is the plain price per call.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Money, Name, Timestamp, UnitPrice};

/// Everything that has a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// ISO 4217 code of the one currency all amounts are in.
    pub currency: String,
    /// Regions in which the APIs can be called.
    pub regions: Vec<Name>,
    /// Pay-per-use prices by API.
    pub apis: BTreeMap<Name, ApiPrices>,
    /// Packages, and when they are on sale.
    pub listings: Vec<Listing>,
    /// Prices of APIs that are not sold any more. Charges of the past name their versions; nothing else looks here.
    pub retired: BTreeMap<Name, ApiPrices>,
}

/// The pay-per-use price of one API over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiPrices {
    /// Versions, oldest first.
    pub versions: Vec<PriceVersion>,
}

impl ApiPrices {
    fn in_force(&self, at: Timestamp) -> Option<&PriceVersion> {
        let in_force = self.versions.iter().rev().find(|v| v.effective_from <= at);
        in_force.or(self.versions.first())
    }
}

/// One version of a price, in force from its effective date until the next one's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceVersion {
    /// Number of the version, rising with its date; it is written into every charge made at this price.
    pub version: u16,
    /// First instant at which the version is in force.
    pub effective_from: Timestamp,
    /// Graduated tiers, the first from zero.
    pub tiers: Vec<PriceTier>,
}

/// The price of the units from a count on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceTier {
    /// How many units of the calendar month come before this tier.
    pub from_units: u64,
    /// Price of one unit.
    pub unit_price: UnitPrice,
}

/// A package on offer: quota for one API in one region, paid once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The API it is for.
    pub api: Name,
    /// How many calls it holds.
    pub calls: u64,
    /// What it costs.
    pub price: Money,
    /// How long it is valid, in calendar months.
    pub validity_months: u16,
}

/// A package in the list, and when it is on sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The package.
    pub offer: Offer,
    /// First instant at which it can be bought; always until then, if not given.
    pub on_sale_from: Option<Timestamp>,
    /// First instant at which it cannot be bought any more; never, if not given.
    pub on_sale_until: Option<Timestamp>,
}

/// The longest validity of a package, in months: a hundred years.
const MAX_VALIDITY_MONTHS: u16 = 1_200;

/// Why a price list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogError(String);

impl Catalog {
    /// Checks the list once, so that no charge can meet a price that is missing or absurd.
    ///
    /// # Errors
    /// The first thing that is wrong, in words an operator can act on.
    pub fn checked(self) -> Result<Catalog, CatalogError> {
        let wrong = |text: String| Err(CatalogError(text));
        if self.regions.is_empty() {
            return wrong("the catalog names no region".into());
        }
        let mut regions = BTreeSet::new();
        if let Some(twice) = self.regions.iter().find(|region| !regions.insert(*region)) {
            return wrong(format!("region {twice} is there twice"));
        }
        if let Some(twice) = self.retired.keys().find(|api| self.apis.contains_key(*api)) {
            return wrong(format!("{twice} is both sold and retired"));
        }
        for (api, prices) in self.apis.iter().chain(&self.retired) {
            if api.as_str() == crate::ALL_APIS {
                return wrong(format!("{api} means every API and can be the name of none"));
            }
            if prices.versions.is_empty() {
                return wrong(format!("{api} has no price"));
            }
            for pair in prices.versions.windows(2) {
                if pair[0].version >= pair[1].version || pair[0].effective_from >= pair[1].effective_from {
                    return wrong(format!("prices of {api} must rise in version and in date"));
                }
            }
            for version in &prices.versions {
                let from_zero = version.tiers.first().is_some_and(|t| t.from_units == 0);
                let rising = version.tiers.windows(2).all(|t| t[0].from_units < t[1].from_units);
                if !from_zero || !rising || version.tiers.len() > 255 {
                    return wrong(format!("tiers of {api} must begin at 0 and rise"));
                }
                let priced = |t: &PriceTier| (0..=1_000_000 * 10_i64.pow(10)).contains(&t.unit_price.e10());
                if !version.tiers.iter().all(priced) {
                    return wrong(format!("a price of {api} is negative or above a million"));
                }
            }
        }
        for (index, listing) in self.listings.iter().enumerate() {
            let Listing { offer, on_sale_from, on_sale_until } = listing;
            if !self.apis.contains_key(&offer.api) {
                return wrong(format!("a package is offered for {}, which has no price", offer.api));
            }
            if offer.calls == 0 || offer.calls > 1_000_000_000_000 {
                return wrong(format!("a package of {} has 1 to 1000000000000 calls", offer.api));
            }
            if !(1..=MAX_VALIDITY_MONTHS).contains(&offer.validity_months) {
                return wrong(format!(
                    "a package of {} is valid for 1 to {MAX_VALIDITY_MONTHS} months",
                    offer.api
                ));
            }
            if offer.price < Money::ZERO || !offer.price.is_within_limit() {
                return wrong(format!("a package of {} has an impossible price", offer.api));
            }
            if on_sale_from.zip(*on_sale_until).is_some_and(|(from, until)| from >= until) {
                return wrong(format!(
                    "a package of {} goes off sale before it is on sale: on_sale_until must be later than \
                     on_sale_from",
                    offer.api
                ));
            }
            if self.listings[..index].iter().any(|other| other.is_beside(listing)) {
                return wrong(format!(
                    "{} has two packages of {} calls on sale at once: let on_sale_until of one be on_sale_from \
                     of the other",
                    offer.api, offer.calls
                ));
            }
        }
        Ok(self)
    }

    /// The price of an API in force at an instant; before the first version, the first.
    pub fn price(&self, api: &Name, at: Timestamp) -> Option<&PriceVersion> {
        self.apis.get(api)?.in_force(at)
    }

    /// The same, of APIs that are not sold any more too.
    pub fn list_price(&self, api: &Name, at: Timestamp) -> Option<&PriceVersion> {
        self.prices_ever(api)?.in_force(at)
    }

    /// A version by its number, of APIs that are not sold any more too.
    pub fn price_version(&self, api: &Name, version: u16) -> Option<&PriceVersion> {
        self.prices_ever(api)?.versions.iter().find(|v| v.version == version)
    }

    /// True if a version was in force at some instant from the first to the last. Before the first version's date
    /// that one is.
    pub fn was_in_force(&self, api: &Name, version: u16, first: Timestamp, last: Timestamp) -> bool {
        let Some(prices) = self.prices_ever(api) else { return false };
        let mut versions = prices.versions.iter().enumerate();
        let Some((at, found)) = versions.find(|(_, v)| v.version == version) else { return false };
        let next = prices.versions.get(at + 1);
        (at == 0 || found.effective_from <= last) && next.is_none_or(|next| next.effective_from > first)
    }

    fn prices_ever(&self, api: &Name) -> Option<&ApiPrices> {
        self.apis.get(api).or_else(|| self.retired.get(api))
    }

    /// The package of an API with the given number of calls that is on sale at an instant.
    pub fn offer(&self, api: &Name, calls: u64, at: Timestamp) -> Option<&Offer> {
        self.offers_of(api, at).find(|offer| offer.calls == calls)
    }

    /// The packages of an API that are on sale at an instant.
    pub fn offers_of<'c>(&'c self, api: &Name, at: Timestamp) -> impl Iterator<Item = &'c Offer> + Clone {
        let on_sale = move |listing: &&'c Listing| listing.is_on_sale(at);
        self.listings
            .iter()
            .filter(on_sale)
            .map(|listing| &listing.offer)
            .filter(move |offer| &offer.api == api)
    }

    /// True if the API can be called in the region.
    pub fn serves(&self, api: &Name, region: &Name) -> bool {
        self.apis.contains_key(api) && self.regions.contains(region)
    }
}

impl Listing {
    /// True if it can be bought at an instant.
    pub fn is_on_sale(&self, at: Timestamp) -> bool {
        self.on_sale_from.is_none_or(|from| from <= at) && self.on_sale_until.is_none_or(|until| at < until)
    }

    /// True if both are of the same API and size, and on sale at the same time.
    fn is_beside(&self, other: &Listing) -> bool {
        let is_same = self.offer.api == other.offer.api && self.offer.calls == other.offer.calls;
        let ends_before = |one: &Listing, other: &Listing| {
            one.on_sale_until.zip(other.on_sale_from).is_some_and(|(until, from)| until <= from)
        };
        is_same && !ends_before(self, other) && !ends_before(other, self)
    }
}

impl From<Offer> for Listing {
    /// On sale for ever.
    fn from(offer: Offer) -> Listing {
        Listing { offer, on_sale_from: None, on_sale_until: None }
    }
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CatalogError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(calls: u64, price: &str, from: Option<i64>, until: Option<i64>) -> Listing {
        let (api, price) = (Name::new("general-text").unwrap(), price.parse().unwrap());
        Listing {
            offer: Offer { api, calls, price, validity_months: 12 },
            on_sale_from: from.map(Timestamp::from_ms),
            on_sale_until: until.map(Timestamp::from_ms),
        }
    }

    fn selling(listings: Vec<Listing>) -> Result<Catalog, CatalogError> {
        let tiers = vec![PriceTier { from_units: 0, unit_price: "0.05".parse().unwrap() }];
        let versions = vec![PriceVersion { version: 1, effective_from: Timestamp::EPOCH, tiers }];
        let catalog = Catalog {
            currency: "CNY".into(),
            regions: vec![Name::new("north").unwrap()],
            apis: BTreeMap::from([(Name::new("general-text").unwrap(), ApiPrices { versions })]),
            listings,
            retired: BTreeMap::new(),
        };
        catalog.checked()
    }

    #[test]
    fn a_package_is_sold_in_its_time() {
        let api = Name::new("general-text").unwrap();
        let catalog = selling(vec![
            listing(10, "1", None, Some(100)),
            listing(10, "2", Some(100), Some(200)),
            listing(10, "3", Some(300), None),
            listing(20, "4", None, None),
        ]);
        let catalog = catalog.unwrap();
        let price = |at| {
            let offer = catalog.offer(&api, 10, Timestamp::from_ms(at));
            offer.map(|offer| offer.price.to_string())
        };
        for (at, expected) in [
            (0, Some("1.00")),
            (99, Some("1.00")),
            (100, Some("2.00")),
            (199, Some("2.00")),
            (200, None),
            (299, None),
            (300, Some("3.00")),
        ] {
            assert_eq!(price(at).as_deref(), expected, "{at}");
        }
        let sizes = |at| catalog.offers_of(&api, Timestamp::from_ms(at)).map(|o| o.calls).collect::<Vec<_>>();
        assert_eq!((sizes(250), sizes(300)), (vec![20], vec![10, 20]));
        assert_eq!(catalog.offers_of(&Name::new("other").unwrap(), Timestamp::EPOCH).count(), 0);
    }

    #[test]
    fn two_packages_of_a_size_are_not_sold_at_once() {
        for (one, other) in [
            ((None, None), (None, None)),
            ((None, Some(101)), (Some(100), None)),
            ((Some(100), None), (None, Some(101))),
            ((Some(100), None), (Some(200), None)),
            ((None, Some(200)), (Some(100), Some(150))),
        ] {
            let both = vec![listing(10, "1", one.0, one.1), listing(10, "2", other.0, other.1)];
            let refused = selling(both).unwrap_err().to_string();
            assert!(refused.contains("two packages of 10 calls on sale at once"), "{refused}");
        }
        let refused = selling(vec![listing(10, "1", Some(5), Some(5))]).unwrap_err().to_string();
        assert!(refused.contains("before it is on sale"), "{refused}");
    }

    #[test]
    fn a_version_is_in_force_from_its_date_until_the_next() {
        let api = Name::new("general-text").unwrap();
        let at = Timestamp::from_ms;
        let version = |version, from| PriceVersion { version, effective_from: at(from), tiers: Vec::new() };
        let prices = ApiPrices { versions: vec![version(1, 100), version(2, 200), version(3, 300)] };
        let sold = Catalog {
            currency: "CNY".into(),
            regions: Vec::new(),
            apis: BTreeMap::from([(api.clone(), prices.clone())]),
            listings: Vec::new(),
            retired: BTreeMap::new(),
        };
        let apis = BTreeMap::new();
        let retired = Catalog { apis, retired: BTreeMap::from([(api.clone(), prices)]), ..sold.clone() };
        for catalog in [sold, retired] {
            let was = |version, first, last| catalog.was_in_force(&api, version, at(first), at(last));
            // Before its date the first version is in force too.
            assert!(was(1, 0, 0) && was(1, 199, 199) && !was(1, 200, 500));
            assert!(!was(2, 0, 199) && was(2, 0, 200) && was(2, 299, 299) && !was(2, 300, 300));
            assert!(!was(3, 299, 299) && was(3, 300, 900) && !was(4, 0, 900));
            let listed = |ms| catalog.list_price(&api, at(ms)).map(|version| version.version);
            assert_eq!([0, 199, 200, 300].map(listed), [Some(1), Some(1), Some(2), Some(3)]);
            // What is not sold any more had a price, and has none.
            assert_eq!(catalog.price(&api, at(200)).is_some(), catalog.retired.is_empty());
        }
    }
}
