//! The rulebook: the prices and policies that were ever in force, kept beside the journal.
//!
//! An operator edits the configuration, and the past must not change with it: a charge names the version of its
//! price, and an hour was settled by the delay of its policy at the time. So each start compares the configuration
//! with what was in force before. A price that was in force cannot be edited, only followed by another version; what
//! is gone from the configuration stays in the rulebook. [`crate::verify`] judges a history by the rulebook it was
//! made under.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use charging::{ApiPrices, Name, Policies, Policy, PriceVersion, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Rules;

/// The file's name in the data folder.
pub const FILE_NAME: &str = "rules.json";

/// What was ever in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rulebook {
    prices: BTreeMap<Name, Vec<PriceVersion>>,
    policies: BTreeMap<Name, Policy>,
}

/// Why a rulebook cannot be used, or a configuration not with it.
#[derive(Debug, thiserror::Error)]
pub enum RulebookError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {detail}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// A price that was in force was edited.
    #[error(
        "version {version} of the price of {api} was edited, and calls may have been charged by it as it was ({was}). \
         Put it back, and add a version with a later date"
    )]
    PriceEdited {
        /// The API.
        api: Name,
        /// The version.
        version: u16,
        /// Its tiers and date as they were.
        was: String,
    },
    /// What is in force together with the past makes no price list.
    #[error("together with the prices that were in force before, {0}")]
    Together(String),
}

