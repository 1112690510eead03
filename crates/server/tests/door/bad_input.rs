//! Bad input has its documented code, is never charged, and never stops the server.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::customer::{Customer, PIXEL};

#[tokio::test]
async fn bad_input_has_its_code_and_costs_nothing() {
    let alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let send = async |body: Vec<u8>| {
        let response = alice.request("cn-north-4").body(body).send().await.unwrap();
        let status = response.status().as_u16();
        assert!(response.headers().contains_key("x-request-id"));
        let body: Value = response.json().await.unwrap();
        (status, body["error_code"].as_str().unwrap_or_default().to_owned())
    };
    for (body, status, code) in [
        (Vec::new(), 400, "ModelArts.4105"),
        (b"not json".to_vec(), 400, "ModelArts.4105"),
        (br#"{"image":"aGk=","url":"http://x/"}"#.to_vec(), 400, "AIS.0101"),
        (br#"{"image":"data:image/png;base64,aGk="}"#.to_vec(), 400, "AIS.0102"),
        (br#"{"url":"http://127.0.0.1/a.png"}"#.to_vec(), 400, "ModelArts.4601"),
        (br#"{"image":"aGk=","language":"klingon"}"#.to_vec(), 400, "AIS.0101"),
        (vec![b'x'; 13 << 20], 413, "APIG.0201"),
    ] {
        assert_eq!(send(body).await, (status, code.to_owned()));
    }
    let elsewhere = |project: &str| {
        let url = format!("{}/v2/{project}/ocr/general-text", alice.server.url);
        alice.http.post(url).header("x-auth-token", &alice.token).json(&json!({"image": PIXEL})).send()
    };
    let mallory = alice.server.json(&["account", "create", "mallory"]);
    let foreign = mallory["projects"]["cn-north-4"].as_str().unwrap();
    for (project, status) in [("%7Bproject_id%7D", 404), (foreign, 403), (&"0".repeat(32), 403)] {
        assert_eq!(elsewhere(project).await.unwrap().status().as_u16(), status, "{project}");
    }
    alice.server.json(&["clock", "advance", "25h"]);
    let response = alice.call().await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.json::<Value>().await.unwrap()["error_code"], "APIG.0307", "tokens end after a day");
    assert_eq!(alice.server.charges("alice").len(), 0);
    let unknown = alice.http.get(format!("{}/v1/admin/accounts", alice.server.url)).send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
}
