//! Text along a ring, laid straight: where between the ring and the middle it stands, where it begins and ends, and its
//! parts as lines that can be read.
//!
//! Nothing is assumed about where the text begins. It is cut where there is the most room between its letters: at one
//! place, or at two that lie opposite each other, when a number stands below it.

use std::f32::consts::{PI, TAU};
use std::ops::Range;

use super::frame::Shape;
use super::ink::Ink;
use super::ring::Ring;
use crate::crop::LINE_HEIGHT;
use crate::geometry::{Point, point};
use crate::picture::Picture;

/// Text is looked for down to this depth, in parts of the shorter half axis.
const DEEPEST: f32 = 0.6;
/// And its upper edge down to this one.
const DEEPEST_TOP: f32 = 0.35;
/// No letter is higher or lower than this, in the same parts.
const LEAST_HEIGHT: f32 = 0.07;
const MOST_HEIGHT: f32 = 0.42;
/// A row of so much ink is a ring of the frame.
const FRAME: f32 = 0.55;
/// A row is looked at in so many directions.
const SECTORS: usize = 72;
/// Rows of text have ink in so many of them at least.
const LEAST_SECTORS: f32 = 0.1;
/// Where so few of them have ink, compared with the most, text has its edge.
const EDGE: f32 = 0.22;
/// Denser than this is ink.
const INK: f32 = 0.45;
/// Room between letters, in parts of their height, where text may begin.
const ROOM: f32 = 0.25;
/// Two cuts of which each part is the other one's opposite but for so much, as an angle, are as good as so much room.
const OPPOSITE: f32 = 0.35;
/// Around a line there is so much room, in parts of its height.
const MARGIN: f32 = 0.14;
/// So long is the longest strip, in pixels.
const LONGEST: usize = 2400;

/// The band between a ring and its middle in which text stands.
pub(super) struct Band<'a> {
    ink: &'a Ink,
    ring: Ring,
    /// Each column's angle.
    angles: Vec<f32>,
    /// How dense it is, by depth and then by column.
    rows: Vec<Vec<f32>>,
    /// From which depth to which there is text.
    pub depths: Range<usize>,
}

/// A part of the band: columns, which may go on over the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    pub start: usize,
    pub length: usize,
}

