//! `general-table`: the tables of a picture, the text around them, and both as a workbook.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ocr::kind::general_table::{Asked, Cell, Found, Region};
use ocr::{Block, kind};
use wire::ocr::Invalid;
use wire::ocr::general_table::{
    Body, Character, GeneralTable as Answered, Line, Places, RegionType, WordsBlock, WordsRegion,
};

use super::{Document, rounded};
use crate::export::tables;

/// `general-table`.
#[derive(Debug)]
pub struct GeneralTable;

impl Document for GeneralTable {
    const CALL: &'static str = "general-table";
    type Kind = kind::GeneralTable;
    type Body = Body;
    type Result = Answered;

    fn asked(body: &Body) -> Result<Asked, Invalid> {
        body.places()?;
        Ok(Asked { with_borders: body.with_borders() })
    }

    fn result(found: Found, body: &Body) -> Answered {
        // What cannot be was refused before.
        let places = body.places().unwrap_or(Places::None);
        let wanted = Wanted { places, confidence: body.wants_confidence() };
        let excel = body.wants_excel().then(|| workbook(&found.regions)).flatten();
        let region = |region: Region| {
            let (kind, blocks): (RegionType, Vec<WordsBlock>) = match region {
                Region::Text(rows) => {
                    (RegionType::Text, rows.into_iter().flatten().map(|line| wanted.text(line)).collect())
                }
                Region::Table(table) => {
                    (RegionType::Table, table.cells.into_iter().map(|cell| wanted.cell(cell)).collect())
                }
            };
            WordsRegion { kind, words_block_count: blocks.len(), words_block_list: blocks }
        };
        Answered {
            words_region_count: found.regions.len(),
            words_region_list: found.regions.into_iter().map(region).collect(),
            excel,
        }
    }
}

/// The workbook in base64. It is charged by now; but no page has what a workbook cannot hold.
pub(super) fn workbook(regions: &[Region]) -> Option<String> {
    tables::workbook(&[regions])
        .inspect_err(|problem| tracing::error!(%problem, "a workbook could not be made"))
        .ok()
        .map(|bytes| BASE64.encode(bytes))
}

/// What is to be told beside the words.
#[derive(Clone, Copy)]
struct Wanted {
    places: Places,
    confidence: bool,
}

impl Wanted {
    fn has_places(self) -> bool {
        self.places != Places::None
    }

    fn confidence(self, of: f32) -> Option<f32> {
        self.confidence.then(|| rounded(of))
    }

    fn text(self, line: Block) -> WordsBlock {
        WordsBlock {
            words: line.words.clone(),
            confidence: self.confidence(line.confidence),
            location: self.has_places().then_some(line.location),
            words_list: self.has_places().then(|| vec![self.line(line)]),
            rows: None,
            columns: None,
            cell_location: None,
        }
    }

    fn cell(self, cell: Cell) -> WordsBlock {
        WordsBlock {
            words: cell.text(),
            confidence: cell.confidence().and_then(|of| self.confidence(of)),
            location: cell.text_location().filter(|_| self.has_places()),
            rows: Some(cell.rows.collect()),
            columns: Some(cell.columns.collect()),
            cell_location: self.has_places().then_some(cell.location),
            words_list: self
                .has_places()
                .then(|| cell.lines.into_iter().map(|line| self.line(line)).collect()),
        }
    }

    fn line(self, line: Block) -> Line {
        let character = |char: ocr::Char| Character {
            char: char.char.to_string(),
            char_confidence: self.confidence(char.confidence),
            char_location: char.location,
        };
        Line {
            words: line.words,
            confidence: self.confidence(line.confidence),
            location: line.location,
            char_list: (self.places == Places::Characters)
                .then(|| line.chars.into_iter().map(character).collect()),
        }
    }
}
