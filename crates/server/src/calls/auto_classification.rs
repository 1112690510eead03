//! `auto-classification`: several documents on one picture, each answered as its own call would answer it. It costs a unit
//! for each that was read.

use ocr::kind::AutoClassification as Kind;
use ocr::kind::auto_classification::{self as of_eye, Content, Document as Seen, MOST, Want, Wanted};
use ocr::{Kind as _, ReadError, TextOptions};
use serde::Serialize;
use wire::ocr::auto_classification::{Body, Classified, Status};
use wire::ocr::{Body as _, Invalid, Picture};

use super::{Document, Metered};
use crate::eye::{Reader, Reading};

/// `auto-classification`.
#[derive(Debug)]
pub struct AutoClassification;

/// The types and their own calls.
macro_rules! types {
    ($($name:ident $field:ident;)*) => {
        /// What their names are.
        const TYPES: &[&str] = &[$(stringify!($field),)*];

        /// What is asked for.
        #[derive(Debug, Clone)]
        pub struct Asked {
            eye: of_eye::Asked,
            $($field: Result<<super::$name as Document>::Body, Invalid>,)*
        }

        /// What is answered about one document.
        #[derive(Serialize)]
        #[serde(untagged)]
        pub enum Answered {
            $(
                /// By its own call.
                $name(Box<<super::$name as Document>::Result>),
            )*
            /// It was not read.
            Nothing {},
        }

        impl Asked {
            fn of(body: &Body) -> Result<Asked, Invalid> {
                let looks_for = body.looks_for(TYPES)?;
                let mut wanted = Wanted::default();
                $(
                    let $field = match body.of_type::<<super::$name as Document>::Body>(stringify!($field)) {
                        Ok(None) => Ok(<<super::$name as Document>::Body>::default()),
                        Ok(Some(body)) => <super::$name as Document>::asked(&body).map(|asked| {
                            wanted.$field = Want::Exactly(asked);
                            body
                        }),
                        Err(invalid) => Err(invalid),
                    };
                    if !looks_for(stringify!($field)) {
                        wanted.$field = Want::No;
                    }
                )*
                Ok(Asked { eye: of_eye::Asked { page: body.page()?, wanted }, $($field,)* })
            }

            /// Why a document of this type cannot be read, if what is asked of it makes no sense.
            fn invalid(&self, kind: of_eye::Type) -> Option<&Invalid> {
                match kind { $(of_eye::Type::$name => self.$field.as_ref().err(),)* }
            }

            fn answered(&self, content: Content) -> Answered {
                match content {
                    $(Content::$name(found) => match &self.$field {
                        Ok(body) => {
                            Answered::$name(Box::new(<super::$name as Document>::result(found, body)))
                        }
                        Err(_) => Answered::Nothing {},
                    },)*
                }
            }
        }
    };
}

types! {
    Bankcard bankcard;
    DriverLicense driver_license;
    FlightItinerary flight_itinerary;
    IdCard id_card;
    MvsInvoice mvs_invoice;
    Passport passport;
    QuotaInvoice quota_invoice;
    TaxiInvoice taxi_invoice;
    TollInvoice toll_invoice;
    TrainTicket train_ticket;
    VatInvoice vat_invoice;
    VehicleLicense vehicle_license;
}

/// The documents of a picture, of which at least one was read.
#[derive(Debug)]
pub struct Found {
    documents: Vec<Seen>,
    read: u64,
}

impl Metered for AutoClassification {
    const NAME: &'static str = "auto-classification";
    type Asked = Asked;
    type Found = Found;
    type Result = Vec<Classified<Answered>>;
    const MOST_UNITS: u64 = MOST as u64;

    fn parse(body: &[u8]) -> Result<(Picture, Asked), Invalid> {
        let (picture, body) = Body::read(body)?;
        Ok((picture, Asked::of(&body)?))
    }

    fn options(asked: &Asked) -> TextOptions {
        Kind::options(&asked.eye)
    }

    fn read(eye: &dyn Reader, reading: Reading<'_>, asked: &Asked) -> Result<Found, ReadError> {
        let mut documents = Kind::find(eye.general_text(reading)?, &asked.eye)?;
        for document in &mut documents {
            if asked.invalid(document.kind).is_some() {
                document.content = None;
            }
        }
        let read = documents.iter().filter(|document| document.content.is_some()).count();
        if read == 0 {
            // Every refusal is free, and an answer that costs nothing would be no answer.
            let mut invalid = documents.iter().filter_map(|document| asked.invalid(document.kind));
            let detail =
                invalid.next().map_or("none of its documents shows what is wanted of it", |invalid| {
                    invalid.detail.as_str()
                });
            return Err(ReadError::Quality(detail.to_owned()));
        }
        Ok(Found { documents, read: read as u64 })
    }

    fn units(found: &Found) -> u64 {
        found.read
    }

    fn result(found: Found, asked: &Asked) -> Vec<Classified<Answered>> {
        let classified = |Seen { kind, location, content }: Seen| {
            let (status, content) = match (content, asked.invalid(kind)) {
                (Some(content), _) => (Status::read(), asked.answered(content)),
                (None, Some(invalid)) => (Status::invalid(invalid), Answered::Nothing {}),
                (None, None) => (Status::not_read(), Answered::Nothing {}),
            };
            Classified { status, content, r#type: kind.name(), location }
        };
        found.documents.into_iter().map(classified).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_the_eye_has_its_call() {
        let names: Vec<&str> = of_eye::Type::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names, TYPES);
    }

    fn asked(fields: &str) -> Result<Asked, Invalid> {
        AutoClassification::parse(format!(r#"{{"image":"aGk="{fields}}}"#).as_bytes()).map(|(_, asked)| asked)
    }

    #[test]
    fn what_is_wrong_about_one_type_is_its_own_affair() {
        let given =
            r#","extended_parameters":{"id_card":{"side":"left"},"passport":{"country_code":"GENERAL"}}"#;
        let asked = asked(given).unwrap();
        assert!(asked.invalid(of_eye::Type::IdCard).unwrap().detail.starts_with("side"));
        assert!(asked.invalid(of_eye::Type::Passport).is_none());
        assert!(matches!(asked.eye.wanted.passport, Want::Exactly(ocr::kind::passport::Asked::ZoneAlone)));
        assert!(matches!(asked.eye.wanted.train_ticket, Want::Any));
    }

    #[test]
    fn a_list_leaves_out_all_others() {
        let asked = asked(r#","type_list":["train_ticket"],"pdf_page_number":2"#).unwrap();
        let wanted = |kind: &&of_eye::Type| asked.eye.wanted.has(**kind);
        assert_eq!(of_eye::Type::ALL.iter().filter(wanted).count(), 1);
        assert_eq!(AutoClassification::options(&asked).pdf_page_number, 2);
    }

    #[test]
    fn nothing_is_an_empty_object() {
        assert_eq!(serde_json::to_string(&Answered::Nothing {}).unwrap(), "{}");
    }
}
