//! `inkmeter enterprise-project`: what an account puts its usage down to.

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::operator::{Json, segment};
use super::print::{rows, text};
use crate::app::OpenError;

/// What an account puts its usage down to. A call names one by its id, in the header Enterprise-Project-Id; bills and
/// costs are split by it (inkmeter costs NAME --by enterprise_project), and packages and budgets can be for one alone.
#[derive(Subcommand)]
pub(super) enum EnterpriseProjectCommand {
    /// Which there are, the default one first.
    List {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Make one.
    Create {
        /// The account.
        name: String,
        /// What the project is called.
        project: String,
        /// Its id, if programs have one in their configuration already; made here, if not given.
        #[arg(long, allow_hyphen_values = true)]
        id: Option<String>,
        /// What it is for.
        #[arg(long, default_value = "")]
        description: String,
        #[command(flatten)]
        json: Json,
    },
    /// Let calls name one again.
    Enable {
        /// The account.
        name: String,
        /// The project's id.
        id: String,
        #[command(flatten)]
        json: Json,
    },
    /// Refuse calls that name one. It is never removed: charges name it.
    Disable {
        /// The account.
        name: String,
        /// The project's id.
        id: String,
        #[command(flatten)]
        json: Json,
    },
    /// Call one otherwise.
    Rename {
        /// The account.
        name: String,
        /// The project's id.
        id: String,
        /// What it is called from now on.
        project: String,
        #[command(flatten)]
        json: Json,
    },
}

/// Runs `enterprise-project`.
pub(super) fn run(client: &Client, command: EnterpriseProjectCommand) -> Result<(), OpenError> {
    let all = |name: &str| format!("/accounts/{}/enterprise-projects", segment(name));
    let change = |name: &str, id: &str, body: Value| {
        client.json(Method::PATCH, &format!("{}/{}", all(name), segment(id)), Some(&body))
    };
    match command {
        EnterpriseProjectCommand::List { name, json } => json.show(&client.get(&all(&name))?, |listed| {
            rows(listed, "enterprise_projects").map(line).collect::<Vec<_>>().join("\n")
        }),
        EnterpriseProjectCommand::Create { name, project, id, description, json } => {
            let mut body = json!({ "name": project, "description": description });
            if let Some(id) = id {
                body["id"] = id.into();
            }
            json.show(&client.json(Method::POST, &all(&name), Some(&body))?, line);
        }
        EnterpriseProjectCommand::Enable { name, id, json } => {
            json.show(&change(&name, &id, json!({ "enabled": true }))?, line);
        }
        EnterpriseProjectCommand::Disable { name, id, json } => {
            json.show(&change(&name, &id, json!({ "enabled": false }))?, line);
        }
        EnterpriseProjectCommand::Rename { name, id, project, json } => {
            json.show(&change(&name, &id, json!({ "name": project }))?, line);
        }
    }
    Ok(())
}

fn line(project: &Value) -> String {
    let state = if project["enabled"] == true { "" } else { "  (disabled)" };
    format!("{}  {}{state}", text(project, "id"), text(project, "name"))
}
