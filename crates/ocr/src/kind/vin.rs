//! A vehicle's identification number (ISO 3779, GB 16735): seventeen characters without I, O and Q, the last four digits.
//! The ninth is a check digit in China and North America; others put there what they like.

use super::Kind;
use super::field::{Fields, checked};
use super::letters::{self, digit_like};
use crate::sheet::{Glyph, Line, Run as _, Sheet};
use crate::{Limits, Page, ReadError, TextOptions};

/// A vehicle's identification number: the field `vin`.
#[derive(Debug)]
pub struct Vin;

const LENGTH: usize = 17;
const CHECK: usize = 8;
/// What is wrong fits the check digit in one of so many cases.
const ONE_OF: f32 = 11.0;
/// A number that is less likely right is not given: the answer has no place to say so.
const LEAST: f32 = 0.5;
/// Of two ways to mend a number, one is believed that is so many times as likely as the other.
const CLEARLY: f32 = 3.0;

impl Kind for Vin {
    type Asked = ();
    type Found = Fields;

    fn options((): &()) -> TextOptions {
        TextOptions {
            character_mode: true,
            limits: Limits { max_side_px: 4096, ..Limits::PHOTOGRAPH },
            ..TextOptions::default()
        }
    }

    fn find(page: Page, (): &()) -> Result<Fields, ReadError> {
        let sheet = Sheet::of(&page);
        let is_named = is_named(&sheet);
        // A travel document says no vehicle's number, and a number with letters before it alone may be any other.
        if !is_named && has_zone(&sheet) {
            return Err(none());
        }
        let mut best: Option<(String, f32, Vec<Glyph>)> = None;
        for row in sheet.rows() {
            for (run, is_word) in candidates(&row) {
                let Some((vin, confidence)) = number(&run, is_word) else { continue };
                if !is_named && is_counted(&vin) {
                    continue;
                }
                if best.as_ref().is_none_or(|(_, before, _)| confidence > *before) {
                    best = Some((vin, confidence, run));
                }
            }
        }
        let (vin, confidence, run) =
            best.filter(|(_, confidence, _)| *confidence >= LEAST).ok_or_else(none)?;
        let mut fields = Fields::default();
        fields.put_as_sure("vin", vin, confidence, &run);
        Ok(fields)
    }
}

fn none() -> ReadError {
    ReadError::Quality("there is no vehicle identification number on it".to_owned())
}

/// Whether the page says somewhere that there is such a number on it.
fn is_named(sheet: &Sheet) -> bool {
    const NAMES: [&str; 5] = ["车架号", "识别代号", "识别代码", "VEHICLEIDENTIFICATION", "CHASSIS"];
    sheet.lines().iter().any(|line| {
        let text = line.glyphs.dense().to_uppercase();
        text.starts_with("VIN") || text.contains("(VIN)") || NAMES.iter().any(|name| text.contains(name))
    })
}

/// Whether the page has a machine-readable zone of a travel document: several signs of filling.
fn has_zone(sheet: &Sheet) -> bool {
    const ENOUGH: usize = 4;
    let is_filling = |glyph: &&Glyph| matches!(glyph.char, '<' | '‹' | '〈' | '＜' | '«' | '《' | '≪');
    sheet.lines().iter().flat_map(|line| &line.glyphs).filter(is_filling).count() >= ENOUGH
}

