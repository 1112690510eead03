//! What is told to those who watch the server: only to them, in a form that Prometheus reads, and true.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::customer::{API, Customer};
use crate::wanted::wanted;

/// What a token is answered.
pub async fn ask(alice: &Customer, path: &str, token: &str) -> (u16, String) {
    let request = alice.http.get(format!("{}{path}", alice.server.url)).bearer_auth(token);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// The value of the one sample with this name and these labels, as written; `None` if there is none.
fn value<'a>(text: &'a str, sample: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '))
}

pub async fn busy() -> (Customer, String) {
    let alice = Customer::open("V0", "intl").await;
    alice.server.json(&["top-up", "alice", "10"]);
    assert_eq!(alice.call().await.status(), 403);
    alice.server.json(&[&["subscribe", "alice"][..], &API].concat());
    for _ in 0..3 {
        alice.charged().await;
    }
    alice.server.json(&["clock", "advance", "1h"]);
    let front = alice.server.json(&["gateway", "new", "front"]);
    let work = json!({ "account": "alice", "key": "1", "api": "general-text", "region": "cn-north-4" });
    for path in ["charge", "charge", "void"] {
        let body = if path == "void" { json!({ "account": "alice", "key": "1" }) } else { work.clone() };
        let url = format!("{}/v1/charges/{path}", alice.server.url);
        alice.http.post(url).bearer_auth(front["token"].as_str().unwrap()).json(&body).send().await.unwrap();
    }
    let token = std::fs::read_to_string(alice.server.data.path().join("metrics.token")).unwrap();
    (alice, token.trim().to_owned())
}

#[tokio::test]
async fn what_is_told_is_true_and_only_told_to_those_who_watch() {
    let (alice, token) = busy().await;
    let (status, text) = ask(&alice, "/metrics", &token).await;
    assert_eq!(status, 200);
    for (sample, expected) in [
        (r#"inkmeter_calls_total{api="general-text",code="",reason=""}"#, "3"),
        (r#"inkmeter_calls_total{api="general-text",code="ModelArts.4204",reason="not_subscribed"}"#, "1"),
        (r#"inkmeter_call_duration_seconds_count{api="general-text"}"#, "3"),
        (r#"inkmeter_gateway_requests_total{do="charge",code="",reason=""}"#, "2"),
        (r#"inkmeter_gateway_requests_total{do="void",code="Inkmeter.0103",reason="charged_already"}"#, "1"),
        (r#"inkmeter_accounts{standing="good"}"#, "1"),
        (r#"inkmeter_accounts{standing="frozen"}"#, "0"),
        (r#"inkmeter_http_responses_total{status="403"}"#, "1"),
        ("inkmeter_authorised_calls", "0"),
        ("inkmeter_journal_stopped", "0"),
        ("inkmeter_queue_places_taken", "0"),
        ("inkmeter_ready", "1"),
        ("inkmeter_other_key_file", "0"),
        ("inkmeter_certificate_refused", "0"),
        ("inkmeter_operator_refusals_total", "0"),
        (r#"inkmeter_outbox_messages{state="given_up"}"#, "0"),
    ] {
        assert_eq!(value(&text, sample), Some(expected), "{sample}\n{text}");
    }
    let number = |sample: &str| -> f64 { value(&text, sample).unwrap().parse().unwrap() };
    let shown = alice.show();
    let cash = number(r#"inkmeter_money{book="cash",currency="CNY"}"#);
    assert_eq!(Some(cash), shown["cash"].as_f64(), "{shown:#}");
    assert!(number(r#"inkmeter_money{book="unsettled",currency="CNY"}"#) > 0.0);
    let batches = number("inkmeter_journal_append_seconds_count");
    assert_eq!(batches, number("inkmeter_journal_durable_record"));
    assert_eq!(batches, number("inkmeter_journal_batch_entries_count"));
    assert!(number("inkmeter_journal_batch_entries_sum") >= batches);
    assert!(number("process_resident_memory_bytes") > 1e6);
    let age_s = server::clock::system_now_ms() as f64 / 1e3 - number("process_start_time_seconds");
    assert!((-5.0..3600.0).contains(&age_s), "{age_s}");
    assert!(number("inkmeter_data_disk_free_bytes") < number("inkmeter_data_disk_size_bytes"));
    assert!(!text.contains("alice"), "nothing names an account");

    assert_eq!(ask(&alice, "/metrics", &alice.server.operator_token()).await.0, 200);
    for wrong in ["", "x", &alice.token] {
        assert_eq!(ask(&alice, "/metrics", wrong).await.0, 401);
    }
    // It opens nothing else, and who tries is counted.
    for path in ["/v1/admin/accounts", "/v1/admin/journal", "/v1/account"] {
        assert_eq!(ask(&alice, path, &token).await.0, 401, "{path}");
    }
    let (_, text) = ask(&alice, "/metrics", &token).await;
    assert_eq!(value(&text, "inkmeter_operator_refusals_total"), Some("2"));
}

#[tokio::test]
async fn prometheus_reads_it() {
    let Some(python) = wanted("INKMETER_TEST_PYTHON") else { return };
    let (alice, token) = busy().await;
    let (_, text) = ask(&alice, "/metrics", &token).await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/door/metrics.py");
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}");
    let samples: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let of = |name: &str| samples.iter().filter(|sample| sample["name"] == name).count();
    assert_eq!((of("inkmeter_accounts"), of("inkmeter_money"), of("process_cpu_seconds_total")), (4, 3, 1));
    let append: Vec<&Value> =
        samples.iter().filter(|sample| sample["name"] == "inkmeter_journal_append_seconds_bucket").collect();
    assert!(append.iter().all(|sample| sample["kind"] == "histogram"));
    assert!(append.last().is_some_and(|sample| sample["labels"]["le"] == "+Inf"));
}
