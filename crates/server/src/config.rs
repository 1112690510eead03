//! The configuration: one commented file whose defaults are part of the binary.

mod limits;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use charging::{
    ApiPrices, Catalog, Listing, Money, Name, Offer, Policies, Policy, PriceVersion, Tier, Timestamp,
};
use ledger::Rules;
use serde::Deserialize;

use crate::hosts::HostsConfig;
use crate::http::cors;
use crate::log::LogConfig;
use crate::notify::config::NotifyConfig;
use crate::payments::PaymentConfig;
use crate::telemetry::TelemetryConfig;
use crate::throttle::ThrottlingConfig;
use crate::tls::TlsConfig;

/// The defaults, with a comment on every line an operator may want to change.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// Everything that can be configured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How the server listens and stops.
    pub server: ServerConfig,
    /// How servers that share a database take turns.
    pub database: DatabaseConfig,
    /// How the log looks.
    pub log: LogConfig,
    /// Where traces go.
    pub telemetry: TelemetryConfig,
    /// The names this server is called by.
    pub hosts: HostsConfig,
    /// How often accounts may call.
    pub throttling: ThrottlingConfig,
    /// How pictures are read.
    pub ocr: OcrConfig,
    /// How callers prove who they are.
    pub auth: AuthConfig,
    /// What a new account gets.
    pub accounts: AccountsConfig,
    /// How notices are delivered.
    pub notify: NotifyConfig,
    /// What bills say.
    pub bills: BillsConfig,
    /// Who takes the customers' money.
    pub payment: PaymentConfig,
    catalog: CatalogConfig,
    #[serde(default)]
    policies: BTreeMap<Name, Policy>,
}

/// How servers that share a database take turns.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// How long a server that is gone keeps the others waiting, in seconds.
    pub lease_s: u64,
    /// In how many shards accounts are opened, where several nodes serve them.
    pub shards: u8,
}

impl DatabaseConfig {
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_s)
    }
}

/// How the server listens and stops.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Where to listen.
    pub listen: String,
    /// The largest request body, in bytes.
    pub body_limit_bytes: usize,
    /// How many connections at once; more wait in the system's queue.
    pub max_connections: usize,
    /// How many of them one address may have; of IPv6, one network of 64 bits.
    pub max_connections_per_address: usize,
    /// How many calls at once on a connection of HTTP/2.
    pub max_calls_per_connection: u32,
    /// Addresses of proxies, which may have as many as there are.
    pub proxies: Vec<IpAddr>,
    /// How long a client may take to send the head of a request, in seconds.
    pub header_timeout_s: u64,
    /// How long a client may take to send a body, in seconds.
    pub body_timeout_s: u64,
    /// How long a client may take none of what is written to it, in seconds.
    pub write_timeout_s: u64,
    /// In each stretch of so many seconds, at least `body_min_bytes_per_s` of a body must arrive on average.
    pub body_grace_s: u64,
    /// The slowest that a body may arrive, in bytes per second; 0 is no limit.
    pub body_min_bytes_per_s: usize,
    /// How much memory bodies may take together while they are read, in bytes; beyond it a call is answered ModelArts.4401.
    pub body_memory_bytes: usize,
    /// How much of it one address may have, in bytes; of IPv6, one network of 64 bits. Proxies may have all.
    pub body_memory_per_address_bytes: usize,
    /// How long a graceful shutdown waits, in seconds.
    pub shutdown_s: u64,
    /// Where the console is reached from outside; empty: messages do not say.
    pub public_url: String,
    /// Origins whose pages may call; `*` is all.
    pub cors_origins: Vec<String>,
    /// TLS.
    pub tls: TlsConfig,
}

impl ServerConfig {
    fn check_public_url(&self) -> Result<(), String> {
        let is_well = |url: url::Url| {
            matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
        };
        if self.public_url.is_empty() || url::Url::parse(&self.public_url).is_ok_and(is_well) {
            return Ok(());
        }
        let url = &self.public_url;
        Err(format!("server.public_url: {url:?} is no address; write one like https://ocr.example.com/"))
    }
}

/// How pictures are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OcrConfig {
    /// How many pictures at once; 0 means one per core.
    pub workers: usize,
    /// How many more may wait.
    pub queue: usize,
    /// Which engine.
    pub engine: EngineChoice,
    /// How long a call may wait for its picture to be fetched and read, in seconds.
    pub timeout_s: u64,
    /// How much memory decoded pictures may take together, in bytes; calls wait for it in the queue.
    pub picture_memory_bytes: u64,
    /// Whether a tiny model reads the lines it is sure of.
    pub tiny_model: bool,
    /// Where models are; empty means `DATA/models`.
    pub models_dir: PathBuf,
    /// How long rendering a page of a PDF may take, in seconds.
    pub decode_timeout_s: u64,
    /// How much memory that may take, in bytes.
    pub pdf_memory_bytes: u64,
    /// The program that renders pages of PDFs; the command line says that it is itself.
    #[serde(skip)]
    pub renderer: Option<PathBuf>,
    /// Pictures named by URL.
    pub url: UrlConfig,
}

