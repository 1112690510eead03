//! Bodies of our own API, and what is said of a wrong one.

use serde::Deserialize;
use wire::error;
use wire::fault::{self, Fault, How};

use super::error::{Failure, IamFailure};

/// Reads a JSON body; an empty one is an empty object. Fields that are not known are refused, by name: what is
/// misspelt would be left out without a word.
///
/// # Errors
/// ModelArts.4105 for what is no JSON, or AIS.0101 for what is no object or has a field that is wrong.
pub fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    read(body).map_err(|Fault { is_json, detail, .. }| {
        Failure::of(if is_json { error::INVALID_PARAMETER } else { error::JSON_FORMAT }).because(detail)
    })
}

/// Reads a JSON body as [`parse`] does, for whoever has codes of their own.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    fault::read(given(body))
}

/// Reads what a JSON body has under its one name, for IAM.
pub(super) fn read_under<'a, T: Deserialize<'a>>(body: &'a [u8], name: &'static str) -> Result<T, Fault> {
    fault::read_under(given(body), name)
}

fn given(body: &[u8]) -> &[u8] {
    if body.is_empty() { b"{}" } else { body }
}

impl From<Fault> for IamFailure {
    fn from(fault: Fault) -> IamFailure {
        match fault.field {
            None => IamFailure::body(),
            Some((field, How::Missing)) => IamFailure::required(&field),
            Some((field, How::Twice)) => IamFailure::field(&field, "It is given twice."),
            Some((field, How::Not(expected))) => IamFailure::field(&field, format!("It is {expected}.")),
        }
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
    }

    fn failed(body: &str) -> Failure {
        parse::<Order>(body.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_wrong_value_is_told_by_its_field() {
        for (body, words) in [
            ("", "amount is missing"),
            (r#"{"amount":"1","tier":"V9"}"#, "tier: \"V9\" is none of V0, V1, V2, V3, V4, V5"),
            (r#"{"amount":"1e9"}"#, "amount: not an amount; write it like 12 or 12.34"),
            (r#"{"amount":"1,5"}"#, "amount: not an amount; write it like 12 or 12.34"),
            (r#"{"amount":1}"#, "amount: 1 is not text; write amounts as text: \"20.00\", not 20"),
            (r#"{"amount":1.5e9}"#, "amount: a number is not text; write amounts as text: \"20.00\", not 20"),
            (r#"{"amount":null}"#, "amount: null is not text; write amounts as text: \"20.00\", not 20"),
        ] {
            let failure = failed(body);
            assert_eq!(failure.code(), error::INVALID_PARAMETER.code, "{body}");
            let said = format!("{} ({words})", error::INVALID_PARAMETER.message);
            assert_eq!(failure.message(), said, "{body}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_by_its_place() {
        let failure = failed("nonsense");
        assert_eq!(failure.code(), error::JSON_FORMAT.code);
        assert!(failure.message().contains("line 1 column"), "{}", failure.message());
    }
}
