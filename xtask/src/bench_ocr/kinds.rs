//! How well fields are found on documents: fresh specimens of every kind, clean and as photographed by hand.
//!
//! A field counts if all of it is right, after NFKC. F1 is over all fields of the specimens of a call: what was found and
//! is right, by what was found and by what is there. A picture that is refused has none of its fields. Of fields that are
//! surer than 0.9 it is said how many are right; and every page is shown to every other kind, which is to refuse it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};
use ocr::kind::{
    self, Field, Fields, flight_itinerary, id_card, id_document, mvs_invoice, passport, vat_invoice,
};
use ocr::{Kind, Page, TextOptions};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::drawn::eye;
use super::{seals, several};
use crate::bench::target;
use crate::specimens;

const EACH: usize = 10;
const SEED: u64 = 2026;
const WORKERS: usize = 2;
/// A field is sure above this.
pub(super) const SURE: f32 = 0.9;
pub(super) const CLEAN_TARGET: f64 = 0.95;
pub(super) const NOISY_TARGET: f64 = 0.85;
const SURE_TARGET: f64 = 0.95;

/// One specimen: its picture, and what stands on it.
#[derive(Debug, Deserialize)]
struct Specimen {
    img: String,
    call: String,
    asked: BTreeMap<String, String>,
    noisy: bool,
    fields: BTreeMap<String, String>,
    /// If it shows several: each of them.
    #[serde(default)]
    documents: Vec<Several>,
}

/// One of several documents on a picture.
#[derive(Debug, Deserialize)]
pub(super) struct Several {
    pub r#type: String,
    pub fields: BTreeMap<String, String>,
}

/// What is a document of another call too: a licence, and an invoice, show a vehicle's number, and a passport is a document
/// with a zone.
const IS_TOO: [(&str, &str); 3] =
    [("mvs-invoice", "vin"), ("vehicle-license", "vin"), ("passport", "id-document")];

/// The call whose fields are not those of a page.
const SEAL: &str = "seal";

/// What a call finds on a page, asked for a side; nothing if it refuses it.
type Find = fn(Page, &str) -> Option<Fields>;

const CALLS: [(&str, Find); 20] = [
    ("bankcard", |page, _| of::<kind::Bankcard>(page, &())),
    ("business-card", |page, _| Some(kind::BusinessCard::find(page, &()).ok()?.fields())),
    ("business-license", |page, _| of::<kind::BusinessLicense>(page, &())),
    ("driver-license", |page, side| {
        let found = kind::DriverLicense::find(page, &licence_side(side)).ok()?;
        found.front.or(found.back)
    }),
    ("exit-entry-permit", |page, _| of::<kind::ExitEntryPermit>(page, &())),
    ("flight-itinerary", |page, _| Some(with_legs(&kind::FlightItinerary::find(page, &()).ok()?))),
    ("id-card", |page, side| {
        let asked = if side == "back" { id_card::Asked::Back } else { id_card::Asked::Front };
        let found = kind::IdCard::find(page, &asked).ok()?;
        found.front.map(|front| front.fields).or(found.back.map(|back| back.fields))
    }),
    ("id-document", |page, _| of::<kind::IdDocument>(page, &id_document::Asked::default())),
    ("license-plate", |page, _| Some(kind::LicensePlate::find(page, &()).ok()?.into_iter().collect())),
    ("mainland-travel-permit", |page, _| of::<kind::MainlandTravelPermit>(page, &())),
    ("mvs-invoice", |page, _| of::<kind::MvsInvoice>(page, &mvs_invoice::Asked::New)),
    ("passport", |page, _| of::<kind::Passport>(page, &passport::Asked::Any)),
    ("quota-invoice", |page, _| of::<kind::QuotaInvoice>(page, &())),
    ("taxi-invoice", |page, _| of::<kind::TaxiInvoice>(page, &())),
    ("toll-invoice", |page, _| of::<kind::TollInvoice>(page, &())),
    ("train-ticket", |page, _| of::<kind::TrainTicket>(page, &())),
    ("vat-invoice", |page, _| {
        Some(with_items(&kind::VatInvoice::find(page, &vat_invoice::Asked { page: 1 }).ok()?))
    }),
    ("vehicle-license", |page, side| {
        let found = kind::VehicleLicense::find(page, &licence_side(side)).ok()?;
        found.front.or(found.back)
    }),
    ("vin", |page, _| of::<kind::Vin>(page, &())),
    ("waybill-electronic", |page, _| of::<kind::WaybillElectronic>(page, &())),
];

