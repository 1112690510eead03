//! The calls about licences, tickets and receipts, by the stock SDK against the real binary with the real models.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::documents::{Reader, holds, surer};

/// How sure everything on these is at least: a character or two are hard to tell.
const LEAST: f64 = 0.4;

#[test]
fn business_licences_are_read() {
    let Some(mut reader) = Reader::of("business-license", "BusinessLicenseRequestBody") else { return };
    let method = "recognize_business_license";
    for name in ["business_license.jpg", "business_license_noisy.jpg"] {
        let result = reader.read(method, name, json!({}));
        holds(
            &result,
            json!({ "registration_number": "916199991151884537", "name": "无名清源科技有限公司", "type": "有限责任公司",
                "legal_representative": "杨然", "registered_capital": "壹佰万元整", "organization_form": "",
                "found_date": "2017年05月17日", "business_term": "长期", "issue_date": "2025年02月10日" }),
        );
        // Its scope has some fifty characters, all of which are to be right.
        surer(&result, 0.2);
    }
    let upright = reader.read(method, "business_license_upright.jpg", json!({}));
    holds(&upright, json!({ "registration_number": "914299996940329386", "legal_representative": "江秀舟" }));
    assert_eq!(reader.refused(method, "vehicle_front.jpg", json!({})), "AIS.0104");
    reader.charged(3, "0.12");
}

