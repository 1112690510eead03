//! Seals on any page: which there are, where, and what they say. The text of the page is not read.

use super::{Kind, credit_code, shows_no};
use crate::{Limits, Page, ReadError, Seal, SealOptions, SealWords, TextOptions};

/// Seals.
#[derive(Debug)]
pub struct Seals;

/// What may be asked about them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// Also the part of the picture each is on.
    pub pictures: bool,
    /// Also the picture without them.
    pub erased: bool,
    /// Which page of a PDF, from 1.
    pub page: u32,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The seals, from the top; at least one.
    pub seals: Vec<Seal>,
    /// The picture without them, as a JPEG, if it was asked for.
    pub erased: Option<Vec<u8>>,
}

impl Kind for Seals {
    type Asked = Asked;
    type Found = Found;

    fn options(asked: &Asked) -> TextOptions {
        TextOptions {
            seals: SealOptions::Alone { pictures: asked.pictures, erased: asked.erased },
            pdf_page_number: asked.page.max(1),
            limits: Limits { max_side_px: 8192, ..Limits::default() },
            ..TextOptions::default()
        }
    }

    fn find(mut page: Page, _: &Asked) -> Result<Found, ReadError> {
        if page.seals.is_empty() {
            return Err(shows_no("a seal"));
        }
        page.seals.iter_mut().for_each(|seal| seal.words.retain_mut(is_fit));
        Ok(Found { seals: page.seals, erased: page.erased })
    }
}

/// The number under which a company is registered has to be as its check character says; one that is not was misread.
fn is_fit(text: &mut SealWords) -> bool {
    let Some((code, is_valid)) = credit_code::of_text(&text.words) else { return true };
    text.words = code;
    is_valid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SealShape;

    fn page(words: &[&str]) -> Page {
        let text = |words: &&str| SealWords { words: (*words).to_owned(), confidence: 0.95 };
        let seal = Seal {
            shape: SealShape::Ellipse,
            confidence: 1.0,
            location: [[0, 0], [9, 0], [9, 9], [0, 9]],
            words: words.iter().map(text).collect(),
            picture: None,
        };
        Page { seals: vec![seal], ..Page::blank(10, 10) }
    }

    #[test]
    fn numbers_of_companies_are_checked() {
        let said = |words: &str| {
            let found = Seals::find(page(&["无名公司", words]), &Asked::default()).unwrap();
            found.seals[0].words.get(1).map(|text| text.words.clone())
        };
        assert_eq!(said("91350100M000100Y43").as_deref(), Some("91350100M000100Y43"));
        assert_eq!(said("9135O100M000100Y43").as_deref(), Some("91350100M000100Y43"));
        assert_eq!(said("91350100M000100Y48"), None);
        // Of another form nothing is known.
        assert_eq!(said("3301010023456").as_deref(), Some("3301010023456"));
    }

    #[test]
    fn a_page_without_a_seal_is_refused() {
        let refused = Seals::find(Page::blank(10, 10), &Asked::default()).unwrap_err();
        assert_eq!(refused.code(), "AIS.0104");
    }

    #[test]
    fn the_text_of_the_page_is_not_read() {
        let options = Seals::options(&Asked { pictures: true, erased: false, page: 2 });
        assert_eq!(options.seals, SealOptions::Alone { pictures: true, erased: false });
        assert_eq!(options.pdf_page_number, 2);
        assert_eq!(Seals::options(&Asked::default()).pdf_page_number, 1);
    }
}
