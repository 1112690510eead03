//! The target of a request, as clients write it and as the routes know it.
//!
//! A path may end in a slash that means nothing, and may have letters in percent-encoding that need none; HTTP/2 and
//! absolute targets name the host elsewhere than in `Host`. Signatures are checked against the target as it came.

use axum::extract::OriginalUri;
use axum::http::header::{HOST, HeaderName, HeaderValue};
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{Request, Version};

/// What proxies say of the connection to the client, and we of our own.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Where a slash at the end of a path means something.
const CONSOLE: &str = "/console";

/// Marks a request whose host is named twice, and not alike.
#[derive(Debug, Clone, Copy)]
pub struct TwoHosts;

/// A request as the routes know it: with its path in one form, and with its host in `Host`.
pub fn prepared<B>(mut request: Request<B>, is_tls: bool) -> Request<B> {
    if is_tls {
        request.headers_mut().insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
    }
    if request.version() == Version::HTTP_2 {
        name_host(&mut request);
    }
    if let Some(path) = normal(request.uri().path())
        && let Some(uri) = with_path(request.uri(), &path)
    {
        let original = std::mem::replace(request.uri_mut(), uri);
        request.extensions_mut().insert(OriginalUri(original));
    }
    request
}

/// Puts the `:authority` of HTTP/2 where HTTP/1.1 has the host, which clients sign.
fn name_host<B>(request: &mut Request<B>) {
    let authority = request.uri().authority().map(|authority| HeaderValue::from_str(authority.as_str()));
    let Some(Ok(authority)) = authority else { return };
    let same = request.headers().get(HOST).map(|host| host == authority);
    match same {
        None => _ = request.headers_mut().insert(HOST, authority),
        Some(true) => {}
        Some(false) => _ = request.extensions_mut().insert(TwoHosts),
    }
}

/// The path in its normal form, if it is not in it: without slashes at its end, and with those characters decoded that
/// mean the same either way (RFC 3986, "Percent-Encoding Normalization").
fn normal(path: &str) -> Option<String> {
    let ends_in_slash = path.len() > 1 && path.ends_with('/') && !path.starts_with(CONSOLE);
    if !ends_in_slash && !path.contains('%') {
        return None;
    }
    let path = if ends_in_slash { path.trim_end_matches('/') } else { path };
    let mut pieces = path.split('%');
    let mut normal = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let code = piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        match code.filter(|code| unreserved(*code)) {
            Some(code) => {
                normal.push(char::from(code));
                normal.push_str(&piece[2..]);
            }
            None => {
                normal.push('%');
                normal.push_str(piece);
            }
        }
    }
    if normal.is_empty() {
        normal.push('/');
    }
    (normal != path || ends_in_slash).then_some(normal)
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let whole = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(whole).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(version: Version, uri: &str, host: Option<&str>) -> Request<()> {
        let request = Request::builder().version(version).uri(uri);
        let request = host.into_iter().fold(request, |request, host| request.header(HOST, host));
        request.body(()).unwrap()
    }

    #[test]
    fn paths_have_one_form() {
        for (given, expected) in [
            ("/", "/"),
            ("/v3/projects", "/v3/projects"),
            ("/v3/projects/", "/v3/projects"),
            ("/v3/projects//?name=a%2Fb/", "/v3/projects?name=a%2Fb/"),
            ("///", "/"),
            ("/v2/%6Fcr/g%65neral%2Dtext", "/v2/ocr/general-text"),
            ("/v2/%7Bproject_id%7D/ocr", "/v2/%7Bproject_id%7D/ocr"),
            ("/v2/%2F/%25%zz%4", "/v2/%2F/%25%zz%4"),
            ("/console/", "/console/"),
        ] {
            let prepared = prepared(request(Version::HTTP_11, given, None), false);
            assert_eq!(prepared.uri().to_string(), expected, "{given}");
            let original = prepared.extensions().get::<OriginalUri>();
            assert_eq!(original.is_some(), given != expected, "{given}");
            assert!(original.is_none_or(|original| original.0 == *given), "{given}");
        }
    }

    #[test]
    fn http2_names_its_host_elsewhere() {
        let host = |request: &Request<()>| request.headers()[HOST].to_str().unwrap().to_owned();
        let uri = "http://ocr.example.com:81/v3/projects";
        let named = prepared(request(Version::HTTP_2, uri, None), false);
        assert_eq!(host(&named), "ocr.example.com:81");
        for (given, differs) in [("ocr.example.com:81", false), ("iam.example.com", true)] {
            let both = prepared(request(Version::HTTP_2, uri, Some(given)), false);
            assert_eq!(both.extensions().get::<TwoHosts>().is_some(), differs, "{given}");
        }
    }
}
