//! Frames: rings and boxes that are drawn with one stroke of ink. A seal has one, all around what it says; what has none
//! (red text, the head of a letter, a logo that is filled) is no seal.
//!
//! A frame is guessed from the outermost points of ink that hangs together, or lies together, and then looked for along
//! itself: how much of it is there, how thick it is, and that nothing goes on outside.

use super::mask::{Mask, Part, clusters};
use super::ring::Ring;
use crate::geometry::{Point, Rect, convex_hull, point, smallest_rect};

/// The least side of a seal, in pixels of the picture that is looked at, and the largest, in parts of its longer side.
const LEAST_SIDE: f32 = 26.0;
/// So many parts, and so many clusters of them, are tried.
const MOST_SEEDS: usize = 40;
/// A ring is looked at in so many directions.
const DIRECTIONS: usize = 120;
/// So many ellipses are guessed of one seed.
const GUESSES: usize = 240;
/// A guess goes through so many points.
const GUESSED_BY: usize = 6;
/// The longer axis of an oval is so many times the shorter one at most.
const LONGEST: f32 = 2.1;
/// The longer side of a box is so many times the shorter one at most.
const LONGEST_BOX: f32 = 4.5;
/// So much of a frame is seen at least, of what nothing hides, and of all of it.
const SEEN: f32 = 0.66;
const SEEN_OF_ALL: f32 = 0.45;
/// And of each side of a box.
const SEEN_OF_SIDE: f32 = 0.5;
/// A stroke is so thick at most, in parts of the shorter side; what is thicker is filled.
const THICKEST: f32 = 0.1;
/// And so thick at least, in pixels: lines of single pixels are grain.
const THINNEST: f32 = 1.5;
/// Outside, ink may go on in so much of all directions: where something of the same colour crosses it.
const OUTSIDE: f32 = 0.4;
/// Between so many of its places a stroke may jump: what jumps everywhere is grain.
const JUMPS: f32 = 0.3;
/// So much of what is inside is ink, at least and at most.
const INSIDE: std::ops::RangeInclusive<f32> = 0.02..=0.62;

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
        seeds.flat_map(|seed| [ring(mask, seed), quad(mask, seed)]).flatten().collect();
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

