//! A bank card (ISO 7812): its number, whose last digit is Luhn's; who issued it, by the number's first digits or by the
//! name printed on it; and how long it is valid.

mod issuers;

use super::field::{Fields, checked};
use super::letters::{alike, digit_like};
use super::{Kind, citizen, credit_code};
use crate::sheet::{Glyph, Line, Run as _, Sheet};
use crate::{Limits, Page, ReadError, TextOptions};
use issuers::Issuer;

/// A bank card: the fields of `bankcard`.
#[derive(Debug)]
pub struct Bankcard;

const ONE_OF: f32 = 10.0;
/// How likely a number of this form is no card's, before it is looked at.
const NOT_ONE: f32 = 0.1;
/// The least share of all that can have gone wrong with which one thing is believed to have.
const LIKELY: f32 = 0.75;

impl Kind for Bankcard {
    type Asked = ();
    type Found = Fields;

    fn options((): &()) -> TextOptions {
        TextOptions { character_mode: true, limits: Limits::PHOTOGRAPH, ..TextOptions::default() }
    }

    fn find(page: Page, (): &()) -> Result<Fields, ReadError> {
        let sheet = Sheet::of(&page);
        let rows = sheet.rows();
        let rows = rows.iter().filter(|_| sheet.lines().len() <= MOST_LINES);
        let numbers = rows.flat_map(|row| runs_of_digits(row)).filter_map(|run| number(&run));
        let number = numbers.max_by(|a, b| a.confidence.total_cmp(&b.confidence));
        let number = number.ok_or_else(|| ReadError::Quality("there is no card number on it".to_owned()))?;
        let mut fields = Fields::default();
        let issuer = issuers::by_number(&number.digits);
        put_bank(&mut fields, &sheet, &number, issuer);
        fields.put_as_sure("card_number", grouped(&number.digits), number.confidence, &number.run);
        put_dates(&mut fields, &sheet);
        match issuer {
            Some(issuer) => fields.put_as_sure("type", issuer.kind.word(), number.confidence, &[]),
            None => fields.put_missing("type"),
        }
        Ok(fields)
    }
}

/// What has more lines is a page with a number on it; a card's back with its small print has fewer.
const MOST_LINES: usize = 24;
/// Fewer digits are no card's number, whatever else may be one.
const FEWEST: usize = 12;

/// A number as read.
struct Number {
    digits: String,
    confidence: f32,
    run: Vec<Glyph>,
}

/// Runs of what may be digits, from the first one that is to the last. One that goes on with letters is part of another
/// code, and so is what stands after Chinese words: the number of an account, in a form.
fn runs_of_digits(row: &[&Line]) -> Vec<Vec<Glyph>> {
    let of_line = |line: &&Line| {
        let mut glyphs = line.glyphs.clone();
        if let Some(first) = glyphs.first_mut() {
            first.is_apart = true;
        }
        glyphs
    };
    let glyphs = row.iter().flat_map(of_line).filter(|glyph| !matches!(glyph.char, '-' | '.' | '·'));
    let glyphs: Vec<Glyph> = glyphs.collect();
    let is_chinese = |glyph: &Glyph| ('\u{4e00}'..='\u{9fff}').contains(&glyph.char);
    let end = glyphs.iter().position(is_chinese).unwrap_or(glyphs.len());
    let glyphs = &glyphs[..end];
    let mut runs = Vec::new();
    let mut at = 0;
    while at < glyphs.len() {
        let length = glyphs[at..].iter().take_while(|glyph| digit_like(glyph.char).is_some()).count();
        let is_digit = |glyph: &Glyph| glyph.char.is_ascii_digit();
        let run = &glyphs[at..at + length];
        if let (Some(from), Some(to)) = (run.iter().position(is_digit), run.iter().rposition(is_digit)) {
            let (from, to) = (at + from, at + to + 1);
            let before = from.checked_sub(1).and_then(|before| glyphs.get(before));
            let goes_on = |next: &Glyph| next.char.is_alphanumeric() && !next.is_apart;
            let is_part = before
                .is_some_and(|before| before.char.is_alphanumeric() && !glyphs[from].is_apart)
                || glyphs.get(to).is_some_and(goes_on);
            let digits = glyphs[from..to].iter().filter(|glyph| is_digit(glyph)).count();
            if !is_part && digits >= FEWEST {
                runs.push(glyphs[from..to].to_vec());
            }
        }
        at += length.max(1);
    }
    runs
}

