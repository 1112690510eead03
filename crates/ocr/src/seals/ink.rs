//! The ink of one seal, without anything else that stands there: how dense it is, point by point. Where black text hides
//! it, it is as dense as beside.

use super::colour::{Ground, Hue, against};
use super::frame::Frame;
use crate::ReadError;
use crate::geometry::{Point, point};
use crate::picture::Picture;
use crate::scale::scaled;

/// The longer side of a seal as it is read, in pixels: large ones are made smaller, and small ones larger, but by no
/// more than [`MOST_LARGER`].
const LARGE: f32 = 720.0;
const SMALL: f32 = 480.0;
const MOST_LARGER: f32 = 2.0;
/// What is around a seal and read with it, in parts of its side.
const ROOM: f32 = 0.04;
/// More colour than this is ink, in parts of the ground's brightness.
const INK: f32 = 0.15;
/// The ink's own colour is what so much of it has less of.
const STRONG: f32 = 0.7;
/// What lets through so much less than the ink is of another one.
const HIDDEN: f32 = 0.55;
/// What lets through less than this may be of another one, and is seen with that much light.
const SHADED: f32 = 0.75;
/// So far, in pixels, it is known from beside what is hidden.
const FILLED: usize = 5;
/// Ink is no denser than so many times its colour beside it: what is dark and has none is of another one.
const BY_COLOUR: f32 = 3.0;
const LEAST_COLOUR: f32 = 0.12;
/// A colour reaches so far in pixels of a picture: files keep colours in half the detail.
const COLOUR_REACH: f32 = 1.5;

/// A star is so large at least, in parts of the square of what it may reach.
const LEAST_STAR: f32 = 0.45;
/// Less ink than the first is none, and with the second all is there: what is in between is out of focus.
const NO_INK: f32 = 0.18;
const ALL_INK: f32 = 0.75;

/// How a seal's ink looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tint {
    pub hue: Hue,
    /// How much less bright it is in one colour than in the other.
    strength: f32,
    /// How bright it is where it hardly shows.
    through: f32,
    /// How bright it is where it shows most.
    dark: f32,
}

/// Its ink.
pub(super) struct Ink {
    pub width: usize,
    pub height: usize,
    /// 0 to 1, row by row.
    pub dense: Vec<f32>,
    /// The frame, in pixels of it.
    pub frame: Frame,
    pub tint: Tint,
}

impl Tint {
    /// How dense the ink is that gives a colour, and how bright what is below it.
    pub fn of(&self, colour: [f32; 3]) -> (f32, f32) {
        let dense = (colourful(self.hue, colour) / self.strength).clamp(0.0, 1.0);
        let through = self.hue.through(colour) / (1.0 - dense * (1.0 - self.through));
        (dense, through.clamp(0.0, 1.0))
    }

