//! Licences, tickets and receipts with the real models: what stands on the specimens of this folder, clean and as
//! photographed by hand. Everybody on them is invented; `specimens` draws them.

// Helpers of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod eye;
mod said;
mod wanted;

use eye::{engine, picture};
use ocr::kind::{
    BusinessLicense, DriverLicense, ExitEntryPermit, Fields, LicensePlate, MainlandTravelPermit, MvsInvoice,
    QuotaInvoice, Seals, Side, TaxiInvoice, TollInvoice, TrainTicket, VatInvoice, VehicleLicense,
    mvs_invoice, seals, vat_invoice,
};
use ocr::{Kind, Seal, SealShape};
use said::{has, refuses};

/// How sure everything on these is at least: some are small, and a character or two are hard to tell.
const LEAST: f32 = 0.4;

/// A document of which one picture is clean and one noisy.
fn reads<K: Kind<Asked = (), Found = Fields>>(name: &str, expected: &[(&str, &str)]) {
    let Some(engine) = engine() else { return };
    for name in [format!("{name}.jpg"), format!("{name}_noisy.jpg")] {
        has(&engine.find::<K>(&picture(&name), &()).unwrap(), &name, LEAST, expected);
    }
    let others = [
        "bankcard.jpg",
        "business_license.jpg",
        "driver_front.jpg",
        "exit_entry_permit.jpg",
        "id_front.jpg",
        "mainland_permit.jpg",
        "mvs_invoice.jpg",
        "notice_zh.jpg",
        "passport_chn.jpg",
        "quota_invoice.jpg",
        "receipt_en.jpg",
        "taxi_invoice.jpg",
        "toll_invoice.jpg",
        "train_ticket.jpg",
        "vat_invoice.jpg",
        "vehicle_back.jpg",
        "vehicle_front.jpg",
    ];
    let others: Vec<&str> =
        others.into_iter().filter(|other| !name.starts_with(&other[..other.len() - 4])).collect();
    refuses::<K>(engine, &(), &others);
}

#[test]
fn business_licences() {
    reads::<BusinessLicense>(
        "business_license",
        &[
            ("registration_number", "916199991151884537"),
            ("name", "无名清源科技有限公司"),
            ("type", "有限责任公司"),
            ("address", "四川省栖霞市西岭区云外大道857号4幢2790室"),
            ("legal_representative", "杨然"),
            ("registered_capital", "壹佰万元整"),
            ("organization_form", ""),
            ("found_date", "2017年05月17日"),
            ("business_term", "长期"),
            ("issue_date", "2025年02月10日"),
        ],
    );
    reads::<BusinessLicense>(
        "business_license_upright",
        &[
            ("registration_number", "914299996940329386"),
            ("name", "听涛嘉禾信息技术有限公司"),
            ("type", "有限责任公司"),
            ("address", "上海市栖霞市西岭区青石巷246号21幢1189室"),
            ("legal_representative", "江秀舟"),
            ("registered_capital", "人民币伍佰万元整"),
            ("found_date", "2000年06月04日"),
            ("business_term", "长期"),
            ("issue_date", "2023年05月04日"),
        ],
    );
}

const VEHICLE_FRONT: [(&str, &str); 11] = [
    ("number", "粤KF9D95"),
    ("vehicle_type", "小型普通客车"),
    ("name", "望岳天佑科技有限公司"),
    ("address", "福建省东岭市星河区建业路618号13幢2342室"),
    ("use_character", "非营运"),
    ("model", "云帆牌YF6480C3"),
    ("vin", "LZZWHL6S3ERTD4311"),
    ("engine_no", "L70943654"),
    ("register_date", "2013-03-21"),
    ("issue_date", "2017-01-24"),
    ("issuing_authority", "湖南省栖霞市公安局交通警察支队"),
];