/// What is seen of a frame along itself.
#[derive(Debug, Default)]
struct Seen {
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
    fn look(&mut self, mask: &Mask, near: f32, most: f32, at: impl Fn(f32) -> Point) {
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

    fn share(&self) -> f32 {
        self.there as f32 / (self.all - self.hidden).max(1) as f32
    }

    fn share_of_all(&self) -> f32 {
        self.there as f32 / self.all.max(1) as f32
    }

    /// The frame, if it is one.
    fn frame(mut self, shape: Shape, mask: &Mask, least: f32) -> Option<Frame> {
        self.thickness.sort_by(f32::total_cmp);
        let thickness = self.thickness.get(self.thickness.len() / 2).copied().unwrap_or_default();
        let frame = Frame { shape, seen: self.share().min(1.0), thickness };
        let is_one = frame.seen >= least
            && self.share_of_all() >= SEEN_OF_ALL
            && thickness >= THINNEST
            && thickness <= (THICKEST * frame.short_side()).max(3.0)
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

/// How far from a guess ink may be that is of it.
fn near(short_side: f32) -> f32 {
    (0.02 * short_side).max(2.0)
}

/// The ring around a seed.
fn ring(mask: &Mask, seed: &Part) -> Option<Frame> {
    let outer = outermost(seed);
    let mut best: Option<(f32, Ring)> = None;
    let mut consider = |ring: Option<Ring>| {
        let Some(ring) = ring.filter(|ring| is_possible(ring, mask)).and_then(|ring| settled(mask, ring))
        else {
            return;
        };
        let share = seen_ring(mask, &ring).share();
        if best.as_ref().is_none_or(|(most, _)| share > *most) {
            best = Some((share, ring));
        }
    };
    consider(Ring::through(&outer));
    consider(guessed(&outer, mask));
    let (_, ring) = best?;
    seen_ring(mask, &ring).frame(Shape::Ring(ring), mask, SEEN)
}

/// The outermost points of a seed, one for each direction.
fn outermost(seed: &Part) -> Vec<Point> {
    let middle = seed.middle();
    let mut outer: Vec<Option<(f32, Point)>> = vec![None; DIRECTIONS];
    for at in &seed.edge {
        let (x, y) = (at.x - middle.x, at.y - middle.y);
        let turn = y.atan2(x) / std::f32::consts::TAU + 0.5;
        let direction = ((turn * DIRECTIONS as f32) as usize).min(DIRECTIONS - 1);
        let far = x.hypot(y);
        if outer[direction].is_none_or(|(other, _)| far > other) {
            outer[direction] = Some((far, *at));
        }
    }
    outer.into_iter().flatten().map(|(_, at)| at).collect()
}

/// Of many ellipses through a few of the points each, the one that most of all are near to.
fn guessed(outer: &[Point], mask: &Mask) -> Option<Ring> {
    if outer.len() < 2 * GUESSED_BY {
        return None;
    }
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |count: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 11) as usize % count
    };
    let mut best: Option<(usize, Ring)> = None;
    for _ in 0..GUESSES {
        let points: [Point; GUESSED_BY] = std::array::from_fn(|_| outer[next(outer.len())]);
        let Some(ring) = Ring::through(&points).filter(|ring| is_possible(ring, mask)) else { continue };
        let near = near(2.0 * ring.short);
        let count = outer.iter().filter(|at| ring.outside(**at).abs() <= near).count();
        if best.as_ref().is_none_or(|(most, _)| count > *most) {
            best = Some((count, ring));
        }
    }
    best.map(|(_, ring)| ring)
}

fn is_possible(ring: &Ring, mask: &Mask) -> bool {
    let [left, top, right, bottom] = ring.around();
    let room = 0.1 * ring.long;
    2.0 * ring.short >= LEAST_SIDE
        && ring.long <= LONGEST * ring.short
        && left >= -room
        && top >= -room
        && right <= mask.width as f32 + room
        && bottom <= mask.height as f32 + room
}

/// The ring through the ink that is near to it, a few times over.
fn settled(mask: &Mask, mut ring: Ring) -> Option<Ring> {
    for round in 0..4 {
        let near = near(2.0 * ring.short) * if round == 0 { 2.5 } else { 1.5 };
        let steps = near.ceil() as i32;
        let outer = |direction: usize| {
            let angle = direction as f32 / DIRECTIONS as f32 * std::f32::consts::TAU;
            (-steps..=steps).map(|depth| ring.at(angle, depth as f32)).find(|at| mask.has(*at))
        };
        let points: Vec<Point> = (0..DIRECTIONS).filter_map(outer).collect();
        if points.len() < DIRECTIONS / 4 {
            return None;
        }
        ring = Ring::through(&points).filter(|ring| is_possible(ring, mask))?;
    }
    Some(ring)
}

fn seen_ring(mask: &Mask, ring: &Ring) -> Seen {
    let mut seen = Seen::default();
    let most = THICKEST * 2.0 * ring.short;
    for direction in 0..DIRECTIONS {
        let angle = direction as f32 / DIRECTIONS as f32 * std::f32::consts::TAU;
        seen.look(mask, near(2.0 * ring.short), most, |depth| ring.at(angle, depth));
    }
    seen
}

/// The box around a seed.
fn quad(mask: &Mask, seed: &Part) -> Option<Frame> {
    let rect = smallest_rect(&convex_hull(&seed.edge))?;
    let (width, height) = (rect.width, rect.height);
    if width.min(height) < LEAST_SIDE || width.max(height) > LONGEST_BOX * width.min(height) {
        return None;
    }
    let corners = straightened(mask, &rect)?;
    let mut all = Seen::default();
    for side in 0..4 {
        let seen = seen_side(mask, &corners, side, near(width.min(height)));
        if seen.share() < SEEN_OF_SIDE {
            return None;
        }
        all.all += seen.all;
        all.hidden += seen.hidden;
        all.there += seen.there;
        all.outside += seen.outside;
        all.beside += seen.beside;
        all.jumps += seen.jumps;
        all.thickness.extend(seen.thickness);
    }
    let frame = all.frame(Shape::Box(corners), mask, SEEN)?;
    (!is_ruled(mask, &corners, frame.thickness)).then_some(frame)
}

/// Sides are looked at between these parts of their length: corners may be round.
const FROM: f32 = 0.1;
const TO: f32 = 0.9;

fn on_side(corners: &[Point; 4], side: usize, part: f32, depth: f32) -> Point {
    let (a, b) = (corners[side], corners[(side + 1) % 4]);
    let (x, y) = (b.x - a.x, b.y - a.y);
    let length = x.hypot(y).max(f32::MIN_POSITIVE);
    // Inwards is to the right of who goes around clockwise as seen.
    point(a.x + x * part - depth * y / length, a.y + y * part + depth * x / length)
}

fn seen_side(mask: &Mask, corners: &[Point; 4], side: usize, near: f32) -> Seen {
    const PLACES: usize = 40;
    let mut seen = Seen::default();
    let most = THICKEST * sides(corners)[0].min(sides(corners)[1]);
    for place in 0..PLACES {
        let part = FROM + (TO - FROM) * place as f32 / (PLACES - 1) as f32;
        seen.look(mask, near, most, |depth| on_side(corners, side, part, depth));
    }
    seen
}

/// The corners where straight lines along the four sides meet: photographed, a rectangle is none any more.
fn straightened(mask: &Mask, rect: &Rect) -> Option<[Point; 4]> {
    let mut corners = rect.corners();
    for round in 0..2 {
        let reach = rect.width.min(rect.height) * if round == 0 { 0.14 } else { 0.05 };
        let lines: Vec<(Point, Point)> =
            (0..4).map(|side| line_along(mask, &corners, side, reach)).collect::<Option<_>>()?;
        let meet = |a: usize, b: usize| crossing(lines[a], lines[b]);
        corners = [meet(3, 0)?, meet(0, 1)?, meet(1, 2)?, meet(2, 3)?];
    }
    Some(corners)
}

/// The straight line through the outermost ink near a side: of all lines through two of its points the one that most are
/// near to.
fn line_along(mask: &Mask, corners: &[Point; 4], side: usize, reach: f32) -> Option<(Point, Point)> {
    const PLACES: usize = 32;
    let steps = reach.ceil() as i32;
    // By how far along and how deep.
    let deep = |place: usize| {
        let part = FROM + (TO - FROM) * place as f32 / (PLACES - 1) as f32;
        // Some of a crooked side is outside.
        let depth =
            (-steps / 3..=steps).find(|depth| mask.has(on_side(corners, side, part, *depth as f32)))?;
        Some((part, depth as f32))
    };
    let points: Vec<(f32, f32)> = (0..PLACES).filter_map(deep).collect();
    let mut best: Option<(usize, [f32; 2])> = None;
    for (at, a) in points.iter().enumerate() {
        for b in &points[at + 1..] {
            let slope = (b.1 - a.1) / (b.0 - a.0);
            let ends = [a.1 - slope * a.0, a.1 + slope * (1.0 - a.0)];
            let is_near = |(part, depth): &&(f32, f32)| (ends[0] + slope * part - depth).abs() <= 1.5;
            let count = points.iter().filter(is_near).count();
            if best.is_none_or(|(most, _)| count > most) {
                best = Some((count, ends));
            }
        }
    }
    let (_, [from, to]) = best?;
    Some((on_side(corners, side, 0.0, from), on_side(corners, side, 1.0, to)))
}

fn crossing((a, b): (Point, Point), (c, d): (Point, Point)) -> Option<Point> {
    let (ux, uy, vx, vy) = (b.x - a.x, b.y - a.y, d.x - c.x, d.y - c.y);
    let determinant = ux * vy - uy * vx;
    if determinant.abs() < 1e-3 {
        return None;
    }
    let part = ((c.x - a.x) * vy - (c.y - a.y) * vx) / determinant;
    Some(point(a.x + part * ux, a.y + part * uy))
}

/// Whether lines go all across or down a box: then it is a table.
fn is_ruled(mask: &Mask, corners: &[Point; 4], thickness: f32) -> bool {
    const PLACES: usize = 60;
    let [width, height] = sides(corners);
    // Across the box, at a part of its height; and down.
    let at = |u: f32, v: f32| {
        let [a, b, c, d] = corners;
        let mix = |a: f32, b: f32, c: f32, d: f32| (a + (b - a) * u) * (1.0 - v) + (d + (c - d) * u) * v;
        point(mix(a.x, b.x, c.x, d.x), mix(a.y, b.y, c.y, d.y))
    };
    let rules = |length: f32, at: &dyn Fn(f32, f32) -> Point| {
        let edge = (2.5 * thickness + 3.0) / length;
        let (mut count, mut is_in) = (0, false);
        let mut place = edge;
        while place < 1.0 - edge {
            let part = |i: usize| (i as f32 + 0.5) / PLACES as f32;
            let ink = (0..PLACES).filter(|i| mask.has(at(part(*i), place))).count();
            let is_rule = ink * 100 >= PLACES * 92;
            count += usize::from(is_rule && !is_in);
            is_in = is_rule;
            place += 1.0 / length;
        }
        count
    };
    let down = rules(width, &|along, place| at(place, along));
    let across = rules(height, &|along, place| at(along, place));
    down > 0 || across > 2
}

#[cfg(test)]
mod tests {
    use super::super::colour::Hue;
    use super::*;

