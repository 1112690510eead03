//! `inkmeter outbox` and `inkmeter notify test`: what was sent, what failed and why, and whether messages arrive.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::operator::{Json, segment};
use crate::app::OpenError;
use crate::say::count;

/// What was sent, what failed and why, newest first; how many deliveries are in each state; and the canary.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct OutboxCommand {
    /// Only this account's.
    #[arg(long)]
    account: Option<String>,
    /// Only what failed or was given up.
    #[arg(long)]
    failed: bool,
    /// Only those in these states: pending, held, capped, sending, sent, failed, given_up; with commas between.
    #[arg(long, conflicts_with = "failed")]
    state: Option<String>,
    /// How many at most: 1 to 1000.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    #[command(flatten)]
    json: Json,
    #[command(subcommand)]
    command: Option<RetryCommand>,
}

#[derive(Subcommand)]
enum RetryCommand {
    /// Try again at once: one delivery, or all that failed or were given up.
    ///
    /// What is for a recipient that is paused or removed stays as it is, and so does a warning of what is past.
    Retry {
        /// The delivery's key; all that failed or were given up, if not given.
        key: Option<String>,
        #[command(flatten)]
        json: Json,
    },
}

/// Whether messages arrive.
#[derive(Subcommand)]
pub(super) enum NotifyCommand {
    /// Send a test message now and say what the other side answered; exits with 1 if it was not taken.
    Test {
        /// A recipient: its id, or the name of one of the configuration's.
        #[arg(required_unless_present = "to", conflicts_with = "to")]
        recipient: Option<String>,
        /// An email address or a phone number that is nobody's yet.
        #[arg(long)]
        to: Option<String>,
        /// The language of a message to an address: en or zh-CN.
        #[arg(long, requires = "to", value_parser = ["en", "zh-CN", "zh"])]
        language: Option<String>,
        #[command(flatten)]
        json: Json,
    },
}

/// Runs `outbox`.
pub(super) fn outbox(client: &Client, command: OutboxCommand) -> Result<(), OpenError> {
    if let Some(RetryCommand::Retry { key, json }) = command.command {
        let due = client.json(Method::POST, "/outbox/retry", Some(&json!({ "key": key })))?;
        json.show(&due, |value| {
            let left = value["left"].as_array().into_iter().flatten();
            let left = left.map(|row| {
                format!("\n{} left as they are: {}", row["count"], row["why"].as_str().unwrap_or_default())
            });
            format!("{} to be tried again{}", value["due"], left.collect::<String>())
        });
        return Ok(());
    }
    let state = if command.failed { "failed,given_up" } else { command.state.as_deref().unwrap_or_default() };
    let page = format!("limit={}&state={}", command.limit, segment(state));
    match &command.account {
        Some(account) => {
            let rows = client.get(&format!("/accounts/{}/deliveries?{page}", segment(account)))?;
            command.json.show(&rows, lines);
        }
        None => command.json.show(&client.get(&format!("/outbox?{page}"))?, |value| {
            let counts = value["counts"].as_object().into_iter().flatten();
            let counts: Vec<String> = counts.map(|(state, count)| format!("{count} {state}")).collect();
            let counts = if counts.is_empty() { "nothing yet".to_owned() } else { counts.join(", ") };
            let mut text = vec![lines(&value["deliveries"]), counts];
            if !value["canary"].is_null() {
                text.push(canary(&value["canary"]));
            }
            text.retain(|part| !part.is_empty());
            text.join("\n")
        }),
    }
    Ok(())
}

/// Runs `notify`.
pub(super) fn notify(client: &Client, command: NotifyCommand) -> Result<ExitCode, OpenError> {
    let NotifyCommand::Test { recipient, to, language, json } = command;
    let body = json!({ "recipient": recipient, "to": to, "language": language });
    let answer = client.json(Method::POST, "/notify/test", Some(&body))?;
    let accepted = answer["accepted"] == true;
    json.show(&answer, |value| {
        let what = if value["accepted"] == true { "taken" } else { "NOT taken" };
        let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
        format!("{what} by the other side ({}): {}", text("channel"), text("answer"))
    });
    Ok(if accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn canary(canary: &Value) -> String {
    let became = match (canary["accepted"].as_bool(), canary["arrived"].as_bool()) {
        (_, Some(true)) => "arrived",
        (Some(true), Some(false)) => "accepted, but NOT delivered",
        (Some(true), None) => "accepted by the next hop; whether it arrived is not known",
        _ => "not sent",
    };
    let text = |field: &str| canary[field].as_str().unwrap_or("-").to_owned();
    let receipt =
        canary["receipt"].as_str().map(|receipt| format!(", receipt {receipt}")).unwrap_or_default();
    format!(
        "canary: {became}; {} at {} by this machine's clock ({}){receipt}",
        text("state"),
        text("attempted_at"),
        text("detail")
    )
}

fn lines(rows: &Value) -> String {
    rows.as_array().into_iter().flatten().map(line).collect::<Vec<_>>().join("\n")
}

fn line(row: &Value) -> String {
    let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let mut line = format!(
        "{} {:<9} {:<20} {:<7} {}  {}",
        text("at"),
        text("state"),
        text("kind"),
        text("channel"),
        text("address"),
        count(row["attempts"].as_u64().unwrap_or(0), "attempt")
    );
    let labels = [
        ("next try, by this machine's clock", "next_attempt_at"),
        ("held until", "held_until"),
        ("receipt", "receipt"),
    ];
    for (label, field) in labels {
        if let Some(value) = row[field].as_str() {
            line = format!("{line}, {label} {value}");
        }
    }
    if row["cut_off"].as_u64().is_some_and(|count| count > 0) {
        line += ", the server ended during an attempt: sent again with the same id";
    }
    format!("{line}\n    {}  {}", text("key"), text("detail"))
}
