//! The operator's commands, each a request to the running server.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::alerts::{self, AlertsCommand, BudgetCommand};
use super::audit::{self, AuditCommand};
use super::client::Client;
use super::commerce::{self, CommerceCommand};
use super::enterprise_projects::{self, EnterpriseProjectCommand};
use super::gateways::{self, GatewayCommand};
use super::keys::{self, KeyCommand};
use super::members::{self, MemberCommand};
use super::notices::{self, NoticesCommand};
use super::orders;
use super::outbox::{self, NotifyCommand, OutboxCommand};
use super::recipients::{self, RecipientCommand};
use super::users::{self, UserCommand};
use super::{picture, print};
use crate::app::OpenError;
use crate::clock::parse_duration_ms;
use crate::say::say;

const PAGE: usize = 5_000;
/// The clock is advanced by so many days without being asked about.
const UNASKED_DAYS: u64 = 400;

#[derive(Subcommand)]
pub(super) enum OperatorCommand {
    /// Accounts.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Take in money; the debt is paid from it at once.
    #[command(allow_negative_numbers = true)]
    TopUp {
        /// The account.
        name: String,
        /// How much, in the catalog's currency.
        amount: String,
        /// An idempotency key: the same key and amount again move nothing.
        #[arg(long)]
        key: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Enable an API in a region.
    Subscribe {
        #[command(flatten)]
        service: Service,
        /// Refuse calls beyond the packages instead of charging them per call.
        #[arg(long)]
        package_only: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Disable an API in a region.
    Unsubscribe {
        #[command(flatten)]
        service: Service,
        #[command(flatten)]
        json: Json,
    },
    /// Packages.
    #[command(subcommand)]
    Package(PackageCommand),
    /// Give quota: a free trial or a promotion.
    Grant {
        #[command(flatten)]
        service: Service,
        /// How many calls.
        #[arg(long)]
        calls: u64,
        /// Last instant, like 2026-12-31T23:59:59+08:00.
        #[arg(long)]
        expires_at: String,
        /// Where it comes from.
        #[arg(long, default_value = "promotion", value_parser = ["free", "promotion", "package"])]
        source: String,
        /// Only for calls that name this enterprise project, by its id.
        #[arg(long)]
        enterprise_project: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// An account's charges, one line each, oldest first.
    Charges {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    Notices(NoticesCommand),
    Alerts(AlertsCommand),
    #[command(subcommand)]
    Budget(BudgetCommand),
    /// Why a charge came from the pocket it came from, and at which price.
    Explain {
        /// The charge, as `charges` prints it.
        charge_id: String,
        #[command(flatten)]
        json: Json,
    },
    #[command(subcommand)]
    EnterpriseProject(EnterpriseProjectCommand),
    #[command(subcommand)]
    Key(KeyCommand),
    #[command(subcommand)]
    User(UserCommand),
    #[command(subcommand)]
    Gateway(GatewayCommand),
    #[command(subcommand)]
    Member(MemberCommand),
    #[command(subcommand)]
    Recipient(RecipientCommand),
    #[command(subcommand)]
    Notify(NotifyCommand),
    Outbox(OutboxCommand),
    Audit(AuditCommand),
    /// The server's clock.
    #[command(subcommand)]
    Clock(ClockCommand),
    #[command(flatten)]
    Commerce(CommerceCommand),
}

#[derive(Subcommand)]
pub(super) enum AccountCommand {
    /// Make an account with a user, an access key, and a project in every region. Secrets are shown this once.
    Create {
        /// Its name.
        name: String,
        /// Customer tier, V0 to V5; the configuration's, if not given.
        #[arg(long, value_parser = ["V0", "V1", "V2", "V3", "V4", "V5"])]
        tier: Option<String>,
        /// Arrears policy: intl, cn, or one of the configuration.
        #[arg(long)]
        policy: Option<String>,
        /// An account that is to be near, where accounts are in several shards: only such ones can be members of each other.
        #[arg(long)]
        beside: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Where an account stands: money, packages, what is enabled.
    Show {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// All accounts.
    List {
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Subcommand)]
pub(super) enum PackageCommand {
    /// Buy a package of the catalog.
    Buy {
        #[command(flatten)]
        service: Service,
        /// How many calls it holds.
        #[arg(long)]
        calls: u64,
        /// Use no coupons.
        #[arg(long)]
        no_coupons: bool,
        /// An idempotency key: the same key and order again buy nothing.
        #[arg(long)]
        key: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Renew a package: another period from its end on.
    Renew(commerce::Renew),
    /// Say what happens when a package ends.
    Renewal(commerce::Renewal),
    /// An account's packages.
    List {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    #[command(flatten)]
    Order(orders::OrderCommand),
}

#[derive(Subcommand)]
pub(super) enum ClockCommand {
    /// What time it is for business.
    Show {
        #[command(flatten)]
        json: Json,
    },
    /// Move a manual clock on; returns when everything due has happened. Calls under way are waited for first, so that
    /// none of them runs out of time.
    #[command(after_help = "\
Examples:
  inkmeter clock advance 1h
  inkmeter clock advance --to-next       to the next instant at which something is due for any account")]
    Advance {
        /// By how much: 90s, 15m, 1h, 30d, 1d12h.
        #[arg(allow_hyphen_values = true, required_unless_present = "to_next")]
        by: Option<String>,
        /// To the next instant at which something is due for any account.
        #[arg(long, conflicts_with = "by")]
        to_next: bool,
        /// Also if it is by more than 400 days: time never goes back.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Args)]
pub(super) struct Service {
    /// The account.
    name: String,
    /// The API.
    #[arg(long)]
    api: String,
    /// The region.
    #[arg(long)]
    region: String,
}

#[derive(Args)]
pub(super) struct Json {
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

impl Json {
    /// Prints an answer: as it came, or in words.
    pub(super) fn show(&self, value: &Value, words: impl FnOnce(&Value) -> String) {
        if self.json { say!("{value}") } else { say!("{}", words(value)) }
    }
}

/// A name as a path segment.
pub(super) fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

impl Service {
    fn path(&self) -> String {
        let Service { name, api, region } = self;
        format!("/accounts/{}/subscriptions/{}/{}", segment(name), segment(region), segment(api))
    }
}

pub(super) fn run(client: &Client, command: OperatorCommand) -> Result<ExitCode, OpenError> {
    let show = |value: &Value, json: &Json, text: fn(&Value) -> String| {
        if json.json { say!("{value}") } else { say!("{}", text(value)) }
    };
    match command {
        OperatorCommand::Account(AccountCommand::Create { name, tier, policy, beside, json }) => {
            let body = json!({ "name": name, "tier": tier, "policy": policy, "beside": beside });
            show(&client.json(Method::POST, "/accounts", Some(&body))?, &json, print::created);
        }
        OperatorCommand::Account(AccountCommand::Show { name, json }) => {
            let account = client.get(&format!("/accounts/{}", segment(&name)))?;
            if json.json {
                say!("{account}");
            } else {
                say!("{}", picture::show(client, &name, &account)?);
            }
        }
        OperatorCommand::Account(AccountCommand::List { json }) => {
            show(&client.get("/accounts")?, &json, print::accounts);
        }
        OperatorCommand::TopUp { name, amount, key, json } => {
            let body = json!({ "amount": amount, "key": key });
            let path = format!("/accounts/{}/top-ups", segment(&name));
            show(&client.json(Method::POST, &path, Some(&body))?, &json, print::top_up);
        }
        OperatorCommand::Subscribe { service, package_only, json } => {
            let body = json!({ "package_only": package_only });
            show(&client.json(Method::PUT, &service.path(), Some(&body))?, &json, print::subscription);
        }
        OperatorCommand::Unsubscribe { service, json } => {
            show(&client.json(Method::DELETE, &service.path(), None)?, &json, print::subscription);
        }
        OperatorCommand::Package(PackageCommand::Buy { service, calls, no_coupons, key, json }) => {
            let body = json!({ "api": service.api, "region": service.region, "calls": calls, "key": key,
                "coupons": if no_coupons { "none" } else { "automatic" } });
            let path = format!("/accounts/{}/packages", segment(&service.name));
            show(&client.json(Method::POST, &path, Some(&body))?, &json, print::bought);
        }
        OperatorCommand::Package(PackageCommand::Renew(command)) => commerce::renew(client, command)?,
        OperatorCommand::Package(PackageCommand::Renewal(command)) => commerce::renewal(client, command)?,
        OperatorCommand::Package(PackageCommand::Order(command)) => orders::run(client, command)?,
        OperatorCommand::Commerce(command) => commerce::run(client, command)?,
        OperatorCommand::Package(PackageCommand::List { name, json }) => {
            show(&client.get(&format!("/accounts/{}/packages", segment(&name)))?, &json, print::packages);
        }
        OperatorCommand::Grant { service, calls, expires_at, source, enterprise_project, json } => {
            let body = json!({ "api": service.api, "region": service.region, "calls": calls,
                "expires_at": expires_at, "source": source, "enterprise_project": enterprise_project });
            let path = format!("/accounts/{}/grants", segment(&service.name));
            show(&client.json(Method::POST, &path, Some(&body))?, &json, print::granted);
        }
        OperatorCommand::Charges { name, json } => charges(client, &name, json.json)?,
        OperatorCommand::Notices(command) => notices::run(client, command)?,
        OperatorCommand::Alerts(command) => alerts::run(client, command)?,
        OperatorCommand::Budget(command) => alerts::run_budget(client, command)?,
        OperatorCommand::Explain { charge_id, json } => {
            show(
                &client.get(&format!("/charges/{}/explanation", segment(&charge_id)))?,
                &json,
                print::explanation,
            );
        }
        OperatorCommand::EnterpriseProject(command) => enterprise_projects::run(client, command)?,
        OperatorCommand::Key(command) => keys::run(client, command)?,
        OperatorCommand::User(command) => users::run(client, command)?,
        OperatorCommand::Gateway(command) => gateways::run(client, command)?,
        OperatorCommand::Member(command) => members::run(client, command)?,
        OperatorCommand::Recipient(command) => recipients::run(client, command)?,
        OperatorCommand::Notify(command) => return outbox::notify(client, command),
        OperatorCommand::Outbox(command) => outbox::outbox(client, command)?,
        OperatorCommand::Audit(command) => audit::run(client, &command)?,
        OperatorCommand::Clock(ClockCommand::Show { json }) => {
            show(&client.get("/clock")?, &json, print::clock)
        }
        OperatorCommand::Clock(ClockCommand::Advance { by, to_next: _, yes, json }) => {
            let by_ms = match by {
                Some(by) => {
                    parse_duration_ms(&by).and_then(|ms| if yes { Ok(ms) } else { not_too_far(&by, ms) })?
                }
                None => ms_to_next(&client.get("/clock")?)?,
            };
            let body = json!({ "by_ms": by_ms });
            show(&client.json(Method::POST, "/clock", Some(&body))?, &json, print::clock);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Time never goes back, so what may be mistyped is asked about.
fn not_too_far(by: &str, by_ms: u64) -> Result<u64, String> {
    if by_ms <= UNASKED_DAYS * 24 * 3_600_000 {
        return Ok(by_ms);
    }
    Err(format!("{by} is more than {UNASKED_DAYS} days, and time never goes back; if it is meant, say --yes"))
}

fn ms_to_next(clock: &Value) -> Result<u64, OpenError> {
    let next = clock["next_due_in_ms"].as_u64();
    next.ok_or_else(|| {
        "nothing is due for any account, and no message is held; give a length of time, like 1h".into()
    })
}

/// Prints all charges, page by page.
fn charges(client: &Client, name: &str, as_json: bool) -> Result<(), OpenError> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut after = String::new();
    loop {
        let cursor = if after.is_empty() { String::new() } else { format!("&after={after}") };
        let path = format!("/accounts/{}/charges?limit={PAGE}{cursor}", segment(name));
        let page = client.text(Method::GET, &path, None)?;
        let mut count = 0;
        for line in page.lines() {
            let charge: Value = serde_json::from_str(line)?;
            count += 1;
            after = charge["charge_id"].as_str().unwrap_or_default().to_owned();
            if as_json { writeln!(out, "{line}")? } else { writeln!(out, "{}", print::charge(&charge))? }
        }
        if count < PAGE {
            return Ok(out.flush()?);
        }
    }
}
