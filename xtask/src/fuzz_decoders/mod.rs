//! `fuzz-decoders [MINUTES] [--first N]`: damaged files for the decoders of all formats, as many as there is time for.
//!
//! A worker process decodes file after file, each made of its number; if it ends, hangs or takes more memory than the
//! picture was allowed, the number is known, and the file is kept. Decoders that panic are caught, as in the server; how
//! many did is told.

mod corpus;
mod damage;

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use ocr::Renderer;

use crate::bench::target;

/// How the command is called that decodes.
pub const WORKER: &str = "decode-damaged";
const PICTURES: &str = "crates/ocr/tests/pictures";
const MINUTES: u64 = 60;
/// How much memory a picture may take while it is decoded.
const MEMORY_BYTES: u64 = 256 << 20;
/// What a worker may hold besides: the files, and what the allocator keeps.
const BESIDES_KIB: u64 = 128 << 10;
/// A file takes no longer; rendering a page of a PDF has ten seconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many files for one worker.
const FILES: u64 = 20_000;

static PANICS: AtomicU64 = AtomicU64::new(0);

/// Runs workers until the time is over.
///
/// # Errors
///
/// If workers cannot be started, or a file is not decoded as it should.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let (mut minutes, mut first) = (MINUTES, 0);
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {}
        [of] => minutes = of.parse()?,
        ["--first", of] => first = of.parse()?,
        [of, "--first", from] => (minutes, first) = (of.parse()?, from.parse()?),
        _ => return Err("usage: fuzz-decoders [MINUTES] [--first N]".into()),
    }
    let end = Instant::now() + Duration::from_secs(minutes * 60);
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let threads: Vec<_> = (0..workers)
        .map(|worker| {
            std::thread::spawn(move || {
                let mut sum = Sum::default();
                let mut next = first + worker * FILES;
                while Instant::now() < end {
                    sum.add(&work(next, end)?);
                    next += workers * FILES;
                }
                anyhow::Ok(sum)
            })
        })
        .collect();
    let mut sum = Sum::default();
    for thread in threads {
        sum.add(&thread.join().map_err(|_| "a thread panicked")??);
    }
    println!(
        "{} damaged files: {} decoded, {} refused; {} times a decoder panicked and was caught; at most {} MiB, of which {} for a picture",
        sum.decoded + sum.refused,
        sum.decoded,
        sum.refused,
        sum.panics,
        sum.peak_kib >> 10,
        MEMORY_BYTES >> 20,
    );
    println!("RATIO fuzz_ended_or_hung {} 0", sum.ended);
    let most = (MEMORY_BYTES >> 10) + BESIDES_KIB;
    println!("RATIO fuzz_memory_vs_allowed {:.2} 1", sum.peak_kib as f64 / most as f64);
    if sum.ended > 0 {
        return Err("some files are not decoded as they should: they are kept".into());
    }
    Ok(())
}

#[derive(Debug, Default)]
struct Sum {
    decoded: u64,
    refused: u64,
    panics: u64,
    /// Files at which a worker ended or hung.
    ended: u64,
    peak_kib: u64,
}

impl Sum {
    fn add(&mut self, other: &Sum) {
        self.decoded += other.decoded;
        self.refused += other.refused;
        self.panics += other.panics;
        self.ended += other.ended;
        self.peak_kib = self.peak_kib.max(other.peak_kib);
    }
}

/// Has a worker decode the files from a number on, and another one those after each at which it ended.
fn work(first: u64, end: Instant) -> Result<Sum> {
    let (mut sum, mut next, last) = (Sum::default(), first, first + FILES);
    while next < last && Instant::now() < end {
        let mut child = Command::new(std::env::current_exe()?)
            .args([WORKER, &next.to_string(), &(last - next).to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(child.stdout.take().context("a worker has an output")?).lines();
        let (sender, receiver) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut at = next;
        let problem = loop {
            match receiver.recv_timeout(PATIENCE) {
                Ok(line) => match line.split_once(' ') {
                    Some(("at", number)) => at = number.parse()?,
                    Some(("sum", figures)) => sum.add(&read(figures)?),
                    _ => bail!("a worker said {line}"),
                },
                Err(RecvTimeoutError::Disconnected) => {
                    let status = child.wait()?;
                    break (!status.success()).then(|| status.to_string());
                }
                Err(RecvTimeoutError::Timeout) => {
                    child.kill()?;
                    child.wait()?;
                    break Some(format!("no end in {} s", PATIENCE.as_secs()));
                }
            }
            if Instant::now() > end {
                child.kill()?;
                child.wait()?;
                return Ok(sum);
            }
        };
        let Some(problem) = problem else { break };
        let kept = target().join(format!("damaged-{at}"));
        fs::write(&kept, damage::file(&corpus::files(Path::new(PICTURES))?, at))?;
        println!("file {at}: {problem}; it is kept as {}", kept.display());
        sum.ended += 1;
        next = at + 1;
    }
    Ok(sum)
}

/// Decodes the files from a number on: says which it is at, and now and then what became of those before.
///
/// # Errors
///
/// If nobody listens, or more memory was taken than is allowed.
pub fn decode(args: &[String]) -> Result<(), Box<dyn Error>> {
    let [first, count] = args else { return Err(format!("usage: {WORKER} FIRST COUNT").into()) };
    let (first, count): (u64, u64) = (first.parse()?, count.parse()?);
    let files = corpus::files(Path::new(PICTURES))?;
    let before_kib = peak_kib()?;
    std::panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::Relaxed);
    }));
    let renderer = Renderer::ourselves();
    let mut out = std::io::stdout().lock();
    let mut sum = Sum::default();
    for number in first..first + count {
        writeln!(out, "at {number}")?;
        match ocr::decoded_size(&damage::file(&files, number), 1, Some(&renderer), MEMORY_BYTES) {
            Ok(_) => sum.decoded += 1,
            Err(_) => sum.refused += 1,
        }
        if (number + 1 - first).is_multiple_of(500) || number + 1 == first + count {
            (sum.panics, sum.peak_kib) = (PANICS.swap(0, Ordering::Relaxed), peak_kib()?);
            writeln!(out, "sum {} {} {} {}", sum.decoded, sum.refused, sum.panics, sum.peak_kib)?;
            let taken_kib = sum.peak_kib - before_kib;
            ensure_memory(taken_kib)?;
            sum = Sum::default();
        }
    }
    Ok(())
}

fn ensure_memory(taken_kib: u64) -> Result<()> {
    let most = (MEMORY_BYTES >> 10) + BESIDES_KIB;
    ensure!(taken_kib <= most, "{taken_kib} KiB were taken, {most} are allowed");
    Ok(())
}

fn read(figures: &str) -> Result<Sum> {
    let figures: Vec<u64> = figures.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [decoded, refused, panics, peak_kib] = figures[..] else { bail!("a worker said {figures:?}") };
    Ok(Sum { decoded, refused, panics, ended: 0, peak_kib })
}

/// The most memory this process ever held.
fn peak_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).ok_or_else(|| anyhow!("no VmHWM"))?;
    Ok(kib.parse()?)
}
