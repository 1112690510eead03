//! The machine-readable zone of travel documents (ICAO 9303): two lines of 44 (TD3: passports) or 36 (TD2), or three of 30
//! (TD1: cards). Its check digits decide whether it is one, and mend what was misread.

use super::field::checked;
use super::letters::{alike, digit_like, letter_like};
use crate::sheet::{Glyph, Run as _, Sheet};

const FILLER: char = '<';
/// What is wrong fits a check digit in one of so many cases.
pub(super) const ONE_OF: f32 = 10.0;
/// How sure a field can be at most whose check digit does not fit.
const UNFIT: f32 = 0.3;

/// How likely a letter and a digit of one shape are taken for each other, however sure the reading is.
const TWINS: f32 = 0.05;
/// The least share of all that can have gone wrong with which one thing is believed to have.
const LIKELY: f32 = 0.75;

/// A part of a line: line, first column, column after the last.
type Part = (usize, usize, usize);

/// Where everything stands in a zone of one form.
#[derive(Debug)]
pub struct Layout {
    lines: usize,
    width: usize,
    code: Part,
    issuer: Part,
    names: Part,
    number: Part,
    nationality: Part,
    birth: Part,
    sex: Part,
    expiry: Part,
    optional: Part,
    /// Whether what is optional has a check digit after it, as the number and the dates have.
    optional_is_checked: bool,
    /// What the last check digit is about, and where it stands.
    composite: &'static [Part],
    composite_check: (usize, usize),
}

/// Passports.
pub const TD3: Layout = Layout {
    lines: 2,
    width: 44,
    code: (0, 0, 2),
    issuer: (0, 2, 5),
    names: (0, 5, 44),
    number: (1, 0, 9),
    nationality: (1, 10, 13),
    birth: (1, 13, 19),
    sex: (1, 20, 21),
    expiry: (1, 21, 27),
    optional: (1, 28, 42),
    optional_is_checked: true,
    composite: &[(1, 0, 10), (1, 13, 20), (1, 21, 43)],
    composite_check: (1, 43),
};

/// Larger cards and visas of two lines.
pub const TD2: Layout = Layout {
    lines: 2,
    width: 36,
    code: (0, 0, 2),
    issuer: (0, 2, 5),
    names: (0, 5, 36),
    number: (1, 0, 9),
    nationality: (1, 10, 13),
    birth: (1, 13, 19),
    sex: (1, 20, 21),
    expiry: (1, 21, 27),
    optional: (1, 28, 35),
    optional_is_checked: false,
    composite: &[(1, 0, 10), (1, 13, 20), (1, 21, 35)],
    composite_check: (1, 35),
};

/// Cards of the size of a bank card.
pub const TD1: Layout = Layout {
    lines: 3,
    width: 30,
    code: (0, 0, 2),
    issuer: (0, 2, 5),
    names: (2, 0, 30),
    number: (0, 5, 14),
    nationality: (1, 15, 18),
    birth: (1, 0, 6),
    sex: (1, 7, 8),
    expiry: (1, 8, 14),
    optional: (0, 15, 30),
    optional_is_checked: false,
    composite: &[(0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)],
    composite_check: (1, 29),
};

/// A part of the zone: its characters, and how likely they are right.
#[derive(Debug, Clone, Default)]
pub(crate) struct Read {
    pub run: Vec<Glyph>,
    pub confidence: f32,
}

impl Read {
    /// What it says without the filling.
    pub fn text(&self) -> String {
        self.run.dense().trim_end_matches(FILLER).replace(FILLER, " ")
    }
}

/// A zone that was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Zone {
    pub code: Read,
    pub issuer: Read,
    pub surname: Read,
    pub given_names: Read,
    pub number: Read,
    pub nationality: Read,
    pub birth: Read,
    pub sex: Read,
    pub expiry: Read,
    /// How many check digits fit, and of how many.
    pub fitting: (usize, usize),
}

impl Zone {
    /// The zone of that form on a page: the two or three lines whose check digits fit best, if most of them do.
    pub fn on(sheet: &Sheet, layout: &Layout) -> Option<Zone> {
        let lines: Vec<Vec<Glyph>> = sheet
            .rows()
            .iter()
            .filter_map(|row| {
                line_of(&row.iter().flat_map(|line| line.glyphs.iter().copied()).collect::<Vec<_>>())
            })
            .collect();
        let zones = lines.windows(layout.lines).flat_map(|lines| zones(lines, layout));
        let best = zones.max_by(|a, b| {
            a.fitting.0.cmp(&b.fitting.0).then(a.number.confidence.total_cmp(&b.number.confidence))
        })?;
        let (fit, of) = best.fitting;
        (fit * 4 >= of * 3).then_some(best)
    }
}

