//! Decimal numbers in JSON, written exactly: never through a floating-point number.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A decimal such as `0.05`, written as a JSON number with these very digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal(String);

impl Decimal {
    /// From anything whose text is a decimal number; other text becomes an error when it is written.
    pub fn new(text: impl ToString) -> Decimal {
        Decimal(text.to_string())
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = |b: u8| b.is_ascii_digit() || b == b'.' || b == b'-';
        if self.0.is_empty() || !self.0.bytes().all(plain) {
            return Err(S::Error::custom("not a decimal number"));
        }
        let raw = RawValue::from_string(self.0.clone()).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl JsonSchema for Decimal {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_kept() {
        let text = |d: &str| serde_json::to_string(&Decimal::new(d));
        assert_eq!(text("99999999999.00000001").unwrap(), "99999999999.00000001");
        assert_eq!(text("-0.05").unwrap(), "-0.05");
        assert!(text("").is_err() && text("1,2").is_err() && text("1.").is_err());
    }
}
