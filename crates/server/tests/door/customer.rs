//! A customer with an account of its own and a way to call.

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::documented::{Answer, check_documented};
use crate::server::Server;

pub const API: [&str; 4] = ["--api", "general-text", "--region", "cn-north-4"];
pub const PIXEL: &str = "iVBORw0KGgo=";

pub struct Customer {
    pub server: Server,
    pub http: reqwest::Client,
    pub account: Value,
    pub token: String,
}

impl Customer {
    /// A customer of a new server whose eye sees nothing.
    pub async fn open(tier: &str, policy: &str) -> Customer {
        Customer::with(Server::start(true), tier, policy).await
    }

    /// A customer of this server.
    pub async fn with(server: Server, tier: &str, policy: &str) -> Customer {
        let account = server.json(&["account", "create", "alice", "--tier", tier, "--policy", policy]);
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let mut customer = Customer { server, http, account, token: String::new() };
        customer.renew_token().await;
        customer
    }

    /// Asks for a token with the account's password.
    pub async fn ask_for_token(&self) -> Response {
        ask_for_token(&self.http, &self.server.url, &self.account, "cn-north-4").await
    }

    pub async fn renew_token(&mut self) {
        self.token = token_of(&self.http, &self.server.url, &self.account).await;
    }

    /// The account's project in a region.
    pub fn project(&self, region: &str) -> &str {
        self.account["projects"][region].as_str().unwrap()
    }

    /// Where general-text of a region is.
    pub fn path(&self, region: &str) -> String {
        format!("{}/v2/{}/ocr/general-text", self.server.url, self.project(region))
    }

    pub fn request(&self, region: &str) -> RequestBuilder {
        self.http.post(self.path(region)).header("x-auth-token", &self.token)
    }

    pub async fn call(&self) -> Response {
        self.request("cn-north-4").json(&json!({"image": PIXEL})).send().await.unwrap()
    }

    /// A call that must succeed; its pocket and the id of its charge.
    pub async fn charged(&self) -> (String, String) {
        let (status, headers, _) = self.documented_call().await;
        assert_eq!(status, 200);
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-request-id"), header("x-inkmeter-charge-id"));
        (header("x-inkmeter-pocket"), header("x-request-id"))
    }

    /// A call that must be refused; its status, code and reason.
    pub async fn refused(&self) -> (u16, String, String) {
        let (status, _, body) = self.documented_call().await;
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        assert!(!text("cure").is_empty(), "{body}");
        (status, text("error_code"), text("reason"))
    }

    /// A call whose answer must be as documented.
    async fn documented_call(&self) -> (u16, HeaderMap, Value) {
        let response = self.call().await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let kind = headers["content-type"].to_str().unwrap();
        check_documented("POST", "/v2/{project_id}/ocr/general-text", Answer { status, kind, text: &text });
        (status, headers, serde_json::from_str(&text).unwrap())
    }

    pub fn show(&self) -> Value {
        self.server.json(&["account", "show", "alice"])
    }

    pub fn order(&self, command: &[&str]) -> std::process::Output {
        self.server.run(&[command, &API].concat())
    }
}

async fn ask_for_token(http: &reqwest::Client, server: &str, account: &Value, region: &str) -> Response {
    let body = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": account["user"], "password": account["password"],
        "domain": {"name": account["name"]}}}}, "scope": {"project": {"name": region}}}});
    http.post(format!("{server}/v3/auth/tokens")).json(&body).send().await.unwrap()
}

/// A token for an account's project in cn-north-4.
pub async fn token_of(http: &reqwest::Client, server: &str, account: &Value) -> String {
    token_in(http, server, account, "cn-north-4").await
}

/// A token for an account's project in a region.
pub async fn token_in(http: &reqwest::Client, server: &str, account: &Value, region: &str) -> String {
    let response = ask_for_token(http, server, account, region).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    let (kind, token) = (header("content-type"), header("x-subject-token"));
    let text = response.text().await.unwrap();
    check_documented("POST", "/v3/auth/tokens", Answer { status: 201, kind: &kind, text: &text });
    token
}
