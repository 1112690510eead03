//! Traces: what a collector is sent of a call, and that no call waits for one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use parking_lot::Mutex;
use prost::Message as _;
use serde_json::json;

use crate::customer::{Customer, PIXEL};
use crate::server::{BLANK, Server};

/// A collector: what it was sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

async fn take(State(collector): State<Collector>, body: Bytes) -> StatusCode {
    collector.0.lock().push(ExportTraceServiceRequest::decode(body).unwrap());
    StatusCode::OK
}

impl Collector {
    async fn start() -> (Collector, String) {
        let collector = Collector::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(collector.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (collector, url)
    }

    fn spans(&self) -> Vec<Span> {
        let all = self.0.lock().clone().into_iter().flat_map(|request| request.resource_spans);
        all.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attributes(span: &Span) -> BTreeMap<String, String> {
    let text = |value: &Any| match value {
        Any::StringValue(text) => text.clone(),
        Any::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    let of = span.attributes.iter();
    of.map(|pair| (pair.key.clone(), text(pair.value.as_ref().unwrap().value.as_ref().unwrap()))).collect()
}

async fn customer(endpoint: &str) -> Customer {
    let here = format!("otlp_endpoint = \"{endpoint}\"");
    let alice =
        Customer::with(Server::configured(&[BLANK, ("otlp_endpoint = \"\"", &here)]), "V0", "intl").await;
    alice.server.json(&["top-up", "alice", "10"]);
    alice
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_followed_from_its_head_to_its_commit() {
    let (collector, endpoint) = Collector::start().await;
    let mut alice = customer(&endpoint).await;
    let (status, ..) = alice.refused().await;
    assert_eq!(status, 403);
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = alice.request("cn-north-4").header("traceparent", theirs);
    let answer = request.json(&json!({ "image": PIXEL })).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    // What waits to be sent is sent at the end.
    assert!(alice.server.stop().success());
    let spans = collector.spans();
    let of_call: Vec<&Span> = spans.iter().filter(|span| hex(&span.trace_id) == id).collect();
    let root = of_call.iter().find(|span| span.parent_span_id.is_empty()).expect("the request");
    assert_eq!(root.name, "POST /v2/{project_id}/ocr/general-text");
    let told = attributes(root);
    assert_eq!(
        told,
        BTreeMap::from(
            [
                ("http.request.method", "POST"),
                ("http.route", "/v2/{project_id}/ocr/general-text"),
                ("http.response.status_code", "200"),
                ("inkmeter.request_id", &id),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        )
    );
    assert_eq!(
        root.links.iter().map(|link| hex(&link.trace_id)).collect::<Vec<_>>(),
        [theirs[3..35].to_owned()]
    );
    let mut parts: Vec<&&Span> = of_call.iter().filter(|span| !span.parent_span_id.is_empty()).collect();
    parts.sort_by_key(|span| span.start_time_unix_nano);
    let names: Vec<&str> = parts.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["authenticate", "authorise", "read", "commit"]);
    for part in &parts {
        assert_eq!(part.parent_span_id, root.span_id);
        assert!(part.start_time_unix_nano >= root.start_time_unix_nano);
        assert!(part.end_time_unix_nano <= root.end_time_unix_nano);
    }
    for (one, next) in parts.iter().zip(parts.iter().skip(1)) {
        assert!(one.end_time_unix_nano <= next.start_time_unix_nano, "{} and {}", one.name, next.name);
    }
    // A call that was refused ends there; commands are followed too; and nobody is named.
    let refused = spans
        .iter()
        .filter(|span| attributes(span).get("http.response.status_code").is_some_and(|s| s == "403"));
    let refused: Vec<&Span> = refused.collect();
    assert_eq!(refused.len(), 1);
    let of_refused =
        spans.iter().filter(|span| span.trace_id == refused[0].trace_id && span.name == "commit");
    assert_eq!(of_refused.count(), 0);
    assert!(spans.iter().any(|span| span.name == "POST /v1/admin/accounts/{name}/top-ups"));
    let all = format!("{spans:?}");
    for secret in ["alice", alice.project("cn-north-4"), alice.token.as_str()] {
        assert!(!all.contains(secret), "{secret}");
    }
}

/// One that takes connections and says nothing, and one that is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_waits_for_a_collector() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    for endpoint in [silent_url.as_str(), "http://127.0.0.1:1"] {
        let mut alice = customer(endpoint).await;
        assert!(alice.order(&["subscribe", "alice"]).status.success());
        let begun = Instant::now();
        for _ in 0..50 {
            alice.charged().await;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        let begun = Instant::now();
        assert!(alice.server.stop().success());
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}
