//! Fetching a picture by URL without becoming a way into the inside network.
//!
//! Off unless configured. Only http and https on their own ports, to public addresses (see [`outside`]); redirects
//! are not followed; size and time are bounded.

use std::time::Duration;

use reqwest::Url;
use wire::error;

use crate::config::UrlConfig;
use crate::http::error::Failure;
use crate::outside::{self, OutsideError};

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
    if !matches!(url.scheme(), "http" | "https") {
        return Err(not_allowed("only http and https URLs"));
    }
    if url.port().is_some() {
        return Err(not_allowed("only the ports of http and https, 80 and 443"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(not_allowed("a URL with a user name or password in it"));
    }
    let host = url.host_str().ok_or_else(|| not_allowed("no host"))?.to_ascii_lowercase();
    if !config.hosts.is_empty() && !config.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(&host)) {
        return Err(not_allowed("not one of the hosts this server may fetch from"));
    }
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses = outside::addresses(&host, port, false).await.map_err(|problem| match problem {
        OutsideError::NotPublic => not_allowed("the host is not a public one"),
        OutsideError::Unresolved(_) => Failure::of(error::URL_FAILED),
    })?;
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
