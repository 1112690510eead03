//! The page laid straight: upright, and with lines that were parallel on paper parallel again. Rulings and lines of text
//! say how it leans; seen in perspective, those of one direction meet in a point.
//!
//! A line across the page is told by its height above the middle of the page, and leans by so much as that height says;
//! the same goes for lines down. That is exact for any perspective.

use crate::page::{Page, Quad};

/// How lines of one direction lean: the middle one, and how that changes from line to line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Leaning {
    slope: f32,
    growth: f32,
}

/// A line that says how it leans: where it crosses the middle, its slope, and how much it counts.
#[derive(Debug, Clone, Copy)]
struct Witness {
    at: f32,
    slope: f32,
    weight: f32,
}

/// The page laid straight.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    /// The direction of text, by quarters.
    along: (f32, f32),
    /// The middle of the page, upright.
    middle: (f32, f32),
    across: Leaning,
    down: Leaning,
    /// The size of the picture.
    size: (i32, i32),
}

/// Only lines so many times as long as text is high tell how the page leans.
const LONG: f32 = 4.0;
/// What a line of text counts beside a ruling of its length.
const TEXT: f32 = 0.3;
/// A line that leans by so much more or less than the others says nothing.
const STRAY: f32 = 0.02;
/// Of the rulings below one so many are compared with it, whose ends are aside by no more than this part of the distance.
const NEXT: usize = 4;
const ASIDE: f32 = 0.1;
/// By how much slopes differ at most from one edge of the page to the other.
const MOST_GROWTH: f32 = 0.3;

impl Plane {
    pub fn of(page: &Page, text_height: f32) -> Plane {
        let (mut x, mut y) = (0_i64, 0_i64);
        for block in &page.blocks {
            let [from, to, ..] = block.location;
            x += i64::from(to[0]) - i64::from(from[0]);
            y += i64::from(to[1]) - i64::from(from[1]);
        }
        let along = match (x.abs() >= y.abs(), x >= 0, y >= 0) {
            (true, true, _) => (1.0, 0.0),
            (true, false, _) => (-1.0, 0.0),
            (false, _, true) => (0.0, 1.0),
            (false, _, false) => (0.0, -1.0),
        };
        let size = (page.width as i32, page.height as i32);
        let mut plane =
            Plane { along, middle: (0.0, 0.0), across: Leaning::default(), down: Leaning::default(), size };
        plane.middle = plane.upright([size.0 as f32 / 2.0, size.1 as f32 / 2.0]);
        let (mut across, mut down) = (Vec::new(), Vec::new());
        let mut add = |from: [i32; 2], to: [i32; 2], counts: f32| {
            let [(u0, v0), (u1, v1)] = [from, to].map(|[x, y]| {
                let (u, v) = plane.upright([x as f32, y as f32]);
                (u - plane.middle.0, v - plane.middle.1)
            });
            let (width, height) = (u1 - u0, v1 - v0);
            if width.abs() > 4.0 * height.abs() && width.abs() > LONG * text_height {
                let slope = height / width;
                across.push(Witness { at: v0 - slope * u0, slope, weight: counts * width.abs() });
            } else if height.abs() > 4.0 * width.abs() && height.abs() > LONG * text_height && counts == 1.0 {
                let slope = width / height;
                down.push(Witness { at: u0 - slope * v0, slope, weight: height.abs() });
            }
        };
        for ruling in &page.rulings {
            add(ruling.from, ruling.to, 1.0);
        }
        for block in &page.blocks {
            add(block.location[0], block.location[1], TEXT);
            add(block.location[3], block.location[2], TEXT);
        }
        plane.add_ends(page, text_height, &mut down);
        let reach = size.0.max(size.1).max(1) as f32;
        plane.across = leaning(across, reach).unwrap_or_default();
        // Without a line down, it is taken for turned.
        let turned = Leaning { slope: -plane.across.slope, growth: 0.0 };
        plane.down = leaning(down, reach).unwrap_or(turned);
        plane
    }

    /// Rulings across that are of one table end below each other: at both sides is a line down, drawn or not.
    fn add_ends(&self, page: &Page, text_height: f32, down: &mut Vec<Witness>) {
        let mut across: Vec<[(f32, f32); 2]> = Vec::new();
        for ruling in &page.rulings {
            let mut ends = [ruling.from, ruling.to].map(|[x, y]| {
                let (u, v) = self.upright([x as f32, y as f32]);
                (u - self.middle.0, v - self.middle.1)
            });
            ends.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (width, height) = (ends[1].0 - ends[0].0, (ends[1].1 - ends[0].1).abs());
            if width > 4.0 * height && width > LONG * text_height {
                across.push(ends);
            }
        }
        across.sort_by(|a, b| a[0].1.total_cmp(&b[0].1));
        for (at, above) in across.iter().enumerate() {
            for below in across[at + 1..].iter().take(NEXT) {
                let sides = [0, 1].map(|side| {
                    let (rise, aside) = (below[side].1 - above[side].1, below[side].0 - above[side].0);
                    (rise >= 2.0 * text_height && aside.abs() <= ASIDE * rise).then(|| {
                        let slope = aside / rise;
                        Witness { at: above[side].0 - slope * above[side].1, slope, weight: TEXT * rise }
                    })
                });
                if let [Some(left), Some(right)] = sides {
                    down.extend([left, right]);
                }
            }
        }
    }

    fn upright(&self, [x, y]: [f32; 2]) -> (f32, f32) {
        (x * self.along.0 + y * self.along.1, y * self.along.0 - x * self.along.1)
    }

