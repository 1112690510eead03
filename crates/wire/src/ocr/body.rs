//! Bodies that several calls have in common.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Invalid, Sources};

/// Whether the places of fields are wanted.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct WithLocations {
    image: Option<String>,
    url: Option<String>,
    return_text_location: Option<bool>,
}

impl super::Body for WithLocations {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

/// Whether the portrait is wanted, and its place: accepted as questions and not answered.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct WithPortrait {
    image: Option<String>,
    url: Option<String>,
    return_portrait_image: Option<bool>,
    return_portrait_location: Option<bool>,
}

impl super::Body for WithPortrait {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

impl WithLocations {
    /// Whether places are wanted.
    pub fn wants_locations(&self) -> bool {
        self.return_text_location.unwrap_or(false)
    }
}

/// Which side of a document is on the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first one.
    Front,
    /// The other one.
    Back,
    /// Both of them.
    Both,
}

impl Side {
    /// The side of that name; the first one if none is given.
    ///
    /// # Errors
    /// AIS.0101 for what is none.
    pub(super) fn parse(name: Option<&str>) -> Result<Side, Invalid> {
        match name {
            None | Some("" | "front") => Ok(Side::Front),
            Some("back") => Ok(Side::Back),
            Some("double_side") => Ok(Side::Both),
            Some(other) => {
                Err(Invalid::parameter(format!("side: {other:?} is not one of front, back, double_side")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Body as _;

    #[test]
    fn sides_have_names() {
        for (name, side) in [
            (None, Side::Front),
            (Some(""), Side::Front),
            (Some("front"), Side::Front),
            (Some("back"), Side::Back),
            (Some("double_side"), Side::Both),
        ] {
            assert_eq!(Side::parse(name), Ok(side), "{name:?}");
        }
        assert!(Side::parse(Some("left")).unwrap_err().detail.contains("double_side"));
    }

    #[test]
    fn flags_are_booleans() {
        let read = |body: &str| WithLocations::read(body.as_bytes()).map(|(_, body)| body.wants_locations());
        assert_eq!(read(r#"{"image":"aGk="}"#), Ok(false));
        assert_eq!(read(r#"{"image":"aGk=","return_text_location":true}"#), Ok(true));
        assert!(read(r#"{"image":"aGk=","return_text_location":1}"#).is_err());
        for (flag, is_right) in [("true", true), ("null", true), ("\"yes\"", false)] {
            let body = format!(r#"{{"image":"aGk=","return_portrait_image":{flag}}}"#);
            assert_eq!(WithPortrait::read(body.as_bytes()).is_ok(), is_right, "{flag}");
        }
    }
}
