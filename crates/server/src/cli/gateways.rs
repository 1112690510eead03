//! `inkmeter gateway`: programs that charge accounts for what they served.

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::operator::{Json, segment};
use super::print::{self, rows, text};
use crate::app::OpenError;

/// Your own programs that charge accounts for what they served, each with a token (docs/charging.md).
#[derive(Subcommand)]
pub(super) enum GatewayCommand {
    /// Which gateways there are, and what each may charge for.
    List {
        #[command(flatten)]
        json: Json,
    },
    /// Make a gateway. Its token is shown once.
    New {
        /// Its name.
        name: String,
        /// An API it may charge for; may be repeated. All that are sold, if none is given.
        #[arg(long)]
        api: Vec<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Give a gateway another token; the one before is worth nothing from now on.
    Token {
        /// Its name.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Show the charge that a gateway's key of an account stands for, and why it came from where it came from.
    Charge {
        /// The gateway's name.
        name: String,
        /// The account.
        account: String,
        /// The key.
        key: String,
        #[command(flatten)]
        json: Json,
    },
    /// Remove a gateway: its token is worth nothing from now on. What it charged stays.
    Remove {
        /// Its name.
        name: String,
        #[command(flatten)]
        json: Json,
    },
}

/// Runs `gateway`.
pub(super) fn run(client: &Client, command: GatewayCommand) -> Result<(), OpenError> {
    let one = |name: &str| format!("/gateways/{}", segment(name));
    match command {
        GatewayCommand::List { json } => json.show(&client.get("/gateways")?, gateways),
        GatewayCommand::New { name, api, json } => {
            let body = json!({ "name": name, "apis": api });
            json.show(&client.json(Method::POST, "/gateways", Some(&body))?, with_token);
        }
        GatewayCommand::Token { name, json } => {
            json.show(&client.json(Method::POST, &format!("{}/token", one(&name)), None)?, with_token);
        }
        GatewayCommand::Charge { name, account, key, json } => {
            let path = format!("{}/charge?account={}&key={}", one(&name), segment(&account), segment(&key));
            json.show(&client.get(&path)?, print::explanation);
        }
        GatewayCommand::Remove { name, json } => {
            json.show(&client.json(Method::DELETE, &one(&name), None)?, gateways);
        }
    }
    Ok(())
}

fn gateways(value: &Value) -> String {
    let lines: Vec<String> = rows(value, "gateways").map(gateway).collect();
    if lines.is_empty() { "no gateways".into() } else { lines.join("\n") }
}

fn gateway(row: &Value) -> String {
    let apis: Vec<&str> = row["apis"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let apis = if apis.is_empty() { "every API".to_owned() } else { apis.join(", ") };
    format!("{}  charges for {apis}, since {}", text(row, "name"), text(row, "created_at"))
}

fn with_token(row: &Value) -> String {
    format!(
        "{}\ntoken: {}\nIt is shown this once. Send it as `Authorization: Bearer TOKEN` to /v1/charges/charge, /authorise, \
         /commit, /void, /batch and /stream.",
        gateway(row),
        text(row, "token")
    )
}
