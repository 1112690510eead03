//! `inkmeter audit`: what operators did.

use clap::Args;
use serde_json::Value;

use super::client::Client;
use super::operator::{Json, segment};
use super::print::{rows, text};
use crate::app::OpenError;

/// What operators did: when, by which token or session, from where, which request, and what it was answered; newest first.
///
/// Every request of an operator that may change something is here, this program's commands among them. The latest 20000
/// are kept; the server's log has all. Two with the same letters after `token` or `session` came with the same one.
#[derive(Args)]
pub(super) struct AuditCommand {
    /// Only what was about this account.
    #[arg(long)]
    account: Option<String>,
    /// Only what came before this number: the last of the page before.
    #[arg(long)]
    before: Option<u64>,
    /// How many at most: 1 to 1000.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    #[command(flatten)]
    json: Json,
}

/// Runs `audit`.
pub(super) fn run(client: &Client, command: &AuditCommand) -> Result<(), OpenError> {
    let AuditCommand { account, before, limit, json } = command;
    let mut path = format!("/audit?limit={limit}");
    if let Some(account) = account {
        path += &format!("&account={}", segment(account));
    }
    if let Some(before) = before {
        path += &format!("&before={before}");
    }
    json.show(&client.get(&path)?, |value| {
        let lines: Vec<String> = rows(value, "actions").map(line).collect();
        if lines.is_empty() { "nothing yet".into() } else { lines.join("\n") }
    });
    Ok(())
}

fn line(row: &Value) -> String {
    format!(
        "{} {:>6} {} {} {} {}  {} {} from {}, request {}",
        text(row, "at"),
        row["number"],
        row["status"],
        text(row, "method"),
        text(row, "path"),
        row["account"].as_str().map(|account| format!("({})", account.escape_debug())).unwrap_or_default(),
        text(row, "proof"),
        text(row, "proof_id"),
        row["address"].as_str().unwrap_or("-"),
        text(row, "request_id")
    )
}
