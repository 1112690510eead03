//! `POST /v2/{project_id}/ocr/id-card` ("ID Card OCR").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Invalid, Locations, Sources};

/// The body as it is sent. Whether a picture was copied, tampered with or cut off is accepted as a question and not
/// answered: nothing here measures it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    /// `front`, `back`, `double_side`; left out: whichever it is.
    side: Option<String>,
    return_verification: Option<bool>,
    return_text_location: Option<bool>,
    detect_reproduce: Option<bool>,
    detect_copy: Option<bool>,
    return_portrait_location: Option<bool>,
    return_portrait_image: Option<bool>,
    return_adjusted_image: Option<bool>,
    detect_tampering: Option<bool>,
    detect_border_integrity: Option<bool>,
    detect_blocking_within_border: Option<bool>,
    detect_blur: Option<bool>,
    detect_interim: Option<bool>,
    detect_glare: Option<bool>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

/// Which side is on the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one with the particulars.
    Front,
    /// The one with the emblem.
    Back,
    /// Both of them.
    Both,
    /// One of them.
    Either,
}

impl Body {
    /// Which side is on the picture.
    ///
    /// # Errors
    /// AIS.0101 for what is none.
    pub fn side(&self) -> Result<Side, Invalid> {
        match self.side.as_deref() {
            None | Some("") => Ok(Side::Either),
            Some("front") => Ok(Side::Front),
            Some("back") => Ok(Side::Back),
            Some("double_side") => Ok(Side::Both),
            Some(other) => {
                let detail = format!("side: {other:?} is not one of front, back, double_side");
                Err(Invalid::parameter(detail))
            }
        }
    }

    /// Whether the card is to be compared with itself.
    pub fn wants_verification(&self) -> bool {
        self.return_verification.unwrap_or(false)
    }

    /// Whether places are wanted.
    pub fn wants_locations(&self) -> bool {
        self.return_text_location.unwrap_or(false)
    }
}

/// The body of a 200.
pub type Response = Answer<IdCard>;

card! {
    /// What stands on an identity card. Of one side its fields, of both one after the other.
    IdCard {
        /// Name.
        name,
        /// `男` or `女`.
        sex,
        /// Date of birth.
        birth,
        /// People.
        ethnicity,
        /// Address.
        address,
        /// Number.
        number,
        /// Who issued it.
        issue,
        /// The first day it is valid.
        valid_from,
        /// The last day, or `长期`.
        valid_to,
        ;
        /// Whether the card agrees with itself, if asked for.
        verification_result: Verification,
        /// Where each field stands, if asked for.
        text_location: Locations,
        /// The side with the particulars.
        front: IdCardFront,
        /// The side with the emblem.
        back: IdCardBack,
    }
}

card! {
    /// The side with the particulars.
    IdCardFront {
        /// Name.
        name,
        /// `男` or `女`.
        sex,
        /// Date of birth.
        birth,
        /// People.
        ethnicity,
        /// Address.
        address,
        /// Number.
        number,
        ;
        /// Whether the card agrees with itself, if asked for.
        verification_result: Verification,
        /// Where each field stands, if asked for.
        text_location: Locations,
    }
}

card! {
    /// The side with the emblem.
    IdCardBack {
        /// Who issued it.
        issue,
        /// The first day it is valid.
        valid_from,
        /// The last day, or `长期`.
        valid_to,
        ;
        /// Whether the card agrees with itself, if asked for.
        verification_result: Verification,
        /// Where each field stands, if asked for.
        text_location: Locations,
    }
}

/// Whether a card agrees with itself. What could not be compared is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verification {
    /// The number obeys its rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_number: Option<bool>,
    /// The number says the birth that is printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_birth: Option<bool>,
    /// The number says the sex that is printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_sex: Option<bool>,
    /// It is valid for a time for which cards are issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_date: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Body as _;

    #[test]
    fn sides_have_names_and_flags_are_booleans() {
        let read = |fields: &str| {
            Body::read(format!(r#"{{"image":"aGk=",{fields}}}"#).as_bytes()).map_err(|said| said.detail)
        };
        for (side, meant) in [
            (r#""""#, Side::Either),
            (r#""front""#, Side::Front),
            (r#""back""#, Side::Back),
            (r#""double_side""#, Side::Both),
        ] {
            let (_, body) = read(&format!(r#""side":{side}"#)).unwrap();
            assert_eq!(body.side(), Ok(meant), "{side}");
        }
        assert!(read(r#""side":"left""#).unwrap().1.side().unwrap_err().detail.contains("double_side"));
        let wrong = read(r#""detect_blur":"true""#).unwrap_err();
        assert_eq!(wrong, "detect_blur: \"true\" is not true or false; write it without quotes");
    }
}
