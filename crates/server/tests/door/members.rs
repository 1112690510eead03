//! Members: their calls stand in their master's books, under a quota of their own, and they see nothing else there.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::customer::{Customer, PIXEL, token_of};

struct Member {
    account: Value,
    token: String,
}

impl Member {
    async fn open(master: &Customer, name: &str) -> Member {
        let account = master.server.json(&["account", "create", name]);
        let token = token_of(&master.http, &master.server.url, &account).await;
        Member { account, token }
    }

    async fn ask(&self, with: &Customer, (method, path): (Method, &str), body: Value) -> (StatusCode, Value) {
        let request = with.http.request(method, format!("{}{path}", with.server.url));
        let request = request.header("x-auth-token", &self.token);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        (status, if lines.len() == 1 { lines[0].clone() } else { Value::Array(lines) })
    }

    async fn call(&self, with: &Customer) -> reqwest::Response {
        let project = self.account["projects"]["cn-north-4"].as_str().unwrap();
        let url = format!("{}/v2/{project}/ocr/general-text", with.server.url);
        let request = with.http.post(url).header("x-auth-token", &self.token);
        request.json(&json!({ "image": PIXEL })).send().await.unwrap()
    }

    async fn refused(&self, with: &Customer) -> (u16, Value) {
        let response = self.call(with).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

#[tokio::test]
async fn a_member_uses_its_masters_packages_and_balance_under_its_quota() {
    let alice = Customer::open("V0", "intl").await;
    let bob = Member::open(&alice, "bob").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let (status, body) = bob.refused(&alice).await;
    assert_eq!(
        (status, &body["error_code"]),
        (403, &json!("ModelArts.4204")),
        "its own books have nothing enabled"
    );

    let list = alice.server.json(&["member", "add", "alice", "bob", "--calls", "3"]);
    assert_eq!(list["members"][0]["quota"], json!({ "amount": null, "calls": 3 }), "{list:#}");
    alice.server.json(&["top-up", "alice", "100"]);
    alice.order(&["package", "buy", "alice", "--calls", "1000"]);
    let response = bob.call(&alice).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["x-inkmeter-pocket"], "lot");
    for hidden in ["x-inkmeter-package-left", "x-inkmeter-available"] {
        assert!(!response.headers().contains_key(hidden), "{hidden} is the master's to know");
    }
    alice.charged().await;
    bob.call(&alice).await;
    bob.call(&alice).await;
    let (status, body) = bob.refused(&alice).await;
    assert_eq!((status, &body["reason"]), (403, &json!("member_quota_reached")), "{body:#}");
    assert_eq!(alice.charged().await.0, "lot", "the master's own calls go on");

    // In the master's books the member's calls name it; the member sees them, and nothing else.
    let charges = alice.server.charges("alice");
    let of_bob: Vec<&Value> =
        charges.iter().filter(|c| c["enterprise_project"] == bob.account["account_id"]).collect();
    assert_eq!((charges.len(), of_bob.len()), (5, 3));
    let (_, seen) = bob.ask(&alice, (Method::GET, "/v1/charges"), Value::Null).await;
    let ids = |rows: &[Value]| rows.iter().map(|row| row["request_id"].clone()).collect::<Vec<_>>();
    let wanted: Vec<Value> = of_bob.iter().map(|row| row["request_id"].clone()).collect();
    assert_eq!(ids(seen.as_array().unwrap()), wanted);
    let after = format!("/v1/charges?after={}", wanted[1].as_str().unwrap());
    let (_, rest) = bob.ask(&alice, (Method::GET, &after), Value::Null).await;
    assert_eq!(rest["request_id"], wanted[2]);
    let foreign = charges.iter().find(|charge| !wanted.contains(&charge["request_id"])).unwrap();
    let after = format!("/v1/charges?after={}", foreign["request_id"].as_str().unwrap());
    let (status, _) = bob.ask(&alice, (Method::GET, &after), Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a charge of the master's is no place to go on from");
    let (_, usage) = bob.ask(&alice, (Method::GET, "/v1/usage?by=month"), Value::Null).await;
    assert_eq!(
        (&usage["rows"][0]["units"], usage["rows"].as_array().unwrap().len()),
        (&json!(3), 1),
        "{usage:#}"
    );
    let (_, own) = bob.ask(&alice, (Method::GET, "/v1/membership"), Value::Null).await;
    assert_eq!(
        (&own["master"], &own["membership"]["used"]["calls"]),
        (&json!("alice"), &json!(3)),
        "{own:#}"
    );
    let (_, account) = bob.ask(&alice, (Method::GET, "/v1/account"), Value::Null).await;
    assert_eq!(account["name"], "bob");
    let path = format!("/v1/charges/{}/explanation", wanted[0].as_str().unwrap());
    let (status, _) = bob.ask(&alice, (Method::GET, &path), Value::Null).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    for (method, path) in [
        (Method::POST, "/v1/packages"),
        (Method::POST, "/v1/top-ups"),
        (Method::PUT, "/v1/subscriptions/cn-north-4/general-text"),
    ] {
        let (status, body) = bob.ask(&alice, (method, path), json!({})).await;
        assert_eq!((status, &body["reason"]), (StatusCode::FORBIDDEN, &json!("no_permission")), "{path}");
    }

    // A month later the quota is new; the master changes it; a quota of money is not overshot.
    alice.server.json(&["member", "set", "alice", "bob", "--amount", "0"]);
    let bob = Member { token: token_of(&alice.http, &alice.server.url, &bob.account).await, ..bob };
    assert_eq!(bob.call(&alice).await.status(), StatusCode::OK, "packages cost nothing more");
    let carol = Member::open(&alice, "carol").await;
    alice.server.json(&["member", "add", "alice", "carol", "--amount", "0.12"]);
    alice.server.run(&["subscribe", "alice", "--api", "general-text", "--region", "cn-east-3"]);
    let project = carol.account["projects"]["cn-east-3"].as_str().unwrap().to_owned();
    let token = crate::customer::token_in(&alice.http, &alice.server.url, &carol.account, "cn-east-3").await;
    let call = async || {
        let url = format!("{}/v2/{project}/ocr/general-text", alice.server.url);
        let request = alice.http.post(url).header("x-auth-token", &token).json(&json!({ "image": PIXEL }));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(
        [call().await, call().await, call().await],
        [200, 200, 403],
        "two calls of 0.05, and no third"
    );
    alice.server.json(&["clock", "advance", "31d"]);
}

#[tokio::test]
async fn a_membership_begins_and_ends_with_the_next_call() {
    let alice = Customer::open("V0", "intl").await;
    let (bob, carol) = (Member::open(&alice, "bob").await, Member::open(&alice, "carol").await);
    for name in ["alice", "bob"] {
        alice.server.run(&["subscribe", name, "--api", "general-text", "--region", "cn-north-4"]);
    }
    bob.call(&alice).await;
    alice.server.json(&["member", "add", "alice", "bob"]);
    bob.call(&alice).await;
    for wrong in [["alice", "alice"], ["bob", "carol"], ["carol", "bob"], ["carol", "alice"]] {
        let refused = alice.server.run(&["member", "add", wrong[0], wrong[1]]);
        assert!(!refused.status.success(), "{wrong:?}: members are one level deep");
    }
    let listed = alice.server.json(&["member", "remove", "alice", "bob"]);
    assert_eq!(listed["members"], json!([]));
    bob.call(&alice).await;
    assert_eq!((alice.server.charges("bob").len(), alice.server.charges("alice").len()), (2, 1));
    let (status, own) = carol.ask(&alice, (Method::GET, "/v1/membership"), Value::Null).await;
    assert_eq!((status, &own["master"]), (StatusCode::OK, &Value::Null));
    assert!(alice.server.run(&["verify"]).status.success(), "the laws hold");
}
