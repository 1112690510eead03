//! An electronic waybill (电子面单): the label of a parcel, printed by a machine. A mark says who receives and who sends;
//! each has a name, a phone number that may be hidden in part, and an address. The code that sorts the parcel is what is
//! printed largest, and the waybill's number stands at its bar code. Waybills filled in by hand are none.

use super::field::Fields;
use super::{Kind, date, shows_no};
use crate::sheet::{Glyph, Line, Run as _, Sheet};
use crate::{Limits, Page, ReadError, TextOptions};

/// An electronic waybill: the fields of `waybill-electronic`.
#[derive(Debug)]
pub struct WaybillElectronic;

/// Who receives and who sends, by the words before them; longer ones before those that begin them.
const RECEIVES: &[&str] = &["收件人", "收货人", "收方", "收件", "收货", "收"];
const SENDS: &[&str] = &["寄件人", "发件人", "发货人", "寄方", "寄件", "发件", "发货", "寄"];
/// The fields of both.
const FIELDS: [[&str; 3]; 2] = [
    ["receiver_name", "receiver_phone", "receiver_address"],
    ["sender_name", "sender_phone", "sender_address"],
];
/// So much room, in heights of the line, is between a mark and what it is about.
const ROOM: f32 = 0.4;
/// What addresses have.
const PLACES: &str = "省市区县镇乡村路街道巷号室楼";
/// A line of an address is so near below the one before it, in its heights.
const BELOW: f32 = 1.3;
/// How far from where the lines begin another one of them begins, in heights.
const ASIDE: f32 = 1.2;
/// How many characters a phone number has: digits, signs that hide some, and lines between.
const PHONE: std::ops::RangeInclusive<usize> = 7..=14;
/// How many characters a waybill's number has, and how many letters it begins with at most.
const NUMBER: std::ops::RangeInclusive<usize> = 10..=20;
const LETTERS: usize = 4;

impl Kind for WaybillElectronic {
    type Asked = ();
    type Found = Fields;

    fn options((): &()) -> TextOptions {
        TextOptions { character_mode: true, limits: Limits::PHOTOGRAPH, ..TextOptions::default() }
    }

    fn find(page: Page, (): &()) -> Result<Fields, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let marks = [mark(&sheet, RECEIVES), mark(&sheet, SENDS)];
        let parties = [party(&sheet, marks, 0), party(&sheet, marks, 1)];
        let taken: Vec<usize> = parties.iter().flatten().flat_map(|party| party.lines.clone()).collect();
        let rest: Vec<&Line> = sheet.lines().iter().filter(|line| !taken.contains(&line.order)).collect();
        let (code, number) = (code(&rest), number(&rest));
        let [Some(receiver), Some(sender)] = &parties else { return Err(shows_no("an electronic waybill")) };
        if (code.is_none() && number.is_none()) || receiver.phone.is_empty() || receiver.address.is_empty() {
            return Err(shows_no("an electronic waybill"));
        }
        let mut fields = Fields::default();
        let code = code.unwrap_or_default();
        fields.put("code", code.text(), &code);
        for (names, party) in FIELDS.into_iter().zip([receiver, sender]) {
            for (name, run) in names.into_iter().zip([&party.name, &party.phone, &party.address]) {
                fields.put(name, run.dense(), run);
            }
        }
        let number = number.unwrap_or_default();
        fields.put("waybill_number", number.dense(), &number);
        Ok(fields)
    }
}

/// The mark of a party: its line, and how many of its characters are the mark.
type Mark<'a> = (&'a Line, usize);

/// One who receives, or sends.
#[derive(Debug, Default)]
struct Party {
    name: Vec<Glyph>,
    phone: Vec<Glyph>,
    address: Vec<Glyph>,
    /// The lines that say so.
    lines: Vec<usize>,
}

