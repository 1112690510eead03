//! Any page of text, taken apart: its tables and forms, its pairs of keys and values, and which parts it has. What is
//! found is told by rules from the page's text, from where it stands and from what is drawn; no model looks at it.
//!
//! `label` says what a key looks like, `pairs` finds them in text and `forms` in drawn cells; `areas` puts lines
//! together to paragraphs by their `size`, `layout` says what each is by its place and its `words`, and
//! `reading_order` sorts them.

mod areas;
mod forms;
mod label;
mod layout;
mod pairs;
mod reading_order;
mod size;
#[cfg(test)]
mod tests;
mod words;

use super::Kind;
use super::general_table::{Laid, Placed, Table};
use crate::page::Quad;
use crate::{Format, Language, Limits, Page, ReadError, TextOptions};

/// Any page of text.
#[derive(Debug)]
pub struct SmartDocument;

/// What may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// Pairs of keys and values.
    pub pairs: bool,
    /// Tables.
    pub tables: bool,
    /// Drawn forms.
    pub forms: bool,
    /// The parts of the page.
    pub layout: bool,
    /// Single characters of the text.
    pub characters: bool,
    /// All text runs in one direction.
    pub single_orientation: bool,
    /// The language expected.
    pub language: Language,
    /// The page of a PDF, from 1.
    pub page: u32,
}

/// What stands on it; nothing of what was not asked for.
#[derive(Debug)]
pub struct Found {
    /// Its text.
    pub page: Page,
    /// What is filled in, by what it is called.
    pub pairs: Vec<Pair>,
    /// Tables, from the top.
    pub tables: Vec<Table>,
    /// Forms, from the top.
    pub forms: Vec<Table>,
    /// The parts of the page in reading order.
    pub areas: Vec<Area>,
}

/// A key and its value, and the text that they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Without its colon.
    pub key: String,
    /// Never empty.
    pub value: String,
    /// The key, then the lines of the value.
    pub parts: Vec<Part>,
}

/// A run of text of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Whether it is the key.
    pub is_key: bool,
    /// The text.
    pub words: String,
    /// Where it is.
    pub location: Quad,
}

/// A part of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// What it is.
    pub kind: AreaKind,
    /// Where it is.
    pub location: Quad,
    /// Its text; empty for tables and forms.
    pub text: String,
    /// Which lines of the page's text it has.
    pub lines: Vec<usize>,
}

/// What a part of a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AreaKind {
    /// A paragraph.
    Text,
    /// The title of the page.
    Title,
    /// A heading.
    SubTitle,
    /// A table: which one.
    Table(usize),
    /// A form: which one.
    Form(usize),
    /// What a table is called.
    TableCaption,
    /// What a picture is called.
    ImageCaption,
    /// What stands above the text of every page.
    Header,
    /// What stands below it.
    Footer,
    /// The number of the page.
    PageNumber,
    /// A note below the text.
    Footnote,
}

impl Asked {
    fn looks_further(&self) -> bool {
        self.pairs || self.tables || self.forms || self.layout
    }
}

impl Kind for SmartDocument {
    type Asked = Asked;
    type Found = Found;

    fn options(asked: &Asked) -> TextOptions {
        const FORMATS: &[Format] = &[Format::Jpeg, Format::Png, Format::Bmp, Format::Tiff, Format::Pdf];
        TextOptions {
            detect_direction: true,
            character_mode: asked.characters || asked.looks_further(),
            rulings: asked.looks_further(),
            single_orientation_mode: asked.single_orientation,
            language: asked.language,
            pdf_page_number: asked.page,
            limits: Limits { formats: FORMATS, ..Limits::default() },
            ..TextOptions::default()
        }
    }

    fn find(page: Page, asked: &Asked) -> Result<Found, ReadError> {
        let nothing = Found {
            pairs: Vec::new(),
            tables: Vec::new(),
            forms: Vec::new(),
            areas: Vec::new(),
            page: Page::blank(page.width, page.height),
        };
        let laid = if asked.looks_further() { Laid::of(&page, false) } else { None };
        let Some(laid) = laid else { return Ok(Found { page, ..nothing }) };
        let (mut forms, mut tables): (Vec<Placed>, Vec<Placed>) = (Vec::new(), Vec::new());
        // Each with how far down it begins: those of a table together.
        let mut pairs: Vec<(f32, Pair)> = Vec::new();
        for placed in laid.tables() {
            let (is_form, in_cells) = forms::pairs(&placed, laid.height);
            pairs.extend(in_cells.into_iter().map(|pair| (placed.bounds[1], pair)));
            if is_form { forms.push(placed) } else { tables.push(placed) }
        }
        let mut found = nothing;
        if asked.pairs {
            pairs.extend(pairs::of_text(laid.lines(), laid.height));
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            found.pairs = pairs.into_iter().map(|(_, pair)| pair).collect();
        }
        if asked.layout {
            found.areas = layout::areas(&laid, &tables, &forms);
        }
        if asked.tables {
            found.tables = tables.into_iter().map(|placed| placed.table).collect();
        }
        if asked.forms {
            found.forms = forms.into_iter().map(|placed| placed.table).collect();
        }
        Ok(Found { page, ..found })
    }
}

/// Lines of one text: words are divided, characters of Chinese are not.
fn joined<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for line in lines {
        let ends = text.chars().next_back().is_none_or(is_undivided);
        let begins = line.chars().next().is_none_or(is_undivided);
        if !(ends || begins) {
            text.push(' ');
        }
        text.push_str(line);
    }
    text
}

/// Whether no space stands between characters like this one: those of Chinese and Japanese, and their marks.
fn is_undivided(char: char) -> bool {
    matches!(char, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}')
        || matches!(char, '“' | '”' | '‘' | '’')
}
