//! Rings: ellipses through points, of which some are none of theirs.

use crate::geometry::{Point, point};

/// An ellipse: its middle, half its longer and its shorter axis, and which way the longer one lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ring {
    pub centre: Point,
    pub long: f32,
    pub short: f32,
    pub along: Point,
}

/// How many numbers an ellipse is found by.
const UNKNOWNS: usize = 5;

impl Ring {
    /// The place at an angle, so deep inside: of an ellipse that is not its angle at the middle.
    pub fn at(&self, angle: f32, depth: f32) -> Point {
        let (sin, cos) = angle.sin_cos();
        let (u, v) = (self.long * cos, self.short * sin);
        // Inwards, at a right angle to the ring.
        let (nu, nv) = (self.short * cos, self.long * sin);
        let length = nu.hypot(nv).max(f32::MIN_POSITIVE);
        self.place(u - depth * nu / length, v - depth * nv / length)
    }

    /// A place by how far it is along both axes.
    pub fn place(&self, u: f32, v: f32) -> Point {
        let Point { x, y } = self.along;
        point(self.centre.x + u * x - v * y, self.centre.y + u * y + v * x)
    }

    /// How far a place is along both axes.
    pub fn axes(&self, at: Point) -> (f32, f32) {
        let (x, y) = (at.x - self.centre.x, at.y - self.centre.y);
        (x * self.along.x + y * self.along.y, y * self.along.x - x * self.along.y)
    }

    /// How far outside a place is, in pixels, nearly; less than nothing within.
    pub fn outside(&self, at: Point) -> f32 {
        let (u, v) = self.axes(at);
        let (x, y) = (u / self.long, v / self.short);
        let level = x.hypot(y);
        // By how fast the level grows there.
        let growth = (x / self.long).hypot(y / self.short) / level.max(f32::MIN_POSITIVE);
        (level - 1.0) / growth.max(f32::MIN_POSITIVE)
    }

    /// The angle of a place as seen along the ring.
    #[cfg(test)]
    pub fn angle(&self, at: Point) -> f32 {
        let (u, v) = self.axes(at);
        (v / self.short).atan2(u / self.long)
    }

    /// The upright rectangle around it: left, top, right, bottom.
    pub fn around(&self) -> [f32; 4] {
        let Point { x, y } = self.along;
        let half_width = (self.long * x).hypot(self.short * y);
        let half_height = (self.long * y).hypot(self.short * x);
        let Point { x, y } = self.centre;
        [x - half_width, y - half_height, x + half_width, y + half_height]
    }

    /// The same, moved so far and then that much larger.
    pub fn moved(&self, by: Point, scale: f32) -> Ring {
        Ring {
            centre: point((self.centre.x + by.x) * scale, (self.centre.y + by.y) * scale),
            long: self.long * scale,
            short: self.short * scale,
            along: self.along,
        }
    }

    /// The ellipse nearest to these points, by least squares of `a (x² - y²) + b xy + c x + d y + e = -y²`; none if they
    /// are too few, or lie on another curve.
    pub fn through(points: &[Point]) -> Option<Ring> {
        if points.len() < UNKNOWNS {
            return None;
        }
        let count = points.len() as f64;
        let mean = |of: fn(&Point) -> f32| points.iter().map(|at| f64::from(of(at))).sum::<f64>() / count;
        let (mid_x, mid_y) = (mean(|at| at.x), mean(|at| at.y));
        let away = |at: &Point| (f64::from(at.x) - mid_x).hypot(f64::from(at.y) - mid_y);
        let scale = points.iter().map(away).sum::<f64>() / count;
        if scale < 1e-3 {
            return None;
        }
        let mut rows = [[0.0_f64; UNKNOWNS + 1]; UNKNOWNS];
        for at in points {
            let (x, y) = ((f64::from(at.x) - mid_x) / scale, (f64::from(at.y) - mid_y) / scale);
            let terms = [x * x - y * y, x * y, x, y, 1.0];
            for (row, factor) in rows.iter_mut().zip(terms) {
                for (sum, term) in row.iter_mut().zip(terms.into_iter().chain([-y * y])) {
                    *sum += factor * term;
                }
            }
        }
        let [a, b, c, d, e] = solved(rows)?;
        Ring::of_conic([a, b, 1.0 - a, c, d, e]).map(|ring| Ring {
            centre: point(
                (f64::from(ring.centre.x) * scale + mid_x) as f32,
                (f64::from(ring.centre.y) * scale + mid_y) as f32,
            ),
            long: (f64::from(ring.long) * scale) as f32,
            short: (f64::from(ring.short) * scale) as f32,
            along: ring.along,
        })
    }

