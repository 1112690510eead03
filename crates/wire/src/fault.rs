//! What is wrong with the values somebody sent: which field, and what is allowed there. The reader's own words are of
//! Rust's types and of places in a line; nobody who sent a wrong value knows them.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::object::Object;

/// The most of a wrong value that is repeated, in characters.
const SHOWN_CHARS: usize = 64;

/// What is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// False if it is no JSON at all.
    pub is_json: bool,
    /// In our words.
    pub detail: String,
    /// Which field is wrong, and how; `None` where it is none of them.
    pub field: Option<(String, How)>,
}

/// What is wrong with a field, without its value: that may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// It is not there.
    Missing,
    /// It is there twice.
    Twice,
    /// It is not what is named here.
    Not(String),
}

/// Reads a JSON object.
///
/// # Errors
/// It is none, or a field is wrong.
pub fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    refuse_nul(body)?;
    match serde_json::from_slice(body) {
        Ok(Object(value)) => Ok(value),
        // To keep account of where one is costs time, and nearly every body is right.
        Err(_) => read_with_path(body),
    }
}

/// Reads what a JSON object has under its one name, which it has once; what else it has is passed over.
///
/// # Errors
/// It is none, or has no such name or has it twice, or a field under it is wrong.
pub fn read_under<'a, T: Deserialize<'a>>(body: &'a [u8], name: &'static str) -> Result<T, Fault> {
    refuse_nul(body)?;
    read_by(Under { name, value: PhantomData }, body)
}

/// Refuses a text with the letter NUL, which is in no text of ours, and at which others' programs take it to end. In JSON it
/// can only be written in one way.
fn refuse_nul(body: &[u8]) -> Result<(), Fault> {
    // Pictures have no backslash, and are found to have none at once.
    let mut rest = body;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        if rest[at + 1..].starts_with(b"u0000") {
            let detail = "a text has the letter NUL (\\u0000) in it".to_owned();
            return Err(Fault { is_json: true, detail, field: None });
        }
        // The letter after a backslash begins nothing.
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    Ok(())
}

fn read_with_path<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    read_by(PhantomData::<Object<T>>, body).map(|Object(value)| value)
}

fn read_by<'a, S: DeserializeSeed<'a>>(seed: S, body: &'a [u8]) -> Result<S::Value, Fault> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let mut track = serde_path_to_error::Track::new();
    let read = seed.deserialize(serde_path_to_error::Deserializer::new(&mut reader, &mut track));
    let value = read.map_err(|problem| Fault::of(&track.path().to_string(), &problem))?;
    reader.end().map_err(|problem| Fault::of(ROOT, &problem))?;
    Ok(value)
}

/// An object in which one name counts.
struct Under<T> {
    name: &'static str,
    value: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Under<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Under<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != self.name {
                map.next_value::<IgnoredAny>()?;
            } else if found.replace(map.next_value::<Object<T>>()?).is_some() {
                return Err(A::Error::duplicate_field(self.name));
            }
        }
        found.map(|Object(value)| value).ok_or_else(|| A::Error::missing_field(self.name))
    }
}

/// The path of what is not within anything.
const ROOT: &str = ".";

impl Fault {
    fn of(field: &str, problem: &serde_json::Error) -> Fault {
        let text = problem.to_string();
        if !problem.is_data() {
            // Where the text stops being JSON is best said by its place.
            return Fault { is_json: false, detail: text, field: None };
        }
        let place = format!(" at line {} column {}", problem.line(), problem.column());
        let text = text.strip_suffix(&place).unwrap_or(&text);
        Fault { is_json: true, detail: in_our_words(field, text), field: named_fault(field, text) }
    }
}

/// The field that is wrong, and how, from the reader's words.
fn named_fault(field: &str, text: &str) -> Option<(String, How)> {
    let named = || within(field, text.split('`').nth(1).unwrap_or_default());
    if text.starts_with("missing field") {
        return Some((named(), How::Missing));
    }
    if text.starts_with("duplicate field") {
        return Some((named(), How::Twice));
    }
    let (_, expected) = text.rsplit_once(", expected ")?;
    (field != ROOT).then(|| (field.to_owned(), How::Not(expected_in_words(expected))))
}

/// What is wrong with a query, from the words of axum's reader.
pub fn query(problem: &str) -> String {
    let text = problem.strip_prefix("Failed to deserialize query string: ").unwrap_or(problem);
    match text.split_once(": ") {
        Some((field, text)) if !field.contains(' ') => in_our_words(field, text),
        _ => in_our_words(ROOT, text),
    }
}

