//! Seals on any page: which there are, where, and what they say. The text of the page is not read.

use super::Kind;
use crate::{Limits, Page, ReadError, Seal, SealOptions, TextOptions};

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
    /// The seals, from the top; none is an answer too.
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

    fn find(page: Page, _: &Asked) -> Result<Found, ReadError> {
        Ok(Found { seals: page.seals, erased: page.erased })
    }
}
