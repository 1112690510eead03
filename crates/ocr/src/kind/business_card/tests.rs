//! Business cards as lines of text, and what is none.

use super::*;
use crate::sheet::tests::page_of;

const CARD: [(i32, i32, &str); 9] = [
    (60, 40, "无名星河科技有限公司"),
    (60, 140, "林 晓 舟"),
    (260, 142, "销售部 高级经理"),
    (60, 240, "手机：139 0000 1234"),
    (60, 280, "电话：0571-88001234  传真：0571-88001235"),
    (60, 320, "邮箱：lin.x@example.com"),
    (60, 360, "网址：www.example.com"),
    (60, 400, "地址：浙江省无名市云外区星河路88号"),
    (160, 436, "3幢502室"),
];

fn find(lines: &[(i32, i32, &str)]) -> Result<Found, &'static str> {
    BusinessCard::find(page_of(lines, 0.99), &()).map_err(|error| error.code())
}

#[test]
fn a_card_says_who_and_how() {
    let found = find(&CARD).unwrap();
    for (item, values) in [
        (Item::Name, &["林晓舟"][..]),
        (Item::Title, &["高级经理"]),
        (Item::Department, &["销售部"]),
        (Item::Company, &["无名星河科技有限公司"]),
        (Item::Phone, &["139 0000 1234", "0571-88001234"]),
        (Item::Fax, &["0571-88001235"]),
        (Item::Email, &["lin.x@example.com"]),
        (Item::Website, &["www.example.com"]),
        (Item::Address, &["浙江省无名市云外区星河路88号3幢502室"]),
        (Item::Postcode, &[]),
    ] {
        assert_eq!(found.of(item), values, "{item:?}");
    }
    assert_eq!(found.fields().value("phone"), "139 0000 1234|0571-88001234");
}

#[test]
fn one_in_latin_letters() {
    let found = find(&[
        (60, 40, "Zenith Valves Ltd."),
        (60, 140, "Marta Lindqvist"),
        (60, 190, "Sales Manager"),
        (60, 280, "T: +44 20 5550 1234"),
        (60, 320, "E: marta@example.com"),
        (60, 360, "12 Harbour Street, Nadir"),
        (60, 440, "WeChat: marta_l"),
    ])
    .unwrap();
    let said = [Item::Name, Item::Title, Item::Company, Item::Phone, Item::Email, Item::Address];
    assert_eq!(
        said.map(|item| found.of(item).join("|")),
        [
            "Marta Lindqvist",
            "Sales Manager",
            "Zenith Valves Ltd.",
            "+44 20 5550 1234",
            "marta@example.com",
            "12 Harbour Street, Nadir"
        ]
    );
    assert_eq!(found.extras(), [("WeChat".to_owned(), "marta_l".to_owned())]);
}

#[test]
fn a_name_and_a_title_may_stand_in_one_line() {
    for (line, name, title) in [
        ("林晓舟 高级经理", "林晓舟", "高级经理"),
        ("林晓舟高级经理", "林晓舟", "高级经理"),
        ("林晓舟 / 高级经理", "林晓舟", "高级经理"),
        ("Marta Lindqvist, Sales Manager", "Marta Lindqvist", "Sales Manager"),
    ] {
        let mut lines = CARD.to_vec();
        lines[1].2 = line;
        lines.remove(2);
        let found = find(&lines).unwrap();
        assert_eq!(
            (found.of(Item::Name), found.of(Item::Title)),
            (vec![name.to_owned()], vec![title.to_owned()])
        );
    }
}

#[test]
fn what_has_no_name_or_no_way_to_reach_it_is_none() {
    for lines in [&CARD[..1], &CARD[2..], &CARD[..3], &[]] {
        assert_eq!(find(lines).map(|_| ()), Err("AIS.0104"), "{lines:?}");
    }
    let many: Vec<(i32, i32, &str)> = (0..30).map(|at| (60, 40 * at, "一行文字")).chain(CARD).collect();
    assert_eq!(find(&many).map(|_| ()), Err("AIS.0104"));
}
