//! The eye with its real models, on the pictures of this folder.
//!
//! The models are fetched, not committed, so `make test` says where they are in `INKMETER_TEST_MODELS`.
//! Without it these tests read nothing, and say so.

// Helpers of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod eye;
mod wanted;

use std::collections::BTreeSet;

use eye::{engine, models, picture};
use ocr::{Engine, EngineConfig, Page, RuntimeChoice, TextOptions};

/// What a picture says, by `truth.json`, line by line without white space.
fn truth(name: &str, page: Option<u64>) -> Vec<String> {
    let list: serde_json::Value = serde_json::from_slice(&picture("truth.json")).unwrap();
    let is_it = |item: &&serde_json::Value| item["img"] == name && item["page"].as_u64() == page;
    let item = list.as_array().unwrap().iter().find(is_it).unwrap();
    item["gt"].as_array().unwrap().iter().map(|line| squeezed(line["text"].as_str().unwrap())).collect()
}

/// Without white space, full-width punctuation made plain.
fn squeezed(text: &str) -> String {
    let plain = |char: char| match u32::from(char) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(char),
        _ => char,
    };
    text.chars().filter(|char| !char.is_whitespace()).map(plain).collect()
}

/// The rows of a page without white space.
fn rows(engine: &Engine, bytes: &[u8], options: &TextOptions) -> (Page, Vec<String>) {
    let options = TextOptions { return_markdown_result: true, ..*options };
    let page = engine.general_text(bytes, &options).unwrap();
    let rows = page.markdown.as_deref().unwrap_or_default().lines().map(squeezed).collect();
    (page, rows)
}

/// How many characters differ between rows, where there are as many rows; all of them where not.
fn wrong(said: &[String], read: &[String]) -> usize {
    let length = |rows: &[String]| rows.iter().map(|row| row.chars().count()).sum::<usize>();
    if said.len() != read.len() {
        return length(said);
    }
    let of_row = |(a, b): (&String, &String)| {
        let differing = a.chars().zip(b.chars()).filter(|(x, y)| x != y).count();
        differing + a.chars().count().abs_diff(b.chars().count())
    };
    said.iter().zip(read).map(of_row).sum()
}

#[test]
fn pages_are_read_however_they_lie() {
    let Some(engine) = engine() else { return };
    let cases = [
        ("receipt_en.jpg", 0.0),
        ("receipt_en_180.jpg", 180.0),
        ("notice_zh.jpg", 0.0),
        ("notice_zh_90.jpg", 90.0),
        ("notice_zh_270.png", 270.0),
    ];
    for (name, direction) in cases {
        let options = TextOptions { detect_direction: true, ..TextOptions::default() };
        let (page, read) = rows(engine, &picture(name), &options);
        let said = truth(name, None);
        let length: usize = said.iter().map(|row| row.chars().count()).sum();
        assert!(wrong(&said, &read) * 50 <= length, "{name}: {read:#?}");
        assert_eq!(page.direction, direction, "{name}");
        for block in &page.blocks {
            assert!(block.confidence > 0.5 && block.confidence <= 1.0);
            let inside = |[x, y]: [i32; 2]| {
                (0..page.width as i32).contains(&x) && (0..page.height as i32).contains(&y)
            };
            assert!(block.location.into_iter().all(inside) && block.chars.is_empty());
        }
    }
}

/// A short line that stands alone on a large empty page, which the detection model misses when it sees all of the page.
#[test]
fn a_line_that_stands_alone_is_read() {
    let Some(engine) = engine() else { return };
    let (page, read) = rows(engine, &picture("alone.png"), &TextOptions::default());
    assert_eq!(read, truth("alone.png", None));
    let [left, top] = page.blocks[0].location[0];
    assert!((130..160).contains(&left) && (285..320).contains(&top), "it lies at {left}, {top}");
}

/// Some programs pack a JPEG once more when they put it into a PDF.
#[test]
fn a_jpeg_that_is_packed_twice_in_a_pdf_is_read() {
    let Some(engine) = engine() else { return };
    let receipt = picture("receipt_en.jpg");
    let hex: String = receipt.iter().map(|byte| format!("{byte:02x}")).collect();
    let (plain, _) = rows(engine, &receipt, &TextOptions::default());
    let (width, height) = (plain.width, plain.height);
    let content = format!("{width} 0 0 {height} 0 0 cm /I Do");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R \
             /Resources << /XObject << /I 5 0 R >> >> >>"
        ),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        format!(
            "<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray \
             /BitsPerComponent 8 /Filter [/ASCIIHexDecode /DCTDecode] /Length {} >>\nstream\n{hex}>\nendstream",
            hex.len() + 1
        ),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(pdf.len());
        pdf += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let start = pdf.len();
    pdf += "xref\n0 6\n0000000000 65535 f \n";
    for place in places {
        pdf += &format!("{place:010} 00000 n \n");
    }
    pdf += &format!("trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    let (_, read) = rows(engine, pdf.as_bytes(), &TextOptions::default());
    assert!(wrong(&truth("receipt_en.jpg", None), &read) <= 5, "{read:#?}");
}

