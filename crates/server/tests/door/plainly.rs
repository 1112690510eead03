//! What the command line tells so that nobody is surprised later: what a package's end means, that a cap is reached,
//! that a bill is not final.

use serde_json::{Value, json};

use crate::customer::Customer;
use crate::server::Server;

/// An account with a package of a thousand calls and pay-per-use.
async fn alice() -> Customer {
    let server = Server::with_config_beginning("2026-10-05T09:00:00+08:00", "[ocr]\nengine = \"blank\"\n");
    let alice = Customer::with(server, "V0", "intl").await;
    alice.server.json(&["top-up", "alice", "41"]);
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    assert!(alice.order(&["package", "buy", "alice", "--calls", "1000"]).status.success());
    alice
}

/// What a command prints, its lines joined.
fn said(alice: &Customer, command: &[&str]) -> String {
    let output = alice.server.run(command);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{command:?}: {text}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whoever wants pay-per-use to end with a package is told when it does, and when another package keeps it going.
#[tokio::test]
async fn the_answer_to_mode_none_says_with_which_package_pay_per_use_ends() {
    let alice = alice().await;
    let none = |lot: &str| said(&alice, &["package", "renewal", "alice", "--lot", lot, "--mode", "none"]);
    let lone = none("0");
    assert!(lone.contains("Pay-per-use ends with it, at 2027-10-05 23:59:59"), "{lone}");
    let list = said(&alice, &["package", "list", "alice"]);
    assert!(list.contains("; pay-per-use ends with it (none)"), "{list}");

    // A gift of seven calls that outlives it.
    let gift = ["--calls", "7", "--expires-at", "2027-12-31T23:59:59+08:00"];
    assert!(alice.order(&[&["grant", "alice"][..], &gift].concat()).status.success());
    let with_gift = none("0");
    let ends = "#1 is left then, so pay-per-use ends with that one, at 2027-12-31 23:59:59";
    assert!(with_gift.contains(ends), "{with_gift}");
    for command in [&["package", "list", "alice"][..], &["account", "show", "alice"]] {
        let shown = said(&alice, command);
        assert!(shown.contains("pay-per-use ends with #1, which is left then (none)"), "{shown}");
    }
    // What was said about the gift itself counts more; then it is told that pay-per-use goes on.
    let gift = said(&alice, &["package", "renewal", "alice", "--lot", "1", "--mode", "pay_per_use"]);
    assert!(gift.contains("pay_per_use. From then on calls are charged, where pay-per-use is on."), "{gift}");
    let view = alice.server.json(&["package", "renewal", "alice", "--lot", "0", "--mode", "none"]);
    let keys = ["pay_per_use_ends_with", "pay_per_use_ends_at", "outlived_by"].map(|key| view[key].clone());
    assert_eq!(keys, [Value::Null, Value::Null, json!(1)]);
    let goes_on = none("0");
    assert!(goes_on.contains("inkmeter package renewal alice --lot 1 --mode none"), "{goes_on}");

    // As it was foretold: the wish goes over to the gift, and pay-per-use ends with that.
    alice.server.json(&["package", "renewal", "alice", "--lot", "1", "--mode", "none"]);
    alice.server.json(&["clock", "advance", "453d", "--yes"]);
    assert_eq!(alice.show()["subscriptions"][0]["mode"], "package_only");
}

/// A package's mode stands in the list, and what it means.
#[tokio::test]
async fn the_list_of_packages_shows_what_is_to_happen_at_the_end() {
    let alice = alice().await;
    for (mode, shown) in [
        ("pay_per_use", "; then calls are charged, where pay-per-use is on (pay_per_use)"),
        ("manual", "; to be renewed by hand, or calls are charged (manual)"),
        ("auto", "; renewed by itself at 2027-09-28 03:00 +08:00"),
    ] {
        alice.server.json(&["package", "renewal", "alice", "--lot", "0", "--mode", mode]);
        let list = said(&alice, &["package", "list", "alice"]);
        assert!(list.contains(shown), "{list}");
    }
}

/// A call that a cap refuses is no riddle: account and diagnosis tell of the cap and what to do.
#[tokio::test]
async fn a_reached_cap_is_told_where_one_looks() {
    let alice = alice().await;
    let look = || {
        let diagnosis = alice.server.json(&["diagnose", "alice"]);
        [alice.show()["reached_caps"].clone(), diagnosis["reached_caps"].clone()]
    };
    alice.server.json(&["cap", "set", "alice", "--api", "general-text", "--monthly", "0.07"]);
    assert_eq!(look(), [json!([]), json!([])]);
    alice.server.json(&["cap", "set", "alice", "--api", "general-text", "--monthly", "0.04"]);
    for caps in look() {
        assert_eq!((&caps[0]["api"], &caps[0]["apis"]), (&json!("general-text"), &json!(["general-text"])));
        assert_eq!(caps[0]["renews_at"], "2026-11-01T00:00:00+08:00");
    }
    let text = "The spending cap of general-text is reached, 0.00 CNY of 0.04 CNY a month: until 2026-11-01 00:00 calls of \
                general-text beyond packages are refused.";
    for command in [&["account", "show", "alice"][..], &["diagnose", "alice"]] {
        let shown = said(&alice, command);
        assert!(shown.contains(text), "{shown}");
        assert!(shown.contains("inkmeter cap set alice --api general-text --monthly AMOUNT"), "{shown}");
    }
}

/// The bill of a running month says that it runs and up to when; one that is over that it is not closed; then it is final.
#[tokio::test]
async fn a_bill_says_how_far_it_has_come() {
    let alice = alice().await;
    let (english, chinese) = ("The month is running", "本月尚未结束");
    let look = |state: &str| {
        let bill = alice.server.json(&["bill", "alice", "--month", "2026-10"]);
        assert_eq!(bill["state"], state);
        let months = alice.server.json(&["bills", "list", "alice"]);
        assert_eq!(months.as_array().unwrap().last().unwrap()["state"], state);
        let text = said(&alice, &["bill", "alice", "--month", "2026-10"]);
        let pages = ["en", "zh-CN"].map(|language| {
            let out = alice.server.data.path().join(format!("{state}-{language}.pdf"));
            let out = out.to_str().unwrap();
            let export = ["bill", "alice", "--month", "2026-10", "--export", "pdf"];
            alice.server.json(&[&export[..], &["--language", language, "--out", out]].concat());
            crate::read_back::lines_of(&lopdf::Document::load(out).unwrap()).join("\n")
        });
        (bill["as_of"].as_str().unwrap().to_owned(), text, pages)
    };
    let (as_of, text, pages) = look("running");
    assert!(as_of.starts_with("2026-10-05T09:00"), "{as_of}");
    assert!(
        text.contains("Bill of 2026-10, which is running: what it came to by 2026-10-05 09:00"),
        "{text}"
    );
    assert!(pages[0].contains(english) && pages[1].contains(chinese), "{pages:?}");
    assert!(!pages[0].contains("2026-10-31"), "{}", pages[0]);
    alice.server.json(&["clock", "advance", "27d"]);
    let (_, text, pages) = look("over");
    assert!(text.contains("over and not closed yet"), "{text}");
    assert!(pages[0].contains("over and not closed yet") && pages[0].contains("2026-10-31"), "{}", pages[0]);
    alice.server.json(&["clock", "advance", "2d"]);
    let (_, text, pages) = look("final");
    assert!(!text.contains("running") && !text.contains("not closed"), "{text}");
    assert!(!pages[0].contains(english) && !pages[0].contains("not closed"), "{}", pages[0]);
}
