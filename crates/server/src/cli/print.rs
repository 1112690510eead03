//! The server's answers for people to read.

use charging::Money;
use serde_json::Value;

use super::picture;
use super::prose::{minute, paragraph};
use crate::say::count;

/// A field as text: strings bare, numbers as they are, nothing as a dash.
pub(super) fn text(value: &Value, field: &str) -> String {
    match &value[field] {
        Value::String(text) => text.clone(),
        Value::Null => "-".into(),
        other => other.to_string(),
    }
}

pub(super) fn rows<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value[field].as_array().into_iter().flatten()
}

pub(super) fn created(value: &Value) -> String {
    let mut lines =
        vec![format!("Account {} is open. Keep these: they are not shown again.", text(value, "name"))];
    for (label, field) in [
        ("account id", "account_id"),
        ("user", "user"),
        ("password", "password"),
        ("access key", "access_key"),
        ("secret key", "secret_key"),
    ] {
        lines.push(format!("  {label:<11} {}", text(value, field)));
    }
    lines.push("  projects".into());
    for (region, id) in value["projects"].as_object().into_iter().flatten() {
        lines.push(format!("    {region:<15} {}", id.as_str().unwrap_or_default()));
    }
    lines.join("\n")
}

pub(super) fn accounts(value: &Value) -> String {
    let line = |a: &Value| {
        let charges = count(a["charges"].as_u64().unwrap_or(0), "charge");
        format!("{:<24} {:<9} {charges}", text(a, "name"), text(a, "standing"))
    };
    value.as_array().into_iter().flatten().map(line).collect::<Vec<_>>().join("\n")
}

fn source(lot: &Value) -> &'static str {
    match lot["source"].as_str() {
        Some("free") => "free trial",
        Some("promotion") => "promotion",
        _ => "bought",
    }
}

fn package(lot: &Value) -> String {
    let (from, to) = (minute(&text(lot, "effective_at")), minute(&text(lot, "expires_at")));
    let state = match text(lot, "state").as_str() {
        "in_effect" => format!("in effect to {to}"),
        "not_yet_effective" => format!("from {from} to {to}"),
        "used_up" => "used up".to_owned(),
        "expired" => format!("expired at {to}"),
        "unsubscribed" => "given back".to_owned(),
        other => other.to_owned(),
    };
    let source = match source(lot) {
        "bought" => String::new(),
        other => format!(" ({other})"),
    };
    let (api, region, left, granted) =
        (text(lot, "api"), text(lot, "region"), text(lot, "remaining"), text(lot, "granted"));
    let calls = match text(lot, "state").as_str() {
        "expired" => format!("{} of {granted} calls were lost", text(lot, "expired")),
        "unsubscribed" => format!("{} of {granted} calls", text(lot, "given_back")),
        _ => format!("{left} of {granted} left"),
    };
    format!("  #{} {api} in {region}: {calls}, {state}{source}{}", text(lot, "lot"), at_its_end(lot))
}

/// What is to happen when a package ends that has not ended.
pub(super) fn at_its_end(lot: &Value) -> String {
    let renewal = &lot["renewal"];
    let is_over = !matches!(lot["state"].as_str(), Some("in_effect" | "not_yet_effective"));
    if is_over && (lot["state"] != "used_up" || renewal["mode"] != "none") {
        return String::new();
    }
    if !renewal["renewed_by"].is_null() {
        return format!("; renewed by #{}", renewal["renewed_by"]);
    }
    match (renewal["mode"].as_str(), &renewal["pay_per_use_ends_with"], &renewal["next_attempt_at"]) {
        (Some("auto"), _, Value::String(at)) => format!("; renewed by itself at {}", minute(at)),
        (Some("auto"), _, _) => "; to be renewed by itself (auto)".into(),
        (Some("manual"), _, _) => "; to be renewed by hand, or calls are charged (manual)".into(),
        (Some("none"), Value::Null, _) => {
            format!("; pay-per-use goes on (none): #{} is left then", text(renewal, "outlived_by"))
        }
        (Some("none"), with, _) if *with == lot["lot"] => "; pay-per-use ends with it (none)".into(),
        (Some("none"), with, _) => format!("; pay-per-use ends with #{with}, which is left then (none)"),
        _ => "; then calls are charged, where pay-per-use is on (pay_per_use)".into(),
    }
}

