//! `POST /v2/{project_id}/ocr/passport` ("Passport OCR").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Confidences, Invalid, Sources};

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    /// Left out: whatever it is; `GENERAL`: the machine-readable zone alone; `CHN`: a Chinese passport.
    country_code: Option<String>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

/// Which passport it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Country {
    /// Any, as much of it as there is.
    Any,
    /// Any, its machine-readable zone alone.
    General,
    /// A Chinese one.
    China,
}

impl Body {
    /// Which passport it is.
    ///
    /// # Errors
    /// AIS.0101 for another country.
    pub fn country(&self) -> Result<Country, Invalid> {
        match self.country_code.as_deref() {
            None | Some("") => Ok(Country::Any),
            Some("GENERAL") => Ok(Country::General),
            Some("CHN") => Ok(Country::China),
            Some(other) => {
                Err(Invalid::parameter(format!("country_code: {other:?} is not one of GENERAL, CHN")))
            }
        }
    }
}

/// The body of a 200.
pub type Response = Answer<Passport>;

card! {
    /// What stands in a passport.
    Passport {
        /// `P`, and what kind of one.
        passport_type,
        /// Who issued it, in three letters.
        country_code,
        /// Its number.
        passport_number,
        /// Whose citizen its owner is: in three letters, or as the page has it.
        nationality,
        /// Surname.
        surname,
        /// Given names.
        given_name,
        /// `F`, `M`, or empty.
        sex,
        /// Date of birth.
        date_of_birth,
        /// Date of expiry.
        date_of_expiry,
        /// Date of issue; not in the machine-readable zone.
        date_of_issue,
        /// Place of birth; not in the machine-readable zone.
        place_of_birth,
        /// Place of issue; not in the machine-readable zone.
        place_of_issue,
        /// Who issued it; not in the machine-readable zone.
        issuing_authority,
        ;
        /// How sure each field is.
        confidence: Confidences,
        /// What else it says.
        extra_info: ExtraInfo,
    }
}

/// What else a passport says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExtraInfo {
    /// In the language of its country.
    pub local_language: LocalLanguage,
}

/// What a passport says in the language of its country.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LocalLanguage {
    /// Name.
    pub name: String,
    /// Sex.
    pub sex: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Body as _;

    #[test]
    fn countries() {
        let read = |code: &str| {
            let body = format!(r#"{{"url":"https://example.com/p.jpg","country_code":{code}}}"#);
            Body::read(body.as_bytes()).and_then(|(_, body)| body.country()).map_err(|said| said.detail)
        };
        assert_eq!((read("null"), read(r#""""#)), (Ok(Country::Any), Ok(Country::Any)));
        assert_eq!((read(r#""GENERAL""#), read(r#""CHN""#)), (Ok(Country::General), Ok(Country::China)));
        assert_eq!(read(r#""UTO""#), Err("country_code: \"UTO\" is not one of GENERAL, CHN".into()));
    }
}
