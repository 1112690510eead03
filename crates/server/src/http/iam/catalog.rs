//! The catalog of a token: the endpoints that this server is called by, as far as they are listed in `[hosts]`.
//!
//! A listed host has no scheme and no port, for whoever stands in front decides them; like the published endpoints they
//! are told with https and the port that goes with it. A token for a project is told its own region's.

use ledger::directory::ProjectRow;
use wire::iam::{CatalogEndpoint, CatalogService};

use crate::auth::secrets::token_hash;
use crate::hosts::HostsConfig;

/// Where services are that are in every region.
const ANYWHERE: &str = "*";

/// The services that have an endpoint of their own.
pub(super) fn catalog(hosts: &HostsConfig, project: Option<&ProjectRow>) -> Vec<CatalogService> {
    let anywhere = |hosts: &[String], path: &str| -> Vec<CatalogEndpoint> {
        hosts.iter().map(|host| endpoint(ANYWHERE, format!("https://{host}{path}"))).collect()
    };
    let of_regions = hosts
        .regions
        .iter()
        .filter(|(region, _)| project.is_none_or(|project| project.region == region.as_str()));
    let ocr = of_regions.flat_map(|(region, hosts)| {
        let path = project.map_or_else(|| "/v2".to_owned(), |project| format!("/v2/{}", project.project_id));
        hosts.iter().map(move |host| endpoint(region.as_str(), format!("https://{host}{path}")))
    });
    let services = [
        ("iam", anywhere(&hosts.iam, "/v3")),
        ("bss", anywhere(&hosts.billing, "/v2")),
        ("ocr", ocr.collect()),
    ];
    let service = |(name, endpoints): (&'static str, Vec<CatalogEndpoint>)| CatalogService {
        id: id_of(name),
        name,
        kind: name,
        endpoints,
    };
    services.into_iter().filter(|(_, endpoints)| !endpoints.is_empty()).map(service).collect()
}

fn endpoint(region: &str, url: String) -> CatalogEndpoint {
    let (region, region_id) = (region.to_owned(), region.to_owned());
    CatalogEndpoint { id: id_of(&url), interface: "public", region, region_id, url }
}

/// An id that is the same for ever.
fn id_of(text: &str) -> String {
    token_hash(text)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use charging::Name;

    use super::*;

    #[test]
    fn a_catalog_has_what_is_listed() {
        assert!(catalog(&HostsConfig::default(), None).is_empty());
        let region = |name: &str, host: &str| (Name::new(name).unwrap(), vec![host.to_owned()]);
        let hosts = HostsConfig {
            iam: vec!["iam.test".into(), "id.test".into()],
            billing: Vec::new(),
            regions: BTreeMap::from([region("north", "ocr.north.test"), region("south", "ocr.south.test")]),
        };
        let urls = |project: Option<&ProjectRow>| -> Vec<(&'static str, String, String)> {
            let of = |service: CatalogService| {
                service
                    .endpoints
                    .into_iter()
                    .map(move |e| (service.kind, e.region, e.url))
                    .collect::<Vec<_>>()
            };
            catalog(&hosts, project).into_iter().flat_map(of).collect()
        };
        let row = |kind, region: &str, url: &str| (kind, region.to_owned(), url.to_owned());
        let iam = [row("iam", "*", "https://iam.test/v3"), row("iam", "*", "https://id.test/v3")];
        let ocr = [
            row("ocr", "north", "https://ocr.north.test/v2"),
            row("ocr", "south", "https://ocr.south.test/v2"),
        ];
        assert_eq!(urls(None), [&iam[..], &ocr].concat());
        let project = ProjectRow { project_id: "p".into(), account_id: "a".into(), region: "south".into() };
        let ocr = [row("ocr", "south", "https://ocr.south.test/v2/p")];
        assert_eq!(urls(Some(&project)), [&iam[..], &ocr].concat());
    }
}
