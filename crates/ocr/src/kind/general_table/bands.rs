//! The rows of a table without lines between its columns, and which cells of its head take up several places. A cell may
//! have several lines: rows of text that lack most columns and stand close to a whole row are part of it.

use std::ops::Range;

use super::grid::{Grid, Room};
use super::gutters::columns;
use super::leading;
use super::open::Frame;
use super::piece::Piece;
use super::rules::{Rule, Rules};

/// A row of text that is nearer to a whole row than this part of the distance between whole rows is part of it.
const CLOSE: f32 = 0.75;
/// Rows nearer than this, in heights of text, are one if they have no column in common: no line fits between.
const INTERLEAVED: f32 = 0.9;
/// A ruling divides rows if it is as long a part of the table's width; a shorter one stands under cells of its head.
const WHOLE: f32 = 0.8;
/// A ruling under a cell of the head covers so much of the columns the cell stands over.
const UNDER: f32 = 0.5;
/// Text whose middle is nearer to such a ruling, in heights of text, stands beside it.
const BESIDE: f32 = 0.35;
/// A head has no more rows.
const HEAD: usize = 3;

/// Text in one row, and the columns each piece takes up.
struct Band {
    pieces: Vec<(Piece, Range<usize>)>,
    /// The places of the rows of text that it is made of.
    middles: Vec<f32>,
}

impl Band {
    fn top(&self) -> f32 {
        self.pieces.iter().map(|(piece, _)| piece.top).fold(f32::MAX, f32::min)
    }

    fn bottom(&self) -> f32 {
        self.pieces.iter().map(|(piece, _)| piece.bottom).fold(f32::MIN, f32::max)
    }

    fn has(&self, column: usize) -> bool {
        self.pieces.iter().any(|(_, columns)| columns.contains(&column))
    }

    fn filled(&self, columns: usize) -> usize {
        (0..columns).filter(|column| self.has(*column)).count()
    }

    /// How far its text is from that of the row below.
    fn distance(&self, below: &Band) -> f32 {
        match (self.middles.last(), below.middles.first()) {
            (Some(last), Some(first)) => first - last,
            _ => f32::MAX,
        }
    }

    fn take(&mut self, other: Band) {
        self.pieces.extend(other.pieces);
        self.middles.extend(other.middles);
        self.middles.sort_by(f32::total_cmp);
    }
}

/// The grid of rows that are a table divided at these places.
pub(super) fn grid(
    rows: Vec<Vec<Piece>>,
    gutters: Vec<f32>,
    rules: &Rules,
    frame: Frame,
    height: f32,
) -> Grid {
    let count = gutters.len() + 1;
    let rows: Vec<Vec<Piece>> = rows.into_iter().filter(|row| !row.is_empty()).collect();
    let joined = leading::joined(&rows, &gutters, rules, height);
    let bands: Vec<Band> = rows
        .into_iter()
        .map(|row| Band {
            middles: vec![row.iter().map(Piece::middle).sum::<f32>() / row.len() as f32],
            pieces: row
                .into_iter()
                .map(|piece| {
                    let columns = columns(&piece, &gutters, height);
                    (piece, columns)
                })
                .collect(),
        })
        .collect();
    let all = || bands.iter().flat_map(|band| &band.pieces).map(|(piece, _)| piece);
    let left = frame.left.unwrap_or_else(|| all().map(|piece| piece.left).fold(f32::MAX, f32::min));
    let right = frame.right.unwrap_or_else(|| all().map(|piece| piece.right).fold(f32::MIN, f32::max));
    let across: Vec<Rule> =
        rules.across.iter().filter(|rule| rule.covers(left, right) > 0.5 * rule.length()).copied().collect();
    let is_whole = |rule: &&Rule| rule.covers(left, right) >= WHOLE * (right - left);
    let whole: Vec<Rule> = across.iter().filter(is_whole).copied().collect();
    let partial: Vec<Rule> = across.iter().filter(|rule| !is_whole(rule)).copied().collect();
    let mut xs = vec![left.min(gutters[0])];
    xs.extend(&gutters);
    xs.push(right.max(gutters[count - 2]));
    let is_joined = joined.is_some();
    let bands = match joined {
        Some(of) => by_number(bands, &of),
        None => bands,
    };
    let bands = merged(bands, is_joined, count, &whole, &partial, height);
    let mut ys: Vec<f32> = vec![frame.top.unwrap_or_else(|| bands[0].top())];
    for pair in bands.windows(2) {
        let (from, to) = (pair[0].bottom(), pair[1].top());
        let ruled = whole.iter().find(|rule| is_between(rule, &pair[0], &pair[1]));
        ys.push(ruled.map_or((from + to) / 2.0, |rule| rule.at).max(ys[ys.len() - 1]));
    }
    let bottom = frame.bottom.unwrap_or_else(|| bands[bands.len() - 1].bottom());
    ys.push(bottom.max(ys[ys.len() - 1]));
    let rooms = rooms(bands, count, &partial, &xs);
    Grid { xs, ys, rooms, is_bordered: false }
}

