//! What travel permits of China have in common: cards whose labels are small and stand over what was filled in, or beside
//! it; a name in characters and in Latin letters, dates with dots, and a title that says which permit it is.

use super::date;
use super::field::{Fields, checked};
use super::form::{Form, Label};
use super::label::{distance_within, trimmed, under};
use super::letters::digit_like;
use super::mrz::Read;
use super::permit_zone::PermitZone;
use crate::sheet::{Glyph, Run as _, Sheet};
use crate::{Limits, TextOptions};

/// The labels of all.
const LABELS: &[Label] = &[
    ("name", &["姓名"]),
    ("birth_date", &["出生日期"]),
    ("sex", &["性别"]),
    ("valid_period", &["有效期限", "有效期"]),
    ("issuing_authority", &["签发机关"]),
    ("issue_place", &["签发地点", "签发地"]),
    ("number", &["证件号码", "证件号"]),
    ("issue_times", &["换证次数", "签发次数"]),
];
/// With a title, so many labels make a permit.
const ENOUGH: usize = 3;
/// How sure is at most what has not the form that it must have.
const UNFIT: f32 = 0.3;
/// A date read elsewhere that is the same by chance is one of so many.
const DATES: f32 = 1_000.0;

/// How permits are read.
pub(super) fn options() -> TextOptions {
    TextOptions { character_mode: true, limits: Limits::PHOTOGRAPH, ..TextOptions::default() }
}

/// A page on which a permit may be.
pub(super) struct Permit<'a> {
    sheet: &'a Sheet,
    form: Form<'a>,
}

