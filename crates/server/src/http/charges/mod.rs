//! `POST /v1/charges/…`: other services charge for what they served. For gateways alone, which the operator makes.
//!
//! Not to be taken for `GET /v1/charges`, where customers see what they were charged.

pub mod batch;
mod desk;
pub mod stream;

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::{Json, Router};
use ledger::directory::GatewayRow;
use wire::error;

pub use desk::Line;
pub(crate) use desk::{Desk, Said};

use super::body::read_body;
use super::error::Failure;
use super::invalid::parse;
use super::routes::Routes;
use super::{admin, blocking};
use crate::app::App;
use crate::auth::rights::Need;
use crate::auth::secrets::token_hash;
use crate::cluster::Proven;
use crate::usecase::metering::{self, Answer, Do, Item};

/// Routes under `/v1/charges` that are the gateways'.
pub fn routes() -> Routes {
    let one = |what: Do| move |State(app), gateway, request| one(app, gateway, what, request);
    Routes::under("/v1/charges")
        .post(Need::Gateway, "/charge", one(Do::Charge))
        .post(Need::Gateway, "/authorise", one(Do::Authorise))
        .post(Need::Gateway, "/commit", one(Do::Commit))
        .post(Need::Gateway, "/void", one(Do::Void))
        .post(Need::Gateway, "/batch", batch::batch)
        .post(Need::Gateway, "/stream", stream::stream)
}

/// The same, shut to all but gateways.
pub fn router(app: Arc<App>) -> Router<Arc<App>> {
    routes().into_router().layer(middleware::from_fn_with_state(app, gateways_only))
}

/// Lets only gateways through, before their body is read.
async fn gateways_only(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let token = admin::bearer(request.headers()).ok_or_else(unknown)?;
    let hash = token_hash(token);
    let gateway = match request.extensions().get() {
        Some(Proven::Gateway(row)) => Gateway { row: Arc::clone(row), hash },
        _ => Gateway::of(&app, hash)?,
    };
    request.extensions_mut().insert(gateway);
    Ok(next.run(request).await)
}

/// The gateway that asks.
#[derive(Debug, Clone)]
pub struct Gateway {
    row: Arc<GatewayRow>,
    /// By which it is known: it is looked up by that, so how long it takes tells nothing of any other token.
    hash: [u8; 32],
}

impl Gateway {
    /// The gateway whose token has this hash, as of now.
    fn of(app: &App, hash: [u8; 32]) -> Result<Gateway, Failure> {
        let row = app.auth.directory.gateway_by_token(&hash)?.ok_or_else(unknown)?;
        Ok(Gateway { row, hash })
    }
}

/// What is said to who is no gateway.
pub fn unknown() -> Failure {
    Failure::of(error::AUTHENTICATION).saying("This needs a gateway's token (inkmeter gateway new).")
}

impl FromRequestParts<Arc<App>> for Gateway {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Gateway, Failure> {
        parts.extensions.get::<Gateway>().cloned().ok_or_else(|| Failure::of(error::AUTHENTICATION))
    }
}

/// One request by itself.
async fn one(
    app: Arc<App>,
    Gateway { row: gateway, .. }: Gateway,
    what: Do,
    request: Request,
) -> Result<Json<Answer>, Failure> {
    let body = read_body(&app, request.into_body(), admin::BODY_LIMIT_BYTES).await?;
    let mut item: Item = parse(&body)?;
    if item.what.is_some() {
        return Err(
            Failure::of(error::INVALID_PARAMETER).because("the path says what is to be done: leave do out")
        );
    }
    item.what = Some(what);
    let _time_stands_still = app.clock.during_call().await;
    let decided = blocking(move || metering::decide_one(&app, &gateway, item)).await?;
    decided.answer().await.map(Json)
}