#[test]
fn vehicle_licences() {
    let Some(engine) = engine() else { return };
    for name in ["vehicle_front.jpg", "vehicle_front_noisy.jpg"] {
        let found = engine.find::<VehicleLicense>(&picture(name), &Side::Front).unwrap();
        has(&found.front.unwrap(), name, LEAST, &VEHICLE_FRONT);
    }
    for name in ["vehicle_back.jpg", "vehicle_back_noisy.jpg"] {
        let found = engine.find::<VehicleLicense>(&picture(name), &Side::Back).unwrap();
        let expected = [
            ("number", "辽F03340"),
            ("file_no", "205779846914"),
            ("approved_passengers", "2人"),
            ("gross_mass", "15638kg"),
            ("unladen_mass", "6926kg"),
            ("approved_load", "6543kg"),
            ("dimension", "5973×2300×2664mm"),
            ("traction_mass", "23839kg"),
            ("remarks", "强制报废期止:2028-01-18"),
            ("inspection_record", "检验有效期至2015年01月辽F(10)"),
            ("code_number", ""),
        ];
        has(&found.back.unwrap(), name, LEAST, &expected);
    }
    let both = engine.find::<VehicleLicense>(&picture("vehicle_both.jpg"), &Side::Both).unwrap();
    has(&both.front.unwrap(), "vehicle_both.jpg", LEAST, &VEHICLE_FRONT);
    assert!(both.back.unwrap().value("file_no").len() == 12);
    let others = ["driver_front.jpg", "vin.jpg", "id_front.jpg", "business_license.jpg", "receipt_en.jpg"];
    refuses::<VehicleLicense>(engine, &Side::Front, &others);
    refuses::<VehicleLicense>(engine, &Side::Back, &["vehicle_front.jpg", "driver_back.jpg"]);
    refuses::<VehicleLicense>(engine, &Side::Both, &["vehicle_front.jpg"]);
}

const DRIVER_FRONT: [(&str, &str); 11] = [
    ("number", "379999198502028812"),
    ("name", "苏欣"),
    ("sex", "男"),
    ("nationality", "中国"),
    ("address", "河北省南浦市星河区青石巷806号7号楼"),
    ("birth", "1985-02-02"),
    ("issue_date", "2020-04-22"),
    ("class", "C1E"),
    ("valid_from", "2020-04-22"),
    ("valid_to", "长期"),
    ("issuing_authority", "广东省长宁市公安局交通警察支队"),
];

#[test]
fn driving_licences() {
    let Some(engine) = engine() else { return };
    for name in ["driver_front.jpg", "driver_front_noisy.jpg"] {
        let found = engine.find::<DriverLicense>(&picture(name), &Side::Front).unwrap();
        has(&found.front.unwrap(), name, LEAST, &DRIVER_FRONT);
    }
    for name in ["driver_back.jpg", "driver_back_noisy.jpg"] {
        let found = engine.find::<DriverLicense>(&picture(name), &Side::Back).unwrap();
        let expected = [
            ("number", "619999195002051203"),
            ("name", "王瑶"),
            ("file_number", "028987643296"),
            ("record", "实习期至2020年04月03日。"),
        ];
        has(&found.back.unwrap(), name, LEAST, &expected);
    }
    let both = engine.find::<DriverLicense>(&picture("driver_both.jpg"), &Side::Both).unwrap();
    has(&both.front.unwrap(), "driver_both.jpg", LEAST, &DRIVER_FRONT);
    assert!(both.back.unwrap().value("file_number").len() == 12);
    let others = ["vehicle_front.jpg", "id_front.jpg", "business_license.jpg", "receipt_en.jpg"];
    refuses::<DriverLicense>(engine, &Side::Front, &others);
    refuses::<DriverLicense>(engine, &Side::Back, &["driver_front.jpg", "vehicle_back.jpg"]);
}

#[test]
fn plates() {
    let Some(engine) = engine() else { return };
    for name in ["license_plate.jpg", "license_plate_noisy.jpg"] {
        let found = engine.find::<LicensePlate>(&picture(name), &()).unwrap();
        let plates: Vec<&str> = found.iter().map(|field| field.value.as_str()).collect();
        assert_eq!(plates, ["苏GD68E1"], "{name}");
        assert!(found[0].confidence > 0.8 && found[0].location.is_some(), "{name}: {found:?}");
    }
    let others =
        ["vehicle_front.jpg", "vehicle_back.jpg", "taxi_invoice.jpg", "id_front.jpg", "receipt_en.jpg"];
    refuses::<LicensePlate>(engine, &(), &others);
}

#[test]
fn invoices_of_vehicles() {
    let Some(engine) = engine() else { return };
    let expected = [
        ("code", "121002673371"),
        ("number", "28357635"),
        ("machine_printed_code", "121002673371"),
        ("machine_printed_number", "28357635"),
        ("issue_date", "2017-10-20"),
        ("machine_number", "980827485559"),
        ("buyer_name", "陈志"),
        ("buyer_organization_number", "339999195804204972"),
        ("buyer_id", ""),
        ("vehicle_type", "小型普通客车"),
        ("brand_model", "云帆牌YF6480C3"),
        ("manufacturing_location", "辽宁南浦"),
        ("quality_certificate", "YJ2583916843717"),
        ("import_certificate", ""),
        ("engine_number", "C7744083"),
        ("vehicle_identification_number", "LZZW3BLS5JWSK8746"),
        ("total_chinese", "陆拾贰万壹仟陆佰捌拾陆元陆角壹分"),
        ("total", "￥621686.61"),
        ("seller_name", "星河嘉禾餐饮管理股份有限公司"),
        ("seller_id", "91319999589679780Y"),
        ("tax_rate", "17%"),
        ("tax", "￥90330.53"),
        ("tax_exclusive_price", "￥531356.08"),
    ];
    for name in ["mvs_invoice.jpg", "mvs_invoice_noisy.jpg"] {
        let found = engine.find::<MvsInvoice>(&picture(name), &mvs_invoice::Asked::New).unwrap();
        has(&found, name, LEAST, &expected);
    }
    refuses::<MvsInvoice>(engine, &mvs_invoice::Asked::Used, &["mvs_invoice.jpg"]);
    let others = ["vehicle_front.jpg", "quota_invoice.jpg", "business_license.jpg", "receipt_en.jpg"];
    refuses::<MvsInvoice>(engine, &mvs_invoice::Asked::New, &others);
}