    /// How dense the ink is that gives a colour, beside which it is so dense by colour. Seen by how dark it is, in all the
    /// detail that a picture has.
    fn sharp(&self, colour: [f32; 3], beside: f32) -> f32 {
        let below = self.hue.through(colour) / (1.0 - beside * (1.0 - self.through));
        let light = if below < SHADED { below.max(0.2) } else { 1.0 };
        let dense = (1.0 - least(colour) / light) / (1.0 - self.dark);
        let dense = dense.min(BY_COLOUR * (beside - LEAST_COLOUR));
        ((dense - NO_INK) / (ALL_INK - NO_INK)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
impl Tint {
    pub fn for_tests(hue: Hue) -> Tint {
        Tint { hue, strength: 0.6, through: 0.8, dark: 0.2 }
    }
}

/// How much less bright a colour is where the ink shows than where it hardly does.
fn colourful(hue: Hue, colour: [f32; 3]) -> f32 {
    hue.through(colour) - least(colour)
}

fn least(colour: [f32; 3]) -> f32 {
    colour.into_iter().fold(f32::MAX, f32::min)
}

impl Ink {
    /// The ink of the seal of that frame. `ground` is that of the picture at another scale: that many pixels of it are one
    /// of this.
    pub fn of(
        picture: &Picture,
        frame: &Frame,
        hue: Hue,
        ground: &Ground,
        scale: f32,
    ) -> Result<Option<Ink>, ReadError> {
        let [left, top, right, bottom] = frame.around();
        let room = ROOM * (right - left).max(bottom - top) + 2.0;
        let (left, top) = ((left - room).floor().max(0.0), (top - room).floor().max(0.0));
        let right = (right + room).ceil().min(picture.width as f32);
        let bottom = (bottom + room).ceil().min(picture.height as f32);
        if right - left < 8.0 || bottom - top < 8.0 {
            return Ok(None);
        }
        let side = (right - left).max(bottom - top);
        let larger = if side < SMALL { (SMALL / side).min(MOST_LARGER) } else { (LARGE / side).min(1.0) };
        let (width, height) = (((right - left) * larger).round(), ((bottom - top) * larger).round());
        let part = [left, top, right - left, bottom - top].map(f64::from);
        let seal = scaled(picture, part, width as usize, height as usize)?;
        let at = |index: usize| {
            let (x, y) = ((index % seal.width) as f32, (index / seal.width) as f32);
            ground.at((left + x / larger) * scale, (top + y / larger) * scale)
        };
        let pixels = seal.rgb.as_chunks::<3>().0.iter().enumerate();
        let colours: Vec<[f32; 3]> = pixels.map(|(index, pixel)| against(*pixel, at(index))).collect();
        let frame = frame.moved(point(-left, -top), larger);
        Ok(tint(&colours, hue).map(|tint| Ink {
            width: seal.width,
            height: seal.height,
            dense: dense(&colours, &tint, seal.width, (COLOUR_REACH * larger).ceil() as usize),
            frame,
            tint,
        }))
    }

    /// How dense it is between the middles of pixels; outside there is none.
    pub fn at(&self, Point { x, y }: Point) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let of = |x: f32, y: f32| {
            let is_in = x >= 0.0 && y >= 0.0 && x < self.width as f32 && y < self.height as f32;
            if is_in { self.dense[y as usize * self.width + x as usize] } else { 0.0 }
        };
        let (u, v) = (x - left, y - top);
        let upper = of(left, top) + (of(left + 1.0, top) - of(left, top)) * u;
        let lower = of(left, top + 1.0) + (of(left + 1.0, top + 1.0) - of(left, top + 1.0)) * u;
        upper + (lower - upper) * v
    }

    /// Takes away what is filled, such as a star: what is thicker than any stroke of a letter, what hangs on it, and all
    /// that lies within its reach, but nothing that is farther from it than that. Its middle is where `is_middle` says.
    pub fn without_filled(&mut self, is_middle: impl Fn(Point) -> bool, stroke: f32, far: f32) {
        let (width, height) = (self.width, self.height);
        let place = |index: usize| point((index % width) as f32, (index / width) as f32);
        let mut found = self.filled(is_middle, (stroke / 2.0).round().max(2.0) as usize);
        if found.is_empty() {
            return;
        }
        let count = found.len() as f32;
        let sum = found.iter().map(|at| place(*at)).fold(point(0.0, 0.0), |a, b| point(a.x + b.x, a.y + b.y));
        let middle = point(sum.x / count, sum.y / count);
        let away = |at: Point| (at.x - middle.x).hypot(at.y - middle.y);
        let mut seen = vec![false; width * height];
        found.iter().for_each(|at| seen[*at] = true);
        let mut done = 0;
        while let Some(&at) = found.get(done) {
            done += 1;
            let (x, y) = (at % width, at / width);
            for (x, y) in [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)] {
                if x >= width || y >= height || seen[y * width + x] {
                    continue;
                }
                let index = y * width + x;
                let at = place(index);
                if away(at) <= far && self.dense[index] > 0.2 {
                    seen[index] = true;
                    found.push(index);
                }
            }
        }
        if (found.len() as f32) < LEAST_STAR * far * far {
            return;
        }
        let reach = found.iter().map(|at| away(place(*at))).fold(0.0, f32::max);
        // A star of five points has that area; what goes on beyond it is something that it touches.
        let reach = (reach + 2.0).min(1.08 * (found.len() as f32 / 1.12).sqrt() + 2.0);
        for (index, is_star) in seen.iter().enumerate() {
            let away = away(place(index));
            if away <= reach || (*is_star && away <= 1.3 * reach) {
                self.dense[index] = 0.0;
            }
        }
    }

    /// The middles of squares, of that half side, that are all ink but for some grain.
    fn filled(&self, is_middle: impl Fn(Point) -> bool, half: usize) -> Vec<usize> {
        let (width, height) = (self.width, self.height);
        // How many points of ink are in the rectangle from the corner.
        let mut sums = vec![0_u32; (width + 1) * (height + 1)];
        for y in 0..height {
            let mut row = 0;
            for x in 0..width {
                row += u32::from(self.dense[y * width + x] > 0.4);
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
            }
        }
        let is_filled = |x: usize, y: usize| {
            let (l, t, r, b) = (x - half, y - half, x + half + 1, y + half + 1);
            let of = |x: usize, y: usize| sums[y * (width + 1) + x];
            let ink = of(r, b) + of(l, t) - of(l, b) - of(r, t);
            ink as usize * 100 >= (r - l) * (b - t) * 90
        };
        let inner = |at: &usize| {
            let (x, y) = (at % width, at / width);
            x >= half && y >= half && x + half < width && y + half < height
        };
        let place = |at: usize| point((at % width) as f32, (at / width) as f32);
        (0..width * height)
            .filter(inner)
            .filter(|at| is_middle(place(*at)) && is_filled(at % width, at / width))
            .collect()
    }
}

/// What colour the ink has; none if there is hardly any.
fn tint(colours: &[[f32; 3]], hue: Hue) -> Option<Tint> {
    let mut inks: Vec<[f32; 3]> =
        colours.iter().copied().filter(|colour| hue.strength(*colour) > INK).collect();
    inks.sort_by(|a, b| colourful(hue, *a).total_cmp(&colourful(hue, *b)));
    let inks = inks.split_off((inks.len() as f32 * STRONG) as usize);
    let strength = colourful(hue, *inks.first()?);
    let median = |of: &dyn Fn([f32; 3]) -> f32| {
        let mut all: Vec<f32> = inks.iter().map(|colour| of(*colour)).collect();
        all.sort_by(f32::total_cmp);
        all.get(all.len() / 2).copied()
    };
    Some(Tint {
        hue,
        strength: strength.max(INK),
        through: median(&|colour| hue.through(colour))?.max(0.3),
        dark: median(&least)?.min(0.85),
    })
}

/// How dense the ink is everywhere; its colour reaches so far.
fn dense(colours: &[[f32; 3]], tint: &Tint, width: usize, reach: usize) -> Vec<f32> {
    let by_colour: Vec<f32> = colours.iter().map(|colour| tint.of(*colour).0).collect();
    let beside = most_around(&by_colour, width, reach);
    let is_hidden = |colour: &[f32; 3]| tint.hue.through(*colour) < HIDDEN * tint.through;
    let mut known: Vec<Option<f32>> = colours
        .iter()
        .zip(beside)
        .map(|(colour, beside)| (!is_hidden(colour)).then(|| tint.sharp(*colour, beside)))
        .collect();
    for _ in 0..FILLED {
        let before = known.clone();
        for at in (0..known.len()).filter(|at| before[*at].is_none()) {
            let x = at % width;
            let beside = [
                (x > 0, at.wrapping_sub(1)),
                (x + 1 < width, at + 1),
                (at >= width, at.wrapping_sub(width)),
                (true, at + width),
            ];
            let there = beside.into_iter().filter(|(is_there, _)| *is_there);
            let (sum, count) = there
                .filter_map(|(_, at)| before.get(at).copied().flatten())
                .fold((0.0, 0.0), |(sum, count), dense| (sum + dense, count + 1.0));
            if count > 0.0 {
                known[at] = Some(sum / count);
            }
        }
    }
    known.into_iter().map(Option::unwrap_or_default).collect()
}

/// The greatest value in the square around each, so far.
fn most_around(values: &[f32], width: usize, reach: usize) -> Vec<f32> {
    let along = |values: &[f32], step: usize, count: usize| -> Vec<f32> {
        // Its place in its row, or its column.
        let place = |at: usize| at / step % count;
        (0..values.len())
            .map(|at| {
                let (before, after) = (place(at).min(reach), (count - 1 - place(at)).min(reach));
                (at - before * step..=at + after * step)
                    .step_by(step)
                    .fold(0.0, |most: f32, at| most.max(values[at]))
            })
            .collect()
    };
    let rows = along(values, 1, width);
    along(&rows, width, values.len() / width.max(1))
}

#[cfg(test)]
mod tests {
    use super::super::frame::Shape;
    use super::super::ring::Ring;
    use super::*;

