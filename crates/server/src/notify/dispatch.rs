//! The loop that sends: takes in what is new, lets go what was held, begins what is due, and writes down how it
//! ended.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ledger::outbox::Delivery;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::channel::{Outcome, Rejected};
use super::recipient::Channel;
use super::{canary, follow, prepare, rules};
use crate::app::{App, OpenError};
use crate::clock::system_now_ms;

/// The longest the loop sleeps: what becomes due sooner than it thought is then late by no more than this.
const TIMER_MS: i64 = 1_000;
/// How often finished deliveries that are too old are removed.
const PURGE_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;
/// The longest an attempt may take. Every channel ends sooner by itself.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(600);
/// How many attempts of a channel are under way at once, where the configuration does not say.
const SMS_AT_ONCE: usize = 8;
const WEBHOOKS_AT_ONCE: usize = 16;

/// Sends until told to stop, then waits for the attempts under way; what they leave is tried again at the next
/// start.
pub async fn run(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut under_way: HashMap<Channel, usize> = HashMap::new();
    let mut attempts = JoinSet::new();
    let mut purged_ms = system_now_ms();
    let theirs = Arc::clone(&app);
    let looked = tokio::task::spawn_blocking(move || {
        follow::look_at_paused(&theirs, theirs.clock.now(), system_now_ms())
    });
    if let Ok(Err(problem)) = looked.await {
        tracing::error!(%problem, "what is held for paused recipients could not be looked at");
    }
    while !*stopped.borrow() {
        let room: Vec<(Channel, usize)> = Channel::ALL
            .into_iter()
            .map(|channel| {
                let taken = under_way.get(&channel).copied().unwrap_or(0);
                (channel, at_once(&app, channel).saturating_sub(taken))
            })
            .collect();
        let (theirs, is_full) = (Arc::clone(&app), room.iter().any(|(_, room)| *room == 0));
        let begun = tokio::task::spawn_blocking(move || step(&theirs, &room)).await;
        match begun {
            Ok(Ok(begun)) => {
                for (channel, delivery) in begun {
                    *under_way.entry(channel).or_default() += 1;
                    let app = Arc::clone(&app);
                    attempts.spawn(async move {
                        let _ = attempt(&app, delivery, true).await;
                        channel
                    });
                }
            }
            Ok(Err(problem)) if app.engine.stop_reason().is_none() => {
                tracing::error!(%problem, "notices cannot be taken in or sent; trying again");
            }
            _ => return,
        }
        if system_now_ms() - purged_ms > PURGE_MS {
            purged_ms = system_now_ms();
            purge(&app, purged_ms).await;
        }
        let pause = pause(&app, is_full);
        tokio::select! {
            () = app.notifier.wake.notified() => {}
            Some(done) = attempts.join_next(), if !attempts.is_empty() => {
                if let Ok(channel) = done {
                    under_way.entry(channel).and_modify(|count| *count -= 1);
                }
            }
            () = tokio::time::sleep(pause) => {}
            _ = stopped.changed() => {}
        }
    }
    let patience = Duration::from_secs(app.config.server.shutdown_s);
    let finish = async { while attempts.join_next().await.is_some() {} };
    if tokio::time::timeout(patience, finish).await.is_err() {
        tracing::warn!("messages were still under way when the time to stop was over; they are sent again");
    }
}

fn at_once(app: &App, channel: Channel) -> usize {
    match channel {
        Channel::Email => app.config.notify.email.connections.max(1) as usize,
        Channel::Sms => SMS_AT_ONCE,
        Channel::Webhook => WEBHOOKS_AT_ONCE,
    }
}

/// One round: blocks.
fn step(app: &App, room: &[(Channel, usize)]) -> Result<Vec<(Channel, Delivery)>, OpenError> {
    let (now, now_ms) = (app.clock.now(), system_now_ms());
    canary::when_due(app, now, now_ms)?;
    follow::catch_up(app, now, now_ms)?;
    let mut begun = Vec::new();
    for (channel, room) in room {
        if *room == 0 {
            continue;
        }
        match app.notifier.outbox.begin_due(channel.word(), now_ms, *room) {
            Ok(due) => begun.extend(due.into_iter().map(|delivery| (*channel, delivery))),
            Err(problem) if begun.is_empty() => return Err(problem.into()),
            // What was begun before is under way and must be sent.
            Err(problem) => {
                tracing::error!(%problem, channel = channel.word(), "what is due cannot be begun");
                break;
            }
        }
    }
    Ok(begun)
}

