//! Top-ups through the payment provider: asked for by the customer, or by a rule.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use charging::{AccountId, AutoTopUp, Money, PaymentAnswer, TopUpState};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use wire::error;

use super::Known;
use super::customer::{key, show};
use super::error::Failure;
use super::invalid::parse;
use super::subject::Subject;
use crate::app::App;
use crate::auth::rights::for_the_payer;
use crate::ids;
use crate::payments::Answered;
use crate::views::commerce;

type Answer = Result<Json<Value>, Failure>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopUp {
    amount: Money,
    key: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    below: Money,
    amount: Money,
    monthly_limit: Option<Money>,
}

/// `POST /v1/top-ups`: asks the provider, and waits for its answer a while. Without one the request goes on; asking
/// again with the same key tells what became of it.
pub async fn ask(State(app): State<Arc<App>>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    let account = known.caller.account;
    if known.caller.payer()?.member.is_some() {
        check_owes(&app, account).await?;
    }
    let TopUp { amount, key: text } = parse(&known.body)?;
    check_provider(&app)?;
    // Every request has a key, so that its outcome can be looked up.
    let text = text.unwrap_or_else(ids::random_hex);
    let key = key("payment", Some(&text))?;
    let mut answers = app.payments.listen();
    let asked = app.engine.request_top_up(account, amount, key, app.clock.now())?.await??;
    let (mut state, mut detail) = (asked.state, String::new());
    if state == TopUpState::UnderWay {
        app.payments.nudge();
        let wait = Duration::from_secs(app.config.payment.wait_s);
        let answer = tokio::time::timeout(wait, answer_to(&mut answers, account, asked.no));
        let answer = app.stopping.run_until_cancelled(answer).await;
        (state, detail) = match answer.and_then(Result::ok).flatten() {
            Some(PaymentAnswer::Paid) => (TopUpState::Paid, String::new()),
            Some(PaymentAnswer::Declined { detail }) => (TopUpState::Declined, detail),
            // Not heard: the books say how it stands.
            None => (state_of(&app, account, key).await?.unwrap_or(state), String::new()),
        };
    }
    if state == TopUpState::Declined {
        let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
        let declined =
            Failure::of(error::ACCOUNT_RESTRICTED).saying(format!("The payment was declined{detail}"));
        return Err(declined.with_cure("payment_declined", "Use another means of payment, and a new key."));
    }
    let Json(view) = show(&app, account, known.caller.account_name).await?;
    let status = if state == TopUpState::Paid { "paid" } else { "under_way" };
    Ok(Json(json!({ "request": asked.no, "status": status, "repeated": asked.repeated, "key": text,
        "account": view })))
}

async fn answer_to(
    answers: &mut broadcast::Receiver<Answered>,
    account: AccountId,
    no: u64,
) -> Option<PaymentAnswer> {
    loop {
        match answers.recv().await {
            Ok(answered) if answered.account == account && answered.no == no => return Some(answered.answer),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

async fn state_of(
    app: &App,
    account: AccountId,
    key: Option<charging::Key>,
) -> Result<Option<TopUpState>, Failure> {
    let Some(key) = key else { return Ok(None) };
    let read = app.engine.read(account, app.clock.now(), |live, _| live.account.request_with_key(key))?;
    Ok(read.await?.map(|outcome| outcome.state))
}

/// A member pays what it owes from before it was one, and nothing ahead: its calls are paid by its master.
async fn check_owes(app: &App, account: AccountId) -> Result<(), Failure> {
    let debt = app.engine.read(account, app.clock.now(), |live, _| live.account.debt())?.await?;
    if debt.is_positive() { Ok(()) } else { Err(for_the_payer()) }
}

fn check_provider(app: &App) -> Result<(), Failure> {
    if app.payments.is_configured() {
        return Ok(());
    }
    let none = Failure::of(error::INVALID_PARAMETER).saying("No payment provider is configured here.");
    Err(none.with_cure("no_payment_provider", "Ask the operator to top up the account."))
}

/// `GET …/auto-top-up`.
pub async fn get_rule(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    show_rule(&app, subject.account).await
}

/// `PUT …/auto-top-up`.
pub async fn put_rule(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    set_rule(&app, subject.account, &subject.body).await
}

/// `DELETE …/auto-top-up`.
pub async fn delete_rule(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    remove_rule(&app, subject.account).await
}

async fn show_rule(app: &App, account: AccountId) -> Answer {
    let provider = app.payments.choice().word();
    let read = app.engine.read(account, app.clock.now(), |live, _| commerce::auto_top_up(live, provider))?;
    Ok(Json(read.await?))
}

async fn set_rule(app: &App, account: AccountId, body: &[u8]) -> Answer {
    let Rule { below, amount, monthly_limit } = parse(body)?;
    check_provider(app)?;
    let rule = AutoTopUp { below, amount, monthly_limit };
    app.engine.set_auto_top_up(account, rule, app.clock.now())?.await??;
    app.payments.nudge();
    show_rule(app, account).await
}

async fn remove_rule(app: &App, account: AccountId) -> Answer {
    app.engine.remove_auto_top_up(account, app.clock.now())?.await??;
    show_rule(app, account).await
}