/// The card's number that a run is.
fn number(run: &[Glyph]) -> Option<Number> {
    let digits: Vec<char> = run.iter().map(|glyph| digit_like(glyph.char)).collect::<Option<_>>()?;
    if !is_form(&digits) {
        return None;
    }
    let confidence = run.confidence();
    let known = |digits: Vec<char>, confidence| {
        Some(Number { digits: digits.into_iter().collect(), confidence, run: run.to_vec() })
    };
    if luhn(&digits) {
        return known(digits, checked(confidence, ONE_OF));
    }
    // Something is wrong: one digit that is doubtful, and looks like another, or it is no card's number.
    let mut all = NOT_ONE * confidence;
    let mut best: Option<(f32, Vec<char>)> = None;
    for at in 0..digits.len() {
        for &other in alike(digits[at]).iter().filter(|other| other.is_ascii_digit()) {
            let mut changed = digits.clone();
            changed[at] = other;
            if luhn(&changed) {
                let doubt = 1.0 - run[at].confidence;
                let likely = confidence / run[at].confidence.max(f32::EPSILON) * doubt;
                all += likely;
                if best.as_ref().is_none_or(|(before, _)| likely > *before) {
                    best = Some((likely, changed));
                }
            }
        }
    }
    let (likely, digits) = best.filter(|(likely, _)| *likely > LIKELY * all)?;
    known(digits, likely / all)
}

/// Whether so many digits, beginning so, may be a card's. A citizen's number, or a company's, may be one by chance.
fn is_form(digits: &[char]) -> bool {
    let text: String = digits.iter().collect();
    let length = match text.as_bytes().first() {
        Some(b'3') => (14..=16).contains(&text.len()),
        Some(b'4') => matches!(text.len(), 16 | 19),
        // Mastercard's and Mir's (ISO 7812): two dates in a row, which begin with 20, are none.
        Some(b'2') => {
            let range = text.get(..4).and_then(|first| first.parse().ok()).unwrap_or(0);
            text.len() == 16 && matches!(range, 2200..=2204 | 2221..=2720)
        }
        Some(b'5') => text.len() == 16,
        Some(b'6' | b'9') => (16..=19).contains(&text.len()),
        _ => false,
    };
    length && !citizen::is_valid(&text) && !credit_code::is_code(&text)
}

fn luhn(digits: &[char]) -> bool {
    let value = |(at, digit): (usize, &char)| {
        let value = digit.to_digit(10).unwrap_or(0) * if at % 2 == 1 { 2 } else { 1 };
        if value > 9 { value - 9 } else { value }
    };
    digits.iter().rev().enumerate().map(value).sum::<u32>().is_multiple_of(10)
}

/// By fours, as it is printed.
fn grouped(digits: &str) -> String {
    let groups = digits.as_bytes().chunks(4).map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(" ")
}

/// The name printed on the card, if it is one; else the one the number says.
fn put_bank(fields: &mut Fields, sheet: &Sheet, number: &Number, issuer: Option<&Issuer>) {
    let printed = sheet.lines().iter().find_map(|line| {
        let (bank, from, to) = issuers::printed(&line.glyphs.dense())?;
        Some((bank, &line.glyphs[from..to]))
    });
    match (printed, issuer) {
        (Some((bank, run)), Some(issuer)) if issuer.bank == bank => {
            let both_wrong = (1.0 - run.confidence()) * (1.0 - number.confidence);
            fields.put_as_sure("bank_name", bank, 1.0 - both_wrong, run);
        }
        // The table does not know all there are; the print may be somebody's whose card it carries.
        (Some((bank, run)), None) => fields.put("bank_name", bank, run),
        (_, Some(issuer)) => fields.put_as_sure("bank_name", issuer.bank, number.confidence, &[]),
        (None, None) => fields.put_missing("bank_name"),
    }
}

/// A month on the card.
struct Month<'a> {
    text: String,
    /// Year and month, to be compared.
    order: (u32, u32),
    run: &'a [Glyph],
    /// Whether the words before it say that it begins, or ends, then.
    begins: Option<bool>,
}

fn put_dates(fields: &mut Fields, sheet: &Sheet) {
    let mut months: Vec<Month<'_>> = sheet.lines().iter().flat_map(|line| months(&line.glyphs)).collect();
    months.sort_by_key(|month| month.order);
    let expiry = months
        .iter()
        .position(|month| month.begins == Some(false))
        .or_else(|| months.iter().rposition(|month| month.begins.is_none()))
        .map(|at| months.remove(at));
    let before = |month: &&Month<'_>| expiry.as_ref().is_none_or(|expiry| month.order < expiry.order);
    let issue = months.iter().filter(before).find(|month| month.begins != Some(false));
    for (name, month) in [("issue_date", issue), ("expiry_date", expiry.as_ref())] {
        match month {
            Some(month) => fields.put(name, month.text.clone(), month.run),
            None => fields.put_missing(name),
        }
    }
}