    /// The ellipse of `a x² + b xy + c y² + d x + e y + f = 0`, if that is one.
    fn of_conic([a, b, c, d, e, f]: [f64; 6]) -> Option<Ring> {
        let determinant = 4.0 * a * c - b * b;
        if determinant <= 1e-6 {
            return None;
        }
        let (x, y) = ((b * e - 2.0 * c * d) / determinant, (b * d - 2.0 * a * e) / determinant);
        let level = -(f + (d * x + e * y) / 2.0);
        // The two values by which the form is stretched, and the way of the smaller one.
        let (half, apart) = ((a + c) / 2.0, ((a - c) / 2.0).hypot(b / 2.0));
        let (least, most) = (half - apart, half + apart);
        if least <= 0.0 || level <= 0.0 {
            return None;
        }
        let angle = 0.5 * (-b).atan2(c - a);
        let ring = Ring {
            centre: point(x as f32, y as f32),
            long: (level / least).sqrt() as f32,
            short: (level / most).sqrt() as f32,
            along: point(angle.cos() as f32, angle.sin() as f32),
        };
        (ring.long.is_finite() && ring.short > 0.0).then_some(ring)
    }
}

/// What solves these equations, if one does.
fn solved(mut rows: [[f64; UNKNOWNS + 1]; UNKNOWNS]) -> Option<[f64; UNKNOWNS]> {
    for at in 0..UNKNOWNS {
        let pivot = (at..UNKNOWNS).max_by(|a, b| rows[*a][at].abs().total_cmp(&rows[*b][at].abs()))?;
        rows.swap(at, pivot);
        if rows[at][at].abs() < 1e-9 {
            return None;
        }
        for other in 0..UNKNOWNS {
            if other != at {
                let factor = rows[other][at] / rows[at][at];
                let row = rows[at];
                rows[other].iter_mut().zip(row).for_each(|(value, of)| *value -= factor * of);
            }
        }
    }
    Some(std::array::from_fn(|at| rows[at][UNKNOWNS] / rows[at][at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring() -> Ring {
        let (sin, cos) = 25.0_f32.to_radians().sin_cos();
        Ring { centre: point(300.0, 200.0), long: 120.0, short: 80.0, along: point(cos, sin) }
    }

    fn assert_near(found: Ring, wanted: Ring) {
        let apart = (found.centre.x - wanted.centre.x).abs().max((found.centre.y - wanted.centre.y).abs());
        assert!(apart < 0.1, "{found:?}");
        assert!(
            (found.long - wanted.long).abs() < 0.1 && (found.short - wanted.short).abs() < 0.1,
            "{found:?}"
        );
        assert!((found.along.x * wanted.along.y - found.along.y * wanted.along.x).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn an_ellipse_is_found_by_its_points() {
        let points: Vec<Point> = (0..40).map(|at| ring().at(at as f32 * 0.157, 0.0)).collect();
        assert_near(Ring::through(&points).unwrap(), ring());
        // Half of it is enough.
        assert_near(Ring::through(&points[..20]).unwrap(), ring());
        let circle = Ring { long: 50.0, short: 50.0, ..ring() };
        let points: Vec<Point> = (0..8).map(|at| circle.at(at as f32 * 0.7, 0.0)).collect();
        let found = Ring::through(&points).unwrap();
        assert!((found.long - 50.0).abs() < 0.1 && (found.short - 50.0).abs() < 0.1, "{found:?}");
    }

    #[test]
    fn other_points_are_on_none() {
        let line: Vec<Point> = (0..20).map(|at| point(at as f32, 2.0 * at as f32)).collect();
        let open: Vec<Point> = (-10..10).map(|at| point(at as f32 * 3.0, (at * at) as f32)).collect();
        let apart = [(0.0, 10.0), (1.0, -10.0), (2.0, 30.0), (40.0, -50.0), (41.0, 60.0), (80.0, 0.0)];
        assert!(Ring::through(&line).is_none() && Ring::through(&open).is_none());
        // Whatever comes out is an ellipse.
        let points = apart.map(|(x, y)| point(x, y));
        assert!(Ring::through(&points).is_none_or(|ring| ring.long >= ring.short && ring.short > 0.0));
        assert!(Ring::through(&points[..4]).is_none() && Ring::through(&[point(1.0, 1.0); 9]).is_none());
    }

    #[test]
    fn places_are_measured_from_the_ring() {
        let ring = ring();
        for angle in [0.0, 1.0, 2.5, 4.0] {
            assert!(ring.outside(ring.at(angle, 0.0)).abs() < 0.01);
            let deep = ring.outside(ring.at(angle, 6.0));
            assert!((deep + 6.0).abs() < 0.6, "{deep}");
            let turn = (ring.angle(ring.at(angle, 0.0)) - angle).rem_euclid(std::f32::consts::TAU);
            assert!(turn.min(std::f32::consts::TAU - turn) < 0.01);
        }
        let [left, top, right, bottom] = ring.around();
        for at in (0..60).map(|at| ring.at(at as f32 * 0.1, 0.0)) {
            assert!(at.x >= left - 0.1 && at.x <= right + 0.1 && at.y >= top - 0.1 && at.y <= bottom + 0.1);
        }
    }
}
