//! `inkmeter notices`: what an account was told.

use std::io::Write;

use clap::Args;
use serde_json::Value;

use super::client::Client;
use super::operator::{Json, segment};
use crate::app::OpenError;

const PAGE: usize = 1_000;

/// What an account was told: arrears and how they go on, balance and budget alerts, packages, bills.
///
/// One line for each notice, oldest first: its number, the instant, the kind, and the figures its message was made of.
/// Every notice is given once, in the same journal entry as its cause.
#[derive(Args)]
pub(super) struct NoticesCommand {
    /// The account.
    name: String,
    /// Only those about this: arrears, balance, package, bill, budget, renewal or protection.
    #[arg(long)]
    category: Option<String>,
    /// Only those after this number.
    #[arg(long, default_value_t = 0)]
    after: u64,
    #[command(flatten)]
    json: Json,
}

/// Prints all notices, page by page.
pub(super) fn run(client: &Client, command: NoticesCommand) -> Result<(), OpenError> {
    let NoticesCommand { name, category, mut after, json } = command;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let category = category.map(|category| format!("&category={}", segment(&category))).unwrap_or_default();
    loop {
        let path = format!("/accounts/{}/notices?limit={PAGE}&after={after}{category}", segment(&name));
        let page = client.get(&path)?;
        let rows: Vec<&Value> = page.as_array().into_iter().flatten().collect();
        for notice in &rows {
            after = notice["no"].as_u64().unwrap_or(u64::MAX);
            if json.json { writeln!(out, "{notice}")? } else { writeln!(out, "{}", line(notice))? }
        }
        if rows.len() < PAGE {
            return Ok(out.flush()?);
        }
    }
}

fn line(notice: &Value) -> String {
    let text = |field: &str| notice[field].as_str().unwrap_or_default().to_owned();
    let figures = notice["figures"].as_object().into_iter().flatten();
    let figures: Vec<String> = figures.map(|(name, value)| figure(name, value)).collect();
    format!("#{} {} {:<20} {}", notice["no"], text("at"), text("kind"), figures.join("  "))
}

fn figure(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => format!("{name} {text}"),
        Value::Null => format!("{name} -"),
        Value::Array(reasons) if name == "reasons" => {
            let reasons: Vec<String> = reasons.iter().map(reason).collect();
            format!("{name} {}", reasons.join(", "))
        }
        other => format!("{name} {other}"),
    }
}

/// Why arrears began, in a few words.
fn reason(of: &Value) -> String {
    let text = |field: &str| of[field].as_str().unwrap_or_default();
    format!("{} ({} in {})", text("reason"), text("api"), text("region"))
}
