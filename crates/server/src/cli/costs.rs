//! What was used and what it cost, over a range of days.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::client::Client;
use super::operator::{Json, segment};
use super::print::text;
use crate::app::OpenError;

#[derive(Subcommand)]
pub(super) enum CostsCommand {
    /// What an account's usage and packages cost, and where the running month goes.
    #[command(after_help = "\
Examples:
  inkmeter costs alice                                    the running month, day by day
  inkmeter costs alice --by api --from 2026-01-01 --to 2026-12-31
  inkmeter costs alice --by month --kind amortised        a package's price spread over its days")]
    Costs {
        #[command(flatten)]
        range: Range,
        /// What to list them by.
        #[arg(long, default_value = "day", value_parser = ["api", "region", "enterprise_project", "day", "month"])]
        by: String,
        /// When a package costs: on the day it is bought, or on every day it is valid on.
        #[arg(long, default_value = "original", value_parser = ["original", "amortised"])]
        kind: String,
        #[command(flatten)]
        json: Json,
    },
    /// How many calls of what came from which pocket.
    Usage {
        #[command(flatten)]
        range: Range,
        /// What to list it by.
        #[arg(long, default_value = "day", value_parser = ["hour", "day", "month"])]
        by: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Args)]
pub(super) struct Range {
    /// The account.
    name: String,
    /// The first day, like 2026-11-01; the first of the last day's month, if not given.
    #[arg(long)]
    from: Option<String>,
    /// The last day; today, if not given.
    #[arg(long)]
    to: Option<String>,
}

impl Range {
    fn path(&self, what: &str, query: &str) -> String {
        let mut path = format!("/accounts/{}/{what}?{query}", segment(&self.name));
        for (field, day) in [("from", &self.from), ("to", &self.to)] {
            if let Some(day) = day {
                path.push_str(&format!("&{field}={}", segment(day)));
            }
        }
        path
    }
}

pub(super) fn run(client: &Client, command: CostsCommand) -> Result<ExitCode, OpenError> {
    match command {
        CostsCommand::Costs { range, by, kind, json } => {
            json.show(&client.get(&range.path("costs", &format!("by={by}&kind={kind}")))?, costs);
        }
        CostsCommand::Usage { range, by, json } => {
            json.show(&client.get(&range.path("usage", &format!("by={by}")))?, usage);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value["rows"].as_array().into_iter().flatten()
}

fn costs(value: &Value) -> String {
    let currency = text(value, "currency");
    let heading = format!(
        "{} to {} by {} ({})",
        text(value, "from"),
        text(value, "to"),
        text(value, "by"),
        text(value, "kind")
    );
    let mut lines = vec![heading];
    lines.push(format!(
        "  {:<24} {:>8} {:>16} {:>16} {:>16} {currency}",
        "", "calls", "usage", "packages", "sum"
    ));
    lines.extend(rows(value).map(|row| {
        let of = if row["of"].is_null() { "(no project)".to_owned() } else { text(row, "of") };
        format!(
            "  {of:<24} {:>8} {:>16} {:>16} {:>16}",
            text(row, "calls"),
            text(row, "usage"),
            text(row, "packages"),
            text(row, "amount")
        )
    }));
    lines.push(format!(
        "  {:<24} {:>8} {:>16} {:>16} {:>16}",
        "in all",
        "",
        text(value, "usage"),
        text(value, "packages"),
        text(value, "amount")
    ));
    lines.push(format!("not settled yet, in no row: {} {currency}", text(value, "unsettled")));
    let month = &value["running_month"];
    let so_far = format!(
        "{} so far: {} used, {} for packages",
        text(month, "month"),
        text(month, "usage"),
        text(month, "packages")
    );
    lines.push(match month["forecast"].is_null() {
        true => format!("{so_far}; a forecast can be made from its second day on"),
        false => format!(
            "{so_far}; the whole month, if it goes on like this: {} {currency}",
            text(month, "forecast")
        ),
    });
    lines.join("\n")
}

fn usage(value: &Value) -> String {
    let mut lines: Vec<String> = rows(value)
        .map(|row| {
            format!(
                "{} {:<20} {:<15} {:<11} {:>9} calls {:>9} units {:>16}",
                text(row, "from"),
                text(row, "api"),
                text(row, "region"),
                text(row, "pocket"),
                text(row, "calls"),
                text(row, "units"),
                text(row, "amount")
            )
        })
        .collect();
    if !value["next_from"].is_null() {
        lines.push(format!("more follows: --from {}", text(value, "next_from")));
    }
    lines.join("\n")
}
