//! `POST /v2/{project_id}/ocr/general-table` ("General Table OCR").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Invalid, Location, Sources};

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    /// Where lines and cells are.
    return_text_location: Option<bool>,
    /// Where characters are, too.
    return_char_location: Option<bool>,
    return_confidence: Option<bool>,
    /// A workbook of everything.
    return_excel: Option<bool>,
    /// No field of the answer is published for it, so it changes nothing.
    return_rectification_matrix: Option<bool>,
    /// Only tables that are drawn with lines are looked for.
    with_borders: Option<bool>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

/// Which places are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// None.
    None,
    /// Those of lines and cells.
    Lines,
    /// Those of characters, too.
    Characters,
}

impl Body {
    /// Which places are wanted.
    ///
    /// # Errors
    /// AIS.0101 for characters without lines.
    pub fn places(&self) -> Result<Places, Invalid> {
        let is_set = |flag: Option<bool>| flag.unwrap_or(false);
        match (is_set(self.return_text_location), is_set(self.return_char_location)) {
            (true, true) => Ok(Places::Characters),
            (true, false) => Ok(Places::Lines),
            (false, false) => Ok(Places::None),
            (false, true) => Err(Invalid::parameter(
                "return_char_location: true is possible only with return_text_location: true",
            )),
        }
    }

    /// Whether it is to be said how sure everything is.
    pub fn wants_confidence(&self) -> bool {
        self.return_confidence.unwrap_or(false)
    }

    /// Whether a workbook is wanted.
    pub fn wants_excel(&self) -> bool {
        self.return_excel.unwrap_or(false)
    }

    /// Whether only tables that are drawn are looked for.
    pub fn with_borders(&self) -> bool {
        self.with_borders.unwrap_or(false)
    }
}

/// The body of a 200.
pub type Response = Answer<GeneralTable>;

/// What was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GeneralTable {
    /// How many regions.
    pub words_region_count: usize,
    /// Tables and the text around them, from the top.
    pub words_region_list: Vec<WordsRegion>,
    /// An XLSX file in base64 with all regions below each other, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excel: Option<String>,
}

/// What a region is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RegionType {
    /// Lines of text.
    Text,
    /// A table.
    Table,
}

/// A part of the picture.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WordsRegion {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: RegionType,
    /// How many blocks.
    pub words_block_count: usize,
    /// The lines of a text, or the cells of a table, empty ones among them.
    pub words_block_list: Vec<WordsBlock>,
}

/// A line of a text, or a cell of a table.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WordsBlock {
    /// The text; lines of a cell are divided by newlines.
    pub words: String,
    /// 0 to 1, if asked for; not of an empty cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Where the text is, if asked for; not of an empty cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The lines, if places are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words_list: Option<Vec<Line>>,
    /// The rows of a cell, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<usize>>,
    /// The columns of a cell, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<usize>>,
    /// Where the cell is, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_location: Option<Location>,
}

/// A line of text.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Line {
    /// The text.
    pub words: String,
    /// 0 to 1, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Where it is.
    pub location: Location,
    /// Its characters, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub char_list: Option<Vec<Character>>,
}

/// One character.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Character {
    /// The character.
    pub char: String,
    /// 0 to 1, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub char_confidence: Option<f32>,
    /// Where it is.
    pub char_location: Location,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Body as _;

    #[test]
    fn places_of_characters_come_with_those_of_lines() {
        let places = |text: &str, char: &str| {
            let flags = format!(r#""return_text_location":{text},"return_char_location":{char}"#);
            let body = format!(r#"{{"image":"aGk=",{flags}}}"#);
            Body::read(body.as_bytes()).and_then(|(_, body)| body.places()).map_err(|said| said.detail)
        };
        assert_eq!(places("null", "false"), Ok(Places::None));
        assert_eq!(places("true", "null"), Ok(Places::Lines));
        assert_eq!(places("true", "true"), Ok(Places::Characters));
        assert!(places("false", "true").unwrap_err().starts_with("return_char_location: "));
        assert!(places("\"yes\"", "true").unwrap_err().starts_with("return_text_location: "));
    }
}
