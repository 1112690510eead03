//! A delivery becomes a message to an address.

use charging::{Account, AccountId, ArrearsReasons, BillRounding, NoticeKind, Timestamp, Zone};
use ledger::directory::{Directory, DirectoryError};
use ledger::outbox::{Delivery, Matter};
use ledger::read::ReadError;

use super::channel::{Outgoing, Rejected};
use super::config::Secret;
use super::follow::OPERATOR_PREFIX;
use super::recipient::Channel;
use super::text::{Facts, Language, message};
use super::view;
use crate::app::App;

/// What the secrets of recipients are sealed for.
pub fn sealed_for(recipient_id: &str) -> String {
    format!("recipient {recipient_id}")
}

/// The zone of an account; that of the policy of new accounts where there is none.
pub fn zone(app: &App, account: Option<AccountId>) -> Zone {
    let own = account.and_then(|account| {
        let read = app.engine.read(account, app.clock.now(), |live, _| live.account.zone()).ok()?;
        read.wait().ok()
    });
    own.unwrap_or_else(|| {
        let policies = &app.engine.rules().policies;
        policies.get(app.config.accounts.policy.as_str()).map(|policy| policy.zone).unwrap_or_default()
    })
}

/// How an account's months are stated.
fn rounding(app: &App, account: Option<AccountId>) -> BillRounding {
    let own = account.and_then(|account| {
        let read = app.engine.read(account, app.clock.now(), |live, _| live.account.policy().clone()).ok()?;
        read.wait().ok()
    });
    own.map(|policy| app.engine.rules().policies.of(&policy).bill_rounding).unwrap_or_default()
}

/// Writes the message. Blocks.
///
/// # Errors
/// The recipient is gone or paused, or what it takes cannot be read.
pub(super) fn outgoing(app: &App, delivery: &Delivery, now_ms: i64) -> Result<(Channel, Outgoing), Rejected> {
    let unknown = |what: &str| Rejected::for_good(format!("an unknown {what}"));
    let channel = Channel::of_word(&delivery.channel).ok_or_else(|| unknown("channel"))?;
    let language = Language::of_word(&delivery.language).ok_or_else(|| unknown("language"))?;
    let secret = secret(app, delivery)?;
    let account = match delivery.account {
        Some(id) => app.auth.directory.account_by_id(&id.to_string()).map_err(Rejected::for_now)?,
        None => None,
    };
    let capped = match &delivery.matter {
        Matter::Summary { day } => {
            app.notifier.outbox.capped(&delivery.recipient, day).map_err(Rejected::for_now)?
        }
        _ => Vec::new(),
    };
    let member = match &delivery.matter {
        Matter::Notice(notice) => {
            member_name(&app.auth.directory, &notice.kind).map_err(Rejected::for_now)?
        }
        _ => None,
    };
    let facts = Facts {
        account: account.map(|account| account.name).unwrap_or_default(),
        zone: zone(app, delivery.account),
        rounding: rounding(app, delivery.account),
        currency: app.engine.rules().catalog.currency.clone(),
        at: delivery.at,
        capped,
        member,
        reasons: reasons_of(app, delivery)?,
        console: app.config.server.public_url.clone(),
    };
    let message = message(language, &delivery.matter, &facts);
    let body = view::webhook_body(delivery, &facts, &message);
    Ok((
        channel,
        Outgoing {
            key: delivery.key.clone(),
            address: delivery.address.clone(),
            message,
            body,
            secret,
            attempt: delivery.attempts,
            now_ms,
        },
    ))
}

/// What the member is called that a notice tells of.
///
/// # Errors
/// The directory's.
pub fn member_name(directory: &Directory, kind: &NoticeKind) -> Result<Option<String>, DirectoryError> {
    let Some(id) = kind.member() else { return Ok(None) };
    Ok(directory.account_by_id(id.as_str())?.map(|account| account.name))
}

/// Why the arrears began that a delivery tells of.
fn reasons_of(app: &App, delivery: &Delivery) -> Result<Option<ArrearsReasons>, Rejected> {
    let (Matter::Notice(notice), Some(account)) = (&delivery.matter, delivery.account) else {
        return Ok(None);
    };
    if !notice.kind.begins_arrears() {
        return Ok(None);
    }
    let read = app.engine.read(account, app.clock.now(), |live, _| live.account.clone());
    let account = read.map_err(Rejected::for_now)?.wait().map_err(Rejected::for_now)?;
    arrears_reasons(app, &account, delivery.at).map_err(Rejected::for_now)
}

/// Why arrears began at an instant, from the account's own records. The same whenever it is asked. Blocks.
///
/// # Errors
/// The read model's.
pub fn arrears_reasons(
    app: &App,
    account: &Account,
    at: Timestamp,
) -> Result<Option<ArrearsReasons>, ReadError> {
    let Some(mut records) = app.read.arrears_records(account.id(), at)? else { return Ok(None) };
    records.runs = app.read.usage_runs(account, &records)?;
    Ok(Some(account.arrears_reasons(&records)))
}

/// What a webhook to the recipient is signed with; also sees to it that the recipient is still there.
fn secret(app: &App, delivery: &Delivery) -> Result<Option<Secret>, Rejected> {
    let recipient = &delivery.recipient;
    if let Some(name) = recipient.strip_prefix(OPERATOR_PREFIX) {
        let Some(operator) = app.config.notify.operator_named(name) else {
            return if delivery.matter == Matter::Probe { Ok(None) } else { Err(gone()) };
        };
        return Secret::read("notify.operator", &operator.secret_env, &operator.secret_file)
            .map_err(Rejected::for_now);
    }
    let row = app.auth.directory.recipient(recipient).map_err(Rejected::for_now)?.ok_or_else(gone)?;
    let is_asked_for = matches!(delivery.matter, Matter::Probe | Matter::Code { .. });
    if !row.enabled && !is_asked_for {
        return Err(Rejected::while_paused());
    }
    let Some(sealed) = &row.sealed_secret else { return Ok(None) };
    let opened = app.auth.secrets.unseal(&sealed_for(recipient), sealed);
    let text = opened.and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(|| Rejected::for_good("its secret cannot be opened with this key file"))?;
    Ok(Some(Secret::new(text)))
}

fn gone() -> Rejected {
    Rejected::for_good("the recipient was removed")
}
