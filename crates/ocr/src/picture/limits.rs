//! Which pictures a call takes: they differ from call to call ("API Reference", notes on the image parameters).

use super::MAX_PIXELS;
use crate::ReadError;

/// A format of files, told by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// BMP.
    Bmp,
    /// GIF; its first frame is read.
    Gif,
    /// TIFF; its first page is read.
    Tiff,
    /// WebP; its first frame is read.
    WebP,
    /// ICO; its largest picture is read.
    Ico,
    /// PCX.
    Pcx,
    /// PSD.
    Psd,
    /// PDF; one page is read.
    Pdf,
}

impl Format {
    /// All of them.
    pub const ALL: &'static [Format] = &[
        Format::Jpeg,
        Format::Png,
        Format::Bmp,
        Format::Gif,
        Format::Tiff,
        Format::WebP,
        Format::Ico,
        Format::Pcx,
        Format::Psd,
        Format::Pdf,
    ];

    /// The endings of the names of files that are pictures, in small letters. What a file is, is told by its first
    /// bytes; a name only says whether it is worth a look.
    pub const ENDINGS: &'static [&'static str] = &[
        "jpg", "jpeg", "jpe", "jfif", "png", "bmp", "dib", "gif", "tif", "tiff", "webp", "ico", "pcx", "psd",
        "pdf",
    ];

    fn name(self) -> &'static str {
        match self {
            Format::Jpeg => "JPEG",
            Format::Png => "PNG",
            Format::Bmp => "BMP",
            Format::Gif => "GIF",
            Format::Tiff => "TIFF",
            Format::WebP => "WebP",
            Format::Ico => "ICO",
            Format::Pcx => "PCX",
            Format::Psd => "PSD",
            Format::Pdf => "PDF",
        }
    }
}

/// Sides and formats that are taken. The default is the widest: that of general-text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The shortest side, in pixels.
    pub min_side_px: u32,
    /// The longest side, in pixels.
    pub max_side_px: u32,
    /// The formats.
    pub formats: &'static [Format],
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { min_side_px: 15, max_side_px: 30_000, formats: Format::ALL }
    }
}

impl Limits {
    /// Those of photographs of cards, and of most calls.
    pub const PHOTOGRAPH: Limits = Limits {
        min_side_px: 15,
        max_side_px: 8192,
        formats: &[Format::Jpeg, Format::Png, Format::Bmp, Format::Tiff],
    };

    pub(super) fn check_format(&self, format: Format) -> Result<(), ReadError> {
        if self.formats.contains(&format) {
            return Ok(());
        }
        let taken: Vec<&str> = self.formats.iter().map(|format| format.name()).collect();
        Err(ReadError::Format(format!("{}; this call takes {}", format.name(), taken.join(", "))))
    }

    pub(super) fn check_size(&self, width: u64, height: u64) -> Result<(), ReadError> {
        let (min, max) = (self.min_side_px, self.max_side_px);
        let side = u64::from(min)..=u64::from(max);
        if side.contains(&width) && side.contains(&height) && width * height <= MAX_PIXELS {
            return Ok(());
        }
        Err(ReadError::Size(format!(
            "{width}x{height} px; sides must be {min} to {max} px, at most {MAX_PIXELS} px in all"
        )))
    }
}
