//! `general-text`: the lines of any picture. The one call that takes what was read as it is, without looking for more.

use ocr::{Language, Page, ReadError, TextOptions};
use wire::ocr::general_text::{Character, Request, TextResult, WordsBlock};
use wire::ocr::{Invalid, Picture};

use super::{Metered, rounded};
use crate::eye::{Reader, Reading};

/// `general-text`.
#[derive(Debug)]
pub struct GeneralText;

impl Metered for GeneralText {
    const NAME: &'static str = "general-text";
    type Asked = TextOptions;
    type Found = Page;
    type Result = TextResult;

    fn parse(body: &[u8]) -> Result<(Picture, TextOptions), Invalid> {
        let request = Request::parse(body)?;
        let options = TextOptions {
            detect_direction: request.detect_direction,
            quick_mode: request.quick_mode,
            character_mode: request.character_mode,
            language: language(request.language.as_deref())?,
            single_orientation_mode: request.single_orientation_mode,
            pdf_page_number: request.pdf_page_number,
            return_markdown_result: request.return_markdown_result,
            ..TextOptions::default()
        };
        Ok((request.picture, options))
    }

    fn options(asked: &TextOptions) -> TextOptions {
        *asked
    }

    fn read(eye: &dyn Reader, reading: Reading<'_>, _: &TextOptions) -> Result<Page, ReadError> {
        eye.general_text(reading)
    }

    fn result(page: Page, asked: &TextOptions) -> TextResult {
        lines(page, asked)
    }
}

/// The language of that name; the default if none is given.
///
/// # Errors
/// AIS.0101 if there is none.
pub(super) fn language(name: Option<&str>) -> Result<Language, Invalid> {
    let Some(name) = name else { return Ok(Language::default()) };
    Language::parse(name).ok_or_else(|| {
        let known: Vec<&str> = Language::ALL.iter().map(|language| language.code()).collect();
        let known = known.join(", ");
        Invalid::parameter(format!("{name:?} is no language of this API; choose one of: {known}"))
    })
}

/// A page in the API's form.
pub fn lines(page: Page, options: &TextOptions) -> TextResult {
    TextResult {
        direction: page.direction,
        words_block_count: page.blocks.len(),
        words_block_list: words(page.blocks, options.character_mode),
        markdown_result: page.markdown,
    }
}

/// The lines of a page in the API's form, with single characters if they are wanted.
pub(super) fn words(blocks: Vec<ocr::Block>, character_mode: bool) -> Vec<WordsBlock> {
    let character = |c: ocr::Char| Character {
        char: c.char.to_string(),
        char_location: c.location,
        char_confidence: rounded(c.confidence),
    };
    let block = |block: ocr::Block| WordsBlock {
        words: block.words,
        location: block.location,
        confidence: rounded(block.confidence),
        char_list: character_mode.then(|| block.chars.into_iter().map(character).collect()),
    };
    blocks.into_iter().map(block).collect()
}
