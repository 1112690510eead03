//! `POST /v2/{project_id}/ocr/general-text` ("General Text OCR").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{Answer, Body as _, Invalid, Location, Picture, Sources, page_number};

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

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
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

impl Request {
    /// Reads a body.
    ///
    /// # Errors
    /// As of [`super::Body::read`]; AIS.0101 for a page that is no number of one.
    pub fn parse(body: &[u8]) -> Result<Request, Invalid> {
        let (picture, body) = Body::read(body)?;
        let page = body.pdf_page_number.as_ref();
        let pdf_page_number = page.map_or(Ok(1), |page| page_number("pdf_page_number", page))?;
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

/// The body of a 200.
pub type Response = Answer<TextResult>;

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
    use crate::error;
    use crate::ocr::IMAGE_LIMIT_BYTES;

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
