//! Alerts and budgets: what an account wants to be told of.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use charging::{AccountId, Alerts, Budget, Money, Name};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use wire::{error, object};

use super::customer::name;
use super::enterprise_projects;
use super::error::Failure;
use super::invalid::parse;
use super::subject::{InPath, Subject};
use crate::app::App;
use crate::views;

type Answer = Result<Json<Value>, Failure>;

/// `GET …/alerts`.
pub async fn show(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    show_of(&app, subject.account).await
}

/// `PUT …/alerts`.
pub async fn set(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    set_of(&app, subject.account, &subject.body).await
}

/// `GET …/budgets`.
pub async fn budgets(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    budgets_of(&app, subject.account).await
}

/// `PUT …/budgets/{budget}`.
pub async fn set_budget(
    State(app): State<Arc<App>>,
    InPath([budget]): InPath<1>,
    subject: Subject,
) -> Answer {
    set_budget_of(&app, subject.account, &budget, &subject.body).await
}

/// `DELETE …/budgets/{budget}`.
pub async fn remove_budget(
    State(app): State<Arc<App>>,
    InPath([budget]): InPath<1>,
    subject: Subject,
) -> Answer {
    remove_budget_of(&app, subject.account, &budget).await
}

/// New settings: what is left out stays as it is, null turns it off.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Change {
    #[serde(deserialize_with = "object::field")]
    balance: Balance,
    #[serde(deserialize_with = "object::field")]
    time_to_empty: TimeToEmpty,
    #[serde(deserialize_with = "object::field")]
    packages: Packages,
    expiry_days: Option<u8>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Balance {
    #[serde(deserialize_with = "given")]
    threshold: Option<Option<Money>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TimeToEmpty {
    #[serde(deserialize_with = "given")]
    hours: Option<Option<u32>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Packages {
    #[serde(deserialize_with = "given")]
    percent: Option<Option<u8>>,
    #[serde(deserialize_with = "given")]
    calls: Option<Option<u64>>,
}

/// Tells a field that is null from one that is not there.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(field: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(field).map(Some)
}

impl Change {
    fn of(self, alerts: Alerts) -> Alerts {
        Alerts {
            balance: self.balance.threshold.unwrap_or(alerts.balance),
            empty_within_hours: self.time_to_empty.hours.unwrap_or(alerts.empty_within_hours),
            package_percent: self.packages.percent.unwrap_or(alerts.package_percent),
            package_calls: self.packages.calls.unwrap_or(alerts.package_calls),
            expiry_days: self.expiry_days.unwrap_or(alerts.expiry_days),
        }
    }
}

async fn show_of(app: &App, account: AccountId) -> Answer {
    let read = app.engine.read(account, app.clock.now(), |live, _| *live.account.alerts())?;
    Ok(Json(views::alerts::alerts(&read.await?)))
}

async fn set_of(app: &App, account: AccountId, body: &[u8]) -> Answer {
    let change: Change = parse(body)?;
    let set = app.engine.set_alerts(account, |alerts| change.of(alerts), app.clock.now())?.await??;
    Ok(Json(views::alerts::alerts(&set)))
}

async fn budgets_of(app: &App, account: AccountId) -> Answer {
    let read = app.engine.read(account, app.clock.now(), views::alerts::budgets)?;
    Ok(Json(Value::Array(read.await?)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewBudget {
    amount: Money,
    api: Option<Name>,
    region: Option<Name>,
    enterprise_project: Option<Name>,
    #[serde(default = "default_percents")]
    percents: Vec<u16>,
    #[serde(default = "default_forecast")]
    forecast: bool,
}

fn default_percents() -> Vec<u16> {
    vec![80, 100]
}

fn default_forecast() -> bool {
    true
}

/// A budget is a name of the journal, like APIs and regions.
fn budget_name(text: &str) -> Result<Name, Failure> {
    let cure = "Use 1 to 64 letters from a to z or A to Z, digits, '-', '_' or '.'.";
    Name::new(text).map_err(|_| {
        let detail = format!("{text:?} cannot be the name of a budget");
        Failure::of(error::INVALID_PARAMETER).because(detail).with_cure("invalid_setting", cure)
    })
}

async fn set_budget_of(app: &App, account: AccountId, budget: &str, body: &[u8]) -> Answer {
    let name = budget_name(budget)?;
    let NewBudget { amount, api, region, enterprise_project, percents, forecast } = parse(body)?;
    let catalog = &app.engine.rules().catalog;
    if let Some(api) = api.as_ref().filter(|api| !catalog.apis.contains_key(*api)) {
        return Err(Failure::of(error::INVALID_PARAMETER).because(format!("there is no API {api}")));
    }
    if let Some(region) = region.as_ref().filter(|region| !catalog.regions.contains(region)) {
        return Err(Failure::of(error::INVALID_PARAMETER).because(format!("there is no region {region}")));
    }
    let enterprise_project = enterprise_projects::known(app, account, enterprise_project)?;
    let set = Budget { name: name.clone(), amount, api, region, enterprise_project, percents, forecast };
    app.engine.set_budget(account, set, app.clock.now())?.await??;
    let Json(budgets) = budgets_of(app, account).await?;
    let set = budgets.as_array().into_iter().flatten().find(|budget| budget["name"] == name.as_str());
    Ok(Json(set.cloned().unwrap_or(Value::Null)))
}

async fn remove_budget_of(app: &App, account: AccountId, budget: &str) -> Answer {
    let name = name(budget)?;
    app.engine.remove_budget(account, &name, app.clock.now())?.await??;
    Ok(Json(json!({ "name": name, "removed": true })))
}
