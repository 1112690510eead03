//! `POST /v2/{project_id}/ocr/waybill-electronic` ("Electronic Waybill OCR").

use super::{Answer, Confidences};

/// The body of a 200.
pub type Response = Answer<WaybillElectronic>;

card! {
    /// What stands on the label of a parcel.
    WaybillElectronic {
        /// The code of three parts that sorts it.
        code,
        /// Who receives it.
        receiver_name,
        /// Their phone number, of which a part may be hidden.
        receiver_phone,
        /// Where they are.
        receiver_address,
        /// Who sends it.
        sender_name,
        /// Their phone number, of which a part may be hidden.
        sender_phone,
        /// Where they are.
        sender_address,
        /// The number at the bar code.
        waybill_number,
        ;
        /// How sure each field is.
        confidence: Confidences,
    }
}
