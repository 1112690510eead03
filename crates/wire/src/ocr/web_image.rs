//! `POST /v2/{project_id}/ocr/web-image` ("Web Image OCR").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Invalid, Location, Sources};

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    /// Pictures are read however they lie, with it and without.
    detect_direction: Option<bool>,
    /// `contact_info`, `image_size`.
    extract_type: Option<Vec<String>>,
    /// Accepted; fonts are not told apart.
    detect_font: Option<bool>,
    detect_text_direction: Option<bool>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

/// What is to be taken out of the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extract {
    /// Name, phone and address.
    pub contact_info: bool,
    /// The sides of the picture.
    pub image_size: bool,
}

impl Body {
    /// What is to be taken out of the text.
    ///
    /// # Errors
    /// AIS.0101 for what cannot be.
    pub fn extract(&self) -> Result<Extract, Invalid> {
        let mut extract = Extract::default();
        for kind in self.extract_type.iter().flatten() {
            match kind.as_str() {
                "contact_info" => extract.contact_info = true,
                "image_size" => extract.image_size = true,
                _ => {
                    let detail = format!("extract_type: {kind:?} is not one of contact_info, image_size");
                    return Err(Invalid::parameter(detail));
                }
            }
        }
        Ok(extract)
    }

    /// Whether lines are looked for that run another way than the page.
    pub fn detects_text_direction(&self) -> bool {
        self.detect_text_direction.unwrap_or(true)
    }
}

/// The body of a 200.
pub type Response = Answer<WebImage>;

/// What was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WebImage {
    /// How many blocks.
    pub words_block_count: usize,
    /// The blocks in reading order.
    pub words_block_list: Vec<WordsBlock>,
    /// What was taken out of the text.
    pub extracted_data: ExtractedData,
}

/// A line of text.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WordsBlock {
    /// The text.
    pub words: String,
    /// 0 to 1.
    pub confidence: f32,
    /// Where it is.
    pub location: Location,
}

/// What was taken out of the text: of what was asked for.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct ExtractedData {
    /// Of one person; empty where it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_info: Option<ContactInfo>,
    /// The sides of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_size: Option<ImageSize>,
}

/// Where somebody lives and is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ContactInfo {
    /// Name.
    pub name: String,
    /// Phone number.
    pub phone: String,
    /// Province, or what has its rank.
    pub province: String,
    /// City.
    pub city: String,
    /// District or county.
    pub district: String,
    /// What follows in the address.
    pub detail_address: String,
}

/// The sides of a picture, in pixels.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct ImageSize {
    /// Height.
    pub height: u32,
    /// Width.
    pub width: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Body as _;

    #[test]
    fn what_is_taken_out_is_named() {
        let read = |fields: &str| Body::read(format!(r#"{{"image":"aGk="{fields}}}"#).as_bytes()).unwrap().1;
        assert_eq!(read("").extract(), Ok(Extract::default()));
        assert!(read("").detects_text_direction());
        let both = read(r#","extract_type":["contact_info","image_size"],"detect_text_direction":false"#);
        assert_eq!(both.extract(), Ok(Extract { contact_info: true, image_size: true }));
        assert!(!both.detects_text_direction());
        let said = read(r#","extract_type":["phones"]"#).extract().unwrap_err();
        assert_eq!(said.detail, "extract_type: \"phones\" is not one of contact_info, image_size");
    }
}
