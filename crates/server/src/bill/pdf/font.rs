//! The one font of a page: Noto Sans CJK SC, of which the binary holds Latin and the 3,755 usual Chinese characters
//! (GB 2312, level 1). A page takes with it only the glyphs it shows.

use std::ops::Range;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use ttf_parser::Face;

/// SIL Open Font License 1.1; see the folder it lies in.
static BYTES: &[u8] = include_bytes!("../../../assets/fonts/NotoSansCJKsc-Regular-subset.otf");

/// The font, ready to measure and to draw with.
pub(super) struct Letters {
    face: Face<'static>,
    font: Font,
    units_per_em: f32,
}

impl Letters {
    /// The font; `None` would mean that the file in the binary is no font.
    pub(super) fn open() -> Option<Letters> {
        let face = Face::parse(BYTES, 0).ok()?;
        let units_per_em = f32::from(face.units_per_em());
        Some(Letters { face, font: Font::new(BYTES.into(), 0)?, units_per_em })
    }

    pub(super) fn font(&self) -> Font {
        self.font.clone()
    }

    /// The glyphs of a text in a line, and how wide they are at size 1. A character that the font does not have is
    /// drawn as its box.
    pub(super) fn set(&self, text: &str) -> (Vec<KrillaGlyph>, f32) {
        let mut width = 0.0;
        let glyphs = text.char_indices().map(|(at, letter)| {
            let glyph = self.face.glyph_index(letter).unwrap_or(ttf_parser::GlyphId(0));
            let advance = f32::from(self.face.glyph_hor_advance(glyph).unwrap_or(0)) / self.units_per_em;
            width += advance;
            let range: Range<usize> = at..at + letter.len_utf8();
            KrillaGlyph::new(GlyphId::new(glyph.0.into()), advance, 0.0, 0.0, 0.0, range, None)
        });
        let glyphs = glyphs.collect();
        (glyphs, width)
    }

    /// The characters of a text that the font does not have.
    pub(super) fn missing(&self, text: &str) -> String {
        text.chars().filter(|letter| *letter != '\n' && self.face.glyph_index(*letter).is_none()).collect()
    }
}
