//! Bills read back from their files, by other software than wrote them: tables of text, and their sums.
#![allow(dead_code)]

use std::io::Read;
use std::path::Path;

use calamine::{Data, Reader, Xlsx};
use charging::Money;

/// A table: its headings, and the text of every cell.
pub struct Table {
    headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

pub fn money(text: &str) -> Money {
    text.parse().unwrap_or_else(|problem| panic!("{text:?}: {problem}"))
}

impl Table {
    pub fn csv(from: impl Read) -> Table {
        let mut reader = csv::Reader::from_reader(from);
        let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        let headings = texts(reader.headers().unwrap());
        Table { headings, rows: reader.records().map(|record| texts(&record.unwrap())).collect() }
    }

    pub fn csv_file(path: &Path) -> Table {
        Table::csv(std::fs::File::open(path).unwrap())
    }

    /// Sheets of a workbook that go on from each other: `hours`, `hours 2` and so on.
    pub fn xlsx<S: Read + std::io::Seek>(workbook: &mut Xlsx<S>, sheet: &str) -> Table {
        let range = workbook.worksheet_range(sheet).unwrap();
        let mut rows = range.rows().map(|row| row.iter().map(text_of_cell).collect());
        Table { headings: rows.next().unwrap_or_default(), rows: rows.collect() }
    }

    /// Where a column is.
    pub fn at(&self, name: &str) -> usize {
        let found = self.headings.iter().position(|heading| heading == name);
        found.unwrap_or_else(|| panic!("no column {name} in {:?}", self.headings))
    }

    pub fn column(&self, name: &str) -> Vec<&str> {
        let at = self.at(name);
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }

    pub fn sum(&self, name: &str) -> Money {
        self.column(name).into_iter().map(money).sum()
    }

    /// Checks that every row, and so every sum, satisfies the formulas of a bill.
    pub fn check_formulas(&self) {
        for row in &self.rows {
            let of = |name: &str| money(&row[self.at(name)]);
            assert_eq!(
                of("official_amount"),
                of("discount_amount") + of("erase_amount") + of("consume_amount")
            );
            let pockets = ["coupon_amount", "cash_amount", "credit_amount", "debt_amount"];
            assert_eq!(of("consume_amount"), pockets.map(of).into_iter().sum(), "{row:?}");
            assert_eq!(of("outstanding_amount"), of("debt_amount") - of("debt_paid"), "{row:?}");
        }
    }
}

/// A number cell as the text of its amount.
pub fn text_of_cell(cell: &Data) -> String {
    match cell {
        Data::Float(number) => format!("{number:.8}"),
        Data::Int(number) => number.to_string(),
        Data::String(text) => text.clone(),
        Data::Empty => String::new(),
        other => panic!("{other:?} is in no bill"),
    }
}

/// The lines of text of the one page of a PDF.
pub fn lines_of(pdf: &lopdf::Document) -> Vec<String> {
    assert_eq!(pdf.get_pages().len(), 1);
    let text = pdf.extract_text(&[1]).unwrap();
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The amount that stands after a word on a page.
pub fn figure_of(lines: &[String], word: &str) -> Option<Money> {
    let at = lines.iter().position(|line| line.starts_with(word))?;
    Some(money(lines[at + 1].split_whitespace().next().unwrap()))
}
