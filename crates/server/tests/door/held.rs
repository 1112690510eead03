//! What is held back: by quiet hours, by a daily cap, for a paused recipient; and what becomes of it when the rules change.

use serde_json::{Value, json};

use crate::customer::Customer;
use crate::receiver::{Receiver, alice, deliveries, go_into_arrears};
use crate::waiting::until;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_hold_and_caps_keep_back_what_is_not_urgent() {
    let (receiver, url) = Receiver::start().await;
    let alice = alice("").await;
    // From wherever the clock stands: quiet hours that begin two hours from now and last eight.
    let now = alice.show()["now"].as_str().unwrap().to_owned();
    let hour: u32 = now[11..13].parse().unwrap();
    let time = |hours: u32| format!("{:02}:00", (hour + hours) % 24);
    let quiet = format!("{}-{}", time(2), time(10));
    let hook = format!("{url}/hook");
    let add = |url: &str, rule: [&str; 2]| {
        let to = ["recipient", "add", "alice", "--webhook", url, "--category", "arrears"];
        alice.server.json(&[&to[..], &rule].concat())
    };
    add(&hook, ["--quiet", &quiet]);
    let other = format!("{url}/other");
    let capped = add(&other, ["--daily-cap", "1"]);

    // Two notices within the quiet hours: held, until they end.
    alice.server.json(&["clock", "advance", "3h"]);
    go_into_arrears(&alice).await;
    let held =
        until("two are held", || Some(deliveries(&alice, "held")).filter(|rows| rows.len() >= 2)).await;
    let until_text = format!("T{}:00", time(10));
    let of_quiet: Vec<&Value> = held.iter().filter(|row| row["address"] == hook).collect();
    assert_eq!(of_quiet.len(), 2);
    assert!(
        of_quiet.iter().all(|row| row["held_until"].as_str().unwrap().contains(&until_text)),
        "{held:#?}"
    );
    // The other recipient takes one a day: the second is kept back, and a summary waits for the next day.
    let kept = deliveries(&alice, "capped");
    assert_eq!((kept.len(), &kept[0]["address"]), (1, &json!(other)));
    let summary = held.iter().find(|row| row["kind"] == "summary").unwrap();
    assert_eq!(summary["recipient"], capped["id"]);
    alice.server.json(&["clock", "advance", "10h"]);
    until("what was held is sent", || (receiver.kinds().len() >= 3).then_some(())).await;

    // The next day the summary tells what was kept back; an urgent notice passes both.
    alice.server.json(&["clock", "advance", "24h"]);
    until("the summary", || receiver.kinds().contains(&"summary".to_owned()).then_some(())).await;
    let summary = receiver.0.lock().taken.iter().find(|(_, b)| b["kind"] == "summary").unwrap().1.clone();
    let kept_back: u64 =
        summary["figures"]["capped"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(kept_back, 1, "{summary}");
    let fields = summary.as_object().unwrap();
    assert!(["no", "category", "urgent"].iter().all(|field| fields.contains_key(*field)), "{summary}");
    alice.server.json(&["clock", "advance", "6d"]);
    assert_eq!(alice.show()["standing"], "frozen");
    until("both are told of frozen", || {
        (receiver.kinds().iter().filter(|kind| *kind == "frozen").count() == 2).then_some(())
    })
    .await;
}

/// An account whose balance fell below its alert while its recipient, which takes one message a day, has quiet hours. They
/// end with the hour, as every settlement comes.
async fn warned_in_quiet_hours(left: &str) -> (Receiver, Customer) {
    let (receiver, url) = Receiver::start().await;
    let alice = alice("").await;
    let hour: u32 = alice.show()["now"].as_str().unwrap()[11..13].parse().unwrap();
    let time = |hours: u32| format!("{:02}:00", (hour + hours) % 24);
    let quiet = format!("{}-{}", time(0), time(1));
    let to = ["--webhook", &format!("{url}/hook"), "--quiet", &quiet, "--daily-cap", "1"];
    let added = alice.server.json(&[&["recipient", "add", "alice"], &to[..]].concat());
    alice.server.json(&["top-up", "alice", "1.00"]);
    alice.server.json(&["alerts", "alice", "--balance", "1.00", "--hours", "off"]);
    alice.server.json(&["adjust", "alice", "-1.00", "--reason", "spent elsewhere"]);
    if left != "0" {
        alice.server.json(&["adjust", "alice", left, "--reason", "some of it was not"]);
    }
    let held = until("it is held", || deliveries(&alice, "held").into_iter().next()).await;
    assert_eq!((&held["kind"], &held["recipient"]), (&json!("balance_low"), &added["id"]));
    (receiver, alice)
}

/// What was kept back, once it is so much: newest first.
async fn kept_back(alice: &Customer, count: usize) -> Vec<String> {
    let kept =
        until("some are kept back", || Some(deliveries(alice, "capped")).filter(|rows| rows.len() == count))
            .await;
    kept.iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
}

/// What concerns the standing takes the only place of the day before a warning that was held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arrears_go_before_a_warning_that_was_held() {
    let (receiver, alice) = warned_in_quiet_hours("0").await;
    go_into_arrears(&alice).await;
    assert_eq!(kept_back(&alice, 2).await, ["grace_entered", "balance_low"]);
    until("the first of the arrears is sent", || (receiver.kinds() == ["arrears_entered"]).then_some(()))
        .await;
}

