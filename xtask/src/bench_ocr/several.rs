//! How well several documents on one picture are told apart: of pictures of several, how many of their documents are found
//! as what they are, and how many of their fields; of pictures of one, whether it is found as one.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ocr::kind::auto_classification::{Asked, AutoClassification, Content, Document, Type};
use ocr::kind::{Fields, Sides, id_card};
use ocr::{Kind as _, Page};

use super::kinds::{CLEAN_TARGET, NOISY_TARGET, Several, normal, with_items, with_legs};

/// Sums over pictures of several documents.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    pictures: usize,
    there: usize,
    found: usize,
    /// Documents of a picture of which one of the same type is there.
    right: usize,
    fields_there: usize,
    fields_found: usize,
    fields_right: usize,
    slowest: Duration,
}

/// All that was told apart.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Clean and noisy ones.
    sums: [Sum; 2],
    ones: usize,
    ones_right: usize,
}

fn f1(right: usize, found: usize, there: usize) -> f64 {
    2.0 * right as f64 / (found + there).max(1) as f64
}

impl Told {
    /// Adds a picture: of several documents, or of one of that call.
    pub fn add(
        &mut self,
        img: &str,
        call: &str,
        is_noisy: bool,
        there: &[Several],
        page: &Page,
        misses: bool,
    ) {
        let begun = Instant::now();
        let asked = Asked { page: 1, ..Asked::default() };
        let found = AutoClassification::find(page.clone(), &asked).unwrap_or_default();
        let took = begun.elapsed();
        let kinds: Vec<&str> = found.iter().map(|document| document.kind.name()).collect();
        if there.is_empty() {
            let own = call.replace('-', "_");
            let wanted: &[&str] = if Type::parse(&own).is_some() { &[own.as_str()] } else { &[] };
            let is_right = kinds == wanted;
            self.ones += 1;
            self.ones_right += usize::from(is_right);
            if !is_right {
                println!("{img} was told apart as {kinds:?}");
            }
            return;
        }
        let Some(sum) = self.sums.get_mut(usize::from(is_noisy)) else { return };
        sum.pictures += 1;
        sum.there += there.len();
        sum.found += found.len();
        sum.slowest = sum.slowest.max(took);
        let mut left: Vec<(Document, Fields)> = found
            .into_iter()
            .filter_map(|document| document.content.as_ref().map(fields).map(|fields| (document, fields)))
            .collect();
        for one in there {
            sum.fields_there += one.fields.values().filter(|value| !value.is_empty()).count();
            let agree = |(_, fields): &(Document, Fields)| agreeing(&one.fields, fields);
            let same = (0..left.len()).filter(|at| left[*at].0.kind.name() == one.r#type);
            let Some(best) = same.max_by_key(|at| agree(&left[*at])) else {
                if misses {
                    println!("{img}: a {} was not found among {kinds:?}", one.r#type);
                }
                continue;
            };
            let (_, fields) = left.swap_remove(best);
            sum.right += 1;
            // What specimens do not say is not asked for.
            let is_asked = |name: &&String| !fields.value(name).is_empty();
            sum.fields_found += one.fields.keys().filter(is_asked).count();
            sum.fields_right += agreeing(&one.fields, &fields);
            if misses {
                for (name, said) in &one.fields {
                    let value = fields.value(name);
                    if normal(value) != normal(said) {
                        println!("{img}: {} {name} {said:?} read {value:?}", one.r#type);
                    }
                }
            }
        }
        for (document, fields) in left {
            sum.fields_found += filled(&fields);
            if misses {
                println!("{img}: no such {} at {:?}", document.kind.name(), document.location);
            }
        }
    }

    /// Prints what came of it.
    pub fn report(&self) {
        for (how, sum, target) in
            [("clean", self.sums[0], CLEAN_TARGET), ("noisy", self.sums[1], NOISY_TARGET)]
        {
            println!(
                "{} {how} pictures of several documents: {} there, {} found, {} right; the slowest took {:?}",
                sum.pictures, sum.there, sum.found, sum.right, sum.slowest
            );
            let documents = f1(sum.right, sum.found, sum.there);
            println!("RATIO ocr_documents_{how}_auto_classification {documents:.4} {target}");
            let fields = f1(sum.fields_right, sum.fields_found, sum.fields_there);
            println!("RATIO ocr_fields_{how}_auto_classification {fields:.4} {target}");
        }
        let ones = self.ones_right as f64 / self.ones.max(1) as f64;
        println!("RATIO ocr_one_is_one_auto_classification {ones:.4} {CLEAN_TARGET}");
    }
}

/// The fields of a document.
fn fields(content: &Content) -> Fields {
    let of_sides = |sides: &Sides| sides.front.clone().or(sides.back.clone()).unwrap_or_default();
    match content {
        Content::DriverLicense(sides) | Content::VehicleLicense(sides) => of_sides(sides),
        Content::IdCard(id_card::Found { front, back }) => {
            let back = || back.as_ref().map(|back| back.fields.clone());
            front.as_ref().map(|front| front.fields.clone()).or_else(back).unwrap_or_default()
        }
        Content::FlightItinerary(found) => with_legs(found),
        Content::VatInvoice(found) => with_items(found),
        Content::Bankcard(fields)
        | Content::MvsInvoice(fields)
        | Content::Passport(fields)
        | Content::QuotaInvoice(fields)
        | Content::TaxiInvoice(fields)
        | Content::TollInvoice(fields)
        | Content::TrainTicket(fields) => fields.clone(),
    }
}

fn filled(fields: &Fields) -> usize {
    fields.iter().filter(|field| !field.value.is_empty()).count()
}

fn agreeing(there: &BTreeMap<String, String>, found: &Fields) -> usize {
    there.iter().filter(|(name, said)| !said.is_empty() && normal(found.value(name)) == normal(said)).count()
}
