//! One account from its first call to release and back, through the real binary, its HTTP door and its CLI.

mod common;

use common::Server;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

const API: [&str; 4] = ["--api", "general-text", "--region", "cn-north-4"];
const PIXEL: &str = "iVBORw0KGgo=";

struct Customer {
    server: Server,
    http: reqwest::Client,
    account: Value,
    token: String,
}

impl Customer {
    async fn open(tier: &str, policy: &str) -> Customer {
        let server = Server::start(true);
        let account = server.json(&["account", "create", "alice", "--tier", tier, "--policy", policy]);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut customer = Customer { server, http, account, token: String::new() };
        customer.renew_token().await;
        customer
    }

    async fn renew_token(&mut self) {
        let body = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
            "name": self.account["user"], "password": self.account["password"],
            "domain": {"name": self.account["name"]}}}}, "scope": {"project": {"name": "cn-north-4"}}}});
        let url = format!("{}/v3/auth/tokens", self.server.url);
        let response = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        self.token = response.headers()["x-subject-token"].to_str().unwrap().to_owned();
    }

    fn request(&self, region: &str) -> RequestBuilder {
        let project = self.account["projects"][region].as_str().unwrap();
        let url = format!("{}/v2/{project}/ocr/general-text", self.server.url);
        self.http.post(url).header("x-auth-token", &self.token)
    }

    async fn call(&self) -> Response {
        self.request("cn-north-4").json(&json!({"image": PIXEL})).send().await.unwrap()
    }

    /// A call that must succeed; its pocket and the id of its charge.
    async fn charged(&self) -> (String, String) {
        let response = self.call().await;
        assert_eq!(response.status(), StatusCode::OK);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-request-id"), header("x-inkmeter-charge-id"));
        (header("x-inkmeter-pocket"), header("x-request-id"))
    }

    /// A call that must be refused; its status, code and reason.
    async fn refused(&self) -> (u16, String, String) {
        let response = self.call().await;
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        assert!(!text("cure").is_empty(), "{body}");
        (status, text("error_code"), text("reason"))
    }

    fn show(&self) -> Value {
        self.server.json(&["account", "show", "alice"])
    }

    fn order(&self, command: &[&str]) -> std::process::Output {
        self.server.run(&[command, &API].concat())
    }
}

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

#[tokio::test]
async fn bad_input_has_its_code_and_costs_nothing() {
    let alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let send = async |body: Vec<u8>| {
        let response = alice.request("cn-north-4").body(body).send().await.unwrap();
        let status = response.status().as_u16();
        assert!(response.headers().contains_key("x-request-id"));
        let body: Value = response.json().await.unwrap();
        (status, body["error_code"].as_str().unwrap_or_default().to_owned())
    };
    for (body, status, code) in [
        (Vec::new(), 400, "ModelArts.4105"),
        (b"not json".to_vec(), 400, "ModelArts.4105"),
        (br#"{"image":"aGk=","url":"http://x/"}"#.to_vec(), 400, "AIS.0101"),
        (br#"{"image":"data:image/png;base64,aGk="}"#.to_vec(), 400, "AIS.0102"),
        (br#"{"url":"http://127.0.0.1/a.png"}"#.to_vec(), 400, "ModelArts.4601"),
        (br#"{"image":"aGk=","language":"klingon"}"#.to_vec(), 400, "AIS.0101"),
        (vec![b'x'; 13 << 20], 413, "APIG.0201"),
    ] {
        assert_eq!(send(body).await, (status, code.to_owned()));
    }
    let elsewhere = |project: &str| {
        let url = format!("{}/v2/{project}/ocr/general-text", alice.server.url);
        alice.http.post(url).header("x-auth-token", &alice.token).json(&json!({"image": PIXEL})).send()
    };
    let mallory = alice.server.json(&["account", "create", "mallory"]);
    let foreign = mallory["projects"]["cn-north-4"].as_str().unwrap();
    for (project, status) in [("%7Bproject_id%7D", 404), (foreign, 403), (&"0".repeat(32), 403)] {
        assert_eq!(elsewhere(project).await.unwrap().status().as_u16(), status, "{project}");
    }
    alice.server.json(&["clock", "advance", "25h"]);
    let response = alice.call().await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.json::<Value>().await.unwrap()["error_code"], "APIG.0307", "tokens end after a day");
    assert_eq!(alice.server.charges("alice").len(), 0);
    let unknown = alice.http.get(format!("{}/v1/admin/accounts", alice.server.url)).send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
}
