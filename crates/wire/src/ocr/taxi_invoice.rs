//! `POST /v2/{project_id}/ocr/taxi-invoice` ("Taxi Invoice OCR").

use super::{Answer, Confidences, Locations};

/// The body of a 200.
pub type Response = Answer<TaxiInvoice>;

card! {
    /// What stands on the receipt of a taxi.
    TaxiInvoice {
        /// Whose receipt it is: province or city.
        location,
        /// The code of its kind.
        code,
        /// Its number.
        number,
        /// Whom to call.
        phone_number,
        /// The company.
        company,
        /// The taxi's plate.
        taxi_number,
        /// The driver's number.
        certificate_number,
        /// The number of the receipt's own.
        identification_number,
        /// The day, `YYYY-MM-DD`.
        date,
        /// When it began, `HH:MM`.
        boarding_time,
        /// When it ended.
        alighting_time,
        /// Both, as `12:03-12:15`.
        time,
        /// The price of a kilometre.
        unit_price,
        /// How far it went, in kilometres.
        distance,
        /// How long it waited, `HH:MM:SS`.
        waiting_time,
        /// What the meter counted.
        fare,
        /// For fuel.
        fuel_oil_surcharge,
        /// For being called.
        call_service_surcharge,
        /// What was paid.
        total,
        ;
        /// How sure each field is.
        confidence: Confidences,
        /// Where each field stands, if asked for.
        text_location: Locations,
    }
}
