//! A driving licence of China on paper, both sides: the one with the particulars, whose number is its owner's and says
//! birth and sex once more, and the one with the file's number and what was noted.

use super::check::UNFIT;
use super::citizen::Number;
use super::field::{Fields, checked};
use super::form::{Form, Label};
use super::label::{stands_on, trimmed};
use super::licence::{self, Sides, put_authority};
use super::side::Side;
use super::{Kind, date};
use crate::sheet::{Glyph, Run as _, Sheet};
use crate::{Page, ReadError, TextOptions};

/// A driving licence. Its front has `number`, `name`, `sex`, `nationality`, `address`, `birth`, `issue_date`, `class`,
/// `valid_from`, `valid_to` and `issuing_authority`; its back `number`, `name`, `file_number` and `record`.
#[derive(Debug)]
pub struct DriverLicense;

const LABELS: &[Label] = &[
    ("number", &["证号"]),
    ("name", &["姓名"]),
    ("sex", &["性别"]),
    ("nationality", &["国籍"]),
    ("address", &["住址"]),
    ("birth", &["出生日期"]),
    ("issue_date", &["初次领证日期"]),
    ("class", &["准驾车型"]),
    ("valid", &["有效期限"]),
    ("valid_from", &["有效起始日期"]),
    ("file_number", &["档案编号"]),
    ("record", &["记录"]),
];
/// What is printed under the labels.
const ASIDE: &[&str] = &[
    "no.",
    "name",
    "sex",
    "nationality",
    "address",
    "dateofbirth",
    "dateoffirstissue",
    "class",
    "validperiod",
    "validfrom",
    "validfor",
    "fileno.",
    "record",
    "issuingauthority",
];
const TITLE: &str = "机动车驾驶证";
/// Of the side with the particulars, labels that others do not have.
const OF_FRONT: [&str; 6] = ["number", "nationality", "birth", "issue_date", "class", "valid"];
const ENOUGH: usize = 4;
const OF_BACK: [&str; 2] = ["file_number", "number"];
/// Classes of vehicles, the longest first.
const CLASSES: [&str; 16] =
    ["A1", "A2", "A3", "B1", "B2", "C1", "C2", "C3", "C4", "C5", "C6", "D", "E", "F", "M", "N"];
/// A birth read elsewhere that is the same by chance is one of so many; a sex one of two.
const BIRTHS: f32 = 1_000.0;
const SEXES: f32 = 2.0;

impl Kind for DriverLicense {
    type Asked = Side;
    type Found = Sides;

    fn options(_: &Side) -> TextOptions {
        licence::options()
    }

    fn find(page: Page, asked: &Side) -> Result<Sides, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let form = Form::of(&sheet, LABELS, ASIDE);
        // The one on a telephone has another form.
        let is_paper = !stands_on(&sheet, "电子驾驶证");
        let has_title = stands_on(&sheet, TITLE);
        let has_front = is_paper && form.count(&OF_FRONT) >= ENOUGH && (has_title || form.has("class"));
        let has_back = is_paper && form.count(&OF_BACK) == OF_BACK.len() && (has_title || form.has("record"));
        let there = Sides { front: has_front.then(|| front(&form)), back: has_back.then(|| back(&form)) };
        let names = ["the side with the particulars", "the side with the file's number"];
        Sides::asked(*asked, there, names, "a driving licence")
    }
}

fn front(form: &Form<'_>) -> Fields {
    let mut fields = Fields::default();
    let number = number(form);
    let said = number.as_ref().map(|(number, _)| number).filter(|number| number.fits);
    let said_birth = said.and_then(Number::birth);
    let birth_run = form.beside("birth");
    let birth = date::year_first(&birth_run.dense());
    let agrees = birth.is_some() && birth == said_birth;
    let surer = |confidence: f32| if agrees { checked(confidence, BIRTHS) } else { confidence };
    put_number(&mut fields, &number, surer);
    for name in ["name", "nationality", "address"] {
        let run = if name == "address" { form.text(name) } else { form.beside(name) };
        let run = trimmed(&run);
        fields.put(name, run.dense(), run);
    }
    let sex = form.beside("sex").into_iter().find(|glyph| matches!(glyph.char, '男' | '女'));
    match sex {
        Some(glyph) => {
            let same = said.is_some_and(|number| number.sex() == glyph.char);
            let confidence = if same { checked(glyph.confidence, SEXES) } else { glyph.confidence };
            fields.put_as_sure("sex", glyph.char, confidence, &[glyph]);
        }
        None => fields.put_missing("sex"),
    }
    fields.put_as_sure("birth", birth.unwrap_or_default(), surer(birth_run.confidence()), &birth_run);
    let run = form.beside("issue_date");
    fields.put("issue_date", date::year_first(&run.dense()).unwrap_or_default(), &run);
    put_class(&mut fields, &form.beside("class"));
    put_term(&mut fields, form);
    put_authority(&mut fields, form, &["birth", "issue_date", "class"]);
    fields
}

