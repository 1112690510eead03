//! `general-text` answered as a file: for whoever accepts nothing else, at the price of any other call.

use axum::http::StatusCode;
use ocr::{Block, Jpeg, Page, ReadError};
use reqwest::Response;
use server::eye::{Reader, Reading};

use crate::customer::PIXEL;
use crate::scene::Scene;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const WORDS: &str = "Corner Bakery, the first line";

/// Reads one line in every picture; the picture itself it keeps only if told to, and `CANNOT` keeps it never.
struct Line<const CANNOT: bool>;

impl<const CANNOT: bool> Reader for Line<CANNOT> {
    fn general_text(&self, reading: Reading<'_>) -> Result<Page, ReadError> {
        let location = [[40, 40], [400, 40], [400, 80], [40, 80]];
        let line = Block { words: WORDS.into(), confidence: 0.98, location, chars: Vec::new() };
        let jpeg = Jpeg { bytes: b"\xff\xd8\xff\xd9".to_vec(), is_grey: true };
        let jpeg = (reading.options.jpeg && !CANNOT).then_some(jpeg);
        Ok(Page { blocks: vec![line], jpeg, ..Page::blank(600, 800) })
    }

    fn workers(&self) -> usize {
        1
    }
}

/// Alice's call, with such headers.
async fn call<E: Reader + 'static>(scene: &Scene<E>, accepts: &[&str]) -> Response {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http
        .post(format!("http://{}{}", scene.running.address, scene.alice.path))
        .header("x-auth-token", &scene.alice.token)
        .header("content-type", "application/json")
        .body(format!("{{\"image\":\"{PIXEL}\"}}"));
    for accept in accepts {
        request = request.header("accept", *accept);
    }
    request.send().await.unwrap()
}

fn has(file: &[u8], text: &str) -> bool {
    file.windows(text.len()).any(|part| part == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_a_file_for_who_accepts_nothing_else() {
    let scene = Scene::set(Line::<false>, 2).await;
    let mut calls = 0;
    for media_type in ["text/plain", "text/markdown", "application/pdf", DOCX, XLSX] {
        let answer = call(&scene, &[media_type]).await;
        calls += 1;
        assert_eq!(answer.status(), StatusCode::OK, "{media_type}");
        let headers = answer.headers().clone();
        assert!(headers["content-type"].to_str().unwrap().starts_with(media_type), "{headers:?}");
        assert_eq!(headers["x-inkmeter-units"], "1", "{media_type}");
        assert!(headers.contains_key("x-inkmeter-charge-id") && headers.contains_key("x-request-id"));
        let file = answer.bytes().await.unwrap();
        let says_it = match media_type {
            DOCX => docx_rs::read_docx(&file).unwrap().json().contains(WORDS),
            // An archive's names are not compressed.
            XLSX => file.starts_with(b"PK") && has(&file, "xl/workbook.xml"),
            "application/pdf" => file.starts_with(b"%PDF-") && file.trim_ascii_end().ends_with(b"%%EOF"),
            _ => has(&file, WORDS),
        };
        assert!(says_it, "{media_type}: {}", String::from_utf8_lossy(&file));
        assert_eq!(scene.alice.books(&scene.running.app).await.2, calls);
    }
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_accepts_anything_else_too_has_json() {
    let scene = Scene::set(Line::<false>, 2).await;
    let several: [&[&str]; 6] = [
        &[],
        &["*/*"],
        &["text/plain, application/json, */*"],
        &["application/pdf", "application/json"],
        &["image/png"],
        &["application/json"],
    ];
    for accepts in several {
        let answer = call(&scene, accepts).await;
        assert_eq!(answer.headers()["content-type"], "application/json", "{accepts:?}");
        let answer: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(answer["result"]["words_block_list"][0]["words"], WORDS, "{accepts:?}");
    }
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_made_costs_nothing() {
    let scene = Scene::set(Line::<true>, 2).await;
    let before = scene.alice.books(&scene.running.app).await;
    let answer = call(&scene, &["application/pdf"]).await;
    assert!(!answer.status().is_success(), "{answer:?}");
    assert_eq!(answer.headers()["content-type"], "application/json");
    let told: serde_json::Value = answer.json().await.unwrap();
    assert!(told["error_code"].is_string(), "{told}");
    assert_eq!(scene.alice.books(&scene.running.app).await, before);
    scene.stop().await;
}
