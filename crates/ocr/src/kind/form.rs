//! Forms: labels that are printed, and what was filled in beside them, which may go on in lines below.

use super::label::{distance_within, says};
use crate::sheet::{Glyph, Line, Run as _, Sheet};

/// The field a label is of, and the words it is printed with on one form or another.
pub(super) type Label = (&'static str, &'static [&'static str]);

/// A word of so many characters or more may have one that was misread.
const LONG: usize = 4;
/// A label stands apart from what is before it by so much of a line's height.
const APART: f32 = 0.4;
/// What is farther away than so many heights is not part of a value any more.
const FAR: f32 = 3.5;
/// Nor is it where it begins, if that is so many heights from its label.
const TOO_FAR: f32 = 14.0;
/// A value that goes on does so within so many heights below, and begins within so many of where it began.
const BELOW: f32 = 0.95;
const ASIDE: f32 = 0.8;

/// A label is there once, or with its other side, its second line, or the other party: more often is running text.
const MOST: usize = 8;

/// A page whose labels were found.
pub(super) struct Form<'a> {
    sheet: &'a Sheet,
    rows: Vec<Vec<&'a Line>>,
    marks: Vec<Mark>,
    aside: Vec<Vec<char>>,
}

/// A label on the page: in which row, and which of the row's characters.
#[derive(Debug, Clone, Copy)]
struct Mark {
    field: &'static str,
    row: usize,
    from: usize,
    to: usize,
    wrong: usize,
}

impl<'a> Form<'a> {
    /// Looks for labels. Lines that say one of the words `aside`, which are given without spaces in lower case, are left
    /// out: translations that stand under the labels.
    pub fn of(sheet: &'a Sheet, labels: &[Label], aside: &[&str]) -> Form<'a> {
        let is_chinese =
            |line: &Line| line.glyphs.iter().any(|glyph| ('\u{4e00}'..='\u{9fff}').contains(&glyph.char));
        let is_aside = |line: &Line| !is_chinese(line) && aside.iter().any(|word| says(line, word));
        let mut form = Form::without(sheet, labels, is_aside);
        form.aside = aside.iter().map(|word| word.chars().collect()).collect();
        form
    }

    /// Looks for labels on a page without some of its lines.
    pub fn without(sheet: &'a Sheet, labels: &[Label], is_left_out: impl Fn(&Line) -> bool) -> Form<'a> {
        let rows = sheet.rows_but(is_left_out);
        let mut form = Form { sheet, rows, marks: Vec::new(), aside: Vec::new() };
        for row in 0..form.rows.len() {
            for mark in form.marks_of(row, labels) {
                if form.marks.iter().filter(|other| other.field == mark.field).count() < MOST {
                    form.marks.push(mark);
                }
            }
        }
        form.marks.extend(form.misread(labels));
        form
    }

    /// How many of these labels it has.
    pub fn count(&self, fields: &[&str]) -> usize {
        fields.iter().filter(|field| self.has(field)).count()
    }

    /// Whether it has a label.
    pub fn has(&self, field: &str) -> bool {
        self.marks.iter().any(|mark| mark.field == field)
    }

    /// What stands beside a label: nothing if the label is not there, or nothing stands there.
    pub fn beside(&self, field: &str) -> Vec<Glyph> {
        self.first_value(|mark| mark.field == field)
    }

    /// The same of a label in a row below that of another one, for one that is there twice.
    pub fn beside_below(&self, field: &str, other: &str) -> Vec<Glyph> {
        let Some(row) = self.mark(other).map(|mark| mark.row) else { return Vec::new() };
        self.first_value(|mark| mark.field == field && mark.row > row)
    }

    /// The same of one that is not below.
    pub fn beside_above(&self, field: &str, other: &str) -> Vec<Glyph> {
        let Some(row) = self.mark(other).map(|mark| mark.row) else { return Vec::new() };
        self.first_value(|mark| mark.field == field && mark.row <= row)
    }

    /// Everything that stands right of a label in its row, whatever it is; of each of its lines.
    pub fn rest(&self, field: &str) -> Vec<Vec<Glyph>> {
        let marks = self.marks.iter().filter(|mark| mark.field == field);
        marks.map(|mark| self.glyphs(mark.row).skip(mark.to).collect()).collect()
    }

    /// From where to where a label reaches across the page.
    pub fn span(&self, field: &str) -> Option<(f32, f32)> {
        let mark = self.mark(field)?;
        let mut glyphs = self.glyphs(mark.row).skip(mark.from).take(mark.to - mark.from);
        let first = glyphs.next()?;
        let last = glyphs.last().unwrap_or(first);
        Some((self.sheet.across(&first).0, self.sheet.across(&last).1))
    }

    /// From where to where the line of a label reaches down the page.
    pub fn height_of(&self, field: &str) -> Option<(f32, f32)> {
        let line = self.line_of(&self.glyph_of(self.mark(field)?)?)?;
        Some((line.top, line.bottom))
    }

    /// The rows below a label and above the first of others.
    pub fn rows_between(&self, field: &str, others: &[&str]) -> &[Vec<&'a Line>] {
        let Some(from) = self.mark(field).map(|mark| mark.row + 1) else { return &[] };
        let ends = self.marks.iter().filter(|mark| mark.row >= from && others.contains(&mark.field));
        let to = ends.map(|mark| mark.row).min().unwrap_or(from);
        &self.rows[from..to]
    }

    /// Of a label that is there twice, or in two lines, the value of the one that has any.
    fn first_value(&self, is_one: impl Fn(&Mark) -> bool) -> Vec<Glyph> {
        let mut marks: Vec<&Mark> = self.marks.iter().filter(|mark| is_one(mark)).collect();
        marks.sort_by_key(|mark| mark.wrong);
        marks.into_iter().map(|mark| self.value(mark)).find(|value| !value.is_empty()).unwrap_or_default()
    }

    /// What stands beside a label and goes on below.
    pub fn text(&self, field: &str) -> Vec<Glyph> {
        let mut value = self.beside(field);
        let Some(mut last) = value.first().and_then(|first| self.line_of(first)) else { return value };
        let left = self.sheet.across(&value[0]).0;
        let taken = self.lines_with_labels();
        let goes_on = |line: &&Line, last: &Line| {
            let height = last.height().min(line.height());
            let middle = (last.top + last.bottom) / 2.0;
            (line.top + line.bottom) / 2.0 > middle + 0.6 * height
                && line.top - last.bottom < BELOW * height
                && (line.left - left).abs() < ASIDE * height
                && line.height() < 1.6 * last.height()
                && !taken.contains(&line.order)
        };
        while let Some(next) = self
            .sheet
            .lines()
            .iter()
            .filter(|line| !line.glyphs.is_empty() && goes_on(line, last))
            .min_by(|a, b| a.top.total_cmp(&b.top))
        {
            value.extend_from_slice(&next.glyphs);
            last = next;
        }
        value
    }

    /// The lines that stand left of all of these labels and not above the first of them.
    pub fn left_of(&self, fields: &[&str]) -> Vec<&'a Line> {
        let lines = || fields.iter().filter_map(|field| self.line_of(&self.glyph_of(self.mark(field)?)?));
        let (Some(left), Some(top)) = (
            lines().map(|line| line.left).min_by(f32::total_cmp),
            lines().map(|line| line.top).min_by(f32::total_cmp),
        ) else {
            return Vec::new();
        };
        let taken = self.lines_with_labels();
        let is_there = |line: &&Line| line.right < left && line.bottom > top && !taken.contains(&line.order);
        let mut found: Vec<&Line> = self.rows.iter().flatten().copied().filter(is_there).collect();
        found.sort_by(|a, b| a.top.total_cmp(&b.top));
        found
    }

    fn mark(&self, field: &str) -> Option<&Mark> {
        let marks = self.marks.iter().filter(|mark| mark.field == field);
        marks.min_by_key(|mark| mark.wrong)
    }

    fn glyphs(&self, row: usize) -> impl Iterator<Item = Glyph> {
        self.rows[row].iter().flat_map(|line| line.glyphs.iter().copied())
    }

    fn glyph_of(&self, mark: &Mark) -> Option<Glyph> {
        self.glyphs(mark.row).nth(mark.from)
    }

    /// The line in which a character stands.
    fn line_of(&self, glyph: &Glyph) -> Option<&'a Line> {
        self.rows.iter().flatten().copied().find(|line| line.glyphs.contains(glyph))
    }

    /// The lines that are labels, or beside one.
    fn lines_with_labels(&self) -> Vec<usize> {
        let mut taken = Vec::new();
        for mark in &self.marks {
            let value = self.value(mark);
            let ends =
                self.glyph_of(mark).into_iter().chain(value.first().copied()).chain(value.last().copied());
            taken.extend(ends.filter_map(|glyph| self.line_of(&glyph)).map(|line| line.order));
        }
        taken
    }

    /// What stands after a label, up to the next one or to a gap.
    fn value(&self, mark: &Mark) -> Vec<Glyph> {
        let next = self.marks.iter().filter(|other| other.row == mark.row && other.from >= mark.to);
        let end = next.map(|other| other.from).min().unwrap_or(usize::MAX);
        let height = self.height(mark.row);
        let mut before = self.glyphs(mark.row).take(mark.to).last();
        let mut value: Vec<Glyph> = Vec::new();
        for (at, glyph) in self.glyphs(mark.row).enumerate() {
            if at < mark.to || (value.is_empty() && matches!(glyph.char, ':' | '：' | '.' | '·' | ';')) {
                continue;
            }
            let far = if value.is_empty() { TOO_FAR } else { FAR };
            let gap = before.map_or(0.0, |last| self.sheet.across(&glyph).0 - self.sheet.across(&last).1);
            before = Some(glyph);
            if at >= end || gap > far * height {
                break;
            }
            value.push(glyph);
        }
        value.drain(..self.translated(&value));
        value
    }

    /// How many characters of a value are its label's translation, which was read as one with it.
    fn translated(&self, value: &[Glyph]) -> usize {
        let is_part = |glyph: &&Glyph| glyph.char.is_ascii_alphabetic() || glyph.char == '.';
        let length = value.iter().take_while(is_part).count();
        let text: Vec<char> = value[..length].dense().to_lowercase().chars().collect();
        let is_like = |word: &&Vec<char>| {
            text.len().abs_diff(word.len()) <= 1
                && distance_within(&text, word) <= word.len() / 4 + usize::from(word.len() == 3)
        };
        if self.aside.iter().any(|word| is_like(&word)) { length } else { 0 }
    }

    fn height(&self, row: usize) -> f32 {
        let lines = &self.rows[row];
        lines.iter().map(|line| line.height()).sum::<f32>() / lines.len().max(1) as f32
    }

    /// Short labels that were found nowhere, with one character misread: all of a line, with something right of it.
    fn misread(&self, labels: &[Label]) -> Vec<Mark> {
        let mut found = Vec::new();
        for (field, words) in labels.iter().filter(|(field, _)| !self.has(field)) {
            for word in words.iter().filter(|word| (2..LONG).contains(&word.chars().count())) {
                let length = word.chars().count();
                let is_like = |row: &Vec<&Line>| {
                    let line = &row[0].glyphs;
                    let wrong =
                        line.iter().zip(word.chars()).filter(|(glyph, char)| glyph.char != *char).count();
                    row.len() > 1 && line.len() == length && wrong == 1
                };
                let row = (0..self.rows.len())
                    .find(|at| is_like(&self.rows[*at]) && self.marks.iter().all(|mark| mark.row != *at));
                found.extend(row.map(|row| Mark { field, row, from: 0, to: length, wrong: 1 }));
            }
        }
        found
    }

    /// The labels in a row: each begins a line, or stands apart from what is before it; of those that overlap the
    /// longest counts.
    fn marks_of(&self, row: usize, labels: &[Label]) -> Vec<Mark> {
        let glyphs: Vec<Glyph> = self.glyphs(row).collect();
        let mut begins = vec![false; glyphs.len()];
        let mut at = 0;
        for line in &self.rows[row] {
            begins[at] = true;
            for place in 1..line.glyphs.len() {
                let gap =
                    self.sheet.across(&line.glyphs[place]).0 - self.sheet.across(&line.glyphs[place - 1]).1;
                begins[at + place] = line.glyphs[place].is_apart || gap > APART * line.height();
            }
            at += line.glyphs.len();
        }
        let mut marks: Vec<Mark> = Vec::new();
        for (field, words) in labels {
            for word in *words {
                let length = word.chars().count();
                for (from, run) in glyphs.windows(length).enumerate() {
                    let wrong =
                        run.iter().zip(word.chars()).filter(|(glyph, char)| glyph.char != *char).count();
                    if wrong <= usize::from(length >= LONG) {
                        marks.push(Mark { field, row, from, to: from + length, wrong });
                    }
                }
            }
        }
        // A long one with a misread character is likelier than a short one within it.
        marks.sort_by_key(|mark| (std::cmp::Reverse(2 * (mark.to - mark.from) - 3 * mark.wrong), mark.from));
        let mut kept: Vec<Mark> = Vec::new();
        for mark in marks {
            if kept.iter().all(|other| mark.to <= other.from || mark.from >= other.to) {
                kept.push(mark);
            }
        }
        // One may stand right after another, whose value is missing.
        let ends: Vec<usize> = kept.iter().map(|mark| mark.to).collect();
        kept.retain(|mark| begins[mark.from] || ends.contains(&mark.from));
        kept.sort_by_key(|mark| mark.from);
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page;

    const LABELS: &[Label] = &[
        ("name", &["名称"]),
        ("kind", &["类型", "公司类型"]),
        ("address", &["住所"]),
        ("date", &["成立日期"]),
        ("scope", &["经营范围"]),
    ];

    #[test]
    fn values_stand_beside_their_labels_and_go_on_below() {
        let page = page(&[
            (40, 100, "名"),
            (100, 102, "称"),
            (200, 100, "无名星河有限公司"),
            (700, 104, "成 立 日 其 2001年02月03日"),
            (40, 160, "类型有限责任公司"),
            (42, 185, "Type"),
            (700, 160, "住所"),
            (860, 162, "无名市星河路88号"),
            (40, 220, "经营范围"),
            (200, 220, "软件开发；名称和类型"),
            (862, 200, "3幢502室"),
            (202, 258, "的登记。"),
            (40, 330, "类型"),
            (800, 330, "太远"),
            (200, 400, "登记机关"),
        ]);
        let sheet = Sheet::of(&page);
        let form = Form::of(&sheet, LABELS, &["type"]);
        for (field, value) in [
            ("name", "无名星河有限公司"),
            ("kind", "有限责任公司"),
            ("date", "2001年02月03日"),
            ("address", "无名市星河路88号3幢502室"),
            ("scope", "软件开发；名称和类型的登记。"),
        ] {
            assert_eq!(form.text(field).dense(), value, "{field}");
        }
        assert_eq!((form.count(&["name", "kind", "other"]), form.has("other")), (2, false));
        assert_eq!(form.beside("scope").dense(), "软件开发；名称和类型");
    }

    #[test]
    fn a_short_label_may_be_misread_where_it_stands_alone() {
        let page = page(&[
            (40, 100, "名称 无名"),
            (40, 160, "焦所"),
            (200, 160, "无名市"),
            (40, 220, "类别"),
            (40, 280, "称号"),
        ]);
        let sheet = Sheet::of(&page);
        let form = Form::of(&sheet, LABELS, &[]);
        assert_eq!(
            (form.beside("address").dense(), form.beside("name").dense()),
            ("无名市".into(), "无名".into())
        );
        assert!(!form.has("kind"), "nothing stands beside it");
    }

    #[test]
    fn a_translation_is_no_part_of_a_value() {
        let page = page(&[(40, 100, "名称Nane罗清远"), (40, 160, "住所 ABC大厦"), (40, 220, "类型 Name")]);
        let sheet = Sheet::of(&page);
        let form = Form::of(&sheet, LABELS, &["name", "address"]);
        let said = ["name", "address", "kind"].map(|field| form.beside(field).dense());
        assert_eq!(said, ["罗清远", "ABC大厦", ""]);
    }

    #[test]
    fn what_is_not_there_is_nothing() {
        let page = page(&[
            (40, 100, "名称"),
            (40, 160, "类型 住所 无名市"),
            (40, 220, "成立日期"),
            (500, 222, "2001"),
        ]);
        let sheet = Sheet::of(&page);
        let form = Form::of(&sheet, LABELS, &[]);
        assert_eq!(form.beside("name"), []);
        assert_eq!(form.text("kind"), []);
        assert_eq!(form.beside("address").dense(), "无名市");
        // The first character may be far from its label.
        assert_eq!(form.beside("date").dense(), "2001");
    }
}
