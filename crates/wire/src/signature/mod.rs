//! SDK-HMAC-SHA256, as huaweicloudsdkcore signs ("Authentication": AK/SK).

mod canonical;

use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const ALGORITHM: &str = "SDK-HMAC-SHA256";
const HEADERS_LIMIT: usize = 64;
/// A SHA-256 in hexadecimal digits.
const HEX_BYTES: usize = 64;

/// A request as it was received.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// In upper case.
    pub method: &'a str,
    /// Raw path.
    pub path: &'a str,
    /// Raw query, without the question mark.
    pub query: &'a str,
    /// Names (any case) and values.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// What an `Authorization` header says: its text, and where in it everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    text: String,
    access_key: Range<usize>,
    /// Names, with a semicolon between.
    signed_headers: Range<usize>,
    signature: Range<usize>,
}

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureError {
    /// The header is not of this algorithm, or not whole.
    Malformed,
    /// A header that must be signed is missing, or signed and not sent.
    MissingHeader,
    /// `X-Sdk-Date` is no date.
    Undated,
    /// `X-Sdk-Date` is too far from our clock.
    Skewed,
    /// The body is not the one that was signed.
    BodyMismatch,
    /// The signature is another one.
    Mismatch,
}

impl Authorization {
    /// Reads `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`].
    pub fn parse(header: &str) -> Result<Authorization, SignatureError> {
        let fields = header.strip_prefix(ALGORITHM).ok_or(SignatureError::Malformed)?;
        let (mut access_key, mut signed, mut signature) = (None, None, None);
        let mut at = ALGORITHM.len();
        for field in fields.split(',') {
            let start = at + (field.len() - field.trim_start().len());
            at += field.len() + 1;
            let Some((name, value)) = field.trim().split_once('=') else {
                return Err(SignatureError::Malformed);
            };
            let start = start + name.len() + 1;
            let value = start..start + value.len();
            match name {
                "Access" if !value.is_empty() => access_key = Some(value),
                "SignedHeaders" => signed = Some(value),
                "Signature" => signature = Some(value),
                _ => return Err(SignatureError::Malformed),
            }
        }
        let (Some(access_key), Some(signed_headers), Some(signature)) = (access_key, signed, signature)
        else {
            return Err(SignatureError::Malformed);
        };
        let too_many = header[signed_headers.clone()].split(';').count() > HEADERS_LIMIT;
        if too_many || access_key.len() > 128 || signature.len() != HEX_BYTES {
            return Err(SignatureError::Malformed);
        }
        Ok(Authorization { text: header.to_owned(), access_key, signed_headers, signature })
    }

    /// The access key.
    pub fn access_key(&self) -> &str {
        &self.text[self.access_key.clone()]
    }

    fn signed_headers(&self) -> impl Iterator<Item = &str> + Clone {
        self.text[self.signed_headers.clone()].split(';')
    }

    /// Checks the signature against the secret, and the date against our clock.
    ///
    /// # Errors
    /// What does not hold; see [`SignatureError`].
    pub fn verify(
        &self,
        request: &Request<'_>,
        secret: &[u8],
        now_ms: i64,
        max_skew_ms: i64,
    ) -> Result<(), SignatureError> {
        for required in ["host", "x-sdk-date"] {
            if !self.signed_headers().any(|name| name.eq_ignore_ascii_case(required)) {
                return Err(SignatureError::MissingHeader);
            }
        }
        let date = header(request, "x-sdk-date").ok_or(SignatureError::MissingHeader)?;
        let date_ms = parse_date_ms(date).ok_or(SignatureError::Undated)?;
        let canonical = canonical::request(request, self.signed_headers())?;
        let expected = sign_canonical(&canonical, date, secret);
        if !bool::from(expected.ct_eq(self.text[self.signature.clone()].as_bytes())) {
            return Err(SignatureError::Mismatch);
        }
        // After the signature, so that only the key's owner learns how our clock stands.
        if (now_ms - date_ms).abs() > max_skew_ms { Err(SignatureError::Skewed) } else { Ok(()) }
    }
}

