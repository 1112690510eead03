//! Tables without lines between their columns: rows of text that leave the same room. Rulings across, if there are any,
//! say where such a table begins and ends, and how its head is divided.
//!
//! Prose in columns is no table: its lines fill their columns. A few words at both sides of a letter's head are none.

use super::bands;
use super::grid::Grid;
use super::gutters::{apart, columns, divided, gutters, with_rulings};
use super::leading;
use super::piece::{self, Piece};
use super::rules::{Rule, Rules};

/// Rows of a table are no further apart, in heights of text.
const ROWS_APART: f32 = 2.2;
/// A line that stands alone in its row is part of a table only if it is no further from the row before.
const ALONE_APART: f32 = 1.0;
/// So many lines that stand alone end a table; lines of one cell may be more.
const ALONE: usize = 3;
const LINES: usize = 12;
/// So many rows at either end may belong to something else.
const ENDS: usize = 3;
/// Rulings of one table begin and end at the same places but for so many heights of text, and are at least so long.
const SAME_ENDS: f32 = 1.5;
const LEAST_RULE: f32 = 6.0;
/// The lines of prose are so many heights of text long, and fill their column to such a part.
const PROSE: f32 = 8.0;
const FILLED: f32 = 0.75;
/// At most one in so many rows of a table is a line through all columns.
const THROUGH_ONE_IN: usize = 6;
/// Few rows with nothing drawn are a table if more than so many of a hundred places have text.
const FEW_ROWS: usize = 4;
const FILLED_PERCENT: usize = 80;
/// Two columns with nothing drawn, of which the second is not of figures, need so many rows: fewer are a form or a card.
const ROWS_OF_WORDS: usize = 6;
/// More rulings of one table are not looked at.
const MOST_RULES: usize = 60;

/// How many rows of several columns make a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needed {
    rows: usize,
    /// Of two columns alone.
    rows_of_two: usize,
}

impl Needed {
    /// Where nothing is drawn.
    pub const OPEN: Needed = Needed { rows: 3, rows_of_two: 4 };
    /// Between rulings.
    pub const RULED: Needed = Needed { rows: 2, rows_of_two: 2 };
}

/// The tables of a page outside its lattices, and the lines that are in none.
pub(super) fn tables(lines: Vec<Piece>, rules: &Rules, height: f32) -> (Vec<Grid>, Vec<Piece>) {
    let (mut grids, mut rest) = (Vec::new(), lines);
    for [top, bottom, left, right] in ruled_areas(&rules.across, height) {
        let is_inside = |piece: &Piece| {
            (top..=bottom).contains(&piece.middle())
                && (left - height..=right + height).contains(&piece.centre())
        };
        let (inside, outside): (Vec<Piece>, Vec<Piece>) =
            rest.iter().cloned().partition(|piece| is_inside(piece) && !piece.is_upended);
        let frame = Frame { top: Some(top), bottom: Some(bottom), left: Some(left), right: Some(right) };
        if let Some(grid) = within(inside, rules, frame, Needed::RULED, height) {
            grids.push(grid);
            rest = outside;
        }
    }
    let (upended, level): (Vec<Piece>, Vec<Piece>) = rest.into_iter().partition(|piece| piece.is_upended);
    let mut rest = upended;
    for block in blocks(piece::rows(apart(level, height)), height) {
        match block {
            Block::Rows(rows) => {
                let (grid, outside) = best_of(rows, rules, height);
                grids.extend(grid);
                rest.extend(outside);
            }
            Block::Alone(pieces) => rest.extend(pieces),
        }
    }
    (grids, rest)
}

/// The edges of a table that are drawn.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Frame {
    pub top: Option<f32>,
    pub bottom: Option<f32>,
    pub left: Option<f32>,
    pub right: Option<f32>,
}

/// The table that all of these pieces are, if they are one.
pub(super) fn within(
    pieces: Vec<Piece>,
    rules: &Rules,
    frame: Frame,
    needed: Needed,
    height: f32,
) -> Option<Grid> {
    let rows = piece::rows(apart(pieces, height));
    let (top, bottom) = reach(&rows)?;
    let found = gutters(&rows, height);
    let inside = |rule: &&Rule| {
        frame.left.is_none_or(|left| rule.at > left + height)
            && frame.right.is_none_or(|right| rule.at < right - height)
    };
    let down: Vec<Rule> = rules.down.iter().filter(inside).copied().collect();
    let gutters = with_rulings(found, &down, top, bottom, height);
    let rows: Vec<Vec<Piece>> = rows.into_iter().map(|row| divided(row, &gutters, height)).collect();
    is_table(&rows, &gutters, needed, rules, height).then(|| bands::grid(rows, gutters, rules, frame, height))
}

