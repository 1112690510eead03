//! Columns of text that nothing is drawn between: where rows that stand below each other all leave the same room.

use super::piece::{Piece, Spot};
use super::rules::Rule;

/// Between two pieces of one line there is at least so much room, in heights of text: more than between words, which may
/// be spaced.
const APART: f32 = 0.7;
/// Between two columns there is at least so much room over all their rows, in heights of text.
const GUTTER: f32 = 0.4;
/// Of a hundred rows so many may reach across a gutter: headings of several columns, and what did not fit.
const ACROSS_PERCENT: usize = 15;
/// Of fewer rows none may.
const FEW_ROWS: usize = 4;
/// A ruling divides columns if it is so long a part of their height.
const RULED: f32 = 0.6;

/// Lines divided where they leave more room than words do: a line may have been found across several columns.
pub(super) fn apart(lines: Vec<Piece>, height: f32) -> Vec<Piece> {
    let parts = |line: Piece| {
        // Words of a title are further apart.
        let least = APART * line.height().max(height);
        line.divided(|before, spot| spot.left - before.right > least)
    };
    lines.into_iter().flat_map(parts).collect()
}

/// The places that divide rows into columns, from left to right.
pub(super) fn gutters(rows: &[Vec<Piece>], height: f32) -> Vec<f32> {
    let rows: Vec<&Vec<Piece>> = rows.iter().filter(|row| row.len() >= 2).collect();
    let allowed = if rows.len() < FEW_ROWS { 0 } else { (rows.len() * ACROSS_PERCENT / 100).max(1) as i32 };
    let mut ends: Vec<(f32, i32)> = Vec::new();
    for piece in rows.into_iter().flatten() {
        ends.extend([(piece.left, 1), (piece.right.max(piece.left), -1)]);
    }
    // What ends where another begins leaves no room.
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let mut gutters = Vec::new();
    let mut across = 0;
    // The gutter that began: where it does, and the widest part that the fewest reach across.
    let mut open: Option<(f32, i32, [f32; 2])> = None;
    for (place, (at, change)) in ends.iter().enumerate() {
        let before = across;
        across += change;
        if before > allowed && across <= allowed {
            open = Some((*at, i32::MAX, [*at, *at]));
        } else if before <= allowed
            && across > allowed
            && let Some((from, _, part)) = open.take()
            && at - from >= GUTTER * height
        {
            gutters.push((part[0] + part[1]) / 2.0);
        }
        if let (Some((_, fewest, part)), Some((next, _))) = (&mut open, ends.get(place + 1))
            && (across < *fewest || across == *fewest && next - at > part[1] - part[0])
            && next > at
        {
            (*fewest, *part) = (across, [*at, *next]);
        }
    }
    gutters
}

/// The same with rulings, which divide more surely.
pub(super) fn with_rulings(gutters: Vec<f32>, down: &[Rule], from: f32, to: f32, height: f32) -> Vec<f32> {
    let mut all: Vec<f32> =
        down.iter().filter(|rule| rule.covers(from, to) >= RULED * (to - from)).map(|rule| rule.at).collect();
    let ruled = all.clone();
    all.extend(gutters.into_iter().filter(|gutter| ruled.iter().all(|at| (at - gutter).abs() > height)));
    all.sort_by(f32::total_cmp);
    all.dedup_by(|a, b| (*a - *b).abs() < GUTTER * height);
    all
}

/// From where to where a piece lies in columns that are divided there. Only a little beyond a gutter is none.
pub(super) fn columns(piece: &Piece, gutters: &[f32], height: f32) -> std::ops::Range<usize> {
    let little = (0.25 * piece.width()).min(0.6 * height);
    let column = |at: f32| gutters.partition_point(|gutter| *gutter <= at);
    let (first, last) = (column(piece.left + little), column(piece.right - little));
    first..last.max(first) + 1
}

/// Divides pieces at gutters where their characters leave room.
pub(super) fn divided(row: Vec<Piece>, gutters: &[f32], height: f32) -> Vec<Piece> {
    let column = |at: f32| gutters.partition_point(|gutter| *gutter <= at);
    let begins = |before: &Spot, spot: &Spot| {
        column(before.middle()) != column(spot.middle()) && spot.left - before.right > GUTTER * height
    };
    row.into_iter().flat_map(|piece| piece.divided(begins)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::general_table::piece;
    use crate::kind::general_table::plane::Plane;
    use crate::sheet::tests::page;

    #[test]
    fn words_are_as_far_apart_as_they_are_high() {
        // Between the words is room for one letter of 20 px; the line is 30 px high, others 24 or 30.
        let page = page(&[(0, 0, "two words")]);
        let lines = piece::lines(&page, &Plane::of(&page, 30.0));
        assert_eq!(apart(lines.clone(), 30.0).len(), 1);
        assert_eq!(apart(lines, 24.0).len(), 1, "a title");
        let page = crate::sheet::tests::page(&[(0, 0, "two  columns")]);
        assert_eq!(apart(piece::lines(&page, &Plane::of(&page, 30.0)), 24.0).len(), 2);
    }
}
