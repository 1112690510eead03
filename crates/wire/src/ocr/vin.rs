//! `POST /v2/{project_id}/ocr/vin` ("VIN OCR").

use schemars::JsonSchema;
use serde::Serialize;

use super::Answer;

/// The body of a 200.
pub type Response = Answer<Vin>;

/// What was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Vin {
    /// The vehicle's number.
    pub vin: String,
}
