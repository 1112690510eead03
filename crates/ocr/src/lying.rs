//! Sheets of paper and cards that lie on a table or a scanner's glass: what differs from the one colour that goes on all
//! around them. Of a picture that is one page there are none, and none of white paper on white glass: what stands on
//! those is told apart by the room between it.
//!
//! The ground is what is seen along the edges of the picture. Light falls off smoothly, so its colour is a surface of the
//! second degree, found by least squares, again and again without what is far from it: what reaches the edge.

use crate::ReadError;
use crate::geometry::{Point, Rect, convex_hull, point, smallest_rect};
use crate::picture::Picture;
use crate::scale::scaled;

/// Long side of the picture that is looked at: larger shows texture, smaller no narrow gaps.
const LONG_SIDE: f64 = 512.0;
/// How much of the picture along each edge shows the ground, in parts of its shorter side.
const EDGE: f32 = 0.03;
/// How often the surface is fitted.
const FITS: usize = 5;
/// So much of what is along the edges is ground at least.
const GROUND: f32 = 0.5;
/// A pixel that is so many deviations away, and so many steps of colour, is no ground.
const DEVIATIONS: f32 = 4.0;
const LEAST_STEPS: f32 = 12.0;
/// Ground whose colours differ by more than this is a pattern, and not told from what lies on it.
const MOST_STEPS: f32 = 60.0;
/// The least share of the picture that a sheet covers, and the least side, in pixels of the small picture.
const LEAST_SHARE: f32 = 0.01;
const LEAST_SIDE: f32 = 20.0;
/// A sheet fills so much of the rectangle around it; two of which one lies over the other do not.
const FILLED: f32 = 0.75;
/// No picture shows more of them.
const MOST: usize = 64;

/// The sheets, largest first, in pixels of the picture.
pub(crate) fn sheets(picture: &Picture) -> Result<Vec<Rect>, ReadError> {
    let (width, height) = (picture.width as f64, picture.height as f64);
    let scale = (LONG_SIDE / width.max(height)).min(1.0);
    let [small_width, small_height] = [width, height].map(|side| ((side * scale).round() as usize).max(1));
    let small = scaled(picture, [0.0, 0.0, width, height], small_width, small_height)?;
    let Some(lying) = not_ground(&small) else { return Ok(Vec::new()) };
    let (x, y) = (width as f32 / small_width as f32, height as f32 / small_height as f32);
    let mut sheets: Vec<Rect> =
        components(&lying, small_width).filter_map(|part| sheet(&part, &small)).collect();
    sheets.sort_by(|a, b| (b.width * b.height).total_cmp(&(a.width * a.height)));
    sheets.truncate(MOST);
    // The scales of both sides are the same but for a pixel.
    let scale = (x + y) / 2.0;
    let larger = |rect: Rect| Rect {
        centre: point(rect.centre.x * x, rect.centre.y * y),
        width: rect.width * scale,
        height: rect.height * scale,
        ..rect
    };
    Ok(sheets.into_iter().map(larger).collect())
}

/// What is not ground, pixel by pixel; none if no ground is seen.
fn not_ground(picture: &Picture) -> Option<Vec<bool>> {
    let (width, height) = (picture.width, picture.height);
    let edge = ((width.min(height) as f32 * EDGE) as usize).max(2);
    let is_edge = |at: usize| {
        let (x, y) = (at % width, at / width);
        x < edge || y < edge || x + edge >= width || y + edge >= height
    };
    let pixels = picture.rgb.as_chunks::<3>().0;
    let mut ground: Vec<usize> = (0..pixels.len()).filter(|at| is_edge(*at)).collect();
    let along_edges = ground.len() as f32;
    let terms = |at: usize| terms((at % width) as f32 / width as f32, (at / width) as f32 / height as f32);
    let mut surface = [[0.0; TERMS]; 3];
    let mut steps = LEAST_STEPS;
    for _ in 0..FITS {
        for (channel, surface) in surface.iter_mut().enumerate() {
            *surface = fitted(ground.iter().map(|at| (terms(*at), f32::from(pixels[*at][channel]))))?;
        }
        let away = |at: usize| distance(&surface, terms(at), pixels[at]);
        let mut all: Vec<f32> = ground.iter().map(|at| away(*at)).collect();
        all.sort_by(f32::total_cmp);
        // Of what is normally distributed half is nearer than two thirds of a deviation.
        let deviation = all.get(all.len() / 2)? / 0.67;
        steps = (DEVIATIONS * deviation).max(LEAST_STEPS);
        ground.retain(|at| away(*at) <= steps);
    }
    if (ground.len() as f32) < GROUND * along_edges || steps > MOST_STEPS {
        return None;
    }
    Some((0..pixels.len()).map(|at| distance(&surface, terms(at), pixels[at]) > steps).collect())
}

/// How many numbers say what a surface of the second degree is.
const TERMS: usize = 6;

fn terms(x: f32, y: f32) -> [f32; TERMS] {
    [1.0, x, y, x * x, x * y, y * y]
}

/// How far a colour is from the surface, in the channel in which it is farthest.
fn distance(surface: &[[f32; TERMS]; 3], terms: [f32; TERMS], pixel: [u8; 3]) -> f32 {
    let away = |(surface, value): (&[f32; TERMS], u8)| {
        let ground: f32 = surface.iter().zip(terms).map(|(factor, term)| factor * term).sum();
        (f32::from(value) - ground).abs()
    };
    surface.iter().zip(pixel).map(away).fold(0.0, f32::max)
}