fn back(form: &Form<'_>) -> Fields {
    let mut fields = Fields::default();
    put_number(&mut fields, &number(form), |confidence| confidence);
    for name in ["name", "file_number"] {
        let run = form.beside(name);
        let run = trimmed(&run);
        fields.put(name, run.dense(), run);
    }
    let run = form.text("record");
    fields.put("record", run.dense(), &run);
    fields
}

fn number(form: &Form<'_>) -> Option<(Number, Vec<Glyph>)> {
    let run: Vec<Glyph> =
        form.beside("number").into_iter().filter(|glyph| glyph.char.is_ascii_alphanumeric()).collect();
    if run.is_empty() {
        return None;
    }
    // Of the label's translation, which may be read as one with it, nothing is left.
    let label =
        run.iter().position(|glyph| glyph.char.is_ascii_digit()).filter(|from| *from <= 2).unwrap_or(0);
    let run = run[label..].to_vec();
    let other = || Number { text: run.dense(), confidence: run.confidence().min(UNFIT), fits: false };
    Some((Number::read(&run).unwrap_or_else(other), run))
}

fn put_number(fields: &mut Fields, number: &Option<(Number, Vec<Glyph>)>, surer: impl Fn(f32) -> f32) {
    match number {
        Some((number, run)) => {
            fields.put_as_sure("number", number.text.clone(), surer(number.confidence), run);
        }
        None => fields.put_missing("number"),
    }
}

/// One class, or several one after the other.
fn put_class(fields: &mut Fields, run: &[Glyph]) {
    let run = trimmed(run);
    let text = run.dense().to_ascii_uppercase();
    let mut rest = text.as_str();
    while let Some(more) = CLASSES.iter().find_map(|class| rest.strip_prefix(class)) {
        rest = more;
    }
    let confidence = if rest.is_empty() { run.confidence() } else { run.confidence().min(UNFIT) };
    fields.put_as_sure("class", text, confidence, run);
}

