//! A page laid straight and taken apart: its tables, the text that is in none of them, and what is drawn. Kinds that look
//! at more than tables begin here.

use super::grid::Grid;
use super::piece::{self, Piece};
use super::plane::Plane;
use super::rules::Rules;
use super::{Region, Table, fill, open, regions};
use crate::page::{Page, Quad};

/// A page laid straight.
pub(in crate::kind) struct Laid {
    /// From the top.
    grids: Vec<Grid>,
    rest: Vec<Piece>,
    rules: Rules,
    plane: Plane,
    /// The median height of its lines, in pixels.
    pub height: f32,
}

/// A table, where it is on the page laid straight (left, top, right, bottom), and the text of each of its cells.
pub(in crate::kind) struct Placed {
    pub table: Table,
    pub bounds: [f32; 4],
    pub cells: Vec<Vec<Piece>>,
}

impl Placed {
    /// All of its text.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.cells.iter().flatten()
    }
}

impl Laid {
    /// The page, with tables that are drawn alone or with all of them; none if it has no text.
    pub fn of(page: &Page, with_borders: bool) -> Option<Laid> {
        let height = piece::text_height(page);
        let plane = Plane::of(page, height);
        let lines = piece::lines(page, &plane);
        if lines.is_empty() {
            return None;
        }
        let rules = Rules::of(page, &plane, &lines, height);
        let (mut grids, mut rest) = fill::drawn(lines, &rules, height);
        if !with_borders {
            let (open, outside) = open::tables(rest, &rules, height);
            grids.extend(open);
            rest = outside;
        }
        grids.sort_by(|a, b| a.ys[0].total_cmp(&b.ys[0]).then(a.xs[0].total_cmp(&b.xs[0])));
        Some(Laid { grids, rest, rules, plane, height })
    }

    /// Tables, and the text before, between and after them.
    pub(super) fn regions(self) -> Vec<Region> {
        regions(self.grids, self.rest, &self.plane)
    }

    /// The tables from the top of the page.
    pub fn tables(&self) -> Vec<Placed> {
        let placed = |grid: &Grid| {
            let last = |edges: &[f32]| edges.last().copied().unwrap_or_default();
            // As the cells of the table are sorted.
            let mut rooms: Vec<_> = grid.rooms.iter().collect();
            rooms.sort_by_key(|room| (room.rows.start, room.columns.start));
            let cells = rooms.into_iter().map(|room| room.pieces.clone()).collect();
            let bounds = [grid.xs[0], grid.ys[0], last(&grid.xs), last(&grid.ys)];
            Placed { table: grid.clone().table(&self.plane), bounds, cells }
        };
        self.grids.iter().map(placed).collect()
    }

    /// The lines that are in no table.
    pub fn lines(&self) -> Vec<Piece> {
        piece::whole(self.rest.clone())
    }

    /// What is drawn across: how far down, and from where to where.
    pub fn across(&self) -> Vec<[f32; 3]> {
        self.rules.across.iter().map(|rule| [rule.at, rule.from, rule.to]).collect()
    }

    /// A rectangle of the page in the picture.
    pub fn quad(&self, bounds: [f32; 4]) -> Quad {
        self.plane.quad(bounds)
    }
}
