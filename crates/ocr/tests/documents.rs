//! Kinds of documents with the real models: what stands on the specimens of this folder, clean and as photographed by
//! hand. The people on them are invented; `specimens` draws them.

// Helpers of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod eye;
mod said;
mod wanted;

use eye::{engine, picture};
use ocr::Engine;
use ocr::kind::auto_classification::{self, Content, Type};
use ocr::kind::general_table::{self, Region, Table};
use ocr::kind::smart_document::{AreaKind, Asked, Found};
use ocr::kind::{
    AutoClassification, Bankcard, BusinessCard, Fields, GeneralTable, Handwriting, IdCard, IdDocument,
    Passport, SmartDocument, Vin, WebImage, handwriting, id_card, id_document, passport, web_image,
};
use said::{has, refuses};

/// How sure everything on these is.
const SURE: f32 = 0.8;

#[test]
fn a_vehicle_is_known_by_its_number() {
    let Some(engine) = engine() else { return };
    for name in ["vin.jpg", "vin_noisy.jpg"] {
        let fields = engine.find::<Vin>(&picture(name), &()).unwrap();
        has(&fields, name, SURE, &[("vin", "LZZBA41K5M7512086")]);
    }
    refuses::<Vin>(
        engine,
        &(),
        &["receipt_en.jpg", "passport.jpg", "bankcard.jpg", "id_front.jpg", "notice_zh.jpg"],
    );
}

#[test]
fn passports() {
    let Some(engine) = engine() else { return };
    for name in ["passport.jpg", "passport_noisy.jpg"] {
        let fields = engine.find::<Passport>(&picture(name), &passport::Asked::Any).unwrap();
        let expected = [
            ("passport_type", "P"),
            ("country_code", "UTO"),
            ("passport_number", "K3Z90417B"),
            ("nationality", "UTO"),
            ("surname", "LINDQVIST"),
            ("given_name", "MARTA SELMA"),
            ("sex", "F"),
            ("date_of_birth", "1988-03-14"),
            ("date_of_expiry", "2031-09-08"),
            ("date_of_issue", "2021-09-09"),
            ("place_of_birth", "ZENITH"),
            ("place_of_issue", ""),
            ("issuing_authority", "PASSPORT OFFICE"),
        ];
        has(&fields, name, SURE, &expected);
    }
    for name in ["passport_chn.jpg", "passport_chn_noisy.jpg"] {
        let fields = engine.find::<Passport>(&picture(name), &passport::Asked::Chinese).unwrap();
        let expected = [
            ("country_code", "CHN"),
            ("passport_number", "EX7402916"),
            ("nationality", "CHINESE"),
            ("surname", "LIN"),
            ("given_name", "XIAOZHOU"),
            ("sex", "F"),
            ("date_of_birth", "1993-11-27"),
            ("date_of_expiry", "2032-05-15"),
            ("date_of_issue", "2022-05-16"),
            ("place_of_birth", "ZHEJIANG"),
            ("place_of_issue", "ZHEJIANG"),
            ("issuing_authority", "国家移民管理局"),
            ("name", "林晓舟"),
            ("local_sex", "女"),
        ];
        has(&fields, name, SURE, &expected);
    }
    let others = ["receipt_en.jpg", "vin.jpg", "bankcard.jpg", "id_front.jpg", "notice_zh.jpg"];
    refuses::<Passport>(engine, &passport::Asked::Any, &others);
    refuses::<Passport>(engine, &passport::Asked::Chinese, &["passport.jpg"]);
}

