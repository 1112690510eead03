use image::GenericImageView as _;

use super::*;
use crate::geometry::Rect;
use crate::recognise::Glyph;

const PAPER: [u8; 3] = [250, 250, 248];
const RED: [u8; 3] = [205, 60, 70];

fn drawn(width: usize, height: usize, colour: impl Fn(f32, f32) -> [u8; 3]) -> Picture {
    let at = |index: usize| ((index % width) as f32, (index / width) as f32);
    let rgb = (0..width * height).flat_map(|index| {
        let (x, y) = at(index);
        colour(x, y)
    });
    Picture { width, height, rgb: rgb.collect() }
}

/// A round seal with a block within and blocks as letters along its ring.
fn is_round_seal(x: f32, y: f32, [middle_x, middle_y]: [f32; 2], half: f32) -> bool {
    let (x, y) = (x - middle_x, y - middle_y);
    let far = x.hypot(y);
    let turn = (y.atan2(x) / std::f32::consts::TAU).rem_euclid(1.0);
    let is_letter = (0.7 * half..0.88 * half).contains(&far)
        && !(0.15..0.35).contains(&turn)
        && (turn * 16.0).fract() < 0.6;
    (far - half).abs() < 0.025 * half || is_letter || far < 0.2 * half
}

fn is_box(x: f32, y: f32, [left, top, right, bottom]: [f32; 4]) -> bool {
    let is_in = (left..=right).contains(&x) && (top..=bottom).contains(&y);
    let depth = (x - left).min(right - x).min(y - top).min(bottom - y);
    let is_letter = depth > 14.0 && (x / 9.0).fract() < 0.5 && (y / 30.0).fract() < 0.6;
    is_in && (depth < 4.0 || is_letter)
}

#[test]
fn seals_are_found_with_their_shapes_and_places() {
    let picture = drawn(900, 700, |x, y| {
        let is_text = (y / 40.0).fract() < 0.3 && (x / 7.0).fract() < 0.5 && x < 500.0;
        if is_text {
            [30, 30, 30]
        } else if is_round_seal(x, y, [300.0, 400.0], 110.0) {
            RED
        } else if is_box(x, y, [600.0, 100.0, 800.0, 180.0]) {
            [40, 70, 180]
        } else {
            PAPER
        }
    });
    let seals = Seals::of(&picture).unwrap();
    let shapes: Vec<SealShape> = seals.seen.iter().map(Seen::shape).collect();
    assert_eq!(shapes, [SealShape::Rectangle, SealShape::Circle]);
    for (seen, wanted) in seals.seen.iter().zip([[600, 100, 800, 180], [190, 290, 410, 510]]) {
        let [[left, top], _, [right, bottom], _] = seen.location(&picture);
        for (found, wanted) in [left, top, right, bottom].into_iter().zip(wanted) {
            assert!(found.abs_diff(wanted) <= 6, "{:?}", seen.location(&picture));
        }
        assert!(seen.confidence() > 0.66 && seen.confidence() <= 1.0);
    }
}

#[test]
fn what_has_no_frame_is_no_seal() {
    let is_text = |x: f32, y: f32| (y / 40.0).fract() < 0.3 && (x / 7.0).fract() < 0.5;
    let red_text = drawn(600, 400, |x, y| if is_text(x, y) { RED } else { PAPER });
    let disc = drawn(600, 400, |x, y| if (x - 300.0).hypot(y - 200.0) < 80.0 { RED } else { PAPER });
    let black =
        drawn(600, 400, |x, y| if is_round_seal(x, y, [300.0, 200.0], 100.0) { [20; 3] } else { PAPER });
    let lines = drawn(600, 400, |_, y| if (y / 50.0).fract() < 0.06 { RED } else { PAPER });
    for (what, picture) in [("text", red_text), ("disc", disc), ("black", black), ("lines", lines)] {
        assert!(Seals::of(&picture).unwrap().seen.is_empty(), "{what}");
    }
}

#[test]
fn any_picture_is_looked_at() {
    for (width, height) in [(1, 1), (3, 900), (900, 2), (15, 15), (40, 40)] {
        let noise = drawn(width, height, |x, y| {
            let value = ((x * 12.9898 + y * 78.233).sin() * 43758.547).fract().abs();
            [
                (value * 255.0) as u8,
                ((value * 7.0).fract() * 255.0) as u8,
                ((value * 13.0).fract() * 255.0) as u8,
            ]
        });
        let seals = Seals::of(&noise).unwrap();
        let mut nobody = Nobody(0);
        for seen in &seals.seen {
            seals.words(seen, &mut nobody).unwrap();
            seen.cut_out(&noise).unwrap();
        }
        let erased = seals.erased().unwrap();
        assert_eq!(erased.pixels().count() * 3, noise.rgb.len());
    }
}

