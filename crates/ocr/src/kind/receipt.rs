//! What receipts of China have in common: a code of their kind, a number of their own, a title that says whose they are,
//! and labels with amounts and times.

use super::field::Fields;
use super::form::{Form, Label};
use super::label::trimmed;
use super::letters::digit_like;
use super::money;
use crate::sheet::{Glyph, Run as _, Sheet};
use crate::{Limits, TextOptions};

/// The labels of code and number.
pub(super) const CODE: Label = ("code", &["发票代码", "代码"]);
pub(super) const NUMBER: Label = ("number", &["发票号码", "号码"]);
/// How many digits they have.
const CODES: [usize; 2] = [12, 10];
const NUMBERS: [usize; 1] = [8];
/// How sure is at most what has not the form that it must have.
pub(super) const UNFIT: f32 = 0.3;

/// How receipts are read.
pub(super) fn options() -> TextOptions {
    let limits = Limits { max_side_px: 4096, ..Limits::PHOTOGRAPH };
    TextOptions { character_mode: true, limits, ..TextOptions::default() }
}

/// Puts code and number: beside their labels, else of all that is printed the one run of so many digits.
pub(super) fn put_code_and_number(fields: &mut Fields, form: &Form<'_>, sheet: &Sheet) {
    put_digits(fields, form, sheet, "code", &CODES);
    put_digits(fields, form, sheet, "number", &NUMBERS);
}

fn put_digits(fields: &mut Fields, form: &Form<'_>, sheet: &Sheet, name: &'static str, lengths: &[usize]) {
    let beside = form.beside(name);
    let run = leading_digits(&beside);
    if lengths.contains(&run.len()) {
        return fields.put(name, digits(run), run);
    }
    let alone = runs_of_digits(sheet);
    let mut fitting = lengths.iter().flat_map(|length| alone.iter().filter(|run| run.len() == *length));
    match (fitting.next(), fitting.next()) {
        (Some(run), None) => fields.put(name, digits(run), run),
        _ => fields.put_as_sure(name, digits(run), run.confidence().min(UNFIT), run),
    }
}

/// The characters from the first digit on that may be digits.
pub(super) fn leading_digits(run: &[Glyph]) -> &[Glyph] {
    let from = run.iter().position(|glyph| glyph.char.is_ascii_digit()).unwrap_or(run.len());
    let to = run[from..].iter().position(|glyph| digit_like(glyph.char).is_none());
    &run[from..to.map_or(run.len(), |length| from + length)]
}

fn digits(run: &[Glyph]) -> String {
    run.iter().filter_map(|glyph| digit_like(glyph.char)).collect()
}

/// Everything on the page that is digits and stands for itself.
fn runs_of_digits(sheet: &Sheet) -> Vec<Vec<Glyph>> {
    let runs = sheet.lines().iter().flat_map(|line| line.glyphs.split(|glyph| !glyph.char.is_ascii_digit()));
    runs.filter(|run| !run.is_empty()).map(<[Glyph]>::to_vec).collect()
}

/// The line that says what kind of receipt it is: one of these words stands in it.
pub(super) fn title(sheet: &Sheet, words: &[&str]) -> Option<Vec<Glyph>> {
    sheet.rows().into_iter().find_map(|row| {
        let run: Vec<Glyph> = row.iter().flat_map(|line| line.glyphs.iter().copied()).collect();
        let text = run.dense();
        words.iter().any(|word| text.contains(word)).then_some(run)
    })
}

/// The province, and the city, with which a title begins.
pub(super) fn put_location(fields: &mut Fields, title: &[Glyph]) {
    const LONGEST: usize = 14;
    let ends = |glyph: &Glyph| matches!(glyph.char, '省' | '市' | '区' | '县' | '州');
    match title.iter().take(LONGEST).rposition(ends) {
        Some(at) => fields.put("location", title[..=at].dense(), &title[..=at]),
        None => fields.put_missing("location"),
    }
}

/// Puts what stands beside a label, as it is.
pub(super) fn put_beside(fields: &mut Fields, form: &Form<'_>, name: &'static str) {
    let run = form.beside(name);
    let run = trimmed(&run);
    fields.put(name, run.dense(), run);
}

/// The amount beside a label in hundredths, and where it stands.
pub(super) fn amount(form: &Form<'_>, name: &str) -> Option<(u64, String, Vec<Glyph>)> {
    let run = form.beside(name);
    let is_part = |glyph: &Glyph| glyph.char.is_ascii_digit() || matches!(glyph.char, '.' | ',' | '，');
    let from = run.iter().position(|glyph| glyph.char.is_ascii_digit())?;
    let to = run[from..].iter().position(|glyph| !is_part(glyph)).map_or(run.len(), |length| from + length);
    let run = run[from..to].to_vec();
    let (value, text) = money::figures(&run.dense())?;
    Some((value, text, run))
}

/// A time of the day, `12:03` or `12:03:10`, with which a run begins after anything that is no digit; and what is left.
pub(super) fn time_of_day(run: &[Glyph]) -> Option<(String, &[Glyph], &[Glyph])> {
    let from = run.iter().position(|glyph| glyph.char.is_ascii_digit())?;
    let is_part =
        |glyph: &Glyph| glyph.char.is_ascii_digit() || matches!(glyph.char, ':' | '：' | '时' | '.');
    let to = run[from..].iter().position(|glyph| !is_part(glyph)).map_or(run.len(), |length| from + length);
    let text = run[from..to].dense().replace(['：', '时', '.'], ":");
    let parts: Vec<&str> = text.trim_end_matches(':').split(':').collect();
    let is_two = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let below = |at: usize, limit: u32| {
        parts.get(at).is_none_or(|part| part.parse::<u32>().is_ok_and(|value| value < limit))
    };
    let is_time = matches!(parts.len(), 2 | 3)
        && parts.iter().all(is_two)
        && below(0, 24)
        && below(1, 60)
        && below(2, 60);
    is_time.then(|| (parts.join(":"), &run[from..to], &run[to..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page;

    #[test]
    fn codes_are_known_by_their_labels_or_by_their_form() {
        for (lines, code, number) in [
            (vec!["发票代码 14400031706S", "发票号码 91887313"], "144000317065", "91887313"),
            (vec!["144000317065", "91887313"], "144000317065", "91887313"),
            (vec!["发票代码 14400031", "91887313"], "14400031", ""),
        ] {
            let placed: Vec<_> = (0..).zip(&lines).map(|(row, line)| (0, 60 * row, *line)).collect();
            let page = page(&placed);
            let sheet = Sheet::of(&page);
            let form = Form::of(&sheet, &[CODE, NUMBER], &[]);
            let mut fields = Fields::default();
            put_code_and_number(&mut fields, &form, &sheet);
            assert_eq!((fields.value("code"), fields.value("number")), (code, number), "{lines:?}");
        }
    }

    #[test]
    fn times() {
        let page = page(&[(0, 0, "12:03-12:15"), (0, 60, "00:02：09"), (0, 120, "24:10"), (0, 180, "1203")]);
        let sheet = Sheet::of(&page);
        let of = |line: usize| {
            time_of_day(&sheet.lines()[line].glyphs).map(|(time, _, rest)| (time, rest.dense()))
        };
        assert_eq!(of(0), Some(("12:03".into(), "-12:15".into())));
        assert_eq!(of(1), Some(("00:02:09".into(), String::new())));
        assert_eq!((of(2), of(3)), (None, None));
    }
}
