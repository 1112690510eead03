//! The two sides of the door that the demo plays, as HTTP clients of it: a customer, who signs every request with an
//! access key as the SDKs do, and the operator, with the token of the data folder.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Url};
use serde_json::{Value, json};

use super::pictures::Picture;
use crate::app::OpenError;
use crate::clock::system_now_ms;

/// An answer, whatever its status.
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    async fn of(request: reqwest::RequestBuilder) -> Result<Answer, OpenError> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await?)?;
        Ok(Answer { status, headers, body })
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body of a success.
    ///
    /// # Errors
    /// The server's own words.
    pub fn expect_success(self) -> Result<Value, OpenError> {
        if self.is_success() { Ok(self.body) } else { Err(format!("{}: {}", self.status, self.body).into()) }
    }

    /// A header of the receipt.
    pub fn header(&self, name: &str) -> Result<&str, OpenError> {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or_else(|| format!("the answer has no {name}").into())
    }
}

/// A customer with an access key.
pub(super) struct Customer {
    pub http: Client,
    pub base: Url,
    pub access_key: String,
    pub secret_key: String,
    /// Projects by region.
    pub projects: Value,
}

impl Customer {
    /// Sends a signed request.
    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, OpenError> {
        let url = self.base.join(path)?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let date = wire::signature::format_date(system_now_ms().div_euclid(1_000));
        let host = format!("{}:{}", url.host_str().unwrap_or_default(), url.port().unwrap_or(80));
        let headers = [("host", host.as_str()), ("x-sdk-date", date.as_str())];
        let request = wire::signature::Request {
            method: method.as_str(),
            path: url.path(),
            query: url.query().unwrap_or_default(),
            headers: &headers,
            body: body.as_bytes(),
        };
        let signature = wire::signature::sign(&request, &self.access_key, self.secret_key.as_bytes())
            .map_err(|problem| format!("a request cannot be signed: {problem:?}"))?;
        let request = self.http.request(method, url).header("x-sdk-date", date);
        Answer::of(request.header("authorization", signature).body(body)).await
    }

    /// Reads a picture.
    pub async fn general_text(&self, region: &str, picture: &Picture) -> Result<Answer, OpenError> {
        let project = self.projects[region].as_str().ok_or_else(|| format!("no project in {region}"))?;
        let mut body = json!({ "image": STANDARD.encode(picture.bytes) });
        if let Some(page) = picture.page {
            body["pdf_page_number"] = page.into();
        }
        self.send(Method::POST, &format!("/v2/{project}/ocr/general-text"), Some(&body)).await
    }

    /// Enables an API for pay-per-use.
    pub async fn enable(&self, region: &str, api: &str) -> Result<Answer, OpenError> {
        self.send(Method::PUT, &format!("/v1/subscriptions/{region}/{api}"), Some(&json!({}))).await
    }

    /// Buys a package.
    pub async fn buy(&self, region: &str, api: &str, calls: u64) -> Result<Answer, OpenError> {
        let body = json!({ "api": api, "region": region, "calls": calls });
        self.send(Method::POST, "/v1/packages", Some(&body)).await
    }

    /// The account as its owner sees it.
    pub async fn account(&self) -> Result<Value, OpenError> {
        self.send(Method::GET, "/v1/account", None).await?.expect_success()
    }

    /// A month's bill.
    pub async fn bill(&self, month: &str) -> Result<Value, OpenError> {
        self.send(Method::GET, &format!("/v1/bills/{month}"), None).await?.expect_success()
    }
}

/// The operator.
pub(super) struct Operator {
    pub http: Client,
    pub base: Url,
    pub token: String,
}

impl Operator {
    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, OpenError> {
        let url = self.base.join(&format!("/v1/admin{path}"))?;
        let request = self.http.request(method, url).bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        Answer::of(request).await?.expect_success()
    }

    /// Opens an account.
    pub async fn create(&self, name: &str, tier: &str, policy: &str) -> Result<Customer, OpenError> {
        let body = json!({ "name": name, "tier": tier, "policy": policy });
        let created = self.send(Method::POST, "/accounts", Some(&body)).await?;
        let text = |field: &str| created[field].as_str().unwrap_or_default().to_owned();
        Ok(Customer {
            http: self.http.clone(),
            base: self.base.clone(),
            access_key: text("access_key"),
            secret_key: text("secret_key"),
            projects: created["projects"].clone(),
        })
    }

    /// Takes in money.
    pub async fn top_up(&self, name: &str, amount: &str) -> Result<Value, OpenError> {
        let body = json!({ "amount": amount });
        self.send(Method::POST, &format!("/accounts/{name}/top-ups"), Some(&body)).await
    }

    /// What time it is, and when something is due.
    pub async fn clock(&self) -> Result<Value, OpenError> {
        self.send(Method::GET, "/clock", None).await
    }

    /// Moves time on.
    pub async fn advance(&self, by_ms: i64) -> Result<Value, OpenError> {
        self.send(Method::POST, "/clock", Some(&json!({ "by_ms": by_ms }))).await
    }
}
