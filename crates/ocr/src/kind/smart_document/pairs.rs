//! Pairs in text: what stands behind a label with a colon. Running text has colons too; what it may be is left out.

use std::collections::BTreeSet;

use super::label::{self, Split};
use super::size::size_of;
use super::{Pair, Part, is_undivided, joined};
use crate::kind::general_table::{Piece, Spot, rows};
use crate::sheet::Glyph;

/// All of these are heights of text. What has more room before it does not belong to the text before it.
const WIDE: f32 = 1.6;
/// So much room may be before a key that follows a value.
const BEFORE_KEY: f32 = 0.9;
/// A value begins so near its key, or where other values do.
const NEAR: f32 = 4.0;
const SAME_EDGE: f32 = 0.8;
const FAR: f32 = 25.0;
/// A value goes on in a line that is so close below, and begins so near where it does.
const BELOW: f32 = 0.9;
const BELOW_KEY: f32 = 0.6;
const ASIDE: f32 = 1.0;
/// The first line of a paragraph may begin so much further right.
const INDENT: f32 = 3.5;

/// A piece of a row.
struct Cut {
    piece: Piece,
    glyphs: Vec<Glyph>,
    /// None where keys cannot be told from values.
    splits: Option<Vec<Split>>,
}

/// A key, and the pieces of its value so far.
struct Draft {
    key: Piece,
    value: Vec<Piece>,
    /// Where it stands: row and piece.
    at: (usize, usize),
    /// Its value is in another piece of its row, which is not near.
    is_far: bool,
}

impl Cut {
    fn of(piece: Piece, height: f32) -> Cut {
        let glyphs: Vec<Glyph> = piece.spots.iter().map(|spot| spot.glyph).collect();
        let room = |at: usize| piece.spots[at].left - piece.spots[at - 1].right;
        let splits = label::split(&glyphs, |at| room(at) >= BEFORE_KEY * piece.height().max(height));
        Cut { glyphs, splits, piece }
    }

    fn has_key(&self) -> bool {
        self.splits.as_ref().is_none_or(|splits| !splits.is_empty())
    }

    fn part(&self, range: &std::ops::Range<usize>) -> Option<Piece> {
        let trimmed = label::trimmed(self.glyphs.get(range.clone())?);
        let range = range.start + trimmed.start..range.start + trimmed.end;
        let spots: Vec<Spot> = self.piece.spots.get(range.clone())?.to_vec();
        let is_said = !label::is_blank(self.glyphs.get(range)?);
        (!spots.is_empty() && is_said).then(|| self.piece.part(spots))
    }
}

/// The pairs among these lines, each with how far down its row begins.
pub(super) fn of_text(lines: Vec<Piece>, height: f32) -> Vec<(f32, Pair)> {
    let level = lines.into_iter().filter(|line| !line.is_upended).flat_map(|line| {
        let room = WIDE * line.height().max(height);
        line.divided(|before, spot| spot.left - before.right > room)
    });
    let rows: Vec<Vec<Cut>> = rows(level.collect())
        .into_iter()
        .map(|row| row.into_iter().map(|piece| Cut::of(piece, height)).collect())
        .collect();
    // Pieces that are part of a value.
    let mut taken: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut drafts: Vec<Draft> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        for (place, cut) in row.iter().enumerate() {
            let Some(splits) = &cut.splits else { continue };
            if taken.contains(&(at, place)) || splits.is_empty() || goes_on(&rows, at, cut, &taken) {
                continue;
            }
            for split in splits {
                let Some(key) = cut.part(&split.key) else { continue };
                let mut draft = Draft { key, value: Vec::new(), at: (at, place), is_far: false };
                draft.value.extend(cut.part(&split.value));
                if split.value.end == cut.glyphs.len() {
                    beside(&mut draft, row, place, &mut taken, at);
                    below(&mut draft, &rows, &mut taken);
                }
                drafts.push(draft);
            }
        }
    }
    let begins: Vec<f32> = drafts.iter().filter_map(|draft| Some(draft.value.first()?.left)).collect();
    let is_aligned = |draft: &Draft| {
        draft.value.first().is_some_and(|value| {
            let edge = SAME_EDGE * value.height();
            begins.iter().filter(|other| (*other - value.left).abs() <= edge).count() > 1
        })
    };
    drafts.retain(|draft| !draft.value.is_empty() && (!draft.is_far || is_aligned(draft)));
    let top = |draft: &Draft| rows[draft.at.0].iter().map(|cut| cut.piece.top).fold(f32::MAX, f32::min);
    drafts.into_iter().map(|draft| (top(&draft), draft.pair())).collect()
}

