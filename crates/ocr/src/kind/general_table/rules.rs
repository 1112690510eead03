//! The rulings of a page laid straight: which of them are drawn to divide something. Strokes of large letters and lines
//! under words are not.

use super::piece::Piece;
use super::plane::Plane;
use crate::page::Page;

/// A ruling: where it lies, and from where to where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    pub at: f32,
    pub from: f32,
    pub to: f32,
}

impl Rule {
    pub fn length(&self) -> f32 {
        self.to - self.from
    }

    /// How much of a stretch it covers, in pixels.
    pub fn covers(&self, from: f32, to: f32) -> f32 {
        (self.to.min(to) - self.from.max(from)).max(0.0)
    }
}

/// Those of a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    pub across: Vec<Rule>,
    pub down: Vec<Rule>,
}

/// Two rulings nearer than this, in heights of text, are one: the two lines of a double border, or parts of one line.
const SAME: f32 = 0.3;
/// Parts of one line are no further apart, in heights of text.
const GAP: f32 = 0.6;
/// What lies in a line of text by this share of its height and more is part of a letter.
const INSIDE: f32 = 0.08;

impl Rules {
    pub fn of(page: &Page, plane: &Plane, lines: &[Piece], height: f32) -> Rules {
        let mut rules = Rules::default();
        for ruling in &page.rulings {
            let (from, to) = (plane.to_plane(ruling.from), plane.to_plane(ruling.to));
            let (width, rise) = ((to.0 - from.0).abs(), (to.1 - from.1).abs());
            let (list, at, ends) = if width > rise {
                (&mut rules.across, (from.1 + to.1) / 2.0, [from.0, to.0])
            } else {
                (&mut rules.down, (from.0 + to.0) / 2.0, [from.1, to.1])
            };
            list.push(Rule { at, from: ends[0].min(ends[1]), to: ends[0].max(ends[1]) });
        }
        rules.across.retain(|rule| !lines.iter().any(|line| is_stroke_across(rule, line)));
        rules.down.retain(|rule| !lines.iter().any(|line| is_stroke_down(rule, line)));
        rules.across = joined(rules.across, height);
        rules.down = joined(rules.down, height);
        rules.across.retain(|rule| !lines.iter().any(|line| is_under(rule, line, height)));
        rules
    }
}

/// Whether it lies within a line of text, on most of its length.
fn is_stroke_across(rule: &Rule, line: &Piece) -> bool {
    let inside = INSIDE * line.height();
    (line.top + inside..=line.bottom - inside).contains(&rule.at)
        && rule.covers(line.left - line.height(), line.right + line.height()) > 0.7 * rule.length()
        // A line of text that is higher than others by a row was read across two.
        && !line.is_upended
}

fn is_stroke_down(rule: &Rule, line: &Piece) -> bool {
    let inside = INSIDE * line.height();
    (line.left..=line.right).contains(&rule.at)
        && rule.from >= line.top - inside
        && rule.to <= line.bottom + inside
        && !line.is_upended
}

/// Whether it is drawn under the words of a line: as long as they are, and close to them.
fn is_under(rule: &Rule, line: &Piece, height: f32) -> bool {
    (rule.from - line.left).abs() < 0.5 * height
        && (rule.to - line.right).abs() < 0.5 * height
        && (line.middle()..line.bottom + 0.3 * height).contains(&rule.at)
}

/// Parts of one line put together.
fn joined(mut rules: Vec<Rule>, height: f32) -> Vec<Rule> {
    rules.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut joined: Vec<Rule> = Vec::new();
    for rule in rules {
        let before = joined.iter_mut().rev().find(|before| {
            (before.at - rule.at).abs() <= SAME * height && rule.from <= before.to + GAP * height
        });
        match before {
            Some(before) => {
                let (long, longer) = (before.length(), rule.length());
                before.at = (before.at * long + rule.at * longer) / (long + longer).max(1.0);
                before.to = before.to.max(rule.to);
            }
            None => joined.push(rule),
        }
    }
    joined.sort_by(|a, b| a.at.total_cmp(&b.at));
    joined
}
