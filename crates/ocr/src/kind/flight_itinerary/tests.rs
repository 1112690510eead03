//! Itineraries as lines of text: both forms, and what is none.

use super::*;
use crate::sheet::tests::page_of;

const PAPER: [(i32, i32, &str); 48] = [
    (600, 0, "航空运输电子客票行程单"),
    (560, 50, "ITINERARY/RECEIPT OF E-TICKET FOR AIR TRANSPORT"),
    (1200, 20, "印刷序号:"),
    (1440, 20, "12345678901"),
    (60, 100, "旅客姓名"),
    (180, 100, "NAME OF PASSENGER"),
    (560, 100, "有效身份证件号码 ID.NO."),
    (1000, 100, "签注"),
    (64, 150, "林晓舟"),
    (570, 150, "339999199311271040"),
    (1010, 150, "不得签转"),
    (60, 210, "JKF2N8"),
    (300, 204, "承运人"),
    (300, 240, "CARRIER"),
    (460, 204, "航班号"),
    (580, 204, "座位等级"),
    (580, 240, "CLASS"),
    (700, 204, "日期"),
    (840, 204, "时间"),
    (960, 204, "客票级别/客票类别"),
    (1340, 204, "有效截止日期"),
    (1500, 204, "免费行李"),
    (60, 290, "自 FROM"),
    (210, 290, "长宁 CNG"),
    (310, 290, "云航"),
    (460, 290, "QY4627"),
    (590, 290, "Y"),
    (690, 290, "07JUN"),
    (840, 290, "0835"),
    (970, 290, "YRT"),
    (1500, 290, "20K"),
    (60, 340, "至TO:T2临风"),
    (310, 340, "VOID"),
    (60, 390, "至 TO VOID"),
    (60, 450, "票价"),
    (60, 486, "FARE"),
    (360, 450, "民航发展基金"),
    (660, 450, "燃油附加费"),
    (960, 450, "其他税费"),
    (1260, 450, "合计"),
    (80, 530, "CNY 880.00"),
    (380, 530, "CN50.00"),
    (680, 530, "YQ110.00"),
    (1280, 530, "CNY 1040.00"),
    (60, 600, "电子客票号码E-TICKET NO. 784-1234567890"),
    (900, 600, "验证码 CK. 6789"),
    (60, 660, "销售单位代号 AGENT CODE PEK123,08302478"),
    (900, 660, "填开日期 2018-06-01"),
];

fn read(lines: &[(i32, i32, &str)]) -> Result<Found, &'static str> {
    FlightItinerary::find(page_of(lines, 0.99), &()).map_err(|error| error.code())
}

#[test]
fn a_printed_one_says_who_flies_where() {
    let found = read(&PAPER).unwrap();
    for (name, value) in [
        ("serial_number", "12345678901"),
        ("passenger_name", "林晓舟"),
        ("id_number", "339999199311271040"),
        ("endorsements_restrictions", "不得签转"),
        ("order_number", "JKF2N8"),
        ("fare", "CNY880.00"),
        ("caac_development_fund", "CN50.00"),
        ("fuel_surcharge", "YQ110.00"),
        ("other_taxes", ""),
        ("total", "CNY1040.00"),
        ("e_ticket_number", "784-1234567890"),
        ("check_code", "6789"),
        ("insurance", ""),
        ("agent_code", "PEK123,08302478"),
        ("issue_date", "2018-06-01"),
        ("tax", ""),
        ("number", ""),
        ("buyer_id", ""),
    ] {
        assert_eq!(found.fields.value(name), value, "{name}");
        assert!(found.fields.get(name).is_some(), "{name}");
    }
    let said: Vec<Vec<&str>> =
        found.legs.iter().map(|leg| leg.iter().map(|field| &*field.value).collect()).collect();
    assert_eq!(said, [["长宁CNG", "T2临风", "云航", "QY4627", "Y", "07JUN", "0835", "YRT", "", "", "20K"]]);
}

#[test]
fn what_stands_under_no_label_is_not_put_under_another() {
    // The last label of the row is known by where it is; in the middle nothing is.
    let mut lines = PAPER.to_vec();
    lines.remove(7);
    let found = read(&lines).unwrap();
    assert_eq!(found.fields.value("endorsements_restrictions"), "不得签转");
    lines.remove(6);
    let found = read(&lines).unwrap();
    assert_eq!((found.fields.value("passenger_name"), found.fields.value("id_number")), ("林晓舟", ""));
}

#[test]
fn a_column_without_its_label_is_known_by_its_neighbours() {
    let mut lines = PAPER.to_vec();
    lines[12].2 = "承语人";
    lines[17].2 = "明期";
    let found = read(&lines).unwrap();
    let said = ["departure_station", "carrier", "flight", "date", "time"]
        .map(|name| found.legs[0].value(name).to_owned());
    assert_eq!(said, ["长宁CNG", "云航", "QY4627", "07JUN", "0835"]);
    assert_eq!(found.fields.value("order_number"), "JKF2N8");
}

#[test]
fn amounts_that_add_up_are_surer() {
    let sure = read(&PAPER).unwrap().fields.get("total").unwrap().confidence;
    let mut lines = PAPER;
    lines[43].2 = "CNY 1041.00";
    let unsure = read(&lines).unwrap().fields.get("total").unwrap().confidence;
    assert!(sure > 0.99 && unsure < 0.95, "{sure} {unsure}");
}

#[test]
fn what_has_no_title_or_few_labels_is_none() {
    assert_eq!(read(&PAPER[2..]).map(|_| ()), Err("AIS.0104"));
    assert_eq!(read(&PAPER[..12]).map(|_| ()), Err("AIS.0104"));
    assert_eq!(read(&[]).map(|_| ()), Err("AIS.0104"));
}
