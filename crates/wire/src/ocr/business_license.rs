//! `POST /v2/{project_id}/ocr/business-license` ("Business License OCR").

use super::{Answer, Confidences};

/// The body of a 200.
pub type Response = Answer<BusinessLicense>;

card! {
    /// What stands on a business licence, as it is printed.
    BusinessLicense {
        /// Its unified social credit code, or the registration number of an older one.
        registration_number,
        /// The company.
        name,
        /// What kind of company it is.
        r#type,
        /// Where it is.
        address,
        /// Who represents it, or trades.
        legal_representative,
        /// Its capital.
        registered_capital,
        /// How somebody who trades by himself does.
        organization_form,
        /// When it was founded.
        found_date,
        /// How long it may trade.
        business_term,
        /// With what.
        business_scope,
        /// When the licence was issued.
        issue_date,
        ;
        /// How sure each field is.
        confidence: Confidences,
    }
}
