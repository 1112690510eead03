//! The log as JSON: every line is an object, says what it should, and holds no secret of anybody.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use server::config::DEFAULTS;
use wire::signature::format_date;

use crate::bad_input::signed;
use crate::customer::Customer;
use crate::server::{BLANK, Server, folder_of};

const JSON: (&str, &str) = ("format = \"text\"", "format = \"json\"");

/// A line that has this message; those before it are kept.
fn said(lines: &Receiver<String>, all: &mut Vec<String>, message: &str) -> Value {
    loop {
        let line =
            lines.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("{message}: {all:#?}"));
        let value: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        all.push(line);
        if value["message"].as_str().is_some_and(|text| text.contains(message)) {
            return value;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_is_an_object_without_a_secret() {
    let mut config = DEFAULTS.to_owned();
    for (from, to) in [BLANK, JSON, ("sign_up = false", "sign_up = true")] {
        assert!(config.contains(from), "{from}");
        config = config.replace(from, to);
    }
    // All that is said at this level, by libraries too.
    let (mut server, lines) = Server::logging_json(folder_of(None, &config), "debug");
    let mut all = Vec::new();
    let serves = said(&lines, &mut all, "Inkmeter serves");
    server.url = serves["fields"]["url"].as_str().unwrap().to_owned();
    assert_eq!(
        (&serves["level"], &serves["target"]),
        (&json!("INFO"), &json!("server::cli::server")),
        "{serves}"
    );

    let alice = Customer::with(server, "V0", "intl").await;
    let operator = alice.server.operator_token();
    let metrics = std::fs::read_to_string(alice.server.data.path().join("metrics.token")).unwrap();
    let mut secrets = vec![operator.clone(), metrics.trim().to_owned(), alice.token.clone()];
    secrets.extend(["password", "secret_key"].map(|name| alice.account[name].as_str().unwrap().to_owned()));
    let url = alice.server.url.clone();
    let send = async |method: Method, path: &str, token: &str, body: Value| {
        let request = alice.http.request(method, format!("{url}{path}")).bearer_auth(token);
        request.json(&body).send().await.unwrap()
    };
    // Calls that succeed and calls that are refused, with secrets of every kind, right ones and wrong ones.
    alice.server.json(&["top-up", "alice", "10"]);
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    alice.charged().await;
    let date = format_date(server::clock::system_now_ms() / 1000);
    for secret in [alice.account["secret_key"].as_str().unwrap(), "a-wrong-secret-key"] {
        signed(&alice, secret, &date).send().await.unwrap();
    }
    for wrong in ["a-wrong-operator-token", "a-wrong-operator-token-too"] {
        assert_eq!(send(Method::GET, "/v1/admin/accounts", wrong, Value::Null).await.status(), 401);
    }
    let sign_in = |password: &str| json!({ "account": "alice", "user": "alice", "password": password });
    for password in ["a-wrong-Passw0rd", alice.account["password"].as_str().unwrap()] {
        let answer = send(Method::POST, "/v1/session", "", sign_in(password)).await;
        if let Some(cookie) = answer.headers().get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            secrets.push(cookie.split(['=', ';']).nth(1).unwrap().to_owned());
            let view: Value = answer.json().await.unwrap();
            secrets.push(view["session"]["csrf_token"].as_str().unwrap().to_owned());
        }
    }
    let new = json!({ "account": "bob", "password": "Bobs-0wn-pass-phrase" });
    assert_eq!(send(Method::POST, "/v1/sign-up", "", new).await.status(), 200);
    let gateway: Value = send(Method::POST, "/v1/admin/gateways", &operator, json!({ "name": "front" }))
        .await
        .json()
        .await
        .unwrap();
    secrets.push(gateway["token"].as_str().unwrap().to_owned());
    let key = alice.server.json(&["key", "create", "alice"]);
    secrets.push(key["secret_key"].as_str().unwrap().to_owned());
    let hook =
        json!({ "channel": "webhook", "address": "https://hooks.example.com/alice", "language": "en" });
    let hook: Value = send(Method::POST, "/v1/admin/accounts/alice/recipients", &operator, hook)
        .await
        .json()
        .await
        .unwrap();
    secrets.push(hook["secret"].as_str().unwrap_or_else(|| panic!("{hook}")).to_owned());
    secrets.extend(
        ["a-wrong-secret-key", "a-wrong-operator-token", "a-wrong-Passw0rd", "Bobs-0wn-pass-phrase"]
            .map(str::to_owned),
    );
    let authorisation = signed(&alice, alice.account["secret_key"].as_str().unwrap(), &date).build().unwrap();
    let signature = authorisation.headers()["authorization"].to_str().unwrap();
    secrets.push(signature.rsplit_once("Signature=").unwrap().1.to_owned());

    // What an operator did is told with the id of the request, which is that of the answer.
    let answer =
        send(Method::POST, "/v1/admin/accounts/alice/top-ups", &operator, json!({ "amount": "1.25" })).await;
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let acted = loop {
        let acted = said(&lines, &mut all, "an operator acted");
        if acted["request_id"] == id.as_str() {
            break acted;
        }
    };
    assert_eq!(
        (&acted["target"], &acted["fields"]["account"]),
        (&json!("audit"), &json!("alice")),
        "{acted}"
    );
    assert_eq!(acted["fields"]["status"], 200);
    assert!(charging::Timestamp::parse(acted["timestamp"].as_str().unwrap()).is_ok());

    let mut alice = alice;
    assert!(alice.server.stop().success());
    let stopping = said(&lines, &mut all, "stopping: finishing the calls under way");
    assert_eq!(stopping["level"], "INFO");
    all.extend(lines.iter());
    for line in &all {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        for field in ["timestamp", "level", "target", "message"] {
            assert!(value[field].is_string(), "{field}: {line}");
        }
        assert!(value["fields"].is_object(), "{line}");
    }
    let all = all.join("\n");
    assert!(secrets.len() > 12 && all.lines().count() >= 9, "{all}");
    for secret in secrets {
        assert!(secret.len() > 12 && !all.contains(&secret), "{secret} is in the log:\n{all}");
    }
}

#[test]
fn the_environment_says_how_lines_look_and_nothing_else() {
    let tell = |format: &str| {
        let mut command = std::process::Command::new(crate::server::INKMETER);
        command.args(["--data", "/nowhere", "account", "list"]).env("INKMETER_LOG_FORMAT", format);
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let line: Value = serde_json::from_str(&tell("json")).unwrap();
    assert_eq!(line["level"], "ERROR");
    assert!(line["message"].as_str().unwrap().contains("no server is running"), "{line}");
    for format in ["text", ""] {
        assert!(tell(format).starts_with("inkmeter: no server is running"));
    }
    assert!(tell("xml").contains("INKMETER_LOG_FORMAT"));
}
