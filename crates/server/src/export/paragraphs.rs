//! Which lines of a page belong together. Lines that stand below each other, begin at the same edge and are of one size
//! are a paragraph, up to a line that ends so early that the next word would have fitted on it, or to the next item of a
//! list. No more is supposed: columns, tables and headings stay the rows they are.

use ocr::{Block, Page};
use unicode_width::UnicodeWidthChar;

/// Most room between two lines of a paragraph, in heights of the lower one.
const GAP: f32 = 0.7;
/// How far apart the left edges of two lines of a paragraph are at most, in heights.
const INDENT: f32 = 0.6;
/// How much higher a line of a paragraph is than its neighbour at most.
const HIGHER: f32 = 1.35;

/// A block as seen by who reads it: along its text and down from line to line, on turned pages too. In pixels.
struct Line<'a> {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    words: &'a str,
}

/// The paragraphs of a page from its top. What stands in one row is divided by tabs.
pub(super) fn paragraphs(page: &Page) -> Vec<String> {
    let rows = rows(page);
    let mut paragraphs = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        let run = 1 + rows[at..].windows(2).take_while(|pair| belong_together(&pair[0], &pair[1])).count();
        let lines = &rows[at..at + run];
        at += run;
        // The edge at which lines of the run are broken.
        let edge = lines.iter().filter_map(|row| row.last()).map(|line| line.right).fold(0.0, f32::max);
        let mut text = words(&lines[0]);
        for pair in lines.windows(2) {
            let next = words(&pair[1]);
            if ends_early(&pair[0], &pair[1], edge) {
                paragraphs.push(std::mem::replace(&mut text, next));
            } else {
                join(&mut text, &next);
            }
        }
        paragraphs.push(text);
    }
    paragraphs
}

fn rows(page: &Page) -> Vec<Vec<Line<'_>>> {
    let (x, y) = direction(&page.blocks);
    let mut rows: Vec<Vec<Line<'_>>> = Vec::new();
    for block in &page.blocks {
        let line = line(block, x, y);
        match rows.last_mut() {
            Some(row) if row.last().is_some_and(|before| is_beside(before, &line)) => row.push(line),
            _ => rows.push(vec![line]),
        }
    }
    rows
}

/// The unit vector along the text of most blocks.
fn direction(blocks: &[Block]) -> (f32, f32) {
    let mut sum = (0.0, 0.0);
    for block in blocks {
        let [from, to, ..] = block.location;
        sum.0 += (to[0] - from[0]) as f32;
        sum.1 += (to[1] - from[1]) as f32;
    }
    let length = sum.0.hypot(sum.1);
    if length > 0.0 { (sum.0 / length, sum.1 / length) } else { (1.0, 0.0) }
}

fn line(block: &Block, x: f32, y: f32) -> Line<'_> {
    let corners = block.location.map(|[across, down]| (across as f32, down as f32));
    let along = corners.map(|(across, down)| across * x + down * y);
    let below = corners.map(|(across, down)| down * x - across * y);
    let least = |of: [f32; 4]| of.into_iter().fold(f32::MAX, f32::min);
    let most = |of: [f32; 4]| of.into_iter().fold(f32::MIN, f32::max);
    Line {
        left: least(along),
        right: most(along),
        top: least(below),
        bottom: most(below),
        words: &block.words,
    }
}

impl Line<'_> {
    fn height(&self) -> f32 {
        (self.bottom - self.top).max(1.0)
    }

    /// How wide the first word is: its share of the line. Where words are not divided, a character.
    fn first_word(&self) -> f32 {
        let wide = |text: &str| text.chars().map(|letter| letter.width().unwrap_or(0)).sum::<usize>() as f32;
        let word = match self.words.chars().next() {
            Some(letter) if is_undivided(letter) => &self.words[..letter.len_utf8()],
            _ => self.words.split_whitespace().next().unwrap_or_default(),
        };
        (self.right - self.left) * wide(word) / wide(self.words).max(1.0)
    }
}

fn is_beside(before: &Line<'_>, line: &Line<'_>) -> bool {
    let overlap = before.bottom.min(line.bottom) - before.top.max(line.top);
    overlap > before.height().min(line.height()) / 2.0 && line.left >= before.right - line.height()
}

fn belong_together(above: &[Line<'_>], below: &[Line<'_>]) -> bool {
    let ([above], [below]) = (above, below) else { return false };
    if begins_item(below.words) {
        return false;
    }
    let height = below.height();
    let gap = below.top - above.bottom;
    let ratio = height / above.height();
    gap.abs() <= GAP * height
        && (below.left - above.left).abs() <= INDENT * height
        && (1.0 / HIGHER..=HIGHER).contains(&ratio)
}

