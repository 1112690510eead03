//! Top-ups through a payment provider: asked for by the customer, or by a rule when the credit drops.
//!
//! A request is part of the account until it is resolved, so it survives a restart, and whoever talks to the
//! provider finds it again and asks under the same number: the provider's answer, paid or declined, resolves it
//! once. Time-outs resolve nothing; after a day without an answer the account is told, for until there is one the money
//! does not come, and the rule does not ask again.
//!
//! `auto_top_up` is what asks by itself. What a request is not: a loan. An account stays in arrears until the money is
//! there.

mod auto_top_up;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use auto_top_up::{AUTO_TOP_UPS_A_MONTH, AutoTopUp, TopUpFailure};

use crate::keys::{Key, KeyUse};
use crate::{
    Account, ChargeId, Context, Event, HOUR_MS, Money, NoticeKind, Reason, Recorded, Refusal, Timestamp,
};

/// How many requests of the customer may be under way at the same time.
const UNDER_WAY_LIMIT: usize = 8;
/// After so long without an answer the account is told of a request.
pub const UNANSWERED_AFTER_MS: i64 = 24 * HOUR_MS;
/// The longest detail of an answer that is kept, in bytes.
const DETAIL_LIMIT_BYTES: usize = 200;

/// Who asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopUpOrigin {
    /// The customer.
    Customer,
    /// The rule.
    Auto,
}

/// Money that is asked for and has not come yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TopUpRequest {
    /// Its number within the account: the provider's idempotency key is made of it.
    pub no: u64,
    /// How much.
    pub amount: Money,
    /// Who asked.
    pub origin: TopUpOrigin,
    /// When.
    pub requested_at: Timestamp,
    /// The caller's idempotency key.
    pub key: Option<Key>,
}

/// How a request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopUpState {
    /// Nobody has answered yet.
    UnderWay,
    /// The money came.
    Paid,
    /// It did not and will not.
    Declined,
}

/// What the provider said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PaymentAnswer {
    /// The money is there.
    Paid,
    /// It is not, and no money will move for this request.
    Declined {
        /// Why.
        detail: String,
    },
}

/// What asking for a top-up did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestOutcome {
    /// The request.
    pub no: u64,
    /// How it stands.
    pub state: TopUpState,
    /// True if the key was used before for the same request: nothing was asked for now.
    pub repeated: bool,
}

/// All about requests, in the cold part of the account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Requests {
    /// The number of the last one.
    pub last_no: u64,
    /// Those without an answer, by number.
    pub under_way: BTreeMap<u64, TopUpRequest>,
    pub rule: Option<AutoTopUp>,
    /// Up to this number, requests without an answer were told of.
    pub unanswered_told_to: u64,
    /// When it was last told that the rule could not ask.
    postponed_told_at: Option<Timestamp>,
    /// How often in a row the rule's request was declined.
    declined: u8,
    /// When the rule asks again.
    pub retry_at: Option<Timestamp>,
    /// True if the rule waits until the credit has been above the level again.
    is_waiting: bool,
    /// The end of the month whose requests are added up.
    month_until: Timestamp,
    /// What the rule asked for in it and was not declined.
    month_amount: Money,
    /// How often it asked in it.
    month_requests: u32,
}

impl Requests {
    fn is_asking(&self) -> bool {
        self.under_way.values().any(|request| request.origin == TopUpOrigin::Auto)
    }

    /// What the rule asked for in the month that holds the instant, and how often.
    fn asked_in_month_of(&self, now: Timestamp) -> (Money, u32) {
        if now < self.month_until { (self.month_amount, self.month_requests) } else { (Money::ZERO, 0) }
    }
}

impl Account {
    /// Requests without an answer, by number.
    pub fn top_up_requests(&self) -> impl Iterator<Item = &TopUpRequest> {
        self.cold.requests.under_way.values()
    }

    /// True if the account was told that the request has no answer: its money is not to be counted on.
    pub fn is_told_unanswered(&self, no: u64) -> bool {
        no <= self.cold.requests.unanswered_told_to && self.cold.requests.under_way.contains_key(&no)
    }

    /// True while a request has no answer. Costs nothing to ask.
    pub fn awaits_payment(&self) -> bool {
        self.awaits_payment
    }

    /// The next request to be told of because it has no answer, and when.
    pub(crate) fn next_unanswered(&self) -> Option<(Timestamp, TopUpRequest)> {
        let requests = &self.cold.requests;
        let (_, request) = requests.under_way.range(requests.unanswered_told_to + 1..).next()?;
        Some((request.requested_at.plus_ms(UNANSWERED_AFTER_MS), *request))
    }

    /// Tells of requests that have had no answer for too long.
    pub(crate) fn tell_unanswered(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        while let Some((_, request)) = self.next_unanswered().filter(|(due, _)| *due <= at) {
            let TopUpRequest { no, amount, requested_at, .. } = request;
            self.notify(at, NoticeKind::TopUpUnanswered { no, amount, requested_at }, out);
        }
    }

