//! An account in one picture: where it stands and what comes next, its money, its packages, what to look at.

use charging::Money;
use serde_json::Value;

use super::client::Client;
use super::foresight::next_steps;
use super::operator::segment;
use super::print::at_its_end;
use super::prose::{bar, entry, field, items, minute};
use crate::app::OpenError;

/// How many coming steps are shown.
const STEPS: usize = 4;

/// The account as the server knows it, with what comes next and what to look at.
pub(super) fn show(client: &Client, name: &str, account: &Value) -> Result<String, OpenError> {
    let forecast = client.get(&format!("/accounts/{}/forecast", segment(name)))?;
    let diagnosis = client.get(&format!("/accounts/{}/diagnosis", segment(name)))?;
    Ok(draw(account, &forecast, &diagnosis))
}

/// The account alone, in the same layout.
pub(super) fn of_account(account: &Value) -> String {
    parts(account).join("\n")
}

fn parts(account: &Value) -> Vec<String> {
    let mut lines = head(account);
    lines.push("\nMoney".into());
    lines.extend(money(account));
    lines.push("\nPackages".into());
    lines.extend(packages(account));
    lines.push("\nEnabled".into());
    lines.extend(subscriptions(account));
    lines
}

fn draw(account: &Value, forecast: &Value, diagnosis: &Value) -> String {
    let mut lines = parts(account);
    lines.push("\nWhat comes next".into());
    let steps = next_steps(forecast, STEPS);
    let more = items(forecast, "steps").count().saturating_sub(steps.len());
    lines.extend(if steps.is_empty() {
        vec![format!("  Nothing, up to {}.", minute(&field(forecast, "until")))]
    } else {
        steps
    });
    let counts_on = forecast["counts_on_payment"] == true;
    if counts_on || items(forecast, "unanswered_top_ups").next().is_some() {
        lines.push(entry("  ", &field(forecast, "supposed")));
    }
    if more > 0 {
        lines.push(format!("  … and {more} more: inkmeter forecast {}", field(account, "name")));
    }
    let warnings = items(diagnosis, "warnings").map(|warning| field(warning, "text"));
    let found = items(diagnosis, "findings").chain(items(diagnosis, "corrections")).next().map(|finding| {
        format!("{} More: inkmeter diagnose {}", field(finding, "headline"), field(account, "name"))
    });
    let to_look_at: Vec<String> = warnings.chain(found).collect();
    if !to_look_at.is_empty() {
        lines.push("\nWorth a look".into());
        lines.extend(to_look_at.iter().map(|text| entry("  ! ", text)));
    }
    lines.join("\n")
}

fn head(account: &Value) -> Vec<String> {
    let (standing, since) = (field(account, "standing"), minute(&field(account, "standing_since")));
    let said = match standing.as_str() {
        "good" => "in good standing",
        "grace" => "in arrears, in the grace period",
        "frozen" => "in arrears, pay-per-use is frozen",
        "released" => "released for arrears",
        other => other,
    };
    let (tier, policy) = (field(account, "tier"), field(account, "policy"));
    let mut lines = vec![format!("{}: {said} since {since}", field(account, "name"))];
    lines.push(format!("  tier {tier}, policy {policy}; it is {}", minute(&field(account, "now"))));
    let owed = format!("{} {}", field(account, "debt"), field(account, "currency"));
    for (what, when) in [("frozen", "grace_until"), ("released", "release_at")] {
        if !account[when].is_null() {
            let when = minute(&field(account, when));
            lines.push(format!("  will be {what} at {when} unless {owed} is paid"));
        }
    }
    for cap in items(account, "reached_caps") {
        lines.extend([entry("  ! ", &field(cap, "text")), entry("    ", &field(cap, "cure"))]);
    }
    if standing == "released" {
        let is_owed = field(account, "debt").parse().is_ok_and(Money::is_positive);
        let name = field(account, "name");
        let enable =
            format!("enable what is needed again: inkmeter subscribe {name} --api API --region REGION");
        lines.push(if is_owed {
            format!("  pay {owed}, then {enable}")
        } else {
            format!("  nothing is owed any more, and packages work; pay-per-use is off: {enable}")
        });
    }
    lines
}

