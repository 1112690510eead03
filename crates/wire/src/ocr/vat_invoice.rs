//! `POST /v2/{project_id}/ocr/vat-invoice` ("VAT Invoice OCR").

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Number;

use super::{Answer, Confidences, Invalid, Locations, Sources, page_number};

/// The body as it is sent. OFD is not read, so what becomes of it is accepted and means nothing.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    advanced_mode: Option<bool>,
    return_text_location: Option<bool>,
    /// Which page of a PDF, from 1.
    page_num: Option<Number>,
    ofd_to_image_mode: Option<bool>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

impl Body {
    /// Which page of a PDF it is.
    ///
    /// # Errors
    /// AIS.0101 if it is none.
    pub fn page(&self) -> Result<u32, Invalid> {
        self.page_num.as_ref().map_or(Ok(1), |page| page_number("page_num", page))
    }

    /// Whether more is wanted than code, number, date, parties, amounts and items.
    pub fn is_advanced(&self) -> bool {
        self.advanced_mode.unwrap_or(false)
    }

    /// Whether places are wanted.
    pub fn wants_locations(&self) -> bool {
        self.return_text_location.unwrap_or(false)
    }
}

/// The body of a 200.
pub type Response = Answer<VatInvoice>;

card! {
    /// What stands on an invoice of the value-added tax.
    VatInvoice {
        /// What stands above it.
        title,
        /// `special`, `normal`, `electronic`, `special_electronic` or `roll`.
        r#type,
        /// The code of its kind.
        code,
        /// Its number.
        number,
        /// The day, as it is printed.
        issue_date,
        /// The code by which it is checked; a special one has none.
        check_code,
        /// Who bought.
        buyer_name,
        /// The buyer's taxpayer number.
        buyer_id,
        /// The buyer's address and telephone.
        buyer_address,
        /// The buyer's bank and account.
        buyer_bank,
        /// Who sold.
        seller_name,
        /// The seller's taxpayer number.
        seller_id,
        /// The seller's address and telephone.
        seller_address,
        /// The seller's bank and account.
        seller_bank,
        /// The sum of the amounts.
        subtotal_amount,
        /// The sum of the taxes.
        subtotal_tax,
        /// Both.
        total,
        /// Both, in figures that cannot be altered; in advanced mode.
        total_in_words,
        /// The number of the machine; in advanced mode.
        machine_number,
        /// What was noted; in advanced mode.
        remarks,
        /// Who took the money; in advanced mode.
        receiver,
        /// Who looked it through; in advanced mode.
        reviewer,
        /// Who drew it up; in advanced mode.
        issuer,
        ;
        /// What was sold.
        item_list: Vec<Item>,
        /// How sure each field is; in advanced mode.
        confidence: Confidences,
        /// Where each field stands, if asked for.
        text_location: Locations,
    }
}

card! {
    /// Something that was sold.
    Item {
        /// What it is.
        name,
        /// Of what kind.
        specification,
        /// In what it is counted.
        unit,
        /// How much of it.
        quantity,
        /// The price of one.
        unit_price,
        /// The price of all.
        amount,
        /// The rate of the tax.
        tax_rate,
        /// The tax.
        tax,
        ;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Body as _;

    #[test]
    fn a_page_is_a_number_from_one() {
        let page =
            |fields: &str| Body::read(format!(r#"{{"image":"aGk="{fields}}}"#).as_bytes()).unwrap().1.page();
        assert_eq!((page(""), page(r#","page_num":3"#)), (Ok(1), Ok(3)));
        assert!(page(r#","page_num":0"#).unwrap_err().detail.starts_with("page_num: 0"));
    }
}
