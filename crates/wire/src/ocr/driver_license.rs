//! `POST /v2/{project_id}/ocr/driver-license` ("Driver License OCR").

use schemars::JsonSchema;
use serde::Deserialize;

use super::body::Side;
use super::{Answer, Invalid, Locations, Sources};

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    /// `front`, `back`, `double_side`; left out: `front`.
    side: Option<String>,
    return_issuing_authority: Option<bool>,
    return_text_location: Option<bool>,
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
pub type Response = Answer<DriverLicense>;

card! {
    /// What stands on a driving licence: of one side its fields, of both one after the other.
    DriverLicense {
        /// `normal`: on paper.
        r#type,
        /// Its number, which is its owner's.
        number,
        /// Name.
        name,
        /// `男` or `女`.
        sex,
        /// Whose citizen its owner is.
        nationality,
        /// Address.
        address,
        /// Date of birth.
        birth,
        /// When the first one was issued.
        issue_date,
        /// What may be driven.
        class,
        /// The first day it is valid.
        valid_from,
        /// The last day, `长期`, or for how many years.
        valid_to,
        /// Who issued it, if asked for.
        issuing_authority,
        /// The file's number.
        file_number,
        /// What was noted.
        record,
        ;
        /// Where each field stands, if asked for.
        text_location: Locations,
        /// The side with the particulars.
        front: DriverLicenseFront,
        /// The side with the file's number.
        back: DriverLicenseBack,
    }
}

card! {
    /// The side with the particulars.
    DriverLicenseFront {
        /// `normal`: on paper.
        r#type,
        /// Its number, which is its owner's.
        number,
        /// Name.
        name,
        /// `男` or `女`.
        sex,
        /// Whose citizen its owner is.
        nationality,
        /// Address.
        address,
        /// Date of birth.
        birth,
        /// When the first one was issued.
        issue_date,
        /// What may be driven.
        class,
        /// The first day it is valid.
        valid_from,
        /// The last day, `长期`, or for how many years.
        valid_to,
        /// Who issued it, if asked for.
        issuing_authority,
        ;
        /// Where each field stands, if asked for.
        text_location: Locations,
    }
}

card! {
    /// The side with the file's number.
    DriverLicenseBack {
        /// `normal`: on paper.
        r#type,
        /// Its number, which is its owner's.
        number,
        /// Name.
        name,
        /// The file's number.
        file_number,
        /// What was noted.
        record,
        ;
        /// Where each field stands, if asked for.
        text_location: Locations,
    }
}
