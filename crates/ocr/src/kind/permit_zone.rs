//! The machine-readable zone of China's exit-entry permits: one line of thirty characters, with the check digits of ICAO
//! 9303 in an order of its own. It is no zone of that standard, whose lines come in twos and threes.

use super::field::checked;
use super::letters::letter_like;
use super::mrz::{ONE_OF, Of, Read, fits_check, fitted, line_of, mended, numeral};
use crate::sheet::{Glyph, Line, Run as _, Sheet};

const WIDTH: usize = 30;
/// Each with its check digit after it; between them is filling.
const NUMBER: (usize, usize) = (2, 11);
const EXPIRY: (usize, usize) = (13, 19);
const BIRTH: (usize, usize) = (21, 27);
const PARTS: [(usize, usize); 3] = [NUMBER, EXPIRY, BIRTH];
/// The check digit over all of them and theirs.
const LAST: usize = 29;
/// So many of the four check digits make it one.
const ENOUGH: usize = 3;

/// A zone that was read.
#[derive(Debug, Clone)]
pub(super) struct PermitZone {
    /// `CS`: for Hong Kong and Macao; `CD`: for Taiwan.
    pub code: String,
    pub number: Read,
    pub expiry: Read,
    pub birth: Read,
    /// All of it, as sure as what its check digits are about.
    pub all: Read,
    fitting: usize,
}

impl PermitZone {
    /// The zone on a page: the line whose check digits fit best, if most of them do.
    pub fn on(sheet: &Sheet) -> Option<PermitZone> {
        let glyphs = |row: Vec<&Line>| -> Vec<Glyph> {
            row.into_iter().flat_map(|line| line.glyphs.iter().copied()).collect()
        };
        let lines = sheet.rows().into_iter().filter_map(|row| line_of(&glyphs(row)));
        let zones = lines.flat_map(|line| fitted(&line, WIDTH)).map(PermitZone::read);
        let is_one = |zone: &PermitZone| zone.fitting >= ENOUGH && matches!(&zone.code[..], "CS" | "CD");
        zones.filter(is_one).max_by_key(|zone| zone.fitting)
    }

    fn read(mut line: Vec<Glyph>) -> PermitZone {
        let part = |line: &[Glyph], (from, to): (usize, usize), of| mended(&line[from..to], line[to], of);
        let (number, number_fits) = part(&line, NUMBER, Of::Any);
        let (expiry, expiry_fits) = part(&line, EXPIRY, Of::Digits);
        let (birth, birth_fits) = part(&line, BIRTH, Of::Digits);
        for ((from, to), read) in PARTS.into_iter().zip([&number, &expiry, &birth]) {
            line[from..to].copy_from_slice(&read.run);
            line[to] = numeral(line[to]);
        }
        let about: Vec<Glyph> =
            PARTS.iter().flat_map(|&(from, to)| line[from..=to].iter().copied()).collect();
        let all_fit = fits_check(&about, line[LAST]);
        line[LAST] = numeral(line[LAST]);
        let code: Vec<Glyph> =
            line[..2].iter().map(|glyph| Glyph { char: letter_like(glyph.char), ..*glyph }).collect();
        line[..2].copy_from_slice(&code);
        let sure = |read: Read| Read {
            confidence: if all_fit { checked(read.confidence, ONE_OF) } else { read.confidence },
            ..read
        };
        let [number, expiry, birth] = [number, expiry, birth].map(sure);
        let confidence = code.confidence() * number.confidence * expiry.confidence * birth.confidence;
        let fitting = [number_fits, expiry_fits, birth_fits, all_fit].iter().filter(|fits| **fits).count();
        PermitZone { code: code.dense(), number, expiry, birth, all: Read { run: line, confidence }, fitting }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    fn zone(line: &str) -> Option<PermitZone> {
        PermitZone::on(&Sheet::of(&page_of(&[(0, 0, "签发地点"), (10, 400, line)], 0.999)))
    }

    const LINE: &str = "CSCA90417267<3209099<8803148<8";

    #[test]
    fn a_zone_has_four_check_digits() {
        let zone = zone(LINE).unwrap();
        assert_eq!(
            [zone.code, zone.number.text(), zone.expiry.text(), zone.birth.text()],
            ["CS", "CA9041726", "320909", "880314"]
        );
        assert_eq!((zone.fitting, zone.all.run.dense().as_str()), (4, LINE));
        assert!(zone.number.confidence > 0.999 && zone.all.confidence > 0.99);
    }

    #[test]
    fn what_was_misread_is_mended() {
        for misread in [
            LINE.replacen("CSCA", "C5CA", 1),
            LINE.replacen("3209099", "32O9O99", 1),
            LINE.replacen("880314", "88O314", 1),
        ] {
            let zone = zone(&misread).unwrap();
            assert_eq!((zone.fitting, zone.all.run.dense().as_str()), (4, LINE), "{misread}");
        }
        let doubled = LINE.replacen("67<32", "67<<32", 1);
        assert_eq!(zone(&doubled).unwrap().number.text(), "CA9041726");
    }

    #[test]
    fn what_is_no_zone_is_none() {
        for other in [
            // Check digits of another one, and another document.
            "CSCA90417260<3209090<8803140<0",
            "CXCA90417267<3209099<8803148<8",
            "THE QUICK BROWN FOX JUMPS OVER<",
            "I<UTOD231458907<<<<<<<<<<<<<<<",
            "",
        ] {
            assert!(zone(other).is_none(), "{other}");
        }
    }
}
