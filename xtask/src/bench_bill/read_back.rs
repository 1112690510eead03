//! Every file of a closed month, read back and added up.

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use calamine::{Data, Reader, Xlsx, open_workbook};
use charging::Money;

use super::MONTH;
use super::history::{ACCOUNTS, Books, account_name};

/// What the files come to.
pub struct Sums {
    /// How many were read.
    pub files: u64,
    /// The same in each format.
    pub total: Money,
}

/// Reads the CSV, XLSX, PDF and FOCUS file of every account.
///
/// # Errors
///
/// A file that cannot be read, or whose sum is not the books'.
pub fn sums(folder: &Path, books: &Books) -> Result<Sums> {
    let mut files = 0;
    for number in 0..ACCOUNTS {
        let account = account_name(number);
        let expected = books.by_account[usize::try_from(number)?];
        let file = |end: &str| folder.join(format!("{account}_{MONTH}{end}"));
        for (kind, sum) in [
            ("CSV", csv(&file("_hours.csv"), "consume_amount")?),
            ("FOCUS", csv(&file("_focus.csv"), "BilledCost")?),
            ("XLSX", xlsx(&file("_hours.xlsx"))?),
            ("PDF", pdf(&file(".pdf"))?),
        ] {
            ensure!(sum == expected, "{account}: the {kind} comes to {sum}, the books to {expected}");
            files += 1;
        }
    }
    Ok(Sums { files, total: books.total })
}

fn parse(text: &str) -> Result<Money> {
    text.parse().map_err(|error| anyhow!("{text:?}: {error}"))
}

fn csv(path: &Path, column: &str) -> Result<Money> {
    let mut reader = csv::Reader::from_path(path).with_context(|| path.display().to_string())?;
    let at = reader.headers()?.iter().position(|heading| heading == column).context("no such column")?;
    let mut sum = Money::ZERO;
    for record in reader.records() {
        sum += parse(record?.get(at).context("a short row")?)?;
    }
    Ok(sum)
}

/// The sum of the rows, which must be the one the first sheet states.
fn xlsx(path: &Path) -> Result<Money> {
    let mut workbook: Xlsx<_> = open_workbook(path).with_context(|| path.display().to_string())?;
    let rows = workbook.worksheet_range("hours")?;
    let mut rows = rows.rows();
    let heading = rows.next().context("no heading")?;
    let at = heading.iter().position(|cell| *cell == Data::String("consume_amount".into()));
    let at = at.context("no consume_amount")?;
    let mut sum = Money::ZERO;
    for row in rows {
        sum += cell(&row[at])?;
    }
    let summary = workbook.worksheet_range("summary")?;
    let stated = summary.rows().find(|row| row[0] == Data::String("consume_amount".into()));
    ensure!(cell(&stated.context("no consume_amount in the summary")?[1])? == sum, "the summary differs");
    Ok(sum)
}

fn cell(cell: &Data) -> Result<Money> {
    match cell {
        Data::Float(number) => parse(&format!("{number:.8}")),
        Data::Int(number) => parse(&number.to_string()),
        Data::String(text) => parse(text),
        other => Err(anyhow!("{other:?} is no amount")),
    }
}

/// The exact total, as the page says it.
fn pdf(path: &Path) -> Result<Money> {
    let document = lopdf::Document::load(path).with_context(|| path.display().to_string())?;
    ensure!(document.get_pages().len() == 1, "{} has more than one page", path.display());
    let text = document.extract_text(&[1])?;
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let at = lines.iter().position(|line| line.starts_with("Exact total")).context("no exact total")?;
    let amount = lines.get(at + 1).and_then(|line| line.split_whitespace().next()).context("no amount")?;
    parse(amount)
}
