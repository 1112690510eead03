//! An invoice of the value-added tax of China, in the form of paper ones: the buyer above, the items in columns, the
//! total, the seller below. The total is said in capital figures and in plain ones, and is the sum of amount and tax,
//! which are the sums of the items'.

mod items;

use super::check::UNFIT;
use super::field::{Fields, checked};
use super::form::{Form, Label};
use super::label::trimmed;
use super::receipt::{CODE, NUMBER, put_beside, put_code_and_number, title};
use super::{Kind, credit_code, date, money};
use crate::sheet::{Glyph, Line, Run as _, Sheet};
use crate::{Format, Limits, Page, ReadError, TextOptions};

/// An invoice of the value-added tax.
#[derive(Debug)]
pub struct VatInvoice;

/// What may be asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Which page of a PDF, from 1.
    pub page: u32,
}

/// What stands on one.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// `title`, `type`, `code`, `number`, `issue_date`, `machine_number`, `check_code`, of `buyer_` and `seller_` the
    /// `name`, `id`, `address` and `bank`, `subtotal_amount`, `subtotal_tax`, `total`, `total_in_words`, `remarks`,
    /// `receiver`, `reviewer`, `issuer`.
    pub fields: Fields,
    /// Of each item `name`, `specification`, `unit`, `quantity`, `unit_price`, `amount`, `tax_rate`, `tax`.
    pub items: Vec<Fields>,
}

const LABELS: &[Label] = &[
    CODE,
    NUMBER,
    ("issue_date", &["开票日期"]),
    ("check_code", &["校验码"]),
    ("machine_number", &["机器编号"]),
    ("name", &["名称"]),
    ("id", &["统一社会信用代码/纳税人识别号", "纳税人识别号"]),
    ("address", &["地址、电话", "地址电话"]),
    ("bank", &["开户行及账号"]),
    ("item_name", &["货物或应税劳务、服务名称", "货物或应税劳务名称", "项目名称"]),
    ("item_specification", &["规格型号"]),
    ("item_unit", &["单位"]),
    ("item_quantity", &["数量"]),
    ("item_unit_price", &["单价"]),
    ("item_amount", &["金额"]),
    ("item_tax_rate", &["税率/征收率", "税率"]),
    ("item_tax", &["税额"]),
    ("subtotal", &["合计"]),
    ("total_in_words", &["价税合计（大写）", "价税合计(大写)", "价税合计"]),
    ("figures", &["（小写）", "(小写)", "小写"]),
    ("remarks", &["备注"]),
    ("receiver", &["收款人"]),
    ("reviewer", &["复核"]),
    ("issuer", &["开票人"]),
    ("stamp", &["销售方:(章)", "销售方：（章）", "销货单位"]),
];
/// What stands in the title, and which type that is; what is more exact before what is less.
const TYPES: [(&str, &str); 5] = [
    ("增值税电子专用发票", "special_electronic"),
    ("增值税电子普通发票", "electronic"),
    ("增值税专用发票", "special"),
    ("增值税普通发票(卷票)", "roll"),
    ("增值税普通发票", "normal"),
];
/// Of the labels so many of the columns are there.
const ENOUGH: usize = 4;
/// What is wrong and agrees by chance does so in one of so many cases.
const AGREES: f32 = 1_000.0;

impl Kind for VatInvoice {
    type Asked = Asked;
    type Found = Found;

    fn options(asked: &Asked) -> TextOptions {
        let limits = Limits {
            min_side_px: 100,
            formats: &[Format::Jpeg, Format::Png, Format::Bmp, Format::Tiff, Format::Pdf],
            ..Limits::PHOTOGRAPH
        };
        TextOptions { character_mode: true, pdf_page_number: asked.page, limits, ..TextOptions::default() }
    }

