//! Kinds of documents with the real models: what stands on the specimens of this folder, clean and as photographed by
//! hand. The people on them are invented; `specimens.py` draws them.

// Helpers of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod eye;
mod wanted;

use eye::{engine, picture};
use ocr::kind::{Handwriting, WebImage, handwriting, web_image};

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