#[test]
fn bank_cards() {
    let Some(engine) = engine() else { return };
    for name in ["bankcard.jpg", "bankcard_noisy.jpg"] {
        let expected = [
            ("bank_name", "中国工商银行"),
            ("card_number", "6222 0210 0012 3456 781"),
            ("issue_date", ""),
            ("expiry_date", "09/31"),
            ("type", "savings"),
        ];
        has(&engine.find::<Bankcard>(&picture(name), &()).unwrap(), name, SURE, &expected);
    }
    for name in ["bankcard_visa.jpg", "bankcard_visa_noisy.jpg"] {
        let expected = [
            ("bank_name", "招商银行"),
            ("card_number", "4392 2501 0203 0409"),
            ("issue_date", "11/23"),
            ("expiry_date", "11/28"),
            ("type", "credit"),
        ];
        has(&engine.find::<Bankcard>(&picture(name), &()).unwrap(), name, SURE, &expected);
    }
    refuses::<Bankcard>(
        engine,
        &(),
        &["receipt_en.jpg", "vin.jpg", "passport.jpg", "id_front.jpg", "notice_zh.jpg"],
    );
}

#[test]
fn identity_cards() {
    let Some(engine) = engine() else { return };
    let of_front = [
        ("name", "林晓舟"),
        ("sex", "女"),
        ("ethnicity", "汉"),
        ("birth", "1993-11-27"),
        ("address", "浙江省无名市云外区星河路88号3幢502室"),
        ("number", "339999199311271040"),
    ];
    let of_back =
        [("issue", "无名市公安局云外分局"), ("valid_from", "2019-05-06"), ("valid_to", "2039-05-06")];
    for (name, asked) in [
        ("id_front.jpg", id_card::Asked::Front),
        ("id_front_noisy.jpg", id_card::Asked::Either),
        ("id_back_noisy.jpg", id_card::Asked::Either),
        ("id_both.jpg", id_card::Asked::Both),
    ] {
        let found = engine.find::<IdCard>(&picture(name), &asked).unwrap();
        assert_eq!(
            (found.front.is_some(), found.back.is_some()),
            (!name.contains("back"), !name.contains("front"))
        );
        if let Some(front) = found.front {
            has(&front.fields, name, SURE, &of_front);
            let agrees = (front.number_is_valid, front.birth_agrees, front.sex_agrees);
            assert_eq!(agrees, (true, Some(true), Some(true)), "{name}");
        }
        if let Some(back) = found.back {
            has(&back.fields, name, SURE, &of_back);
            assert_eq!(back.term_is_valid, Some(true), "{name}");
        }
    }
    let others = ["receipt_en.jpg", "vin.jpg", "passport_chn.jpg", "bankcard.jpg", "notice_zh.jpg"];
    refuses::<IdCard>(engine, &id_card::Asked::Either, &others);
    refuses::<IdCard>(engine, &id_card::Asked::Back, &["id_front.jpg"]);
    refuses::<IdCard>(engine, &id_card::Asked::Both, &["id_back_noisy.jpg"]);
}

#[test]
fn whose_address_stands_on_a_picture() {
    let Some(engine) = engine() else { return };
    let asked = web_image::Asked { contact: true, single_orientation: false };
    let found = engine.find::<WebImage>(&picture("poster.jpg"), &asked).unwrap();
    assert_eq!(found.page.blocks[0].words, "BIG SUMMER SALE");
    let contact = found.contact.unwrap();
    assert_eq!((contact.name.as_str(), contact.phone.as_str()), ("林晓舟", "13900001234"));
    let address = [&*contact.province, &*contact.city, &*contact.district, &*contact.detail];
    assert_eq!(address, ["浙江省", "杭州市", "西湖区", "星河路88号3幢502室"]);
    let other = engine.find::<WebImage>(&picture("letter.pdf"), &asked).map(|_| ());
    assert_eq!(other.map_err(|error| error.code()), Err("AIS.0102"), "a PDF is no picture from the net");
}

