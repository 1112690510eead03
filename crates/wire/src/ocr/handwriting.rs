//! `POST /v2/{project_id}/ocr/handwriting` ("Handwriting OCR").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Invalid, Location, Sources};

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    quick_mode: Option<bool>,
    /// `digit`, `letter`, `digit_letter`, `general`.
    char_set: Option<String>,
    /// Pictures are read however they lie, with it and without.
    detect_direction: Option<bool>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

/// Which characters there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharSet {
    /// Digits.
    Digit,
    /// Latin letters.
    Letter,
    /// Both.
    DigitLetter,
    /// All.
    General,
}

impl Body {
    /// Whether the picture is a single line.
    pub fn is_single_line(&self) -> bool {
        self.quick_mode.unwrap_or(false)
    }

    /// Which characters there are.
    ///
    /// # Errors
    /// AIS.0101 for a set that is not known.
    pub fn char_set(&self) -> Result<CharSet, Invalid> {
        match self.char_set.as_deref() {
            None | Some("" | "general") => Ok(CharSet::General),
            Some("digit") => Ok(CharSet::Digit),
            Some("letter") => Ok(CharSet::Letter),
            Some("digit_letter") => Ok(CharSet::DigitLetter),
            Some(other) => Err(Invalid::parameter(format!(
                "char_set: {other:?} is not one of digit, letter, digit_letter, general"
            ))),
        }
    }
}

/// The body of a 200.
pub type Response = Answer<Handwriting>;

/// What was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Handwriting {
    /// How many blocks.
    pub words_block_count: usize,
    /// The blocks in reading order.
    pub words_block_list: Vec<WordsBlock>,
}

/// A line of text. Whether it was written by hand or printed (`type`) is not told.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WordsBlock {
    /// The text.
    pub words: String,
    /// 0 to 1.
    pub confidence: f32,
    /// Where it is.
    pub location: Location,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Body as _;

    #[test]
    fn sets_of_characters_have_names() {
        let read = |set: &str| {
            let body = format!(r#"{{"image":"aGk=","char_set":{set}}}"#);
            Body::read(body.as_bytes()).and_then(|(_, body)| body.char_set()).map_err(|said| said.detail)
        };
        for (name, set) in [
            ("null", CharSet::General),
            (r#""general""#, CharSet::General),
            (r#""digit""#, CharSet::Digit),
            (r#""letter""#, CharSet::Letter),
            (r#""digit_letter""#, CharSet::DigitLetter),
        ] {
            assert_eq!(read(name), Ok(set), "{name}");
        }
        assert!(read(r#""runes""#).unwrap_err().contains("one of digit, letter"));
        assert!(read("7").unwrap_err().starts_with("char_set: 7 is not a string"));
    }
}
