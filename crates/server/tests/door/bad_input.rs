//! Bad input has its documented code, is never charged, and never stops the server.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wire::signature::{self, format_date};

use crate::customer::{Customer, PIXEL};
use crate::server::{BLANK, INKMETER, Server, picture_bytes};
use crate::waiting::in_time;
use crate::wanted::wanted;

/// What a row of a table expects: a status and a code.
pub type Code = (u16, &'static str);

pub const JSON: Code = (400, "ModelArts.4105");
pub const PARAMETER: Code = (400, "AIS.0101");
const FORMAT: Code = (400, "AIS.0102");
const SIZE: Code = (400, "AIS.0103");
const URL: Code = (400, "ModelArts.4601");
const TOO_LARGE: Code = (413, "APIG.0201");
const NO_SUCH_API: Code = (404, "APIG.0101");
const NOT_YOURS: Code = (403, "APIG.0310");
const UNAUTHENTICATED: Code = (401, "APIG.0301");

/// Sends a request; its status, code and message. Every answer has an id, in its header and in its body.
pub async fn sent(request: RequestBuilder) -> (u16, String, String) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["request_id"].as_str().unwrap_or(&id), id);
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    (status, text("error_code"), text("error_msg"))
}

pub async fn code(request: RequestBuilder) -> (u16, String) {
    let (status, code, _) = sent(request).await;
    (status, code)
}

/// The body of a call with this picture.
fn body_of(picture: &[u8]) -> Vec<u8> {
    json!({ "image": BASE64.encode(picture) }).to_string().into_bytes()
}

