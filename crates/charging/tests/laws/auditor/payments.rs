//! What the auditor knows of money that is asked for: the customer's requests, and the rule that asks by itself.

use charging::{Month, Timestamp};

use super::{Auditor, HOUR_MS};
use crate::commands::Answer;

/// When to ask for how much at least, within what limit a month.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rule {
    pub below: i64,
    pub amount: i64,
    pub limit: Option<i64>,
}

/// Money that was asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    amount: i64,
    key: Option<u8>,
    month: Month,
    is_of_rule: bool,
    /// True for paid.
    answer: Option<bool>,
}

/// All that was ever asked for, the first under number 1, and the rule.
#[derive(Default, Debug)]
pub struct Asks {
    all: Vec<Ask>,
    rule: Option<Rule>,
    times_declined: usize,
    retry_at: Option<i64>,
    /// True after the last retry, until the balance has been above the level.
    has_given_up: bool,
}

impl Asks {
    pub fn under_way(&self) -> Vec<(u64, i64)> {
        let open = (1..).zip(&self.all).filter(|(_, ask)| ask.answer.is_none());
        open.map(|(no, ask)| (no, ask.amount)).collect()
    }

    /// True while a request made with this key has no answer.
    pub fn awaits(&self, key: u8) -> bool {
        self.all.iter().any(|ask| ask.key == Some(key) && ask.answer.is_none())
    }

    pub fn retry_at(&self) -> Option<i64> {
        self.retry_at
    }
}

impl Auditor<'_> {
    fn month(&self, at: i64) -> Month {
        self.policy.zone.month(Timestamp::from_ms(at))
    }

    pub fn ask(&mut self, now: i64, amount: i64, key: Option<u8>) -> Answer {
        if self.asks.under_way().len() >= 8 {
            return Answer::Refused("too_many");
        }
        let month = self.month(now);
        self.asks.all.push(Ask { amount, key, month, is_of_rule: false, answer: None });
        Answer::Done
    }

    pub fn set_rule(&mut self, now: i64, rule: Option<Rule>) -> Answer {
        if rule.is_none() && self.asks.rule.is_none() {
            return Answer::Refused("nothing_to_remove");
        }
        if rule != self.asks.rule {
            let all = std::mem::take(&mut self.asks.all);
            self.asks = Asks { all, rule, ..Asks::default() };
            self.mind_rule(now);
        }
        Answer::Done
    }

    pub fn answer(&mut self, now: i64, no: u64, is_paid: bool) -> Answer {
        let Some(ask) = usize::try_from(no).unwrap().checked_sub(1).and_then(|no| self.asks.all.get_mut(no))
        else {
            return Answer::Refused("unknown_top_up");
        };
        if ask.answer.is_some() {
            return Answer::Done;
        }
        ask.answer = Some(is_paid);
        let (amount, is_of_rule, key) = (ask.amount, ask.is_of_rule, ask.key);
        // From its answer on a key grows old.
        if let Some((_, at)) = key.and_then(|key| self.keys.get_mut(&key)) {
            *at = now;
        }
        if is_of_rule && is_paid {
            (self.asks.times_declined, self.asks.retry_at) = (0, None);
        } else if is_of_rule {
            let is_needed = self.asks.rule.is_some_and(|rule| self.free() < rule.below);
            let pauses_h = [1, 6, 24];
            let pause_h = pauses_h.get(self.asks.times_declined).filter(|_| is_needed);
            self.asks.retry_at = pause_h.map(|hours| now + hours * HOUR_MS);
            self.asks.has_given_up = self.asks.retry_at.is_none();
            self.asks.times_declined += 1;
        }
        if is_paid {
            self.take_in(amount);
        }
        self.mind_rule(now);
        Answer::Done
    }

    /// Money comes in, and what is owed is paid.
    pub fn take_in(&mut self, e8: i64) {
        self.cash += e8;
        let paid = self.cash.min(self.owed);
        (self.cash, self.owed) = (self.cash - paid, self.owed - paid);
        if self.owed == 0 {
            self.clock = None;
        }
    }

    /// Something moved: above the level the rule forgets everything, below it it asks unless it waits for something.
    pub fn mind_rule(&mut self, now: i64) {
        let Some(rule) = self.asks.rule else { return };
        let is_asking = self.asks.all.iter().any(|ask| ask.is_of_rule && ask.answer.is_none());
        if self.free() >= rule.below {
            (self.asks.times_declined, self.asks.retry_at, self.asks.has_given_up) = (0, None, false);
        } else if !is_asking && self.asks.retry_at.is_none() && !self.asks.has_given_up {
            self.ask_by_rule(now);
        }
    }

    /// The rule asks for all that is missing, and its amount at least, unless the month has seen enough of it.
    pub fn ask_by_rule(&mut self, now: i64) {
        let Some(Rule { below, amount, limit }) = self.asks.rule else { return };
        let month = self.month(now);
        let of_month = || self.asks.all.iter().filter(|ask| ask.is_of_rule && ask.month == month);
        let asked: i64 = of_month().filter(|ask| ask.answer != Some(false)).map(|ask| ask.amount).sum();
        if limit.is_none_or(|limit| asked + amount <= limit) && of_month().count() < 100 {
            let missing = amount.max(below - self.free());
            let amount = limit.map_or(missing, |limit| missing.min(limit - asked));
            self.asks.retry_at = None;
            self.asks.all.push(Ask { amount, key: None, month, is_of_rule: true, answer: None });
        } else {
            self.asks.retry_at = Some(self.policy.zone.month_range(month).1.ms());
            self.asks.has_given_up = false;
        }
    }
}