/// Says of a field what is wrong with it, from the reader's words.
fn in_our_words(field: &str, text: &str) -> String {
    let quoted = || text.split('`').skip(1).step_by(2);
    let (first, allowed) = (quoted().next().unwrap_or_default(), || quoted().skip(1).collect::<Vec<_>>());
    if text.starts_with("missing field") {
        return format!("{} is missing", within(field, first));
    }
    if text.starts_with("duplicate field") {
        return format!("{} is given twice", within(field, first));
    }
    if text.starts_with("unknown field") {
        let known = match allowed() {
            known if known.is_empty() => "none is known here".to_owned(),
            known => format!("known are {}", known.join(", ")),
        };
        return format!("there is no field {:?} here; {known}", shown(first));
    }
    let named = |text: String| if field == ROOT { text } else { format!("{field}: {text}") };
    if text.starts_with("unknown variant") {
        return named(format!("{:?} is none of {}", shown(first), allowed().join(", ")));
    }
    let is_other = text.starts_with("invalid type") || text.starts_with("invalid value");
    match text.rsplit_once(", expected ").filter(|_| is_other) {
        Some((given, expected)) => {
            let given = given.split_once(": ").map_or(given, |(_, given)| given);
            let (said, wanted) = (given_in_words(given), expected_in_words(expected));
            let cure = if is_only_quoted(given, &wanted) { "; write it without quotes" } else { "" };
            named(format!("{said} is not {wanted}{cure}"))
        }
        None => named(number_in_words(text).to_owned()),
    }
}

/// What is wrong with a number that is read from text.
fn number_in_words(text: &str) -> &str {
    match text {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "not a whole number of 0 or more"
        }
        "number too large to fit in target type" => "the number is too large",
        "provided string was not `true` or `false`" => "true or false, and nothing else",
        other => other,
    }
}

/// The name of a field within another.
fn within(outer: &str, field: &str) -> String {
    let is_named = outer == ROOT || outer == field || outer.ends_with(&format!(".{field}"));
    match is_named {
        true if outer == ROOT => field.to_owned(),
        true => outer.to_owned(),
        false => format!("{outer}.{field}"),
    }
}

/// Whether a value is what is wanted, but for the quotes around it.
fn is_only_quoted(given: &str, wanted: &str) -> bool {
    let text = given.strip_prefix("string \"").and_then(|text| text.strip_suffix('"'));
    let (Some(text), false) = (text, text == Some("")) else { return false };
    match wanted {
        "true or false" => matches!(text, "true" | "false"),
        _ if wanted.starts_with("a whole number") => text.bytes().all(|b| b.is_ascii_digit()),
        "a number" => text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-'),
        _ => false,
    }
}

/// As much of what was given as is worth repeating.
pub(crate) fn shown(given: &str) -> String {
    match given.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &given[..end]),
        None => given.to_owned(),
    }
}

/// What the reader calls a value that it was given.
fn given_in_words(given: &str) -> String {
    match given {
        "sequence" => "a list".to_owned(),
        "map" => "an object".to_owned(),
        "number" => "a number".to_owned(),
        "null" => "null".to_owned(),
        "unit value" => "null".to_owned(),
        _ => {
            let value = given.split('`').nth(1).or_else(|| given.strip_prefix("string "));
            shown(value.unwrap_or(given))
        }
    }
}

