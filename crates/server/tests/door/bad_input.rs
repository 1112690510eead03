//! Bad input has its documented code, is never charged, and never stops the server.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use wire::signature::{self, format_date};

use crate::customer::{Customer, PIXEL};
use crate::server::{Server, models, picture_bytes};

/// What a row of a table expects: a status and a code.
type Code = (u16, &'static str);

const JSON: Code = (400, "ModelArts.4105");
const PARAMETER: Code = (400, "AIS.0101");
const FORMAT: Code = (400, "AIS.0102");
const SIZE: Code = (400, "AIS.0103");
const URL: Code = (400, "ModelArts.4601");
const TOO_LARGE: Code = (413, "APIG.0201");
const NO_SUCH_API: Code = (404, "APIG.0101");
const NOT_YOURS: Code = (403, "APIG.0310");
const UNAUTHENTICATED: Code = (401, "APIG.0301");

/// Sends a request; its status, code and message. Every answer has an id, in its header and in its body.
async fn sent(request: RequestBuilder) -> (u16, String, String) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["request_id"].as_str().unwrap_or(&id), id);
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    (status, text("error_code"), text("error_msg"))
}

async fn code(request: RequestBuilder) -> (u16, String) {
    let (status, code, _) = sent(request).await;
    (status, code)
}

/// The body of a call with this picture.
fn body_of(picture: &[u8]) -> Vec<u8> {
    json!({ "image": BASE64.encode(picture) }).to_string().into_bytes()
}

/// A PNG of one bit a pixel, all of them white: small as a file, large in memory.
fn white_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(Cursor::new(&mut bytes), width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    let rows = vec![0xff; (width as usize).div_ceil(8) * height as usize];
    writer.write_image_data(&rows).unwrap();
    writer.finish().unwrap();
    bytes
}

