//! `POST /v2/{project_id}/ocr/toll-invoice` ("Toll Invoice OCR").

use super::{Answer, Confidences, Locations};

/// The body of a 200.
pub type Response = Answer<TollInvoice>;

card! {
    /// What stands on the receipt of a toll.
    TollInvoice {
        /// The code of its kind.
        code,
        /// Its number.
        number,
        /// Where the vehicle came onto the road.
        entry,
        /// Where it left it.
        exit,
        /// What was paid.
        amount,
        /// Who took it.
        cashier,
        /// The class of the vehicle.
        vehicle_type,
        /// The day, `YYYY-MM-DD`.
        date,
        /// The time of the day, `HH:MM:SS`.
        time,
        ;
        /// How sure each field is.
        confidence: Confidences,
        /// Where each field stands, if asked for.
        text_location: Locations,
    }
}