    fn find(page: Page, _: &Asked) -> Result<Found, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let form = Form::without(&sheet, LABELS, is_secret);
        let columns: Vec<&str> = items::COLUMNS.iter().map(|(label, _)| *label).collect();
        let title = title(&sheet, &TYPES.map(|(words, _)| words));
        let (Some(title), true) = (title, form.count(&columns) >= ENOUGH && form.has("total_in_words"))
        else {
            let what = "it does not show an invoice of the value-added tax in the form of paper ones";
            return Err(ReadError::Quality(what.to_owned()));
        };
        let mut fields = Fields::default();
        put_title(&mut fields, &title);
        put_code_and_number(&mut fields, &form, &sheet);
        let run = form.beside("issue_date");
        put_date(&mut fields, &run);
        put_beside(&mut fields, &form, "machine_number");
        let run: Vec<Glyph> =
            form.beside("check_code").into_iter().filter(|glyph| glyph.char.is_ascii_digit()).collect();
        fields.put("check_code", run.dense(), &run);
        put_parties(&mut fields, &form);
        let items = items::all(&sheet, &form);
        put_totals(&mut fields, &form, &items);
        put_remarks(&mut fields, &form);
        for name in ["receiver", "reviewer", "issuer"] {
            put_beside(&mut fields, &form, name);
        }
        Ok(Found { fields, items })
    }
}

/// The encrypted lines beside the buyer, and the words that stand before them one below the other.
fn is_secret(line: &Line) -> bool {
    let text = line.glyphs.dense();
    let is_cipher = text.chars().all(|char| char.is_ascii_digit() || "<>*/+-".contains(char));
    (is_cipher && text.contains(['<', '>', '*'])) || ["密码区", "密", "码", "区"].contains(&text.as_str())
}

/// What stands beside the seller, right of the middle of the columns: its label runs down the page.
fn put_remarks(fields: &mut Fields, form: &Form<'_>) {
    let middle = form.span("item_unit_price").map_or(f32::MAX, |(_, right)| right);
    let below = form.rows_between("total_in_words", &["receiver", "reviewer", "issuer", "stamp"]);
    let lines = below.iter().flatten().filter(|line| line.left > middle);
    let lines = lines.filter(|line| !["备注", "备", "注"].contains(&line.glyphs.dense().as_str()));
    let run: Vec<Glyph> = lines.flat_map(|line| line.glyphs.iter().copied()).collect();
    fields.put("remarks", run.dense(), &run);
}

/// The title, and which type of invoice it says.
fn put_title(fields: &mut Fields, row: &[Glyph]) {
    let text = row.dense();
    let found = TYPES.iter().find_map(|(words, kind)| Some((text.find(words)?, *words, *kind)));
    let Some((at, words, kind)) = found else { return };
    let to = text[..at].chars().count() + words.chars().count();
    // The province stands before; what is not Chinese is no part of it.
    let before = text[..at].chars().rev().take_while(|char| ('\u{4e00}'..='\u{9fff}').contains(char)).count();
    let run = &row[text[..at].chars().count() - before..to];
    fields.put("title", run.dense(), run);
    fields.put("type", kind, run);
}

/// As it is printed.
fn put_date(fields: &mut Fields, run: &[Glyph]) {
    let to = run.iter().position(|glyph| glyph.char == '日').map_or(run.len(), |at| at + 1);
    let run = &run[..to];
    let confidence =
        if date::year_first(&run.dense()).is_some() { run.confidence() } else { run.confidence().min(UNFIT) };
    fields.put_as_sure("issue_date", run.dense(), confidence, run);
}

/// The buyer stands above the items, the seller below the total.
fn put_parties(fields: &mut Fields, form: &Form<'_>) {
    let parties = [
        ("name", ["buyer_name", "seller_name"]),
        ("id", ["buyer_id", "seller_id"]),
        ("address", ["buyer_address", "seller_address"]),
        ("bank", ["buyer_bank", "seller_bank"]),
    ];
    for (label, names) in parties {
        let runs = [form.beside_above(label, "item_amount"), form.beside_below(label, "total_in_words")];
        for (name, run) in names.into_iter().zip(runs) {
            let run = without_sign(trimmed(&run));
            if label == "id" && !run.is_empty() {
                let read = credit_code::read_any(run);
                fields.put_as_sure(name, read.text, read.confidence, run);
            } else {
                fields.put(name, run.dense(), run);
            }
        }
    }
}

