//! Every kind with the real models on the specimens of every other kind: none may answer, for a caller would pay for
//! fields of a document that is not there. Each picture is read once, and its page is shown to the rules of all.

// Helpers of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod eye;
mod wanted;

use eye::{engine, models, picture};
use ocr::kind::{
    Bankcard, BusinessCard, BusinessLicense, DriverLicense, ExitEntryPermit, FlightItinerary, IdCard,
    IdDocument, LicensePlate, MainlandTravelPermit, MvsInvoice, Passport, QuotaInvoice, Side, TaxiInvoice,
    TollInvoice, TrainTicket, VatInvoice, VehicleLicense, Vin, WaybillElectronic, id_card, id_document,
    mvs_invoice, passport, vat_invoice,
};
use ocr::{Kind, Page, TextOptions};

/// Whether a page shows a kind, whatever is asked for.
type Shows = fn(&Page) -> bool;

fn shows<K: Kind>(page: &Page, asked: &[K::Asked]) -> bool {
    asked.iter().any(|asked| K::find(page.clone(), asked).is_ok())
}

const SIDES: [Side; 2] = [Side::Front, Side::Back];

/// The kinds, by what the names of their specimens begin with.
const KINDS: [(&str, Shows); 20] = [
    ("bankcard", |page| shows::<Bankcard>(page, &[()])),
    ("business_card", |page| shows::<BusinessCard>(page, &[()])),
    ("business_license", |page| shows::<BusinessLicense>(page, &[()])),
    ("driver", |page| shows::<DriverLicense>(page, &SIDES)),
    ("exit_entry_permit", |page| shows::<ExitEntryPermit>(page, &[()])),
    ("flight_itinerary", |page| shows::<FlightItinerary>(page, &[()])),
    ("id_document", |page| shows::<IdDocument>(page, &[id_document::Asked::default()])),
    ("id", |page| shows::<IdCard>(page, &[id_card::Asked::Front, id_card::Asked::Back])),
    ("license_plate", |page| shows::<LicensePlate>(page, &[()])),
    ("mainland_permit", |page| shows::<MainlandTravelPermit>(page, &[()])),
    ("mvs_invoice", |page| shows::<MvsInvoice>(page, &[mvs_invoice::Asked::New, mvs_invoice::Asked::Used])),
    ("passport", |page| shows::<Passport>(page, &[passport::Asked::Any])),
    ("quota_invoice", |page| shows::<QuotaInvoice>(page, &[()])),
    ("taxi_invoice", |page| shows::<TaxiInvoice>(page, &[()])),
    ("toll_invoice", |page| shows::<TollInvoice>(page, &[()])),
    ("train_ticket", |page| shows::<TrainTicket>(page, &[()])),
    ("vat_invoice", |page| shows::<VatInvoice>(page, &[vat_invoice::Asked { page: 1 }])),
    ("vehicle", |page| shows::<VehicleLicense>(page, &SIDES)),
    ("vin", |page| shows::<Vin>(page, &[()])),
    ("waybill", |page| shows::<WaybillElectronic>(page, &[()])),
];
/// What shows another kind too: a vehicle's number stands on its papers, and a passport is a document with a zone.
const IS_TOO: [(&str, &str); 3] = [("mvs_invoice", "vin"), ("vehicle", "vin"), ("passport", "id_document")];
/// Pictures that show none.
const NONE: [&str; 5] = ["notice_zh", "poster", "receipt_en", "page", "table"];

/// The kind that a picture shows, by its name; `None` for one that is not looked at.
fn kind_of(name: &str) -> Option<&'static str> {
    let begins = |kind: &&str| name.starts_with(*kind);
    let kinds = KINDS.iter().map(|(kind, _)| *kind).filter(begins).max_by_key(|kind| kind.len());
    kinds.or_else(|| NONE.into_iter().find(begins))
}

#[test]
fn no_kind_answers_for_another() {
    let Some(engine) = engine() else { return };
    assert!(models().is_some());
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name.ends_with(".jpg") && !name.contains("_both"));
    names.sort();
    let options = TextOptions { character_mode: true, ..TextOptions::default() };
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for name in names {
        let Some(own) = kind_of(&name) else { continue };
        let page = engine.general_text(&picture(&name), &options).unwrap();
        seen += 1;
        for (kind, shows) in KINDS {
            let is_shown = shows(&page);
            if kind == own {
                assert!(is_shown, "{name} is not taken for what it is");
            } else if is_shown && !IS_TOO.contains(&(own, kind)) {
                wrong.push(format!("{name} was taken for {kind}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(seen > 50, "{seen} pictures");
}
