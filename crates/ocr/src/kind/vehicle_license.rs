//! A vehicle licence of China on paper, both sides: the one with whose vehicle it is, and the one with its masses and
//! inspections. Plate and vehicle number obey rules of their own.

use super::check::UNFIT;
use super::field::Fields;
use super::form::{Form, Label};
use super::label::{stands_on, trimmed};
use super::licence::{self, Sides, put_authority};
use super::side::Side;
use super::{Kind, date, plate, vin};
use crate::sheet::{Glyph, Run as _, Sheet};
use crate::{Page, ReadError, TextOptions};

/// A vehicle licence. Its front has `number`, `vehicle_type`, `name`, `address`, `use_character`, `model`, `vin`,
/// `engine_no`, `register_date`, `issue_date` and `issuing_authority`; its back `number`, `file_no`,
/// `approved_passengers`, `gross_mass`, `unladen_mass`, `approved_load`, `dimension`, `traction_mass`, `remarks`,
/// `inspection_record`, `code_number` and `energy_type`.
#[derive(Debug)]
pub struct VehicleLicense;

const LABELS: &[Label] = &[
    ("number", &["号牌号码"]),
    ("vehicle_type", &["车辆类型"]),
    ("name", &["所有人"]),
    ("address", &["住址"]),
    ("use_character", &["使用性质"]),
    ("model", &["品牌型号"]),
    ("vin", &["车辆识别代号"]),
    ("engine_no", &["发动机号码"]),
    ("register_date", &["注册日期"]),
    ("issue_date", &["发证日期"]),
    ("file_no", &["档案编号"]),
    ("approved_passengers", &["核定载人数"]),
    ("gross_mass", &["总质量"]),
    ("unladen_mass", &["整备质量"]),
    ("approved_load", &["核定载质量"]),
    ("dimension", &["外廓尺寸"]),
    ("traction_mass", &["准牵引总质量"]),
    ("remarks", &["备注"]),
    ("inspection_record", &["检验记录"]),
    ("energy_type", &["能源种类", "能源类型", "燃料种类"]),
    ("bar_code", &["条码号"]),
];
/// What is printed under the labels.
const ASIDE: &[&str] = &[
    "plateno.",
    "vehicletype",
    "owner",
    "address",
    "usecharacter",
    "model",
    "vin",
    "engineno.",
    "registerdate",
    "issuedate",
];
/// Of the side with the owner, labels that others do not have.
const OF_FRONT: [&str; 8] =
    ["number", "vehicle_type", "use_character", "model", "vin", "engine_no", "register_date", "issue_date"];
const OF_BACK: [&str; 7] = [
    "file_no",
    "approved_passengers",
    "gross_mass",
    "unladen_mass",
    "dimension",
    "traction_mass",
    "inspection_record",
];
/// So many of them make a side.
const ENOUGH: usize = 4;

impl Kind for VehicleLicense {
    type Asked = Side;
    type Found = Sides;

    fn options(_: &Side) -> TextOptions {
        licence::options()
    }

    fn find(page: Page, asked: &Side) -> Result<Sides, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let form = Form::of(&sheet, LABELS, ASIDE);
        // The one on a telephone has another form.
        let is_paper = !stands_on(&sheet, "电子行驶证");
        // The invoice of a vehicle has many of them, too.
        let is_licence = form.has("use_character") || form.has("register_date");
        let has_front = is_paper && is_licence && form.count(&OF_FRONT) >= ENOUGH;
        let has_back = is_paper && form.count(&OF_BACK) >= ENOUGH;
        let there =
            Sides { front: has_front.then(|| front(&form)), back: has_back.then(|| back(&form, &sheet)) };
        let names = ["the side with the owner", "the side with the masses"];
        Sides::asked(*asked, there, names, "a vehicle licence")
    }
}

fn front(form: &Form<'_>) -> Fields {
    let mut fields = Fields::default();
    put_plate(&mut fields, form);
    for name in ["vehicle_type", "name", "address", "use_character", "model"] {
        let value = if matches!(name, "name" | "address") { form.text(name) } else { form.beside(name) };
        let value = trimmed(&value);
        fields.put(name, value.dense(), value);
    }
    let run = form.beside("vin");
    let run: Vec<Glyph> = run.into_iter().filter(|glyph| glyph.char.is_ascii_alphanumeric()).collect();
    match vin::number(&run, true) {
        Some((text, confidence)) => fields.put_as_sure("vin", text, confidence, &run),
        None => fields.put_as_sure("vin", run.dense(), run.confidence().min(UNFIT), &run),
    }
    let run = form.beside("engine_no");
    let run = trimmed(&run);
    fields.put("engine_no", run.dense().to_ascii_uppercase(), run);
    for name in ["register_date", "issue_date"] {
        let run = form.beside(name);
        fields.put(name, date::year_first(&run.dense()).unwrap_or_default(), &run);
    }
    put_authority(&mut fields, form, &["vin", "engine_no"]);
    fields
}

fn back(form: &Form<'_>, sheet: &Sheet) -> Fields {
    let mut fields = Fields::default();
    put_plate(&mut fields, form);
    let run = form.beside("file_no");
    fields.put("file_no", run.dense(), &run);
    for name in ["approved_passengers", "energy_type"] {
        let run = form.beside(name);
        let run = trimmed(&run);
        fields.put(name, run.dense(), run);
    }
    for name in ["gross_mass", "unladen_mass", "approved_load", "traction_mass"] {
        let run = form.beside(name);
        fields.put(name, mass(&run), &run);
    }
    let run = form.beside("dimension");
    let text = run.dense().replace(['x', 'X', '*', '✕', 'Ⅹ'], "×").replace("㎜", "mm");
    fields.put("dimension", text.trim_matches(['-', '—']), &run);
    for name in ["remarks", "inspection_record"] {
        let run = form.text(name);
        let run = trimmed(&run);
        fields.put(name, run.dense(), run);
    }
    put_bar_code(&mut fields, sheet);
    fields
}

