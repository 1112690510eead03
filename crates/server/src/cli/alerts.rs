//! `inkmeter alerts` and `inkmeter budget`: what an account wants to be told of.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::client::Client;
use super::operator::{Json, segment};
use super::print;
use crate::app::OpenError;
use crate::say::say;

/// What an account wants to be told of; with options, sets it first.
///
/// Each alert is given once when its line is crossed, and again only after it was armed again: the balance alert when
/// the balance has risen to the threshold and a twentieth of it, the package alert with the next purchase, any when its
/// setting changes, but by that at most once in 24 hours: a second change acts when they are over.
#[derive(Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  inkmeter alerts alice                        what is set
  inkmeter alerts alice --balance 100          tell when less than 100 is available, with coupons for anything
  inkmeter alerts alice --hours 48             tell when the balance lasts for less than two days
  inkmeter alerts alice --percent off --calls 500 --expiry-days 14"
)]
pub(super) struct AlertsCommand {
    /// The account.
    name: String,
    /// Tell when less than this is available, with coupons for anything; off for never.
    #[arg(long, value_name = "AMOUNT|off")]
    balance: Option<String>,
    /// Tell when the balance lasts for less than so many hours at the mean of the last whole days, three at most, or for
    /// less than a third of them at what today or yesterday cost, whichever is more; off for never.
    #[arg(long, value_name = "HOURS|off")]
    hours: Option<String>,
    /// Tell when so many percent of a package are left; off for never.
    #[arg(long, value_name = "PERCENT|off")]
    percent: Option<String>,
    /// Tell when so many calls of a package are left; off for never.
    #[arg(long, value_name = "CALLS|off")]
    calls: Option<String>,
    /// Tell of a package that expires with calls left from so many days before on; 0 for never.
    #[arg(long, value_name = "DAYS")]
    expiry_days: Option<u8>,
    #[command(flatten)]
    json: Json,
}

/// Budgets: what a month may cost, and at which part of it to tell. A budget stops nothing.
#[derive(Subcommand)]
pub(super) enum BudgetCommand {
    /// Set a budget, in place of one of the same name.
    #[command(
        allow_negative_numbers = true,
        after_help = "\
Example:
  inkmeter budget set alice team --amount 500 --api general-text --percents 50,80,100"
    )]
    Set {
        /// The account.
        name: String,
        /// The budget's name.
        budget: String,
        /// How much a month may cost.
        #[arg(long)]
        amount: String,
        /// Only this API.
        #[arg(long)]
        api: Option<String>,
        /// Only this region.
        #[arg(long)]
        region: Option<String>,
        /// Only this enterprise project.
        #[arg(long)]
        enterprise_project: Option<String>,
        /// At which percentages of the amount to tell.
        #[arg(long, value_delimiter = ',', default_value = "80,100")]
        percents: Vec<u16>,
        /// Do not tell of a forecast above the amount.
        #[arg(long)]
        no_forecast: bool,
        #[command(flatten)]
        json: Json,
    },
    /// The budgets beside the month so far.
    List {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Remove a budget.
    Remove {
        /// The account.
        name: String,
        /// The budget's name.
        budget: String,
        #[command(flatten)]
        json: Json,
    },
}

/// Shows the alerts, or sets and shows them.
pub(super) fn run(client: &Client, command: AlertsCommand) -> Result<(), OpenError> {
    let path = format!("/accounts/{}/alerts", segment(&command.name));
    let change = change(&command)?;
    let alerts = if change.is_empty() {
        client.get(&path)?
    } else {
        client.json(Method::PUT, &path, Some(&Value::Object(change)))?
    };
    if command.json.json {
        say!("{alerts}")
    } else {
        say!("{}", alerts_text(&alerts))
    }
    Ok(())
}

fn change(command: &AlertsCommand) -> Result<Map<String, Value>, OpenError> {
    let number = |text: &String| -> Result<Value, OpenError> {
        if text == "off" {
            return Ok(Value::Null);
        }
        let number: u64 = text.parse().map_err(|_| format!("{text:?} is neither a number nor off"))?;
        Ok(json!(number))
    };
    let mut change = Map::new();
    if let Some(balance) = &command.balance {
        let threshold = if balance == "off" { Value::Null } else { json!(balance) };
        change.insert("balance".into(), json!({ "threshold": threshold }));
    }
    if let Some(hours) = &command.hours {
        change.insert("time_to_empty".into(), json!({ "hours": number(hours)? }));
    }
    let mut packages = Map::new();
    for (field, text) in [("percent", &command.percent), ("calls", &command.calls)] {
        if let Some(text) = text {
            packages.insert(field.into(), number(text)?);
        }
    }
    if !packages.is_empty() {
        change.insert("packages".into(), Value::Object(packages));
    }
    if let Some(days) = command.expiry_days {
        change.insert("expiry_days".into(), json!(days));
    }
    Ok(change)
}

fn alerts_text(alerts: &Value) -> String {
    let text = |value: &Value| match value {
        Value::Null => "off".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    [
        "Told when it falls below:".to_owned(),
        format!("  available, with coupons for anything {}", text(&alerts["balance"]["threshold"])),
        format!("  hours to empty                       {}", text(&alerts["time_to_empty"]["hours"])),
        format!("  percent of a package                 {}", text(&alerts["packages"]["percent"])),
        format!("  calls of a package                   {}", text(&alerts["packages"]["calls"])),
        format!("Told of a package that ends with calls left, days before: {}", text(&alerts["expiry_days"])),
    ]
    .join("\n")
}

/// Sets, lists or removes budgets.
pub(super) fn run_budget(client: &Client, command: BudgetCommand) -> Result<(), OpenError> {
    let path = |name: &str| format!("/accounts/{}/budgets", segment(name));
    let (answer, json) = match command {
        BudgetCommand::Set {
            name,
            budget,
            amount,
            api,
            region,
            enterprise_project,
            percents,
            no_forecast,
            json,
        } => {
            let body = json!({ "amount": amount, "api": api, "region": region,
                "enterprise_project": enterprise_project, "percents": percents, "forecast": !no_forecast });
            let path = format!("{}/{}", path(&name), segment(&budget));
            (client.json(Method::PUT, &path, Some(&body))?, json)
        }
        BudgetCommand::List { name, json } => (client.get(&path(&name))?, json),
        BudgetCommand::Remove { name, budget, json } => {
            let path = format!("{}/{}", path(&name), segment(&budget));
            (client.json(Method::DELETE, &path, None)?, json)
        }
    };
    if json.json {
        say!("{answer}");
        return Ok(());
    }
    match &answer {
        Value::Array(budgets) => budgets.iter().for_each(|budget| say!("{}", budget_text(budget))),
        removed if removed["removed"] == true => say!("Removed."),
        budget => say!("{}", budget_text(budget)),
    }
    Ok(())
}

fn budget_text(budget: &Value) -> String {
    let text = |field: &str| print::text(budget, field);
    let of = |field: &str, word: &str| budget[field].as_str().map(|value| format!(" {word} {value}"));
    let scope: String = [of("api", "of"), of("region", "in"), of("enterprise_project", "for")]
        .into_iter()
        .flatten()
        .collect();
    let percents: Vec<String> =
        budget["percents"].as_array().into_iter().flatten().map(|percent| format!("{percent} %")).collect();
    format!(
        "{:<16} {} of {} spent in {}{scope}; forecast {}; tells at {}",
        text("name"),
        text("spent"),
        text("amount"),
        text("month"),
        text("forecast_amount"),
        percents.join(", "),
    )
}