fn is_between(rule: &Rule, above: &Band, below: &Band) -> bool {
    match (above.middles.last(), below.middles.first()) {
        (Some(last), Some(first)) => (*last..*first).contains(&rule.at),
        _ => false,
    }
}

/// Rows of text put together to rows of the table.
/// `is_joined` says that cells of several lines were put together before.
fn merged(
    bands: Vec<Band>,
    is_joined: bool,
    count: usize,
    whole: &[Rule],
    partial: &[Rule],
    height: f32,
) -> Vec<Band> {
    let is_ruled = |above: &Band, below: &Band| whole.iter().any(|rule| is_between(rule, above, below));
    let mut rows: Vec<Band> = Vec::new();
    // The columns that the last row of text has.
    let mut last_has = vec![false; count];
    // What stands beside a ruling under cells of the head goes with the row below it.
    let mut beside: Option<Band> = None;
    for mut band in bands {
        let has: Vec<bool> = (0..count).map(|column| band.has(column)).collect();
        let middle = band.middles[0];
        if partial.iter().any(|rule| (rule.at - middle).abs() < BESIDE * height)
            && beside.is_none()
            && !rows.is_empty()
        {
            beside = Some(band);
            continue;
        }
        if let Some(beside) = beside.take() {
            let middles = std::mem::take(&mut band.middles);
            band.pieces.extend(beside.pieces);
            band.middles = middles;
            rows.push(band);
            last_has = vec![true; count];
            continue;
        }
        // Text at the middle of a cell of two lines stands between these.
        let is_interleaved = rows.last().is_some_and(|last| {
            !is_joined
                && last.distance(&band) < INTERLEAVED * height
                && !is_ruled(last, &band)
                && !partial.iter().any(|rule| is_between(rule, last, &band))
                && !has.iter().zip(&last_has).any(|(has, had)| *has && *had)
        });
        match rows.last_mut() {
            Some(last) if is_interleaved => last.take(band),
            _ => rows.push(band),
        }
        last_has = has;
    }
    rows.extend(beside);
    // If every row is ruled, there is nothing to guess.
    let is_full = |band: &Band| {
        let filled = band.filled(count);
        filled >= count - count / 4 || band.has(0) && filled >= 2
    };
    let mut ruled: Vec<Vec<Band>> = Vec::new();
    let mut open: Vec<Band> = Vec::new();
    for band in rows {
        if open.last().is_some_and(|last| is_ruled(last, &band)) {
            ruled.push(std::mem::take(&mut open));
        }
        open.push(band);
    }
    ruled.push(open);
    let is_every_row_ruled =
        ruled.len() >= 3 && ruled.iter().all(|bands| bands.iter().filter(|band| is_full(band)).count() <= 1);
    if is_every_row_ruled {
        return ruled.into_iter().filter_map(|bands| bands.into_iter().reduce(both)).collect();
    }
    if is_joined {
        return ruled.into_iter().flatten().collect();
    }
    ruled.into_iter().flat_map(|bands| close(bands, is_full)).collect()
}

