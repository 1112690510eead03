//! What a seal says: the text along its ring, and the lines within.
//!
//! A ring is read in both ways in which it may have been set, as one text or as two, and what makes most sense is taken.
//! Its text also says where up is: the middle of the text along a ring stands at the top. A box lies as it is seen, or
//! upside down, or on a side.

use super::frame::Shape;
use super::ink::Ink;
use super::strip::{Band, Segment};
use crate::ReadError;
use crate::crop;
use crate::geometry::{Point, Rect, point};
use crate::picture::Picture;

/// Text less certain than this is none.
const MIN_CONFIDENCE: f32 = 0.5;
/// Text less certain than this is tried the other way round.
const DOUBTFUL: f32 = 0.75;
/// Within a seal there are so many lines at most.
const MOST_LINES: usize = 8;
/// Two texts have to make so much more sense than one, in characters.
const TWO: f32 = 0.6;
/// A stroke of a letter is no thicker than this, in parts of the shorter half axis; what is, is a star.
const THICKEST: f32 = 0.09;
/// A star reaches no farther than this, in the same parts.
const STAR: f32 = 0.42;
/// A ring whose axes differ by less has no long side along which its text would run.
const LONG: f32 = 1.15;

/// A text of a seal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Words {
    pub words: String,
    pub confidence: f32,
}

impl Words {
    fn sense(&self) -> f32 {
        self.confidence
            * self.confidence
            * self.words.chars().filter(|char| !char.is_whitespace()).count() as f32
    }
}

/// What finds and reads lines on a picture.
pub(crate) trait Recogniser {
    /// The lines on a small picture.
    fn lines(&mut self, picture: &Picture) -> Result<Vec<Rect>, ReadError>;

    /// Reads a line that was cut out: its text, and the mean of its certainty.
    fn read(&mut self, line: &Picture) -> Result<(String, f32), ReadError>;
}

/// All that a seal says: along its upper edge, within, and along its lower one.
pub(super) fn words(ink: &Ink, recogniser: &mut dyn Recogniser) -> Result<Vec<Words>, ReadError> {
    let mut all = match &ink.frame.shape {
        Shape::Ring(_) => of_ring(ink, recogniser)?,
        Shape::Box(corners) => of_box(ink, corners, recogniser)?,
    };
    all.retain(|words| words.confidence >= MIN_CONFIDENCE && !words.words.trim().is_empty());
    Ok(all)
}

fn read(line: &Picture, recogniser: &mut dyn Recogniser) -> Result<Words, ReadError> {
    let (words, confidence) = recogniser.read(line)?;
    Ok(Words { words, confidence })
}

/// The text along a ring, as it was taken apart.
struct Along {
    words: Vec<Words>,
    first: Segment,
    sense: f32,
}

fn of_ring(ink: &Ink, recogniser: &mut dyn Recogniser) -> Result<Vec<Words>, ReadError> {
    let Shape::Ring(ring) = ink.frame.shape else { return Ok(Vec::new()) };
    let band = Band::of(ink);
    let mut best: Option<Along> = None;
    if let Some(band) = &band {
        for way in band.segments() {
            let along = along(band, &way, recogniser)?;
            let Some(along) = along else { continue };
            let more = if way.len() > 1 { TWO } else { 0.0 };
            if best.as_ref().is_none_or(|best| along.sense > best.sense + more) {
                best = Some(along);
            }
        }
    }
    // Single characters are no text along a ring, but what was left of something within.
    let best = best.filter(|best| best.sense > 1.0);
    let (up, deep) = match (&band, &best) {
        (Some(band), Some(best)) => (band.towards(best.first), band.depths.end as f32),
        _ => (point(0.0, -1.0), ink.frame.thickness + 1.0),
    };
    // Along an oval text runs along its longer axis.
    let up = if ring.long >= LONG * ring.short {
        let across = point(-ring.along.y, ring.along.x);
        if across.x * up.x + across.y * up.y >= 0.0 { across } else { point(-across.x, -across.y) }
    } else {
        up
    };
    let mut inner = Ink { dense: ink.dense.clone(), ..*ink };
    let stroke = THICKEST * ring.short;
    inner.without_filled(|at| ring.outside(at) < -deep, stroke, STAR * ring.short);
    let within = picture(&inner, ring.centre, up, ring.long, |at| ring.outside(at) < -deep);
    let lines = straight(&within, recogniser)?;
    let mut words = best.map(|best| best.words).unwrap_or_default();
    let at = words.len().min(1);
    words.splice(at..at, lines);
    Ok(words)
}

/// Text along a ring, taken apart in one way: the longest part is read from outside, another from where it makes sense.
fn along(band: &Band, way: &[Segment], recogniser: &mut dyn Recogniser) -> Result<Option<Along>, ReadError> {
    let Some((first, others)) = way.split_first() else { return Ok(None) };
    let mut words = vec![read(&band.line(*first, true), recogniser)?];
    for part in others {
        let outward = read(&band.line(*part, true), recogniser)?;
        let inward = read(&band.line(*part, false), recogniser)?;
        words.push(if inward.sense() > outward.sense() { inward } else { outward });
    }
    let sense = words.iter().filter(|words| words.confidence >= MIN_CONFIDENCE).map(Words::sense).sum();
    Ok(Some(Along { words, first: *first, sense }))
}

/// What is within a ring, turned upright, in black on white.
fn picture(ink: &Ink, centre: Point, up: Point, half: f32, is_in: impl Fn(Point) -> bool) -> Picture {
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
fn straight(picture: &Picture, recogniser: &mut dyn Recogniser) -> Result<Vec<Words>, ReadError> {
    let rects = some_lines(picture, recogniser)?;
    rects.iter().map(|rect| read(&crop::line(picture, rect), recogniser)).collect()
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
    Ok(rects)
}

fn of_box(ink: &Ink, corners: &[Point; 4], recogniser: &mut dyn Recogniser) -> Result<Vec<Words>, ReadError> {
    let picture = laid_straight(ink, corners);
    let rects = some_lines(&picture, recogniser)?;
    let lies = rects.iter().filter(|rect| rect.height > 1.5 * rect.width).count() * 2 > rects.len();
    let ways: [u8; 2] = if lies { [1, 3] } else { [0, 2] };
    let mut best: Option<(f32, Vec<Words>)> = None;
    for quarters in ways {
        let mut words = Vec::with_capacity(rects.len());
        for rect in &rects {
            words.push(read(&crop::line(&picture, &rect.turned(quarters)), recogniser)?);
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