/// Among equals what was held goes before what is decided in the instant that lets it go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warning_that_was_held_goes_before_a_new_one() {
    let (receiver, alice) = warned_in_quiet_hours("0.90").await;
    alice.server.json(&["budget", "set", "alice", "team", "--amount", "0.01"]);
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    alice.charged().await;
    alice.server.json(&["clock", "advance", "1h"]);
    assert_eq!(kept_back(&alice, 1).await, ["budget_exceeded"]);
    until("what was held is sent", || (receiver.kinds() == ["balance_low"]).then_some(())).await;
}

/// Adds a recipient of what is told of arrears, which is left alone in quiet hours.
fn tell_but_in(alice: &Customer, url: &str, quiet: &str) -> Value {
    let hook = format!("{url}/hook");
    let to = ["recipient", "add", "alice", "--webhook", &hook, "--category", "arrears"];
    alice.server.json(&[&to[..], &["--quiet", quiet]].concat())
}

/// Time that is played forward stops where quiet hours end: what is held goes out there, and no warning is held so long that
/// it is given up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_can_be_played_forward() {
    let (receiver, url) = Receiver::start().await;
    let alice = alice("").await;
    // Quiet for 23 hours of the day, from an hour after the account goes into arrears.
    let hour: u32 = alice.show()["now"].as_str().unwrap()[11..13].parse().unwrap();
    let time = |hours: u32| format!("{:02}:00", (hour + hours) % 24);
    tell_but_in(&alice, &url, &format!("{}-{}", time(1), time(0)));
    go_into_arrears(&alice).await;
    let held =
        until("two are held", || Some(deliveries(&alice, "held")).filter(|rows| rows.len() == 2)).await;
    let end = held[0]["held_until"].as_str().unwrap().to_owned();

    // The clock knows what is held, and goes there step by step.
    loop {
        let next = alice.server.json(&["clock", "show"])["next_due"].as_str().unwrap().to_owned();
        assert!(next <= end, "{next} is after {end}");
        let now = alice.server.json(&["clock", "advance", "--to-next"])["now"].as_str().unwrap().to_owned();
        assert_eq!(now, next);
        if now == end {
            break;
        }
    }
    assert_eq!(deliveries(&alice, "held"), [] as [Value; 0]);
    until("both have arrived", || (receiver.kinds().len() == 2).then_some(())).await;

    // A single long way passes every end of quiet hours, too: the warnings go out in time.
    alice.server.json(&["clock", "advance", "40d"]);
    until("the warnings have arrived", || {
        let kinds = receiver.kinds();
        ["grace_ends", "release_near", "released"]
            .iter()
            .all(|kind| kinds.iter().any(|k| k == kind))
            .then_some(())
    })
    .await;
    assert_eq!(deliveries(&alice, "given_up"), [] as [Value; 0]);
    assert_eq!(deliveries(&alice, "held"), [] as [Value; 0]);
}

/// Quiet hours that are changed let go what they held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_quiet_hours_are_for_what_is_held_too() {
    let (receiver, url) = Receiver::start().await;
    let alice = alice("").await;
    let hour: u32 = alice.show()["now"].as_str().unwrap()[11..13].parse().unwrap();
    let quiet = |from: u32, to: u32| format!("{:02}:00-{:02}:00", (hour + from) % 24, (hour + to) % 24);
    let added = tell_but_in(&alice, &url, &quiet(0, 12));
    let id = added["id"].as_str().unwrap();
    go_into_arrears(&alice).await;
    let held = || {
        let rows = deliveries(&alice, "held");
        (rows.len() == 2).then(|| rows[0]["held_until"].as_str().unwrap().to_owned())
    };
    let before = until("two are held", held).await;
    let edit = |rule: &str| alice.server.json(&["recipient", "edit", "alice", id, "--quiet", rule]);
    edit(&quiet(0, 14));
    let after = until("two are held longer", || held().filter(|until| *until != before)).await;
    assert!(after > before, "{after}");
    assert_eq!(receiver.tries(), 0);
    edit("off");
    until("both are sent", || (receiver.kinds().len() == 2).then_some(())).await;
    assert_eq!(deliveries(&alice, "held"), Vec::<Value>::new());
}

