//! Lines put together to paragraphs: what stands below each other, is of one size and begins at one edge, up to a
//! line that ends early, to more room than between lines, or to the next paragraph's first line, which is set in.

use super::is_undivided;
use super::size::{Size, size_of};
use crate::kind::general_table::{Piece, rows};
use crate::sheet::Run as _;

/// All of these are heights of text. Pieces of one line are no further apart.
const APART: f32 = 1.5;
/// Lines of a paragraph have at most so much room between them, and so much more than most lines of the page.
const BELOW: f32 = 1.0;
const MORE: f32 = 0.3;
/// Their edges are no further apart, but for a first line, or one in the middle.
const ASIDE: f32 = 1.0;
const INDENT: f32 = 3.5;
const MIDDLE: f32 = 0.7;

/// A line of the page, of one piece or several.
#[derive(Debug, Clone)]
pub(super) struct Strip {
    pub pieces: Vec<Piece>,
    pub left: f32,
    pub right: f32,
    pub top: f32,
    pub bottom: f32,
}

impl Strip {
    fn of(pieces: Vec<Piece>) -> Strip {
        let least = |of: fn(&Piece) -> f32| pieces.iter().map(of).fold(f32::MAX, f32::min);
        let most = |of: fn(&Piece) -> f32| pieces.iter().map(of).fold(f32::MIN, f32::max);
        let (left, right) = (least(|piece| piece.left), most(|piece| piece.right));
        let (top, bottom) = (least(|piece| piece.top), most(|piece| piece.bottom));
        Strip { pieces, left, right, top, bottom }
    }

    /// How large its letters are.
    pub fn size(&self) -> Size {
        size_of(&self.pieces)
    }

    /// How high its box is: of several pieces, that of the widest.
    pub fn height(&self) -> f32 {
        let widest = self.pieces.iter().max_by(|a, b| a.width().total_cmp(&b.width()));
        widest.map_or(1.0, Piece::height).max(1.0)
    }

    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    pub fn text(&self) -> String {
        let texts: Vec<String> = self.pieces.iter().map(|piece| piece.block().words).collect();
        texts.join(" ")
    }

    /// How wide its first word is; where words are not divided, its first character.
    fn first_word(&self) -> f32 {
        let Some(piece) = self.pieces.first() else { return 0.0 };
        let of_first = piece
            .spots
            .iter()
            .enumerate()
            .take_while(|(at, spot)| *at == 0 || !spot.glyph.is_apart && !is_undivided(spot.glyph.char));
        of_first.last().map_or(0.0, |(_, spot)| spot.right - piece.left)
    }

    /// How much of them is above each other, of the narrower one.
    fn shares(&self, other: &Strip) -> f32 {
        let common = self.right.min(other.right) - self.left.max(other.left);
        common / self.width().min(other.width()).max(1.0)
    }

    fn is_as_large(&self, other: &Strip) -> bool {
        self.size().is_like(&other.size())
    }
}

/// A paragraph, or a line by itself.
#[derive(Debug, Clone)]
pub(super) struct Paragraph {
    pub strips: Vec<Strip>,
}

impl Paragraph {
    pub fn bounds(&self) -> [f32; 4] {
        let least = |of: fn(&Strip) -> f32| self.strips.iter().map(of).fold(f32::MAX, f32::min);
        let most = |of: fn(&Strip) -> f32| self.strips.iter().map(of).fold(f32::MIN, f32::max);
        [least(|s| s.left), least(|s| s.top), most(|s| s.right), most(|s| s.bottom)]
    }

    /// How large its letters are.
    pub fn size(&self) -> Size {
        size_of(self.strips.iter().flat_map(|strip| &strip.pieces))
    }
}

/// The lines of a page: what stands close beside each other is one.
pub(super) fn strips(lines: Vec<Piece>) -> Vec<Strip> {
    let mut strips = Vec::new();
    for row in rows(lines) {
        let mut open: Vec<Piece> = Vec::new();
        for piece in row {
            let is_next = open.last().is_none_or(|last| {
                let height = last.height().min(piece.height());
                piece.left - last.right <= APART * height && size_of([last]).is_like(&size_of([&piece]))
            });
            if !is_next {
                strips.push(Strip::of(std::mem::take(&mut open)));
            }
            open.push(piece);
        }
        if !open.is_empty() {
            strips.push(Strip::of(open));
        }
    }
    strips
}

