//! Kinds of documents: what to look for in a page that was read, by rules that read like the document's own anatomy.
//!
//! A kind is one file and one implementation of [`Kind`]. It knows nothing of pixels or models: a page goes in, its lines
//! and characters with their places, and what it says comes out. What it does not say is not guessed: a field that was
//! looked for in vain is empty, and a page that shows another kind of document is refused.

#[cfg(test)]
mod any_page;
pub mod auto_classification;
pub mod bankcard;
pub mod business_card;
pub mod business_license;
mod check;
mod citizen;
mod contact;
mod credit_code;
mod date;
mod driver_license;
pub mod exit_entry_permit;
mod field;
pub mod flight_itinerary;
mod form;
pub mod general_table;
pub mod handwriting;
pub mod id_card;
pub mod id_document;
mod label;
mod letters;
mod licence;
pub mod license_plate;
pub mod mainland_travel_permit;
mod money;
pub mod mrz;
pub mod mvs_invoice;
pub mod passport;
mod peoples;
mod permit;
mod permit_zone;
mod plate;
pub mod quota_invoice;
mod receipt;
pub mod seals;
mod side;
pub mod smart_document;
pub mod taxi_invoice;
pub mod toll_invoice;
pub mod train_ticket;
pub mod vat_invoice;
mod vehicle_license;
pub mod vin;
mod waybill_electronic;
pub mod web_image;

pub use auto_classification::AutoClassification;
pub use bankcard::Bankcard;
pub use business_card::BusinessCard;
pub use business_license::BusinessLicense;
pub use contact::Contact;
pub use driver_license::DriverLicense;
pub use exit_entry_permit::ExitEntryPermit;
pub use field::{Field, Fields};
pub use flight_itinerary::FlightItinerary;
pub use general_table::GeneralTable;
pub use handwriting::Handwriting;
pub use id_card::IdCard;
pub use id_document::IdDocument;
pub use licence::Sides;
pub use license_plate::LicensePlate;
pub use mainland_travel_permit::MainlandTravelPermit;
pub use mvs_invoice::MvsInvoice;
pub use passport::Passport;
pub use quota_invoice::QuotaInvoice;
pub use seals::Seals;
pub use side::Side;
pub use smart_document::SmartDocument;
pub use taxi_invoice::TaxiInvoice;
pub use toll_invoice::TollInvoice;
pub use train_ticket::TrainTicket;
pub use vat_invoice::VatInvoice;
pub use vehicle_license::VehicleLicense;
pub use vin::Vin;
pub use waybill_electronic::WaybillElectronic;
pub use web_image::WebImage;

use crate::{Page, ReadError, TextOptions};

/// The refusal of a page that does not show a kind, which is named as in a sentence.
fn shows_no(what: &str) -> ReadError {
    ReadError::Quality(format!("it does not show {what}"))
}

/// A kind of document.
pub trait Kind {
    /// What a caller may ask for beside the picture.
    type Asked: Clone + Send + 'static;
    /// What is found.
    type Found;

    /// How the picture is to be read.
    fn options(asked: &Self::Asked) -> TextOptions;

    /// Finds it on a page that was read so.
    ///
    /// # Errors
    ///
    /// [`ReadError::Quality`] if the page shows nothing of this kind.
    fn find(page: Page, asked: &Self::Asked) -> Result<Self::Found, ReadError>;
}
