//! XLSX: a sheet with the sums, and sheets of rows, a new one where a sheet is full.
//!
//! Amounts are numbers, so that a spreadsheet can add them up, as long as fifteen digits hold them; a spreadsheet
//! keeps no more. Larger ones are text with every digit. No cell is a formula. Rows go to the disk as they come.
//! The sums are known when the rows are written, and their sheet stays in memory until then.

use std::io::Write;
use std::path::Path;

use ledger::read::{BillSummary, BillView};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use super::cell::{Cell, Column};
use super::{ExportError, Facts, Rows, Stated, calls, detail, movement};

/// A sheet holds no more rows than these, the heading among them.
const ROWS_OF_SHEET: u32 = 1_048_576;
/// Numbers of so many digits survive a spreadsheet unchanged.
const EXACT: u64 = 1_000_000_000_000_000;

pub(super) fn write(
    view: &BillView<'_>,
    facts: &Facts<'_>,
    kind: Rows,
    folder: &Path,
    out: impl Write + Send,
) -> Result<u64, ExportError> {
    let mut workbook = Workbook::new();
    workbook.set_tempdir(folder)?;
    // When it was made is business time, like everything on it.
    let made = ExcelDateTime::from_timestamp(facts.now.ms().div_euclid(1000))?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title(format!("{} {}", facts.name, view.month))
            .set_author(facts.issuer)
            .set_creation_datetime(&made),
    );
    let formats = Formats::new();
    workbook.add_worksheet().set_name("summary")?;
    let mut sums = view.summary_of_nothing()?;
    let rows = match kind {
        Rows::Hours => {
            let mut table = Table::new(&mut workbook, &formats, facts, kind, detail::COLUMNS)?;
            // The rows are read once, for their sheet and for the sums of the first one.
            view.rows(|row| {
                sums.add(&row);
                table.row(&row)
            })?;
            table.rows
        }
        Rows::Transactions => {
            let mut table = Table::new(&mut workbook, &formats, facts, kind, movement::COLUMNS)?;
            view.movements(|row| table.row(&row))?;
            let rows = table.rows;
            sums = view.summary()?;
            rows
        }
        Rows::Charges => {
            let mut table = Table::new(&mut workbook, &formats, facts, kind, calls::COLUMNS)?;
            view.charges(|row| table.row(&row))?;
            let rows = table.rows;
            sums = view.summary()?;
            rows
        }
    };
    summary(workbook.worksheet_from_index(0)?, &formats, &sums, view, facts)?;
    workbook.save_to_writer(out)?;
    Ok(rows)
}

struct Formats {
    heading: Format,
    money: Format,
    price: Format,
    count: Format,
}

impl Formats {
    fn new() -> Formats {
        let number = |text| Format::new().set_num_format(text);
        Formats {
            heading: Format::new().set_bold(),
            money: number("0.00######"),
            price: number("0.00########"),
            count: number("0"),
        }
    }
}

/// Rows over as many sheets as they need.
struct Table<'a, R: 'static> {
    workbook: &'a mut Workbook,
    formats: &'a Formats,
    facts: &'a Facts<'a>,
    kind: Rows,
    columns: &'static [Column<R>],
    /// The sheet that is written now is the last of so many.
    sheets: u32,
    /// Its next row.
    next: u32,
    rows: u64,
}

impl<'a, R: 'static> Table<'a, R> {
    fn new(
        workbook: &'a mut Workbook,
        formats: &'a Formats,
        facts: &'a Facts<'a>,
        kind: Rows,
        columns: &'static [Column<R>],
    ) -> Result<Table<'a, R>, ExportError> {
        let mut table = Table { workbook, formats, facts, kind, columns, sheets: 0, next: 0, rows: 0 };
        table.begin_sheet()?;
        Ok(table)
    }

    fn begin_sheet(&mut self) -> Result<(), ExportError> {
        self.sheets += 1;
        let word = self.kind.word();
        let name = if self.sheets == 1 { word.to_owned() } else { format!("{word} {}", self.sheets) };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (at, column) in (0..).zip(self.columns) {
            sheet.set_column_width(at, 16)?;
            sheet.write_string_with_format(0, at, column.name, &self.formats.heading)?;
        }
        self.next = 1;
        Ok(())
    }

    fn row(&mut self, row: &R) -> Result<(), ExportError> {
        if self.next == ROWS_OF_SHEET {
            self.begin_sheet()?;
        }
        // The summary is the first sheet.
        let sheet = self.workbook.worksheet_from_index(self.sheets as usize)?;
        for (at, column) in (0..).zip(self.columns) {
            write_cell(sheet, self.formats, self.facts, (self.next, at), &(column.cell)(self.facts, row))?;
        }
        self.next += 1;
        self.rows += 1;
        Ok(())
    }
}