#[tokio::test]
async fn bodies() {
    let alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let table: [(&str, Vec<u8>, Code); 14] = [
        ("empty", Vec::new(), JSON),
        ("not JSON", b"not json".to_vec(), JSON),
        ("JSON cut off", br#"{"image":"aGk="#.to_vec(), JSON),
        ("no object", b"[]".to_vec(), PARAMETER),
        ("deeply nested", [b"{\"x\":".to_vec(), vec![b'['; 100_000]].concat(), JSON),
        ("neither picture nor url", b"{}".to_vec(), PARAMETER),
        ("both", br#"{"image":"aGk=","url":"http://example.com/x.png"}"#.to_vec(), PARAMETER),
        ("a language that is none", br#"{"image":"aGk=","language":"klingon"}"#.to_vec(), PARAMETER),
        ("a number for a switch", br#"{"image":"aGk=","detect_direction":1}"#.to_vec(), PARAMETER),
        ("a data: prefix", br#"{"image":"data:image/png;base64,aGk="}"#.to_vec(), FORMAT),
        ("broken base64", br#"{"image":"a*b="}"#.to_vec(), FORMAT),
        ("a url, which is off", br#"{"url":"http://127.0.0.1/a.png"}"#.to_vec(), URL),
        ("over the limit", vec![b'x'; 13 << 20], TOO_LARGE),
        ("20 MB", vec![b'x'; 20_000_000], TOO_LARGE),
    ];
    for (what, body, (status, expected)) in table {
        assert_eq!(
            code(alice.request("cn-north-4").body(body)).await,
            (status, expected.to_owned()),
            "{what}"
        );
    }
    unharmed(&alice, 0).await;
}

#[tokio::test]
async fn pictures() {
    if models().is_none() {
        eprintln!("not run: `make test` sets INKMETER_TEST_MODELS");
        return;
    }
    let alice = Customer::with(Server::start(false), "V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let receipt = picture_bytes("receipt_en.jpg");
    let letter = picture_bytes("letter.pdf");
    let with_page = |page: i64| {
        let body = json!({ "image": BASE64.encode(&letter), "pdf_page_number": page });
        body.to_string().into_bytes()
    };
    let table: [(&str, Vec<u8>, Code); 11] = [
        ("a JPEG cut in the middle", body_of(&receipt[..receipt.len() / 2]), FORMAT),
        ("a JPEG's first bytes", body_of(&receipt[..20]), FORMAT),
        ("a text", body_of(b"this is no picture"), FORMAT),
        ("nothing", body_of(b""), PARAMETER),
        ("a side of 30,001 px", body_of(&white_png(30_001, 20)), SIZE),
        ("a side of 14 px", body_of(&white_png(14, 20)), SIZE),
        ("a bomb: 900 million px in a small file", body_of(&white_png(30_000, 30_000)), SIZE),
        ("a page the PDF does not have", with_page(3), PARAMETER),
        ("page 0", with_page(0), PARAMETER),
        ("page -1", with_page(-1), PARAMETER),
        ("a PDF cut off", body_of(&letter[..200]), FORMAT),
    ];
    for (what, body, (status, expected)) in table {
        assert_eq!(
            code(alice.request("cn-north-4").body(body)).await,
            (status, expected.to_owned()),
            "{what}"
        );
    }
    let right = alice.request("cn-north-4").body(with_page(2)).send().await.unwrap();
    assert_eq!(right.status(), StatusCode::OK);
    unharmed(&alice, 1).await;
}

#[tokio::test]
async fn projects_and_tokens() {
    let alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let mallory = alice.server.json(&["account", "create", "mallory"]);
    let call = |project: &str, token: &str| {
        let url = format!("{}/v2/{project}/ocr/general-text", alice.server.url);
        alice.http.post(url).header("x-auth-token", token).json(&json!({ "image": PIXEL }))
    };
    let own = alice.project("cn-north-4");
    let foreign = mallory["projects"]["cn-north-4"].as_str().unwrap();
    let other_region = alice.project("cn-east-3");
    let nobodys = "0".repeat(32);
    let table: [(&str, &str, &str, Code); 7] = [
        ("a project nobody has", &nobodys, &alice.token, NOT_YOURS),
        ("another account's project", foreign, &alice.token, NOT_YOURS),
        ("a project the token is not for", other_region, &alice.token, NOT_YOURS),
        ("a placeholder", "%7Bproject_id%7D", &alice.token, NO_SUCH_API),
        ("no project", "x", &alice.token, NO_SUCH_API),
        ("a token that is none", own, "abc", UNAUTHENTICATED),
        ("an empty token", own, "", UNAUTHENTICATED),
    ];
    for (what, project, token, (status, expected)) in table {
        assert_eq!(code(call(project, token)).await, (status, expected.to_owned()), "{what}");
    }
    let without = alice.http.post(alice.path("cn-north-4")).json(&json!({ "image": PIXEL }));
    assert_eq!(code(without).await, (401, "APIG.0301".into()), "neither token nor signature");
    for path in ["/v1/admin/accounts", "/v1/admin/journal", "/v1/account", "/v3/projects"] {
        let response = alice.http.get(format!("{}{path}", alice.server.url)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let nowhere = alice.http.get(format!("{}/v2/nowhere", alice.server.url));
    assert_eq!(code(nowhere).await, (404, "APIG.0101".into()));
    alice.server.json(&["clock", "advance", "25h"]);
    assert_eq!(code(call(own, &alice.token)).await, (401, "APIG.0307".into()), "a token that has ended");
    unharmed(&alice, 0).await;
}

/// A call signed with the account's key, as the SDKs do it.
fn signed(alice: &Customer, secret: &str, date: &str) -> RequestBuilder {
    let url = alice.path("cn-north-4");
    let host = alice.server.url.trim_start_matches("http://");
    let body = json!({ "image": PIXEL }).to_string();
    let headers = [("Host", host), ("X-Sdk-Date", date), ("Content-Type", "application/json")];
    let path = url.strip_prefix(&alice.server.url).unwrap();
    let request = signature::Request {
        method: Method::POST.as_str(),
        path,
        query: "",
        headers: &headers,
        body: body.as_bytes(),
    };
    let access_key = alice.account["access_key"].as_str().unwrap();
    let authorization = signature::sign(&request, access_key, secret.as_bytes()).unwrap();
    alice
        .http
        .post(&url)
        .header("Authorization", authorization)
        .header("X-Sdk-Date", date)
        .header("Content-Type", "application/json")
        .body(body)
}

#[tokio::test]
async fn signatures() {
    let alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let right = alice.account["secret_key"].as_str().unwrap();
    let at = |minutes: i64| format_date(server::clock::system_now_ms() / 1000 + minutes * 60);
    for minutes in [0, -14, 14] {
        let response = signed(&alice, right, &at(minutes)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{minutes} minutes");
    }
    for minutes in [-16, 16] {
        let (status, code, message) = sent(signed(&alice, right, &at(minutes))).await;
        assert_eq!((status, code.as_str()), UNAUTHENTICATED, "{minutes} minutes");
        assert!(message.contains("x-sdk-date is more than 15 minutes off"), "{message}");
    }
    for attempt in 1..=6 {
        let (status, code, message) = sent(signed(&alice, "a wrong secret", &at(0))).await;
        assert_eq!((status, code.as_str()), UNAUTHENTICATED);
        assert_eq!(message.contains("locked"), attempt == 6, "{attempt}: {message}");
    }
    let (status, code, message) = sent(signed(&alice, right, &at(0))).await;
    assert_eq!((status, code.as_str()), UNAUTHENTICATED, "the right secret waits too");
    assert!(message.contains("locked"), "{message}");
    // A token is another way in; the key's lock does not shut it.
    unharmed(&alice, 3).await;
}

#[tokio::test]
async fn passwords() {
    let mut alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let says = async |response: reqwest::Response| {
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let body: Value = response.json().await.unwrap();
        body["error"]["message"].as_str().unwrap().to_owned()
    };
    let right = std::mem::replace(&mut alice.account["password"], json!("a wrong password"));
    for _ in 0..5 {
        assert_eq!(says(alice.ask_for_token().await).await, "The username or password is wrong.");
    }
    alice.account["password"] = right;
    assert_eq!(says(alice.ask_for_token().await).await, "The account is locked.");
    let stranger = std::mem::replace(&mut alice.account["user"], json!("stranger"));
    for _ in 0..6 {
        let said = says(alice.ask_for_token().await).await;
        assert_eq!(said, "The username or password is wrong.", "who is not there is not told apart");
    }
    alice.account["user"] = stranger;
    unharmed(&alice, 0).await;
}

/// The server still serves, and nothing was charged but what succeeded.
async fn unharmed(alice: &Customer, charged: usize) {
    assert_eq!(alice.server.charges("alice").len(), charged);
    assert_eq!(alice.show()["calls_under_way"], 0);
    let ready = alice.http.get(format!("{}/readyz", alice.server.url)).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    assert!(alice.server.run(&["verify"]).status.success());
}