/// The `Authorization` header for a request whose headers are all to be signed (`Host` and `X-Sdk-Date`
/// must be among them). For clients, tests and benches.
///
/// # Errors
/// [`SignatureError::MissingHeader`] without a date.
pub fn sign(request: &Request<'_>, access_key: &str, secret: &[u8]) -> Result<String, SignatureError> {
    let mut names: Vec<String> = request
        .headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .filter(|name| !name.contains('_'))
        .collect();
    names.sort();
    let date = header(request, "x-sdk-date").ok_or(SignatureError::MissingHeader)?;
    let canonical = canonical::request(request, names.iter().map(String::as_str))?;
    let signature = sign_canonical(&canonical, date, secret);
    let (names, signature) = (names.join(";"), text(&signature));
    Ok(format!("{ALGORITHM} Access={access_key}, SignedHeaders={names}, Signature={signature}"))
}

/// The text of an instant as `X-Sdk-Date` has it: `20261123T000000Z`.
pub fn format_date(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let second = seconds.rem_euclid(86_400);
    // Days to date in the proleptic Gregorian calendar, counted from 0000-03-01.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

fn parse_date_ms(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<i64> {
        let part = bytes.get(from..to)?;
        part.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some((days * 86_400 + hour * 3600 + minute * 60 + second) * 1000)
}

fn header<'a>(request: &Request<'a>, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn sign_canonical(canonical: &str, date: &str, secret: &[u8]) -> [u8; HEX_BYTES] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length is a key");
    for part in [ALGORITHM.as_bytes(), b"\n", date.as_bytes(), b"\n"] {
        mac.update(part);
    }
    mac.update(&hex(&Sha256::digest(canonical.as_bytes())));
    hex(&mac.finalize().into_bytes())
}

/// A hash in hexadecimal digits.
fn hex(bytes: &[u8]) -> [u8; HEX_BYTES] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [b'0'; HEX_BYTES];
    for (byte, pair) in bytes.iter().zip(digits.chunks_exact_mut(2)) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    digits
}

