//! Top-ups through a payment provider: asked for by the customer, or by a rule when the credit drops.
//!
//! A request is part of the account until it is resolved, so it survives a restart, and whoever talks to the
//! provider finds it again and asks under the same number: the provider's answer, paid or declined, resolves it
//! once. Time-outs resolve nothing.
//!
//! The rule: when the credit (cash less what is used and owed) drops below a level, an amount is asked for, one
//! request at a time, and within a month at most so much. A request that is declined is made again after 1, 6 and 24
//! hours; then the rule waits until the credit has been above the level again. What it is not: a loan. An account
//! stays in arrears until the money is there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::{Key, KeyUse};
use crate::{
    Account, ChargeId, Context, Event, HOUR_MS, Money, Name, NoticeKind, Reason, Recorded, Refusal, Timestamp,
};

/// How many requests of the customer may be under way at the same time.
const UNDER_WAY_LIMIT: usize = 8;
/// After how many hours a declined request of the rule is made again; after the last, not any more.
const AGAIN_AFTER_HOURS: [i64; 3] = [1, 6, 24];
/// How often the rule may ask in a month, whatever its limit: a small amount below a high level would ask for ever.
const REQUESTS_A_MONTH: u32 = 100;
/// The longest detail of an answer that is kept, in bytes.
const DETAIL_LIMIT_BYTES: usize = 200;
/// What the notices call the rule.
const RULE_NAME: &str = "auto-top-up";