/// Rows of text put together by the numbers of the rows they are of.
fn by_number(bands: Vec<Band>, of: &[usize]) -> Vec<Band> {
    let mut rows: Vec<(usize, Band)> = Vec::new();
    for (band, of) in bands.into_iter().zip(of) {
        match rows.last_mut() {
            Some((number, row)) if number == of => row.take(band),
            _ => rows.push((*of, band)),
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

fn both(mut band: Band, other: Band) -> Band {
    band.take(other);
    band
}

/// Rows that lack columns joined to whole ones that they stand close to.
fn close(bands: Vec<Band>, is_full: impl Fn(&Band) -> bool) -> Vec<Band> {
    let full: Vec<usize> = (0..bands.len()).filter(|at| is_full(&bands[*at])).collect();
    // Whole rows may have cells of several lines; the least distance is that of rows that have none.
    let distances = full.windows(2).map(|pair| bands[pair[0]].distance(&bands[pair[1]]));
    let Some(usual) = distances.reduce(f32::min) else { return bands };
    // For each row that lacks columns, the whole row it belongs to.
    let mut of: Vec<usize> = (0..bands.len()).collect();
    for at in 0..bands.len() {
        if is_full(&bands[at]) {
            continue;
        }
        let above = full.iter().rev().find(|full| **full < at);
        let below = full.iter().find(|full| **full > at);
        // Lines between it and the whole row are of the same cell.
        let steps = |from: usize, to: usize| {
            (from..to).map(|at| bands[at].distance(&bands[at + 1])).fold(0.0, f32::max)
        };
        let up = above.map_or(f32::MAX, |above| steps(*above, at));
        let down = below.map_or(f32::MAX, |below| steps(at, *below));
        if up.min(down) <= CLOSE * usual {
            of[at] = if up <= down { *above.unwrap_or(&at) } else { *below.unwrap_or(&at) };
        }
    }
    let mut joined: Vec<(usize, Band)> = Vec::new();
    for (at, band) in bands.into_iter().enumerate() {
        match joined.last_mut() {
            Some((whole, last)) if *whole == of[at] => last.take(band),
            _ => joined.push((of[at], band)),
        }
    }
    joined.into_iter().map(|(_, band)| band).collect()
}

/// A room for every place, but for those that a cell of the head takes up with others.
fn rooms(bands: Vec<Band>, count: usize, partial: &[Rule], xs: &[f32]) -> Vec<Room> {
    let rows = bands.len();
    let under = |row: usize| -> Vec<Range<usize>> {
        if row + 1 >= rows || row >= HEAD {
            return Vec::new();
        }
        let rules = partial.iter().filter(|rule| is_between(rule, &bands[row], &bands[row + 1]));
        rules.filter_map(|rule| covered(rule, xs, &bands[row + 1])).collect()
    };
    let under: Vec<Vec<Range<usize>>> = (0..rows).map(under).collect();
    // A cell that has nothing below it, where others have, is as high as both.
    let is_high = |row: usize, column: usize| {
        row + 1 < rows
            && !under[row].is_empty()
            && !under[row].iter().any(|columns| columns.contains(&column))
            && (bands[row].has(column) != bands[row + 1].has(column))
    };
    let high: Vec<Vec<bool>> =
        (0..rows).map(|row| (0..count).map(|column| is_high(row, column)).collect()).collect();
    let mut rooms: Vec<Room> = Vec::new();
    // The room of each place.
    let mut of: Vec<Option<usize>> = vec![None; rows * count];
    for (row, band) in bands.into_iter().enumerate() {
        let mut pieces = band.pieces;
        for (piece, columns) in &mut pieces {
            let over =
                under[row].iter().find(|over| (xs[over.start]..=xs[over.end]).contains(&piece.centre()));
            if let Some(over) = over {
                *columns = over.start.min(columns.start)..over.end.max(columns.end);
            }
        }
        // Where two pieces claim a place, each has the one it stands in.
        for at in 0..pieces.len() {
            let (piece, columns) = &pieces[at];
            let is_alone = columns.len() == 1
                || pieces.iter().enumerate().all(|(other, (_, taken))| {
                    other == at
                        || taken.end <= columns.start
                        || taken.start >= columns.end
                        || taken == columns
                });
            if !is_alone {
                let column = xs[1..count].partition_point(|edge| *edge <= piece.centre());
                pieces[at].1 = column..column + 1;
            }
        }
        for (piece, columns) in pieces {
            let place = row * count + columns.start;
            match of[place] {
                Some(room) => rooms[room].pieces.push(piece),
                None => {
                    let is_free = columns.clone().all(|column| of[row * count + column].is_none());
                    let columns = if is_free { columns } else { columns.start..columns.start + 1 };
                    let down = if columns.len() == 1 && high[row][columns.start] { 2 } else { 1 };
                    for row in row..row + down {
                        columns.clone().for_each(|column| of[row * count + column] = Some(rooms.len()));
                    }
                    rooms.push(Room { rows: row..row + down, columns, pieces: vec![piece] });
                }
            }
        }
        for column in 0..count {
            if of[row * count + column].is_none() {
                let down = if high[row][column] { 2 } else { 1 };
                (row..row + down).for_each(|row| of[row * count + column] = Some(rooms.len()));
                rooms.push(Room { rows: row..row + down, columns: column..column + 1, pieces: Vec::new() });
            }
        }
    }
    rooms
}

/// The columns that a ruling in the head stands over: those whose text below it covers.
fn covered(rule: &Rule, xs: &[f32], below: &Band) -> Option<Range<usize>> {
    let is_covered = |column: &usize| {
        let text = below.pieces.iter().filter(|(_, columns)| columns.contains(column));
        let (from, to) = text
            .fold((f32::MAX, f32::MIN), |(from, to), (piece, _)| (from.min(piece.left), to.max(piece.right)));
        let (from, to) = if from < to { (from, to) } else { (xs[*column], xs[column + 1]) };
        rule.covers(from, to) >= UNDER * (to - from)
    };
    let columns: Vec<usize> = (0..xs.len() - 1).filter(is_covered).collect();
    Some(*columns.first()?..columns.last()? + 1)
}
