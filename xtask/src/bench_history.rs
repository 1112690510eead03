//! `bench-history [CHARGES] [FOLDER]`: what so many charges weigh, and whether anything gets slower as they add up.
//!
//! The same month as `bench-bill`'s, of ten million charges unless told otherwise, and of a tenth of them beside it. On
//! each of the two the real server and commands are run: opening after a kill -9 in the midst of charging, the month's
//! bill, backup and restore, the moves into PostgreSQL and back, and the proof of every law. What does not depend on the
//! history (opening, memory) must be the same on both; what goes through all of it must take as long for each charge.

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::bench::history;
use crate::bench::postgres::Postgres;
use crate::bench::process::{Ran, Server, watched};
use crate::bench::{folder, server_binary};
use crate::bench_bill::{Closed, close};

/// How many charges, unless the command says so.
const CHARGES: u64 = 10_000_000;
/// After the month, so many more are made and acknowledged, and the process that makes them is killed.
const AFTERWARDS: u64 = 200_000;
/// What is named `_flat` is that of a tenth of the charges by that of all of them: at least so much, where it does not
/// depend on how many there are, and where it is taken for each charge.
const FLAT_TARGET: f64 = 0.80;
/// Opening: at most twice as long.
const OPEN_TARGET: f64 = 0.50;
/// What makes charges until it is killed.
pub const CHARGE: &str = "charge-until-killed";

/// What was measured of one history.
struct Figures {
    charges: u64,
    journal_bytes: u64,
    disk_bytes: u64,
    steps: Vec<Step>,
}

/// One step: how long it took, and the most memory it held.
struct Step {
    name: &'static str,
    seconds: f64,
    peak_kib: u64,
    /// Through how many charges it goes, if it goes through the history.
    charges: Option<u64>,
}

impl Step {
    fn through(charges: u64, name: &'static str, ran: &Ran) -> Step {
        Step { name, seconds: ran.seconds, peak_kib: ran.peak_kib, charges: Some(charges) }
    }
}

/// Runs the benchmark.
///
/// # Errors
///
/// If the folder cannot be written, PostgreSQL is not there, a step fails, or a sum is wrong.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    let charges = match args.first().map(|first| first.parse::<u64>()) {
        Some(Ok(charges)) if charges >= 10 * history::ACCOUNTS => {
            args.remove(0);
            charges
        }
        Some(Ok(_)) => return Err(format!("at least {} charges", 10 * history::ACCOUNTS).into()),
        _ => CHARGES,
    };
    let dir = folder(&args, "bench-history [CHARGES] [FOLDER]")?;
    let binary = server_binary("make bench-history")?;
    let small = measure(&dir, &binary, charges.div_euclid(10))?;
    let large = measure(&dir, &binary, charges)?;
    print(&small);
    print(&large);
    println!();
    let per_charge = |bytes: u64, figures: &Figures| bytes as f64 / figures.charges as f64;
    let bytes = |of: fn(&Figures) -> u64| per_charge(of(&small), &small) / per_charge(of(&large), &large);
    println!("RATIO history_journal_bytes_flat {:.2} {FLAT_TARGET}", bytes(|figures| figures.journal_bytes));
    println!("RATIO history_disk_bytes_flat {:.2} {FLAT_TARGET}", bytes(|figures| figures.disk_bytes));
    for (before, after) in small.steps.iter().zip(&large.steps) {
        let (scale, target) = match (before.charges, after.charges) {
            (Some(before), Some(after)) => (after as f64 / before as f64, FLAT_TARGET),
            _ => (1.0, OPEN_TARGET),
        };
        let name = after.name.replace(' ', "_");
        println!("RATIO history_{name}_flat {:.2} {target}", scale * before.seconds / after.seconds);
        let memory = before.peak_kib as f64 / after.peak_kib as f64;
        println!("RATIO history_{name}_memory_flat {memory:.2} {FLAT_TARGET}");
    }
    Ok(())
}

fn print(figures: &Figures) {
    let each = |bytes: u64| bytes as f64 / figures.charges as f64;
    println!("\n{} charges", figures.charges);
    println!("  {:24}{:>10.1} bytes a charge", "journal", each(figures.journal_bytes));
    println!("  {:24}{:>10.1} bytes a charge", "all of the folder", each(figures.disk_bytes));
    for step in &figures.steps {
        let (seconds, mib) = (step.seconds, step.peak_kib as f64 / 1024.0);
        println!("  {:24}{seconds:>10.2} s {mib:>10.1} MiB", step.name);
    }
}

