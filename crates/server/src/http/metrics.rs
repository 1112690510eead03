//! `GET /metrics`: what is told to those who watch the server. With the operator's token, or one that is good for nothing
//! else (`DATA/metrics.token`).

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use wire::error;

use super::admin::bearer;
use super::blocking;
use super::error::Failure;
use super::routes::Routes;
use crate::app::App;
use crate::auth::rights::Need;
use crate::metrics;

/// The route. Its handler sees to it that nobody else comes through.
pub fn routes() -> Routes {
    Routes::under("").get(Need::Operator, "/metrics", show)
}

async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    let is_known = |token: &str| app.auth.metrics.is(token) | app.auth.operator.is(token);
    if !bearer(&headers).is_some_and(is_known) {
        let who = "This needs the token of DATA/metrics.token, or the operator's.";
        return Err(Failure::of(error::AUTHENTICATION).saying(who));
    }
    let is_ready = app.stop_reason().is_none() && app.health.troubles(&app).await.is_empty();
    let told = blocking(move || {
        metrics::text(&app, is_ready).map_err(|problem| {
            tracing::warn!(%problem, "the metrics cannot be told");
            Failure::of(error::BACKEND_UNAVAILABLE)
        })
    });
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], told.await?).into_response())
}
