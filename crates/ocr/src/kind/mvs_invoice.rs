//! The invoice of a motor vehicle of China, of a new one: a table of labels and what was filled in. The total is said in
//! capital figures and in plain ones, and is the sum of price and tax; what was printed by the machine repeats code and
//! number.

use super::check::UNFIT;
use super::citizen::Number;
use super::field::{Fields, checked};
use super::form::{Form, Label};
use super::label::{stands_on, trimmed};
use super::receipt::{CODE, NUMBER, leading_digits, put_beside, put_code_and_number};
use super::{Kind, credit_code, date, money, vin};
use crate::sheet::{Glyph, Run as _, Sheet};
use crate::{Format, Limits, Page, ReadError, TextOptions};

/// The invoice of a motor vehicle: the fields of `mvs-invoice`.
#[derive(Debug)]
pub struct MvsInvoice;

/// Of which sale it is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Of a new vehicle.
    New,
    /// Of one that was used: those have another form, and are refused.
    Used,
}

/// What stands above it.
const TITLE: &str = "机动车销售统一发票";
const LABELS: &[Label] = &[
    CODE,
    NUMBER,
    ("issue_date", &["开票日期"]),
    ("machine_printed_code", &["机打代码"]),
    ("machine_printed_number", &["机打号码"]),
    ("machine_number", &["机器编号"]),
    ("fiscal_code", &["税控码"]),
    (
        "buyer",
        &[
            "购买方名称及身份证号码/组织机构代码",
            "购买方名称及身份证",
            "身份证号码/组织机构代码",
            "号码/组织机构代码",
            "购买方名称及",
            "购买方名称",
        ],
    ),
    ("taxpayer", &["纳税人识别号"]),
    ("vehicle_type", &["车辆类型"]),
    ("brand_model", &["厂牌型号"]),
    ("manufacturing_location", &["产地"]),
    ("quality_certificate", &["合格证号"]),
    ("import_certificate", &["进口证明书号"]),
    ("inspection_number", &["商检单号"]),
    ("engine_number", &["发动机号码"]),
    (
        "vehicle_identification_number",
        &["车辆识别代号/车架号码", "车辆识别代号/", "车辆识别代号", "车架号码"],
    ),
    ("total_chinese", &["价税合计"]),
    ("figures", &["小写"]),
    ("seller_name", &["销货单位名称"]),
    ("seller_phone", &["电话"]),
    ("seller_account", &["账号"]),
    ("seller_address", &["地址"]),
    ("seller_bank", &["开户银行"]),
    ("tax_rate", &["增值税税率或征收率", "增值税税率", "或征收率"]),
    ("tax", &["增值税税额", "增值税", "税额"]),
    ("tax_authority", &["主管税务机关及代码", "主管税务机关", "机关及代码", "主管税务"]),
    ("tax_exclusive_price", &["不含税价"]),
    ("tax_payment_receipt", &["完税凭证号码"]),
    ("tonnage", &["吨位"]),
    ("seating_capacity", &["限乘人数"]),
    ("drawer_name", &["开票人"]),
    ("remark", &["备注"]),
    ("stamp", &["销货单位盖章"]),
];
/// Labels that others do not have together.
const OWN: [&str; 8] = [
    "buyer",
    "brand_model",
    "quality_certificate",
    "engine_number",
    "vehicle_identification_number",
    "seller_name",
    "tax_exclusive_price",
    "seating_capacity",
];
const ENOUGH: usize = 5;
/// What is wrong and agrees by chance does so in one of so many cases.
const AGREES: f32 = 1_000.0;

impl Kind for MvsInvoice {
    type Asked = Asked;
    type Found = Fields;

    fn options(_: &Asked) -> TextOptions {
        let limits = Limits {
            min_side_px: 100,
            max_side_px: 8000,
            formats: &[Format::Jpeg, Format::Png, Format::Bmp, Format::Tiff, Format::Pdf],
        };
        TextOptions { character_mode: true, limits, ..TextOptions::default() }
    }

