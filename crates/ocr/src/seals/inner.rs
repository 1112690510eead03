//! What stands within a frame: straight lines.
//!
//! All else was taken away before, so a line is cut out with room on both sides, and no letter is lost at its ends.

use super::ink::Ink;
use super::strip::MARGIN;
use super::words::{Recogniser, Words, read};
use crate::ReadError;
use crate::crop;
use crate::geometry::{Point, Rect, point};
use crate::picture::Picture;

/// Within a seal there are so many lines at most.
const MOST_LINES: usize = 8;
/// What is found of a line may lack so much at its ends, and above and below, in parts of its height.
const LACKS: f32 = 0.6;
const LACKS_ABOVE: f32 = 0.12;
/// Parts of a line are no farther from each other than that, in parts of its height.
const APART: f32 = 1.2;
/// Darker than this is ink, of 255.
const INK: u8 = 140;
/// Text less certain than this is tried the other way round.
const DOUBTFUL: f32 = 0.75;

/// What is within a ring, turned upright, in black on white.
pub(super) fn upright(
    ink: &Ink,
    centre: Point,
    up: Point,
    half: f32,
    is_in: impl Fn(Point) -> bool,
) -> Picture {
    let side = (2.0 * half).ceil().max(8.0) as usize;
    let mut rgb = Vec::with_capacity(3 * side * side);
    for y in 0..side {
        for x in 0..side {
            let (u, v) = (x as f32 + 0.5 - half, y as f32 + 0.5 - half);
            // Down is where up is not, and right a quarter clockwise of up.
            let at = point(centre.x - u * up.y - v * up.x, centre.y + u * up.x - v * up.y);
            let dense = if is_in(at) { ink.at(at) } else { 0.0 };
            rgb.extend([(255.0 * (1.0 - dense)) as u8; 3]);
        }
    }
    Picture { width: side, height: side, rgb }
}

/// The lines of a picture that lies upright, from the top.
pub(super) fn lines(picture: &Picture, recogniser: &mut dyn Recogniser) -> Result<Vec<Words>, ReadError> {
    let rects = some_lines(picture, recogniser)?;
    rects.iter().map(|rect| line(picture, rect, recogniser)).collect()
}

fn line(picture: &Picture, rect: &Rect, recogniser: &mut dyn Recogniser) -> Result<Words, ReadError> {
    let Some(rect) = fitted(picture, rect) else { return Ok(Words::default()) };
    read(recogniser, MARGIN, |margin| crop::line(picture, &rect.grown(margin * rect.height)))
}

/// A line as it is seen by its ink: from its first letter to its last; none if there is hardly any.
fn fitted(picture: &Picture, rect: &Rect) -> Option<Rect> {
    let (along, above) = (LACKS * rect.height, LACKS_ABOVE * rect.height);
    let wide = Rect { width: rect.width + 2.0 * along, height: rect.height + 2.0 * above, ..*rect };
    let strip = crop::line(picture, &wide);
    let is_ink = |x: usize, y: usize| strip.rgb[3 * (y * strip.width + x)] < INK;
    let columns: Vec<usize> =
        (0..strip.width).filter(|x| (0..strip.height).filter(|y| is_ink(*x, *y)).count() > 1).collect();
    let rows: Vec<usize> =
        (0..strip.height).filter(|y| (0..strip.width).filter(|x| is_ink(*x, *y)).count() > 1).collect();
    let ends = |all: &[usize], count: usize, size: f32| {
        let (first, last) = (all.first()?, all.last()?);
        let scale = size / count as f32;
        Some((*first as f32 * scale, (*last + 1) as f32 * scale))
    };
    let (left, right) = ends(&columns, strip.width, wide.width)?;
    let (top, bottom) = ends(&rows, strip.height, wide.height)?;
    Some(Rect {
        centre: wide.at((left + right) / 2.0 / wide.width, (top + bottom) / 2.0 / wide.height),
        along: wide.along,
        width: (right - left).max(1.0),
        height: (bottom - top).max(0.5 * rect.height),
    })
}

