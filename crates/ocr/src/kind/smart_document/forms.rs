//! Which drawn tables are forms, and the pairs in their cells. A cell is a label by its words, or because it stands
//! in a column of labels; what it is about stands in the one cell to its right. A cell may also have pairs of its
//! own.

use std::ops::Range;

use super::{Pair, Part, joined, label, pairs};
use crate::kind::general_table::{Cell, Piece, Placed, Table};
use crate::sheet::{Glyph, Run as _, glyphs};

/// A form has at least so many pairs, and so many of a hundred of its cells with text are of pairs.
const LEAST: usize = 2;
const PERCENT: usize = 60;

/// What a cell of a form is.
#[derive(Debug, Clone, PartialEq)]
enum Role {
    Empty,
    Label,
    /// Pairs of its own.
    Both(Vec<Pair>),
    Other,
}

/// The pairs in a table, and whether it is a form. What is no form has the pairs alone that are in one cell.
pub(super) fn pairs(placed: &Placed, height: f32) -> (bool, Vec<Pair>) {
    let table = &placed.table;
    let runs: Vec<Vec<Glyph>> = table.cells.iter().map(run).collect();
    let roles = roles(placed, &runs, height);
    let right = |range: &Range<usize>, column: usize| -> Vec<usize> {
        let is_right = |cell: &Cell| {
            cell.columns.start == column && cell.rows.start < range.end && range.start < cell.rows.end
        };
        (0..table.cells.len()).filter(|at| is_right(&table.cells[*at])).collect()
    };
    let (mut found, mut count, mut of_pairs) = (Vec::new(), 0, 0);
    for (at, cell) in table.cells.iter().enumerate() {
        match &roles[at] {
            Role::Both(pairs) => {
                found.extend(pairs.iter().cloned());
                (count, of_pairs) = (count + 1, of_pairs + 1);
            }
            Role::Label => {
                let beside = right(&cell.rows, cell.columns.end);
                let &[value] = beside.as_slice() else { continue };
                let of = &table.cells[value];
                let after = right(&of.rows, of.columns.end);
                let ends = after.iter().all(|at| roles[*at] != Role::Other);
                let is_value = matches!(roles[value], Role::Empty | Role::Other);
                if of.rows != cell.rows || !ends || !is_value {
                    continue;
                }
                count += 1;
                of_pairs += if roles[value] == Role::Empty { 1 } else { 2 };
                let key = 0..without_colon(&runs[at]).len();
                if roles[value] == Role::Other {
                    found.extend(pair(parts(cell, &key, true), parts(of, &(0..runs[value].len()), false)));
                }
            }
            Role::Empty | Role::Other => {}
        }
    }
    let filled = roles.iter().filter(|role| **role != Role::Empty).count();
    if table.is_bordered && count >= LEAST && of_pairs * 100 >= filled * PERCENT {
        return (true, found);
    }
    let of_cells = roles.into_iter().filter_map(|role| match role {
        Role::Both(pairs) => Some(pairs),
        _ => None,
    });
    (false, of_cells.flatten().collect())
}

/// The characters of a cell.
fn run(cell: &Cell) -> Vec<Glyph> {
    let mut run: Vec<Glyph> = Vec::new();
    for line in &cell.lines {
        let first = run.len();
        run.extend(glyphs(line));
        if let Some(glyph) = run.get_mut(first) {
            glyph.is_apart |= first > 0;
        }
    }
    run
}

fn roles(placed: &Placed, runs: &[Vec<Glyph>], height: f32) -> Vec<Role> {
    let table: &Table = &placed.table;
    let role = |(run, pieces): (&Vec<Glyph>, &Vec<Piece>)| {
        if label::is_blank(run) {
            return Role::Empty;
        }
        if label::is_label(run) {
            return Role::Label;
        }
        let own: Vec<Pair> =
            pairs::of_text(pieces.clone(), height).into_iter().map(|(_, pair)| pair).collect();
        if own.is_empty() { Role::Other } else { Role::Both(own) }
    };
    let mut roles: Vec<Role> = runs.iter().zip(&placed.cells).map(role).collect();
    // Columns in which at least half of the cells are labels, and the others may be.
    let by_words = roles.clone();
    for at in 0..roles.len() {
        let columns = &table.cells[at].columns;
        let is_same =
            |other: &usize| table.cells[*other].columns == *columns && by_words[*other] != Role::Empty;
        let same: Vec<usize> = (0..roles.len()).filter(is_same).collect();
        let labels = same.iter().filter(|other| by_words[**other] == Role::Label).count();
        let may_all =
            same.iter().all(|other| by_words[*other] == Role::Label || label::may_be_label(&runs[*other]));
        if by_words[at] == Role::Other && labels >= LEAST && labels * 2 >= same.len() && may_all {
            roles[at] = Role::Label;
        }
    }
    roles
}

fn without_colon(run: &[Glyph]) -> &[Glyph] {
    match run.split_last() {
        Some((last, before)) if matches!(last.char, ':' | '：') => before,
        _ => run,
    }
}

/// These characters of a cell, line by line.
fn parts(cell: &Cell, range: &Range<usize>, is_key: bool) -> Vec<Part> {
    let (mut parts, mut begins) = (Vec::new(), 0);
    for line in &cell.lines {
        let run = glyphs(line);
        let (from, to) = (range.start.max(begins), range.end.min(begins + run.len()));
        if from < to {
            let run = &run[from - begins..to - begins];
            parts.extend(run.location().map(|location| Part { is_key, words: run.text(), location }));
        }
        begins += run.len();
    }
    parts
}

fn pair(key: Vec<Part>, value: Vec<Part>) -> Option<Pair> {
    let text = |parts: &[Part]| joined(parts.iter().map(|part| part.words.as_str()));
    let (named, said) = (text(&key), text(&value));
    (!named.is_empty() && !said.is_empty()).then(|| Pair {
        key: named,
        value: said,
        parts: key.into_iter().chain(value).collect(),
    })
}
