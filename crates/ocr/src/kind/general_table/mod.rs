//! Tables, and the text around them. A table is a grid of rows and columns with a cell in every place of it; a cell may
//! take up several places, have several lines of text, or none.
//!
//! The page is laid straight (`plane`), then read as a table is made: rulings that touch each other are a lattice and its
//! cells (`rules`, `ruled`); text that stands in columns with nothing drawn between them is a table too (`open`, by
//! `gutters`, `leading` and `bands`). What is left is text. `piece` is text that stands in one cell, `grid` what both kinds of tables
//! become. `laid` is the way from a page to both.

mod bands;
mod fill;
mod grid;
mod gutters;
mod laid;
mod leading;
mod open;
mod piece;
mod plane;
mod ruled;
mod rules;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::Kind;
use crate::page::{Block, Quad};
use crate::{Limits, Page, ReadError, TextOptions};
use grid::Grid;
pub(super) use laid::{Laid, Placed};
pub(super) use piece::{Piece, Spot, rows};
use plane::Plane;

/// Tables, and the text around them.
#[derive(Debug)]
pub struct GeneralTable;

/// What may be asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// Look for tables that are drawn with lines, and for no others.
    pub with_borders: bool,
}

/// What stands on the page, from its top.
#[derive(Debug)]
pub struct Found {
    /// Tables and what is between them.
    pub regions: Vec<Region>,
}

/// A part of the page.
#[derive(Debug)]
pub enum Region {
    /// Text outside tables, by rows: what stands beside each other, from left to right.
    Text(Vec<Vec<Block>>),
    /// A table.
    Table(Table),
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// How many rows it has.
    pub rows: usize,
    /// How many columns it has.
    pub columns: usize,
    /// Its cells by their first rows and columns. Every place is in one of them.
    pub cells: Vec<Cell>,
    /// Where it is.
    pub location: Quad,
    /// Whether its cells are divided by rulings.
    pub is_bordered: bool,
}

/// A cell of a table.
#[derive(Debug)]
pub struct Cell {
    /// The rows it takes up.
    pub rows: Range<usize>,
    /// The columns it takes up.
    pub columns: Range<usize>,
    /// Where it is.
    pub location: Quad,
    /// Its text, line by line; none if it is empty.
    pub lines: Vec<Block>,
}

impl Cell {
    /// All of its text, lines divided by newlines.
    pub fn text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.words.as_str()).collect();
        lines.join("\n")
    }

    /// The mean confidence of its characters; none if it is empty.
    pub fn confidence(&self) -> Option<f32> {
        let count = |line: &Block| line.words.chars().filter(|char| !char.is_whitespace()).count() as f32;
        let sum: f32 = self.lines.iter().map(|line| line.confidence * count(line)).sum();
        let all: f32 = self.lines.iter().map(count).sum();
        (all > 0.0).then(|| sum / all)
    }

    /// Where its text is; none if it is empty.
    pub fn text_location(&self) -> Option<Quad> {
        let mut lines = self.lines.iter();
        let first = lines.next()?.location;
        Some(lines.fold(first, |around, line| around_both(around, line.location)))
    }
}

/// The quadrilateral around the text of two lines of which the second is below the first.
fn around_both(above: Quad, below: Quad) -> Quad {
    // Along the text of the first line, and down from it.
    let along = [above[1][0] - above[0][0], above[1][1] - above[0][1]].map(i64::from);
    let reach = |[x, y]: [i32; 2]| i64::from(x) * along[0] + i64::from(y) * along[1];
    let corner = |a: [i32; 2], b: [i32; 2], is_far: bool| if (reach(b) > reach(a)) == is_far { b } else { a };
    // An edge that the other line reaches beyond is taken from it, at the height of this one.
    let aside = |at: [i32; 2], to: [i32; 2]| {
        let length = along[0] * along[0] + along[1] * along[1];
        if length == 0 {
            return at;
        }
        let by = (reach(to) - reach(at)) as f64 / length as f64;
        [0, 1].map(|axis| at[axis].saturating_add((by * along[axis] as f64).round() as i32))
    };
    [
        aside(above[0], corner(above[0], below[0], false)),
        aside(above[1], corner(above[1], below[1], true)),
        aside(below[2], corner(above[2], below[2], true)),
        aside(below[3], corner(above[3], below[3], false)),
    ]
}

impl Kind for GeneralTable {
    type Asked = Asked;
    type Found = Found;

    fn options(_: &Asked) -> TextOptions {
        TextOptions {
            character_mode: true,
            rulings: true,
            limits: Limits::PHOTOGRAPH,
            ..TextOptions::default()
        }
    }

    fn find(page: Page, asked: &Asked) -> Result<Found, ReadError> {
        let Some(laid) = Laid::of(&page, asked.with_borders) else {
            return Err(ReadError::Quality("there is neither a table nor text on it".to_owned()));
        };
        Ok(Found { regions: laid.regions() })
    }
}

/// Tables from the top of the page, and the text before, between and after them.
fn regions(grids: Vec<Grid>, rest: Vec<Piece>, plane: &Plane) -> Vec<Region> {
    let mut before: Vec<Vec<Piece>> = vec![Vec::new(); grids.len() + 1];
    for line in piece::whole(rest) {
        let above = grids.iter().filter(|grid| grid.ys[0] < line.middle()).count();
        before[above].push(line);
    }
    let text = |lines: Vec<Piece>| {
        let rows = piece::rows(lines).into_iter();
        let rows: Vec<Vec<Block>> = rows.map(|row| row.iter().map(Piece::block).collect()).collect();
        (!rows.is_empty()).then_some(Region::Text(rows))
    };
    let last = before.pop().unwrap_or_default();
    let mut regions = Vec::new();
    for (lines, grid) in before.into_iter().zip(grids) {
        regions.extend(text(lines));
        regions.push(Region::Table(grid.table(plane)));
    }
    regions.extend(text(last));
    regions
}
