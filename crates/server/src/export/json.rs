//! JSON: an array with an object for each page, in the shape of general-text's result.

use std::io::{self, Write};

use ocr::{Page, TextOptions};

use super::Sheets;
use crate::calls::lines;

pub(super) struct Json<W> {
    out: W,
    options: TextOptions,
    is_begun: bool,
}

impl<W: Write> Json<W> {
    pub(super) fn new(options: TextOptions, out: W) -> Json<W> {
        Json { out, options, is_begun: false }
    }
}

impl<W: Write> Sheets for Json<W> {
    fn page(&mut self, page: &Page) -> io::Result<()> {
        self.out.write_all(if self.is_begun { b",\n" } else { b"[\n" })?;
        self.is_begun = true;
        serde_json::to_writer(&mut self.out, &lines(page.clone(), &self.options))?;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.write_all(if self.is_begun { b"\n]\n" } else { b"[]\n" })?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::Format;
    use super::super::tests::{file, line, page};

    #[test]
    fn every_page_is_a_result() {
        let written =
            file(Format::Json, &[page(vec![line("one \"1\"", [10, 20], [60, 20])]), page(Vec::new())]);
        let pages: Value = serde_json::from_slice(&written).unwrap();
        let [first, second] = &pages.as_array().unwrap()[..] else { panic!("{pages}") };
        let block = &first["words_block_list"][0];
        assert_eq!(
            (&block["words"], &block["location"][0]),
            (&"one \"1\"".into(), &serde_json::json!([10, 20]))
        );
        assert_eq!((&first["words_block_count"], &second["words_block_count"]), (&1.into(), &0.into()));
    }
}
