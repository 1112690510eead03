//! One account from its first call to release and back.

use serde_json::{Value, json};

use crate::customer::Customer;

fn amount(value: &Value) -> String {
    value.to_string()
}

#[tokio::test]
async fn from_the_first_call_to_frozen_and_back() {
    let mut alice = Customer::open("V3", "cn").await;
    assert_eq!(alice.refused().await, (403, "ModelArts.4204".into(), "not_subscribed".into()));
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let poor = alice.order(&["package", "buy", "alice", "--calls", "1000"]);
    assert!(
        !poor.status.success() && String::from_utf8_lossy(&poor.stderr).contains("Top up at least 40.00")
    );
    alice.server.json(&["top-up", "alice", "40.10", "--key", "first"]);
    let again = alice.server.json(&["top-up", "alice", "40.10", "--key", "first"]);
    assert_eq!(again["repeated"], true);
    assert!(alice.order(&["package", "buy", "alice", "--calls", "1000"]).status.success());
    assert_eq!(amount(&alice.show()["cash"]), "0.10");

    let (pocket, id) = alice.charged().await;
    assert_eq!(pocket, "lot");
    let explained = alice.server.json(&["explain", &id]);
    assert_eq!(explained["lots_looked_at"][0]["verdict"], "drawn");
    for _ in 0..999 {
        assert_eq!(alice.charged().await.0, "lot");
    }
    for _ in 0..3 {
        assert_eq!(alice.charged().await.0, "pay_per_use");
    }
    let shown = alice.show();
    assert_eq!((amount(&shown["unsettled"]), &shown["lots"][0]["remaining"]), ("0.15".into(), &json!(0)));

    // The hour is settled: 0.10 of 0.15 is there. V3 in `cn`: one day of grace, seven of retention.
    alice.server.json(&["clock", "advance", "1h"]);
    let shown = alice.show();
    assert_eq!((shown["standing"].as_str(), amount(&shown["debt"])), (Some("grace"), "0.05".into()));
    assert_eq!(alice.charged().await.0, "pay_per_use", "grace still reads, and still owes");
    let refused = alice.order(&["package", "buy", "alice", "--calls", "1000"]);
    assert!(!refused.status.success());
    alice.server.json(&["clock", "advance", "1d"]);
    assert_eq!(alice.show()["standing"], "frozen");
    alice.renew_token().await;
    assert_eq!(alice.refused().await, (403, "ModelArts.4106".into(), "frozen".into()));
    assert_eq!(amount(&alice.show()["debt"]), "0.10");

    alice.server.json(&["top-up", "alice", "1"]);
    let shown = alice.show();
    assert_eq!((shown["standing"].as_str(), amount(&shown["cash"])), (Some("good"), "0.90".into()));
    assert_eq!(alice.charged().await.0, "pay_per_use");

    let charges = alice.server.charges("alice");
    assert_eq!(charges.len(), 1005);
    assert_eq!(charges.iter().filter(|c| c["pocket"] == "lot").count(), 1000);

    // Nothing is lost by a kill, and every law holds before and after.
    assert!(alice.server.run(&["verify"]).status.success());
    alice.server.kill();
    assert!(alice.server.run(&["verify"]).status.success());
    alice.server.restart();
    assert_eq!(alice.server.charges("alice"), charges);
}

#[tokio::test]
async fn who_never_pays_is_released() {
    let alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    assert_eq!(alice.charged().await.0, "pay_per_use", "at balance zero and good standing a call is served");
    alice.server.json(&["clock", "advance", "1h"]);
    assert_eq!(alice.show()["standing"], "grace");
    alice.server.json(&["clock", "advance", "15d"]);
    assert_eq!(alice.show()["standing"], "frozen");
    alice.server.json(&["clock", "advance", "15d"]);
    let shown = alice.show();
    assert_eq!((shown["standing"].as_str(), &shown["subscriptions"]), (Some("released"), &json!([])));
    assert!(!alice.order(&["subscribe", "alice"]).status.success(), "not before the debt is paid");
    alice.server.json(&["top-up", "alice", "0.05"]);
    assert_eq!(alice.show()["standing"], "released");
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    assert_eq!(alice.show()["standing"], "good");
}
