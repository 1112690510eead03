//! A page that was read, to be looked at for more than its text: its lines as they lie on the page once it stands upright,
//! each with its characters one by one.

use crate::page::{Block, Char, Page, Quad};

/// The least share of a line that is beside another one in its row.
const BESIDE: f32 = 0.4;

/// Characters of the older form, each before the simplified one for which it may be read.
const OLDER: &str = "粵粤滬沪遼辽魯鲁贛赣晉晋陝陕閩闽貴贵瓊琼黃黄國国縣县號号東东陳陈劉刘張张吳吴楊杨許许鄭郑謝谢葉叶蘇苏盧卢趙赵顏颜孫孙馬马龍龙華华麗丽強强夢梦瑤瑶書书慶庆偉伟軒轩揚扬雲云長长門门開开關关區区鎮镇鄉乡廣广寧宁濟济納纳電电車车發发證证錄录\
    貿贸業业飲饮館馆廠厂術术務务陸陆貳贰參叁萬万圓圆無无機机動动經经營营執执類类屬属聯联豐丰賀贺凱凯傑杰賓宾維维環环義义樂乐億亿邊边遠远運运達达進进連连選选錢钱銀银鋼钢鐵铁錦锦";

/// The lines of a page, in reading order.
pub(crate) struct Sheet {
    lines: Vec<Line>,
    along: (f32, f32),
}

/// A line of text.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Its characters without spaces.
    pub glyphs: Vec<Glyph>,
    /// Where it lies, with the page upright.
    pub left: f32,
    pub right: f32,
    pub top: f32,
    pub bottom: f32,
    /// Whether it runs down the page instead of across: beside several rows, and in none.
    pub is_down: bool,
    /// Its place in reading order.
    pub order: usize,
}

/// A character of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Glyph {
    pub char: char,
    pub confidence: f32,
    pub location: Quad,
    /// Whether a space stands before it.
    pub is_apart: bool,
}

impl Sheet {
    pub fn of(page: &Page) -> Sheet {
        let mut sheet = Sheet { lines: Vec::with_capacity(page.blocks.len()), along: along(page) };
        for (order, block) in page.blocks.iter().enumerate() {
            let corners = sheet.upright(block.location);
            // Of a line that leans, the middle of its slanting sides.
            let (top, bottom) = ((corners[0].1 + corners[1].1) / 2.0, (corners[2].1 + corners[3].1) / 2.0);
            sheet.lines.push(Line {
                glyphs: glyphs(block),
                left: corners[0].0.min(corners[3].0),
                right: corners[1].0.max(corners[2].0),
                top: top.min(bottom),
                bottom: top.max(bottom),
                is_down: (corners[1].1 - corners[0].1).abs() > (corners[1].0 - corners[0].0).abs(),
                order,
            });
        }
        sheet
    }

    /// Of a document of the mainland of China, which has simplified characters by law.
    pub fn of_mainland(page: &Page) -> Sheet {
        let mut sheet = Sheet::of(page);
        for glyph in sheet.lines.iter_mut().flat_map(|line| &mut line.glyphs) {
            glyph.char = simplified(glyph.char);
        }
        sheet
    }

    /// The lines in reading order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The lines in rows: what stands beside each other, from left to right, from top to bottom.
    pub fn rows(&self) -> Vec<Vec<&Line>> {
        self.rows_but(|_| false)
    }

