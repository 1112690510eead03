//! `inkmeter member`: accounts whose calls another account pays for.

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::operator::{Json, segment};
use super::print::{rows, text};
use crate::app::OpenError;

/// Accounts whose calls another account, their master, pays for: from its packages and its balance.
#[derive(Subcommand)]
pub(super) enum MemberCommand {
    /// Which members a master has, what each may use in a month, and what it used in this one.
    List {
        /// The master account.
        master: String,
        #[command(flatten)]
        json: Json,
    },
    /// Make an account a member: from its next call on the master pays. Without a quota it may use what the master may.
    #[command(allow_negative_numbers = true)]
    Add {
        /// The master account.
        master: String,
        /// The account that becomes a member.
        member: String,
        #[command(flatten)]
        quota: Quota,
        #[command(flatten)]
        json: Json,
    },
    /// Set a member's quota; what is left out has no limit.
    #[command(allow_negative_numbers = true)]
    Set {
        /// The master account.
        master: String,
        /// The member.
        member: String,
        #[command(flatten)]
        quota: Quota,
        #[command(flatten)]
        json: Json,
    },
    /// End a membership: from its next call on the account pays for itself. What was charged stays the master's.
    Remove {
        /// The master account.
        master: String,
        /// The member.
        member: String,
        #[command(flatten)]
        json: Json,
    },
}

/// What a member may use in a calendar month.
#[derive(Debug, clap::Args)]
pub(super) struct Quota {
    /// What its calls may cost beyond packages, in the catalog's currency.
    #[arg(long)]
    amount: Option<String>,
    /// How many calls, those of packages among them.
    #[arg(long)]
    calls: Option<u64>,
}

/// Runs `member`.
pub(super) fn run(client: &Client, command: MemberCommand) -> Result<(), OpenError> {
    let path = |master: &str| format!("/accounts/{}/members", segment(master));
    let one = |master: &str, member: &str| format!("{}/{}", path(master), segment(member));
    let (json, answer) = match command {
        MemberCommand::List { master, json } => (json, client.get(&path(&master))?),
        MemberCommand::Add { master, member, quota: Quota { amount, calls }, json } => {
            let body = json!({ "member": member, "amount": amount, "calls": calls });
            (json, client.json(Method::POST, &path(&master), Some(&body))?)
        }
        MemberCommand::Set { master, member, quota: Quota { amount, calls }, json } => {
            let body = json!({ "amount": amount, "calls": calls });
            (json, client.json(Method::PUT, &one(&master, &member), Some(&body))?)
        }
        MemberCommand::Remove { master, member, json } => {
            (json, client.json(Method::DELETE, &one(&master, &member), None)?)
        }
    };
    json.show(&answer, members);
    Ok(())
}

fn members(value: &Value) -> String {
    let of = |limit: &Value| if limit.is_null() { "no limit".to_owned() } else { limit.to_string() };
    let line = |member: &Value| {
        let (quota, used) = (&member["quota"], &member["used"]);
        format!(
            "{}  {}: {} of {} spent, {} of {} calls",
            text(member, "member"),
            text(member, "month"),
            used["amount"],
            of(&quota["amount"]),
            used["calls"],
            of(&quota["calls"])
        )
    };
    let lines: Vec<String> = rows(value, "members").map(line).collect();
    if lines.is_empty() { "no members".into() } else { lines.join("\n") }
}
