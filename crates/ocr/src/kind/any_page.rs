//! What may be on a page, for laws that hold of every one.

use proptest::prelude::*;

use crate::page::{Block, Char, Quad, Ruling};

fn quads() -> impl Strategy<Value = Quad> {
    let point = || prop::array::uniform2(-50..1050);
    let straight = (point(), 0..400, 0..60).prop_map(|([x, y], width, height)| {
        [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
    });
    prop_oneof![9 => straight, 1 => prop::array::uniform4(point())]
}

/// A line whose words are like that, with or without the places of its characters.
pub(super) fn blocks(words: &'static str) -> impl Strategy<Value = Block> {
    (quads(), words, any::<bool>(), prop::collection::vec(quads(), 12)).prop_map(
        |(location, words, has_chars, places)| {
            let letters = words.chars().filter(|char| !char.is_whitespace()).zip(places);
            let chars = letters.map(|(char, location)| Char { char, location, confidence: 0.9 });
            let chars = if has_chars { chars.collect() } else { Vec::new() };
            Block { words, confidence: 0.9, location, chars }
        },
    )
}

/// A line that is drawn.
pub(super) fn rulings() -> impl Strategy<Value = Ruling> {
    let step = || (0..20).prop_map(|step: i32| 50 * step);
    let level = (step(), step(), step()).prop_map(|(y, x0, x1)| ([x0.min(x1), y], [x0.max(x1), y]));
    let upright = (step(), step(), step()).prop_map(|(x, y0, y1)| ([x, y0.min(y1)], [x, y0.max(y1)]));
    let any = (prop::array::uniform2(0..1000), prop::array::uniform2(0..1000));
    prop_oneof![4 => level, 4 => upright, 1 => any].prop_map(|(from, to)| Ruling { from, to, thickness: 2.0 })
}
