//! Where ink of one colour is, and its parts that hang together. Work is bounded: specks are left out before they are
//! parts, and of the parts the largest are looked at.

use super::colour::Hue;
use crate::components::Map;
use crate::geometry::{Point, point};

/// More colour than this is ink, in parts of the ground's brightness.
const INK: f32 = 0.17;
/// What is darker than this, even through the colour of the ink, is of black ink, which hides others.
const DARK: f32 = 0.45;
/// Ink with fewer neighbours, of eight, is a speck.
const NEIGHBOURS: usize = 3;
/// A part whose longer side is shorter is none, in pixels.
const LEAST_SIDE: f32 = 5.0;
/// So many parts are looked at, the largest ones.
const MOST_PARTS: usize = 600;
/// Parts so near to each other belong together, in pixels.
const NEAR: f32 = 7.0;

/// Ink of one colour.
pub(super) struct Mask {
    pub width: usize,
    pub height: usize,
    ink: Vec<bool>,
    hidden: Vec<bool>,
}

/// What hangs together: points along its edge, and the rectangle around it (left, top, right, bottom).
pub(super) struct Part {
    pub edge: Vec<Point>,
    pub around: [f32; 4],
}

impl Mask {
    /// Of a picture that was set against its ground.
    pub fn of(hue: Hue, leveled: &[[f32; 3]], width: usize, height: usize) -> Mask {
        let ink: Vec<bool> = leveled.iter().map(|colour| hue.strength(*colour) > INK).collect();
        let hidden = leveled.iter().map(|colour| hue.through(*colour) < DARK).collect();
        let mut mask = Mask { width, height, ink, hidden };
        mask.ink = (0..width * height).map(|at| mask.ink[at] && mask.neighbours(at) >= NEIGHBOURS).collect();
        mask
    }

    fn neighbours(&self, at: usize) -> usize {
        let (x, y) = (at % self.width, at / self.width);
        let columns = x.saturating_sub(1)..=(x + 1).min(self.width - 1);
        let all =
            columns.flat_map(|x| (y.saturating_sub(1)..=(y + 1).min(self.height - 1)).map(move |y| (x, y)));
        all.filter(|(x, y)| self.ink[y * self.width + x]).count() - 1
    }

    /// Whether there is ink at a place.
    pub fn has(&self, at: Point) -> bool {
        self.index(at).is_some_and(|index| self.ink[index])
    }

    /// Whether black ink hides what is at a place, or the picture ends before.
    pub fn is_hidden(&self, at: Point) -> bool {
        self.index(at).is_none_or(|index| self.hidden[index] && !self.ink[index])
    }

    fn index(&self, at: Point) -> Option<usize> {
        let (x, y) = (at.x.round(), at.y.round());
        let is_in = x >= 0.0 && y >= 0.0 && (x as usize) < self.width && (y as usize) < self.height;
        is_in.then(|| y as usize * self.width + x as usize)
    }

    /// The parts, the largest first.
    pub fn parts(&self) -> Vec<Part> {
        let values = self.ink.iter().map(|is_ink| if *is_ink { u8::MAX } else { 0 }).collect();
        let map = Map { width: self.width, height: self.height, values };
        let mut parts: Vec<Part> = map.components().into_iter().map(Part::of).collect();
        parts.retain(|part| part.long_side() >= LEAST_SIDE);
        parts.sort_by(|a, b| b.long_side().total_cmp(&a.long_side()));
        parts.truncate(MOST_PARTS);
        parts
    }
}

impl Part {
    fn of(edge: Vec<Point>) -> Part {
        let around = edge.iter().fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |[l, t, r, b], at| {
            [l.min(at.x), t.min(at.y), r.max(at.x), b.max(at.y)]
        });
        Part { edge, around }
    }

    pub fn long_side(&self) -> f32 {
        let [left, top, right, bottom] = self.around;
        (right - left).max(bottom - top)
    }

    pub fn middle(&self) -> Point {
        let [left, top, right, bottom] = self.around;
        point((left + right) / 2.0, (top + bottom) / 2.0)
    }

    fn is_near(&self, other: &Part) -> bool {
        let ([al, at, ar, ab], [bl, bt, br, bb]) = (self.around, other.around);
        al - NEAR <= br && bl - NEAR <= ar && at - NEAR <= bb && bt - NEAR <= ab
    }
}

/// What lies near each other, as one; what is alone is left out.
pub(super) fn clusters(parts: &[Part]) -> Vec<Part> {
    let mut parents: Vec<usize> = (0..parts.len()).collect();
    for a in 0..parts.len() {
        for b in 0..a {
            if parts[a].is_near(&parts[b]) {
                let (a, b) = (root(&mut parents, a), root(&mut parents, b));
                parents[a.max(b)] = a.min(b);
            }
        }
    }
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); parts.len()];
    for at in 0..parts.len() {
        members[root(&mut parents, at)].push(at);
    }
    let several = members.into_iter().filter(|members| members.len() > 1);
    let mut clusters: Vec<Part> = several
        .map(|members| {
            let mut edge: Vec<Point> =
                members.iter().flat_map(|member| parts[*member].edge.iter().copied()).collect();
            edge.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
            Part::of(edge)
        })
        .collect();
    clusters.sort_by(|a, b| b.long_side().total_cmp(&a.long_side()));
    clusters
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [f32; 3] = [0.8, 0.1, 0.1];

    fn mask(width: usize, height: usize, colour: impl Fn(usize, usize) -> [f32; 3]) -> Mask {
        let leveled: Vec<[f32; 3]> = (0..width * height).map(|at| colour(at % width, at / width)).collect();
        Mask::of(Hue::Red, &leveled, width, height)
    }

    #[test]
    fn ink_hangs_together_and_specks_are_none() {
        let is_bar = |x: usize, y: usize| (10..40).contains(&x) && (20..24).contains(&y);
        let is_far = |x: usize, y: usize| (80..90).contains(&x) && (60..70).contains(&y);
        let mask = mask(100, 100, |x, y| match (x, y) {
            _ if is_bar(x, y) || is_bar(x, y.wrapping_sub(8)) || is_far(x, y) => RED,
            _ if x % 7 == 3 && y % 9 == 4 => RED,
            (50..60, 0..100) => [0.1; 3],
            _ => [1.0; 3],
        });
        let parts = mask.parts();
        assert_eq!(parts.len(), 3);
        assert!(parts[0].long_side() >= 29.0);
        let clusters = clusters(&parts);
        assert_eq!(clusters.len(), 1, "the two bars");
        assert!(mask.has(point(20.0, 21.0)) && !mask.has(point(3.0, 4.0)) && !mask.has(point(-1.0, 4.0)));
        assert!(mask.is_hidden(point(55.0, 50.0)) && !mask.is_hidden(point(20.0, 21.0)));
        assert!(mask.is_hidden(point(55.0, 100.0)), "beyond the edge nothing is known");
    }

    #[test]
    fn of_many_parts_the_largest_are_looked_at() {
        let mask = mask(400, 400, |x, y| if x % 8 < 6 && y % 8 < 6 { RED } else { [1.0; 3] });
        assert_eq!(mask.parts().len(), MOST_PARTS);
    }
}
