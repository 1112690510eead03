//! Every file of a closed month, read back and added up, by the reader that the tests of the bills have.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use calamine::{Reader, Xlsx, open_workbook};
use charging::Money;

use crate::bench::history::{ACCOUNTS, Books, MONTH, OfAccount, account_name};
use tables::{Table, figure_of, lines_of, money, text_of_cell};

#[allow(clippy::unwrap_used, reason = "it is the tests': what cannot be read ends the benchmark")]
#[path = "../../../crates/server/tests/read_back/mod.rs"]
mod tables;

/// Reads the bill of every account as CSV, XLSX, PDF and FOCUS; gives how many files that were.
///
/// # Errors
///
/// A file that cannot be read, or whose sum is not the books'.
pub fn bills(folder: &Path, books: &Books) -> Result<u64> {
    each(books, |account, of| {
        let file = |end: &str| folder.join(format!("{account}_{MONTH}{end}"));
        let hours = Table::csv_file(&file("_hours.csv"));
        hours.check_formulas();
        let sheet = of_workbook(&file("_hours.xlsx"), "hours", "consume_amount", hours.rows.len())?;
        sheet.check_formulas();
        let page = lopdf::Document::load(file(".pdf"))?;
        let stated = figure_of(&lines_of(&page), "Exact total").context("no exact total")?;
        for (kind, sum) in [
            ("CSV", hours.sum("consume_amount")),
            ("XLSX", sheet.sum("consume_amount")),
            ("FOCUS", Table::csv_file(&file("_focus.csv")).sum("BilledCost")),
            ("PDF", stated),
        ] {
            ensure!(sum == of.earned, "the {kind} comes to {sum}, the books to {}", of.earned);
        }
        Ok(4)
    })
}

/// Reads the calls of every account as CSV and XLSX; gives how many files that were.
///
/// # Errors
///
/// A file that cannot be read, or whose sums are not the books'.
pub fn calls(folder: &Path, books: &Books) -> Result<u64> {
    each(books, |account, of| {
        let file = |end: &str| folder.join(format!("{account}_{MONTH}_charges{end}"));
        let calls = Table::csv_file(&file(".csv"));
        let sheet = of_workbook(&file(".xlsx"), "charges", "pay_per_use_amount", calls.rows.len())?;
        for (kind, table) in [("CSV", &calls), ("XLSX", &sheet)] {
            let (sum, charges) = (table.sum("amount"), table.rows.len() as u64);
            let (usage, made) = (of.usage, of.charges);
            ensure!(
                (sum, charges) == (usage, made),
                "the {kind} has {charges} calls for {sum}, the books {made} for {usage}"
            );
        }
        Ok(2)
    })
}

fn each(books: &Books, read: impl Fn(&str, &OfAccount) -> Result<u64>) -> Result<u64> {
    let mut files = 0;
    for (number, of) in (0..ACCOUNTS).zip(&books.by_account) {
        let account = account_name(number);
        files += read(&account, of).context(account)?;
    }
    Ok(files)
}

/// The rows of a workbook, whose sum must be the one its first sheet states.
fn of_workbook(path: &Path, sheet: &str, stated_as: &str, rows: usize) -> Result<Table> {
    let mut workbook: Xlsx<_> = open_workbook(path).with_context(|| path.display().to_string())?;
    let table = Table::xlsx(&mut workbook, sheet);
    ensure!(table.rows.len() == rows, "{}: {} rows of {rows}", path.display(), table.rows.len());
    let summary = workbook.worksheet_range("summary")?;
    let row = summary.rows().find(|row| text_of_cell(&row[0]) == stated_as);
    let stated: Money = money(&text_of_cell(&row.with_context(|| format!("no {stated_as}"))?[1]));
    let sum = table.sum(if sheet == "charges" { "amount" } else { stated_as });
    ensure!(stated == sum, "{}: the summary says {stated}, the rows {sum}", path.display());
    Ok(table)
}
