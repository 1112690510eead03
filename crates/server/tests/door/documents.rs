//! The calls about kinds of documents, by the stock SDK against the real binary with the real models: what its own models
//! of the answers hold, and that each answer is charged once, by its own price, and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

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
        let mut body = json!({ "class": self.class, "image": BASE64.encode(picture_bytes(name)) });
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
