//! The built server and its commands as processes: how long they take, and the most memory they hold.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

/// How often a command's memory is looked at: what it holds for a shorter time may be missed, its peak is not.
const LOOK: Duration = Duration::from_millis(20);

/// The server, until it goes.
pub struct Server {
    child: Child,
    /// From its start until it served, in seconds.
    pub opened_s: f64,
}

impl Server {
    /// Starts it, and waits until it serves.
    ///
    /// # Errors
    ///
    /// If it does not: with its log.
    pub fn start(binary: &Path, data: &Path) -> Result<Server> {
        let log = data.join("server.log");
        let start = Instant::now();
        let mut child = Command::new(binary)
            .arg("--data")
            .arg(data)
            .args(["serve", "--listen", "127.0.0.1:0", "--clock", "manual"])
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log)?)
            .spawn()?;
        let out = child.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(out).lines();
        let Some(first) = lines.next() else {
            let _ = child.wait();
            return Err(anyhow!("the server did not start: {}", fs::read_to_string(log).unwrap_or_default()));
        };
        first?;
        let opened_s = start.elapsed().as_secs_f64();
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Server { child, opened_s })
    }

    /// The most memory it ever held, in KiB.
    ///
    /// # Errors
    ///
    /// If it has gone.
    pub fn peak_kib(&self) -> Result<u64> {
        peak_kib(self.child.id()).context("the server has gone")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command took.
pub struct Ran {
    /// What it wrote to standard output.
    pub output: Vec<u8>,
    /// How long it ran.
    pub seconds: f64,
    /// The most memory it held, in KiB.
    pub peak_kib: u64,
}

/// Runs a command and watches it.
///
/// # Errors
///
/// If it fails: with what it said.
pub fn watched(command: &mut Command) -> Result<Ran> {
    let start = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let peak = watch_memory(child.id());
    let output = child.wait_with_output()?;
    let seconds = start.elapsed().as_secs_f64();
    let peak_kib = peak.join().map_err(|_| anyhow!("the watch on the memory panicked"))?;
    let said = || [&*output.stdout, &*output.stderr].map(String::from_utf8_lossy).join("\n");
    ensure!(output.status.success(), "{command:?} failed: {}", said());
    Ok(Ran { output: output.stdout, seconds, peak_kib })
}

/// The most memory a process ever held, in KiB; `None` once it has gone.
fn peak_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Watches a process until it has gone.
fn watch_memory(process: u32) -> JoinHandle<u64> {
    std::thread::spawn(move || {
        let mut peak = 0;
        while let Some(kib) = peak_kib(process) {
            peak = peak.max(kib);
            std::thread::sleep(LOOK);
        }
        peak
    })
}
