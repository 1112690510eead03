//! `inkmeter recipient`: who is told of an account's notices, and how.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::operator::{Json, segment};
use crate::app::OpenError;

/// Who is told of an account's notices, and how.
#[derive(Subcommand)]
pub(super) enum RecipientCommand {
    /// Add a recipient: an email address, a phone number or a webhook.
    ///
    /// A webhook's secret is shown this once; what it signs is in docs/notices.md.
    #[command(after_help = "\
Examples:
  inkmeter recipient add alice --email alice@example.com --language en
  inkmeter recipient add alice --sms +8613800138000 --category arrears --category balance --quiet 22:00-08:00
  inkmeter recipient add alice --webhook https://hooks.example.com/inkmeter --daily-cap 100")]
    Add(Add),
    /// Change how a recipient is told; what no option names stays.
    ///
    /// An address does not change: add the new one and remove the old.
    #[command(after_help = "\
Examples:
  inkmeter recipient edit alice 5f0c9c21e0d4b7a8 --category arrears --category budget
  inkmeter recipient edit alice 5f0c9c21e0d4b7a8 --quiet 22:00-08:00 --daily-cap 20
  inkmeter recipient edit alice 5f0c9c21e0d4b7a8 --all-categories --quiet off --daily-cap off --language en
  inkmeter recipient edit alice 5f0c9c21e0d4b7a8 --pause")]
    Edit(Edit),
    /// Confirm a recipient that a customer added, without the code that was sent to it.
    ///
    /// For those you know want to be told. What you add yourself is confirmed.
    Confirm {
        /// The account.
        name: String,
        /// The recipient's id, as `list` prints it.
        id: String,
        #[command(flatten)]
        json: Json,
    },
    /// List an account's recipients.
    List {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Remove a recipient; what still waits for it is given up.
    Remove {
        /// The account.
        name: String,
        /// The recipient's id, as `list` prints it.
        id: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Args)]
pub(super) struct Add {
    /// The account.
    name: String,
    #[command(flatten)]
    to: To,
    /// In which language it is written to: en or zh-CN.
    #[arg(long, default_value = "zh-CN", value_parser = ["en", "zh-CN", "zh"])]
    language: String,
    /// Only notices about this: arrears, balance, package, bill, budget, renewal or protection. May be given several
    /// times; everything, if not given.
    #[arg(long)]
    category: Vec<String>,
    /// When nothing is sent that is not urgent, in the account's zone: 22:00-08:00.
    #[arg(long)]
    quiet: Option<String>,
    /// How many messages a day at most; a summary of the rest comes the next day. 20 for a phone number, any number
    /// otherwise, if not given; `edit --daily-cap off` takes it away.
    #[arg(long)]
    daily_cap: Option<u32>,
    #[command(flatten)]
    json: Json,
}

#[derive(Args)]
pub(super) struct Edit {
    /// The account.
    name: String,
    /// The recipient's id, as `list` prints it.
    id: String,
    /// In which language it is written to: en or zh-CN.
    #[arg(long, value_parser = ["en", "zh-CN", "zh"])]
    language: Option<String>,
    /// Only notices about this, instead of what it got before. May be given several times.
    #[arg(long)]
    category: Vec<String>,
    /// Notices about everything.
    #[arg(long, conflicts_with = "category")]
    all_categories: bool,
    /// When nothing is sent that is not urgent, in the account's zone, like 22:00-08:00; off for never.
    #[arg(long, value_name = "FROM-TO|off")]
    quiet: Option<String>,
    /// How many messages a day at most; off for any number.
    #[arg(long, value_name = "COUNT|off")]
    daily_cap: Option<String>,
    /// Send it nothing until it is resumed; what it would have got is held for a week.
    #[arg(long)]
    pause: bool,
    /// Send to it again.
    #[arg(long, conflicts_with = "pause")]
    resume: bool,
    #[command(flatten)]
    json: Json,
}

impl Edit {
    /// The body of the request: what the options name.
    fn body(&self) -> Result<Value, OpenError> {
        let mut body = serde_json::Map::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        if let Some(language) = &self.language {
            put("language", json!(language));
        }
        if self.all_categories || !self.category.is_empty() {
            put("categories", json!(self.category));
        }
        match self.quiet.as_deref() {
            Some("off") => drop(put("quiet_hours", Value::Null)),
            Some(hours) => drop(put("quiet_hours", quiet_hours(hours)?)),
            None => {}
        }
        match self.daily_cap.as_deref() {
            Some("off") => drop(put("daily_cap", Value::Null)),
            Some(count) => {
                let count: u32 = count.parse().map_err(|_| "--daily-cap is a number, or off")?;
                put("daily_cap", json!(count));
            }
            None => {}
        }
        if self.pause || self.resume {
            put("enabled", json!(self.resume));
        }
        if body.is_empty() {
            return Err("name what to change: see inkmeter recipient edit --help".into());
        }
        Ok(body.into())
    }
}

fn quiet_hours(text: &str) -> Result<Value, OpenError> {
    let (from, to) = text.split_once('-').ok_or("--quiet is written like 22:00-08:00")?;
    Ok(json!({ "from": from, "to": to }))
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct To {
    /// An email address.
    #[arg(long)]
    email: Option<String>,
    /// A phone number with its country code: +8613800138000.
    #[arg(long)]
    sms: Option<String>,
    /// An https URL.
    #[arg(long)]
    webhook: Option<String>,
}

/// Runs a command.
pub(super) fn run(client: &Client, command: RecipientCommand) -> Result<(), OpenError> {
    match command {
        RecipientCommand::Add(add) => {
            let (channel, address) = match (&add.to.email, &add.to.sms, &add.to.webhook) {
                (Some(address), _, _) => ("email", address),
                (_, Some(number), _) => ("sms", number),
                (_, _, Some(url)) => ("webhook", url),
                _ => return Err("name one of --email, --sms, --webhook".into()),
            };
            let quiet = add.quiet.as_deref().map(quiet_hours).transpose()?;
            let mut body = json!({
                "channel": channel, "address": address, "language": add.language, "categories": add.category,
                "quiet_hours": quiet,
            });
            // Not named, it is the usual one of the channel; null would be none.
            if let Some(cap) = add.daily_cap {
                body["daily_cap"] = cap.into();
            }
            let path = format!("/accounts/{}/recipients", segment(&add.name));
            add.json.show(&client.json(Method::POST, &path, Some(&body))?, |value| {
                let secret =
                    value["secret"].as_str().map(|secret| format!("\nIts secret, shown this once: {secret}"));
                format!("{}{}", line(value), secret.unwrap_or_default())
            });
        }
        RecipientCommand::Edit(edit) => {
            let path = format!("/accounts/{}/recipients/{}", segment(&edit.name), segment(&edit.id));
            edit.json.show(&client.json(Method::PATCH, &path, Some(&edit.body()?))?, line);
        }
        RecipientCommand::Confirm { name, id, json } => {
            let path = format!("/accounts/{}/recipients/{}/confirm", segment(&name), segment(&id));
            json.show(&client.json(Method::POST, &path, None)?, line);
        }
        RecipientCommand::List { name, json } => {
            let rows = client.get(&format!("/accounts/{}/recipients", segment(&name)))?;
            json.show(&rows, |rows| {
                rows.as_array().into_iter().flatten().map(line).collect::<Vec<_>>().join("\n")
            });
        }
        RecipientCommand::Remove { name, id, json } => {
            let path = format!("/accounts/{}/recipients/{}", segment(&name), segment(&id));
            json.show(&client.json(Method::DELETE, &path, None)?, |value| {
                format!("removed; {} waiting messages were given up", value["given_up"])
            });
        }
    }
    Ok(())
}

fn line(row: &Value) -> String {
    let text = |field: &str| row[field].as_str().unwrap_or("-").to_owned();
    let categories: Vec<&str> =
        row["categories"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut rules = vec![if categories.is_empty() { "everything".to_owned() } else { categories.join(" ") }];
    if let (Some(from), Some(to)) = (row["quiet_hours"]["from"].as_str(), row["quiet_hours"]["to"].as_str()) {
        rules.push(format!("quiet {from}-{to}"));
    }
    if !row["daily_cap"].is_null() {
        rules.push(format!("at most {} a day", row["daily_cap"]));
    }
    if row["confirmed"] == false {
        rules.push("not confirmed".into());
    }
    if row["enabled"] == false {
        rules.push("paused".into());
    }
    format!(
        "{} {:<7} {} ({}): {}",
        text("id"),
        text("channel"),
        text("address"),
        text("language"),
        rules.join(", ")
    )
}