fn of<K: Kind<Found = Fields>>(page: Page, asked: &K::Asked) -> Option<Fields> {
    K::find(page, asked).ok()
}

/// The items of an invoice as one more field.
pub(super) fn with_items(found: &vat_invoice::Found) -> Fields {
    with_list("item_list", &found.fields, &found.items)
}

/// The flights of an itinerary as one more field.
pub(super) fn with_legs(found: &flight_itinerary::Found) -> Fields {
    with_list("itinerary_list", &found.fields, &found.legs)
}

/// A list as one more field, with what is in it as text.
fn with_list(name: &'static str, fields: &Fields, list: &[Fields]) -> Fields {
    let text = |item: &Fields| item.iter().map(|field| field.value.as_str()).collect::<Vec<_>>().join("|");
    let said = list.iter().flat_map(Fields::iter).filter(|field| !field.value.is_empty());
    let more = Field {
        name,
        confidence: said.map(|field| field.confidence).product(),
        value: list.iter().map(text).collect::<Vec<_>>().join(" / "),
        location: None,
    };
    fields.iter().cloned().chain([more]).collect()
}

fn licence_side(side: &str) -> kind::Side {
    if side == "back" { kind::Side::Back } else { kind::Side::Front }
}

/// Sums over specimens.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Score {
    pub pictures: usize,
    pub right: usize,
    pub found: usize,
    pub there: usize,
    pub sure: usize,
    pub sure_and_right: usize,
}

impl Score {
    pub fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.found + self.there).max(1) as f64
    }

    pub fn add(&mut self, other: &Score) {
        self.pictures += other.pictures;
        self.right += other.right;
        self.found += other.found;
        self.there += other.there;
        self.sure += other.sure;
        self.sure_and_right += other.sure_and_right;
    }

    fn sure_share(&self) -> f64 {
        if self.sure == 0 { 1.0 } else { self.sure_and_right as f64 / self.sure as f64 }
    }
}

/// Runs the section: `[--each N] [--seed S] [--only CALL] [--misses]`.
///
/// # Errors
///
/// If specimens cannot be drawn, or models are missing.
pub fn run(args: &[String]) -> Result<()> {
    let (mut each, mut seed, mut only, mut misses) = (EACH, SEED, None, false);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut next = || args.next().with_context(|| format!("{arg} of what?"));
        match arg.as_str() {
            "--each" => each = next()?.parse()?,
            "--seed" => seed = next()?.parse()?,
            "--only" => only = Some(next()?.clone()),
            "--misses" => misses = true,
            other => bail!("{other} is not one of --each, --seed, --only, --misses"),
        }
    }
    let of = only.as_deref().unwrap_or("all");
    let folder = target().join(format!("bench-ocr/specimens-{of}-{each}-{seed}"));
    specimens::fresh(&folder, each, seed, only.as_deref())?;
    let list = fs::read(folder.join("fields.json"))?;
    let all: Vec<Specimen> = serde_json::from_slice(&list).context("fields.json")?;
    let pages = read(&folder, &all)?;
    report(&all, &pages, misses);
    Ok(())
}

/// What is read on each picture, as the calls have it read.
fn read(folder: &Path, all: &[Specimen]) -> Result<Vec<Page>> {
    let engine = eye(WORKERS)?;
    let options = TextOptions { character_mode: true, sheets: true, ..TextOptions::default() };
    let of_seals = <kind::Seals as Kind>::options(&kind::seals::Asked::default());
    let next = AtomicUsize::new(0);
    let pages: Mutex<Vec<Option<Page>>> = Mutex::new(vec![None; all.len()]);
    thread::scope(|scope| -> Result<()> {
        let read = || -> Result<()> {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(specimen) = all.get(at) else { return Ok(()) };
                let bytes = fs::read(folder.join(&specimen.img))?;
                let mut page = engine.general_text(&bytes, &options).with_context(|| specimen.img.clone())?;
                if specimen.call == SEAL {
                    // Seals are read by themselves, and the text of the page is for all other kinds.
                    page.seals = engine.general_text(&bytes, &of_seals)?.seals;
                }
                pages.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(page);
            }
        };
        let threads: Vec<_> = (0..WORKERS).map(|_| scope.spawn(read)).collect();
        for thread in threads {
            thread.join().map_err(|_| anyhow::anyhow!("a reading thread panicked"))??;
        }
        Ok(())
    })?;
    let pages = pages.into_inner().unwrap_or_else(PoisonError::into_inner);
    pages.into_iter().collect::<Option<_>>().context("a picture was not read")
}

