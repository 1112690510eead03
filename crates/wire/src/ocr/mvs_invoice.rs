//! `POST /v2/{project_id}/ocr/mvs-invoice` ("Motor Vehicle Sales Invoice OCR").

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Confidences, Invalid, Locations, Sources};

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    return_text_location: Option<bool>,
    return_confidence: Option<bool>,
    /// Left out, `auto` or `new`: of a new vehicle; `used`: of one that was used, which is not read.
    r#type: Option<String>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

/// Whose sale an invoice is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sale {
    /// Nothing was asked: of a new vehicle.
    Unasked,
    /// Of a new vehicle, or of either, which is to be told.
    New,
    /// Of a used one.
    Used,
}

impl Body {
    /// Of which sale it is to be.
    ///
    /// # Errors
    /// AIS.0101 for what is none.
    pub fn sale(&self) -> Result<Sale, Invalid> {
        match self.r#type.as_deref() {
            None => Ok(Sale::Unasked),
            Some("auto" | "new") => Ok(Sale::New),
            Some("used") => Ok(Sale::Used),
            Some(other) => Err(Invalid::parameter(format!("type: {other:?} is not one of auto, new, used"))),
        }
    }

    /// Whether places are wanted.
    pub fn wants_locations(&self) -> bool {
        self.return_text_location.unwrap_or(false)
    }

    /// Whether it is wanted how sure each field is.
    pub fn wants_confidences(&self) -> bool {
        self.return_confidence.unwrap_or(false)
    }
}

/// The body of a 200.
pub type Response = Answer<MvsInvoice>;

card! {
    /// What stands on the invoice of a new motor vehicle.
    MvsInvoice {
        /// The code of its kind.
        code,
        /// Its number.
        number,
        /// The code once more, as the machine printed it.
        machine_printed_code,
        /// The number once more.
        machine_printed_number,
        /// The day, `YYYY-MM-DD`.
        issue_date,
        /// The number of the machine.
        machine_number,
        /// Who bought it.
        buyer_name,
        /// The number of whoever bought it: a citizen's or an organisation's.
        buyer_organization_number,
        /// The buyer's taxpayer number.
        buyer_id,
        /// Who sold it.
        seller_name,
        /// The seller's telephone.
        seller_phone,
        /// The seller's taxpayer number.
        seller_id,
        /// The seller's account.
        seller_account,
        /// The seller's address.
        seller_address,
        /// The seller's bank.
        seller_bank,
        /// What kind of vehicle it is.
        vehicle_type,
        /// The maker and the model.
        brand_model,
        /// Where it was made.
        manufacturing_location,
        /// The number of its certificate of quality.
        quality_certificate,
        /// The number of its certificate of import.
        import_certificate,
        /// The number of its inspection at the border.
        inspection_number,
        /// The engine's number.
        engine_number,
        /// The vehicle's number.
        vehicle_identification_number,
        /// What it may carry, in tonnes.
        tonnage,
        /// How many it may seat.
        seating_capacity,
        /// The tax office.
        tax_authority,
        /// The code of the tax office.
        tax_authority_code,
        /// The number of the receipt of the tax.
        tax_payment_receipt,
        /// The rate of the tax.
        tax_rate,
        /// The tax.
        tax,
        /// The price without the tax.
        tax_exclusive_price,
        /// Both.
        total,
        /// Both, in figures that cannot be altered.
        total_chinese,
        /// What was noted.
        remark,
        /// Who drew it up.
        drawer_name,
        /// What kind of invoice it is, if `type` was asked for.
        r#type,
        ;
        /// Where each field stands, if asked for.
        text_location: Locations,
        /// How sure each field is, if asked for.
        confidence: Confidences,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Body as _;

    #[test]
    fn sales_have_names() {
        let sale =
            |fields: &str| Body::read(format!(r#"{{"image":"aGk="{fields}}}"#).as_bytes()).unwrap().1.sale();
        assert_eq!(sale(""), Ok(Sale::Unasked));
        for (name, meant) in [("auto", Sale::New), ("new", Sale::New), ("used", Sale::Used)] {
            assert_eq!(sale(&format!(r#","type":"{name}""#)), Ok(meant), "{name}");
        }
        assert!(sale(r#","type":"old""#).unwrap_err().detail.contains("auto, new, used"));
    }
}
