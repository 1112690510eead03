//! Calls about tickets, receipts and waybills: their shapes and their rules brought together.

use ocr::kind::{self, Fields, flight_itinerary, mvs_invoice, vat_invoice};
use wire::ocr::body::WithLocations;
use wire::ocr::flight_itinerary as of_flight;
use wire::ocr::mvs_invoice as of_vehicle;
use wire::ocr::quota_invoice as of_quota;
use wire::ocr::taxi_invoice as of_taxi;
use wire::ocr::toll_invoice as of_toll;
use wire::ocr::train_ticket as of_train;
use wire::ocr::vat_invoice as of_tax;
use wire::ocr::waybill_electronic as of_parcel;
use wire::ocr::{Invalid, OnlyPicture};

use super::Document;
use super::documents::{confidences, locations, value};

/// `flight-itinerary`.
#[derive(Debug)]
pub struct FlightItinerary;

impl Document for FlightItinerary {
    const CALL: &'static str = "flight-itinerary";
    type Kind = kind::FlightItinerary;
    type Body = OnlyPicture;
    type Result = of_flight::FlightItinerary;

    fn asked(_: &OnlyPicture) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: flight_itinerary::Found, _: &OnlyPicture) -> of_flight::FlightItinerary {
        let texts = confidences(&found.fields).into_iter();
        let texts = texts.map(|(name, sure)| (name, of_flight::OfField::Text(sure)));
        let flights = of_flight::OfField::Flights(found.legs.iter().map(confidences).collect());
        let legs = found.legs.iter().map(|leg| of_flight::Leg::of(|name| value(leg, name)));
        of_flight::FlightItinerary {
            itinerary_list: Some(legs.collect()),
            confidence: Some(texts.chain([("itinerary_list", flights)]).collect()),
            ..of_flight::FlightItinerary::of(|name| value(&found.fields, name))
        }
    }
}

/// `mvs-invoice`.
#[derive(Debug)]
pub struct MvsInvoice;

impl Document for MvsInvoice {
    const CALL: &'static str = "mvs-invoice";
    type Kind = kind::MvsInvoice;
    type Body = of_vehicle::Body;
    type Result = of_vehicle::MvsInvoice;

    fn asked(body: &of_vehicle::Body) -> Result<mvs_invoice::Asked, Invalid> {
        Ok(match body.sale()? {
            of_vehicle::Sale::Unasked | of_vehicle::Sale::New => mvs_invoice::Asked::New,
            of_vehicle::Sale::Used => mvs_invoice::Asked::Used,
        })
    }

    fn result(found: Fields, body: &of_vehicle::Body) -> of_vehicle::MvsInvoice {
        let is_asked = body.sale() == Ok(of_vehicle::Sale::New);
        let said = |name: &str| match name {
            "type" => is_asked.then(|| "机动车销售统一发票".to_owned()),
            name => value(&found, name),
        };
        of_vehicle::MvsInvoice {
            confidence: body.wants_confidences().then(|| confidences(&found)),
            text_location: body.wants_locations().then(|| locations(&found)),
            ..of_vehicle::MvsInvoice::of(said)
        }
    }
}

/// `quota-invoice`.
#[derive(Debug)]
pub struct QuotaInvoice;

impl Document for QuotaInvoice {
    const CALL: &'static str = "quota-invoice";
    type Kind = kind::QuotaInvoice;
    type Body = OnlyPicture;
    type Result = of_quota::QuotaInvoice;

    fn asked(_: &OnlyPicture) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: Fields, _: &OnlyPicture) -> of_quota::QuotaInvoice {
        of_quota::QuotaInvoice {
            confidence: Some(confidences(&found)),
            ..of_quota::QuotaInvoice::of(|name| value(&found, name))
        }
    }
}

/// `taxi-invoice`.
#[derive(Debug)]
pub struct TaxiInvoice;