    fn find(page: Page, asked: &Asked) -> Result<Fields, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let form = Form::of(&sheet, LABELS, &[]);
        let least = if stands_on(&sheet, TITLE) { ENOUGH - 2 } else { ENOUGH };
        if *asked == Asked::Used || form.count(&OWN) < least {
            return Err(ReadError::Quality("it does not show the invoice of a new motor vehicle".to_owned()));
        }
        let mut fields = Fields::default();
        put_code_and_number(&mut fields, &form, &sheet);
        let run = form.beside("issue_date");
        fields.put("issue_date", date::year_first(&run.dense()).unwrap_or_default(), &run);
        put_repeated(&mut fields, &form);
        put_buyer(&mut fields, &form);
        for name in [
            "machine_number",
            "vehicle_type",
            "brand_model",
            "manufacturing_location",
            "quality_certificate",
            "import_certificate",
            "inspection_number",
            "engine_number",
            "seller_name",
            "seller_account",
            "seller_address",
            "seller_bank",
            "tax_payment_receipt",
            "drawer_name",
            "remark",
        ] {
            put_beside(&mut fields, &form, name);
        }
        let run = form.beside_below("seller_phone", "total_chinese");
        let run = trimmed(&run);
        fields.put("seller_phone", run.dense(), run);
        put_credit_code(&mut fields, "seller_id", &form.beside_below("taxpayer", "seller_name"));
        let run = form.beside("vehicle_identification_number");
        match vin::number(&run, true) {
            Some((text, confidence)) => {
                fields.put_as_sure("vehicle_identification_number", text, confidence, &run);
            }
            None => {
                let confidence = run.confidence().min(UNFIT);
                fields.put_as_sure("vehicle_identification_number", run.dense(), confidence, &run);
            }
        }
        put_authority(&mut fields, &form.beside("tax_authority"));
        put_figures(&mut fields, &form);
        put_amounts(&mut fields, &form);
        Ok(fields)
    }
}

/// The machine printed code and number once more.
fn put_repeated(fields: &mut Fields, form: &Form<'_>) {
    for (name, of) in [("machine_printed_code", "code"), ("machine_printed_number", "number")] {
        let beside = form.beside(name);
        let run = leading_digits(&beside);
        let same = run.dense();
        let confidence = run.confidence();
        let agrees = !same.is_empty() && fields.value(of) == same;
        fields.put_as_sure(name, same, if agrees { checked(confidence, AGREES) } else { confidence }, run);
        if agrees {
            fields.agree(of, confidence);
        }
    }
}

/// The buyer's name, and after it the number of a citizen or the code of a company.
fn put_buyer(fields: &mut Fields, form: &Form<'_>) {
    let run = form.beside("buyer");
    let number = run.iter().rev().take_while(|glyph| glyph.char.is_ascii_alphanumeric()).count();
    let (name, number) = run.split_at(run.len() - number);
    let name = trimmed(name);
    fields.put("buyer_name", name.dense(), name);
    match Number::read(number).filter(|number| number.fits) {
        Some(read) => fields.put_as_sure("buyer_organization_number", read.text, read.confidence, number),
        None => put_credit_code(fields, "buyer_organization_number", number),
    }
    put_credit_code(fields, "buyer_id", &form.beside_above("taxpayer", "vehicle_type"));
}

fn put_credit_code(fields: &mut Fields, name: &'static str, run: &[Glyph]) {
    if run.is_empty() {
        return fields.put_missing(name);
    }
    let read = credit_code::read_any(run);
    fields.put_as_sure(name, read.text, read.confidence, run);
}