    fn ink(is_red: impl Fn(usize, usize) -> bool, is_black: impl Fn(usize, usize) -> bool) -> Ink {
        let (width, height) = (600, 600);
        let colour = |at: usize| match (at % width, at / width) {
            (x, y) if is_black(x, y) => [20, 20, 20],
            (x, y) if is_red(x, y) => [205, 60, 70],
            _ => [250, 250, 248],
        };
        let picture = Picture { width, height, rgb: (0..width * height).flat_map(colour).collect() };
        let ring = Ring { centre: point(300.0, 300.0), long: 200.0, short: 200.0, along: point(1.0, 0.0) };
        let frame = Frame { shape: Shape::Ring(ring), seen: 1.0, thickness: 6.0 };
        Ink::of(&picture, &frame, Hue::Red, &Ground::of(&picture), 1.0).unwrap().unwrap()
    }

    #[test]
    fn black_text_is_left_out_and_what_it_hides_is_as_beside() {
        // A red block, and black lines over it and beside it.
        let ink = ink(
            |x, y| (200..300).contains(&x) && (250..350).contains(&y),
            |x, y| (150..450).contains(&x) && (300..306).contains(&y),
        );
        let Shape::Ring(ring) = ink.frame.shape else { panic!() };
        let at = |x: f32, y: f32| {
            let scale = ring.long / 200.0;
            ink.at(point(ring.centre.x + (x - 300.0) * scale, ring.centre.y + (y - 300.0) * scale))
        };
        assert!(
            at(250.0, 280.0) > 0.95 && at(250.0, 303.0) > 0.8,
            "{} {}",
            at(250.0, 280.0),
            at(250.0, 303.0)
        );
        assert!(at(400.0, 303.0) < 0.1 && at(400.0, 280.0) < 0.05);
        assert_eq!(ink.at(point(-5.0, 10.0)), 0.0);
    }

