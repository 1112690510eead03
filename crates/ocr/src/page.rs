//! What the eye returns: a page of text blocks with their places.
//!
//! Coordinates are pixels of the picture as the caller sees it (after its EXIF turn, for a PDF the
//! page rendered at 144 dpi), origin at the top left. The four corners of a quadrilateral go left-top,
//! right-top, right-bottom, left-bottom *of the text*, so on a page that lies on its side the first
//! corner is where the first letter begins.

use serde::Serialize;

use crate::Jpeg;

/// Four corners `[x, y]` in pixels: left-top, right-top, right-bottom, left-bottom of the text.
pub type Quad = [[i32; 2]; 4];

/// Everything read from one picture, in reading order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// How far the picture is turned anticlockwise from upright, in whole degrees, 0 to 359;
    /// `-1.0` if it was not asked for.
    pub direction: f32,
    /// The lines of text, rows from top to bottom, within a row from left to right.
    pub blocks: Vec<Block>,
    /// The text with blocks of one row joined by a tab and rows by a newline, if asked for.
    pub markdown: Option<String>,
    /// Ruled lines in no order; empty unless asked for.
    pub rulings: Vec<Ruling>,
    /// Sheets of paper and cards that lie on something of another colour, in no order; empty unless asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sheets: Vec<Quad>,
    /// Seals, from the top; empty unless asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seals: Vec<Seal>,
    /// The picture without its seals, as a JPEG, if asked for.
    #[serde(skip)]
    pub erased: Option<Vec<u8>>,
    /// The picture it was read from, upright as its EXIF says, of a PDF the rendered page; if asked for.
    #[serde(skip)]
    pub jpeg: Option<Jpeg>,
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
}

/// One line of text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Block {
    /// The text as read.
    pub words: String,
    /// Mean confidence of its characters, 0 to 1.
    pub confidence: f32,
    /// Where it is.
    pub location: Quad,
    /// Its characters one by one; empty unless asked for.
    pub chars: Vec<Char>,
}

/// One character of a block. Spaces are not among them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Char {
    /// The character.
    pub char: char,
    /// Where it is, estimated from the recogniser's columns.
    pub location: Quad,
    /// Confidence, 0 to 1.
    pub confidence: f32,
}

/// A ruled line: one that was drawn, across the picture or down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ruling {
    /// Its left or upper end.
    pub from: [i32; 2],
    /// Its right or lower end.
    pub to: [i32; 2],
    /// How thick it is, in pixels.
    pub thickness: f32,
}

/// A seal that was stamped or printed on a page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seal {
    /// What shape it has.
    pub shape: SealShape,
    /// How much of its frame is seen, 0 to 1.
    pub confidence: f32,
    /// Its corners, or those of the upright rectangle around a ring.
    pub location: Quad,
    /// What it says: along its upper edge, within, along its lower edge; empty unless asked for.
    pub words: Vec<SealWords>,
    /// The part of the picture it is on, as a JPEG, if asked for.
    #[serde(skip)]
    pub picture: Option<Vec<u8>>,
}

/// What shape a seal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SealShape {
    /// Round.
    Circle,
    /// Oval.
    Ellipse,
    /// A rectangle.
    Rectangle,
}

/// A text of a seal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SealWords {
    /// The text as read.
    pub words: String,
    /// Mean confidence of its characters, 0 to 1.
    pub confidence: f32,
}

impl Page {
    /// A page on which nothing was found.
    pub fn blank(width: u32, height: u32) -> Self {
        Self {
            direction: -1.0,
            blocks: Vec::new(),
            markdown: None,
            rulings: Vec::new(),
            sheets: Vec::new(),
            seals: Vec::new(),
            erased: None,
            jpeg: None,
            width,
            height,
        }
    }

    /// The words of all blocks, one block per line.
    pub fn text(&self) -> String {
        let lines: Vec<&str> = self.blocks.iter().map(|block| block.words.as_str()).collect();
        lines.join("\n")
    }
}
