//! Diagnosis and forecast against the real server: what they say is what the books then say.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::customer::{Customer, PIXEL, token_in};
use crate::server::{BLANK, Server};

impl Customer {
    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = self.http.get(format!("{}{path}", self.server.url)).header("x-auth-token", &self.token);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// A GET that must succeed.
    async fn ask(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    async fn calls(&self, region: &str, times: usize) {
        let token = token_in(&self.http, &self.server.url, &self.account, region).await;
        for _ in 0..times {
            let request = self.http.post(self.path(region)).header("x-auth-token", &token);
            let response = request.json(&json!({"image": PIXEL})).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
        }
    }

    fn advance(&self, by: &str) {
        self.server.json(&["clock", "advance", by]);
    }

    fn told(&self, command: &[&str]) -> String {
        let output = self.server.run(command);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{command:?}: {out}{err}");
        out.into_owned()
    }
}

fn texts<'a>(value: &'a Value, list: &str, field: &str) -> Vec<&'a str> {
    value[list].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_package_in_another_region_is_found_with_evidence_and_cure() {
    let alice = Customer::open("V3", "cn").await;
    let buy =
        ["package", "buy", "alice", "--api", "general-text", "--region", "cn-north-1", "--calls", "1000"];
    alice.told(&["top-up", "alice", "40.10"]);
    alice.told(&buy);
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let before = alice.ask("/v1/diagnosis").await;
    assert_eq!((&before["findings"], before["debt"].to_string().as_str()), (&json!([]), "0.00"), "{before}");
    assert_eq!(texts(&before, "warnings", "kind"), ["quota_in_other_region"]);
    assert!(
        alice
            .told(&["account", "show", "alice"])
            .contains("You hold 1,000 calls of general-text in cn-north-1")
    );

    alice.calls("cn-north-4", 12).await;
    alice.advance("1h");
    let found = alice.ask("/v1/diagnosis").await;
    assert_eq!((found["standing"].as_str(), found["debt"].to_string().as_str()), (Some("grace"), "0.50"));
    assert_eq!(found["debt_explained"].to_string().as_str(), "0.50");
    assert_eq!(texts(&found, "findings", "reason"), ["package_in_other_region"]);
    let finding = &found["findings"][0];
    let evidence = &finding["evidence"];
    assert_eq!((&evidence["calls"], evidence["amount"].to_string().as_str()), (&json!(12), "0.60"));
    assert_eq!(
        (evidence["unit_price"].as_str(), evidence["debt"].to_string().as_str()),
        (Some("0.05"), "0.50")
    );
    let lot = &evidence["lots"][0];
    assert_eq!((lot["region"].as_str(), &lot["remaining"]), (Some("cn-north-1"), &json!(1000)));
    let remedy = &finding["remedy"];
    assert_eq!(
        (remedy["top_up"].to_string().as_str(), remedy["saved_by_lots"].to_string().as_str()),
        ("0.50", "0.60")
    );
    assert_eq!(remedy["package"]["pays_off_from_calls"], 801);
    assert!(finding["cure"].as_str().unwrap().contains("Make the calls in cn-north-1"));

    // The operator sees the same, and the command line tells it.
    assert_eq!(alice.server.json(&["diagnose", "alice"]), found);
    let told = alice.told(&["diagnose", "alice"]);
    for part in [
        "1. Your package of general-text is for cn-north-1, but the calls were made in cn-north-4.",
        "All of the 0.50 CNY owed is for these calls.",
        "inkmeter top-up alice 0.50",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }

    // The cure works.
    alice.told(&["top-up", "alice", "0.50"]);
    alice.calls("cn-north-1", 12).await;
    let cured = alice.ask("/v1/diagnosis").await;
    assert_eq!(
        (cured["standing"].as_str(), cured["findings"][0]["evidence"]["debt"].to_string().as_str()),
        (Some("good"), "0.00")
    );
    assert_eq!(cured["amount"].to_string().as_str(), "0.60", "no call was charged since");
    assert_eq!(cured["corrections"], json!([]));

    // The operator takes money, and the next hour is not covered: that is found too.
    alice.told(&["top-up", "alice", "1"]);
    alice.told(&["adjust", "alice", "-1", "--reason", "booked twice"]);
    alice.calls("cn-north-4", 4).await;
    alice.advance("1h");
    let found = alice.ask("/v1/diagnosis").await;
    let correction = &found["corrections"][0];
    assert_eq!(correction["reason"], "balance_corrected", "{found}");
    let evidence = &correction["evidence"];
    assert_eq!((evidence["reason"].as_str(), &evidence["debt"]), (Some("booked twice"), &found["debt"]));
    assert_eq!(evidence["amount"].to_string().as_str(), "1.00");
    let told = alice.told(&["diagnose", "alice"]);
    assert!(told.contains("The operator took 1.00 CNY out of the balance"), "{told}");
}

/// The standings that are foretold, with the instant each begins at.
fn foretold_standings(forecast: &Value) -> Vec<(String, String)> {
    let mut standings: Vec<(String, String)> = vec![];
    for step in forecast["steps"].as_array().unwrap() {
        let (at, standing) = (step["at"].as_str().unwrap(), step["standing"].as_str().unwrap());
        if standing != "good" && standings.last().is_none_or(|(_, last)| last != standing) {
            standings.push((at.to_owned(), standing.to_owned()));
        }
    }
    standings
}

/// The notices that are foretold: number, instant, kind, figures.
fn foretold_notices(forecast: &Value) -> Vec<Value> {
    let steps = forecast["steps"].as_array().unwrap().iter().filter(|step| !step["notice"].is_null());
    let told = |step: &Value| {
        let notice = &step["notice"];
        json!([notice["no"], step["at"], notice["kind"], notice["figures"]])
    };
    steps.map(told).collect()
}

