//! Calls about licences and plates: their shapes and their rules brought together.

use ocr::kind::{self, Field, Fields, Side, Sides};
use wire::ocr::body;
use wire::ocr::business_license as of_business;
use wire::ocr::driver_license as of_driver;
use wire::ocr::license_plate as of_plate;
use wire::ocr::vehicle_license as of_vehicle;
use wire::ocr::{Invalid, OnlyPicture};

use super::documents::{confidences, locations, value};
use super::{Document, rounded};

fn side(asked: body::Side) -> Side {
    match asked {
        body::Side::Front => Side::Front,
        body::Side::Back => Side::Back,
        body::Side::Both => Side::Both,
    }
}

/// What a field of a licence on paper says; who issued it only if that is wanted.
fn on_paper(fields: &Fields, name: &str, wants_authority: bool) -> Option<String> {
    match name {
        "type" => Some("normal".to_owned()),
        "issuing_authority" if !wants_authority => None,
        name => value(fields, name),
    }
}

/// `business-license`.
#[derive(Debug)]
pub struct BusinessLicense;

impl Document for BusinessLicense {
    const CALL: &'static str = "business-license";
    type Kind = kind::BusinessLicense;
    type Body = OnlyPicture;
    type Result = of_business::BusinessLicense;

    fn asked(_: &OnlyPicture) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: Fields, _: &OnlyPicture) -> of_business::BusinessLicense {
        of_business::BusinessLicense {
            confidence: Some(confidences(&found)),
            ..of_business::BusinessLicense::of(|name| value(&found, name))
        }
    }
}

/// `vehicle-license`.
#[derive(Debug)]
pub struct VehicleLicense;

impl Document for VehicleLicense {
    const CALL: &'static str = "vehicle-license";
    type Kind = kind::VehicleLicense;
    type Body = of_vehicle::Body;
    type Result = of_vehicle::VehicleLicense;

    fn asked(body: &of_vehicle::Body) -> Result<Side, Invalid> {
        body.side().map(side)
    }

    fn result(found: Sides, body: &of_vehicle::Body) -> of_vehicle::VehicleLicense {
        let said = |fields: &Fields, name: &str| on_paper(fields, name, body.wants_authority());
        let places = |fields: &Fields| body.wants_locations().then(|| locations(fields));
        of_vehicle::VehicleLicense::of_sides((found.front, found.back), said, places)
    }
}

/// `driver-license`.
#[derive(Debug)]
pub struct DriverLicense;

impl Document for DriverLicense {
    const CALL: &'static str = "driver-license";
    type Kind = kind::DriverLicense;
    type Body = of_driver::Body;
    type Result = of_driver::DriverLicense;

    fn asked(body: &of_driver::Body) -> Result<Side, Invalid> {
        body.side().map(side)
    }

    fn result(found: Sides, body: &of_driver::Body) -> of_driver::DriverLicense {
        let said = |fields: &Fields, name: &str| on_paper(fields, name, body.wants_authority());
        let places = |fields: &Fields| body.wants_locations().then(|| locations(fields));
        of_driver::DriverLicense::of_sides((found.front, found.back), said, places)
    }
}

/// `license-plate`.
#[derive(Debug)]
pub struct LicensePlate;

impl Document for LicensePlate {
    const CALL: &'static str = "license-plate";
    type Kind = kind::LicensePlate;
    type Body = OnlyPicture;
    type Result = Vec<of_plate::LicensePlate>;

    fn asked(_: &OnlyPicture) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: Vec<Field>, _: &OnlyPicture) -> Vec<of_plate::LicensePlate> {
        let plate = |field: Field| {
            Some(of_plate::LicensePlate {
                plate_number: field.value,
                plate_location: field.location?,
                confidence: rounded(field.confidence),
            })
        };
        found.into_iter().filter_map(plate).collect()
    }
}
