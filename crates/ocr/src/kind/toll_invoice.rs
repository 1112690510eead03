//! The receipt of a toll of China: where a vehicle came onto a road and left it, when, and what it paid.

use super::field::Fields;
use super::form::{Form, Label};
use super::receipt::{self, CODE, NUMBER, amount, put_beside, put_code_and_number, time_of_day, title};
use super::{Kind, date, shows_no};
use crate::sheet::{Run as _, Sheet};
use crate::{Page, ReadError, TextOptions};

/// The receipt of a toll: the fields of `toll-invoice`.
#[derive(Debug)]
pub struct TollInvoice;

const LABELS: &[Label] = &[
    CODE,
    NUMBER,
    ("entry", &["入口站", "入口"]),
    ("exit", &["出口站", "出口"]),
    ("amount", &["收费金额", "实收金额", "金额"]),
    ("cashier", &["收费员号", "收费员", "工号"]),
    ("vehicle_type", &["车辆类型", "车型"]),
    ("date", &["日期"]),
    ("time", &["时间"]),
];
/// Labels that others do not have together.
const OWN: [&str; 4] = ["entry", "exit", "cashier", "vehicle_type"];

impl Kind for TollInvoice {
    type Asked = ();
    type Found = Fields;

    fn options((): &()) -> TextOptions {
        receipt::options()
    }

    fn find(page: Page, (): &()) -> Result<Fields, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let form = Form::of(&sheet, LABELS, &[]);
        let has_title = title(&sheet, &["通行费", "通行专用发票", "过路费", "过桥费"]).is_some();
        let least = if has_title { 1 } else { OWN.len() };
        if form.count(&OWN) < least {
            return Err(shows_no("the receipt of a toll"));
        }
        let mut fields = Fields::default();
        put_code_and_number(&mut fields, &form, &sheet);
        for name in ["entry", "exit", "cashier", "vehicle_type"] {
            put_beside(&mut fields, &form, name);
        }
        match amount(&form, "amount") {
            Some((_, text, run)) => fields.put("amount", text, &run),
            None => fields.put_missing("amount"),
        }
        // The time may stand right after the date.
        let (day, hour) = (form.beside("date"), form.beside("time"));
        let split = day
            .iter()
            .position(|glyph| matches!(glyph.char, ':' | '：'))
            .map_or(day.len(), |at| at.saturating_sub(2));
        let (day, after) = day.split_at(split);
        fields.put("date", date::year_first(&day.dense()).unwrap_or_default(), day);
        match time_of_day(&hour).or_else(|| time_of_day(after)) {
            Some((time, run, _)) => fields.put("time", time, run),
            None => fields.put_missing("time"),
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    fn read(lines: &[(i32, i32, &str)]) -> Result<Fields, &'static str> {
        TollInvoice::find(page_of(lines, 0.99), &()).map_err(|error| error.code())
    }

    #[test]
    fn a_receipt_says_the_way() {
        let lines = [
            (200, 0, "河北省高速公路车辆通行费发票"),
            (0, 60, "发票代码 113000317065"),
            (500, 60, "发票号码 91887313"),
            (0, 120, "入口:吴各庄"),
            (500, 122, "出口:"),
            (640, 120, "云外南站"),
            (0, 180, "车型：客1"),
            (500, 180, "收费员 0213"),
            (0, 240, "金额 15元"),
            (500, 240, "日期 2017-12-04 18:45:10"),
        ];
        let fields = read(&lines).unwrap();
        for (name, value) in [
            ("code", "113000317065"),
            ("number", "91887313"),
            ("entry", "吴各庄"),
            ("exit", "云外南站"),
            ("vehicle_type", "客1"),
            ("cashier", "0213"),
            ("amount", "15"),
            ("date", "2017-12-04"),
            ("time", "18:45:10"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
        assert!(read(&lines[1..]).is_ok());
        assert_eq!(read(&lines[..3]).map(|_| ()), Err("AIS.0104"));
    }
}
