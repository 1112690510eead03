//! The common formats, through the `image` crate: JPEG, PNG, BMP, GIF (first frame), TIFF (first
//! page), WebP (first frame) and ICO (largest picture).

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::{Format, Limits as Allowed, MAX_DECODED_BYTES, Picture, broken, jpeg, tiff};
use crate::ReadError;
use crate::memory::Share;

/// What a decoder may take for itself however small the picture is: tables and buffers.
const MIN_DECODER_BYTES: u64 = 16 << 20;

pub(super) fn decode(
    bytes: &[u8],
    format: Format,
    allowed: &Allowed,
    share: &mut Share,
) -> Result<Picture, ReadError> {
    if format == Format::Ico
        && let Some(png) = png_in_ico(bytes)
    {
        return decode(png, Format::Png, allowed, share);
    }
    if format == Format::Jpeg {
        // The decoder fills the rest of a cut-off picture with grey.
        jpeg::check_whole(bytes)?;
    }
    if format == Format::Tiff {
        tiff::check_whole(bytes)?;
    }
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), library_format(format)?)
        .into_decoder()
        .map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    allowed.check_size(width.into(), height.into())?;
    if decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(ReadError::Size(format!("{width}x{height} px of this depth are too much")));
    }
    // The decoded picture, a copy while it is turned or its depth is reduced, and the one that is read.
    let rgb_bytes = 3 * u64::from(width) * u64::from(height);
    share.take(2 * decoder.total_bytes() + rgb_bytes)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(2 * decoder.total_bytes().max(MIN_DECODER_BYTES));
    decoder.set_limits(limits).map_err(refusal)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    image.apply_orientation(orientation);
    Ok(flatten(image))
}

fn library_format(format: Format) -> Result<ImageFormat, ReadError> {
    match format {
        Format::Jpeg => Ok(ImageFormat::Jpeg),
        Format::Png => Ok(ImageFormat::Png),
        Format::Bmp => Ok(ImageFormat::Bmp),
        Format::Gif => Ok(ImageFormat::Gif),
        Format::Tiff => Ok(ImageFormat::Tiff),
        Format::WebP => Ok(ImageFormat::WebP),
        Format::Ico => Ok(ImageFormat::Ico),
        Format::Pcx | Format::Psd | Format::Pdf => Err(broken("not a picture of a common format")),
    }
}

/// The largest picture of an ICO file, if it is a PNG. The library takes only those with transparency.
fn png_in_ico(bytes: &[u8]) -> Option<&[u8]> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    let count = usize::from(u16::from_le_bytes(*bytes.get(4..)?.first_chunk()?));
    let entries = bytes.get(6..)?.as_chunks::<16>().0.iter().take(count);
    // A side of 0 is one of 256.
    let side = |byte: u8| if byte == 0 { 256 } else { u32::from(byte) };
    let largest = entries.max_by_key(|entry| (side(entry[0]) * side(entry[1]), entry[6]))?;
    let number = |at: usize| usize::try_from(u32::from_le_bytes(*largest[at..].first_chunk()?)).ok();
    let (length, start) = (number(8)?, number(12)?);
    bytes.get(start..start.checked_add(length)?).filter(|picture| picture.starts_with(SIGNATURE))
}

/// To eight bits of red, green and blue, with what is transparent laid on white.
fn flatten(image: DynamicImage) -> Picture {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let rgb = if image.color().has_alpha() {
        let rgba = image.into_rgba8();
        let on_white = |colour: u8, alpha: u8| {
            let (colour, alpha) = (u32::from(colour), u32::from(alpha));
            ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        let mut rgb = Vec::with_capacity(width * height * 3);
        for &[red, green, blue, alpha] in rgba.as_raw().as_chunks::<4>().0 {
            rgb.extend([red, green, blue].map(|colour| on_white(colour, alpha)));
        }
        rgb
    } else {
        image.into_rgb8().into_raw()
    };
    Picture { width, height, rgb }
}

fn refusal(error: ImageError) -> ReadError {
    match error {
        ImageError::Limits(_) => ReadError::Size(error.to_string()),
        _ => broken(error),
    }
}
