//! Pictures of all sizes and some formats, made of the test pictures: the same every time.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use anyhow::{Context, Result};
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// What is asked about them.
pub(super) const APIS: [&str; 5] =
    ["general-text", "web-image", "general-table", "smart-document-recognizer", "id-card"];

/// Shortest and longest sides, in pixels.
const SIDES_PX: [f64; 2] = [120.0, 3_600.0];
const SEED: u64 = 20_261;

/// A picture, and which API is asked to read it.
pub(super) struct Picture {
    pub(super) api: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl Picture {
    /// What its API calls the picture.
    pub(super) fn named(&self) -> &'static str {
        if self.api == "smart-document-recognizer" { "data" } else { "image" }
    }
}

/// Makes so many of the pictures of a folder.
pub(super) fn make(folder: &Path, count: usize) -> Result<Vec<Picture>> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "jpg" || ending == "png"));
    files.sort();
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut pictures = Vec::with_capacity(count);
    while pictures.len() < count {
        let path = &files[rng.random_range(0..files.len())];
        let picture = image::open(path).with_context(|| path.display().to_string())?;
        let longest = f64::from(picture.width().max(picture.height()));
        // As many small ones as large ones, by their logarithm.
        let side = SIDES_PX[0] * (SIDES_PX[1] / SIDES_PX[0]).powf(rng.random::<f64>());
        let scale = |px: u32| ((f64::from(px) * side / longest) as u32).max(16);
        let picture =
            picture.resize_exact(scale(picture.width()), scale(picture.height()), FilterType::Triangle);
        let format =
            [ImageFormat::Jpeg, ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff];
        let format = format[rng.random_range(0..format.len())];
        let mut bytes = Vec::new();
        DynamicImage::from(picture.into_rgb8()).write_to(&mut Cursor::new(&mut bytes), format)?;
        // The largest that a call may hold in base64.
        if bytes.len() <= 7 << 20 {
            pictures.push(Picture { api: APIS[rng.random_range(0..APIS.len())], bytes });
        }
    }
    Ok(pictures)
}
