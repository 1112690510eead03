//! A business licence of China, of a company or of somebody who trades by himself: across in two columns, or upright in
//! one. Its code checks itself.

use super::check::Number;
use super::field::Fields;
use super::form::{Form, Label};
use super::label::{stands_on, trimmed};
use super::{Kind, credit_code, date};
use crate::sheet::{Glyph, Line, Run as _, Sheet};
use crate::{Format, Limits, Page, ReadError, TextOptions};

/// A business licence: the fields of `business-license`.
#[derive(Debug)]
pub struct BusinessLicense;

const TITLE: &str = "营业执照";
const LABELS: &[Label] = &[
    ("registration_number", &["统一社会信用代码", "社会信用代码", "注册号"]),
    ("name", &["企业名称", "名称"]),
    ("type", &["主体类型", "公司类型", "企业类型", "类型"]),
    ("address", &["主要经营场所", "营业场所", "经营场所", "企业住所", "住所"]),
    ("legal_representative", &["法定代表人", "执行事务合伙人", "经营者姓名", "负责人", "投资人", "经营者"]),
    ("registered_capital", &["注册资本", "注册资金", "出资额"]),
    ("organization_form", &["组成形式"]),
    ("found_date", &["成立日期", "注册日期"]),
    ("business_term", &["营业期限", "合伙期限", "经营期限"]),
    ("business_scope", &["经营范围"]),
    ("issuer", &["登记机关", "发照机关"]),
    ("serial", &["证照编号"]),
];
/// What others have too, or not at all.
const OWN: [&str; 7] = [
    "name",
    "type",
    "legal_representative",
    "registered_capital",
    "found_date",
    "business_term",
    "business_scope",
];
/// A licence has so many of them, or its title and fewer.
const WITHOUT_TITLE: usize = 5;
const WITH_TITLE: usize = 3;

impl Kind for BusinessLicense {
    type Asked = ();
    type Found = Fields;

    fn options((): &()) -> TextOptions {
        let limits = Limits {
            formats: &[Format::Jpeg, Format::Png, Format::Bmp, Format::Tiff, Format::Pdf],
            ..Limits::PHOTOGRAPH
        };
        TextOptions { character_mode: true, limits, ..TextOptions::default() }
    }

    fn find(page: Page, (): &()) -> Result<Fields, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let form = Form::of(&sheet, LABELS, &[]);
        let least = if stands_on(&sheet, TITLE) { WITH_TITLE } else { WITHOUT_TITLE };
        if form.count(&OWN) < least {
            return Err(ReadError::Quality("it does not show a business licence".to_owned()));
        }
        let mut fields = Fields::default();
        put_code(&mut fields, &sheet, &form);
        for name in
            ["name", "type", "address", "legal_representative", "registered_capital", "organization_form"]
        {
            let value = form.text(name);
            let value = trimmed(&value);
            fields.put(name, value.dense(), value);
        }
        let found = form.beside("found_date");
        put_date(&mut fields, "found_date", &found);
        for name in ["business_term", "business_scope"] {
            let value = form.text(name);
            fields.put(name, value.dense(), &value);
        }
        let labelled = [found, form.text("business_term"), form.text("business_scope")].concat();
        match issue_date(&sheet, &labelled) {
            Some(run) => put_date(&mut fields, "issue_date", &run),
            None => fields.put_missing("issue_date"),
        }
        Ok(fields)
    }
}

/// The code stands beside its label, under it, or, where the label was misread, somewhere; it is known by its form.
fn put_code(fields: &mut Fields, sheet: &Sheet, form: &Form<'_>) {
    let words: Vec<Vec<Glyph>> = sheet.rows().iter().flat_map(|row| words(row)).collect();
    let read = |run: &Vec<Glyph>| Some((credit_code::read(run)?, run.clone()));
    let best = words.iter().filter_map(read).max_by(|(a, _), (b, _)| {
        let order = |number: &Number| (number.fits, number.confidence);
        order(a).partial_cmp(&order(b)).unwrap_or(std::cmp::Ordering::Equal)
    });
    let beside = || {
        let run: Vec<Glyph> = form.beside("registration_number");
        (!run.is_empty()).then(|| (credit_code::read_any(&run), run))
    };
    match best.or_else(beside) {
        Some((number, run)) => {
            fields.put_as_sure("registration_number", number.text, number.confidence, &run);
        }
        None => fields.put_missing("registration_number"),
    }
}