#[test]
fn vehicle_licences_are_read() {
    let Some(mut reader) = Reader::of("vehicle-license", "VehicleLicenseRequestBody") else { return };
    let method = "recognize_vehicle_license";
    let front = json!({ "number": "粤KF9D95", "vehicle_type": "小型普通客车", "name": "望岳天佑科技有限公司", "use_character": "非营运",
        "model": "云帆牌YF6480C3", "vin": "LZZWHL6S3ERTD4311", "engine_no": "L70943654",
        "register_date": "2013-03-21", "issue_date": "2017-01-24", "issuing_authority": null });
    let result = reader.read(method, "vehicle_front_noisy.jpg", json!({}));
    holds(&result, front);
    // What is not measured, or not asked for, is not said.
    holds(
        &result,
        json!({ "type": "normal", "file_no": null, "text_location": null, "alarm_result": null, "front": null }),
    );
    let asked = json!({ "side": "front", "return_issuing_authority": true, "return_text_location": true });
    let result = reader.read(method, "vehicle_front.jpg", asked);
    holds(&result, json!({ "issuing_authority": "湖南省栖霞市公安局交通警察支队" }));
    assert_eq!(result["text_location"]["vin"].as_array().map(Vec::len), Some(4), "{result:#}");
    let back = json!({ "file_no": "205779846914", "approved_passengers": "2人", "gross_mass": "15638kg",
        "approved_load": "6543kg", "dimension": "5973×2300×2664mm", "code_number": "" });
    holds(&reader.read(method, "vehicle_back.jpg", json!({ "side": "back" })), back);
    let both = reader.read(method, "vehicle_both.jpg", json!({ "side": "double_side" }));
    holds(&both, json!({ "number": null, "type": "normal" }));
    holds(&both["front"], json!({ "vin": "LZZWHL6S3ERTD4311" }));
    assert_eq!(both["back"]["file_no"].as_str().map(str::len), Some(12), "{both:#}");
    assert_eq!(reader.refused(method, "vehicle_back.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "vehicle_front.jpg", json!({ "side": "left" })), "AIS.0101");
    reader.charged(4, "0.12");
}

#[test]
fn driving_licences_are_read() {
    let Some(mut reader) = Reader::of("driver-license", "DriverLicenseRequestBody") else { return };
    let method = "recognize_driver_license";
    let asked = json!({ "side": "front", "return_issuing_authority": true });
    let result = reader.read(method, "driver_front_noisy.jpg", asked);
    holds(
        &result,
        json!({ "number": "379999198502028812", "name": "苏欣", "sex": "男", "nationality": "中国",
            "address": "河北省南浦市星河区青石巷806号7号楼", "birth": "1985-02-02", "issue_date": "2020-04-22",
            "_class": "C1E", "valid_from": "2020-04-22", "valid_to": "长期",
            "issuing_authority": "广东省长宁市公安局交通警察支队", "text_location": null, "status": null }),
    );
    let result =
        reader.read(method, "driver_back.jpg", json!({ "side": "back", "return_text_location": true }));
    holds(
        &result,
        json!({ "name": "王瑶", "file_number": "028987643296", "record": "实习期至2020年04月03日。" }),
    );
    assert_eq!(result["text_location"]["name"].as_array().map(Vec::len), Some(4), "{result:#}");
    let both = reader.read(method, "driver_both.jpg", json!({ "side": "double_side" }));
    holds(&both["front"], json!({ "number": "379999198502028812", "issuing_authority": null }));
    holds(&both["back"], json!({ "number": "379999198502028812", "name": "苏欣" }));
    assert_eq!(reader.refused(method, "driver_back.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "id_front.jpg", json!({})), "AIS.0104");
    reader.charged(3, "0.12");
}

#[test]
fn railway_tickets_are_read() {
    let Some(mut reader) = Reader::of("train-ticket", "TrainTicketRequestBody") else { return };
    let method = "recognize_train_ticket";
    let expected = json!({ "ticket_id": "J089014", "check_port": "17", "train_number": "D9127",
        "departure_station": "栖霞北站", "destination_station": "长宁南站", "departure_time": "2020年08月03日07:47",
        "seat_number": "16车12F号", "ticket_price": "610.0元", "seat_category": "一等座",
        "id_number": "4299991957****7783", "name": "杨轩行", "log_id": "78356942177821J089014",
        "invoice_style": "paper", "discount_mark": null, "text_location": null });
    for name in ["train_ticket.jpg", "train_ticket_noisy.jpg"] {
        let result = reader.read(method, name, json!({}));
        holds(&result, expected.clone());
        surer(&result, LEAST);
    }
    let located = reader.read(method, "train_ticket.jpg", json!({ "return_text_location": true }));
    assert_eq!(located["text_location"]["name"].as_array().map(Vec::len), Some(4), "{located:#}");
    assert_eq!(reader.refused(method, "taxi_invoice.jpg", json!({})), "AIS.0104");
    reader.charged(3, "0.06");
}

#[test]
fn plates_are_read() {
    let Some(mut reader) = Reader::of("license-plate", "LicensePlateRequestBody") else { return };
    let method = "recognize_license_plate";
    for name in ["license_plate.jpg", "license_plate_noisy.jpg"] {
        let result = reader.read(method, name, json!({}));
        holds(&result[0], json!({ "plate_number": "苏GD68E1", "plate_color": null }));
        let size = (result.as_array().map(Vec::len), result[0]["plate_location"].as_array().map(Vec::len));
        assert_eq!(size, (Some(1), Some(4)), "{result:#}");
    }
    assert_eq!(reader.refused(method, "vehicle_front.jpg", json!({})), "AIS.0104");
    reader.charged(2, "0.06");
}

#[test]
fn invoices_of_vehicles_are_read() {
    let Some(mut reader) = Reader::of("mvs-invoice", "MvsInvoiceRequestBody") else { return };
    let method = "recognize_mvs_invoice";
    let asked = json!({ "return_confidence": true });
    let result = reader.read(method, "mvs_invoice.jpg", asked);
    holds(
        &result,
        json!({ "code": "121002673371", "machine_printed_number": "28357635", "buyer_name": "陈志",
            "buyer_organization_number": "339999195804204972", "vehicle_identification_number": "LZZW3BLS5JWSK8746",
            "total": "￥621686.61", "tax": "￥90330.53", "type": null, "fiscal_code": null, "text_location": null }),
    );
    surer(&result, LEAST);
    let asked = json!({ "type": "auto", "return_text_location": true });
    let result = reader.read(method, "mvs_invoice_noisy.jpg", asked);
    holds(&result, json!({ "type": "机动车销售统一发票", "total": "￥621686.61", "confidence": null }));
    assert_eq!(result["text_location"]["total"].as_array().map(Vec::len), Some(4), "{result:#}");
    assert_eq!(reader.refused(method, "mvs_invoice.jpg", json!({ "type": "used" })), "AIS.0104");
    assert_eq!(reader.refused(method, "mvs_invoice.jpg", json!({ "type": "old" })), "AIS.0101");
    assert_eq!(reader.refused(method, "vehicle_front.jpg", json!({})), "AIS.0104");
    reader.charged(2, "0.12");
}

#[test]
fn tax_invoices_are_read() {
    let Some(mut reader) = Reader::of("vat-invoice", "VatInvoiceRequestBody") else { return };
    let method = "recognize_vat_invoice";
    let result = reader.read(method, "vat_invoice_noisy.jpg", json!({}));
    holds(
        &result,
        json!({ "type": "normal", "code": "021001858897", "number": "93004614", "issue_date": "2018年11月13日",
            "buyer_name": "东岭瑞丰贸易股份有限公司", "seller_id": "913199996A1182408L", "total": "￥59556.58",
            "receiver": null, "confidence": null, "encryption_block": null, "text_location": null }),
    );
    let asked = json!({ "advanced_mode": true, "return_text_location": true, "page_num": 1 });
    let result = reader.read(method, "vat_invoice.jpg", asked);
    holds(
        &result,
        json!({ "total_in_words": "伍万玖仟伍佰伍拾陆元伍角捌分", "receiver": "林轩禾", "issuer": "洪嘉" }),
    );
    holds(&result["item_list"][0], json!({ "amount": "54639.06", "tax": "4917.52", "start_date": null }));
    assert_eq!(result["item_list"].as_array().map(Vec::len), Some(1), "{result:#}");
    assert_eq!(result["text_location"]["total"].as_array().map(Vec::len), Some(4), "{result:#}");
    surer(&result, LEAST);
    assert_eq!(reader.refused(method, "quota_invoice.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "vat_invoice.jpg", json!({ "page_num": 0 })), "AIS.0101");
    reader.charged(2, "0.12");
}

/// One receipt is read clean and noisy, and another kind's is refused.
fn receipt(api: &'static str, class: &'static str, method: &str, expected: &Value, other: &str) {
    let Some(mut reader) = Reader::of(api, class) else { return };
    let name = method.trim_start_matches("recognize_");
    for picture in [format!("{name}.jpg"), format!("{name}_noisy.jpg")] {
        let result = reader.read(method, &picture, json!({}));
        holds(&result, expected.clone());
        surer(&result, LEAST);
    }
    assert_eq!(reader.refused(method, other, json!({})), "AIS.0104");
    reader.charged(2, "0.06");
}

#[test]
fn receipts_are_read() {
    let quota = json!({ "code": "144000317065", "number": "91887313", "location": "广东省云外市", "amount": "￥2.00" });
    receipt(
        "quota-invoice",
        "QuotaInvoiceRequestBody",
        "recognize_quota_invoice",
        &quota,
        "toll_invoice.jpg",
    );
    let taxi = json!({ "location": "陕西省", "code": "112009372298", "number": "22487405", "taxi_number": "EL50P8",
        "date": "2024-10-05", "time": "02:01-02:46", "unit_price": "￥2.40", "distance": "2.8",
        "waiting_time": "00:06:23", "total": "￥58.00", "company": "", "text_location": null });
    receipt("taxi-invoice", "TaxiInvoiceRequestBody", "recognize_taxi_invoice", &taxi, "quota_invoice.jpg");
    let toll = json!({ "code": "111001529952", "number": "25894309", "entry": "星河东", "exit": "云外南",
        "amount": "164", "cashier": "6540", "vehicle_type": "客一", "date": "2016-05-27", "time": "09:49:16" });
    receipt("toll-invoice", "TollInvoiceRequestBody", "recognize_toll_invoice", &toll, "taxi_invoice.jpg");
}

#[test]
fn itineraries_are_read() {
    let Some(mut reader) = Reader::of("flight-itinerary", "FlightItineraryRequestBody") else { return };
    let method = "recognize_flight_itinerary";
    let first = json!({ "departure_station": "星河东XHE", "destination_station": "长宁CNG", "carrier": "云航", "flight": "QY2842",
        "cabin_class": "Q", "date": "2025-09-17", "time": "18:26", "fare_basis": "Q27", "effective_date": "",
        "expiry_date": "", "baggage_allowance": "20KG" });
    for name in ["flight_itinerary.jpg", "flight_itinerary_noisy.jpg"] {
        let result = reader.read(method, name, json!({}));
        holds(
            &result,
            json!({ "serial_number": "98440858090", "passenger_name": "林雪轩", "id_number": "519999198909273277",
                "endorsements_restrictions": "不得签转", "order_number": "TYHBCX", "fare": "CNY1800.00",
                "caac_development_fund": "CN100.00", "fuel_surcharge": "YQ140.00", "other_taxes": "",
                "total": "CNY2040.00", "e_ticket_number": "7815377247887", "check_code": "6357",
                "reference_information": "", "insurance": "XXX", "agent_code": "WGY371,64247748",
                "issue_organization": "听涛清源贸易股份有限公司", "issue_date": "2021-05-05", "tax": "", "tax_rate": "",
                "buyer_name": "", "buyer_id": "", "number": "", "international_flag": "", "issue_status": "",
                "gp_number": "" }),
        );
        holds(&result["itinerary_list"][0], first.clone());
        holds(
            &result["itinerary_list"][1],
            json!({ "destination_station": "T2临风LFN", "baggage_allowance": "1PC" }),
        );
        let sure = &result["confidence"];
        // The driver gives decimals as text.
        let value = |sure: &Value| sure.to_string().trim_matches('"').parse::<f64>().unwrap();
        assert!(value(&sure["total"]) > 0.98, "{sure:#}");
        assert_eq!(sure["itinerary_list"].as_array().map(Vec::len), Some(2), "{sure:#}");
        assert!(value(&sure["itinerary_list"][1]["flight"]) > LEAST, "{sure:#}");
    }
    for other in ["train_ticket.jpg", "vat_invoice.jpg"] {
        assert_eq!(reader.refused(method, other, json!({})), "AIS.0104");
    }
    reader.charged(2, "0.06");
}

#[test]
fn waybills_are_read() {
    let label = json!({ "code": "875G-602-G05", "receiver_name": "戴*", "receiver_phone": "17791042512",
        "receiver_address": "广东省望岳市星河区青石巷179号", "sender_name": "陈**", "sender_phone": "177****8831",
        "sender_address": "山东省云外市东湖区建业路555号19幢695室", "waybill_number": "XH341828333431736" });
    let Some(mut reader) = Reader::of("waybill-electronic", "WaybillElectronicRequestBody") else { return };
    let method = "recognize_waybill_electronic";
    for picture in ["waybill.jpg", "waybill_noisy.jpg"] {
        let result = reader.read(method, picture, json!({}));
        holds(&result, label.clone());
        surer(&result, LEAST);
    }
    for other in ["business_card.jpg", "taxi_invoice.jpg"] {
        assert_eq!(reader.refused(method, other, json!({})), "AIS.0104");
    }
    reader.charged(2, "0.06");
}

#[test]
fn seals_are_read() {
    let Some(mut reader) = Reader::of("seal", "SealRequestBody") else { return };
    let method = "recognize_seal";
    let expected = [
        ("rectangle", vec!["魏轩曦印"]),
        ("circle", vec!["栖霞明德贸易股份有限公司", "0406798365547"]),
        ("ellipse", vec!["星河清源餐饮管理有限责任公司", "91119999459331153K", "发票专用章"]),
    ];
    for name in ["seal.jpg", "seal_noisy.jpg"] {
        let result = reader.read(method, name, json!({}));
        let seals = result["seal_list"].as_array().unwrap();
        let text = |value: &'_ Value| value.as_str().unwrap().to_owned();
        let said = |seal: &Value| -> Vec<String> {
            let blocks = seal["words_block_list"].as_array().unwrap();
            blocks.iter().map(|block| text(&block["words"])).collect()
        };
        let told: Vec<(String, Vec<String>)> =
            seals.iter().map(|seal| (text(&seal["type"]), said(seal))).collect();
        let wanted = expected
            .clone()
            .map(|(shape, texts)| (shape.to_owned(), texts.into_iter().map(str::to_owned).collect()));
        assert_eq!(told, wanted, "{name}: {result:#}");
        for seal in seals {
            assert_eq!(seal["location"].as_array().map(Vec::len), Some(4), "{seal:#}");
            holds(seal, json!({ "seal_image": null }));
        }
        holds(&result, json!({ "erased_seal_image": null }));
    }
    // With pictures of each, and the page without them: on that there is none.
    let all = json!({ "return_seal_image": true, "return_erased_seal_image": true });
    let result = reader.read(method, "seal.jpg", all);
    let picture = |file: &Value| BASE64.decode(file.as_str().unwrap()).unwrap();
    for seal in result["seal_list"].as_array().unwrap() {
        assert!(picture(&seal["seal_image"]).starts_with(&[0xff, 0xd8]), "a JPEG");
    }
    let erased = picture(&result["erased_seal_image"]);
    assert_eq!(reader.refused_picture(method, &erased), "AIS.0104");
    assert_eq!(reader.refused(method, "notice_zh.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "seal.jpg", json!({ "pdf_page_number": 0 })), "AIS.0101");
    reader.charged(3, "0.12");
}

#[test]
fn exit_entry_permits_are_read() {
    let Some(mut reader) = Reader::of("exit-entry-permit", "ExitEntryPermitRequestBody") else { return };
    let method = "recognize_exit_entry_permit";
    for name in ["exit_entry_permit.jpg", "exit_entry_permit_noisy.jpg"] {
        let result = reader.read(method, name, json!({}));
        holds(
            &result,
            json!({ "name": "黄子涵", "name_en": "HUANG, ZIHAN", "sex": "男", "birth_date": "1979.03.08", "number": "C39368030",
                "issuing_authority": "中华人民共和国出入境管理局", "issue_place": "广东",
                "valid_period": "2022.12.27-2027.12.26", "machine_code": "CSC393680308<2712262<7903085<2",
                "type": "往来港澳通行证", "side": "front" }),
        );
        // What is on the other side, and what is not looked for, is not said.
        holds(
            &result,
            json!({ "endorsement_info_hk": null, "endorsement_info_mo": null, "endorsement_info_tw": null,
                "portrait_image": null, "portrait_location": null }),
        );
        surer(&result, LEAST);
    }
    let asked = json!({ "return_portrait_image": true, "return_portrait_location": true });
    let taiwan = reader.read(method, "exit_entry_permit_taiwan_noisy.jpg", asked);
    holds(
        &taiwan,
        json!({ "type": "往来台湾通行证", "number": "L62882807", "machine_code": "CDL628828072<3007239<8406066<2",
            "portrait_image": null }),
    );
    assert_eq!(reader.refused(method, "mainland_permit.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "passport_chn.jpg", json!({})), "AIS.0104");
    reader.charged(3, "0.12");
}

#[test]
fn mainland_travel_permits_are_read() {
    let Some(mut reader) = Reader::of("mainland-travel-permit", "MainlandTravelPermitRequestBody") else {
        return;
    };
    let method = "recognize_mainland_travel_permit";
    for name in ["mainland_permit.jpg", "mainland_permit_noisy.jpg"] {
        let result = reader.read(method, name, json!({}));
        holds(
            &result,
            json!({ "name": "徐晓舟", "name_en": "XU, XIAOZHOU", "birth_date": "1986.07.27", "sex": "男",
                "valid_period": "2025.09.21-2030.09.20", "issuing_authority": "国家移民管理局", "number": "M66584232",
                "issue_place": "", "issue_times": "03", "type": "港澳居民来往内地通行证", "side": "front" }),
        );
        holds(
            &result,
            json!({ "id_name": null, "id_number": null, "machine_code1": null, "machine_code2": null,
                "machine_code3": null, "portrait_image": null, "portrait_location": null }),
        );
        surer(&result, LEAST);
    }
    let taiwan = reader.read(method, "mainland_permit_taiwan_noisy.jpg", json!({}));
    holds(&taiwan, json!({ "type": "台湾居民来往大陆通行证", "number": "51593878", "issue_place": "辽宁" }));
    assert_eq!(reader.refused(method, "exit_entry_permit.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "id_front.jpg", json!({})), "AIS.0104");
    reader.charged(3, "0.12");
}
