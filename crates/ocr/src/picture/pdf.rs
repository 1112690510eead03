//! One page of a PDF, rendered at 144 dpi.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use flate2::read::ZlibDecoder;
use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning};
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use super::{Picture, broken, check_size, whole};
use crate::ReadError;
use crate::memory::Share;

/// Pixels per PDF unit of 1/72 inch.
const SCALE: f32 = 2.0;
/// Most pixels of a rendered page. The renderer needs several buffers of its size.
const MAX_PAGE_PIXELS: u64 = 64_000_000;
/// How many of them, of four bytes a pixel.
const RENDERER_BUFFERS: u64 = 3;
/// Most bytes all compressed streams of a document may unpack to.
const MAX_UNPACKED_BYTES: u64 = 512 << 20;
/// How often a stream may be compressed over.
const MAX_LAYERS: usize = 4;
/// Documents nest; the renderer follows them on its stack.
const STACK_BYTES: usize = 64 << 20;

/// Renders the page of that number, counted from 1.
pub(super) fn render(bytes: &[u8], number: u32, share: &mut Share) -> Result<Picture, ReadError> {
    whole::check_end(bytes)?;
    let unpacked_bytes = check_unpacked(bytes)?;
    // On a thread of its own for the stack; a panic there ends in `join`.
    let own = bytes.to_vec();
    thread::scope(|scope| {
        let renderer = thread::Builder::new()
            .name("pdf".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, move || page(own, number, unpacked_bytes, share))
            .map_err(|error| ReadError::Engine(error.to_string()))?;
        renderer.join().unwrap_or_else(|_| Err(broken("the PDF is malformed")))
    })
}

/// How many pages a PDF has; nothing if it is none, or one that cannot be opened or is no good: reading its first page
/// tells why. It is opened in this process, if it does not unpack to too much: for documents that can be trusted, or of
/// which a page was read.
pub fn page_count(bytes: &[u8]) -> Option<usize> {
    if !super::is_pdf(bytes) || bytes.len() > super::MAX_BYTES {
        return None;
    }
    whole::check_end(bytes).and_then(|()| check_unpacked(bytes)).ok()?;
    let own = bytes.to_vec();
    let count = move || Pdf::new(own).ok().map(|pdf| pdf.pages().len());
    thread::Builder::new().stack_size(STACK_BYTES).spawn(count).ok()?.join().ok()?
}

fn page(bytes: Vec<u8>, number: u32, unpacked_bytes: u64, share: &mut Share) -> Result<Picture, ReadError> {
    let pdf = Pdf::new(bytes).map_err(|error| broken(format!("the PDF cannot be opened: {error:?}")))?;
    let pages = pdf.pages();
    let count = pages.len();
    if count == 0 {
        return Err(broken("the PDF has no pages"));
    }
    let index = number as usize - 1;
    let Some(page) = pages.get(index) else {
        let pages = if count == 1 { "page" } else { "pages" };
        return Err(ReadError::Parameter(format!("there is no page {number}: the PDF has {count} {pages}")));
    };
    let (width, height) = page.render_dimensions();
    let (width_px, height_px) = ((width * SCALE) as u64, (height * SCALE) as u64);
    check_page(width_px, height_px)?;
    share.take(unpacked_bytes + width_px * height_px * (RENDERER_BUFFERS * 4 + 3))?;
    whole::check_page(page)?;
    let is_lacking = Arc::new(AtomicBool::new(false));
    let lacking = Arc::clone(&is_lacking);
    let warned = move |warning| {
        // What is left out of an annotation is not of the page.
        if !matches!(warning, InterpreterWarning::UnresolvedAnnotationAppearance) {
            lacking.store(true, Ordering::Relaxed);
        }
    };
    let settings = PixmapSettings { x_scale: SCALE, y_scale: SCALE, bg_color: WHITE };
    let pixmap = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings { warning_sink: Arc::new(warned), ..InterpreterSettings::default() },
        &RenderSettings::default(),
        &settings,
    );
    if is_lacking.load(Ordering::Relaxed) {
        return Err(broken("a picture or a font of the page cannot be decoded"));
    }
    // The background is opaque, so colours need no division by alpha.
    let rgb = pixmap.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    Ok(Picture { width: pixmap.width().into(), height: pixmap.height().into(), rgb })
}