#[test]
fn tax_invoices() {
    let Some(engine) = engine() else { return };
    let asked = vat_invoice::Asked { page: 1 };
    let expected = [
        ("title", "辽宁增值税普通发票"),
        ("type", "normal"),
        ("code", "021001858897"),
        ("number", "93004614"),
        ("issue_date", "2018年11月13日"),
        ("buyer_name", "东岭瑞丰贸易股份有限公司"),
        ("buyer_id", "91329999178583M12M"),
        ("buyer_address", ""),
        ("seller_name", "无名天佑电子商务有限责任公司"),
        ("seller_id", "913199996A1182408L"),
        ("subtotal_amount", "￥54639.06"),
        ("subtotal_tax", "￥4917.52"),
        ("total", "￥59556.58"),
        ("total_in_words", "伍万玖仟伍佰伍拾陆元伍角捌分"),
        ("receiver", "林轩禾"),
        ("reviewer", "廖杰"),
        ("issuer", "洪嘉"),
    ];
    for name in ["vat_invoice.jpg", "vat_invoice_noisy.jpg"] {
        let found = engine.find::<VatInvoice>(&picture(name), &asked).unwrap();
        has(&found.fields, name, LEAST, &expected);
        let amounts: Vec<&str> = found.items.iter().map(|item| item.value("amount")).collect();
        assert_eq!(amounts, ["54639.06"], "{name}");
    }
    let others =
        ["mvs_invoice.jpg", "quota_invoice.jpg", "taxi_invoice.jpg", "business_license.jpg", "notice_zh.jpg"];
    refuses::<VatInvoice>(engine, &asked, &others);
}

#[test]
fn railway_tickets() {
    reads::<TrainTicket>(
        "train_ticket",
        &[
            ("ticket_id", "J089014"),
            ("check_port", "17"),
            ("train_number", "D9127"),
            ("departure_station", "栖霞北站"),
            ("destination_station", "长宁南站"),
            ("departure_station_en", "Qixiabei"),
            ("destination_station_en", "Changningnan"),
            ("departure_time", "2020年08月03日07:47"),
            ("seat_number", "16车12F号"),
            ("ticket_price", "610.0元"),
            ("sale_method", "网"),
            ("seat_category", "一等座"),
            ("ticket_changing", ""),
            ("id_number", "4299991957****7783"),
            ("name", "杨轩行"),
            ("log_id", "78356942177821J089014"),
            ("sale_location", "栖霞北售"),
        ],
    );
}

#[test]
fn receipts() {
    reads::<QuotaInvoice>(
        "quota_invoice",
        &[
            ("code", "144000317065"),
            ("number", "91887313"),
            ("location", "广东省云外市"),
            ("amount", "￥2.00"),
        ],
    );
    reads::<TaxiInvoice>(
        "taxi_invoice",
        &[
            ("location", "陕西省"),
            ("code", "112009372298"),
            ("number", "22487405"),
            ("phone_number", "40076864809"),
            ("company", ""),
            ("taxi_number", "EL50P8"),
            ("certificate_number", ""),
            ("date", "2024-10-05"),
            ("boarding_time", "02:01"),
            ("alighting_time", "02:46"),
            ("time", "02:01-02:46"),
            ("unit_price", "￥2.40"),
            ("distance", "2.8"),
            ("waiting_time", "00:06:23"),
            ("fare", "￥58.00"),
            ("fuel_oil_surcharge", "￥0.00"),
            ("call_service_surcharge", "￥0.00"),
            ("total", "￥58.00"),
        ],
    );
    reads::<TollInvoice>(
        "toll_invoice",
        &[
            ("code", "111001529952"),
            ("number", "25894309"),
            ("entry", "星河东"),
            ("exit", "云外南"),
            ("amount", "164"),
            ("cashier", "6540"),
            ("vehicle_type", "客一"),
            ("date", "2016-05-27"),
            ("time", "09:49:16"),
        ],
    );
}

