//! Where there is ink on a clean page: what differs from the one colour that most of it has.
//!
//! The detection model answers weakly to a short line that stands alone on a large empty page. Where a page has ink that no
//! line was found for, that part of it is looked at once more by itself.

use crate::geometry::Rect;
use crate::picture::Picture;
use crate::scale::Part;

/// Shades of grey are counted in so many steps.
const STEPS: usize = 16;
/// A page is clean if this part of it, in percent, has two neighbouring steps of its shades.
const CLEAN_PERCENT: usize = 80;
/// Ink is at least this much darker or lighter than the page, of 255.
const CONTRAST: u8 = 64;
/// Less ink than this many pixels is dust.
const DUST: usize = 24;
/// What is cut out is this much larger than the ink on each side, in pixels: text at an edge is not found.
const MARGIN: usize = 96;
/// What is cut out has at least these sides.
const LEAST: usize = 640;

/// The part of a clean page in which all ink lies that is in none of the rectangles, with some room around; none if there
/// is no such ink, or the picture is no clean page.
pub(crate) fn beside(picture: &Picture, found: &[Rect]) -> Option<Part> {
    let shade = shade_of_page(picture)?;
    let taken: Vec<[f32; 4]> = found.iter().map(around).collect();
    let is_taken = |x: usize, y: usize| {
        let (x, y) = (x as f32, y as f32);
        taken
            .iter()
            .any(|[left, top, right, bottom]| (*left..=*right).contains(&x) && (*top..=*bottom).contains(&y))
    };
    let (mut ink, mut left, mut top, mut right, mut bottom) = (0, usize::MAX, usize::MAX, 0, 0);
    for (index, pixel) in picture.rgb.as_chunks::<3>().0.iter().enumerate() {
        let (x, y) = (index % picture.width, index / picture.width);
        if grey(*pixel).abs_diff(shade) >= CONTRAST && !is_taken(x, y) {
            ink += 1;
            (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x), bottom.max(y));
        }
    }
    if ink < DUST {
        return None;
    }
    let (left, width) = widened(left, right, picture.width);
    let (top, height) = widened(top, bottom, picture.height);
    Some([left as f64, top as f64, width as f64, height as f64])
}

/// From where and how long a stretch is with some room around.
fn widened(first: usize, last: usize, whole: usize) -> (usize, usize) {
    let length = (last - first + 1 + 2 * MARGIN).max(LEAST).min(whole);
    let middle = (first + last) / 2;
    (middle.saturating_sub(length / 2).min(whole - length), length)
}

/// The sides of what a line takes up, with a little around it: what is left over of its letters is not missed.
fn around(rect: &Rect) -> [f32; 4] {
    let corners = rect.grown(rect.height * 0.4).corners();
    let (x, y) = (corners.map(|corner| corner.x), corners.map(|corner| corner.y));
    let least = |values: [f32; 4]| values.into_iter().fold(f32::MAX, f32::min);
    let most = |values: [f32; 4]| values.into_iter().fold(f32::MIN, f32::max);
    [least(x), least(y), most(x), most(y)]
}

/// The shade that nearly all of a clean page has.
fn shade_of_page(picture: &Picture) -> Option<u8> {
    let mut counts = [0_usize; STEPS];
    let pixels = picture.rgb.as_chunks::<3>().0;
    for pixel in pixels {
        counts[usize::from(grey(*pixel)) * STEPS / 256] += 1;
    }
    let pair = |step: usize| counts[step] + counts.get(step + 1).copied().unwrap_or(0);
    let step = (0..STEPS).max_by_key(|step| pair(*step))?;
    let is_clean = !pixels.is_empty() && pair(step) * 100 >= pixels.len() * CLEAN_PERCENT;
    is_clean.then(|| u8::try_from(((step + 1) * 256 / STEPS).min(255)).unwrap_or(u8::MAX))
}

fn grey([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    u8::try_from(sum >> 8).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::point;

    /// A white page with dark bars: left, top, width, height.
    fn page(bars: &[[usize; 4]]) -> Picture {
        let (width, height) = (1_240, 1_754);
        let mut rgb = vec![255; 3 * width * height];
        for [left, top, bar_width, bar_height] in bars {
            for y in *top..top + bar_height {
                rgb[3 * (y * width + left)..][..3 * bar_width].fill(20);
            }
        }
        Picture { width, height, rgb }
    }

    #[test]
    fn ink_that_no_line_has_is_found_with_room_around() {
        let bars = page(&[[300, 400, 60, 10], [100, 1_500, 80, 10]]);
        assert_eq!(beside(&page(&[]), &[]), None, "an empty page");
        assert_eq!(beside(&page(&[[600, 900, 4, 4]]), &[]), None, "dust");
        // From 100 to 359 across and from 400 to 1,509 down.
        assert_eq!(beside(&bars, &[]), Some([0.0, 303.0, 640.0, 1_302.0]));
        let upper = Rect { centre: point(330.0, 405.0), along: point(1.0, 0.0), width: 64.0, height: 12.0 };
        assert_eq!(
            beside(&bars, &[upper]),
            Some([0.0, 1_114.0, 640.0, 640.0]),
            "beside the line that was found"
        );
        let lower = Rect { centre: point(140.0, 1_505.0), width: 84.0, ..upper };
        assert_eq!(beside(&bars, &[upper, lower]), None, "all is found");
    }

    #[test]
    fn a_photograph_is_no_clean_page() {
        let (width, height) = (640, 480);
        let rgb = (0..width * height).flat_map(|index| [(index % 256) as u8; 3]).collect();
        assert_eq!(beside(&Picture { width, height, rgb }, &[]), None);
    }
}
