//! The calls about kinds of documents, by the stock SDK against the real binary with the real models: what its own models
//! of the answers hold, and that each answer is charged once, by its own price, and nothing else.

use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::bad_input::white_png;
use crate::sdk_driver::Sdk;
use crate::server::{Server, picture_bytes};
use crate::wanted::wanted;

/// A customer for whom one call is enabled.
pub struct Reader {
    server: Server,
    sdk: Sdk,
    api: &'static str,
    class: &'static str,
}

impl Reader {
    pub fn of(api: &'static str, class: &'static str) -> Option<Reader> {
        wanted("INKMETER_TEST_MODELS")?;
        let server = Server::start(false);
        let account = server.json(&["account", "create", "alice", "--tier", "V0"]);
        server.json(&["subscribe", "alice", "--api", api, "--region", "cn-north-4"]);
        let sdk = Sdk::start(&server, &account)?;
        Some(Reader { server, sdk, api, class })
    }

    /// What is answered for a picture, with more fields in the body.
    pub fn ask(&mut self, method: &str, name: &str, more: Value) -> Value {
        self.send(method, &picture_bytes(name), more)
    }

    /// The same for a picture that is no file.
    fn send(&mut self, method: &str, picture: &[u8], more: Value) -> Value {
        let is_data = ["Seal", "SmartDocument"].iter().any(|name| self.class.starts_with(name));
        let field = if is_data { "data" } else { "image" };
        let mut body = json!({ "class": self.class, field: BASE64.encode(picture) });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.sdk.call("ocr", method, json!({ "body": body }))
    }

    /// The result of one that is read.
    pub fn read(&mut self, method: &str, name: &str, more: Value) -> Value {
        let answer = self.ask(method, name, more);
        assert_eq!(answer["status"], 200, "{name}: {answer:#}");
        answer["result"].clone()
    }

    /// The code of one that is refused.
    pub fn refused(&mut self, method: &str, name: &str, more: Value) -> String {
        let answer = self.ask(method, name, more);
        assert_eq!(answer["status"], 400, "{name}: {answer:#}");
        answer["code"].as_str().unwrap().to_owned()
    }

    /// The code of a picture that is no file and is refused.
    pub fn refused_picture(&mut self, method: &str, picture: &[u8]) -> String {
        let answer = self.send(method, picture, json!({}));
        assert_eq!(answer["status"], 400, "{answer:#}");
        answer["code"].as_str().unwrap().to_owned()
    }

    /// The answers were charged these amounts, in this order, and nothing else.
    pub fn charged_amounts(self, amounts: &[&str]) {
        let charges = self.server.charges("alice");
        let of = |charge: &Value| charge["amount"].to_string().trim_matches('"').to_owned();
        assert_eq!(charges.iter().map(of).collect::<Vec<_>>(), amounts, "{charges:#?}");
        assert!(charges.iter().all(|charge| charge["api"] == self.api), "{charges:#?}");
    }

    /// So many answers were charged at this price, and nothing else.
    pub fn charged(self, count: usize, price: &str) {
        let charges = self.server.charges("alice");
        assert_eq!(charges.len(), count, "{charges:#?}");
        for charge in charges {
            let amount = charge["amount"].to_string();
            assert_eq!((&charge["api"], amount.trim_matches('"')), (&json!(self.api), price), "{charge}");
        }
    }
}

/// What the SDK's model holds under these names.
pub fn holds(result: &Value, expected: Value) {
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&result[field], value, "{field}: {result:#}");
    }
}

/// Every field is as sure as can be, or empty and not sure at all.
pub fn sure(result: &Value) {
    surer(result, 0.8);
}

/// Every field is surer than this, or empty and not sure at all.
pub fn surer(result: &Value, least: f64) {
    for (field, confidence) in result["confidence"].as_object().unwrap() {
        // The model has a place for what the answer does not say.
        if confidence.is_null() {
            assert!(result[field].is_null(), "{field}: {result:#}");
            continue;
        }
        // The driver gives decimals as text.
        let confidence: f64 = confidence.to_string().trim_matches('"').parse().unwrap();
        let is_empty = result[field] == "";
        assert!(if is_empty { confidence == 0.0 } else { confidence > least }, "{field}: {result:#}");
    }
}

