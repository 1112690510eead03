//! The pictures of the demo. They are part of the binary, so that it plays from anywhere; they are the eye's own
//! test pictures, drawn for this project.

/// A picture, or a page of a document.
#[derive(Debug, Clone, Copy)]
pub struct Picture {
    /// What it is, for people.
    pub title: &'static str,
    /// Which page of a PDF is meant; `None` for what has no pages.
    pub page: Option<u32>,
    /// The file.
    pub bytes: &'static [u8],
}

/// A shop's receipt in English, blurred a little.
pub const RECEIPT: Picture = Picture {
    title: "a receipt",
    page: None,
    bytes: include_bytes!("../../../ocr/tests/pictures/receipt_en.jpg"),
};

/// The same receipt, fed upside down.
pub const RECEIPT_TURNED: Picture = Picture {
    title: "a receipt, upside down",
    page: None,
    bytes: include_bytes!("../../../ocr/tests/pictures/receipt_en_180.jpg"),
};

/// A notice in Chinese: how a text recognition service bills, and what arrears do.
pub const NOTICE: Picture = Picture {
    title: "a notice",
    page: None,
    bytes: include_bytes!("../../../ocr/tests/pictures/notice_zh.jpg"),
};

/// One line, Chinese and English.
pub const LINE: Picture =
    Picture { title: "a line", page: None, bytes: include_bytes!("../../../ocr/tests/pictures/line_zh.png") };

const LETTER: &[u8] = include_bytes!("../../../ocr/tests/pictures/letter.pdf");

/// A PDF's first page.
pub const LETTER_1: Picture = Picture { title: "a PDF, page 1", page: Some(1), bytes: LETTER };

/// Its second.
pub const LETTER_2: Picture = Picture { title: "a PDF, page 2", page: Some(2), bytes: LETTER };
