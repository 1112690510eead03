//! Which way up the page is.
//!
//! A small classifier looks at the middle of the page and tells the four quarters. It is believed only
//! when it is sure: an upright page turned over by mistake is worse than the reverse, which is rare.

use crate::ReadError;
use crate::picture::Picture;
use crate::runtime::{Session, Tensor};
use crate::scale::scaled;

/// Side of the square the classifier looks at, and of the page's shorter side around it.
const SIDE: usize = 224;
const SHORT_SIDE: f64 = 256.0;
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];
/// Pages this much longer than wide are looked at in three places.
const LONG: f64 = 1.6;
/// Below this probability the page counts as upright.
const SURE: f32 = 0.6;

/// By how many quarters the page is turned anticlockwise from upright, 0 to 3.
pub(crate) fn quarters(picture: &Picture, session: &mut dyn Session) -> Result<u8, ReadError> {
    let (width, height) = (picture.width as f64, picture.height as f64);
    let short = width.min(height);
    let side = short * SIDE as f64 / SHORT_SIDE;
    let centres: &[f64] = if width.max(height) / short > LONG { &[0.5, 0.25, 0.75] } else { &[0.5] };
    let mut sums = [0.0f32; 4];
    for centre in centres {
        let left = ((width - side) * if width > height { *centre } else { 0.5 }).max(0.0);
        let top = ((height - side) * if height > width { *centre } else { 0.5 }).max(0.0);
        let square = scaled(picture, [left, top, side, side], SIDE, SIDE)?;
        session
            .run(&tensor(&square), &mut |_, probabilities| {
                for (sum, probability) in sums.iter_mut().zip(probabilities) {
                    *sum += probability / centres.len() as f32;
                }
            })
            .map_err(|error| ReadError::Engine(error.to_string()))?;
    }
    let best = (0..4u8).max_by(|&a, &b| sums[usize::from(a)].total_cmp(&sums[usize::from(b)]));
    let class = best.filter(|&class| sums[usize::from(class)] >= SURE).unwrap_or(0);
    // Classes count quarters clockwise.
    Ok((4 - class) % 4)
}

fn tensor(square: &Picture) -> Tensor {
    let mut data = Vec::with_capacity(3 * SIDE * SIDE);
    // Blue first, with the means the model was trained with in this order.
    for (channel, (mean, deviation)) in MEAN.iter().zip(DEVIATION).enumerate() {
        let values = square.rgb.as_chunks::<3>().0.iter();
        data.extend(values.map(|pixel| (f32::from(pixel[2 - channel]) / 255.0 - mean) / deviation));
    }
    Tensor { shape: [1, 3, SIDE, SIDE], data }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FnSession;

    fn told(probabilities: [f32; 4], width: usize, height: usize) -> u8 {
        let picture = Picture { width, height, rgb: vec![255; width * height * 3] };
        let mut session = FnSession::new(move |input: &Tensor| {
            assert_eq!(input.shape, [1, 3, 224, 224]);
            (vec![1, 4], probabilities.to_vec())
        });
        quarters(&picture, &mut session).unwrap()
    }

    #[test]
    fn only_a_sure_answer_counts() {
        assert_eq!(told([0.1, 0.7, 0.1, 0.1], 300, 200), 3);
        assert_eq!(told([0.0, 0.0, 0.0, 1.0], 15, 900), 1);
        assert_eq!(told([0.2, 0.5, 0.2, 0.1], 300, 200), 0);
        assert_eq!(told([0.2, f32::NAN, 0.2, 0.1], 300, 200), 0);
    }
}
