//! Pages of other origins: off, unless the operator names them.
//!
//! A page may then send calls with a token or a signature and read the answers. Cookies are never let along, from no
//! origin: the console's session is for the console, which has our own origin.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, Request, header};
use axum::response::Response;
use tower::{Layer as _, ServiceExt as _};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// Every origin there is.
const ANY: &str = "*";
/// How long a browser may remember what it was told.
const REMEMBERED: Duration = Duration::from_secs(3_600);
/// What of an answer's head a page may read beside what it may read of any.
const EXPOSED: [&str; 8] = [
    "x-request-id",
    "x-subject-token",
    "x-inkmeter-charge-id",
    "x-inkmeter-pocket",
    "x-inkmeter-units",
    "x-inkmeter-amount",
    "x-inkmeter-package-left",
    "x-inkmeter-available",
];

/// The layer that answers pages of these origins, if there are any.
pub fn layer(origins: &[String]) -> Option<CorsLayer> {
    let allowed = match origins {
        [] => return None,
        [any] if any == ANY => AllowOrigin::any(),
        origins => AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok())),
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED.map(HeaderName::from_static))
        .max_age(REMEMBERED);
    Some(layer)
}

/// An answer that went past the layer, as it would have left it: for what several shards answered together.
pub async fn answer(origins: &[String], asked_from: Option<HeaderValue>, response: Response) -> Response {
    let (Some(layer), Some(origin)) = (layer(origins), asked_from) else { return response };
    let mut request = Request::new(response);
    request.headers_mut().insert(header::ORIGIN, origin);
    let answered = |request: Request<Response>| std::future::ready(Ok::<_, Infallible>(request.into_body()));
    let service = layer.layer(tower::service_fn(answered));
    service.oneshot(request).await.unwrap_or_else(|never| match never {})
}

/// Whether these are origins: a scheme and a host, with a port if it is not the usual one; or `*` alone.
///
/// # Errors
/// The first that is none.
pub fn check(origins: &[String]) -> Result<(), String> {
    if let [any] = origins
        && any == ANY
    {
        return Ok(());
    }
    let is_origin = |text: &String| {
        url::Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == *text
        })
    };
    match origins.iter().find(|text| !is_origin(text)) {
        Some(wrong) => Err(format!(
            "server.cors_origins: {wrong:?} is no origin; write https://example.com, or \"*\" alone for all"
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        let check = |origins: &[&str]| check(&origins.iter().map(|o| (*o).to_owned()).collect::<Vec<_>>());
        for right in [&[][..], &["*"], &["https://example.com", "http://localhost:3000"]] {
            assert_eq!(check(right), Ok(()));
        }
        for wrong in
            ["https://example.com/", "https://Example.com", "example.com", "https://example.com:443", "null"]
        {
            assert!(check(&["https://a.example.com", wrong]).unwrap_err().contains(wrong), "{wrong}");
        }
        assert!(check(&["*", "https://example.com"]).is_err());
    }
}
