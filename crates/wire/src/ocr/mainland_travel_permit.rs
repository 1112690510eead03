//! `POST /v2/{project_id}/ocr/mainland-travel-permit` ("Mainland Travel Permit OCR").

use super::{Answer, Confidences};

/// The body of a 200.
pub type Response = Answer<MainlandTravelPermit>;

card! {
    /// What stands on a permit to come to the mainland from Hong Kong, Macao or Taiwan.
    MainlandTravelPermit {
        /// Name.
        name,
        /// Name in Latin letters: surname, comma, given names.
        name_en,
        /// Date of birth, `1993.11.27`.
        birth_date,
        /// `男` or `女`.
        sex,
        /// The first and the last day it is valid, `2019.05.06-2029.05.05`.
        valid_period,
        /// Who issued it.
        issuing_authority,
        /// Its number.
        number,
        /// Where it was issued.
        issue_place,
        /// How often it was issued.
        issue_times,
        /// `港澳居民来往内地通行证` or `台湾居民来往大陆通行证`.
        r#type,
        /// `front`: the side with the particulars.
        side,
        ;
        /// How sure each field is.
        confidence: Confidences,
    }
}
