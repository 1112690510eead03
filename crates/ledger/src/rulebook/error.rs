//! Why a configuration does not fit the past.

use std::io;
use std::path::PathBuf;

use charging::{Name, PriceVersion, Timestamp, Zone};

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
    /// The price that is charged is in the configuration no more.
    #[error(
        "version {version} of the price of {api} is in force ({was}), and is not in the configuration any more. Put it \
         back, and add a version with a later date"
    )]
    PriceRemoved {
        /// The API.
        api: Name,
        /// The version.
        version: u16,
        /// Its tiers and date.
        was: String,
    },
    /// A new price would have been in force already when something was charged.
    #[error(
        "version {version} of the price of {api} is new, and would be in force from {}, but the books go to \
         {} and are by the versions before. Give it a later date",
        .from.in_zone(Zone::BEIJING),
        .latest.in_zone(Zone::BEIJING)
    )]
    PriceBackdated {
        /// The API.
        api: Name,
        /// The version.
        version: u16,
        /// Its date.
        from: Timestamp,
        /// The latest instant of the books.
        latest: Timestamp,
    },
    /// The amounts of the books would be in another currency.
    #[error(
        "the books are in {before}, and the configuration says {now}: catalog.currency cannot change. Put it back"
    )]
    CurrencyChanged {
        /// The currency of the books.
        before: String,
        /// That of the configuration.
        now: String,
    },
    /// What is in force together with the past makes no price list.
    #[error("together with the prices that were in force before, {0}")]
    Together(String),
}

/// A version as a message tells it.
pub(super) fn told(version: &PriceVersion) -> String {
    let price = |tier: &charging::PriceTier| format!("{} from {}", tier.unit_price, tier.from_units);
    let tiers: Vec<String> = version.tiers.iter().map(price).collect();
    format!("{}, effective from {}", tiers.join(", "), version.effective_from.in_zone(Zone::BEIJING))
}
