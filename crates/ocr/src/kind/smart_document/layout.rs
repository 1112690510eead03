//! What each part of a page is: by its size, by where it stands, and by the words with which captions, notes and
//! numbers of pages begin. What is not sure is text.

use super::areas::{Paragraph, Strip, paragraphs, strips};
use super::reading_order::order;
use super::size::{Size, most};
use super::words::{
    IMAGES, TABLES, begins_note, ends_sentence, is_caption, is_chapter, is_of_letters, is_page_number,
};
use super::{Area, AreaKind, joined};
use crate::kind::general_table::{Laid, Piece, Placed};

/// Titles and headings are so many times as large as most of the text.
const TITLE: f32 = 1.28;
const HEADING: f32 = 1.16;
/// They have no more lines.
const TITLE_LINES: usize = 3;
const HEADING_LINES: usize = 2;
/// What stands at the edges of every page, and notes, are smaller than most of the text.
const SMALL: f32 = 0.87;
/// All of these are heights of text. So much room is between what stands at the edges of every page and the text.
const EDGE: f32 = 1.0;
/// A caption is so near its table.
const CAPTION: f32 = 2.0;
/// A line below a header, or above a footer, is so near and so long a part of the text's width.
const RULED: f32 = 1.2;
const RULED_WIDTH: f32 = 0.5;
/// Running text has lines of so many characters of Chinese, or letters for as much room; if they are more than two, of
/// fewer.
const RUNNING: f32 = 16.0;
const RUNNING_ON: f32 = 10.0;
/// A heading is so near to what it heads, in heights of text.
const HEADS: f32 = 3.0;
/// Pages with fewer lines say nothing about what most of their text is like.
const FEW_LINES: usize = 4;

/// A part of the page, before it has a place in the picture.
struct Part {
    kind: AreaKind,
    bounds: [f32; 4],
    text: String,
    lines: Vec<usize>,
}

/// The parts of a page in reading order.
pub(super) fn areas(laid: &Laid, tables: &[Placed], forms: &[Placed]) -> Vec<Area> {
    let (upended, level): (Vec<Piece>, Vec<Piece>) =
        laid.lines().into_iter().partition(|line| line.is_upended);
    let drawn = |of: &[Placed], kind: fn(usize) -> AreaKind| -> Vec<Part> {
        let part = |(at, placed): (usize, &Placed)| Part {
            kind: kind(at),
            bounds: placed.bounds,
            text: String::new(),
            lines: numbers(placed.pieces()),
        };
        of.iter().enumerate().map(part).collect()
    };
    let mut parts = drawn(tables, AreaKind::Table);
    let boxes: Vec<[f32; 4]> = parts.iter().map(|part| part.bounds).collect();
    parts.extend(drawn(forms, AreaKind::Form));
    let all: Vec<[f32; 4]> = parts.iter().map(|part| part.bounds).collect();
    let across = laid.across();
    let body = most(level.iter().chain(tables.iter().chain(forms).flat_map(Placed::pieces)));
    let count = level.len() + tables.iter().chain(forms).map(|placed| placed.pieces().count()).sum::<usize>();
    let is_divided = |above: &Strip, below: &Strip| {
        let between =
            |at: f32| above.bottom - 0.3 * above.height() <= at && at <= below.top + 0.3 * below.height();
        let is_ruled = |rule: &[f32; 3]| {
            between(rule[0])
                && rule[1] < above.right
                && rule[2] > above.left
                && rule[2] - rule[1] > 4.0 * above.height()
        };
        let is_next_note = below.size().times(&body) <= SMALL && begins_note(&below.text());
        is_next_note
            || across.iter().any(is_ruled)
            || all.iter().any(|area| {
                between((area[1] + area[3]) / 2.0) && area[0] < above.right && area[2] > above.left
            })
    };
    let paragraphs = paragraphs(strips(level), is_divided);
    let page = Seen::of(&paragraphs, &across, &all, body);
    for (at, kind) in page.kinds(&boxes, count >= FEW_LINES).into_iter().enumerate() {
        parts.push(of_paragraph(&paragraphs[at], kind));
    }
    parts.extend(upended.into_iter().map(|line| Part {
        kind: AreaKind::Text,
        bounds: [line.left, line.top, line.right, line.bottom],
        text: line.block().words,
        lines: vec![line.number()],
    }));
    let area = |part: Part| Area {
        kind: part.kind,
        location: laid.quad(part.bounds),
        text: part.text,
        lines: part.lines,
    };
    let bounds: Vec<[f32; 4]> = parts.iter().map(|part| part.bounds).collect();
    let mut parts: Vec<Option<Part>> = parts.into_iter().map(Some).collect();
    let in_order = order(&bounds, laid.height).into_iter();
    in_order.filter_map(|at| parts.get_mut(at)?.take()).map(area).collect()
}

