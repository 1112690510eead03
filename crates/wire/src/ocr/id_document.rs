//! `POST /v2/{project_id}/ocr/id-document` ("ID Document OCR").

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Confidences, Invalid, Sources};
use crate::fault;

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    /// The countries whose documents are looked for, by the three letters of ISO 3166; any if there are none.
    country_region: Option<Vec<String>>,
    /// The types that are looked for: `PP`, `DL`, `ID`; any if there are none.
    id_type: Option<Vec<String>>,
    /// Accepted; portraits are not cut out.
    return_portrait_image: Option<bool>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

/// A type of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdType {
    /// A passport.
    Passport,
    /// A driving licence.
    DrivingLicence,
    /// An identity card.
    IdentityCard,
}

impl Body {
    /// The countries that are looked for.
    ///
    /// # Errors
    /// AIS.0101 for what is not three capitals.
    pub fn countries(&self) -> Result<&[String], Invalid> {
        let countries = self.country_region.as_deref().unwrap_or_default();
        let is_one =
            |name: &&String| name.len() == 3 && name.bytes().all(|letter| letter.is_ascii_uppercase());
        match countries.iter().find(|name| !is_one(name)) {
            None => Ok(countries),
            Some(other) => {
                let other = fault::shown(other);
                Err(Invalid::parameter(format!(
                    "country_region: {other:?} is not the three capitals of a country"
                )))
            }
        }
    }

    /// The types that are looked for.
    ///
    /// # Errors
    /// AIS.0101 for what is none.
    pub fn types(&self) -> Result<Vec<IdType>, Invalid> {
        let types = self.id_type.as_deref().unwrap_or_default().iter();
        let kind = |name: &String| match name.as_str() {
            "PP" => Ok(IdType::Passport),
            "DL" => Ok(IdType::DrivingLicence),
            "ID" => Ok(IdType::IdentityCard),
            _ => {
                let name = fault::shown(name);
                Err(Invalid::parameter(format!("id_type: {name:?} is not one of PP, DL, ID")))
            }
        };
        types.map(kind).collect()
    }
}

/// The body of a 200.
pub type Response = Answer<IdDocument>;

card! {
    /// What stands on an identity document of any country, as its machine-readable zone says.
    IdDocument {
        /// Who issued it, by three letters.
        country_region,
        /// `PP` for a passport, `ID` for an identity card.
        id_type,
        /// The side the zone is on: `front`, or `back` of cards of the size of a bank card.
        side,
        /// Given names.
        first_name,
        /// Surname.
        last_name,
        /// `F`, `M` or `X`.
        sex,
        /// By three letters.
        nationality,
        /// Date of birth.
        birth_date,
        /// Date of issue, if it is printed.
        issue_date,
        /// Date of expiry.
        expiry_date,
        /// Its number.
        document_number,
        /// Where its holder lives, if it is printed.
        address,
        /// Who issued it, if it is printed.
        issuing_authority,
        ;
        /// How sure each field is.
        confidence: Confidences,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Body as _;

    fn body(fields: &str) -> Body {
        Body::read(format!(r#"{{"image":"aGk="{fields}}}"#).as_bytes()).unwrap().1
    }

    #[test]
    fn countries_and_types_bound_what_is_looked_for() {
        assert_eq!((body("").countries(), body("").types()), (Ok(&[][..]), Ok(vec![])));
        let both = body(r#","country_region":["CHL","PER"],"id_type":["ID","PP"]"#);
        assert_eq!(both.countries().map(<[String]>::len), Ok(2));
        assert_eq!(both.types(), Ok(vec![IdType::IdentityCard, IdType::Passport]));
        for wrong in
            [r#","country_region":["CL"]"#, r#","country_region":["chl"]"#, r#","country_region":[""]"#]
        {
            assert!(body(wrong).countries().unwrap_err().detail.starts_with("country_region"), "{wrong}");
        }
        assert!(body(r#","id_type":["visa"]"#).types().unwrap_err().detail.contains("PP, DL, ID"));
    }
}