#[test]
fn web_images_are_read() {
    let Some(mut reader) = Reader::of("web-image", "WebImageRequestBody") else { return };
    let method = "recognize_web_image";
    let result = reader.read(method, "poster.jpg", json!({ "extract_type": ["contact_info", "image_size"] }));
    assert_eq!(
        (&result["words_block_count"], &result["words_block_list"][1]["words"]),
        (&json!(5), &json!("全场五折起"))
    );
    let extracted = &result["extracted_data"];
    holds(&extracted["image_size"], json!({ "width": 900, "height": 620 }));
    holds(
        &extracted["contact_info"],
        json!({ "name": "林晓舟", "phone": "13900001234", "province": "浙江省", "city": "杭州市", "district": "西湖区",
            "detail_address": "星河路88号3幢502室" }),
    );
    let plain = reader.read(method, "receipt_en.jpg", json!({}));
    holds(&plain["extracted_data"], json!({ "contact_info": null, "image_size": null }));
    assert_eq!(reader.refused(method, "poster.jpg", json!({ "extract_type": ["phones"] })), "AIS.0101");
    assert_eq!(reader.refused(method, "letter.pdf", json!({})), "AIS.0102");
    reader.charged(2, "0.04");
}

#[test]
fn handwriting_is_read() {
    let Some(mut reader) = Reader::of("handwriting", "HandwritingRequestBody") else { return };
    let method = "recognize_handwriting";
    let result = reader.read(method, "line_zh.png", json!({ "quick_mode": true }));
    assert_eq!(result["words_block_count"], 1, "{result:#}");
    let digits = reader.read(method, "vin.jpg", json!({ "char_set": "digit" }));
    let words =
        digits["words_block_list"].as_array().unwrap().iter().map(|block| block["words"].as_str().unwrap());
    assert!(words.flat_map(str::chars).all(|char| char.is_ascii_digit() || char == ' '), "{digits:#}");
    reader.read(method, "line_small.jpg", json!({ "quick_mode": true }));
    assert_eq!(reader.refused(method, "vin.jpg", json!({ "char_set": "runes" })), "AIS.0101");
    reader.charged(3, "0.08");
}

#[test]
fn vehicles_are_read() {
    let Some(mut reader) = Reader::of("vin", "VinRequestBody") else { return };
    let method = "recognize_vin";
    for name in ["vin.jpg", "vin_noisy.jpg"] {
        holds(&reader.read(method, name, json!({})), json!({ "vin": "LZZBA41K5M7512086" }));
    }
    assert_eq!(reader.refused(method, "receipt_en.jpg", json!({})), "AIS.0104");
    reader.charged(2, "0.06");
}

#[test]
fn passports_are_read() {
    let Some(mut reader) = Reader::of("passport", "PassportRequestBody") else { return };
    let method = "recognize_passport";
    let result = reader.read(method, "passport_noisy.jpg", json!({}));
    holds(
        &result,
        json!({ "passport_type": "P", "country_code": "UTO", "passport_number": "K3Z90417B", "nationality": "UTO",
            "surname": "LINDQVIST", "given_name": "MARTA SELMA", "sex": "F", "date_of_birth": "1988-03-14",
            "date_of_expiry": "2031-09-08", "date_of_issue": "2021-09-09", "place_of_birth": "ZENITH",
            "place_of_issue": "", "issuing_authority": "PASSPORT OFFICE", "extra_info": null }),
    );
    sure(&result);
    let result = reader.read(method, "passport_chn.jpg", json!({ "country_code": "CHN" }));
    holds(
        &result,
        json!({ "country_code": "CHN", "nationality": "CHINESE", "surname": "LIN", "given_name": "XIAOZHOU",
            "place_of_issue": "ZHEJIANG", "extra_info": { "local_language": { "name": "林晓舟", "sex": "女" } } }),
    );
    sure(&result);
    let alone = reader.read(method, "passport_chn.jpg", json!({ "country_code": "GENERAL" }));
    holds(
        &alone,
        json!({ "nationality": "CHN", "date_of_expiry": "2032-05-15", "date_of_issue": null, "extra_info": null }),
    );
    assert_eq!(reader.refused(method, "passport.jpg", json!({ "country_code": "CHN" })), "AIS.0104");
    assert_eq!(reader.refused(method, "passport.jpg", json!({ "country_code": "UTO" })), "AIS.0101");
    assert_eq!(reader.refused(method, "bankcard.jpg", json!({})), "AIS.0104");
    reader.charged(3, "0.12");
}

