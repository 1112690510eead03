//! From the detector's map of probabilities to rotated rectangles around lines of text.
//!
//! The method is that of "Real-time Scene Text Detection with Differentiable Binarization": what is
//! above a threshold falls into connected components, each gives the smallest rectangle around it, and
//! since the map shows lines shrunk, rectangles grow by a distance that depends on their area.

use crate::geometry::{Point, Rect, convex_hull, point, smallest_rect};

/// Above this a pixel is text.
const PIXEL_THRESHOLD: u8 = 76;
/// Mean probability within a rectangle, below which it is none.
const RECT_THRESHOLD: f32 = 0.5;
/// How much rectangles grow: area times this by perimeter.
const GROWTH: f32 = 1.6;
/// Shortest side of a rectangle before it grows, in pixels of the map.
const MIN_SIDE: f32 = 3.0;
/// Most lines of one picture. More is a texture, not text.
const MAX_RECTS: usize = 5000;

/// Probabilities of text by pixel, 255 for certainty.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Map {
    pub width: usize,
    pub height: usize,
    pub values: Vec<u8>,
}

/// A piece of one row above the threshold.
struct Run {
    y: usize,
    start: usize,
    end: usize,
    label: usize,
}

impl Map {
    /// The lines, as rectangles whose width points to the right.
    pub fn rects(&self) -> Vec<Rect> {
        let mut rects = Vec::new();
        for points in self.components() {
            let Some(rect) = smallest_rect(&convex_hull(&points)) else { continue };
            if rect.width.min(rect.height) < MIN_SIDE || self.mean_within(&rect) < RECT_THRESHOLD {
                continue;
            }
            let distance = rect.width * rect.height * GROWTH / (2.0 * (rect.width + rect.height));
            rects.push(rect.grown(distance));
            if rects.len() == MAX_RECTS {
                break;
            }
        }
        rects
    }

    /// The ends of the runs of each component, sorted by row and column.
    pub fn components(&self) -> Vec<Vec<Point>> {
        let mut runs: Vec<Run> = Vec::new();
        let mut parents: Vec<usize> = Vec::new();
        let mut above = 0..0;
        for y in 0..self.height {
            let first = runs.len();
            self.runs_of_row(y, &mut runs);
            let mut from = above.start;
            for i in first..runs.len() {
                while from < above.end && runs[from].end + 1 < runs[i].start {
                    from += 1;
                }
                let mut label = None;
                for j in from..above.end {
                    if runs[j].start > runs[i].end + 1 {
                        break;
                    }
                    let other = root(&mut parents, runs[j].label);
                    label = Some(label.map_or(other, |mine| {
                        parents[mine] = other;
                        other
                    }));
                }
                runs[i].label = label.unwrap_or_else(|| {
                    parents.push(parents.len());
                    parents.len() - 1
                });
            }
            above = first..runs.len();
        }
        let mut slots = vec![usize::MAX; parents.len()];
        let mut components: Vec<Vec<Point>> = Vec::new();
        for run in &runs {
            let slot = &mut slots[root(&mut parents, run.label)];
            if *slot == usize::MAX {
                *slot = components.len();
                components.push(Vec::new());
            }
            let component = &mut components[*slot];
            component.push(point(run.start as f32, run.y as f32));
            if run.end > run.start {
                component.push(point(run.end as f32, run.y as f32));
            }
        }
        components
    }

    /// The runs of a row, each pixel also reaching one to the right and one down, so that hair-thin
    /// gaps within a line close.
    fn runs_of_row(&self, y: usize, runs: &mut Vec<Run>) {
        let row = &self.values[y * self.width..][..self.width];
        let above = if y == 0 { row } else { &self.values[(y - 1) * self.width..][..self.width] };
        let mut start = None;
        let mut before = false;
        for x in 0..self.width {
            let here = row[x] > PIXEL_THRESHOLD || above[x] > PIXEL_THRESHOLD;
            match (start, here || before) {
                (None, true) => start = Some(x),
                (Some(from), false) => {
                    runs.push(Run { y, start: from, end: x - 1, label: 0 });
                    start = None;
                }
                _ => {}
            }
            before = here;
        }
        if let Some(from) = start {
            runs.push(Run { y, start: from, end: self.width - 1, label: 0 });
        }
    }

