//! Drawing: lines of text from the top of an A4 page down.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;

use super::font::Letters;
use crate::bill::{ExportError, Facts, Language};

/// A4, in points.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const MARGIN: f32 = 48.0;
const BODY: f32 = 9.0;
const LINE: f32 = 14.0;
/// Where the columns of the table begin, and the last two end.
const COLUMNS: [f32; 5] = [MARGIN, 190.0, 300.0, 450.0, WIDTH - MARGIN];

/// At which side text begins or ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// A page and how far down it is written.
pub(super) struct Page<'a, 'b> {
    letters: &'a Letters,
    surface: Surface<'b>,
    y: f32,
}

/// Draws one page and gives the file.
pub(super) fn draw(
    letters: &Letters,
    title: &str,
    facts: &Facts<'_>,
    language: Language,
    write: impl FnOnce(&mut Page<'_, '_>),
) -> Result<Vec<u8>, ExportError> {
    let wrong = |what: &str| ExportError::Pdf(what.to_owned());
    let mut document = Document::new();
    let tag = if language == Language::Chinese { "zh-CN" } else { "en" };
    document.set_metadata(
        Metadata::new()
            .title(title.to_owned())
            .language(tag.to_owned())
            .authors(vec![facts.issuer.to_owned()])
            .creator("Inkmeter".to_owned()),
    );
    let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| wrong("the size of a page"))?;
    let mut sheet = document.start_page_with(size);
    {
        let surface = sheet.surface();
        let mut page = Page { letters, surface, y: MARGIN + 16.0 };
        write(&mut page);
        page.surface.finish();
    }
    sheet.finish();
    document.finish().map_err(|problem| ExportError::Pdf(format!("{problem:?}")))
}

impl Page<'_, '_> {
    /// Moves down.
    pub(super) fn down(&mut self, points: f32) {
        self.y += points;
    }

    /// Text at a side, without moving down.
    pub(super) fn text(&mut self, side: Side, size: f32, text: &str) {
        match side {
            Side::Left => self.put(MARGIN, size, text),
            Side::Right => self.put_before(WIDTH - MARGIN, size, text),
        }
    }

    /// A word and what is to say about it, on lines of their own.
    pub(super) fn pair(&mut self, word: &str, what: &str) {
        self.put(MARGIN, BODY, word);
        let indent = MARGIN.max(MARGIN + self.letters.set(word).1 * BODY + 10.0).max(150.0);
        self.wrapped(indent, what);
    }

    /// A word at the left and an amount at the right.
    pub(super) fn figure(&mut self, word: &str, amount: &str) {
        self.put(MARGIN, BODY, word);
        self.put_before(WIDTH - MARGIN, BODY, amount);
        self.down(LINE);
    }

    /// A line of the operator's words.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.wrapped(MARGIN, text);
    }

    /// A row of the table: names from the left, figures from the right.
    pub(super) fn columns(&mut self, cells: [&str; 5]) {
        let [api, region, mode, calls, amount] = cells;
        for (at, (x, text)) in COLUMNS.into_iter().zip([api, region, mode]).enumerate() {
            let room = COLUMNS[at + 1] - x - 6.0;
            let shown = self.shortened(text, if at == 2 { 90.0 } else { room });
            self.put(x, BODY, &shown);
        }
        self.put_before(COLUMNS[3], BODY, calls);
        self.put_before(COLUMNS[4], BODY, amount);
        self.down(LINE);
    }

    /// A thin line across the page.
    pub(super) fn rule(&mut self) {
        self.down(-LINE + 5.0);
        let mut path = PathBuilder::new();
        if let Some(line) = Rect::from_xywh(MARGIN, self.y, WIDTH - 2.0 * MARGIN, 0.5) {
            path.push_rect(line);
        }
        self.surface.set_fill(Some(grey(150)));
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
        self.down(LINE);
    }

    /// Text in lines as wide as there is room, broken at spaces where it has any.
    fn wrapped(&mut self, x: f32, text: &str) {
        let room = WIDTH - MARGIN - x;
        let mut line = String::new();
        for piece in text.split_inclusive(|letter: char| letter == ' ' || !letter.is_ascii()) {
            let longer = self.letters.set(line.trim_end()).1 + self.letters.set(piece.trim_end()).1;
            if !line.is_empty() && longer * BODY > room {
                self.put(x, BODY, line.trim_end());
                self.down(LINE);
                line.clear();
            }
            line.push_str(piece);
        }
        self.put(x, BODY, line.trim_end());
        self.down(LINE);
    }

    /// Text that fits into so much room, its end left out if need be.
    fn shortened(&self, text: &str, room: f32) -> String {
        if self.letters.set(text).1 * BODY <= room {
            return text.to_owned();
        }
        let mut kept = text.to_owned();
        while kept.pop().is_some() && self.letters.set(&kept).1 * BODY + 8.0 > room {}
        kept + "…"
    }

    fn put_before(&mut self, right: f32, size: f32, text: &str) {
        let width = self.letters.set(text).1 * size;
        self.put(right - width, size, text);
    }

    fn put(&mut self, x: f32, size: f32, text: &str) {
        let (glyphs, _) = self.letters.set(text);
        self.surface.set_fill(Some(grey(20)));
        let start = Point::from_xy(x, self.y);
        self.surface.draw_glyphs(start, &glyphs, self.letters.font(), text, size, false);
    }
}

fn grey(level: u8) -> Fill {
    Fill {
        paint: rgb::Color::new(level, level, level).into(),
        opacity: NormalizedF32::ONE,
        rule: Default::default(),
    }
}
