//! Charges the accounts of an Inkmeter for what your service did: once for each key, however often it is sent.
//!
//! A request that gets no answer is sent again by itself, under the same key. What may fail is authorised first, which
//! keeps its units back, and committed or voided afterwards; what is done, or cannot fail, is charged in one step. See
//! `examples/gateway.rs` for a filter in front of any HTTP service.
//!
//! ```no_run
//! # async fn serve() -> Result<(), inkmeter_client::Error> {
//! use inkmeter_client::{Meter, Work};
//!
//! let meter = Meter::new("http://127.0.0.1:8080", "the gateway's token");
//! let work = Work::new("alice", "request-4711", "translate", "cn-north-4");
//! let permission = meter.authorise(&work).await?;
//! // … do the work …
//! let charged = meter.commit(&work).await?;
//! println!("{} {}", charged.pocket, charged.amount);
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]

mod error;

use std::time::{Duration, Instant};

use reqwest::Client;
use reqwest::header::RETRY_AFTER;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use error::{Error, Refusal};

/// How long a request is sent again and again while nobody answers it: longer than an Inkmeter takes to start again.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait before the second time; each time twice as long, up to the longest wait.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long to wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Work that is to be charged.
#[derive(Debug, Clone, Serialize)]
pub struct Work {
    /// The name of the account that is charged.
    pub account: String,
    /// Your name for it, such as the id of a request: of one account, the same again is charged once.
    pub key: String,
    /// The API, as the price list calls it.
    pub api: String,
    /// The region, as the price list calls it.
    pub region: String,
    /// How many units.
    pub units: u64,
    /// The enterprise project it is put down to, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise_project: Option<String>,
}

impl Work {
    /// Work of one unit.
    pub fn new(
        account: impl Into<String>,
        key: impl Into<String>,
        api: impl Into<String>,
        region: impl Into<String>,
    ) -> Work {
        Work {
            account: account.into(),
            key: key.into(),
            api: api.into(),
            region: region.into(),
            units: 1,
            enterprise_project: None,
        }
    }
}

/// What was charged.
#[derive(Debug, Clone, Deserialize)]
pub struct Charged {
    /// By which the charge is explained (`inkmeter explain`).
    pub charge_id: String,
    /// What paid for it: `lot` or `pay_per_use`.
    pub pocket: String,
    /// How many units.
    pub units: u64,
    /// What it cost, digit by digit.
    #[serde(deserialize_with = "digits")]
    pub amount: String,
    /// Whether it had been charged before.
    pub repeated: bool,
    /// What the account had left after it; `None` if it is repeated.
    pub left: Option<Left>,
}

/// What an account has left.
#[derive(Debug, Clone, Deserialize)]
pub struct Left {
    /// Units in the packages of this API and region.
    pub package_units: u64,
    /// What can be spent still, digit by digit.
    #[serde(deserialize_with = "digits")]
    pub available: String,
}

/// The answer to [`Meter::authorise`].
#[derive(Debug, Clone)]
pub enum Authorised {
    /// The work may be done.
    Authorised(Permission),
    /// It was done before, and charged.
    Charged(Charged),
}

#[derive(Deserialize)]
struct State {
    state: String,
}

/// Permission to do the work.
#[derive(Debug, Clone, Deserialize)]
pub struct Permission {
    /// The charge it will become.
    pub charge_id: String,
    /// What will pay for it: `lot` or `pay_per_use`.
    pub pocket: String,
    /// When it runs out, RFC 3339.
    pub expires_at: String,
    /// Whether it had been given before.
    pub repeated: bool,
}

/// An Inkmeter, as one of its gateways sees it. Cheap to clone.
#[derive(Clone)]
pub struct Meter {
    client: Client,
    url: String,
    token: String,
    patience: Duration,
}

