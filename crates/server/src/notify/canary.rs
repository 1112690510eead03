//! The canary: a message by the same way as every notice, at a fixed interval. If it stays away, notices do.

use charging::Timestamp;
use ledger::outbox::{Matter, NewDelivery, State};
use serde_json::{Value, json};

use super::follow::{OPERATOR_PREFIX, at_once};
use super::prepare;
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
            "arrived": canary.state == State::Sent,
            "attempts": canary.attempts,
            "attempted_at": at(canary.attempted_at_ms),
            "detail": canary.detail,
        })
    }))
}
