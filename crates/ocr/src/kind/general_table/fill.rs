//! Text put into the cells of drawn tables by the places of its characters. A drawn table that lacks lines between its
//! rows, or between its columns, is divided further by its text.

use super::grid::{Grid, interval};
use super::open::{self, Frame, Needed};
use super::piece::{self, Piece, Spot};
use super::ruled::lattices;
use super::rules::Rules;

/// Tables of fewer rows have none that are drawn.
const FEW_ROWS: usize = 2;
/// So many lines of text in one row of a table are looked at as rows of their own.
const MANY_LINES: usize = 3;
/// Of a hundred cells so many have text, of few at least two.
const FILLED_PERCENT: usize = 10;
/// A ruling that was read as a character is no further from it, in heights of text.
const ON_RULE: f32 = 0.3;

/// The drawn tables with their text, and the text that is in none.
pub(super) fn drawn(lines: Vec<Piece>, rules: &Rules, height: f32) -> (Vec<Grid>, Vec<Piece>) {
    let mut grids = lattices(rules.clone(), height).0;
    // A frame around the page comes after the tables in it.
    let area = |grid: &Grid| (last(&grid.xs) - grid.xs[0]) * (last(&grid.ys) - grid.ys[0]);
    grids.sort_by(|a, b| (a.rooms.len() < 2).cmp(&(b.rooms.len() < 2)).then(area(b).total_cmp(&area(a))));
    let (mut tables, mut rest) = (Vec::new(), lines);
    for grid in grids {
        let (inside, outside): (Vec<Piece>, Vec<Piece>) =
            rest.iter().cloned().partition(|line| is_inside(&grid, line));
        if let Some(grid) = divided(&grid, inside, rules, height) {
            tables.push(grid);
            rest = outside;
            continue;
        }
        if grid.rooms.len() < 2 {
            continue;
        }
        let (grid, outside) = filled(grid, rest.clone(), height);
        let with_text = grid.rooms.iter().filter(|room| !room.pieces.is_empty()).count();
        if with_text >= 2 && with_text * 100 >= grid.rooms.len() * FILLED_PERCENT {
            tables.push(grid);
            rest = outside;
        }
    }
    (tables, rest)
}

fn last(edges: &[f32]) -> f32 {
    edges.last().copied().unwrap_or_default()
}

fn is_inside(grid: &Grid, line: &Piece) -> bool {
    !line.is_upended
        && interval(&grid.ys, line.middle()).is_some()
        && interval(&grid.xs, line.centre()).is_some()
}

/// The table divided by its text, if rulings divide its rows or its columns alone.
fn divided(grid: &Grid, inside: Vec<Piece>, rules: &Rules, height: f32) -> Option<Grid> {
    let (rows, columns) = (grid.ys.len() - 1, grid.xs.len() - 1);
    if columns > 1 && (rows > FEW_ROWS || !has_rows(grid, &inside, height)) {
        return None;
    }
    let frame = Frame {
        top: grid.ys.first().copied(),
        bottom: grid.ys.last().copied(),
        left: grid.xs.first().copied(),
        right: grid.xs.last().copied(),
    };
    // A frame by itself says nothing.
    let needed = if grid.rooms.len() < 2 { Needed::OPEN } else { Needed::RULED };
    let found = open::within(inside, rules, frame, needed, height)?;
    Some(Grid { is_bordered: true, ..found })
}

/// Whether text stands in rows across the columns of a table whose rows are not drawn.
fn has_rows(grid: &Grid, inside: &[Piece], height: f32) -> bool {
    let column = |line: &Piece| interval(&grid.xs, line.centre());
    let mut by_column: Vec<Vec<&Piece>> = vec![Vec::new(); grid.xs.len()];
    for line in inside {
        if let Some(column) = column(line) {
            by_column[column].push(line);
        }
    }
    let long = by_column.iter().filter(|lines| lines.len() >= MANY_LINES).count();
    let is_prose = by_column.iter().any(|lines| lines.len() >= MANY_LINES && open::is_prose(lines, height));
    let rows = piece::rows(inside.to_vec());
    let several = rows.iter().filter(|row| row.len() >= 2).count();
    long >= 2 && !is_prose && several >= MANY_LINES && several * 4 >= rows.len() * 3
}

/// The grid with the text that stands in it, and the rest.
fn filled(mut grid: Grid, lines: Vec<Piece>, height: f32) -> (Grid, Vec<Piece>) {
    let columns = grid.xs.len() - 1;
    let mut of = vec![0; columns * (grid.ys.len() - 1)];
    for (number, room) in grid.rooms.iter().enumerate() {
        for row in room.rows.clone() {
            room.columns.clone().for_each(|column| of[row * columns + column] = number);
        }
    }
    let mut rest = Vec::new();
    for line in lines {
        let Some(row) = interval(&grid.ys, line.middle()) else {
            rest.push(line);
            continue;
        };
        let room = |at: f32| interval(&grid.xs, at).map(|column| of[row * columns + column]);
        let line = without_rules(line, &grid.xs, height);
        let begins = |before: &Spot, spot: &Spot| room(before.middle()) != room(spot.middle());
        let places: Vec<(Option<usize>, Piece)> =
            line.divided(begins).into_iter().map(|piece| (room(piece.centre()), piece)).collect();
        for (place, piece) in places {
            match place {
                Some(room) => grid.rooms[room].pieces.push(piece),
                None => rest.push(piece),
            }
        }
    }
    (grid, rest)
}

/// The line without rulings that were read as characters.
fn without_rules(line: Piece, xs: &[f32], height: f32) -> Piece {
    let is_rule = |spot: &Spot| {
        matches!(spot.glyph.char, '|' | '｜' | '丨' | '︱' | '│')
            && xs.iter().any(|x| (x - spot.middle()).abs() <= ON_RULE * height)
    };
    if !line.spots.iter().any(is_rule) {
        return line;
    }
    let kept: Vec<Spot> = line.spots.iter().filter(|spot| !is_rule(spot)).copied().collect();
    if kept.is_empty() { line } else { line.part(kept) }
}