#[test]
fn of_many_seals_the_best_are_given_and_each_is_read_in_few_steps() {
    let picture = drawn(1200, 1200, |x, y| {
        let middle = [(x / 120.0).floor() * 120.0 + 60.0, (y / 120.0).floor() * 120.0 + 60.0];
        if is_round_seal(x, y, middle, 50.0) { RED } else { PAPER }
    });
    let seals = Seals::of(&picture).unwrap();
    assert!(seals.seen.len() <= MOST && !seals.seen.is_empty());
    let mut nobody = Nobody(0);
    seals.seen.iter().for_each(|seen| drop(seals.words(seen, &mut nobody).unwrap()));
    assert!(nobody.0 <= 50 * seals.seen.len(), "{}", nobody.0);
}

#[test]
fn what_is_below_a_seal_stays_when_it_is_erased() {
    let is_text = |x: f32, y: f32| (y / 40.0).fract() < 0.2 && (x / 90.0).fract() < 0.6;
    let picture = drawn(600, 500, |x, y| match (is_text(x, y), is_round_seal(x, y, [300.0, 250.0], 110.0)) {
        (true, _) => [30, 28, 28],
        (_, true) => RED,
        _ => PAPER,
    });
    let seals = Seals::of(&picture).unwrap();
    let erased = seals.erased().unwrap();
    let pixels = erased.pixels().map(|(_, _, pixel)| pixel.0);
    for (index, (before, after)) in picture.rgb.as_chunks::<3>().0.iter().zip(pixels).enumerate() {
        let is_text = before[0] < 60;
        let light = after.iter().map(|value| u32::from(*value)).sum::<u32>() / 3;
        assert!(if is_text { light < 90 } else { light > 215 }, "{index} {before:?} {after:?}");
        assert!(after[0].abs_diff(after[2]) < 40, "{index} {after:?}");
    }
}

/// Finds a line in the middle and reads nothing in it.
struct Nobody(usize);

impl Recogniser for Nobody {
    fn lines(&mut self, picture: &Picture) -> Result<Vec<Rect>, ReadError> {
        self.0 += 1;
        let centre = point(picture.width as f32 / 2.0, picture.height as f32 / 2.0);
        let rect = Rect { centre, along: point(1.0, 0.0), width: picture.width as f32 / 2.0, height: 20.0 };
        Ok(vec![rect; 40])
    }

    fn read(&mut self, _: &Picture) -> Result<Vec<Glyph>, ReadError> {
        self.0 += 1;
        Ok(Vec::new())
    }
}

/// Reads every line as so many letters as it is dark in places.
struct Counter;

impl Recogniser for Counter {
    fn lines(&mut self, picture: &Picture) -> Result<Vec<Rect>, ReadError> {
        let centre = point(picture.width as f32 / 2.0, picture.height as f32 / 2.0);
        let (width, height) = (picture.width as f32, picture.height as f32);
        Ok(vec![Rect { centre, along: point(1.0, 0.0), width, height }])
    }

    fn read(&mut self, line: &Picture) -> Result<Vec<Glyph>, ReadError> {
        let row = &line.rgb.as_chunks::<3>().0[line.height / 2 * line.width..][..line.width];
        let letters = row.windows(2).filter(|pair| pair[0][0] > 128 && pair[1][0] <= 128).count();
        Ok(vec![Glyph { char: '字', confidence: 0.95, at: 0.5 }; letters])
    }
}

#[test]
fn text_along_the_ring_comes_first() {
    let picture =
        drawn(600, 500, |x, y| if is_round_seal(x, y, [300.0, 250.0], 150.0) { RED } else { PAPER });
    let seals = Seals::of(&picture).unwrap();
    let [seen] = &seals.seen[..] else { panic!("{}", seals.seen.len()) };
    let words = seals.words(seen, &mut Counter).unwrap();
    let letters = words.first().map_or(0, |words| words.words.chars().count());
    assert!((12..=14).contains(&letters), "{words:?}");
}
