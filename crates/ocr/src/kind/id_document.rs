//! An identity document of any country that keeps to ICAO 9303: a passport, or an identity card of either size. What it is
//! and whose is said by its machine-readable zone, whose check digits decide; a page without one proves nothing, and is
//! refused. What the zone does not say is taken from labels in English beside or above it.

use super::date;
use super::field::Fields;
use super::label::{trimmed, under};
use super::mrz::{self, Layout, Read, Zone};
use super::passport::dates;
use super::{Kind, shows_no};
use crate::sheet::{Glyph, Run as _, Sheet};
use crate::{Limits, Page, ReadError, TextOptions};

/// An identity document: the fields of `id-document`.
#[derive(Debug)]
pub struct IdDocument;

/// Which documents are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Of these countries, by their three letters; of any if there are none.
    pub countries: Vec<String>,
    /// Of these types; of any if there are none.
    pub types: Vec<DocumentType>,
}

/// What kind of document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentType {
    /// A passport.
    Passport,
    /// An identity card.
    IdentityCard,
    /// A driving licence. Those have no zone of this standard, so none is found.
    DrivingLicence,
}

impl DocumentType {
    /// Its two letters.
    pub fn code(self) -> &'static str {
        match self {
            DocumentType::Passport => "PP",
            DocumentType::IdentityCard => "ID",
            DocumentType::DrivingLicence => "DL",
        }
    }

    /// By the code of a zone: passports are `P`, cards `I`, `A` or `C` and one more letter. Visas are no such document.
    fn of_zone(zone: &Zone) -> Option<DocumentType> {
        match zone.code.text().chars().next() {
            Some('P') => Some(DocumentType::Passport),
            Some('I' | 'A' | 'C') => Some(DocumentType::IdentityCard),
            _ => None,
        }
    }
}

/// The forms of zones, and on which side of a document each of them stands (ICAO 9303, parts 4 to 6).
const FORMS: [(&Layout, &str, DocumentType); 3] = [
    (&mrz::TD3, "front", DocumentType::Passport),
    (&mrz::TD2, "front", DocumentType::IdentityCard),
    (&mrz::TD1, "back", DocumentType::IdentityCard),
];

/// Labels of what no zone says.
const ISSUED: &[&str] = &["dateofissue", "issuedate", "dateissued", "issuedon"];
const AUTHORITY: &[&str] = &["issuingauthority", "authority", "issuedby"];
const ADDRESS: &[&str] = &["address", "permanentaddress", "residence"];

impl Kind for IdDocument {
    type Asked = Asked;
    type Found = Fields;

    fn options(_: &Asked) -> TextOptions {
        let limits = Limits { min_side_px: 100, ..Limits::PHOTOGRAPH };
        TextOptions { character_mode: true, limits, ..TextOptions::default() }
    }

    fn find(page: Page, asked: &Asked) -> Result<Fields, ReadError> {
        let sheet = Sheet::of(&page);
        let zones = FORMS.into_iter().filter_map(|(layout, side, form)| {
            let zone = Zone::on(&sheet, layout)?;
            let kind = DocumentType::of_zone(&zone).filter(|kind| *kind == form)?;
            Some((zone, kind, side))
        });
        let share = |(fit, of): (usize, usize)| fit as f32 / of as f32;
        let best = zones.max_by(|a, b| share(a.0.fitting).total_cmp(&share(b.0.fitting)));
        let Some((zone, kind, side)) = best else {
            return Err(shows_no("an identity document with a machine-readable zone whose check digits fit"));
        };
        let country = country(&zone.issuer.text());
        let is_wanted = (asked.countries.is_empty() || asked.countries.contains(&country))
            && (asked.types.is_empty() || asked.types.contains(&kind));
        if !is_wanted {
            return Err(shows_no("an identity document of a country and type that is looked for"));
        }
        let mut fields = Fields::default();
        fields.put_as_sure("country_region", country, zone.issuer.confidence, &zone.issuer.run);
        fields.put_as_sure("id_type", kind.code(), zone.code.confidence, &zone.code.run);
        fields.put_as_sure("side", side, zone.code.confidence, &zone.code.run);
        of_zone(&mut fields, &zone);
        of_page(&mut fields, &sheet);
        Ok(fields)
    }
}