/// Whether all letters of a number stand before its digits, as they do on waybills and orders. A vehicle's are among them.
fn is_counted(vin: &str) -> bool {
    let digits = vin.trim_start_matches(|char: char| char.is_ascii_uppercase());
    digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Runs of seventeen letters and digits that stand for themselves, with their label or without: each word of a row, and
/// all of it, for a number may be stamped in groups. Whether it is one word is told beside it. A row with filling is of a
/// document's machine-readable zone.
fn candidates(row: &[&Line]) -> Vec<(Vec<Glyph>, bool)> {
    let mut words: Vec<Vec<Glyph>> = Vec::new();
    if row.iter().flat_map(|line| &line.glyphs).any(|glyph| glyph.char == '<') {
        return Vec::new();
    }
    for line in row {
        words.push(Vec::new());
        for glyph in &line.glyphs {
            if glyph.is_apart {
                words.push(Vec::new());
            }
            if glyph.char.is_ascii_alphanumeric()
                && let Some(word) = words.last_mut()
            {
                word.push(*glyph);
            }
        }
    }
    words.retain(|word| !word.is_empty());
    // Other words between them say that they are not one number.
    let all = row.iter().flat_map(|line| &line.glyphs);
    let mut after = all.skip_while(|glyph| !glyph.char.is_ascii_alphanumeric());
    let is_mixed = after.any(|glyph| glyph.char.is_alphabetic() && !glyph.char.is_ascii());
    let whole = if words.len() > 1 && !is_mixed { words.concat() } else { Vec::new() };
    let mut all: Vec<_> = words.into_iter().map(|word| (word, true)).chain([(whole, false)]).collect();
    for (run, _) in &mut all {
        if run.len() > LENGTH && run.dense().to_ascii_uppercase().starts_with("VIN") {
            run.drain(..3);
        }
    }
    all.retain(|(run, _)| run.len() == LENGTH);
    all
}

/// The number that a run is, and how likely it is right. What consists of several words is one by its check digit alone.
pub(super) fn number(run: &[Glyph], is_word: bool) -> Option<(String, f32)> {
    if run.len() != LENGTH {
        return None;
    }
    let mut read: Vec<char> = run.iter().map(|glyph| letter(glyph.char)).collect();
    for last in &mut read[LENGTH - 4..] {
        *last = digit_like(*last)?;
    }
    if !read.iter().any(char::is_ascii_alphabetic) {
        return None;
    }
    let (text, confidence) = (read.iter().collect(), run.confidence());
    if fits(&read) {
        return Some((text, checked(confidence, ONE_OF)));
    }
    // Without a check digit there is nothing to tell a good reading by but the reading.
    match mended(&read, run) {
        Some((mended, likely)) if likely > confidence => Some((mended, likely)),
        _ => is_word.then_some((text, confidence)),
    }
}

/// The letters that are not used are misread digits.
fn letter(char: char) -> char {
    match char.to_ascii_uppercase() {
        'I' => '1',
        'O' | 'Q' => '0',
        other => other,
    }
}

/// Whether the check digit is right.
fn fits(vin: &[char]) -> bool {
    const WEIGHTS: [u32; LENGTH] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |char: char| match char {
        '0'..='9' => u32::from(char) - u32::from('0'),
        'A'..='H' => u32::from(char) - u32::from('A') + 1,
        'J'..='R' => u32::from(char) - u32::from('J') + 1,
        _ => (u32::from(char) + 2).saturating_sub(u32::from('S')),
    };
    let rest = vin.iter().zip(WEIGHTS).map(|(&char, weight)| value(char) * weight).sum::<u32>() % 11;
    vin[CHECK] == char::from_digit(rest, 10).unwrap_or('X')
}

/// The number with one character taken for one that looks like it, such that the check digit fits; `None` if more than
/// one way is as likely.
fn mended(read: &[char], run: &[Glyph]) -> Option<(String, f32)> {
    let mut ways: Vec<(f32, String)> = Vec::new();
    for at in 0..LENGTH {
        // Each is half as likely as the one before.
        let mut share = 2.0;
        for other in letters::alike(read[at]).iter().copied() {
            share /= 2.0;
            if letter(other) != other {
                continue;
            }
            let mut changed = read.to_vec();
            changed[at] = other;
            let is_form = changed[LENGTH - 4..].iter().all(char::is_ascii_digit);
            if is_form && fits(&changed) {
                let rest: f32 = (0..LENGTH).filter(|&i| i != at).map(|i| run[i].confidence).product();
                ways.push((share * rest * (1.0 - run[at].confidence), changed.into_iter().collect()));
            }
        }
    }
    ways.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (likely, mended) = ways.first()?.clone();
    let second = ways.get(1).map_or(0.0, |(likely, _)| *likely);
    (likely > CLEARLY * second).then(|| (mended, checked(likely, ONE_OF)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::{page, page_of};

    const NUMBER: &str = "LZZBA41K5M7512086";

    fn vin(page: Page) -> Result<String, &'static str> {
        Vin::find(page, &()).map(|fields| fields.value("vin").to_owned()).map_err(|error| error.code())
    }

    #[test]
    fn fewer_characters_are_no_number() {
        let page = page(&[(0, 0, "LZZBA41K5M751208")]);
        assert_eq!((number(&[], true), number(&Sheet::of(&page).lines()[0].glyphs, true)), (None, None));
    }

    #[test]
    fn a_number_is_found_among_other_text() {
        for lines in [
            vec![(0, 0, "INVENTED MOTORS"), (0, 40, NUMBER), (0, 80, "2021/06")],
            vec![(0, 40, "VIN: LZZBA41K5M7512086")],
            vec![(0, 40, "车辆识别代号LZZBA41K5M7512086")],
            vec![(0, 40, "*LZZ BA41K5 M7512086*")],
            vec![(0, 40, "LZZBA41K5"), (300, 42, "M7512086")],
            // The letters O and I do not occur.
            vec![(0, 40, "LZZBA4IK5M75I2O86")],
        ] {
            assert_eq!(vin(page(&lines)), Ok(NUMBER.into()), "{lines:?}");
        }
    }

    #[test]
    fn other_papers_show_none() {
        // A row of a passport, whose check digit fits by chance; part of its zone; a waybill.
        let row = [(0, 0, "男/M"), (200, 0, "中国/CHINESE"), (500, 0, "24 DEC 2003")];
        assert_eq!(vin(page(&row)), Err("AIS.0104"));
        let zone = [(0, 0, "P<CHNLIN<<SIYUAN<<<<"), (0, 40, "EX12029225CHN0312")];
        assert_eq!(vin(page_of(&zone, 0.999)), Err("AIS.0104"));
        assert!(vin(page_of(&zone[1..], 0.999)).is_ok());
        let number = (0, 40, "ZY341828333431736");
        assert_eq!(vin(page_of(&[number], 0.999)), Err("AIS.0104"));
        assert!(vin(page_of(&[(0, 0, "车架号"), number], 0.999)).is_ok());
    }

    #[test]
    fn published_check_digits() {
        for (number, is_right) in [
            ("1M8GDM9AXKP042788", true),
            ("11111111111111111", true),
            ("1M8GDM9A1KP042788", false),
            (NUMBER, true),
        ] {
            assert_eq!(fits(&number.chars().collect::<Vec<_>>()), is_right, "{number}");
        }
    }

    #[test]
    fn a_doubtful_character_is_mended_by_the_check_digit() {
        let mut read = page(&[(0, 0, "LZZ8A41K5M7512086")]);
        read.blocks[0].chars[3].confidence = 0.55;
        assert_eq!(vin(read), Ok(NUMBER.into()));
        // Read surely, it is a number without a check digit.
        assert_eq!(vin(page_of(&[(0, 0, "WDB9036621R123456")], 0.999)), Ok("WDB9036621R123456".into()));
    }

    #[test]
    fn other_text_is_no_number() {
        for line in [
            "INVENTEDMOTORSMOD",
            "12345678901234567",
            "LZZBA41K5M751208",
            "K3Z90417B0UTO8803148F310908",
            "C<ESTF6685878K1234<<<<<<<<<<<<",
            "F CHINESE 27 NOV 1993",
        ] {
            assert_eq!(vin(page(&[(0, 0, line)])), Err("AIS.0104"), "{line}");
        }
        assert_eq!(vin(page_of(&[(0, 0, "WDB9036621R123456")], 0.9)), Err("AIS.0104"), "too doubtful");
    }
}
