//! The canonical form of a request: the same text however the request was written.

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use super::{HEX_BYTES, Request, SignatureError, header, hex, text};

const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// What is signed of a usual request, beside its path and query.
const CANONICAL_BYTES: usize = 512;

/// What is signed: method, path, query, the headers that are named, their names, and the body's hash.
///
/// # Errors
/// A header that is named and missing, or there twice, or a body that is not the one that was signed.
pub(super) fn request<'n>(
    request: &Request<'_>,
    signed_headers: impl Iterator<Item = &'n str> + Clone,
) -> Result<String, SignatureError> {
    let payload_hash = payload_hash(request)?;
    let mut canonical = String::with_capacity(CANONICAL_BYTES + request.path.len() + request.query.len());
    canonical.push_str(request.method);
    canonical.push('\n');
    push_uri(request.path, &mut canonical);
    canonical.push('\n');
    push_query(request.query, &mut canonical);
    canonical.push('\n');
    for name in signed_headers.clone() {
        let mut values = request.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let Some((_, value)) = values.next() else { return Err(SignatureError::MissingHeader) };
        if values.next().is_some() {
            // Two values of a signed header: which of them was signed cannot be told.
            return Err(SignatureError::Malformed);
        }
        push_lower(name, &mut canonical);
        canonical.push(':');
        canonical.push_str(value.trim());
        canonical.push('\n');
    }
    canonical.push('\n');
    for (index, name) in signed_headers.enumerate() {
        if index > 0 {
            canonical.push(';');
        }
        push_lower(name, &mut canonical);
    }
    canonical.push('\n');
    canonical.push_str(match &payload_hash {
        PayloadHash::Unsigned => UNSIGNED_PAYLOAD,
        PayloadHash::Of(hash) => text(hash),
    });
    Ok(canonical)
}

/// The hash the client signed for the body. A hash it states must be the body's own; "unsigned" is accepted
/// only where the SDK itself uses it: content that is neither JSON nor BSON.
fn payload_hash(request: &Request<'_>) -> Result<PayloadHash, SignatureError> {
    let stated = header(request, "x-sdk-content-sha256").filter(|_| !request.body.is_empty());
    if stated == Some(UNSIGNED_PAYLOAD) {
        let content_type = header(request, "content-type").unwrap_or_default();
        let signed_type =
            content_type.starts_with("application/json") || content_type.starts_with("application/bson");
        return if signed_type { Err(SignatureError::BodyMismatch) } else { Ok(PayloadHash::Unsigned) };
    }
    let actual = hex(&Sha256::digest(request.body));
    if stated.is_some_and(|stated| stated.as_bytes() != actual) {
        return Err(SignatureError::BodyMismatch);
    }
    Ok(PayloadHash::Of(actual))
}

/// What stands for the body in what is signed.
enum PayloadHash {
    Unsigned,
    Of([u8; HEX_BYTES]),
}

fn push_lower(name: &str, into: &mut String) {
    into.extend(name.chars().map(|letter| letter.to_ascii_lowercase()));
}

/// The path, each segment decoded and encoded again, with a slash at its end.
fn push_uri(path: &str, into: &mut String) {
    let start = into.len();
    if path.bytes().all(|byte| byte == b'/' || is_plain(byte)) {
        into.push_str(path);
    } else {
        let decoded: Vec<u8> = percent_decode_str(path).collect();
        for (index, segment) in decoded.split(|b| *b == b'/').enumerate() {
            if index > 0 {
                into.push('/');
            }
            encode(segment, into);
        }
    }
    if !into[start..].ends_with('/') {
        into.push('/');
    }
}

fn push_query(query: &str, into: &mut String) {
    if query.is_empty() {
        return;
    }
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).collect();
            (decoded(key), decoded(value))
        })
        .collect();
    pairs.sort();
    for (index, (key, value)) in pairs.iter().enumerate() {
        if index > 0 {
            into.push('&');
        }
        encode(key, into);
        into.push('=');
        encode(value, into);
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

fn encode(bytes: &[u8], into: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        if is_plain(*byte) {
            into.push(char::from(*byte));
        } else {
            let digit = |n: u8| char::from(DIGITS[usize::from(n)]);
            into.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}
