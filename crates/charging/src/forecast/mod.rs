//! Forecast: what will happen to an account by itself.
//!
//! The account is copied and the same core that runs the real one is run forward on the copy, from one due instant
//! to the next; every event it yields is a step of the forecast. So the forecast cannot disagree with what then
//! happens, as long as its assumptions hold: nobody calls or orders anything, prices and policies stay as they are,
//! calls under way come to nothing, and money comes in only if it is asked for: the payment provider pays at once, but
//! not for a request that was told to have no answer.

mod notices;
mod words;

use crate::{
    Account, Context, Event, Money, Notice, PaymentAnswer, Recorded, Standing, Timestamp, TopUpRequest,
};

/// The longest forecast, in days: five years.
const DAYS_LIMIT: u16 = 5 * 366;
/// How far a forecast looks if it is not said, in days.
const USUAL_DAYS: u16 = 60;
/// The most steps one forecast has.
const STEPS_LIMIT: usize = 10_000;

/// What is taken for granted beside that nobody calls or orders.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Assumptions {
    /// No payment arrives: whatever asks for one is declined. Otherwise the provider pays.
    pub no_payment: bool,
}

/// One thing that will happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What, and when.
    pub recorded: Recorded,
    /// In words.
    pub text: String,
    /// The cash after it.
    pub cash: Money,
    /// What is owed after it.
    pub debt: Money,
    /// Where the account stands after it.
    pub standing: Standing,
}

/// What will happen to an account by itself, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forecast {
    /// From when on.
    pub from: Timestamp,
    /// Up to and with this instant.
    pub until: Timestamp,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// True if there would be more steps than a forecast has.
    pub is_cut_short: bool,
    /// What was taken for granted.
    pub assumptions: Assumptions,
    /// True if a payment that was or will be asked for is supposed to arrive.
    pub counts_on_payment: bool,
    /// Requests that were told to have no answer. They are supposed to stay without one.
    pub unanswered: Vec<TopUpRequest>,
}

impl Step {
    /// When it happens.
    pub fn at(&self) -> Timestamp {
        self.recorded.at
    }

    /// The money it is about, if it is about any.
    pub fn amount(&self) -> Option<Money> {
        match &self.recorded.event {
            Event::HourSettled { lines, .. } => Some(lines.iter().map(|line| line.amount).sum()),
            Event::ToppedUp { amount, .. }
            | Event::DebtPaid { amount }
            | Event::TopUpRequested { amount, .. }
            | Event::CouponExpired { amount, .. } => Some(*amount),
            Event::LotGranted { price, .. } => Some(*price),
            _ => None,
        }
    }

    /// The notice that is given, if this is one.
    pub fn notice(&self) -> Option<&Notice> {
        match &self.recorded.event {
            Event::Noticed { notice } => Some(notice),
            _ => None,
        }
    }

    /// What happens, as one word: the event's name in the journal's own words.
    pub fn word(&self) -> String {
        self.recorded.event.word()
    }
}

impl Event {
    /// The event's name as one word: `HourSettled` is `hour_settled`.
    pub fn word(&self) -> String {
        let mut word = String::new();
        for letter in words::variant_name(self).chars() {
            if letter.is_uppercase() && !word.is_empty() {
                word.push('_');
            }
            word.push(letter.to_ascii_lowercase());
        }
        word
    }
}

impl Account {
    /// The last instant a forecast made at `from` can look to.
    pub fn forecast_limit(from: Timestamp) -> Timestamp {
        from.plus_days(DAYS_LIMIT)
    }

    /// How far to look if it is not said: sixty days, and in arrears at least to the day after the release.
    pub fn usual_forecast(&self, from: Timestamp) -> Timestamp {
        let usual = from.plus_days(USUAL_DAYS);
        self.standing.release_at().map_or(usual, |release_at| usual.max(release_at.plus_days(1)))
    }

    /// What will happen after `from`, up to and with `until` (at most [`Account::forecast_limit`]). The account
    /// itself is not changed.
    pub fn forecast(
        &self,
        context: Context<'_>,
        from: Timestamp,
        until: Timestamp,
        assumptions: Assumptions,
    ) -> Forecast {
        let until = until.min(Account::forecast_limit(from));
        // `ahead` lives on; `shown` follows it event by event, to show the account after each.
        let (mut ahead, mut shown) = (self.clone(), self.clone());
        let is_told = |request: &&TopUpRequest| self.is_told_unanswered(request.no);
        let mut forecast = Forecast {
            from,
            until,
            steps: Vec::new(),
            is_cut_short: false,
            assumptions,
            counts_on_payment: false,
            unanswered: self.top_up_requests().filter(is_told).copied().collect(),
        };
        let mut events = Vec::new();
        let mut next = Some(from).filter(|from| *from <= until);
        while let Some(due) = next {
            ahead.tick(context, due, &mut events);
            ahead.answer_payments(context, due, assumptions, &mut events);
            next = ahead.next_due(context).filter(|due| *due <= until);
            for recorded in events.drain(..) {
                forecast.counts_on_payment |=
                    matches!(recorded.event, Event::TopUpResolved { is_paid: true, .. });
                shown.apply(&recorded);
                let Some(text) = shown.step_text(&recorded.event, &context.catalog.currency) else {
                    continue;
                };
                let (cash, debt, standing) = (shown.cash(), shown.debt(), shown.standing());
                forecast.steps.push(Step { recorded, text, cash, debt, standing });
            }
            if forecast.steps.len() >= STEPS_LIMIT {
                forecast.steps.truncate(STEPS_LIMIT);
                forecast.is_cut_short = true;
                break;
            }
        }
        forecast
    }

    /// Payments that were asked for are answered as assumed, at the instant they were asked for. Those that were told to
    /// have no answer stay without one.
    fn answer_payments(
        &mut self,
        context: Context<'_>,
        at: Timestamp,
        assumptions: Assumptions,
        out: &mut Vec<Recorded>,
    ) {
        // An answer can lead to the next request; a rule asks only so often in a month.
        loop {
            let is_open = |no: &u64| assumptions.no_payment || !self.is_told_unanswered(*no);
            let asked = self.top_up_requests().map(|request| request.no).find(is_open);
            let Some(no) = asked else { return };
            let answer = if assumptions.no_payment {
                PaymentAnswer::Declined { detail: "no payment arrives".into() }
            } else {
                PaymentAnswer::Paid
            };
            if self.resolve_top_up(context, no, answer, at, out).is_err() {
                return;
            }
        }
    }
}