/// Whether it begins with what stands before the items of a list.
fn begins_item(words: &str) -> bool {
    let number = words.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let is_numbered = number.len() < words.len() && [". ", ") "].iter().any(|end| number.starts_with(end));
    words.starts_with(['•', '●', '○', '◦', '▪', '■', '□'])
        || ["- ", "– ", "* "].iter().any(|mark| words.starts_with(mark))
        || is_numbered
}

/// Whether the first word of the lower line would have had room behind the upper one, with a space before it.
fn ends_early(above: &[Line<'_>], below: &[Line<'_>], edge: f32) -> bool {
    let ([above], [below]) = (above, below) else { return true };
    above.right + below.first_word() + 0.5 * below.height() < edge
}

fn words(row: &[Line<'_>]) -> String {
    row.iter().map(|line| line.words).collect::<Vec<_>>().join("\t")
}

/// Goes on with a line: behind a space, but for scripts that have none, and behind a hyphen.
fn join(text: &mut String, next: &str) {
    let (Some(last), Some(first)) = (text.chars().last(), next.chars().next()) else {
        text.push_str(next);
        return;
    };
    let is_hyphened = last == '-' && first.is_lowercase();
    let is_close = is_undivided(last) && is_undivided(first);
    if !(is_hyphened || is_close) {
        text.push(' ');
    }
    text.push_str(next);
}

/// Whether it is of a script whose words are not divided by spaces: Chinese or Japanese with its punctuation, not Korean.
fn is_undivided(letter: char) -> bool {
    letter.width() == Some(2) && !matches!(u32::from(letter), 0x1100..=0x11ff | 0xac00..=0xd7a3)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{line, page};
    use super::*;

    #[test]
    fn lines_below_each_other_are_a_paragraph() {
        let found = paragraphs(&page(vec![
            line("A heading", [50, 40], [300, 50]),
            line("The first line of a text that", [50, 100], [500, 20]),
            line("goes on in the next and ends with well-", [52, 128], [510, 20]),
            line("known words.", [49, 156], [120, 20]),
            line("This is another, as the line above it ended", [50, 184], [505, 20]),
            line("early.", [50, 212], [60, 20]),
            line("And this stands further down.", [50, 270], [330, 20]),
            line("An indented one", [120, 298], [300, 20]),
        ]));
        let wanted = [
            "A heading",
            "The first line of a text that goes on in the next and ends with well-known words.",
            "This is another, as the line above it ended early.",
            "And this stands further down.",
            "An indented one",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn rows_stay_rows() {
        let found = paragraphs(&page(vec![
            line("Coffee", [50, 100], [80, 20]),
            line("2.50", [400, 101], [50, 20]),
            line("Tea", [50, 128], [40, 20]),
            line("2.20", [400, 127], [50, 20]),
        ]));
        assert_eq!(found, ["Coffee\t2.50", "Tea\t2.20"]);
    }

    #[test]
    fn items_of_a_list_are_paragraphs_of_their_own() {
        let found = paragraphs(&page(vec![
            line("What is needed every day:", [50, 100], [300, 20]),
            line("• bread, of which there must be enough for the", [50, 128], [500, 20]),
            line("whole day", [52, 156], [100, 20]),
            line("- milk", [50, 184], [60, 20]),
            line("10. salt, of which there must be enough for", [50, 212], [495, 20]),
            line("2026 and what follows", [50, 240], [220, 20]),
        ]));
        let wanted = [
            "What is needed every day:",
            "• bread, of which there must be enough for the whole day",
            "- milk",
            "10. salt, of which there must be enough for 2026 and what follows",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn chinese_is_joined_without_spaces() {
        let found = paragraphs(&page(vec![
            line("本公司定于十月一日起", [50, 100], [200, 20]),
            line("暂停营业。", [50, 128], [100, 20]),
        ]));
        assert_eq!(found, ["本公司定于十月一日起暂停营业。"]);
    }

    /// The same page, lying on its side.
    #[test]
    fn a_turned_page_has_the_same_paragraphs() {
        let mut blocks = vec![
            line("The first line of a text", [50, 100], [500, 20]),
            line("that goes on.", [50, 128], [200, 20]),
            line("Another one", [50, 400], [300, 20]),
        ];
        let upright = paragraphs(&page(blocks.clone()));
        for block in &mut blocks {
            block.location = block.location.map(|[x, y]| [800 - y, x]);
        }
        assert_eq!(paragraphs(&page(blocks)), upright);
        assert_eq!(upright, ["The first line of a text that goes on.", "Another one"]);
    }
}