    #[test]
    fn what_is_below_shows_through() {
        let ink = ink(|x, _| x > 250, |_, _| false);
        let below = |colour: [f32; 3]| ink.tint.of(colour).1;
        assert!(below([0.82, 0.24, 0.28]) > 0.97 && below([1.0, 1.0, 1.0]) > 0.97);
        assert!(below([0.1, 0.08, 0.08]) < 0.15);
        // The edge of a stroke is half ink, and all of it paper below.
        assert!(below([0.91, 0.62, 0.64]) > 0.95);
    }

    #[test]
    fn a_star_goes_and_strokes_stay() {
        let is_disc = |x: usize, y: usize| (x as f32 - 300.0).hypot(y as f32 - 280.0) < 40.0;
        let is_line = |x: usize, y: usize| (220..380).contains(&x) && (340..352).contains(&y);
        let mut ink = ink(|x, y| is_disc(x, y) || is_line(x, y), |_, _| false);
        let Shape::Ring(ring) = ink.frame.shape else { panic!() };
        let scale = ring.long / 200.0;
        ink.without_filled(|_| true, 20.0 * scale, 80.0 * scale);
        let at = |x: f32, y: f32| {
            ink.at(point(ring.centre.x + (x - 300.0) * scale, ring.centre.y + (y - 300.0) * scale))
        };
        assert!(at(300.0, 280.0) < 0.05 && at(300.0, 246.0) < 0.05);
        assert!(at(300.0, 346.0) > 0.9);
    }

    #[test]
    fn without_ink_there_is_none() {
        let picture = Picture { width: 90, height: 90, rgb: vec![250; 3 * 90 * 90] };
        let ring = Ring { centre: point(45.0, 45.0), long: 40.0, short: 40.0, along: point(1.0, 0.0) };
        let frame = Frame { shape: Shape::Ring(ring), seen: 1.0, thickness: 2.0 };
        assert!(Ink::of(&picture, &frame, Hue::Red, &Ground::of(&picture), 1.0).unwrap().is_none());
        let far = Frame { shape: Shape::Ring(ring.moved(point(300.0, 0.0), 1.0)), ..frame };
        assert!(Ink::of(&picture, &far, Hue::Red, &Ground::of(&picture), 1.0).unwrap().is_none());
    }
}