#[test]
fn a_line_of_eight_pixels_may_be_handwriting() {
    let Some(engine) = engine() else { return };
    let digits =
        |single_line| handwriting::Asked { single_line, digits: true, letters: false, others: false };
    let is_digits = |text: &str| text.chars().all(|char| char.is_ascii_digit() || char.is_whitespace());
    let small = picture("line_small.jpg");
    assert!(is_digits(&engine.find::<Handwriting>(&small, &digits(true)).unwrap().text()));
    let asked = web_image::Asked { contact: false, single_orientation: true };
    let refused = engine.find::<WebImage>(&small, &asked).map(|_| ()).map_err(|error| error.code());
    assert_eq!(refused, Err("AIS.0103"));
    // Nothing but digits of what was printed.
    let text = engine.find::<Handwriting>(&picture("vin.jpg"), &digits(false)).unwrap().text();
    assert!(is_digits(&text) && text.contains("1890"), "{text}");
}

/// The tables on a picture.
fn tables(engine: &Engine, name: &str) -> Vec<Table> {
    let found = engine.find::<GeneralTable>(&picture(name), &general_table::Asked::default()).unwrap();
    let tables = found.regions.into_iter().filter_map(|region| match region {
        Region::Table(table) => Some(table),
        Region::Text(_) => None,
    });
    tables.collect()
}

#[test]
fn tables_of_every_kind() {
    let Some(engine) = engine() else { return };
    for (name, size, cells, is_bordered) in [
        ("table_bordered.jpg", (6, 4), 19, true),
        ("table_bordered_noisy.jpg", (6, 4), 19, true),
        ("table_three_line.jpg", (5, 4), 17, false),
        ("table_borderless.jpg", (5, 4), 20, false),
    ] {
        let tables = tables(engine, name);
        let [table] = tables.as_slice() else { panic!("{name}: {} tables", tables.len()) };
        let found = ((table.rows, table.columns), table.cells.len(), table.is_bordered);
        assert_eq!(found, (size, cells, is_bordered), "{name}: {table:#?}");
    }
}

#[test]
fn what_is_no_table_is_text() {
    let Some(engine) = engine() else { return };
    for name in ["notice_zh.jpg", "notice_zh_90.jpg", "poster.jpg", "vin.jpg", "bankcard.jpg", "id_front.jpg"]
    {
        assert_eq!(tables(engine, name).len(), 0, "{name}");
    }
}

/// Everything that is found on a page.
fn taken_apart(engine: &Engine, name: &str) -> Found {
    let asked = Asked {
        pairs: true,
        tables: true,
        forms: true,
        layout: true,
        single_orientation: true,
        page: 1,
        ..Asked::default()
    };
    engine.find::<SmartDocument>(&picture(name), &asked).unwrap()
}

fn said(found: &Found) -> Vec<(&str, &str)> {
    found.pairs.iter().map(|pair| (pair.key.as_str(), pair.value.as_str())).collect()
}

#[test]
fn what_is_filled_in_stands_behind_its_label() {
    let Some(engine) = engine() else { return };
    for name in ["page_labels.jpg", "page_labels_noisy.jpg"] {
        let found = taken_apart(engine, name);
        let wanted = [
            ("Product", "window garden"),
            ("Address", "50 Garden Street, Zenith"),
            ("Delivered by", "Quay Valve Works"),
            ("Signature", "Tobias Lindqvist"),
            (
                "Remarks",
                "repair of the roof above the second store room, with new gutters and a coat of paint before the \
                 winter",
            ),
            ("Name", "Marta Ashdown"),
            ("Unit price", "55,363.38"),
            ("Supplier", "Quay Valve Works"),
            ("Customer", "Quay Valve Works"),
            ("Quantity", "154"),
        ];
        assert_eq!(said(&found), wanted, "{name}");
    }
}