/// The line that begins with one of these words, which stands alone or before a colon or room.
fn mark<'a>(sheet: &'a Sheet, words: &[&str]) -> Option<Mark<'a>> {
    let length = |line: &Line| {
        let begins = |word: &&&str| {
            line.glyphs.len() >= word.chars().count()
                && line.glyphs.iter().zip(word.chars()).all(|(glyph, char)| glyph.char == char)
        };
        let length = words.iter().find(begins)?.chars().count();
        let marks = line.glyphs[length..].iter().take_while(|glyph| matches!(glyph.char, ':' | '：')).count();
        let gap = |next: &Glyph| sheet.across(next).0 - sheet.across(&line.glyphs[length - 1]).1;
        let is_far = |next: &Glyph| next.is_apart || gap(next) > ROOM * line.height();
        // The room between may be lost; a word, and a phone number in its line, are a mark all the same.
        let is_word = length > 1 && phone_in(&line.glyphs[length..]).is_some();
        let ends = line.glyphs.get(length).is_none_or(is_far) || marks > 0 || is_word;
        ends.then_some(length + marks)
    };
    sheet.lines().iter().find_map(|line| length(line).map(|length| (line, length)))
}

/// What a mark is about: what stands right of it, down to the other mark.
fn party(sheet: &Sheet, marks: [Option<Mark<'_>>; 2], at: usize) -> Option<Party> {
    let (line, length) = marks[at]?;
    let other = marks[1 - at].map(|(line, _)| (line.top + line.bottom) / 2.0);
    let middle = (line.top + line.bottom) / 2.0;
    let is_beside = |other: &&Line| other.order != line.order && other.left > line.left && !other.is_down;
    // The first line with a phone number that is beside the mark, or of the mark's own line.
    let mut rows: Vec<Vec<(&Line, &[Glyph])>> = Vec::new();
    if length < line.glyphs.len() {
        rows.push(vec![(line, &line.glyphs[length..])]);
    }
    let mut lines: Vec<&Line> = sheet.lines().iter().filter(is_beside).collect();
    lines.sort_by(|a, b| a.top.total_cmp(&b.top));
    let height = line.height();
    for next in lines {
        let below = (next.top + next.bottom) / 2.0;
        let is_of_other = other
            .is_some_and(|other| (below - other).abs() < (below - middle).abs() && other > middle)
            || below < middle - 1.2 * height;
        if is_of_other {
            continue;
        }
        let same = rows.last_mut().filter(|row| {
            row.last().is_some_and(|(last, _)| {
                let common = last.bottom.min(next.bottom) - last.top.max(next.top);
                common > 0.5 * last.height().min(next.height())
            })
        });
        match same {
            Some(row) => row.push((next, &next.glyphs)),
            None => rows.push(vec![(next, &next.glyphs)]),
        }
    }
    rows.iter_mut().for_each(|row| row.sort_by(|a, b| a.0.left.total_cmp(&b.0.left)));
    let who = rows.iter().position(|row| phone_in(&joined(row)).is_some())?;
    // Whose phone number it is stands near the mark.
    if rows[who][0].0.top - line.bottom > 2.0 * height {
        return None;
    }
    let run = joined(&rows[who]);
    let (from, to) = phone_in(&run)?;
    let name: Vec<Glyph> = [&run[..from], &run[to..]].concat();
    let is_of_name = |glyph: &&Glyph| glyph.char.is_alphabetic() || matches!(glyph.char, '*' | '·');
    let name = name.iter().filter(is_of_name).copied().collect();
    let mut party = Party {
        name,
        phone: run[from..to].to_vec(),
        address: Vec::new(),
        lines: rows[who].iter().map(|(line, _)| line.order).collect(),
    };
    party.lines.push(line.order);
    let mut last = rows[who][0].0;
    let left = if last.order == line.order { None } else { Some(last.left) };
    for row in &rows[who + 1..] {
        let (first, _) = row[0];
        let height = last.height().min(first.height());
        let is_near = first.top - last.bottom < BELOW * height;
        let is_aligned = left.is_none_or(|left| (first.left - left).abs() < ASIDE * last.height());
        if !is_near || !is_aligned || row.len() > 1 {
            break;
        }
        party.address.extend_from_slice(&first.glyphs);
        party.lines.push(first.order);
        last = first;
    }
    if !party.address.iter().any(|glyph| PLACES.contains(glyph.char)) {
        party.address.clear();
    }
    Some(party)
}

fn joined(row: &[(&Line, &[Glyph])]) -> Vec<Glyph> {
    row.iter()
        .flat_map(|(_, run)| {
            let mut run = run.to_vec();
            if let Some(first) = run.first_mut() {
                first.is_apart = true;
            }
            run
        })
        .collect()
}

/// From where to where a run has a phone number: digits, `*` for those that are hidden, and lines between.
fn phone_in(run: &[Glyph]) -> Option<(usize, usize)> {
    let is_part = |glyph: &Glyph| glyph.char.is_ascii_digit() || matches!(glyph.char, '*' | '-');
    let mut from = 0;
    while from < run.len() {
        let length = run[from..].iter().take_while(|glyph| is_part(glyph)).count();
        // Signs that hide a name are none of the number.
        let hidden = run[from..from + length].iter().take_while(|glyph| !glyph.char.is_ascii_digit()).count();
        let digits = run[from..from + length].iter().filter(|glyph| glyph.char.is_ascii_digit()).count();
        if PHONE.contains(&(length - hidden)) && digits >= 5 {
            return Some((from + hidden, from + length));
        }
        from += length.max(1);
    }
    None
}

/// The code of three parts that sorts the parcel: of the lines of this form the one with the largest letters.
fn code(lines: &[&Line]) -> Option<Vec<Glyph>> {
    let largest = lines.iter().map(|line| line.height()).fold(0.0, f32::max);
    let is_one = |line: &&&Line| line.height() > 0.6 * largest && is_code(&line.glyphs);
    let found = lines.iter().filter(is_one).max_by(|a, b| a.height().total_cmp(&b.height()));
    found.map(|line| line.glyphs.clone())
}

/// Three parts of two to four capitals and digits, with lines or room between them; the first begins with three digits.
fn is_code(run: &[Glyph]) -> bool {
    let text = run.text();
    let parts: Vec<&str> = text.split(['-', ' ']).filter(|part| !part.is_empty()).collect();
    let is_part = |part: &&str| {
        (2..=4).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    // A day has three parts too.
    date::year_first(&text).is_none()
        && parts.len() == 3
        && parts.iter().all(is_part)
        && parts[0].len() >= 3
        && parts[0].bytes().take(3).all(|byte| byte.is_ascii_digit())
}

/// The waybill's number: what consists of digits, with a few letters before them, alone in its line. If there are several,
/// the one that stands there more often; if none does, none of them.
fn number(lines: &[&Line]) -> Option<Vec<Glyph>> {
    let runs: Vec<Vec<Glyph>> = lines.iter().filter_map(|line| number_of(&line.glyphs)).collect();
    let count = |run: &[Glyph]| runs.iter().filter(|other| other.dense() == run.dense()).count();
    let most = runs.iter().map(|run| count(run)).max()?;
    let mut best: Vec<&Vec<Glyph>> = runs.iter().filter(|run| count(run) == most).collect();
    best.sort_by(|a, b| b.confidence().total_cmp(&a.confidence()));
    let first = best.first()?;
    best.iter().all(|run| run.dense() == first.dense()).then(|| first.to_vec())
}

fn number_of(run: &[Glyph]) -> Option<Vec<Glyph>> {
    const LABELS: [&str; 4] = ["快递单号", "运单号码", "运单号", "单号"];
    let mut rest = run;
    for label in LABELS {
        if run.dense().starts_with(label) {
            rest = &run[label.chars().count()..];
            break;
        }
    }
    let from = rest.iter().position(|glyph| !matches!(glyph.char, ':' | '：'))?;
    let rest = &rest[from..];
    let letters = rest.iter().take_while(|glyph| glyph.char.is_ascii_uppercase()).count();
    let is_form = letters <= LETTERS
        && NUMBER.contains(&rest.len())
        && rest.len() - letters >= *NUMBER.start()
        && rest[letters..].iter().all(|glyph| glyph.char.is_ascii_digit());
    is_form.then(|| rest.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    const LABEL: [(i32, i32, &str); 12] = [
        (36, 30, "云帆速递"),
        (200, 120, "771A-905-C45"),
        (34, 262, "收"),
        (110, 240, "林晓舟"),
        (230, 242, "150****8137"),
        (110, 284, "江苏省无名市望江区星河路456号"),
        (110, 322, "9号楼"),
        (34, 402, "寄 曾**  0571-04538210"),
        (110, 440, "山东省长宁市东岭区望岳路27号"),
        (200, 640, "ZY31 8931 3527 797"),
        (36, 740, "2023-05-28 21:56"),
        (36, 800, "签收人："),
    ];

    fn read(lines: &[(i32, i32, &str)]) -> Result<Fields, &'static str> {
        WaybillElectronic::find(page_of(lines, 0.99), &()).map_err(|error| error.code())
    }

    #[test]
    fn a_label_says_who_sends_what_to_whom() {
        let fields = read(&LABEL).unwrap();
        for (name, value) in [
            ("code", "771A-905-C45"),
            ("receiver_name", "林晓舟"),
            ("receiver_phone", "150****8137"),
            ("receiver_address", "江苏省无名市望江区星河路456号9号楼"),
            ("sender_name", "曾**"),
            ("sender_phone", "0571-04538210"),
            ("sender_address", "山东省长宁市东岭区望岳路27号"),
            ("waybill_number", "ZY3189313527797"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
    }

    #[test]
    fn one_without_parties_or_without_any_number_is_none() {
        let without = |left_out: &[usize]| {
            let kept = LABEL.iter().enumerate().filter(|(at, _)| !left_out.contains(at));
            kept.map(|(_, line)| *line).collect::<Vec<_>>()
        };
        for left_out in [&[2][..], &[7], &[1, 9], &[5, 6]] {
            assert_eq!(read(&without(left_out)).map(|_| ()), Err("AIS.0104"), "{left_out:?}");
        }
        // Two numbers, neither of which stands there twice, are not chosen from.
        let mut lines = LABEL.to_vec();
        lines.push((200, 900, "ZY3189313527798"));
        assert_eq!(read(&lines).unwrap().value("waybill_number"), "");
        lines.push((200, 960, "单号：ZY3189313527797"));
        assert_eq!(read(&lines).unwrap().value("waybill_number"), "ZY3189313527797");
    }

    #[test]
    fn a_mark_may_be_read_as_one_with_a_name() {
        let mut lines = LABEL.to_vec();
        lines[7].2 = "寄件曾** 0571-04538210";
        assert_eq!(read(&lines).unwrap().value("sender_name"), "曾**");
        lines[7].2 = "寄曾** 0571-04538210";
        assert_eq!(read(&lines).map(|_| ()), Err("AIS.0104"), "whose name it is part of is not known");
    }

    #[test]
    fn codes_have_three_parts() {
        for (text, is_one) in [
            ("771A-905-C45", true),
            ("981 D55 15", true),
            ("981-D55", false),
            ("2023-05-28", false),
            ("ABC-905-C45", false),
            ("771A-905-C4567", false),
        ] {
            let page = page_of(&[(0, 0, text)], 0.9);
            assert_eq!(is_code(&Sheet::of(&page).lines()[0].glyphs), is_one, "{text}");
        }
    }
}
