//! Several documents on one picture: what the stock SDK gets, and that those which were read are charged, each of them
//! once, whatever the customer could have paid for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Response;
use serde_json::{Value, json};

use crate::customer::Customer;
use crate::documents::{Reader, holds};
use crate::server::{Server, picture_bytes};
use crate::wanted::wanted;

const SERVICE: [&str; 4] = ["--api", "auto-classification", "--region", "cn-north-4"];

#[test]
fn several_documents_are_read() {
    let Some(mut reader) = Reader::of("auto-classification", "AutoClassificationRequestBody") else { return };
    let method = "recognize_auto_classification";
    for name in ["several.jpg", "several_noisy.jpg"] {
        let found = reader.read(method, name, json!({ "detect_seal": true }));
        let types: Vec<&str> =
            found.as_array().unwrap().iter().map(|document| document["type"].as_str().unwrap()).collect();
        let mut sorted = types.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, ["quota_invoice", "quota_invoice", "train_ticket"], "{name}: {found:#}");
        let of = |number: &str| {
            let is_it = |document: &&Value| {
                [&document["content"]["number"], &document["content"]["ticket_id"]].contains(&&json!(number))
            };
            found.as_array().unwrap().iter().find(is_it).unwrap_or_else(|| panic!("{number}: {found:#}"))
        };
        let ticket = of("P110008");
        holds(&ticket["status"], json!({ "error_code": "AIS.0000", "error_msg": "Succeeded." }));
        holds(
            &ticket["content"],
            json!({ "train_number": "D3733", "departure_station": "栖霞北站", "ticket_price": "1084.0元", "name": "孙梦" }),
        );
        assert_eq!(ticket["location"].as_array().map(Vec::len), Some(4), "{ticket:#}");
        holds(&of("63773744")["content"], json!({ "code": "121007330553", "amount": "￥1.00" }));
        holds(&of("61494466")["content"], json!({ "code": "131000277444", "location": "辽宁省东岭市" }));
        // What is not measured is not said.
        assert!(ticket["seal_mark"].is_null(), "{ticket:#}");
    }
    // One type, and what its own call may be asked.
    let asked = json!({ "type_list": ["train_ticket", "bus_ship_ticket"],
        "extended_parameters": { "train_ticket": { "return_text_location": true } } });
    let found = reader.read(method, "several_scanned.jpg", asked);
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found:#}");
    assert_eq!(found[0]["content"]["text_location"]["name"].as_array().map(Vec::len), Some(4), "{found:#}");
    // One alone; of which not the side is shown that is wanted.
    let found = reader.read(method, "driver_back.jpg", json!({}));
    holds(&found[0]["content"], json!({ "name": "王瑶", "file_number": "028987643296" }));
    let other_side = json!({ "extended_parameters": { "driver_license": { "side": "front" } } });
    assert_eq!(reader.refused(method, "driver_back.jpg", other_side), "AIS.0104");
    assert_eq!(reader.refused(method, "receipt_en.jpg", json!({})), "AIS.0104");
    assert_eq!(reader.refused(method, "several.jpg", json!({ "type_list": ["vin"] })), "AIS.0101");
    reader.charged_amounts(&["0.36", "0.36", "0.12", "0.12"]);
}

/// A customer of the call with the real eye.
async fn customer() -> Option<Customer> {
    wanted("INKMETER_TEST_MODELS")?;
    Some(Customer::with(Server::start(false), "V0", "intl").await)
}

async fn send(alice: &Customer, name: &str, more: Value) -> Response {
    let path = format!("{}/v2/{}/ocr/auto-classification", alice.server.url, alice.project("cn-north-4"));
    let mut body = json!({ "image": BASE64.encode(picture_bytes(name)) });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    alice.http.post(path).header("x-auth-token", &alice.token).json(&body).send().await.unwrap()
}

/// What one that is answered says it cost: units, amount, and what is left in packages.
async fn cost(alice: &Customer, name: &str, more: Value) -> [String; 3] {
    let response = send(alice, name, more).await;
    assert_eq!(response.status(), 200, "{name}");
    ["x-inkmeter-units", "x-inkmeter-amount", "x-inkmeter-package-left"]
        .map(|header| response.headers()[header].to_str().unwrap().to_owned())
}

async fn refused(alice: &Customer, name: &str) -> (u16, String) {
    let response = send(alice, name, json!({})).await;
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error_code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn what_was_read_is_what_is_charged() {
    let Some(alice) = customer().await else { return };
    alice.server.json(&[&["subscribe", "alice"][..], &SERVICE].concat());
    assert_eq!(cost(&alice, "several.jpg", json!({})).await, ["3", "0.36", "0"]);
    // Of two that are there one is not read, because what is asked of it makes no sense.
    let wrong = json!({ "extended_parameters": { "toll_invoice": { "return_text_location": "yes" } } });
    let response = send(&alice, "several_scanned.jpg", wrong).await;
    assert_eq!(response.headers()["x-inkmeter-units"], "1");
    let body: Value = response.json().await.unwrap();
    let codes: Vec<&Value> =
        body["result"].as_array().unwrap().iter().map(|one| &one["status"]["error_code"]).collect();
    assert!(
        codes.len() == 2 && codes.contains(&&json!("AIS.0000")) && codes.contains(&&json!("AIS.0101")),
        "{body:#}"
    );
    assert!(body["result"].as_array().unwrap().iter().any(|one| one["content"] == json!({})), "{body:#}");

    // Quota for two: they are drawn, and the third is paid for.
    let ends = ["--calls", "2", "--expires-at", "2099-12-31T23:59:59+08:00"];
    alice.server.json(&[&["grant", "alice"][..], &ends, &SERVICE].concat());
    assert_eq!(cost(&alice, "several.jpg", json!({})).await, ["3", "0.12", "0"]);
    let charges = alice.server.charges("alice");
    assert_eq!(charges.len(), 3, "{charges:#?}");
}

#[tokio::test]
async fn who_can_pay_for_what_is_found_is_served() {
    let Some(alice) = customer().await else { return };
    alice.server.json(&[&["subscribe", "alice"][..], &SERVICE, &["--package-only"]].concat());
    let ends = ["--calls", "5", "--expires-at", "2099-12-31T23:59:59+08:00"];
    alice.server.json(&[&["grant", "alice"][..], &ends, &SERVICE].concat());
    // Five are far from sixteen, and enough for three.
    assert_eq!(cost(&alice, "several.jpg", json!({})).await, ["3", "0.00", "2"]);
    // Two are not, and nothing is charged.
    let (status, code) = refused(&alice, "several.jpg").await;
    assert_eq!((status, code.as_str()), (403, "ModelArts.4204"));
    assert_eq!(cost(&alice, "several_scanned.jpg", json!({})).await, ["2", "0.00", "0"]);
    let (status, _) = refused(&alice, "several_scanned.jpg").await;
    assert_eq!((status, alice.server.charges("alice").len()), (403, 2));

    // A cap that has room for three and a bit.
    alice.server.json(&[&["subscribe", "alice"][..], &SERVICE].concat());
    alice.server.json(&["cap", "set", "alice", "--monthly", "0.4"]);
    assert_eq!(cost(&alice, "several.jpg", json!({})).await, ["3", "0.36", "0"]);
    let (status, _) = refused(&alice, "several.jpg").await;
    assert_eq!((status, alice.server.charges("alice").len()), (403, 3));
}