/// The three letters of a country: Germany's zones have one.
fn country(issuer: &str) -> String {
    if issuer == "D" { "DEU".to_owned() } else { issuer.to_owned() }
}

fn of_zone(fields: &mut Fields, zone: &Zone) {
    let mut put =
        |name, value: String, read: &Read| fields.put_as_sure(name, value, read.confidence, &read.run);
    put("first_name", zone.given_names.text(), &zone.given_names);
    put("last_name", zone.surname.text(), &zone.surname);
    let sex = zone.sex.text();
    put("sex", if matches!(sex.as_str(), "F" | "M" | "X") { sex } else { String::new() }, &zone.sex);
    put("nationality", country(&zone.nationality.text()), &zone.nationality);
    let [birth, expiry] = dates(&zone.birth.text(), &zone.expiry.text());
    put("birth_date", birth, &zone.birth);
    put("expiry_date", expiry, &zone.expiry);
    put("document_number", zone.number.text(), &zone.number);
}

/// What is printed: when and by whom it was issued, and where its holder lives. A name that is printed too is surer.
fn of_page(fields: &mut Fields, sheet: &Sheet) {
    for name in ["last_name", "first_name"] {
        let value = fields.value(name).replace(' ', "");
        let same = sheet.lines().iter().find(|line| line.glyphs.dense().to_uppercase() == value);
        if let Some(line) = same.filter(|_| !value.is_empty()) {
            fields.agree(name, line.glyphs.confidence());
        }
    }
    let issued = under(sheet, ISSUED);
    let day = |run: &[Glyph]| date::day_first(&run.text()).or_else(|| date::year_first(&run.text()));
    match issued.and_then(|run| Some((day(run)?, run))) {
        Some((day, run)) => fields.put("issue_date", day, run),
        None => fields.put_missing("issue_date"),
    }
    for (name, labels) in [("issuing_authority", AUTHORITY), ("address", ADDRESS)] {
        match under(sheet, labels).filter(|run| !is_zone(run)).map(trimmed) {
            Some(run) => fields.put(name, run.text(), run),
            None => fields.put_missing(name),
        }
    }
}

