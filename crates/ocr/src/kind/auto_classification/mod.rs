//! Several documents on one picture: which they are, where, and what each of them says.
//!
//! No document is known by its looks. The lines of the picture are joined to larger and larger clusters, those of one
//! sheet before those of two, and every cluster is shown to the rules of every kind. Where two parts of a cluster are
//! documents, it is two of them; where it says more as a whole than its parts do, it is one.

mod clusters;
mod types;

use self::clusters::{ACROSS, Clusters, has, height};
use super::Kind;
use crate::page::{Block, Page, Quad};
use crate::sheet::along;
use crate::{Format, Limits, ReadError, TextOptions};

pub use types::{Content, Type, Want, Wanted};

/// Several documents on one picture.
#[derive(Debug)]
pub struct AutoClassification;

/// So many documents are on one picture at most; one with more is refused.
pub const MOST: usize = 16;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Which page of a PDF, from 1.
    pub page: u32,
    /// What is wanted of each type.
    pub wanted: Wanted,
}

/// A document that was found.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it is.
    pub kind: Type,
    /// Where it lies: the corners of its sheet, or else of its text.
    pub location: Quad,
    /// What it says; nothing if what is wanted of it is not on it.
    pub content: Option<Content>,
}

/// No document has more lines than a page full of small print.
const MOST_LINES: usize = 1500;
/// No document that is told apart has more lines than this. With no more clusters than there are told apart, this is the
/// end of the work.
const MOST_LINES_OF_ONE: usize = 200;
/// Fewer characters are no document.
const LEAST_CHARS: usize = 8;
/// What is farther from a document than so many heights of lines, and adds nothing to it, is no part of it.
const FAR: f32 = 4.0;

impl Kind for AutoClassification {
    type Asked = Asked;
    type Found = Vec<Document>;

    fn options(asked: &Asked) -> TextOptions {
        let limits = Limits {
            formats: &[Format::Jpeg, Format::Png, Format::Bmp, Format::Tiff, Format::Pdf],
            ..Limits::PHOTOGRAPH
        };
        let page = asked.page.max(1);
        TextOptions {
            character_mode: true,
            sheets: true,
            pdf_page_number: page,
            limits,
            ..TextOptions::default()
        }
    }

    fn find(page: Page, asked: &Asked) -> Result<Vec<Document>, ReadError> {
        if page.blocks.len() > MOST_LINES {
            return Err(ReadError::Quality(format!("it has more than {MOST_LINES} lines of text")));
        }
        let sheets: Vec<Option<usize>> = page.blocks.iter().map(|block| sheet_of(&page, block)).collect();
        let shown = shown(&page, &sheets, &asked.wanted);
        if shown.is_empty() {
            return Err(super::shows_no("a document of a type that is looked for"));
        }
        if shown.len() > MOST {
            return Err(ReadError::Quality(format!("it shows more than {MOST} documents")));
        }
        let places: Vec<Quad> = shown.iter().map(|one| place(&page, &sheets, one, &shown)).collect();
        let document = |(one, location): (Shown, Quad)| Document {
            kind: one.content.kind(),
            location,
            content: asked.wanted.of(one.content, part(&page, &one.lines)),
        };
        Ok(shown.into_iter().zip(places).map(document).collect())
    }
}

/// A cluster that is a document.
#[derive(Debug, Clone)]
struct Shown {
    content: Content,
    filled: usize,
    lines: Vec<usize>,
}

/// The documents of a page, by the first line of each.
fn shown(page: &Page, sheets: &[Option<usize>], wanted: &Wanted) -> Vec<Shown> {
    let Clusters { leaves, joins } = Clusters::of(&page.blocks, sheets);
    let one = |lines: &[usize]| {
        let may_be_one = lines.len() <= MOST_LINES_OF_ONE;
        may_be_one.then(|| one(page, lines, wanted)).flatten()
    };
    let mut lines = leaves;
    let mut found: Vec<Vec<Shown>> = Vec::with_capacity(lines.len() + joins.len());
    for lines in &lines {
        found.push(one(lines).into_iter().collect());
    }
    for join in &joins {
        let mut both: Vec<usize> =
            join.of.iter().flat_map(|part| std::mem::take(&mut lines[*part])).collect();
        both.sort_unstable();
        let parts: Vec<Shown> = join.of.iter().flat_map(|part| std::mem::take(&mut found[*part])).collect();
        let is_settled = join.room > ACROSS && parts.len() > 1;
        let whole = if is_settled { None } else { one(&both) };
        found.push(chosen(whole, parts, join.room));
        lines.push(both);
    }
    let mut shown = found.pop().unwrap_or_default();
    shown.sort_by_key(|one| one.lines.first().copied());
    shown
}

