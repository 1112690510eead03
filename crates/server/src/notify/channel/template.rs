//! Templates of requests: placeholders in braces, replaced by values that cannot break out of their place.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What may stand in a form or a URL as it is (RFC 3986 unreserved).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where a value is put, and so what must be done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a form body or a URL.
    Form,
    /// Inside a JSON string.
    Json,
    /// In plain text or a header.
    Text,
}

/// Replaces `{name}` by the value of each name. Braces around anything else stay as they are, and what a value
/// brings along is not looked at again.
pub(super) fn fill(template: &str, place: Place, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let found = after.find('}').and_then(|end| {
            let (_, value) = values.iter().find(|(name, _)| *name == &after[..end])?;
            Some((end, *value))
        });
        match found {
            Some((end, value)) => {
                filled.push_str(&escape(value, place));
                rest = &after[end + 1..];
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn escape(value: &str, place: Place) -> String {
    match place {
        Place::Form => utf8_percent_encode(value, UNRESERVED).to_string(),
        Place::Json => {
            let quoted = serde_json::Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        Place::Text => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_break_out() {
        let values = [("phone", "+8613800138000"), ("text", "a&b=\"c\"\n\\ {phone} 中"), ("key", "k.1")];
        let form = fill("To={phone}&Body={text}&Ref={key}&X={other}", Place::Form, &values);
        assert_eq!(
            form,
            "To=%2B8613800138000&Body=a%26b%3D%22c%22%0A%5C%20%7Bphone%7D%20%E4%B8%AD&Ref=k.1&X={other}"
        );
        let json = fill(r#"{"to":"{phone}","text":"{text}","n":{"k":"{key}"}}"#, Place::Json, &values);
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["text"], values[1].1);
        assert_eq!(read["n"]["k"], "k.1");
        assert_eq!(fill("{", Place::Text, &values), "{");
        assert_eq!(fill("{{key}}", Place::Text, &values), "{k.1}");
    }
}
