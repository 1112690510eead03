//! A workbook (XLSX): a sheet for each page, with its text and tables below each other as they stand on it.
//!
//! A cell of a table is a cell here; one that takes up several places is merged. Everything is text, exactly as it was
//! read: what begins with `=` is no formula, and `007` and `1,234` stay what they are. A spreadsheet that is asked to can
//! make numbers of them, but could not get back what was read from a number.
//!
//! The same page gives the same file, byte for byte: it does not say when it was made.

use std::io::{self, Write};

use ocr::kind::GeneralTable;
use ocr::kind::general_table::{Asked, Cell, Region, Table};
use ocr::{Kind as _, Page};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use unicode_width::UnicodeWidthStr;

use super::Sheets;

/// A cell holds no more characters.
const CHARACTERS_OF_CELL: usize = 32_767;
/// A sheet holds no more rows and columns.
const ROWS_OF_SHEET: u32 = 1_048_576;
const COLUMNS_OF_SHEET: usize = 16_384;
/// How wide a column is, in digits: from least to most. Longer text goes on in the next line.
const WIDTH: (usize, usize) = (8, 48);

/// The file of pages that are given as their regions.
///
/// # Errors
/// If a sheet cannot hold what it is given, which no page does.
pub fn workbook(pages: &[&[Region]]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Book::new()?;
    for regions in pages {
        book.page(regions)?;
    }
    book.workbook.save_to_buffer()
}

struct Book {
    workbook: Workbook,
    pages: u32,
    cell: Format,
}

impl Book {
    fn new() -> Result<Book, XlsxError> {
        let mut workbook = Workbook::new();
        let no_time = ExcelDateTime::from_ymd(2000, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&no_time));
        let cell = Format::new()
            .set_border(FormatBorder::Thin)
            .set_text_wrap()
            .set_align(FormatAlign::Top)
            .set_num_format("@");
        Ok(Book { workbook, pages: 0, cell })
    }

    fn page(&mut self, regions: &[Region]) -> Result<(), XlsxError> {
        self.pages += 1;
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(format!("page {}", self.pages))?;
        let mut row = 0;
        for region in regions {
            row = match region {
                Region::Text(rows) => text(sheet, row, rows)?,
                Region::Table(table) => cells(sheet, row, table, &self.cell)?,
            };
            row += 1;
        }
        for (column, width) in (0..).zip(widths(regions)) {
            sheet.set_column_width(column, width as f64)?;
        }
        Ok(())
    }
}

/// Writes lines from that row on, and gives the row after them.
fn text(sheet: &mut Worksheet, row: u32, rows: &[Vec<ocr::Block>]) -> Result<u32, XlsxError> {
    let mut next = row;
    for lines in rows {
        for (column, line) in (0..).zip(lines) {
            if fits(next, usize::from(column)) {
                sheet.write_string(next, column, shortened(&line.words))?;
            }
        }
        next += 1;
    }
    Ok(next)
}

/// Writes a table from that row on, and gives the row after it.
fn cells(sheet: &mut Worksheet, row: u32, table: &Table, format: &Format) -> Result<u32, XlsxError> {
    let place = |at: usize| u32::try_from(at).unwrap_or(ROWS_OF_SHEET);
    for cell in &table.cells {
        let (top, bottom) = (row + place(cell.rows.start), row + place(cell.rows.end) - 1);
        if !fits(bottom, cell.columns.end - 1) {
            continue;
        }
        let (left, right) = (cell.columns.start as u16, (cell.columns.end - 1) as u16);
        let words = cell.text();
        let words = shortened(&words);
        if (top, left) == (bottom, right) {
            sheet.write_string_with_format(top, left, words, format)?;
        } else {
            sheet.merge_range(top, left, bottom, right, words, format)?;
        }
    }
    Ok(row + place(table.rows))
}

fn fits(row: u32, column: usize) -> bool {
    row < ROWS_OF_SHEET && column < COLUMNS_OF_SHEET
}

/// As much of a text as a cell holds.
fn shortened(words: &str) -> &str {
    words.char_indices().nth(CHARACTERS_OF_CELL).map_or(words, |(end, _)| &words[..end])
}