impl Document for TaxiInvoice {
    const CALL: &'static str = "taxi-invoice";
    type Kind = kind::TaxiInvoice;
    type Body = WithLocations;
    type Result = of_taxi::TaxiInvoice;

    fn asked(_: &WithLocations) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: Fields, body: &WithLocations) -> of_taxi::TaxiInvoice {
        of_taxi::TaxiInvoice {
            confidence: Some(confidences(&found)),
            text_location: body.wants_locations().then(|| locations(&found)),
            ..of_taxi::TaxiInvoice::of(|name| value(&found, name))
        }
    }
}

/// `toll-invoice`.
#[derive(Debug)]
pub struct TollInvoice;

impl Document for TollInvoice {
    const CALL: &'static str = "toll-invoice";
    type Kind = kind::TollInvoice;
    type Body = WithLocations;
    type Result = of_toll::TollInvoice;

    fn asked(_: &WithLocations) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: Fields, body: &WithLocations) -> of_toll::TollInvoice {
        of_toll::TollInvoice {
            confidence: Some(confidences(&found)),
            text_location: body.wants_locations().then(|| locations(&found)),
            ..of_toll::TollInvoice::of(|name| value(&found, name))
        }
    }
}

/// `train-ticket`.
#[derive(Debug)]
pub struct TrainTicket;

impl Document for TrainTicket {
    const CALL: &'static str = "train-ticket";
    type Kind = kind::TrainTicket;
    type Body = WithLocations;
    type Result = of_train::TrainTicket;

    fn asked(_: &WithLocations) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: Fields, body: &WithLocations) -> of_train::TrainTicket {
        let said = |name: &str| match name {
            // The electronic one has another form.
            "invoice_style" => Some("paper".to_owned()),
            name => value(&found, name),
        };
        of_train::TrainTicket {
            confidence: Some(confidences(&found)),
            text_location: body.wants_locations().then(|| locations(&found)),
            ..of_train::TrainTicket::of(said)
        }
    }
}

/// `vat-invoice`.
#[derive(Debug)]
pub struct VatInvoice;

impl Document for VatInvoice {
    const CALL: &'static str = "vat-invoice";
    type Kind = kind::VatInvoice;
    type Body = of_tax::Body;
    type Result = of_tax::VatInvoice;

    fn asked(body: &of_tax::Body) -> Result<vat_invoice::Asked, Invalid> {
        Ok(vat_invoice::Asked { page: body.page()? })
    }

    fn result(found: vat_invoice::Found, body: &of_tax::Body) -> of_tax::VatInvoice {
        const ADVANCED: [&str; 6] =
            ["total_in_words", "machine_number", "remarks", "receiver", "reviewer", "issuer"];
        let fields = found.fields;
        let said = |name: &str| {
            let is_wanted = body.is_advanced() || !ADVANCED.contains(&name);
            value(&fields, name).filter(|_| is_wanted)
        };
        let items = found.items.iter().map(|item| of_tax::Item::of(|name| value(item, name)));
        of_tax::VatInvoice {
            item_list: Some(items.collect()),
            confidence: body.is_advanced().then(|| confidences(&fields)),
            text_location: body.wants_locations().then(|| locations(&fields)),
            ..of_tax::VatInvoice::of(said)
        }
    }
}

/// `waybill-electronic`.
#[derive(Debug)]
pub struct WaybillElectronic;

impl Document for WaybillElectronic {
    const CALL: &'static str = "waybill-electronic";
    type Kind = kind::WaybillElectronic;
    type Body = OnlyPicture;
    type Result = of_parcel::WaybillElectronic;

    fn asked(_: &OnlyPicture) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: Fields, _: &OnlyPicture) -> of_parcel::WaybillElectronic {
        of_parcel::WaybillElectronic {
            confidence: Some(confidences(&found)),
            ..of_parcel::WaybillElectronic::of(|name| value(&found, name))
        }
    }
}