/// Whether a line is one of a zone, and no value of a label above it.
fn is_zone(run: &[Glyph]) -> bool {
    mrz::line_of(run).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    const TD1: [(i32, i32, &str); 9] = [
        (40, 20, "Date of issue"),
        (500, 20, "Authority"),
        (40, 60, "14.05.2022"),
        (500, 60, "CITY OF ZENITH"),
        (40, 120, "Address"),
        (40, 160, "12 HARBOUR STREET, ZENITH"),
        (40, 400, "I<UTOD231458907<<<<<<<<<<<<<<<"),
        (40, 460, "7408122F3204153UTO<<<<<<<<<<<2"),
        (40, 520, "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"),
    ];
    const TD2: [(i32, i32, &str); 3] = [
        (40, 100, "ERIKSSON"),
        (40, 400, "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<"),
        (40, 460, "D231458907UTO7408122F1204159<<<<<<<6"),
    ];
    const TD3: [(i32, i32, &str); 2] = [
        (40, 400, "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"),
        (40, 460, "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
    ];

    fn find(lines: &[(i32, i32, &str)], asked: &Asked) -> Result<Fields, &'static str> {
        IdDocument::find(page_of(lines, 0.999), asked).map_err(|error| error.code())
    }

    #[test]
    fn a_card_says_who_and_by_whom() {
        let fields = find(&TD1, &Asked::default()).unwrap();
        for (name, value) in [
            ("country_region", "UTO"),
            ("id_type", "ID"),
            ("side", "back"),
            ("first_name", "ANNA MARIA"),
            ("last_name", "ERIKSSON"),
            ("sex", "F"),
            ("nationality", "UTO"),
            ("birth_date", "1974-08-12"),
            ("expiry_date", "2032-04-15"),
            ("document_number", "D23145890"),
            ("issue_date", "2022-05-14"),
            ("issuing_authority", "CITY OF ZENITH"),
            ("address", "12 HARBOUR STREET, ZENITH"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
        assert!(fields.get("document_number").unwrap().confidence > 0.999);
    }

    #[test]
    fn what_is_not_printed_is_empty() {
        let fields = find(&TD1[6..], &Asked::default()).unwrap();
        for name in ["issue_date", "issuing_authority", "address"] {
            assert_eq!((fields.value(name), fields.get(name).unwrap().confidence), ("", 0.0), "{name}");
        }
        // A label right above the zone has no value.
        let fields = find(&[&[(40, 365, "Address")], &TD1[6..]].concat(), &Asked::default()).unwrap();
        assert_eq!(fields.value("address"), "");
    }

    #[test]
    fn every_form_of_zone_has_its_side() {
        for (lines, kind, side, number) in
            [(&TD2[..], "ID", "front", "D23145890"), (&TD3[..], "PP", "front", "L898902C3")]
        {
            let fields = find(lines, &Asked::default()).unwrap();
            let said = ["id_type", "side", "document_number"].map(|name| fields.value(name));
            assert_eq!(said, [kind, side, number]);
        }
        let alone = find(&TD2[1..], &Asked::default()).unwrap().get("last_name").unwrap().confidence;
        assert!(find(&TD2, &Asked::default()).unwrap().get("last_name").unwrap().confidence > alone);
    }

    #[test]
    fn a_long_number_goes_on_after_its_place() {
        let mut lines = TD1[6..].to_vec();
        // Nine characters, filling instead of the check digit, the rest of the number and then the digit.
        lines[0].2 = "I<UTOD23145890<7349<<<<<<<<<<<";
        lines[1].2 = "7408122F1204159UTO<<<<<<<<<<<6";
        let fields = find(&lines, &Asked::default()).unwrap();
        assert_eq!(fields.value("document_number"), "D23145890734");
        assert!(fields.get("document_number").unwrap().confidence > 0.99);
    }

    #[test]
    fn only_what_is_looked_for_is_found() {
        let asked = |countries: &[&str], types: &[DocumentType]| Asked {
            countries: countries.iter().map(|&country| country.to_owned()).collect(),
            types: types.to_vec(),
        };
        use DocumentType::{DrivingLicence, IdentityCard, Passport};
        assert!(find(&TD1, &asked(&["CHL", "UTO"], &[IdentityCard])).is_ok());
        for other in [asked(&["CHL"], &[]), asked(&[], &[Passport]), asked(&["UTO"], &[DrivingLicence])] {
            assert_eq!(find(&TD1, &other).map(|_| ()), Err("AIS.0104"), "{other:?}");
        }
        assert!(find(&TD3, &asked(&[], &[Passport])).is_ok());
    }

    #[test]
    fn germany_has_one_letter() {
        let mut lines = TD3;
        lines[0].2 = "P<D<<ERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<";
        lines[1].2 = "L898902C36D<<7408122F1204159ZE184226B<<<<<10";
        let fields = find(&lines, &Asked::default()).unwrap();
        assert_eq!((fields.value("country_region"), fields.value("nationality")), ("DEU", "DEU"));
    }

    #[test]
    fn what_has_no_zone_is_refused() {
        let visa = [
            (40, 400, "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"),
            (40, 460, "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
        ];
        for lines in [&TD1[..6], &TD1[6..8], &visa, &[]] {
            assert_eq!(find(lines, &Asked::default()).map(|_| ()), Err("AIS.0104"), "{lines:?}");
        }
    }
}
