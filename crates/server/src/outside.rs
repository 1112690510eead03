//! Requests to hosts that others name, without becoming a way into the inside network.
//!
//! A name is resolved once, every address it has must be public, and the connection goes to an address that was
//! checked. Whoever asks also keeps redirects off.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Why a host is not asked.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// The name has no address, or nobody answers for it.
    #[error("the host's name cannot be resolved: {0}")]
    Unresolved(#[from] std::io::Error),
    /// It has an address that is not of the public internet.
    #[error("the host is not a public one")]
    NotPublic,
}

/// The addresses of a host. They are all public, unless private ones are allowed.
///
/// # Errors
/// [`OutsideError`].
pub async fn addresses(host: &str, port: u16, allow_private: bool) -> Result<Vec<SocketAddr>, OutsideError> {
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name, port)).await?.collect();
    if found.is_empty() || !(allow_private || found.iter().all(|address| is_public(address.ip()))) {
        return Err(OutsideError::NotPublic);
    }
    Ok(found)
}

/// True for addresses of the public internet.
pub fn is_public(address: IpAddr) -> bool {
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