/// The largest lines, from the top, and from the left those that are beside each other.
fn some_lines(picture: &Picture, recogniser: &mut dyn Recogniser) -> Result<Vec<Rect>, ReadError> {
    let mut rects = recogniser.lines(picture)?;
    rects.retain(|rect| rect.width >= 4.0 && rect.height >= 4.0);
    rects.sort_by(|a, b| (b.width * b.height).total_cmp(&(a.width * a.height)));
    rects.truncate(MOST_LINES);
    rects.sort_by(|a, b| a.centre.y.total_cmp(&b.centre.y));
    for at in 1..rects.len() {
        let mut at = at;
        while at > 0 && {
            let (before, this) = (rects[at - 1], rects[at]);
            let is_beside = (this.centre.y - before.centre.y).abs() < 0.5 * this.height.min(before.height);
            is_beside && this.centre.x < before.centre.x
        } {
            rects.swap(at - 1, at);
            at -= 1;
        }
    }
    let mut whole: Vec<Rect> = Vec::with_capacity(rects.len());
    for rect in rects {
        match whole.last_mut() {
            Some(before) if let Some(both) = joined(before, &rect) => *before = both,
            _ => whole.push(rect),
        }
    }
    Ok(whole)
}

/// Two parts of one line, as one.
fn joined(before: &Rect, after: &Rect) -> Option<Rect> {
    let (x, y) = (after.centre.x - before.centre.x, after.centre.y - before.centre.y);
    let (u, v) = (x * before.along.x + y * before.along.y, y * before.along.x - x * before.along.y);
    let (low, high) = (before.height.min(after.height), before.height.max(after.height));
    let gap = u - (before.width + after.width) / 2.0;
    let is_one = v.abs() < 0.3 * low && high < 1.4 * low && gap < APART * low && gap > -low && u > 0.0;
    is_one.then(|| {
        let (from, to) = (-before.width / 2.0, u + after.width / 2.0);
        let middle = (from + to) / 2.0;
        let centre = point(
            before.centre.x + middle * before.along.x - v / 2.0 * before.along.y,
            before.centre.y + middle * before.along.y + v / 2.0 * before.along.x,
        );
        Rect { centre, along: before.along, width: to - from, height: high + v.abs() }
    })
}

/// What a box says.
pub(super) fn of_box(
    ink: &Ink,
    corners: &[Point; 4],
    recogniser: &mut dyn Recogniser,
) -> Result<Vec<Words>, ReadError> {
    let picture = laid_straight(ink, corners);
    let rects = some_lines(&picture, recogniser)?;
    let lies = rects.iter().filter(|rect| rect.height > 1.5 * rect.width).count() * 2 > rects.len();
    let ways: [u8; 2] = if lies { [1, 3] } else { [0, 2] };
    let mut best: Option<(f32, Vec<Words>)> = None;
    for quarters in ways {
        let mut words = Vec::with_capacity(rects.len());
        for rect in &rects {
            words.push(line(&picture, &rect.turned(quarters), recogniser)?);
        }
        if quarters == 2 || quarters == 1 {
            words.reverse();
        }
        let sense: f32 = words.iter().map(Words::sense).sum();
        let count: f32 = words.iter().map(|words| words.words.chars().count() as f32).sum();
        if best.as_ref().is_none_or(|(most, _)| sense > *most) {
            best = Some((sense, words));
        }
        // As it is seen it nearly always is.
        if quarters == 0 && sense >= DOUBTFUL * DOUBTFUL * count && count > 0.0 {
            break;
        }
    }
    Ok(best.map(|(_, words)| words).unwrap_or_default())
}

/// What is within a box, as a rectangle, in black on white.
fn laid_straight(ink: &Ink, corners: &[Point; 4]) -> Picture {
    let side = |a: usize, b: usize| (corners[a].x - corners[b].x).hypot(corners[a].y - corners[b].y);
    let (width, height) = ((side(0, 1) + side(3, 2)) / 2.0, (side(1, 2) + side(0, 3)) / 2.0);
    let frame = 1.6 * ink.frame.thickness + 1.0;
    let (width, height) = (width.clamp(8.0, 1600.0), height.clamp(8.0, 1600.0));
    // Around it there is room, as around all text.
    let room = 0.12 * width.min(height);
    let (columns, rows) = ((width + 2.0 * room) as usize, (height + 2.0 * room) as usize);
    let mut rgb = Vec::with_capacity(3 * columns * rows);
    for y in 0..rows {
        for x in 0..columns {
            let (u, v) = (x as f32 + 0.5 - room, y as f32 + 0.5 - room);
            let is_in = u > frame && v > frame && u < width - frame && v < height - frame;
            let (u, v) = (u / width, v / height);
            let between =
                |a: Point, b: Point, part: f32| point(a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part);
            let at = between(between(corners[0], corners[1], u), between(corners[3], corners[2], u), v);
            let dense = if is_in { ink.at(at) } else { 0.0 };
            rgb.extend([(255.0 * (1.0 - dense)) as u8; 3]);
        }
    }
    Picture { width: columns, height: rows, rgb }
}