/// How wide the columns are: as the longest line in a cell of theirs alone.
fn widths(regions: &[Region]) -> Vec<usize> {
    let mut widths = Vec::new();
    let tables = regions.iter().filter_map(|region| match region {
        Region::Table(table) => Some(table),
        Region::Text(_) => None,
    });
    for table in tables {
        let columns = table.columns.min(COLUMNS_OF_SHEET);
        widths.resize(widths.len().max(columns), WIDTH.0);
        let narrow = |cell: &&Cell| cell.columns.len() == 1 && cell.columns.start < columns;
        for cell in table.cells.iter().filter(narrow) {
            let longest = cell.lines.iter().map(|line| line.words.width() + 2).max().unwrap_or(0);
            let width = &mut widths[cell.columns.start];
            *width = (*width).max(longest.min(WIDTH.1));
        }
    }
    widths
}

/// The tables of a document's pages.
pub(super) struct Tables<W> {
    out: W,
    book: io::Result<Book>,
}

impl<W: Write> Tables<W> {
    pub(super) fn new(out: W) -> Tables<W> {
        Tables { out, book: Book::new().map_err(io::Error::other) }
    }
}

impl<W: Write> Sheets for Tables<W> {
    fn page(&mut self, page: &Page) -> io::Result<()> {
        // A page without text is an empty sheet.
        let found = GeneralTable::find(page.clone(), &Asked::default());
        let regions = found.map(|found| found.regions).unwrap_or_default();
        match &mut self.book {
            Ok(book) => book.page(&regions).map_err(io::Error::other),
            Err(problem) => Err(io::Error::new(problem.kind(), problem.to_string())),
        }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let written = self.book?.workbook.save_to_buffer().map_err(io::Error::other)?;
        self.out.write_all(&written)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};
    use ocr::Ruling;

    use super::super::Format as FileFormat;
    use super::super::tests::{file, line, page};
    use super::*;

    fn sheets(bytes: &[u8]) -> Xlsx<Cursor<&[u8]>> {
        Xlsx::new(Cursor::new(bytes)).unwrap()
    }

    /// A drawn table of two rows and two columns, the first row one cell, below a line of text.
    fn drawn() -> Page {
        let mut drawn = page(vec![
            line("=1+1", [50, 20], [80, 20]),
            line("both", [110, 110], [80, 20]),
            line("007", [110, 160], [60, 20]),
            line("=SUM(A1)", [310, 160], [100, 20]),
            line("second", [310, 190], [100, 20]),
        ]);
        for [x0, y0, x1, y1] in [
            [100, 100, 500, 100],
            [100, 150, 500, 150],
            [100, 230, 500, 230],
            [100, 100, 100, 230],
            [300, 150, 300, 230],
            [500, 100, 500, 230],
        ] {
            drawn.rulings.push(Ruling { from: [x0, y0], to: [x1, y1], thickness: 2.0 });
        }
        drawn
    }

    #[test]
    fn everything_is_text_where_it_stood() {
        let written = file(FileFormat::Xlsx, &[drawn(), page(Vec::new())]);
        let mut book = sheets(&written);
        assert_eq!(book.sheet_names(), ["page 1", "page 2"]);
        let sheet = book.worksheet_range("page 1").unwrap();
        let said = |row, column| sheet.get_value((row, column)).cloned();
        let text = |words: &str| Some(Data::String(words.to_owned()));
        assert_eq!(said(0, 0), text("=1+1"));
        assert_eq!(said(2, 0), text("both"));
        assert_eq!((said(3, 0), said(3, 1)), (text("007"), text("=SUM(A1)\nsecond")));
        assert!(book.worksheet_formula("page 1").unwrap().is_empty(), "no formula");
        let merged = book.merge_cells_by_sheet_name("page 1").unwrap();
        assert_eq!(merged.iter().map(|at| (at.start, at.end)).collect::<Vec<_>>(), [((2, 0), (2, 1))]);
        assert!(book.worksheet_range("page 2").unwrap().is_empty());
        assert_eq!(written, file(FileFormat::Xlsx, &[drawn(), page(Vec::new())]), "always the same");
    }

    #[test]
    fn what_a_cell_cannot_hold_is_left_out() {
        let long = "长".repeat(CHARACTERS_OF_CELL + 5);
        let block = line(&long, [0, 0], [600, 20]);
        let written = workbook(&[&[Region::Text(vec![vec![block]])]]).unwrap();
        let sheet = sheets(&written).worksheet_range("page 1").unwrap();
        let Some(Data::String(read)) = sheet.get_value((0, 0)) else { panic!("no text") };
        assert_eq!(read.chars().count(), CHARACTERS_OF_CELL);
    }
}
