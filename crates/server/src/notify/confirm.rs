//! Opt-in: whoever is behind an address says that it wants the notices, by giving back a code that was sent there.
//!
//! So that nobody can have a stranger's mailbox or phone filled. A webhook needs none: it gets nothing it could believe
//! before its owner was handed the secret.

use charging::AccountId;
use ledger::directory::{RecipientCode, RecipientRow};
use ledger::outbox::{Matter, NewDelivery};
use rand::RngExt;

use super::follow::at_once;
use super::prepare;
use crate::app::{App, OpenError};
use crate::clock::system_now_ms;
use crate::ids;

/// For how long a code is good: a message may wait for its mail server, and a person for the evening.
const CODE_MS: i64 = 24 * 3_600_000;
const CODES: u32 = 1_000_000;

/// Makes a new code for a recipient of an account that is not confirmed, and puts its message into the outbox. False if
/// there is no such recipient. Blocks.
///
/// # Errors
/// A file cannot be written.
pub fn send_code(app: &App, account: AccountId, recipient: &RecipientRow) -> Result<bool, OpenError> {
    let (now, now_ms) = (app.clock.now(), system_now_ms());
    let code = format!("{:06}", rand::rng().random_range(0..CODES));
    let kept = RecipientCode { code: &code, expires_at_ms: now_ms + CODE_MS };
    if !app.auth.directory.set_recipient_code(&account.to_string(), &recipient.recipient_id, kept)? {
        return Ok(false);
    }
    let delivery = NewDelivery {
        key: format!("code.{}", ids::random_hex()),
        account: Some(account),
        recipient: recipient.recipient_id.clone(),
        channel: recipient.channel.clone(),
        address: recipient.address.clone(),
        language: recipient.language.clone(),
        matter: Matter::Code { code },
        at: now,
        admission: at_once(now, prepare::zone(app, Some(account))),
    };
    app.notifier.outbox.add(&delivery, now_ms)?;
    app.notifier.nudge();
    Ok(true)
}
