//! `seal`: the seals on any page, where they are and what they say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ocr::kind::seals::{Asked, Found, Seals as Kind};
use ocr::{Seal as Seen, SealShape, SealWords};
use wire::ocr::Invalid;
use wire::ocr::seal::{Body, Seal as Told, SealType, SealWordsBlock, Seals};

use super::{Document, rounded};

/// `seal`.
#[derive(Debug)]
pub struct Seal;

impl Document for Seal {
    const CALL: &'static str = "seal";
    type Kind = Kind;
    type Body = Body;
    type Result = Seals;

    fn asked(body: &Body) -> Result<Asked, Invalid> {
        Ok(Asked { pictures: body.wants_pictures(), erased: body.wants_erased(), page: body.page()? })
    }

    fn result(found: Found, _: &Body) -> Seals {
        Seals {
            seal_list: found.seals.into_iter().map(told).collect(),
            erased_seal_image: found.erased.map(|file| BASE64.encode(file)),
        }
    }
}

fn told(seal: Seen) -> Told {
    let block =
        |SealWords { words, confidence }| SealWordsBlock { words, words_confidence: rounded(confidence) };
    Told {
        r#type: match seal.shape {
            SealShape::Circle => SealType::Circle,
            SealShape::Ellipse => SealType::Ellipse,
            SealShape::Rectangle => SealType::Rectangle,
        },
        seal_image: seal.picture.map(|file| BASE64.encode(file)),
        confidence: rounded(seal.confidence),
        location: seal.location,
        words_block_list: seal.words.into_iter().map(block).collect(),
    }
}
