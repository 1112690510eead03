//! Boxes around what hangs or lies together: rectangles, photographed from any side.

use super::seen::Seen;
use super::{Frame, LEAST_SIDE, SEEN, Shape, near, sides};
use crate::geometry::{Point, Rect, convex_hull, point, smallest_rect};
use crate::seals::mask::{Mask, Part};

/// A stroke is so thick at most, in parts of the shorter side; what is thicker is filled.
const THICKEST: f32 = 0.18;
/// The longer side of a box is so many times the shorter one at most.
const LONGEST_BOX: f32 = 4.5;
/// And of each side of a box.
const SEEN_OF_SIDE: f32 = 0.5;

/// The box around a seed.
pub(super) fn around(mask: &Mask, seed: &Part) -> Option<Frame> {
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
        all.add(seen);
    }
    let frame = all.frame(Shape::Box(corners), mask, SEEN, THICKEST)?;
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