impl<'a> Band<'a> {
    /// The band of a ring; none if there is no text along it.
    pub fn of(ink: &'a Ink) -> Option<Band<'a>> {
        let Shape::Ring(ring) = ink.frame.shape else { return None };
        let angles = angles(&ring);
        let depth = |row: usize| row as f32;
        let rows: Vec<Vec<f32>> = (0..(DEEPEST * ring.short) as usize)
            .map(|row| angles.iter().map(|angle| ink.at(ring.at(*angle, depth(row)))).collect())
            .collect();
        let depths = depths(&rows, ring.short, ink.frame.thickness)?;
        Some(Band { ink, ring, angles, rows, depths })
    }

    fn height(&self) -> f32 {
        self.depths.len() as f32
    }

    /// The ways to take the text apart, each as parts from the longest: as one, and in two if that may be.
    pub fn segments(&self) -> Vec<Vec<Segment>> {
        let gaps = self.gaps();
        let Some(widest) = gaps.iter().copied().max_by_key(|gap| gap.length) else { return Vec::new() };
        let columns = self.angles.len();
        if widest.length >= columns {
            return Vec::new();
        }
        let between = |from: Segment, to: Segment| {
            let start = (from.start + from.length) % columns;
            let length = (to.start + columns - start) % columns;
            Segment { start, length: if length == 0 { columns - from.length } else { length } }
        };
        let mut ways = vec![vec![between(widest, widest)]];
        let mut best: Option<(f32, [Segment; 2])> = None;
        for (at, a) in gaps.iter().enumerate() {
            for b in &gaps[at + 1..] {
                let parts = [between(*a, *b), between(*b, *a)];
                if parts.iter().any(|part| (part.length as f32) < 0.6 * self.height()) {
                    continue;
                }
                let [one, other] = parts.map(|part| self.angle_of_middle(part));
                let apart = ((one - other).rem_euclid(TAU) - PI).abs();
                let room = (a.length + b.length) as f32 / self.height();
                let score = room - apart / OPPOSITE;
                if best.is_none_or(|(most, _)| score > most) {
                    best = Some((score, parts));
                }
            }
        }
        if let Some((_, mut parts)) = best {
            parts.sort_by_key(|part| std::cmp::Reverse(part.length));
            ways.push(parts.to_vec());
        }
        ways
    }

    /// Where there is room between letters. If there is none anywhere, the place with the least ink.
    fn gaps(&self) -> Vec<Segment> {
        let columns = self.angles.len();
        let ink = |column: usize| self.depths.clone().map(|row| self.rows[row][column]).sum::<f32>();
        let empty: Vec<bool> = (0..columns).map(|column| ink(column) < 0.05 * self.height() + 0.5).collect();
        let Some(first) = empty.iter().position(|is_empty| !is_empty) else {
            return vec![Segment { start: 0, length: columns }];
        };
        let mut gaps: Vec<Segment> = Vec::new();
        let mut length = 0;
        for step in 1..=columns {
            let column = (first + step) % columns;
            if empty[column] {
                length += 1;
                continue;
            }
            if length as f32 >= ROOM * self.height() {
                gaps.push(Segment { start: (column + columns - length) % columns, length });
            }
            length = 0;
        }
        if gaps.is_empty() {
            let least = (0..columns).min_by(|a, b| ink(*a).total_cmp(&ink(*b)));
            gaps.extend(least.map(|start| Segment { start, length: 1 }));
        }
        // Of many the widest are enough.
        gaps.sort_by_key(|gap| std::cmp::Reverse(gap.length));
        gaps.truncate(10);
        gaps
    }

    fn angle_of_middle(&self, part: Segment) -> f32 {
        self.angles[(part.start + part.length / 2) % self.angles.len()]
    }

    /// Which way the middle of a part lies from the middle of the ring.
    pub fn towards(&self, part: Segment) -> Point {
        let at = self.ring.at(self.angle_of_middle(part), 0.0);
        let (x, y) = (at.x - self.ring.centre.x, at.y - self.ring.centre.y);
        let length = x.hypot(y).max(f32::MIN_POSITIVE);
        point(x / length, y / length)
    }

    /// A part laid straight, as it is read from outside the ring, or else from the middle.
    pub fn line(&self, part: Segment, is_outward: bool) -> Picture {
        let (top, bottom) = self.edges(part);
        let margin = MARGIN * (bottom - top);
        let (top, bottom) = (top - margin, bottom + margin);
        let scale = LINE_HEIGHT as f32 / (bottom - top);
        let columns = self.angles.len();
        let beside = (2.0 * margin).min((columns - part.length) as f32 / 2.0);
        let length = part.length as f32 + 2.0 * beside;
        let width = ((length * scale).ceil() as usize).clamp(8, LONGEST);
        let mut rgb = Vec::with_capacity(3 * LINE_HEIGHT * width);
        for y in 0..LINE_HEIGHT {
            for x in 0..width {
                let (x, y) = if is_outward { (x, y) } else { (width - 1 - x, LINE_HEIGHT - 1 - y) };
                let depth = top + (y as f32 + 0.5) / scale;
                let along = (x as f32 + 0.5) / width as f32 * length - beside;
                let dense = self.ink.at(self.ring.at(self.angle_at(part.start as f32 + along), depth));
                rgb.extend([(255.0 * (1.0 - dense)) as u8; 3]);
            }
        }
        Picture { width, height: LINE_HEIGHT, rgb }
    }

    /// The angle between two columns.
    fn angle_at(&self, column: f32) -> f32 {
        let columns = self.angles.len();
        let column = column.rem_euclid(columns as f32);
        let (first, part) = (column as usize % columns, column.fract());
        let (from, to) = (self.angles[first], self.angles[(first + 1) % columns]);
        from + (to - from).rem_euclid(TAU) * part
    }

    /// From which depth to which the letters of a part reach: a number is smaller than the name above it.
    fn edges(&self, part: Segment) -> (f32, f32) {
        let columns = self.angles.len();
        let ink = |row: usize| {
            let row = &self.rows[row];
            (0..part.length).filter(|at| row[(part.start + at) % columns] > INK).count()
        };
        let counts: Vec<usize> = self.depths.clone().map(ink).collect();
        let least = (counts.iter().max().copied().unwrap_or(0) / 12).max(1);
        let first = counts.iter().position(|count| *count >= least).unwrap_or(0);
        let last = counts.iter().rposition(|count| *count >= least).unwrap_or(counts.len().saturating_sub(1));
        let (top, bottom) = (self.depths.start + first, self.depths.start + last + 1);
        // Of something too flat for letters, all of the band.
        if (bottom - top) as f32 >= 0.35 * self.height() {
            (top as f32, bottom as f32)
        } else {
            (self.depths.start as f32, self.depths.end as f32)
        }
    }
}

/// The angles of columns that are equally long, where letters stand.
fn angles(ring: &Ring) -> Vec<f32> {
    const STEPS: usize = 720;
    let at = |step: usize| ring.at(step as f32 / STEPS as f32 * TAU, 0.2 * ring.short);
    let mut lengths = Vec::with_capacity(STEPS + 1);
    let mut length = 0.0;
    for step in 0..=STEPS {
        if step > 0 {
            let (a, b) = (at(step - 1), at(step));
            length += (b.x - a.x).hypot(b.y - a.y);
        }
        lengths.push(length);
    }
    let columns = (length as usize).clamp(64, LONGEST);
    let mut step = 0;
    let angle = |column: usize| {
        let wanted = length * column as f32 / columns as f32;
        while step + 1 < STEPS && lengths[step + 1] < wanted {
            step += 1;
        }
        let part = (wanted - lengths[step]) / (lengths[step + 1] - lengths[step]).max(f32::MIN_POSITIVE);
        (step as f32 + part) / STEPS as f32 * TAU
    };
    (0..columns).map(angle).collect()
}

/// From which row to which there is text.
fn depths(rows: &[Vec<f32>], short: f32, thickness: f32) -> Option<Range<usize>> {
    let of = |part: f32| ((part * short) as usize).min(rows.len());
    let covered = |row: usize| {
        let ink = rows[row].iter().filter(|dense| **dense > INK).count();
        ink as f32 / rows[row].len().max(1) as f32
    };
    let mut start = (thickness.ceil() as usize + 1).min(rows.len());
    // A second ring within the first is no thicker than two of it; what is, are letters.
    let (mut row, within) = (start, of(0.2));
    while row < within {
        let end = (row..rows.len()).find(|row| covered(*row) < FRAME).unwrap_or(rows.len());
        if (1.0..=2.0 * thickness + 2.0).contains(&((end - row) as f32)) {
            start = end;
        }
        row = end.max(row + 1);
    }
    let sectors = |row: usize| {
        let row = &rows[row];
        let is_there = |sector: &usize| {
            let from = sector * row.len() / SECTORS;
            let to = ((sector + 1) * row.len() / SECTORS).max(from + 1).min(row.len());
            row[from..to].iter().any(|dense| *dense > INK)
        };
        (0..SECTORS).filter(is_there).count() as f32 / SECTORS as f32
    };
    let seen: Vec<f32> = (0..rows.len()).map(sectors).collect();
    // What is left of the frame, out of focus.
    let blurred = of(0.08) + start;
    while start + 1 < blurred.min(seen.len()) && seen[start + 1] < seen[start] {
        start += 1;
    }
    let most = seen.get(start..of(0.45))?.iter().copied().fold(0.0, f32::max);
    if most < LEAST_SECTORS {
        return None;
    }
    let edge = EDGE * most;
    let top = (start..of(DEEPEST_TOP)).find(|row| seen[*row] > edge)?;
    let (least, deepest) = (top + of(LEAST_HEIGHT).max(4), (top + of(MOST_HEIGHT)).min(rows.len()));
    if least >= deepest {
        return None;
    }
    let bottom = (least..deepest).find(|row| seen[*row] <= edge).or_else(|| {
        let inner = top + of(0.12).max(4)..deepest;
        inner.min_by(|a, b| seen[*a].total_cmp(&seen[*b]))
    })?;
    Some(top..bottom)
}

#[cfg(test)]
mod tests {
    use super::super::colour::Hue;
    use super::super::frame::Frame;
    use super::super::ink::Tint;
    use super::*;

