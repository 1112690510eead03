//! Channels: how a message gets to where it is to go.
//!
//! A channel takes a message and gives what the other side answered. It keeps no memory of messages: what was
//! sent, what failed and what is tried again stands in the outbox.

pub mod email;
mod gsm7;
pub mod smpp;
pub mod sms_http;
mod template;
pub mod webhook;

use std::sync::Arc;

use serde_json::Value;

use super::config::{NotifyConfig, Secret, SmsWay};
use super::recipient::Channel;
use super::text::Message;

/// One message on its way to one address.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// What the delivery is known by: the same at every attempt.
    pub key: String,
    /// Where to.
    pub address: String,
    /// The message.
    pub message: Message,
    /// The same for programs.
    pub body: Value,
    /// What a webhook is signed with.
    pub secret: Option<Secret>,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The system's time, in milliseconds.
    pub now_ms: i64,
}

/// The other side took the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What it said.
    pub detail: String,
    /// Its name for the message, if it gave one.
    pub peer_id: Option<String>,
}

/// The other side did not take the message, or nobody knows whether it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Why, in its words if it had any.
    pub detail: String,
    /// True if another attempt would be as vain.
    pub is_final: bool,
    /// True if nothing was sent because the recipient is paused.
    pub is_paused: bool,
    /// How long the other side wants to be left alone, in milliseconds.
    pub pause_ms: Option<i64>,
}

impl Rejected {
    /// Another attempt may succeed.
    pub fn for_now(detail: impl ToString) -> Rejected {
        Rejected { detail: detail.to_string(), is_final: false, is_paused: false, pause_ms: None }
    }

    /// Another attempt would be as vain.
    pub fn for_good(detail: impl ToString) -> Rejected {
        Rejected { detail: detail.to_string(), is_final: true, is_paused: false, pause_ms: None }
    }

    /// Its recipient was paused in the meantime: it waits.
    pub fn while_paused() -> Rejected {
        Rejected { is_paused: true, ..Rejected::for_now(super::follow::PAUSED) }
    }
}

/// What a channel answers.
pub type Outcome = Result<Accepted, Rejected>;

/// Told of receipts: the other side's name for a message, and what became of it.
pub type OnReceipt = Arc<dyn Fn(String, String) + Send + Sync>;

/// All channels of a configuration.
pub struct Channels {
    email: Option<email::Email>,
    sms: Option<Sms>,
    webhook: webhook::Webhook,
}

enum Sms {
    Smpp(smpp::Smpp),
    Http(Box<sms_http::SmsHttp>),
}

impl Channels {
    /// Makes the channels; needs a runtime around it, and reaches nobody yet.
    ///
    /// # Errors
    /// What is wrong in the configuration, or a secret that is not there.
    pub fn open(config: &NotifyConfig, on_receipt: OnReceipt) -> Result<Channels, String> {
        let email = match config.email.host.as_str() {
            "" => None,
            _ => Some(email::Email::open(&config.email)?),
        };
        let sms = match config.sms.by {
            SmsWay::None => None,
            SmsWay::Smpp => Some(Sms::Smpp(smpp::Smpp::open(&config.sms.smpp, on_receipt)?)),
            SmsWay::Http => Some(Sms::Http(Box::new(sms_http::SmsHttp::open(&config.sms.http)?))),
        };
        Ok(Channels { email, sms, webhook: webhook::Webhook::open(&config.webhook) })
    }

    /// Sends a message and waits for the answer; every wait has its end.
    ///
    /// # Errors
    /// The other side did not take it.
    pub async fn send(&self, channel: Channel, outgoing: &Outgoing) -> Outcome {
        let not_configured = || Rejected::for_now(format!("this server sends no {}", channel.word()));
        match channel {
            Channel::Email => self.email.as_ref().ok_or_else(not_configured)?.send(outgoing).await,
            Channel::Sms => match self.sms.as_ref().ok_or_else(not_configured)? {
                Sms::Smpp(smpp) => smpp.send(outgoing).await,
                Sms::Http(http) => http.send(outgoing).await,
            },
            Channel::Webhook => self.webhook.send(outgoing).await,
        }
    }
}

/// At most so many characters of what the other side said are kept.
const DETAIL_LIMIT: usize = 300;

/// Words of the other side, fit to be kept and shown: one line, not too long.
fn tidy(words: &str) -> String {
    let spaced = words.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let mut tidy: String = spaced.take(DETAIL_LIMIT).collect();
    tidy.truncate(tidy.trim_end().len());
    tidy
}

/// An error with its causes.
fn causes(problem: &dyn std::error::Error) -> String {
    let mut text = problem.to_string();
    let mut cause = problem.source();
    while let Some(next) = cause {
        let words = next.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = next.source();
    }
    text
}
