//! An identity card of China, both sides: the one with the person's particulars, whose number says birth and sex once
//! more, and the one with the emblem, which says who issued it and how long it is valid.

use super::citizen::Number;
use super::field::{Fields, checked};
use super::{Kind, date, peoples};
use crate::sheet::{Glyph, Line, Run as _, Sheet};
use crate::{Limits, Page, ReadError, TextOptions};

/// An identity card of China.
#[derive(Debug)]
pub struct IdCard;

/// Which side is to be on the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The one with the particulars.
    Front,
    /// The one with the emblem.
    Back,
    /// Both.
    Both,
    /// Whichever it is.
    Either,
}

/// What stands on the sides that were found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The side with the particulars.
    pub front: Option<Front>,
    /// The side with the emblem.
    pub back: Option<Back>,
}

/// The side with the particulars: `name`, `sex`, `ethnicity`, `birth`, `address`, `number`.
#[derive(Debug, Clone, Default)]
pub struct Front {
    /// Its fields.
    pub fields: Fields,
    /// Whether the number's check character is right.
    pub number_is_valid: bool,
    /// Whether the number says the same birth as what is printed beside it; `None` if that could not be read.
    pub birth_agrees: Option<bool>,
    /// The same of the sex.
    pub sex_agrees: Option<bool>,
}

/// The side with the emblem: `issue`, `valid_from`, `valid_to`.
#[derive(Debug, Clone, Default)]
pub struct Back {
    /// Its fields.
    pub fields: Fields,
    /// Whether it is valid for a time for which cards are issued; `None` if that could not be read.
    pub term_is_valid: Option<bool>,
}

impl Kind for IdCard {
    type Asked = Asked;
    type Found = Found;

    fn options(_: &Asked) -> TextOptions {
        TextOptions { character_mode: true, limits: Limits::PHOTOGRAPH, ..TextOptions::default() }
    }

    fn find(page: Page, asked: &Asked) -> Result<Found, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let rows = rows(&sheet);
        let wants = |side| *asked == side || matches!(asked, Asked::Both | Asked::Either);
        let front = if wants(Asked::Front) { front(&rows) } else { None };
        let back = if wants(Asked::Back) { back(&rows) } else { None };
        let what = match (asked, &front, &back) {
            (Asked::Front, None, _) => "the side with the particulars of an identity card",
            (Asked::Back, _, None) => "the side with the emblem of an identity card",
            (Asked::Both, front, back) if front.is_none() || back.is_none() => {
                "both sides of an identity card"
            }
            (Asked::Either, None, None) => "an identity card",
            _ => return Ok(Found { front, back }),
        };
        Err(ReadError::Quality(format!("it does not show {what}")))
    }
}

/// A row of the card, all of it.
struct Row {
    glyphs: Vec<Glyph>,
    left: f32,
}

fn rows(sheet: &Sheet) -> Vec<Row> {
    let row = |lines: Vec<&Line>| Row {
        left: lines.first().map_or(0.0, |line| line.left),
        glyphs: lines.into_iter().flat_map(|line| line.glyphs.iter().copied()).collect(),
    };
    sheet.rows().into_iter().map(row).collect()
}

/// The labels of the front, in their order.
const NAME: &str = "姓名";
const SEX: &str = "性别";
const ETHNICITY: &str = "民族";
const BIRTH: &str = "出生";
const ADDRESS: &str = "住址";
const NUMBER: &str = "公民身份号码";
const LABELS: [&str; 6] = [NAME, SEX, ETHNICITY, BIRTH, ADDRESS, NUMBER];

impl Row {
    /// Where a label stands in it: the first character, and that after it.
    fn label(&self, label: &str) -> Option<(usize, usize)> {
        let length = label.chars().count();
        // Of a long one, some characters may be misread.
        let wrong = if length > 4 { 1 } else { 0 };
        let is_here = |run: &[Glyph]| {
            run.iter().zip(label.chars()).filter(|(glyph, char)| glyph.char != *char).count() <= wrong
        };
        self.glyphs.windows(length).position(is_here).map(|at| (at, at + length))
    }

    /// What stands after a label, up to the next one.
    fn after(&self, label: &str) -> Option<&[Glyph]> {
        let (_, from) = self.label(label)?;
        let ends =
            LABELS.iter().filter_map(|label| self.label(label)).map(|(at, _)| at).filter(|at| *at >= from);
        Some(&self.glyphs[from..ends.min().unwrap_or(self.glyphs.len())])
    }
}