/// `2016-01-01 至 2026-01-01`, `2016-01-01 至 长期`; on older ones the first day stands alone, and beside it `6年`.
fn put_term(fields: &mut Fields, form: &Form<'_>) {
    let (start, term) = (form.beside("valid_from"), form.beside("valid"));
    let (from, to) = match term.iter().position(|glyph| matches!(glyph.char, '至' | '全' | '~')) {
        Some(middle) if start.is_empty() => (&term[..middle], &term[middle + 1..]),
        // Where the word between them was not read, the second date begins after the first.
        None if start.is_empty() && term.len() > 10 => term.split_at(10),
        _ => (&start[..], &term[..]),
    };
    fields.put("valid_from", date::year_first(&from.dense()).unwrap_or_default(), from);
    let text = to.dense();
    let is_other = text.contains("长期") || text.ends_with('年');
    let text = if is_other { text } else { date::year_first(&text).unwrap_or_default() };
    fields.put("valid_to", text, to);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    const FRONT: [(i32, i32, &str); 18] = [
        (200, 20, "中华人民共和国机动车驾驶证"),
        (300, 100, "证号 339999199311271040"),
        (300, 124, "No."),
        (40, 160, "姓名 林晓舟"),
        (400, 162, "性别"),
        (460, 160, "女"),
        (640, 160, "国籍 中国"),
        (40, 220, "住址"),
        (42, 250, "Address"),
        (120, 222, "浙江省无名市云外区星河路"),
        (122, 260, "88号3幢502室"),
        (40, 360, "浙江省无名市公安"),
        (40, 394, "局交通警察支队"),
        (400, 340, "出生日期 1993-11-27"),
        (400, 400, "初次领证日期 2014-05-06"),
        (400, 460, "准驾车型 C1E"),
        (40, 540, "有效期限"),
        (160, 540, "2020-05-06 至 长期"),
    ];
    const BACK: [(i32, i32, &str); 6] = [
        (200, 1020, "中华人民共和国机动车驾驶证副页"),
        (300, 1100, "证号 339999199311271040"),
        (40, 1160, "姓名 林晓舟"),
        (500, 1160, "档案编号 330112345678"),
        (40, 1220, "记录 请于2030年05月06日前九十日内申请换"),
        (120, 1258, "领新驾驶证。"),
    ];

    fn find(lines: &[(i32, i32, &str)], side: Side) -> Result<Sides, &'static str> {
        DriverLicense::find(page_of(lines, 0.999), &side).map_err(|error| error.code())
    }

    #[test]
    fn the_front_says_the_particulars() {
        let fields = find(&FRONT, Side::Front).unwrap().front.unwrap();
        for (name, value) in [
            ("number", "339999199311271040"),
            ("name", "林晓舟"),
            ("sex", "女"),
            ("nationality", "中国"),
            ("address", "浙江省无名市云外区星河路88号3幢502室"),
            ("birth", "1993-11-27"),
            ("issue_date", "2014-05-06"),
            ("class", "C1E"),
            ("valid_from", "2020-05-06"),
            ("valid_to", "长期"),
            ("issuing_authority", "浙江省无名市公安局交通警察支队"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
            assert!(fields.get(name).unwrap().confidence > 0.9, "{name}");
        }
    }

    #[test]
    fn a_number_may_be_read_as_one_with_its_label() {
        let mut lines = FRONT.to_vec();
        lines[1].2 = "证号 No339999199311271040";
        let fields = find(&lines, Side::Front).unwrap().front.unwrap();
        assert_eq!(fields.value("number"), "339999199311271040");
    }

    #[test]
    fn terms_are_written_in_several_ways() {
        for (lines, from, to) in [
            (vec!["有效期限 2016-01-01至2026-01-01"], "2016-01-01", "2026-01-01"),
            (vec!["有效期限 2016-01-012026-01-01"], "2016-01-01", "2026-01-01"),
            (vec!["有效起始日期 2010-02-03", "有效期限 6年"], "2010-02-03", "6年"),
            (vec!["有效期限"], "", ""),
        ] {
            let mut all = FRONT[..16].to_vec();
            all.extend((0..).zip(&lines).map(|(row, line)| (40, 540 + 60 * row, *line)));
            let fields = find(&all, Side::Front).unwrap().front.unwrap();
            assert_eq!((fields.value("valid_from"), fields.value("valid_to")), (from, to), "{lines:?}");
        }
    }

    #[test]
    fn the_back_has_the_number_of_the_file() {
        let fields = find(&BACK, Side::Back).unwrap().back.unwrap();
        for (name, value) in [
            ("number", "339999199311271040"),
            ("name", "林晓舟"),
            ("file_number", "330112345678"),
            ("record", "请于2030年05月06日前九十日内申请换领新驾驶证。"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
        let both = [&FRONT[..], &BACK].concat();
        assert!(find(&both, Side::Both).is_ok());
        for (lines, side) in [(&FRONT[..], Side::Back), (&BACK[..], Side::Front), (&BACK[..], Side::Both)] {
            assert_eq!(find(lines, side).map(|_| ()), Err("AIS.0104"), "{side:?}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_not_made_surer() {
        let mut lines = FRONT.to_vec();
        lines[1].2 = "证号 339999199311271041";
        lines[15].2 = "准驾车型 X9";
        let fields = find(&lines, Side::Front).unwrap().front.unwrap();
        assert_eq!(fields.value("number"), "339999199311271041");
        for name in ["number", "class"] {
            assert!(fields.get(name).unwrap().confidence <= 0.3, "{name}");
        }
    }
}
