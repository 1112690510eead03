//! What was read from a document, as a file: plain text, Markdown, JSON, a searchable PDF, a text document, a workbook.
//! One file here for each format. A file is written page by page, so that memory does not follow the length of a document.
//!
//! Nothing here reads pictures or knows where files lie: that is `reading`.

mod docx;
mod glyphless;
mod json;
mod markdown;
mod paragraphs;
mod pdf;
pub mod tables;
mod text;

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use axum::http::HeaderValue;
use ocr::{Page, TextOptions};

/// What a document's file can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Format {
    /// The lines as they were read; pages are divided by form feeds.
    Text,
    /// Paragraphs; pages are divided by rules.
    Markdown,
    /// An array of the pages, each in the shape of general-text's result.
    Json,
    /// The pages as pictures with their text behind them: it can be searched and copied.
    Pdf,
    /// Paragraphs, for word processors; pages are divided by page breaks.
    Docx,
    /// Tables and the text around them, for spreadsheets; a sheet for each page.
    Xlsx,
}

impl Format {
    /// What is put behind the name of the document.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Text => "txt",
            Format::Markdown => "md",
            Format::Json => "json",
            Format::Pdf => "pdf",
            Format::Docx => "docx",
            Format::Xlsx => "xlsx",
        }
    }

    /// Its media type, without parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain",
            Format::Markdown => "text/markdown",
            Format::Json => "application/json",
            Format::Pdf => "application/pdf",
            Format::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// What an answer with it says that it is.
    pub fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Format::Text => "text/plain; charset=utf-8",
            Format::Markdown => "text/markdown; charset=utf-8",
            _ => self.media_type(),
        })
    }

    /// What has to be read for it beside the text.
    pub fn reads(self, options: TextOptions) -> TextOptions {
        match self {
            Format::Xlsx => TextOptions { character_mode: true, rulings: true, ..options },
            Format::Pdf => TextOptions { jpeg: true, ..options },
            _ => options,
        }
    }
}

/// A file that is being written.
pub trait Sheets {
    /// Adds the next page.
    ///
    /// # Errors
    /// If it cannot be written.
    fn page(&mut self, page: &Page) -> io::Result<()>;

    /// Writes what comes after the last page. A file without this is not whole.
    ///
    /// # Errors
    /// If it cannot be written.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Begins a file; the options are those with which its pages are read.
pub fn begin(format: Format, options: &TextOptions, out: impl Write + 'static) -> Box<dyn Sheets> {
    match format {
        Format::Text => Box::new(text::Text::new(out)),
        Format::Markdown => Box::new(markdown::Markdown::new(out)),
        Format::Json => Box::new(json::Json::new(*options, out)),
        Format::Pdf => Box::new(pdf::Searchable::new(out)),
        Format::Docx => Box::new(docx::Document::new(out)),
        Format::Xlsx => Box::new(tables::Tables::new(out)),
    }
}

/// A whole file of some pages, in memory; the options are those with which they were read.
///
/// # Errors
/// If a page does not fit into such a file.
pub fn file(format: Format, options: &TextOptions, pages: &[Page]) -> io::Result<Vec<u8>> {
    let written = Shared::default();
    let mut sheets = begin(format, options, written.clone());
    pages.iter().try_for_each(|page| sheets.page(page))?;
    sheets.finish()?;
    Ok(written.0.take())
}

/// Bytes that are taken when all of them are written.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ocr::{Block, Jpeg};

    use super::*;

    /// A line that begins there and is so wide and high, in pixels.
    pub(super) fn line(words: &str, [x, y]: [i32; 2], [width, height]: [i32; 2]) -> Block {
        let location = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
        Block { words: words.to_owned(), confidence: 0.99, location, chars: Vec::new() }
    }

    pub(super) fn page(blocks: Vec<Block>) -> Page {
        Page { blocks, ..Page::blank(600, 800) }
    }

    /// A file of those pages, with a picture of each.
    pub(super) fn file(format: Format, pages: &[Page]) -> Vec<u8> {
        // Only its bytes are passed on, whatever they show.
        let jpeg = || Some(Jpeg { bytes: b"\xff\xd8\xff\xd9".to_vec(), is_grey: true });
        let pages: Vec<Page> = pages.iter().map(|page| Page { jpeg: jpeg(), ..page.clone() }).collect();
        super::file(format, &TextOptions::default(), &pages).unwrap()
    }

    #[test]
    fn a_document_without_text_is_a_file_too() {
        for format in [Format::Text, Format::Markdown, Format::Json, Format::Pdf, Format::Docx, Format::Xlsx]
        {
            let empty = file(format, &[page(Vec::new())]);
            assert_eq!(empty.is_empty(), matches!(format, Format::Text | Format::Markdown), "{format:?}");
        }
    }
}
