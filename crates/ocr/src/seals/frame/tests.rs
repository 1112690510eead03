use super::*;
use crate::seals::colour::Hue;

const WIDTH: usize = 640;
const HEIGHT: usize = 500;

/// A picture drawn point by point: red, black or white.
fn mask(colour: impl Fn(f32, f32) -> char) -> Mask {
    let leveled: Vec<[f32; 3]> = (0..WIDTH * HEIGHT)
        .map(|at| match colour((at % WIDTH) as f32, (at / WIDTH) as f32) {
            'r' => [0.8, 0.15, 0.2],
            'b' => [0.1, 0.1, 0.1],
            _ => [1.0, 1.0, 1.0],
        })
        .collect();
    Mask::of(Hue::Red, &leveled, WIDTH, HEIGHT)
}

/// A ring of radius 100 with blocks for its text, one side of it shorter by `short`.
fn seal(x: f32, y: f32, short: f32) -> bool {
    let (x, y) = (x, y / short);
    let far = x.hypot(y);
    let is_letter = (y.atan2(x) * 7.0).sin() > 0.2 && y < 40.0;
    (96.0..101.0).contains(&far) || ((70.0..88.0).contains(&far) && is_letter)
}

#[test]
fn rings_and_ovals_are_found_where_they_are() {
    let two =
        mask(
            |x, y| {
                if seal(x - 150.0, y - 200.0, 1.0) || seal(x - 420.0, y - 300.0, 0.7) { 'r' } else { ' ' }
            },
        );
    let found = frames(&two);
    assert_eq!(found.len(), 2, "{found:#?}");
    for (frame, (x, y, short)) in found.iter().zip([(150.0, 200.0, 100.0), (420.0, 300.0, 70.0)]) {
        let Shape::Ring(ring) = frame.shape else { panic!("{frame:?}") };
        assert!((ring.centre.x - x).abs() < 1.5 && (ring.centre.y - y).abs() < 1.5, "{frame:?}");
        assert!((ring.long - 100.5).abs() < 2.0 && (ring.short - short).abs() < 2.0, "{frame:?}");
        assert!(frame.seen > 0.95 && (3.0..8.0).contains(&frame.thickness), "{frame:?}");
    }
}

#[test]
fn a_ring_is_found_below_black_text_and_beside_red_lines() {
    let over = mask(|x, y| {
        let is_text = (140.0..160.0).contains(&(y % 60.0 + 100.0)) && !(x as usize / 9).is_multiple_of(3);
        if is_text && (60.0..400.0).contains(&x) {
            'b'
        } else if seal(x - 200.0, y - 250.0, 1.0) || (350.0..354.0).contains(&y) {
            'r'
        } else {
            ' '
        }
    });
    let found = frames(&over);
    assert_eq!(found.len(), 1, "{found:#?}");
    let Shape::Ring(ring) = found[0].shape else { panic!("{found:?}") };
    assert!((ring.centre.x - 200.0).abs() < 3.0 && (ring.long - 100.0).abs() < 3.0, "{found:?}");
}

/// A box of 200 by 100 with blocks in it, and other lines if asked.
fn in_box(x: f32, y: f32) -> bool {
    let is_frame = (x.abs() <= 100.0 && y.abs() <= 50.0) && !(x.abs() < 96.0 && y.abs() < 46.0);
    is_frame || (x.abs() < 70.0 && y.abs() < 15.0 && (x.abs() as usize / 12).is_multiple_of(2))
}

#[test]
fn boxes_are_found_turned_too() {
    for degrees in [0.0_f32, 12.0, -20.0] {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let turned = mask(|x, y| {
            let (x, y) = (x - 300.0, y - 250.0);
            if in_box(x * cos + y * sin, y * cos - x * sin) { 'r' } else { ' ' }
        });
        let found = frames(&turned);
        assert_eq!(found.len(), 1, "{degrees} {found:#?}");
        let Shape::Box(corners) = found[0].shape else { panic!("{found:?}") };
        let [width, height] = sides(&corners);
        assert!((width - 200.0).abs() < 4.0 && (height - 100.0).abs() < 4.0, "{degrees} {found:?}");
        let first = point(300.0 - 100.0 * cos + 50.0 * sin, 250.0 - 100.0 * sin - 50.0 * cos);
        assert!((corners[0].x - first.x).hypot(corners[0].y - first.y) < 4.0, "{degrees} {corners:?}");
    }
}

#[test]
fn what_has_no_frame_is_no_seal() {
    let none = |colour: &dyn Fn(f32, f32) -> bool, what: &str| {
        let mask = mask(|x, y| if colour(x, y) { 'r' } else { ' ' });
        assert!(frames(&mask).is_empty(), "{what}: {:?}", frames(&mask));
    };
    none(&|_, _| false, "nothing");
    none(&|_, _| true, "all red");
    none(&|x, y| (x - 300.0).hypot(y - 250.0) < 100.0, "a disc");
    none(&|x, y| (x - 300.0).abs() < 100.0 && (y - 250.0).abs() < 60.0, "a block");
    none(&|x, y| (100.0..140.0).contains(&y) && !(x as usize / 20).is_multiple_of(3), "a line of letters");
    none(
        &|x, y| (x - 300.0).hypot(y - 250.0) < 101.0 && (x - 300.0).hypot(y - 250.0) > 96.0,
        "an empty ring",
    );
    let is_table = |x: f32, y: f32| {
        (x - 300.0).abs() <= 152.0
            && (y - 250.0).abs() <= 102.0
            && ((x as usize - 148) % 100 < 4 || (y as usize - 148) % 50 < 4)
    };
    none(&is_table, "a table");
    let hash = |x: f32, y: f32| (x as usize).wrapping_mul(2_654_435_761) ^ (y as usize).wrapping_mul(40_503);
    none(&|x, y| (hash(x, y) >> 7) % 3 == 0, "grain");
}