/// A rate, which ends with its sign; a mass and a number of persons, which are small enough to be read as raised.
fn put_figures(fields: &mut Fields, form: &Form<'_>) {
    let rate = form.beside("tax_rate");
    let to = rate.iter().position(|glyph| matches!(glyph.char, '%' | '％')).map_or(rate.len(), |at| at + 1);
    fields.put("tax_rate", rate[..to].dense(), &rate[..to]);
    for name in ["tonnage", "seating_capacity"] {
        let run = form.beside(name);
        let run = trimmed(&run);
        fields.put(name, run.dense().replace('¹', "1").replace('²', "2").replace('³', "3"), run);
    }
}

/// The tax office, and after it its code.
fn put_authority(fields: &mut Fields, run: &[Glyph]) {
    let code = run.iter().rev().take_while(|glyph| glyph.char.is_ascii_digit()).count();
    let (name, code) = run.split_at(run.len() - code);
    fields.put("tax_authority", name.dense(), name);
    fields.put("tax_authority_code", code.dense(), code);
}

/// Price, tax and total, and the total in capital figures.
fn put_amounts(fields: &mut Fields, form: &Form<'_>) {
    // Each stands with its sign in the row of a label, whatever else was read there.
    let signed = |label: &str| form.rest(label).iter().find_map(|rest| money::signed(rest));
    let amounts = [
        ("tax_exclusive_price", signed("tax_exclusive_price")),
        ("tax", signed("tax_rate").or_else(|| signed("tax"))),
        ("total", signed("total_chinese")),
    ];
    let [price, tax, total] = [0, 1, 2].map(|at| amounts[at].1.as_ref().map(|(value, ..)| *value));
    let adds_up = price.zip(tax).is_some_and(|(price, tax)| Some(price + tax) == total);
    let words = form.beside("total_chinese");
    let from = words.iter().position(|glyph| money::is_capital(glyph.char)).unwrap_or(words.len());
    let words = &words[from..];
    let said = money::capitals(&words.dense());
    for (name, amount) in amounts {
        let Some((_, text, run)) = amount else {
            fields.put_missing(name);
            continue;
        };
        let agrees = adds_up || (name == "total" && said == total);
        let confidence = if agrees { checked(run.confidence(), AGREES) } else { run.confidence() };
        fields.put_as_sure(name, format!("￥{text}"), confidence, &run);
    }
    let confidence = match (said, total) {
        (Some(said), Some(total)) if said == total => checked(words.confidence(), AGREES),
        (None, _) => words.confidence().min(UNFIT),
        _ => words.confidence() / 2.0,
    };
    fields.put_as_sure("total_chinese", words.dense(), confidence, words);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    const INVOICE: [(i32, i32, &str); 41] = [
        (600, 0, "机动车销售统一发票"),
        (0, 60, "开票日期 2017-07-19"),
        (1000, 20, "发票代码 133001520660"),
        (1000, 60, "发票号码 00123408"),
        (0, 120, "机打代码 133001520660"),
        (0, 170, "机打号码 00123408"),
        (0, 220, "机器编号 499905660754"),
        (600, 170, "税控码"),
        (0, 265, "购买方名称及身份证"),
        (0, 295, "号码/组织机构代码"),
        (300, 279, "林晓舟 339999199311271040"),
        (1000, 281, "纳税人识别号"),
        (0, 350, "车辆类型"),
        (200, 350, "小型轿车"),
        (600, 350, "厂牌型号 星河牌XH7180B"),
        (1200, 350, "产地 浙江无名"),
        (0, 410, "合格证号 WAA123456789012"),
        (600, 410, "进口证明书号"),
        (1200, 410, "商检单号"),
        (0, 470, "发动机号码 A1234567"),
        (600, 470, "车辆识别代号/车架号码 LZZBA41K5M7512086"),
        (0, 530, "价税合计"),
        (200, 530, "⊗壹拾肆万柒仟捌佰元整"),
        (1000, 530, "小写"),
        (1200, 530, "￥147800.00"),
        (0, 590, "销货单位名称 无名星河汽车销售有限公司"),
        (1000, 590, "电话 0571-12345678"),
        (0, 650, "纳税人识别号 91350100M000100Y43"),
        (1000, 650, "账号 1202026619900012345"),
        (0, 710, "地址 浙江省无名市星河路88号"),
        (1000, 710, "开户银行 招商银行无名支行"),
        (0, 765, "增值税税率"),
        (0, 795, "或征收率"),
        (240, 780, "17%"),
        (400, 765, "增值税"),
        (420, 795, "税额"),
        (560, 780, "￥21475.21"),
        (1000, 780, "主管税务机关及代码 无名市税务局 133010600"),
        (0, 840, "不含税价 小写 ￥126324.79"),
        (600, 840, "完税凭证号码"),
        (1000, 840, "限乘人数 5"),
    ];

    fn read(lines: &[(i32, i32, &str)]) -> Result<Fields, &'static str> {
        MvsInvoice::find(page_of(lines, 0.995), &Asked::New).map_err(|error| error.code())
    }

    #[test]
    fn an_invoice_says_its_fields() {
        let fields = read(&INVOICE).unwrap();
        for (name, value) in [
            ("code", "133001520660"),
            ("number", "00123408"),
            ("machine_printed_code", "133001520660"),
            ("machine_printed_number", "00123408"),
            ("machine_number", "499905660754"),
            ("issue_date", "2017-07-19"),
            ("buyer_name", "林晓舟"),
            ("buyer_organization_number", "339999199311271040"),
            ("buyer_id", ""),
            ("vehicle_type", "小型轿车"),
            ("brand_model", "星河牌XH7180B"),
            ("manufacturing_location", "浙江无名"),
            ("quality_certificate", "WAA123456789012"),
            ("import_certificate", ""),
            ("inspection_number", ""),
            ("engine_number", "A1234567"),
            ("vehicle_identification_number", "LZZBA41K5M7512086"),
            ("total_chinese", "壹拾肆万柒仟捌佰元整"),
            ("total", "￥147800.00"),
            ("seller_name", "无名星河汽车销售有限公司"),
            ("seller_phone", "0571-12345678"),
            ("seller_id", "91350100M000100Y43"),
            ("seller_account", "1202026619900012345"),
            ("seller_address", "浙江省无名市星河路88号"),
            ("seller_bank", "招商银行无名支行"),
            ("tax_rate", "17%"),
            ("tax", "￥21475.21"),
            ("tax_authority", "无名市税务局"),
            ("tax_authority_code", "133010600"),
            ("tax_exclusive_price", "￥126324.79"),
            ("tax_payment_receipt", ""),
            ("tonnage", ""),
            ("seating_capacity", "5"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
        for name in ["total", "total_chinese", "tax", "code"] {
            assert!(fields.get(name).unwrap().confidence > 0.99, "{name}");
        }
    }

    #[test]
    fn a_total_that_contradicts_is_not_sure() {
        let mut lines = INVOICE.to_vec();
        lines[22].2 = "⊗壹拾肆万柒仟玖佰元整";
        let fields = read(&lines).unwrap();
        assert!(fields.get("total_chinese").unwrap().confidence < 0.5);
        assert!(fields.get("total").unwrap().confidence > 0.9, "the sum still fits");
    }

    #[test]
    fn other_documents_are_refused() {
        assert_eq!(read(&INVOICE[..8]).map(|_| ()), Err("AIS.0104"));
        assert_eq!(
            read(&[(0, 0, "车辆类型 小型轿车"), (0, 60, "发动机号码 A1")]).map(|_| ()),
            Err("AIS.0104")
        );
        assert!(read(&INVOICE[1..]).is_ok());
        let used = MvsInvoice::find(page_of(&INVOICE, 0.995), &Asked::Used);
        assert_eq!(used.map(|_| ()).map_err(|error| error.code()), Err("AIS.0104"));
    }
}