#[test]
fn exit_entry_permits() {
    reads::<ExitEntryPermit>(
        "exit_entry_permit",
        &[
            ("name", "黄子涵"),
            ("name_en", "HUANG, ZIHAN"),
            ("sex", "男"),
            ("birth_date", "1979.03.08"),
            ("number", "C39368030"),
            ("issuing_authority", "中华人民共和国出入境管理局"),
            ("issue_place", "广东"),
            ("valid_period", "2022.12.27-2027.12.26"),
            ("machine_code", "CSC393680308<2712262<7903085<2"),
            ("type", "往来港澳通行证"),
            ("side", "front"),
        ],
    );
    let Some(engine) = engine() else { return };
    let name = "exit_entry_permit_taiwan_noisy.jpg";
    let expected = [
        ("name", "林思远"),
        ("name_en", "LIN, SIYUAN"),
        ("sex", "女"),
        ("birth_date", "1984.06.06"),
        ("number", "L62882807"),
        ("issuing_authority", "公安部出入境管理局"),
        ("issue_place", "陕西"),
        ("valid_period", "2020.07.24-2030.07.23"),
        ("machine_code", "CDL628828072<3007239<8406066<2"),
        ("type", "往来台湾通行证"),
    ];
    has(&engine.find::<ExitEntryPermit>(&picture(name), &()).unwrap(), name, LEAST, &expected);
}

#[test]
fn mainland_travel_permits() {
    reads::<MainlandTravelPermit>(
        "mainland_permit",
        &[
            ("name", "徐晓舟"),
            ("name_en", "XU, XIAOZHOU"),
            ("birth_date", "1986.07.27"),
            ("sex", "男"),
            ("valid_period", "2025.09.21-2030.09.20"),
            ("issuing_authority", "国家移民管理局"),
            ("number", "M66584232"),
            ("issue_place", ""),
            ("issue_times", "03"),
            ("type", "港澳居民来往内地通行证"),
            ("side", "front"),
        ],
    );
    let Some(engine) = engine() else { return };
    let name = "mainland_permit_taiwan_noisy.jpg";
    let expected = [
        ("name", "周子涵"),
        ("name_en", "ZHOU, ZIHAN"),
        ("birth_date", "1979.09.26"),
        ("sex", "女"),
        ("valid_period", "2025.10.06-2030.10.05"),
        ("issuing_authority", "公安部出入境管理局"),
        ("number", "51593878"),
        ("issue_place", "辽宁"),
        ("issue_times", "04"),
        ("type", "台湾居民来往大陆通行证"),
    ];
    has(&engine.find::<MainlandTravelPermit>(&picture(name), &()).unwrap(), name, LEAST, &expected);
}

/// What the seals of the specimen say, from the top.
const SEALS: [(SealShape, &[&str]); 3] = [
    (SealShape::Rectangle, &["魏轩曦印"]),
    (SealShape::Circle, &["栖霞明德贸易股份有限公司", "0406798365547"]),
    (SealShape::Ellipse, &["星河清源餐饮管理有限责任公司", "91119999459331153K", "发票专用章"]),
];

#[test]
fn seals_on_a_page() {
    let Some(engine) = engine() else { return };
    let said = |seal: &Seal| seal.words.iter().map(|text| text.words.clone()).collect::<Vec<_>>();
    let asked = seals::Asked { pictures: true, erased: true, page: 1 };
    for name in ["seal.jpg", "seal_noisy.jpg"] {
        let found = engine.find::<Seals>(&picture(name), &asked).unwrap();
        let told: Vec<(SealShape, Vec<String>)> =
            found.seals.iter().map(|seal| (seal.shape, said(seal))).collect();
        let expected =
            SEALS.map(|(shape, texts)| (shape, texts.iter().map(|text| (*text).to_owned()).collect()));
        assert_eq!(told, expected, "{name}");
        for seal in &found.seals {
            let all = seal.words.iter().all(|text| text.confidence > LEAST && text.confidence <= 1.0);
            assert!(all && seal.confidence > 0.66, "{name}: {seal:?}");
            // The part of the picture it is on shows it as well.
            let part = engine.find::<Seals>(seal.picture.as_ref().unwrap(), &asked).unwrap();
            assert_eq!(part.seals.first().map(|seal| seal.shape), Some(seal.shape), "{name}: {seal:?}");
        }
        let erased = found.erased.unwrap();
        assert_eq!(engine.find::<Seals>(&erased, &asked).unwrap_err().code(), "AIS.0104", "{name}");
    }
    refuses::<Seals>(
        engine,
        &asked,
        &["notice_zh.jpg", "receipt_en.jpg", "table_bordered.jpg", "train_ticket.jpg"],
    );
}