impl<'a> Permit<'a> {
    pub fn of(sheet: &'a Sheet) -> Permit<'a> {
        Permit { sheet, form: Form::of(sheet, LABELS, &[]) }
    }

    /// Whether it has as many labels as a permit.
    pub fn has_labels(&self) -> bool {
        LABELS.iter().filter(|(field, _)| self.form.has(field)).count() >= ENOUGH
    }

    /// Which of these titles it has, and where.
    pub fn title(&self, titles: &[&'static str]) -> Option<(&'static str, Vec<Glyph>)> {
        self.sheet.lines().iter().find_map(|line| {
            let text: Vec<char> = line.glyphs.dense().chars().collect();
            let title = titles.iter().find(|title| {
                let title: Vec<char> = title.chars().collect();
                distance_within(&text, &title) <= title.len() / 6
            })?;
            let is_chinese = |glyph: &Glyph| ('\u{4e00}'..='\u{9fff}').contains(&glyph.char);
            Some((*title, line.glyphs.iter().copied().filter(is_chinese).collect()))
        })
    }

    /// What stands under a label, or beside it, whichever of them is one.
    fn value(&self, field: &str, is_one: impl Fn(&[Glyph]) -> bool) -> Vec<Glyph> {
        let words = LABELS.iter().find(|(name, _)| *name == field).map_or(&[][..], |(_, words)| words);
        let is_label = |run: &[Glyph]| {
            LABELS.iter().flat_map(|(_, words)| *words).any(|word| run.dense().starts_with(word))
        };
        let below = under(self.sheet, words).filter(|run| !is_label(run)).map(<[Glyph]>::to_vec);
        let ways = below.into_iter().chain([self.form.beside(field)]);
        ways.into_iter().find(|run| is_one(run)).unwrap_or_default()
    }

    /// Puts what every permit has, but for its number; a zone says birth and end once more.
    pub fn put(&self, fields: &mut Fields, zone: Option<&PermitZone>) {
        for name in ["name", "issuing_authority", "issue_place"] {
            let run = self.value(name, is_chinese);
            let run = trimmed(&run);
            fields.put(name, run.dense(), run);
        }
        self.put_latin_name(fields);
        let sex = self.value("sex", |run| run.iter().any(is_sex));
        let sex: Vec<Glyph> = sex.into_iter().filter(is_sex).take(1).collect();
        fields.put("sex", sex.dense(), &sex);
        let run = self.value("birth_date", |run| day(run).is_some());
        let birth = day(&run).unwrap_or_default();
        let confidence = compared(run.confidence(), &birth, zone.map(|zone| &zone.birth));
        fields.put_as_sure("birth_date", birth, confidence, &run);
        let run = self.value("valid_period", |run| period(run).is_some());
        let term = period(&run).unwrap_or_default();
        let confidence = compared(run.confidence(), &term, zone.map(|zone| &zone.expiry));
        fields.put_as_sure("valid_period", term, confidence, &run);
    }

    /// A line that is surname, comma and given names, and nothing else: `LIN, XIAOZHOU`.
    fn put_latin_name(&self, fields: &mut Fields) {
        let is_comma = |glyph: &Glyph| matches!(glyph.char, ',' | '，' | '、' | '.');
        let is_part = |glyph: &Glyph| glyph.char.is_ascii_alphabetic() || matches!(glyph.char, '-' | '\'');
        let split = |run: &'a [Glyph]| {
            let at = run.iter().position(is_comma)?;
            let (surname, given) = (&run[..at], &run[at + 1..]);
            let is_name = |run: &[Glyph]| !run.is_empty() && run.iter().all(is_part);
            (is_name(surname) && is_name(given)).then_some((surname, given, run))
        };
        match self.sheet.lines().iter().find_map(|line| split(&line.glyphs)) {
            Some((surname, given, run)) => {
                let text = format!("{}, {}", surname.text().trim(), given.text().trim()).to_uppercase();
                fields.put("name_en", text, run);
            }
            None => fields.put_missing("name_en"),
        }
    }

    /// Puts how often it was issued.
    pub fn put_times(&self, fields: &mut Fields) {
        let digits =
            |run: &[Glyph]| run.iter().map(|glyph| digit_like(glyph.char)).collect::<Option<String>>();
        let is_one = |run: &[Glyph]| matches!(digits(run), Some(digits) if matches!(digits.len(), 1 | 2));
        let run = self.value("issue_times", is_one);
        fields.put("issue_times", digits(&run).unwrap_or_default(), &run);
    }

    /// Puts the number that stands at its label, or else the one run on the page that has its form. What has none is given
    /// as it was read.
    pub fn put_number(&self, fields: &mut Fields, form: fn(&[Glyph]) -> Option<String>) {
        let labelled = self.value("number", |run| form(run).is_some());
        if let Some(number) = form(&labelled) {
            return fields.put("number", number, &labelled);
        }
        let is_end = |glyph: &Glyph| !glyph.char.is_ascii_alphanumeric() && glyph.char != '.';
        let runs = self.sheet.lines().iter().flat_map(|line| line.glyphs.split(is_end));
        let mut found = runs.filter_map(|run| Some((form(run)?, run)));
        match (found.next(), found.next()) {
            (Some((number, run)), None) => fields.put("number", number, run),
            _ => {
                let run = self.value("number", |run| run.iter().any(|glyph| glyph.char.is_ascii_digit()));
                fields.put_as_sure("number", run.dense(), run.confidence().min(UNFIT), &run);
            }
        }
    }
}

fn is_chinese(run: &[Glyph]) -> bool {
    run.iter().any(|glyph| ('\u{4e00}'..='\u{9fff}').contains(&glyph.char))
}

fn is_sex(glyph: &Glyph) -> bool {
    matches!(glyph.char, '男' | '女')
}

/// A day as it is printed: `1993.11.27`.
fn day(run: &[Glyph]) -> Option<String> {
    date::year_first(&run.text()).map(|day| day.replace('-', "."))
}

/// `2019.05.06-2029.05.05`, if both are dates and the first one is earlier.
fn period(run: &[Glyph]) -> Option<String> {
    // The line between them may be read as something else, or not at all.
    let digits: Vec<char> = run.iter().filter_map(|glyph| digit_like(glyph.char)).collect();
    let part = |from: usize, to: usize| digits[from..to].iter().collect::<String>().parse::<u32>().ok();
    if digits.len() != 16 {
        return None;
    }
    let day = |at: usize| date::date(part(at, at + 4)?, part(at + 4, at + 6)?, part(at + 6, at + 8)?);
    let (from, to) = (day(0)?, day(8)?);
    (from < to).then(|| format!("{}-{}", from.replace('-', "."), to.replace('-', ".")))
}

/// How sure a date is that was printed, whose zone says this, in six digits without the century.
fn compared(confidence: f32, printed: &str, zone: Option<&Read>) -> f32 {
    let Some(zone) = zone.filter(|zone| zone.confidence > UNFIT) else { return confidence };
    // Of a period, the day it ends with.
    let digits: String = printed.chars().filter(char::is_ascii_digit).collect();
    let is_same = digits.len() > 6 && digits.ends_with(&zone.text());
    if is_same { checked(confidence, DATES) } else { confidence / 2.0 }
}

/// A letter and eight digits, of which the first may be a letter too: neither is one that looks like a digit.
pub(super) fn lettered(run: &[Glyph], firsts: &[char]) -> Option<String> {
    const DIGITS: usize = 8;
    let (first, rest) = run.split_first()?;
    if !firsts.contains(&first.char) || rest.len() != DIGITS {
        return None;
    }
    let second = match rest[0].char {
        char @ 'A'..='Z' if !matches!(char, 'I' | 'O') => char,
        char => digit_like(char)?,
    };
    let rest: Option<String> = rest[1..].iter().map(|glyph| digit_like(glyph.char)).collect();
    Some(format!("{}{second}{}", first.char, rest?))
}
