//! Reading order: rows from top to bottom, within a row from left to right, in the direction most of
//! the text runs.

use crate::geometry::{Point, Rect, point};

/// Two pieces are in one row if their middles are nearer than this share of the lower one's height.
const SAME_ROW: f32 = 0.5;

/// The unit vector along which most of the text runs: the median of the quarter most of it is in.
pub(crate) fn direction(rects: &[Rect]) -> Point {
    let mut weights = [0.0f32; 4];
    let quarter = |rect: &Rect| ((rect.angle_deg() + 405.0) / 90.0) as usize % 4;
    for rect in rects {
        weights[quarter(rect)] += rect.width;
    }
    let main = (0..4).max_by(|&a, &b| weights[a].total_cmp(&weights[b]).then(b.cmp(&a))).unwrap_or(0);
    // Angles relative to the quarter's middle, so that none wraps around.
    let relative = |rect: &Rect| (rect.angle_deg() - 90.0 * main as f32 + 540.0).rem_euclid(360.0) - 180.0;
    let mut angles: Vec<(f32, f32)> =
        rects.iter().filter(|rect| quarter(rect) == main).map(|rect| (relative(rect), rect.width)).collect();
    angles.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = weights[main] / 2.0;
    let mut sum = 0.0;
    let median = angles.iter().find(|(_, width)| {
        sum += width;
        sum >= half
    });
    let angle = median.map_or(0.0, |(angle, _)| angle + 90.0 * main as f32).to_radians();
    point(angle.cos(), angle.sin())
}

/// How far text running along that vector is turned anticlockwise, in whole degrees from 0 to 359.
pub(crate) fn anticlockwise_deg(direction: Point) -> f32 {
    // `rem_euclid` may round up to 360, and leaves -0.
    (-direction.y).atan2(direction.x).to_degrees().round().rem_euclid(360.0) % 360.0 + 0.0
}

/// The indices of the rectangles, row by row, on a page whose text runs along `direction`.
pub(crate) fn rows(rects: &[Rect], direction: Point) -> Vec<Vec<usize>> {
    struct Span {
        index: usize,
        left: f32,
        middle: f32,
        height: f32,
    }
    let mut spans: Vec<Span> = rects
        .iter()
        .enumerate()
        .map(|(index, rect)| {
            let corners = rect.corners().map(|corner| {
                point(
                    corner.x * direction.x + corner.y * direction.y,
                    corner.y * direction.x - corner.x * direction.y,
                )
            });
            let low =
                corners.iter().fold(point(f32::MAX, f32::MAX), |a, b| point(a.x.min(b.x), a.y.min(b.y)));
            let bottom = corners.iter().map(|corner| corner.y).fold(f32::MIN, f32::max);
            Span { index, left: low.x, middle: (low.y + bottom) / 2.0, height: bottom - low.y }
        })
        .collect();
    spans.sort_by(|a, b| a.middle.total_cmp(&b.middle));
    let mut rows: Vec<Vec<Span>> = Vec::new();
    for span in spans {
        match rows.last_mut() {
            Some(row) if (span.middle - row[0].middle).abs() < SAME_ROW * span.height.min(row[0].height) => {
                row.push(span);
            }
            _ => rows.push(vec![span]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| a.left.total_cmp(&b.left));
    }
    rows.into_iter().map(|row| row.into_iter().map(|span| span.index).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: f32, y: f32, width: f32) -> Rect {
        Rect { centre: point(x + width / 2.0, y), along: point(1.0, 0.0), width, height: 20.0 }
    }

    /// The whole page turned clockwise around the origin.
    fn turned(rects: &[Rect], degrees: f32) -> Vec<Rect> {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let turn = |p: Point| point(p.x * cos - p.y * sin, p.x * sin + p.y * cos);
        rects.iter().map(|r| Rect { centre: turn(r.centre), along: turn(r.along), ..*r }).collect()
    }

    #[test]
    fn order_does_not_depend_on_how_the_page_lies() {
        // Two cells in a row, out of order and a little uneven; a line above and one below.
        let page = [
            rect(300.0, 104.0, 100.0),
            rect(0.0, 100.0, 200.0),
            rect(0.0, 150.0, 400.0),
            rect(0.0, 50.0, 390.0),
        ];
        for degrees in [0.0, 3.0, -7.0, 90.0, 93.0, 180.0, 178.0, 270.0, 315.5] {
            let page = turned(&page, degrees);
            let along = direction(&page);
            assert_eq!(rows(&page, along), [vec![3], vec![1, 0], vec![2]], "{degrees}");
            let expected = (360.0 - degrees).rem_euclid(360.0);
            let found = anticlockwise_deg(along);
            assert!((found - expected).abs() < 0.6 && found < 360.0, "{degrees}: {found}");
        }
    }

    #[test]
    fn the_direction_of_the_most_text_counts() {
        let mut page = vec![rect(0.0, 0.0, 300.0), rect(0.0, 40.0, 300.0)];
        page.extend(turned(&[rect(0.0, 100.0, 50.0)], 90.0));
        assert_eq!(anticlockwise_deg(direction(&page)), 0.0);
        assert_eq!(anticlockwise_deg(direction(&[])), 0.0);
        assert_eq!(anticlockwise_deg(point(1.0, 0.0001)), 0.0);
    }
}
