//! The canary: a message by the same way as every notice, at a fixed interval. If it stays away, notices do.
//!
//! What it is not: proof of an inbox. That the next hop took it is known at once; that it arrived, only where the receiver
//! itself answers or a receipt comes.

use charging::Timestamp;
use ledger::outbox::{Delivery, Matter, NewDelivery, State};
use serde_json::{Value, json};

use super::follow::{OPERATOR_PREFIX, at_once};
use super::prepare;
use super::recipient::Channel;
use crate::app::{App, OpenError};

/// Sends a canary if one is due by the system's time: one in each interval since the epoch, whatever restarts
/// there are.
pub(super) fn when_due(app: &App, now: Timestamp, now_ms: i64) -> Result<(), OpenError> {
    let config = &app.config.notify;
    let Some(every_ms) = config.canary_every_ms()? else { return Ok(()) };
    let Some(to) = config.operator_named(&config.canary.to) else { return Ok(()) };
    let interval = now_ms.div_euclid(every_ms);
    let key = format!("canary.{every_ms}.{interval}");
    if app.notifier.outbox.by_key(&key)?.is_some() {
        return Ok(());
    }
    let canary = NewDelivery {
        key,
        account: None,
        recipient: format!("{OPERATOR_PREFIX}{}", to.name),
        channel: to.channel.word().into(),
        address: to.address.clone(),
        language: to.language.word().into(),
        matter: Matter::Canary,
        at: now,
        admission: at_once(now, prepare::zone(app, None)),
    };
    app.notifier.outbox.add(&canary, now_ms)?;
    Ok(())
}

/// How the latest canary fared; nothing if there is none.
///
/// # Errors
/// The outbox cannot be read.
pub fn latest(app: &App) -> Result<Option<Value>, OpenError> {
    if app.config.notify.canary_every_ms()?.is_none() {
        return Ok(None);
    }
    let zone = prepare::zone(app, None);
    Ok(app.notifier.outbox.latest_canary()?.map(|canary| {
        let at = |ms: Option<i64>| ms.map(|ms| Timestamp::from_ms(ms).in_zone(zone));
        json!({
            "state": canary.state.word(),
            "accepted": canary.state == State::Sent,
            "arrived": arrived(&canary),
            "attempts": canary.attempts,
            "attempted_at": at(canary.attempted_at_ms),
            "detail": canary.detail,
            "receipt": canary.receipt,
        })
    }))
}

/// Whether it arrived, as far as that can be known. A webhook is the receiver itself. A mail server or a carrier's gateway
/// only takes it on; of a gateway a receipt may tell what came of it.
fn arrived(canary: &Delivery) -> Option<bool> {
    if canary.state != State::Sent {
        return Some(false);
    }
    match Channel::of_word(&canary.channel)? {
        Channel::Webhook => Some(true),
        Channel::Sms => canary.receipt.as_deref().and_then(receipt_says),
        Channel::Email => None,
    }
}

/// Whether a message was delivered, by the word of its receipt (SMPP 3.4, appendix B and 5.2.28). None while it is under
/// way, or if the gateway does not know.
fn receipt_says(receipt: &str) -> Option<bool> {
    match receipt.to_ascii_uppercase().as_str() {
        "DELIVRD" | "DELIVERED" => Some(true),
        "UNDELIV" | "UNDELIVERABLE" | "EXPIRED" | "DELETED" | "REJECTD" | "REJECTED" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(channel: &str, receipt: Option<&str>) -> Delivery {
        Delivery {
            number: 1,
            key: "canary.1.1".into(),
            account: None,
            recipient: "operator:ops".into(),
            channel: channel.into(),
            address: String::new(),
            language: "en".into(),
            matter: Matter::Canary,
            at: Timestamp::EPOCH,
            state: State::Sent,
            held_until: None,
            attempts: 1,
            cut_off: 0,
            next_attempt_at_ms: None,
            attempted_at_ms: Some(1),
            done_at_ms: Some(1),
            detail: "250 ok".into(),
            peer_id: None,
            receipt: receipt.map(str::to_owned),
        }
    }

    #[test]
    fn it_has_arrived_where_the_receiver_itself_says_so() {
        assert_eq!(arrived(&sent("webhook", None)), Some(true));
        assert_eq!(arrived(&sent("email", None)), None, "a mail server took it; that is not the inbox");
        for (receipt, is) in [
            (None, None),
            (Some("ENROUTE"), None),
            (Some("ACCEPTD"), None),
            (Some("UNKNOWN"), None),
            (Some("DELIVRD"), Some(true)),
            (Some("Delivered"), Some(true)),
            (Some("UNDELIV"), Some(false)),
            (Some("EXPIRED"), Some(false)),
            (Some("Rejected"), Some(false)),
        ] {
            assert_eq!(arrived(&sent("sms", receipt)), is, "{receipt:?}");
        }
        let failed = Delivery { state: State::Failed, ..sent("webhook", None) };
        assert_eq!(arrived(&failed), Some(false));
    }
}
