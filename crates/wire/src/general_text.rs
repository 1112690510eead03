//! `POST /v2/{project_id}/ocr/general-text` ("General Text OCR").

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::error::{self, ErrorCode};
use crate::fault::{self, Fault};

/// The largest base64 text of a picture, in bytes.
pub const IMAGE_LIMIT_BYTES: usize = 10 * 1024 * 1024;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The body as it is sent.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    detect_direction: Option<bool>,
    quick_mode: Option<bool>,
    character_mode: Option<bool>,
    language: Option<String>,
    single_orientation_mode: Option<bool>,
    // Any number: one that is too large is told so, and not that it is none.
    pdf_page_number: Option<Number>,
    return_markdown_result: Option<bool>,
}

/// Where the picture is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// In the body.
    Bytes(Vec<u8>),
    /// Behind a URL.
    Url(String),
}

/// A request whose form is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The picture.
    pub picture: Picture,
    /// Whether the direction is wanted.
    pub detect_direction: bool,
    /// Whether the picture is a single line.
    pub quick_mode: bool,
    /// Whether single characters are wanted.
    pub character_mode: bool,
    /// The language, if one is named.
    pub language: Option<String>,
    /// Whether all text runs the same way.
    pub single_orientation_mode: bool,
    /// Page of a PDF, from 1.
    pub pdf_page_number: u32,
    /// Whether the joined text is wanted.
    pub return_markdown_result: bool,
}

/// What is wrong with a request: a code, and words more exact than the code's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The code.
    pub code: ErrorCode,
    /// What is wrong.
    pub detail: String,
}

fn invalid(code: ErrorCode, detail: impl Into<String>) -> Invalid {
    Invalid { code, detail: detail.into() }
}

impl Request {
    /// Reads a body.
    ///
    /// # Errors
    /// ModelArts.4105 if it is no JSON; AIS.0101 if it is no object, for a wrong type, neither or both of `image` and
    /// `url`; AIS.0102 for what is not bare base64; AIS.0103 for a picture that is too large.
    pub fn parse(body: &[u8]) -> Result<Request, Invalid> {
        let body: Body = fault::read(body).map_err(|Fault { is_json, detail, .. }| {
            invalid(if is_json { error::INVALID_PARAMETER } else { error::JSON_FORMAT }, detail)
        })?;
        let named = |text: &Option<String>| text.as_ref().is_some_and(|t| !t.is_empty());
        let picture = match (named(&body.image), named(&body.url)) {
            (true, true) => return Err(invalid(error::INVALID_PARAMETER, "give image or url, not both")),
            (false, false) => return Err(invalid(error::INVALID_PARAMETER, "image or url is required")),
            (true, false) => Picture::Bytes(decode_image(body.image.as_deref().unwrap_or_default())?),
            (false, true) => Picture::Url(body.url.unwrap_or_default()),
        };
        let pdf_page_number = body.pdf_page_number.as_ref().map_or(Ok(1), page_number)?;
        Ok(Request {
            picture,
            detect_direction: body.detect_direction.unwrap_or(false),
            quick_mode: body.quick_mode.unwrap_or(false),
            character_mode: body.character_mode.unwrap_or(false),
            language: body.language.filter(|language| !language.is_empty()),
            single_orientation_mode: body.single_orientation_mode.unwrap_or(false),
            pdf_page_number,
            return_markdown_result: body.return_markdown_result.unwrap_or(false),
        })
    }
}

fn page_number(given: &Number) -> Result<u32, Invalid> {
    let page = given.as_u64().and_then(|page| u32::try_from(page).ok()).filter(|page| *page >= 1);
    page.ok_or_else(|| {
        let most = u32::MAX;
        let given = fault::shown(&given.to_string());
        let detail = format!("pdf_page_number: {given} is not a whole number from 1 to {most}");
        invalid(error::INVALID_PARAMETER, detail)
    })
}

fn decode_image(text: &str) -> Result<Vec<u8>, Invalid> {
    if text.len() > IMAGE_LIMIT_BYTES {
        let detail = format!("the base64 text of a picture has at most {IMAGE_LIMIT_BYTES} bytes");
        return Err(invalid(error::IMAGE_SIZE, detail));
    }
    if text.starts_with("data:") {
        return Err(invalid(error::IMAGE_FORMAT, "image is bare base64, without a data: prefix"));
    }
    let decoded = if text.bytes().any(|b| b.is_ascii_whitespace()) {
        BASE64.decode(text.bytes().filter(|b| !b.is_ascii_whitespace()).collect::<Vec<u8>>())
    } else {
        BASE64.decode(text)
    };
    decoded.map_err(|problem| invalid(error::IMAGE_FORMAT, format!("image is not base64: {problem}")))
}

/// The body of a 200.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Response {
    /// What was read.
    pub result: TextResult,
}

