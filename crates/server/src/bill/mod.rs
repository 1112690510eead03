//! Bills as files: CSV, XLSX, PDF and FOCUS.
//!
//! A file is made before its first byte is sent, on the disk if it is long. So the read model is held still only
//! while its rows are written, whoever reads the file may be as slow as they like, and a file that cannot be made
//! is a refusal and no half file. Rows are written one by one as they are read: memory does not grow with them.
//!
//! Money is written as exact decimals, and no sum is taken of anything but integers.

pub mod bill_type;
mod calls;
mod cell;
mod csv;
mod desk;
mod detail;
mod focus;
pub mod json;
mod movement;
mod pdf;
pub mod proof;
mod xlsx;

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use charging::{AccountId, BillRounding, Catalog, Money, Month, Standing, Timestamp, Zone};
use ledger::read::{BillView, ReadError, ReadModel};
use tempfile::SpooledData;

use crate::payments::ProviderChoice;
use crate::project_names::ProjectNames;

pub use desk::{Desk, OF_AN_ACCOUNT};
pub use focus::FOCUS_VERSION;
pub use pdf::missing_glyphs;

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// A workbook for Excel and its kin.
    Xlsx,
    /// One page for a person.
    Pdf,
    /// FOCUS, as cost tools read it: CSV with the columns of that specification.
    Focus,
}

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// The detailed bill: usage by hour and price, then packages.
    Hours,
    /// The transaction bill: settlements and purchases.
    Transactions,
    /// The calls themselves.
    Charges,
}

/// In which language a person reads the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

/// Which file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// What kind.
    pub format: Format,
    /// What its rows are; a PDF and FOCUS have their own.
    pub rows: Rows,
    /// Whether a CSV begins with a byte order mark, by which Excel knows UTF-8.
    pub bom: bool,
    /// The language of a PDF.
    pub language: Language,
}

/// How far a month's bill has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BillState {
    /// The month is not over.
    Running,
    /// It is over, and the books have not closed it: hours may be settled yet.
    Over,
    /// It does not change any more.
    Final,
}

impl BillState {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            BillState::Running => "running",
            BillState::Over => "over",
            BillState::Final => "final",
        }
    }
}

/// What stands on a bill beside its rows.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The account's name.
    pub name: String,
    /// Its id.
    pub account: AccountId,
    /// The zone instants are shown in.
    pub zone: Zone,
    /// How the total is stated.
    pub rounding: BillRounding,
    /// Where the account stands now, and what it owes in all.
    pub standing: Standing,
    /// What it owes in all, bills of other months included.
    pub owed: Money,
    /// The price list.
    pub catalog: &'a Catalog,
    /// Who issues the bill.
    pub issuer: &'a str,
    /// How to pay, in the operator's words; may be empty.
    pub how_to_pay: &'a str,
    /// What enterprise projects are called.
    pub projects: ProjectNames,
    /// Who takes the customers' money: what is said of it where the operator says nothing.
    pub provider: ProviderChoice,
    /// When the file was made.
    pub now: Timestamp,
    /// How far the bill had come then.
    pub state: BillState,
}

/// Files up to this length stay in memory: most bills are short, and a file on the disk has its price.
const IN_MEMORY_BYTES: usize = 256 * 1024;

/// What is in a file that was made.
#[derive(Debug)]
pub enum Content {
    /// All of it.
    Memory(Vec<u8>),
    /// A file at its beginning. It has no name and goes when it is closed.
    Disk(File),
}

/// A file that was made.
#[derive(Debug)]
pub struct Made {
    /// What is in it.
    pub content: Content,
    /// How many rows it has, headings not counted.
    pub rows: u64,
    /// How long it is.
    pub bytes: u64,
}

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The rows could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file could not be written.
    #[error("the file: {0}")]
    File(#[from] std::io::Error),
    /// A row could not be written as CSV.
    #[error("the file: {0}")]
    Csv(#[from] ::csv::Error),
    /// The workbook could not be written.
    #[error("the workbook: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The page could not be drawn.
    #[error("the page: {0}")]
    Pdf(String),
}

/// A total as the bill states it. The exact total is what is paid; the other is what a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stated {
    /// The total in two decimals.
    pub amount: Money,
    /// What rounding added to the exact total.
    pub rounding: Money,
    /// What dropping the tail took off it, where that is the rule.
    pub truncated: Money,
}

