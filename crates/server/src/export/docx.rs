//! A text document for word processors (Office Open XML): a paragraph for lines that belong together, and pages where
//! the document had them.

use std::io::{self, Cursor, Write};

use docx_rs::{BreakType, Docx, Paragraph, Run};

use ocr::Page;

use super::Sheets;
use super::paragraphs::paragraphs;

pub(super) struct Document<W> {
    out: W,
    docx: Docx,
    pages: u32,
}

impl<W: Write> Document<W> {
    pub(super) fn new(out: W) -> Document<W> {
        Document { out, docx: Docx::new(), pages: 0 }
    }

    fn add(&mut self, paragraph: Paragraph) {
        self.docx = std::mem::take(&mut self.docx).add_paragraph(paragraph);
    }
}

impl<W: Write> Sheets for Document<W> {
    fn page(&mut self, page: &Page) -> io::Result<()> {
        self.pages += 1;
        if self.pages > 1 {
            self.add(Paragraph::new().add_run(Run::new().add_break(BreakType::Page)));
        }
        for text in paragraphs(page) {
            let mut run = Run::new();
            for (at, part) in text.split('\t').enumerate() {
                if at > 0 {
                    run = run.add_tab();
                }
                run = run.add_text(part);
            }
            self.add(Paragraph::new().add_run(run));
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let mut packed = Cursor::new(Vec::new());
        self.docx.build().pack(&mut packed).map_err(io::Error::other)?;
        self.out.write_all(packed.get_ref())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{file, line, page};

    #[test]
    fn paragraphs_can_be_read_again() {
        let first = page(vec![
            line("Bread & butter", [10, 10], [90, 20]),
            line("2.50", [300, 11], [60, 20]),
            line("<end>", [10, 100], [60, 20]),
        ]);
        let written = file(Format::Docx, &[first, page(vec![line("页", [10, 10], [60, 20])])]);
        let docx = docx_rs::read_docx(&written).unwrap();
        let read: serde_json::Value = serde_json::from_str(&docx.json()).unwrap();
        let children = read["document"]["children"].as_array().unwrap();
        let text = |paragraph: &serde_json::Value| {
            let parts = paragraph["data"]["children"][0]["data"]["children"].as_array().unwrap().iter();
            parts
                .map(|part| match part["type"].as_str().unwrap() {
                    "text" => part["data"]["text"].as_str().unwrap().to_owned(),
                    other => format!("({other})"),
                })
                .collect::<String>()
        };
        let texts: Vec<String> =
            children.iter().filter(|child| child["type"] == "paragraph").map(text).collect();
        assert_eq!(texts, ["Bread & butter(tab)2.50", "<end>", "(break)", "页"]);
    }
}
