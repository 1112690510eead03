//! Pages as they come, put into the files of their documents; and what became of all.

use std::fmt;

use ocr::{Page, TextOptions};

use super::Document;
use super::outputs::{Making, Outputs};
use crate::say::count;

/// What became of the documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Read, with all files written.
    pub read: u64,
    /// Their pages.
    pub pages: u64,
    /// Not read, since their files were there.
    pub there: u64,
    /// That could not be read, or whose files could not be written.
    pub failed: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (read, pages) = (count(self.read, "file"), count(self.pages, "page"));
        write!(out, "{read} read ({pages}), {} there already, {} could not be read", self.there, self.failed)
    }
}

/// Files that are made of documents, one after the other.
pub struct Filing<'a> {
    outputs: &'a Outputs,
    options: TextOptions,
    /// Files that are there are made anew.
    again: bool,
    making: Option<Making>,
    /// So far.
    pub tally: Tally,
}

impl<'a> Filing<'a> {
    /// Nothing yet; the options are those with which pages are read.
    pub fn new(outputs: &'a Outputs, options: TextOptions, again: bool) -> Filing<'a> {
        Filing { outputs, options, again, making: None, tally: Tally::default() }
    }

    /// Takes a page; those of a document come one after the other. Answers whether it was the last.
    ///
    /// # Errors
    /// What is wrong with the document: it has no files then, and its other pages do not matter.
    pub fn take(
        &mut self,
        document: &Document,
        page: u32,
        seen: Result<Page, String>,
    ) -> Result<bool, String> {
        let is_last = page == *document.pages.end();
        if document.is_given_up() {
            return Ok(is_last);
        }
        let filed =
            seen.and_then(|seen| self.file(document, page, &seen).map_err(|problem| problem.to_string()));
        if let Err(problem) = filed {
            self.making = None;
            self.tally.failed += 1;
            document.give_up();
            let has_pages = document.pages.end() > document.pages.start();
            return Err(if has_pages { format!("page {page}: {problem}") } else { problem });
        }
        self.tally.pages += 1;
        self.tally.read += u64::from(is_last);
        Ok(is_last)
    }

    fn file(&mut self, document: &Document, page: u32, seen: &Page) -> std::io::Result<()> {
        let input = &document.input;
        let mut making = match self.making.take() {
            Some(making) if page != *document.pages.start() => making,
            _ => {
                let formats =
                    if self.again { self.outputs.formats().to_vec() } else { self.outputs.missing(input) };
                self.outputs.begin(input, &formats, &self.options)?
            }
        };
        making.page(seen)?;
        if page == *document.pages.end() {
            return making.finish(input, document.stamp);
        }
        self.making = Some(making);
        Ok(())
    }
}