/// A line as one of a zone: nothing but capitals, digits and filling, and long enough.
pub(super) fn line_of(glyphs: &[Glyph]) -> Option<Vec<Glyph>> {
    const SHORTEST: usize = 24;
    let mut line = Vec::with_capacity(glyphs.len());
    for glyph in glyphs {
        let char = match glyph.char.to_ascii_uppercase() {
            char @ ('A'..='Z' | '0'..='9' | FILLER) => char,
            '‹' | '〈' | '＜' | 'く' | '(' | '{' | '[' | '∠' => FILLER,
            '«' | '《' | '≪' => {
                line.push(Glyph { char: FILLER, ..*glyph });
                FILLER
            }
            '.' | '·' | '-' | ',' => continue,
            _ => return None,
        };
        line.push(Glyph { char, ..*glyph });
    }
    (line.len() >= SHORTEST && line.iter().any(|glyph| glyph.char == FILLER)).then_some(line)
}

/// What lines may be: a run of filling is easily read too long or too short, so each run is tried as the one that was.
fn zones(lines: &[Vec<Glyph>], layout: &Layout) -> Vec<Zone> {
    let mut all: Vec<Vec<Vec<Glyph>>> = vec![Vec::new()];
    for (at, line) in lines.iter().enumerate() {
        let ways = if at == layout.names.0 { padded(line, layout.width) } else { fitted(line, layout.width) };
        all = all
            .iter()
            .flat_map(|before| ways.iter().map(|way| [&before[..], std::slice::from_ref(way)].concat()))
            .collect();
    }
    all.iter().map(|lines| zone(lines, layout)).collect()
}

/// The line of names: it ends with filling, of which nothing depends on how much was read.
fn padded(line: &[Glyph], width: usize) -> Vec<Vec<Glyph>> {
    let end = line.iter().rposition(|glyph| glyph.char != FILLER).map_or(0, |at| at + 1);
    if end > width {
        return Vec::new();
    }
    let Some(&last) = line.last() else { return Vec::new() };
    let filling = Glyph { char: FILLER, ..last };
    vec![line.iter().copied().take(end).chain(std::iter::repeat(filling)).take(width).collect()]
}

/// The line with the right width.
pub(super) fn fitted(line: &[Glyph], width: usize) -> Vec<Vec<Glyph>> {
    const FURTHEST: usize = 6;
    if line.len() == width {
        return vec![line.to_vec()];
    }
    if line.len().abs_diff(width) > FURTHEST {
        return Vec::new();
    }
    let mut ways = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let length = line[at..].iter().take_while(|glyph| glyph.char == FILLER).count();
        if length > 0 && length + width > line.len() {
            let filling = std::iter::repeat_n(line[at], length + width - line.len());
            ways.push(
                line[..at]
                    .iter()
                    .copied()
                    .chain(filling)
                    .chain(line[at + length..].iter().copied())
                    .collect(),
            );
        }
        at += length.max(1);
    }
    ways
}

fn zone(lines: &[Vec<Glyph>], layout: &Layout) -> Zone {
    let part = |(line, from, to): Part| lines[line][from..to].to_vec();
    let after = |(line, _, to): Part| lines[line][to];
    let mut lines = lines.to_vec();
    let mut zone = Zone::default();
    let mut fits = Vec::with_capacity(5);
    // Those that have check digits of their own are mended first: the last check digit is about them too.
    let (rest, check) = rest_of_number(&part(layout.optional), after(layout.number), layout);
    let (number, fit) = mended(&[part(layout.number), rest].concat(), check, Of::Any);
    fits.push(fit);
    let (birth, fit) = mended(&part(layout.birth), after(layout.birth), Of::Digits);
    fits.push(fit);
    let (expiry, fit) = mended(&part(layout.expiry), after(layout.expiry), Of::Digits);
    fits.push(fit);
    let optional = part(layout.optional);
    if layout.optional_is_checked {
        let is_empty = optional.iter().all(|glyph| glyph.char == FILLER);
        let check = after(layout.optional);
        let (optional, fit) = mended(&optional, check, Of::Any);
        fits.push(fit || (is_empty && check.char == FILLER));
        put(&mut lines, layout.optional, &optional.run);
    }
    for (at, read) in [(layout.number, &number), (layout.birth, &birth), (layout.expiry, &expiry)] {
        let (line, from, to) = at;
        put(&mut lines, at, &read.run[..to - from]);
        lines[line][to] = numeral(lines[line][to]);
    }
    let about: Vec<Glyph> =
        layout.composite.iter().flat_map(|&(line, from, to)| lines[line][from..to].iter().copied()).collect();
    let (line, column) = layout.composite_check;
    let all_fit = fits_check(&about, lines[line][column]);
    fits.push(all_fit);
    let sure = |read: Read| Read {
        confidence: if all_fit { checked(read.confidence, ONE_OF) } else { read.confidence },
        ..read
    };
    (zone.number, zone.birth, zone.expiry) = (sure(number), sure(birth), sure(expiry));
    let plain = |part: Part, change: fn(Glyph) -> Glyph| {
        let (line, from, to) = part;
        let run: Vec<Glyph> = lines[line][from..to].iter().copied().map(change).collect();
        Read { confidence: run.confidence(), run }
    };
    zone.code = plain(layout.code, alphabetic);
    zone.issuer = plain(layout.issuer, alphabetic);
    zone.nationality = plain(layout.nationality, alphabetic);
    zone.sex = plain(layout.sex, alphabetic);
    let names = plain(layout.names, alphabetic).run;
    let gap = names.windows(2).position(|pair| pair.iter().all(|glyph| glyph.char == FILLER));
    let (surname, given) = names.split_at(gap.unwrap_or(names.len()));
    zone.surname = name(surname);
    zone.given_names = name(given.get(2..).unwrap_or_default());
    zone.fitting = (fits.iter().filter(|fit| **fit).count(), fits.len());
    zone
}