/// Refuses a page that is too small or too large.
pub(super) fn check_page(width_px: u64, height_px: u64) -> Result<(), ReadError> {
    check_size(width_px, height_px)?;
    if width_px * height_px > MAX_PAGE_PIXELS {
        return Err(ReadError::Size(format!("a page of {width_px}x{height_px} px at 144 dpi is too large")));
    }
    Ok(())
}

/// Refuses a document whose streams unpack to more than memory should hold. They are found by their
/// keyword, without trusting the document's structure. Answers how many bytes they are.
fn check_unpacked(bytes: &[u8]) -> Result<u64, ReadError> {
    const KEYWORD: &[u8] = b"stream";
    let mut unpacked = 0;
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(KEYWORD.len()).position(|word| word == KEYWORD) {
        at += found + KEYWORD.len();
        let data = bytes[at..].trim_ascii_start();
        for layers in 1..=MAX_LAYERS {
            let size = unpacked_bytes(data, layers);
            if size == 0 {
                break;
            }
            unpacked += size;
            if unpacked > MAX_UNPACKED_BYTES {
                return Err(ReadError::Size("the document unpacks to too much".to_owned()));
            }
        }
    }
    Ok(unpacked)
}

/// To how many bytes the data unpacks, compressed over that many times; 0 if it was not.
fn unpacked_bytes(data: &[u8], layers: usize) -> u64 {
    let mut source: Box<dyn Read + '_> = Box::new(data);
    for _ in 0..layers {
        source = Box::new(ZlibDecoder::new(source));
    }
    let mut counted = Counter(0);
    // It ends at the limit, at the end, or where it is no longer compressed data.
    let _ = io::copy(&mut source.take(MAX_UNPACKED_BYTES + 1), &mut counted);
    counted.0
}

