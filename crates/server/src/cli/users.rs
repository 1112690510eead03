//! `inkmeter user`: the users of an account.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::operator::{Json, segment};
use super::print::{rows, text};
use crate::app::OpenError;

/// The users of an account. Its own user has the account's name and may do everything; others may do what they were
/// granted. An account's administrators manage users, groups and grants themselves with IAM's calls.
#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Which there are, and what they may do.
    List {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Make one. The password is shown this once.
    #[command(after_help = "Example: a program that may call in every region
  inkmeter user create alice scanner --access programmatic --ocr full")]
    Create {
        /// The account.
        name: String,
        /// The user.
        user: String,
        #[command(flatten)]
        rights: Rights,
        #[command(flatten)]
        json: Json,
    },
    /// Change what one may do; what is not said stays.
    Set {
        /// The account.
        name: String,
        /// The user.
        user: String,
        #[command(flatten)]
        rights: Rights,
        /// Whether the user may come at all. Who may not loses tokens and sessions at once.
        #[arg(long)]
        enabled: Option<bool>,
        #[command(flatten)]
        json: Json,
    },
    /// Give one a new password, for instance the account's own user who lost theirs. It is shown this once; tokens and
    /// sessions end.
    Password {
        /// The account.
        name: String,
        /// The user; the account's own, if not given.
        user: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Delete one, with keys, tokens and sessions.
    Delete {
        /// The account.
        name: String,
        /// The user.
        user: String,
        #[command(flatten)]
        json: Json,
    },
}

/// What a user may do.
#[derive(Debug, Args)]
pub(super) struct Rights {
    /// From where the user may come.
    #[arg(long, value_parser = ["default", "programmatic", "console"])]
    access: Option<String>,
    /// What the user may do with OCR in all projects, beside what groups give.
    #[arg(long, value_parser = ["full", "read-only", "none"])]
    ocr: Option<String>,
    /// Whether the user may do everything: see bills, buy, and manage users.
    #[arg(long)]
    administrator: Option<bool>,
}

impl Rights {
    fn body(self) -> Value {
        let ocr = self.ocr.map(|word| word.replace('-', "_"));
        json!({ "access": self.access, "ocr": ocr, "administrator": self.administrator })
    }
}

/// Runs `user`.
pub(super) fn run(client: &Client, command: UserCommand) -> Result<(), OpenError> {
    let path = |name: &str| format!("/accounts/{}/users", segment(name));
    let one = |name: &str, user: &str| format!("{}/{}", path(name), segment(user));
    match command {
        UserCommand::List { name, json } => json.show(&client.get(&path(&name))?, users),
        UserCommand::Create { name, user, rights, json } => {
            let mut body = rights.body();
            body["user"] = user.into();
            json.show(&client.json(Method::POST, &path(&name), Some(&body))?, with_password);
        }
        UserCommand::Set { name, user, rights, enabled, json } => {
            let mut body = rights.body();
            body["enabled"] = enabled.into();
            json.show(&client.json(Method::PATCH, &one(&name, &user), Some(&body))?, line);
        }
        UserCommand::Password { name, user, json } => {
            let path = one(&name, user.as_deref().unwrap_or(&name));
            let body = json!({ "new_password": true });
            json.show(&client.json(Method::PATCH, &path, Some(&body))?, with_password);
        }
        UserCommand::Delete { name, user, json } => {
            json.show(&client.json(Method::DELETE, &one(&name, &user), None)?, users);
        }
    }
    Ok(())
}

fn with_password(user: &Value) -> String {
    format!(
        "Keep the password: it is not shown again.\n  password  {}\n{}",
        text(user, "password"),
        line(user)
    )
}

fn users(value: &Value) -> String {
    rows(value, "users").map(line).collect::<Vec<_>>().join("\n")
}

fn line(user: &Value) -> String {
    let role = match (user["owner"] == true, user["administrator"] == true) {
        (true, _) => "the account's own",
        (false, true) => "administrator",
        (false, false) => "user",
    };
    let state = if user["enabled"] == true { "" } else { "  (disabled)" };
    format!(
        "{}  {role}, OCR {}, access {}{state}",
        text(user, "user"),
        text(user, "ocr").replace('_', "-"),
        text(user, "access")
    )
}
