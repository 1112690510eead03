//! The receipt of a taxi of China: what its meter printed beside its labels. What is paid is the sum of what is charged.

use super::field::{Fields, checked};
use super::form::{Form, Label};
use super::label::trimmed;
use super::receipt::{
    self, CODE, NUMBER, UNFIT, amount, put_beside, put_code_and_number, put_location, time_of_day, title,
};
use super::{Kind, date, plate, shows_no};
use crate::sheet::{Glyph, Run as _, Sheet};
use crate::{Page, ReadError, TextOptions};

/// The receipt of a taxi: the fields of `taxi-invoice`.
#[derive(Debug)]
pub struct TaxiInvoice;

const LABELS: &[Label] = &[
    CODE,
    NUMBER,
    ("phone_number", &["监督电话", "投诉电话", "电话号码", "电话"]),
    ("company", &["单位名称", "单位", "公司"]),
    ("taxi_number", &["车牌号码", "车牌号", "车号", "车牌"]),
    ("certificate_number", &["资格证号", "服务证号", "监督卡号", "证号"]),
    ("identification_number", &["识别编号", "机打编号"]),
    ("date", &["乘车日期", "日期"]),
    ("boarding_time", &["上车时间", "上车"]),
    ("alighting_time", &["下车时间", "下车"]),
    ("time", &["上下车时间", "时间"]),
    ("unit_price", &["单价"]),
    ("distance", &["计程里程", "总里程", "里程"]),
    ("waiting_time", &["等候时间", "等候", "等时", "低速"]),
    ("fare", &["车费金额", "金额"]),
    ("fuel_oil_surcharge", &["燃油附加费", "燃油费", "附加费"]),
    ("call_service_surcharge", &["预约叫车服务费", "预约叫车", "电调费", "预约费"]),
    ("total", &["实收金额", "合计金额", "实收", "合计"]),
];
const TITLES: [&str; 6] = ["出租汽车", "出租车", "出租小汽车", "客运出租", "巡游出租", "的士"];
/// Labels that others do not have together.
const OWN: [&str; 8] = [
    "taxi_number",
    "boarding_time",
    "alighting_time",
    "time",
    "unit_price",
    "distance",
    "waiting_time",
    "fare",
];
const ENOUGH: usize = 4;
/// Amounts that are wrong add up in one of so many cases.
const SUMS: f32 = 100.0;
const AMOUNTS: [&str; 3] = ["fare", "fuel_oil_surcharge", "call_service_surcharge"];

impl Kind for TaxiInvoice {
    type Asked = ();
    type Found = Fields;

    fn options((): &()) -> TextOptions {
        receipt::options()
    }

    fn find(page: Page, (): &()) -> Result<Fields, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let title = title(&sheet, &TITLES);
        let form = Form::of(&sheet, LABELS, &[]);
        let least = if title.is_some() { ENOUGH - 1 } else { ENOUGH };
        if form.count(&OWN) < least {
            return Err(shows_no("the receipt of a taxi"));
        }
        let mut fields = Fields::default();
        put_location(&mut fields, &title.unwrap_or_default());
        put_code_and_number(&mut fields, &form, &sheet);
        for name in ["phone_number", "company"] {
            put_beside(&mut fields, &form, name);
        }
        put_taxi(&mut fields, &form);
        for name in ["certificate_number", "identification_number"] {
            put_beside(&mut fields, &form, name);
        }
        let run = form.beside("date");
        fields.put("date", date::year_first(&run.dense()).unwrap_or_default(), &run);
        put_times(&mut fields, &form);
        put_distance(&mut fields, &form);
        let run = form.beside("waiting_time");
        let waited = time_of_day(&run).map(|(time, _, _)| time);
        fields.put("waiting_time", waited.unwrap_or_else(|| trimmed(&run).dense()), &run);
        put_amounts(&mut fields, &form);
        Ok(fields)
    }
}

/// Its plate, whole or without the province.
fn put_taxi(fields: &mut Fields, form: &Form<'_>) {
    let run: Vec<Glyph> = form
        .beside("taxi_number")
        .into_iter()
        .filter(|glyph| !matches!(glyph.char, '-' | '·' | '.'))
        .collect();
    match plate::read(&run).or_else(|| plate::without_province(&run)) {
        Some((text, confidence)) => fields.put_as_sure("taxi_number", text, confidence, &run),
        None => fields.put_as_sure("taxi_number", run.dense(), run.confidence().min(UNFIT), &run),
    }
}

