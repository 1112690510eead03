//! Plain text: the lines as they were read, one to a line. Between pages stands a form feed, as other programs that give
//! the text of pages have it.

use std::io::{self, Write};

use ocr::Page;

use super::Sheets;

pub(super) struct Text<W> {
    out: W,
    is_begun: bool,
}

impl<W: Write> Text<W> {
    pub(super) fn new(out: W) -> Text<W> {
        Text { out, is_begun: false }
    }
}

impl<W: Write> Sheets for Text<W> {
    fn page(&mut self, page: &Page) -> io::Result<()> {
        if self.is_begun {
            self.out.write_all(b"\x0c")?;
        }
        self.is_begun = true;
        for block in &page.blocks {
            writeln!(self.out, "{}", block.words)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{file, line, page};

    #[test]
    fn pages_are_divided() {
        let first = page(vec![line("one", [10, 10], [60, 20]), line("two", [10, 40], [60, 20])]);
        let last = page(vec![line("end", [10, 10], [60, 20])]);
        let written = file(Format::Text, &[first, page(Vec::new()), last]);
        assert_eq!(String::from_utf8(written).unwrap(), "one\ntwo\n\x0c\x0cend\n");
    }
}