    const WIDTH: usize = 640;
    const HEIGHT: usize = 500;

    /// A picture drawn point by point: red, black or white.
    fn mask(colour: impl Fn(f32, f32) -> char) -> Mask {
        let leveled: Vec<[f32; 3]> = (0..WIDTH * HEIGHT)
            .map(|at| match colour((at % WIDTH) as f32, (at / WIDTH) as f32) {
                'r' => [0.8, 0.15, 0.2],
                'b' => [0.1, 0.1, 0.1],
                _ => [1.0, 1.0, 1.0],
            })
            .collect();
        Mask::of(Hue::Red, &leveled, WIDTH, HEIGHT)
    }

    /// A ring of radius 100 with blocks for its text, one side of it shorter by `short`.
    fn seal(x: f32, y: f32, short: f32) -> bool {
        let (x, y) = (x, y / short);
        let far = x.hypot(y);
        let is_letter = (y.atan2(x) * 7.0).sin() > 0.2 && y < 40.0;
        (96.0..101.0).contains(&far) || ((70.0..88.0).contains(&far) && is_letter)
    }

    #[test]
    fn rings_and_ovals_are_found_where_they_are() {
        let two =
            mask(
                |x, y| {
                    if seal(x - 150.0, y - 200.0, 1.0) || seal(x - 420.0, y - 300.0, 0.7) { 'r' } else { ' ' }
                },
            );
        let found = frames(&two);
        assert_eq!(found.len(), 2, "{found:#?}");
        for (frame, (x, y, short)) in found.iter().zip([(150.0, 200.0, 100.0), (420.0, 300.0, 70.0)]) {
            let Shape::Ring(ring) = frame.shape else { panic!("{frame:?}") };
            assert!((ring.centre.x - x).abs() < 1.5 && (ring.centre.y - y).abs() < 1.5, "{frame:?}");
            assert!((ring.long - 100.5).abs() < 2.0 && (ring.short - short).abs() < 2.0, "{frame:?}");
            assert!(frame.seen > 0.95 && (3.0..8.0).contains(&frame.thickness), "{frame:?}");
        }
    }

