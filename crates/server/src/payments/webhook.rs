//! The provider as a program of the operator's: a signed JSON request, answered `paid` or `declined`.
//!
//! `Inkmeter-Signature` is `v1=` and the hexadecimal HMAC-SHA256, with the configured secret, over the value of
//! `Inkmeter-Timestamp` (seconds since the epoch), a full stop, and the body as sent. The program refuses timestamps
//! more than five minutes off, and answers a repeated `Idempotency-Key` as it did the first time: requests are sent
//! again after a time-out or a crash, and money must move once.

use std::time::Duration;

use charging::PaymentAnswer;
use ledger::AwaitedPayment;
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;
use serde_json::json;

use super::config::WebhookConfig;
use super::{NoAnswer, idempotency_key, origin_word};
use crate::clock::system_now_ms;
use crate::notify::channel::webhook::signature;
use crate::notify::config::Secret;

/// How much of an answer is read.
const ANSWER_LIMIT_BYTES: usize = 16 * 1024;
/// The pause before the second attempt of a round; it doubles.
const PAUSE: Duration = Duration::from_millis(500);
const SHORTEST_SECRET_BYTES: usize = 16;

/// The way to the program.
pub struct Webhook {
    url: Url,
    secret: Secret,
    attempts: u32,
    http: reqwest::Client,
}

/// What the program answers.
#[derive(Debug, Deserialize)]
struct Answer {
    status: Status,
    #[serde(default)]
    detail: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Paid,
    Declined,
}

impl Webhook {
    /// Checks the configuration, but for its secret.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(config: &WebhookConfig) -> Result<Url, String> {
        let url = Url::parse(&config.url).map_err(|problem| format!("payment.webhook.url: {problem}"))?;
        let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
            return Err("payment.webhook.url: use https, or http to this machine".into());
        }
        if !(1..=10).contains(&config.attempts) || !(1..=120).contains(&config.timeout_s) {
            return Err("payment.webhook: use 1 to 10 attempts of 1 to 120 seconds".into());
        }
        Ok(url)
    }

    /// Checks the configuration and reads its secret.
    ///
    /// # Errors
    /// What is wrong with either.
    pub fn open(config: &WebhookConfig) -> Result<Webhook, String> {
        let url = Webhook::check(config)?;
        let secret = Secret::read("payment.webhook", &config.secret_env, &config.secret_file)?;
        let secret =
            secret.filter(|secret| secret.expose().len() >= SHORTEST_SECRET_BYTES).ok_or_else(|| {
                format!("payment.webhook: name a secret of at least {SHORTEST_SECRET_BYTES} bytes")
            })?;
        crate::install_tls();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(config.timeout_s))
            .build()
            .map_err(|problem| format!("payment.webhook: {problem}"))?;
        Ok(Webhook { url, secret, attempts: config.attempts, http })
    }

    /// One round: some attempts, until one is answered.
    ///
    /// # Errors
    /// None was.
    pub(super) async fn ask(
        &self,
        awaited: &AwaitedPayment,
        currency: &str,
    ) -> Result<PaymentAnswer, NoAnswer> {
        let request = &awaited.request;
        let body = json!({
            "account": awaited.account,
            "request": request.no,
            "amount": request.amount,
            "currency": currency,
            "origin": origin_word(request.origin),
            "requested_at": request.requested_at,
        })
        .to_string();
        let key = idempotency_key(awaited);
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            match self.attempt(&key, body.clone()).await {
                Err(_) if attempt < self.attempts => {
                    tokio::time::sleep(pause).await;
                    (attempt, pause) = (attempt + 1, pause * 2);
                }
                answer => return answer,
            }
        }
    }

    async fn attempt(&self, key: &str, body: String) -> Result<PaymentAnswer, NoAnswer> {
        let timestamp = system_now_ms().div_euclid(1_000).to_string();
        let request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("inkmeter/", env!("CARGO_PKG_VERSION")))
            .header("Idempotency-Key", key)
            .header("Inkmeter-Timestamp", &timestamp)
            .header("Inkmeter-Signature", signature(self.secret.expose(), &timestamp, &body))
            .body(body);
        // Without the URL: it may have a token in it.
        let response = request.send().await.map_err(|problem| NoAnswer(problem.without_url().to_string()))?;
        read(response).await
    }
}

/// Only a 200 with one of the two words is an answer; a status alone never says whether money moved.
async fn read(mut response: Response) -> Result<PaymentAnswer, NoAnswer> {
    let status = response.status();
    if status != StatusCode::OK {
        return Err(NoAnswer(format!("it answered {status}")));
    }
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|problem| NoAnswer(problem.without_url().to_string()))?
    {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_LIMIT_BYTES {
            return Err(NoAnswer("its answer is too long".into()));
        }
    }
    let answer: Answer =
        serde_json::from_slice(&body).map_err(|problem| NoAnswer(format!("its answer: {problem}")))?;
    let detail = answer.detail.chars().filter(|c| !c.is_control()).collect();
    Ok(match answer.status {
        Status::Paid => PaymentAnswer::Paid,
        Status::Declined => PaymentAnswer::Declined { detail },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> WebhookConfig {
        let (secret_env, secret_file) = (String::new(), std::path::PathBuf::new());
        WebhookConfig { url: url.into(), secret_env, secret_file, timeout_s: 1, attempts: 1 }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert!(Webhook::check(&config("https://pay.example/ask")).is_ok());
        assert!(Webhook::check(&config("http://127.0.0.1:9/ask")).is_ok());
        for (url, named) in
            [("", "url"), ("http://pay.example/ask", "https"), ("ftp://pay.example/", "https")]
        {
            let problem = Webhook::check(&config(url)).err().unwrap();
            assert!(problem.contains(named), "{problem}");
        }
        let problem = Webhook::open(&config("https://pay.example/ask")).err().unwrap();
        assert!(problem.contains("secret"), "{problem}");
    }
}