/// When to ask for how much.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AutoTopUp {
    /// The level the credit must drop below.
    pub below: Money,
    /// How much is asked for.
    pub amount: Money,
    /// How much may be asked for in a calendar month of the account's zone, if there is a limit.
    pub monthly_limit: Option<Money>,
}

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
    /// The rule, if there is one.
    pub fn auto_top_up(&self) -> Option<AutoTopUp> {
        self.cold.requests.rule
    }

    /// When the rule asks again after it was declined, or its month's limit was reached.
    pub fn auto_top_up_retry_at(&self) -> Option<Timestamp> {
        self.cold.requests.retry_at
    }

    /// Requests without an answer, by number.
    pub fn top_up_requests(&self) -> impl Iterator<Item = &TopUpRequest> {
        self.cold.requests.under_way.values()
    }

    /// True while a request has no answer. Costs nothing to ask.
    pub fn awaits_payment(&self) -> bool {
        self.awaits_payment
    }

    /// Sets the rule. If the credit is below its level already, it asks at once.
    ///
    /// # Errors
    /// An amount that is not positive or too large, a level too low or too high to ever be met, or a limit below the
    /// amount.
    pub fn set_auto_top_up(
        &mut self,
        context: Context<'_>,
        rule: AutoTopUp,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        let is_amount = rule.amount.is_positive() && rule.amount.is_within_limit();
        let is_limit = rule.monthly_limit.is_none_or(|l| rule.amount <= l && l.is_within_limit());
        if !is_amount || !is_limit || rule.below < Money::ZERO || !rule.below.is_within_limit() {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        if self.cold.requests.rule != Some(rule) {
            self.emit(now, Event::AutoTopUpSet { rule }, out);
            self.watch_top_up(now, out);
        }
        Ok(())
    }

    /// Takes the rule away. A request under way still gets its answer.
    ///
    /// # Errors
    /// There is none.
    pub fn remove_auto_top_up(
        &mut self,
        context: Context<'_>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        if self.cold.requests.rule.is_none() {
            return Err(Refusal::new(Reason::NothingToRemove));
        }
        self.emit(now, Event::AutoTopUpRemoved, out);
        Ok(())
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
        if let Some(used) = key.and_then(|key| self.cold.keys.get(&key)) {
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

    /// How a request of the customer's stands, by the key it was made with.
    pub fn request_with_key(&self, key: Key) -> Option<RequestOutcome> {
        match *self.cold.keys.get(&key)? {
            KeyUse::Request { no, state, .. } => Some(RequestOutcome { no, state, repeated: true }),
            _ => None,
        }
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
                    self.tell_top_up_failed(amount, detail, now, out);
                }
                Ok(None)
            }
        }
    }

    fn has_room_to_ask_for(&self, amount: Money) -> bool {
        let asked: Money = self.cold.requests.under_way.values().map(|request| request.amount).sum();
        amount.is_within_limit() && self.books.has_room_to_pay_in(amount + asked)
    }

    fn retry_after_decline(&self, now: Timestamp) -> Option<Timestamp> {
        let requests = &self.cold.requests;
        // Money may have come another way meanwhile: then there is nothing to retry.
        let may_ask = requests.rule.is_some_and(|rule| self.credit() < rule.below);
        let hours = AGAIN_AFTER_HOURS.get(usize::from(requests.declined)).filter(|_| may_ask)?;
        Some(now.plus_ms(hours * HOUR_MS))
    }

    fn tell_top_up_failed(&mut self, amount: Money, detail: String, at: Timestamp, out: &mut Vec<Recorded>) {
        if let Ok(rule) = Name::new(RULE_NAME) {
            self.notify(at, NoticeKind::TopUpFailed { rule, amount, detail }, out);
        }
    }

    /// Asks for money if the rule says so. Called after whatever may have lowered the credit.
    pub(crate) fn watch_top_up(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        if self.credit() < self.top_up_below {
            self.ask_for_top_up(at, out);
        }
    }

    fn ask_for_top_up(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        let Some(rule) = self.cold.requests.rule else { return };
        let no = self.cold.requests.last_no + 1;
        let (asked, times) = self.cold.requests.asked_in_month_of(at);
        let is_within_limit = rule.monthly_limit.is_none_or(|limit| asked + rule.amount <= limit);
        let is_within_month = is_within_limit && times < REQUESTS_A_MONTH;
        let amount = rule.amount;
        if is_within_month && self.has_room_to_ask_for(amount) {
            self.emit(at, Event::TopUpRequested { no, amount, origin: TopUpOrigin::Auto, key: None }, out);
            return;
        }
        let next_month = self.zone.month_range(self.zone.month(at)).1;
        let retry_at = (!is_within_month && next_month > at).then_some(next_month);
        self.emit(at, Event::TopUpPostponed { retry_at }, out);
        let detail = match (is_within_limit, is_within_month) {
            (false, _) => "the rule's limit for this month is reached",
            (true, false) => "the rule has asked as often as it may this month",
            (true, true) => "the books can take in no more",
        };
        self.tell_top_up_failed(amount, detail.to_owned(), at, out);
    }

    /// The rule asks again where that is due.
    pub(crate) fn retry_top_up(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        if self.cold.requests.retry_at.is_some_and(|retry_at| retry_at <= at) {
            self.ask_for_top_up(at, out);
        }
    }

    pub(crate) fn apply_rule(&mut self, rule: Option<AutoTopUp>) {
        let requests = &mut self.cold.requests;
        requests.rule = rule;
        (requests.declined, requests.retry_at, requests.is_waiting) = (0, None, false);
        self.find_top_up_level();
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
            self.cold.keys.insert(key, KeyUse::Request { no, amount, state: TopUpState::UnderWay });
        }
        self.find_top_up_level();
    }

    pub(crate) fn apply_resolved(&mut self, no: u64, is_paid: bool, retry_at: Option<Timestamp>) {
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
            self.cold.keys.insert(key, KeyUse::Request { no, amount: request.amount, state });
        }
        self.find_top_up_level();
        self.rearm_top_up();
    }

    pub(crate) fn apply_postponed(&mut self, retry_at: Option<Timestamp>) {
        self.cold.requests.retry_at = retry_at;
        self.cold.requests.is_waiting = retry_at.is_none();
        self.find_top_up_level();
    }

    /// After money moved: credit above the level makes the rule forget that it was declined.
    pub(crate) fn rearm_top_up(&mut self) {
        let Some(rule) = self.cold.requests.rule else { return };
        if self.credit() >= rule.below {
            let requests = &mut self.cold.requests;
            (requests.declined, requests.retry_at, requests.is_waiting) = (0, None, false);
            self.find_top_up_level();
        }
    }

    /// The level at which the rule asks: none while it is asking, or waits for anything.
    fn find_top_up_level(&mut self) {
        let requests = &self.cold.requests;
        let is_ready = requests.retry_at.is_none() && !requests.is_waiting && !requests.is_asking();
        let level = requests.rule.filter(|_| is_ready).map(|rule| rule.below);
        self.top_up_below = level.unwrap_or(Money::from_e8(i64::MIN));
        self.awaits_payment = !requests.under_way.is_empty();
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