fn money(account: &Value) -> Vec<String> {
    let currency = field(account, "currency");
    let row = |(label, name): (&str, &str)| format!("  {label:<25} {:>16} {currency}", field(account, name));
    let always = [("cash", "cash"), ("owed", "debt"), ("used, not yet settled", "unsettled")];
    let mut rows: Vec<String> = always.map(row).into();
    if account["calls_under_way"] != 0 {
        rows.push(row(("kept back for calls", "held")));
    }
    rows.push(row(("available", "available")));
    let has_coupons = field(account, "coupons").parse().is_ok_and(Money::is_positive);
    if has_coupons {
        rows.push(row(("in coupons beside it", "coupons")));
    }
    // A coupon that has ended may still pay for hours that began before.
    if field(account, "balance_for_alerts") != field(account, "available") {
        rows.push(row(("with coupons for anything", "balance_for_alerts")));
    }
    rows
}

fn packages(account: &Value) -> Vec<String> {
    let has_ended =
        |lot: &&Value| matches!(lot["state"].as_str(), Some("expired" | "used_up" | "unsubscribed"));
    let mut lines: Vec<String> = items(account, "lots").filter(|lot| !has_ended(lot)).map(package).collect();
    let ended = items(account, "lots").filter(has_ended).count();
    match (lines.is_empty(), ended) {
        (true, 0) => lines.push("  none".into()),
        (_, 0) => {}
        (_, ended) => {
            let list = format!("inkmeter package list {}", field(account, "name"));
            lines.push(format!("  {ended} used up, expired or given back: {list}"));
        }
    }
    lines
}

fn package(lot: &Value) -> String {
    let (left, granted) = (lot["remaining"].as_u64().unwrap_or(0), lot["granted"].as_u64().unwrap_or(0));
    let validity = match lot["state"].as_str() {
        Some("not_yet_effective") => format!("from {}", minute(&field(lot, "effective_at"))),
        _ => format!("to {}", minute(&field(lot, "expires_at"))),
    };
    let project = match &lot["enterprise_project"] {
        Value::String(project) => format!(", for project {project}"),
        _ => String::new(),
    };
    let source = match lot["source"].as_str() {
        Some("free") => ", free trial",
        Some("promotion") => ", promotion",
        _ => "",
    };
    let place = format!("{} in {}", field(lot, "api"), field(lot, "region"));
    // What is so unless something is said needs no words here.
    let end = match lot["renewal"]["mode"].as_str() {
        Some("pay_per_use") | None if lot["renewal"]["renewed_by"].is_null() => String::new(),
        _ => at_its_end(lot),
    };
    format!(
        "  {place:<32} {} {left} of {granted} left, {validity}{source}{project}{end}",
        bar(left, granted, 20)
    )
}

fn subscriptions(account: &Value) -> Vec<String> {
    let line = |subscription: &Value| {
        let place = format!("{} in {}", field(subscription, "api"), field(subscription, "region"));
        let mode = match subscription["mode"].as_str() {
            Some("package_only") => "packages only: calls beyond them are refused",
            _ => "pay-per-use beyond packages",
        };
        format!("  {place:<32} {mode}; enabled {}", minute(&field(subscription, "since")))
    };
    let lines: Vec<String> = items(account, "subscriptions").map(line).collect();
    let has_calls = |lot: &Value| lot["remaining"].as_u64().is_some_and(|left| left > 0);
    if !account["master"].is_null() {
        let master = field(account, "master");
        return vec![
            format!("  what its master, {master}, has enabled, which pays for its calls:"),
            format!("  inkmeter account show {master}; what it may use: inkmeter member list {master}"),
        ];
    }
    match (lines.is_empty(), items(account, "lots").any(has_calls)) {
        (false, _) => lines,
        (true, true) => vec!["  nothing: calls are met by packages alone".into()],
        (true, false) => vec!["  nothing: calls are refused".into()],
    }
}
