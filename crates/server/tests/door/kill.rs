//! The process is killed at random moments under 64 callers, again and again: no answered call is missing from
//! the books, nothing is there twice, and what is there unanswered was under way when the process died.

use std::collections::HashSet;
use std::sync::Arc;

use rand::RngExt;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::callers::{Called, Refused, Tally, call_on};
use crate::chance::choices;
use crate::customer::{API, token_of};
use crate::server::Server;

const KILLS: usize = 20;
const CALLERS: usize = 64;
const ACCOUNTS: usize = 4;
const MAX_ANSWERS: usize = 1_500;

/// Lets time go on beside the callers, so that hours are settled while the process dies.
async fn advance(http: reqwest::Client, server: String, operator: String) {
    loop {
        let request = http.post(format!("{server}/v1/admin/clock")).bearer_auth(&operator);
        let Ok(response) = request.json(&json!({ "by_ms": 60_000 })).send().await else { return };
        assert_eq!(response.status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answered_call_is_lost_and_none_is_charged_twice() {
    let mut random = choices();
    let mut server = Server::start(true);
    let names: Vec<String> = (0..ACCOUNTS).map(|n| format!("account-{n}")).collect();
    let mut accounts = Vec::new();
    for name in &names {
        let account = server.json(&["account", "create", name, "--tier", "V5"]);
        assert!(server.run(&[&["subscribe", name.as_str()], &API[..]].concat()).status.success());
        server.json(&["top-up", name, "1000000"]);
        let buy = [&["package", "buy", name.as_str()], &API[..], &["--calls", "1000"]].concat();
        assert!(server.run(&buy).status.success());
        accounts.push(account);
    }
    let (mut answered, mut unanswered) = (HashSet::new(), 0);
    for kill in 0..KILLS {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let tally = Tally::with_goal(random.random_range(1..MAX_ANSWERS));
        let mut callers = JoinSet::new();
        let mut tokens = Vec::new();
        for account in &accounts {
            tokens.push(token_of(&http, &server.url, account).await);
        }
        for caller in 0..CALLERS {
            let account = &accounts[caller % ACCOUNTS];
            let project = account["projects"]["cn-north-4"].as_str().unwrap();
            let url = format!("{}/v2/{project}/ocr/general-text", server.url);
            let called = Called { url, token: tokens[caller % ACCOUNTS].clone() };
            callers.spawn(call_on(http.clone(), called, Refused::Stops, Arc::clone(&tally)));
        }
        let clock = tokio::spawn(advance(http, server.url.clone(), server.operator_token()));
        tally.reached().await;
        for _ in 0..random.random_range(0..200) {
            tokio::task::yield_now().await;
        }
        server.kill();
        while let Some(seen) = callers.join_next().await {
            let seen = seen.unwrap();
            assert!(seen.refused.is_empty(), "{:?}", seen.refused);
            unanswered += usize::from(seen.is_cut_off);
            for id in seen.answered {
                assert!(answered.insert(id), "an id was given twice");
            }
        }
        clock.await.unwrap();
        server.restart();
        let mut charged: HashSet<String> = HashSet::new();
        for name in &names {
            for charge in server.charges(name) {
                let id = charge["request_id"].as_str().unwrap().to_owned();
                assert!(charged.insert(id), "kill {kill}: charged twice");
            }
        }
        let lost: Vec<&String> = answered.difference(&charged).collect();
        assert!(lost.is_empty(), "kill {kill}: answered, but not in the books: {lost:?}");
        let only_charged = charged.difference(&answered).count();
        assert!(only_charged <= unanswered, "kill {kill}: {only_charged} charged, {unanswered} under way");
        if kill + 1 == KILLS {
            println!(
                "{KILLS} kills: {} calls answered, {unanswered} under way, {only_charged} of these charged",
                answered.len()
            );
        }
        let proved: Value = server.json(&["verify"]);
        assert_eq!((&proved["holds"], &proved["charges"]), (&json!(true), &json!(charged.len())));
    }
}
