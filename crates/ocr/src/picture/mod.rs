//! Bytes from outside into pixels.
//!
//! What the bytes are is told by their first ones, never by a name. The size is read from the header
//! and checked before anything is decoded, decoders get a limit on memory, and one that panics on
//! malformed input makes the picture broken, not the process.

mod file;
mod jpeg;
mod limits;
mod pcx;
mod pdf;
mod psd;
mod raster;
mod renderer;
mod tiff;
mod whole;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use file::Jpeg;
pub use limits::{Format, Limits};
pub use pdf::page_count as pdf_page_count;
pub use renderer::{Renderer, render_page};

use crate::ReadError;
use crate::memory::{Memory, Share};

/// Most pixels in all ("Text OCR", notes on the image parameter of general-text).
pub const MAX_PIXELS: u64 = 160_000_000;
/// Most bytes of one picture file: what base64 of 10 MB can hold, and some.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Most memory a decoded picture may take before it is reduced to RGB.
const MAX_DECODED_BYTES: u64 = 4 * MAX_PIXELS;

/// A decoded picture: rows of red, green, blue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picture {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

/// Whether it seems to be a PDF.
pub(crate) fn is_pdf(bytes: &[u8]) -> bool {
    sniff(bytes) == Some(Format::Pdf)
}

/// Decodes a picture, or one page (from 1) of a PDF, upright as its EXIF says, if it is within the limits. What that takes
/// at most is taken of the share before; what the picture itself takes stays taken.
pub(crate) fn decode(
    bytes: &[u8],
    pdf_page: u32,
    limits: &Limits,
    renderer: Option<&Renderer>,
    share: &mut Share,
) -> Result<Picture, ReadError> {
    if bytes.len() > MAX_BYTES {
        return Err(ReadError::Size(format!("{} bytes, at most {MAX_BYTES} are allowed", bytes.len())));
    }
    if pdf_page == 0 {
        return Err(ReadError::Parameter("pages are numbered from 1".to_owned()));
    }
    let format =
        sniff(bytes).ok_or_else(|| ReadError::Format("not a picture of a known format".to_owned()))?;
    limits.check_format(format)?;
    let decoded = catch_unwind(AssertUnwindSafe(|| match format {
        Format::Pcx => pcx::decode(bytes, share),
        Format::Psd => psd::decode(bytes, share),
        Format::Pdf => match renderer {
            Some(renderer) => renderer::render(renderer, bytes, pdf_page, share),
            None => pdf::render(bytes, pdf_page, share),
        },
        _ => raster::decode(bytes, format, limits, share),
    }));
    let picture = decoded.unwrap_or_else(|_| Err(ReadError::Format("malformed".to_owned())))?;
    // Those that know no limits but the widest.
    limits.check_size(picture.width as u64, picture.height as u64)?;
    share.keep(picture.rgb.len() as u64);
    Ok(picture)
}

/// Decodes a picture, or one page (from 1) of a PDF, with so much memory, and says how wide and high it is. What reads
/// pictures decodes them itself; this is for those who try what decoders make of bytes.
///
/// # Errors
/// [`ReadError`] if it is no picture, or one that is not taken.
pub fn decoded_size(
    bytes: &[u8],
    pdf_page: u32,
    renderer: Option<&Renderer>,
    memory_bytes: u64,
) -> Result<[usize; 2], ReadError> {
    let memory = Memory::new(memory_bytes);
    let mut share = memory.share_while(&|| true);
    let picture = decode(bytes, pdf_page, &Limits::default(), renderer, &mut share)?;
    Ok([picture.width, picture.height])
}

fn sniff(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Format::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        [b'B', b'M', ..] => Some(Format::Bmp),
        [b'I', b'I', b'*' | b'+', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..] => Some(Format::Tiff),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::WebP),
        [0, 0, 1, 0, ..] => Some(Format::Ico),
        [b'8', b'B', b'P', b'S', 0, 1, ..] => Some(Format::Psd),
        [0x0a, 0 | 2 | 3 | 4 | 5, 0 | 1, 1 | 2 | 4 | 8, ..] => Some(Format::Pcx),
        // A PDF may have bytes before its header.
        _ => bytes[..bytes.len().min(1024)].windows(5).any(|w| w == b"%PDF-").then_some(Format::Pdf),
    }
}

/// Refuses sizes outside the widest limits.
fn check_size(width: u64, height: u64) -> Result<(), ReadError> {
    Limits::default().check_size(width, height)
}

