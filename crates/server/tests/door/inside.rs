//! A server in this process, and accounts of it: for tests that need an eye, a port or a clock of their own.

use std::path::Path;
use std::sync::Arc;

use axum::http::HeaderMap;
use charging::{AccountId, Money, Name, SubscriptionMode, Tier};
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
use crate::server::data_folder;

pub const REGION: &str = "cn-north-4";

/// Starts a server in this process, on a manual clock. `eye` reads the pictures; the configuration's, if none is given.
pub async fn serve(data: &Path, config: Config, eye: Option<Arc<dyn Reader>>) -> Running {
    server::install_tls();
    let (listen, clock) = ("127.0.0.1:0", ClockMode::Manual);
    start(ServeOptions { data, database: None, listen, clock, config, eye }).await.unwrap()
}

/// Makes an account that may call, and has no money.
pub async fn open_account(app: &App, named: &str, tier: Tier, policy: &str) -> (Created, AccountId) {
    let account = app.create_account(named, tier, &name(policy)).unwrap();
    let id: AccountId = account.account_id.parse().unwrap();
    let (api, region, now) = (name("general-text"), name(REGION), app.clock.now());
    let enabled = app.engine.subscribe(id, (&api, &region), SubscriptionMode::PayPerUse, now);
    enabled.unwrap().await.unwrap().unwrap();
    (account, id)
}

/// What an account can spend, how many calls of it are under way, and how many were charged.
pub async fn books(app: &App, account: AccountId) -> (Money, usize, u64) {
    let read = app.engine.read(account, app.clock.now(), |live, _| {
        (live.account.available(&live.holds), live.holds.len(), live.account.charges())
    });
    read.unwrap().await.unwrap()
}

/// What the operator sends to move the clock, as it goes over a connection.
pub fn order_to_advance(operator_token: &str, by_ms: i64) -> String {
    let body = json!({ "by_ms": by_ms }).to_string();
    format!(
        "POST /v1/admin/clock HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {operator_token}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Moves the clock of a server in this process.
pub async fn advance(running: &Running, by_ms: i64) {
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let url = format!("http://{}/v1/admin/clock", running.address);
    let order = http.post(url).bearer_auth(operator_token(&running.app)).json(&json!({ "by_ms": by_ms }));
    assert!(order.send().await.unwrap().status().is_success());
}

/// What opens the operator's API.
pub fn operator_token(app: &App) -> String {
    std::fs::read_to_string(app.data.operator_token()).unwrap().trim().to_owned()
}

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
        let data = data_folder();
        let running = serve(data.path(), Config::parse(config).unwrap(), Some(eye)).await;
        // After two hours of debt it is frozen for a week.
        let (account, id) = open_account(&running.app, "alice", Tier::V2, "cn").await;
        let token = token_of(&running.app, &account, Some(REGION));
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
        headers_of((&self.account.access_key, &self.account.secret_key), method, path, host, body)
    }

    /// How many calls were charged; none is under way.
    pub async fn charges(&self) -> u64 {
        let (_, under_way, charges) = books(self.app(), self.id).await;
        assert_eq!(under_way, 0, "nothing is kept back");
        charges
    }

    /// Moves the clock.
    pub async fn advance(&self, ms: i64) {
        advance(&self.running, ms).await;
    }
}

/// What proves that a request was made with an access key and its secret key, as the SDKs sign it.
pub fn headers_of(
    (access_key, secret_key): (&str, &str),
    method: &str,
    path: &str,
    host: &str,
    body: &[u8],
) -> HeaderMap {
    let date = format_date(system_now_ms() / 1000);
    let headers = [("Host", host), ("X-Sdk-Date", &date), ("Content-Type", "application/json")];
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let request = Request { method, path, query, headers: &headers, body };
    let authorization = sign(&request, access_key, secret_key.as_bytes());
    let mut proofs = HeaderMap::new();
    proofs.insert("authorization", authorization.unwrap().parse().unwrap());
    proofs.insert("x-sdk-date", date.parse().unwrap());
    proofs.insert("content-type", "application/json".parse().unwrap());
    proofs
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
