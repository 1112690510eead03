//! A picture that was read, as a file again: what a page looked like, for those who show it with its text.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::metadata::Orientation;
use image::{ExtendedColorType, GenericImageView, ImageDecoder, ImageError, Rgb};

use super::{Format, Picture, sniff};
use crate::ReadError;

/// Of 100. Letters keep their edges, and a page is a few hundred kilobytes.
const QUALITY: u8 = 88;

/// A picture as a JPEG of one channel or three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jpeg {
    /// The file.
    pub bytes: Vec<u8>,
    /// Whether it has one channel, of grey; else it has red, green and blue.
    pub is_grey: bool,
}

impl Jpeg {
    /// The picture that was decoded from those bytes. A JPEG that shows it as it is stays what it is, and loses nothing.
    pub(crate) fn of(bytes: &[u8], picture: &Picture) -> Result<Jpeg, ReadError> {
        if let Some(is_grey) = shows_as_it_is(bytes) {
            return Ok(Jpeg { bytes: bytes.to_vec(), is_grey });
        }
        Jpeg::encoded(picture)
    }

    /// A picture that no file shows.
    pub(crate) fn encoded(picture: &Picture) -> Result<Jpeg, ReadError> {
        let too_large = |_| ReadError::Size("the picture is too large for a JPEG".to_owned());
        let (width, height) = (picture.width.try_into(), picture.height.try_into());
        let size = (width.map_err(too_large)?, height.map_err(too_large)?);
        let encode = |mut to: JpegEncoder<&mut Vec<u8>>| {
            to.encode(&picture.rgb, size.0, size.1, ExtendedColorType::Rgb8)
        };
        Jpeg::written(encode)
    }

    /// A picture that is seen pixel by pixel.
    pub(crate) fn viewed(picture: &impl GenericImageView<Pixel = Rgb<u8>>) -> Result<Jpeg, ReadError> {
        Jpeg::written(|mut to| to.encode_image(picture))
    }

    fn written(
        encode: impl FnOnce(JpegEncoder<&mut Vec<u8>>) -> Result<(), ImageError>,
    ) -> Result<Jpeg, ReadError> {
        let mut file = Vec::new();
        encode(JpegEncoder::new_with_quality(&mut file, QUALITY))
            .map_err(|problem| ReadError::Engine(format!("the picture cannot be kept: {problem}")))?;
        Ok(Jpeg { bytes: file, is_grey: false })
    }
}

/// Whether it is grey, if it is a JPEG that every reader shows the way the eye saw it: not turned by its EXIF, and
/// of no colours for printers.
fn shows_as_it_is(bytes: &[u8]) -> Option<bool> {
    if sniff(bytes) != Some(Format::Jpeg) {
        return None;
    }
    let mut decoder = JpegDecoder::new(Cursor::new(bytes)).ok()?;
    if decoder.orientation().ok()? != Orientation::NoTransforms {
        return None;
    }
    match decoder.original_color_type() {
        ExtendedColorType::L8 => Some(true),
        ExtendedColorType::Rgb8 => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};

    use super::*;
    use crate::picture::tests::decode;

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    /// The same JPEG with a note that it is to be turned a quarter clockwise.
    fn turned(jpeg: &[u8]) -> Vec<u8> {
        let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        [&jpeg[..2], exif, &jpeg[2..]].concat()
    }

    #[test]
    fn a_jpeg_stays_what_it_is() {
        let grey = DynamicImage::from(GrayImage::from_fn(64, 32, |x, _| [(x * 4) as u8].into()));
        let colour = DynamicImage::from(RgbImage::from_pixel(64, 32, [200, 40, 10].into()));
        for (picture, is_grey) in [(grey, true), (colour, false)] {
            let bytes = encoded(&picture, ImageFormat::Jpeg);
            let jpeg = Jpeg::of(&bytes, &decode(&bytes, 1).unwrap()).unwrap();
            assert_eq!(jpeg, Jpeg { bytes, is_grey });
        }
    }

    #[test]
    fn any_other_is_shown_as_it_was_seen() {
        let half = RgbImage::from_fn(64, 32, |x, _| if x < 32 { [250, 250, 250] } else { [5, 5, 5] }.into());
        let half = DynamicImage::from(half);
        for bytes in [encoded(&half, ImageFormat::Png), turned(&encoded(&half, ImageFormat::Jpeg))] {
            let seen = decode(&bytes, 1).unwrap();
            let jpeg = Jpeg::of(&bytes, &seen).unwrap();
            assert!(!jpeg.is_grey && jpeg.bytes != bytes);
            let shown = decode(&jpeg.bytes, 1).unwrap();
            assert_eq!((shown.width, shown.height), (seen.width, seen.height));
            let far = shown.rgb.iter().zip(&seen.rgb).filter(|(a, b)| a.abs_diff(**b) > 24).count();
            assert!(far < seen.rgb.len() / 20, "{far}");
        }
    }
}