fn broken(reason: impl std::fmt::Display) -> ReadError {
    ReadError::Format(reason.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, RgbImage, RgbaImage};

    use super::*;

    /// With all the memory there is.
    pub(super) fn decode(bytes: &[u8], pdf_page: u32) -> Result<Picture, ReadError> {
        super::decode(bytes, pdf_page, &Limits::default(), None, &mut Memory::new(u64::MAX).share())
    }

    /// What a picture takes is known before it is decoded: all of it, and nothing that is not there.
    #[test]
    fn a_picture_is_decoded_within_its_share() {
        let large = DynamicImage::ImageRgb8(RgbImage::new(400, 500));
        for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Jpeg, ImageFormat::Tiff] {
            let mut bytes = Vec::new();
            large.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
            let refused =
                super::decode(&bytes, 1, &Limits::default(), None, &mut Memory::new(400 * 500 * 3).share());
            assert_eq!(refused.unwrap_err().code(), "AIS.0103", "{format:?}");
            let memory = Memory::new(3 * 400 * 500 * 3);
            let mut share = memory.share();
            let picture = super::decode(&bytes, 1, &Limits::default(), None, &mut share).unwrap();
            // While it is read, so much stays taken, and no more.
            let rest = memory.most_bytes() - picture.rgb.len() as u64;
            memory.share().take(rest).unwrap();
            assert!(!memory.has_room_for(rest + 1), "{format:?}");
        }
    }

    fn drawing() -> RgbImage {
        RgbImage::from_fn(40, 20, |x, y| image::Rgb([(x * 6) as u8, (y * 12) as u8, 200]))
    }

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        let drawing = DynamicImage::ImageRgb8(drawing());
        let drawing = if format == ImageFormat::Ico { drawing.to_rgba8().into() } else { drawing };
        drawing.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    #[test]
    fn formats_are_told_by_their_bytes_and_decoded() {
        use ImageFormat::{Bmp, Gif, Ico, Jpeg, Png, Tiff, WebP};
        for format in [Png, Bmp, Tiff, WebP, Ico, Jpeg, Gif] {
            let picture = decode(&encoded(format), 1).unwrap();
            assert_eq!((picture.width, picture.height), (40, 20), "{format:?}");
            let lossy = matches!(format, Jpeg | Gif);
            let far =
                picture.rgb.iter().zip(drawing().as_raw()).filter(|(a, b)| a.abs_diff(**b) > 16).count();
            assert!(if lossy { far < 600 } else { far == 0 }, "{format:?} {far}");
        }
    }

    #[test]
    fn cut_off_pictures_are_broken() {
        use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
        for format in [Jpeg, Png, Gif, Bmp, Tiff, WebP] {
            let whole = encoded(format);
            for part in [3, 4, 5, 6, 7] {
                let cut = &whole[..whole.len() * part / 8];
                assert_eq!(decode(cut, 1).unwrap_err().code(), "AIS.0102", "{format:?} {part}/8");
            }
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bytes in [&b""[..], b"hello", b"data:image/png;base64,AAAA", b"<svg/>", &[0; 64], b"%PDF-", b"BM"]
        {
            assert_eq!(decode(bytes, 1).unwrap_err().code(), "AIS.0102");
        }
        assert_eq!(decode(&vec![0; MAX_BYTES + 1], 1).unwrap_err().code(), "AIS.0103");
        assert_eq!(decode(&encoded(ImageFormat::Png), 0).unwrap_err().code(), "AIS.0101");
    }

    #[test]
    fn a_call_may_have_limits_of_its_own() {
        fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, ReadError> {
            super::decode(bytes, 1, limits, None, &mut Memory::new(u64::MAX).share())
        }
        let small = Limits { max_side_px: 30, formats: &[Format::Png, Format::Jpeg], ..Limits::default() };
        let refused = decode(&encoded(ImageFormat::Png), &small).unwrap_err();
        assert_eq!((refused.code(), refused.detail().split(';').next()), ("AIS.0103", Some("40x20 px")));
        let other = decode(&encoded(ImageFormat::Bmp), &small).unwrap_err();
        assert_eq!((other.code(), &*other.detail()), ("AIS.0102", "BMP; this call takes PNG, JPEG"));
        let line = DynamicImage::ImageRgb8(RgbImage::new(40, 8));
        let mut bytes = Vec::new();
        line.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        assert_eq!(decode(&bytes, &Limits::default()).unwrap_err().code(), "AIS.0103");
        assert!(decode(&bytes, &Limits { min_side_px: 8, ..Limits::default() }).is_ok());
    }

    /// A PNG header that promises a size, with nothing after it.
    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = encoded(ImageFormat::Png);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let crc = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    /// The checksum of a PNG chunk.
    fn crc(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for &byte in bytes {
            crc ^= u32::from(byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        !crc
    }

    #[test]
    fn sizes_are_checked_before_decoding() {
        for (width, height) in [(14, 100), (100, 14), (30_001, 15), (15, 30_001), (30_000, 30_000)] {
            assert_eq!(decode(&png_of(width, height), 1).unwrap_err().code(), "AIS.0103", "{width}x{height}");
        }
        // Within the limits, but the pixels promised are not there.
        assert_eq!(decode(&png_of(12_000, 12_000), 1).unwrap_err().code(), "AIS.0102");
    }

    #[test]
    fn transparency_is_laid_on_white() {
        let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(20, 20, image::Rgba([0, 0, 0, 0])));
        let mut bytes = Vec::new();
        clear.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        assert!(decode(&bytes, 1).unwrap().rgb.iter().all(|&value| value == 255));
    }

    #[test]
    fn an_icon_may_hold_a_picture_of_any_kind() {
        let png = encoded(ImageFormat::Png);
        let small = [16, 16, 0, 0, 1, 0, 24, 0, 1, 0, 0, 0, 0, 0, 0, 0];
        let length = u32::try_from(png.len()).unwrap().to_le_bytes();
        let large = [&[40, 20, 0, 0, 1, 0, 24, 0][..], &length, &38_u32.to_le_bytes()].concat();
        let icon = [&[0, 0, 1, 0, 2, 0][..], &small, &large, &png].concat();
        assert_eq!(decode(&icon, 1).unwrap().rgb, *drawing().as_raw());
        assert_eq!(decode(&icon[..icon.len() - 40], 1).unwrap_err().code(), "AIS.0102");
    }

    #[test]
    fn malformed_pictures_never_panic() {
        use ImageFormat::{Bmp, Gif, Ico, Jpeg, Png, Tiff, WebP};
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        for format in [Png, Bmp, Tiff, WebP, Ico, Jpeg, Gif] {
            let whole = encoded(format);
            for _ in 0..200 {
                let mut bytes = whole.clone();
                for _ in 0..4 {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    let at = random as usize % bytes.len();
                    bytes[at] = (random >> 32) as u8;
                }
                let _ = decode(&bytes, 1);
            }
        }
    }
}
