//! Columns below labels: which label a word stands under. Nothing is drawn between them, or it is not looked at.

use crate::kind::form::Form;
use crate::sheet::{Glyph, Line, Sheet};

/// What stands so far apart in a line, in its heights, is two words.
const APART: f32 = 0.8;
/// What is so many heights beside a label does not stand under it.
const REACH: f32 = 2.0;

/// The labels of a row: what each is of, and from where to where it reaches.
pub(super) struct Columns {
    all: Vec<(&'static str, f32, f32)>,
}

impl Columns {
    /// Those of these labels that are there, from left to right.
    pub fn of(form: &Form<'_>, names: &[&'static str]) -> Columns {
        let mut all: Vec<(&'static str, f32, f32)> = names
            .iter()
            .filter_map(|name| form.span(name).map(|(left, right)| (*name, left, right)))
            .collect();
        all.sort_by(|a, b| a.1.total_cmp(&b.1));
        Columns { all }
    }

    /// With the first and the last of a row, where their labels were not found: the first begins at an edge, and the last
    /// as far from the one before it as that from the one before.
    pub fn with_ends(mut self, first: &'static str, edge: Option<(f32, f32)>, last: &'static str) -> Columns {
        if let Some((left, right)) = edge
            && self.all.iter().all(|(name, ..)| *name != first)
            && self.left() > right
        {
            self.all.insert(0, (first, left, right));
        }
        if let [.., (_, before, _), (name, left, right)] = self.all[..]
            && name != last
        {
            self.all.push((last, 2.0 * left - before, left + right - before));
        }
        self
    }

    /// With those of a row, which are given in their order, whose labels were not found between two that were.
    pub fn with_missing(mut self, names: &[&'static str]) -> Columns {
        let span = |name: &str| self.all.iter().find(|(other, ..)| *other == name).copied();
        let missing = names.windows(3).filter_map(|three| {
            let [before, name, after] = three else { return None };
            let (None, Some((_, _, left)), Some((_, right, _))) = (span(name), span(before), span(after))
            else {
                return None;
            };
            (left < right).then_some((*name, left, right))
        });
        let missing: Vec<(&'static str, f32, f32)> = missing.collect();
        self.all.extend(missing);
        self.all.sort_by(|a, b| a.1.total_cmp(&b.1));
        self
    }

    /// With the first of a row, where its label was not found: as far from the next as that from the one after.
    pub fn with_first(mut self, first: &'static str) -> Columns {
        if let [(name, left, right), (_, after, _), ..] = self.all[..]
            && name != first
        {
            self.all.insert(0, (first, 2.0 * left - after, left + right - after));
        }
        self
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.all.iter().map(|(name, ..)| *name)
    }

    /// Where the first one begins.
    pub fn left(&self) -> f32 {
        self.all.first().map_or(f32::MAX, |(_, left, _)| *left)
    }

    /// Which one a word stands under: the one with which it has most in common across the page, else the nearest; none, if
    /// that is far.
    pub fn nearest(&self, sheet: &Sheet, word: &[Glyph]) -> Option<usize> {
        let (first, last) = (word.first()?, word.last()?);
        let (left, right) = (sheet.across(first).0, sheet.across(last).1);
        let [top, _, _, bottom] = first.location;
        let height = f32::hypot((bottom[0] - top[0]) as f32, (bottom[1] - top[1]) as f32);
        // Below zero is what they have in common.
        let apart = |at: &usize| {
            let (_, from, to) = self.all[*at];
            (from - right).max(left - to)
        };
        let nearest = (0..self.all.len()).min_by(|a, b| apart(a).total_cmp(&apart(b)))?;
        (apart(&nearest) < REACH * height).then_some(nearest)
    }
}

/// The words of a line: parts that stand apart, for several columns may be read as one line.
pub(super) fn words(sheet: &Sheet, line: &Line) -> Vec<Vec<Glyph>> {
    let mut words: Vec<Vec<Glyph>> = Vec::new();
    for glyph in &line.glyphs {
        let before = words.last().and_then(|word| word.last());
        let gap = before.map(|last| sheet.across(glyph).0 - sheet.across(last).1);
        match words.last_mut() {
            Some(word) if gap.is_some_and(|gap| gap < APART * line.height()) => word.push(*glyph),
            _ => words.push(vec![*glyph]),
        }
    }
    words
}
