//! `diagnose` and `forecast`, for people to read.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::client::Client;
use super::operator::segment;
use super::prose::{day, entry, field, items, minute, paragraph};
use crate::app::OpenError;
use crate::say::say;

#[derive(Subcommand)]
pub(super) enum ForesightCommand {
    /// Why an account is in arrears, or where its money goes: what was charged and why no package met it, the figures
    /// it rests on, and what to do about it.
    #[command(after_help = "\
Reasons, as the page \"Arrears\" names them, and three more:
  package_in_other_region     the package is for another region than the one called
  free_trial_in_other_region  so is the free trial
  package_for_other_api       the package is for another API than the one called
  package_expired             the package ended, and pay-per-use took over
  package_used_up             it was used up, and pay-per-use took over
  no_package                  there is none, and pay-per-use is enabled
  package_not_yet_effective   the package begins later
  package_unsubscribed        the package was given back, and pay-per-use took over
  package_for_other_project   the package is reserved for an enterprise project

And why what was charged could not be paid:
  balance_corrected           the operator took money out of the balance before")]
    Diagnose {
        /// The account.
        name: String,
        /// Since when usage is looked at, like 2026-11-01. A month back, if not given; in arrears always back to the
        /// oldest hour that is not paid.
        #[arg(long)]
        from: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// What will happen to an account by itself, and when: settlements, arrears and their end, packages that begin or
    /// end, notices. Nothing is changed; the real rules are run forward on a copy.
    #[command(after_help = "\
Taken for granted: nobody calls or orders anything, prices stay as they are, and payments that a rule of the account
asks for succeed (with --if-no-payment: none does).")]
    Forecast(ForecastArgs),
}

#[derive(Args)]
pub(super) struct ForecastArgs {
    /// The account.
    name: String,
    /// How far to look, like 2027-03-31; five years at most. Sixty days, if not given, and in arrears to the release.
    #[arg(long)]
    until: Option<String>,
    /// Suppose that no payment arrives.
    #[arg(long)]
    if_no_payment: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &Client, command: &ForesightCommand) -> Result<ExitCode, OpenError> {
    let (value, as_json, text) = match command {
        ForesightCommand::Diagnose { name, from, json } => {
            let query = from.as_ref().map_or(String::new(), |from| format!("?from={}", segment(from)));
            let value = client.get(&format!("/accounts/{}/diagnosis{query}", segment(name)))?;
            let text = diagnosis(name, &value);
            (value, json, text)
        }
        ForesightCommand::Forecast(ForecastArgs { name, until, if_no_payment, json }) => {
            let until = until.as_ref().map_or(String::new(), |until| format!("&until={}", segment(until)));
            let path = format!("/accounts/{}/forecast?if_no_payment={if_no_payment}{until}", segment(name));
            let value = client.get(&path)?;
            let text = forecast(name, &value);
            (value, json, text)
        }
    };
    if *as_json {
        say!("{value}");
    } else {
        say!("{text}");
    }
    Ok(ExitCode::SUCCESS)
}

/// A diagnosis as one would tell it.
fn diagnosis(name: &str, value: &Value) -> String {
    let standing = match field(value, "standing").as_str() {
        "good" => "in good standing".to_owned(),
        "grace" => "in arrears, in its grace period".to_owned(),
        "frozen" => "in arrears, and pay-per-use is frozen".to_owned(),
        "released" => "released for arrears".to_owned(),
        other => other.to_owned(),
    };
    let mut lines = vec![paragraph(&format!("{name} is {standing}. {}", field(value, "summary")), "")];
    for cap in items(value, "reached_caps") {
        lines.extend([String::new(), entry("! ", &field(cap, "text")), entry("  ", &field(cap, "cure"))]);
        let api = match field(cap, "api") {
            all if all == charging::ALL_APIS => String::new(),
            api => format!(" --api {api}"),
        };
        lines.push(format!("      inkmeter cap set {name}{api} --monthly AMOUNT"));
    }
    let findings = items(value, "findings").chain(items(value, "corrections"));
    for (index, finding) in (1..).zip(findings) {
        lines.push(String::new());
        lines.push(entry(&format!("{index}. "), &field(finding, "headline")));
        for sentence in items(&finding["evidence"], "sentences") {
            lines.push(paragraph(sentence.as_str().unwrap_or_default(), "   "));
        }
        lines.push("   What to do:".into());
        for step in items(finding, "steps") {
            lines.push(entry("   - ", step.as_str().unwrap_or_default()));
        }
        lines.extend(commands(name, finding).into_iter().map(|command| format!("       {command}")));
    }
    if items(value, "warnings").next().is_some() {
        lines.push("\nBefore it costs anything:".into());
        lines.extend(items(value, "warnings").map(|warning| entry("- ", &field(warning, "text"))));
    }
    lines.join("\n")
}

/// The cure as commands.
fn commands(name: &str, finding: &Value) -> Vec<String> {
    let remedy = &finding["remedy"];
    let mut commands = Vec::new();
    let saves = !field(&remedy["package"], "saved").trim_matches(['0', '.', '-']).is_empty();
    let buys = saves && remedy["left_here"] == 0;
    // Both are to work one after the other.
    let top_up = if buys { "top_up_and_buy" } else { "top_up" };
    if !remedy[top_up].is_null() {
        commands.push(format!("inkmeter top-up {name} {}", field(remedy, top_up)));
    }
    let (api, region) = (field(finding, "api"), field(finding, "region"));
    if remedy["enable_again"] == true {
        commands.push(format!("inkmeter subscribe {name} --api {api} --region {region}"));
    }
    if buys {
        let calls = field(&remedy["package"], "calls");
        let buy = format!("inkmeter package buy {name} --api {api} --region {region} --calls {calls}");
        let count = remedy["package"]["count"].as_u64().unwrap_or(1);
        commands.push(if count > 1 { format!("{buy}    ({count} times)") } else { buy });
    }
    commands
}

/// A forecast as a diary.
fn forecast(name: &str, value: &Value) -> String {
    let (from, until) = (minute(&field(value, "from")), minute(&field(value, "until")));
    let mut lines = vec![format!("{name} from {from} to {until}."), paragraph(&field(value, "supposed"), "")];
    let (mut today, mut last) = (String::new(), None);
    for step in items(value, "steps") {
        let at = field(step, "at");
        let of_step = day(&at);
        if of_step != today {
            lines.push(format!("\n{}", super::prose::day_heading(&at, &field(value, "from"))));
            today = of_step;
        }
        let time = at.get(11..19).unwrap_or_default();
        lines.push(entry(&format!("  {time}  "), &field(step, "text")));
        last = Some(step);
    }
    lines.push(match last {
        None => "\nNothing will happen.".into(),
        Some(step) => {
            let currency = field(value, "currency");
            let (standing, cash, debt) = (field(step, "standing"), field(step, "cash"), field(step, "debt"));
            format!("\nThen: {standing}; cash {cash} {currency}, owed {debt} {currency}.")
        }
    });
    if value["is_cut_short"] == true {
        lines.push("There is more than a forecast shows; ask for a shorter time.".into());
    }
    lines.join("\n")
}

/// The first things a forecast holds, a line each; the notices that go with them are left out.
pub(super) fn next_steps(value: &Value, most: usize) -> Vec<String> {
    let when = |step: &Value| field(step, "at").get(..16).unwrap_or_default().replace('T', " ");
    let steps = items(value, "steps").filter(|step| step["notice"].is_null()).take(most);
    steps.map(|step| entry(&format!("  {}  ", when(step)), &field(step, "text"))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::commands;

    /// The commands of a cure are typed one after the other, and each has what it needs by then.
    #[test]
    fn the_commands_of_a_cure_work_in_their_order() {
        let finding = |top_up, with_package, enable_again, saved: &str| {
            json!({
                "api": "general-text",
                "region": "cn-north-4",
                "remedy": {
                    "top_up": top_up, "top_up_and_buy": with_package, "enable_again": enable_again, "left_here": 0,
                    "package": { "calls": 10, "count": 1, "saved": saved },
                },
            })
        };
        let (debt, both) = (json!("0.11"), json!("0.51"));
        let place = "--api general-text --region cn-north-4";
        let (enable, buy) =
            (format!("inkmeter subscribe b1 {place}"), format!("inkmeter package buy b1 {place} --calls 10"));
        let all = commands("b1", &finding(debt.clone(), both.clone(), true, "0.20"));
        assert_eq!(all, ["inkmeter top-up b1 0.51", &enable, &buy]);
        let debt_only = commands("b1", &finding(debt, both.clone(), false, "0.00"));
        assert_eq!(debt_only, ["inkmeter top-up b1 0.11"]);
        // Nothing is owed, and the balance does not cover the package.
        let price_only = commands("b1", &finding(json!(null), both, false, "0.20"));
        assert_eq!(price_only, ["inkmeter top-up b1 0.51", &buy]);
    }
}