#[test]
fn forms_are_labels_in_cells() {
    let Some(engine) = engine() else { return };
    for name in ["page_form.jpg", "page_form_noisy.jpg"] {
        let found = taken_apart(engine, name);
        assert_eq!((found.forms.len(), found.tables.len()), (1, 0), "{name}");
        let wanted = [
            ("部门", "河道南区"),
            ("发票号码", "XE-32010"),
            ("供应商", "无名市星桥阀门有限公司"),
            ("邮箱", "desk28@example.com"),
            // In no list of labels, but in a column of them.
            ("灯油", "157"),
            ("单价", "36,668.27元"),
            // Nothing is filled in beside another one.
            ("订单编号", "MF-49344"),
            ("备注", "维修二号仓库的屋顶，并在冬季之前更换全部的排水管道和外墙涂料，费用由两个部门分担"),
        ];
        assert_eq!(said(&found), wanted, "{name}");
    }
    // Tables have heads, and other documents are not taken for running text.
    for name in ["table_bordered.jpg", "table_three_line.jpg", "bankcard.jpg", "id_front.jpg", "vin.jpg"] {
        let found = taken_apart(engine, name);
        assert_eq!((found.forms.len(), said(&found)), (0, Vec::new()), "{name}");
        let is_plain = |kind: AreaKind| matches!(kind, AreaKind::Text | AreaKind::Table(_) | AreaKind::Title);
        assert!(found.areas.iter().all(|area| is_plain(area.kind)), "{name}: {:#?}", found.areas);
    }
}

#[test]
fn a_page_has_parts() {
    let Some(engine) = engine() else { return };
    for name in ["page_report.jpg", "page_report_noisy.jpg"] {
        let found = taken_apart(engine, name);
        let wanted = [
            AreaKind::Header,
            AreaKind::Title,
            AreaKind::SubTitle,
            AreaKind::Text,
            AreaKind::TableCaption,
            AreaKind::Table(0),
            AreaKind::SubTitle,
            AreaKind::Text,
            AreaKind::SubTitle,
            AreaKind::Text,
            AreaKind::Text,
            AreaKind::Footnote,
            AreaKind::Footnote,
            AreaKind::Footer,
            AreaKind::PageNumber,
        ];
        let kinds: Vec<AreaKind> = found.areas.iter().map(|area| area.kind).collect();
        assert_eq!((kinds, said(&found)), (wanted.to_vec(), Vec::new()), "{name}");
    }
}

/// The type of each document on a picture, and what it says.
fn told_apart(engine: &Engine, name: &str) -> Vec<(Type, Fields)> {
    let asked = auto_classification::Asked { page: 1, ..Default::default() };
    let found = engine.find::<AutoClassification>(&picture(name), &asked).unwrap();
    let said = |content: Option<Content>| match content {
        Some(Content::QuotaInvoice(fields) | Content::TollInvoice(fields) | Content::TrainTicket(fields)) => {
            fields
        }
        other => panic!("{name}: {other:#?}"),
    };
    found.into_iter().map(|document| (document.kind, said(document.content))).collect()
}

#[test]
fn several_documents_lie_on_one_picture() {
    let Some(engine) = engine() else { return };
    // On a table; and on a scanner's glass, or on white paper on a table.
    let on_table: &[(Type, &[(&str, &str)])] = &[
        (Type::TrainTicket, &[("ticket_id", "P110008"), ("seat_number", "07车15C号"), ("name", "孙梦")]),
        (Type::QuotaInvoice, &[("number", "63773744"), ("code", "121007330553"), ("amount", "￥1.00")]),
        (Type::QuotaInvoice, &[("number", "61494466"), ("code", "131000277444"), ("amount", "￥10.00")]),
    ];
    let scanned: &[(Type, &[(&str, &str)])] = &[
        (Type::TollInvoice, &[("number", "32300389"), ("entry", "望岳主线站"), ("amount", "322")]),
        (Type::TrainTicket, &[("ticket_id", "J034350"), ("ticket_price", "691.5元")]),
    ];
    for (name, there) in [("several", on_table), ("several_scanned", scanned)] {
        for name in [format!("{name}.jpg"), format!("{name}_noisy.jpg")] {
            let found = told_apart(engine, &name);
            assert_eq!(found.len(), there.len(), "{name}: {found:#?}");
            for (kind, expected) in there {
                let (field, value) = expected[0];
                let is_it = |(other, fields): &&(Type, Fields)| other == kind && fields.value(field) == value;
                let one = found.iter().find(is_it).unwrap_or_else(|| panic!("{name}: {value}: {found:#?}"));
                has(&one.1, &name, 0.4, expected);
            }
        }
    }
    refuses::<AutoClassification>(
        engine,
        &auto_classification::Asked::default(),
        &["business_license.jpg", "notice_zh.jpg", "receipt_en.jpg", "vin.jpg"],
    );
}

