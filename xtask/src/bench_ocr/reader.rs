//! The readers that are compared, each a process of its own: started once, told to read all pictures
//! as often as needed.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use ocr::{Engine, EngineConfig, Renderer, RuntimeChoice, TextOptions};
use serde::{Deserialize, Serialize};

use super::score::Line;

/// What one round of reading gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Round {
    /// Time for all pictures.
    pub seconds: f64,
    /// Time of each.
    pub latencies_s: Vec<f64>,
    /// The lines of each.
    pub lines: Vec<Vec<Line>>,
    /// The most memory that the reader's own processes used, if it has others read for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children_kib: Option<u64>,
}

/// A reader that has loaded its models.
pub struct Reader {
    /// What it is called.
    pub name: &'static str,
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    log: PathBuf,
    /// What it says of itself.
    pub about: String,
}

impl Reader {
    /// Starts it on the first two cores, if there are more, and waits until it is ready. What it complains of
    /// goes to the log.
    pub fn start(name: &'static str, program: &Path, args: &[String], log: &Path) -> Result<Self> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let mut command = if cores > 2 {
            let mut command = Command::new("taskset");
            command.args(["-c", "0,1"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let mut child = command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(log).with_context(|| format!("writing {}", log.display()))?)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let orders = child.stdin.take().context("no pipe to the reader")?;
        let answers = BufReader::new(child.stdout.take().context("no pipe from the reader")?);
        let mut reader = Self { name, child, orders, answers, log: log.to_owned(), about: String::new() };
        reader.about = reader.answer("ready")?["ready".len()..].trim().to_owned();
        Ok(reader)
    }

    /// Reads all pictures once.
    pub fn round(&mut self) -> Result<Round> {
        writeln!(self.orders, "round")?;
        self.orders.flush()?;
        let answer = self.answer("{")?;
        serde_json::from_str(&answer).context("the reader's answer")
    }

    /// The most memory it has used, in MiB.
    pub fn peak_mib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024)
    }

    /// The next line that begins so; readers may chat in between.
    fn answer(&mut self, beginning: &str) -> Result<String> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.answers.read_line(&mut line)? == 0 {
                bail!("a reader ended early; it left its words in {}", self.log.display());
            }
            if line.starts_with(beginning) {
                return Ok(line);
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Our side of it: loads the engine, reads all pictures for each line on standard input, prints a round.
/// A file may be followed by `#` and a page.
pub fn serve(models_dir: &Path, runtime: &str, workers: usize, files: &[String]) -> Result<()> {
    let runtime = RuntimeChoice::parse(runtime).context("no such runtime")?;
    let engine = Engine::load(&EngineConfig {
        models_dir: models_dir.to_owned(),
        runtime,
        workers,
        memory_bytes: EngineConfig::MEMORY_BYTES,
        tiny: true,
        renderer: Some(Renderer::ourselves()),
    })?;
    let mut pictures = Vec::new();
    for file in files {
        let (path, page) = file.rsplit_once('#').unwrap_or((file, "1"));
        let bytes = std::fs::read(path).with_context(|| path.to_owned())?;
        let options = TextOptions { pdf_page_number: page.parse()?, ..TextOptions::default() };
        pictures.push((PathBuf::from(path), bytes, options));
    }
    if let Some((_, bytes, options)) = pictures.first() {
        engine.general_text(bytes, options)?;
    }
    // The largest first, so that at the end no worker is left alone with a long page.
    let mut largest_first: Vec<usize> = (0..pictures.len()).collect();
    largest_first.sort_by_key(|&index| std::cmp::Reverse(pictures[index].1.len()));
    println!("ready {}", engine.runtime());
    for order in std::io::stdin().lines() {
        order?;
        let start = Instant::now();
        let next = AtomicUsize::new(0);
        let read_so_far = Mutex::new(vec![(0.0, Vec::new()); pictures.len()]);
        thread::scope(|scope| -> Result<()> {
            let read = || -> Result<()> {
                loop {
                    let Some(&index) = largest_first.get(next.fetch_add(1, Ordering::Relaxed)) else {
                        return Ok(());
                    };
                    let (path, bytes, options) = &pictures[index];
                    let begun = Instant::now();
                    let page = engine
                        .general_text(bytes, options)
                        .with_context(|| format!("reading {}", path.display()))?;
                    let found = page.blocks.into_iter().map(|block| {
                        let [[x1, y1], [x2, y2], [x3, y3], [x4, y4]] = block.location;
                        ([x1, y1, x2, y2, x3, y3, x4, y4].map(f64::from), block.words)
                    });
                    let read = (begun.elapsed().as_secs_f64(), found.collect());
                    read_so_far.lock().unwrap_or_else(PoisonError::into_inner)[index] = read;
                }
            };
            let threads: Vec<_> = (0..workers).map(|_| scope.spawn(read)).collect();
            for thread in threads {
                thread.join().map_err(|_| anyhow::anyhow!("a reading thread panicked"))??;
            }
            Ok(())
        })?;
        let seconds = start.elapsed().as_secs_f64();
        let read = read_so_far.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (latencies_s, lines) = read.into_iter().unzip();
        let round = Round { seconds, latencies_s, lines, children_kib: None };
        println!("{}", serde_json::to_string(&round)?);
    }
    Ok(())
}