    /// A seal whose ink is drawn by angle, as parts of a turn from the right clockwise, and by depth.
    fn seal(short: f32, is_ink: impl Fn(f32, f32) -> bool) -> Ink {
        let (width, height) = (420, 420);
        let ring = Ring { centre: point(210.0, 210.0), long: 200.0, short, along: point(1.0, 0.0) };
        let frame = Frame { shape: Shape::Ring(ring), seen: 1.0, thickness: 5.0 };
        let dense = (0..width * height).map(|at| {
            let at = point((at % width) as f32, (at / width) as f32);
            let depth = -ring.outside(at);
            let turn = ring.angle(at).rem_euclid(TAU) / TAU;
            let is_frame = (0.0..5.0).contains(&depth);
            if is_frame || is_ink(turn, depth) { 1.0 } else { 0.0 }
        });
        let tint = Tint::for_tests(Hue::Red);
        Ink { width, height, dense: dense.collect(), frame, tint }
    }

    /// Letters from one part of a turn to another, so many, a third of each place empty.
    fn letters(turn: f32, from: f32, to: f32, count: f32) -> bool {
        let at = (turn - from).rem_euclid(1.0) / (to - from).rem_euclid(1.0);
        at < 1.0 && (at * count).fract() < 0.7
    }

    fn turns(band: &Band, part: Segment) -> [f32; 2] {
        let columns = band.angles.len();
        let of = |column: usize| band.angles[column % columns] / TAU;
        [of(part.start), of(part.start + part.length - 1)]
    }

