//! `/v1/diagnosis` and `/v1/forecast`: why money was spent, and what will happen by itself.
//!
//! Both work on a copy of the account and change nothing, however often they are asked.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use charging::{Account, AccountId, Assumptions, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use wire::error;

use super::blocking;
use super::error::Failure;
use super::extract::Query;
use super::subject::Subject;
use crate::app::App;
use crate::project_names::ProjectNames;
use crate::views;

/// How far a diagnosis looks back if it is not said: a month of any length.
const USUAL_LOOK_BACK_DAYS: i64 = 31;
const DAY_MS: i64 = 24 * charging::HOUR_MS;

type Answer = Result<Json<Value>, Failure>;

/// Since when usage is to be looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    from: Option<String>,
}

/// How far to look, and what to take for granted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ahead {
    until: Option<String>,
    #[serde(default)]
    if_no_payment: bool,
}

/// `GET …/diagnosis`.
///
/// # Errors
/// No caller, or an instant that is none.
pub async fn diagnosis(State(app): State<Arc<App>>, Query(since): Query<Since>, subject: Subject) -> Answer {
    diagnose(app, &subject, since).await
}

/// `GET …/forecast`.
///
/// # Errors
/// No caller, or an end that is no instant, not ahead or too far ahead.
pub async fn forecast(State(app): State<Arc<App>>, Query(ahead): Query<Ahead>, subject: Subject) -> Answer {
    foresee(app, &subject, ahead).await
}

fn invalid(why: impl std::fmt::Display) -> Failure {
    Failure::of(error::INVALID_PARAMETER).because(why)
}

/// The account as it is now, and the time.
async fn copy(app: &App, account: AccountId) -> Result<(Account, Timestamp), Failure> {
    let read = app.engine.read(account, app.clock.now(), |live, now| (live.account.clone(), now))?;
    Ok(read.await?)
}

/// Whether another account pays for the account's calls.
fn is_member(subject: &Subject) -> bool {
    subject.payer.account != subject.account
}

async fn diagnose(app: Arc<App>, subject: &Subject, since: Since) -> Answer {
    let (id, is_member) = (subject.account, is_member(subject));
    let (account, now) = copy(&app, id).await?;
    let from = match since.from.as_deref() {
        // Whole hours, or the hour the account was opened in would be missed.
        None => {
            let usual = now.plus_ms(-USUAL_LOOK_BACK_DAYS * DAY_MS);
            account.zone().hour_start(usual.max(account.opened_at()))
        }
        Some(text) => match account.zone().day(text) {
            Ok((first, _)) => first,
            Err(_) => Timestamp::parse(text).map_err(|_| invalid(not_when("from", text)))?,
        },
    };
    if from > now {
        return Err(invalid("from lies ahead; nothing was used after now"));
    }
    blocking(move || {
        let mut records = app.read.usage_records(id, from, account.debt())?;
        records.runs = app.read.usage_runs(&account, &records)?;
        let rules = app.engine.rules();
        let found = account.diagnose(rules.context(), &records, now);
        let names = ProjectNames::of(&app, id)?;
        let around = (rules.context(), &names, is_member);
        Ok(Json(views::foresight::diagnosis(&account, &found, around)))
    })
    .await
}

async fn foresee(app: Arc<App>, subject: &Subject, ahead: Ahead) -> Answer {
    let (id, is_member) = (subject.account, is_member(subject));
    let (account, now) = copy(&app, id).await?;
    let until = match ahead.until.as_deref() {
        None => account.usual_forecast(now),
        Some(text) => match account.zone().day(text) {
            Ok((_, last)) => last,
            Err(_) => Timestamp::parse(text).map_err(|_| invalid(not_when("until", text)))?,
        },
    };
    if until <= now {
        return Err(invalid(format!("until must lie ahead; it is {}", now.in_zone(account.zone()))));
    }
    let limit = Account::forecast_limit(now);
    if until > limit {
        let limit = limit.in_zone(account.zone());
        return Err(invalid(format!("a forecast looks five years ahead at most, to {limit}")));
    }
    blocking(move || {
        let rules = app.engine.rules();
        let assumptions = Assumptions { no_payment: ahead.if_no_payment };
        let found = account.forecast(rules.context(), now, until, assumptions);
        let currency = &rules.catalog.currency;
        Ok(Json(views::foresight::forecast(&account, &found, currency, is_member)))
    })
    .await
}

fn not_when(what: &str, text: &str) -> String {
    format!(
        "{what} is no day and no instant: {text:?}; write it like 2026-12-31 or 2026-12-31T18:00:00+08:00"
    )
}
