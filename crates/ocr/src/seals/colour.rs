//! Coloured ink: which pixels have the colour of a seal, and how much of it. What is printed in black, or is grey, has none,
//! however dark it is; so a seal is told from the text it lies on by its colour.
//!
//! Colours are seen against the ground beside them: paper in warm light is not red, and a shadow is no ink.

use crate::picture::Picture;

/// The ground is looked for in squares of such a part of the picture, and of so many pixels at least: the star of a seal
/// that fills a picture is smaller than what is around a square.
const SQUARES: usize = 20;
const LEAST_SQUARE: usize = 8;
/// Of a square, the brightest part is ground: one pixel in so many.
const BRIGHTEST: usize = 4;
/// Ground is no darker than this: on something black every grain would be a colour.
const DARKEST_GROUND: f32 = 60.0;

/// The colours that seals have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hue {
    Red,
    Blue,
    Purple,
}

impl Hue {
    pub const ALL: [Hue; 3] = [Hue::Red, Hue::Blue, Hue::Purple];

    /// How much of the ink a colour shows, 0 to 1; none of a colour that is another one's.
    pub fn strength(self, [red, green, blue]: [f32; 3]) -> f32 {
        let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
        let chroma = most - least;
        if chroma <= 0.0 {
            return 0.0;
        }
        // Where the colour is between two of the three, in parts of a sixth of the circle.
        let is_one = match self {
            Hue::Red => red >= most && (-0.85..=0.32).contains(&((green - blue) / chroma)),
            Hue::Blue => blue >= most && (-0.8..=0.45).contains(&((red - green) / chroma)),
            Hue::Purple => {
                (blue >= most && (red - green) / chroma >= 0.35)
                    || (red >= most && (green - blue) / chroma <= -0.65)
            }
        };
        if is_one { chroma } else { 0.0 }
    }

    /// How bright a colour is where the ink hardly shows: what is dark there is of another ink.
    pub fn through(self, [red, _, blue]: [f32; 3]) -> f32 {
        match self {
            Hue::Red => red,
            Hue::Blue => blue,
            Hue::Purple => red.max(blue),
        }
    }
}

/// The ground of a picture, square by square.
pub(super) struct Ground {
    square: usize,
    across: usize,
    down: usize,
    colours: Vec<[f32; 3]>,
}

impl Ground {
    pub fn of(picture: &Picture) -> Ground {
        let square = (picture.width.max(picture.height) / SQUARES).max(LEAST_SQUARE);
        let (across, down) = (picture.width.div_ceil(square).max(1), picture.height.div_ceil(square).max(1));
        let squares: Vec<[f32; 3]> =
            (0..across * down).map(|at| brightest(picture, square, at % across, at / across)).collect();
        // A square that is all ink, a star or a heavy letter, has its ground beside it.
        let around = |at: usize| {
            let (x, y) = (at % across, at / across);
            let columns = x.saturating_sub(1)..=(x + 1).min(across - 1);
            let near =
                columns.flat_map(|x| (y.saturating_sub(1)..=(y + 1).min(down - 1)).map(move |y| (x, y)));
            let brightest = near.map(|(x, y)| squares[y * across + x]);
            let brightest = brightest.max_by(|a, b| light(*a).total_cmp(&light(*b)));
            brightest.unwrap_or([255.0; 3]).map(|value| value.max(DARKEST_GROUND))
        };
        Ground { square, across, down, colours: (0..across * down).map(around).collect() }
    }

    /// The ground at a place, between the middles of squares.
    pub fn at(&self, x: f32, y: f32) -> [f32; 3] {
        let place = |at: f32, count: usize| {
            let at = (at / self.square as f32 - 0.5).clamp(0.0, (count - 1) as f32);
            (at as usize, (at as usize + 1).min(count - 1), at.fract())
        };
        let ((left, right, u), (top, bottom, v)) = (place(x, self.across), place(y, self.down));
        let of = |x: usize, y: usize| self.colours[y * self.across + x];
        let (a, b, c, d) = (of(left, top), of(right, top), of(left, bottom), of(right, bottom));
        std::array::from_fn(|i| {
            let (upper, lower) = (a[i] + (b[i] - a[i]) * u, c[i] + (d[i] - c[i]) * u);
            upper + (lower - upper) * v
        })
    }
}