#[test]
fn a_document_is_read_page_by_page() {
    let Some(engine) = engine() else { return };
    let letter = picture("letter.pdf");
    for number in [1, 2] {
        let options = TextOptions { pdf_page_number: number, ..TextOptions::default() };
        let (page, read) = rows(engine, &letter, &options);
        let said = truth("letter.pdf", Some(number.into()));
        assert!(wrong(&said, &read) <= 1, "{read:#?}");
        assert_eq!((page.width, page.height, page.direction), (600, 400, -1.0));
    }
    for number in [0, 3, u32::MAX] {
        let options = TextOptions { pdf_page_number: number, ..TextOptions::default() };
        assert_eq!(engine.general_text(&letter, &options).unwrap_err().code(), "AIS.0101");
    }
}

#[test]
fn a_single_line_is_read_without_search_and_by_character() {
    let Some(engine) = engine() else { return };
    let options = TextOptions { quick_mode: true, character_mode: true, ..TextOptions::default() };
    let (page, read) = rows(engine, &picture("line_zh.png"), &options);
    assert_eq!(read, truth("line_zh.png", None));
    let chars = &page.blocks[0].chars;
    let spelled: String = chars.iter().map(|char| char.char).collect();
    assert_eq!(spelled, page.blocks[0].words.split_whitespace().collect::<String>());
    for pair in chars.windows(2) {
        assert!(pair[0].location[0][0] < pair[1].location[0][0], "{pair:?}");
    }
}

#[test]
fn a_blank_picture_has_no_text() {
    let Some(engine) = engine() else { return };
    let mut psd = b"8BPS\0\x01\0\0\0\0\0\0\0\x01".to_vec();
    psd.extend([200u32.to_be_bytes(), 300u32.to_be_bytes()].concat());
    psd.extend([0, 8, 0, 1]);
    psd.extend([0; 14]);
    psd.extend(vec![255; 60_000]);
    let page = engine.general_text(&psd, &TextOptions::default()).unwrap();
    assert_eq!(page, Page::blank(300, 200));
}

#[test]
fn callers_do_not_disturb_each_other() {
    let Some(engine) = engine() else { return };
    let names = ["notice_zh.jpg", "receipt_en.jpg", "line_zh.png", "letter.pdf"];
    let alone =
        names.map(|name| engine.general_text(&picture(name), &TextOptions::default()).unwrap().text());
    std::thread::scope(|scope| {
        for round in 0..8 {
            let (name, expected) = (names[round % 4], &alone[round % 4]);
            scope.spawn(move || {
                let broken = engine.general_text(&picture(name)[..40], &TextOptions::default());
                assert!(broken.is_err());
                let page = engine.general_text(&picture(name), &TextOptions::default()).unwrap();
                assert_eq!(&page.text(), expected);
            });
        }
    });
}

#[test]
fn both_runtimes_read_the_same() {
    let Some(models_dir) = models() else { return };
    let read = [RuntimeChoice::OpenVino, RuntimeChoice::OnnxRuntime].map(|runtime| {
        let config = EngineConfig {
            models_dir: models_dir.clone(),
            runtime,
            workers: 1,
            memory_bytes: EngineConfig::MEMORY_BYTES,
            tiny: true,
            renderer: None,
        };
        let engine = Engine::load(&config).unwrap();
        let words = rows(&engine, &picture("receipt_en.jpg"), &TextOptions::default()).1;
        (engine.runtime(), words.into_iter().collect::<BTreeSet<_>>())
    });
    assert_eq!((read[0].0, read[1].0), ("openvino", "onnxruntime"));
    assert!(read[0].1.symmetric_difference(&read[1].1).count() <= 2, "{read:#?}");
}

#[test]
fn a_folder_without_models_is_refused_with_the_cure() {
    let dir = tempfile::tempdir().unwrap();
    let config = EngineConfig {
        models_dir: dir.path().to_owned(),
        runtime: RuntimeChoice::Auto,
        workers: 1,
        memory_bytes: EngineConfig::MEMORY_BYTES,
        tiny: true,
        renderer: None,
    };
    let error = Engine::load(&config).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("inkmeter models fetch") && error.contains("PP-OCRv6_det_small.onnx"), "{error}");
}
