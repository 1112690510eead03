//! `POST /v2/{project_id}/ocr/smart-document-recognizer` ("Smart Document Recognizer").

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::general_text::WordsBlock;
use super::{Invalid, Location, Sources, page_number};

/// The longest text of a `kv_map`, in bytes.
const KV_MAP_LIMIT_BYTES: usize = 64 * 1024;

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    /// The picture in base64.
    data: Option<String>,
    url: Option<String>,
    /// All text runs in one direction; true if not given.
    single_orientation_mode: Option<bool>,
    language: Option<String>,
    /// Pairs of keys and values.
    kv: Option<bool>,
    /// Tables.
    table: Option<bool>,
    /// The parts of the page.
    layout: Option<bool>,
    /// Workbooks of tables and forms; only with `table`.
    return_excel: Option<bool>,
    /// Drawn forms.
    form: Option<bool>,
    /// Accepted; formulas are not read.
    formula: Option<bool>,
    /// Accepted; pictures on a page are not looked for.
    image_layout: Option<bool>,
    /// An object in JSON, as text: other names for keys.
    kv_map: Option<String>,
    /// Accepted; seals are not taken away.
    erase_seal: Option<bool>,
    // Any number: one that is too large is told so, and not that it is none.
    pdf_page_number: Option<Number>,
    /// Single characters of the text.
    character_mode: Option<bool>,
}

impl super::Body for Body {
    const FIELD: &str = "data";

    fn sources(&mut self) -> Sources {
        Sources { bytes: self.data.take(), url: self.url.take() }
    }
}

/// What is to be answered beside the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// `kv_result`.
    pub kv: bool,
    /// `table_result`.
    pub table: bool,
    /// `layout_result`.
    pub layout: bool,
    /// `form_result`.
    pub form: bool,
    /// `excel` of every table and form.
    pub excel: bool,
}

impl Body {
    /// What is to be answered beside the text.
    pub fn parts(&self) -> Parts {
        let is_set = |flag: Option<bool>| flag.unwrap_or(false);
        Parts {
            kv: is_set(self.kv),
            table: is_set(self.table),
            layout: is_set(self.layout),
            form: is_set(self.form),
            excel: is_set(self.return_excel) && is_set(self.table),
        }
    }

    /// Whether all text runs in one direction.
    pub fn is_of_one_orientation(&self) -> bool {
        self.single_orientation_mode.unwrap_or(true)
    }

    /// Whether single characters are wanted.
    pub fn wants_characters(&self) -> bool {
        self.character_mode.unwrap_or(false)
    }

    /// The language, if one is named.
    pub fn language(&self) -> Option<&str> {
        self.language.as_deref().filter(|language| !language.is_empty())
    }

    /// The page of a PDF, from 1.
    ///
    /// # Errors
    /// AIS.0101 for what is no number of a page.
    pub fn page(&self) -> Result<u32, Invalid> {
        self.pdf_page_number.as_ref().map_or(Ok(1), |page| page_number("pdf_page_number", page))
    }

    /// Other names for keys, by the keys as they are read.
    ///
    /// # Errors
    /// AIS.0101 for what is no object of texts.
    pub fn names(&self) -> Result<BTreeMap<String, String>, Invalid> {
        let Some(map) = self.kv_map.as_deref().filter(|map| !map.is_empty()) else {
            return Ok(BTreeMap::new());
        };
        if map.len() > KV_MAP_LIMIT_BYTES {
            return Err(Invalid::parameter(format!("kv_map: it has at most {KV_MAP_LIMIT_BYTES} bytes")));
        }
        serde_json::from_str(map)
            .map_err(|_| Invalid::parameter("kv_map: it is not an object of texts, written as JSON"))
    }
}

/// The body of a 200.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "SmartDocumentResponse")]
pub struct Response {
    /// That of the page that was asked for, and no other.
    pub result: Vec<SmartDocument>,
}

/// What was found on a page.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SmartDocument {
    /// Its text.
    pub ocr_result: OcrResult,
    /// If asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kv_result: Option<KvResult>,
    /// If asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_result: Option<TableResult>,
    /// If asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout_result: Option<LayoutResult>,
    /// If asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_result: Option<FormResult>,
}

/// The text of a page.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OcrResult {
    /// Degrees anticlockwise from upright.
    pub direction: f32,
    /// How many blocks.
    pub words_block_count: usize,
    /// The blocks in reading order.
    pub words_block_list: Vec<WordsBlock>,
}

/// Pairs of keys and values.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KvResult {
    /// How many.
    pub kv_block_count: usize,
    /// From the top.
    pub kv_block_list: Vec<KvBlock>,
}

/// A key and its value.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KvBlock {
    /// Without its colon; as `kv_map` has it, if it names it.
    pub key: String,
    /// Never empty.
    pub value: String,
    /// How many runs of text.
    pub words_block_count: usize,
    /// The key, then the lines of the value.
    pub words_block_list: Vec<KvWordsBlock>,
}

