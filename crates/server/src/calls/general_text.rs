//! `general-text`: the lines of any picture, as JSON or as a file. The one call that takes what was read as it is, without
//! looking for more.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use ocr::{Language, Page, ReadError, TextOptions};
use wire::ocr::general_text::{Character, Request, TextResult, WordsBlock};
use wire::ocr::{Invalid, Picture};

use super::{File, Metered, rounded};
use crate::export::{self, Format};
use crate::eye::{Reader, Reading};

/// `general-text`.
#[derive(Debug)]
pub struct GeneralText;

/// What is asked for: how the picture is read, and as which file it is answered, if as one.
#[derive(Debug, Clone)]
pub struct Asked {
    options: TextOptions,
    file: Option<Format>,
}

/// What was read.
#[derive(Debug)]
pub struct Found {
    page: Page,
    file: Option<File>,
}

impl Metered for GeneralText {
    const NAME: &'static str = "general-text";
    type Asked = Asked;
    type Found = Found;
    type Result = TextResult;

    fn parse(body: &[u8]) -> Result<(Picture, Asked), Invalid> {
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
        Ok((request.picture, Asked { options, file: None }))
    }

    fn heed(asked: &mut Asked, headers: &HeaderMap) {
        let mut accepts = headers.get_all(ACCEPT).iter();
        asked.file = match (accepts.next(), accepts.next()) {
            (Some(accept), None) => accept.to_str().ok().and_then(wanted),
            _ => None,
        };
    }

    fn options(asked: &Asked) -> TextOptions {
        asked.file.map_or(asked.options, |format| format.reads(asked.options))
    }

    fn read(eye: &dyn Reader, reading: Reading<'_>, asked: &Asked) -> Result<Found, ReadError> {
        let page = eye.general_text(reading)?;
        let Some(format) = asked.file else { return Ok(Found { page, file: None }) };
        let bytes = export::file(format, &asked.options, std::slice::from_ref(&page))
            .map_err(|problem| ReadError::Engine(format!("the file cannot be made: {problem}")))?;
        Ok(Found { page, file: Some(File { format, bytes }) })
    }

    fn result(found: Found, asked: &Asked) -> TextResult {
        lines(found.page, &asked.options)
    }

    fn file(found: &mut Found) -> Option<File> {
        found.file.take()
    }
}

/// The file that a request accepts, if it accepts nothing else: programs that name several media types, or any, had JSON
/// before there were files.
fn wanted(accept: &str) -> Option<Format> {
    if accept.contains(',') {
        return None;
    }
    let media_type = accept.split(';').next().unwrap_or_default().trim();
    let is_it = |format: &Format| format.media_type().eq_ignore_ascii_case(media_type);
    FILES.into_iter().find(is_it)
}

/// What one page can be answered as, beside the API's own JSON.
const FILES: [Format; 5] = [Format::Text, Format::Markdown, Format::Pdf, Format::Docx, Format::Xlsx];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_given_to_whoever_accepts_nothing_else() {
        assert_eq!(wanted("application/pdf"), Some(Format::Pdf));
        assert_eq!(wanted(" Text/Markdown; charset=utf-8"), Some(Format::Markdown));
        for other in ["", "*/*", "application/json", "image/png", "text/*"] {
            assert_eq!(wanted(other), None, "{other}");
        }
        // What well-known clients send by themselves.
        for several in [
            "application/json, text/plain, */*",
            "text/plain, application/json, */*",
            "text/plain, */*; q=0.01",
            "application/pdf; q=0.5, application/json",
        ] {
            assert_eq!(wanted(several), None, "{several}");
        }
    }
}
