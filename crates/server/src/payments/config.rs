//! The part of the configuration that names the payment provider.

use std::path::PathBuf;

use serde::Deserialize;

use super::Webhook;

/// Who takes the customers' money.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentConfig {
    /// Which kind.
    pub provider: ProviderChoice,
    /// How a request of a customer's waits for its answer, in seconds; then it goes on without the customer.
    pub wait_s: u64,
    /// The program that is asked.
    pub webhook: WebhookConfig,
}

/// Which kind of provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderChoice {
    /// None: only the operator tops up.
    None,
    /// None, but every request is said to be paid at once.
    Sandbox,
    /// A program of the operator's.
    Webhook,
}

/// How the program is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where.
    pub url: String,
    /// What requests are signed with is in this environment variable,
    pub secret_env: String,
    /// or in this file.
    pub secret_file: PathBuf,
    /// How long one attempt may take, in seconds.
    pub timeout_s: u64,
    /// How many attempts make a round.
    pub attempts: u32,
}

impl PaymentConfig {
    /// Checks what can be checked without secrets.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), String> {
        match self.provider {
            ProviderChoice::Webhook => Webhook::check(&self.webhook).map(drop),
            ProviderChoice::None | ProviderChoice::Sandbox => Ok(()),
        }
    }
}

impl ProviderChoice {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            ProviderChoice::None => "none",
            ProviderChoice::Sandbox => "sandbox",
            ProviderChoice::Webhook => "webhook",
        }
    }
}
