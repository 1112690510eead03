//! `POST /v2/{project_id}/ocr/seal` ("Seal OCR").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{Answer, Invalid, Location, Sources, page_number};

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    /// The picture in base64.
    data: Option<String>,
    url: Option<String>,
    /// The part of the picture each seal is on.
    return_seal_image: Option<bool>,
    /// The picture without its seals.
    return_erased_seal_image: Option<bool>,
    /// Which page of a PDF, from 1.
    pdf_page_number: Option<Number>,
}

impl super::Body for Body {
    const FIELD: &str = "data";

    fn sources(&mut self) -> Sources {
        Sources { bytes: self.data.take(), url: self.url.take() }
    }
}

impl Body {
    /// Whether the part of the picture each seal is on is wanted.
    pub fn wants_pictures(&self) -> bool {
        self.return_seal_image.unwrap_or(false)
    }

    /// Whether the picture without its seals is wanted.
    pub fn wants_erased(&self) -> bool {
        self.return_erased_seal_image.unwrap_or(false)
    }

    /// Which page of a PDF it is.
    ///
    /// # Errors
    /// AIS.0101 if it is none.
    pub fn page(&self) -> Result<u32, Invalid> {
        self.pdf_page_number.as_ref().map_or(Ok(1), |page| page_number("pdf_page_number", page))
    }
}

/// The body of a 200.
pub type Response = Answer<Seals>;

/// The seals of a picture.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Seals {
    /// From the top; at least one.
    pub seal_list: Vec<Seal>,
    /// The picture without them, a JPEG in base64, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased_seal_image: Option<String>,
}

/// What shape a seal has. Triangles and rhombs, which are published too, are not looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SealType {
    /// Round.
    Circle,
    /// Oval.
    Ellipse,
    /// With four corners.
    Rectangle,
}

/// A seal.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Seal {
    /// What shape it has.
    pub r#type: SealType,
    /// The part of the picture it is on, a JPEG in base64, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal_image: Option<String>,
    /// How sure its place is.
    pub confidence: f32,
    /// Where it is.
    pub location: Location,
    /// What it says: along its upper edge, within, and along its lower edge. Text that is not read surely is left out.
    pub words_block_list: Vec<SealWordsBlock>,
}

/// A text of a seal.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SealWordsBlock {
    /// The text as it is read.
    pub words: String,
    /// How sure it is.
    pub words_confidence: f32,
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
    fn pictures_are_given_if_asked_for() {
        let none = read("").unwrap();
        assert!(!none.wants_pictures() && !none.wants_erased() && none.page() == Ok(1));
        let all =
            read(r#","return_seal_image":true,"return_erased_seal_image":true,"pdf_page_number":3"#).unwrap();
        assert!(all.wants_pictures() && all.wants_erased() && all.page() == Ok(3));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_name() {
        let said = Body::read(br#"{"image":"aGVsbG8="}"#).unwrap_err();
        assert_eq!((said.code, said.detail.as_str()), (error::INVALID_PARAMETER, "data or url is required"));
        assert!(read(r#","return_seal_image":"yes""#).unwrap_err().detail.starts_with("return_seal_image: "));
        let page = read(r#","pdf_page_number":0"#).unwrap().page().unwrap_err();
        assert!(page.detail.starts_with("pdf_page_number: "), "{page:?}");
    }

    #[test]
    fn an_answer_has_the_published_names() {
        let words = SealWordsBlock { words: "作废".to_owned(), words_confidence: 0.5 };
        let seal = Seal {
            r#type: SealType::Rectangle,
            seal_image: None,
            confidence: 0.75,
            location: [[1, 2], [3, 2], [3, 4], [1, 4]],
            words_block_list: vec![words],
        };
        let answer = Answer { result: Seals { seal_list: vec![seal], erased_seal_image: None } };
        let wanted = r#"{"result":{"seal_list":[{"type":"rectangle","confidence":0.75,"location":[[1,2],[3,2],[3,4],[1,4]],"words_block_list":[{"words":"作废","words_confidence":0.5}]}]}}"#;
        assert_eq!(serde_json::to_string(&answer).unwrap(), wanted);
    }
}
