//! How recipients and deliveries look from outside, and the body of a webhook.

use charging::{Timestamp, Zone};
use ledger::directory::RecipientRow;
use ledger::outbox::{Delivery, Matter};
use serde_json::{Value, json};

use super::rules::Quiet;
use super::text::{Facts, Message};
use crate::views::notices::{Known, named_figures};

/// The body of a webhook: the same at every attempt.
pub(super) fn webhook_body(delivery: &Delivery, facts: &Facts, message: &Message) -> Value {
    let account = delivery.account.map(|id| json!({ "id": id, "name": facts.account }));
    let mut body = json!({
        "id": delivery.key,
        "kind": delivery.matter.word(),
        "account": account,
        "at": delivery.at.in_zone(facts.zone),
        "currency": facts.currency,
        "language": delivery.language,
        "subject": message.subject,
        "text": message.text,
        "no": null,
        "category": null,
        "urgent": false,
        "figures": {},
    });
    match &delivery.matter {
        Matter::Notice(notice) => {
            body["no"] = json!(notice.no);
            body["category"] = json!(notice.kind.category());
            body["urgent"] = json!(notice.kind.is_urgent());
            let known = Known { member: facts.member.as_deref(), reasons: facts.reasons.as_ref() };
            body["figures"] = named_figures(&notice.kind, facts.zone, known);
        }
        Matter::Summary { day } => {
            let capped: serde_json::Map<String, Value> =
                facts.capped.iter().map(|(word, count)| (word.clone(), json!(count))).collect();
            body["figures"] = json!({ "day": day, "capped": capped });
        }
        Matter::Canary | Matter::Probe | Matter::Code { .. } => {}
    }
    body
}

/// One recipient. Its secret is never shown again.
pub fn recipient(row: &RecipientRow, zone: Zone) -> Value {
    let quiet = row.quiet_minutes.and_then(|(from, to)| Quiet::new(from, to)).map(Quiet::texts);
    let categories: Vec<&str> = row.categories.split(' ').filter(|word| !word.is_empty()).collect();
    json!({
        "id": row.recipient_id,
        "channel": row.channel,
        "address": row.address,
        "language": row.language,
        "categories": categories,
        "quiet_hours": quiet.map(|(from, to)| json!({ "from": from, "to": to })),
        "daily_cap": row.daily_cap,
        "enabled": row.enabled,
        "confirmed": row.confirmed_at_ms.is_some(),
        "created_at": Timestamp::from_ms(row.created_at_ms).in_zone(zone),
    })
}

/// One delivery, and the name of the account it is for.
pub fn delivery(delivery: &Delivery, account: Option<&str>, zone: Zone) -> Value {
    let system = |ms: Option<i64>| ms.map(|ms| Timestamp::from_ms(ms).in_zone(zone));
    let no = match &delivery.matter {
        Matter::Notice(notice) => Some(notice.no),
        _ => None,
    };
    json!({
        "number": delivery.number,
        "key": delivery.key,
        "account_id": delivery.account,
        "account": account,
        "notice": no,
        "kind": delivery.matter.word(),
        "recipient": delivery.recipient,
        "channel": delivery.channel,
        "address": delivery.address,
        "language": delivery.language,
        "at": delivery.at.in_zone(zone),
        "state": delivery.state.word(),
        "held_until": delivery.held_until.map(|until| until.in_zone(zone)),
        "attempts": delivery.attempts,
        "cut_off": delivery.cut_off,
        "attempted_at": system(delivery.attempted_at_ms),
        "next_attempt_at": system(delivery.next_attempt_at_ms.filter(|ms| *ms > 0)),
        "done_at": system(delivery.done_at_ms),
        "detail": delivery.detail,
        "peer_id": delivery.peer_id,
        "receipt": delivery.receipt,
    })
}