/// How long to sleep. With a channel full, what is due waits for an attempt to end, not for time.
fn pause(app: &App, is_full: bool) -> Duration {
    let due = app.notifier.outbox.next_attempt_at_ms().ok().flatten();
    let pause_ms = match due {
        Some(due) if !is_full => (due - system_now_ms()).clamp(10, TIMER_MS),
        _ => TIMER_MS,
    };
    Duration::from_millis(pause_ms.unsigned_abs())
}

/// One attempt, and how it ended. With `again`, a failed one is tried again later.
pub(super) async fn attempt(app: &Arc<App>, delivery: Delivery, again: bool) -> Outcome {
    let now_ms = system_now_ms();
    let (theirs, ours) = (Arc::clone(app), delivery.clone());
    let sending = tokio::spawn(async move {
        let app = Arc::clone(&theirs);
        let prepared = tokio::task::spawn_blocking(move || prepare::outgoing(&theirs, &ours, now_ms));
        let (channel, outgoing) = prepared.await.map_err(Rejected::for_now)??;
        let sent = tokio::time::timeout(ATTEMPT_LIMIT, app.notifier.channels()?.send(channel, &outgoing));
        sent.await.unwrap_or_else(|_| Err(Rejected::for_now("it took too long")))
    });
    // A panic is a bug of ours, and no reason to forget the delivery.
    let outcome = sending.await.unwrap_or_else(|problem| Err(Rejected::for_now(problem)));
    let (theirs, ended) = (Arc::clone(app), outcome.clone());
    let kept = tokio::task::spawn_blocking(move || record(&theirs, &delivery, &ended, again)).await;
    if !matches!(kept, Ok(Ok(()))) {
        // It stands as under way, and is sent again under the same key at the next start.
        tracing::error!("how an attempt ended could not be kept");
    }
    outcome
}

fn record(app: &App, delivery: &Delivery, outcome: &Outcome, again: bool) -> Result<(), OpenError> {
    let (outbox, now_ms) = (&app.notifier.outbox, system_now_ms());
    // Not the address: a webhook may have a token in it, and the key says who it is.
    let (key, channel) = (&delivery.key, &delivery.channel);
    match outcome {
        Ok(accepted) => {
            outbox.sent(delivery.number, now_ms, &accepted.detail, accepted.peer_id.as_deref())?;
            tracing::info!(key, channel, attempts = delivery.attempts, "sent");
        }
        Err(rejected) if rejected.is_paused => {
            outbox.hold(delivery.number, follow::matters_until(delivery.at), &rejected.detail)?;
            // It may go on by now, and whoever let it did not see this one among what is held.
            if let Some(row) = app.auth.directory.recipient(&delivery.recipient)?
                && row.enabled
            {
                follow::look_again(app, &row, app.clock.now(), now_ms)?;
            }
        }
        Err(rejected) => {
            let config = &app.config.notify;
            let is_last = !again || rejected.is_final || delivery.attempts >= config.attempts;
            let next_ms = (!is_last).then(|| {
                let longest_ms = i64::from(config.longest_pause_s) * 1_000;
                let asked_ms = rejected.pause_ms.unwrap_or(0).min(longest_ms);
                now_ms + rules::pause_ms(config, key, delivery.attempts).max(asked_ms)
            });
            outbox.failed(delivery.number, now_ms, &rejected.detail, next_ms)?;
            let (reason, given_up) = (&rejected.detail, next_ms.is_none());
            tracing::warn!(key, channel, reason, given_up, "not sent");
        }
    }
    Ok(())
}

async fn purge(app: &Arc<App>, now_ms: i64) {
    let theirs = Arc::clone(app);
    let keep_ms = i64::from(app.config.notify.keep_days) * DAY_MS;
    let purged = tokio::task::spawn_blocking(move || theirs.notifier.outbox.purge(now_ms - keep_ms)).await;
    if let Ok(Err(problem)) = purged {
        tracing::warn!(%problem, "old deliveries could not be removed");
    }
}
