//! `POST /v2/{project_id}/ocr/license-plate` ("License Plate OCR").

use schemars::JsonSchema;
use serde::Serialize;

use super::Location;

/// The body of a 200.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "LicensePlateResponse")]
pub struct Response {
    /// The plates on the picture, from top to bottom.
    pub result: Vec<LicensePlate>,
}

/// A plate.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LicensePlate {
    /// What stands on it.
    pub plate_number: String,
    /// Where it is.
    pub plate_location: Location,
    /// How sure that is.
    pub confidence: f32,
}
