//! `GET /v1/openapi.json`: what this server answers, as a document for programs. It is the same for everybody.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Made by `cargo xtask openapi`.
const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");

/// The document.
pub async fn document() -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], DOCUMENT).into_response()
}
