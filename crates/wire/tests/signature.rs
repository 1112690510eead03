//! Requests of every shape, signed by a signer that shares nothing with the one that checks: what was signed is
//! accepted, what was changed since is not, and nothing that anybody sends makes it panic.

#![allow(clippy::unwrap_used)]

use hmac::{Hmac, KeyInit, Mac};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sha2::{Digest, Sha256};
use wire::signature::{Authorization, Request, SignatureError, format_date};

const ACCESS_KEY: &str = "AKTESTAKTESTAKTEST00";
const SECRET: &[u8] = b"SKtestSKtestSKtestSKtestSKtestSKtest0000";
const NOW_S: i64 = 1_795_392_000;
const SKEW_MS: i64 = 900_000;

/// A request as it is sent.
#[derive(Debug, Clone)]
struct Sent {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    authorization: String,
}

/// A request as its sender means it, before anything is encoded.
#[derive(Debug, Clone)]
struct Meant {
    method: &'static str,
    segments: Vec<String>,
    slash: bool,
    pairs: Vec<(String, String)>,
    extra: Vec<(String, String)>,
    body: Vec<u8>,
    age_s: i64,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Percent-encoding as the SDK has it: everything but these is encoded, in upper case.
fn encoded(text: &str) -> String {
    let plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    let mut out = String::new();
    for byte in text.bytes() {
        match plain.contains(char::from(byte)) {
            true => out.push(char::from(byte)),
            false => out += &format!("%{byte:02X}"),
        }
    }
    out
}

/// The same text as another client may send it: what need not be encoded is, and in lower case.
fn encoded_otherwise(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

impl Meant {
    /// Signs by the steps of the SDK's signer, from what is meant and not from what is sent.
    fn sign(&self, otherwise: bool) -> Sent {
        let write = if otherwise { encoded_otherwise } else { encoded };
        let path = |write: fn(&str) -> String| {
            self.segments.iter().map(|segment| format!("/{}", write(segment))).collect::<String>()
        };
        let query = self.pairs.iter().map(|(key, value)| format!("{}={}", write(key), write(value)));
        let date = format_date(NOW_S - self.age_s);
        let mut headers: Vec<(String, String)> = vec![
            ("Host".into(), "127.0.0.1:8080".into()),
            ("X-Sdk-Date".into(), date.clone()),
            ("Content-Type".into(), "application/json".into()),
        ];
        headers.extend(self.extra.iter().map(|(name, value)| (name.clone(), format!(" {value}\t"))));

        let mut signed: Vec<(String, String)> =
            headers.iter().map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        signed.retain(|(name, _)| !name.contains('_'));
        signed.sort();
        let mut pairs = self.pairs.clone();
        pairs.sort();
        let pairs: Vec<String> =
            pairs.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value))).collect();
        let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let names = signed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
        let uri = path(encoded) + "/";
        let hash = hex(&Sha256::digest(&self.body));
        let canonical = [self.method, &uri, &pairs.join("&"), &lines, &names, &hash].join("\n");
        let to_sign = format!("SDK-HMAC-SHA256\n{date}\n{}", hex(&Sha256::digest(canonical)));
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
        mac.update(to_sign.as_bytes());
        let signature = hex(&mac.finalize().into_bytes());
        Sent {
            method: self.method.into(),
            path: path(write) + if self.slash { "/" } else { "" },
            query: query.collect::<Vec<_>>().join("&"),
            headers,
            body: self.body.clone(),
            authorization: format!(
                "SDK-HMAC-SHA256 Access={ACCESS_KEY}, SignedHeaders={names}, Signature={signature}"
            ),
        }
    }
}

impl Sent {
    fn check(&self, secret: &[u8]) -> Result<(), SignatureError> {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
            body: &self.body,
        };
        Authorization::parse(&self.authorization)?.verify(&request, secret, NOW_S * 1000, SKEW_MS)
    }
}

/// Everything that can be changed about a request that was sent.
const CHANGES: [&str; 14] = [
    "method",
    "first segment",
    "last segment",
    "another pair",
    "no query",
    "header",
    "header left out",
    "header twice",
    "date",
    "body byte",
    "longer body",
    "signature",
    "signed headers",
    "unsigned payload",
];