/// The surface nearest to these values, by the normal equations; none if they do not say which.
fn fitted(values: impl Iterator<Item = ([f32; TERMS], f32)>) -> Option<[f32; TERMS]> {
    let mut rows = [[0.0_f64; TERMS + 1]; TERMS];
    for (terms, value) in values {
        for (row, factor) in rows.iter_mut().zip(terms) {
            for (sum, term) in row.iter_mut().zip(terms.into_iter().chain([value])) {
                *sum += f64::from(factor) * f64::from(term);
            }
        }
    }
    for at in 0..TERMS {
        let pivot = (at..TERMS).max_by(|a, b| rows[*a][at].abs().total_cmp(&rows[*b][at].abs()))?;
        rows.swap(at, pivot);
        if rows[at][at].abs() < 1e-9 {
            return None;
        }
        for other in 0..TERMS {
            if other != at {
                let factor = rows[other][at] / rows[at][at];
                let row = rows[at];
                rows[other].iter_mut().zip(row).for_each(|(value, of)| *value -= factor * of);
            }
        }
    }
    let mut surface = [0.0; TERMS];
    for (at, factor) in surface.iter_mut().enumerate() {
        *factor = (rows[at][TERMS] / rows[at][at]) as f32;
    }
    Some(surface)
}

/// The pixels of each part that hangs together, row by row.
fn components(lying: &[bool], width: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut seen: Vec<bool> = lying.iter().map(|is_lying| !is_lying).collect();
    let mut next = 0;
    std::iter::from_fn(move || {
        next += seen.get(next..)?.iter().position(|is_seen| !is_seen)?;
        let mut part = vec![next];
        seen[next] = true;
        let mut done = 0;
        while let Some(&at) = part.get(done) {
            done += 1;
            let x = at % width;
            let beside = [(x > 0, at.wrapping_sub(1)), (x + 1 < width, at + 1)];
            let across = [(at >= width, at.wrapping_sub(width)), (true, at + width)];
            for (is_there, other) in beside.into_iter().chain(across) {
                if is_there && seen.get(other) == Some(&false) {
                    seen[other] = true;
                    part.push(other);
                }
            }
        }
        part.sort_unstable();
        Some(part)
    })
}

/// The rectangle around a part, if it is a sheet.
fn sheet(part: &[usize], picture: &Picture) -> Option<Rect> {
    let all = (picture.width * picture.height) as f32;
    if (part.len() as f32) < LEAST_SHARE * all {
        return None;
    }
    let points: Vec<Point> =
        part.iter().map(|at| point((at % picture.width) as f32, (at / picture.width) as f32)).collect();
    let rect = smallest_rect(&convex_hull(&points))?;
    // From the middle of the first pixel to that of the last it is a pixel less.
    let rect = Rect { centre: point(rect.centre.x + 0.5, rect.centre.y + 0.5), ..rect.grown(0.5) };
    let is_one =
        rect.width.min(rect.height) >= LEAST_SIDE && part.len() as f32 >= FILLED * rect.width * rect.height;
    is_one.then_some(rect)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ground that grows darker to the right, with grain, and upright sheets on it.
    fn picture(width: usize, height: usize, sheets: &[[usize; 4]], colour: [u8; 3]) -> Picture {
        let mut rgb = Vec::with_capacity(3 * width * height);
        for at in 0..width * height {
            let (x, y) = (at % width, at / width);
            let grain = (x * 7 + y * 13) % 5;
            let is_on = |[left, top, right, bottom]: &[usize; 4]| {
                (*left..*right).contains(&x) && (*top..*bottom).contains(&y)
            };
            let dark = (40 * x / width) as u8;
            let ground = [110 - dark + grain as u8, 100 - dark + grain as u8, 90 - dark];
            rgb.extend(if sheets.iter().any(is_on) { colour } else { ground });
        }
        Picture { width, height, rgb }
    }

    fn boxes(picture: &Picture) -> Vec<[i32; 4]> {
        let around = |rect: Rect| {
            let [from, _, to, _] = rect.corners();
            [from.x, from.y, to.x, to.y].map(|side| side.round() as i32)
        };
        sheets(picture).unwrap().into_iter().map(around).collect()
    }

    #[test]
    fn sheets_lie_on_a_ground_in_uneven_light() {
        let two = picture(500, 400, &[[40, 50, 240, 180], [260, 60, 460, 300]], [240, 236, 230]);
        assert_eq!(boxes(&two), [[260, 60, 460, 300], [40, 50, 240, 180]]);
        // At four times the size, and where one reaches the edge.
        let large = picture(2000, 1600, &[[0, 200, 900, 800], [1000, 240, 1840, 1200]], [240, 236, 230]);
        let found = boxes(&large);
        for (found, wanted) in found.iter().zip([[1000, 240, 1840, 1200], [0, 200, 900, 800]]) {
            assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= 8), "{found:?} {wanted:?}");
        }
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_page_has_no_sheets() {
        assert!(boxes(&picture(500, 400, &[], [0; 3])).is_empty());
        // Lines of text, and a sheet of the ground's own colour.
        assert!(boxes(&picture(500, 400, &[[40, 50, 400, 60], [40, 80, 300, 90]], [20; 3])).is_empty());
        assert!(boxes(&picture(500, 400, &[[200, 100, 300, 200]], [95, 85, 75])).is_empty());
    }

    #[test]
    fn what_is_no_rectangle_is_no_sheet() {
        let angle = picture(500, 400, &[[40, 40, 400, 100], [40, 100, 100, 360]], [240; 3]);
        assert!(boxes(&angle).is_empty());
    }

    #[test]
    fn no_picture_is_too_small() {
        for (width, height) in [(1, 1), (2, 3), (1, 300), (8192, 1)] {
            let found = sheets(&Picture { width, height, rgb: vec![7; 3 * width * height] }).unwrap();
            assert!(found.len() <= 1, "{width} {height}");
        }
    }
}