/// What the lines are as one document: of all types the one that finds most.
fn one(page: &Page, lines: &[usize], wanted: &Wanted) -> Option<Shown> {
    let chars: usize = lines.iter().map(|line| page.blocks[*line].chars.len()).sum();
    if chars < LEAST_CHARS {
        return None;
    }
    let part = part(page, lines);
    let types = Type::ALL.iter().filter(|kind| wanted.has(**kind));
    let found = types.filter_map(|kind| kind.shown(&part));
    let content = found.rev().max_by_key(Content::filled)?;
    Some(Shown { filled: content.filled(), content, lines: lines.to_vec() })
}

/// Whether a cluster is one document or what its parts are, which have that room between them.
fn chosen(whole: Option<Shown>, parts: Vec<Shown>, room: f32) -> Vec<Shown> {
    let Some(whole) = whole else { return parts };
    let mut most: Vec<usize> = parts.iter().map(|part| part.filled).collect();
    most.sort_unstable_by(|a, b| b.cmp(a));
    let is_whole = match most[..] {
        [] => true,
        _ if room > ACROSS => false,
        [most] => whole.filled > most || (whole.filled == most && room <= FAR),
        // Of two documents of one type the whole finds little more than either says; of parts of one document none
        // says nearly as much as all of it, or only one does.
        [most, second, ..] => whole.filled > most && 2 * second < whole.filled,
    };
    if is_whole { vec![whole] } else { parts }
}

/// The page with these lines alone.
fn part(page: &Page, lines: &[usize]) -> Page {
    let blocks = lines.iter().map(|line| page.blocks[*line].clone()).collect();
    Page { blocks, direction: page.direction, ..Page::blank(page.width, page.height) }
}

/// The smallest sheet on which the middle of a line lies.
fn sheet_of(page: &Page, block: &Block) -> Option<usize> {
    let [[ax, ay], _, [bx, by], _] = block.location;
    let middle = [(ax + bx) / 2, (ay + by) / 2];
    // The largest comes first.
    page.sheets.iter().rposition(|sheet| has(sheet, &middle))
}

/// Where a document lies: its sheet, if it is the only one on it.
fn place(page: &Page, sheets: &[Option<usize>], one: &Shown, all: &[Shown]) -> Quad {
    let along = along(&part(page, &one.lines));
    let on = |one: &Shown| one.lines.first().and_then(|line| sheets[*line]);
    let is_on = |sheet: usize| one.lines.iter().all(|line| sheets[*line] == Some(sheet));
    let sheet = on(one).filter(|sheet| is_on(*sheet));
    match sheet.filter(|sheet| all.iter().filter(|other| on(other) == Some(*sheet)).count() == 1) {
        Some(sheet) => turned_to(page.sheets[sheet], along),
        None => around(page, &one.lines, along),
    }
}

/// The corners, beginning where the text does.
fn turned_to(mut corners: Quad, (x, y): (f32, f32)) -> Quad {
    let runs = |first: usize| {
        let [[ax, ay], [bx, by]] = [corners[first], corners[(first + 1) % 4]];
        let (dx, dy) = ((bx - ax) as f32, (by - ay) as f32);
        (dx * x + dy * y) / dx.hypot(dy).max(1.0)
    };
    let first = (0..4).max_by(|a, b| runs(*a).total_cmp(&runs(*b))).unwrap_or_default();
    corners.rotate_left(first);
    corners
}

/// The rectangle around lines that run so, with half a line of room on each side, within the picture.
fn around(page: &Page, lines: &[usize], (x, y): (f32, f32)) -> Quad {
    let (mut left, mut right, mut top, mut bottom) = (f32::MAX, f32::MIN, f32::MAX, f32::MIN);
    let mut heights: Vec<f32> = Vec::with_capacity(lines.len());
    for quad in lines.iter().map(|line| page.blocks[*line].location) {
        heights.push(height(&quad));
        for [px, py] in quad.map(|corner| corner.map(|side| side as f32)) {
            let (u, v) = (px * x + py * y, py * x - px * y);
            (left, right, top, bottom) = (left.min(u), right.max(u), top.min(v), bottom.max(v));
        }
    }
    heights.sort_by(f32::total_cmp);
    let room = heights.get(heights.len() / 2).map_or(0.0, |height| height / 2.0);
    let within = |side: f32, size: u32| {
        let last = i32::try_from(size.saturating_sub(1)).unwrap_or(i32::MAX);
        (side.round() as i32).clamp(0, last)
    };
    let (left, right, top, bottom) = (left - room, right + room, top - room, bottom + room);
    [(left, top), (right, top), (right, bottom), (left, bottom)]
        .map(|(u, v)| [within(u * x - v * y, page.width), within(u * y + v * x, page.height)])
}

#[cfg(test)]
mod tests;