impl Stated {
    /// An exact total under a rule.
    pub fn of(exact: Money, rule: BillRounding) -> Stated {
        let amount = rule.stated(exact);
        let rounding = amount - exact;
        let truncated = if rule == BillRounding::TailDropped { -rounding } else { Money::ZERO };
        Stated { amount, rounding, truncated }
    }
}

impl Format {
    /// By its word: `csv`, `xlsx`, `pdf` or `focus`.
    pub fn from_word(word: &str) -> Option<Format> {
        match word {
            "csv" => Some(Format::Csv),
            "xlsx" => Some(Format::Xlsx),
            "pdf" => Some(Format::Pdf),
            "focus" => Some(Format::Focus),
            _ => None,
        }
    }

    /// What HTTP calls it.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv | Format::Focus => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Pdf => "application/pdf",
        }
    }
}

impl Rows {
    /// By its word: `hours`, `transactions` or `charges`.
    pub fn from_word(word: &str) -> Option<Rows> {
        match word {
            "hours" => Some(Rows::Hours),
            "transactions" => Some(Rows::Transactions),
            "charges" => Some(Rows::Charges),
            _ => None,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Rows::Hours => "hours",
            Rows::Transactions => "transactions",
            Rows::Charges => "charges",
        }
    }
}

impl Language {
    /// By its tag: `en` or `zh-CN`.
    pub fn from_tag(tag: &str) -> Option<Language> {
        match tag {
            "en" => Some(Language::English),
            "zh-CN" | "zh-cn" | "zh" => Some(Language::Chinese),
            _ => None,
        }
    }
}

impl Wanted {
    /// What the file is called.
    pub fn file_name(&self, account: &str, month: Month) -> String {
        match self.format {
            Format::Csv => format!("{account}_{month}_{}.csv", self.rows.word()),
            Format::Xlsx => format!("{account}_{month}_{}.xlsx", self.rows.word()),
            Format::Pdf => format!("{account}_{month}.pdf"),
            Format::Focus => format!("{account}_{month}_focus.csv"),
        }
    }
}

/// Makes a file of an account's month. What is due should be done before, else an hour that is over may be missing.
/// Blocks; `folder` is where it may write meanwhile.
///
/// # Errors
/// [`ExportError`].
pub fn export(
    read: &ReadModel,
    facts: &Facts<'_>,
    month: Month,
    wanted: Wanted,
    folder: &Path,
) -> Result<Made, ExportError> {
    let mut spool = tempfile::spooled_tempfile_in(IN_MEMORY_BYTES, folder);
    let rows =
        read.look_at_bill(facts.account, month, |view| write(view, facts, wanted, folder, &mut spool))?;
    let bytes = spool.stream_position()?;
    let content = match spool.into_inner() {
        SpooledData::InMemory(cursor) => Content::Memory(cursor.into_inner()),
        SpooledData::OnDisk(mut file) => {
            file.rewind()?;
            Content::Disk(file)
        }
    };
    Ok(Made { content, rows, bytes })
}

fn write(
    view: &BillView<'_>,
    facts: &Facts<'_>,
    wanted: Wanted,
    folder: &Path,
    file: impl Write + Seek + Send,
) -> Result<u64, ExportError> {
    let mut out = BufWriter::with_capacity(64 * 1024, file);
    let rows = match wanted.format {
        Format::Csv => csv::write(view, facts, wanted, &mut out)?,
        Format::Focus => focus::write(view, facts, &mut out)?,
        Format::Xlsx => xlsx::write(view, facts, wanted.rows, folder, &mut out)?,
        Format::Pdf => pdf::write(view, facts, wanted.language, &mut out)?,
    };
    out.flush()?;
    Ok(rows)
}

/// The columns of each kind of rows: name, unit and meaning. They are what docs/bills.md documents.
pub fn documented_columns() -> Vec<(Rows, &'static str)> {
    let of = |rows, names: Vec<&'static str>| names.into_iter().map(move |name| (rows, name));
    of(Rows::Hours, detail::COLUMNS.iter().map(|column| column.name).collect())
        .chain(of(Rows::Transactions, movement::COLUMNS.iter().map(|column| column.name).collect()))
        .chain(of(Rows::Charges, calls::COLUMNS.iter().map(|column| column.name).collect()))
        .collect()
}

/// The columns of the FOCUS file.
pub fn focus_columns() -> &'static [&'static str] {
    &focus::COLUMNS
}
