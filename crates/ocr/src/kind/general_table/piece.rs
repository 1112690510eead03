//! Pieces of lines: text that stands in one cell. A line that was found across several cells is divided by the places of
//! its characters.

use super::plane::Plane;
use crate::page::{Block, Char, Page, Quad};
use crate::sheet::{Glyph, Run as _, Sheet};

/// A piece of a line, on the page laid straight.
#[derive(Debug, Clone)]
pub(in crate::kind) struct Piece {
    pub spots: Vec<Spot>,
    pub left: f32,
    pub right: f32,
    pub top: f32,
    pub bottom: f32,
    /// Where it is in the picture.
    location: Quad,
    /// Whether it runs up or down the page.
    pub is_upended: bool,
    /// Which line of the page it is of, and where that is.
    line: usize,
    whole: (usize, Quad),
}

/// A character, and from where to where it reaches.
#[derive(Debug, Clone, Copy)]
pub(in crate::kind) struct Spot {
    pub glyph: Glyph,
    pub left: f32,
    pub right: f32,
}

impl Spot {
    pub fn middle(&self) -> f32 {
        (self.left + self.right) / 2.0
    }
}

/// The median height of the lines of a page, in pixels.
pub(super) fn text_height(page: &Page) -> f32 {
    let side = |[x0, y0]: [i32; 2], [x1, y1]: [i32; 2]| ((x1 - x0) as f32).hypot((y1 - y0) as f32);
    let mut heights: Vec<f32> =
        page.blocks.iter().map(|block| side(block.location[0], block.location[3])).collect();
    heights.sort_by(f32::total_cmp);
    heights.get(heights.len() / 2).copied().unwrap_or_default().max(4.0)
}

/// The lines of a page.
pub(super) fn lines(page: &Page, plane: &Plane) -> Vec<Piece> {
    let sheet = Sheet::of(page);
    let blocks = page.blocks.iter().zip(sheet.lines());
    blocks
        .enumerate()
        .filter(|(_, (_, line))| !line.glyphs.is_empty())
        .map(|(number, (block, line))| {
            let corners = block.location.map(|corner| plane.to_plane(corner));
            let (dx, dy) = (corners[1].0 - corners[0].0, corners[1].1 - corners[0].1);
            let [u, v] = [corners.map(|corner| corner.0), corners.map(|corner| corner.1)];
            let mut piece = Piece {
                spots: line.glyphs.iter().map(|glyph| spot(glyph, plane)).collect(),
                left: u.into_iter().fold(f32::MAX, f32::min),
                right: u.into_iter().fold(f32::MIN, f32::max),
                top: v.into_iter().fold(f32::MAX, f32::min),
                bottom: v.into_iter().fold(f32::MIN, f32::max),
                location: block.location,
                is_upended: dy.abs() > dx.abs(),
                line: number,
                whole: (line.glyphs.len(), block.location),
            };
            // Its box has room around it, its characters have not.
            if piece.is_divisible() {
                piece = piece.part(piece.spots.clone());
                piece.location = block.location;
            }
            // Of a line that leans against the page, the middle of its slanting sides.
            if !piece.is_upended {
                piece.top = ((v[0] + v[1]) / 2.0).min((v[2] + v[3]) / 2.0);
                piece.bottom = ((v[0] + v[1]) / 2.0).max((v[2] + v[3]) / 2.0);
            }
            piece
        })
        .collect()
}

fn spot(glyph: &Glyph, plane: &Plane) -> Spot {
    let u = glyph.location.map(|corner| plane.to_plane(corner).0);
    let (left, right) = (u.into_iter().fold(f32::MAX, f32::min), u.into_iter().fold(f32::MIN, f32::max));
    Spot { glyph: *glyph, left, right }
}

impl Piece {
    pub fn middle(&self) -> f32 {
        (self.top + self.bottom) / 2.0
    }

