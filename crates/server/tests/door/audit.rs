//! What operators do is kept and told: by the command line, by a token, by a session, done or refused. Nothing of what
//! strangers try, and nothing secret.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::customer::{API, Customer};

async fn send(alice: &Customer, (method, path): (Method, &str), token: &str, body: Value) -> Response {
    let request = alice.http.request(method, format!("{}{path}", alice.server.url)).bearer_auth(token);
    request.json(&body).send().await.unwrap()
}

fn id(answer: &Response) -> Value {
    answer.headers()["x-request-id"].to_str().unwrap().into()
}

#[tokio::test]
async fn what_an_operator_did_is_told_and_stays() {
    let mut alice = Customer::open("V0", "intl").await;
    let token = alice.server.operator_token();
    alice.server.json(&["account", "create", "bob"]);
    assert!(alice.server.run(&[&["subscribe", "bob"], &API[..]].concat()).status.success());
    let top_up = (Method::POST, "/v1/admin/accounts/ALICE/top-ups");
    let paid = send(&alice, top_up.clone(), &token, json!({ "amount": "10" })).await;
    let refused = send(&alice, top_up.clone(), &token, json!({ "amount": "-1" })).await;
    assert_eq!((paid.status().as_u16(), refused.status().as_u16()), (200, 400));

    // Whoever looks does nothing, and whoever proves nothing leaves no trace.
    alice.server.json(&["account", "list"]);
    for wrong in ["", "x", &alice.token] {
        assert_eq!(send(&alice, top_up.clone(), wrong, json!({ "amount": "1" })).await.status(), 401);
    }
    let sign_in = (Method::POST, "/v1/admin/session");
    assert_eq!(send(&alice, sign_in.clone(), "", json!({ "token": "wrong" })).await.status(), 401);

    // A session is told apart from the token it began with.
    let begun = send(&alice, sign_in, "", json!({ "token": token })).await;
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let view: Value = begun.json().await.unwrap();
    let csrf = view["session"]["csrf_token"].as_str().unwrap().to_owned();
    let url = format!("{}/v1/admin/accounts/bob/users", alice.server.url);
    let body = json!({ "user": "carol" });
    let request = alice.http.post(&url).header("cookie", &cookie);
    // Without its token a session's request may be forged, and proves nothing.
    assert_eq!(request.try_clone().unwrap().json(&body).send().await.unwrap().status(), 403);
    let made = request.header("x-csrf-token", csrf).json(&body).send().await.unwrap();
    assert_eq!(made.status(), 200);
    let made: Value = made.json().await.unwrap();

    let told = alice.server.json(&["audit"]);
    let actions = told["actions"].as_array().unwrap();
    let seen: Vec<(&str, &str, &Value, u64)> = actions
        .iter()
        .map(|row| {
            let text = |field: &str| row[field].as_str().unwrap();
            (text("proof"), text("path"), &row["account"], row["status"].as_u64().unwrap())
        })
        .collect();
    let (bob, shouted) = (json!("bob"), json!("ALICE"));
    assert_eq!(
        seen,
        [
            ("session", "/v1/admin/accounts/bob/users", &bob, 200),
            ("sign_in", "/v1/admin/session", &Value::Null, 200),
            ("token", "/v1/admin/accounts/ALICE/top-ups", &shouted, 400),
            ("token", "/v1/admin/accounts/ALICE/top-ups", &shouted, 200),
            ("token", "/v1/admin/accounts/bob/subscriptions/cn%2Dnorth%2D4/general%2Dtext", &bob, 200),
            ("token", "/v1/admin/accounts", &bob, 200),
            ("token", "/v1/admin/accounts", &json!("alice"), 200),
        ]
    );
    assert_eq!((&actions[3]["request_id"], &actions[2]["request_id"]), (&id(&paid), &id(&refused)));
    assert_eq!(actions[0]["proof_id"], actions[1]["proof_id"]);
    assert_ne!(actions[0]["proof_id"], actions[2]["proof_id"]);
    assert_eq!(actions[4]["route"], "/v1/admin/accounts/{name}/subscriptions/{region}/{api}");
    assert_eq!(actions[2]["address"], "127.0.0.1");
    assert!(!told.to_string().contains(made["password"].as_str().unwrap()));

    // Pages, one account's, in words, and after a restart.
    let numbers = |value: &Value| -> Vec<u64> {
        value["actions"].as_array().unwrap().iter().map(|row| row["number"].as_u64().unwrap()).collect()
    };
    let first = numbers(&alice.server.json(&["audit", "--limit", "2"]));
    let before = first[1].to_string();
    let second = numbers(&alice.server.json(&["audit", "--limit", "2", "--before", &before]));
    assert_eq!([first, second].concat(), numbers(&told)[..4]);
    let of_alice = alice.server.json(&["audit", "--account", "alice"]);
    assert_eq!(of_alice["actions"].as_array().unwrap().len(), 3);
    let words = String::from_utf8(alice.server.run(&["audit"]).stdout).unwrap();
    assert!(words.contains("POST /v1/admin/accounts/ALICE/top-ups (ALICE)  token "), "{words}");
    alice.server.kill();
    alice.server.restart();
    assert_eq!(alice.server.json(&["audit"]), told);
}
