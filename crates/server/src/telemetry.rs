//! Traces, for those who follow a request through several programs: sent to an OpenTelemetry collector, if the
//! configuration names one. Without one nothing is made and nothing is waited for.
//!
//! A trace has the id of its request, which is that of the answer (`X-Request-Id`) and of its charge: whoever has one has the
//! other. What a caller says of its own trace is a link and no more: callers are strangers. Nothing in a trace names an
//! account, and no call waits for the collector: what it does not take is dropped.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags,
    TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracer, SdkTracerProvider, Span};
use serde::Deserialize;
use tokio::runtime::Handle;

use crate::app::App;
use crate::http::request_id;

/// How long a collector may take to answer, and to be told the last spans at the end.
const ANSWER_TIME: Duration = Duration::from_secs(5);
const LEAVE_TIME: Duration = Duration::from_secs(2);
/// Where a collector takes traces (OTLP/HTTP).
const PATH: &str = "v1/traces";

/// Where traces go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// The collector; empty: there is none.
    pub otlp_endpoint: String,
    /// Of how many requests in a hundred.
    pub sample_percent: u64,
}

impl TelemetryConfig {
    /// Checks that the collector has an address.
    ///
    /// # Errors
    /// It is none.
    pub fn check(&self) -> Result<(), String> {
        self.url().map(drop)
    }

    fn url(&self) -> Result<Option<url::Url>, String> {
        if self.otlp_endpoint.is_empty() {
            return Ok(None);
        }
        let url = url::Url::parse(&self.otlp_endpoint).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none());
        // What is given is not repeated: there may be a password or a token in it.
        let mut url = url.ok_or(
            "telemetry.otlp_endpoint is no address of a collector; write one like http://localhost:4318",
        )?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(PATH.split('/'));
        }
        Ok(Some(url))
    }
}

/// What makes traces, if anything does.
pub struct Telemetry(Option<On>);

struct On {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    sample_percent: u64,
}

/// A part of a request, which ends when this is dropped.
#[must_use = "the part ends at once otherwise"]
pub struct Part(#[allow(dead_code, reason = "its end is what it is for")] Option<Box<Span>>);

impl Telemetry {
    /// Begins, with what tells this process from others. Called on a thread of the runtime.
    ///
    /// # Errors
    /// The collector's address is none, or no client can be made.
    pub fn open(config: &TelemetryConfig) -> Result<Telemetry, String> {
        let failed = |problem: &dyn std::fmt::Display| format!("telemetry: {problem}");
        let Some(url) = config.url()? else { return Ok(Telemetry(None)) };
        crate::install_tls();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_TIME)
            .build()
            .map_err(|problem| failed(&problem))?;
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(Client { http, runtime: Handle::current() })
            .with_endpoint(url.as_str())
            .build()
            .map_err(|problem| failed(&problem))?;
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let resource = Resource::builder_empty()
            .with_service_name("inkmeter")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_attribute(KeyValue::new("host.name", host.trim().to_owned()))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_id_generator(Ids::default())
            .with_resource(resource)
            .with_batch_exporter(exporter)
            .build();
        let (tracer, sample_percent) = (provider.tracer("inkmeter"), config.sample_percent);
        Ok(Telemetry(Some(On { provider, tracer, sample_percent })))
    }

    /// Whether traces are made.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// A part of the request being served.
    pub fn part(&self, name: &'static str) -> Part {
        Part(self.0.as_ref().and_then(|on| on.part(name)))
    }

    /// Sends what there is still to send. Blocks, for a moment at most.
    pub fn close(&self) {
        if let Some(On { provider, .. }) = &self.0
            && let Err(problem) = provider.shutdown_with_timeout(LEAVE_TIME)
        {
            tracing::warn!(%problem, "the last traces were not sent");
        }
    }
}

impl On {
    /// Whether a request is among those that are traced. Its parts agree.
    fn takes(&self, id: u128) -> bool {
        // The low half is random; the high one is the time.
        u64::try_from(id & u128::from(u64::MAX)).is_ok_and(|random| random % 100 < self.sample_percent)
    }

