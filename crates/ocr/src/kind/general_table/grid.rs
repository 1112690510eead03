//! A grid of rows and columns, and the rooms in it: cells that take up one place or several.

use std::ops::Range;

use super::piece::Piece;
use super::plane::Plane;
use super::{Cell, Table};

/// Where the lines of a table are on the page laid straight, from the first edge to the last, and what is between them.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    pub xs: Vec<f32>,
    pub ys: Vec<f32>,
    pub rooms: Vec<Room>,
    pub is_bordered: bool,
}

/// A cell: the rows and columns it takes up, and what stands in it.
#[derive(Debug, Clone)]
pub(super) struct Room {
    pub rows: Range<usize>,
    pub columns: Range<usize>,
    pub pieces: Vec<Piece>,
}

/// The interval between neighbouring edges in which a place lies.
pub(super) fn interval(edges: &[f32], at: f32) -> Option<usize> {
    let after = edges.partition_point(|edge| *edge <= at);
    (after > 0 && after < edges.len()).then(|| after - 1)
}

/// Groups of places joined where nothing divides them; each is made a rectangle by taking in what it encloses.
pub(super) fn rooms(
    rows: usize,
    columns: usize,
    divides_right: impl Fn(usize, usize) -> bool,
    divides_below: impl Fn(usize, usize) -> bool,
) -> Vec<Room> {
    let mut of: Vec<usize> = (0..rows * columns).collect();
    fn root(of: &mut [usize], mut at: usize) -> usize {
        while of[at] != at {
            of[at] = of[of[at]];
            at = of[at];
        }
        at
    }
    for row in 0..rows {
        for column in 0..columns {
            let at = row * columns + column;
            let mut join = |other: usize| {
                let (a, b) = (root(&mut of, at), root(&mut of, other));
                of[a.max(b)] = a.min(b);
            };
            if column + 1 < columns && !divides_right(row, column) {
                join(at + 1);
            }
            if row + 1 < rows && !divides_below(row, column) {
                join(at + columns);
            }
        }
    }
    loop {
        let mut bounds: Vec<Option<[usize; 4]>> = vec![None; rows * columns];
        for at in 0..rows * columns {
            let (row, column) = (at / columns, at % columns);
            let bound = bounds[root(&mut of, at)].get_or_insert([row, column, row, column]);
            *bound = [bound[0].min(row), bound[1].min(column), bound[2].max(row), bound[3].max(column)];
        }
        let mut is_changed = false;
        for (first, bound) in bounds.iter().enumerate() {
            let Some([top, left, bottom, right]) = *bound else { continue };
            for row in top..=bottom {
                for column in left..=right {
                    let (a, b) = (root(&mut of, first), root(&mut of, row * columns + column));
                    if a != b {
                        of[a.max(b)] = a.min(b);
                        is_changed = true;
                    }
                }
            }
        }
        if !is_changed {
            let room = |[top, left, bottom, right]: [usize; 4]| Room {
                rows: top..bottom + 1,
                columns: left..right + 1,
                pieces: Vec::new(),
            };
            return bounds.into_iter().flatten().map(room).collect();
        }
    }
}

impl Grid {
    /// Takes away lines at which no room begins or ends.
    pub fn compressed(mut self) -> Grid {
        let is_edge = |at: usize, range: fn(&Room) -> &Range<usize>, rooms: &[Room]| {
            rooms.iter().any(|room| range(room).start == at || range(room).end == at)
        };
        for at in (1..self.ys.len().saturating_sub(1)).rev() {
            if !is_edge(at, |room| &room.rows, &self.rooms) {
                self.ys.remove(at);
                for room in &mut self.rooms {
                    shift(&mut room.rows, at);
                }
            }
        }
        for at in (1..self.xs.len().saturating_sub(1)).rev() {
            if !is_edge(at, |room| &room.columns, &self.rooms) {
                self.xs.remove(at);
                for room in &mut self.rooms {
                    shift(&mut room.columns, at);
                }
            }
        }
        self
    }

    /// As it is in the picture.
    pub fn table(self, plane: &Plane) -> Table {
        let (rows, columns) = (self.ys.len().saturating_sub(1), self.xs.len().saturating_sub(1));
        let place = |rows: &Range<usize>, columns: &Range<usize>| {
            plane.quad([self.xs[columns.start], self.ys[rows.start], self.xs[columns.end], self.ys[rows.end]])
        };
        let mut cells: Vec<Cell> = (self.rooms.iter())
            .map(|room| Cell {
                rows: room.rows.clone(),
                columns: room.columns.clone(),
                location: place(&room.rows, &room.columns),
                lines: lines(room.pieces.clone()).iter().map(Piece::block).collect(),
            })
            .collect();
        cells.sort_by_key(|cell| (cell.rows.start, cell.columns.start));
        Table {
            rows,
            columns,
            location: place(&(0..rows), &(0..columns)),
            cells,
            is_bordered: self.is_bordered,
        }
    }
}

fn shift(range: &mut Range<usize>, removed: usize) {
    range.start -= usize::from(range.start > removed);
    range.end -= usize::from(range.end > removed);
}

/// What stands in a cell line by line: pieces beside each other are one line again.
fn lines(pieces: Vec<Piece>) -> Vec<Piece> {
    let (upended, level): (Vec<Piece>, Vec<Piece>) = pieces.into_iter().partition(|piece| piece.is_upended);
    let rows = super::piece::rows(level).into_iter();
    rows.filter_map(|row| row.into_iter().reduce(Piece::followed_by)).chain(upended).collect()
}