/// Whether the line goes on from the one above it, so that a colon in it is one of running text: the first word would
/// not have fitted above, where no pair is.
fn goes_on(rows: &[Vec<Cut>], at: usize, cut: &Cut, taken: &BTreeSet<(usize, usize)>) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|before| Some((before, rows.get(before)?))) else {
        return false;
    };
    let piece = &cut.piece;
    let above = before.1.iter().enumerate().find(|(_, above)| {
        let aside = above.piece.left - piece.left;
        let gap = piece.top - above.piece.bottom;
        (-ASIDE * piece.height()..=INDENT * piece.height()).contains(&aside)
            && gap <= BELOW_KEY * piece.height()
            && size_of([&above.piece]).is_like(&size_of([piece]))
    });
    let Some((place, above)) = above else { return false };
    !above.has_key() && !taken.contains(&(before.0, place)) && is_full(rows, &above.piece, cut)
}

/// Whether the first word of a line would not have fitted at the end of the one above.
fn is_full(rows: &[Vec<Cut>], above: &Piece, cut: &Cut) -> bool {
    let piece = &cut.piece;
    let same = |other: &&Piece| (other.left - above.left).abs() <= INDENT * piece.height();
    let edge = rows.iter().flatten().map(|cut| &cut.piece).filter(same).map(|piece| piece.right);
    let edge = edge.fold(f32::MIN, f32::max);
    let first = piece
        .spots
        .iter()
        .enumerate()
        .take_while(|(at, spot)| *at == 0 || !spot.glyph.is_apart && !is_undivided(spot.glyph.char));
    let word = first.last().map_or(0.0, |(_, spot)| spot.right - piece.left);
    above.right + word + 0.5 * piece.height() > edge
}

/// What stands beside a key, or goes on beside its value.
fn beside(draft: &mut Draft, row: &[Cut], place: usize, taken: &mut BTreeSet<(usize, usize)>, at: usize) {
    for (next, cut) in row.iter().enumerate().skip(place + 1) {
        let before = draft.value.last().unwrap_or(&draft.key);
        let (room, height) = (cut.piece.left - before.right, before.height().max(cut.piece.height()));
        let most = if draft.value.is_empty() { FAR } else { WIDE };
        if cut.has_key() || room > most * height || label::is_blank(&cut.glyphs) {
            return;
        }
        draft.is_far |= draft.value.is_empty() && room > NEAR * height;
        taken.insert((at, next));
        draft.value.push(cut.piece.clone());
    }
}

/// Lines below that go on with the value.
fn below(draft: &mut Draft, rows: &[Vec<Cut>], taken: &mut BTreeSet<(usize, usize)>) {
    let Some(first) = draft.value.first().cloned() else { return };
    let mut last = first.clone();
    for at in draft.at.0 + 1..rows.len() {
        let goes_on = rows[at].iter().enumerate().find(|(place, cut)| {
            let (piece, height) = (&cut.piece, last.height());
            let gap = piece.top - last.bottom;
            let ratio = piece.height() / height.max(1.0);
            let under = |left: f32| (piece.left - left).abs() <= ASIDE * height;
            let is_alone = *place == 0 || !rows[at][place - 1].has_key();
            !cut.has_key()
                && !taken.contains(&(at, *place))
                && (0.7..=1.4).contains(&ratio)
                && (under(first.left) && is_alone && gap <= BELOW * height
                    || under(draft.key.left) && gap <= BELOW_KEY * height && is_full(rows, &last, cut))
        });
        let Some((place, cut)) = goes_on else { return };
        taken.insert((at, place));
        draft.value.push(cut.piece.clone());
        last = cut.piece.clone();
    }
}

impl Draft {
    fn pair(self) -> Pair {
        let part = |piece: &Piece, is_key: bool| {
            let block = piece.block();
            Part { is_key, words: block.words, location: block.location }
        };
        let key = part(&self.key, true);
        let value: Vec<Part> = self.value.iter().map(|piece| part(piece, false)).collect();
        Pair {
            key: key.words.clone(),
            value: joined(value.iter().map(|part| part.words.as_str())),
            parts: std::iter::once(key).chain(value).collect(),
        }
    }
}
