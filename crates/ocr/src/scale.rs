//! Making pictures smaller or larger, and turning small ones.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::ReadError;
use crate::picture::Picture;

/// A part of a picture to scale: left, top, width, height in pixels.
pub(crate) type Part = [f64; 4];

/// The part of the picture, scaled to that size.
pub(crate) fn scaled(
    picture: &Picture,
    part: Part,
    width: usize,
    height: usize,
) -> Result<Picture, ReadError> {
    let failed = |error: &dyn std::fmt::Display| ReadError::Engine(format!("scaling: {error}"));
    let size = |size: usize| u32::try_from(size).map_err(|e| failed(&e));
    let source = ImageRef::new(size(picture.width)?, size(picture.height)?, &picture.rgb, PixelType::U8x3)
        .map_err(|e| failed(&e))?;
    let mut target = Image::new(size(width)?, size(height)?, PixelType::U8x3);
    let [left, top, part_width, part_height] = part;
    // Rounding may have put the far edge a hair outside.
    let (left, top) =
        (left.clamp(0.0, picture.width as f64 - 1.0), top.clamp(0.0, picture.height as f64 - 1.0));
    let part_width = part_width.min(picture.width as f64 - left);
    let part_height = part_height.min(picture.height as f64 - top);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
        left,
        top,
        part_width,
        part_height,
    );
    Resizer::new().resize(&source, &mut target, &options).map_err(|e| failed(&e))?;
    Ok(Picture { width, height, rgb: target.into_vec() })
}

/// The picture turned clockwise by that many quarters.
pub(crate) fn turned(picture: Picture, quarters: u8) -> Picture {
    let (width, height) = (picture.width, picture.height);
    if quarters.is_multiple_of(4) {
        return picture;
    }
    let pixels = picture.rgb.as_chunks::<3>().0;
    let (new_width, new_height) = if quarters.is_multiple_of(2) { (width, height) } else { (height, width) };
    let mut rgb = Vec::with_capacity(picture.rgb.len());
    for y in 0..new_height {
        for x in 0..new_width {
            let (from_x, from_y) = match quarters % 4 {
                1 => (y, height - 1 - x),
                2 => (width - 1 - x, height - 1 - y),
                _ => (width - 1 - y, x),
            };
            rgb.extend(pixels[from_y * width + from_x]);
        }
    }
    Picture { width: new_width, height: new_height, rgb }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_end_a_hair_outside_are_scaled() {
        let picture = Picture { width: 7, height: 5, rgb: vec![9; 105] };
        for part in [[0.0, 0.0, 7.000_000_1, 5.000_000_1], [3.5, 2.5, 3.500_000_1, 2.500_000_1]] {
            assert_eq!(scaled(&picture, part, 2, 2).map(|small| small.rgb), Ok(vec![9; 12]));
        }
    }

    #[test]
    fn four_quarters_are_a_whole_turn() {
        let picture = Picture { width: 3, height: 2, rgb: (0..18).collect() };
        let quarter = turned(picture.clone(), 1);
        assert_eq!((quarter.width, quarter.height), (2, 3));
        // The last row's first pixel comes to the left top.
        assert_eq!(quarter.rgb[..3], picture.rgb[9..12]);
        assert_eq!(turned(quarter.clone(), 1), turned(picture.clone(), 2));
        assert_eq!(turned(quarter, 3), picture);
    }
}