/// Which engine reads pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineChoice {
    /// OpenVINO, or ONNX Runtime where that cannot be loaded.
    Auto,
    /// OpenVINO.
    OpenVino,
    /// ONNX Runtime.
    OnnxRuntime,
    /// None: every picture is an empty page.
    Blank,
}

/// Pictures named by URL.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlConfig {
    /// Whether `url` may be used at all.
    pub allowed: bool,
    /// Hosts that may be fetched from; empty means any public one.
    pub hosts: Vec<String>,
    /// The largest download, in bytes.
    pub limit_bytes: usize,
    /// The longest wait, in seconds.
    pub timeout_s: u64,
}

/// How callers prove who they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// How far `X-Sdk-Date` may be off, in minutes.
    pub max_skew_minutes: u32,
    /// How long a token is valid, in hours.
    pub token_hours: u32,
}

/// What a new account gets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountsConfig {
    /// Customer tier.
    pub tier: Tier,
    /// Arrears policy.
    pub policy: Name,
    /// Whether anybody may open an account at the console.
    pub sign_up: bool,
}

/// What bills say beside their figures.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillsConfig {
    /// Who issues them.
    pub issuer: String,
    /// How to pay; empty means that the customer is told to ask.
    pub how_to_pay: String,
}

impl BillsConfig {
    /// The most lines and letters there is room for on a page.
    const LINES: usize = 8;
    const LETTERS: usize = 800;

