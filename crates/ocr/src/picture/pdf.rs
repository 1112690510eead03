//! One page of a PDF, rendered at 144 dpi.

use std::thread;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use super::{Picture, broken, check_size};
use crate::ReadError;

/// Pixels per PDF unit of 1/72 inch.
const SCALE: f32 = 2.0;
/// Most pixels of a rendered page. The renderer needs several buffers of its size.
const MAX_PAGE_PIXELS: u64 = 64_000_000;
/// Documents nest; the renderer follows them on its stack.
const STACK_BYTES: usize = 64 << 20;

/// Renders the page of that number, counted from 1.
pub(super) fn render(bytes: &[u8], number: u32) -> Result<Picture, ReadError> {
    // On a thread of its own for the stack; a panic there ends in `join`.
    let bytes = bytes.to_vec();
    let renderer = thread::Builder::new()
        .name("pdf".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || page(bytes, number))
        .map_err(|error| ReadError::Engine(error.to_string()))?;
    renderer.join().unwrap_or_else(|_| Err(broken("the PDF is malformed")))
}

fn page(bytes: Vec<u8>, number: u32) -> Result<Picture, ReadError> {
    let pdf = Pdf::new(bytes).map_err(|error| broken(format!("the PDF cannot be opened: {error:?}")))?;
    let pages = pdf.pages();
    let count = pages.len();
    if count == 0 {
        return Err(broken("the PDF has no pages"));
    }
    let index = number as usize - 1;
    let Some(page) = pages.get(index) else {
        return Err(ReadError::Parameter(format!("page {number} of a PDF of {count} pages")));
    };
    let (width, height) = page.render_dimensions();
    let (width_px, height_px) = ((width * SCALE) as u64, (height * SCALE) as u64);
    check_size(width_px, height_px)?;
    if width_px * height_px > MAX_PAGE_PIXELS {
        return Err(ReadError::Size(format!("a page of {width_px}x{height_px} px at 144 dpi is too large")));
    }
    let settings = PixmapSettings { x_scale: SCALE, y_scale: SCALE, bg_color: WHITE };
    let pixmap = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    );
    // The background is opaque, so colours need no division by alpha.
    let rgb = pixmap.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    Ok(Picture { width: pixmap.width().into(), height: pixmap.height().into(), rgb })
}
