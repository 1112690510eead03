//! `bench-bill [CHARGES] [FOLDER]`: a month of so many charges over a thousand accounts, closed and exported.
//!
//! The charges are made by the real engine on a time of its own: every hour of a month calls come, packages are
//! bought and used up, some accounts cannot pay, and some of these pay later. Then the real server is started on
//! these books, and `inkmeter bills close` proves and exports the month for every account: CSV, XLSX, PDF and
//! FOCUS. Measured is how long this takes, and the most memory server and command ever held, at a tenth of the
//! charges and at all of them: memory must not grow with the charges.
//!
//! Every file is read back, those of single calls too, and its sums compared with the books to the last unit.

mod history;
mod read_back;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use charging::Money;

use crate::bench::quiet::{Measured, undisturbed};
use crate::bench::{folder, target};
use history::Books;

/// How many charges, unless the command says so.
const CHARGES: u64 = 1_000_000;
/// The month they are made in.
pub(crate) const MONTH: &str = "2025-03";
/// The most a run at all charges may hold, by a run at a tenth of them: at least this share of it.
const FLAT_TARGET: f64 = 0.80;
/// Closing and exporting a million charges in four formats: at least so many a second.
const PER_S_TARGET: f64 = 5_000.0;

/// How often a closing is measured at most, if the machine is busy.
const ATTEMPTS: usize = 3;

/// What a closing took.
struct Closed {
    seconds: f64,
    server_kib: u64,
    command_kib: u64,
    bytes: u64,
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
    let binary =
        target().join("release/inkmeter").canonicalize().context("build the server: make bench-bill")?;
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

fn close(binary: &Path, data: &Path, out: &Path, rows: &str, formats: &str, books: &Books) -> Result<Closed> {
    let server = Server::start(binary, data)?;
    let start = Instant::now();
    let command = Command::new(binary)
        .arg("--data")
        .arg(data)
        .args(["bills", "close", "--month", MONTH, "--rows", rows, "--format", formats, "--json", "--out"])
        .arg(out)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let command_kib = watch_memory(command.id());
    let output = command.wait_with_output()?;
    let seconds = start.elapsed().as_secs_f64();
    let command_kib = command_kib.join().map_err(|_| anyhow!("the watch on the memory panicked"))?;
    ensure!(output.status.success(), "the closing failed: {}", String::from_utf8_lossy(&output.stdout));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let number = |field: &str| report[field].as_u64().with_context(|| format!("no {field} in {report}"));
    let total = report["total"].as_number().with_context(|| format!("no total in {report}"))?;
    let total: Money = total.to_string().parse().map_err(|e| anyhow!("{total}: {e}"))?;
    ensure!(total == books.total, "the bills come to {total}, the books to {}", books.total);
    ensure!(number("charges")? == books.charges, "charges are missing: {report}");
    ensure!(number("accounts")? == history::ACCOUNTS, "accounts are missing: {report}");
    ensure!(number("taken_over")? == 0, "not all of it was made in this run: {report}");
    let server_kib = peak_kib(server.0.id()).context("the server has gone")?;
    Ok(Closed { seconds, server_kib, command_kib, bytes: number("bytes")?, rows: number("rows")? })
}

/// The server, until it goes.
struct Server(Child);

impl Server {
    /// Starts it, and waits until it serves.
    fn start(binary: &Path, data: &Path) -> Result<Server> {
        let mut child = Command::new(binary)
            .arg("--data")
            .arg(data)
            .args(["serve", "--listen", "127.0.0.1:0", "--clock", "manual"])
            .stdout(Stdio::piped())
            .stderr(fs::File::create(data.join("server.log"))?)
            .spawn()?;
        let out = child.stdout.take().context("the server has no output")?;
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(out));
        let Some(first) = lines.next() else {
            let log = fs::read_to_string(data.join("server.log")).unwrap_or_default();
            return Err(anyhow!("the server did not start: {log}"));
        };
        first?;
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Server(child))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The most memory a process ever held, in KiB; `None` once it has gone.
fn peak_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Watches a process until it has gone.
fn watch_memory(process: u32) -> std::thread::JoinHandle<u64> {
    std::thread::spawn(move || {
        let mut peak = 0;
        while let Some(kib) = peak_kib(process) {
            peak = peak.max(kib);
            std::thread::sleep(Duration::from_millis(20));
        }
        peak
    })
}
