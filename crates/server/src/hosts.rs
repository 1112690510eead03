//! The names this server is called by: endpoints of regions, of IAM and of the Billing Center.
//!
//! Huawei has an endpoint for each region and service, and a call finds only what its endpoint serves. A host that is
//! listed is such an endpoint; one that is not serves everything, as a server with a single name does.

use std::collections::{BTreeMap, HashMap};

use axum::http::{HeaderMap, Uri, header};
use charging::Name;
use serde::Deserialize;
use wire::error::{self, ErrorCode};

/// Which hosts serve what.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostsConfig {
    /// The hosts of IAM.
    pub iam: Vec<String>,
    /// The hosts of the Billing Center.
    pub billing: Vec<String>,
    /// The hosts of OCR, by region.
    #[serde(default)]
    pub regions: BTreeMap<Name, Vec<String>>,
}

/// What a host serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// OCR in a region.
    Region(Name),
    /// IAM.
    Iam,
    /// The Billing Center.
    Billing,
}

/// Which of the services a published path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Ocr,
    Iam,
    Billing,
}

/// All hosts that are listed.
#[derive(Debug, Default)]
pub struct Hosts(HashMap<String, Endpoint>);

impl HostsConfig {
    /// Makes the list.
    ///
    /// # Errors
    /// What is no host, or is there twice, or the region there is not.
    pub fn hosts(&self, regions: &[Name]) -> Result<Hosts, String> {
        if let Some(region) = self.regions.keys().find(|region| !regions.contains(region)) {
            return Err(format!("hosts.regions: there is no region {region} in catalog.regions"));
        }
        let of_regions = self
            .regions
            .iter()
            .flat_map(|(region, hosts)| hosts.iter().map(|host| (host, Endpoint::Region(region.clone()))));
        let iam = self.iam.iter().map(|host| (host, Endpoint::Iam));
        let billing = self.billing.iter().map(|host| (host, Endpoint::Billing));
        let mut hosts = HashMap::new();
        for (host, endpoint) in of_regions.chain(iam).chain(billing) {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            if host.is_empty() || host.len() > 253 || !host.bytes().all(is_plain) {
                return Err(format!("hosts: {host:?} is no host; it has no scheme and no port"));
            }
            if hosts.insert(canonical(host), endpoint).is_some() {
                return Err(format!("hosts: {host} is there twice"));
            }
        }
        Ok(Hosts(hosts))
    }
}

impl Hosts {
    /// What the host of a request serves; `None` is everything.
    pub fn endpoint(&self, uri: &Uri, headers: &HeaderMap) -> Option<&Endpoint> {
        if self.0.is_empty() {
            return None;
        }
        let host = match uri.host() {
            Some(host) => host,
            None => host_of(headers.get(header::HOST)?.to_str().ok()?),
        };
        self.0.get(&canonical(host))
    }
}

impl Endpoint {
    /// What is answered for a path that is not here ("Error Codes": IAM's gateway has a code of its own).
    pub fn nothing_here(&self) -> ErrorCode {
        match self {
            Endpoint::Iam => error::NOT_AT_IAM,
            Endpoint::Region(_) | Endpoint::Billing => error::NO_SUCH_API,
        }
    }

    /// Whether a path may be found here. What Huawei does not publish (`/v1`, the console, health) is found everywhere.
    pub fn has(&self, path: &str) -> bool {
        match (self, Service::of(path)) {
            (_, None) => true,
            (Endpoint::Region(_), Some(service)) => service == Service::Ocr,
            (Endpoint::Iam, Some(service)) => service == Service::Iam,
            (Endpoint::Billing, Some(service)) => service == Service::Billing,
        }
    }
}

impl Service {
    fn of(path: &str) -> Option<Service> {
        let mut segments = path.split('/').skip(1);
        match (segments.next()?, segments.next(), segments.next()) {
            ("v2", _, Some("ocr")) => Some(Service::Ocr),
            ("v3", Some("payments"), _) | ("v2" | "v4", ..) => Some(Service::Billing),
            ("v3" | "v3.0" | "v5", ..) => Some(Service::Iam),
            _ => None,
        }
    }
}

/// A host without its port.
fn host_of(text: &str) -> &str {
    match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => text,
    }
}

/// Names are the same in any case, and with the dot of the root at their end.
fn canonical(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn config(region: &str, host: &str) -> HostsConfig {
        HostsConfig {
            iam: vec!["iam.example.com".into()],
            billing: vec!["bss.example.com".into()],
            regions: BTreeMap::from([(name(region), vec![host.to_owned()])]),
        }
    }

    #[test]
    fn a_host_is_found_however_it_is_written() {
        let hosts = config("north", "OCR.north.example.com").hosts(&[name("north")]).unwrap();
        let of = |uri: &str, host: &str| {
            let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
            hosts.endpoint(&uri.parse().unwrap(), &headers).cloned()
        };
        let north = Some(Endpoint::Region(name("north")));
        for host in ["ocr.north.example.com", "Ocr.North.Example.Com:8443", "ocr.north.example.com."] {
            assert_eq!(of("/", host), north, "{host}");
        }
        // The target of a request goes before the header.
        assert_eq!(of("http://ocr.north.example.com:80/", "iam.example.com"), north);
        assert_eq!(of("/", "iam.example.com"), Some(Endpoint::Iam));
        for host in ["127.0.0.1:8080", "[::1]:8080", "north.example.com", "x:ocr.north.example.com"] {
            assert_eq!(of("/", host), None, "{host}");
        }
    }

    #[test]
    fn an_endpoint_has_its_own_paths_and_those_nobody_publishes() {
        let ocr = "/v2/0123/ocr/general-text";
        let (iam, region) = (Endpoint::Iam, Endpoint::Region(name("north")));
        let table = [
            (ocr, [true, false, false]),
            ("/v3/auth/tokens", [false, true, false]),
            ("/v3.0/OS-CREDENTIAL/credentials", [false, true, false]),
            ("/v5/caller-identity", [false, true, false]),
            ("/v2/accounts/customer-accounts/balances", [false, false, true]),
            ("/v3/payments/free-resources/query", [false, false, true]),
            ("/v4/costs/cost-analysed-bills/query", [false, false, true]),
            ("/v1/account", [true; 3]),
            ("/console/", [true; 3]),
            ("/healthz", [true; 3]),
        ];
        for (path, expected) in table {
            let found = [&region, &iam, &Endpoint::Billing].map(|endpoint| endpoint.has(path));
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let regions = [name("north")];
        for (config, named) in [
            (config("south", "a.example.com"), "no region south"),
            (config("north", "https://a.example.com"), "is no host"),
            (config("north", "a.example.com:80"), "is no host"),
            (config("north", "IAM.example.com"), "there twice"),
        ] {
            let said = config.hosts(&regions).unwrap_err();
            assert!(said.contains(named), "{named}: {said}");
        }
    }
}
