//! A message somebody asks for, to see whether it arrives: sent at once, once, with the other side's answer.

use std::sync::Arc;

use charging::AccountId;
use ledger::directory::RecipientRow;
use ledger::outbox::{Matter, NewDelivery};

use super::channel::{Outcome, Rejected};
use super::follow::{OPERATOR_PREFIX, at_once};
use super::recipient::{Channel, check_address};
use super::text::Language;
use super::{dispatch, prepare};
use crate::app::App;
use crate::clock::system_now_ms;
use crate::ids;

/// To whom a probe goes.
#[derive(Debug, Clone)]
pub struct Target {
    account: Option<AccountId>,
    recipient: String,
    channel: Channel,
    address: String,
    language: Language,
}

impl Target {
    /// A recipient of an account, switched off or not.
    pub fn recipient(row: &RecipientRow) -> Option<Target> {
        Some(Target {
            account: row.account_id.parse().ok(),
            recipient: row.recipient_id.clone(),
            channel: Channel::of_word(&row.channel)?,
            address: row.address.clone(),
            language: Language::of_word(&row.language)?,
        })
    }

    /// One of the operator's recipients.
    pub fn operator(app: &App, name: &str) -> Option<Target> {
        let operator = app.config.notify.operator_named(name)?;
        Some(Target {
            account: None,
            recipient: format!("{OPERATOR_PREFIX}{name}"),
            channel: operator.channel,
            address: operator.address.clone(),
            language: operator.language,
        })
    }

    /// An address that is nobody's yet: email or short message, by its form.
    ///
    /// # Errors
    /// It is neither.
    pub fn address(app: &App, address: &str, language: Language) -> Result<Target, String> {
        let channel = if address.starts_with('+') { Channel::Sms } else { Channel::Email };
        if address.contains("://") {
            return Err("a webhook is signed with its recipient's secret; test the recipient instead".into());
        }
        check_address(channel, address, app.config.notify.webhook.allow_private_hosts)?;
        Ok(Target {
            account: None,
            recipient: format!("{OPERATOR_PREFIX}-"),
            channel,
            address: address.into(),
            language,
        })
    }

    /// The channel.
    pub fn channel(&self) -> Channel {
        self.channel
    }
}

/// Sends a probe now, and waits for the answer. It stands in the outbox like everything that was sent.
///
/// # Errors
/// The other side did not take it.
pub async fn send(app: &Arc<App>, target: Target) -> Outcome {
    if !app.config.notify.sends(target.channel) {
        return Err(Rejected::for_good(format!("this server sends no {}", target.channel.word())));
    }
    let theirs = Arc::clone(app);
    let begun = tokio::task::spawn_blocking(move || {
        let now = theirs.clock.now();
        let zone = prepare::zone(&theirs, target.account);
        let probe = NewDelivery {
            key: format!("probe.{}", ids::random_hex()),
            account: target.account,
            recipient: target.recipient,
            channel: target.channel.word().into(),
            address: target.address,
            language: target.language.word().into(),
            matter: Matter::Probe,
            at: now,
            admission: at_once(now, zone),
        };
        theirs.notifier.outbox.begin_new(&probe, system_now_ms())
    });
    let begun = begun.await.map_err(Rejected::for_now)?.map_err(Rejected::for_now)?;
    let begun = begun.ok_or_else(|| Rejected::for_now("the probe's key is taken"))?;
    dispatch::attempt(app, begun, false).await
}
