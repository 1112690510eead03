//! A font without shapes. Text behind a picture is searched and copied, never seen, so one empty glyph stands for every
//! character: files stay small, and no script is missing. It is made here, table by table (OpenType 1.9), since no font
//! that is worth its licence is as empty.

/// Units of the em square.
const UNITS_PER_EM: u16 = 1000;
/// How far letters reach above their line, in units,
pub(super) const ASCENT: i16 = 800;
/// and below it.
pub(super) const DESCENT: i16 = -200;
/// The empty glyph that stands for all. Glyph 0 would mean that a character is missing.
pub(super) const GLYPH: u16 = 1;
const GLYPHS: u16 = 2;
/// What the sum of a font's words is to be, with the entry in `head` that makes it so.
const CHECKSUM: u32 = 0xb1b0_afba;

/// The font file.
pub(super) fn font() -> Vec<u8> {
    let mut tables = [
        // Outlines: none, where a file has to have some bytes.
        (*b"glyf", vec![0; 4]),
        (*b"head", head()),
        (*b"hhea", hhea()),
        // One width for all, and the second glyph's distance from the left.
        (*b"hmtx", [UNITS_PER_EM.to_be_bytes(), [0; 2], [0; 2]].concat()),
        // Where each outline begins, and where the last ends: nowhere.
        (*b"loca", vec![0; 2 * (usize::from(GLYPHS) + 1)]),
        (*b"maxp", maxp()),
    ];
    let count = tables.len() as u16;
    // Version 1.0, and the figures for a binary search over six tables.
    let mut file = [&[0, 1, 0, 0][..], &count.to_be_bytes(), &words(&[64, 2, 32])].concat();
    let mut at = 12 + 16 * u32::from(count);
    for (tag, table) in &mut tables {
        let length = table.len() as u32;
        table.resize(table.len().next_multiple_of(4), 0);
        file.extend(*tag);
        file.extend([sum(table), at, length].into_iter().flat_map(u32::to_be_bytes));
        at += table.len() as u32;
    }
    let head_at = file.len() + tables[0].1.len();
    file.extend(tables.into_iter().flat_map(|(_, table)| table));
    let adjustment = CHECKSUM.wrapping_sub(sum(&file));
    file[head_at + 8..head_at + 12].copy_from_slice(&adjustment.to_be_bytes());
    file
}

fn head() -> Vec<u8> {
    let version_and_revision = [0, 1, 0, 0, 0, 1, 0, 0];
    let adjustment = [0; 4];
    let magic = [0x5f, 0x0f, 0x3c, 0xf5];
    let made_and_modified = [0; 16];
    let flags_and_units = words(&[0, UNITS_PER_EM]);
    // The box of all outlines, style, smallest size, direction, short offsets in `loca`, format of `glyf`.
    let rest = words(&[0, 0, 0, 0, 0, 8, 2, 0, 0]);
    [&version_and_revision[..], &adjustment, &magic, &flags_and_units, &made_and_modified, &rest].concat()
}

fn hhea() -> Vec<u8> {
    let heights = [ASCENT.to_be_bytes(), DESCENT.to_be_bytes()].concat();
    // Gap, widest, three extents, the caret's rise, run and offset, four that are reserved, format, widths in `hmtx`.
    let rest = words(&[0, UNITS_PER_EM, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    [&[0, 1, 0, 0][..], &heights, &rest].concat()
}

fn maxp() -> Vec<u8> {
    // Points and contours, plain and of composites; one zone; what instructions would need.
    let rest = words(&[GLYPHS, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    [&[0, 1, 0, 0][..], &rest].concat()
}

fn words(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// The sum of the words of four bytes.
fn sum(bytes: &[u8]) -> u32 {
    bytes.as_chunks::<4>().0.iter().fold(0, |sum: u32, word| sum.wrapping_add(u32::from_be_bytes(*word)))
}

#[cfg(test)]
mod tests {
    use ttf_parser::{Face, GlyphId};

    use super::*;

    #[test]
    fn it_is_a_font_with_an_empty_glyph() {
        let file = font();
        let face = Face::parse(&file, 0).unwrap();
        assert_eq!((face.number_of_glyphs(), face.units_per_em()), (GLYPHS, UNITS_PER_EM));
        assert_eq!((face.ascender(), face.descender()), (ASCENT, DESCENT));
        assert_eq!(face.glyph_hor_advance(GlyphId(GLYPH)), Some(UNITS_PER_EM));
        assert_eq!(face.glyph_bounding_box(GlyphId(GLYPH)), None);
        assert_eq!(sum(&file), CHECKSUM);
    }
}
