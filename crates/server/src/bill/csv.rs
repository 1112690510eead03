//! CSV: RFC 4180, UTF-8, one heading, CRLF.

use std::io::Write;

use csv::{Terminator, Writer, WriterBuilder};
use ledger::read::BillView;

use super::cell::Column;
use super::{ExportError, Facts, Rows, Wanted, calls, detail, movement};

pub(super) fn write(
    view: &BillView<'_>,
    facts: &Facts<'_>,
    wanted: Wanted,
    mut out: impl Write,
) -> Result<u64, ExportError> {
    if wanted.bom {
        out.write_all("\u{feff}".as_bytes())?;
    }
    let mut table = writer(out);
    let mut rows = 0;
    match wanted.rows {
        Rows::Hours => {
            heading(&mut table, detail::COLUMNS)?;
            view.rows(|row| line(&mut table, facts, detail::COLUMNS, &row, &mut rows))?;
        }
        Rows::Transactions => {
            heading(&mut table, movement::COLUMNS)?;
            view.movements(|row| line(&mut table, facts, movement::COLUMNS, &row, &mut rows))?;
        }
        Rows::Charges => {
            heading(&mut table, calls::COLUMNS)?;
            view.charges(|row| line(&mut table, facts, calls::COLUMNS, &row, &mut rows))?;
        }
    }
    table.flush()?;
    Ok(rows)
}

/// A writer of RFC 4180.
pub(super) fn writer<W: Write>(out: W) -> Writer<W> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out)
}

fn heading<R>(table: &mut Writer<impl Write>, columns: &[Column<R>]) -> Result<(), ExportError> {
    Ok(table.write_record(columns.iter().map(|column| column.name))?)
}

fn line<R>(
    table: &mut Writer<impl Write>,
    facts: &Facts<'_>,
    columns: &[Column<R>],
    row: &R,
    rows: &mut u64,
) -> Result<(), ExportError> {
    let mut text = String::new();
    for column in columns {
        (column.cell)(facts, row).write(facts, &mut text);
        table.write_field(&text)?;
    }
    table.write_record(None::<&[u8]>)?;
    *rows += 1;
    Ok(())
}
