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
    /// Packages on offer.
    pub offers: Vec<Offer>,
    /// Prices of APIs that are not sold any more. Charges of the past name their versions; nothing else looks here.
    pub retired: BTreeMap<Name, ApiPrices>,
}

/// The pay-per-use price of one API over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiPrices {
    /// Versions, oldest first.
    pub versions: Vec<PriceVersion>,
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
        for offer in &self.offers {
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
            let same = |o: &&Offer| o.api == offer.api && o.calls == offer.calls;
            if self.offers.iter().filter(same).count() > 1 {
                return wrong(format!("{} has two packages of {} calls", offer.api, offer.calls));
            }
        }
        Ok(self)
    }

    /// The price of an API in force at an instant; before the first version, the first.
    pub fn price(&self, api: &Name, at: Timestamp) -> Option<&PriceVersion> {
        let versions = &self.apis.get(api)?.versions;
        let in_force = versions.iter().rev().find(|v| v.effective_from <= at);
        in_force.or(versions.first())
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

    /// The package of an API with the given number of calls.
    pub fn offer(&self, api: &Name, calls: u64) -> Option<&Offer> {
        self.offers.iter().find(|o| &o.api == api && o.calls == calls)
    }

    /// True if the API can be called in the region.
    pub fn serves(&self, api: &Name, region: &Name) -> bool {
        self.apis.contains_key(api) && self.regions.contains(region)
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
            offers: Vec::new(),
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
        }
    }
}
