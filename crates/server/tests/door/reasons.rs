//! Notices of arrears say why: by every channel, in both languages, and the same for ever.

use serde_json::{Value, json};

use crate::receiver::{Receiver, alice};
use crate::waiting::until;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_of_arrears_has_the_reasons_of_the_diagnosis() {
    let (receiver, url) = Receiver::start().await;
    let alice = alice("").await;
    for (path, language) in [("hook", "en"), ("other", "zh")] {
        let hook = format!("{url}/{path}");
        alice.server.json(&[
            "recipient",
            "add",
            "alice",
            "--webhook",
            &hook,
            "--language",
            language,
            "--category",
            "arrears",
        ]);
    }
    // The package is for a region that is not the one called.
    alice.server.json(&["top-up", "alice", "40"]);
    alice.server.json(&[
        "package",
        "buy",
        "alice",
        "--api",
        "general-text",
        "--region",
        "cn-east-3",
        "--calls",
        "1000",
    ]);
    alice.server.json(&["subscribe", "alice", "--api", "general-text", "--region", "cn-north-4"]);
    alice.charged().await;
    alice.server.json(&["clock", "advance", "1h"]);
    assert_eq!(alice.show()["standing"], "grace");

    let told = || -> Vec<Value> {
        let output = alice.server.run(&["notices", "alice", "--category", "arrears", "--json"]);
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let before = told();
    let kinds: Vec<&str> = before.iter().map(|notice| notice["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["arrears_entered", "grace_entered"]);
    let diagnosis = alice.server.json(&["diagnose", "alice"]);
    let found = &diagnosis["findings"][0];
    for notice in &before {
        let reason = &notice["figures"]["reasons"][0];
        for field in ["reason", "api", "region"] {
            assert_eq!(reason[field], found[field], "{reason}");
        }
        assert_eq!(reason["reason"], "package_in_other_region");
        assert_eq!(reason["packages"], json!([{ "api": "general-text", "region": "cn-east-3" }]));
        assert_eq!(notice["figures"]["corrected"], Value::Null);
    }

    until("both are told of both", || (receiver.kinds().len() == 4).then_some(())).await;
    for (_, body) in &receiver.0.lock().taken {
        let notice = before.iter().find(|notice| notice["no"] == body["no"]).unwrap();
        assert_eq!(body["figures"], notice["figures"], "{body}");
        let (why, cure) = match body["language"].as_str().unwrap() {
            "en" => ("the package is for cn-east-3.", "Call general-text in cn-east-3, or buy a package"),
            _ => ("套餐包属于区域 cn-east-3。", "请在 cn-east-3 调用 general-text"),
        };
        let text = body["text"].as_str().unwrap();
        assert!(text.contains(why) && text.contains(cure), "{text}");
    }

    // Whatever is paid, bought and called later: it says the same.
    alice.server.json(&["top-up", "alice", "50"]);
    alice.server.json(&[
        "package",
        "buy",
        "alice",
        "--api",
        "general-text",
        "--region",
        "cn-north-4",
        "--calls",
        "1000",
    ]);
    alice.charged().await;
    alice.server.json(&["clock", "advance", "1d"]);
    assert_eq!(told()[..2], before[..]);
    // People read it in a line.
    let output = alice.server.run(&["notices", "alice", "--category", "arrears"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(lines.contains("reasons package_in_other_region (general-text in cn-north-4)"), "{lines}");
}
