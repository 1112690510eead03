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
use super::rows::{angles, clear, depths, frame_ends, runs, second_ring};
use crate::crop::LINE_HEIGHT;
use crate::geometry::{Point, point};
use crate::picture::Picture;

/// Text is looked for down to this depth, in parts of the shorter half axis.
const DEEPEST: f32 = 0.6;
/// No letter is higher or lower than this, in the same parts.
pub(super) const LEAST_HEIGHT: f32 = 0.07;
pub(super) const MOST_HEIGHT: f32 = 0.42;
/// Denser than this is ink.
pub(super) const INK: f32 = 0.45;
/// Room between letters, in parts of their height, where text may begin.
const ROOM: f32 = 0.25;
/// Two cuts of which each part is the other one's opposite but for so much, as an angle, are as good as so much room.
const OPPOSITE: f32 = 0.35;
/// Every letter has ink in so much of its upper part; below it corners of lines within may reach into the band.
const UPPER: f32 = 0.3;
/// So many ways to take the text apart in two are tried.
const MOST_WAYS: usize = 6;
/// Around a line there is so much room, in parts of its height.
pub(super) const MARGIN: f32 = 0.14;
/// And so much more at its ends.
const BESIDE_LINE: f32 = 0.14;
/// A row of a text has so much of the ink of its densest one.
const LEAST_ROW: f32 = 0.1;
/// So much around a text, in parts of its height, is taken away with it.
const TAKEN: f32 = 0.06;
/// Columns are equally long at this depth, in parts of the shorter half axis.
pub(super) const MEASURED: f32 = 0.2;
/// Ink is taken away point by point, in steps of so many pixels.
const STEP: f32 = 0.6;
/// Letters begin no deeper in the band than this, in parts of its height.
const DEEP: f32 = 0.5;
/// What is flatter than that, in the same parts, are no letters.
const FLAT: f32 = 0.15;
/// So long is the longest strip, in pixels.
pub(super) const LONGEST: usize = 2400;

