//! A passport (ICAO 9303): its machine-readable zone, whose check digits decide, and beside it what the visual zone alone
//! says: where somebody was born, and when, where and by whom it was issued.

use super::field::Fields;
use super::label::under;
use super::mrz::{self, Read, Zone};
use super::{Kind, date};
use crate::sheet::{Glyph, Run, Sheet};
use crate::{Limits, Page, ReadError, TextOptions};

/// A passport: the fields of `passport`; `name` and `local_sex` as its country writes them.
#[derive(Debug)]
pub struct Passport;

/// What may be asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Whatever passport it is, as much of it as there is.
    Any,
    /// The machine-readable zone alone.
    ZoneAlone,
    /// A Chinese one, all of it.
    Chinese,
}

impl Kind for Passport {
    type Asked = Asked;
    type Found = Fields;

    fn options(_: &Asked) -> TextOptions {
        TextOptions { character_mode: true, limits: Limits::PHOTOGRAPH, ..TextOptions::default() }
    }

    fn find(page: Page, asked: &Asked) -> Result<Fields, ReadError> {
        let sheet = Sheet::of(&page);
        let zone = Zone::on(&sheet, &mrz::TD3).filter(|zone| zone.code.text().starts_with('P'));
        let zone = zone.ok_or_else(|| {
            ReadError::Quality(
                "there is no machine-readable zone of a passport whose check digits fit".to_owned(),
            )
        })?;
        let is_chinese = zone.issuer.text() == "CHN";
        if *asked == Asked::Chinese && !is_chinese {
            return Err(ReadError::Quality("it is not a Chinese passport".to_owned()));
        }
        let mut fields = Fields::default();
        of_zone(&mut fields, &zone);
        if *asked != Asked::ZoneAlone {
            let sheet = if is_chinese { Sheet::of_mainland(&page) } else { sheet };
            of_page(&mut fields, &sheet, is_chinese);
        }
        Ok(fields)
    }
}

fn of_zone(fields: &mut Fields, zone: &Zone) {
    let mut put =
        |name, value: String, read: &Read| fields.put_as_sure(name, value, read.confidence, &read.run);
    put("passport_type", zone.code.text(), &zone.code);
    put("country_code", zone.issuer.text(), &zone.issuer);
    put("passport_number", zone.number.text(), &zone.number);
    put("nationality", zone.nationality.text(), &zone.nationality);
    put("surname", zone.surname.text(), &zone.surname);
    put("given_name", zone.given_names.text(), &zone.given_names);
    let sex = zone.sex.text();
    put("sex", if matches!(sex.as_str(), "F" | "M") { sex } else { String::new() }, &zone.sex);
    let [birth, expiry] = dates(&zone.birth.text(), &zone.expiry.text());
    put("date_of_birth", birth, &zone.birth);
    put("date_of_expiry", expiry, &zone.expiry);
}

/// Both dates with their centuries. A passport ends in this one; whoever has it was born before it was issued, and none
/// is issued for less than five years.
pub(super) fn dates(birth: &str, expiry: &str) -> [String; 2] {
    const SHORTEST_YEARS: u32 = 5;
    let parts = |text: &str| {
        let part = |from: usize| text.get(from..from + 2).and_then(|part| part.parse::<u32>().ok());
        Some((part(0)?, part(2)?, part(4)?))
    };
    let end = parts(expiry).map(|(year, month, day)| (2000 + year, month, day));
    let birth = parts(birth).zip(end).and_then(|((year, month, day), (end, ..))| {
        let century = if 2000 + year + SHORTEST_YEARS <= end { 2000 } else { 1900 };
        date::date(century + year, month, day)
    });
    let expiry = end.and_then(|(year, month, day)| date::date(year, month, day));
    [birth.unwrap_or_default(), expiry.unwrap_or_default()]
}

/// Names stand on the page too: each in a line of its own, or both in one with a comma between.
fn compare_names(fields: &mut Fields, sheet: &Sheet) {
    for name in ["surname", "given_name"] {
        let value = fields.value(name).replace(' ', "");
        let parts = sheet.lines().iter().flat_map(|line| line.glyphs.split(|glyph| glyph.char == ','));
        let same = parts.into_iter().find(|part| !part.is_empty() && part.dense().to_uppercase() == value);
        if let Some(confidence) = same.map(Run::confidence) {
            fields.agree(name, confidence);
        }
    }
}

