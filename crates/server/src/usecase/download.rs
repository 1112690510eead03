//! Fetching a picture by URL without becoming a way into the inside network.
//!
//! Off unless configured. Only http and https on their own ports; the name is resolved once, every address it
//! has must be public, and the connection goes to an address that was checked; redirects are not followed;
//! size and time are bounded.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::Url;
use wire::error;

use crate::config::UrlConfig;
use crate::http::error::Failure;

/// Fetches a picture.
///
/// # Errors
/// ModelArts.4601 for a URL that is not allowed, ModelArts.4603 for one that gives no picture.
pub async fn picture(config: &UrlConfig, url: &str) -> Result<Vec<u8>, Failure> {
    let not_allowed = |detail: &str| Failure::of(error::URL_NOT_ALLOWED).because(detail);
    let failed = |_| Failure::of(error::URL_FAILED);
    if !config.allowed {
        return Err(not_allowed("this server does not fetch pictures by URL; send the image itself"));
    }
    let url = Url::parse(url).map_err(|_| not_allowed("not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.port().is_some() || !url.username().is_empty() {
        return Err(not_allowed("only plain http and https URLs"));
    }
    let host = url.host_str().ok_or_else(|| not_allowed("no host"))?.to_ascii_lowercase();
    if !config.hosts.is_empty() && !config.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(&host)) {
        return Err(not_allowed("not one of the hosts this server may fetch from"));
    }
    let port = url.port_or_known_default().unwrap_or(443);
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let found = tokio::net::lookup_host((name, port)).await.map_err(|_| Failure::of(error::URL_FAILED))?;
    let addresses: Vec<SocketAddr> = found.collect();
    if addresses.is_empty() || !addresses.iter().all(|address| is_public(address.ip())) {
        return Err(not_allowed("the host is not a public one"));
    }
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(config.timeout_s))
        .resolve_to_addrs(&host, &addresses)
        .build()
        .map_err(failed)?;
    let mut response = client.get(url).send().await.map_err(failed)?;
    if !response.status().is_success() {
        return Err(Failure::of(error::URL_FAILED).because(response.status()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if bytes.len() + chunk.len() > config.limit_bytes {
            return Err(Failure::of(error::IMAGE_SIZE).because("the download is too large"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// True for addresses of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let special = v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (18..20).contains(&b))
                || (a == 192 && b == 0 && c == 0);
            !special
        }
        IpAddr::V6(v6) => {
            if let Some(v4) = v6.to_ipv4_mapped() {
                return is_public(IpAddr::V4(v4));
            }
            // Only 2000::/3 is global unicast; within it, tunnels that carry IPv4 addresses are left out.
            let first = v6.segments()[0];
            (first & 0xe000) == 0x2000 && first != 0x2002 && !is_special_2001(v6)
        }
    }
}

/// 2001::/23 (protocol assignments, Teredo among them) and 2001:db8::/32 (documentation).
fn is_special_2001(v6: Ipv6Addr) -> bool {
    let [first, second, ..] = v6.segments();
    first == 0x2001 && (second < 0x200 || second == 0xdb8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_addresses_are_not_public() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "64:ff9b::7f00:1",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }
}