fn front(rows: &[Row]) -> Option<Front> {
    let there = LABELS.iter().filter(|label| rows.iter().any(|row| row.label(label).is_some())).count();
    let number_at = rows.iter().position(|row| row.label(NUMBER).is_some())?;
    // Others have one of these labels, or two.
    if there < 4 {
        return None;
    }
    let value = |label| rows.iter().find_map(|row| row.after(label)).unwrap_or_default();
    let mut front = Front::default();
    let name = value(NAME);
    front.fields.put("name", name.dense(), name);
    let sex = value(SEX).iter().find(|glyph| matches!(glyph.char, '男' | '女'));
    let sex = sex.map(std::slice::from_ref).unwrap_or_default();
    let ethnicity = value(ETHNICITY);
    let birth = value(BIRTH);
    let printed_birth = date::year_first(&birth.dense());
    let (run, number) = number(rows, number_at);
    // One that obeys no rule may be misread anywhere: what it says of birth and sex is nothing.
    let said = number.as_ref().filter(|number| number.fits);
    let said_birth = said.and_then(Number::birth);
    front.number_is_valid = said.is_some();
    front.birth_agrees =
        said_birth.as_ref().zip(printed_birth.as_ref()).map(|(said, printed)| said == printed);
    front.sex_agrees = said.and_then(|number| Some(number.sex() == sex.first()?.char));
    put_sex(&mut front, sex, said);
    put_ethnicity(&mut front, ethnicity);
    put_birth(&mut front, birth, printed_birth, said);
    let address = address(rows, number_at);
    front.fields.put("address", address.dense(), &address);
    match number {
        Some(number) => {
            // Birth and sex were read elsewhere, and say the same.
            let agreed = front.birth_agrees == Some(true);
            let confidence = if agreed { checked(number.confidence, 1_000.0) } else { number.confidence };
            front.fields.put_as_sure("number", number.text, confidence, run);
        }
        None => front.fields.put("number", run.dense(), run),
    }
    Some(front)
}

/// What is none of them is read wrong.
const NO_PEOPLE: f32 = 0.3;

fn put_ethnicity(front: &mut Front, run: &[Glyph]) {
    // Without what is within it, 回 looks like another character, which is no people.
    let text = if run.dense() == "口" { "回".to_owned() } else { run.dense() };
    let is_one = peoples::is_one(&text);
    let confidence = if is_one { run.confidence() } else { run.confidence().min(NO_PEOPLE) };
    front.fields.put_as_sure("ethnicity", text, confidence, run);
}

/// The number is in the row of its label, or, on a card that leans, in one beside it.
fn number(rows: &[Row], at: usize) -> (&[Glyph], Option<Number>) {
    let own = rows[at].after(NUMBER).unwrap_or_default();
    let near = rows[at.saturating_sub(1)..rows.len().min(at + 2)].iter().map(|row| &row.glyphs[..]);
    let found = [own].into_iter().chain(near).find_map(|run| Some((run, Number::read(run)?)));
    match found {
        Some((run, number)) => (run, Some(number)),
        None => (own, None),
    }
}

fn put_sex(front: &mut Front, printed: &[Glyph], said: Option<&Number>) {
    match (printed.first(), said) {
        (Some(glyph), said) => {
            let agreed = said.is_some_and(|number| number.sex() == glyph.char);
            let confidence = if agreed { checked(printed.confidence(), 2.0) } else { printed.confidence() };
            front.fields.put_as_sure("sex", glyph.char, confidence, printed);
        }
        (None, Some(number)) => front.fields.put_as_sure("sex", number.sex(), number.confidence, &[]),
        (None, None) => front.fields.put_missing("sex"),
    }
}

fn put_birth(front: &mut Front, run: &[Glyph], printed: Option<String>, said: Option<&Number>) {
    match (printed, said.and_then(|number| Some((number.birth()?, number.confidence)))) {
        (Some(printed), said) => {
            let agreed = said.is_some_and(|(said, _)| said == printed);
            let confidence = if agreed { checked(run.confidence(), 1_000.0) } else { run.confidence() };
            front.fields.put_as_sure("birth", printed, confidence, run);
        }
        (None, Some((said, confidence))) => front.fields.put_as_sure("birth", said, confidence, run),
        (None, None) => front.fields.put_missing("birth"),
    }
}

