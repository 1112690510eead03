//! `bench-bill [CHARGES] [FOLDER]`: a month of so many charges over a thousand accounts, closed and exported.
//!
//! The charges are made by the real engine on a time of its own: every hour of a month calls come, packages are
//! bought and used up, some accounts cannot pay, and some of these pay later. Then the real server is started on
//! these books, and `inkmeter bills close` proves and exports the month for every account: CSV, XLSX, PDF and
//! FOCUS. Measured is how long this takes, and the most memory server and command ever held, at a tenth of the
//! charges and at all of them: memory must not grow with the charges.
//!
//! Every file is read back, those of single calls too, and its sums compared with the books to the last unit.

mod read_back;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, anyhow, ensure};
use charging::Money;

use crate::bench::history::{self, Books, MONTH};
use crate::bench::process::{Server, watched};
use crate::bench::quiet::{Measured, undisturbed};
use crate::bench::{folder, server_binary};

/// How many charges, unless the command says so.
const CHARGES: u64 = 1_000_000;
/// The most a run at all charges may hold, by a run at a tenth of them: at least this share of it.
const FLAT_TARGET: f64 = 0.80;
/// Closing and exporting a million charges in four formats: at least so many a second.
const PER_S_TARGET: f64 = 5_000.0;

/// How often a closing is measured at most, if the machine is busy.
const ATTEMPTS: usize = 3;

/// What a closing took.
pub(crate) struct Closed {
    pub seconds: f64,
    pub server_kib: u64,
    pub command_kib: u64,
    pub bytes: u64,
    rows: u64,
}

/// Runs the benchmark.
///
/// # Errors
///
/// If the folder cannot be written, the server cannot be started, or a sum is wrong.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    let charges = match args.first().map(|first| first.parse::<u64>()) {
        Some(Ok(charges)) if charges >= 10_000 => {
            args.remove(0);
            charges
        }
        Some(Ok(_)) => return Err("at least 10,000 charges".into()),
        _ => CHARGES,
    };
    let dir = folder(&args, "bench-bill [CHARGES] [FOLDER]")?;
    let binary = server_binary("make bench-bill")?;
    println!("closing {MONTH} for {} accounts\n", history::ACCOUNTS);
    println!(
        "{:>10} {:>9} {:>8} {:>12} {:>14} {:>10}",
        "charges", "rows", "s", "server MiB", "command MiB", "MiB"
    );
    let small = one(&dir, &binary, charges.div_euclid(10))?;
    let large = one(&dir, &binary, charges)?;
    let most = |closed: &Measured<Closed>| closed.value.server_kib.max(closed.value.command_kib) as f64;
    println!();
    for (closed, charges) in [(&small, charges.div_euclid(10)), (&large, charges)] {
        if closed.disturbance.is_spoiled() {
            println!(
                "closing {charges} charges: never undisturbed ({}); its figures suffer",
                closed.disturbance
            );
        }
    }
    println!("RATIO bill_memory_flat {:.2} {FLAT_TARGET}", most(&small) / most(&large));
    println!("RATIO bill_charges_per_s {:.0} {PER_S_TARGET:.0}", charges as f64 / large.value.seconds);
    Ok(())
}

/// A history, its closing, and the proof of every file. What is repeated on a busy machine is the closing.
fn one(dir: &Path, binary: &Path, charges: u64) -> Result<Measured<Closed>> {
    let folder = tempfile::tempdir_in(dir)?;
    let books = history::make(folder.path(), charges)?;
    let out = folder.path().join("bills");
    let name = format!("closing {} charges", books.charges);
    let measured = undisturbed(
        &name,
        ATTEMPTS,
        |_| None,
        || {
            if out.exists() {
                fs::remove_dir_all(&out)?;
            }
            close(binary, folder.path(), &out, "hours", "csv,xlsx,pdf,focus", &books)
        },
    )?;
    let closed = &measured.value;
    println!(
        "{:>10} {:>9} {:>8.1} {:>12.1} {:>14.1} {:>10.1}",
        books.charges,
        closed.rows,
        closed.seconds,
        closed.server_kib as f64 / 1024.0,
        closed.command_kib as f64 / 1024.0,
        closed.bytes as f64 / 1_048_576.0,
    );
    let files = read_back::bills(&out.join(MONTH), &books)?;
    // The calls themselves, which are not measured.
    let calls = folder.path().join("calls");
    close(binary, folder.path(), &calls, "charges", "csv,xlsx", &books)?;
    let files = files + read_back::calls(&calls.join(MONTH), &books)?;
    println!("{:>10} every sum of {files} files agrees: {}", "", books.total);
    Ok(measured)
}

/// Closes the month with the real server and command; both are watched.
///
/// # Errors
///
/// If it fails, or comes to something else than the books.
pub(crate) fn close(
    binary: &Path,
    data: &Path,
    out: &Path,
    rows: &str,
    formats: &str,
    books: &Books,
) -> Result<Closed> {
    let server = Server::start(binary, data)?;
    let mut command = Command::new(binary);
    command.arg("--data").arg(data);
    command
        .args(["bills", "close", "--month", MONTH, "--rows", rows, "--format", formats, "--json", "--out"]);
    let ran = watched(command.arg(out))?;
    let report: serde_json::Value = serde_json::from_slice(&ran.output)?;
    let number = |field: &str| report[field].as_u64().with_context(|| format!("no {field} in {report}"));
    let total = report["total"].as_number().with_context(|| format!("no total in {report}"))?;
    let total: Money = total.to_string().parse().map_err(|e| anyhow!("{total}: {e}"))?;
    ensure!(total == books.total, "the bills come to {total}, the books to {}", books.total);
    ensure!(number("charges")? == books.charges, "charges are missing: {report}");
    ensure!(number("accounts")? == history::ACCOUNTS, "accounts are missing: {report}");
    ensure!(number("taken_over")? == 0, "not all of it was made in this run: {report}");
    let server_kib = server.peak_kib()?;
    Ok(Closed {
        seconds: ran.seconds,
        server_kib,
        command_kib: ran.peak_kib,
        bytes: number("bytes")?,
        rows: number("rows")?,
    })
}
