//! Payments: who takes a customer's money, and how requests for it get their answer.
//!
//! A request is part of the account before anybody is asked ([`charging::TopUpRequest`]), so it outlives a crash;
//! the provider is asked under a key made of account and number until it answers, and the answer is journalled
//! once. A time-out, a refused connection or an answer nobody understands is no answer: the provider is asked again,
//! with the same key. What it is not: a wallet. No means of payment is known here; the provider knows the customer.

mod config;
mod webhook;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use charging::{AccountId, PaymentAnswer, TopUpOrigin};
use ledger::AwaitedPayment;
use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio::time::Instant;

use crate::app::App;

pub use config::{PaymentConfig, ProviderChoice, WebhookConfig};
pub use webhook::Webhook;

/// How many requests are looked at at once, and with the provider at the same time.
const LOOK_LIMIT: usize = 10_000;
const UNDER_WAY_LIMIT: usize = 16;
/// The longest the driver sleeps: requests of rules come without a nudge.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// After a round of attempts without an answer, how long until the next: the first pause, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(900);
/// Answers that wait to be heard.
const ANSWERS: usize = 256;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(String);

/// Who takes the money.
enum Provider {
    /// Nobody.
    None,
    /// Nobody either, but every request is said to be paid: for trying things out.
    Sandbox,
    /// A program of the operator's, asked by signed requests.
    Webhook(Webhook),
}

/// A request and what became of it.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Whose.
    pub account: AccountId,
    /// Which one of the account's.
    pub no: u64,
    /// What the provider said.
    pub answer: PaymentAnswer,
}

/// The provider, and those who wait for its answers.
pub struct Payments {
    provider: Provider,
    choice: ProviderChoice,
    nudge: Notify,
    answers: broadcast::Sender<Answered>,
}

impl Payments {
    /// The provider of the configuration.
    ///
    /// # Errors
    /// A webhook that cannot be used.
    pub fn open(config: &PaymentConfig) -> Result<Payments, String> {
        let provider = match config.provider {
            ProviderChoice::None => Provider::None,
            ProviderChoice::Sandbox => Provider::Sandbox,
            ProviderChoice::Webhook => Provider::Webhook(Webhook::open(&config.webhook)?),
        };
        let (answers, _) = broadcast::channel(ANSWERS);
        Ok(Payments { provider, choice: config.provider, nudge: Notify::new(), answers })
    }

    /// Which one it is.
    pub fn choice(&self) -> ProviderChoice {
        self.choice
    }

    /// True if there is one.
    pub fn is_configured(&self) -> bool {
        self.choice != ProviderChoice::None
    }

    /// Has the driver look for requests now.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// Hears the answers given from now on.
    pub fn listen(&self) -> broadcast::Receiver<Answered> {
        self.answers.subscribe()
    }

    /// Waits until the provider has answered what was asked for by now, but for each request only once and no longer than
    /// a customer would wait.
    pub async fn settle(&self, app: &App, asked: &mut HashSet<RequestKey>) {
        if !self.is_configured() {
            return;
        }
        let mut answers = self.listen();
        let Ok(awaited) = app.engine.awaited_payments(LOOK_LIMIT).await else { return };
        let keys = awaited.iter().map(|awaited| (awaited.account, awaited.request.no));
        let mut open: HashSet<RequestKey> = keys.filter(|key| asked.insert(*key)).collect();
        self.nudge();
        let patience = Duration::from_secs(app.config.payment.wait_s);
        let all = async {
            while !open.is_empty() {
                match answers.recv().await {
                    Ok(answered) => drop(open.remove(&(answered.account, answered.no))),
                    // Missed answers stand in the books all the same.
                    Err(_) => return,
                }
            }
        };
        let _ = tokio::time::timeout(patience, all).await;
    }

    async fn ask(&self, awaited: &AwaitedPayment, currency: &str) -> Result<PaymentAnswer, NoAnswer> {
        match &self.provider {
            Provider::None => Err(NoAnswer("no payment provider is configured".into())),
            Provider::Sandbox => Ok(PaymentAnswer::Paid),
            Provider::Webhook(webhook) => webhook.ask(awaited, currency).await,
        }
    }
}

/// The key the provider knows a request by, for ever.
pub fn idempotency_key(awaited: &AwaitedPayment) -> String {
    format!("{}-{}", awaited.account, awaited.request.no)
}

/// One word for who asked.
pub fn origin_word(origin: TopUpOrigin) -> &'static str {
    match origin {
        TopUpOrigin::Customer => "customer",
        TopUpOrigin::Auto => "auto",
    }
}

