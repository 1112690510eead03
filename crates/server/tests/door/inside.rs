//! A server in this process: for tests that need an eye, or a port, of their own.

use std::sync::Arc;

use axum::http::HeaderMap;
use charging::{AccountId, Name, SubscriptionMode, Tier};
use reqwest::RequestBuilder;
use serde_json::json;
use server::app::App;
use server::clock::{ClockMode, system_now_ms};
use server::config::Config;
use server::eye::Reader;
use server::serve::{Running, ServeOptions, start};
use server::usecase::accounts::Created;
use wire::iam::TokenRequest;
use wire::signature::{Request, format_date, sign};

use crate::customer::PIXEL;

pub const REGION: &str = "cn-north-4";

/// A server, and an account `alice` that may call and has no money.
pub struct Inside {
    pub running: Running,
    pub http: reqwest::Client,
    pub account: Created,
    pub id: AccountId,
    /// For the project in [`REGION`].
    pub token: String,
    _data: tempfile::TempDir,
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

impl Inside {
    /// Starts a server; what its configuration does not say is the default. `eye` reads the pictures.
    pub async fn start(config: &str, eye: Arc<dyn Reader>) -> Inside {
        server::install_tls();
        let data = tempfile::tempdir().unwrap();
        let config = Config::parse(config).unwrap();
        let (listen, clock) = ("127.0.0.1:0", ClockMode::Manual);
        let options = ServeOptions { data: data.path(), listen, clock, config, eye: Some(eye) };
        let running = start(options).await.unwrap();
        let app = &running.app;
        // After two hours of debt it is frozen for a week.
        let account = app.create_account("alice", Tier::V2, &name("cn")).unwrap();
        let id: AccountId = account.account_id.parse().unwrap();
        let (api, region, now) = (name("general-text"), name(REGION), app.clock.now());
        let enabled = app.engine.subscribe(id, (&api, &region), SubscriptionMode::PayPerUse, now);
        enabled.unwrap().await.unwrap().unwrap();
        let token = token_of(app, &account, Some(REGION));
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Inside { running, http, account, id, token, _data: data }
    }

    pub fn app(&self) -> &Arc<App> {
        &self.running.app
    }

    /// Where general-text of a region is.
    pub fn path(&self, region: &str) -> String {
        format!("/v2/{}/ocr/general-text", self.account.projects[region])
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("http://{}{path}", self.running.address))
    }

    /// A call by token, without a body.
    pub fn call(&self) -> RequestBuilder {
        self.post(&self.path(REGION)).header("x-auth-token", &self.token)
    }

    /// What proves that a request is the account's, as the SDKs sign it. The host is signed too.
    pub fn signed(&self, method: &str, path: &str, host: &str, body: &[u8]) -> HeaderMap {
        let date = format_date(system_now_ms() / 1000);
        let headers = [("Host", host), ("X-Sdk-Date", &date), ("Content-Type", "application/json")];
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request { method, path, query, headers: &headers, body };
        let authorization = sign(&request, &self.account.access_key, self.account.secret_key.as_bytes());
        let mut proofs = HeaderMap::new();
        proofs.insert("authorization", authorization.unwrap().parse().unwrap());
        proofs.insert("x-sdk-date", date.parse().unwrap());
        proofs.insert("content-type", "application/json".parse().unwrap());
        proofs
    }

    /// How many calls were charged; none is under way.
    pub async fn charges(&self) -> u64 {
        let app = self.app();
        let read = app.engine.read(self.id, app.clock.now(), |live, _| {
            assert_eq!(live.holds.len(), 0, "nothing is kept back");
            live.account.charges()
        });
        read.unwrap().await.unwrap()
    }

    /// Moves the clock.
    pub async fn advance(&self, ms: i64) {
        let token = std::fs::read_to_string(self.app().data.operator_token()).unwrap();
        let url = format!("http://{}/v1/admin/clock", self.running.address);
        let advance = self.http.post(url).bearer_auth(token.trim()).json(&json!({ "by_ms": ms }));
        assert!(advance.send().await.unwrap().status().is_success());
    }
}

/// A token of an account: for its project in a region, or for all of it.
pub fn token_of(app: &App, account: &Created, region: Option<&str>) -> String {
    let scope = match region {
        Some(region) => json!({ "project": { "name": region } }),
        None => json!({ "domain": { "name": account.name } }),
    };
    let user =
        json!({ "name": account.user, "password": account.password, "domain": { "name": account.name } });
    let identity = json!({ "methods": ["password"], "password": { "user": user } });
    let asked: TokenRequest =
        serde_json::from_value(json!({ "auth": { "identity": identity, "scope": scope } })).unwrap();
    let issued = app.auth.issue_token(&asked, system_now_ms(), app.clock.now(), 86_400_000);
    issued.unwrap_or_else(|_| panic!("{} gets a token", account.name)).token
}

/// A picture nobody looks at.
pub fn pixel() -> String {
    json!({ "image": PIXEL }).to_string()
}
