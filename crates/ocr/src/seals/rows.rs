//! The rows between a ring and its middle, laid straight: where the frame ends, and from which row to which there is text.

use std::f32::consts::TAU;
use std::ops::Range;

use super::ring::Ring;
use super::strip::{INK, LEAST_HEIGHT, LONGEST, MEASURED, MOST_HEIGHT};

/// The upper edge of text is no deeper than this, in parts of the shorter half axis.
const DEEPEST_TOP: f32 = 0.35;
/// A row of so much ink is a ring of the frame.
const FRAME: f32 = 0.55;
/// Where the frame's stroke ends is told by so many columns on each side, as a part of all.
const BESIDE: usize = 40;
/// A row is looked at in so many directions.
const SECTORS: usize = 72;
/// Rows of text have ink in so many of them at least.
const LEAST_SECTORS: f32 = 0.1;
/// Where so few of them have ink, compared with the most, text has its edge.
const EDGE: f32 = 0.22;

/// The angles of columns that are equally long, where letters stand.
pub(super) fn angles(ring: &Ring) -> Vec<f32> {
    const STEPS: usize = 720;
    let at = |step: usize| ring.at(step as f32 / STEPS as f32 * TAU, MEASURED * ring.short);
    let mut lengths = Vec::with_capacity(STEPS + 1);
    let mut length = 0.0;
    for step in 0..=STEPS {
        if step > 0 {
            let (a, b) = (at(step - 1), at(step));
            length += (b.x - a.x).hypot(b.y - a.y);
        }
        lengths.push(length);
    }
    let columns = (length as usize).clamp(64, LONGEST);
    let mut step = 0;
    let angle = |column: usize| {
        let wanted = length * column as f32 / columns as f32;
        while step + 1 < STEPS && lengths[step + 1] < wanted {
            step += 1;
        }
        let part = (wanted - lengths[step]) / (lengths[step + 1] - lengths[step]).max(f32::MIN_POSITIVE);
        (step as f32 + part) / STEPS as f32 * TAU
    };
    (0..columns).map(angle).collect()
}

/// How deep the frame reaches in each column: where most columns beside it say that its stroke ends.
pub(super) fn frame_ends(rows: &[Vec<f32>], thickness: f32) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    let (near, most) = ((1.5 * thickness + 2.0) as usize, (2.2 * thickness + 3.0) as usize);
    let end = |column: usize| {
        let has = |row: &usize| rows.get(*row).is_some_and(|row| row[column] > INK);
        let first = (0..near).find(has)?;
        // What is thicker is more than the frame.
        (first..=most).find(|row| !has(row))
    };
    let ends: Vec<Option<usize>> = (0..columns).map(end).collect();
    let usual = nearly_all(ends.iter().copied().flatten().collect()).unwrap_or(thickness.ceil() as usize);
    let beside = columns / BESIDE;
    let around =
        |column: usize| (0..=2 * beside).map(move |step| (column + columns + step - beside) % columns);
    // Half a pixel of it is out of focus.
    (0..columns)
        .map(|column| nearly_all(around(column).filter_map(|at| ends[at]).collect()).unwrap_or(usual) + 1)
        .collect()
}

/// What nearly three in four of them are at most.
fn nearly_all(mut values: Vec<usize>) -> Option<usize> {
    values.sort_unstable();
    values.get(values.len() * 7 / 10).copied()
}

/// Takes the frame away.
pub(super) fn clear(rows: &mut [Vec<f32>], frame: &[usize]) {
    for (row, values) in rows.iter_mut().enumerate() {
        values.iter_mut().zip(frame).filter(|(_, end)| row < **end).for_each(|(value, _)| *value = 0.0);
    }
}

/// Where another ring within the first ends, if there is one: it is no thicker than two of it; what is, are letters.
pub(super) fn second_ring(rows: &[Vec<f32>], short: f32, thickness: f32) -> Option<usize> {
    let covered = |row: usize| {
        let ink = rows[row].iter().filter(|dense| **dense > INK).count();
        ink as f32 / rows[row].len().max(1) as f32
    };
    let (mut row, within) = (0, ((0.2 * short) as usize).min(rows.len()));
    let mut ring = None;
    while row < within {
        let end = (row..rows.len()).find(|row| covered(*row) < FRAME).unwrap_or(rows.len());
        if (1.0..=2.0 * thickness + 2.0).contains(&((end - row) as f32)) {
            ring = Some(end + 1);
        }
        row = end.max(row + 1);
    }
    ring
}

/// Rows beside each other that have so much at least; one row without is no end.
pub(super) fn runs(rows: &[f32], least: f32) -> Vec<Range<usize>> {
    let has = |row: usize| rows.get(row).is_some_and(|ink| *ink >= least);
    let mut runs = Vec::new();
    let mut row = 0;
    while row < rows.len() {
        if !has(row) {
            row += 1;
            continue;
        }
        let start = row;
        while has(row) || has(row + 1) {
            row += 1;
        }
        runs.push(start..row);
    }
    runs
}

/// From which row to which there is text, within that one.
pub(super) fn depths(rows: &[Vec<f32>], short: f32, mut start: usize) -> Option<Range<usize>> {
    let of = |part: f32| ((part * short) as usize).min(rows.len());
    let sectors = |row: usize| {
        let row = &rows[row];
        let is_there = |sector: &usize| {
            let from = sector * row.len() / SECTORS;
            let to = ((sector + 1) * row.len() / SECTORS).max(from + 1).min(row.len());
            row[from..to].iter().any(|dense| *dense > INK)
        };
        (0..SECTORS).filter(is_there).count() as f32 / SECTORS as f32
    };
    let seen: Vec<f32> = (0..rows.len()).map(sectors).collect();
    // What is left of the frame, out of focus.
    let blurred = of(0.08) + start;
    while start + 1 < blurred.min(seen.len()) && seen[start + 1] < seen[start] {
        start += 1;
    }
    let most = seen.get(start..of(0.45))?.iter().copied().fold(0.0, f32::max);
    if most < LEAST_SECTORS {
        return None;
    }
    let edge = EDGE * most;
    let sum = |run: &Range<usize>| seen[run.clone()].iter().sum::<f32>();
    let text = runs(&seen[..of(DEEPEST_TOP + MOST_HEIGHT)], edge);
    let text = text.into_iter().max_by(|a, b| sum(a).total_cmp(&sum(b)))?;
    let (top, deepest) = (text.start, (text.start + of(MOST_HEIGHT)).min(rows.len()));
    if top > of(DEEPEST_TOP) || text.len() < of(LEAST_HEIGHT).max(4) {
        return None;
    }
    let bottom = if text.end <= deepest {
        text.end
    } else {
        // It goes on within; letters end where there is least.
        (top + of(0.12).max(4)..deepest).min_by(|a, b| seen[*a].total_cmp(&seen[*b]))?
    };
    Some(top..bottom)
}
