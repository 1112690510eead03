//! `POST /v2/{project_id}/ocr/quota-invoice` ("Quota Invoice OCR").

use super::{Answer, Confidences};

/// The body of a 200.
pub type Response = Answer<QuotaInvoice>;

card! {
    /// What stands on a quota invoice.
    QuotaInvoice {
        /// Its number.
        number,
        /// The code of its kind.
        code,
        /// Whose invoice it is: province, and city.
        location,
        /// Its amount, as `￥50.00`.
        amount,
        ;
        /// How sure each field is.
        confidence: Confidences,
    }
}