    /// The customer asks for money to be taken from their means of payment.
    ///
    /// # Errors
    /// An amount that is not positive or too large, too many requests under way, or a key that was used for something
    /// else.
    pub fn request_top_up(
        &mut self,
        context: Context<'_>,
        amount: Money,
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<RequestOutcome, Refusal> {
        let now = self.catch_up(context, now, out);
        if let Some(used) = self.use_of(context, key, now, out) {
            return match *used {
                KeyUse::Request { no, amount: before, state } if before == amount => {
                    Ok(RequestOutcome { no, state, repeated: true })
                }
                _ => Err(Refusal::new(Reason::KeyConflict)),
            };
        }
        if !amount.is_positive() || !self.has_room_to_ask_for(amount) {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        if self.cold.requests.under_way.len() >= UNDER_WAY_LIMIT {
            return Err(Refusal::new(Reason::TooMany { limit: UNDER_WAY_LIMIT as u64 }));
        }
        let no = self.cold.requests.last_no + 1;
        self.emit(now, Event::TopUpRequested { no, amount, origin: TopUpOrigin::Customer, key }, out);
        Ok(RequestOutcome { no, state: TopUpState::UnderWay, repeated: false })
    }

    /// The provider has answered. The answer to a request that has one already changes nothing: `None`.
    ///
    /// # Errors
    /// There never was such a request.
    pub fn resolve_top_up(
        &mut self,
        context: Context<'_>,
        no: u64,
        answer: PaymentAnswer,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<Option<Money>, Refusal> {
        let now = self.catch_up(context, now, out);
        let Some(request) = self.cold.requests.under_way.get(&no).copied() else {
            let was_made = (1..=self.cold.requests.last_no).contains(&no);
            return if was_made { Ok(None) } else { Err(Refusal::new(Reason::UnknownTopUp { no })) };
        };
        let TopUpRequest { amount, origin, .. } = request;
        match answer {
            PaymentAnswer::Paid => {
                let resolved =
                    Event::TopUpResolved { no, is_paid: true, retry_at: None, detail: String::new() };
                self.emit(now, resolved, out);
                self.emit(now, Event::ToppedUp { amount, key: Some(key_of(no)) }, out);
                let debt_paid = self.pay_debt(now, out);
                Ok(Some(debt_paid))
            }
            PaymentAnswer::Declined { detail } => {
                let retry_at = match origin {
                    TopUpOrigin::Customer => None,
                    TopUpOrigin::Auto => self.retry_after_decline(now),
                };
                let detail = shortened(detail);
                let resolved = Event::TopUpResolved { no, is_paid: false, retry_at, detail: detail.clone() };
                self.emit(now, resolved, out);
                if origin == TopUpOrigin::Auto {
                    self.tell_declined(amount, detail, retry_at, now, out);
                }
                Ok(None)
            }
        }
    }

    fn has_room_to_ask_for(&self, amount: Money) -> bool {
        let asked: Money = self.cold.requests.under_way.values().map(|request| request.amount).sum();
        amount.is_within_limit() && self.books.has_room_to_pay_in(amount + asked)
    }

    pub(crate) fn apply_requested(&mut self, at: Timestamp, request: TopUpRequest) {
        let until = self.zone.month_range(self.zone.month(at)).1;
        let requests = &mut self.cold.requests;
        requests.last_no = request.no;
        if request.origin == TopUpOrigin::Auto {
            requests.retry_at = None;
            let (asked, times) = requests.asked_in_month_of(at);
            (requests.month_amount, requests.month_requests) = (asked + request.amount, times + 1);
            requests.month_until = until;
        }
        requests.under_way.insert(request.no, request);
        let TopUpRequest { no, amount, key, .. } = request;
        if let Some(key) = key {
            self.cold.keys.remember(key, KeyUse::Request { no, amount, state: TopUpState::UnderWay }, at);
        }
        self.find_top_up_level();
    }

    pub(crate) fn apply_resolved(
        &mut self,
        at: Timestamp,
        no: u64,
        is_paid: bool,
        retry_at: Option<Timestamp>,
    ) {
        let requests = &mut self.cold.requests;
        let Some(request) = requests.under_way.remove(&no) else { return };
        if request.origin == TopUpOrigin::Auto {
            if is_paid {
                requests.declined = 0;
            } else {
                requests.declined = requests.declined.saturating_add(1);
                requests.is_waiting = retry_at.is_none();
                if request.requested_at < requests.month_until {
                    requests.month_amount -= request.amount.min(requests.month_amount);
                }
            }
            requests.retry_at = retry_at;
        }
        let state = if is_paid { TopUpState::Paid } else { TopUpState::Declined };
        if let Some(key) = request.key {
            self.cold.keys.remember(key, KeyUse::Request { no, amount: request.amount, state }, at);
        }
        self.find_top_up_level();
        self.rearm_top_up();
    }
}

/// The key of the money a request brings, apart from all keys of callers, which are hashes.
fn key_of(no: u64) -> Key {
    Key(ChargeId(u128::from_be_bytes(*b"top-up..\0\0\0\0\0\0\0\0") | u128::from(no)))
}

fn shortened(mut detail: String) -> String {
    let mut end = detail.len().min(DETAIL_LIMIT_BYTES);
    while !detail.is_char_boundary(end) {
        end -= 1;
    }
    detail.truncate(end);
    detail
}