/// A sign that runs down the page right of a party, read as one with a number before it.
fn without_sign(run: &[Glyph]) -> &[Glyph] {
    match run {
        [rest @ .., before, last] if before.char.is_ascii_digit() && "备注密码区".contains(last.char) => {
            &run[..rest.len() + 1]
        }
        _ => run,
    }
}

/// The sums of the items, and the sum of both.
fn put_totals(fields: &mut Fields, form: &Form<'_>, items: &[Fields]) {
    let rest =
        form.rest("subtotal").into_iter().find(|rest| money::signed(rest).is_some()).unwrap_or_default();
    let amount = money::signed(&rest);
    let after = amount.as_ref().and_then(|(.., run)| rest.iter().position(|glyph| run.last() == Some(glyph)));
    let tax = after.and_then(|at| money::signed(&rest[at + 1..]));
    let total = form.rest("total_in_words").iter().find_map(|rest| money::signed(rest));
    let value = |read: &Option<(u64, String, Vec<Glyph>)>| read.as_ref().map(|(value, ..)| *value);
    let adds_up = value(&amount).zip(value(&tax)).map(|(amount, tax)| amount + tax) == value(&total);
    let sum = |name: &str| {
        let read = items.iter().map(|item| money::figures(item.value(name)).map(|(value, _)| value));
        read.sum::<Option<u64>>()
    };
    let words = form.beside("total_in_words");
    let from = words.iter().position(|glyph| money::is_capital(glyph.char)).unwrap_or(words.len());
    let words = &words[from..];
    let said = money::capitals(&words.dense());
    for (name, read, agrees) in [
        ("subtotal_amount", &amount, sum("amount") == value(&amount)),
        ("subtotal_tax", &tax, sum("tax") == value(&tax)),
        ("total", &total, said == value(&total)),
    ] {
        match read {
            Some((_, text, run)) => {
                let agrees = agrees || adds_up;
                let confidence = if agrees { checked(run.confidence(), AGREES) } else { run.confidence() };
                fields.put_as_sure(name, format!("￥{text}"), confidence, run);
            }
            None => fields.put_missing(name),
        }
    }
    let confidence = match (said, value(&total)) {
        (Some(said), Some(total)) if said == total => checked(words.confidence(), AGREES),
        (None, _) => words.confidence().min(UNFIT),
        _ => words.confidence() / 2.0,
    };
    fields.put_as_sure("total_in_words", words.dense(), confidence, words);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    const INVOICE: [(i32, i32, &str); 46] = [
        (600, 0, "上海增值税电子普通发票"),
        (1100, 0, "发票代码:031003073540"),
        (1100, 34, "发票号码:86831592"),
        (1100, 68, "开票日期:2022年04月09日"),
        (1100, 102, "校验码:25814 00763 70138 45661"),
        (160, 110, "机器编号:583418832883"),
        (60, 150, "购"),
        (120, 150, "名 称:"),
        (280, 152, "南浦天佑物流股份有限公司"),
        (120, 190, "纳税人识别号: 91350100M000100Y43"),
        (120, 230, "地址、电话:"),
        (120, 270, "开户行及账号:"),
        (1050, 190, "5/9*9891+650>>14815->91*59"),
        (80, 330, "货物或应税劳务、服务名称"),
        (440, 330, "规格型号"),
        (600, 330, "单位"),
        (720, 330, "数量"),
        (900, 330, "单价"),
        (1060, 330, "金额"),
        (1200, 330, "税率"),
        (1360, 330, "税额"),
        (60, 370, "*纸制文具*打印纸"),
        (440, 370, "A4"),
        (610, 370, "箱"),
        (740, 370, "20"),
        (880, 370, "100.00"),
        (1040, 370, "2000.00 13%"),
        (1360, 370, "260.00"),
        (60, 410, "*餐饮服务*餐费"),
        (610, 410, "次"),
        (740, 410, "1"),
        (880, 410, "50.00"),
        (1060, 410, "50.00"),
        (1210, 410, "6%"),
        (1380, 410, "3.00"),
        (200, 600, "合 计"),
        (1020, 600, "￥2050.00"),
        (1340, 600, "￥263.00"),
        (100, 650, "价税合计（大写）"),
        (460, 650, "⊗贰仟叁佰壹拾叁元整"),
        (1080, 650, "（小写）￥2313.00"),
        (120, 700, "名 称: 云外星河科技股份有限公司"),
        (120, 740, "纳税人识别号: 91350100M000100Y43"),
        (120, 780, "地址、电话: 无名市星河路88号0571-12345678"),
        (120, 820, "开户行及账号: 招商银行无名支行4543323912224925"),
        (100, 900, "收款人:胡嘉 复核:周天 开票人:王雪瑶"),
    ];

    fn read(lines: &[(i32, i32, &str)]) -> Result<Found, &'static str> {
        VatInvoice::find(page_of(lines, 0.995), &Asked { page: 1 }).map_err(|error| error.code())
    }

    #[test]
    fn an_invoice_says_parties_items_and_sums() {
        let found = read(&INVOICE).unwrap();
        for (name, value) in [
            ("title", "上海增值税电子普通发票"),
            ("type", "electronic"),
            ("code", "031003073540"),
            ("number", "86831592"),
            ("issue_date", "2022年04月09日"),
            ("check_code", "25814007637013845661"),
            ("machine_number", "583418832883"),
            ("buyer_name", "南浦天佑物流股份有限公司"),
            ("buyer_id", "91350100M000100Y43"),
            ("buyer_address", ""),
            ("buyer_bank", ""),
            ("seller_name", "云外星河科技股份有限公司"),
            ("seller_address", "无名市星河路88号0571-12345678"),
            ("seller_bank", "招商银行无名支行4543323912224925"),
            ("subtotal_amount", "￥2050.00"),
            ("subtotal_tax", "￥263.00"),
            ("total", "￥2313.00"),
            ("total_in_words", "贰仟叁佰壹拾叁元整"),
            ("remarks", ""),
            ("receiver", "胡嘉"),
            ("reviewer", "周天"),
            ("issuer", "王雪瑶"),
        ] {
            assert_eq!(found.fields.value(name), value, "{name}");
        }
        let items: Vec<Vec<&str>> =
            found.items.iter().map(|item| item.iter().map(|field| &*field.value).collect()).collect();
        assert_eq!(
            items,
            [
                ["*纸制文具*打印纸", "A4", "箱", "20", "100.00", "2000.00", "13%", "260.00"],
                ["*餐饮服务*餐费", "", "次", "1", "50.00", "50.00", "6%", "3.00"],
            ]
        );
        assert!(found.fields.get("subtotal_tax").unwrap().confidence > 0.99);
    }

    #[test]
    fn sums_that_contradict_are_not_sure() {
        let mut lines = INVOICE.to_vec();
        lines[39].2 = "⊗贰仟叁佰壹拾肆元整";
        let found = read(&lines).unwrap();
        assert!(found.fields.get("total_in_words").unwrap().confidence < 0.5);
        lines[40].2 = "（小写）￥2318.00";
        let confidence = |name: &str| read(&lines).unwrap().fields.get(name).unwrap().confidence;
        assert!(confidence("total") < 0.97 && confidence("subtotal_tax") > 0.99);
    }

    #[test]
    fn other_documents_are_refused() {
        for lines in [&INVOICE[..13], &INVOICE[1..], &[(0, 0, "广东省通用定额发票")]] {
            assert_eq!(read(lines).map(|_| ()), Err("AIS.0104"));
        }
    }
}