/// Hexadecimal digits as text, which they always are.
fn text(digits: &[u8; HEX_BYTES]) -> &str {
    std::str::from_utf8(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
    const AK: &str = "AKTESTAKTESTAKTEST00";
    const SK: &[u8] = b"SKtestSKtestSKtestSKtestSKtestSKtest0000";
    const DATE: &str = "20261123T000000Z";
    const HOST: (&str, &str) = ("Host", "127.0.0.1:8080");
    const NOW_MS: i64 = 1_795_392_000_000;
    const SKEW_MS: i64 = 900_000;

    struct Vector {
        method: &'static str,
        path: &'static str,
        query: &'static str,
        headers: Vec<(&'static str, &'static str)>,
        body: &'static [u8],
        signature: &'static str,
    }

    impl Vector {
        fn request(&self) -> Request<'_> {
            Request {
                method: self.method,
                path: self.path,
                query: self.query,
                headers: &self.headers,
                body: self.body,
            }
        }
    }

    /// The four vectors made with the SDK's own signer.
    fn vectors() -> Vec<Vector> {
        let date = ("X-Sdk-Date", DATE);
        vec![
            Vector {
                method: "POST",
                path: "/v2/pppppppppppppppppppppppppppppppp/ocr/general-text",
                query: "",
                headers: vec![
                    ("Content-Type", "application/json;charset=utf-8"),
                    ("X-Project-Id", "pppppppppppppppppppppppppppppppp"),
                    date,
                    HOST,
                ],
                body: br#"{"image": "aGVsbG8="}"#,
                signature: "9a18611c238ee040045c7132470a23367f4f8c00a4554185f1a705f29579343d",
            },
            Vector {
                method: "GET",
                path: "/v3/projects",
                query: "name=cn-north-4",
                headers: vec![date, HOST],
                body: b"",
                signature: "b384d4d65eb147ea041c3a73c36d9aba5ccde00af50282820a6598d445c59ba8",
            },
            Vector {
                method: "GET",
                path: "/v2/orders/customer-orders",
                query: "create_time_begin=2026-01-01T00%3A00%3A00Z&limit=10&offset=0&status=6",
                headers: vec![
                    ("Content-Type", "application/json"),
                    ("X-Domain-Id", "dddddddddddddddddddddddddddddddd"),
                    date,
                    HOST,
                ],
                body: b"",
                signature: "3b067bd945c41ee9a548299b391175eff93c7d90fe17ce84b408af78bea6607d",
            },
            Vector {
                method: "GET",
                path: "/v2/a%20b/%E4%B8%AD/%7Bx%7D",
                query: "k=a%20b~%2A%2F",
                headers: vec![date, HOST, ("X_under", "left out")],
                body: b"",
                signature: "d3e29848a07dce16968d3b76ebed356ef5649c808886d1be8da39abe7d900456",
            },
        ]
    }

    #[test]
    fn the_sdk_vectors() {
        for (number, vector) in (1..).zip(vectors()) {
            let header = sign(&vector.request(), AK, SK).unwrap();
            assert!(header.ends_with(vector.signature), "V{number}: {header}");
            let authorization = Authorization::parse(&header).unwrap();
            assert_eq!(authorization.access_key(), AK);
            assert_eq!(authorization.verify(&vector.request(), SK, NOW_MS, SKEW_MS), Ok(()), "V{number}");
        }
    }

    #[test]
    fn anything_changed_is_refused() {
        let vector = &vectors()[0];
        let request = vector.request();
        let header = sign(&request, AK, SK).unwrap();
        let authorization = Authorization::parse(&header).unwrap();
        let check = |request: &Request<'_>, secret: &[u8], now_ms| {
            authorization.verify(request, secret, now_ms, SKEW_MS)
        };
        let mismatch = Err(SignatureError::Mismatch);
        assert_eq!(check(&Request { body: b"{}", ..request }, SK, NOW_MS), mismatch);
        assert_eq!(check(&Request { query: "a=b", ..request }, SK, NOW_MS), mismatch);
        assert_eq!(check(&Request { path: "/v2/q/ocr/general-text", ..request }, SK, NOW_MS), mismatch);
        assert_eq!(check(&Request { method: "PUT", ..request }, SK, NOW_MS), mismatch);
        assert_eq!(check(&request, b"another", NOW_MS), mismatch);
        assert_eq!(check(&request, SK, NOW_MS + SKEW_MS + 1), Err(SignatureError::Skewed));
        assert_eq!(check(&request, SK, NOW_MS - SKEW_MS - 1), Err(SignatureError::Skewed));
        assert_eq!(
            check(&Request { headers: &[HOST], ..request }, SK, NOW_MS),
            Err(SignatureError::MissingHeader)
        );
        let twice: Vec<_> = vector.headers.iter().copied().chain([HOST]).collect();
        assert_eq!(
            check(&Request { headers: &twice, ..request }, SK, NOW_MS),
            Err(SignatureError::Malformed)
        );
        let stated: Vec<_> =
            vector.headers.iter().copied().chain([("X-Sdk-Content-Sha256", UNSIGNED_PAYLOAD)]).collect();
        assert_eq!(
            check(&Request { headers: &stated, ..request }, SK, NOW_MS),
            Err(SignatureError::BodyMismatch)
        );
    }

    #[test]
    fn headers_that_are_none() {
        for header in [
            "",
            "Basic abc",
            "SDK-HMAC-SHA256",
            "SDK-HMAC-SHA256 Access=, SignedHeaders=host, Signature=0",
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=host",
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=short",
        ] {
            assert_eq!(Authorization::parse(header), Err(SignatureError::Malformed), "{header:?}");
        }
    }

    #[test]
    fn dates_go_both_ways() {
        assert_eq!(parse_date_ms(DATE), Some(NOW_MS));
        for seconds in [0, 951_782_399, 951_782_400, 1_709_164_800, NOW_MS / 1000, 4_102_444_799] {
            assert_eq!(parse_date_ms(&format_date(seconds)), Some(seconds * 1000), "{seconds}");
        }
        for wrong in ["", "20261123", "20261323T000000Z", "20261123T250000Z", "2026112aT000000Z"] {
            assert_eq!(parse_date_ms(wrong), None);
        }
    }
}
