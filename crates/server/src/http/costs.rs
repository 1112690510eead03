//! Usage and costs over a range of days. For customers and, under another path, for the operator.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use charging::{AccountId, Day, Timestamp, Zone};
use ledger::read::{CostBy, CostKind, CostQuery, UsageBy};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::blocking;
use super::error::Failure;
use super::extract::Query;
use super::subject::Subject;
use crate::app::App;
use crate::auth::payer::Payer;
use crate::views::costs as views;

/// The longest range: three years and a little.
const DAYS: i32 = 1_100;

type Answer = Result<Json<Value>, Failure>;

/// What usage is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageAsked {
    from: Option<String>,
    to: Option<String>,
    by: Option<String>,
}

/// What costs are asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostsAsked {
    from: Option<String>,
    to: Option<String>,
    by: Option<String>,
    kind: Option<String>,
}

/// `GET …/usage`.
pub async fn usage(State(app): State<Arc<App>>, Query(asked): Query<UsageAsked>, subject: Subject) -> Answer {
    list_usage(app, subject.payer, asked).await
}

/// `GET …/costs`.
pub async fn costs(State(app): State<Arc<App>>, Query(asked): Query<CostsAsked>, subject: Subject) -> Answer {
    list_costs(app, subject.account, asked).await
}

/// The zone, and what time it is; what is due by now is done first.
async fn look(app: &App, account: AccountId) -> Result<(Zone, Timestamp), Failure> {
    Ok(app.engine.read(account, app.clock.now(), |live, now| (live.account.zone(), now))?.await?)
}

fn wrong(what: impl std::fmt::Display) -> Failure {
    Failure::of(error::INVALID_PARAMETER).because(what)
}

/// The first and the last day: of the running month, unless the query says otherwise.
fn days(from: Option<&str>, to: Option<&str>, zone: Zone, now: Timestamp) -> Result<(Day, Day), Failure> {
    let day = |text: &str| text.parse::<Day>().map_err(wrong);
    let today = zone.day_of(now);
    let last = to.map_or(Ok(today), day)?;
    let first = from.map_or(Ok(last.month().first_day()), day)?;
    if last < first {
        return Err(wrong(format!("from {first} to {last} there are no days")));
    }
    if last.number() - first.number() >= DAYS {
        return Err(wrong(format!("at most {DAYS} days at once")));
    }
    Ok((first, last))
}

async fn list_usage(app: Arc<App>, payer: Payer, asked: UsageAsked) -> Answer {
    let Payer { account, member } = payer;
    let (zone, now) = look(&app, account).await?;
    let by = asked.by.as_deref().unwrap_or("day");
    let by =
        UsageBy::from_word(by).ok_or_else(|| wrong(format!("by={by}: choose one of hour, day, month")))?;
    let (first, last) = days(asked.from.as_deref(), asked.to.as_deref(), zone, now)?;
    blocking(move || {
        let range = (zone.day_start(first), zone.day_start(last.next()));
        let (rows, next) = match member {
            None => app.read.usage_by(account, range, by)?,
            Some(member) => (app.read.usage_of_project(account, &member, range, by)?, None),
        };
        let rows: Vec<Value> = rows.iter().map(|row| views::usage(row, zone)).collect();
        // More follows: the day on which it does, for the query's `from`.
        let next = next.map(|at| zone.day_of(at).max(first));
        Ok(Json(json!({ "from": first, "to": last, "rows": rows, "next_from": next })))
    })
    .await
}

async fn list_costs(app: Arc<App>, account: AccountId, asked: CostsAsked) -> Answer {
    let (zone, now) = look(&app, account).await?;
    let by_word = asked.by.unwrap_or_else(|| "day".into());
    let kind_word = asked.kind.unwrap_or_else(|| "original".into());
    let by = CostBy::from_word(&by_word).ok_or_else(|| {
        wrong(format!("by={by_word}: choose one of api, region, enterprise_project, day, month"))
    })?;
    let kind = CostKind::from_word(&kind_word)
        .ok_or_else(|| wrong(format!("kind={kind_word}: choose one of original, amortised")))?;
    let (first, last) = days(asked.from.as_deref(), asked.to.as_deref(), zone, now)?;
    blocking(move || {
        let costs = app.read.costs(account, &CostQuery { first, last, by, kind })?;
        let forecast = app.read.forecast_month(account, now)?;
        let mut view = views::costs(&costs, &forecast, &app.engine.rules().catalog.currency);
        for (field, value) in
            [("from", json!(first)), ("to", json!(last)), ("by", json!(by_word)), ("kind", json!(kind_word))]
        {
            view[field] = value;
        }
        Ok(Json(view))
    })
    .await
}