    fn assert_turns(found: [f32; 2], wanted: [f32; 2]) {
        for (found, wanted) in found.into_iter().zip(wanted) {
            let apart = (found - wanted).rem_euclid(1.0);
            assert!(apart.min(1.0 - apart) < 0.03, "{found} {wanted}");
        }
    }

    #[test]
    fn text_begins_where_there_is_room_before_it() {
        for (from, to) in [(0.4, 0.1), (0.9, 0.6)] {
            let ink =
                seal(200.0, |turn, depth| (20.0..56.0).contains(&depth) && letters(turn, from, to, 12.0));
            let band = Band::of(&ink).unwrap();
            assert!(
                band.depths.start.abs_diff(20) <= 2 && band.depths.end.abs_diff(56) <= 2,
                "{:?}",
                band.depths
            );
            let ways = band.segments();
            assert_turns(turns(&band, ways[0][0]), [from, to]);
            let up = band.towards(ways[0][0]);
            let middle: f32 = (from + 0.35) * TAU;
            assert!((up.x - middle.cos()).abs() < 0.1 && (up.y - middle.sin()).abs() < 0.1, "{up:?}");
            let line = band.line(ways[0][0], true);
            assert_eq!(line.height, LINE_HEIGHT);
            // Twelve letters: as many times it grows dark.
            let row = &line.rgb.as_chunks::<3>().0[24 * line.width..25 * line.width];
            let dark = row.windows(2).filter(|pair| pair[0][0] > 128 && pair[1][0] <= 128).count();
            assert_eq!(dark, 12);
        }
    }

    #[test]
    fn a_number_below_is_a_part_of_its_own() {
        let ink = seal(150.0, |turn, depth| {
            ((16.0..44.0).contains(&depth) && letters(turn, 0.42, 0.08, 11.0))
                || ((16.0..32.0).contains(&depth) && letters(turn, 0.14, 0.36, 13.0))
        });
        let band = Band::of(&ink).unwrap();
        let ways = band.segments();
        let [above, below] = ways[1][..] else { panic!("{ways:?}") };
        assert_turns(turns(&band, above), [0.42, 0.08]);
        assert_turns(turns(&band, below), [0.14, 0.36]);
        let (top, bottom) = band.edges(below);
        assert!((bottom - top - 16.0).abs() <= 2.0, "{top} {bottom}");
    }

    #[test]
    fn a_ring_without_text_has_no_band() {
        assert!(Band::of(&seal(200.0, |_, _| false)).is_none());
        // A block in the middle alone.
        assert!(Band::of(&seal(200.0, |_, depth| depth > 140.0)).is_none());
        // A second ring is a part of the frame.
        let ink = seal(200.0, |turn, depth| {
            (10.0..13.0).contains(&depth) || ((24.0..50.0).contains(&depth) && letters(turn, 0.4, 0.1, 12.0))
        });
        let depths = Band::of(&ink).unwrap().depths;
        assert!(depths.start.abs_diff(24) <= 2 && depths.end.abs_diff(50) <= 2, "{depths:?}");
    }

    #[test]
    fn text_all_around_is_cut_somewhere() {
        let ink = seal(200.0, |_, depth| (20.0..50.0).contains(&depth));
        // All of it is ink: a ring, and no text; or one part that takes the whole turn.
        if let Some(band) = Band::of(&ink) {
            let ways = band.segments();
            assert!(ways.iter().flatten().all(|part| part.length <= band.angles.len()));
            ways.iter().flatten().for_each(|part| drop(band.line(*part, false)));
        }
    }
}