    #[test]
    fn a_ring_is_found_below_black_text_and_beside_red_lines() {
        let over = mask(|x, y| {
            let is_text = (140.0..160.0).contains(&(y % 60.0 + 100.0)) && !(x as usize / 9).is_multiple_of(3);
            if is_text && (60.0..400.0).contains(&x) {
                'b'
            } else if seal(x - 200.0, y - 250.0, 1.0) || (350.0..354.0).contains(&y) {
                'r'
            } else {
                ' '
            }
        });
        let found = frames(&over);
        assert_eq!(found.len(), 1, "{found:#?}");
        let Shape::Ring(ring) = found[0].shape else { panic!("{found:?}") };
        assert!((ring.centre.x - 200.0).abs() < 3.0 && (ring.long - 100.0).abs() < 3.0, "{found:?}");
    }

    /// A box of 200 by 100 with blocks in it, and other lines if asked.
    fn in_box(x: f32, y: f32) -> bool {
        let is_frame = (x.abs() <= 100.0 && y.abs() <= 50.0) && !(x.abs() < 96.0 && y.abs() < 46.0);
        is_frame || (x.abs() < 70.0 && y.abs() < 15.0 && (x.abs() as usize / 12).is_multiple_of(2))
    }

    #[test]
    fn boxes_are_found_turned_too() {
        for degrees in [0.0_f32, 12.0, -20.0] {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let turned = mask(|x, y| {
                let (x, y) = (x - 300.0, y - 250.0);
                if in_box(x * cos + y * sin, y * cos - x * sin) { 'r' } else { ' ' }
            });
            let found = frames(&turned);
            assert_eq!(found.len(), 1, "{degrees} {found:#?}");
            let Shape::Box(corners) = found[0].shape else { panic!("{found:?}") };
            let [width, height] = sides(&corners);
            assert!((width - 200.0).abs() < 4.0 && (height - 100.0).abs() < 4.0, "{degrees} {found:?}");
            let first = point(300.0 - 100.0 * cos + 50.0 * sin, 250.0 - 100.0 * sin - 50.0 * cos);
            assert!((corners[0].x - first.x).hypot(corners[0].y - first.y) < 4.0, "{degrees} {corners:?}");
        }
    }

