//! Calls about one kind of document: their shapes and their rules brought together.

use ocr::kind::{self, Contact, handwriting, web_image};
use wire::ocr::Invalid;
use wire::ocr::handwriting as of_hand;
use wire::ocr::web_image as of_web;

use super::{Document, rounded};

/// `web-image`.
#[derive(Debug)]
pub struct WebImage;

impl Document for WebImage {
    const CALL: &'static str = "web-image";
    type Kind = kind::WebImage;
    type Body = of_web::Body;
    type Result = of_web::WebImage;

    fn asked(body: &of_web::Body) -> Result<web_image::Asked, Invalid> {
        let contact = body.extract()?.contact_info;
        Ok(web_image::Asked { contact, single_orientation: !body.detects_text_direction() })
    }

    fn result(found: web_image::Found, body: &of_web::Body) -> of_web::WebImage {
        let page = found.page;
        let (width, height) = (page.width, page.height);
        // What cannot be was refused before.
        let extract = body.extract().unwrap_or_default();
        let contact = |contact: Contact| of_web::ContactInfo {
            name: contact.name,
            phone: contact.phone,
            province: contact.province,
            city: contact.city,
            district: contact.district,
            detail_address: contact.detail,
        };
        of_web::WebImage {
            words_block_count: page.blocks.len(),
            words_block_list: page
                .blocks
                .into_iter()
                .map(|block| of_web::WordsBlock {
                    words: block.words,
                    confidence: rounded(block.confidence),
                    location: block.location,
                })
                .collect(),
            extracted_data: of_web::ExtractedData {
                contact_info: found.contact.map(contact),
                image_size: extract.image_size.then_some(of_web::ImageSize { height, width }),
            },
        }
    }
}

/// `handwriting`.
#[derive(Debug)]
pub struct Handwriting;

impl Document for Handwriting {
    const CALL: &'static str = "handwriting";
    type Kind = kind::Handwriting;
    type Body = of_hand::Body;
    type Result = of_hand::Handwriting;

    fn asked(body: &of_hand::Body) -> Result<handwriting::Asked, Invalid> {
        use of_hand::CharSet::{Digit, DigitLetter, General, Letter};
        let set = body.char_set()?;
        Ok(handwriting::Asked {
            single_line: body.is_single_line(),
            digits: matches!(set, Digit | DigitLetter | General),
            letters: matches!(set, Letter | DigitLetter | General),
            others: set == General,
        })
    }

    fn result(page: ocr::Page, _: &of_hand::Body) -> of_hand::Handwriting {
        of_hand::Handwriting {
            words_block_count: page.blocks.len(),
            words_block_list: page
                .blocks
                .into_iter()
                .map(|block| of_hand::WordsBlock {
                    words: block.words,
                    confidence: rounded(block.confidence),
                    location: block.location,
                })
                .collect(),
        }
    }
}