/// Without its token, which belongs in no log.
impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Meter {
    /// The Inkmeter at an address, with the token of `inkmeter gateway new`.
    pub fn new(url: impl Into<String>, token: impl Into<String>) -> Meter {
        // Without one installed there would be no https; if another one is there, it stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Meter::with_client(Client::new(), url, token)
    }

    /// The same with a client of yours: its proxies, certificates and pools.
    pub fn with_client(client: Client, url: impl Into<String>, token: impl Into<String>) -> Meter {
        let url: String = url.into();
        Meter { client, url: url.trim_end_matches('/').to_owned(), token: token.into(), patience: PATIENCE }
    }

    /// How long to go on asking while nobody answers; 20 seconds, if not said.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Meter {
        Meter { patience, ..self }
    }

    /// Charges work that is done.
    ///
    /// # Errors
    /// [`Error::Refused`] with its reason and cure, or that nobody answered.
    pub async fn charge(&self, work: &Work) -> Result<Charged, Error> {
        Ok(serde_json::from_str(&self.post("charge", work).await?)?)
    }

    /// Keeps the units of work back until it is committed or voided.
    ///
    /// # Errors
    /// [`Error::Refused`] with its reason and cure, or that nobody answered.
    pub async fn authorise(&self, work: &Work) -> Result<Authorised, Error> {
        // Not told apart by serde: what it keeps aside meanwhile has no place for numbers digit by digit.
        let answer = self.post("authorise", work).await?;
        let State { state } = serde_json::from_str(&answer)?;
        Ok(match state.as_str() {
            "charged" => Authorised::Charged(serde_json::from_str(&answer)?),
            _ => Authorised::Authorised(serde_json::from_str(&answer)?),
        })
    }

    /// Charges work that was authorised: as many units as it says, at most those that were authorised. If the
    /// permission is gone, because it ran out or the server was started again, the work is charged in one step.
    ///
    /// # Errors
    /// [`Error::Refused`] with its reason and cure, or that nobody answered.
    pub async fn commit(&self, work: &Work) -> Result<Charged, Error> {
        let body = serde_json::json!({ "account": work.account, "key": work.key, "units": work.units });
        match self.post("commit", &body).await {
            Err(Error::Refused(refusal)) if refusal.is("not_authorised") => self.charge(work).await,
            answered => Ok(serde_json::from_str(&answered?)?),
        }
    }

    /// Gives back what was authorised: the work has failed.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is charged already, or that nobody answered.
    pub async fn void(&self, work: &Work) -> Result<(), Error> {
        let body = serde_json::json!({ "account": work.account, "key": work.key });
        self.post("void", &body).await.map(drop)
    }

    /// Sends a request until it is answered: its key sees to it that nothing is charged twice.
    async fn post(&self, what: &str, body: &impl Serialize) -> Result<String, Error> {
        let begun = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            let (failure, told) = match self.try_once(what, body).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err((refusal, retry_after))) if is_of_the_moment(refusal.status) => {
                    (Error::Refused(refusal), retry_after)
                }
                Ok(Err((refusal, _))) => return Err(Error::Refused(refusal)),
                Err(problem) => (Error::Unanswered(problem), None),
            };
            let next = told.unwrap_or(wait);
            if begun.elapsed() + next > self.patience {
                return Err(failure);
            }
            tokio::time::sleep(next).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// An answer, or a refusal with when to try again; or none came whole.
    async fn try_once(
        &self,
        what: &str,
        body: &impl Serialize,
    ) -> Result<Result<String, (Refusal, Option<Duration>)>, reqwest::Error> {
        let request = self.client.post(format!("{}/v1/charges/{what}", self.url));
        let response = request.bearer_auth(&self.token).timeout(TIMEOUT).json(body).send().await?;
        let status = response.status();
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let text = response.text().await?;
        if status.is_success() {
            return Ok(Ok(text));
        }
        Ok(Err((Refusal::read(status, text), retry_after.map(Duration::from_secs))))
    }
}

/// Whether the same request may be answered in a moment: the server is busy or starts again, or a proxy does not reach it.
fn is_of_the_moment(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// A number as it is written: money is not for floats.
fn digits<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Box::<RawValue>::deserialize(deserializer)?.get().to_owned())
}
