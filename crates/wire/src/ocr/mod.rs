//! The calls of OCR, `POST /v2/{project_id}/ocr/NAME`: a file for each, and here what they have in common.

#[macro_use]
mod card;
pub mod auto_classification;
pub mod bankcard;
pub mod body;
pub mod business_card;
pub mod business_license;
pub mod driver_license;
pub mod exit_entry_permit;
pub mod flight_itinerary;
pub mod general_table;
pub mod general_text;
pub mod handwriting;
pub mod id_card;
pub mod id_document;
pub mod license_plate;
pub mod mainland_travel_permit;
pub mod mvs_invoice;
pub mod passport;
pub mod quota_invoice;
pub mod seal;
pub mod smart_document_recognizer;
pub mod taxi_invoice;
pub mod toll_invoice;
pub mod train_ticket;
pub mod vat_invoice;
pub mod vehicle_license;
pub mod vin;
pub mod waybill_electronic;
pub mod web_image;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::error::{self, ErrorCode};
use crate::fault::{self, Fault};

pub use card::{Confidences, Locations};

/// The largest base64 text of a picture, in bytes.
pub const IMAGE_LIMIT_BYTES: usize = 10 * 1024 * 1024;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Four corners: left-top, right-top, right-bottom, left-bottom.
pub type Location = [[i32; 2]; 4];

/// Where the picture is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// In the body.
    Bytes(Vec<u8>),
    /// Behind a URL.
    Url(String),
}

/// What is wrong with a request: a code, and words more exact than the code's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The code.
    pub code: ErrorCode,
    /// What is wrong.
    pub detail: String,
}

impl Invalid {
    /// A parameter that makes no sense.
    pub fn parameter(detail: impl Into<String>) -> Invalid {
        invalid(error::INVALID_PARAMETER, detail)
    }
}

fn invalid(code: ErrorCode, detail: impl Into<String>) -> Invalid {
    Invalid { code, detail: detail.into() }
}

/// The two ways to give a picture, of which a body has one.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// In base64.
    pub bytes: Option<String>,
    /// Behind a URL.
    pub url: Option<String>,
}

/// A body as it is sent.
pub trait Body: DeserializeOwned {
    /// What the field with the picture is called.
    const FIELD: &str = "image";

    /// Takes the picture out of it.
    fn sources(&mut self) -> Sources;

    /// Reads a body: the picture, and what else is asked.
    ///
    /// # Errors
    /// ModelArts.4105 if it is no JSON; AIS.0101 if it is no object, for a wrong type, neither or both of the picture and
    /// `url`; AIS.0102 for what is not bare base64; AIS.0103 for a picture that is too large.
    fn read(body: &[u8]) -> Result<(Picture, Self), Invalid> {
        let mut body: Self = fault::read(body).map_err(|Fault { is_json, detail, .. }| {
            invalid(if is_json { error::INVALID_PARAMETER } else { error::JSON_FORMAT }, detail)
        })?;
        let field = Self::FIELD;
        let Sources { bytes, url } = body.sources();
        let named = |text: Option<String>| text.filter(|text| !text.is_empty());
        let picture = match (named(bytes), named(url)) {
            (Some(_), Some(_)) => {
                return Err(Invalid::parameter(format!("give {field} or url, not both")));
            }
            (None, None) => return Err(Invalid::parameter(format!("{field} or url is required"))),
            (Some(text), None) => Picture::Bytes(decode(&text, field)?),
            (None, Some(url)) => Picture::Url(url),
        };
        Ok((picture, body))
    }
}

/// The body of calls that are asked nothing else.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct OnlyPicture {
    image: Option<String>,
    url: Option<String>,
}

impl Body for OnlyPicture {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

/// A page of a PDF, from 1, given in that field.
///
/// # Errors
/// AIS.0101 if it is none.
pub fn page_number(field: &str, given: &Number) -> Result<u32, Invalid> {
    let page = given.as_u64().and_then(|page| u32::try_from(page).ok()).filter(|page| *page >= 1);
    page.ok_or_else(|| {
        let most = u32::MAX;
        let given = fault::shown(&given.to_string());
        Invalid::parameter(format!("{field}: {given} is not a whole number from 1 to {most}"))
    })
}

fn decode(text: &str, field: &str) -> Result<Vec<u8>, Invalid> {
    if text.len() > IMAGE_LIMIT_BYTES {
        let detail = format!("the base64 text of a picture has at most {IMAGE_LIMIT_BYTES} bytes");
        return Err(invalid(error::IMAGE_SIZE, detail));
    }
    if text.starts_with("data:") {
        let detail = format!("{field} is bare base64, without a data: prefix");
        return Err(invalid(error::IMAGE_FORMAT, detail));
    }
    let decoded = if text.bytes().any(|b| b.is_ascii_whitespace()) {
        BASE64.decode(text.bytes().filter(|b| !b.is_ascii_whitespace()).collect::<Vec<u8>>())
    } else {
        BASE64.decode(text)
    };
    decoded.map_err(|problem| invalid(error::IMAGE_FORMAT, format!("{field} is not base64: {problem}")))
}

/// The body of a 200.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "{T}Response")]
pub struct Answer<T> {
    /// What was read.
    pub result: T,
}
