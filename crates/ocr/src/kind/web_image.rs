//! A picture from the net: an advertisement, a screen, a parcel's label. All of its text, and whose address stands on it.

use super::{Contact, Kind};
use crate::sheet::Sheet;
use crate::{Format, Limits, Page, ReadError, TextOptions};

/// A picture from the net.
#[derive(Debug)]
pub struct WebImage;

/// What may be asked of it.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Look for a name, a phone number and an address.
    pub contact: bool,
    /// All text runs in one direction.
    pub single_orientation: bool,
}

/// What stands on it.
#[derive(Debug)]
pub struct Found {
    /// Its text.
    pub page: Page,
    /// If it was asked for.
    pub contact: Option<Contact>,
}

impl Kind for WebImage {
    type Asked = Asked;
    type Found = Found;

    fn options(asked: &Asked) -> TextOptions {
        const FORMATS: &[Format] =
            &[Format::Jpeg, Format::Png, Format::Bmp, Format::Tiff, Format::Gif, Format::WebP];
        TextOptions {
            single_orientation_mode: asked.single_orientation,
            limits: Limits { formats: FORMATS, ..Limits::default() },
            ..TextOptions::default()
        }
    }

    fn find(page: Page, asked: &Asked) -> Result<Found, ReadError> {
        let contact = asked.contact.then(|| Contact::of(&Sheet::of(&page)));
        Ok(Found { page, contact })
    }
}