/// From its label down to the number: rows that begin where the first one does.
fn address(rows: &[Row], number_at: usize) -> Vec<Glyph> {
    let Some(first) = rows.iter().position(|row| row.label(ADDRESS).is_some()) else { return Vec::new() };
    let mut address = rows[first].after(ADDRESS).unwrap_or_default().to_vec();
    let label = rows[first].left;
    let more = rows.get(first + 1..number_at).unwrap_or_default();
    let goes_on = |row: &&Row| row.left > label && LABELS.iter().all(|label| row.label(label).is_none());
    more.iter().filter(goes_on).for_each(|row| address.extend_from_slice(&row.glyphs));
    address
}

fn back(rows: &[Row]) -> Option<Back> {
    const ISSUE: &str = "签发机关";
    const VALID: &str = "有效期限";
    let has = |label| rows.iter().any(|row| row.label(label).is_some());
    if !(has("居民身份证") && (has(ISSUE) || has(VALID))) {
        return None;
    }
    let after = |label: &str| {
        rows.iter().find_map(|row| row.label(label).map(|(_, to)| &row.glyphs[to..])).unwrap_or_default()
    };
    let mut back = Back::default();
    let issue = after(ISSUE);
    back.fields.put("issue", issue.dense(), issue);
    let term = after(VALID);
    let middle = term.iter().position(|glyph| matches!(glyph.char, '-' | '—' | '–' | '一' | '~' | '至'));
    let (from_run, to_run) = term.split_at(middle.unwrap_or(term.len()));
    let to_run = to_run.get(1..).unwrap_or_default();
    let from = date::year_first(&from_run.dense()).unwrap_or_default();
    let is_for_long = to_run.dense().contains("长期");
    let to =
        if is_for_long { "长期".to_owned() } else { date::year_first(&to_run.dense()).unwrap_or_default() };
    back.term_is_valid = (!from.is_empty() && !to.is_empty()).then(|| is_for_long || is_term(&from, &to));
    back.fields.put("valid_from", from, from_run);
    back.fields.put("valid_to", to, to_run);
    Some(back)
}