/// The paragraphs that these lines are; `is_divided` says whether something stands between two of them.
pub(super) fn paragraphs(strips: Vec<Strip>, is_divided: impl Fn(&Strip, &Strip) -> bool) -> Vec<Paragraph> {
    let usual = usual_room(&strips);
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    for strip in &strips {
        let of = paragraphs.iter_mut().rev().find(|paragraph| {
            paragraph.strips.last().is_some_and(|last| {
                goes_on(paragraph, last, strip, &strips, usual) && !is_divided(last, strip)
            })
        });
        match of {
            Some(paragraph) => paragraph.strips.push(strip.clone()),
            None => paragraphs.push(Paragraph { strips: vec![strip.clone()] }),
        }
    }
    paragraphs
}

/// How much room most lines leave below the one above them, in heights.
fn usual_room(strips: &[Strip]) -> f32 {
    let mut rooms: Vec<f32> = Vec::new();
    for (at, below) in strips.iter().enumerate() {
        let above = strips[..at].iter().rev().find(|above| above.shares(below) > 0.5);
        let Some(above) = above.filter(|above| above.is_as_large(below)) else { continue };
        let room = (below.top - above.bottom) / below.height();
        if room <= BELOW && (below.left - above.left).abs() <= INDENT * below.height() {
            rooms.push(room);
        }
    }
    rooms.sort_by(f32::total_cmp);
    // Lines within paragraphs are closer than those between.
    rooms.get(rooms.len() * 2 / 5).copied().unwrap_or(BELOW)
}

fn goes_on(paragraph: &Paragraph, last: &Strip, strip: &Strip, all: &[Strip], usual: f32) -> bool {
    let height = strip.height().max(last.height());
    let room = (strip.top - last.bottom) / height;
    if !(-0.6..=BELOW.min(usual + MORE)).contains(&room)
        || !last.is_as_large(strip)
        || last.shares(strip) < 0.5
    {
        return false;
    }
    let middle = |strip: &Strip| (strip.left + strip.right) / 2.0;
    let is_first = paragraph.strips.len() == 1;
    let aside = (strip.left - last.left) / height;
    let is_flush = aside.abs() <= ASIDE || is_first && (-INDENT..=0.0).contains(&aside);
    if !is_flush {
        // Lines in the middle.
        return (middle(strip) - middle(last)).abs() <= MIDDLE * height && aside.abs() > ASIDE;
    }
    // The column that both are in.
    let of_column = |other: &&Strip| {
        other.is_as_large(strip)
            && (other.left - strip.left).abs() <= INDENT * height
            && other.shares(strip) > 0.5
            && (other.top - strip.top).abs() <= 12.0 * height
    };
    let edge = all.iter().filter(of_column).map(|strip| strip.left).fold(strip.left, f32::min);
    let end = all.iter().filter(of_column).map(|strip| strip.right).fold(last.right, f32::max);
    let is_set_in = strip.left - edge > ASIDE * height;
    let ends_early = last.right + strip.first_word() + 0.8 * height < end;
    !is_set_in && !ends_early && !begins_item(strip)
}

/// Whether a line begins with a sign or number of a list.
fn begins_item(strip: &Strip) -> bool {
    let Some(piece) = strip.pieces.first() else { return false };
    let glyphs: Vec<_> = piece.spots.iter().take(5).map(|spot| spot.glyph).collect();
    let text = glyphs.dense();
    let mut chars = text.chars();
    match chars.next() {
        Some('•' | '●' | '○' | '■' | '►' | '①'..='⑳') => true,
        Some('[' | '(' | '（') => {
            let number: String = chars.by_ref().take_while(|char| char.is_alphanumeric()).collect();
            !number.is_empty() && number.len() <= 3
        }
        Some(first) if first.is_ascii_digit() => {
            let mut rest = chars.skip_while(char::is_ascii_digit);
            matches!(rest.next(), Some('.' | '、' | ')' | '）'))
                && rest.next().is_none_or(|char| !char.is_ascii_digit())
        }
        Some('一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十') => {
            matches!(chars.find(|char| !"一二三四五六七八九十".contains(*char)), Some('、'))
        }
        _ => false,
    }
}