/// A card's number that is longer than its place has filling instead of its check digit, and goes on in what is optional,
/// up to the check digit: what stands there of it, and that digit.
fn rest_of_number(optional: &[Glyph], check: Glyph, layout: &Layout) -> (Vec<Glyph>, Glyph) {
    let end = optional.iter().position(|glyph| glyph.char == FILLER).unwrap_or(optional.len());
    match optional[..end].split_last() {
        Some((digit, rest)) if check.char == FILLER && !layout.optional_is_checked && !rest.is_empty() => {
            (rest.to_vec(), *digit)
        }
        _ => (Vec::new(), check),
    }
}

fn put(lines: &mut [Vec<Glyph>], (line, from, to): Part, run: &[Glyph]) {
    lines[line][from..to].copy_from_slice(run);
}

/// A name, as sure as its letters and the one filling that ends it.
fn name(run: &[Glyph]) -> Read {
    let end = run.iter().rposition(|glyph| glyph.char != FILLER).map_or(0, |at| at + 1);
    let run = run[..end].to_vec();
    Read { confidence: run.confidence(), run }
}

pub(super) fn numeral(glyph: Glyph) -> Glyph {
    of_its_place(glyph, digit_like(glyph.char).unwrap_or(glyph.char))
}

fn alphabetic(glyph: Glyph) -> Glyph {
    of_its_place(glyph, letter_like(glyph.char))
}

/// A character where only letters are, or only digits. Doubts about one that has a twin of the other kind are mostly
/// about that, and it cannot be here.
fn of_its_place(glyph: Glyph, char: char) -> Glyph {
    const OTHER_DOUBTS: f32 = 0.1;
    let has_twin = letter_like(char) != char || digit_like(char).is_some_and(|digit| digit != char);
    let confidence = if has_twin { 1.0 - OTHER_DOUBTS * (1.0 - glyph.confidence) } else { glyph.confidence };
    Glyph { char, confidence, ..glyph }
}

fn value(char: char) -> u32 {
    char.to_digit(36).unwrap_or(0)
}

pub(super) fn fits_check(run: &[Glyph], check: Glyph) -> bool {
    let sum: u32 =
        run.iter().zip([7, 3, 1].into_iter().cycle()).map(|(glyph, weight)| value(glyph.char) * weight).sum();
    char::from_digit(sum % 10, 10) == digit_like(check.char)
}

/// What a part consists of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Any,
    Digits,
}