/// Cards are valid for five years, ten, or twenty, to the day.
fn is_term(from: &str, to: &str) -> bool {
    let year = |date: &str| date.get(..4).and_then(|year| year.parse::<u32>().ok());
    let years = year(to).zip(year(from)).and_then(|(to, from)| to.checked_sub(from));
    // Who got one on the 29th of February has it until the day before or after.
    let same_day =
        from[4..] == to[4..] || (&from[4..] == "-02-29" && matches!(&to[4..], "-02-28" | "-03-01"));
    matches!(years, Some(5 | 10 | 20)) && same_day
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    const FRONT: [(i32, i32, &str); 11] = [
        (60, 70, "姓名"),
        (170, 68, "林晓舟"),
        (60, 140, "性别"),
        (170, 138, "女"),
        (280, 140, "民族汉"),
        (60, 210, "出生"),
        (170, 208, "1993 年 11 月 27 日"),
        (60, 290, "住址"),
        (172, 288, "浙江省无名市云外区星河路"),
        (172, 338, "88号3幢502室"),
        (60, 540, "公民身份号码"),
    ];
    const NUMBER_LINE: (i32, i32, &str) = (330, 536, "339999199311271040");
    const BACK: [(i32, i32, &str); 6] = [
        (300, 1080, "中华人民共和国"),
        (300, 1180, "居民身份证"),
        (230, 1450, "签发机关"),
        (400, 1452, "无名市公安局云外分局"),
        (230, 1530, "有效期限"),
        (400, 1532, "2019.05.06-2039.05.06"),
    ];

    fn find(lines: &[(i32, i32, &str)], asked: Asked) -> Result<Found, &'static str> {
        IdCard::find(page_of(lines, 0.999), &asked).map_err(|error| error.code())
    }

    fn front_with(lines: &[(i32, i32, &str)]) -> Front {
        find(&[&FRONT[..], lines].concat(), Asked::Front).unwrap().front.unwrap()
    }

    #[test]
    fn the_side_with_the_particulars() {
        let front = front_with(&[NUMBER_LINE]);
        for (name, value) in [
            ("name", "林晓舟"),
            ("sex", "女"),
            ("ethnicity", "汉"),
            ("birth", "1993-11-27"),
            ("address", "浙江省无名市云外区星河路88号3幢502室"),
            ("number", "339999199311271040"),
        ] {
            assert_eq!(front.fields.value(name), value, "{name}");
            assert!(front.fields.get(name).unwrap().confidence > 0.95, "{name}");
        }
        assert_eq!(
            (front.number_is_valid, front.birth_agrees, front.sex_agrees),
            (true, Some(true), Some(true))
        );
        assert_eq!(front.fields.get("ethnicity").unwrap().location.unwrap()[0], [280 + 2 * 20, 140]);
    }

    #[test]
    fn what_does_not_agree_is_told() {
        let front = front_with(&[(330, 536, "339999199311271058")]);
        assert!(!front.number_is_valid && front.birth_agrees.is_none() && front.sex_agrees.is_none());
        assert!(front.fields.get("number").unwrap().confidence <= 0.3);
        // The standard's example: a woman born in 1949.
        let front = front_with(&[(330, 536, "11010519491231002X")]);
        assert_eq!(
            (front.number_is_valid, front.birth_agrees, front.sex_agrees),
            (true, Some(false), Some(true))
        );
        assert_eq!(front.fields.value("birth"), "1993-11-27");
    }

    #[test]
    fn the_number_says_what_could_not_be_read() {
        let lines: Vec<_> =
            FRONT.into_iter().filter(|(_, _, words)| *words != "女" && !words.contains("年")).collect();
        let front = find(&[&lines[..], &[NUMBER_LINE]].concat(), Asked::Front).unwrap().front.unwrap();
        assert_eq!((front.fields.value("sex"), front.fields.value("birth")), ("女", "1993-11-27"));
        assert_eq!((front.birth_agrees, front.sex_agrees), (None, None));
        assert_eq!(front_with(&[]).fields.value("number"), "");
    }

    #[test]
    fn the_side_with_the_emblem() {
        let back = |term: &str| {
            let mut lines = BACK;
            lines[5].2 = term;
            find(&lines, Asked::Back).unwrap().back.unwrap()
        };
        let whole = back("2019.05.06-2039.05.06");
        assert_eq!(whole.fields.value("issue"), "无名市公安局云外分局");
        for (term, from, to, is_valid) in [
            ("2019.05.06-2039.05.06", "2019-05-06", "2039-05-06", Some(true)),
            ("2019.05.06-长期", "2019-05-06", "长期", Some(true)),
            ("2020.02.29-2030.03.01", "2020-02-29", "2030-03-01", Some(true)),
            ("2019.05.06-2037.05.06", "2019-05-06", "2037-05-06", Some(false)),
            ("2019.05.06-2039.05.16", "2019-05-06", "2039-05-16", Some(false)),
            ("2019.05.06-2039", "2019-05-06", "", None),
        ] {
            let back = back(term);
            assert_eq!(
                (back.fields.value("valid_from"), back.fields.value("valid_to")),
                (from, to),
                "{term}"
            );
            assert_eq!(back.term_is_valid, is_valid, "{term}");
        }
    }

    #[test]
    fn a_side_that_is_not_there_is_no_answer() {
        let front = [&FRONT[..], &[NUMBER_LINE]].concat();
        let both = [&front[..], &BACK].concat();
        for (lines, asked, sides) in [
            (&front[..], Asked::Either, Ok((true, false))),
            (&BACK, Asked::Either, Ok((false, true))),
            (&both, Asked::Both, Ok((true, true))),
            (&both, Asked::Back, Ok((false, true))),
            (&front, Asked::Back, Err("AIS.0104")),
            (&BACK, Asked::Front, Err("AIS.0104")),
            (&front, Asked::Both, Err("AIS.0104")),
            (
                &[(0, 0, "姓名/Name"), (0, 40, "性别/Sex"), (0, 80, "出生日期")],
                Asked::Either,
                Err("AIS.0104"),
            ),
            (&[], Asked::Either, Err("AIS.0104")),
        ] {
            let found = find(lines, asked).map(|found| (found.front.is_some(), found.back.is_some()));
            assert_eq!(found, sides, "{asked:?}");
        }
        let found = find(&both, Asked::Both).unwrap();
        assert_eq!(found.front.unwrap().fields.value("number"), NUMBER_LINE.2);
    }
}
