//! The rulebook: the prices and policies that were ever in force, kept beside the journal.
//!
//! An operator edits the configuration, and the past must not change with it: a charge names the version of its
//! price, and an hour was settled by the delay of its policy at the time. So each start compares the configuration
//! with what was in force before. A price that was in force cannot be edited, only followed by another version, whose
//! date is later than anything in the books; and the price that is charged is always one of the configuration.
//! What is gone from the configuration stays in the rulebook, to judge the past by. [`crate::verify`] judges a history
//! by the rulebook it was made under.

mod error;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use charging::{ApiPrices, Name, Policies, Policy, PriceVersion, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Rules;
pub use error::RulebookError;
use error::told;

/// The file's name in the data folder.
pub const FILE_NAME: &str = "rules.json";

/// What was ever in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rulebook {
    /// What all amounts of the books are in; not known of books that are empty.
    currency: Option<String>,
    prices: BTreeMap<Name, Vec<PriceVersion>>,
    policies: BTreeMap<Name, Policy>,
}

impl Rulebook {
    /// Reads the rulebook of a data folder, if there is one.
    ///
    /// # Errors
    /// The file cannot be read, or is none.
    pub fn open(path: &Path) -> Result<Option<Rulebook>, RulebookError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(RulebookError::File { path: path.into(), source }),
        };
        let book = serde_json::from_str(&text);
        book.map(Some)
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
            std::fs::rename(&unfinished, path)?;
            // Books without it are refused, so its name must be as durable as they are.
            path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
        };
        write().map_err(|source| RulebookError::File { path: path.into(), source })
    }

    /// Takes the rules of a configuration in, and gives the rules to decide by: those of the configuration, and
    /// beside them what it does not name any more, to judge the past by. `books` is the latest instant of the books;
    /// without any nothing was ever in force, whatever an earlier start expected.
    ///
    /// # Errors
    /// [`RulebookError`]: the configuration would change the past, or leaves out the price that is in force `now`.
    pub fn admit(
        &mut self,
        rules: Rules,
        books: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Rules, RulebookError> {
        let latest = match books {
            Some(latest) => latest,
            None => {
                *self = Rulebook::default();
                Timestamp::EPOCH
            }
        };
        let currency = &rules.catalog.currency;
        if let Some(before) = self.currency.replace(currency.clone()).filter(|before| before != currency) {
            return Err(RulebookError::CurrencyChanged { before, now: currency.clone() });
        }
        for (api, prices) in &rules.catalog.apis {
            self.admit_prices(api, &prices.versions, latest)?;
            self.check_charged(api, &prices.versions, now)?;
        }
        for name in rules.policies.names() {
            let Some(policy) = rules.policies.get(name.as_str()) else { continue };
            let policy = match self.policies.get(name) {
                Some(before) => policy.clone().following(before, latest),
                None => policy.clone(),
            };
            self.policies.insert(name.clone(), policy);
        }
        self.with_past(rules)
    }

    /// The rules with everything that was ever in force. What the rules do not name is retired: it judges the past.
    ///
    /// # Errors
    /// [`RulebookError::Together`].
    pub fn with_past(&self, mut rules: Rules) -> Result<Rules, RulebookError> {
        for (api, versions) in &self.prices {
            let is_sold = rules.catalog.apis.contains_key(api);
            let among = if is_sold { &mut rules.catalog.apis } else { &mut rules.catalog.retired };
            among.insert(api.clone(), ApiPrices { versions: versions.clone() });
        }
        let together = |error: &dyn std::fmt::Display| RulebookError::Together(error.to_string());
        let catalog = rules.catalog.checked().map_err(|error| together(&error))?;
        let past = Policies::new(self.policies.clone()).map_err(|error| together(&error))?;
        Ok(Rules { catalog, policies: rules.policies.with_past(past) })
    }

    fn admit_prices(
        &mut self,
        api: &Name,
        versions: &[PriceVersion],
        latest: Timestamp,
    ) -> Result<(), RulebookError> {
        let known = self.prices.entry(api.clone()).or_default();
        let is_new = known.is_empty();
        // Before its first version's date that version is in force too.
        let first = known.iter().map(|version| version.version).min();
        // What nothing can have been charged by may still be changed or withdrawn.
        known.retain(|version| version.effective_from <= latest || Some(version.version) == first);
        for version in versions {
            let (api, number) = (api.clone(), version.version);
            match known.iter().find(|known| known.version == number) {
                Some(same) if same == version => {}
                Some(other) => {
                    return Err(RulebookError::PriceEdited { api, version: number, was: told(other) });
                }
                None if !is_new && version.effective_from <= latest => {
                    let from = version.effective_from;
                    return Err(RulebookError::PriceBackdated { api, version: number, from, latest });
                }
                None => known.push(version.clone()),
            }
        }
        known.sort_by_key(|version| version.version);
        Ok(())
    }

    /// Checks that from now on every call is charged by a price of the configuration: a version that is not in it has
    /// been followed by another.
    fn check_charged(
        &self,
        api: &Name,
        versions: &[PriceVersion],
        now: Timestamp,
    ) -> Result<(), RulebookError> {
        let known = self.prices.get(api).map_or(&[][..], Vec::as_slice);
        for (at, version) in known.iter().enumerate() {
            let is_over = known.get(at + 1).is_some_and(|next| next.effective_from <= now);
            if !is_over && !versions.contains(version) {
                let (api, number) = (api.clone(), version.version);
                return Err(RulebookError::PriceRemoved { api, version: number, was: told(version) });
            }
        }
        Ok(())
    }
}
