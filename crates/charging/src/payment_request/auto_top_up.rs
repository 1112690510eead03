//! The rule that asks for money by itself.
//!
//! When what the balance alert goes by (cash less what is used and owed, and coupons for anything) drops below a level,
//! an amount is asked for, one request at a time, and within a month at most so much, and so often. The amount is at
//! least the level, and where more than it is missing up to the level, what is missing is asked for: else a small amount
//! would be asked for again and again, within seconds. A request that is declined is made again after 1, 6 and 24 hours;
//! then the rule waits until the balance has been above the level again. Of that series the first failure is told and the
//! last.

use serde::{Deserialize, Serialize};

use super::{Requests, TopUpOrigin};
use crate::arming::is_a_day_after;
use crate::{
    Account, Context, Event, HOUR_MS, Money, Name, NoticeKind, Reason, Recorded, Refusal, Timestamp, Zone,
};

/// After how many hours a declined request of the rule is made again; after the last, not any more.
const AGAIN_AFTER_HOURS: [i64; 3] = [1, 6, 24];
/// How often a rule may ask in a month, whatever its limit.
pub const AUTO_TOP_UPS_A_MONTH: u32 = 100;
/// What the notices call the rule.
const RULE_NAME: &str = "auto-top-up";

/// Why an automatic top-up brought no money.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum TopUpFailure {
    /// The payment provider declined.
    Declined {
        /// Its words.
        detail: String,
    },
    /// The rule's limit of the month leaves no room for another one: it was not asked for.
    MonthlyLimit {
        /// The limit.
        limit: Money,
    },
    /// The rule has asked as often as it may in a month: it was not asked for.
    TimesInMonth {
        /// How often that is.
        most: u32,
    },
    /// The books can take in no more: it was not asked for.
    BooksFull,
}

impl TopUpFailure {
    /// One word.
    pub fn word(&self) -> &'static str {
        match self {
            TopUpFailure::Declined { .. } => "declined",
            TopUpFailure::MonthlyLimit { .. } => "monthly_limit",
            TopUpFailure::TimesInMonth { .. } => "times_in_month",
            TopUpFailure::BooksFull => "books_full",
        }
    }
}

/// When to ask for how much.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AutoTopUp {
    /// The level that [`Account::balance_for_alerts`] must drop below.
    pub below: Money,
    /// How much is asked for, unless more is missing.
    pub amount: Money,
    /// How much may be asked for in a calendar month of the account's zone, if there is a limit.
    pub monthly_limit: Option<Money>,
}

impl AutoTopUp {
    /// Whether its figures go together.
    fn check(&self) -> Result<(), Refusal> {
        let AutoTopUp { below, amount, monthly_limit } = *self;
        if amount < below || monthly_limit.is_some_and(|limit| limit < amount) {
            return Err(Refusal::new(Reason::InvalidTopUpRule { rule: *self }));
        }
        Ok(())
    }

    /// What is to be asked for at a balance: the amount, or all that is missing up to the level if that is more. What the
    /// month has left may be less than that, but never less than the amount: then nothing is asked for.
    fn amount_at(&self, balance: Money, left_of_month: Option<Money>) -> Option<Money> {
        let left = left_of_month.unwrap_or(Money::LIMIT).min(Money::LIMIT);
        (self.amount <= left).then(|| self.amount.max(self.below - balance).min(left))
    }
}

