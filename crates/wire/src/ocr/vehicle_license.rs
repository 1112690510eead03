//! `POST /v2/{project_id}/ocr/vehicle-license` ("Vehicle License OCR").

use schemars::JsonSchema;
use serde::Deserialize;

use super::body::Side;
use super::{Answer, Invalid, Locations, Sources};

/// The body as it is sent. Licences on a telephone, and whether a picture was copied or tampered with, are accepted as
/// questions and not answered.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    /// `front`, `back`, `double_side`; left out: `front`.
    side: Option<String>,
    return_issuing_authority: Option<bool>,
    return_text_location: Option<bool>,
    recognize_electronic_license: Option<bool>,
    alarm: Option<bool>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

impl Body {
    /// Which side is on the picture.
    ///
    /// # Errors
    /// AIS.0101 for what is none.
    pub fn side(&self) -> Result<Side, Invalid> {
        Side::parse(self.side.as_deref())
    }

    /// Whether it is wanted who issued it.
    pub fn wants_authority(&self) -> bool {
        self.return_issuing_authority.unwrap_or(false)
    }

    /// Whether places are wanted.
    pub fn wants_locations(&self) -> bool {
        self.return_text_location.unwrap_or(false)
    }
}

/// The body of a 200.
pub type Response = Answer<VehicleLicense>;

card! {
    /// What stands on a vehicle licence: of one side its fields, of both one after the other.
    VehicleLicense {
        /// `normal`: on paper.
        r#type,
        /// The plate.
        number,
        /// What kind of vehicle it is.
        vehicle_type,
        /// Whose it is.
        name,
        /// The address of whose it is.
        address,
        /// What it is used for.
        use_character,
        /// The maker and the model.
        model,
        /// The engine's number.
        engine_no,
        /// The vehicle's number.
        vin,
        /// When it was registered.
        register_date,
        /// When the licence was issued.
        issue_date,
        /// Who issued it, if asked for.
        issuing_authority,
        /// The file's number.
        file_no,
        /// How many persons it may carry.
        approved_passengers,
        /// Its mass when full.
        gross_mass,
        /// Its mass when empty.
        unladen_mass,
        /// What it may carry.
        approved_load,
        /// Its length, width and height.
        dimension,
        /// What it may draw.
        traction_mass,
        /// What was noted.
        remarks,
        /// The last inspection.
        inspection_record,
        /// The digits under the bar code.
        code_number,
        /// What it runs on.
        energy_type,
        ;
        /// Where each field stands, if asked for.
        text_location: Locations,
        /// The side with whose it is.
        front: VehicleLicenseFront,
        /// The side with its masses.
        back: VehicleLicenseBack,
    }
}

card! {
    /// The side with whose it is.
    VehicleLicenseFront {
        /// The plate.
        number,
        /// What kind of vehicle it is.
        vehicle_type,
        /// Whose it is.
        name,
        /// The address of whose it is.
        address,
        /// What it is used for.
        use_character,
        /// The maker and the model.
        model,
        /// The vehicle's number.
        vin,
        /// The engine's number.
        engine_no,
        /// When it was registered.
        register_date,
        /// When the licence was issued.
        issue_date,
        /// Who issued it, if asked for.
        issuing_authority,
        ;
        /// Where each field stands, if asked for.
        text_location: Locations,
    }
}

card! {
    /// The side with its masses.
    VehicleLicenseBack {
        /// The plate.
        number,
        /// The file's number.
        file_no,
        /// How many persons it may carry.
        approved_passengers,
        /// Its mass when full.
        gross_mass,
        /// Its mass when empty.
        unladen_mass,
        /// What it may carry.
        approved_load,
        /// Its length, width and height.
        dimension,
        /// What it may draw.
        traction_mass,
        /// What was noted.
        remarks,
        /// The last inspection.
        inspection_record,
        /// The digits under the bar code.
        code_number,
        /// What it runs on.
        energy_type,
        ;
        /// Where each field stands, if asked for.
        text_location: Locations,
    }
}