/// Each beside its own label, or both beside one.
fn put_times(fields: &mut Fields, form: &Form<'_>) {
    let (on, off, both) = (form.beside("boarding_time"), form.beside("alighting_time"), form.beside("time"));
    let first = time_of_day(&on).or_else(|| time_of_day(&both));
    let second = time_of_day(&off).or_else(|| time_of_day(time_of_day(&both)?.2));
    let put = |fields: &mut Fields, name, read: &Option<(String, &[Glyph], &[Glyph])>| match read {
        Some((time, run, _)) => fields.put(name, time.clone(), run),
        None => fields.put_missing(name),
    };
    put(fields, "boarding_time", &first);
    put(fields, "alighting_time", &second);
    match (first, second) {
        (Some((from, run, _)), Some((to, other, _))) => {
            let confidence = run.confidence() * other.confidence();
            fields.put_as_sure("time", format!("{from}-{to}"), confidence, &[run, other].concat());
        }
        _ => fields.put_missing("time"),
    }
}

/// In kilometres, which is not said.
fn put_distance(fields: &mut Fields, form: &Form<'_>) {
    match amount(form, "distance") {
        Some((_, text, run)) => fields.put("distance", text, &run),
        None => fields.put_missing("distance"),
    }
}

fn put_amounts(fields: &mut Fields, form: &Form<'_>) {
    let read = |name| amount(form, name);
    let parts: u64 = AMOUNTS.iter().filter_map(|name| read(name)).map(|(value, ..)| value).sum();
    let adds_up = read("fare").is_some() && read("total").is_some_and(|(total, ..)| total == parts);
    for name in ["unit_price", "fare", "fuel_oil_surcharge", "call_service_surcharge", "total"] {
        match read(name) {
            Some((_, text, run)) => {
                let confidence = run.confidence();
                let is_sum = adds_up && name != "unit_price";
                let confidence = if is_sum { checked(confidence, SUMS) } else { confidence };
                fields.put_as_sure(name, format!("￥{text}"), confidence, &run);
            }
            None => fields.put_missing(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    fn read(lines: &[&str]) -> Result<Fields, &'static str> {
        let placed: Vec<_> = (0..).zip(lines).map(|(row, line)| (0, 60 * row, *line)).collect();
        TaxiInvoice::find(page_of(&placed, 0.99), &()).map_err(|error| error.code())
    }

    const LINES: [&str; 15] = [
        "陕西省出租汽车统一发票",
        "发票代码 161000317065",
        "发票号码 91887313",
        "电话 40012345678",
        "车号 陕A·T0221",
        "证号 954844",
        "日期 2024年10月05日",
        "上车 02:01",
        "下车 02:46",
        "单价 2.40元",
        "里程 2.8公里",
        "等候 00:06:23",
        "金额 58.00元",
        "燃油附加费 1.00元",
        "实收金额 59.00元",
    ];

    #[test]
    fn a_receipt_says_what_the_meter_printed() {
        let fields = read(&LINES).unwrap();
        for (name, value) in [
            ("location", "陕西省"),
            ("code", "161000317065"),
            ("number", "91887313"),
            ("phone_number", "40012345678"),
            ("company", ""),
            ("taxi_number", "陕AT0221"),
            ("certificate_number", "954844"),
            ("date", "2024-10-05"),
            ("boarding_time", "02:01"),
            ("alighting_time", "02:46"),
            ("time", "02:01-02:46"),
            ("unit_price", "￥2.40"),
            ("distance", "2.8"),
            ("waiting_time", "00:06:23"),
            ("fare", "￥58.00"),
            ("fuel_oil_surcharge", "￥1.00"),
            ("call_service_surcharge", ""),
            ("total", "￥59.00"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
        let sure = |fields: &Fields| fields.get("total").unwrap().confidence;
        let mut wrong = LINES;
        wrong[14] = "实收金额 69.00元";
        assert!(sure(&fields) > 0.99 && sure(&read(&wrong).unwrap()) < 0.99);
    }

    #[test]
    fn times_may_stand_beside_one_label() {
        let mut lines = LINES.to_vec();
        lines.splice(7..9, ["时间 02:01-02:46"]);
        let fields = read(&lines).unwrap();
        assert_eq!((fields.value("boarding_time"), fields.value("alighting_time")), ("02:01", "02:46"));
    }

    #[test]
    fn other_receipts_are_refused() {
        assert_eq!(read(&LINES[..4]).map(|_| ()), Err("AIS.0104"));
        assert_eq!(read(&["车辆通行费发票", "金额 15元", "时间 12:00:00"]).map(|_| ()), Err("AIS.0104"));
    }
}
