//! A filter in front of any HTTP service, which charges for each call that succeeds.
//!
//! ```sh
//! inkmeter gateway new front --api translate      # prints a token
//! INKMETER_URL=http://127.0.0.1:8080 INKMETER_TOKEN=… UPSTREAM=http://127.0.0.1:9000 API=translate REGION=cn-north-4 \
//!     cargo run --release --example gateway -- 127.0.0.1:8081
//! curl -H 'x-account: alice' -d text http://127.0.0.1:8081/translate
//! ```
//!
//! Whoever stands in front proves who calls and says so in `x-account`. What a client sends with `x-request-id` names the
//! work, so that it may try again and is charged once: together with all that it asks for, because a client that sends
//! something else under the same name wants something else, and pays for it.

use std::collections::hash_map::RandomState;
use std::error::Error as StdError;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use inkmeter_client::{Authorised, Error, Meter, Work};
use sha2::{Digest, Sha256};

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
        // What the service says is the client's to hear, also that it should go elsewhere.
        client: reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?,
        run: RandomState::new().build_hasher().finish(),
        served: AtomicU64::new(0),
    };
    let listener = tokio::net::TcpListener::bind(&listen).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().fallback(serve).with_state(Arc::new(gateway))).await?;
    Ok(())
}

async fn serve(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(account) = text(&parts.headers, "x-account") else {
        return refused(StatusCode::UNAUTHORIZED, "x-account is missing");
    };
    let body = match to_bytes(body, BODY_LIMIT_BYTES).await {
        Ok(body) => body,
        Err(problem) => return refused(StatusCode::PAYLOAD_TOO_LARGE, &problem.to_string()),
    };
    let work = Work::new(account, gateway.key(&parts, &body), &gateway.api, &gateway.region);
    match gateway.meter.authorise(&work).await {
        Ok(Authorised::Authorised(given)) if given.repeated => {
            return refused(
                StatusCode::CONFLICT,
                "this request is being served already; ask again in a moment",
            );
        }
        Ok(Authorised::Authorised(_)) => {}
        // Its answer was lost on the way to the client, who has paid for it: it is done again, for nothing.
        Ok(Authorised::Charged(_)) => {
            return gateway.forward(parts, body).await.unwrap_or_else(IntoResponse::into_response);
        }
        Err(problem) => return unpaid(&problem),
    }
    let answer = gateway.forward(parts, body).await;
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
    /// What names the work: what the client calls it, with all that it asks for; or a name of our own.
    fn key(&self, parts: &Parts, body: &Bytes) -> String {
        let Some(named) = text(&parts.headers, "x-request-id") else {
            return format!("{:016x}-{}", self.run, self.served.fetch_add(1, Ordering::Relaxed));
        };
        let asked = format!("{named}\n{} {}\n", parts.method, parts.uri);
        let sum = Sha256::new().chain_update(asked).chain_update(body).finalize();
        sum.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What the service behind answers.
    async fn forward(&self, parts: Parts, body: Bytes) -> Result<Response, (StatusCode, String)> {
        let bad = |problem: &dyn StdError| (StatusCode::BAD_GATEWAY, format!("{problem}\n"));
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
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
