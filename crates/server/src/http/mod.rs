//! The door: which path leads where, and what everyone must pass first.
//!
//! Every route but health, signing in, the console's files, the document of all routes and what is not there needs a
//! caller or the operator.
//! Bodies are read whole, up to a limit, because signatures cover them; but only of those whose head names a caller.

pub mod access_keys;
pub mod account;
pub mod adjustments;
pub mod admin;
pub mod alerts;
pub mod bills;
pub mod body;
pub mod bss;
pub mod caps;
pub mod catalog;
pub mod console;
pub mod costs;
pub mod coupons;
pub mod customer;
pub mod deliveries;
pub mod error;
pub mod extract;
pub mod foresight;
pub mod history;
pub mod iam;
pub mod invalid;
pub mod members;
pub mod notices;
pub mod ocr;
pub mod openapi;
pub mod recipients;
pub mod renewals;
pub mod request_id;
pub mod routes;
pub mod session;
pub mod subject;
pub mod top_ups;
pub mod users;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{MatchedPath, OriginalUri, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use wire::error as codes;

use crate::app::App;
use crate::auth::{Caller, Claim, Covered};
use crate::clock::system_now_ms;
use crate::guests::Guest;
use body::read_large_body;
use error::Failure;
use routes::Routes;

const URI_LIMIT_BYTES: usize = 32 * 1024;
const HEADERS_LIMIT_BYTES: usize = 128 * 1024;

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(console::front))
        .route("/console", get(console::to_console))
        .route("/console/", get(console::page))
        .route("/console/{*path}", get(console::file))
        .merge(public_routes().into_router())
        .merge(published_routes().into_router())
        .nest("/v1/admin", admin::router(Arc::clone(&app)).merge(session::operator_routes().into_router()))
        .nest("/v1", customer_routes().into_router())
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here)
        .layer(middleware::from_fn(enter))
        .with_state(app)
}

/// All routes that are everybody's.
pub fn public_routes() -> Routes {
    Routes::under("")
        .get("/healthz", healthz)
        .get("/readyz", readyz)
        .get("/v1/openapi.json", openapi::document)
}

/// All routes that Huawei publishes: what `docs/compat.toml` lists.
pub fn published_routes() -> Routes {
    Routes::under("")
        .post("/v2/{project_id}/ocr/general-text", ocr::general_text)
        .and(iam::routes())
        .and(bss::routes())
}

/// All routes under `/v1` that are a customer's.
pub fn customer_routes() -> Routes {
    customer::routes().and(account::routes("/v1", "")).and(session::routes()).and(catalog::routes())
}

/// All routes under `/v1/admin`.
pub fn operator_routes() -> Routes {
    admin::routes().and(session::operator_routes())
}

async fn healthz() -> &'static str {
    "ok\n"
}

/// 200 when calls can be served and everything beside the journal can be written too; 503 and what cannot, if not. How
/// the canary of notices fared is told beside it.
async fn readyz(State(app): State<Arc<App>>) -> Response {
    if app.engine.stop_reason().is_some() {
        return Failure::of(codes::BACKEND_UNAVAILABLE).into_response();
    }
    let troubles = app.health.troubles(&app).await;
    if !troubles.is_empty() {
        let cure = "Calls are served and charged all the same while the journal can be written. See to it that the disk \
                    of the data folder has room and takes writes.";
        let failure = Failure::of(codes::BACKEND_UNAVAILABLE).because(troubles.join("; "));
        return failure.with_cure("cannot_write", cure).into_response();
    }
    let mut text = "ready\n".to_owned();
    let canary = blocking(move || Ok(crate::notify::canary_status(&app).ok().flatten())).await;
    if let Ok(Some(canary)) = canary {
        text += &format!("canary: {canary}\n");
    }
    text.into_response()
}

async fn nothing_here() -> Failure {
    Failure::of(codes::NO_SUCH_API)
}

/// What every request passes, in one layer, for each costs every call some allocations: it gets its id, and its
/// head must be within limits.
async fn enter(request: Request, next: Next) -> Response {
    request_id::given(async {
        match over_limits(&request) {
            Some(failure) => failure.into_response(),
            None => next.run(request).await,
        }
    })
    .await
}

fn over_limits(request: &Request) -> Option<Failure> {
    let uri_bytes = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    let header_bytes: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if uri_bytes > URI_LIMIT_BYTES {
        return Some(Failure::of(codes::URI_TOO_LARGE));
    }
    (header_bytes > HEADERS_LIMIT_BYTES).then(|| Failure::of(codes::HEADERS_TOO_LARGE))
}

/// A request with its body read and its caller known.
pub struct Known {
    /// Who is calling.
    pub caller: Caller,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Known {
    /// Finds out who is calling and reads the body: of a request whose head names no caller, nothing is kept.
    ///
    /// # Errors
    /// What authentication says, what the user may not do, or what reading a body does.
    pub async fn read(app: &App, request: Request) -> Result<Known, Failure> {
        let (parts, body) = request.into_parts();
        let (method, headers) = (&parts.method, &parts.headers);
        let claim = match app.auth.claim(method, headers, system_now_ms(), app.clock.now().ms()) {
            Ok(claim) => claim,
            Err(failure) => {
                body::discard_later(app, headers, body);
                return Err(failure);
            }
        };
        let guest = parts.extensions.get::<Arc<Guest>>().map(|guest| &**guest);
        let body = read_large_body(app, guest, body, app.config.server.body_limit_bytes).await?;
        let caller = match claim {
            Claim::Proved(caller) => caller,
            Claim::Signed(signed) => {
                // The original URI: nested routers see theirs without the prefix.
                let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
                let covered = Covered { method, uri, headers, body: &body };
                app.auth.prove(signed, covered, system_now_ms())?
            }
        };
        // A request that came without a route is nobody's but an administrator's.
        let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        caller.check(method, route, parts.uri.path(), headers)?;
        Ok(Known { caller, headers: parts.headers, body })
    }
}

/// Runs something that blocks (a query, a hash) on a thread for it.
///
/// # Errors
/// ModelArts.4403 if it panicked, or its own failure.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Failure::of(codes::BACKEND_UNAVAILABLE))?
}