/// What reads like `09/31` in a line.
fn months(glyphs: &[Glyph]) -> Vec<Month<'_>> {
    const LENGTH: usize = 5;
    let mut found = Vec::new();
    let mut said = 0;
    for (at, run) in glyphs.windows(LENGTH).enumerate() {
        let digit = |at: usize| run[at].char.to_digit(10);
        let (Some(a), Some(b), '/', Some(c), Some(d)) = (digit(0), digit(1), run[2].char, digit(3), digit(4))
        else {
            continue;
        };
        let is_part_of_more = |at: Option<usize>| {
            at.and_then(|at| glyphs.get(at))
                .is_some_and(|glyph| glyph.char.is_ascii_digit() || glyph.char == '/')
        };
        let month = 10 * a + b;
        if !(1..=12).contains(&month)
            || is_part_of_more(at.checked_sub(1))
            || is_part_of_more(Some(at + LENGTH))
        {
            continue;
        }
        let words = glyphs[said..at].dense().to_ascii_uppercase();
        let says = |words_of: &[&str]| words_of.iter().any(|word| words.contains(word));
        let begins = if says(&["FROM", "SINCE", "起"]) {
            Some(true)
        } else if says(&["THRU", "UNTIL", "EXP", "END", "至", "止"]) {
            Some(false)
        } else {
            None
        };
        found.push(Month { text: run.dense(), order: (10 * c + d, month), run, begins });
        said = at + LENGTH;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::{page, page_of};

    fn read(lines: &[(i32, i32, &str)]) -> Result<Fields, &'static str> {
        Bankcard::find(page_of(lines, 0.999), &()).map_err(|error| error.code())
    }

    #[test]
    fn a_card_says_number_issuer_and_dates() {
        let fields = read(&[
            (0, 0, "招商银行"),
            (0, 100, "4392 2501 0203 0409"),
            (0, 160, "VALID FROM 11/23"),
            (600, 162, "GOOD THRU 11/28"),
            (0, 200, "A INVENTED"),
        ])
        .unwrap();
        for (name, value) in [
            ("bank_name", "招商银行"),
            ("card_number", "4392 2501 0203 0409"),
            ("issue_date", "11/23"),
            ("expiry_date", "11/28"),
            ("type", "credit"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
        assert_eq!(fields.get("expiry_date").unwrap().location.unwrap()[0], [600 + 10 * 20, 162]);
        assert!(fields.get("bank_name").unwrap().confidence > 0.999);
    }

    #[test]
    fn dates_are_told_apart_by_words_or_by_time() {
        for (lines, issue, expiry) in [
            (vec!["VALID THRU", "09/31"], "", "09/31"),
            (vec!["11/23-11/28"], "11/23", "11/28"),
            (vec!["MEMBER SINCE 01/19"], "01/19", ""),
            (vec!["13/31", "12/12/31"], "", ""),
            (vec![], "", ""),
        ] {
            let mut all = vec![(0, 0, "6222 0210 0012 3456 781")];
            all.extend((1..).zip(&lines).map(|(row, line)| (0, 60 * row, *line)));
            let fields = read(&all).unwrap();
            assert_eq!(
                (fields.value("issue_date"), fields.value("expiry_date")),
                (issue, expiry),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn who_issued_it_is_known_by_its_number() {
        let fields = read(&[(0, 0, "NO 6222021000"), (300, 4, "l23456781")]).unwrap();
        assert_eq!((fields.value("bank_name"), fields.value("type")), ("中国工商银行", "savings"));
        let unknown = read(&[(0, 0, "4000 0000 0000 0002")]).unwrap();
        assert_eq!((unknown.value("bank_name"), unknown.value("type")), ("", ""));
        assert_eq!(unknown.get("type").unwrap().confidence, 0.0);
    }

    #[test]
    fn a_doubtful_digit_is_mended_by_the_check_digit() {
        let mut doubtful = page(&[(0, 0, "4392 2501 0208 0409")]);
        doubtful.blocks[0].chars[11].confidence = 0.5;
        let fields = Bankcard::find(doubtful, &()).unwrap();
        assert_eq!(fields.value("card_number"), "4392 2501 0203 0409");
        assert!(fields.get("card_number").unwrap().confidence < 0.9);
        assert_eq!(read(&[(0, 0, "4392 2501 0208 0409")]).map(|_| ()), Err("AIS.0104"));
    }

    #[test]
    fn part_of_a_code_is_no_number() {
        // The code of a company: without its last letter it obeys Luhn's rule by chance.
        assert_eq!(read(&[(0, 0, "91349999828456956B")]).map(|_| ()), Err("AIS.0104"));
        assert_eq!(read(&[(0, 0, "A4392250102030409")]).map(|_| ()), Err("AIS.0104"));
        assert!(read(&[(0, 0, "4392250102030409 B")]).is_ok());
    }

    #[test]
    fn a_page_with_much_else_is_no_card() {
        let lines = |count: i32| {
            let others = (1..count).map(|row| (0, 60 * row, "一行文字"));
            [(0, 0, "4392250102030409")].into_iter().chain(others).collect::<Vec<_>>()
        };
        assert!(read(&lines(24)).is_ok());
        assert_eq!(read(&lines(25)).map(|_| ()), Err("AIS.0104"));
    }

    #[test]
    fn other_numbers_are_no_cards() {
        for line in [
            "招商银行无名支行4392250102030409",
            "账号 4392 2501 0203 0409",
            "400-820-1234",
            "11010519491231002X",
            "2026-11-00417",
            "0000 0000 0000 0000",
            "2019.03.01-2029.02.28",
            "PASSPORT",
        ] {
            assert_eq!(read(&[(0, 0, line)]).map(|_| ()), Err("AIS.0104"), "{line}");
        }
    }
}