    /// Where a point of the picture is on the page.
    pub fn to_plane(&self, [x, y]: [i32; 2]) -> (f32, f32) {
        let (x, y) = self.upright([x as f32, y as f32]);
        let (x, y) = (x - self.middle.0, y - self.middle.1);
        let u = (x - self.down.slope * y) / (1.0 + self.down.growth * y);
        let v = (y - self.across.slope * x) / (1.0 + self.across.growth * x);
        (u, v)
    }

    /// Where a point of the page is in the picture, at its edge if it is outside.
    fn to_picture(&self, (u, v): (f32, f32)) -> [i32; 2] {
        let a = self.down.slope + self.down.growth * u;
        let b = self.across.slope + self.across.growth * v;
        let x = (u + a * v) / (1.0 - a * b);
        let y = v + b * x;
        let (x, y) = (x + self.middle.0, y + self.middle.1);
        let (x, y) = (x * self.along.0 - y * self.along.1, x * self.along.1 + y * self.along.0);
        let within = |at: f32, size: i32| (at.round() as i32).clamp(0, (size - 1).max(0));
        [within(x, self.size.0), within(y, self.size.1)]
    }

    /// A rectangle of the page in the picture: from left and top to right and bottom.
    pub fn quad(&self, [left, top, right, bottom]: [f32; 4]) -> Quad {
        [(left, top), (right, top), (right, bottom), (left, bottom)].map(|corner| self.to_picture(corner))
    }
}

/// The leaning that most lines agree on; none if there are no lines.
fn leaning(mut witnesses: Vec<Witness>, reach: f32) -> Option<Leaning> {
    witnesses.sort_by(|a, b| a.slope.total_cmp(&b.slope));
    let half = witnesses.iter().map(|witness| witness.weight).sum::<f32>() / 2.0;
    let mut sum = 0.0;
    let middle = witnesses.iter().find(|witness| {
        sum += witness.weight;
        sum >= half
    })?;
    let mut found = Leaning { slope: middle.slope, growth: 0.0 };
    // What strays is left out, more strictly when more is known.
    for stray in [3.0 * STRAY, STRAY, STRAY / 2.0] {
        let agree =
            |witness: &&Witness| (witness.slope - found.slope - found.growth * witness.at).abs() <= stray;
        let agreeing: Vec<&Witness> = witnesses.iter().filter(agree).collect();
        found = fitted(&agreeing, reach).unwrap_or(found);
    }
    Some(found)
}

fn fitted(witnesses: &[&Witness], reach: f32) -> Option<Leaning> {
    let weights: f32 = witnesses.iter().map(|witness| witness.weight).sum();
    if weights <= 0.0 {
        return None;
    }
    let mean = |of: fn(&Witness) -> f32| {
        witnesses.iter().map(|witness| of(witness) * witness.weight).sum::<f32>() / weights
    };
    let (at, slope) = (mean(|witness| witness.at), mean(|witness| witness.slope));
    let (mut product, mut square) = (0.0, 0.0);
    for witness in witnesses {
        product += witness.weight * (witness.at - at) * (witness.slope - slope);
        square += witness.weight * (witness.at - at) * (witness.at - at);
    }
    // Lines near each other do not tell how slopes change.
    let is_spread = witnesses.len() >= 3 && (square / weights).sqrt() > 0.04 * reach;
    let most = MOST_GROWTH / reach;
    let growth = if is_spread { (product / square).clamp(-most, most) } else { 0.0 };
    Some(Leaning { slope: slope - growth * at, growth })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Block, Ruling};

    /// Of a grid in perspective, every line across and down is straight and upright on the page.
    #[test]
    fn lines_that_were_parallel_are_parallel_again() {
        let project = |u: f32, v: f32| {
            let w = 1.0 + 0.0002 * u + 0.0001 * v;
            [((u + 0.05 * v) / w).round() as i32 + 100, ((v - 0.03 * u) / w).round() as i32 + 120]
        };
        for turns in 0..4 {
            let turn = |[x, y]: [i32; 2]| match turns {
                0 => [x, y],
                1 => [1000 - y, x],
                2 => [1000 - x, 1000 - y],
                _ => [y, 1000 - x],
            };
            let at = |u: f32, v: f32| turn(project(u, v));
            let mut page = Page::blank(1000, 1000);
            for step in 0..8 {
                let place = 100.0 * step as f32;
                for (from, to) in [(at(0.0, place), at(700.0, place)), (at(place, 0.0), at(place, 700.0))] {
                    page.rulings.push(Ruling { from, to, thickness: 2.0 });
                }
            }
            let location = [at(10.0, 10.0), at(90.0, 10.0), at(90.0, 30.0), at(10.0, 30.0)];
            page.blocks.push(Block { words: "a".into(), confidence: 0.9, location, chars: Vec::new() });
            let plane = Plane::of(&page, 20.0);
            for ruling in &page.rulings {
                let (from, to) = (plane.to_plane(ruling.from), plane.to_plane(ruling.to));
                let off = (from.0 - to.0).abs().min((from.1 - to.1).abs());
                assert!(off < 2.5, "{turns}: {from:?} {to:?}");
            }
            for point in [[300, 300], [700, 450]] {
                let (u, v) = plane.to_plane(point);
                assert_eq!(plane.quad([u, v, u, v])[0], point, "and back");
            }
            // The text runs from left to right on the page, whichever way the picture lies.
            let corners = location.map(|corner| plane.to_plane(corner));
            assert!(corners[1].0 > corners[0].0 + 50.0 && corners[3].1 > corners[0].1 + 10.0, "{corners:?}");
        }
    }

    #[test]
    fn nothing_leans_on_an_empty_page() {
        let plane = Plane::of(&Page::blank(0, 0), 0.0);
        assert_eq!(plane.quad([-5.0, -5.0, 5.0, 5.0]), [[0, 0]; 4]);
    }
}
