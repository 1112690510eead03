//! Frames: rings and boxes that are drawn with one stroke of ink. A seal has one, all around what it says; what has none
//! (red text, the head of a letter, a logo that is filled) is no seal.
//!
//! A frame is guessed from the outermost points of ink that hangs together, or lies together, and then looked for along
//! itself: how much of it is there, how thick it is, and that nothing goes on outside.

mod boxes;
mod round;
mod seen;

use super::mask::{Mask, Part, clusters};
use super::ring::Ring;
use crate::geometry::{Point, point};

/// The least side of a seal, in pixels of the picture that is looked at, and the largest, in parts of its longer side.
const LEAST_SIDE: f32 = 26.0;
/// So many parts, and so many clusters of them, are tried.
const MOST_SEEDS: usize = 40;
/// So much of a frame is seen at least, of what nothing hides.
const SEEN: f32 = 0.66;

/// A frame of a seal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    Ring(Ring),
    /// Its corners, clockwise.
    Box([Point; 4]),
}

/// A frame and how well it is seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub shape: Shape,
    /// How much of it is there, of what nothing hides, 0 to 1.
    pub seen: f32,
    /// How thick its stroke is, in pixels.
    pub thickness: f32,
}

impl Frame {
    /// How long its shorter side is.
    pub fn short_side(&self) -> f32 {
        match &self.shape {
            Shape::Ring(ring) => 2.0 * ring.short,
            Shape::Box(corners) => sides(corners)[0].min(sides(corners)[1]),
        }
    }

    /// The rectangle around it: left, top, right, bottom.
    pub fn around(&self) -> [f32; 4] {
        match &self.shape {
            Shape::Ring(ring) => ring.around(),
            Shape::Box(corners) => {
                corners.iter().fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |[l, t, r, b], at| {
                    [l.min(at.x), t.min(at.y), r.max(at.x), b.max(at.y)]
                })
            }
        }
    }

    pub fn middle(&self) -> Point {
        let [left, top, right, bottom] = self.around();
        point((left + right) / 2.0, (top + bottom) / 2.0)
    }

    /// Whether a place is within.
    pub fn has(&self, at: Point) -> bool {
        match &self.shape {
            Shape::Ring(ring) => ring.outside(at) <= 0.0,
            Shape::Box(corners) => (0..4).all(|side| {
                let (a, b) = (corners[side], corners[(side + 1) % 4]);
                (b.x - a.x) * (at.y - a.y) >= (b.y - a.y) * (at.x - a.x)
            }),
        }
    }

    /// The same, moved so far and then that much larger.
    pub fn moved(&self, by: Point, scale: f32) -> Frame {
        let shape = match &self.shape {
            Shape::Ring(ring) => Shape::Ring(ring.moved(by, scale)),
            Shape::Box(corners) => {
                Shape::Box(corners.map(|at| point((at.x + by.x) * scale, (at.y + by.y) * scale)))
            }
        };
        Frame { shape, thickness: self.thickness * scale, ..*self }
    }
}

/// How long the upper and the lower side are together, halved, and the left and the right one.
fn sides(corners: &[Point; 4]) -> [f32; 2] {
    let side = |a: usize, b: usize| (corners[a].x - corners[b].x).hypot(corners[a].y - corners[b].y);
    [(side(0, 1) + side(3, 2)) / 2.0, (side(1, 2) + side(0, 3)) / 2.0]
}

/// The frames, the best seen first; none lies within another.
pub(super) fn frames(mask: &Mask) -> Vec<Frame> {
    let parts = mask.parts();
    let clusters = clusters(&parts);
    let is_large = |part: &&Part| part.long_side() >= LEAST_SIDE;
    let seeds = parts.iter().take(MOST_SEEDS).chain(clusters.iter().take(MOST_SEEDS)).filter(is_large);
    let mut found: Vec<Frame> =
        seeds.flat_map(|seed| [round::around(mask, seed), boxes::around(mask, seed)]).flatten().collect();
    // Of two around the same the larger one: a line within a frame is a part of it.
    found.sort_by(|a, b| (b.seen * b.short_side()).total_cmp(&(a.seen * a.short_side())));
    let mut frames: Vec<Frame> = Vec::new();
    for frame in found {
        let is_new = |other: &Frame| !other.has(frame.middle()) && !frame.has(other.middle());
        if frames.iter().all(is_new) {
            frames.push(frame);
        }
    }
    frames
}

/// How far from a guess ink may be that is of it.
fn near(short_side: f32) -> f32 {
    (0.02 * short_side).max(2.0)
}

#[cfg(test)]
mod tests;