/// A part with its check digit, and whether that fits: as read, or with one character taken for the one that looks most
/// like it, if that is likelier than anything else that can have gone wrong.
pub(super) fn mended(run: &[Glyph], check: Glyph, of: Of) -> (Read, bool) {
    let run: Vec<Glyph> = match of {
        Of::Any => run.to_vec(),
        Of::Digits => run.iter().copied().map(numeral).collect(),
    };
    let confidence = run.confidence();
    if fits_check(&run, check) {
        return (Read { run, confidence: checked(confidence, ONE_OF) }, true);
    }
    // Letters and digits of one shape are no surer told apart than this.
    let least = if of == Of::Any { TWINS } else { 0.0 };
    let wrong = |glyph: &Glyph| (1.0 - glyph.confidence).max(least);
    let mut all = confidence * (1.0 - check.confidence);
    let mut best: Option<(f32, Vec<Glyph>)> = None;
    for at in 0..run.len() {
        let is_possible = |other: &&char| of == Of::Any || other.is_ascii_digit();
        let Some(&other) = alike(run[at].char).iter().find(is_possible) else { continue };
        let mut changed = run.clone();
        changed[at].char = other;
        if fits_check(&changed, check) {
            let rest: f32 = (0..run.len()).filter(|&i| i != at).map(|i| run[i].confidence).product();
            let likely = rest * wrong(&run[at]) * check.confidence;
            all += likely;
            if best.as_ref().is_none_or(|(before, _)| likely > *before) {
                best = Some((likely, changed));
            }
        }
    }
    match best {
        Some((likely, run)) if likely > LIKELY * all => (Read { run, confidence: likely / all }, true),
        _ => (Read { run, confidence: confidence.min(UNFIT) }, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::{page, page_of};

    fn zone(lines: &[&str], layout: &Layout) -> Option<Zone> {
        let lines: Vec<(i32, i32, &str)> =
            (0..).zip(lines).map(|(row, words)| (10, 40 * row, *words)).collect();
        Zone::on(&Sheet::of(&page_of(&lines, 0.999)), layout)
    }

    fn says(zone: &Zone) -> [String; 8] {
        [
            &zone.code,
            &zone.issuer,
            &zone.surname,
            &zone.given_names,
            &zone.number,
            &zone.nationality,
            &zone.birth,
            &zone.expiry,
        ]
        .map(Read::text)
    }

    // The specimens of ICAO 9303.
    const PASSPORT: [&str; 2] =
        ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"];

    #[test]
    fn the_published_specimens() {
        let passport = zone(&PASSPORT, &TD3).unwrap();
        let said = says(&passport);
        assert_eq!(said, ["P", "UTO", "ERIKSSON", "ANNA MARIA", "L898902C3", "UTO", "740812", "120415"]);
        assert_eq!((passport.fitting, passport.sex.text().as_str()), ((5, 5), "F"));
        assert!(passport.number.confidence > 0.999);
        let card = zone(
            &[
                "I<UTOD231458907<<<<<<<<<<<<<<<",
                "7408122F1204159UTO<<<<<<<<<<<6",
                "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
            ],
            &TD1,
        );
        let said = says(&card.unwrap());
        assert_eq!(said, ["I", "UTO", "ERIKSSON", "ANNA MARIA", "D23145890", "UTO", "740812", "120415"]);
        let card =
            zone(&["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"], &TD2);
        let said = says(&card.unwrap());
        assert_eq!(said, ["I", "UTO", "ERIKSSON", "ANNA MARIA", "D23145890", "UTO", "740812", "120415"]);
    }

    #[test]
    fn letters_and_digits_are_told_apart_by_their_places() {
        let found = zone(
            &["P<UT0ER1KSS0N<<ANNA<MAR1A<<<<<<<<<<<<<<<<<<<", "L8989O2C36UT07408I22F12O4159ZE184226B<<<<<10"],
            &TD3,
        );
        let said = says(&found.unwrap());
        assert_eq!(said, ["P", "UTO", "ERIKSSON", "ANNA MARIA", "L898902C3", "UTO", "740812", "120415"]);
    }

    #[test]
    fn filling_may_be_counted_wrongly() {
        for second in
            ["L898902C36UTO7408122F1204159ZE184226B<<<10", "L898902C36UTO7408122F1204159ZE184226B<<<<<<<10"]
        {
            let found = zone(&["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<", second], &TD3).unwrap();
            assert_eq!((found.fitting, found.number.text().as_str()), ((5, 5), "L898902C3"), "{second}");
        }
        let marks = ["P〈UTOERIKSSON《ANNA〈MARIA《《《《《《《《《", PASSPORT[1]];
        assert_eq!(zone(&marks, &TD3).unwrap().given_names.text(), "ANNA MARIA");
    }

    #[test]
    fn what_is_no_zone_is_none() {
        assert!(zone(&["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"], &TD3).is_none());
        assert!(zone(&["THE QUICK BROWN FOX JUMPS OVER", "THE LAZY DOG AND ALL THE OTHERS"], &TD3).is_none());
        // Check digits of another document.
        assert!(zone(&[PASSPORT[0], "L898902C97UTO7408129F1204150ZE184226B<<<<<93"], &TD3).is_none());
        assert!(Zone::on(&Sheet::of(&page(&[])), &TD3).is_none());
    }
}
