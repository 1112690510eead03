//! What users of other billing systems complain about, and what only a whole server can show: each as a test that it does
//! not happen here. The others are in the core's tests, under the same name.

use std::collections::BTreeSet;

use charging::Money;
use serde_json::Value;

use crate::customer::Customer;
use crate::receiver::{Receiver, alice, deliveries};
use crate::waiting::until;

fn money(value: &Value) -> Money {
    value.to_string().parse().unwrap()
}

/// "A cap on messages a day" (webhookdb#849): five alerts of one instant reach a recipient of two a day as two messages,
/// and as one summary the next day.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_gets_no_more_messages_a_day_than_it_takes() {
    let (receiver, url) = Receiver::start().await;
    let alice = alice("").await;
    let hook = format!("{url}/hook");
    alice.server.json(&[
        "recipient",
        "add",
        "alice",
        "--webhook",
        &hook,
        "--category",
        "budget",
        "--daily-cap",
        "2",
    ]);
    alice.server.json(&["top-up", "alice", "10"]);
    for budget in ["a", "b", "c", "d", "e"] {
        alice.server.json(&["budget", "set", "alice", budget, "--amount", "0.01"]);
    }
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    alice.charged().await;
    alice.server.json(&["clock", "advance", "1h"]);
    until("the rest is kept back", || (deliveries(&alice, "capped").len() >= 3).then_some(())).await;
    until("two are sent", || (receiver.kinds().len() == 2).then_some(())).await;
    alice.server.json(&["clock", "advance", "24h"]);
    until("the summary", || receiver.kinds().contains(&"summary".to_owned()).then_some(())).await;
    let kinds = receiver.kinds();
    assert_eq!(kinds.iter().filter(|kind| *kind == "summary").count(), 1, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| *kind == "budget_exceeded").count(), 2, "{kinds:?}");
}

/// A customer who has made more calls than a page holds by default.
async fn caller(calls: usize) -> Customer {
    let alice = alice("").await;
    alice.server.json(&["top-up", "alice", "50"]);
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    for _ in 0..calls {
        alice.charged().await;
    }
    alice
}

/// "Limited to recent 100 entries and no option to export" (CommandCodeAI/command-code#727), "request-level usage export
/// for disputes" (170-carry/codex-tools#171): every call can be listed and exported, by the id its answer had. "Meter and
/// money disagree on screen" (polar#6483): the list, the account, the file and the bill say one and the same.
#[tokio::test]
async fn every_call_is_in_the_list_the_file_and_the_bill() {
    const CALLS: usize = 120;
    let alice = caller(CALLS).await;
    let listed = alice.server.charges("alice");
    let ids: BTreeSet<&str> = listed.iter().map(|charge| charge["request_id"].as_str().unwrap()).collect();
    assert_eq!((listed.len(), ids.len()), (CALLS, CALLS));
    let sum: Money = listed.iter().map(|charge| money(&charge["amount"])).sum();
    assert_eq!(sum, money(&alice.show()["unsettled"]));

    alice.server.json(&["clock", "advance", "1h"]);
    let month = &listed[0]["at"].as_str().unwrap()[..7];
    let out = alice.server.data.path().join("calls.csv");
    let export = ["bill", "alice", "--month", month, "--export", "csv", "--rows", "charges", "--out"];
    let made = alice.server.json(&[&export[..], &[out.to_str().unwrap()]].concat());
    assert_eq!(made["rows"], CALLS);
    let file = std::fs::read_to_string(&out).unwrap();
    assert!(ids.iter().all(|id| file.contains(id)), "{file}");
    let bill = alice.server.json(&["bill", "alice", "--month", month]);
    let units: u64 = bill["lines"].as_array().unwrap().iter().filter_map(|line| line["units"].as_u64()).sum();
    assert_eq!((units as usize, money(&bill["total"])), (CALLS, sum));
    assert_eq!(money(&alice.show()["cash"]), "50".parse::<Money>().unwrap() - sum);
}
