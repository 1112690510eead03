//! Bills on the command line: a month to read, to keep as a file, and to close for all accounts.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::client::Client;
use super::close::{self, CloseOptions};
use super::operator::{Json, segment};
use super::print;
use crate::app::OpenError;
use crate::say::say;

#[derive(Subcommand)]
pub(super) enum BillCommand {
    /// A month's bill, to read or as a file.
    #[command(after_help = "\
Examples:
  inkmeter bill alice --month 2026-11                          what it cost, hour by hour
  inkmeter bill alice --month 2026-11 --export pdf             one page to read and to pay by
  inkmeter bill alice --month 2026-11 --export csv --rows transactions
  inkmeter bill alice --month 2026-11 --export focus --out -   for cost tools, to standard output")]
    Bill(BillArgs),
    /// Bills of all accounts.
    #[command(subcommand)]
    Bills(BillsCommand),
    /// An account's movements of cash and debt, oldest first: top-ups, settlements, packages, debt paid.
    Transactions {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Args)]
pub(super) struct BillArgs {
    /// The account.
    name: String,
    /// The month, like 2026-11.
    #[arg(long)]
    month: String,
    /// Write a file: csv, xlsx, pdf, or focus (FOCUS 1.2, for cost tools).
    #[arg(long, value_parser = ["csv", "xlsx", "pdf", "focus"])]
    export: Option<String>,
    /// What the rows of a CSV or XLSX are: usage by hour and price, movements of money, or the calls themselves.
    #[arg(long, default_value = "hours", value_parser = ["hours", "transactions", "charges"], requires = "export")]
    rows: String,
    /// Where to: a file, a folder, or - for standard output. The server's name for it in this folder, if not given.
    #[arg(long, requires = "export")]
    out: Option<PathBuf>,
    /// The language of a PDF: en or zh-CN.
    #[arg(long, alias = "lang", default_value = "en", value_parser = ["en", "zh-CN", "zh"])]
    language: String,
    /// Begin a CSV with a byte order mark, by which Excel knows that it is UTF-8.
    #[arg(long)]
    bom: bool,
    #[command(flatten)]
    json: Json,
}

#[derive(Subcommand)]
pub(super) enum BillsCommand {
    /// The months of an account for which there is a bill, newest first: the total in two decimals, and what is paid of the
    /// exact one, at the settlements and later.
    List {
        /// The account.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Prove that a month adds up for every account, and export all its bills.
    #[command(after_help = "\
For each account the same money is counted in seven ways, which must agree to the last digit: the lines of the hours,
what the settlements took, the movements of cash and debt, the charges one by one, the usage by hour, the postings
between the books, and the sums with which the books closed the month. Then its bill is written in each format, and
a line with its sums into OUT/MONTH/summary-ROWS.csv.

The books close a month on the 3rd of the next one, 00:00 in the account's zone, when all its hours are settled; from
then on its bill is final. Before that this command refuses, unless --provisional is given.

A run that was interrupted is taken up where it ended: accounts whose line is there and whose files are whole are
not done again. So a later run keeps the files as they are; --again writes them anew, with what was paid of the debts
since. Exits with 1 if a sum does not agree; the other accounts are done all the same.

Examples:
  inkmeter bills close --month 2026-10 --out bills
  inkmeter bills close --month 2026-10 --format csv,focus --rows hours --json")]
    Close {
        /// The month, like 2026-11.
        #[arg(long)]
        month: String,
        /// The folder for the files; one for the month is made in it.
        #[arg(long, default_value = "bills")]
        out: PathBuf,
        /// In which formats, with commas between them.
        #[arg(long, value_delimiter = ',', default_value = "csv,xlsx,pdf",
            value_parser = ["csv", "xlsx", "pdf", "focus"])]
        format: Vec<String>,
        /// What the rows of CSV and XLSX are.
        #[arg(long, default_value = "hours", value_parser = ["hours", "transactions", "charges"])]
        rows: String,
        /// The language of the PDFs: en or zh-CN.
        #[arg(long, alias = "lang", default_value = "en", value_parser = ["en", "zh-CN", "zh"])]
        language: String,
        /// Also if the month is over and settled, but not closed yet.
        #[arg(long)]
        provisional: bool,
        /// Write all files anew, those of an earlier run too.
        #[arg(long)]
        again: bool,
        #[command(flatten)]
        json: Json,
    },
}

