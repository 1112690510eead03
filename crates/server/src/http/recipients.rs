//! Recipients of an account's notices: who is told, and how.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::AccountId;
use ledger::directory::{Confirmation, DirectoryError, RecipientRow};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::blocking;
use super::body::read_body;
use super::error::Failure;
use super::invalid::parse;
use super::subject::{InPath, Subject};
use crate::app::{App, OpenError};
use crate::auth::secrets;
use crate::clock::system_now_ms;
use crate::ids;
use crate::notify::channel::Outcome;
use crate::notify::confirm::send_code;
use crate::notify::probe::{self, Target};
use crate::notify::recipient::{Channel, NewRecipient, RecipientChange};
use crate::notify::rules::Quiet;
use crate::notify::text::Language;
use crate::notify::{self, sealed_for, view};

const BODY_LIMIT_BYTES: usize = 16 * 1024;
/// An id is half of a random number: short enough for a message's id, and nobody guesses it.
const ID_LENGTH: usize = 16;

/// How many test messages and codes a customer may have sent in an hour: each may cost, and may bother somebody.
const ASKED_FOR_LIMIT: u64 = 20;
const ASKED_FOR_PERIOD_MS: i64 = 3_600_000;
/// The same in seconds, for whoever asked too often.
const RETRY_AFTER_S: u32 = 3_600;

type Answer = Result<Json<Value>, Failure>;

/// `GET …/recipients`.
pub async fn list(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    all(app, subject.account).await
}

/// `POST …/recipients`.
pub async fn add(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    let new: NewRecipient = parse(&subject.body)?;
    let is_customer = subject.caller.is_some();
    let needs_code = is_customer && app.config.notify.confirm_recipients && new.channel != Channel::Webhook;
    if needs_code {
        check_pace(&app, subject.account).await?;
    }
    insert(app, subject.account, new, needs_code).await
}

/// `PATCH …/recipients/{id}`.
pub async fn change(State(app): State<Arc<App>>, InPath([id]): InPath<1>, subject: Subject) -> Answer {
    edit(app, subject.account, id, parse(&subject.body)?).await
}

