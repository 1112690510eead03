//! `GET /metrics`: what is told to those who watch the server. With the operator's token, or one that is good for nothing
//! else (`DATA/metrics.token`).

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq as _;
use wire::error;

use super::admin::bearer;
use super::blocking;
use super::error::Failure;
use super::routes::Routes;
use crate::app::App;
use crate::auth::rights::Need;
use crate::auth::secrets::token_hash;
use crate::metrics;

/// The route. Its handler sees to it that nobody else comes through.
pub fn routes() -> Routes {
    Routes::under("").get(Need::Operator, "/metrics", show)
}

async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    let hash = bearer(&headers).map(token_hash);
    let is = |known: &[u8; 32]| hash.is_some_and(|hash| bool::from(hash.ct_eq(known)));
    if !(is(&app.metrics_hash) | is(&app.operator_hash)) {
        let who = "This needs the token of DATA/metrics.token, or the operator's.";
        return Err(Failure::of(error::AUTHENTICATION).saying(who));
    }
    let told = blocking(move || {
        metrics::text(&app).map_err(|problem| {
            tracing::warn!(%problem, "the metrics cannot be told");
            Failure::of(error::BACKEND_UNAVAILABLE)
        })
    });
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], told.await?).into_response())
}
