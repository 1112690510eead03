//! Files to begin with: small pictures in every format that is taken, in several of its forms, and the committed pictures.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use anyhow::{Context, Result, bail};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageFormat, Rgb, RgbImage};

/// Larger files are left out: what is damaged in them is mostly pixels.
const MOST_BYTES: usize = 96 * 1024;
const MEMORY_BYTES: u64 = 1 << 30;
const SIDES_PX: [(u32, u32); 2] = [(64, 48), (230, 31)];

/// All files, the same every time.
pub(super) fn files(pictures: &Path) -> Result<Vec<Vec<u8>>> {
    let mut files = Vec::new();
    for (width, height) in SIDES_PX {
        let drawn = RgbImage::from_fn(width, height, |x, y| {
            let ink = (x / 3 + y / 5) % 4 == 0;
            Rgb(if ink { [20, 30, (x % 200) as u8] } else { [240, 235, (200 + y % 50) as u8] })
        });
        let drawn = DynamicImage::from(drawn);
        let rgb8 = [
            ImageFormat::Jpeg,
            ImageFormat::Png,
            ImageFormat::Bmp,
            ImageFormat::Gif,
            ImageFormat::Tiff,
            ImageFormat::WebP,
            ImageFormat::Ico,
        ];
        for format in rgb8 {
            files.push(written(&drawn, format)?);
        }
        for other in [
            DynamicImage::from(drawn.to_luma8()),
            DynamicImage::from(drawn.to_luma_alpha8()),
            DynamicImage::from(drawn.to_rgba8()),
            DynamicImage::from(drawn.to_rgb16()),
            DynamicImage::from(drawn.to_luma16()),
        ] {
            files.push(written(&other, ImageFormat::Png)?);
            if !matches!(other, DynamicImage::ImageLumaA8(_)) {
                files.push(written(&other, ImageFormat::Tiff)?);
            }
        }
        let mut grey = Vec::new();
        JpegEncoder::new(&mut grey).encode(&drawn.to_luma8(), width, height, ExtendedColorType::L8)?;
        files.push(grey);
        files.extend([psd(&drawn.to_rgb8()), pcx(&drawn.to_rgb8())?]);
    }
    for file in &files {
        if let Err(error) = ocr::decoded_size(file, 1, None, MEMORY_BYTES) {
            bail!("a file to begin with is not read: {error}");
        }
    }
    let mut paths: Vec<_> = fs::read_dir(pictures)
        .with_context(|| format!("reading {}", pictures.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    paths.retain(|path| {
        path.extension().is_some_and(|ending| ["jpg", "png", "pdf"].iter().any(|of| ending == *of))
    });
    paths.sort();
    for path in paths {
        let bytes = fs::read(&path)?;
        // Some are there because they are refused.
        if bytes.len() <= MOST_BYTES && ocr::decoded_size(&bytes, 1, None, MEMORY_BYTES).is_ok() {
            // There are few PDFs, and much that can be wrong with one.
            let times = if bytes.starts_with(b"%PDF") { 4 } else { 1 };
            files.extend((0..times).map(|_| bytes.clone()));
        }
    }
    Ok(files)
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).with_context(|| format!("{format:?}"))?;
    Ok(bytes)
}

/// A PSD without layers: its header, three empty sections, and the planes as they are.
fn psd(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = b"8BPS\0\x01\0\0\0\0\0\0\0\x03".to_vec();
    bytes.extend(picture.height().to_be_bytes());
    bytes.extend(picture.width().to_be_bytes());
    bytes.extend([0, 8, 0, 3]);
    bytes.extend([0; 3 * 4]);
    bytes.extend([0, 0]);
    for plane in 0..3 {
        bytes.extend(picture.pixels().map(|pixel| pixel.0[plane]));
    }
    bytes
}

fn pcx(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let size = (u16::try_from(picture.width())?, u16::try_from(picture.height())?);
    let mut writer = pcx::WriterRgb::new(&mut bytes, size, (72, 72))?;
    for row in picture.rows() {
        writer.write_row(&row.flat_map(|pixel| pixel.0).collect::<Vec<u8>>())?;
    }
    writer.finish()?;
    Ok(bytes)
}
