//! A filter in front of any HTTP service, which charges for each call that succeeds.
//!
//! ```sh
//! inkmeter gateway new front --api translate      # prints a token
//! INKMETER_URL=http://127.0.0.1:8080 INKMETER_TOKEN=… UPSTREAM=http://127.0.0.1:9000 API=translate REGION=cn-north-4 \
//!     cargo run --release --example gateway -- 127.0.0.1:8081
//! curl -H 'x-account: alice' -d text http://127.0.0.1:8081/translate
//! ```
//!
//! Whoever stands in front proves who calls and says so in `x-account`; what a client sends with `x-request-id` names the
//! work, so that it may try again and is charged once.

use std::collections::hash_map::RandomState;
use std::error::Error as StdError;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use inkmeter_client::{Authorised, Error, Meter, Work};

const BODY_LIMIT_BYTES: usize = 10 << 20;

struct Gateway {
    meter: Meter,
    upstream: String,
    api: String,
    region: String,
    client: reqwest::Client,
    /// What tells this run from others.
    run: u64,
    served: AtomicU64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let of = |name: &str| std::env::var(name).map_err(|_| format!("set {name}"));
    let listen = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8081".into());
    let gateway = Gateway {
        meter: Meter::new(of("INKMETER_URL")?, of("INKMETER_TOKEN")?),
        upstream: of("UPSTREAM")?,
        api: of("API")?,
        region: of("REGION")?,
        client: reqwest::Client::new(),
        run: RandomState::new().build_hasher().finish(),
        served: AtomicU64::new(0),
    };
    let listener = tokio::net::TcpListener::bind(&listen).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().fallback(serve).with_state(Arc::new(gateway))).await?;
    Ok(())
}

async fn serve(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let headers = request.headers();
    let Some(account) = text(headers, "x-account") else {
        return refused(StatusCode::UNAUTHORIZED, "x-account is missing");
    };
    let key = text(headers, "x-request-id").unwrap_or_else(|| gateway.new_key());
    let work = Work::new(account, key, &gateway.api, &gateway.region);
    match gateway.meter.authorise(&work).await {
        Ok(Authorised::Authorised(_)) => {}
        // Its answer was lost on the way to the client, who has paid for it: it is done again, for nothing.
        Ok(Authorised::Charged(_)) => {
            return gateway.forward(request).await.unwrap_or_else(IntoResponse::into_response);
        }
        Err(problem) => return unpaid(&problem),
    }
    let answer = gateway.forward(request).await;
    if answer.as_ref().is_ok_and(|answer| answer.status().is_success()) {
        match gateway.meter.commit(&work).await {
            Ok(_) => answer.unwrap_or_else(IntoResponse::into_response),
            Err(problem) => unpaid(&problem),
        }
    } else {
        // If nobody hears it, the permission runs out by itself.
        let _ = gateway.meter.void(&work).await;
        answer.unwrap_or_else(IntoResponse::into_response)
    }
}

impl Gateway {
    fn new_key(&self) -> String {
        format!("{:016x}-{}", self.run, self.served.fetch_add(1, Ordering::Relaxed))
    }

    /// What the service behind answers.
    async fn forward(&self, request: Request) -> Result<Response, (StatusCode, String)> {
        let bad = |problem: &dyn StdError| (StatusCode::BAD_GATEWAY, format!("{problem}\n"));
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let body = to_bytes(body, BODY_LIMIT_BYTES).await;
        let body = body.map_err(|problem| (StatusCode::PAYLOAD_TOO_LARGE, format!("{problem}\n")))?;
        let mut headers = parts.headers;
        for own in ["host", "connection", "content-length", "transfer-encoding"] {
            headers.remove(own);
        }
        let forwarded = self.client.request(parts.method, format!("{}{path}", self.upstream));
        let answer = forwarded.headers(headers).body(body).send().await.map_err(|problem| bad(&problem))?;
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        headers.remove("transfer-encoding");
        let body = answer.bytes().await.map_err(|problem| bad(&problem))?;
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// The account may not: the client is told why, and what to do about it.
fn unpaid(problem: &Error) -> Response {
    let status = match problem {
        Error::Refused(refusal) => StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::FORBIDDEN),
        Error::Unanswered(_) | Error::Unreadable(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    refused(status, &problem.to_string())
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, format!("{why}\n")).into_response()
}