/// What the reader calls a type of ours.
fn expected_in_words(expected: &str) -> String {
    match expected {
        "u8" => "a whole number from 0 to 255".to_owned(),
        "u16" => "a whole number from 0 to 65535".to_owned(),
        "u32" => "a whole number from 0 to 4294967295".to_owned(),
        "u64" | "usize" | "u128" => "a whole number of 0 or more".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" | "a JSON number" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a JSON object".to_owned(),
        of if of.starts_with("struct ") => "a JSON object".to_owned(),
        of if of.starts_with("enum ") || of == "string or map" => {
            "a word of those that are allowed".to_owned()
        }
        of => of.replace("borrowed string", "string"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Order {
        name: String,
        #[serde(default)]
        calls: u64,
        #[serde(default)]
        inner: Option<Inner>,
        #[serde(default)]
        days: Vec<u8>,
        #[serde(default)]
        is_on: bool,
        #[serde(default)]
        share: f64,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        key: String,
    }

    fn said(body: &str) -> String {
        let fault = read::<Order>(body.as_bytes()).unwrap_err();
        assert!(fault.is_json, "{fault:?}");
        fault.detail
    }

    #[test]
    fn a_text_with_nul_is_refused() {
        let read = |body: &str| read::<serde_json::Value>(body.as_bytes());
        assert!(read(r#"{"a": "b\u0000c"}"#).unwrap_err().detail.contains("NUL"));
        assert!(read_under::<serde_json::Value>(br#"{"a": {"b": "\\\u0000"}}"#, "a").is_err());
        assert_eq!(read(r#"{"a": "\\u0000"}"#).unwrap()["a"], "\\u0000");
        assert!(read("{\"a\": \"b\\").is_err());
    }

    #[test]
    fn a_wrong_value_is_told_by_its_field() {
        for (body, words) in [
            ("{}", "name is missing"),
            (r#"{"name":7}"#, "name: 7 is not a string"),
            (r#"{"name":"1","inner":{}}"#, "inner.key is missing"),
            (r#"{"name":"1","name":"1"}"#, "name is given twice"),
            (r#"{"name":"1","calls":-1}"#, "calls: -1 is not a whole number of 0 or more"),
            (r#"{"name":"1","days":[1,300]}"#, "days[1]: 300 is not a whole number from 0 to 255"),
            (r#"{"name":"1","is_on":"yes"}"#, "is_on: \"yes\" is not true or false"),
            (r#"{"name":"1","inner":7}"#, "inner: 7 is not a JSON object"),
            (r#"{"name":"1","inner":"a, expected b"}"#, "inner: \"a, expected b\" is not a JSON object"),
            ("[]", "a list is not a JSON object"),
        ] {
            assert_eq!(said(body), words, "{body}");
        }
        let unknown = said(r#"{"name":"1","nmae":"1"}"#);
        let known = "known are name, calls, inner, days, is_on, share";
        assert_eq!(unknown, format!("there is no field \"nmae\" here; {known}"));
        let long = said(&format!(r#"{{"name":"1","is_on":"{}"}}"#, "y".repeat(1_000_000)));
        assert!(long.len() < 100, "{}", long.len());
    }

    #[test]
    fn what_stands_under_the_one_name_is_told_by_its_field() {
        let said =
            |body: &str| match read_under::<Order>(body.as_bytes(), "order").map_err(|fault| fault.field) {
                Err(Some((field, How::Missing))) => format!("{field} is missing"),
                Err(Some((field, How::Twice))) => format!("{field} twice"),
                Err(Some((field, How::Not(expected)))) => format!("{field} is {expected}"),
                Err(None) => "no field".to_owned(),
                Ok(order) => order.name,
            };
        for (body, words) in [
            (r#"{"more": [], "order": {"name": "ann"}}"#, "ann"),
            (r#"{"order": {"name": "ann", "is_on": 1}}"#, "order.is_on is true or false"),
            (r#"{"order": {"name": "ann", "inner": {"key": 1}}}"#, "order.inner.key is a string"),
            (r#"{"order": {}}"#, "order.name is missing"),
            (r#"{"order": {"name": "ann"}, "order": {"name": "bert"}}"#, "order twice"),
            (r#"{"order": []}"#, "order is a JSON object"),
            ("{}", "order is missing"),
            ("[]", "no field"),
            ("{", "no field"),
        ] {
            assert_eq!(said(body), words, "{body}");
        }
    }

    #[test]
    fn what_is_right_but_for_its_quotes_is_told_so() {
        let bare = "; write it without quotes";
        for (body, has_hint) in [
            (r#"{"name":"1","calls":"12"}"#, true),
            (r#"{"name":"1","calls":"twelve"}"#, false),
            (r#"{"name":"1","calls":""}"#, false),
            (r#"{"name":"1","is_on":"true"}"#, true),
            (r#"{"name":"1","share":"0.5"}"#, true),
            (r#"{"name":"1","inner":"1"}"#, false),
        ] {
            let said = said(body);
            assert_eq!(said.ends_with(bare), has_hint, "{body}: {said}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_by_its_place() {
        for body in ["", "{", "{\"name\":\"1\"} x", "nonsense"] {
            let fault = read::<Order>(body.as_bytes()).unwrap_err();
            assert!(!fault.is_json && fault.detail.contains("line 1 column"), "{body}: {fault:?}");
        }
    }

    #[test]
    fn a_wrong_query_is_told_by_its_field() {
        let query = |text: &str| query(&format!("Failed to deserialize query string: {text}"));
        assert_eq!(query("limit: invalid digit found in string"), "limit: not a whole number of 0 or more");
        assert_eq!(
            query("by: unknown variant `x`, expected `day` or `api`"),
            "by: \"x\" is none of day, api"
        );
        assert_eq!(query("missing field `by`"), "by is missing");
    }
}
