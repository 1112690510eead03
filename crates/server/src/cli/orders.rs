//! Commands about orders that are paid later, and packages that are given back.

use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::operator::{Json, segment};
use super::print::{self, rows, text};
use crate::app::OpenError;
use crate::say::say;

#[derive(Subcommand)]
pub(super) enum OrderCommand {
    /// Make an order that is paid later: its price is that of now.
    ///
    /// It is for a package of the catalog, or with --renews for another period of one. It ends by itself if it is not
    /// paid in the time the account's policy gives (unpaid_order_hours). `package buy` and `package renew` order and
    /// pay in one step.
    Order(NewOrder),
    /// Orders that were made before they were paid, and what became of them.
    Orders {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Pay an order, out of coupons and the balance.
    Pay {
        /// The account.
        name: String,
        /// The order, by its number.
        #[arg(long)]
        order: u32,
        /// Use no coupons.
        #[arg(long)]
        no_coupons: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Take an order back that is not paid.
    Cancel {
        /// The account.
        name: String,
        /// The order, by its number.
        #[arg(long)]
        order: u32,
        #[command(flatten)]
        json: Json,
    },
    /// Give packages back: what was paid returns to the balance and to coupons that are still valid.
    ///
    /// Packages and renewed periods that have not begun are given back for everything; packages in effect only if the
    /// account's policy allows it (refund.in_effect), less what was used of them and a fee. Periods that follow a
    /// package go with it. `inkmeter package unsubscribe alice 3 4 --what renewals` keeps packages 3 and 4.
    Unsubscribe {
        /// The account.
        name: String,
        /// The packages, by their numbers.
        #[arg(required = true)]
        lots: Vec<u32>,
        /// What is given back.
        #[arg(long, value_enum, default_value = "package")]
        what: What,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Args)]
pub(super) struct NewOrder {
    /// The account.
    name: String,
    /// The API.
    #[arg(long, required_unless_present = "renews", conflicts_with = "renews")]
    api: Option<String>,
    /// The region.
    #[arg(long, required_unless_present = "renews", conflicts_with = "renews")]
    region: Option<String>,
    /// How many calls the package holds.
    #[arg(long, required_unless_present = "renews", conflicts_with = "renews")]
    calls: Option<u64>,
    /// The package whose next period it is, by its number.
    #[arg(long)]
    renews: Option<u32>,
    /// An idempotency key: the same key and order again order nothing.
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    json: Json,
}

/// What is given back.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum What {
    /// The package and the periods that follow it.
    Package,
    /// Only periods that follow it and have not begun.
    Renewals,
    /// The package and what follows it; its calls go on at a price.
    ToPayPerUse,
}

pub(super) fn run(client: &Client, command: OrderCommand) -> Result<(), OpenError> {
    let orders = |name: &str| format!("/accounts/{}/orders", segment(name));
    match command {
        OrderCommand::Order(NewOrder { name, api, region, calls, renews, key, json }) => {
            let body = json!({ "api": api, "region": region, "calls": calls, "renews": renews, "key": key });
            show(&client.json(Method::POST, &orders(&name), Some(&body))?, &json, |placed| {
                let what =
                    if placed["repeated"] == true { "Ordered before with this key" } else { "Ordered" };
                format!("{what}:\n{}", line(&placed["order"]))
            });
        }
        OrderCommand::Orders { name, json } => {
            show(&client.get(&orders(&name))?, &json, |orders| match orders.as_array() {
                Some(orders) if !orders.is_empty() => orders.iter().map(line).collect::<Vec<_>>().join("\n"),
                _ => "No orders; packages bought in one step are not among them.".into(),
            });
        }
        OrderCommand::Pay { name, order, no_coupons, json } => {
            let path = format!("{}/{order}/pay", orders(&name));
            let body = json!({ "coupons": if no_coupons { "none" } else { "automatic" } });
            show(&client.json(Method::POST, &path, Some(&body))?, &json, print::bought);
        }
        OrderCommand::Cancel { name, order, json } => {
            let path = format!("{}/{order}", orders(&name));
            show(&client.json(Method::DELETE, &path, None)?, &json, |order| {
                format!("Cancelled:\n{}", line(order))
            });
        }
        OrderCommand::Unsubscribe { name, lots, what, json } => {
            unsubscribe(client, &name, &lots, what, &json)?
        }
    }
    Ok(())
}

/// Package after package; the first that cannot be given back ends it.
fn unsubscribe(client: &Client, name: &str, lots: &[u32], what: What, json: &Json) -> Result<(), OpenError> {
    let what = what.to_possible_value().map(|value| value.get_name().to_owned());
    let mut answers = Vec::new();
    for lot in lots {
        let path = format!("/accounts/{}/packages/{lot}/unsubscribe", segment(name));
        let answer = client.json(Method::POST, &path, Some(&json!({ "what": what })))?;
        if !json.json {
            say!("{}", given_back(&answer));
        }
        answers.push(answer);
    }
    if json.json {
        say!("{}", Value::Array(answers));
    }
    Ok(())
}

fn show(value: &Value, json: &Json, told: impl FnOnce(&Value) -> String) {
    if json.json { say!("{value}") } else { say!("{}", told(value)) }
}

fn line(order: &Value) -> String {
    let what = match &order["renews"] {
        Value::Null => String::new(),
        lot => format!(", renews package {lot}"),
    };
    let state = match order["state"].as_str() {
        Some("pending") => format!("to be paid until {}", text(order, "pay_until")),
        Some("paid") => format!("paid {}: package {}", text(order, "ended_at"), order["lot"]),
        _ => format!("{} {}", text(order, "state"), text(order, "ended_at")),
    };
    format!(
        "  order {}: {} calls of {} in {}{what}, {}; {state}",
        text(order, "order"),
        text(order, "calls"),
        text(order, "api"),
        text(order, "region"),
        text(order, "price"),
    )
}

fn given_back(answer: &Value) -> String {
    let mut lines: Vec<String> = rows(answer, "refunds")
        .map(|refund| {
            let withheld = &refund["withheld"];
            format!(
                "  package {} given back with {} calls left: {} to the balance, {} to coupons; withheld: {} used, {} fee, {} of coupons",
                text(refund, "lot"),
                text(refund, "calls"),
                text(refund, "cash"),
                text(refund, "coupon_amount"),
                text(withheld, "used"),
                text(withheld, "fee"),
                text(withheld, "coupons"),
            )
        })
        .collect();
    lines.push(format!("{} given back; the balance is {}", text(answer, "amount"), text(answer, "cash")));
    lines.join("\n")
}
