//! Short messages through a provider's HTTP interface, described by a template in the configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::Value;

use super::template::{Place, fill};
use super::{Accepted, Outcome, Outgoing, Rejected, causes, tidy};
use crate::notify::config::{Secret, SmsHttpConfig};

const PRESETS: &str = include_str!("sms_presets.toml");
/// How much of an answer is read.
const ANSWER_LIMIT_BYTES: usize = 64 * 1024;

/// A template to start from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Preset {
    method: String,
    content: String,
    body: String,
    auth: String,
    id_pointer: String,
}

/// The provider.
pub struct SmsHttp {
    client: reqwest::Client,
    config: SmsHttpConfig,
    method: Method,
    content: Place,
    secret: Option<Secret>,
    is_basic: bool,
}

impl SmsHttp {
    /// Reads the template.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(config: &SmsHttpConfig) -> Result<SmsHttp, String> {
        let wrong =
            |field: &str, problem: &dyn std::fmt::Display| format!("notify.sms.http.{field}: {problem}");
        let presets: BTreeMap<String, Preset> =
            toml::from_str(PRESETS).map_err(|problem| wrong("preset", &problem))?;
        let preset = match config.preset.as_str() {
            "" => Preset::default(),
            name => presets.get(name).cloned().ok_or_else(|| {
                let names: Vec<&str> = presets.keys().map(String::as_str).collect();
                wrong("preset", &format!("there is no {name:?}; choose one of: {}", names.join(", ")))
            })?,
        };
        let or = |own: &str, preset: &str| if own.is_empty() { preset.to_owned() } else { own.to_owned() };
        let mut config = config.clone();
        config.body = or(&config.body, &preset.body);
        config.id_pointer = or(&config.id_pointer, &preset.id_pointer);
        let method = match or(&config.method, &preset.method).as_str() {
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "GET" => Method::GET,
            other => return Err(wrong("method", &format!("{other:?} is not POST, PUT or GET"))),
        };
        let content = match or(&config.content, &preset.content).as_str() {
            "form" => Place::Form,
            "json" => Place::Json,
            "text" => Place::Text,
            other => return Err(wrong("content", &format!("{other:?} is not form, json or text"))),
        };
        let sample = fill(&config.url, Place::Form, &[("phone", "1"), ("text", "t"), ("key", "k")]);
        let url = Url::parse(&sample).map_err(|problem| wrong("url", &problem))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(wrong("url", &"only http and https"));
        }
        for name in config.headers.keys() {
            HeaderName::from_bytes(name.as_bytes()).map_err(|problem| wrong("headers", &problem))?;
        }
        let secret = Secret::read("notify.sms.http", &config.secret_env, &config.secret_file)?;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(config.timeout_s))
            .build()
            .map_err(|problem| wrong("url", &problem))?;
        let is_basic = !config.user.is_empty() || preset.auth == "basic";
        Ok(SmsHttp { client, config, method, content, secret, is_basic })
    }

    /// Hands a short message to the provider.
    ///
    /// # Errors
    /// It did not take it.
    pub async fn send(&self, outgoing: &Outgoing) -> Outcome {
        let config = &self.config;
        let values = [
            ("phone", outgoing.address.as_str()),
            ("text", outgoing.message.sms.as_str()),
            ("key", outgoing.key.as_str()),
            ("from", config.from.as_str()),
            ("user", config.user.as_str()),
        ];
        let url = Url::parse(&fill(&config.url, Place::Form, &values)).map_err(Rejected::for_now)?;
        let mut request =
            self.client.request(self.method.clone(), url).header("Idempotency-Key", &outgoing.key);
        if self.method != Method::GET {
            let kind = match self.content {
                Place::Form => "application/x-www-form-urlencoded",
                Place::Json => "application/json",
                Place::Text => "text/plain; charset=utf-8",
            };
            request = request.header(CONTENT_TYPE, kind).body(fill(&config.body, self.content, &values));
        }
        if let Some(secret) = &self.secret {
            let names_secret = config.headers.values().any(|value| value.contains("{secret}"));
            if self.is_basic {
                request = request.basic_auth(&config.user, Some(secret.expose()));
            } else if !names_secret {
                request = request.bearer_auth(secret.expose());
            }
        }
        for (name, template) in &config.headers {
            let secret = self.secret.as_ref().map_or("", Secret::expose);
            let filled = fill(template, Place::Text, &[&values[..], &[("secret", secret)]].concat());
            let mut value = HeaderValue::from_str(&filled).map_err(Rejected::for_good)?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let sent = request.send().await;
        let response = sent.map_err(|problem| Rejected::for_now(tidy(&causes(&problem.without_url()))))?;
        self.judge(response).await
    }

    async fn judge(&self, mut response: reqwest::Response) -> Outcome {
        let status = response.status();
        let pause_s =
            response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
        let mut answer = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            if answer.len() + chunk.len() > ANSWER_LIMIT_BYTES {
                break;
            }
            answer.extend_from_slice(&chunk);
        }
        let detail = tidy(&format!("{} {}", status.as_u16(), String::from_utf8_lossy(&answer)));
        let json: Value = serde_json::from_slice(&answer).unwrap_or(Value::Null);
        let at = |pointer: &str| {
            json.pointer(pointer).filter(|_| !pointer.is_empty()).map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        let config = &self.config;
        let is_success = status.is_success()
            && (config.success_pointer.is_empty()
                || at(&config.success_pointer).is_some_and(|found| found == config.success_value));
        if is_success {
            return Ok(Accepted { detail, peer_id: at(&config.id_pointer) });
        }
        // 400 and 422 are about this very message; everything else may be about our account or the provider.
        let is_final = matches!(status.as_u16(), 400 | 422);
        let pause_ms = pause_s.map(|seconds| i64::from(seconds) * 1_000);
        Err(Rejected { is_final, pause_ms, ..Rejected::for_now(detail) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::Router;
    use axum::body::Bytes;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::post;
    use parking_lot::Mutex;

    use super::*;
    use crate::config::{Config, DEFAULTS};
    use crate::notify::text::Message;

    type Requests = Arc<Mutex<Vec<(HeaderMap, String)>>>;

    /// A provider that answers every request in the same way.
    async fn provider(status: u16, answer: &'static str) -> (String, Requests) {
        let requests = Requests::default();
        let theirs = Arc::clone(&requests);
        let take = move |headers: HeaderMap, body: Bytes| async move {
            theirs.lock().push((headers, String::from_utf8(body.to_vec()).unwrap()));
            (StatusCode::from_u16(status).unwrap(), [("retry-after", "7")], answer)
        };
        let router = Router::new().route("/messages", post(take));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/messages", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (url, requests)
    }

    fn config(preset: &str, url: &str, dir: &std::path::Path) -> SmsHttpConfig {
        crate::install_tls();
        let secret_file = dir.join("secret");
        std::fs::write(&secret_file, "s3cret\n").unwrap();
        SmsHttpConfig {
            preset: preset.into(),
            url: url.into(),
            from: "Inkmeter".into(),
            secret_file,
            ..Config::parse(DEFAULTS).unwrap().notify.sms.http
        }
    }

    fn outgoing() -> Outgoing {
        let sms = "owed: 0.05 & \"more\"\n中".to_owned();
        Outgoing {
            key: "a.1.r".into(),
            address: "+8613800138000".into(),
            message: Message { subject: String::new(), sms, text: String::new(), html: String::new() },
            body: Value::Null,
            secret: None,
            attempt: 1,
            now_ms: 0,
        }
    }

    #[tokio::test]
    async fn a_form_with_user_and_password() {
        let dir = tempfile::tempdir().unwrap();
        let (url, requests) = provider(201, r#"{"sid":"SM42","status":"queued"}"#).await;
        let mut config = config("form", &url, dir.path());
        config.user = "AC1".into();
        let sent = SmsHttp::open(&config).unwrap().send(&outgoing()).await.unwrap();
        assert_eq!(sent.peer_id.as_deref(), Some("SM42"));
        let (headers, body) = requests.lock().pop().unwrap();
        assert_eq!(headers["authorization"], "Basic QUMxOnMzY3JldA==");
        assert_eq!(
            (&headers["idempotency-key"], &headers["content-type"]),
            (&"a.1.r".parse().unwrap(), &"application/x-www-form-urlencoded".parse().unwrap())
        );
        assert_eq!(
            body,
            "To=%2B8613800138000&From=Inkmeter&Body=owed%3A%200.05%20%26%20%22more%22%0A%E4%B8%AD"
        );
    }

    #[tokio::test]
    async fn json_with_a_token_and_a_rule_for_success() {
        let dir = tempfile::tempdir().unwrap();
        let (url, requests) = provider(200, r#"{"id":9,"result":{"code":"busy"}}"#).await;
        let mut config = config("json", &url, dir.path());
        let sent = SmsHttp::open(&config).unwrap().send(&outgoing()).await.unwrap();
        assert_eq!(sent.peer_id.as_deref(), Some("9"));
        let (headers, body) = requests.lock().pop().unwrap();
        assert_eq!(headers["authorization"], "Bearer s3cret");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (&body["to"], &body["text"], &body["reference"]),
            (&"+8613800138000".into(), &outgoing().message.sms.into(), &"a.1.r".into())
        );

        (config.success_pointer, config.success_value) = ("/result/code".into(), "ok".into());
        let refused = SmsHttp::open(&config).unwrap().send(&outgoing()).await.unwrap_err();
        assert_eq!((refused.is_final, refused.pause_ms), (false, Some(7_000)));
        assert!(refused.detail.contains("busy"), "{refused:?}");
        config.success_value = "busy".into();
        config.headers.insert("X-Key".into(), "key {secret}".into());
        assert!(SmsHttp::open(&config).unwrap().send(&outgoing()).await.is_ok());
        let headers = requests.lock().pop().unwrap().0;
        assert_eq!((&headers["x-key"], headers.get("authorization")), (&"key s3cret".parse().unwrap(), None));
    }

    #[tokio::test]
    async fn a_message_that_is_refused_is_not_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        for (status, is_final) in
            [(400, true), (422, true), (401, false), (429, false), (500, false), (302, false)]
        {
            let (url, _) = provider(status, "no").await;
            let http = SmsHttp::open(&config("form", &url, dir.path())).unwrap();
            let refused = http.send(&outgoing()).await.unwrap_err();
            assert_eq!(refused.is_final, is_final, "{status}: {refused:?}");
        }
        let nobody = SmsHttp::open(&config("form", "http://127.0.0.1:1/", dir.path())).unwrap();
        assert!(!nobody.send(&outgoing()).await.unwrap_err().is_final);
    }

    #[test]
    fn templates_that_make_no_sense_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let wrong = |change: fn(&mut SmsHttpConfig), named: &str| {
            let mut config = config("form", "https://sms.example.com/", dir.path());
            change(&mut config);
            let problem = SmsHttp::open(&config).err().unwrap_or_default();
            assert!(problem.contains(named), "{named}: {problem:?}");
        };
        wrong(|c| c.preset = "pigeon".into(), "form, json");
        wrong(|c| c.method = "DELETE".into(), "method");
        wrong(|c| c.content = "xml".into(), "content");
        wrong(|c| c.url = "ftp://example.com".into(), "http");
        wrong(|c| c.url = String::new(), "url");
        wrong(|c| c.secret_env = "INKMETER_NO_SUCH_VARIABLE".into(), "INKMETER_NO_SUCH_VARIABLE");
        wrong(|c| drop(c.headers.insert("no header".into(), String::new())), "headers");
    }
}