fn measure(dir: &Path, binary: &Path, charges: u64) -> Result<Figures> {
    let folder = tempfile::tempdir_in(dir)?;
    let data = folder.path().join("data");
    fs::create_dir(&data)?;
    say(&format!("making {charges} charges"));
    let books = history::make(&data, charges)?;
    let (journal_bytes, disk_bytes) = (size(&data.join("journal"))?, size(&data)?);
    say("killing what charges, and opening");
    charge_and_kill(&data)?;
    let mut steps = vec![open(binary, &data)?];
    let closed = close(binary, &data, &folder.path().join("bills"), "hours", "csv", &books)?;
    steps.push(bill(books.charges, &closed));
    let all = books.charges + AFTERWARDS;
    let backup = folder.path().join("backup");
    let server = Server::start(binary, &data)?;
    steps.push(Step::through(all, "backup", &inkmeter(binary, &data, &["backup"], Some(&backup))?));
    drop(server);
    let restored = folder.path().join("restored");
    steps.push(Step::through(all, "restore", &inkmeter(binary, &restored, &["restore"], Some(&backup))?));
    fs::remove_dir_all(&backup)?;
    fs::remove_dir_all(&restored)?;
    steps.push(Step::through(all, "verify", &inkmeter(binary, &data, &["verify"], None)?));
    steps.extend(moves(folder.path(), binary, &data, all)?);
    Ok(Figures { charges: books.charges, journal_bytes, disk_bytes, steps })
}

/// Into a database of their own and back, into a new folder.
fn moves(folder: &Path, binary: &Path, data: &Path, all: u64) -> Result<[Step; 2]> {
    let mut postgres = Postgres::start(folder)?.context("PostgreSQL is not installed")?;
    let database = postgres.database_when_up()?;
    let there = inkmeter(binary, data, &["migrate", "into-database", "--database", &database], None)?;
    let back = folder.join("back");
    fs::DirBuilder::new().mode(0o700).create(&back)?;
    for file in ["config.toml", "master.key"] {
        fs::copy(data.join(file), back.join(file)).with_context(|| format!("copying {file}"))?;
    }
    let here = inkmeter(binary, &back, &["migrate", "into-folder", "--database", &database], None)?;
    Ok([Step::through(all, "into database", &there), Step::through(all, "into folder", &here)])
}

fn inkmeter(binary: &Path, data: &Path, args: &[&str], last: Option<&Path>) -> Result<Ran> {
    say(&args[..args.len().min(2)].join(" "));
    watched(Command::new(binary).arg("--data").arg(data).args(args).args(last))
}

/// Starts the server on what the killed process left.
fn open(binary: &Path, data: &Path) -> Result<Step> {
    let server = Server::start(binary, data)?;
    let (seconds, peak_kib) = (server.opened_s, server.peak_kib()?);
    Ok(Step { name: "open", seconds, peak_kib, charges: None })
}

fn bill(charges: u64, closed: &Closed) -> Step {
    let peak_kib = closed.server_kib.max(closed.command_kib);
    Step { name: "bill", seconds: closed.seconds, peak_kib, charges: Some(charges) }
}

/// Lets another process charge, and kills it while it does, once so many charges are acknowledged. None of them may be
/// lost.
fn charge_and_kill(data: &Path) -> Result<()> {
    let mut child =
        Command::new(std::env::current_exe()?).arg(CHARGE).arg(data).stdout(Stdio::piped()).spawn()?;
    let out = child.stdout.take().context("no output")?;
    let acknowledged = BufReader::new(out).lines().map_while(|line| line.ok()?.parse::<u64>().ok());
    let enough = acknowledged.filter(|charges| *charges >= AFTERWARDS).take(1).next();
    child.kill()?;
    child.wait()?;
    ensure!(enough.is_some(), "what charges ended by itself");
    Ok(())
}

/// Charges in the books of a folder until it is killed, and says now and then how many are acknowledged.
///
/// # Errors
///
/// If they cannot be opened, or a charge is refused.
pub fn charge(args: &[String]) -> Result<(), Box<dyn Error>> {
    let [data] = args else { return Err(format!("usage: {CHARGE} FOLDER").into()) };
    let mut out = std::io::stdout();
    Ok(history::go_on(Path::new(data), |charges| Ok(writeln!(out, "{charges}")?))?)
}

fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}

fn say(step: &str) {
    eprintln!("… {step}");
}
