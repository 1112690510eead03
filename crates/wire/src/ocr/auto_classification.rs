//! `POST /v2/{project_id}/ocr/auto-classification` ("Intelligent Classification OCR").

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::{Invalid, Location, Sources, page_number};
use crate::error::{self, ErrorCode};
use crate::fault;

/// The types that are published but not read: a picture shows none of them as far as this server can tell.
const NOT_READ: [&str; 4] =
    ["bus_ship_ticket", "machine_printed_invoice", "ride_hailing_itinerary", "transportation_license"];

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    /// The types that are looked for, such as `train_ticket`; all if there are none.
    type_list: Option<Vec<String>>,
    /// Which page of a PDF, from 1.
    pdf_page_number: Option<Number>,
    /// By type, what its own call may be asked for beside the picture.
    extended_parameters: Option<BTreeMap<String, Map<String, Value>>>,
    /// Accepted; seals are not looked for.
    detect_seal: Option<bool>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

impl Body {
    /// Which page of a PDF it is.
    ///
    /// # Errors
    /// AIS.0101 if it is none.
    pub fn page(&self) -> Result<u32, Invalid> {
        self.pdf_page_number.as_ref().map_or(Ok(1), |page| page_number("pdf_page_number", page))
    }

    /// Whether documents of a type are looked for. Of the types that are read, all are given, by their names.
    ///
    /// # Errors
    /// AIS.0101 if one is asked for, or has parameters, that is none, or nothing is asked for that is read.
    pub fn looks_for(&self, read: &[&str]) -> Result<impl Fn(&str) -> bool, Invalid> {
        let named = self.type_list.as_deref().unwrap_or_default();
        let given = self.extended_parameters.iter().flat_map(BTreeMap::keys);
        for (field, name) in named
            .iter()
            .map(|name| ("type_list", name))
            .chain(given.map(|name| ("extended_parameters", name)))
        {
            if !read.contains(&name.as_str()) && !NOT_READ.contains(&name.as_str()) {
                let types = read.iter().chain(&NOT_READ).copied().collect::<Vec<_>>().join(", ");
                let name = fault::shown(name);
                return Err(Invalid::parameter(format!("{field}: {name:?} is not one of {types}")));
            }
        }
        if !named.is_empty() && !named.iter().any(|name| read.contains(&name.as_str())) {
            let types = read.join(", ");
            return Err(Invalid::parameter(format!(
                "type_list: this server reads none of them, but {types}"
            )));
        }
        let named = named.to_vec();
        Ok(move |name: &str| named.is_empty() || named.iter().any(|other| other == name))
    }

    /// The body of a type's own call, without a picture; none if nothing was given for it.
    ///
    /// # Errors
    /// AIS.0101 if it is none.
    pub fn of_type<B: DeserializeOwned>(&self, name: &str) -> Result<Option<B>, Invalid> {
        let Some(given) = self.extended_parameters.as_ref().and_then(|all| all.get(name)) else {
            return Ok(None);
        };
        let mut given = given.clone();
        // The picture is this call's.
        given.remove("image");
        given.remove("url");
        let wrong = |problem: serde_json::Error| {
            Invalid::parameter(format!("extended_parameters: {name}: {problem}"))
        };
        serde_json::from_value(Value::Object(given)).map(Some).map_err(wrong)
    }
}

/// The body of a 200.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "AutoClassificationResponse")]
pub struct Response {
    /// The documents on the picture.
    pub result: Vec<Classified>,
}

/// A document on the picture, whose content is that of its own call.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Classified")]
pub struct Classified<C = Map<String, Value>> {
    /// Whether it was read; only one that was is charged.
    pub status: Status,
    /// What its own call would answer; empty if it was not read.
    pub content: C,
    /// What it is.
    pub r#type: &'static str,
    /// Where it lies.
    pub location: Location,
}

/// Whether a document was read.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Status {
    /// `AIS.0000`, or why it was not.
    pub error_code: &'static str,
    /// The same in words.
    pub error_msg: String,
}

impl Status {
    /// It was read.
    pub fn read() -> Status {
        Status { error_code: "AIS.0000", error_msg: "Succeeded.".to_owned() }
    }

    /// It was not: what is wanted of it is not on it.
    pub fn not_read() -> Status {
        Status::of(error::IMAGE_QUALITY, None)
    }

    /// It was not: what is wanted of it makes no sense.
    pub fn invalid(invalid: &Invalid) -> Status {
        Status::of(invalid.code, Some(&invalid.detail))
    }

    fn of(code: ErrorCode, detail: Option<&str>) -> Status {
        let error_msg = match detail {
            Some(detail) => format!("{} ({detail})", code.message),
            None => code.message.to_owned(),
        };
        Status { error_code: code.code, error_msg }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Body as _;
    use crate::ocr::body::WithLocations;

    const READ: [&str; 2] = ["id_card", "train_ticket"];

    fn body(fields: &str) -> Result<Body, Invalid> {
        Body::read(format!(r#"{{"image":"aGk="{fields}}}"#).as_bytes()).map(|(_, body)| body)
    }

    fn looked_for(fields: &str) -> Result<Vec<&'static str>, String> {
        let body = body(fields).unwrap();
        let looks_for = body.looks_for(&READ).map_err(|invalid| invalid.detail)?;
        Ok(READ.into_iter().filter(|name| looks_for(name)).collect())
    }

    #[test]
    fn a_list_bounds_what_is_looked_for() {
        assert_eq!(looked_for(""), Ok(READ.to_vec()));
        assert_eq!(looked_for(r#","type_list":[]"#), Ok(READ.to_vec()));
        assert_eq!(looked_for(r#","type_list":["id_card","bus_ship_ticket"]"#), Ok(vec!["id_card"]));
        assert!(looked_for(r#","type_list":["bus_ship_ticket"]"#).unwrap_err().contains("reads none"));
        assert!(looked_for(r#","type_list":["id-card"]"#).unwrap_err().starts_with("type_list: \"id-card\""));
        assert!(looked_for(r#","extended_parameters":{"ticket":{}}"#).unwrap_err().starts_with("extended"));
        assert!(
            body(r#","type_list":"id_card""#).is_err()
                && body(r#","extended_parameters":{"id_card":1}"#).is_err()
        );
    }

    #[test]
    fn parameters_are_those_of_the_call() {
        let of = |fields: &str| body(fields).unwrap().of_type::<WithLocations>("train_ticket");
        assert_eq!(of(""), Ok(None));
        let given =
            of(r#","extended_parameters":{"train_ticket":{"return_text_location":true,"image":"aGk="}}"#);
        assert!(given.unwrap().unwrap().wants_locations());
        let wrong =
            of(r#","extended_parameters":{"train_ticket":{"return_text_location":"yes"}}"#).unwrap_err();
        assert!(wrong.code.code == "AIS.0101" && wrong.detail.contains("train_ticket"), "{wrong:?}");
    }

    #[test]
    fn a_status_has_a_code() {
        assert_eq!(Status::read().error_code, "AIS.0000");
        assert_eq!(Status::not_read().error_code, "AIS.0104");
        let invalid = Status::invalid(&Invalid::parameter("side"));
        assert!(invalid.error_code == "AIS.0101" && invalid.error_msg.ends_with("(side)"), "{invalid:?}");
    }
}