/// The band between a ring and its middle in which text stands.
pub(super) struct Band<'a> {
    ink: &'a Ink,
    ring: Ring,
    /// Each column's angle.
    angles: Vec<f32>,
    /// How dense it is within the frame, by depth and then by column.
    rows: Vec<Vec<f32>>,
    /// How deep the frame reaches, by column.
    frame: Vec<usize>,
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
        let mut rows: Vec<Vec<f32>> = (0..(DEEPEST * ring.short) as usize)
            .map(|row| angles.iter().map(|angle| ink.at(ring.at(*angle, depth(row)))).collect())
            .collect();
        let mut frame = frame_ends(&rows, ink.frame.thickness);
        clear(&mut rows, &frame);
        if let Some(ring) = second_ring(&rows, ring.short, ink.frame.thickness) {
            frame.iter_mut().for_each(|end| *end = (*end).max(ring));
            clear(&mut rows, &frame);
        }
        let depths = depths(&rows, ring.short, frame.iter().copied().min()?)?;
        let mut band = Band { ink, ring, angles, rows, frame, depths };
        // What lies within reaches into the band; the longest text along the ring says how high its letters are.
        let longest = band.ways().into_iter().next()?.into_iter().next()?;
        let (top, bottom) = band.edges(longest);
        if (LEAST_HEIGHT * ring.short..=MOST_HEIGHT * ring.short).contains(&(bottom - top)) {
            band.depths = top as usize..bottom as usize;
        }
        Some(band)
    }

    /// The ways to take the text apart, each as parts from the longest: as one, and in two if that may be.
    pub fn ways(&self) -> Vec<Vec<Segment>> {
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
        let mut pairs: Vec<(f32, [Segment; 2])> = Vec::new();
        for (at, a) in gaps.iter().enumerate() {
            for b in &gaps[at + 1..] {
                let mut parts = [between(*a, *b), between(*b, *a)];
                if parts.iter().any(|part| (part.length as f32) < 0.6 * self.height()) {
                    continue;
                }
                let [one, other] = parts.map(|part| self.angle_of_middle(part));
                let apart = ((one - other).rem_euclid(TAU) - PI).abs();
                let room = (a.length + b.length) as f32 / self.height();
                parts.sort_by_key(|part| std::cmp::Reverse(part.length));
                pairs.push((room - apart / OPPOSITE, parts));
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        ways.extend(pairs.into_iter().take(MOST_WAYS).map(|(_, parts)| parts.to_vec()));
        ways
    }

    fn height(&self) -> f32 {
        self.depths.len() as f32
    }

    /// Where there is room between letters. If there is none anywhere, the place with the least ink.
    fn gaps(&self) -> Vec<Segment> {
        let columns = self.angles.len();
        // Lines within the ring may reach into its lower part.
        let upper = self.depths.start + (UPPER * self.height()) as usize;
        let ink = |column: usize| (0..upper).map(|row| self.rows[row][column]).sum::<f32>();
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

    /// A part laid straight with so much room around it, as it is read from outside the ring, or else from the middle.
    pub fn line(&self, part: Segment, is_outward: bool, margin: f32) -> Picture {
        let (top, bottom) = self.edges(part);
        let part = self.whole(part);
        // As long as it is where its letters stand.
        let round = (self.ring.long + self.ring.short) / 2.0;
        let stretch = (round - (top + bottom) / 2.0) / (round - MEASURED * self.ring.short);
        let beside = BESIDE_LINE * (bottom - top);
        let margin = margin * (bottom - top);
        let (top, bottom) = (top - margin, bottom + margin);
        let scale = LINE_HEIGHT as f32 / (bottom - top);
        let columns = self.angles.len();
        let beside = (beside + margin).min((columns - part.length) as f32 / 2.0);
        let length = part.length as f32 + 2.0 * beside;
        let width = ((length * stretch * scale).ceil() as usize).clamp(8, LONGEST);
        let mut rgb = Vec::with_capacity(3 * LINE_HEIGHT * width);
        for y in 0..LINE_HEIGHT {
            for x in 0..width {
                let (x, y) = if is_outward { (x, y) } else { (width - 1 - x, LINE_HEIGHT - 1 - y) };
                let depth = top + (y as f32 + 0.5) / scale;
                let along = part.start as f32 + (x as f32 + 0.5) / width as f32 * length - beside;
                let is_frame = depth < self.frame[along.rem_euclid(columns as f32) as usize % columns] as f32;
                let at = || self.ink.at(self.ring.at(self.angle_at(along), depth));
                rgb.extend([(255.0 * (1.0 - if is_frame { 0.0 } else { at() })) as u8; 3]);
            }
        }
        Picture { width, height: LINE_HEIGHT, rgb }
    }

    /// The ink without the frame, and without these parts.
    pub fn without(&self, parts: &[Segment]) -> Vec<f32> {
        let mut dense = self.ink.dense.clone();
        let (width, height) = (self.ink.width, self.ink.height);
        let mut clear = |column: f32, from: f32, to: f32| {
            let angle = self.angle_at(column);
            let mut depth = from;
            while depth <= to {
                let at = self.ring.at(angle, depth);
                let (x, y) = (at.x.round(), at.y.round());
                if x >= 0.0 && y >= 0.0 && x < width as f32 && y < height as f32 {
                    dense[y as usize * width + x as usize] = 0.0;
                }
                depth += STEP;
            }
        };
        // Outside of the ring columns are farther from each other.
        let columns = self.angles.len();
        let step = STEP * (1.0 - MEASURED);
        let outside = -(self.ring.long * 0.2);
        let mut column = 0.0;
        while column < columns as f32 {
            clear(column, outside, self.frame[column as usize % columns] as f32);
            column += step;
        }
        for part in parts {
            let (top, bottom) = self.edges(*part);
            let (whole, room) = (self.whole(*part), TAKEN * (bottom - top));
            // Where its first and its last letter have no ink above, lines within may begin below.
            let reaches = [(whole, (top + bottom) / 2.0), (*part, bottom + room)];
            for (part, reach) in reaches {
                let mut column = part.start as f32 - room;
                while column < (part.start + part.length) as f32 + room {
                    clear(column, 0.0, reach);
                    column += step;
                }
            }
        }
        dense
    }

    /// The angle between two columns.
    fn angle_at(&self, column: f32) -> f32 {
        let columns = self.angles.len();
        let column = column.rem_euclid(columns as f32);
        let (first, part) = (column as usize % columns, column.fract());
        let (from, to) = (self.angles[first], self.angles[(first + 1) % columns]);
        from + (to - from).rem_euclid(TAU) * part
    }

    /// A part with all of its first and its last letter: some have little ink in their upper part.
    fn whole(&self, part: Segment) -> Segment {
        let (top, bottom) = self.edges(part);
        let columns = self.angles.len();
        let has_ink = |column: usize| {
            let column = column % columns;
            (top as usize..bottom as usize).any(|row| self.rows[row][column] > INK)
        };
        let most = ((0.5 * (bottom - top)) as usize).min((columns - part.length) / 2);
        let before = (1..=most).take_while(|step| has_ink(part.start + columns - step)).count();
        let after = (0..most).take_while(|step| has_ink(part.start + part.length + step)).count();
        Segment { start: (part.start + columns - before) % columns, length: part.length + before + after }
    }

    /// From which depth to which the letters of a part reach: a number is smaller than the name above it, and nearer to the
    /// frame.
    fn edges(&self, part: Segment) -> (f32, f32) {
        let columns = self.angles.len();
        let ink = |row: &Vec<f32>| {
            (0..part.length).filter(|at| row[(part.start + at) % columns] > INK).count() as f32
        };
        let deepest = (self.depths.end + self.depths.len() / 8).min(self.rows.len());
        let counts: Vec<f32> = self.rows[..deepest].iter().map(ink).collect();
        let all = (self.depths.start as f32, self.depths.end as f32);
        let most = counts.iter().copied().fold(0.0, f32::max);
        // Thin rows are what is left of the frame, and below the text are lines within.
        let deep = self.depths.start as f32 + DEEP * self.height();
        let is_text =
            |rows: &&Range<usize>| rows.len() as f32 >= FLAT * self.height() && (rows.start as f32) < deep;
        let runs = runs(&counts, (LEAST_ROW * most).max(1.0));
        runs.iter().find(is_text).map_or(all, |rows| (rows.start as f32, rows.end as f32))
    }
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
            let ways = band.ways();
            assert_turns(turns(&band, ways[0][0]), [from, to]);
            let up = band.towards(ways[0][0]);
            let middle: f32 = (from + 0.35) * TAU;
            assert!((up.x - middle.cos()).abs() < 0.1 && (up.y - middle.sin()).abs() < 0.1, "{up:?}");
            let line = band.line(ways[0][0], true, MARGIN);
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
        let ways = band.ways();
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
            let ways = band.ways();
            assert!(ways.iter().flatten().all(|part| part.length <= band.angles.len()));
            ways.iter().flatten().for_each(|part| drop(band.line(*part, false, MARGIN)));
        }
    }
}
