//! `/console/`: the pages of the console, as they were built into the binary.
//!
//! They are files and no more: what is on them is asked of `/v1` like by anybody else. Each file was compressed when
//! it was built. A file with a hash in its name never changes and is kept by browsers for good; the page that names
//! them is asked for again each time.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rand::RngExt;
use rust_embed::RustEmbed;

/// What `make web` built, or nothing.
#[derive(RustEmbed)]
#[folder = "../../web/embed/"]
struct Files;

const PAGE: &str = "index.html";
/// In the page, where the nonce goes that lets the component library write its style sheets.
const NONCE: &str = "__NONCE__";
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>Inkmeter</title>
<h1>The console was not built into this binary</h1>
<p>Build it and the server again, in the folder with the sources: <code>make web && cargo build --release</code>
(needs Node.js 20.19 or newer). Everything else is served as always.</p></html>\n";

/// `GET /`: people go to the console; programs are told where it is.
pub async fn front(headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        Redirect::to("/console/").into_response()
    } else {
        "Inkmeter. The console is at /console/.\n".into_response()
    }
}

/// `GET /console`.
pub async fn to_console() -> Redirect {
    Redirect::permanent("/console/")
}

/// `GET /console/`.
pub async fn page() -> Response {
    let Some(page) = Files::get(PAGE) else {
        return with_headers((StatusCode::SERVICE_UNAVAILABLE, html(), NOT_BUILT).into_response(), "");
    };
    let nonce: String = rand::rng().random::<[u8; 16]>().iter().map(|byte| format!("{byte:02x}")).collect();
    let page = String::from_utf8_lossy(&page.data).replace(NONCE, &nonce);
    let mut response = (html(), page).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    with_headers(response, &nonce)
}

/// `GET /console/{*path}`: a file, or the page, which finds out itself what its address means.
pub async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let is_inner = path == PAGE || path.starts_with('.') || path.ends_with(".br") || path.ends_with(".gz");
    if is_inner || Files::get(&path).is_none() {
        // What looks like a file and is none must not come back as a page.
        return match path.rsplit('/').next().is_some_and(|name| name.contains('.')) && path != PAGE {
            true => with_headers(StatusCode::NOT_FOUND.into_response(), ""),
            false => page().await,
        };
    }
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let accepts = |coding: &str| {
        accepted.unwrap_or_default().split(',').any(|given| {
            let (name, weight) = given.split_once(';').unwrap_or((given, ""));
            let is_refused =
                weight.trim().strip_prefix("q=").is_some_and(|q| q.bytes().all(|b| b"0.".contains(&b)));
            name.trim().eq_ignore_ascii_case(coding) && !is_refused
        })
    };
    let stored = [("br", ".br"), ("gzip", ".gz")].into_iter().filter(|(coding, _)| accepts(coding));
    let compressed =
        stored.filter_map(|(coding, end)| Some((coding, Files::get(&format!("{path}{end}"))?))).next();
    let (coding, file) = match compressed {
        Some((coding, file)) => (Some(coding), file),
        None => match Files::get(&path) {
            Some(file) => (None, file),
            None => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    let body = match file.data {
        std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
        std::borrow::Cow::Owned(bytes) => Body::from(bytes),
    };
    let mut response = Response::new(body);
    let put = response.headers_mut();
    put.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind_of(&path)));
    put.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        put.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    let hashed = path.starts_with("assets/");
    let kept = if hashed { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    put.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    with_headers(response, "")
}

fn html() -> [(header::HeaderName, &'static str); 1] {
    [(header::CONTENT_TYPE, "text/html; charset=utf-8")]
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Nothing of others, nothing inline but the styles with this page's nonce, in nobody's frame.
fn with_headers(mut response: Response, nonce: &str) -> Response {
    let styles = if nonce.is_empty() { String::new() } else { format!(" 'nonce-{nonce}'") };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' blob: data:; \
         font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let put = response.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        put.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        put.insert(name, HeaderValue::from_static(value));
    }
    put.insert("permissions-policy", HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
    put.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_file_is_the_page_or_nothing() {
        for (path, found) in [("packages/12", true), ("assets/none-1234.js", false), ("index.html", true)] {
            let status = file(Path(path.to_owned()), HeaderMap::new()).await.status();
            assert_eq!(status != StatusCode::NOT_FOUND, found, "{path}");
        }
    }
}
