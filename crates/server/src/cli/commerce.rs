//! Commands about caps, adjustments, coupons, renewals and automatic top-ups.

use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::operator::{Json, segment};
use super::print::{self, rows, text};
use super::prose::paragraph;
use crate::app::OpenError;
use crate::say::say;

#[derive(Subcommand)]
pub(super) enum CommerceCommand {
    /// Correct an account's cash, up or down, with a reason that stays in its history.
    ///
    /// Money that is given pays the debt at once. What is taken never goes beyond the cash:
    /// `inkmeter adjust alice -5 --reason "paid twice"`.
    #[command(allow_negative_numbers = true)]
    Adjust {
        /// The account.
        name: String,
        /// How much is added; negative to take.
        amount: String,
        /// Why, in one line.
        #[arg(long)]
        reason: String,
        /// An idempotency key: the same key, amount and reason again move nothing.
        #[arg(long)]
        key: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Spending caps: hard limits on what pay-per-use may cost in a month.
    ///
    /// A call that might exceed one is refused, however many are under way; packages with quota left keep working.
    #[command(subcommand)]
    Cap(CapCommand),
    /// Coupons: money for orders and pay-per-use, or a percentage off one order.
    #[command(subcommand)]
    Coupon(CouponCommand),
    /// The rule that asks the payment provider for money when an account's balance, coupons included, drops.
    #[command(subcommand)]
    AutoTopUp(AutoTopUpCommand),
}

#[derive(Subcommand)]
pub(super) enum CapCommand {
    /// Set a cap, or change it.
    #[command(allow_negative_numbers = true)]
    Set {
        /// The account.
        name: String,
        /// The API it is for; the whole account, if not given.
        #[arg(long, default_value = charging::ALL_APIS)]
        api: String,
        /// What the charges of a month may come to; 0 refuses every call that costs anything.
        #[arg(long)]
        monthly: String,
        #[command(flatten)]
        json: Json,
    },
    /// Take a cap away.
    Remove {
        /// The account.
        name: String,
        /// The API it is for; the whole account, if not given.
        #[arg(long, default_value = charging::ALL_APIS)]
        api: String,
        #[command(flatten)]
        json: Json,
    },
    /// An account's caps, and what the month has used of them.
    List {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Subcommand)]
pub(super) enum CouponCommand {
    /// Give a coupon: --amount for money, --percent-off for a discount.
    #[command(allow_negative_numbers = true)]
    Give(GiveCoupon),
    /// An account's coupons.
    List {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Args)]
pub(super) struct GiveCoupon {
    /// The account.
    name: String,
    /// Face value of a cash coupon.
    #[arg(long, required_unless_present = "percent_off", conflicts_with = "percent_off")]
    amount: Option<String>,
    /// What a discount coupon takes off one order, in percent: 1 to 100.
    #[arg(long)]
    percent_off: Option<u8>,
    /// An API it is for; may be said again. Any, if not given.
    #[arg(long = "api")]
    apis: Vec<String>,
    /// A region it is for; may be said again. Any, if not given.
    #[arg(long = "region")]
    regions: Vec<String>,
    /// First instant, like 2026-12-01T00:00:00+08:00; now, if not given.
    #[arg(long)]
    valid_from: Option<String>,
    /// The end, like 2027-01-01T00:00:00+08:00: it can be used up to this instant, and not at it.
    #[arg(long)]
    valid_to: String,
    /// An idempotency key: the same key and coupon again give nothing.
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    json: Json,
}

#[derive(Subcommand)]
pub(super) enum AutoTopUpCommand {
    /// Set the rule. It needs a payment provider: see [payment] in the configuration.
    ///
    /// One top-up is asked for at a time, and at most 100 in a calendar month, whatever the limit.
    #[command(allow_negative_numbers = true)]
    Set {
        /// The account.
        name: String,
        /// The level the credit must drop below.
        #[arg(long)]
        below: String,
        /// How much is asked for: at least the level. Where more is missing up to the level, that is asked for.
        #[arg(long)]
        amount: String,
        /// How much may be asked for in a month: at least the amount.
        #[arg(long)]
        monthly_limit: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Take the rule away. A request under way still gets its answer.
    Remove {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// The rule, and what is asked for.
    Show {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
}

/// What happens when a package ends.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Mode {
    /// It is renewed by hand; calls are charged otherwise.
    Manual,
    /// It is renewed by itself at 03:00 some days before, then daily until that works.
    Auto,
    /// Calls are charged.
    PayPerUse,
    /// At its end the API goes package-only in that region: pay-per-use ends with it. If another package is left there, with
    /// the last one that is.
    None,
}

#[derive(Args)]
pub(super) struct Renew {
    /// The account.
    name: String,
    /// The package, by its number.
    #[arg(long)]
    lot: u32,
    /// Use no coupons.
    #[arg(long)]
    no_coupons: bool,
    /// An idempotency key: the same key again renews nothing.
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    json: Json,
}

#[derive(Args)]
pub(super) struct Renewal {
    /// The account.
    name: String,
    /// The package, by its number.
    #[arg(long)]
    lot: u32,
    /// What happens when it ends.
    #[arg(long, value_enum)]
    mode: Mode,
    /// How many days before its end auto-renewal begins: 1 to 7.
    #[arg(long, default_value_t = charging::RENEWAL_DAYS)]
    days_before: u8,
    /// How many times it is renewed by itself, 1 to 99; without an end, if not given.
    #[arg(long)]
    times: Option<u8>,
    #[command(flatten)]
    json: Json,
}

fn show(value: &Value, json: &Json, told: fn(&Value) -> String) {
    if json.json { say!("{value}") } else { say!("{}", told(value)) }
}

pub(super) fn run(client: &Client, command: CommerceCommand) -> Result<(), OpenError> {
    match command {
        CommerceCommand::Adjust { name, amount, reason, key, json } => {
            let body = json!({ "amount": amount, "reason": reason, "key": key });
            let path = format!("/accounts/{}/adjustments", segment(&name));
            show(&client.json(Method::POST, &path, Some(&body))?, &json, adjusted);
        }
        CommerceCommand::Cap(command) => cap(client, command)?,
        CommerceCommand::Coupon(command) => coupon(client, command)?,
        CommerceCommand::AutoTopUp(command) => auto_top_up(client, command)?,
    }
    Ok(())
}

fn cap(client: &Client, command: CapCommand) -> Result<(), OpenError> {
    let path = |name: &str, api: &str| format!("/accounts/{}/caps/{}", segment(name), segment(api));
    match command {
        CapCommand::Set { name, api, monthly, json } => {
            let body = json!({ "monthly": monthly });
            show(&client.json(Method::PUT, &path(&name, &api), Some(&body))?, &json, caps);
        }
        CapCommand::Remove { name, api, json } => {
            show(&client.json(Method::DELETE, &path(&name, &api), None)?, &json, |removed| {
                format!("no cap for {}", text(removed, "api"))
            });
        }
        CapCommand::List { name, json } => {
            show(&client.get(&format!("/accounts/{}/caps", segment(&name)))?, &json, caps);
        }
    }
    Ok(())
}

fn coupon(client: &Client, command: CouponCommand) -> Result<(), OpenError> {
    match command {
        CouponCommand::Give(give) => {
            let kind = if give.amount.is_some() { "cash" } else { "discount" };
            let body = json!({ "kind": kind, "amount": give.amount, "percent_off": give.percent_off,
                "apis": give.apis, "regions": give.regions, "valid_from": give.valid_from,
                "valid_to": give.valid_to, "key": give.key });
            let path = format!("/accounts/{}/coupons", segment(&give.name));
            show(&client.json(Method::POST, &path, Some(&body))?, &give.json, |given| {
                let what = if given["repeated"] == true { "Given before with this key" } else { "Given" };
                format!("{what}:\n{}", coupon_line(&given["coupon"]))
            });
        }
        CouponCommand::List { name, json } => {
            show(&client.get(&format!("/accounts/{}/coupons", segment(&name)))?, &json, |coupons| {
                coupons.as_array().into_iter().flatten().map(coupon_line).collect::<Vec<_>>().join("\n")
            });
        }
    }
    Ok(())
}

fn auto_top_up(client: &Client, command: AutoTopUpCommand) -> Result<(), OpenError> {
    let path = |name: &str| format!("/accounts/{}/auto-top-up", segment(name));
    match command {
        AutoTopUpCommand::Set { name, below, amount, monthly_limit, json } => {
            let body = json!({ "below": below, "amount": amount, "monthly_limit": monthly_limit });
            show(&client.json(Method::PUT, &path(&name), Some(&body))?, &json, rule);
        }
        AutoTopUpCommand::Remove { name, json } => {
            show(&client.json(Method::DELETE, &path(&name), None)?, &json, rule);
        }
        AutoTopUpCommand::Show { name, json } => show(&client.get(&path(&name))?, &json, rule),
    }
    Ok(())
}

pub(super) fn renew(client: &Client, command: Renew) -> Result<(), OpenError> {
    let Renew { name, lot, no_coupons, key, json } = command;
    let coupons = if no_coupons { "none" } else { "automatic" };
    let path = format!("/accounts/{}/packages/{lot}/renew", segment(&name));
    let body = json!({ "key": key, "coupons": coupons });
    show(&client.json(Method::POST, &path, Some(&body))?, &json, print::bought);
    Ok(())
}

pub(super) fn renewal(client: &Client, command: Renewal) -> Result<(), OpenError> {
    let Renewal { name, lot, mode, days_before, times, json } = command;
    let mode = mode.to_possible_value().map(|value| value.get_name().to_owned());
    let path = format!("/accounts/{}/packages/{lot}/renewal", segment(&name));
    let body = json!({ "mode": mode, "days_before": days_before, "times": times });
    let set = client.json(Method::PUT, &path, Some(&body))?;
    if json.json {
        say!("{set}");
    } else {
        say!("{}", paragraph(&print::renewal(&name, &set), ""));
    }
    Ok(())
}

fn adjusted(value: &Value) -> String {
    print::paid_in(value, "Adjusted.")
}

fn caps(value: &Value) -> String {
    let mut lines = vec![format!("{}: {} spent", text(value, "month"), text(value, "spent"))];
    lines.extend(rows(value, "caps").map(|cap| {
        format!(
            "  {:<20} {:>12} a month: {} spent, {} kept back for calls, {} left",
            text(cap, "api"),
            text(cap, "monthly"),
            text(cap, "spent"),
            text(cap, "held"),
            text(cap, "left"),
        )
    }));
    if lines.len() == 1 {
        lines.push("  no caps".into());
    }
    lines.join("\n")
}

fn coupon_line(coupon: &Value) -> String {
    let worth = match &coupon["percent_off"] {
        Value::Null => format!("{} of {} left", text(coupon, "left"), text(coupon, "amount")),
        percent => format!("{percent} percent off one order"),
    };
    let scope = |field: &str| {
        let names: Vec<&str> = rows(coupon, field).filter_map(Value::as_str).collect();
        if names.is_empty() { "any".to_owned() } else { names.join(", ") }
    };
    format!(
        "  #{} {worth}; APIs: {}; regions: {}; {}, {} to {}",
        text(coupon, "coupon"),
        scope("apis"),
        scope("regions"),
        text(coupon, "state"),
        text(coupon, "valid_from"),
        text(coupon, "valid_to"),
    )
}

fn rule(value: &Value) -> String {
    let rule = &value["rule"];
    let mut lines = vec![match rule {
        Value::Null => "No automatic top-up".to_owned(),
        _ => format!(
            "{}, or what is missing if that is more, is asked for when the balance, coupons included, drops below {}; at most {}{} top-ups a month",
            text(rule, "amount"),
            text(rule, "below"),
            match &rule["monthly_limit"] {
                Value::Null => String::new(),
                _ => format!("{} and ", text(rule, "monthly_limit")),
            },
            charging::AUTO_TOP_UPS_A_MONTH,
        ),
    }];
    if !value["retry_at"].is_null() {
        lines.push(format!("  asks again at {}", text(value, "retry_at")));
    }
    lines.extend(rows(value, "requests").map(|request| {
        format!(
            "  top-up {}: {} asked for at {} ({})",
            text(request, "request"),
            text(request, "amount"),
            text(request, "requested_at"),
            text(request, "origin"),
        )
    }));
    lines.push(format!("  payment provider: {}", text(value, "provider")));
    lines.join("\n")
}