/// Whether a run of text is of the key or of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KvType {
    /// Of the key.
    Key,
    /// Of the value.
    Value,
}

/// A run of text of a pair.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KvWordsBlock {
    /// The text as it is read.
    pub words: String,
    /// Where it is.
    pub location: Location,
    /// Of what it is.
    #[serde(rename = "type")]
    pub kind: KvType,
}

/// Tables.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TableResult {
    /// How many.
    pub table_count: usize,
    /// From the top.
    pub table_list: Vec<TableBlock>,
}

/// Drawn forms.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FormResult {
    /// How many.
    pub form_count: usize,
    /// From the top.
    pub form_list: Vec<TableBlock>,
}

/// A table or a form.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TableBlock {
    /// Where it is.
    pub location: Location,
    /// How many cells.
    pub words_block_count: usize,
    /// Its cells by rows, empty ones among them.
    pub words_block_list: Vec<TableWordsBlock>,
    /// An XLSX file in base64 with it, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excel: Option<String>,
}

/// A cell.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TableWordsBlock {
    /// The text; lines are divided by newlines.
    pub words: String,
    /// Its rows, from 0.
    pub rows: Vec<usize>,
    /// Its columns, from 0.
    pub columns: Vec<usize>,
}

/// The parts of a page.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LayoutResult {
    /// How many.
    pub layout_block_count: usize,
    /// In reading order.
    pub layout_block_list: Vec<LayoutBlock>,
}

/// What a part of a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are published, and say all there is")]
pub enum LayoutType {
    Text,
    Title,
    SubTitle,
    ImageCaption,
    Form,
    Table,
    TableCaption,
    Header,
    Footer,
    PageNumber,
    Footnote,
}

/// A part of a page.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LayoutBlock {
    /// Where it is.
    pub location: Location,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: LayoutType,
    /// Its text; of a table or form, empty.
    pub text: String,
    /// Which blocks of `ocr_result` it has, from 0.
    pub words_ids: Vec<usize>,
    /// Which of `table_result` it is, from 0, if they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_id: Option<usize>,
    /// Which of `form_result` it is, from 0, if they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_id: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error;
    use crate::ocr::{Body as _, Picture};

    fn read(fields: &str) -> Result<Body, Invalid> {
        let (picture, body) = Body::read(format!(r#"{{"data":"aGVsbG8="{fields}}}"#).as_bytes())?;
        assert_eq!(picture, Picture::Bytes(b"hello".to_vec()));
        Ok(body)
    }

    #[test]
    fn the_picture_is_called_data() {
        let said = Body::read(br#"{"image":"aGVsbG8="}"#).unwrap_err();
        assert_eq!((said.code, said.detail.as_str()), (error::INVALID_PARAMETER, "data or url is required"));
        let both = Body::read(br#"{"data":"aGVsbG8=","url":"https://example.com/a.png"}"#).unwrap_err();
        assert_eq!(both.detail, "give data or url, not both");
    }

    #[test]
    fn what_is_not_asked_for_is_not_answered() {
        let none = read("").unwrap();
        let parts = none.parts();
        assert!(!(parts.kv || parts.table || parts.layout || parts.form || parts.excel));
        assert!(none.is_of_one_orientation() && !none.wants_characters());
        assert_eq!((none.language(), none.page(), none.names()), (None, Ok(1), Ok(BTreeMap::new())));
        let all =
            read(r#","kv":true,"form":true,"return_excel":true,"single_orientation_mode":false"#).unwrap();
        assert!(all.parts().kv && all.parts().form && !all.is_of_one_orientation());
        assert!(!all.parts().excel, "workbooks are of tables");
        assert!(read(r#","table":true,"return_excel":true"#).unwrap().parts().excel);
        assert!(read(r#","kv":"yes""#).unwrap_err().detail.starts_with("kv: "));
    }

    #[test]
    fn keys_have_other_names() {
        let names = |map: &str| {
            let map = serde_json::to_string(map).unwrap();
            read(&format!(r#","kv_map":{map}"#)).unwrap().names()
        };
        let renamed = names(r#"{"名称":"姓名"}"#).unwrap();
        assert_eq!(renamed.get("名称").map(String::as_str), Some("姓名"));
        assert_eq!(names(""), Ok(BTreeMap::new()));
        for wrong in ["名称", "[]", r#"{"a":1}"#, r#"{"a":null}"#] {
            assert!(names(wrong).unwrap_err().detail.starts_with("kv_map: "), "{wrong}");
        }
        let long = format!(r#"{{"a":"{}"}}"#, "b".repeat(KV_MAP_LIMIT_BYTES));
        assert!(names(&long).unwrap_err().detail.contains("65536 bytes"));
    }

    #[test]
    fn pages_have_numbers() {
        let page = |page: &str| read(&format!(r#","pdf_page_number":{page}"#)).unwrap().page();
        assert_eq!((page("3"), page("null")), (Ok(3), Ok(1)));
        assert!(page("0").unwrap_err().detail.starts_with("pdf_page_number: "));
    }
}