pub(super) fn run(client: &Client, command: BillCommand) -> Result<ExitCode, OpenError> {
    match command {
        BillCommand::Bill(args) => match args.export {
            Some(_) => export(client, &args)?,
            None => {
                let path = format!("/accounts/{}/bills/{}", segment(&args.name), segment(&args.month));
                args.json.show(&client.get(&path)?, print::bill);
            }
        },
        BillCommand::Bills(BillsCommand::List { name, json }) => {
            json.show(&client.get(&format!("/accounts/{}/bills", segment(&name)))?, months);
        }
        BillCommand::Bills(BillsCommand::Close {
            month,
            out,
            format,
            rows,
            language,
            provisional,
            again,
            json,
        }) => {
            let (formats, is_provisional, is_again) = (format, provisional, again);
            let options = CloseOptions { month, out, formats, rows, language, is_provisional, is_again };
            return close::close(client, &options, json.json);
        }
        BillCommand::Transactions { name, json } => transactions(client, &name, json.json)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The path of an export.
pub(super) fn export_path(
    name: &str,
    month: &str,
    format: &str,
    rows: &str,
    language: &str,
    bom: bool,
) -> String {
    format!(
        "/accounts/{}/bills/{}/export?format={format}&rows={rows}&language={language}&bom={bom}",
        segment(name),
        segment(month)
    )
}

fn export(client: &Client, args: &BillArgs) -> Result<(), OpenError> {
    let format = args.export.as_deref().unwrap_or("csv");
    let path = export_path(&args.name, &args.month, format, &args.rows, &args.language, args.bom);
    // How long the file takes to be made is not known before it is; how long it takes to arrive is.
    let bar = indicatif::ProgressBar::new_spinner().with_message("the server writes the bill");
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    let to_stdout = args.out.as_deref() == Some(Path::new("-"));
    let mut target = Target::open(args.out.as_deref(), to_stdout)?;
    let sent = client.download(&path, &mut |piece, total| {
        if let Some(total) = total.filter(|_| bar.length().is_none()) {
            bar.set_length(total);
            bar.set_style(super::bar_style("{bytes}/{total_bytes} {bytes_per_sec}"));
        }
        bar.inc(piece.len() as u64);
        target.write(piece)
    });
    bar.finish_and_clear();
    let sent = sent?;
    let place = target.finish(args.out.as_deref(), sent.file_name.as_deref().unwrap_or("bill"))?;
    if let Some(place) = place {
        if args.json.json {
            say!("{}", serde_json::json!({ "file": place, "rows": sent.rows, "bytes": sent.bytes }));
        } else {
            say!("{} ({} rows, {} bytes)", place.display(), sent.rows, sent.bytes);
        }
    }
    Ok(())
}

/// Where an export goes: standard output, or a file that has its name only when it is whole.
enum Target {
    Stdout(std::io::BufWriter<std::io::Stdout>),
    File(tempfile::NamedTempFile),
}

impl Target {
    fn open(out: Option<&Path>, to_stdout: bool) -> Result<Target, OpenError> {
        if to_stdout {
            return Ok(Target::Stdout(std::io::BufWriter::new(std::io::stdout())));
        }
        let folder = match out {
            Some(path) if path.is_dir() => path,
            Some(path) => {
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
            }
            None => Path::new("."),
        };
        let names_a_folder = out.is_some_and(|path| path.as_os_str().as_encoded_bytes().ends_with(b"/"));
        let missing = match out {
            Some(path) if names_a_folder && !path.is_dir() => Some(path),
            _ => Some(folder).filter(|folder| !folder.is_dir()),
        };
        if let Some(missing) = missing {
            let missing = missing.display();
            return Err(format!("there is no folder {missing}: make it first, or give another --out").into());
        }
        let file = tempfile::Builder::new().prefix(".bill-").tempfile_in(folder);
        let file = file.map_err(|problem| format!("{}: {problem}", folder.display()))?;
        Ok(Target::File(file))
    }

    fn write(&mut self, piece: &[u8]) -> std::io::Result<()> {
        match self {
            Target::Stdout(out) => out.write_all(piece),
            Target::File(file) => file.write_all(piece),
        }
    }

    /// The file, under its name; nothing for standard output.
    fn finish(self, out: Option<&Path>, name: &str) -> Result<Option<PathBuf>, OpenError> {
        match self {
            Target::Stdout(mut out) => {
                out.flush()?;
                Ok(None)
            }
            Target::File(file) => {
                // The server's name is taken for what it is, a name: never for a path.
                let name = Path::new(name).file_name().unwrap_or_default();
                let path = match out {
                    Some(path) if path.is_dir() => path.join(name),
                    Some(path) => path.to_owned(),
                    None => PathBuf::from(name),
                };
                keep(file, &path)?;
                Ok(Some(path))
            }
        }
    }
}

/// Gives a file its name, readable for its owner's group like any other file.
pub(super) fn keep(file: tempfile::NamedTempFile, path: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o640))?;
    file.persist(path).map_err(|problem| format!("{}: {}", path.display(), problem.error))?;
    Ok(())
}

fn months(value: &Value) -> String {
    let text = |month: &Value, field: &str| print::text(month, field);
    let line = |month: &Value| {
        format!(
            "{}  {:>16} {}  paid {:>16}  paid later {:>16}  owed {:>16}  exact total {:>16}",
            text(month, "month"),
            text(month, "stated"),
            text(month, "currency"),
            text(month, "paid"),
            text(month, "debt_paid"),
            text(month, "outstanding"),
            text(month, "total"),
        )
    };
    value.as_array().into_iter().flatten().map(line).collect::<Vec<_>>().join("\n")
}

/// Prints all transactions, page by page.
fn transactions(client: &Client, name: &str, as_json: bool) -> Result<(), OpenError> {
    const PAGE: usize = 1_000;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut after = 0;
    loop {
        let path = format!("/accounts/{}/transactions?limit={PAGE}&after={after}", segment(name));
        let page = client.get(&path)?;
        let rows = page.as_array().map(Vec::as_slice).unwrap_or_default();
        for row in rows {
            after = row["transaction"].as_u64().unwrap_or(u64::MAX);
            if as_json { writeln!(out, "{row}")? } else { writeln!(out, "{}", movement(row))? }
        }
        if rows.len() < PAGE {
            return Ok(out.flush()?);
        }
    }
}

fn movement(row: &Value) -> String {
    let text = |field: &str| print::text(row, field);
    format!(
        "{:>6} {} {:<16} {:>16}  cash {:>16}  debt {:>16}",
        text("transaction"),
        text("at"),
        text("kind"),
        text("amount"),
        text("cash"),
        text("debt"),
    )
}