/// A PNG of one bit a pixel, all of them white: small as a file, large in memory.
pub fn white_png(width: u32, height: u32) -> Vec<u8> {
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
    let page = |page: &str| format!(r#"{{"image":"aGk=","pdf_page_number":{page}}}"#).into_bytes();
    let table: [(&str, Vec<u8>, Code); 18] = [
        ("empty", Vec::new(), JSON),
        ("not JSON", b"not json".to_vec(), JSON),
        ("JSON cut off", br#"{"image":"aGk="#.to_vec(), JSON),
        ("no object", b"[]".to_vec(), PARAMETER),
        ("fields in an array", br#"["aGk=",null,null,null,null,null,null,null,null]"#.to_vec(), PARAMETER),
        ("page 2^40", page("1099511627776"), PARAMETER),
        ("page -2^70", page("-1180591620717411303424"), PARAMETER),
        ("half a page", page("0.5"), PARAMETER),
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

/// Small files that are large pictures: they wait for memory, or are refused if there can never be enough.
#[tokio::test]
async fn pictures_that_need_much_memory() {
    if wanted("INKMETER_TEST_MODELS").is_none() {
        return;
    }
    let little = [("picture_memory_bytes = 2147483648", "picture_memory_bytes = 67108864")];
    let alice = Customer::with(Server::configured(&little), "V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let (status, code, message) =
        sent(alice.request("cn-north-4").body(body_of(&white_png(12_000, 12_000)))).await;
    assert_eq!((status, code.as_str()), SIZE);
    assert!(message.contains("64 MiB are allowed here"), "{message}");
    // Any two of these are too much at once.
    let body = body_of(&white_png(3_000, 3_000));
    let calls = (0..6).map(|_| alice.request("cn-north-4").body(body.clone()).send());
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
    }
    unharmed(&alice, 6).await;
}

#[tokio::test]
async fn pictures() {
    if wanted("INKMETER_TEST_MODELS").is_none() {
        return;
    }
    let alice = Customer::with(Server::start(false), "V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let receipt = picture_bytes("receipt_en.jpg");
    let letter = picture_bytes("letter.pdf");
    let mut damaged = letter.clone();
    (500..letter.len() - 500).step_by(64).for_each(|at| damaged[at] ^= 0x55);
    let with_page = |page: i64| {
        let body = json!({ "image": BASE64.encode(&letter), "pdf_page_number": page });
        body.to_string().into_bytes()
    };
    let table: [(&str, Vec<u8>, Code); 14] = [
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
        ("a PDF cut off in its head", body_of(&letter[..200]), FORMAT),
        ("a PDF cut off in its first page", body_of(&letter[..300]), FORMAT),
        ("a PDF cut off in a font", body_of(&letter[..letter.len() / 2]), FORMAT),
        ("a PDF with damaged streams", body_of(&damaged), FORMAT),
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
pub fn signed(alice: &Customer, secret: &str, date: &str) -> RequestBuilder {
    signed_with(alice, alice.account["access_key"].as_str().unwrap(), secret, date)
}

fn signed_with(alice: &Customer, access_key: &str, secret: &str, date: &str) -> RequestBuilder {
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
    // A key that nobody has is locked like any other.
    for attempt in 1..=6 {
        let (.., message) = sent(signed_with(&alice, "AKNOBODYHASTHISONE", right, &at(0))).await;
        assert_eq!(message.contains("locked"), attempt == 6, "{attempt}: {message}");
    }
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
    // Who is not there is not told apart: not by the answer, and not by when it is locked.
    for (field, other) in [("user", "stranger"), ("name", "nobody")] {
        let own = std::mem::replace(&mut alice.account[field], json!(other));
        for attempt in 1..=6 {
            let said = says(alice.ask_for_token().await).await;
            let expected =
                if attempt == 6 { "The account is locked." } else { "The username or password is wrong." };
            assert_eq!(said, expected, "{other}, attempt {attempt}");
        }
        alice.account[field] = own;
    }
    unharmed(&alice, 0).await;
}

/// Sends bytes as they are and gives what comes back until the server closes the connection.
async fn raw(alice: &Customer, bytes: &[u8]) -> String {
    let address = alice.server.url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn clients_that_never_finish() {
    let hasty = [
        BLANK,
        ("header_timeout_s = 30", "header_timeout_s = 1"),
        ("body_timeout_s = 120", "body_timeout_s = 1"),
    ];
    let alice = Customer::with(Server::configured(&hasty), "V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    assert_eq!(raw(&alice, b"POST /v2/x/ocr/general-text HTTP/1.1\r\nHost: x\r\n").await, "");
    let path = alice.path("cn-north-4").replace(&alice.server.url, "");
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {}\r\n", alice.token);
    let never = raw(&alice, format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes()).await;
    assert!(never.starts_with("HTTP/1.1 400") && never.contains("ModelArts.4104"), "{never}");
    let chunked =
        raw(&alice, format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"ima\r\n").as_bytes()).await;
    assert!(chunked.contains("ModelArts.4104"), "{chunked}");
    assert!(raw(&alice, b"this is no HTTP\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    unharmed(&alice, 0).await;
}

/// The server still serves, and nothing was charged but what succeeded.
pub async fn unharmed(alice: &Customer, charged: usize) {
    assert_eq!(alice.server.charges("alice").len(), charged);
    assert_eq!(alice.show()["calls_under_way"], 0);
    let ready = alice.http.get(format!("{}/readyz", alice.server.url)).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    assert!(alice.server.run(&["verify"]).status.success());
}

/// A document of some kilobytes that takes years: each of its forms draws the next one many times.
pub fn endless_pdf() -> Vec<u8> {
    let stream = |dictionary: &str, data: &str| {
        format!("<<{dictionary}/Length {}>>stream\n{data}\nendstream", data.len())
    };
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 60]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
            .to_owned(),
        stream("", "/X Do"),
    ];
    for next in 6..18 {
        let form = "/Type/XObject/Subtype/Form/BBox[0 0 100 60]";
        let resources = format!("{form}/Resources<</XObject<</X {next} 0 R>>>>");
        objects.push(stream(&resources, &"/X Do ".repeat(30)));
    }
    objects.push(stream("/Type/XObject/Subtype/Form/BBox[0 0 100 60]", "0 0 1 1 re f"));
    let objects = (1..).zip(objects).map(|(number, object)| format!("{number} 0 obj{object}\nendobj\n"));
    format!("%PDF-1.4\n{}trailer<</Root 1 0 R>>\n%%EOF\n", objects.collect::<String>()).into_bytes()
}

#[tokio::test]
async fn endless_documents_keep_nobody_waiting() {
    if wanted("INKMETER_TEST_MODELS").is_none() {
        return;
    }
    let endless = body_of(&endless_pdf());
    let short = Customer::with(
        Server::configured(&[("decode_timeout_s = 10", "decode_timeout_s = 1")]),
        "V0",
        "intl",
    );
    let short = short.await;
    assert!(short.order(&["subscribe", "alice"]).status.success());
    let late = code(short.request("cn-north-4").body(endless.clone())).await;
    assert_eq!(late, (SIZE.0, SIZE.1.to_owned()));
    unharmed(&short, 0).await;

    // Here it would never be given up: others are read all the same, and the server can be stopped.
    let patient =
        [("decode_timeout_s = 10", "decode_timeout_s = 3600"), ("shutdown_s = 30", "shutdown_s = 1")];
    let mut alice = Customer::with(Server::configured(&patient), "V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let endless = || tokio::spawn(alice.request("cn-north-4").body(endless.clone()).send());
    let calls: Vec<_> = (0..8).map(|_| endless()).collect();
    for _ in 0..4 {
        let right = alice.request("cn-north-4").body(body_of(&picture_bytes("receipt_en.jpg"))).send().await;
        assert_eq!(right.unwrap().status(), StatusCode::OK);
    }
    assert!(calls.iter().all(|call| !call.is_finished()));
    let stopped = tokio::task::spawn_blocking(move || alice.server.stop());
    let status = in_time("it stops", stopped).await.unwrap();
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn proofs_that_are_given_twice() {
    let alice = Customer::open("V0", "intl").await;
    let path = alice.path("cn-north-4").replace(&alice.server.url, "");
    for (first, second) in [(alice.token.as_str(), "other"), ("other", alice.token.as_str())] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n");
        let tokens = format!("X-Auth-Token: {first}\r\nX-Auth-Token: {second}\r\n");
        let answer = raw(&alice, format!("{head}{tokens}\r\n{{}}").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("APIG.0301"), "{answer}");
        assert!(answer.contains("more than once"), "{answer}");
    }
    // Given once, the same is let in: what is refused is the call.
    let once = format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n");
    let answer = raw(&alice, format!("{once}X-Auth-Token: {}\r\n\r\n{{}}", alice.token).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[test]
fn an_endless_document_ends_at_the_command_line_too() {
    let Some(models) = wanted("INKMETER_TEST_MODELS") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("endless.pdf");
    std::fs::write(&file, endless_pdf()).unwrap();
    let mut command = std::process::Command::new(INKMETER);
    let output = command.arg("ocr").arg(&file).env("INKMETER_MODELS", models).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("AIS.0103") && said.contains("longer than"), "{said}");
}