impl Rulebook {
    /// Reads the rulebook of a data folder; an empty one if there is none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open(path: &Path) -> Result<Rulebook, RulebookError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Rulebook::default()),
            Err(source) => return Err(RulebookError::File { path: path.into(), source }),
        };
        serde_json::from_str(&text)
            .map_err(|error| RulebookError::Content { path: path.into(), detail: error.to_string() })
    }

    /// Writes the rulebook. Under its name it is whole.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(&self, path: &Path) -> Result<(), RulebookError> {
        let write = || {
            let unfinished = path.with_added_extension("unfinished");
            std::fs::write(&unfinished, serde_json::to_string_pretty(self)?)?;
            std::fs::File::open(&unfinished)?.sync_all()?;
            std::fs::rename(&unfinished, path)
        };
        write().map_err(|source| RulebookError::File { path: path.into(), source })
    }

    /// Takes the rules of a configuration in, and gives the rules to decide by: those of the configuration, and
    /// beside them what it does not name any more. `now` tells which prices have been in force.
    ///
    /// # Errors
    /// [`RulebookError::PriceEdited`].
    pub fn admit(&mut self, rules: Rules, now: Timestamp) -> Result<Rules, RulebookError> {
        for (api, prices) in &rules.catalog.apis {
            self.admit_prices(api, &prices.versions, now)?;
        }
        for name in rules.policies.names() {
            let Some(policy) = rules.policies.get(name.as_str()) else { continue };
            let policy = match self.policies.get(name) {
                Some(before) => policy.clone().following(before),
                None => policy.clone(),
            };
            self.policies.insert(name.clone(), policy);
        }
        self.with_past(rules)
    }

    /// The rules with everything that was ever in force.
    ///
    /// # Errors
    /// [`RulebookError::Together`].
    pub fn with_past(&self, mut rules: Rules) -> Result<Rules, RulebookError> {
        for (api, versions) in &self.prices {
            rules.catalog.apis.insert(api.clone(), ApiPrices { versions: versions.clone() });
        }
        let together = |error: &dyn std::fmt::Display| RulebookError::Together(error.to_string());
        let catalog = rules.catalog.checked().map_err(|error| together(&error))?;
        let past = Policies::new(self.policies.clone()).map_err(|error| together(&error))?;
        Ok(Rules { catalog, policies: rules.policies.with(past) })
    }

    fn admit_prices(
        &mut self,
        api: &Name,
        versions: &[PriceVersion],
        now: Timestamp,
    ) -> Result<(), RulebookError> {
        let known = self.prices.entry(api.clone()).or_default();
        // Before its first version's date that version is in force too.
        let first = known.iter().map(|version| version.version).min();
        // What has not been in force yet may still be changed or withdrawn.
        known.retain(|version| version.effective_from <= now || Some(version.version) == first);
        for version in versions {
            match known.iter().find(|known| known.version == version.version) {
                Some(same) if same == version => {}
                Some(other) => {
                    let price =
                        |tier: &charging::PriceTier| format!("{} from {}", tier.unit_price, tier.from_units);
                    let tiers: Vec<String> = other.tiers.iter().map(price).collect();
                    let was = format!("{}, effective from {:?}", tiers.join(", "), other.effective_from);
                    return Err(RulebookError::PriceEdited {
                        api: api.clone(),
                        version: version.version,
                        was,
                    });
                }
                None => known.push(version.clone()),
            }
        }
        known.sort_by_key(|version| version.version);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charging::{Catalog, PriceTier, Tier};

    /// In 2023.
    fn now() -> Timestamp {
        Timestamp::from_ms(1_700_000_000_000)
    }

    fn version(version: u16, from: Timestamp, price: &str) -> PriceVersion {
        let tiers = vec![PriceTier { from_units: 0, unit_price: price.parse().unwrap() }];
        PriceVersion { version, effective_from: from, tiers }
    }

    fn rules(versions: Vec<PriceVersion>, delay_minutes: u16) -> Rules {
        let api = Name::new("general-text").unwrap();
        let catalog = Catalog {
            currency: "CNY".into(),
            regions: vec![Name::new("here").unwrap()],
            apis: BTreeMap::from([(api, ApiPrices { versions })]),
            offers: Vec::new(),
        };
        let mut intl = Policies::presets().get("intl").unwrap().clone();
        intl.settlement_delay_minutes = delay_minutes;
        let own = Policies::new(BTreeMap::from([(Name::new("intl").unwrap(), intl)])).unwrap();
        Rules { catalog: catalog.checked().unwrap(), policies: Policies::presets().with(own) }
    }

    #[test]
    fn a_price_in_force_cannot_be_edited_and_a_coming_one_can() {
        let later = now().plus_days(10);
        let (old, coming) = (version(1, Timestamp::EPOCH, "0.05"), version(2, later, "0.06"));
        let mut book = Rulebook::default();
        book.admit(rules(vec![old.clone(), coming.clone()], 0), now()).unwrap();
        let edited = book.admit(rules(vec![version(1, Timestamp::EPOCH, "0.07")], 0), now());
        assert!(matches!(edited, Err(RulebookError::PriceEdited { version: 1, .. })));
        let changed = version(2, later, "0.08");
        let admitted = book.admit(rules(vec![old.clone(), changed.clone()], 0), now()).unwrap();
        let versions = &admitted.catalog.apis.values().next().unwrap().versions;
        assert_eq!(versions, &vec![old.clone(), changed.clone()]);
        let edited = book.admit(rules(vec![old.clone(), coming], 0), later);
        assert!(matches!(edited, Err(RulebookError::PriceEdited { version: 2, .. })));
        // What was in force is not forgotten with the configuration.
        let next = version(3, later.plus_days(1), "0.09");
        let admitted = book.admit(rules(vec![next.clone()], 0), later).unwrap();
        assert_eq!(admitted.catalog.apis.values().next().unwrap().versions, vec![old, changed, next]);
    }

    #[test]
    fn a_policy_remembers_how_it_settled() {
        let versions = || vec![version(1, Timestamp::EPOCH, "0.05")];
        let mut book = Rulebook::default();
        for delay in [7, 9, 7] {
            book.admit(rules(versions(), delay), now()).unwrap();
        }
        let admitted = book.with_past(rules(versions(), 7)).unwrap();
        let delays: Vec<u16> = admitted.policies.get("intl").unwrap().settlement_delays_minutes().collect();
        assert_eq!(delays, [7, 9]);
        assert_eq!(admitted.policies.get("cn").unwrap().terms(Tier::V5).grace_days, 7);
    }

    #[test]
    fn it_is_kept_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        assert_eq!(Rulebook::open(&path).unwrap(), Rulebook::default());
        let mut book = Rulebook::default();
        book.admit(rules(vec![version(1, Timestamp::EPOCH, "0.05")], 7), now()).unwrap();
        book.keep(&path).unwrap();
        assert_eq!(Rulebook::open(&path).unwrap(), book);
        std::fs::write(&path, "{").unwrap();
        assert!(matches!(Rulebook::open(&path), Err(RulebookError::Content { .. })));
    }
}