/// What was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TextResult {
    /// -1 unless asked for; else degrees anticlockwise.
    pub direction: f32,
    /// How many blocks.
    pub words_block_count: usize,
    /// The blocks in reading order.
    pub words_block_list: Vec<WordsBlock>,
    /// The text, tabs between blocks of a line, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown_result: Option<String>,
}

/// Four corners: left-top, right-top, right-bottom, left-bottom.
pub type Location = [[i32; 2]; 4];

/// A line of text.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WordsBlock {
    /// The text.
    pub words: String,
    /// Where it is.
    pub location: Location,
    /// 0 to 1.
    pub confidence: f32,
    /// Its characters, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub char_list: Option<Vec<Character>>,
}

/// One character.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Character {
    /// The character.
    pub char: String,
    /// Where it is.
    pub char_location: Location,
    /// 0 to 1.
    pub char_confidence: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_are_wrong() {
        for (body, code) in [
            ("", error::JSON_FORMAT),
            ("not json", error::JSON_FORMAT),
            ("[]", error::INVALID_PARAMETER),
            ("{}", error::INVALID_PARAMETER),
            (r#"{"image":"aGk=","url":"https://example.com/a.png"}"#, error::INVALID_PARAMETER),
            (r#"{"image":"aGk=","quick_mode":"yes"}"#, error::INVALID_PARAMETER),
            (r#"{"image":"aGk=","pdf_page_number":0}"#, error::INVALID_PARAMETER),
            (r#"{"image":7}"#, error::INVALID_PARAMETER),
            (r#"["aGk=",null,null,null,null,null,null,null,null]"#, error::INVALID_PARAMETER),
            (r#"{"image":"data:image/png;base64,aGk="}"#, error::IMAGE_FORMAT),
            (r#"{"image":"%%%"}"#, error::IMAGE_FORMAT),
        ] {
            assert_eq!(Request::parse(body.as_bytes()).map_err(|e| e.code), Err(code), "{body}");
        }
        let large = format!(r#"{{"image":"{}"}}"#, "A".repeat(IMAGE_LIMIT_BYTES + 1));
        assert_eq!(Request::parse(large.as_bytes()).map_err(|e| e.code), Err(error::IMAGE_SIZE));
    }

    #[test]
    fn a_wrong_value_is_told_by_its_field() {
        for (fields, words) in [
            (r#""quick_mode":"yes""#, "quick_mode: \"yes\" is not true or false"),
            (r#""quick_mode":"true""#, "quick_mode: \"true\" is not true or false; write it without quotes"),
            (r#""quick_mode":1"#, "quick_mode: 1 is not true or false"),
            (r#""language":["zh"]"#, "language: a list is not a string"),
            (r#""pdf_page_number":"2""#, "pdf_page_number: \"2\" is not a number; write it without quotes"),
            (r#""pdf_page_number":-1"#, "pdf_page_number: -1 is not a whole number from 1 to 4294967295"),
            (r#""quick_mode":true,"quick_mode":true"#, "quick_mode is given twice"),
        ] {
            let said = Request::parse(format!(r#"{{"image":"aGk=",{fields}}}"#).as_bytes()).unwrap_err();
            assert_eq!((said.code, said.detail.as_str()), (error::INVALID_PARAMETER, words));
        }
        let said = Request::parse(br#"{"image":{"url":"x"}}"#).unwrap_err();
        assert_eq!(said.detail, "image: an object is not a string");
        let said = Request::parse(br#"{"image":"aGk=","#).unwrap_err();
        assert_eq!(said.code, error::JSON_FORMAT);
    }

    #[test]
    fn page_numbers() {
        let read = |page: &str| {
            let body = format!(r#"{{"image":"aGk=","pdf_page_number":{page}}}"#);
            Request::parse(body.as_bytes()).map(|request| request.pdf_page_number)
        };
        assert_eq!((read("1"), read("4294967295"), read("null")), (Ok(1), Ok(u32::MAX), Ok(1)));
        for wrong in ["0", "-1", "1.5", "4294967296", "1099511627776", "-9223372036854775809", "1e400"] {
            let said = read(wrong).unwrap_err();
            assert_eq!(said.code, error::INVALID_PARAMETER, "{wrong}");
            assert!(said.detail.contains("a whole number from 1 to 4294967295"), "{wrong}: {}", said.detail);
        }
        assert_eq!(read("\"1\"").map_err(|said| said.code), Err(error::INVALID_PARAMETER));
    }

    #[test]
    fn what_is_not_known_is_passed_over() {
        assert!(Request::parse(br#"{"image":"aGk=","of_a_later_version":[1]}"#).is_ok());
    }

    #[test]
    fn the_sdk_form() {
        let request = Request::parse(br#"{"image": "aGVsbG8=", "detect_direction": true}"#).unwrap();
        assert_eq!(request.picture, Picture::Bytes(b"hello".to_vec()));
        assert!(request.detect_direction && !request.quick_mode && request.pdf_page_number == 1);
    }
}
