//! `POST /v2/{project_id}/ocr/business-card` ("Business Card OCR").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Sources};

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    /// Accepted; cards are read however they lie.
    detect_direction: Option<bool>,
    /// Accepted; no picture is given back.
    return_adjusted_image: Option<bool>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

/// The body of a 200.
pub type Response = Answer<BusinessCard>;

/// What stands on a business card; a list is empty of what does not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct BusinessCard {
    /// Whose it is.
    pub name: Vec<String>,
    /// What they are.
    pub title: Vec<String>,
    /// For whom they work.
    pub company: Vec<String>,
    /// In which part of it.
    pub department: Vec<String>,
    /// Phone numbers.
    pub phone: Vec<String>,
    /// Addresses.
    pub address: Vec<String>,
    /// Mailboxes.
    pub email: Vec<String>,
    /// Fax numbers.
    pub fax: Vec<String>,
    /// Postcodes.
    pub postcode: Vec<String>,
    /// Sites.
    pub website: Vec<String>,
    /// What else has a label.
    pub extra_info_list: Vec<ExtraInfo>,
}

/// Something else with a label.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct ExtraInfo {
    /// Its label.
    pub item: String,
    /// What stands behind it.
    pub value: String,
}