/// An account and the number of one of its requests.
pub type RequestKey = (AccountId, u64);

/// Requests that are with the provider, and those that wait for their next round.
#[derive(Default)]
struct Rounds {
    under_way: HashSet<RequestKey>,
    waiting: HashMap<RequestKey, (Instant, Duration)>,
}

impl Rounds {
    fn may_ask(&self, key: &RequestKey, now: Instant) -> bool {
        let waits = self.waiting.get(key).is_some_and(|(until, _)| *until > now);
        !waits && !self.under_way.contains(key) && self.under_way.len() < UNDER_WAY_LIMIT
    }

    fn end(&mut self, key: RequestKey, is_answered: bool) {
        self.under_way.remove(&key);
        if is_answered {
            self.waiting.remove(&key);
        } else {
            self.pause(key, Instant::now());
        }
    }

    /// A round has ended without an answer: the next comes later each time.
    fn pause(&mut self, key: RequestKey, now: Instant) {
        let before = self.waiting.get(&key).map(|(_, pause)| *pause);
        let pause = before.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LONGEST_PAUSE));
        self.waiting.insert(key, (now + pause, pause));
    }
}

/// Asks the provider for whatever was asked for, until told to stop. What is without an answer then is found again at
/// the next start.
pub async fn drive(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    if !app.payments.is_configured() {
        return;
    }
    let (ended, mut ends) = mpsc::unbounded_channel::<(RequestKey, bool)>();
    let mut rounds = Rounds::default();
    loop {
        let Ok(awaited) = app.engine.awaited_payments(LOOK_LIMIT).await else { return };
        let now = Instant::now();
        for awaited in awaited {
            let key = (awaited.account, awaited.request.no);
            if rounds.may_ask(&key, now) {
                rounds.under_way.insert(key);
                let (app, ended) = (Arc::clone(&app), ended.clone());
                tokio::spawn(async move {
                    let is_answered = resolve(&app, &awaited).await;
                    // The driver may have stopped: then nobody counts any more.
                    let _ = ended.send((key, is_answered));
                });
            }
        }
        tokio::select! {
            () = app.payments.nudge.notified() => {}
            end = ends.recv(), if !rounds.under_way.is_empty() => {
                if let Some((key, is_answered)) = end {
                    rounds.end(key, is_answered);
                }
            }
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// One round with the provider; says whether there is an answer and it is durable.
async fn resolve(app: &App, awaited: &AwaitedPayment) -> bool {
    let AwaitedPayment { account, request } = awaited;
    let currency = &app.engine.rules().catalog.currency;
    let answer = match app.payments.ask(awaited, currency).await {
        Ok(answer) => answer,
        Err(problem) => {
            tracing::warn!(%account, request = request.no, %problem, "the payment provider gave no answer");
            return false;
        }
    };
    let resolved = app.engine.resolve_top_up(*account, request.no, answer.clone(), app.clock.now());
    let Ok(pending) = resolved else { return true };
    match pending.await {
        Ok(Ok(_)) => {
            // Nobody may be listening.
            let _ = app.payments.answers.send(Answered { account: *account, no: request.no, answer });
            true
        }
        Ok(Err(refusal)) => {
            tracing::error!(%account, request = request.no, %refusal, "an answer of the payment provider");
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_without_an_answer_come_later_each_time() {
        let (mut rounds, key) = (Rounds::default(), (AccountId(1), 1));
        let (mut pauses, mut now) = (Vec::new(), Instant::now());
        for _ in 0..9 {
            assert!(rounds.may_ask(&key, now));
            rounds.pause(key, now);
            assert!(!rounds.may_ask(&key, now));
            let pause = rounds.waiting[&key].1;
            pauses.push(pause.as_secs());
            now += pause;
        }
        assert_eq!(pauses, [15, 30, 60, 120, 240, 480, 900, 900, 900]);
    }

    #[test]
    fn a_request_is_with_the_provider_once() {
        let (mut rounds, now) = (Rounds::default(), Instant::now());
        for no in 0..UNDER_WAY_LIMIT as u64 {
            assert!(rounds.may_ask(&(AccountId(1), no), now));
            rounds.under_way.insert((AccountId(1), no));
            assert!(!rounds.may_ask(&(AccountId(1), no), now));
        }
        assert!(!rounds.may_ask(&(AccountId(2), 1), now), "no more at the same time");
    }
}