#[test]
fn identity_documents_of_any_country() {
    let Some(engine) = engine() else { return };
    let front: &[(&str, &str)] = &[
        ("country_region", "EST"),
        ("id_type", "ID"),
        ("side", "front"),
        ("first_name", "KENJI MARTA"),
        ("last_name", "NOWAK"),
        ("birth_date", "1973-04-09"),
        ("issue_date", "2017-10-16"),
        ("expiry_date", "2027-10-16"),
        ("document_number", "Z1345293K"),
        ("issuing_authority", "CIVIL REGISTRY"),
        ("address", ""),
    ];
    // Its number is longer than the place for it.
    let back: &[(&str, &str)] = &[
        ("country_region", "CHL"),
        ("side", "back"),
        ("first_name", "JONAS"),
        ("sex", "M"),
        ("document_number", "C9731340B661"),
        ("address", "77 STATION ROAD, NADIR"),
        ("issue_date", "2025-12-03"),
    ];
    let asked = id_document::Asked::default();
    for (name, expected) in [("id_document", front), ("id_document_back", back)] {
        for name in [format!("{name}.jpg"), format!("{name}_noisy.jpg")] {
            has(&engine.find::<IdDocument>(&picture(&name), &asked).unwrap(), &name, 0.4, expected);
        }
    }
    let passport = engine.find::<IdDocument>(&picture("passport.jpg"), &asked).unwrap();
    has(&passport, "passport.jpg", SURE, &[("id_type", "PP"), ("document_number", "K3Z90417B")]);
    refuses::<IdDocument>(
        engine,
        &asked,
        &["exit_entry_permit.jpg", "id_front.jpg", "bankcard.jpg", "vin.jpg"],
    );
}

#[test]
fn business_cards() {
    let Some(engine) = engine() else { return };
    let chinese: &[(&str, &str)] = &[
        ("name", "卢欣"),
        ("title", "项目总监"),
        ("company", "临风博文电子商务有限公司"),
        ("department", ""),
        ("phone", "150-5233-7752"),
        ("fax", "0755-70574634"),
        ("email", "lin.a18@example.net"),
        ("website", ""),
        ("postcode", "476415"),
        ("address", "广东省长宁市星河区临江路231号14楼648室"),
    ];
    let latin: &[(&str, &str)] = &[
        ("name", "Henrik Rossi"),
        ("title", "Senior Engineer"),
        ("company", "Borealis Software Limited"),
        ("phone", "+372 44 2588 0522"),
        ("fax", "+372 21 3859 4666"),
        ("email", "henrik.rossi@mail.example.org"),
        ("website", "www.mail.example.org"),
        ("address", "92 Quay Avenue, Borealis"),
    ];
    for (name, expected) in [("business_card", chinese), ("business_card_latin", latin)] {
        for name in [format!("{name}.jpg"), format!("{name}_noisy.jpg")] {
            let found = engine.find::<BusinessCard>(&picture(&name), &()).unwrap();
            has(&found.fields(), &name, 0.4, expected);
        }
    }
    let others =
        ["business_license.jpg", "vat_invoice.jpg", "poster.jpg", "page_labels.jpg", "id_document.jpg"];
    refuses::<BusinessCard>(engine, &(), &others);
}