fn put_plate(fields: &mut Fields, form: &Form<'_>) {
    let run = form.beside("number");
    match plate::ending(&run) {
        Some((text, confidence)) => fields.put_as_sure("number", text, confidence, &run),
        None => fields.put_as_sure("number", run.dense(), run.confidence().min(UNFIT), &run),
    }
}

/// `1680kg`; nothing where there is a dash instead.
fn mass(run: &[Glyph]) -> String {
    let digits: String = run.iter().map(|glyph| glyph.char).take_while(char::is_ascii_digit).collect();
    if digits.is_empty() { digits } else { format!("{digits}kg") }
}

/// The digits under the bar code, between asterisks.
fn put_bar_code(fields: &mut Fields, sheet: &Sheet) {
    const LEAST: usize = 10;
    let code = sheet.lines().iter().find_map(|line| {
        let run = trimmed(&line.glyphs);
        let is_code = run.len() >= LEAST && run.iter().all(|glyph| glyph.char.is_ascii_digit());
        (is_code && run.len() < line.glyphs.len()).then_some(run)
    });
    match code {
        Some(run) => fields.put("code_number", format!("*{}*", run.dense()), run),
        None => fields.put_missing("code_number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    const FRONT: [(i32, i32, &str); 20] = [
        (200, 20, "中华人民共和国机动车行驶证"),
        (40, 100, "号牌号码"),
        (40, 124, "Plate No."),
        (160, 104, "浙A·1234O"),
        (500, 102, "车辆类型 小型轿车"),
        (40, 180, "所有人"),
        (160, 180, "林晓舟"),
        (40, 260, "住 址"),
        (160, 262, "浙江省无名市云外区星河路"),
        (162, 300, "88号"),
        (40, 360, "使用性质 非营运"),
        (500, 360, "品牌型号"),
        (640, 362, "星河牌XH7180B"),
        (40, 450, "浙江省无名市公"),
        (40, 484, "安局交通警察支"),
        (40, 518, "队"),
        (300, 440, "车辆识别代号 LZZBA41K5M7512086"),
        (300, 520, "发动机号码 CFB404311"),
        (300, 600, "注册日期 2013-03-21"),
        (640, 602, "发证日期 2013-12-20"),
    ];
    const BACK: [(i32, i32, &str); 10] = [
        (40, 1100, "号牌号码 浙A12340"),
        (500, 1100, "档案编号 330112345678"),
        (40, 1160, "核定载人数 5人"),
        (500, 1160, "总 质 量 1680kg"),
        (40, 1220, "整备质量 1250Kg"),
        (500, 1220, "核定载质量 --"),
        (40, 1280, "外廓尺寸 4540x1700×1460mm"),
        (500, 1280, "准牵引总质量"),
        (40, 1340, "检验记录 检验有效期至2015年03月浙A(01)"),
        (500, 1400, "*3300012345678*"),
    ];

    fn find(lines: &[(i32, i32, &str)], side: Side) -> Result<Sides, &'static str> {
        VehicleLicense::find(page_of(lines, 0.999), &side).map_err(|error| error.code())
    }

    #[test]
    fn the_front_says_whose_vehicle_it_is() {
        let found = find(&FRONT, Side::Front).unwrap();
        let (fields, back) = (found.front.unwrap(), found.back);
        for (name, value) in [
            ("number", "浙A12340"),
            ("vehicle_type", "小型轿车"),
            ("name", "林晓舟"),
            ("address", "浙江省无名市云外区星河路88号"),
            ("use_character", "非营运"),
            ("model", "星河牌XH7180B"),
            ("vin", "LZZBA41K5M7512086"),
            ("engine_no", "CFB404311"),
            ("register_date", "2013-03-21"),
            ("issue_date", "2013-12-20"),
            ("issuing_authority", "浙江省无名市公安局交通警察支队"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
            assert!(fields.get(name).unwrap().confidence > 0.9, "{name}");
        }
        assert!(back.is_none());
    }

    #[test]
    fn the_back_says_its_masses() {
        let fields = find(&BACK, Side::Back).unwrap().back.unwrap();
        for (name, value) in [
            ("number", "浙A12340"),
            ("file_no", "330112345678"),
            ("approved_passengers", "5人"),
            ("gross_mass", "1680kg"),
            ("unladen_mass", "1250kg"),
            ("approved_load", ""),
            ("dimension", "4540×1700×1460mm"),
            ("traction_mass", ""),
            ("remarks", ""),
            ("inspection_record", "检验有效期至2015年03月浙A(01)"),
            ("code_number", "*3300012345678*"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
    }

    #[test]
    fn sides_are_what_was_asked_for() {
        let both = [&FRONT[..], &BACK].concat();
        let found = find(&both, Side::Both).unwrap();
        assert_eq!(found.front.unwrap().value("vin"), "LZZBA41K5M7512086");
        assert_eq!(found.back.unwrap().value("file_no"), "330112345678");
        for (lines, side) in [(&FRONT[..], Side::Back), (&BACK[..], Side::Front), (&FRONT[..], Side::Both)] {
            assert_eq!(find(lines, side).map(|_| ()), Err("AIS.0104"), "{side:?}");
        }
    }
}
