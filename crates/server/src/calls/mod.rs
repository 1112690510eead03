//! The calls of OCR that are published: what each is named, what it is asked, and how its answer is found and written.
//! That is all there is to a call: who calls, by what right, and what it costs is the same for every one
//! (`http::ocr`, `usecase::read_picture`).
//!
//! A call has its shapes in `wire::ocr`, its rules in `ocr::kind`, a few lines in `documents` that bring them together,
//! and a line in the table here. It is sold by its name in the catalog.

mod auto_classification;
mod documents;
mod general_table;
mod general_text;
mod licences;
mod permits;
mod receipts;
mod seals;
mod smart_document;

use axum::http::HeaderMap;
use ocr::{Kind, ReadError, TextOptions};
use serde::Serialize;
use wire::ocr::{Body, Invalid, Picture};

pub use auto_classification::AutoClassification;
pub use documents::{Bankcard, BusinessCard, Handwriting, IdCard, IdDocument, Passport, Vin, WebImage};
pub use general_table::GeneralTable;
pub use general_text::{GeneralText, lines};
pub use licences::{BusinessLicense, DriverLicense, LicensePlate, VehicleLicense};
pub use permits::{ExitEntryPermit, MainlandTravelPermit};
pub use receipts::{
    FlightItinerary, MvsInvoice, QuotaInvoice, TaxiInvoice, TollInvoice, TrainTicket, VatInvoice,
    WaybillElectronic,
};
pub use seals::Seal;
pub use smart_document::SmartDocumentRecognizer;

use crate::auth::rights::Need;
use crate::export::Format;
use crate::eye::{Reader, Reading};
use crate::http::ocr::call;
use crate::http::routes::Routes;

/// What the paths of all begin with.
pub const PATH: &str = "/v2/{project_id}/ocr/";

/// The table of published calls.
macro_rules! published {
    ($($call:ty,)*) => {
        /// The names of all, as in catalogs.
        pub const NAMES: &[&str] = &[$(<$call>::NAME),*];

        /// The routes of all.
        pub fn routes() -> Routes {
            let routes = Routes::at("", PATH);
            $(let routes = routes.post(Need::OcrCall, <$call>::NAME, call::<$call>);)*
            routes
        }
    };
}

published! {
    AutoClassification,
    Bankcard,
    BusinessCard,
    BusinessLicense,
    DriverLicense,
    ExitEntryPermit,
    FlightItinerary,
    GeneralTable,
    GeneralText,
    Handwriting,
    IdCard,
    IdDocument,
    LicensePlate,
    MainlandTravelPermit,
    MvsInvoice,
    Passport,
    QuotaInvoice,
    Seal,
    SmartDocumentRecognizer,
    TaxiInvoice,
    TollInvoice,
    TrainTicket,
    VatInvoice,
    VehicleLicense,
    Vin,
    WaybillElectronic,
    WebImage,
}

/// A call that costs something.
pub trait Metered: 'static {
    /// Its name in catalogs and paths.
    const NAME: &'static str;
    /// What is asked for beside the picture.
    type Asked: Clone + Send + Sync + 'static;
    /// What is found.
    type Found: Send + 'static;
    /// What is answered.
    type Result: Serialize;
    /// How many units it costs at most: as many as possible of them are kept back while the picture is read.
    const MOST_UNITS: u64 = 1;

    /// Takes a body apart.
    ///
    /// # Errors
    /// What is wrong with it.
    fn parse(body: &[u8]) -> Result<(Picture, Self::Asked), Invalid>;

    /// Takes from the request's head what it says about the answer: nothing, but for calls that can give files.
    fn heed(_asked: &mut Self::Asked, _headers: &HeaderMap) {}

    /// How the picture is to be read.
    fn options(asked: &Self::Asked) -> TextOptions;

    /// Finds it, with those options.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn read(eye: &dyn Reader, reading: Reading<'_>, asked: &Self::Asked) -> Result<Self::Found, ReadError>;

    /// How many units that costs, from 1 to the most.
    fn units(_found: &Self::Found) -> u64 {
        1
    }

    /// Writes it down. It has been charged by now, so this cannot fail.
    fn result(found: Self::Found, asked: &Self::Asked) -> Self::Result;

    /// The file that is answered instead, if one was asked for; it was made before anything was charged.
    fn file(_found: &mut Self::Found) -> Option<File> {
        None
    }
}

/// An answer that is a file.
#[derive(Debug)]
pub struct File {
    /// What it is.
    pub format: Format,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// A call about one kind of document.
pub trait Document: 'static {
    /// The call's name.
    const CALL: &'static str;
    /// What it is about.
    type Kind: Kind<Asked: Sync, Found: Send + 'static>;
    /// What is sent.
    type Body: Body + Clone + Send + Sync + 'static;
    /// What is answered.
    type Result: Serialize;

    /// What is asked of the eye.
    ///
    /// # Errors
    /// What is wrong with the body.
    fn asked(body: &Self::Body) -> Result<<Self::Kind as Kind>::Asked, Invalid>;

    /// What was found, as this body wants it.
    fn result(found: <Self::Kind as Kind>::Found, body: &Self::Body) -> Self::Result;
}

impl<D: Document> Metered for D {
    const NAME: &'static str = D::CALL;
    type Asked = (D::Body, <D::Kind as Kind>::Asked);
    type Found = <D::Kind as Kind>::Found;
    type Result = D::Result;

    fn parse(body: &[u8]) -> Result<(Picture, Self::Asked), Invalid> {
        let (picture, body) = D::Body::read(body)?;
        let asked = D::asked(&body)?;
        Ok((picture, (body, asked)))
    }

    fn options((_, asked): &Self::Asked) -> TextOptions {
        D::Kind::options(asked)
    }

    fn read(
        eye: &dyn Reader,
        reading: Reading<'_>,
        (_, asked): &Self::Asked,
    ) -> Result<Self::Found, ReadError> {
        D::Kind::find(eye.general_text(reading)?, asked)
    }

    fn result(found: Self::Found, (body, _): &Self::Asked) -> D::Result {
        D::result(found, body)
    }
}

/// Four decimals, as the published examples have: what is beyond them means nothing.
fn rounded(confidence: f32) -> f32 {
    (confidence * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_one_call() {
        let mut names = NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NAMES.len());
        let paths: Vec<String> = routes().names().into_iter().map(|(_, path)| path).collect();
        assert_eq!(paths, NAMES.iter().map(|name| format!("{PATH}{name}")).collect::<Vec<_>>());
    }
}
