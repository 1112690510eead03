//! A permit for residents of Hong Kong, Macao or Taiwan to come to the mainland of China: the side with the particulars. It
//! has no machine-readable zone; that stands on the other side, which is not read.

use super::field::Fields;
use super::letters::digit_like;
use super::permit::{self, Permit, lettered};
use super::{Kind, shows_no};
use crate::sheet::{Glyph, Sheet};
use crate::{Page, ReadError, TextOptions};

/// A permit to come to the mainland: the fields of `mainland-travel-permit`.
#[derive(Debug)]
pub struct MainlandTravelPermit;

const HONG_KONG: &str = "港澳居民来往内地通行证";
const TAIWAN: &str = "台湾居民来往大陆通行证";

impl Kind for MainlandTravelPermit {
    type Asked = ();
    type Found = Fields;

    fn options((): &()) -> TextOptions {
        permit::options()
    }

    fn find(page: Page, (): &()) -> Result<Fields, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let permit = Permit::of(&sheet);
        let (name, run) = permit
            .title(&[HONG_KONG, TAIWAN])
            .filter(|_| permit.has_labels())
            .ok_or_else(|| shows_no("the side with the particulars of a mainland travel permit"))?;
        let mut fields = Fields::default();
        permit.put(&mut fields, None);
        permit.put_number(&mut fields, if name == TAIWAN { of_taiwan } else { of_hong_kong });
        permit.put_times(&mut fields);
        fields.put("type", name, &run);
        fields.put("side", "front", &run);
        Ok(fields)
    }
}

/// `H` or `M`, a letter for those who are not Chinese, and what stays for life: nine characters. Before 2013 the number of
/// the issue stood in it, too.
fn of_hong_kong(run: &[Glyph]) -> Option<String> {
    const SHORT: usize = 9;
    const LONG: usize = 11;
    match run.len() {
        LONG => {
            let issue: Option<String> = run[SHORT..].iter().map(|glyph| digit_like(glyph.char)).collect();
            Some(lettered(&run[..SHORT], &['H', 'M'])? + &issue?)
        }
        _ => lettered(run, &['H', 'M']),
    }
}

/// Eight digits; before 2008 ten.
fn of_taiwan(run: &[Glyph]) -> Option<String> {
    let digits: Option<String> = run.iter().map(|glyph| digit_like(glyph.char)).collect();
    digits.filter(|digits| {
        matches!(digits.len(), 8 | 10) && run.iter().any(|glyph| glyph.char.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    const FRONT: [(i32, i32, &str); 15] = [
        (60, 30, "港澳居民来往内地通行证"),
        (350, 120, "姓名"),
        (350, 152, "林晓舟"),
        (350, 190, "LIN, XIAO ZHOU"),
        (350, 240, "出生日期"),
        (640, 240, "性别"),
        (350, 272, "1988.03.14"),
        (640, 272, "女"),
        (350, 320, "有效期限"),
        (350, 352, "2022.09.10-2032.09.09"),
        (350, 400, "签发机关"),
        (350, 432, "公安部出入境管理局"),
        (350, 480, "证件号码"),
        (640, 480, "换证次数"),
        (640, 512, "02"),
    ];
    const NUMBER: (i32, i32, &str) = (350, 512, "H10387877");

    fn find(lines: &[(i32, i32, &str)]) -> Result<Fields, &'static str> {
        MainlandTravelPermit::find(page_of(lines, 0.999), &()).map_err(|error| error.code())
    }

    #[test]
    fn the_side_with_the_particulars() {
        let fields = find(&[&FRONT[..], &[NUMBER]].concat()).unwrap();
        for (name, value) in [
            ("name", "林晓舟"),
            ("name_en", "LIN, XIAO ZHOU"),
            ("birth_date", "1988.03.14"),
            ("sex", "女"),
            ("valid_period", "2022.09.10-2032.09.09"),
            ("issuing_authority", "公安部出入境管理局"),
            ("number", "H10387877"),
            ("issue_times", "02"),
            ("type", "港澳居民来往内地通行证"),
            ("side", "front"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
            assert!(fields.get(name).unwrap().confidence > 0.97, "{name}");
        }
        assert_eq!((fields.value("issue_place"), fields.get("machine_code1")), ("", None));
    }

    #[test]
    fn labels_may_stand_beside_their_values() {
        let lines = [
            (60, 30, "台湾居民来往大陆通行证"),
            (350, 120, "姓名 陈雨桐"),
            (350, 170, "CHEN, YUTONG"),
            (350, 220, "出生日期 1970.12.01"),
            (700, 220, "性别 男"),
            (350, 270, "有效期限 2021.01.02 2026.01.01"),
            (350, 320, "签发机关 国家移民管理局"),
            (350, 370, "签发地点 福建"),
            (350, 420, "签发次数 3"),
            (700, 60, "0S123456"),
        ];
        let fields = find(&lines).unwrap();
        for (name, value) in [
            ("name", "陈雨桐"),
            ("birth_date", "1970.12.01"),
            ("sex", "男"),
            ("valid_period", "2021.01.02-2026.01.01"),
            ("issuing_authority", "国家移民管理局"),
            ("issue_place", "福建"),
            ("issue_times", "3"),
            ("number", "05123456"),
            ("type", "台湾居民来往大陆通行证"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
    }

    #[test]
    fn numbers_have_a_form() {
        for (read, number) in
            [("M1O387877", "M10387877"), ("HA0387877", "HA0387877"), ("H1038787702", "H1038787702")]
        {
            let fields = find(&[&FRONT[..], &[(350, 512, read)]].concat()).unwrap();
            assert_eq!(fields.value("number"), number, "{read}");
            assert!(fields.get("number").unwrap().confidence > 0.9, "{read}");
        }
        let odd = find(&[&FRONT[..], &[(350, 512, "X1038787")]].concat()).unwrap();
        assert_eq!(odd.value("number"), "X1038787");
        assert!(odd.get("number").unwrap().confidence <= 0.3);
        let none = find(&FRONT).unwrap();
        assert_eq!((none.value("number"), none.get("number").unwrap().confidence), ("", 0.0));
    }

    #[test]
    fn dates_that_cannot_be_are_none() {
        for (birth, term) in [("1988.02.31", "2032.09.10-2022.09.09"), ("", "2022.09.10")] {
            let mut lines = FRONT;
            lines[6].2 = birth;
            lines[9].2 = term;
            let fields = find(&lines).unwrap();
            assert_eq!(
                (fields.value("birth_date"), fields.value("valid_period")),
                ("", ""),
                "{birth} {term}"
            );
        }
    }

    #[test]
    fn other_documents_are_refused() {
        let mut other = FRONT;
        other[0].2 = "往来港澳通行证";
        for lines in [&other[..], &FRONT[..1], &FRONT[1..], &[]] {
            assert_eq!(find(lines).map(|_| ()), Err("AIS.0104"));
        }
    }
}
