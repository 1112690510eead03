//! What is seen of a frame along itself: how much of it is there, how thick it is, and whether it goes on outside.

use super::{Frame, Shape};
use crate::geometry::{Point, point};
use crate::seals::mask::Mask;

/// So much of all of a frame is seen at least.
const SEEN_OF_ALL: f32 = 0.45;
/// A stroke is so thick at least, in pixels: lines of single pixels are grain.
const THINNEST: f32 = 1.5;
/// Outside, ink may go on in so much of all directions: where something of the same colour crosses it.
const OUTSIDE: f32 = 0.4;
/// Between so many of its places a stroke may jump: what jumps everywhere is grain.
const JUMPS: f32 = 0.3;
/// So much of what is inside is ink, at least and at most.
const INSIDE: std::ops::RangeInclusive<f32> = 0.02..=0.62;

/// What is seen of a frame along itself.
#[derive(Debug, Default)]
pub(super) struct Seen {
    all: usize,
    hidden: usize,
    there: usize,
    outside: usize,
    /// Places beside another one, and of these where the stroke goes on at another depth.
    beside: usize,
    jumps: usize,
    last: Option<i32>,
    thickness: Vec<f32>,
}

impl Seen {
    /// Looks at one place, from outside to inside: whether there is ink so near to the frame, how thick it is, and whether
    /// there is more outside. Steps are of a pixel.
    pub fn look(&mut self, mask: &Mask, near: f32, most: f32, at: impl Fn(f32) -> Point) {
        self.all += 1;
        let steps = near.ceil() as i32;
        let Some(first) = (-steps..=steps).find(|depth| mask.has(at(*depth as f32))) else {
            self.hidden += usize::from((-1..=1).any(|depth| mask.is_hidden(at(depth as f32))));
            self.last = None;
            return;
        };
        self.there += 1;
        if let Some(last) = self.last.replace(first) {
            self.beside += 1;
            self.jumps += usize::from(first.abs_diff(last) > 1);
        }
        let depths = first..=first + most.ceil() as i32 + 1;
        self.thickness.push(depths.take_while(|depth| mask.has(at(*depth as f32))).count() as f32);
        let beyond = (2 * steps + 1..=3 * steps + 2).any(|depth| mask.has(at(-depth as f32)));
        self.outside += usize::from(beyond);
    }

    /// Also what another one saw.
    pub fn add(&mut self, other: Seen) {
        self.all += other.all;
        self.hidden += other.hidden;
        self.there += other.there;
        self.outside += other.outside;
        self.beside += other.beside;
        self.jumps += other.jumps;
        self.thickness.extend(other.thickness);
    }

    pub fn share(&self) -> f32 {
        self.there as f32 / (self.all - self.hidden).max(1) as f32
    }

    pub fn share_of_all(&self) -> f32 {
        self.there as f32 / self.all.max(1) as f32
    }

    /// The frame, if it is one.
    pub fn frame(mut self, shape: Shape, mask: &Mask, least: f32, thickest: f32) -> Option<Frame> {
        self.thickness.sort_by(f32::total_cmp);
        let thickness = self.thickness.get(self.thickness.len() / 2).copied().unwrap_or_default();
        let frame = Frame { shape, seen: self.share().min(1.0), thickness };
        let is_one = frame.seen >= least
            && self.share_of_all() >= SEEN_OF_ALL
            && thickness >= THINNEST
            && thickness <= (thickest * frame.short_side()).max(3.0)
            && (self.outside as f32) <= OUTSIDE * self.there as f32
            && (self.jumps as f32) <= JUMPS * self.beside as f32
            && INSIDE.contains(&inside(mask, &frame));
        is_one.then_some(frame)
    }
}

/// How much of what is inside a frame is ink, by samples.
fn inside(mask: &Mask, frame: &Frame) -> f32 {
    const SAMPLES: usize = 48;
    let [left, top, right, bottom] = frame.around();
    let (mut all, mut ink) = (0_usize, 0_usize);
    for row in 0..SAMPLES {
        for column in 0..SAMPLES {
            let part = |at: usize| (at as f32 + 0.5) / SAMPLES as f32;
            let at = point(left + (right - left) * part(column), top + (bottom - top) * part(row));
            // Not the frame itself.
            let middle = frame.middle();
            let outer = point(middle.x + (at.x - middle.x) * 1.18, middle.y + (at.y - middle.y) * 1.18);
            if frame.has(outer) {
                all += 1;
                ink += usize::from(mask.has(at));
            }
        }
    }
    ink as f32 / all.max(1) as f32
}
