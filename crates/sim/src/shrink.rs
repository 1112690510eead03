//! Making a history short: steps are left out as long as what was found is still found.
//!
//! Delta debugging: large pieces first, then smaller ones, until no single step can be left out. The seed, its world and
//! its requests stay as they are.

use std::time::{Duration, Instant};

use crate::run::Seed;
use crate::stage::{Plant, Played};
use crate::store::Place;

/// How many histories are tried at most, and for how long.
const TRIES: usize = 3_000;
const LONGEST: Duration = Duration::from_secs(120);

/// The steps that are needed to find something that breaks a law, and the history they make.
///
/// # Errors
/// The machine this runs on does not play along.
pub fn shrink(seed: &Seed, place: &Place, plant: Plant, law: &str) -> Result<(Vec<usize>, Played), String> {
    let mut steps = seed.all_steps();
    let mut played = seed.play(place, plant, &steps)?;
    if let Some((at, _)) = played.found.as_ref().filter(|(_, found)| found.law == law) {
        // Nothing after it is needed.
        let upto: Vec<usize> = steps.iter().copied().filter(|step| step <= at).collect();
        let shorter = seed.play(place, plant, &upto)?;
        if shorter.found.as_ref().is_some_and(|(_, found)| found.law == law) {
            (steps, played) = (upto, shorter);
        }
    }
    let (mut tries, begun) = (0, Instant::now());
    let mut size = steps.len().div_ceil(2).max(1);
    loop {
        let mut has_shrunk = false;
        let mut from = 0;
        while from < steps.len() && tries < TRIES && begun.elapsed() < LONGEST {
            let upto = (from + size).min(steps.len());
            let fewer: Vec<usize> = steps[..from].iter().chain(&steps[upto..]).copied().collect();
            tries += 1;
            let tried = seed.play(place, plant, &fewer)?;
            if tried.found.as_ref().is_some_and(|(_, found)| found.law == law) {
                (steps, played, has_shrunk) = (fewer, tried, true);
            } else {
                from = upto;
            }
        }
        if tries >= TRIES || begun.elapsed() >= LONGEST || size == 1 && !has_shrunk {
            return Ok((steps, played));
        }
        if !has_shrunk {
            size = size.div_ceil(2);
        }
    }
}