/// The runs of letters and digits in a row.
fn words(row: &[&Line]) -> Vec<Vec<Glyph>> {
    let glyphs: Vec<Glyph> = row.iter().flat_map(|line| line.glyphs.iter().copied()).collect();
    let runs = glyphs.split(|glyph| !glyph.char.is_ascii_alphanumeric());
    runs.filter(|run| !run.is_empty()).map(<[Glyph]>::to_vec).collect()
}

/// A date as it is printed. What is none is not sure.
fn put_date(fields: &mut Fields, name: &'static str, run: &[Glyph]) {
    const DOUBTFUL: f32 = 0.3;
    let text = run.dense();
    let confidence = run.confidence();
    let confidence = if date::year_first(&text).is_some() { confidence } else { confidence.min(DOUBTFUL) };
    fields.put_as_sure(name, text, confidence, run);
}

/// The lowest date that has no label: under the name of the authority, across its stamp.
fn issue_date(sheet: &Sheet, labelled: &[Glyph]) -> Option<Vec<Glyph>> {
    sheet.rows().into_iter().rev().find_map(|row| {
        let glyphs: Vec<Glyph> = row.iter().flat_map(|line| line.glyphs.iter().copied()).collect();
        let year = glyphs.iter().position(|glyph| glyph.char == '年')?;
        let from = year - glyphs[..year].iter().rev().take_while(|glyph| glyph.char.is_ascii_digit()).count();
        let to = from + glyphs[from..].iter().position(|glyph| glyph.char == '日')? + 1;
        let run = glyphs[from..to].to_vec();
        (!labelled.contains(&run[0]) && date::year_first(&run.dense()).is_some()).then_some(run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    fn read(lines: &[(i32, i32, &str)]) -> Result<Fields, &'static str> {
        BusinessLicense::find(page_of(lines, 0.999), &()).map_err(|error| error.code())
    }

    const ACROSS: [(i32, i32, &str); 17] = [
        (400, 60, "营业执照"),
        (40, 60, "统一社会信用代码"),
        (40, 100, "91350100M000100Y43"),
        (40, 200, "名 称"),
        (200, 202, "无名星河科技有限公司"),
        (40, 260, "类 型 有限责任公司"),
        (40, 320, "法定代表人"),
        (200, 320, "林晓舟"),
        (40, 380, "经营范围"),
        (200, 380, "软件开发；"),
        (200, 424, "技术服务。"),
        (700, 204, "注册资本 壹佰万元整"),
        (700, 264, "成立日期 2001年02月03日"),
        (700, 324, "营业期限 2001年02月03日至长期"),
        (700, 384, "住 所 无名市星河路88号"),
        (700, 600, "登记机关"),
        (800, 660, "2019 年 05 月 06 日"),
    ];

    #[test]
    fn a_licence_says_its_fields() {
        let fields = read(&ACROSS).unwrap();
        for (name, value) in [
            ("registration_number", "91350100M000100Y43"),
            ("name", "无名星河科技有限公司"),
            ("type", "有限责任公司"),
            ("address", "无名市星河路88号"),
            ("legal_representative", "林晓舟"),
            ("registered_capital", "壹佰万元整"),
            ("organization_form", ""),
            ("found_date", "2001年02月03日"),
            ("business_term", "2001年02月03日至长期"),
            ("business_scope", "软件开发；技术服务。"),
            ("issue_date", "2019年05月06日"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
            assert_eq!(fields.get(name).unwrap().confidence > 0.9, !value.is_empty(), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_is_not_sure() {
        let mut lines = ACROSS.to_vec();
        lines[2].2 = "91350100M000100Y44";
        lines[12].2 = "成立日期 2001年02月33日";
        lines[16].2 = "2019 年 05 月 36 日";
        let fields = read(&lines).unwrap();
        assert_eq!(fields.value("registration_number"), "91350100M000100Y44");
        for name in ["registration_number", "found_date"] {
            assert!(fields.get(name).unwrap().confidence <= 0.3, "{name}");
        }
        assert_eq!(fields.value("issue_date"), "");
    }

    #[test]
    fn other_documents_are_refused() {
        assert_eq!(read(&[(0, 0, "营业执照"), (0, 60, "名称 无名")]).map(|_| ()), Err("AIS.0104"));
        assert_eq!(read(&ACROSS[3..8]).map(|_| ()), Err("AIS.0104"));
        assert!(read(&ACROSS[1..]).is_ok());
    }
}
