//! A disk that takes no more: the process ends if the journal cannot be written, and says that it is not ready if
//! something else cannot.

use std::collections::HashSet;
use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::callers::{Called, Refused, Tally, call_on};
use crate::customer::Customer;
use crate::waiting::{in_time, until_answered};

const CALLERS: usize = 64;
/// How many calls are answered before the disk is full.
const ANSWERS: usize = 500;
/// What a process ends with when its journal stopped.
const JOURNAL_STOPPED: i32 = 70;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_cannot_be_written_ends_the_process() {
    let mut alice = Customer::open("V5", "intl").await;
    alice.server.json(&["top-up", "alice", "1000000"]);
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let tally = Tally::with_goal(ANSWERS);
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let called = Called { url: alice.path("cn-north-4"), token: alice.token.clone() };
        callers.spawn(call_on(http, called, Refused::Stops, Arc::clone(&tally)));
    }
    tally.reached().await;
    alice.server.limit_files("1:");
    let (ended, mut alice) = {
        let ended = tokio::task::spawn_blocking(move || (alice.server.ended(), alice));
        in_time("the process ends", ended).await.unwrap()
    };
    assert_eq!(ended.code(), Some(JOURNAL_STOPPED), "{ended}");
    let (mut answered, mut failed) = (HashSet::new(), Vec::new());
    while let Some(seen) = callers.join_next().await {
        let seen = seen.unwrap();
        failed.extend(seen.refused);
        for id in seen.answered {
            assert!(answered.insert(id), "an id was given twice");
        }
    }
    // Those under way are told that they failed.
    assert!(!failed.is_empty());
    for told in failed {
        assert_eq!((told.status, told.code.as_str()), (503, "ModelArts.4403"), "{told:?}");
    }

    alice.server.restart();
    let charged: HashSet<String> = alice
        .server
        .charges("alice")
        .iter()
        .map(|charge| charge["request_id"].as_str().unwrap().to_owned())
        .collect();
    let lost: Vec<&String> = answered.difference(&charged).collect();
    assert!(lost.is_empty(), "answered, but not in the books: {lost:?}");
    assert!(charged.difference(&answered).count() <= CALLERS);
    let proved = alice.server.json(&["verify"]);
    assert_eq!((&proved["holds"], &proved["charges"]), (&json!(true), &json!(charged.len())));
    alice.renew_token().await;
    assert_eq!(alice.call().await.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_account_that_cannot_be_written_is_nobodys_mistake() {
    let alice = Customer::open("V0", "intl").await;
    let url = format!("{}/v1/admin/accounts", alice.server.url);
    let make = || {
        let request = alice.http.post(&url).bearer_auth(alice.server.operator_token());
        request.json(&json!({ "name": "bob" })).send()
    };
    alice.server.limit_files("1:unlimited");
    let answer = make().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json::<Value>().await.unwrap()["error_code"], "ModelArts.4403");
    alice.server.limit_files("unlimited:");
    assert_eq!(make().await.unwrap().status(), StatusCode::OK, "its name is free");
    let taken = make().await.unwrap();
    assert_eq!(taken.status(), StatusCode::BAD_REQUEST);
    assert_eq!(taken.json::<Value>().await.unwrap()["reason"], "name_taken");
    assert_eq!(alice.server.json(&["verify"])["holds"], true);
}

#[tokio::test]
async fn a_server_that_cannot_write_is_not_ready() {
    let alice = Customer::open("V0", "intl").await;
    alice.server.json(&["top-up", "alice", "1"]);
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let url = format!("{}/readyz", alice.server.url);
    let ready = async || alice.http.get(&url).send().await.unwrap();
    // What was found holds for a moment, so the change shows a little later.
    let becomes = async |wanted: StatusCode| {
        until_answered(&format!("readyz answers {wanted}"), async || {
            let answer = ready().await;
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            if status == wanted { Ok(text) } else { Err(text) }
        })
        .await
    };
    assert_eq!(becomes(StatusCode::OK).await, "ready\n");

    alice.server.limit_files("1:unlimited");
    let told: Value = serde_json::from_str(&becomes(StatusCode::SERVICE_UNAVAILABLE).await).unwrap();
    assert_eq!((&told["error_code"], &told["reason"]), (&json!("ModelArts.4403"), &json!("cannot_write")));
    let detail = told["error_msg"].as_str().unwrap();
    assert!(detail.contains("the directory's file") && detail.contains("the outbox's file"), "{detail}");
    // That it runs is another question.
    let health = alice.http.get(url.replace("readyz", "healthz")).send().await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);

    alice.server.limit_files("unlimited:");
    becomes(StatusCode::OK).await;
    assert_eq!(alice.call().await.status(), StatusCode::OK);
    assert_eq!(alice.server.json(&["verify"])["holds"], true);
}