fn of_page(fields: &mut Fields, sheet: &Sheet, is_chinese: bool) {
    compare_names(fields, sheet);
    for (name, labels) in [
        ("place_of_birth", &["placeofbirth", "出生地点"][..]),
        ("place_of_issue", &["placeofissue", "签发地点"]),
        ("issuing_authority", &["authority", "签发机关", "issuingauthority"]),
    ] {
        match under(sheet, labels) {
            Some(run) => {
                let run = latin(run);
                fields.put(name, run.text(), run);
            }
            None => fields.put_missing(name),
        }
    }
    let issue = under(sheet, &["dateofissue", "签发日期"]);
    match issue.and_then(|run| Some((date::day_first(&run.text())?, run))) {
        Some((date, run)) => fields.put("date_of_issue", date, run),
        None => fields.put_missing("date_of_issue"),
    }
    if !is_chinese {
        return;
    }
    // Where the zone has the country, the page has the word.
    if let Some(run) = under(sheet, &["国籍/nationality", "nationality"]).map(latin)
        && run.iter().all(|glyph| glyph.char.is_ascii_alphabetic())
    {
        fields.put("nationality", run.text(), run);
    }
    if let Some(run) = under(sheet, &["姓名/name", "姓名"]) {
        fields.put("name", run.dense(), run);
    }
    if let Some(run) = under(sheet, &["性别/sex", "性别"])
        && let Some(at) = run.iter().position(|glyph| matches!(glyph.char, '男' | '女'))
    {
        fields.put("local_sex", run[at].char, &run[at..=at]);
    }
}

/// Of `浙江/ZHEJIANG`, what stands after the stroke.
fn latin(run: &[Glyph]) -> &[Glyph] {
    let after = run.iter().rposition(|glyph| glyph.char == '/').map_or(0, |at| at + 1);
    if run[after..].iter().any(|glyph| glyph.char.is_ascii_alphabetic()) { &run[after..] } else { run }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page;

    const ZONE: [(i32, i32, &str); 2] = [
        (40, 800, "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"),
        (40, 860, "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
    ];

    #[test]
    fn the_visual_zone_stands_beside_the_other() {
        let lines = [
            &[
                (400, 100, "Place of birth"),
                (400, 140, "ZENITH"),
                (400, 200, "Date of issue"),
                (400, 240, "16 APR 2007"),
                (760, 200, "Authority"),
                (760, 240, "PASSPORT OFFICE"),
                (400, 300, "Eriksson, Anna Maria"),
            ][..],
            &ZONE,
        ]
        .concat();
        let fields = Passport::find(page(&lines), &Asked::Any).unwrap();
        for (name, value) in [
            ("passport_type", "P"),
            ("country_code", "UTO"),
            ("passport_number", "L898902C3"),
            ("nationality", "UTO"),
            ("surname", "ERIKSSON"),
            ("given_name", "ANNA MARIA"),
            ("sex", "F"),
            ("date_of_birth", "1974-08-12"),
            ("date_of_expiry", "2012-04-15"),
            ("place_of_birth", "ZENITH"),
            ("date_of_issue", "2007-04-16"),
            ("issuing_authority", "PASSPORT OFFICE"),
            ("place_of_issue", ""),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
            assert_eq!(fields.get(name).unwrap().confidence > 0.0, !value.is_empty(), "{name}");
        }
        let alone = Passport::find(page(&lines), &Asked::ZoneAlone).unwrap();
        assert_eq!((alone.value("surname"), alone.get("place_of_birth")), ("ERIKSSON", None));
        let sure = |fields: &Fields, name: &str| fields.get(name).unwrap().confidence;
        assert!(["surname", "given_name"].iter().all(|name| sure(&fields, name) > sure(&alone, name)));
    }

    #[test]
    fn centuries() {
        for (birth, expiry, born) in [
            ("740812", "120415", "1974-08-12"),
            ("040812", "330415", "2004-08-12"),
            ("280101", "310415", "1928-01-01"),
            ("700231", "310415", ""),
        ] {
            assert_eq!(dates(birth, expiry)[0], born, "{birth}");
        }
    }

    #[test]
    fn other_documents_are_refused() {
        let code =
            |lines: &[(i32, i32, &str)], asked| Passport::find(page(lines), &asked).map_err(|e| e.code());
        assert_eq!(code(&[(0, 0, "PASSPORT"), (0, 40, "UTOPIA")], Asked::Any), Err("AIS.0104"));
        assert_eq!(code(&ZONE, Asked::Chinese), Err("AIS.0104"));
        assert!(code(&ZONE, Asked::Any).is_ok());
    }
}
