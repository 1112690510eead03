//! Signed webhooks.
//!
//! The body is JSON. `Inkmeter-Signature` is `v1=` and the hexadecimal HMAC-SHA256, with the recipient's secret,
//! over the value of `Inkmeter-Timestamp` (seconds since the epoch), a full stop, and the body as sent. A receiver
//! refuses timestamps more than five minutes off, so a copy cannot be played back later, and knows a repeated
//! attempt by `Inkmeter-Notice-Id`.

use std::fmt::Write;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::{Response, StatusCode, Url};
use sha2::Sha256;

use super::{Accepted, Outcome, Outgoing, Rejected, causes, tidy};
use crate::notify::config::WebhookConfig;
use crate::notify::recipient::{Channel, check_address};
use crate::outside;

/// How much of an answer is read.
const ANSWER_LIMIT_BYTES: usize = 4 * 1024;

/// The way to webhooks.
pub struct Webhook {
    config: WebhookConfig,
}

impl Webhook {
    /// Makes the channel.
    pub fn open(config: &WebhookConfig) -> Webhook {
        Webhook { config: config.clone() }
    }

    /// Sends a signed request; a 2xx means that it was taken.
    ///
    /// # Errors
    /// Anything else.
    pub async fn send(&self, outgoing: &Outgoing) -> Outcome {
        let allow_private = self.config.allow_private_hosts;
        check_address(Channel::Webhook, &outgoing.address, allow_private).map_err(Rejected::for_good)?;
        let url = Url::parse(&outgoing.address).map_err(Rejected::for_good)?;
        let secret = outgoing.secret.as_ref().ok_or_else(|| Rejected::for_good("there is no secret"))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default().unwrap_or(443);
        let addresses = outside::addresses(&host, port, allow_private).await.map_err(Rejected::for_now)?;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(self.config.timeout_s))
            .resolve_to_addrs(&host, &addresses)
            .build()
            .map_err(Rejected::for_now)?;
        let body = outgoing.body.to_string();
        let timestamp = outgoing.now_ms.div_euclid(1_000).to_string();
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("inkmeter/", env!("CARGO_PKG_VERSION")))
            .header("Inkmeter-Timestamp", &timestamp)
            .header("Inkmeter-Signature", signature(secret.expose(), &timestamp, &body))
            .header("Inkmeter-Notice-Id", &outgoing.key)
            .header("Inkmeter-Attempt", outgoing.attempt)
            .body(body);
        let response = request.send().await.map_err(|problem| {
            // Without the URL: it may have a token in it, and stands beside the detail anyway.
            Rejected::for_now(tidy(&causes(&problem.without_url())))
        })?;
        judge(response).await
    }
}

async fn judge(mut response: Response) -> Outcome {
    let status = response.status();
    if status.is_success() {
        // Taken. What else it says is not waited for: until this is written down, a crash would send it again.
        return Ok(Accepted { detail: status.to_string(), peer_id: None });
    }
    let pause_s =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    let mut answer = Vec::new();
    // What it says is of interest, but never more than some of it.
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = ANSWER_LIMIT_BYTES - answer.len();
        answer.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if answer.len() >= ANSWER_LIMIT_BYTES {
            break;
        }
    }
    let detail = tidy(&format!("{} {}", status.as_u16(), String::from_utf8_lossy(&answer)));
    let is_final = status == StatusCode::GONE;
    let pause_ms = pause_s.map(|seconds| i64::from(seconds) * 1_000);
    Err(Rejected { is_final, pause_ms, ..Rejected::for_now(detail) })
}

/// The value of `Inkmeter-Signature`.
pub fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length will do");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    let mut text = String::from("v1=");
    for byte in mac.finalize().into_bytes() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_documented_one() {
        // As `hmac.new(b"key", b"1764000000.{}", "sha256").hexdigest()` of Python gives it.
        let signed = signature("key", "1764000000", "{}");
        assert_eq!(signed, "v1=135a1a8c79ff2a07661486422c8068924d01c7a70da314a29ce512bc61231899");
        assert_ne!(signed, signature("key", "1764000001", "{}"));
        assert_ne!(signed, signature("kez", "1764000000", "{}"));
    }
}