#[tokio::test]
async fn what_is_foretold_happens() {
    // Not in a day's last hour: the calls are settled today.
    let server = Server::beginning(Some("2026-09-01T09:30:00+08:00"), &[BLANK]);
    let mut alice = Customer::with(server, "V3", "cn").await;
    alice.told(&["account", "create", "bob", "--tier", "V0", "--policy", "intl"]);
    alice.told(&["top-up", "alice", "0.12"]);
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let now = alice.show()["now"].as_str().unwrap().to_owned();
    let days = |days| charging::Timestamp::parse(&now).unwrap().plus_days(days).to_string();
    let grant = ["grant", "alice", "--api", "general-text", "--region", "cn-east-3", "--calls", "7"];
    alice.told(&[&grant[..], &["--expires-at", &days(30)]].concat());
    alice.calls("cn-north-4", 3).await;

    let ahead = format!("/v1/forecast?until={}", days(45));
    let shown = alice.ask("/v1/account").await;
    let forecast = alice.ask(&ahead).await;
    assert_eq!(alice.ask("/v1/account").await, shown, "to foretell changes nothing");
    assert_eq!(alice.server.json(&["forecast", "alice", "--until", &days(45)]), forecast);
    let before = alice.ask("/v1/notices").await.as_array().unwrap().len();
    assert!(
        alice
            .told(&["forecast", "bob", "--if-no-payment"])
            .contains("nobody calls or buys anything, and no payment arrives.")
    );
    let foretold = foretold_standings(&forecast);
    assert_eq!(foretold.len(), 3, "{forecast}");
    let kinds = texts(&forecast, "steps", "kind");
    for kind in ["hour_settled", "standing_changed", "lot_expired", "noticed"] {
        assert!(kinds.contains(&kind), "{kind}: {forecast}");
    }
    let told = alice.told(&["forecast", "alice"]);
    assert!(
        told.contains(", today\n") && told.contains("Then: released; cash 0.00 CNY, owed 0.03 CNY."),
        "{told}"
    );

    // Time goes on for 45 days in uneven steps, and each standing is met at the very instant that was foretold.
    let mut lived: Vec<(String, String)> = vec![];
    for by in ["20m", "41m", "5h", "1d1h", "3d", "1d", "12h", "4d7h", "34d21h59m"] {
        alice.advance(by);
        alice.renew_token().await;
        let shown = alice.ask("/v1/account").await;
        let (since, standing) = (&shown["standing_since"], shown["standing"].as_str().unwrap());
        if standing != "good" && lived.last().is_none_or(|(_, last)| last != standing) {
            lived.push((since.as_str().unwrap().to_owned(), standing.to_owned()));
        }
    }
    assert_eq!(lived, foretold);
    // Why arrears begin is told of an hour that was settled: the forecast has all the other figures.
    let figures = |notice: &Value| {
        let mut figures = notice["figures"].as_object().unwrap().clone();
        let has_reasons = ["reasons", "corrected"].map(|field| figures.remove(field).is_some());
        let kind = notice["kind"].as_str().unwrap();
        assert_eq!(has_reasons, [["arrears_entered", "grace_entered"].contains(&kind); 2], "{notice}");
        figures
    };
    let given: Vec<Value> = alice.ask("/v1/notices").await.as_array().unwrap()[before..]
        .iter()
        .map(|notice| json!([notice["no"], notice["at"], notice["kind"], figures(notice)]))
        .collect();
    assert_eq!(given, foretold_notices(&forecast), "the same notices at the same instants");
    let settled = &forecast["steps"][0];
    let bill = alice.ask(&format!("/v1/bills/{}", &now[..7])).await;
    assert_eq!(bill["lines"][0]["settled_at"], settled["at"]);
    let last = forecast["steps"].as_array().unwrap().last().unwrap();
    let shown = alice.ask("/v1/account").await;
    let bare = |value: &Value| value.to_string().trim_matches('"').to_owned();
    for field in ["cash", "debt", "standing"] {
        assert_eq!(bare(&shown[field]), bare(&last[field]), "{field}");
    }
}

#[tokio::test]
async fn what_cannot_be_foreseen_is_refused() {
    let alice = Customer::open("V0", "intl").await;
    for (path, why) in [
        ("/v1/forecast?until=2020-01-01", "until must lie ahead"),
        ("/v1/forecast?until=2999-01-01", "five years ahead at most"),
        ("/v1/forecast?until=soon", "no day and no instant"),
        ("/v1/forecast?until=2026-02-30", "no day and no instant"),
        ("/v1/forecast?until=2026-12-01T10:00:00", "no day and no instant"),
        ("/v1/forecast?if_no_payment=perhaps", "if_no_payment"),
        ("/v1/forecast?unti=2027-01-01", "unti"),
        ("/v1/diagnosis?from=yesterday", "no day and no instant"),
        ("/v1/diagnosis?from=2999-01-01", "from lies ahead"),
        ("/v1/diagnosis?to=2026-01-01", "to"),
    ] {
        let (status, body) = alice.get(path).await;
        let text = body["error_msg"].as_str().unwrap_or_default();
        assert_eq!(
            (status, body["error_code"].as_str()),
            (StatusCode::BAD_REQUEST, Some("AIS.0101")),
            "{path}"
        );
        assert!(text.contains(why), "{path}: {text}");
    }
    assert!(!alice.server.run(&["forecast", "nobody"]).status.success());
    assert!(!alice.server.run(&["diagnose", "alice", "--from", "never"]).status.success());
}
