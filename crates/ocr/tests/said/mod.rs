//! What documents are to say, and what they are not.

use ocr::kind::Fields;
use ocr::{Engine, Kind};

use crate::eye::picture;

/// What the fields of a document are on a picture; every one of them is so sure.
pub fn has(fields: &Fields, name: &str, least: f32, expected: &[(&str, &str)]) {
    for (field, value) in expected {
        assert_eq!(fields.value(field), *value, "{name}: {field}");
        let confidence = fields.get(field).unwrap().confidence;
        let least = if value.is_empty() { 0.0 } else { least };
        assert!((least..=1.0).contains(&confidence), "{name}: {field} {confidence}");
    }
}

/// Pictures of other kinds, which are refused.
pub fn refuses<K: Kind>(engine: &Engine, asked: &K::Asked, names: &[&str]) {
    for name in names {
        let code = engine.find::<K>(&picture(name), asked).map(|_| ()).map_err(|error| error.code());
        assert_eq!(code, Err("AIS.0104"), "{name}");
    }
}
