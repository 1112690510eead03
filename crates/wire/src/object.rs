//! JSON objects that are objects. A derived reader takes an array for a structure too, its fields in their order;
//! nobody who sends one means that.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A structure that is read from a JSON object and from nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        deserializer.deserialize_map(OnlyMaps(PhantomData)).map(Object)
    }
}

struct OnlyMaps<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyMaps<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// Reads a field that is an object: `#[serde(deserialize_with = "wire::object::field")]`.
///
/// # Errors
/// It is something else.
pub fn field<'de, T: Deserialize<'de>, D: Deserializer<'de>>(field: D) -> Result<T, D::Error> {
    Object::deserialize(field).map(|Object(value)| value)
}

/// Reads a field that is an object or null; with `default` it may also be left out.
///
/// # Errors
/// It is something else.
pub fn optional<'de, T: Deserialize<'de>, D: Deserializer<'de>>(field: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(field)?.map(|Object(value)| value))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(deserialize_with = "field")]
        inner: Inner,
        #[serde(default, deserialize_with = "optional")]
        other: Option<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        x: i64,
    }

    #[test]
    fn arrays_are_no_objects() {
        let read = |text: &str| serde_json::from_str::<Object<Outer>>(text).map(|Object(outer)| outer);
        let right = read(r#"{"inner": {"x": -7}, "other": null}"#).unwrap();
        assert_eq!(right, Outer { inner: Inner { x: -7 }, other: None });
        assert!(read(r#"{"inner": {"x": 1}}"#).is_ok());
        for wrong in ["[[1], null]", r#"{"inner": [1]}"#, r#"{"inner": {"x": 1}, "other": [1]}"#, "7", "null"]
        {
            let problem = read(wrong).unwrap_err();
            assert!(problem.is_data() && problem.to_string().contains("expected a JSON object"), "{problem}");
        }
        let unknown = read(r#"{"inner": {"x": 1}, "more": 1}"#).unwrap_err();
        assert!(unknown.to_string().contains("`more`"), "{unknown}");
    }
}
