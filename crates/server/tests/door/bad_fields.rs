//! Bad input of our own API: what is wrong is told by its field, and nothing is done.

use reqwest::Method;
use serde_json::json;

use crate::bad_input::{JSON, PARAMETER, code, sent, unharmed};
use crate::customer::Customer;
use crate::documented::DOCUMENT;

/// Whatever takes a body takes an object, and of fields it does not know it says which.
#[tokio::test]
async fn bodies_of_our_own_api() {
    let alice = Customer::open("V0", "intl").await;
    let mut seen = 0;
    let gateway = alice.server.json(&["gateway", "new", "front"])["token"].as_str().unwrap().to_owned();
    // Of a stream each line is told by itself.
    let is_own = |path: &str| path.starts_with("/v1/") && path != "/v1/charges/stream";
    let own = DOCUMENT["paths"].as_object().unwrap().iter().filter(|(path, _)| is_own(path));
    for (path, item) in own {
        for (method, operation) in item.as_object().unwrap() {
            if operation["requestBody"].is_null() {
                continue;
            }
            seen += 1;
            let method: Method = method.to_uppercase().parse().unwrap();
            let filled = path.replace("{name}", "alice").replace(['{', '}'], "");
            let send = |body: &'static str| {
                let request = alice.http.request(method.clone(), format!("{}{filled}", alice.server.url));
                let request = request.header("content-type", "application/json").body(body);
                match path.as_str() {
                    path if path.starts_with("/v1/admin") => {
                        request.bearer_auth(alice.server.operator_token())
                    }
                    path if path.starts_with("/v1/charges/") => request.bearer_auth(&gateway),
                    _ => request.header("x-auth-token", &alice.token),
                }
            };
            for body in ["[]", "[null]", "7", "\"text\"", "null"] {
                let (status, code, message) = sent(send(body)).await;
                assert_eq!((status, code.as_str()), PARAMETER, "{method} {path} of {body}: {message}");
                assert!(message.contains("is not a JSON object"), "{method} {path}: {message}");
            }
            assert_eq!(code(send("{")).await, (JSON.0, JSON.1.into()), "{method} {path}");
            let (status, code, message) = sent(send("{\"no_such_field\": 1}")).await;
            assert_eq!((status, code.as_str()), PARAMETER, "{method} {path}: {message}");
            assert!(message.contains("no_such_field"), "{method} {path}: {message}");
        }
    }
    assert!(seen > 20, "{seen}");
    for query in ["charges?limit=0", "charges?limt=5", "notices?limit=1001", "deliveries?limit=0&state=sent"]
    {
        let request = alice.http.get(format!("{}/v1/{query}", alice.server.url));
        let (status, code, message) = sent(request.header("x-auth-token", &alice.token)).await;
        assert_eq!((status, code.as_str()), PARAMETER, "{query}: {message}");
        assert!(message.contains("lim"), "{query}: {message}");
    }
    unharmed(&alice, 0).await;
}

#[tokio::test]
async fn a_wrong_value_is_told_by_its_field() {
    let alice = Customer::open("V0", "intl").await;
    let operator = alice.server.operator_token();
    let of_customer = |method, path: &str| {
        alice
            .http
            .request(method, format!("{}/v1{path}", alice.server.url))
            .header("x-auth-token", &alice.token)
    };
    let of_operator = |method, path: &str| {
        let url = format!("{}/v1/admin{path}", alice.server.url);
        alice.http.request(method, url).bearer_auth(&operator)
    };
    let package = json!({ "api": "general-text", "region": "cn-north-4", "calls": "many" });
    for (request, field) in [
        (of_operator(Method::POST, "/accounts").json(&json!({ "name": "bob", "tier": "V9" })), "tier: "),
        (of_operator(Method::POST, "/accounts").json(&json!({})), "name is missing"),
        (of_operator(Method::POST, "/accounts/alice/top-ups").json(&json!({ "amount": "1e9" })), "amount: "),
        (
            of_operator(Method::POST, "/accounts/alice/top-ups").json(&json!({ "amuont": 1 })),
            "no field \"amuont\"",
        ),
        (of_operator(Method::POST, "/clock").json(&json!({ "by_ms": -1 })), "by_ms: "),
        (
            of_operator(Method::POST, "/clock").json(&json!({ "by_ms": server::clock::LONGEST_MS + 1 })),
            "by_ms is at most",
        ),
        (of_operator(Method::GET, "/accounts/alice/history?limit=0"), "limit is 1 to 1000"),
        (of_operator(Method::GET, "/accounts/alice/history?limit=1001"), "limit is 1 to 1000"),
        (of_operator(Method::GET, "/accounts/alice/history?limit=x"), "limit: "),
        (of_customer(Method::POST, "/packages").json(&package), "calls: "),
        (
            of_customer(Method::PUT, "/subscriptions/cn-north-4/general-text").json(&json!([])),
            "a JSON object",
        ),
    ] {
        let (status, code, told) = sent(request).await;
        assert_eq!((status, code.as_str()), PARAMETER, "{field}: {told}");
        assert!(told.contains(field) && !told.contains(" column ") && !told.contains('`'), "{field}: {told}");
    }
    // Of what is no JSON the place is all there is to say.
    let broken =
        of_operator(Method::POST, "/accounts").body("{\"name\"").header("content-type", "application/json");
    let (status, code, told) = sent(broken).await;
    assert_eq!((status, code.as_str()), JSON, "{told}");
    assert!(told.contains("line 1 column"), "{told}");
}
