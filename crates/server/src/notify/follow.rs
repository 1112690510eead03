//! New notices become deliveries: one for each recipient of the account that gets notices of their category, and
//! one for each of the operator's recipients that gets notices of their kind.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use charging::{AccountId, Notice, NoticeCategory, NoticeKind, Timestamp, Zone};
use ledger::directory::RecipientRow;
use ledger::outbox::{Admission, Delivery, Matter, NewDelivery, Verdict};
use ledger::read::NoticeRow;

use super::prepare;
use super::recipient::gets;
use super::rules::{self, Quiet};
use crate::app::{App, OpenError};

/// How many notices one transaction takes in.
const PAGE: usize = 500;

/// How the recipients of the configuration begin in the outbox.
pub const OPERATOR_PREFIX: &str = "operator:";

/// Why something waits whose recipient is paused.
pub(super) const PAUSED: &str = "the recipient is paused";
/// When it is tried again to look a recipient up.
const LOOK_AGAIN_MS: i64 = 60_000;
/// For so many days something still matters to a recipient that was paused.
const PAUSED_DAYS: u16 = 7;

/// What is looked up once for an account's notices of one page.
struct Known {
    recipients: Vec<RecipientRow>,
    zone: Zone,
}

/// Lets go what was held until now and takes in every notice that is durable. A daily cap may have room for some of them
/// only: what concerns the standing comes before everything else, and among equals what was held before what is new.
pub(super) fn catch_up(app: &App, now: Timestamp, now_ms: i64) -> Result<(), OpenError> {
    let outbox = &app.notifier.outbox;
    let was_held = outbox.release(now, now_ms, |delivery| judge_first(app, delivery, now))?;
    if was_held + take_in(app, now, now_ms)? > 0 {
        outbox.release(now, now_ms, |delivery| judge(app, delivery, now))?;
    }
    Ok(())
}