    /// The same without some of the lines.
    pub fn rows_but(&self, is_left_out: impl Fn(&Line) -> bool) -> Vec<Vec<&Line>> {
        let is_there = |line: &&Line| !line.glyphs.is_empty() && !line.is_down && !is_left_out(line);
        let mut lines: Vec<&Line> = self.lines.iter().filter(is_there).collect();
        lines.sort_by(|a, b| a.left.total_cmp(&b.left));
        let mut rows: Vec<Vec<&Line>> = Vec::new();
        for line in lines {
            // Of two rows, the one whose end is nearer; of a label in two lines, the one that it is more beside.
            let beside =
                |row: &Vec<&Line>| row.last().and_then(|last| Some((last.right, last.is_beside(line)?)));
            let most = (0..rows.len()).rev().filter_map(|at| Some((at, beside(&rows[at])?)));
            let most = most.max_by(|(_, a), (_, b)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let most = most.map(|(at, _)| at);
            match most.and_then(|at| rows.get_mut(at)) {
                Some(row) => row.push(line),
                None => rows.push(vec![line]),
            }
        }
        rows.sort_by(|a, b| a[0].top.total_cmp(&b[0].top));
        rows
    }

    /// From where to where a character reaches across the upright page.
    pub fn across(&self, glyph: &Glyph) -> (f32, f32) {
        let corners = self.upright(glyph.location);
        ((corners[0].0 + corners[3].0) / 2.0, (corners[1].0 + corners[2].0) / 2.0)
    }

    /// Where corners lie with the page upright.
    fn upright(&self, corners: Quad) -> [(f32, f32); 4] {
        let (x, y) = self.along;
        corners.map(|[px, py]| {
            let (px, py) = (px as f32, py as f32);
            (px * x + py * y, py * x - px * y)
        })
    }
}

impl Line {
    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// If the other one, to its right, is in the same row, how much of them is beside each other: much of the lower one is
    /// beside the higher one. What stands beside a label in two lines is half beside either.
    fn is_beside(&self, other: &Line) -> Option<f32> {
        let common = self.bottom.min(other.bottom) - self.top.max(other.top);
        (common > BESIDE * self.height().min(other.height()) && other.left > self.left).then_some(common)
    }
}

/// The simplified character that one of the older form is; and a letter or digit in the width of others.
pub(crate) fn simplified(char: char) -> char {
    if matches!(char, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ') {
        const TO_NARROW: u32 = 'Ａ' as u32 - 'A' as u32;
        return char::from_u32(char as u32 - TO_NARROW).unwrap_or(char);
    }
    let mut pairs = OLDER.chars();
    while let (Some(older), Some(simple)) = (pairs.next(), pairs.next()) {
        if older == char {
            return simple;
        }
    }
    char
}

/// Which way most of the text runs, as a vector of length 1: by the lines that run so, not by those across them.
pub(crate) fn along(page: &Page) -> (f32, f32) {
    let most = sum(page, |_| true);
    sum(page, |(x, y)| (x * most.0 + y * most.1).abs() > (x * most.1 - y * most.0).abs())
}

/// The direction of these lines together.
fn sum(page: &Page, is_one: impl Fn((f32, f32)) -> bool) -> (f32, f32) {
    let (mut x, mut y) = (0.0, 0.0);
    for Block { location: [from, to, ..], .. } in &page.blocks {
        let line = ((to[0] - from[0]) as f32, (to[1] - from[1]) as f32);
        if is_one(line) {
            x += line.0;
            y += line.1;
        }
    }
    let length = x.hypot(y);
    if length > 0.0 { (x / length, y / length) } else { (1.0, 0.0) }
}

/// The characters of a block. Of one that was read without them, all are as sure and stand where it does.
pub(crate) fn glyphs(block: &Block) -> Vec<Glyph> {
    let mut glyphs = Vec::with_capacity(block.words.len());
    let mut is_apart = false;
    for char in block.words.chars() {
        if char.is_whitespace() {
            is_apart = true;
            continue;
        }
        let (confidence, location) = (block.confidence, block.location);
        glyphs.push(Glyph { char, confidence, location, is_apart });
        is_apart = false;
    }
    if glyphs.len() == block.chars.len() {
        for (glyph, Char { confidence, location, .. }) in glyphs.iter_mut().zip(&block.chars) {
            (glyph.confidence, glyph.location) = (*confidence, *location);
        }
    }
    glyphs
}

/// A run of characters: what a field is made of.
pub(crate) trait Run {
    /// As it is read aloud: with its spaces.
    fn text(&self) -> String;
    /// Without spaces.
    fn dense(&self) -> String;
    /// How likely all of it is right: each of its characters is.
    fn confidence(&self) -> f32;
    /// Where it stands.
    fn location(&self) -> Option<Quad>;
}

impl Run for [Glyph] {
    fn text(&self) -> String {
        let mut text = String::with_capacity(self.len());
        for (at, glyph) in self.iter().enumerate() {
            if at > 0 && glyph.is_apart {
                text.push(' ');
            }
            text.push(glyph.char);
        }
        text
    }

    fn dense(&self) -> String {
        self.iter().map(|glyph| glyph.char).collect()
    }