    fn request(&self, request: &Request) -> Option<Box<Span>> {
        let id = request_id::of_call().0;
        if !self.takes(id) {
            return None;
        }
        let method = request.method().to_string();
        let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
        let builder = SpanBuilder::from_name(format!("{method} {route}"))
            .with_kind(SpanKind::Server)
            .with_attributes([
                KeyValue::new("http.request.method", method),
                KeyValue::new("http.route", route),
                KeyValue::new("inkmeter.request_id", format!("{id:032x}")),
            ])
            .with_links(linked(request.headers()).into_iter().collect());
        ROOT.set(Some(root_of(id)));
        let span = self.tracer.build_with_context(builder, &Context::new());
        ROOT.set(None);
        Some(Box::new(span))
    }

    fn part(&self, name: &'static str) -> Option<Box<Span>> {
        let id = request_id::of_call().0;
        if !self.takes(id) {
            return None;
        }
        let request =
            SpanContext::new(TraceId::from(id), root_of(id), TraceFlags::SAMPLED, false, TraceState::NONE);
        let within = Context::new().with_remote_span_context(request);
        Some(Box::new(self.tracer.build_with_context(SpanBuilder::from_name(name), &within)))
    }
}

/// The id of a request's own span: so its parts know it.
fn root_of(id: u128) -> SpanId {
    SpanId::from(u64::try_from(id & u128::from(u64::MAX)).unwrap_or(u64::MAX).max(1))
}

/// What a caller says of the span it calls from (W3C Trace Context).
fn linked(headers: &HeaderMap) -> Option<Link> {
    let mut parts = headers.get("traceparent")?.to_str().ok()?.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let well = version.len() == 2 && version != "ff" && trace.len() == 32 && span.len() == 16;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let theirs = SpanContext::new(trace, span, TraceFlags::default(), true, TraceState::NONE);
    (well && theirs.is_valid()).then(|| Link::with_context(theirs))
}

/// Follows a request from its head to its answer; for the door, where there is a collector.
pub async fn follow(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut span = app.telemetry.0.as_ref().and_then(|on| on.request(&request));
    let response = next.run(request).await;
    if let Some(span) = &mut span {
        let status = response.status();
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        if status.is_server_error() {
            span.set_status(Status::error(""));
        }
    }
    response
}

thread_local! {
    /// The id of the span that is being made, if it is a request's own.
    static ROOT: Cell<Option<SpanId>> = const { Cell::new(None) };
}

/// Ids of traces are those of requests.
#[derive(Debug, Default)]
struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from(request_id::of_call().0)
    }

    fn new_span_id(&self) -> SpanId {
        ROOT.get().unwrap_or_else(|| self.0.new_span_id())
    }
}

/// Sends on the server's own runtime: the thread that asks has none.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(
        &self,
        request: opentelemetry_http::Request<Bytes>,
    ) -> Result<opentelemetry_http::Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sending = self.runtime.spawn(async move {
            let answer = http.execute(request.try_into()?).await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = opentelemetry_http::Response::new(answer.bytes().await?);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok::<_, reqwest::Error>(response)
        });
        Ok(sending.await??)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_collector_is_an_address_or_none() {
        let url = |endpoint: &str| {
            let config = TelemetryConfig { otlp_endpoint: endpoint.into(), sample_percent: 100 };
            config.url().map(|url| url.map(|url| url.to_string()))
        };
        assert_eq!(url(""), Ok(None));
        for endpoint in ["http://localhost:4318", "http://localhost:4318/"] {
            assert_eq!(url(endpoint), Ok(Some("http://localhost:4318/v1/traces".into())));
        }
        assert_eq!(url("https://example.com/otlp"), Ok(Some("https://example.com/otlp/v1/traces".into())));
        let with_query = url("https://example.com/otlp/?tenant=a&token=b");
        assert_eq!(with_query, Ok(Some("https://example.com/otlp/v1/traces?tenant=a&token=b".into())));
        for wrong in
            ["localhost:4318", "grpc://user:secret@localhost", "collector", "http://localhost/#secret"]
        {
            let problem = url(wrong).unwrap_err();
            assert!(problem.contains("telemetry.otlp_endpoint") && !problem.contains("secret"), "{wrong}");
        }
    }

    #[test]
    fn what_a_caller_says_of_its_trace_is_a_link_or_nothing() {
        let linked = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", HeaderValue::from_static(value));
            super::linked(&headers).map(|link| link.span_context.trace_id().to_string())
        };
        let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(linked(given).as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
        for wrong in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        ] {
            assert_eq!(linked(wrong), None, "{wrong}");
        }
    }
}
