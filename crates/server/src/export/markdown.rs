//! Markdown: a paragraph for lines that belong together. Characters that would mean something to Markdown are escaped, so
//! that it shows what was read. Between pages stands a rule, and the number of the page that begins in a comment.

use std::io::{self, Write};

use ocr::Page;

use super::Sheets;
use super::paragraphs::paragraphs;

pub(super) struct Markdown<W> {
    out: W,
    pages: u32,
    /// Whether something stands in the file.
    is_begun: bool,
}

impl<W: Write> Markdown<W> {
    pub(super) fn new(out: W) -> Markdown<W> {
        Markdown { out, pages: 0, is_begun: false }
    }

    fn part(&mut self, text: &str) -> io::Result<()> {
        if self.is_begun {
            self.out.write_all(b"\n")?;
        }
        self.is_begun = true;
        writeln!(self.out, "{text}")
    }
}

impl<W: Write> Sheets for Markdown<W> {
    fn page(&mut self, page: &Page) -> io::Result<()> {
        self.pages += 1;
        if self.pages > 1 {
            self.part("---")?;
            self.part(&format!("<!-- page {} -->", self.pages))?;
        }
        for paragraph in paragraphs(page) {
            self.part(&escaped(&paragraph))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}

/// A paragraph that is shown as it is.
fn escaped(text: &str) -> String {
    let text = text.trim();
    let mut written = String::with_capacity(text.len() + 8);
    // A number before a point or a bracket would begin a list.
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    for (at, letter) in text.char_indices() {
        let is_markup = match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '$' => true,
            '#' | '+' | '-' | '=' => at == 0,
            '.' | ')' => at == digits && digits > 0,
            _ => false,
        };
        if is_markup {
            written.push('\\');
        }
        written.push(letter);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{file, line, page};
    use super::*;

    #[test]
    fn paragraphs_and_pages_are_divided() {
        let first = page(vec![line("# one", [10, 10], [60, 20]), line("two", [10, 100], [60, 20])]);
        let last = page(vec![line("end", [10, 10], [60, 20])]);
        let written = String::from_utf8(file(Format::Markdown, &[first, last])).unwrap();
        assert_eq!(written, "\\# one\n\ntwo\n\n---\n\n<!-- page 2 -->\n\nend\n");
    }

    #[test]
    fn what_was_read_is_no_markup() {
        for (read, shown) in [
            ("2 * 3_4", "2 \\* 3\\_4"),
            ("1. first", "1\\. first"),
            ("12) twelfth", "12\\) twelfth"),
            ("1.5 l", "1\\.5 l"),
            ("- item", "\\- item"),
            ("well-known #1", "well-known #1"),
            ("<b> & [x]", "\\<b\\> \\& \\[x\\]"),
            ("C:\\a|b", "C:\\\\a\\|b"),
            ("===", "\\==="),
        ] {
            assert_eq!(escaped(read), shown);
        }
    }
}
