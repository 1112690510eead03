//! The door: which path leads where, and what everyone must pass first.
//!
//! Every route but health, signing in and up, the console's files, the document of all routes and what is not there
//! needs a caller or the operator.
//! Bodies are read whole, up to a limit, because signatures cover them; but only of those whose head names a caller.

pub mod access_keys;
pub mod account;
pub mod adjustments;
pub mod admin;
pub mod alerts;
pub mod audit;
pub mod bills;
pub mod body;
pub mod bss;
pub mod caps;
pub mod catalog;
pub mod charges;
pub mod console;
pub mod cors;
pub mod costs;
pub mod coupons;
pub mod customer;
pub mod deliveries;
pub mod enterprise_projects;
pub mod error;
pub mod extract;
pub mod foresight;
pub mod gateways;
pub mod history;
pub mod iam;
pub mod invalid;
pub mod members;
pub mod metrics;
pub mod notices;
pub mod ocr;
pub mod openapi;
pub mod orders;
pub mod quotes;
pub mod recipients;
pub mod renewals;
pub mod request_id;
pub mod routes;
pub mod session;
pub mod subject;
pub mod target;
pub mod top_ups;
pub mod users;

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{MatchedPath, OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use wire::error as codes;

use crate::app::App;
use crate::auth::rights::Need;
use crate::auth::{Caller, Claim, Covered};
use crate::calls;
use crate::clock::system_now_ms;
use crate::guests::Guest;
use crate::telemetry;
use body::read_large_body;
use error::Failure;
use routes::{Needs, Routes};
use target::TwoHosts;
pub use target::prepared;

const URI_LIMIT_BYTES: usize = 32 * 1024;
const HEADER_LIMIT_BYTES: usize = 32 * 1024;
const HEADERS_LIMIT_BYTES: usize = 128 * 1024;
/// Who may use the routes that need a caller.
static NEEDS: LazyLock<Needs> = LazyLock::new(|| published_routes().and(customer_routes()).needs());

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    let router = Router::new()
        .route("/", get(console::front))
        .route("/console", get(console::to_console))
        .route("/console/", get(console::page))
        .route("/console/{*path}", get(console::file))
        .merge(public_routes().into_router())
        .merge(metrics::routes().into_router())
        .merge(published_routes().into_router())
        .nest(
            "/v1/admin",
            audit::kept(
                Arc::clone(&app),
                admin::router(Arc::clone(&app)).merge(session::operator_routes().into_router()),
            ),
        )
        .nest("/v1/charges", charges::router(Arc::clone(&app)))
        .nest("/v1", customer_routes().into_router())
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here);
    // Each layer costs every call some allocations.
    let router = match cors::layer(&app.config.server.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    let router = match app.telemetry.is_on() {
        true => router.layer(middleware::from_fn_with_state(Arc::clone(&app), telemetry::follow)),
        false => router,
    };
    router.layer(middleware::from_fn_with_state(Arc::clone(&app), enter)).with_state(app)
}

/// All routes that are everybody's.
pub fn public_routes() -> Routes {
    Routes::under("").get(Need::Nobody, "/healthz", healthz).get(Need::Nobody, "/readyz", readyz).get(
        Need::Nobody,
        "/v1/openapi.json",
        openapi::document,
    )
}

/// All routes that Huawei publishes: what `docs/compat.toml` lists.
pub fn published_routes() -> Routes {
    calls::routes().and(iam::routes()).and(bss::routes())
}

/// All routes under `/v1` that are a customer's.
pub fn customer_routes() -> Routes {
    customer::routes().and(account::routes("/v1", "")).and(session::routes()).and(catalog::routes())
}

/// All routes that are the gateways': other services charge for what they served.
pub fn gateway_routes() -> Routes {
    charges::routes()
}

/// All routes that are the operator's: those under `/v1/admin`, and what is told to those who watch.
pub fn operator_routes() -> Routes {
    admin::routes().and(session::operator_routes()).and(metrics::routes())
}

async fn healthz() -> &'static str {
    "ok\n"
}