/// Areas between rulings of the same width, the largest first: of one table, or of several that follow each other.
fn ruled_areas(across: &[Rule], height: f32) -> Vec<[f32; 4]> {
    let mut groups: Vec<Vec<Rule>> = Vec::new();
    for rule in across.iter().filter(|rule| rule.length() >= LEAST_RULE * height).take(MOST_RULES) {
        let is_same = |group: &&mut Vec<Rule>| {
            (group[0].from - rule.from).abs() <= SAME_ENDS * height
                && (group[0].to - rule.to).abs() <= SAME_ENDS * height
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => group.push(*rule),
            None => groups.push(vec![*rule]),
        }
    }
    let mut areas = Vec::new();
    for group in groups {
        for first in 0..group.len() {
            for last in first + 1..group.len() {
                let left = group[first..=last].iter().map(|rule| rule.from).fold(f32::MAX, f32::min);
                let right = group[first..=last].iter().map(|rule| rule.to).fold(f32::MIN, f32::max);
                areas.push([group[first].at, group[last].at, left, right]);
            }
        }
    }
    areas.sort_by(|a, b| (b[1] - b[0]).total_cmp(&(a[1] - a[0])));
    areas
}

/// From the top of the first row to the bottom of the last.
fn reach(rows: &[Vec<Piece>]) -> Option<(f32, f32)> {
    let top = rows.first()?.iter().map(|piece| piece.top).fold(f32::MAX, f32::min);
    let bottom = rows.last()?.iter().map(|piece| piece.bottom).fold(f32::MIN, f32::max);
    Some((top, bottom))
}

enum Block {
    /// What may be a table.
    Rows(Vec<Vec<Piece>>),
    /// What is none.
    Alone(Vec<Piece>),
}

/// Rows that follow each other closely and have several pieces, but for few.
fn blocks(rows: Vec<Vec<Piece>>, height: f32) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut block: Vec<Vec<Piece>> = Vec::new();
    let close = |block: &mut Vec<Vec<Piece>>, blocks: &mut Vec<Block>| {
        let last = block.iter().rposition(|row| row.len() >= 2).map_or(0, |last| last + 1);
        // A line below the last row may be the second line of one of its cells.
        let hanging = block[last..].iter().take_while(|row| hangs(&block[..last], row)).count();
        let keep = (last + hanging.max(1)).min(block.len());
        let alone: Vec<Piece> = block.drain(keep..).flatten().collect();
        blocks.push(Block::Rows(std::mem::take(block)));
        blocks.push(Block::Alone(alone));
    };
    for row in rows {
        let gap = |before: &[Piece]| {
            let bottom = before.iter().map(|piece| piece.bottom).fold(f32::MIN, f32::max);
            row.iter().map(|piece| piece.top).fold(f32::MAX, f32::min) - bottom
        };
        let is_alone = row.len() < 2;
        let alone = block.iter().rev().take_while(|row| row.len() < 2).count();
        let goes_on = block.last().is_some_and(|before| {
            let hangs = is_alone && hangs(&block, &row);
            let most = if is_alone && !hangs { ALONE_APART } else { ROWS_APART };
            let many = if hangs { LINES } else { ALONE };
            gap(before) <= most * height && !(is_alone && alone + 1 >= many)
        });
        if !goes_on {
            if !block.is_empty() {
                close(&mut block, &mut blocks);
            }
            if is_alone {
                blocks.push(Block::Alone(row));
                continue;
            }
        }
        block.push(row);
    }
    if !block.is_empty() {
        close(&mut block, &mut blocks);
    }
    blocks
}

/// Whether a line that stands alone may be of one cell of the rows above it: no wider than a column of the row that has
/// most of them, and no further out than any row.
fn hangs(above: &[Vec<Piece>], row: &[Piece]) -> bool {
    let Some(most) = above.iter().filter(|row| row.len() >= 2).max_by_key(|row| row.len()) else {
        return false;
    };
    let rows = || above.iter().filter(|row| row.len() >= 2).flatten();
    let left = rows().map(|piece| piece.left).fold(f32::MAX, f32::min);
    let right = rows().map(|piece| piece.right).fold(f32::MIN, f32::max);
    row.iter().all(|line| {
        let touched = most.iter().filter(|piece| piece.left < line.right && line.left < piece.right).count();
        touched < 2 && line.left >= left - line.height() && line.right <= right + line.height()
    })
}

/// The table that most of these rows are, and the pieces that are not in it: rows at the ends may be something else.
fn best_of(rows: Vec<Vec<Piece>>, rules: &Rules, height: f32) -> (Option<Grid>, Vec<Piece>) {
    let mut best: Option<(usize, std::ops::Range<usize>)> = None;
    for first in 0..rows.len().min(ENDS + 1) {
        for past in (rows.len().saturating_sub(ENDS).max(first + 1)..=rows.len()).rev() {
            // The first row of a table has several cells.
            let part = &rows[first..past];
            if part[0].len() < 2 {
                continue;
            }
            let found = gutters(part, height);
            let is_through = |row: &Vec<Piece>| row.len() < 2 && columns(&row[0], &found, height).len() > 1;
            if part.last().is_some_and(is_through) {
                continue;
            }
            let worth = found.len() * part.len();
            if best.as_ref().is_none_or(|(most, _)| worth > *most)
                && is_table(part, &found, Needed::OPEN, rules, height)
            {
                best = Some((worth, first..past));
            }
        }
    }
    let Some((_, range)) = best else { return (None, rows.into_iter().flatten().collect()) };
    let mut rows = rows;
    let mut outside: Vec<Piece> = rows.drain(range.end..).flatten().collect();
    let inside = rows.split_off(range.start);
    outside.extend(rows.into_iter().flatten());
    let gutters = gutters(&inside, height);
    let inside: Vec<Vec<Piece>> = inside.into_iter().map(|row| divided(row, &gutters, height)).collect();
    (Some(bands::grid(inside, gutters, rules, Frame::default(), height)), outside)
}