fn of_paragraph(paragraph: &Paragraph, kind: AreaKind) -> Part {
    let texts: Vec<String> = paragraph.strips.iter().map(Strip::text).collect();
    let lines = numbers(paragraph.strips.iter().flat_map(|strip| &strip.pieces));
    Part { kind, bounds: paragraph.bounds(), text: joined(texts.iter().map(String::as_str)), lines }
}

/// Which lines of the page pieces are of.
fn numbers<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Vec<usize> {
    let mut lines: Vec<usize> = pieces.into_iter().map(Piece::number).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// The paragraphs of a page, and what is needed to tell what they are.
struct Seen<'a> {
    paragraphs: &'a [Paragraph],
    across: &'a [[f32; 3]],
    /// Tables and forms.
    others: &'a [[f32; 4]],
    texts: Vec<String>,
    bounds: Vec<[f32; 4]>,
    sizes: Vec<Size>,
    /// How large most of the text is.
    body: Size,
    /// How high its lines are.
    height: f32,
    /// From where to where it reaches across.
    left: f32,
    right: f32,
}

impl<'a> Seen<'a> {
    fn of(
        paragraphs: &'a [Paragraph],
        across: &'a [[f32; 3]],
        others: &'a [[f32; 4]],
        body: Size,
    ) -> Seen<'a> {
        let bounds: Vec<[f32; 4]> = paragraphs.iter().map(Paragraph::bounds).collect();
        let ends = || bounds.iter().chain(others);
        Seen {
            texts: paragraphs.iter().map(|paragraph| of_paragraph(paragraph, AreaKind::Text).text).collect(),
            sizes: paragraphs.iter().map(Paragraph::size).collect(),
            height: body.height,
            left: ends().map(|of| of[0]).fold(f32::MAX, f32::min),
            right: ends().map(|of| of[2]).fold(f32::MIN, f32::max),
            body,
            paragraphs,
            across,
            others,
            bounds,
        }
    }

    /// How many times as large as most of the text a paragraph is.
    fn times(&self, at: usize) -> f32 {
        self.sizes[at].times(&self.body)
    }

    /// What each paragraph is.
    fn kinds(&self, tables: &[[f32; 4]], has_body: bool) -> Vec<AreaKind> {
        let mut kinds = vec![AreaKind::Text; self.paragraphs.len()];
        for (at, kind) in kinds.iter_mut().enumerate() {
            if is_caption(&self.texts[at], IMAGES) && self.paragraphs[at].strips.len() <= HEADING_LINES {
                *kind = AreaKind::ImageCaption;
            }
            if is_caption(&self.texts[at], TABLES) && tables.iter().any(|table| self.is_near(at, table)) {
                *kind = AreaKind::TableCaption;
            }
        }
        if !has_body {
            return kinds;
        }
        let is_running = (0..kinds.len()).any(|at| self.is_running(at));
        if is_running {
            self.edges(&mut kinds);
            self.notes(&mut kinds);
        }
        self.title(&mut kinds);
        if is_running {
            self.headings(&mut kinds);
        }
        kinds
    }

    /// Whether it is running text: cards, labels and tickets have none.
    fn is_running(&self, at: usize) -> bool {
        let [left, _, right, _] = self.bounds[at];
        let ems = (right - left) / self.body.em();
        match self.paragraphs[at].strips.len() {
            0 | 1 => false,
            2 => ems >= RUNNING,
            _ => ems >= RUNNING_ON,
        }
    }

    /// Whether it stands close above or below a table.
    fn is_near(&self, at: usize, table: &[f32; 4]) -> bool {
        let [left, top, right, bottom] = self.bounds[at];
        let room = (table[1] - bottom).max(top - table[3]);
        left < table[2] && right > table[0] && (-0.5 * self.height..=CAPTION * self.height).contains(&room)
    }

    /// What stands above and below the text of every page.
    fn edges(&self, kinds: &mut [AreaKind]) {
        for is_top in [true, false] {
            // The row at the edge: what stands beside the outermost.
            let reach = |at: usize| if is_top { self.bounds[at][1] } else { -self.bounds[at][3] };
            let Some(outermost) = (0..kinds.len()).min_by(|a, b| reach(*a).total_cmp(&reach(*b))) else {
                return;
            };
            let [_, top, _, bottom] = self.bounds[outermost];
            let is_beside = |at: &usize| {
                let common = self.bounds[*at][3].min(bottom) - self.bounds[*at][1].max(top);
                common > 0.4 * (self.bounds[*at][3] - self.bounds[*at][1])
            };
            let row: Vec<usize> = (0..kinds.len()).filter(is_beside).collect();
            let is_alone = row.iter().all(|at| self.paragraphs[*at].strips.len() == 1);
            // How far it is to what is next, and whether a line is between.
            let rest = (0..kinds.len()).filter(|at| !row.contains(at)).map(|at| self.bounds[at]);
            let rooms = rest.chain(self.others.iter().copied());
            let room =
                rooms.map(|of| if is_top { of[1] - bottom } else { top - of[3] }).fold(f32::MAX, f32::min);
            let is_of_table = |at: f32| {
                let reach = 0.5 * self.height;
                self.others.iter().any(|other| other[1] - reach <= at && at <= other[3] + reach)
            };
            let is_ruled = self.across.iter().filter(|rule| !is_of_table(rule[0])).any(|rule| {
                let away = if is_top { rule[0] - bottom } else { top - rule[0] };
                (-0.3 * self.height..=RULED * self.height).contains(&away)
                    && rule[2] - rule[1] >= RULED_WIDTH * (self.right - self.left)
            });
            if !is_alone || room < EDGE * self.height || room == f32::MAX {
                continue;
            }
            for at in row {
                let size = self.times(at);
                if is_page_number(&self.texts[at]) {
                    kinds[at] = AreaKind::PageNumber;
                } else if (size <= SMALL || is_ruled && size <= HEADING)
                    && (is_top || !begins_note(&self.texts[at]))
                {
                    kinds[at] = if is_top { AreaKind::Header } else { AreaKind::Footer };
                }
            }
        }
    }

    /// Notes: small, with a mark before them, and nothing else below them.
    fn notes(&self, kinds: &mut [AreaKind]) {
        let mut order: Vec<usize> = (0..kinds.len()).collect();
        order.sort_by(|a, b| self.bounds[*b][1].total_cmp(&self.bounds[*a][1]));
        for at in order {
            match kinds[at] {
                AreaKind::Footer | AreaKind::PageNumber => continue,
                AreaKind::Text if self.times(at) <= SMALL && begins_note(&self.texts[at]) => {
                    kinds[at] = AreaKind::Footnote;
                }
                _ => return,
            }
        }
    }

    fn is_large(&self, at: usize, times: f32, lines: usize) -> bool {
        self.times(at) >= times && self.paragraphs[at].strips.len() <= lines && is_of_letters(&self.texts[at])
    }

    /// The largest text, if nothing but small text stands above it.
    fn title(&self, kinds: &mut [AreaKind]) {
        let open = |at: &usize| kinds[*at] == AreaKind::Text;
        let titles = (0..kinds.len()).filter(open).filter(|at| self.is_large(*at, TITLE, TITLE_LINES));
        let Some(title) = titles.max_by(|a, b| self.times(*a).total_cmp(&self.times(*b))) else { return };
        let top = self.bounds[title][1];
        let is_above = |other: &usize| {
            open(other) && self.bounds[*other][3] <= top && !self.is_large(*other, HEADING, TITLE_LINES)
        };
        if !(0..kinds.len()).any(|at| is_above(&at)) && self.others.iter().all(|other| other[3] > top) {
            kinds[title] = AreaKind::Title;
        }
    }

    /// What is larger than the text, and stands above some of it or above a table.
    fn headings(&self, kinds: &mut [AreaKind]) {
        for at in 0..kinds.len() {
            if kinds[at] != AreaKind::Text {
                continue;
            }
            let is_heading = self.is_large(at, HEADING, HEADING_LINES) && !ends_sentence(&self.texts[at]);
            if is_chapter(&self.texts[at]) || is_heading && self.heads(at, kinds) {
                kinds[at] = AreaKind::SubTitle;
            }
        }
    }

    fn heads(&self, at: usize, kinds: &[AreaKind]) -> bool {
        let [left, _, right, bottom] = self.bounds[at];
        let is_below = |other: &[f32; 4]| {
            let room = other[1] - bottom;
            (-0.5 * self.height..=HEADS * self.height).contains(&room) && other[0] < right && left < other[2]
        };
        let is_text = |other: usize| {
            matches!(kinds[other], AreaKind::Text | AreaKind::TableCaption | AreaKind::SubTitle)
        };
        let mut texts = (0..kinds.len()).filter(|other| *other != at && is_text(*other));
        texts.any(|other| is_below(&self.bounds[other])) || self.others.iter().any(is_below)
    }
}
