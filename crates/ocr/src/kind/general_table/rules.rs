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

/// Letters of two lines that stand below each other are no higher, in heights of text.
const TWO_LINES: f32 = 3.0;
/// What ends in a line of text, further from its edges than this share of its height, ends in a letter.
const IN_TEXT: f32 = 0.15;

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
        rules.down.retain(|rule| !is_of_two_lines(rule, lines, height));
        rules.across = joined(rules.across, height);
        rules.down = joined(rules.down, height);
        rules.across.retain(|rule| !lines.iter().any(|line| is_under(rule, line, height)));
        let level = || lines.iter().filter(|line| !line.is_upended);
        let boxes: Vec<[f32; 4]> =
            level().map(|line| [line.left, line.right, line.top, line.bottom]).collect();
        let turned: Vec<[f32; 4]> =
            level().map(|line| [line.top, line.bottom, line.left, line.right]).collect();
        let across = rules.across.clone();
        rules.across.iter_mut().for_each(|rule| cut(rule, &rules.down, &boxes, height));
        rules.down.iter_mut().for_each(|rule| cut(rule, &across, &turned, height));
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

/// Whether it is of letters that stand below each other: it begins in one line of text and ends in another.
fn is_of_two_lines(rule: &Rule, lines: &[Piece], height: f32) -> bool {
    let is_in_text = |end: f32| {
        lines.iter().filter(|line| !line.is_upended).any(|line| {
            let inside = INSIDE * line.height();
            (line.left..=line.right).contains(&rule.at)
                && (line.top + inside..=line.bottom - inside).contains(&end)
        })
    };
    rule.length() < TWO_LINES * height && is_in_text(rule.from) && is_in_text(rule.to)
}

/// Takes from a ruling the letters at its ends: what ends in a line of text, and met another ruling before, ends there.
/// A box of text is from where to where it reaches along the ruling, and aside of it.
fn cut(rule: &mut Rule, others: &[Rule], boxes: &[[f32; 4]], height: f32) {
    let touch = SAME * height;
    let met: Vec<f32> = (others.iter())
        .filter(|other| (other.from - touch..=other.to + touch).contains(&rule.at))
        .map(|other| other.at)
        .collect();
    let text_at = |end: f32| {
        boxes.iter().find(|[from, to, aside, past]| {
            let inside = IN_TEXT * (past - aside).min(height);
            (*from..=*to).contains(&end) && (aside + inside..=past - inside).contains(&rule.at)
        })
    };
    let ends_at = |end: f32| met.iter().any(|at| (at - end).abs() <= touch);
    if let Some([_, to, ..]) = text_at(rule.from).filter(|_| !ends_at(rule.from)) {
        let first = met.iter().copied().filter(|at| *at > rule.from).fold(f32::MAX, f32::min);
        if first + touch > *to && first < rule.to {
            rule.from = first;
        }
    }
    if let Some([from, ..]) = text_at(rule.to).filter(|_| !ends_at(rule.to)) {
        let last = met.iter().copied().filter(|at| *at < rule.to).fold(f32::MIN, f32::max);
        if last - touch < *from && last > rule.from {
            rule.to = last;
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::general_table::piece;
    use crate::page::Ruling;
    use crate::sheet::tests::page;

    /// The rulings of a page with those lines of text, across and down: where they lie, from where and to where.
    fn rules(lines: &[(i32, i32, &str)], rulings: &[[i32; 4]]) -> (Vec<[i32; 3]>, Vec<[i32; 3]>) {
        let ruling = |&[x0, y0, x1, y1]: &[i32; 4]| Ruling { from: [x0, y0], to: [x1, y1], thickness: 2.0 };
        let page = Page { rulings: rulings.iter().map(ruling).collect(), ..page(lines) };
        let plane = Plane::of(&page, 30.0);
        let rules = Rules::of(&page, &plane, &piece::lines(&page, &plane), 30.0);
        let (left, top) = plane.to_plane([0, 0]);
        let places = |rules: &[Rule], at: f32, along: f32| {
            let place = |rule: &Rule| {
                [rule.at - at, rule.from - along, rule.to - along].map(|place| place.round() as i32)
            };
            rules.iter().map(place).collect()
        };
        (places(&rules.across, top, left), places(&rules.down, left, top))
    }

    #[test]
    fn a_ruling_ends_where_letters_begin() {
        // The ruling down goes on in a letter of the title; that across in one of the last cell.
        let lines = [(100, 50, "TITLE OF THIS"), (620, 135, "end"), (110, 200, "left")];
        let rulings = [
            [100, 100, 600, 100],
            [100, 150, 640, 150],
            [100, 260, 600, 260],
            [300, 60, 300, 260],
            [600, 100, 600, 260],
        ];
        let (across, down) = rules(&lines, &rulings);
        assert_eq!(across, [[100, 100, 600], [150, 100, 600], [260, 100, 600]]);
        assert_eq!(down, [[300, 100, 260], [600, 100, 260]]);
        // Where it meets another, and where it ends beside the text, it is as long as it is.
        let rulings = [[100, 65, 600, 65], [100, 260, 600, 260], [300, 65, 300, 260], [700, 65, 700, 260]];
        let (_, down) = rules(&lines, &rulings);
        assert_eq!(down, [[300, 65, 260], [700, 65, 260]]);
    }

    #[test]
    fn strokes_of_letters_below_each_other_are_no_ruling() {
        let lines = [(100, 100, "letters"), (100, 140, "letters")];
        let (_, down) = rules(&lines, &[[150, 106, 150, 164]]);
        assert_eq!(down, [] as [[i32; 3]; 0]);
        // One that is drawn between them reaches out of the text.
        let (_, down) = rules(&lines, &[[150, 96, 150, 175]]);
        assert_eq!(down, [[150, 96, 175]]);
    }
}