fn report(all: &[Specimen], pages: &[Page], misses: bool) {
    let mut scores: BTreeMap<(&str, bool), Score> = BTreeMap::new();
    let (mut shown, mut taken) = (0, 0);
    let mut told_apart = several::Told::default();
    let mut of_seals = seals::Read::default();
    for (specimen, page) in all.iter().zip(pages) {
        told_apart.add(&specimen.img, &specimen.call, specimen.noisy, &specimen.documents, page, misses);
        if !specimen.documents.is_empty() {
            continue;
        }
        if specimen.call == SEAL {
            of_seals.add(&specimen.img, specimen.noisy, &specimen.fields, &page.seals, misses);
        }
        let side = specimen.asked.get("side").map_or("front", String::as_str);
        for (call, find) in CALLS {
            if call == specimen.call {
                let score = scored(specimen, find(page.clone(), side).as_ref(), misses.then_some(page));
                scores.entry((call, specimen.noisy)).or_default().add(&score);
            } else if !IS_TOO.contains(&(specimen.call.as_str(), call)) {
                shown += 1;
                if find(page.clone(), side).is_some() {
                    taken += 1;
                    println!("{} was taken for {call}", specimen.img);
                }
            }
        }
    }
    println!("\n{:18}{:>4}  {:>8} {:>8}  {:>12}", "call", "n", "clean F1", "noisy F1", "sure, right");
    let mut total = Score::default();
    for (call, _) in CALLS {
        let [clean, noisy] =
            [false, true].map(|noisy| scores.get(&(call, noisy)).copied().unwrap_or_default());
        let mut both = clean;
        both.add(&noisy);
        total.add(&both);
        println!(
            "{call:18}{:>4}  {:>8.4} {:>8.4}  {:>5} {:.4}",
            both.pictures,
            clean.f1(),
            noisy.f1(),
            both.sure,
            both.sure_share()
        );
    }
    println!();
    for ((call, noisy), score) in &scores {
        let (how, target) = if *noisy { ("noisy", NOISY_TARGET) } else { ("clean", CLEAN_TARGET) };
        println!("RATIO ocr_fields_{how}_{} {:.4} {target}", call.replace('-', "_"), score.f1());
    }
    told_apart.report();
    let seals = of_seals.report();
    total.add(&seals);
    if seals.there > 0 {
        println!("RATIO ocr_fields_sure_are_right_seal {:.4} {SURE_TARGET}", seals.sure_share());
    }
    println!("RATIO ocr_fields_sure_are_right {:.4} {SURE_TARGET}", total.sure_share());
    println!("RATIO ocr_kinds_told_apart {:.4} 1", 1.0 - taken as f64 / f64::from(shown.max(1)));
}

/// The same in whatever width its characters are.
pub(super) fn normal(text: &str) -> String {
    text.nfkc().collect()
}

/// What was found of one; with its page, what was missed is printed.
fn scored(specimen: &Specimen, found: Option<&Fields>, page: Option<&Page>) -> Score {
    let mut score = Score { pictures: 1, ..Score::default() };
    let mut missed = 0;
    for (name, said) in &specimen.fields {
        let field = found.and_then(|fields| fields.get(name));
        let (value, confidence) = field.map_or(("", 0.0), |field| (&field.value, field.confidence));
        let is_right = normal(value) == normal(said);
        score.there += usize::from(!said.is_empty());
        score.found += usize::from(!value.is_empty());
        score.right += usize::from(is_right && !said.is_empty());
        let is_sure = confidence > SURE;
        score.sure += usize::from(is_sure);
        score.sure_and_right += usize::from(is_sure && is_right);
        if !is_right && page.is_some() {
            missed += 1;
            println!("{}: {name} {said:?} read {value:?} {confidence:.3}", specimen.img);
        }
    }
    if let Some(page) = page.filter(|_| missed > 2) {
        for block in &page.blocks {
            println!("    {:?} {}", block.location[0], block.words);
        }
    }
    score
}