    #[test]
    fn what_has_no_frame_is_no_seal() {
        let none = |colour: &dyn Fn(f32, f32) -> bool, what: &str| {
            let mask = mask(|x, y| if colour(x, y) { 'r' } else { ' ' });
            assert!(frames(&mask).is_empty(), "{what}: {:?}", frames(&mask));
        };
        none(&|_, _| false, "nothing");
        none(&|_, _| true, "all red");
        none(&|x, y| (x - 300.0).hypot(y - 250.0) < 100.0, "a disc");
        none(&|x, y| (x - 300.0).abs() < 100.0 && (y - 250.0).abs() < 60.0, "a block");
        none(
            &|x, y| (100.0..140.0).contains(&y) && !(x as usize / 20).is_multiple_of(3),
            "a line of letters",
        );
        none(
            &|x, y| (x - 300.0).hypot(y - 250.0) < 101.0 && (x - 300.0).hypot(y - 250.0) > 96.0,
            "an empty ring",
        );
        let is_table = |x: f32, y: f32| {
            (x - 300.0).abs() <= 152.0
                && (y - 250.0).abs() <= 102.0
                && ((x as usize - 148) % 100 < 4 || (y as usize - 148) % 50 < 4)
        };
        none(&is_table, "a table");
        let hash =
            |x: f32, y: f32| (x as usize).wrapping_mul(2_654_435_761) ^ (y as usize).wrapping_mul(40_503);
        none(&|x, y| (hash(x, y) >> 7) % 3 == 0, "grain");
    }
}
