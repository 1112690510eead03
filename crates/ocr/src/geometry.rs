//! Points, convex hulls and rotated rectangles.

/// A point in pixels, `x` to the right, `y` downwards.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Point {
    pub x: f32,
    pub y: f32,
}

pub(crate) const fn point(x: f32, y: f32) -> Point {
    Point { x, y }
}

/// A rectangle at any angle: its centre, the unit vector of its width, and its sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub centre: Point,
    /// Where the text runs. The vector of the height is this, turned by 90° clockwise as seen.
    pub along: Point,
    pub width: f32,
    pub height: f32,
}

impl Rect {
    /// The corners left-top, right-top, right-bottom, left-bottom.
    pub fn corners(&self) -> [Point; 4] {
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(u, v)| self.at(u, v))
    }

    /// The point at the fractions `u` of the width and `v` of the height.
    pub fn at(&self, u: f32, v: f32) -> Point {
        let (u, v) = ((u - 0.5) * self.width, (v - 0.5) * self.height);
        point(
            self.centre.x + u * self.along.x - v * self.along.y,
            self.centre.y + u * self.along.y + v * self.along.x,
        )
    }

    /// Whether a point lies in it.
    pub fn has(&self, at: Point) -> bool {
        let (x, y) = (at.x - self.centre.x, at.y - self.centre.y);
        let across = x * self.along.x + y * self.along.y;
        let down = y * self.along.x - x * self.along.y;
        across.abs() <= self.width / 2.0 && down.abs() <= self.height / 2.0
    }

    /// The same rectangle, all sides moved outwards by `distance`.
    pub fn grown(&self, distance: f32) -> Self {
        Self { width: self.width + 2.0 * distance, height: self.height + 2.0 * distance, ..*self }
    }

    /// The same rectangle, read in a direction turned clockwise by that many quarters.
    pub fn turned(&self, quarters: u8) -> Self {
        let Point { x, y } = self.along;
        let along = match quarters % 4 {
            0 => point(x, y),
            1 => point(-y, x),
            2 => point(-x, -y),
            _ => point(y, -x),
        };
        if quarters.is_multiple_of(2) {
            Self { along, ..*self }
        } else {
            Self { along, width: self.height, height: self.width, ..*self }
        }
    }

    /// The part between the fractions `from` and `to` of the width.
    pub fn slice(&self, from: f32, to: f32) -> Self {
        Self { centre: self.at((from + to) / 2.0, 0.5), width: self.width * (to - from), ..*self }
    }

    /// How far the width points below the horizontal, in degrees.
    pub fn angle_deg(&self) -> f32 {
        self.along.y.atan2(self.along.x).to_degrees()
    }
}

fn cross(o: Point, a: Point, b: Point) -> f32 {
    (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x)
}

/// The convex hull of points sorted by `y` then `x`, without repeated or collinear ones.
pub(crate) fn convex_hull(sorted: &[Point]) -> Vec<Point> {
    let mut hull: Vec<Point> = Vec::with_capacity(16);
    let mut build = |points: &mut dyn Iterator<Item = Point>| {
        let floor = hull.len();
        for p in points {
            while hull.len() >= floor + 2 && cross(hull[hull.len() - 2], hull[hull.len() - 1], p) <= 0.0 {
                hull.pop();
            }
            hull.push(p);
        }
        hull.pop();
    };
    build(&mut sorted.iter().copied());
    build(&mut sorted.iter().rev().copied());
    if hull.is_empty() { sorted.first().copied().into_iter().collect() } else { hull }
}

/// The rectangle of least area around a convex hull: one of its sides lies on an edge of the hull. Its
/// width points to the right, within 45°.
pub(crate) fn smallest_rect(hull: &[Point]) -> Option<Rect> {
    let mut best: Option<Rect> = None;
    let horizontal = (point(0.0, 0.0), point(1.0, 0.0));
    let edges = (0..hull.len()).map(|i| (hull[i], hull[(i + 1) % hull.len()]));
    for (from, to) in std::iter::once(horizontal).chain(edges) {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length = dx.hypot(dy);
        if length == 0.0 {
            continue;
        }
        let (dx, dy) = (dx / length, dy / length);
        // Of the four directions along its sides, the one nearest to rightwards.
        let along = [point(dx, dy), point(-dy, dx), point(-dx, -dy), point(dy, -dx)]
            .into_iter()
            .max_by(|a, b| a.x.total_cmp(&b.x))?;
        let (mut min, mut max) = (point(f32::MAX, f32::MAX), point(f32::MIN, f32::MIN));
        for p in hull {
            let (u, v) = (p.x * along.x + p.y * along.y, p.y * along.x - p.x * along.y);
            min = point(min.x.min(u), min.y.min(v));
            max = point(max.x.max(u), max.y.max(v));
        }
        let (u, v) = ((min.x + max.x) / 2.0, (min.y + max.y) / 2.0);
        let rect = Rect {
            centre: point(u * along.x - v * along.y, u * along.y + v * along.x),
            along,
            width: max.x - min.x,
            height: max.y - min.y,
        };
        if best.is_none_or(|best| rect.width * rect.height < best.width * best.height - 1e-3) {
            best = Some(rect);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut points: Vec<Point>) -> Vec<Point> {
        points.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
        points
    }

    #[test]
    fn the_smallest_rectangle_is_the_one_the_points_came_from() {
        for degrees in [-40.0f32, -10.0, 0.0, 3.0, 44.0] {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let rect = Rect { centre: point(100.0, 50.0), along: point(cos, sin), width: 80.0, height: 20.0 };
            let inside = [0.0, 0.3, 0.7, 1.0];
            let points = inside.iter().flat_map(|&u| inside.map(|v| rect.at(u, v))).collect();
            let found = smallest_rect(&convex_hull(&sorted(points))).unwrap();
            assert!((found.centre.x - 100.0).abs() < 0.01 && (found.centre.y - 50.0).abs() < 0.01);
            assert!((found.width - 80.0).abs() < 0.01 && (found.height - 20.0).abs() < 0.01, "{found:?}");
            assert!((found.angle_deg() - degrees).abs() < 0.1);
        }
    }

    #[test]
    fn few_points_have_a_rectangle_too() {
        let one = [point(3.0, 4.0)];
        assert_eq!(smallest_rect(&convex_hull(&one)).map(|r| (r.width, r.height)), Some((0.0, 0.0)));
        let two = [point(3.0, 4.0), point(9.0, 4.0)];
        assert_eq!(smallest_rect(&convex_hull(&two)).map(|r| (r.width, r.height)), Some((6.0, 0.0)));
    }

    #[test]
    fn turning_changes_the_first_corner() {
        let rect = Rect { centre: point(10.0, 10.0), along: point(1.0, 0.0), width: 8.0, height: 4.0 };
        assert_eq!(rect.corners()[0], point(6.0, 8.0));
        assert_eq!(rect.turned(1).corners()[0], point(14.0, 8.0));
        assert_eq!(rect.turned(2).corners()[0], point(14.0, 12.0));
        assert_eq!(rect.turned(3).corners()[0], point(6.0, 12.0));
        assert_eq!(rect.slice(0.5, 1.0).corners()[0], point(10.0, 8.0));
    }
}