/// The colour of the brightest pixels of a square.
fn brightest(picture: &Picture, square: usize, column: usize, row: usize) -> [f32; 3] {
    let mut pixels: Vec<[u8; 3]> = Vec::with_capacity(square * square);
    for y in row * square..((row + 1) * square).min(picture.height) {
        let from = y * picture.width + column * square;
        let to = y * picture.width + ((column + 1) * square).min(picture.width);
        pixels.extend(picture.rgb.as_chunks::<3>().0[from..to].iter());
    }
    let few = pixels.len().div_ceil(BRIGHTEST);
    if few == 0 {
        return [255.0; 3];
    }
    let dark = |pixel: &[u8; 3]| std::cmp::Reverse(pixel.iter().map(|value| u32::from(*value)).sum::<u32>());
    if few < pixels.len() {
        pixels.select_nth_unstable_by_key(few, dark);
    }
    let sum = |i: usize| pixels[..few].iter().map(|pixel| f32::from(pixel[i])).sum::<f32>();
    std::array::from_fn(|i| sum(i) / few as f32)
}

fn light(colour: [f32; 3]) -> f32 {
    colour.iter().sum()
}

/// A pixel against its ground: 1 is as bright as that.
pub(super) fn against(pixel: [u8; 3], ground: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|i| (f32::from(pixel[i]) / ground[i]).min(1.0))
}

/// Every pixel against its ground, row by row.
pub(super) fn leveled(picture: &Picture, ground: &Ground) -> Vec<[f32; 3]> {
    let pixels = picture.rgb.as_chunks::<3>().0.iter().enumerate();
    let at = |index: usize| ((index % picture.width) as f32, (index / picture.width) as f32);
    pixels
        .map(|(index, pixel)| {
            let (x, y) = at(index);
            against(*pixel, ground.at(x, y))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks_are_told_apart_by_their_colour() {
        let inks = [
            ([0.8, 0.15, 0.2], Some(Hue::Red)),
            ([0.95, 0.6, 0.62], Some(Hue::Red)),
            ([0.15, 0.25, 0.7], Some(Hue::Blue)),
            ([0.5, 0.15, 0.6], Some(Hue::Purple)),
            ([0.1, 0.1, 0.1], None),
            ([0.2, 0.6, 0.2], None),
            ([0.75, 0.6, 0.3], None),
        ];
        for (ink, hue) in inks {
            for other in Hue::ALL {
                let is_seen = other.strength(ink) > 0.1;
                assert_eq!(is_seen, hue == Some(other), "{ink:?} as {other:?}");
            }
        }
    }

    #[test]
    fn paper_in_warm_light_is_no_ink() {
        let (width, height) = (200, 100);
        let rgb = (0..width * height).flat_map(|at| {
            let is_ink = (40..44).contains(&(at % width));
            // It grows darker to the right.
            let light = 1.0 - 0.4 * (at % width) as f32 / width as f32;
            let colour = if is_ink { [200.0, 60.0, 50.0] } else { [250.0, 225.0, 190.0] };
            colour.map(|value: f32| (value * light) as u8)
        });
        let picture = Picture { width, height, rgb: rgb.collect() };
        let leveled = leveled(&picture, &Ground::of(&picture));
        for (at, colour) in leveled.iter().enumerate() {
            let red = Hue::Red.strength(*colour);
            let is_ink = (40..44).contains(&(at % width));
            assert!(if is_ink { red > 0.5 } else { red < 0.1 }, "{at} {red}");
        }
    }

    #[test]
    fn no_picture_is_too_small() {
        for (width, height) in [(1, 1), (1, 90), (33, 2)] {
            let picture = Picture { width, height, rgb: vec![200; 3 * width * height] };
            assert!(
                leveled(&picture, &Ground::of(&picture))
                    .iter()
                    .all(|colour| Hue::Red.strength(*colour) == 0.0)
            );
        }
    }
}
