//! Cuts a line of text out of a picture, straight and of the height the recogniser reads.

use crate::geometry::Rect;
use crate::picture::Picture;
use crate::recognise::WIDTH_STEP;

/// Height of the recogniser's input in pixels.
pub(crate) const LINE_HEIGHT: usize = 48;
/// Longest line after scaling, as a bound on memory.
const MAX_WIDTH: f32 = 40_000.0;

/// Lines are made narrower by at most one part in so many: it changes no reading.
const SQUEEZE_ONE_IN: usize = 25;

/// The rectangle's content, [`LINE_HEIGHT`] high and as wide as its proportions say. Outside the
/// picture its border goes on.
pub(crate) fn line(picture: &Picture, rect: &Rect) -> Picture {
    let height = LINE_HEIGHT;
    let width = (height as f32 * rect.width / rect.height.max(1.0)).ceil().clamp(1.0, MAX_WIDTH) as usize;
    let width = squeezed(width);
    // Where the picture is finer than the result, the mean of several samples.
    let fineness = ((rect.height / height as f32 - 0.25).ceil()).clamp(1.0, 8.0) as usize;
    let mut rgb = Vec::with_capacity(width * height * 3);
    let origin = rect.at(0.0, 0.0);
    let step = |size: f32, pixels: usize| size / (pixels * fineness) as f32;
    let (right, down) = (step(rect.width, width), step(rect.height, height));
    let (right_x, right_y) = (rect.along.x * right, rect.along.y * right);
    let (down_x, down_y) = (-rect.along.y * down, rect.along.x * down);
    for y in 0..height {
        for x in 0..width {
            let mut sums = [0.0f32; 3];
            for sub_y in 0..fineness {
                let v = (y * fineness + sub_y) as f32 + 0.5;
                for sub_x in 0..fineness {
                    let u = (x * fineness + sub_x) as f32 + 0.5;
                    let at_x = origin.x + u * right_x + v * down_x - 0.5;
                    let at_y = origin.y + u * right_y + v * down_y - 0.5;
                    let sample = sample(picture, at_x, at_y);
                    for (sum, value) in sums.iter_mut().zip(sample) {
                        *sum += value;
                    }
                }
            }
            let samples = (fineness * fineness) as f32;
            rgb.extend(sums.map(|sum| (sum / samples + 0.5) as u8));
        }
    }
    Picture { width, height, rgb }
}

/// A little narrower, if that saves the recogniser a step of widths.
fn squeezed(width: usize) -> usize {
    let narrower = width / WIDTH_STEP * WIDTH_STEP;
    if (width - narrower) * SQUEEZE_ONE_IN <= narrower { narrower } else { width }
}

/// The colour between the centres of pixels.
fn sample(picture: &Picture, x: f32, y: f32) -> [f32; 3] {
    let x = x.clamp(0.0, (picture.width - 1) as f32);
    let y = y.clamp(0.0, (picture.height - 1) as f32);
    let (left, top) = (x as usize, y as usize);
    let (fx, fy) = (x - left as f32, y - top as f32);
    let right = (left + 1).min(picture.width - 1);
    let bottom = (top + 1).min(picture.height - 1);
    let at = |x: usize, y: usize| {
        let pixel = &picture.rgb[(y * picture.width + x) * 3..][..3];
        [f32::from(pixel[0]), f32::from(pixel[1]), f32::from(pixel[2])]
    };
    let (a, b, c, d) = (at(left, top), at(right, top), at(left, bottom), at(right, bottom));
    std::array::from_fn(|i| {
        let upper = a[i] + (b[i] - a[i]) * fx;
        let lower = c[i] + (d[i] - c[i]) * fx;
        upper + (lower - upper) * fy
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::point;

    /// Red grows to the right, green downwards.
    fn ramp() -> Picture {
        let rgb = (0..200 * 200).flat_map(|i| [(i % 200) as u8, (i / 200) as u8, 7]).collect();
        Picture { width: 200, height: 200, rgb }
    }

    fn pixel(picture: &Picture, x: usize, y: usize) -> [u8; 3] {
        picture.rgb[(y * picture.width + x) * 3..][..3].try_into().unwrap()
    }

    #[test]
    fn a_line_is_cut_out_in_its_own_direction() {
        let rect = Rect { centre: point(100.0, 60.0), along: point(1.0, 0.0), width: 96.0, height: 48.0 };
        let straight = line(&ramp(), &rect);
        assert_eq!((straight.width, straight.height), (96, 48));
        assert_eq!(pixel(&straight, 0, 0), [52, 36, 7]);
        assert_eq!(pixel(&straight, 95, 47), [147, 83, 7]);
        let over = line(&ramp(), &rect.turned(2));
        assert_eq!(pixel(&over, 95, 47), [52, 36, 7]);
        // Downwards: the first pixel is the right top corner.
        let down = line(&ramp(), &rect.turned(1));
        assert!(pixel(&down, 0, 0)[1].abs_diff(37) <= 1);
        assert!(pixel(&down, 0, 0)[0] > 140);
        assert_eq!(down.width, 24);
    }

    #[test]
    fn beyond_the_border_the_border_goes_on() {
        let rect = Rect { centre: point(0.0, 0.0), along: point(1.0, 0.0), width: 48.0, height: 48.0 };
        assert_eq!(pixel(&line(&ramp(), &rect), 0, 0), [0, 0, 7]);
    }

    #[test]
    fn large_lines_are_averaged() {
        let stripes = Picture {
            width: 400,
            height: 400,
            rgb: (0..400 * 400).flat_map(|i| [if i % 2 == 0 { 0 } else { 200 }; 3]).collect(),
        };
        let rect = Rect { centre: point(200.0, 200.0), along: point(1.0, 0.0), width: 384.0, height: 384.0 };
        let small = line(&stripes, &rect);
        assert!(small.rgb.iter().all(|&value| value.abs_diff(100) <= 2));
    }
}