    fn check(&self) -> Result<(), String> {
        let issuer = self.issuer.chars().count();
        if issuer == 0 || issuer > 60 || self.issuer.chars().any(char::is_control) {
            return Err("bills.issuer: a name of 1 to 60 letters".into());
        }
        let (lines, letters) = (self.how_to_pay.lines().count(), self.how_to_pay.chars().count());
        if lines > Self::LINES || letters > Self::LETTERS {
            return Err(format!(
                "bills.how_to_pay: at most {} lines and {} letters have room on a bill",
                Self::LINES,
                Self::LETTERS
            ));
        }
        let missing = crate::bill::missing_glyphs(&format!("{}{}", self.issuer, self.how_to_pay));
        if missing.is_empty() {
            Ok(())
        } else {
            Err(format!(
                "bills: the font of the bills has no {missing:?}; it has Latin and the usual Chinese"
            ))
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogConfig {
    currency: String,
    regions: Vec<Name>,
    api: Vec<ApiConfig>,
    #[serde(default)]
    package: Vec<PackageConfig>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PackageConfig {
    api: Name,
    calls: u64,
    price: Money,
    validity_months: u16,
    #[serde(default)]
    on_sale_from: Option<Timestamp>,
    #[serde(default)]
    on_sale_until: Option<Timestamp>,
}

impl From<PackageConfig> for Listing {
    fn from(package: PackageConfig) -> Listing {
        let PackageConfig { api, calls, price, validity_months, on_sale_from, on_sale_until } = package;
        Listing { offer: Offer { api, calls, price, validity_months }, on_sale_from, on_sale_until }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiConfig {
    name: Name,
    price: Vec<PriceVersion>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {detail}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong where.
        detail: String,
    },
}

impl Config {
    /// Reads the file, writing the defaults there first if it does not exist.
    ///
    /// # Errors
    /// The file cannot be read, or says something that makes no sense.
    pub fn load_or_create(path: &Path) -> Result<Config, ConfigError> {
        let file = |source| ConfigError::File { path: path.into(), source };
        if !path.exists() {
            std::fs::write(path, DEFAULTS).map_err(file)?;
        }
        Config::load(path)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// The file cannot be read, or says something that makes no sense.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let file = |source| ConfigError::File { path: path.into(), source };
        let text = std::fs::read_to_string(path).map_err(file)?;
        Config::parse(&text).map_err(|detail| ConfigError::Content { path: path.into(), detail })
    }

    /// Reads configuration text. What it does not say is as in [`DEFAULTS`], so that a file of an earlier version
    /// goes on working.
    ///
    /// # Errors
    /// What is wrong, in words an operator can act on.
    pub fn parse(text: &str) -> Result<Config, String> {
        let own: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut whole: toml::Table = toml::from_str(DEFAULTS).map_err(|error| error.to_string())?;
        lay_over(&mut whole, own);
        let config: Config = whole.try_into().map_err(|error: toml::de::Error| error.to_string())?;
        limits::check(&config)?;
        config.server.tls.check()?;
        cors::check(&config.server.cors_origins)?;
        config.server.check_public_url()?;
        config.telemetry.check()?;
        config.throttling.check()?;
        config.bills.check()?;
        let rules = config.rules()?;
        if rules.policies.get(config.accounts.policy.as_str()).is_none() {
            return Err(format!("accounts.policy: there is no policy {}", config.accounts.policy));
        }
        config.hosts.hosts(&rules.catalog.regions)?;
        config.notify.check()?;
        config.payment.check()?;
        Ok(config)
    }

    /// The price list and the policies.
    ///
    /// # Errors
    /// A catalog or policy that makes no sense.
    pub fn rules(&self) -> Result<Rules, String> {
        let catalog = self.catalog.clone();
        let mut apis = BTreeMap::new();
        for api in catalog.api {
            if apis.insert(api.name.clone(), ApiPrices { versions: api.price }).is_some() {
                return Err(format!("catalog.api: {} is there twice", api.name));
            }
        }
        let catalog = Catalog {
            currency: catalog.currency,
            regions: catalog.regions,
            apis,
            listings: catalog.package.into_iter().map(Listing::from).collect(),
            retired: BTreeMap::new(),
        };
        let catalog = catalog.checked().map_err(|error| format!("catalog: {error}"))?;
        let own = Policies::new(self.policies.clone()).map_err(|error| format!("policies: {error}"))?;
        Ok(Rules { catalog, policies: Policies::presets().with(own) })
    }
}

/// Lays one table over another: tables key by key, everything else whole.
fn lay_over(under: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => lay_over(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_published_catalog() {
        let rules = Config::parse(DEFAULTS).unwrap().rules().unwrap();
        let general_text = Name::new("general-text").unwrap();
        let of_it = rules.catalog.listings.iter().filter(|listing| listing.offer.api == general_text);
        let sizes: Vec<(u64, String)> = of_it.map(|o| (o.offer.calls, o.offer.price.to_string())).collect();
        let expected = [(1_000, "40.00"), (10_000, "350.00"), (100_000, "3000.00")];
        assert_eq!(sizes, expected.map(|(calls, price)| (calls, price.to_owned())));
        assert_eq!(rules.catalog.apis[&general_text].versions[0].tiers[0].unit_price.to_string(), "0.05");
        assert_eq!(rules.catalog.regions.len(), 6);
    }

    #[test]
    fn what_is_not_said_is_the_default() {
        let config = Config::parse("[server]\nshutdown_s = 5\n[ocr.url]\nallowed = true").unwrap();
        assert_eq!((config.server.shutdown_s, config.server.max_connections), (5, 4096));
        assert!(config.ocr.url.allowed && config.ocr.url.limit_bytes > 0);
        let one_region = Config::parse("[catalog]\nregions = [\"here\"]").unwrap().rules().unwrap();
        assert_eq!(one_region.catalog.regions.len(), 1);
        let sold = Config::parse("").unwrap().rules().unwrap().catalog.listings.len();
        assert_eq!(one_region.catalog.listings.len(), sold);
    }

    #[test]
    fn mistakes_are_named() {
        for (from, to, named) in [
            ("policy = \"intl\"", "policy = \"mars\"", "mars"),
            ("price = \"40\"", "price = \"-40\"", "impossible price"),
            ("calls = 10000\n", "calls = 1000\n", "two packages"),
            ("format = \"text\"", "format = \"xml\"", "xml"),
            ("calls = 10000\n", "calls = 10000\non_sale = true\n", "on_sale"),
            ("calls = 10000\n", "calls = 10000\non_sale_from = \"soon\"\n", "on_sale_from"),
            ("queue = 64", "queue = 64\nspeed = 1", "speed"),
            ("queue = 64", "queue = 9223372036854775807", "ocr.queue"),
            ("max_connections = 4096", "max_connections = 0", "server.max_connections"),
            ("\"cn-north-1\", ", "\"cn-north-4\", ", "cn-north-4 is there twice"),
            ("validity_months = 12", "validity_months = 1201", "1 to 1200 months"),
            ("how_to_pay = \"\"", "how_to_pay = \"\u{1f600}\"", "font"),
            ("cors_origins = []", "cors_origins = [\"example.com\"]", "no origin"),
            ("public_url = \"\"", "public_url = \"ocr.example.com\"", "server.public_url"),
            ("public_url = \"\"", "public_url = \"mailto:ops@example.com\"", "server.public_url"),
            ("public_url = \"\"", "public_url = \"https://ops:secret@example.com/\"", "server.public_url"),
            ("\n[hosts]\niam = []", "\n[hosts]\niam = [\"a:b\"]", "is no host"),
            (
                "listen = \"\"\ncertificate_file",
                "listen = \"127.0.0.1:0\"\ncertificate_file",
                "server.tls.certificate_file",
            ),
            ("\n[ocr]\n", "\n[throttling.apis.general-text]\nper_minute = 1000001\n[ocr]\n", "general-text"),
            ("issuer = \"Inkmeter\"", "issuer = \"\"", "issuer"),
            ("unit_price = \"0.05\"", "unit_price = \"0.00000000001\"", "decimals"),
        ] {
            assert!(DEFAULTS.contains(from), "{from}");
            let error = Config::parse(&DEFAULTS.replace(from, to)).unwrap_err();
            assert!(error.contains(named), "{named}: {error}");
        }
    }
}