    fn confidence(&self) -> f32 {
        if self.is_empty() { 0.0 } else { self.iter().map(|glyph| glyph.confidence).product() }
    }

    fn location(&self) -> Option<Quad> {
        let (first, last) = (self.first()?.location, self.last()?.location);
        Some([first[0], last[1], last[2], first[3]])
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A page with these lines: where each begins, and what it says, in letters of 20 px a column.
    pub(crate) fn page(lines: &[(i32, i32, &str)]) -> Page {
        page_of(lines, 0.99)
    }

    /// The same, with every character so sure.
    pub(crate) fn page_of(lines: &[(i32, i32, &str)], confidence: f32) -> Page {
        let block = |&(left, top, words): &(i32, i32, &str)| {
            let quad = |from: i32, to: i32| {
                [
                    [left + 20 * from, top],
                    [left + 20 * to, top],
                    [left + 20 * to, top + 30],
                    [left + 20 * from, top + 30],
                ]
            };
            let chars = (0..).zip(words.chars()).filter(|(_, char)| !char.is_whitespace());
            Block {
                words: words.to_owned(),
                confidence,
                location: quad(0, words.chars().count() as i32),
                chars: chars
                    .map(|(at, char)| Char { char, location: quad(at, at + 1), confidence })
                    .collect(),
            }
        };
        Page { blocks: lines.iter().map(block).collect(), ..Page::blank(1000, 1000) }
    }

    /// The page lying on its side: turned clockwise.
    fn turned(page: &Page) -> Page {
        let turn = |quad: Quad| quad.map(|[x, y]| [1000 - y, x]);
        let mut page = page.clone();
        for block in &mut page.blocks {
            block.location = turn(block.location);
            block.chars.iter_mut().for_each(|char| char.location = turn(char.location));
        }
        page
    }

    #[test]
    fn rows_are_the_same_however_the_page_lies() {
        let page = page(&[(300, 108, "b c"), (40, 100, "a"), (60, 150, "d"), (500, 30, "top")]);
        for page in [page.clone(), turned(&page)] {
            let sheet = Sheet::of(&page);
            let rows: Vec<Vec<String>> =
                sheet.rows().iter().map(|row| row.iter().map(|line| line.glyphs.text()).collect()).collect();
            assert_eq!(rows, [vec!["top"], vec!["a", "b c"], vec!["d"]]);
        }
    }

    #[test]
    fn what_runs_down_the_page_is_in_no_row() {
        let mut page = page(&[(40, 100, "a line"), (300, 108, "beside"), (0, 100, "down")]);
        page.blocks[2].location = [[30, 60], [30, 200], [0, 200], [0, 60]];
        let sheet = Sheet::of(&page);
        let rows: Vec<usize> = sheet.rows().iter().map(Vec::len).collect();
        assert_eq!((rows, sheet.lines().len()), (vec![2], 3));
    }

    #[test]
    fn the_mainland_has_simplified_characters() {
        let page = page(&[(0, 0, "黃明怡 Ａ１")]);
        let sheet = Sheet::of_mainland(&page);
        assert_eq!(sheet.lines()[0].glyphs.text(), "黄明怡 A1");
        assert_eq!(OLDER.chars().count() % 2, 0);
    }

    #[test]
    fn a_run_is_as_sure_as_all_of_its_characters() {
        let page = page_of(&[(0, 0, "ab cd")], 0.5);
        let sheet = Sheet::of(&page);
        let run = &sheet.lines()[0].glyphs[1..3];
        assert_eq!((run.text(), run.dense(), run.confidence()), ("b c".into(), "bc".into(), 0.25));
        assert_eq!(run.location(), Some([[20, 0], [80, 0], [80, 30], [20, 30]]));
        assert_eq!((run[..0].confidence(), run[..0].location()), (0.0, None));
    }

    #[test]
    fn without_characters_a_line_stands_for_them() {
        let mut page = page_of(&[(0, 0, "ab")], 0.9);
        page.blocks[0].chars.clear();
        let sheet = Sheet::of(&page);
        let glyphs = &sheet.lines()[0].glyphs;
        assert_eq!((glyphs.len(), glyphs[1].confidence), (2, 0.9));
        assert_eq!(glyphs[1].location, page.blocks[0].location);
    }
}
