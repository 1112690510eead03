//! A customer with an account of its own and a way to call.

use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

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
    pub async fn open(tier: &str, policy: &str) -> Customer {
        let server = Server::start(true);
        let account = server.json(&["account", "create", "alice", "--tier", tier, "--policy", policy]);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut customer = Customer { server, http, account, token: String::new() };
        customer.renew_token().await;
        customer
    }

    pub async fn renew_token(&mut self) {
        let body = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
            "name": self.account["user"], "password": self.account["password"],
            "domain": {"name": self.account["name"]}}}}, "scope": {"project": {"name": "cn-north-4"}}}});
        let url = format!("{}/v3/auth/tokens", self.server.url);
        let response = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        self.token = response.headers()["x-subject-token"].to_str().unwrap().to_owned();
    }

    pub fn request(&self, region: &str) -> RequestBuilder {
        let project = self.account["projects"][region].as_str().unwrap();
        let url = format!("{}/v2/{project}/ocr/general-text", self.server.url);
        self.http.post(url).header("x-auth-token", &self.token)
    }

    pub async fn call(&self) -> Response {
        self.request("cn-north-4").json(&json!({"image": PIXEL})).send().await.unwrap()
    }

    /// A call that must succeed; its pocket and the id of its charge.
    pub async fn charged(&self) -> (String, String) {
        let response = self.call().await;
        assert_eq!(response.status(), StatusCode::OK);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-request-id"), header("x-inkmeter-charge-id"));
        (header("x-inkmeter-pocket"), header("x-request-id"))
    }

    /// A call that must be refused; its status, code and reason.
    pub async fn refused(&self) -> (u16, String, String) {
        let response = self.call().await;
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        assert!(!text("cure").is_empty(), "{body}");
        (status, text("error_code"), text("reason"))
    }

    pub fn show(&self) -> Value {
        self.server.json(&["account", "show", "alice"])
    }

    pub fn order(&self, command: &[&str]) -> std::process::Output {
        self.server.run(&[command, &API].concat())
    }
}