    pub fn centre(&self) -> f32 {
        (self.left + self.right) / 2.0
    }

    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }

    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    /// Which line of the page it is of.
    pub fn number(&self) -> usize {
        self.line
    }

    fn glyphs(&self) -> Vec<Glyph> {
        self.spots.iter().map(|spot| spot.glyph).collect()
    }

    /// Whether its characters have places of their own.
    fn is_divisible(&self) -> bool {
        !self.is_upended && self.spots.windows(2).any(|pair| pair[0].left != pair[1].left)
    }

    /// Divides it before every character of which that is said, beside the one before it.
    pub fn divided(self, mut begins: impl FnMut(&Spot, &Spot) -> bool) -> Vec<Piece> {
        if !self.is_divisible() {
            return vec![self];
        }
        let mut runs: Vec<Vec<Spot>> = Vec::new();
        for spot in &self.spots {
            match runs.last_mut() {
                Some(run) if run.last().is_some_and(|last| !begins(last, spot)) => run.push(*spot),
                _ => runs.push(vec![*spot]),
            }
        }
        if runs.len() < 2 {
            return vec![self];
        }
        runs.into_iter().map(|spots| self.part(spots)).collect()
    }

    /// The same line with these characters alone.
    pub fn part(&self, spots: Vec<Spot>) -> Piece {
        let glyphs: Vec<Glyph> = spots.iter().map(|spot| spot.glyph).collect();
        Piece {
            left: spots.iter().map(|spot| spot.left).fold(f32::MAX, f32::min),
            right: spots.iter().map(|spot| spot.right).fold(f32::MIN, f32::max),
            location: glyphs.location().unwrap_or(self.location),
            spots,
            ..*self
        }
    }

    /// Both as one line.
    pub fn followed_by(self, other: Piece) -> Piece {
        let mut spots = self.spots.clone();
        let first = spots.len();
        spots.extend(other.spots);
        if let Some(spot) = spots.get_mut(first) {
            spot.glyph.is_apart = true;
        }
        self.part(spots)
    }

    /// As a line of its own.
    pub fn block(&self) -> Block {
        let glyphs = self.glyphs();
        let sum: f32 = glyphs.iter().map(|glyph| glyph.confidence).sum();
        let char =
            |glyph: &Glyph| Char { char: glyph.char, location: glyph.location, confidence: glyph.confidence };
        Block {
            words: glyphs.text(),
            confidence: sum / glyphs.len().max(1) as f32,
            location: self.location,
            chars: if self.is_divisible() || glyphs.len() == 1 {
                glyphs.iter().map(char).collect()
            } else {
                Vec::new()
            },
        }
    }
}

/// Pieces of one line put together again.
pub(super) fn whole(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort_by(|a, b| a.line.cmp(&b.line).then(a.left.total_cmp(&b.left)));
    let mut whole: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match whole.pop() {
            Some(last) if last.line == piece.line => whole.push(last.followed_by(piece)),
            last => whole.extend(last.into_iter().chain([piece])),
        }
    }
    for line in &mut whole {
        if line.spots.len() == line.whole.0 {
            line.location = line.whole.1;
        }
    }
    whole
}

/// Pieces in rows: what stands beside each other, from left to right, from top to bottom.
pub(in crate::kind) fn rows(mut pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    /// Two pieces are in one row if their middles are nearer than this share of the lower one's height.
    const SAME_ROW: f32 = 0.5;
    pieces.sort_by(|a, b| a.middle().total_cmp(&b.middle()));
    let mut rows: Vec<Vec<Piece>> = Vec::new();
    for piece in pieces {
        let is_beside = |row: &Vec<Piece>| {
            let middle = row.iter().map(Piece::middle).sum::<f32>() / row.len() as f32;
            let height = row.iter().map(Piece::height).fold(piece.height(), f32::min);
            (piece.middle() - middle).abs() < SAME_ROW * height
        };
        match rows.last_mut() {
            Some(row) if is_beside(row) => row.push(piece),
            _ => rows.push(vec![piece]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| a.left.total_cmp(&b.left));
    }
    rows
}
