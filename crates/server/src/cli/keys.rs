//! `inkmeter key`: the access keys an account signs its calls with.

use clap::Subcommand;
use reqwest::Method;
use serde_json::Value;

use super::client::Client;
use super::operator::{Json, segment};
use super::print::{rows, text};
use crate::app::OpenError;

/// The access keys an account signs its calls with: those of its first user, at most two.
#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// Which there are; secrets are not shown.
    List {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Make one. Its secret is shown this once. To change a key: make one, let programs use it, delete the old one.
    Create {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Delete one: whoever still signs with it is refused from now on.
    Delete {
        /// The account.
        name: String,
        /// The access key, as `key list` prints it.
        access_key: String,
        #[command(flatten)]
        json: Json,
    },
}

/// Runs `key`.
pub(super) fn run(client: &Client, command: KeyCommand) -> Result<(), OpenError> {
    let path = |name: &str| format!("/accounts/{}/access-keys", segment(name));
    match command {
        KeyCommand::List { name, json } => json.show(&client.get(&path(&name))?, keys),
        KeyCommand::Create { name, json } => {
            json.show(&client.json(Method::POST, &path(&name), None)?, |made| {
                format!(
                    "Keep the secret: it is not shown again.\n  access key  {}\n  secret key  {}",
                    text(made, "access_key"),
                    text(made, "secret_key")
                )
            });
        }
        KeyCommand::Delete { name, access_key, json } => {
            let path = format!("{}/{}", path(&name), segment(&access_key));
            json.show(&client.json(Method::DELETE, &path, None)?, keys);
        }
    }
    Ok(())
}

fn keys(value: &Value) -> String {
    let line = |key: &Value| {
        let state = if key["enabled"] == true { "" } else { "  (disabled)" };
        format!("{}  made {}{state}", text(key, "access_key"), text(key, "created_at"))
    };
    let lines: Vec<String> = rows(value, "keys").map(line).collect();
    if lines.is_empty() {
        format!("user {} has no access keys", text(value, "user"))
    } else {
        lines.join("\n")
    }
}