/// 200 when calls can be served and everything beside the journal can be written too; 503 and what cannot, if not. How
/// the canary of notices fared is told beside it.
async fn readyz(State(app): State<Arc<App>>) -> Response {
    if app.stop_reason().is_some() {
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
    if let Some(trouble) = app.certificates.as_ref().and_then(|certificates| certificates.trouble()) {
        text += &format!("the new TLS certificate is not in use: {trouble}\n");
    }
    let asked = blocking(move || {
        let is_other = app.auth.has_other_key_file().is_ok_and(|is_other| is_other);
        Ok((is_other, crate::notify::canary_status(&app).ok().flatten()))
    });
    let (has_other_key_file, canary) = asked.await.unwrap_or_default();
    if has_other_key_file {
        text += &format!("{}\n", crate::auth::OTHER_KEY_FILE);
    }
    if let Some(canary) = canary {
        text += &format!("canary: {canary}\n");
    }
    text.into_response()
}

async fn nothing_here() -> Failure {
    Failure::of(codes::NO_SUCH_API)
}

/// What every request passes: it gets its id, its head must be within limits, and its endpoint must have what it asks
/// for.
async fn enter(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let counted = Arc::clone(&app.counted);
    let response = request_id::given(async {
        if let Some(failure) = over_limits(&request) {
            return failure.into_response();
        }
        if let Some(endpoint) = app.hosts.endpoint(request.uri(), request.headers()) {
            if !endpoint.has(request.uri().path()) {
                return Failure::of(endpoint.nothing_here()).into_response();
            }
            request.extensions_mut().insert(endpoint.clone());
        }
        next.run(request).await
    })
    .await;
    counted.response(response.status().as_u16());
    response
}

fn over_limits(request: &Request) -> Option<Failure> {
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
    if uri.path_and_query().is_some_and(|uri| uri.as_str().len() > URI_LIMIT_BYTES) {
        return Some(Failure::of(codes::URI_TOO_LARGE));
    }
    // A letter that no name of ours has, and at which others' programs take a text to end.
    if uri.path_and_query().is_some_and(|uri| uri.as_str().contains("%00")) {
        return Some(Failure::of(codes::REQUEST_ERROR).because("its target has a NUL (%00) in it"));
    }
    let mut all_bytes = 0;
    for (name, value) in request.headers() {
        let bytes = name.as_str().len() + value.len();
        all_bytes += bytes;
        if bytes > HEADER_LIMIT_BYTES || all_bytes > HEADERS_LIMIT_BYTES {
            return Some(Failure::of(codes::HEADERS_TOO_LARGE));
        }
    }
    let two_hosts = request.extensions().get::<TwoHosts>();
    two_hosts.map(|_| Failure::of(codes::REQUEST_ERROR).because("its host is named twice, and not alike"))
}

/// A request with its body read and its caller known.
pub struct Known {
    /// Who is calling.
    pub caller: Caller,
    /// Headers.
    pub headers: HeaderMap,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The body.
    pub body: Bytes,
}

impl Known {
    /// Finds out who is calling and reads the body: of a request whose head names no caller, nothing is kept.
    ///
    /// # Errors
    /// What authentication says, what the user may not do, or what reading a body does.
    pub async fn read(app: &App, request: Request) -> Result<Known, Failure> {
        Known::read_if(app, request, |_| Ok(())).await
    }

    /// The same, but of a request whose caller is known from its head (a signature is proved by the body) the body is
    /// read only if the caller may go on.
    ///
    /// # Errors
    /// As [`Known::read`], or why the caller may not go on.
    pub async fn read_if(
        app: &App,
        request: Request,
        may_go_on: impl Fn(&Caller) -> Result<(), Failure>,
    ) -> Result<Known, Failure> {
        let (parts, body) = request.into_parts();
        let (method, headers) = (&parts.method, &parts.headers);
        let claim = match app.auth.claim(method, headers, system_now_ms(), app.clock.now().ms()) {
            Ok(claim) => claim,
            Err(failure) => {
                body::discard_later(app, headers, body);
                return Err(failure);
            }
        };
        if let Claim::Proved(caller) = &claim
            && let Err(failure) = counted(app, &parts, caller).and_then(|()| may_go_on(caller))
        {
            body::discard_of_caller(app, headers, body);
            return Err(failure);
        }
        let guest = parts.extensions.get::<Arc<Guest>>().map(|guest| &**guest);
        let body = read_large_body(app, guest, body, app.config.server.body_limit_bytes).await?;
        let caller = match claim {
            Claim::Proved(caller) => caller,
            Claim::Signed(signed) => {
                // The original URI: nested routers see theirs without the prefix.
                let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
                let covered = Covered { method, uri, headers, body: &body };
                let caller = app.auth.prove(signed, covered, system_now_ms())?;
                counted(app, &parts, &caller)?;
                caller
            }
        };
        // What is no route of a caller is no caller's.
        let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let need = NEEDS.of(method, route).unwrap_or(Need::Operator);
        caller.check(need, route, parts.uri.path(), headers)?;
        let address = address_of(&parts.extensions);
        Ok(Known { caller, headers: parts.headers, address, body })
    }
}

/// Where a request came from, if it came over a connection.
pub fn address_of(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<Arc<Guest>>().map(|guest| guest.address())
}

/// Counts a call of what is published, for its account's throttle. What is ours alone has none: the console asks much.
fn counted(app: &App, parts: &Parts, caller: &Caller) -> Result<(), Failure> {
    if app.throttle.is_off() {
        return Ok(());
    }
    let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if path.is_empty() || path.starts_with("/v1/") {
        return Ok(());
    }
    let api = path.strip_prefix(calls::PATH).unwrap_or(path);
    Ok(app.throttle.count(caller.account, api, system_now_ms())?)
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