fn write_cell(
    sheet: &mut Worksheet,
    formats: &Formats,
    facts: &Facts<'_>,
    (row, column): (u32, u16),
    cell: &Cell,
) -> Result<(), ExportError> {
    let number = match cell {
        Cell::Empty => return Ok(()),
        Cell::Text(_) | Cell::At(_) => None,
        Cell::Number(count) => exact(*count, &count.to_string()).map(|number| (number, &formats.count)),
        Cell::Money(amount) => {
            exact(amount.e8().unsigned_abs(), &amount.to_string()).map(|number| (number, &formats.money))
        }
        Cell::Price(price) => {
            exact(price.e10().unsigned_abs(), &price.to_string()).map(|number| (number, &formats.price))
        }
    };
    match (number, cell) {
        (Some((number, format)), _) => sheet.write_number_with_format(row, column, number, format)?,
        // A string cell is shown and never evaluated, so it needs no apostrophe.
        (None, Cell::Text(text)) => sheet.write_string(row, column, text)?,
        (None, cell) => {
            let mut text = String::new();
            cell.write(facts, &mut text);
            sheet.write_string(row, column, text)?
        }
    };
    Ok(())
}

/// The number nearest to the text, if its digits are so few that it reads as the very same text again. It is
/// only written; nothing is reckoned with it.
fn exact(digits: u64, text: &str) -> Option<f64> {
    if digits < EXACT { text.parse().ok() } else { None }
}

fn summary(
    sheet: &mut Worksheet,
    formats: &Formats,
    summary: &BillSummary,
    view: &BillView<'_>,
    facts: &Facts<'_>,
) -> Result<(), ExportError> {
    let total = &summary.total;
    let stated = Stated::of(total.amount, facts.rounding);
    sheet.set_column_width(0, 28)?.set_column_width(1, 24)?;
    let text = |text: &str| Cell::Text(text.to_owned());
    let lines: Vec<(&str, Cell)> = vec![
        ("billing_cycle", text(&view.month.to_string())),
        ("from", Cell::At(view.from)),
        ("to", Cell::At(view.to)),
        ("account_id", text(&facts.account.to_string())),
        ("account_name", text(&facts.name)),
        ("currency", text(&facts.catalog.currency)),
        ("detail_rows", Cell::Number(total.rows)),
        ("pay_per_use_calls", Cell::Number(summary.usage.units)),
        ("pay_per_use_amount", Cell::Money(summary.usage.amount)),
        ("package_amount", Cell::Money(summary.packages.amount)),
        ("official_amount", Cell::Money(total.official())),
        ("discount_amount", Cell::Money(total.discount)),
        ("consume_amount", Cell::Money(total.amount)),
        ("stated_amount", Cell::Money(stated.amount)),
        ("rounding_amount", Cell::Money(stated.rounding)),
        ("truncated_amount", Cell::Money(stated.truncated)),
        ("coupon_amount", Cell::Money(total.payment.coupons)),
        ("cash_amount", Cell::Money(total.payment.cash)),
        ("credit_amount", Cell::Money(total.payment.credit)),
        ("debt_amount", Cell::Money(total.payment.debt)),
        ("debt_paid", Cell::Money(total.repaid)),
        ("outstanding_amount", Cell::Money(total.outstanding())),
        ("adjustment_amount", Cell::Money(summary.adjusted)),
    ];
    for (row, (name, cell)) in (0..).zip(lines) {
        sheet.write_string_with_format(row, 0, name, &formats.heading)?;
        write_cell(sheet, formats, facts, (row, 1), &cell)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use charging::Money;

    use super::*;

    #[test]
    fn a_number_cell_reads_as_the_amount() {
        for text in ["0.00", "0.05", "9999999.99999999", "-1234567.00000001", "0.00000001"] {
            let amount: Money = text.parse().unwrap();
            let number = exact(amount.e8().unsigned_abs(), text).unwrap();
            assert_eq!(format!("{number:.8}").parse::<Money>().unwrap(), amount);
        }
        assert_eq!(exact("10000000".parse::<Money>().unwrap().e8().unsigned_abs(), "10000000"), None);
    }
}