/// The request with one thing changed; `None` if it does not have that thing.
fn changed(sent: &Sent, what: &str, at: Index, by: u8) -> Option<Sent> {
    let mut sent = sent.clone();
    let has_unsigned = sent.headers.iter().any(|(name, _)| name.contains('_'));
    match what {
        "method" => sent.method = if sent.method == "PUT" { "POST".into() } else { "PUT".into() },
        "first segment" => sent.path = format!("/changed{}", sent.path),
        "last segment" => sent.path += "/more",
        "another pair" => sent.query = format!("{}&k{by}=v", sent.query),
        "no query" if sent.query.is_empty() => return None,
        "no query" => sent.query.clear(),
        // A header with an underscore in its name is in no signature.
        "header" | "header left out" | "header twice" if has_unsigned => return None,
        "header" => at.get_mut(&mut sent.headers).1 += "x",
        "header left out" => _ = sent.headers.remove(at.index(sent.headers.len())),
        "header twice" => sent.headers.push(at.get(&sent.headers).clone()),
        "date" => sent.headers[1].1 = format_date(NOW_S - 891 - i64::from(by & 7)),
        "body byte" if sent.body.is_empty() => return None,
        "body byte" => *at.get_mut(&mut sent.body) ^= by.max(1),
        "longer body" => sent.body.push(by),
        "signature" => {
            let place = sent.authorization.len() - 64 + at.index(64);
            let other = if &sent.authorization[place..=place] == "0" { "1" } else { "0" };
            sent.authorization.replace_range(place..=place, other);
        }
        "signed headers" => sent.authorization = sent.authorization.replacen("content-type;", "", 1),
        "unsigned payload" => {
            sent.headers.push(("X-Sdk-Content-Sha256".to_owned(), "UNSIGNED-PAYLOAD".to_owned()));
            sent.body.push(by);
        }
        other => panic!("nobody knows how to change {other}"),
    }
    Some(sent)
}

fn meant() -> impl Strategy<Value = Meant> {
    let text = || "[^/\\x00]{1,6}";
    let header = ("X-[A-Za-z]{1,3}_?[a-z]{0,3}", "[!-~]{0,8}");
    (
        (select(vec!["GET", "POST", "DELETE", "PATCH"]), any::<bool>(), -890..=890_i64),
        (vec(text(), 1..4), vec((text(), "\\PC{0,6}"), 0..4), vec(header, 0..3)),
        vec(any::<u8>(), 0..40),
    )
        .prop_map(|((method, slash, age_s), (segments, pairs, mut extra), body)| {
            // A header that is there twice is refused, and no client sends one.
            extra.sort_by_key(|(name, _)| name.to_lowercase());
            extra.dedup_by_key(|(name, _)| name.to_lowercase());
            Meant { method, segments, slash, pairs, extra, body, age_s }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_was_signed_is_accepted_however_it_is_written(meant in meant(), otherwise: bool) {
        prop_assert_eq!(meant.sign(otherwise).check(SECRET), Ok(()));
    }

    #[test]
    fn what_was_changed_is_refused(meant in meant(), what in select(&CHANGES[..]), at: Index, by: u8) {
        if let Some(changed) = changed(&meant.sign(false), what, at, by) {
            prop_assert!(changed.check(SECRET).is_err(), "{what}: {changed:?}");
        }
    }

    #[test]
    fn another_secret_is_refused(meant in meant(), secret in vec(any::<u8>(), 0..80)) {
        prop_assert_eq!(meant.sign(false).check(&secret), Err(SignatureError::Mismatch));
    }

    #[test]
    fn what_is_no_signature_is_refused_and_nothing_panics(
        authorization in "(SDK-HMAC-SHA256 )?\\PC{0,200}",
        fields in "(Access=|SignedHeaders=|Signature=|host;x-sdk-date|, |[0-9a-f]{64}|\\PC){0,12}",
        (method, path, query) in ("\\PC{0,8}", "\\PC{0,40}", "\\PC{0,40}"),
        headers in vec(("host|x-sdk-date|content-type|\\PC{0,6}", "\\PC{0,20}|[0-9]{8}T[0-9]{6}Z"), 0..6),
        body in vec(any::<u8>(), 0..40),
    ) {
        let signature = "0".repeat(64);
        let whole = format!("Access=a, SignedHeaders=host;x-sdk-date, Signature={signature}");
        for authorization in [authorization, format!("SDK-HMAC-SHA256 {fields}"), format!("SDK-HMAC-SHA256 {whole}")]
        {
            let (method, path, query) = (method.clone(), path.clone(), query.clone());
            let sent = Sent { method, path, query, headers: headers.clone(), body: body.clone(), authorization };
            prop_assert!(sent.check(SECRET).is_err());
        }
    }
}