/// What was said about a package's end, and what that means as things stand.
pub(super) fn renewal(name: &str, set: &Value) -> String {
    let (lot, mode) = (text(set, "lot"), text(set, "mode"));
    let (with, other) = (text(set, "pay_per_use_ends_with"), text(set, "outlived_by"));
    match mode.as_str() {
        "auto" if !set["next_attempt_at"].is_null() => {
            format!("#{lot} is renewed by itself at {}", minute(&text(set, "next_attempt_at")))
        }
        "none" if set["pay_per_use_ends_with"].is_null() => format!(
            "When #{lot} ends: none, but pay-per-use goes on, because #{other} is left then and something else was said \
             about its end. To end it with that one: inkmeter package renewal {name} --lot {other} --mode none"
        ),
        "none" if with == lot => format!(
            "When #{lot} ends: none. Pay-per-use ends with it, at {}. If its calls are used up before, calls are \
             charged until then.",
            minute(&text(set, "pay_per_use_ends_at"))
        ),
        "none" => format!(
            "When #{lot} ends: none. #{with} is left then, so pay-per-use ends with that one, at {}. While there are no \
             calls left in them, calls are charged until then.",
            minute(&text(set, "pay_per_use_ends_at"))
        ),
        "manual" => {
            format!(
                "When #{lot} ends: manual. From then on calls are charged, where pay-per-use is on, unless you renew it before."
            )
        }
        "pay_per_use" => {
            format!("When #{lot} ends: pay_per_use. From then on calls are charged, where pay-per-use is on.")
        }
        other => format!("When #{lot} ends: {other}"),
    }
}

pub(super) fn packages(value: &Value) -> String {
    match value.as_array().map(Vec::as_slice) {
        None | Some([]) => "No packages.".to_owned(),
        Some(lots) => lots.iter().map(package).collect::<Vec<_>>().join("\n"),
    }
}

pub(super) fn top_up(value: &Value) -> String {
    paid_in(value, "Topped up.")
}

/// What became of money that was paid in, and the account after it.
pub(super) fn paid_in(value: &Value, done: &str) -> String {
    let what = if value["repeated"] == true { "The key was used before: nothing was moved." } else { done };
    let debt = match text(value, "debt_paid").parse() {
        Ok(Money::ZERO) => String::new(),
        _ => format!(" Paid into the debt: {}", text(value, "debt_paid")),
    };
    format!("{what}{debt}\n{}", picture::of_account(&value["account"]))
}

pub(super) fn subscription(value: &Value) -> String {
    let place = format!("{} in {}", text(value, "api"), text(value, "region"));
    match value["mode"].as_str() {
        None => format!("{place} is disabled: calls are met by packages alone"),
        Some("package_only") => {
            format!("{place} is enabled for packages only: calls beyond them are refused")
        }
        Some(_) => format!("{place} is enabled: pay-per-use beyond packages"),
    }
}

pub(super) fn bought(value: &Value) -> String {
    let what = if value["repeated"] == true { "Bought before with this key" } else { "Bought" };
    let mut said = format!("{what}:\n{}", package(&value["lot"]));
    // A package meets the calls that come after it.
    if let Some(short) = text(value, "available").strip_prefix('-') {
        said += &format!(
            "\nCalls made before are not met by it: they cost {short} more than the cash that is left. Unless coupons pay \
             for them, their hour ends in arrears: top up {short} before."
        );
    }
    said
}

pub(super) fn granted(value: &Value) -> String {
    let what = if value["repeated"] == true { "Given before with this key" } else { "Given" };
    format!("{what}: package #{}", text(value, "lot"))
}

pub(super) fn charge(value: &Value) -> String {
    let project = match &value["enterprise_project"] {
        Value::Null => String::new(),
        _ => format!("  for {}", text(value, "enterprise_project")),
    };
    let pocket = match value["pocket"].as_str() {
        Some("lot") => "package",
        _ => "pay-per-use",
    };
    format!(
        "{:<19} {} {} {pocket:<11} {:>8} {:>10}  {}{project}",
        minute(&text(value, "at")),
        text(value, "api"),
        text(value, "region"),
        count(value["units"].as_u64().unwrap_or(0), "call"),
        text(value, "amount"),
        text(value, "charge_id"),
    )
}

