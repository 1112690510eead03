//! Seals: round, oval and rectangular ones, in red, blue or purple, over whatever else stands on the page.
//!
//! A seal is a frame drawn with one stroke of such an ink, and something inside it. Red text, a logo that is filled or a
//! stamp without a frame are no seals. What is printed in black beneath one is left out before the seal is read.
//!
//! Work is bounded: a picture is looked at in one size, parts and guesses of each ink have limits, and so have the seals
//! of a page.

mod colour;
mod erased;
mod frame;
mod ink;
mod inner;
mod mask;
mod ring;
mod rows;
mod strip;
mod words;

use self::colour::{Ground, Hue, leveled};
use self::erased::Erased;
use self::frame::{Frame, Shape};
use self::ink::Ink;
use self::mask::Mask;
use crate::ReadError;
use crate::geometry::{Point, point};
use crate::page::{Quad, SealShape};
use crate::picture::Picture;
use crate::scale::scaled;

pub(crate) use words::{Recogniser, Words};

/// Pictures are looked at with a longer side of so many pixels at most.
const LONG_SIDE: f32 = 1280.0;
/// So many seals of a page are given, those that are seen best.
const MOST: usize = 16;
/// A ring whose axes differ by less is round: it may be seen from the side a little.
const ROUND: f32 = 0.88;

/// A stroke of a letter is thicker than that, in parts of its height.
const LETTER_STROKE: f32 = 0.1;
/// Of a box that is seen clearly so much is there.
const CLEARLY: f32 = 0.9;

/// A seal as it was found.
pub(crate) struct Seen {
    /// In pixels of the picture.
    frame: Frame,
    hue: Hue,
}

impl Seen {
    /// What shape it has.
    pub fn shape(&self) -> SealShape {
        match &self.frame.shape {
            Shape::Ring(ring) if ring.short >= ROUND * ring.long => SealShape::Circle,
            Shape::Ring(_) => SealShape::Ellipse,
            Shape::Box(_) => SealShape::Rectangle,
        }
    }

    /// Whether it is a seal only if it says something: a box of which not all is seen, or whose frame is as thick as the
    /// strokes of a letter, such as 国 in a heading.
    pub fn is_doubtful(&self) -> bool {
        let is_thick = self.frame.thickness > LETTER_STROKE * self.frame.short_side();
        matches!(self.frame.shape, Shape::Box(_)) && (is_thick || self.frame.seen < CLEARLY)
    }

    /// How much of its frame is seen.
    pub fn confidence(&self) -> f32 {
        self.frame.seen.clamp(0.0, 1.0)
    }

    /// Its corners, or those of the upright rectangle around a ring, within the picture.
    pub fn location(&self, picture: &Picture) -> Quad {
        let within = |at: f32, size: usize| at.round().clamp(0.0, size.saturating_sub(1) as f32) as i32;
        self.corners().map(|at| [within(at.x, picture.width), within(at.y, picture.height)])
    }

    fn corners(&self) -> [Point; 4] {
        match &self.frame.shape {
            Shape::Ring(ring) => {
                let [left, top, right, bottom] = ring.around();
                [point(left, top), point(right, top), point(right, bottom), point(left, bottom)]
            }
            Shape::Box(corners) => *corners,
        }
    }

    /// The part of the picture it is on.
    pub fn cut_out(&self, picture: &Picture) -> Result<Picture, ReadError> {
        let [left, top, right, bottom] = self.frame.around();
        let room = 0.03 * (right - left).max(bottom - top) + 1.0;
        let (left, top) = ((left - room).floor().max(0.0), (top - room).floor().max(0.0));
        let right = (right + room).ceil().min(picture.width as f32);
        let bottom = (bottom + room).ceil().min(picture.height as f32);
        let (width, height) = ((right - left).max(1.0), (bottom - top).max(1.0));
        scaled(picture, [left, top, width, height].map(f64::from), width as usize, height as usize)
    }
}

/// The seals of a picture, from the top.
pub(crate) struct Seals<'a> {
    picture: &'a Picture,
    ground: Ground,
    /// So many pixels of what was looked at are one of the picture.
    scale: f32,
    pub seen: Vec<Seen>,
}

impl<'a> Seals<'a> {
    pub fn of(picture: &'a Picture) -> Result<Seals<'a>, ReadError> {
        let long = picture.width.max(picture.height) as f32;
        let scale = (LONG_SIDE / long.max(1.0)).min(1.0);
        let side = |side: usize| ((side as f32 * scale).round() as usize).max(1);
        let (width, height) = (side(picture.width), side(picture.height));
        let all = [0.0, 0.0, picture.width as f64, picture.height as f64];
        let small = if scale < 1.0 { Some(scaled(picture, all, width, height)?) } else { None };
        let looked_at = small.as_ref().unwrap_or(picture);
        let ground = Ground::of(looked_at);
        let leveled = leveled(looked_at, &ground);
        let mut found: Vec<Seen> = Vec::new();
        for hue in Hue::ALL {
            let mask = Mask::of(hue, &leveled, width, height);
            found.extend(frame::frames(&mask).into_iter().map(|frame| Seen { frame, hue }));
        }
        // Ink between two colours is seen as either.
        found.sort_by(|a, b| b.frame.seen.total_cmp(&a.frame.seen));
        let mut seen: Vec<Seen> = Vec::new();
        for one in found {
            let is_other =
                |other: &Seen| !other.frame.has(one.frame.middle()) && !one.frame.has(other.frame.middle());
            if seen.len() < MOST && seen.iter().all(is_other) {
                seen.push(one);
            }
        }
        for one in &mut seen {
            one.frame = one.frame.moved(point(0.0, 0.0), 1.0 / scale);
        }
        let top = |seen: &Seen| seen.frame.around();
        seen.sort_by(|a, b| top(a)[1].total_cmp(&top(b)[1]).then(top(a)[0].total_cmp(&top(b)[0])));
        Ok(Seals { picture, ground, scale, seen })
    }

    /// The ink of one of them; none if hardly any is seen.
    fn ink(&self, seen: &Seen) -> Result<Option<Ink>, ReadError> {
        Ink::of(self.picture, &seen.frame, seen.hue, &self.ground, self.scale)
    }

    /// What one of them says.
    pub fn words(&self, seen: &Seen, recogniser: &mut dyn Recogniser) -> Result<Vec<Words>, ReadError> {
        match self.ink(seen)? {
            Some(ink) => words::words(&ink, recogniser),
            None => Ok(Vec::new()),
        }
    }

    /// The picture without them.
    pub fn erased(&self) -> Result<Erased<'_>, ReadError> {
        let mut erased = Erased::of(self.picture, &self.ground, self.scale);
        for seen in &self.seen {
            if let Some(ink) = self.ink(seen)? {
                erased.without(&seen.frame, ink.tint);
            }
        }
        Ok(erased)
    }
}

#[cfg(test)]
mod tests;
