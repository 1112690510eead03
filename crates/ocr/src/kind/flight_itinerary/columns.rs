//! Columns below labels: which label a word stands under. Nothing is drawn between them, or it is not looked at.

use crate::kind::form::Form;
use crate::sheet::{Glyph, Line, Sheet};

/// What stands so far apart in a line, in its heights, is two words.
const APART: f32 = 0.8;

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

    /// Which one a word stands under: the one that begins, has its middle or ends nearest to where it does, or right of
    /// which it goes on.
    pub fn nearest(&self, sheet: &Sheet, word: &[Glyph]) -> Option<usize> {
        let (first, last) = (word.first()?, word.last()?);
        let (left, right) = (sheet.across(first).0, sheet.across(last).1);
        let under = |at: &usize| {
            let (_, from, to) = self.all[*at];
            let next = self.all.get(at + 1).map_or(f32::MAX, |(_, next, _)| *next);
            let common = right.min(to) - left.max(from);
            // Below the label itself, or in the room that belongs to it alone.
            if common > 0.0 {
                -common
            } else if left >= from && right < next {
                0.0
            } else {
                (left - from).abs().min((left + right - from - to).abs() / 2.0)
            }
        };
        (0..self.all.len()).min_by(|a, b| under(a).total_cmp(&under(b)))
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
