//! `POST /v2/{project_id}/ocr/exit-entry-permit` ("Exit-Entry Permit OCR").

use super::{Answer, Confidences};

/// The body of a 200.
pub type Response = Answer<ExitEntryPermit>;

card! {
    /// What stands on a permit to travel to Hong Kong and Macao, or to Taiwan.
    ExitEntryPermit {
        /// Name.
        name,
        /// Name in Latin letters: surname, comma, given names.
        name_en,
        /// `男` or `女`.
        sex,
        /// Date of birth, `1993.11.27`.
        birth_date,
        /// Its number.
        number,
        /// Who issued it.
        issuing_authority,
        /// Where it was issued.
        issue_place,
        /// The first and the last day it is valid, `2019.05.06-2029.05.05`.
        valid_period,
        /// The machine-readable zone.
        machine_code,
        /// `往来港澳通行证` or `往来台湾通行证`.
        r#type,
        /// `front`: the side with the particulars.
        side,
        ;
        /// How sure each field is.
        confidence: Confidences,
    }
}
