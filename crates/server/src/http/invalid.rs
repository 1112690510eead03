//! What is wrong with the values somebody sent: which field, and what is allowed there. The reader's own words are of
//! Rust's types and of places in a line; nobody who sent a wrong value knows them.

use serde::Deserialize;
use wire::error;
use wire::object::Object;

use super::error::Failure;

/// The most of a wrong value that is repeated, in characters.
const SHOWN_CHARS: usize = 64;

/// Reads a JSON body; an empty one is an empty object. Fields that are not known are refused, by name: what is
/// misspelt would be left out without a word.
///
/// # Errors
/// ModelArts.4105 for what is no JSON, or AIS.0101 for what is no object or has a field that is wrong.
pub fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    read(body).map_err(|Wrong { is_json, detail }| {
        Failure::of(if is_json { error::INVALID_PARAMETER } else { error::JSON_FORMAT }).because(detail)
    })
}

/// What is wrong with a body.
pub(super) struct Wrong {
    /// False if it is no JSON at all.
    is_json: bool,
    /// In our words.
    pub detail: String,
}

/// Reads a JSON body as [`parse`] does, for whoever has codes of their own.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Wrong> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader);
    let Object(value) = read.map_err(|problem| {
        let field = problem.path().to_string();
        Wrong::of(&field, problem.inner())
    })?;
    reader.end().map_err(|problem| Wrong::of(ROOT, &problem))?;
    Ok(value)
}

/// The path of what is not within anything.
const ROOT: &str = ".";

impl Wrong {
    fn of(field: &str, problem: &serde_json::Error) -> Wrong {
        let text = problem.to_string();
        if !problem.is_data() {
            // Where the text stops being JSON is best said by its place.
            return Wrong { is_json: false, detail: text };
        }
        let place = format!(" at line {} column {}", problem.line(), problem.column());
        let text = text.strip_suffix(&place).unwrap_or(&text);
        Wrong { is_json: true, detail: in_our_words(field, text) }
    }
}

/// What is wrong with a query, from the reader's words.
pub(super) fn query(problem: &str) -> String {
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
    match text.split_once(", expected ").filter(|_| is_other) {
        Some((given, expected)) => {
            let given = given.split_once(": ").map_or(given, |(_, given)| given);
            named(format!("{} is not {}", given_in_words(given), expected_in_words(expected)))
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

fn shown(given: &str) -> String {
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
        "f32" | "f64" => "a number".to_owned(),
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
    use charging::{Money, Tier};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Order {
        amount: Money,
        tier: Option<Tier>,
        #[serde(default)]
        calls: u64,
        #[serde(default)]
        inner: Option<Inner>,
        #[serde(default)]
        days: Vec<u8>,
        #[serde(default)]
        is_on: bool,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        key: String,
    }

    fn said(body: &str) -> String {
        let failure = parse::<Order>(body.as_bytes()).unwrap_err();
        let said = failure.message().to_owned();
        assert_eq!(failure.code(), error::INVALID_PARAMETER.code, "{said}");
        let prefix = format!("{} (", error::INVALID_PARAMETER.message);
        said.strip_prefix(&prefix).and_then(|said| said.strip_suffix(')')).unwrap().to_owned()
    }

    #[test]
    fn a_wrong_value_is_told_by_its_field() {
        for (body, words) in [
            (r#"{"amount":"1","tier":"V9"}"#, "tier: \"V9\" is none of V0, V1, V2, V3, V4, V5"),
            (r#"{"amount":"1e9"}"#, "amount: not an amount; write it like 12 or 12.34"),
            ("{}", "amount is missing"),
            (r#"{"amount":"1","inner":{}}"#, "inner.key is missing"),
            (r#"{"amount":"1","amount":"1"}"#, "amount is given twice"),
            (r#"{"amount":"1","calls":-1}"#, "calls: -1 is not a whole number of 0 or more"),
            (r#"{"amount":"1","days":[1,300]}"#, "days[1]: 300 is not a whole number from 0 to 255"),
            (r#"{"amount":"1","is_on":"yes"}"#, "is_on: \"yes\" is not true or false"),
            (r#"{"amount":"1","inner":7}"#, "inner: 7 is not a JSON object"),
            ("[]", "a list is not a JSON object"),
        ] {
            assert_eq!(said(body), words, "{body}");
        }
        let unknown = said(r#"{"amount":"1","amonut":"1"}"#);
        let known = "known are amount, tier, calls, inner, days, is_on";
        assert_eq!(unknown, format!("there is no field \"amonut\" here; {known}"));
    }

    #[test]
    fn what_is_no_json_is_told_by_its_place() {
        for body in ["{", "{\"amount\":\"1\"} x", "nonsense"] {
            let failure = parse::<Order>(body.as_bytes()).unwrap_err();
            assert_eq!(failure.code(), error::JSON_FORMAT.code, "{body}");
            assert!(failure.message().contains("line 1 column"), "{}", failure.message());
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