impl Requests {
    /// True if it was told within a day, and in the same month, that the rule could not ask: changing the rule costs
    /// nothing.
    fn was_postponement_told(&self, zone: Zone, at: Timestamp) -> bool {
        let told_at = self.postponed_told_at;
        told_at.is_some_and(|told_at| zone.month(told_at) == zone.month(at)) && !is_a_day_after(told_at, at)
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

    /// Sets the rule. If the credit is below its level already, it asks at once.
    ///
    /// # Errors
    /// An amount that is not positive or too large, a level too low or too high to ever be met, or an amount that is
    /// below the level or above the limit.
    pub fn set_auto_top_up(
        &mut self,
        context: Context<'_>,
        rule: AutoTopUp,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        let is_amount = rule.amount.is_positive() && rule.amount.is_within_limit();
        let is_limit = rule.monthly_limit.is_none_or(Money::is_within_limit);
        if !is_amount || !is_limit || rule.below < Money::ZERO || !rule.below.is_within_limit() {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        rule.check()?;
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

    pub(super) fn retry_after_decline(&self, now: Timestamp) -> Option<Timestamp> {
        let requests = &self.cold.requests;
        // Money may have come another way meanwhile: then there is nothing to retry.
        let may_ask = requests.rule.is_some_and(|rule| self.balance_for_alerts() < rule.below);
        let hours = AGAIN_AFTER_HOURS.get(usize::from(requests.declined)).filter(|_| may_ask)?;
        Some(now.plus_ms(hours * HOUR_MS))
    }

    /// A request of the rule was declined, for which it asks again or not.
    pub(super) fn tell_declined(
        &mut self,
        amount: Money,
        detail: String,
        retry_at: Option<Timestamp>,
        at: Timestamp,
        out: &mut Vec<Recorded>,
    ) {
        if self.cold.requests.declined <= 1 || retry_at.is_none() {
            self.tell_top_up_failed(amount, TopUpFailure::Declined { detail }, retry_at, at, out);
        }
    }

    fn tell_top_up_failed(
        &mut self,
        amount: Money,
        why: TopUpFailure,
        retry_at: Option<Timestamp>,
        at: Timestamp,
        out: &mut Vec<Recorded>,
    ) {
        if let Ok(rule) = Name::new(RULE_NAME) {
            self.notify(at, NoticeKind::TopUpFailed { rule, amount, why, retry_at }, out);
        }
    }

    /// Asks for money if the rule says so. Called after whatever may have lowered the balance.
    pub(crate) fn watch_top_up(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        if self.credit() < self.top_up_below && self.balance_for_alerts() < self.top_up_below {
            self.ask_for_top_up(at, out);
        }
    }

    fn ask_for_top_up(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        let Some(rule) = self.cold.requests.rule else { return };
        let no = self.cold.requests.last_no + 1;
        let (asked, times) = self.cold.requests.asked_in_month_of(at);
        let left_of_month = rule.monthly_limit.map(|limit| limit - asked);
        let amount = rule.amount_at(self.balance_for_alerts(), left_of_month);
        let is_within_month = amount.is_some() && times < AUTO_TOP_UPS_A_MONTH;
        if let Some(amount) = amount.filter(|amount| is_within_month && self.has_room_to_ask_for(*amount)) {
            self.emit(at, Event::TopUpRequested { no, amount, origin: TopUpOrigin::Auto, key: None }, out);
            return;
        }
        let next_month = self.zone.month_range(self.zone.month(at)).1;
        let retry_at = (!is_within_month && next_month > at).then_some(next_month);
        let was_told = self.cold.requests.was_postponement_told(self.zone, at);
        self.emit(at, Event::TopUpPostponed { retry_at }, out);
        if was_told {
            return;
        }
        let why = match amount {
            None => TopUpFailure::MonthlyLimit { limit: rule.monthly_limit.unwrap_or(Money::LIMIT) },
            Some(_) if !is_within_month => TopUpFailure::TimesInMonth { most: AUTO_TOP_UPS_A_MONTH },
            Some(_) => TopUpFailure::BooksFull,
        };
        self.tell_top_up_failed(rule.amount, why, retry_at, at, out);
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

    pub(crate) fn apply_postponed(&mut self, at: Timestamp, retry_at: Option<Timestamp>) {
        if !self.cold.requests.was_postponement_told(self.zone, at) {
            self.cold.requests.postponed_told_at = Some(at);
        }
        self.cold.requests.retry_at = retry_at;
        self.cold.requests.is_waiting = retry_at.is_none();
        self.find_top_up_level();
    }

    /// After money moved: a balance above the level makes the rule forget that it was declined.
    pub(crate) fn rearm_top_up(&mut self) {
        let Some(rule) = self.cold.requests.rule else { return };
        if self.balance_for_alerts() >= rule.below {
            let requests = &mut self.cold.requests;
            (requests.declined, requests.retry_at, requests.is_waiting) = (0, None, false);
            self.find_top_up_level();
        }
    }

    /// The level at which the rule asks: none while it is asking, or waits for anything.
    pub(super) fn find_top_up_level(&mut self) {
        let requests = &self.cold.requests;
        let is_ready = requests.retry_at.is_none() && !requests.is_waiting && !requests.is_asking();
        let level = requests.rule.filter(|_| is_ready).map(|rule| rule.below);
        self.top_up_below = level.unwrap_or(Money::from_e8(i64::MIN));
        self.awaits_payment = !requests.under_way.is_empty();
    }
}