/// Takes in every notice that is durable. Says how many deliveries are new.
fn take_in(app: &App, now: Timestamp, now_ms: i64) -> Result<usize, OpenError> {
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
            admission: held_for_its_turn(kind, now, admission(recipient, urgent, row.at, now, known.zone)),
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

/// Whether a recipient may get something that was decided at an instant now. A paused one may get it if it is resumed
/// while that still matters.
pub(super) fn admission(
    recipient: &RecipientRow,
    urgent: bool,
    at: Timestamp,
    now: Timestamp,
    zone: Zone,
) -> Admission {
    let quiet = recipient.quiet_minutes.and_then(|(from, to)| Quiet::new(from, to));
    let (day, day_ends) = rules::day(now, zone);
    let quiet_end = quiet.filter(|_| !urgent).and_then(|quiet| quiet.end(now, zone));
    let (held_until, held_for) =
        if recipient.enabled { (quiet_end, "") } else { (Some(matters_until(at)), PAUSED) };
    Admission { held_until, held_for, day, day_ends, daily_cap: recipient.daily_cap.filter(|_| !urgent) }
}

/// What warns of something that is past by now is held, and given up at once when what is held is looked at. Where there
/// is a daily cap, what does not concern the standing is held until then, too: others may come before it.
fn held_for_its_turn(kind: &NoticeKind, now: Timestamp, admission: Admission) -> Admission {
    let has_turn = admission.daily_cap.is_some() && !concerns_standing(kind);
    if has_turn || why_past(kind, now).is_some() {
        return Admission { held_until: admission.held_until.or(Some(now)), ..admission };
    }
    admission
}

/// Whether it takes a daily cap's room before others.
fn concerns_standing(kind: &NoticeKind) -> bool {
    kind.category() == NoticeCategory::Arrears
}

/// Why a warning is not told any more: what it counts down to is past.
fn why_past(kind: &NoticeKind, now: Timestamp) -> Option<String> {
    kind.counts_down_to().filter(|to| *to <= now)?;
    Some("outdated: what it warns of was past before it could be sent".into())
}

/// Why trying a delivery again would come to nothing.
pub fn why_not_again(app: &App, delivery: &Delivery, now: Timestamp) -> Option<String> {
    if let Matter::Notice(notice) = &delivery.matter
        && let Some(why) = why_past(&notice.kind, now)
    {
        return Some(why);
    }
    if let Some(name) = delivery.recipient.strip_prefix(OPERATOR_PREFIX) {
        let is_gone = app.config.notify.operator_named(name).is_none();
        return is_gone.then(|| "the recipient is not in the configuration any more".into());
    }
    match app.auth.directory.recipient(&delivery.recipient) {
        Ok(None) => Some("the recipient was removed: add it again to tell it of what comes".into()),
        Ok(Some(row)) if !row.enabled => Some("the recipient is paused: resume it first".into()),
        _ => None,
    }
}

/// Until when something that was decided at an instant is held for a paused recipient.
pub(super) fn matters_until(at: Timestamp) -> Timestamp {
    at.plus_days(PAUSED_DAYS)
}

/// Nothing holds it back.
pub(super) fn at_once(now: Timestamp, zone: Zone) -> Admission {
    let (day, day_ends) = rules::day(now, zone);
    Admission { held_until: None, held_for: "", day, day_ends, daily_cap: None }
}

/// The rules of a recipient have changed: what is held for it, or waits while it is paused, goes by the new ones.
///
/// # Errors
/// The outbox cannot be read or written.
pub fn look_again(app: &App, recipient: &RecipientRow, now: Timestamp, now_ms: i64) -> Result<(), OpenError> {
    let (id, is_paused) = (&recipient.recipient_id, !recipient.enabled);
    let outbox = &app.notifier.outbox;
    if !is_paused {
        outbox.look_again(id, false, now_ms, |delivery| judge_first(app, delivery, now))?;
    }
    outbox.look_again(id, is_paused, now_ms, |delivery| judge(app, delivery, now))?;
    app.notifier.nudge();
    Ok(())
}

/// What is held for paused recipients may have been overtaken by a change that the process did not live to act upon.
pub(super) fn look_at_paused(app: &App, now: Timestamp, now_ms: i64) -> Result<(), OpenError> {
    app.notifier.outbox.look_again_at(PAUSED, now_ms, |delivery| judge(app, delivery, now))?;
    Ok(())
}

/// Whether something that is held may go out now, later or never.
fn judge(app: &App, delivery: &Delivery, now: Timestamp) -> Verdict {
    let give_up = |why: &str| Verdict::GiveUp(why.to_owned());
    let row = match app.auth.directory.recipient(&delivery.recipient) {
        Ok(Some(row)) => row,
        Ok(None) => return give_up("the recipient is gone"),
        Err(problem) => {
            tracing::error!(%problem, "a recipient cannot be looked up; trying again");
            let (day, day_ends) = rules::day(now, Zone::default());
            let held_until = Some(now.plus_ms(LOOK_AGAIN_MS));
            return Verdict::Admit(Admission { held_until, held_for: "", day, day_ends, daily_cap: None });
        }
    };
    if let Matter::Notice(notice) = &delivery.matter
        && let Some(why) = why_past(&notice.kind, now)
    {
        return Verdict::GiveUp(why);
    }
    if delivery.detail == PAUSED && matters_until(delivery.at) <= now {
        return give_up("the recipient was paused for too long: what is a week old is not sent any more");
    }
    let urgent = matches!(&delivery.matter, Matter::Notice(notice) if notice.kind.is_urgent());
    let zone = prepare::zone(app, delivery.account);
    let admission = admission(&row, urgent, delivery.at, now, zone);
    Verdict::Admit(match &delivery.matter {
        // A summary waits for the end of its day, which is its instant; and what a cap kept back is told beyond the cap.
        Matter::Summary { .. } => {
            let day_ends = Some(delivery.at).filter(|day_ends| *day_ends > now);
            Admission { held_until: admission.held_until.max(day_ends), daily_cap: None, ..admission }
        }
        _ => admission,
    })
}

/// The same of what takes a daily cap's room before others; these are left for the time being.
fn judge_first(app: &App, delivery: &Delivery, now: Timestamp) -> Verdict {
    match &delivery.matter {
        Matter::Notice(notice) if concerns_standing(&notice.kind) => {}
        _ => return Verdict::Leave,
    }
    match judge(app, delivery, now) {
        Verdict::Admit(admission) if admission.daily_cap.is_some() => Verdict::Admit(admission),
        _ => Verdict::Leave,
    }
}