/// Paused: nothing is lost within a week, over a restart either; what is older is given up and says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_recipient_gets_what_still_matters_when_it_is_resumed() {
    let (receiver, url) = Receiver::start().await;
    let mut alice = alice("").await;
    let hook = format!("{url}/hook");
    let added =
        alice.server.json(&["recipient", "add", "alice", "--webhook", &hook, "--category", "arrears"]);
    let id = added["id"].as_str().unwrap().to_owned();
    // One notice is there before, and its attempts fail; others come while it is paused.
    receiver.0.lock().answers = vec![axum::http::StatusCode::BAD_GATEWAY; 2];
    go_into_arrears(&alice).await;
    until("an attempt has failed", || (receiver.tries() >= 1).then_some(())).await;
    alice.server.json(&["recipient", "edit", "alice", &id, "--pause"]);
    let of = |alice: &Customer, state: &str| {
        deliveries(alice, state).into_iter().filter(|row| row["recipient"] == json!(id)).collect::<Vec<_>>()
    };
    let settled = || (of(&alice, "held").len() + of(&alice, "sent").len() == 2).then_some(());
    until("what waits is held", settled).await;
    let sent_before = of(&alice, "sent").len();
    alice.server.json(&["clock", "advance", "7d"]);
    assert_eq!(alice.show()["standing"], "frozen");
    // What is a week old by now is given up; the urgent one, and the warnings, wait.
    until("the old ones are given up", || (of(&alice, "given_up").len() == 2 - sent_before).then_some(()))
        .await;
    for row in of(&alice, "given_up") {
        assert!(row["detail"].as_str().unwrap().contains("paused for too long"), "{row}");
    }
    let held = of(&alice, "held");
    assert!(held.iter().any(|row| row["kind"] == "frozen"), "{held:#?}");
    assert!(held.iter().all(|row| row["detail"] == "the recipient is paused"), "{held:#?}");
    alice.server.kill();
    alice.server.restart();
    // None is lost; what is past by now may be given up at once, or when the recipient is resumed.
    let is_outdated = |row: &&Value| row["detail"].as_str().unwrap().starts_with("outdated");
    until("all are there", || {
        let given_up = of(&alice, "given_up").iter().filter(is_outdated).count();
        (of(&alice, "held").len() + given_up == held.len()).then_some(())
    })
    .await;
    alice.server.json(&["recipient", "edit", "alice", &id, "--resume"]);
    // A warning of what is past by now is not sent; the rest is, in order.
    let outdated = held.iter().filter(|row| row["kind"] == "grace_ends").count();
    assert!(outdated > 0, "{held:#?}");
    until("all that was held and is true is sent", || {
        (of(&alice, "sent").len() == sent_before + held.len() - outdated).then_some(())
    })
    .await;
    let given_up = of(&alice, "given_up");
    let past: Vec<&Value> = given_up.iter().filter(is_outdated).collect();
    assert!(past.len() == outdated && past.iter().all(|row| row["kind"] == "grace_ends"), "{given_up:#?}");
    assert!(receiver.kinds().contains(&"frozen".to_owned()));
    let taken: Vec<u64> =
        receiver.0.lock().taken[sent_before..].iter().filter_map(|(_, body)| body["no"].as_u64()).collect();
    assert!(taken.is_sorted(), "{taken:?}");

    // Nor is it tried again, and nothing is for who is gone.
    let retry = |key: &Value| alice.server.run(&["outbox", "retry", key.as_str().unwrap()]);
    let refused = String::from_utf8(retry(&past[0]["key"]).stderr).unwrap();
    assert!(refused.contains("outdated"), "{refused}");
    alice.server.json(&["recipient", "edit", "alice", &id, "--pause"]);
    let old = given_up.iter().find(|row| !is_outdated(row));
    if let Some(old) = old {
        let refused = String::from_utf8(retry(&old["key"]).stderr).unwrap();
        assert!(refused.contains("paused: resume it first"), "{refused}");
    }
    alice.server.json(&["recipient", "remove", "alice", &id]);
    let told = String::from_utf8(alice.server.run(&["outbox", "retry"]).stdout).unwrap();
    assert!(told.contains("0 to be tried again") && told.contains("the recipient was removed"), "{told}");
}