/// `DELETE …/recipients/{id}`.
pub async fn remove(State(app): State<Arc<App>>, InPath([id]): InPath<1>, subject: Subject) -> Answer {
    delete(app, subject.account, id).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenBack {
    code: String,
}

/// `POST …/recipients/{id}/confirm`: a customer gives back the code that was sent to it; the operator knows that it
/// wants to be told.
pub async fn confirm(State(app): State<Arc<App>>, InPath([id]): InPath<1>, subject: Subject) -> Answer {
    let code = match subject.caller {
        Some(_) => Some(parse::<GivenBack>(&subject.body)?.code),
        None => None,
    };
    confirm_by(app, subject.account, id, code).await
}

/// `POST …/recipients/{id}/code`: sends a new code.
pub async fn code(State(app): State<Arc<App>>, InPath([id]): InPath<1>, subject: Subject) -> Answer {
    let account = subject.account;
    let row = row(&app, Some(account), id).await?;
    if subject.caller.is_some() {
        check_pace(&app, account).await?;
    }
    let zone = app.engine.read(account, app.clock.now(), |live, _| live.account.zone())?.await?;
    blocking(move || {
        let sent = send_code(&app, account, &row).map_err(undelivered)?;
        if !sent {
            let detail = "this recipient is confirmed; it needs no code";
            return Err(Failure::of(error::INVALID_PARAMETER).because(detail));
        }
        Ok(Json(view::recipient(&row, zone)))
    })
    .await
}

/// `POST …/recipients/{id}/test`.
pub async fn test(State(app): State<Arc<App>>, InPath([id]): InPath<1>, subject: Subject) -> Answer {
    let account = subject.account;
    let row = row(&app, Some(account), id).await?;
    if subject.caller.is_some() {
        if row.confirmed_at_ms.is_none() {
            let detail = "this recipient is not confirmed: give back the code that was sent to it first";
            let refused = Failure::of(error::INVALID_PARAMETER).because(detail);
            return Err(refused.with_cure("not_confirmed", "Give back the code, or have a new one sent."));
        }
        check_pace(&app, account).await?;
    }
    probe_recipient(&app, &row).await
}

/// Sees to it that a customer does not have too many messages sent that are not notices.
async fn check_pace(app: &Arc<App>, account: AccountId) -> Result<(), Failure> {
    let theirs = Arc::clone(app);
    let since_ms = system_now_ms() - ASKED_FOR_PERIOD_MS;
    let recent = blocking(move || {
        theirs.notifier.outbox.asked_for_since(account, since_ms).map_err(super::deliveries::unavailable)
    });
    if recent.await? >= ASKED_FOR_LIMIT {
        let detail = format!("an account sends at most {ASKED_FOR_LIMIT} test messages and codes an hour");
        let refused = Failure::of(error::THROTTLED).saying(detail);
        return Err(refused
            .with_cure("asked_too_often", "Wait an hour, then try again.")
            .to_be_retried_after(RETRY_AFTER_S));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Probe {
    recipient: Option<String>,
    to: Option<String>,
    language: Option<Language>,
}

/// `POST /v1/admin/notify/test`: to a recipient of any account or of the operator, or to an address.
pub async fn test_any(State(app): State<Arc<App>>, request: Request) -> Answer {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let Probe { recipient, to, language } = parse(&body)?;
    let wrong = |detail: &str| Failure::of(error::INVALID_PARAMETER).because(detail);
    match (recipient, to) {
        (Some(recipient), None) => match Target::operator(&app, &recipient) {
            Some(target) => answer(&target.clone(), probe::send(&app, target).await),
            None => {
                let row = row(&app, None, recipient).await?;
                probe_recipient(&app, &row).await
            }
        },
        (None, Some(to)) => {
            let target = Target::address(&app, &to, language.unwrap_or(Language::En));
            let target = target.map_err(|problem| wrong(&problem))?;
            answer(&target.clone(), probe::send(&app, target).await)
        }
        _ => Err(wrong("name a recipient, or an address in to")),
    }
}

async fn probe_recipient(app: &Arc<App>, row: &RecipientRow) -> Answer {
    let target = Target::recipient(row).ok_or_else(|| Failure::of(error::BACKEND_UNAVAILABLE))?;
    answer(&target.clone(), probe::send(app, target).await)
}

/// Whether a probe was accepted is the answer, not an error: it was sent, and this is what the other side said.
fn answer(target: &Target, outcome: Outcome) -> Answer {
    let (accepted, detail) = match outcome {
        Ok(taken) => (true, taken.detail),
        Err(rejected) => (false, rejected.detail),
    };
    Ok(Json(json!({ "channel": target.channel().word(), "accepted": accepted, "answer": detail })))
}

async fn all(app: Arc<App>, account: AccountId) -> Answer {
    let zone = app.engine.read(account, app.clock.now(), |live, _| live.account.zone())?.await?;
    let rows = blocking(move || Ok(app.auth.directory.recipients(&account.to_string())?)).await?;
    Ok(Json(rows.iter().map(|row| view::recipient(row, zone)).collect()))
}

async fn insert(app: Arc<App>, account: AccountId, new: NewRecipient, needs_code: bool) -> Answer {
    let wrong = |detail: String| Failure::of(error::INVALID_PARAMETER).because(detail);
    let quiet = new.check(app.config.notify.webhook.allow_private_hosts).map_err(wrong)?;
    if !app.config.notify.sends(new.channel) {
        let word = new.channel.word();
        let detail = format!("this server sends no {word}: its operator has to configure notify.{word}");
        return Err(wrong(detail).with_cure("no_channel", "Choose another way, or ask the operator."));
    }
    let zone = app.engine.read(account, app.clock.now(), |live, _| live.account.zone())?.await?;
    blocking(move || {
        let now_ms = app.clock.now().ms();
        let recipient_id: String = ids::random_hex().chars().take(ID_LENGTH).collect();
        let secret = (new.channel == Channel::Webhook).then(secrets::new_secret_key);
        let sealed = secret.as_ref().map(|s| app.auth.secrets.seal(&sealed_for(&recipient_id), s));
        let row = RecipientRow {
            recipient_id,
            account_id: account.to_string(),
            channel: new.channel.word().into(),
            address: new.address.clone(),
            language: new.language.word().into(),
            categories: new.category_words(),
            quiet_minutes: quiet.map(Quiet::minutes),
            daily_cap: new.daily_cap(),
            enabled: new.enabled,
            sealed_secret: sealed,
            created_at_ms: now_ms,
            confirmed_at_ms: (!needs_code).then_some(now_ms),
        };
        app.auth.directory.insert_recipient(&row).map_err(|problem| match problem {
            DirectoryError::RecipientTaken => {
                wrong(problem.to_string()).with_cure("recipient_taken", "Change the recipient that is there.")
            }
            DirectoryError::TooManyRecipients => wrong(problem.to_string())
                .with_cure("too_many_recipients", "Remove one that is not needed any more."),
            other => other.into(),
        })?;
        if needs_code {
            send_code(&app, account, &row).map_err(undelivered)?;
        }
        let mut shown = view::recipient(&row, zone);
        if let Some(secret) = secret {
            shown["secret"] = secret.into();
        }
        Ok(Json(shown))
    })
    .await
}

async fn edit(app: Arc<App>, account: AccountId, id: String, change: RecipientChange) -> Answer {
    let change = change.check().map_err(|detail| Failure::of(error::INVALID_PARAMETER).because(detail))?;
    let zone = app.engine.read(account, app.clock.now(), |live, _| live.account.zone())?.await?;
    let changed = blocking(move || {
        let row = app.auth.directory.change_recipient(&account.to_string(), &id, change)?;
        if let Some(row) = &row {
            let looked = notify::look_again(&app, row, app.clock.now(), system_now_ms());
            looked.map_err(unkept)?;
        }
        Ok(row)
    });
    let row = changed.await?.ok_or_else(unknown)?;
    Ok(Json(view::recipient(&row, zone)))
}

async fn confirm_by(app: Arc<App>, account: AccountId, id: String, code: Option<String>) -> Answer {
    let wrong = |detail: &str| Failure::of(error::INVALID_PARAMETER).because(detail);
    let zone = app.engine.read(account, app.clock.now(), |live, _| live.account.zone())?.await?;
    let confirmed = blocking(move || {
        let (directory, code) = (&app.auth.directory, code.as_deref().map(str::trim));
        let at_ms = app.clock.now().ms();
        Ok(directory.confirm_recipient(&account.to_string(), &id, code, system_now_ms(), at_ms)?)
    });
    match confirmed.await? {
        Confirmation::Confirmed(row) => Ok(Json(view::recipient(&row, zone))),
        Confirmation::Wrong => Err(wrong("this is not the code that was sent last")
            .with_cure("wrong_code", "Look at the digits again, or have a new code sent.")),
        Confirmation::NoCode => Err(wrong(
            "no code is waiting: the last one was tried too often, or is more than a day old; have a new one sent",
        )
        .with_cure("no_code", "Have a new one sent.")),
        Confirmation::Unknown => Err(unknown()),
    }
}

fn unkept(problem: OpenError) -> Failure {
    tracing::error!(%problem, "what waits for a recipient could not be looked at again");
    Failure::of(error::BACKEND_UNAVAILABLE)
}

fn undelivered(problem: OpenError) -> Failure {
    tracing::error!(%problem, "a code could not be put into the outbox");
    Failure::of(error::BACKEND_UNAVAILABLE)
}

async fn delete(app: Arc<App>, account: AccountId, id: String) -> Answer {
    let row = row(&app, Some(account), id).await?;
    blocking(move || {
        app.auth.directory.delete_recipient(&account.to_string(), &row.recipient_id)?;
        let dropped = app.notifier.outbox.drop_recipient(&row.recipient_id, system_now_ms());
        let dropped = dropped.map_err(super::deliveries::unavailable)?;
        Ok(Json(json!({ "id": row.recipient_id, "given_up": dropped })))
    })
    .await
}

/// A recipient; one of another account is not found.
async fn row(app: &Arc<App>, account: Option<AccountId>, id: String) -> Result<RecipientRow, Failure> {
    let theirs = Arc::clone(app);
    let found = blocking(move || {
        let row = theirs.auth.directory.recipient(&id)?;
        let is_theirs = |row: &RecipientRow| account.is_none_or(|a| row.account_id == a.to_string());
        Ok(row.filter(is_theirs))
    });
    found.await?.ok_or_else(unknown)
}

fn unknown() -> Failure {
    let failure = Failure::of(error::INVALID_PARAMETER).because("there is no such recipient");
    failure.with_cure("unknown_recipient", "Give the id of a recipient of this account, as its list has it.")
}