    /// Mean probability of the pixels whose centres lie in the rectangle.
    fn mean_within(&self, rect: &Rect) -> f32 {
        let corners = rect.corners();
        let top = corners.iter().map(|c| c.y).fold(f32::MAX, f32::min).floor().max(0.0) as usize;
        let bottom = corners.iter().map(|c| c.y).fold(f32::MIN, f32::max).ceil().max(0.0) as usize;
        let (mut sum, mut count) = (0u64, 0u64);
        for y in top..=bottom.min(self.height.saturating_sub(1)) {
            let (mut left, mut right) = (f32::MAX, f32::MIN);
            for i in 0..4 {
                let (a, b) = (corners[i], corners[(i + 1) % 4]);
                // The part of the edge within half a pixel of the row.
                let (low, high) = (y as f32 - 0.5, y as f32 + 0.5);
                if a.y.max(b.y) < low || a.y.min(b.y) > high {
                    continue;
                }
                for at in [low, high] {
                    let x = if a.y == b.y { a.x } else { a.x + (at - a.y) / (b.y - a.y) * (b.x - a.x) };
                    let x = x.clamp(a.x.min(b.x), a.x.max(b.x));
                    (left, right) = (left.min(x), right.max(x));
                }
            }
            if left > right {
                continue;
            }
            let left = left.round().max(0.0) as usize;
            let right = (right.round().max(0.0) as usize).min(self.width - 1);
            if left > right {
                continue;
            }
            let row = &self.values[y * self.width + left..=y * self.width + right];
            sum += row.iter().map(|&value| u64::from(value)).sum::<u64>();
            count += row.len() as u64;
        }
        sum as f32 / (count.max(1) as f32 * 255.0)
    }
}

fn root(parents: &mut [usize], mut label: usize) -> usize {
    while parents[label] != label {
        parents[label] = parents[parents[label]];
        label = parents[label];
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(width: usize, height: usize, is_text: impl Fn(f32, f32) -> bool) -> Map {
        let values = (0..height * width)
            .map(|i| if is_text((i % width) as f32, (i / width) as f32) { 250 } else { 5 })
            .collect();
        Map { width, height, values }
    }

    #[test]
    fn each_line_gives_one_grown_rectangle() {
        let two = map(200, 100, |x, y| {
            (20.0..=119.0).contains(&x) && ((20.0..=29.0).contains(&y) || (60.0..=69.0).contains(&y))
        });
        let rects = two.rects();
        assert_eq!(rects.len(), 2);
        // 100 x 10 with the pixel added to the right and below; it grows by 1000 * 1.6 / 220.
        let rect = rects[0];
        assert!((rect.centre.x - 70.0).abs() < 0.1 && (rect.centre.y - 25.0).abs() < 0.1, "{rect:?}");
        assert!((rect.width - 114.5).abs() < 1.0 && (rect.height - 24.5).abs() < 1.0, "{rect:?}");
    }

    #[test]
    fn a_slanted_line_gives_a_slanted_rectangle() {
        let (sin, cos) = 20.0f32.to_radians().sin_cos();
        let slanted = map(300, 200, |x, y| {
            let (x, y) = (x - 150.0, y - 100.0);
            (x * cos + y * sin).abs() < 90.0 && (y * cos - x * sin).abs() < 8.0
        });
        let rects = slanted.rects();
        assert_eq!(rects.len(), 1);
        assert!((rects[0].angle_deg() - 20.0).abs() < 1.0, "{:?}", rects[0]);
    }

    #[test]
    fn shapes_that_join_later_are_one_component() {
        // A "U": two arms meet only in the last row.
        let shape = map(60, 40, |x, y| {
            (10.0..=50.0).contains(&x)
                && ((30.0..=33.0).contains(&y) || !(14.0..=46.0).contains(&x) && (5.0..33.0).contains(&y))
        });
        assert_eq!(shape.components().len(), 1);
        // Its rectangle is mostly empty, so it is no line.
        assert!(shape.rects().is_empty());
    }

    #[test]
    fn specks_and_blank_maps_give_nothing() {
        assert!(map(64, 64, |_, _| false).rects().is_empty());
        assert!(map(64, 64, |x, y| x == 5.0 && y == 5.0).rects().is_empty());
        assert_eq!(map(64, 64, |_, _| true).rects().len(), 1);
    }
}
