//! How large letters are. Boxes around lines say little about it: they are as high as their highest letter, and have
//! room around it. How wide so many letters are says more.

use super::is_undivided;
use crate::kind::general_table::Piece;

/// Lines with less text than so many characters of Chinese say nothing by their width.
const LEAST: f32 = 2.5;
/// Lines of one size differ by no more than these factors; boxes around few letters have more room.
const WIDTH: f32 = 1.16;
const HEIGHT: f32 = 1.5;
const HEIGHT_ALONE: f32 = 1.7;

/// How large the letters of a line are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// The width of a character of Chinese, or what letters and figures of that size come to.
    em: f32,
    /// How much text says so.
    ems: f32,
    /// How high its boxes are.
    pub height: f32,
}

impl Size {
    fn is_known(&self) -> bool {
        self.ems >= LEAST
    }

    /// How wide a character of Chinese is.
    pub fn em(&self) -> f32 {
        if self.is_known() { self.em } else { self.height }
    }

    /// How many times as large as the other.
    pub fn times(&self, other: &Size) -> f32 {
        if self.is_known() && other.is_known() {
            self.em / other.em.max(1.0)
        } else {
            self.height / other.height.max(1.0)
        }
    }

    pub fn is_like(&self, other: &Size) -> bool {
        let within = |ratio: f32, most: f32| (1.0 / most..=most).contains(&ratio);
        let heights = self.height / other.height.max(1.0);
        if self.is_known() && other.is_known() {
            within(self.times(other), WIDTH) && within(heights, HEIGHT)
        } else {
            within(heights, HEIGHT_ALONE)
        }
    }
}

/// The size of lines of one size.
pub(super) fn size_of<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Size {
    let (mut width, mut ems, mut heights) = (0.0, 0.0, Vec::new());
    for piece in pieces {
        width += piece.width();
        ems += ems_of(piece);
        heights.push(piece.height());
    }
    heights.sort_by(f32::total_cmp);
    let height = heights.get(heights.len() / 2).copied().unwrap_or(1.0);
    Size { em: if ems > 0.0 { width / ems } else { height }, ems, height }
}

/// The size of most of the text.
pub(super) fn most<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Size {
    let mut sizes: Vec<Size> = pieces.into_iter().map(|piece| size_of([piece])).collect();
    let middle = |sizes: &mut Vec<Size>, of: fn(&Size) -> f32| {
        sizes.sort_by(|a, b| of(a).total_cmp(&of(b)));
        let half = sizes.iter().map(|size| size.ems).sum::<f32>() / 2.0;
        let mut sum = 0.0;
        let found = sizes.iter().find(|size| {
            sum += size.ems;
            sum >= half
        });
        found.map_or(1.0, of)
    };
    let height = middle(&mut sizes, |size| size.height);
    let ems = sizes.iter().map(|size| size.ems).sum();
    if sizes.iter().any(Size::is_known) {
        sizes.retain(Size::is_known);
    }
    Size { em: middle(&mut sizes, |size| size.em), ems, height }
}

/// How much text a line has, as about so many characters of Chinese.
fn ems_of(piece: &Piece) -> f32 {
    let of = |char: char| match char {
        _ if is_undivided(char) => 1.0,
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ';' | ':' | '\'' | '|' | '!' | '(' | ')'
        | '[' | ']' | '-' => 0.3,
        'm' | 'w' | 'M' | 'W' => 0.8,
        'A'..='Z' => 0.68,
        '0'..='9' => 0.54,
        _ => 0.5,
    };
    let spaces = piece.spots.iter().skip(1).filter(|spot| spot.glyph.is_apart).count() as f32;
    piece.spots.iter().map(|spot| of(spot.glyph.char)).sum::<f32>() + 0.28 * spaces
}