pub(super) fn bill(value: &Value) -> String {
    let currency = text(value, "currency");
    let month = text(value, "month");
    let mut lines = vec![match value["state"].as_str() {
        Some("running") => {
            let now = minute(&text(value, "as_of"));
            format!("Bill of {month}, which is running: what it came to by {now}, and not final")
        }
        Some("over") => {
            format!("Bill of {month}, which is over and not closed yet: final on the 3rd of the next")
        }
        _ => format!("Bill of {month}"),
    }];
    let when =
        |line: &Value| if line["kind"] == "pay_per_use" { text(line, "hour") } else { text(line, "at") };
    let mut in_order: Vec<&Value> = rows(value, "lines").collect();
    in_order.sort_by_key(|line| when(line));
    if !in_order.is_empty() {
        lines.push(format!("  {:<19} {:<11} API and region, calls, amount", "hour or time", "what"));
    }
    for line in in_order {
        let renewal = if line["renews"].is_null() {
            String::new()
        } else {
            format!("  renews package {}", line["renews"])
        };
        lines.push(format!(
            "  {:<19} {:<11} {} {} {:>8} {:>14} {currency}{renewal}",
            minute(&when(line)),
            text(line, "kind").replace('_', "-"),
            text(line, "api"),
            text(line, "region"),
            text(line, "units"),
            text(line, "amount"),
        ));
    }
    for of in rows(value, "adjustments") {
        let (at, amount, reason) = (minute(&text(of, "at")), text(of, "amount"), text(of, "reason"));
        lines.push(format!(
            "  {at} correction of the balance, no part of the total: {amount} {currency} ({reason})"
        ));
    }
    for (label, field) in [
        ("total", "total"),
        ("stated", "stated"),
        ("paid at settlement", "paid"),
        ("of it by coupons", "coupon_amount"),
        ("left as debt at settlement", "debt"),
        ("paid of this debt since", "debt_paid"),
        ("still owed for this month", "outstanding"),
        ("not yet settled", "unsettled_total"),
    ] {
        lines.push(format!("{label:<28} {:>14} {currency}", text(value, field)));
    }
    lines.join("\n")
}

pub(super) fn explanation(value: &Value) -> String {
    let is_elsewhere = |lot: &&Value| matches!(lot["verdict"].as_str(), Some("other_api" | "other_region"));
    let mut lines = vec![charge(&value["charge"]), text(value, "why")];
    lines.push(match rows(value, "lots_looked_at").count() {
        0 => "The account had no packages.".into(),
        _ if rows(value, "lots_looked_at").all(|lot| is_elsewhere(&lot)) => {
            "The account had no packages of this API and region.".into()
        }
        _ => format!("{}\nPackages looked at, in this order:", paragraph(&text(value, "rule"), "")),
    });
    let line = |lot: &Value| {
        format!(
            "  #{} {} in {}, {}, {} left, to {}: {}",
            text(lot, "lot"),
            text(lot, "api"),
            text(lot, "region"),
            source(lot),
            text(lot, "left_before"),
            minute(&text(lot, "expires_at")),
            text(lot, "why"),
        )
    };
    lines.extend(rows(value, "lots_looked_at").filter(|lot| !is_elsewhere(lot)).map(line));
    let mut elsewhere = rows(value, "lots_looked_at").filter(is_elsewhere).peekable();
    if elsewhere.peek().is_some() {
        lines.push("For other APIs and regions:".into());
        lines.extend(elsewhere.map(line));
    }
    if !value["unit_price"].is_null() {
        lines.push(format!(
            "Price of a call: {}; charged: {}",
            text(value, "unit_price"),
            text(value, "amount")
        ));
    }
    let settled = &value["settlement"];
    if !settled.is_null() {
        lines.push(format!(
            "Its hour was settled at {}: {} paid by coupons, {} by the cash, {} left as debt",
            minute(&text(settled, "settled_at")),
            text(settled, "coupons"),
            text(settled, "paid"),
            text(settled, "debt"),
        ));
    }
    lines.join("\n")
}

pub(super) fn clock(value: &Value) -> String {
    let due = match &value["next_due"] {
        Value::Null => "nothing is due".to_owned(),
        _ => format!("next due: {}", text(value, "next_due")),
    };
    let mut said = format!("{} ({} clock); {due}", text(value, "now"), text(value, "mode"));
    if !value["books"].is_null() {
        said += &format!(
            "\nThe books stand at {}, ahead of this clock: what is done, shown and foretold is of that time, and nothing \
             falls due until the clock has caught up.",
            text(value, "books")
        );
    }
    said
}