/// Whether rows divided so are a table.
fn is_table(rows: &[Vec<Piece>], gutters: &[f32], needed: Needed, rules: &Rules, height: f32) -> bool {
    let of = leading::rows_of(rows, gutters, rules, height);
    let all = of.last().map_or(0, |last| last + 1);
    let mut has = vec![vec![false; gutters.len() + 1]; all];
    for (row, of) in rows.iter().zip(&of) {
        row.iter().for_each(|piece| has[*of][columns(piece, gutters, height).start] = true);
    }
    let several = has.iter().filter(|has| has.iter().filter(|has| **has).count() >= 2).count();
    let least = if gutters.len() == 1 { needed.rows_of_two } else { needed.rows };
    if gutters.is_empty() || several < least || several * 2 < all {
        return false;
    }
    let mut by_column: Vec<Vec<&Piece>> = vec![Vec::new(); gutters.len() + 1];
    for piece in rows.iter().flatten() {
        let columns = columns(piece, gutters, height);
        if columns.len() == 1 {
            by_column[columns.start].push(piece);
        }
    }
    // Lines that run through all columns are what stands between two tables.
    let through = rows.iter().filter(|row| row.len() == 1 && columns(&row[0], gutters, height).len() > 1);
    if through.count() > 1.max(rows.len() / THROUGH_ONE_IN) {
        return false;
    }
    let is_form = gutters.len() == 1 && by_column[0].iter().filter(|piece| is_label(piece)).count() * 2 > all;
    let is_prose = by_column.iter().all(|column| is_prose(column, height));
    let is_open = needed.rows_of_two > 2;
    let is_pair = is_open && gutters.len() == 1;
    let has_figures = is_pair && by_column[1].iter().filter(|piece| is_figure(piece)).count() * 2 > several;
    // Two columns far apart are what stands at both sides of a page.
    let is_wide = is_pair && !has_figures && {
        let right = by_column[0].iter().map(|piece| piece.right).fold(f32::MIN, f32::max);
        let left = by_column[1].iter().map(|piece| piece.left).fold(f32::MAX, f32::min);
        left - right > 8.0 * height
    };
    let is_card = is_pair && !has_figures && several < ROWS_OF_WORDS;
    let filled = has.iter().flatten().filter(|has| **has).count();
    let is_sparse = is_open && all <= FEW_ROWS && filled * 100 <= all * (gutters.len() + 1) * FILLED_PERCENT;
    let is_list =
        is_pair && by_column[0].iter().filter(|piece| is_enumerator(piece)).count() * 2 > by_column[0].len();
    !(is_form || is_prose || is_wide || is_card || is_sparse || is_list)
}

/// Whether it is what stands before an item of a list: a sign, or a number or letter with a stop or brackets.
fn is_enumerator(piece: &Piece) -> bool {
    let chars: Vec<char> = piece.spots.iter().map(|spot| spot.glyph.char).collect();
    let is_sign = |char: &char| matches!(char, '-' | '–' | '—' | '•' | '·' | '*' | '●' | '○' | '■' | '►');
    match chars.as_slice() {
        [sign] => is_sign(sign) || ('①'..='⑳').contains(sign),
        [number @ .., '.' | ')' | '、' | '．' | '）'] => {
            number.len() <= 4 && number.iter().any(|char| char.is_alphanumeric())
        }
        _ => false,
    }
}

fn is_label(piece: &Piece) -> bool {
    piece.spots.last().is_some_and(|spot| matches!(spot.glyph.char, ':' | '：'))
}

fn is_figure(piece: &Piece) -> bool {
    let digits = piece.spots.iter().filter(|spot| spot.glyph.char.is_ascii_digit()).count();
    digits * 2 >= piece.spots.len()
}

/// Whether the lines of a column are long, and as long as the column is wide.
pub(super) fn is_prose(column: &[&Piece], height: f32) -> bool {
    let left = column.iter().map(|piece| piece.left).fold(f32::MAX, f32::min);
    let right = column.iter().map(|piece| piece.right).fold(f32::MIN, f32::max);
    let mut widths: Vec<f32> = column.iter().map(|piece| piece.width()).collect();
    widths.sort_by(f32::total_cmp);
    widths
        .get(widths.len() / 2)
        .is_some_and(|width| *width >= PROSE * height && *width >= FILLED * (right - left))
}
