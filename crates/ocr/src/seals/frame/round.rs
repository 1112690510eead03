//! Rings around what hangs or lies together: circles and ovals.

use super::seen::Seen;
use super::{Frame, LEAST_SIDE, SEEN, Shape, near};
use crate::geometry::Point;
use crate::seals::mask::{Mask, Part};
use crate::seals::ring::Ring;

/// A stroke is so thick at most, in parts of the shorter side; what is thicker is filled.
const THICKEST: f32 = 0.1;
/// A ring is looked at in so many directions.
const DIRECTIONS: usize = 120;
/// So many ellipses are guessed of one seed.
const GUESSES: usize = 240;
/// A guess goes through so many points.
const GUESSED_BY: usize = 6;
/// The longer axis of an oval is so many times the shorter one at most.
const LONGEST: f32 = 2.1;

/// The ring around a seed.
pub(super) fn around(mask: &Mask, seed: &Part) -> Option<Frame> {
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
    seen_ring(mask, &ring).frame(Shape::Ring(ring), mask, SEEN, THICKEST)
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
