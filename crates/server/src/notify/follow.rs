//! New notices become deliveries: one for each recipient of the account that gets notices of their category, and
//! one for each of the operator's recipients that gets notices of their kind.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use charging::{AccountId, Notice, Timestamp, Zone};
use ledger::directory::RecipientRow;
use ledger::outbox::{Admission, Delivery, Matter, NewDelivery};
use ledger::read::NoticeRow;

use super::prepare;
use super::recipient::gets;
use super::rules::{self, Quiet};
use crate::app::{App, OpenError};

/// How many notices one transaction takes in.
const PAGE: usize = 500;

/// How the recipients of the configuration begin in the outbox.
pub const OPERATOR_PREFIX: &str = "operator:";

/// What is looked up once for an account's notices of one page.
struct Known {
    recipients: Vec<RecipientRow>,
    zone: Zone,
}

/// Takes in every notice that is durable. Says how many deliveries are new.
pub(super) fn take_in(app: &App, now: Timestamp, now_ms: i64) -> Result<usize, OpenError> {
    let mut count = 0;
    loop {
        let cursor = app.notifier.outbox.cursor()?;
        let rows = app.read.notices_after(cursor, PAGE)?;
        let Some(last) = rows.last() else { return Ok(count) };
        let mut accounts: HashMap<AccountId, Known> = HashMap::new();
        let mut deliveries = Vec::new();
        for row in &rows {
            let known = match accounts.entry(row.account) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(Known {
                    recipients: app.auth.directory.recipients(&row.account.to_string())?,
                    zone: prepare::zone(app, Some(row.account)),
                }),
            };
            fan_out(app, row, known, now, &mut deliveries);
        }
        count += app.notifier.outbox.take_in(&deliveries, last.cursor, now_ms)?;
        if rows.len() < PAGE {
            return Ok(count);
        }
    }
}

fn fan_out(app: &App, row: &NoticeRow, known: &Known, now: Timestamp, out: &mut Vec<NewDelivery>) {
    let (account, kind) = (row.account, &row.kind);
    let key = |recipient: &str| format!("{account}.{}.{recipient}", row.no);
    let matter = || Matter::Notice(Box::new(Notice { no: row.no, kind: kind.clone() }));
    let urgent = kind.is_urgent();
    for recipient in &known.recipients {
        // Who became a recipient, or said that it wants to be one, after it was decided is not told of it.
        let is_early = recipient.confirmed_at_ms.is_none_or(|since_ms| since_ms > row.at.ms());
        if is_early || !gets(recipient, kind.category()) {
            continue;
        }
        out.push(NewDelivery {
            key: key(&recipient.recipient_id),
            account: Some(account),
            recipient: recipient.recipient_id.clone(),
            channel: recipient.channel.clone(),
            address: recipient.address.clone(),
            language: recipient.language.clone(),
            matter: matter(),
            at: row.at,
            admission: admission(recipient, urgent, now, known.zone),
        });
    }
    for operator in &app.config.notify.operator {
        if !operator.kinds.iter().any(|wanted| wanted == kind.word()) {
            continue;
        }
        out.push(NewDelivery {
            key: key(&operator.name),
            account: Some(account),
            recipient: format!("{OPERATOR_PREFIX}{}", operator.name),
            channel: operator.channel.word().into(),
            address: operator.address.clone(),
            language: operator.language.word().into(),
            matter: matter(),
            at: row.at,
            admission: at_once(now, known.zone),
        });
    }
}

/// Whether a recipient may get something now.
pub(super) fn admission(recipient: &RecipientRow, urgent: bool, now: Timestamp, zone: Zone) -> Admission {
    let quiet = recipient.quiet_minutes.and_then(|(from, to)| Quiet::new(from, to));
    let (day, day_ends) = rules::day(now, zone);
    Admission {
        held_until: quiet.filter(|_| !urgent).and_then(|quiet| quiet.end(now, zone)),
        day,
        day_ends,
        daily_cap: recipient.daily_cap.filter(|_| !urgent),
    }
}

/// Nothing holds it back.
pub(super) fn at_once(now: Timestamp, zone: Zone) -> Admission {
    let (day, day_ends) = rules::day(now, zone);
    Admission { held_until: None, day, day_ends, daily_cap: None }
}

/// Lets go what was held back until now. Says how many deliveries changed.
pub(super) fn release(app: &App, now: Timestamp, now_ms: i64) -> Result<usize, OpenError> {
    let admit = |delivery: &Delivery| {
        let row = app.auth.directory.recipient(&delivery.recipient).ok().flatten()?;
        let zone = prepare::zone(app, delivery.account);
        let admission = admission(&row, false, now, zone);
        // The summary of what a cap kept back is not itself kept back by it.
        let is_summary = matches!(delivery.matter, Matter::Summary { .. });
        Some(Admission { daily_cap: admission.daily_cap.filter(|_| !is_summary), ..admission })
    };
    Ok(app.notifier.outbox.release(now, now_ms, admit)?)
}