struct Counter(u64);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;
    use crate::memory::Memory;

    /// With all the memory there is.
    fn render(bytes: &[u8], number: u32) -> Result<Picture, ReadError> {
        super::render(bytes, number, &mut Memory::new(u64::MAX).share())
    }

    fn packed(data: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    /// A document of one page with one stream, without the tables readers rebuild themselves.
    fn document(size: &str, filter: &str, stream: &[u8]) -> Vec<u8> {
        let head = format!(
            "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
             2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
             3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size}]/Contents 4 0 R>>endobj\n\
             4 0 obj<</Length {}/Filter {filter}>>stream\n",
            stream.len()
        );
        [head.as_bytes(), stream, b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"].concat()
    }

    #[test]
    fn a_page_is_rendered_at_144_dpi() {
        let black = packed(b"0 0 50 30 re f");
        let page = render(&document("100 60", "/FlateDecode", &black), 1).unwrap();
        assert_eq!((page.width, page.height), (200, 120));
        let pixel = |x: usize, y: usize| page.rgb[(y * 200 + x) * 3];
        assert_eq!((pixel(10, 110), pixel(10, 10), pixel(190, 110)), (0, 255, 255));
        assert_eq!(render(&document("100 60", "/FlateDecode", &black), 2).unwrap_err().code(), "AIS.0101");
    }

    #[test]
    fn pages_are_counted() {
        let one = document("100 60", "/ASCIIHexDecode", b"51>");
        let second = "5 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 60]>>endobj\ntrailer";
        let two = String::from_utf8(one.clone()).unwrap();
        let two = two.replace("[3 0 R]/Count 1", "[3 0 R 5 0 R]/Count 2").replace("trailer", second);
        assert_eq!((page_count(&one), page_count(two.as_bytes())), (Some(1), Some(2)));
        assert_eq!((page_count(b"%PDF-1.4\n"), page_count(b"no document")), (None, None));
    }

    #[test]
    fn pages_and_streams_have_limits() {
        let black = packed(b"0 0 50 30 re f");
        for size in ["5 100", "20000 20000", "14000 14000"] {
            assert_eq!(render(&document(size, "/FlateDecode", &black), 1).unwrap_err().code(), "AIS.0103");
        }
        let mut once = ZlibEncoder::new(Vec::new(), Compression::fast());
        for _ in 0..520 {
            once.write_all(&[b' '; 1 << 20]).unwrap();
        }
        let once = once.finish().unwrap();
        let bomb = document("100 60", "/FlateDecode", &once);
        assert_eq!(render(&bomb, 1).unwrap_err().code(), "AIS.0103");
        assert_eq!(page_count(&bomb), None, "it is not even opened");
        let bomb = document("100 60", "[/FlateDecode/FlateDecode]", &packed(&once));
        assert_eq!(render(&bomb, 1).unwrap_err().code(), "AIS.0103");
    }

    const LETTER: &[u8] = include_bytes!("../../tests/pictures/letter.pdf");

    #[test]
    fn a_document_that_was_cut_off_is_refused() {
        render(LETTER, 1).unwrap();
        for length in (0..LETTER.len() - 10).step_by(64) {
            assert_eq!(render(&LETTER[..length], 1).unwrap_err().code(), "AIS.0102", "{length} bytes");
        }
    }

    #[test]
    fn a_page_with_damaged_streams_is_refused() {
        let is_packed =
            |at: usize| LETTER[at.saturating_sub(80)..at].windows(11).any(|word| word == b"FlateDecode");
        let begins = |at: &usize| LETTER[..*at].ends_with(b">>\nstream\n") && is_packed(*at);
        let begins: Vec<usize> = (0..LETTER.len()).filter(begins).collect();
        assert_eq!(
            begins.len(),
            6,
            "of two pages, and of their two fonts with the glyphs of their characters"
        );
        let refused = |at: usize, number: u32| {
            let mut damaged = LETTER.to_vec();
            damaged[at] ^= 0xff;
            render(&damaged, number).is_err_and(|problem| problem.code() == "AIS.0102")
        };
        // What is on one page only does no harm to the other.
        for at in begins {
            assert!(refused(at + 20, 1) || refused(at + 20, 2), "byte {}", at + 20);
        }
    }

    #[test]
    fn a_page_with_a_cut_off_jpeg_is_refused() {
        let mut jpeg = Vec::new();
        let grey =
            image::DynamicImage::ImageLuma8(image::GrayImage::from_fn(64, 64, |x, y| [(x * y) as u8].into()));
        grey.write_to(&mut std::io::Cursor::new(&mut jpeg), image::ImageFormat::Jpeg).unwrap();
        let scan = |jpeg: &[u8]| {
            let head = format!(
                "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
                 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
                 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 64 64]/Contents 4 0 R\
                 /Resources<</XObject<</I 5 0 R>>>>>>endobj\n\
                 4 0 obj<</Length 27>>stream\nq 64 0 0 64 0 0 cm /I Do Q \nendstream endobj\n\
                 5 0 obj<</Type/XObject/Subtype/Image/Width 64/Height 64/BitsPerComponent 8\
                 /ColorSpace/DeviceGray/Filter/DCTDecode/Length {}>>stream\n",
                jpeg.len()
            );
            [head.as_bytes(), jpeg, b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"].concat()
        };
        let page = render(&scan(&jpeg), 1).unwrap();
        assert!(page.rgb.iter().any(|value| *value < 128), "the picture is on the page");
        for part in [2, 4, 6, 7] {
            let cut = scan(&jpeg[..jpeg.len() * part / 8]);
            assert_eq!(render(&cut, 1).unwrap_err().code(), "AIS.0102", "{part}/8");
        }
    }

    #[test]
    fn a_page_that_lacks_what_it_refers_to_is_refused() {
        let mut gone = document("100 60", "/FlateDecode", &packed(b"0 0 50 30 re f"));
        let contents = b"/Contents ";
        let at = gone.windows(contents.len()).position(|word| word == contents).unwrap() + contents.len();
        gone[at] = b'9';
        assert_eq!(render(&gone, 1).unwrap_err().code(), "AIS.0102");
    }

    #[test]
    fn broken_documents_are_refused() {
        assert_eq!(render(b"%PDF-1.4\nnothing", 1).unwrap_err().code(), "AIS.0102");
    }
}