#[test]
fn bank_cards_are_read() {
    let Some(mut reader) = Reader::of("bankcard", "BankcardRequestBody") else { return };
    let method = "recognize_bankcard";
    let result = reader.read(method, "bankcard_noisy.jpg", json!({}));
    holds(
        &result,
        json!({ "bank_name": "中国工商银行", "card_number": "6222 0210 0012 3456 781", "issue_date": "",
            "expiry_date": "09/31", "type": "savings", "text_location": null }),
    );
    sure(&result);
    let located = reader.read(method, "bankcard_visa.jpg", json!({ "return_text_location": true }));
    holds(
        &located,
        json!({ "bank_name": "招商银行", "issue_date": "11/23", "expiry_date": "11/28", "type": "credit" }),
    );
    let place = &located["text_location"]["card_number"];
    assert!(
        (60..100).contains(&place[0][0].as_i64().unwrap()) && place.as_array().unwrap().len() == 4,
        "{located:#}"
    );
    // What is known by the number alone stands nowhere.
    assert_eq!(located["text_location"]["type"], Value::Null, "{located:#}");
    assert_eq!(reader.refused(method, "passport.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "bankcard.jpg", json!({ "return_text_location": "yes" })), "AIS.0101");
    reader.charged(2, "0.12");
}

#[test]
fn identity_cards_are_read() {
    let Some(mut reader) = Reader::of("id-card", "IdCardRequestBody") else { return };
    let method = "recognize_id_card";
    let front = json!({ "name": "林晓舟", "sex": "女", "ethnicity": "汉", "birth": "1993-11-27",
        "address": "浙江省无名市云外区星河路88号3幢502室", "number": "339999199311271040" });
    let back =
        json!({ "issue": "无名市公安局云外分局", "valid_from": "2019-05-06", "valid_to": "2039-05-06" });
    let result =
        reader.read(method, "id_front_noisy.jpg", json!({ "side": "front", "return_verification": true }));
    holds(&result, front.clone());
    // What is not measured is not said.
    holds(
        &result,
        json!({ "issue": null, "text_location": null, "detect_copy_result": null, "front": null }),
    );
    let verified =
        json!({ "valid_number": true, "valid_birth": true, "valid_sex": true, "valid_date": null });
    holds(&result["verification_result"], verified.clone());
    let result = reader.read(
        method,
        "id_back_noisy.jpg",
        json!({ "return_text_location": true, "detect_copy": true }),
    );
    holds(&result, back.clone());
    holds(&result, json!({ "verification_result": null, "detect_copy_result": null }));
    assert_eq!(result["text_location"]["issue"].as_array().map(Vec::len), Some(4), "{result:#}");
    let both = json!({ "side": "double_side", "return_verification": true });
    let result = reader.read(method, "id_both.jpg", both);
    holds(&result, json!({ "name": null, "verification_result": null }));
    holds(&result["front"], front);
    holds(&result["front"]["verification_result"], verified);
    holds(&result["back"], back);
    holds(&result["back"]["verification_result"], json!({ "valid_date": true, "valid_number": null }));
    assert_eq!(reader.refused(method, "id_front.jpg", json!({ "side": "back" })), "AIS.0104");
    assert_eq!(reader.refused(method, "passport_chn.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "id_front.jpg", json!({ "side": "left" })), "AIS.0101");
    reader.charged(3, "0.10");
}

/// The regions as they are written in these tests: a line of text, or a table's cells with their rows and columns.
fn regions(result: &Value) -> Value {
    let regions = result["words_region_list"].as_array().unwrap();
    assert_eq!(result["words_region_count"], regions.len());
    let region = |region: &Value| {
        let blocks = region["words_block_list"].as_array().unwrap();
        assert_eq!(region["words_block_count"], blocks.len());
        let block = |block: &Value| match region["type"].as_str() {
            Some("text") => block["words"].clone(),
            _ => json!([block["rows"], block["columns"], block["words"]]),
        };
        blocks.iter().map(block).collect::<Value>()
    };
    regions.iter().map(region).collect()
}

/// What another reader finds in a workbook.
fn workbook(excel: &Value) -> Value {
    let mut reading = Command::new(wanted("INKMETER_TEST_PYTHON").unwrap())
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/door/read_workbook.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reading.stdin.take().unwrap().write_all(excel.as_str().unwrap().as_bytes()).unwrap();
    let output = reading.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The workbook has the words of every block where the block is, as text, and its large cells are merged.
fn matches(result: &Value) {
    let (mut cells, mut merged) = (Vec::new(), Vec::new());
    let mut row = 0;
    for region in result["words_region_list"].as_array().unwrap() {
        let blocks = region["words_block_list"].as_array().unwrap();
        let mut past = row;
        for block in blocks {
            let span = |of: &str, axis: u64| match block[of].as_array() {
                Some(of) => (axis + of[0].as_u64().unwrap(), axis + of[of.len() - 1].as_u64().unwrap()),
                // On these pages no text stands beside another.
                None => (axis, axis),
            };
            let is_text = region["type"] == "text";
            let ((top, bottom), (left, right)) =
                (span("rows", if is_text { past } else { row }), span("columns", 0));
            past = past.max(bottom + 1);
            if block["words"] != "" {
                cells.push(json!([top, left, block["words"], "s"]));
            }
            if (top, left) != (bottom, right) {
                merged.push(json!([top, left, bottom, right]));
            }
        }
        row = past + 1;
    }
    let wanted = json!([{ "name": "page 1", "cells": cells, "merged": merged }]);
    let mut read = workbook(&result["excel"]);
    // By rows in both.
    let order = |cell: &Value| (cell[0].as_u64(), cell[1].as_u64());
    read[0]["cells"].as_array_mut().unwrap().sort_by_key(order);
    assert_eq!(read, wanted, "{result:#}");
}

#[test]
fn tables_are_read() {
    let Some(mut reader) = Reader::of("general-table", "GeneralTableRequestBody") else { return };
    let method = "recognize_general_table";
    let stock = json!([
        ["库存表"],
        [
            [[0, 1], [0], "类别"],
            [[0, 1], [1], "编号"],
            [[0], [2, 3], "库存"],
            [[1], [2], "数量"],
            [[1], [3], "金额"],
            [[2, 3], [0], "厨房"],
            [[2], [1], "K-017"],
            [[2], [2], "24"],
            [[2], [3], "1,280.50"],
            [[3], [1], "K-021"],
            [[3], [2], ""],
            [[3], [3], "96.00"],
            [[4], [0], "花园"],
            [[4], [1], "G-003"],
            [[4], [2], "7"],
            [[4], [3], "315.00"],
            [[5], [0, 1], "合计"],
            [[5], [2], "31"],
            [[5], [3], "1,691.50"],
        ],
        ["以上数字均为虚构。"],
    ]);
    let plain = reader.read(method, "table_bordered.jpg", json!({}));
    assert_eq!(regions(&plain), stock);
    let cell = &plain["words_region_list"][1]["words_block_list"][0];
    holds(cell, json!({ "confidence": null, "location": null, "words_list": null, "cell_location": null }));
    assert_eq!(plain["excel"], Value::Null);

    // Photographed by hand, with everything that can be asked for.
    let asked = json!({ "return_text_location": true, "return_char_location": true, "return_confidence": true,
        "return_excel": true, "with_borders": true, "return_rectification_matrix": true });
    let whole = reader.read(method, "table_bordered_noisy.jpg", asked);
    assert_eq!(regions(&whole), stock);
    matches(&whole);
    let cell = &whole["words_region_list"][1]["words_block_list"][8];
    let number = |value: &Value| value.to_string().trim_matches('"').parse::<f64>().unwrap();
    assert!(number(&cell["confidence"]) > 0.9, "{cell:#}");
    let line = &cell["words_list"][0];
    assert_eq!((&line["words"], line["char_list"].as_array().unwrap().len()), (&json!("1,280.50"), 8));
    assert_eq!(line["char_list"][1]["char"], ",");
    let x = |place: &Value, corner: usize| place[corner][0].as_i64().unwrap();
    let (around, text) = (&cell["cell_location"], &cell["location"]);
    assert!(x(around, 0) < x(text, 0) && x(text, 1) < x(around, 1), "{cell:#}");
    let empty = &whole["words_region_list"][1]["words_block_list"][10];
    holds(empty, json!({ "words": "", "confidence": null, "location": null, "words_list": [] }));
    assert_eq!(empty["cell_location"].as_array().map(Vec::len), Some(4), "{empty:#}");
    let title = &whole["words_region_list"][0]["words_block_list"][0];
    holds(title, json!({ "rows": null, "columns": null, "cell_location": null }));
    assert_eq!(title["words_list"][0]["words"], "库存表", "{title:#}");

    let visits = reader.read(method, "table_three_line.jpg", json!({ "return_excel": true }));
    assert_eq!(
        regions(&visits)[1].as_array().unwrap()[..6],
        [
            json!([[0, 1], [0], "Museum"]),
            json!([[0], [1, 2], "Visitors"]),
            json!([[0, 1], [3], "Change"]),
            json!([[1], [1], "2024"]),
            json!([[1], [2], "2025"]),
            json!([[2], [0], "Clocks"])
        ]
    );
    matches(&visits);
    let larder = reader.read(method, "table_borderless.jpg", json!({ "return_excel": true }));
    let cells = regions(&larder)[1].clone();
    assert_eq!(cells[5], json!([[1], [1], "upper shelf at the\nleft of the window"]), "{cells:#}");
    assert_eq!((&cells[16][2], &cells[19][2]), (&json!("=1+1"), &json!("007")), "{cells:#}");
    matches(&larder);
    // Nothing is drawn on it, so it is text.
    let text = reader.read(method, "table_borderless.jpg", json!({ "with_borders": true }));
    assert_eq!(text["words_region_list"][0]["type"], "text", "{text:#}");
    assert_eq!(text["words_region_count"], 1);
    assert_eq!(reader.refused(method, "vin.jpg", json!({ "return_char_location": true })), "AIS.0101");
    assert_eq!(reader.refused(method, "letter.pdf", json!({})), "AIS.0102");
    reader.charged(5, "0.10");
}

/// The one page of an answer.
fn one_page(result: &Value) -> Value {
    let [page] = result.as_array().unwrap().as_slice() else { panic!("{result:#}") };
    page.clone()
}

/// Keys and values.
fn pairs(page: &Value) -> Value {
    let of = &page["kv_result"];
    let blocks = of["kv_block_list"].as_array().unwrap();
    assert_eq!(of["kv_block_count"], blocks.len());
    for block in blocks {
        let words = block["words_block_list"].as_array().unwrap();
        assert_eq!((&block["words_block_count"], &words[0]["type"]), (&json!(words.len()), &json!("key")));
        assert!(
            words[1..].iter().all(|word| word["type"] == "value" && word["location"][3][1].is_i64()),
            "{block}"
        );
    }
    blocks.iter().map(|block| json!([block["key"], block["value"]])).collect()
}

#[test]
fn smart_documents_are_read() {
    let Some(mut reader) = Reader::of("smart-document-recognizer", "SmartDocumentRecognizerRequestBody")
    else {
        return;
    };
    let method = "recognize_smart_document_recognizer";
    // Text alone, with its characters.
    let plain = one_page(&reader.read(method, "page_report.jpg", json!({ "character_mode": true })));
    holds(
        &plain,
        json!({ "kv_result": null, "table_result": null, "layout_result": null, "form_result": null,
            "formula_result": null }),
    );
    let text = &plain["ocr_result"];
    let blocks = text["words_block_list"].as_array().unwrap();
    let direction = text["direction"].to_string().trim_matches('"').parse::<f64>().unwrap();
    assert_eq!((&text["words_block_count"], direction), (&json!(blocks.len()), 0.0));
    let header = &blocks[0];
    assert_eq!(
        (&header["words"], &header["char_list"][0]["char"]),
        (&json!("Annual papers of the harbour office"), &json!("A"))
    );

    // Everything, of the same page as photographed by hand.
    let all = json!({ "kv": true, "table": true, "layout": true, "form": true, "return_excel": true, "formula": true,
        "image_layout": true, "erase_seal": true });
    let report = one_page(&reader.read(method, "page_report_noisy.jpg", all.clone()));
    assert_eq!(pairs(&report), json!([]));
    assert_eq!((&report["form_result"]["form_count"], &report["formula_result"]), (&json!(0), &Value::Null));
    let table = &report["table_result"]["table_list"][0];
    assert_eq!(
        (&report["table_result"]["table_count"], &table["words_block_count"]),
        (&json!(1), &json!(16))
    );
    assert_eq!(
        (&table["words_block_list"][4], table["location"].as_array().map(Vec::len)),
        (&json!({ "words": "Market", "rows": [1], "columns": [0] }), Some(4))
    );
    let sheets = workbook(&table["excel"]);
    let first = &sheets[0]["cells"][0];
    assert_eq!((first, sheets[0]["cells"].as_array().unwrap().len()), (&json!([0, 0, "Product", "s"]), 16));
    let layout = report["layout_result"]["layout_block_list"].as_array().unwrap();
    assert_eq!(report["layout_result"]["layout_block_count"], layout.len());
    let types: Vec<&str> = layout.iter().map(|block| block["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "header",
            "title",
            "sub_title",
            "text",
            "table_caption",
            "table",
            "sub_title",
            "text",
            "sub_title",
            "text",
            "text",
            "footnote",
            "footnote",
            "footer",
            "page_number"
        ]
    );
    let words = |block: &Value| -> Vec<Value> {
        let ids = block["words_ids"].as_array().unwrap().iter();
        ids.map(|id| report["ocr_result"]["words_block_list"][id.as_u64().unwrap() as usize]["words"].clone())
            .collect()
    };
    assert_eq!(
        (&layout[1]["text"], words(&layout[1])),
        (&json!("Market and Station"), vec![json!("Market and Station")])
    );
    assert_eq!(
        (&layout[5]["table_id"], &layout[5]["text"], words(&layout[5]).len()),
        (&json!(0), &json!(""), 16)
    );
    holds(&layout[3], json!({ "table_id": null, "form_id": null, "formula_id": null }));

    // A form, and keys by other names.
    let form = one_page(&reader.read(
        method,
        "page_form_noisy.jpg",
        json!({ "kv": true, "form": true, "table": true, "layout": true, "kv_map": "{\"供应商\":\"supplier\"}" }),
    ));
    let said = pairs(&form);
    assert_eq!(
        (&said[0], &said[2]),
        (&json!(["部门", "河道南区"]), &json!(["supplier", "无名市星桥阀门有限公司"]))
    );
    assert_eq!(
        (&form["form_result"]["form_count"], &form["table_result"]["table_count"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(form["form_result"]["form_list"][0]["excel"], Value::Null);
    let parts = form["layout_result"]["layout_block_list"].as_array().unwrap();
    let of_form = parts.iter().find(|block| block["type"] == "form").unwrap();
    holds(of_form, json!({ "form_id": 0, "table_id": null }));

    let labels = one_page(&reader.read(method, "page_labels.jpg", json!({ "kv": true })));
    assert_eq!(
        (&labels["layout_result"], &pairs(&labels)[1]),
        (&Value::Null, &json!(["Address", "50 Garden Street, Zenith"]))
    );
    // The second page of a PDF, and a picture without text, which is read like any other.
    let second =
        one_page(&reader.read(method, "letter.pdf", json!({ "pdf_page_number": 2, "layout": true })));
    assert!(second["ocr_result"]["words_block_count"].as_u64().unwrap() > 0, "{second:#}");
    let blank = one_page(&reader.send(method, &white_png(600, 400), all)["result"]);
    assert_eq!(
        (
            &blank["ocr_result"]["words_block_count"],
            pairs(&blank),
            &blank["layout_result"]["layout_block_count"]
        ),
        (&json!(0), json!([]), &json!(0))
    );

    assert_eq!(reader.refused(method, "page_form.jpg", json!({ "kv_map": "[]" })), "AIS.0101");
    assert_eq!(reader.refused(method, "page_form.jpg", json!({ "language": "xx" })), "AIS.0101");
    assert_eq!(reader.refused(method, "letter.pdf", json!({ "pdf_page_number": 0 })), "AIS.0101");
    reader.charged(6, "0.15");
}

#[test]
fn identity_documents_are_read() {
    let Some(mut reader) = Reader::of("id-document", "IdDocumentRequestBody") else { return };
    let method = "recognize_id_document";
    let front = json!({ "country_region": "EST", "id_type": "ID", "side": "front", "first_name": "KENJI MARTA",
        "last_name": "NOWAK", "sex": "F", "nationality": "EST", "birth_date": "1973-04-09", "issue_date": "2017-10-16",
        "expiry_date": "2027-10-16", "document_number": "Z1345293K", "address": "", "issuing_authority": "CIVIL REGISTRY",
        "portrait_image": null });
    for name in ["id_document.jpg", "id_document_noisy.jpg"] {
        let result = reader.read(method, name, json!({ "return_portrait_image": true }));
        holds(&result, front.clone());
        surer(&result, 0.4);
    }
    let back = reader.read(method, "id_document_back.jpg", json!({ "country_region": ["PER", "CHL"] }));
    holds(
        &back,
        json!({ "side": "back", "document_number": "C9731340B661", "address": "77 STATION ROAD, NADIR" }),
    );
    let passport = reader.read(method, "passport.jpg", json!({ "id_type": ["PP"] }));
    holds(&passport, json!({ "id_type": "PP", "side": "front", "document_number": "K3Z90417B" }));
    for other in [json!({ "country_region": ["PER"] }), json!({ "id_type": ["PP", "DL"] })] {
        assert_eq!(reader.refused(method, "id_document_back.jpg", other), "AIS.0104");
    }
    assert_eq!(reader.refused(method, "id_front.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "passport.jpg", json!({ "id_type": ["visa"] })), "AIS.0101");
    assert_eq!(reader.refused(method, "passport.jpg", json!({ "country_region": ["CN"] })), "AIS.0101");
    reader.charged(4, "0.12");
}

#[test]
fn business_cards_are_read() {
    let Some(mut reader) = Reader::of("business-card", "BusinessCardRequestBody") else { return };
    let method = "recognize_business_card";
    for name in ["business_card.jpg", "business_card_noisy.jpg"] {
        let result =
            reader.read(method, name, json!({ "detect_direction": true, "return_adjusted_image": true }));
        holds(
            &result,
            json!({ "name": ["卢欣"], "title": ["项目总监"], "company": ["临风博文电子商务有限公司"], "department": [],
                "phone": ["150-5233-7752"], "fax": ["0755-70574634"], "email": ["lin.a18@example.net"], "website": [],
                "postcode": ["476415"], "address": ["广东省长宁市星河区临江路231号14楼648室"],
                "extra_info_list": [], "adjusted_image": null }),
        );
    }
    let latin = reader.read(method, "business_card_latin.jpg", json!({}));
    holds(&latin, json!({ "name": ["Henrik Rossi"], "email": ["henrik.rossi@mail.example.org"] }));
    assert_eq!(reader.refused(method, "business_license.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "poster.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "business_card.jpg", json!({ "detect_direction": "yes" })), "AIS.0101");
    reader.charged(3, "0.06");
}
