//! The limit: append to a buffer, write it, sync it, tell the callers. Nothing else.
//!
//! No decision, no checksum, no header, no segments: 64-byte entries into one buffer, written to a
//! file that was filled with zeros and synced before, over and over from its beginning. The callers
//! are the same tasks on the same runtime as those of the benches, and are told in the cheapest way
//! we know (one is woken from the writer's thread and wakes the others on theirs).
//!
//! Two writers are tried and the better one counts: one takes whatever is there as soon as it is
//! there, the other one knows how many callers there are and waits for the last, which no real
//! journal can.

use std::fs::{File, OpenOptions};
use std::future::Future;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context as TaskContext, Poll, Waker};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use parking_lot::{Condvar, Mutex};

use super::drive::{Driven, drive};

const FILE_BYTES: u64 = 256 << 20;
const ENTRY: [u8; 64] = [0x5a; 64];

/// How fast appending can be on this disk.
#[derive(Debug, Clone, Copy)]
pub struct RawResult {
    /// Durable appends per second.
    pub appends_per_s: f64,
    /// Median time of an append, in microseconds.
    pub p50_us: f64,
    /// 99th percentile, in microseconds.
    pub p99_us: f64,
    /// Whether the writer that waits for every caller was the better one.
    pub waited_for_all: bool,
}

impl RawResult {
    /// The same as of any contender.
    pub fn driven(self) -> Driven {
        let RawResult { appends_per_s: calls_per_s, p50_us, p99_us, .. } = self;
        Driven { calls_per_s, calls: 0, calls_total: 0, p50_us, p99_us, cost: None }
    }
}

/// Measures the raw limit for so many callers in a file under `dir`, half of the time with each writer.
///
/// # Errors
///
/// If the disk fails, or less arrived in the file than was acknowledged.
pub fn raw_limit(dir: &Path, callers: usize, length: Duration) -> Result<RawResult> {
    let mut best: Option<RawResult> = None;
    for wait_for_all in [false, true] {
        let driven = measure(dir, callers, length / 2, wait_for_all)?;
        let result = RawResult {
            appends_per_s: driven.calls_per_s,
            p50_us: driven.p50_us,
            p99_us: driven.p99_us,
            waited_for_all: wait_for_all,
        };
        if best.is_none_or(|best| best.appends_per_s < result.appends_per_s) {
            best = Some(result);
        }
    }
    best.context("no writer was tried")
}

/// Creates a file of `size_bytes` zeros, all of them on the disk.
fn zero_filled(path: &Path, size_bytes: u64) -> Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
    let zeros = vec![0; 1 << 20];
    for at in (0..size_bytes).step_by(zeros.len()) {
        file.write_all_at(&zeros, at)?;
    }
    file.sync_all()?;
    Ok(file)
}

#[derive(Default)]
struct Raw {
    open: Mutex<Open>,
    work: Condvar,
    /// The number of the last batch on the disk.
    durable: AtomicU64,
    /// Callers of the last durable batch that were not woken yet.
    unwoken: Mutex<Vec<Waker>>,
    any_unwoken: AtomicBool,
}

#[derive(Default)]
struct Open {
    buffer: Vec<u8>,
    wakers: Vec<Waker>,
    /// The number of the batch being filled, less one.
    batch: u64,
    over: bool,
    writer_waits: bool,
}

/// One append: joins the open batch when first polled.
struct Append<'a> {
    raw: &'a Raw,
    batch: Option<u64>,
}

impl Future for Append<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<()> {
        let raw = self.raw;
        if let Some(batch) = self.batch {
            if raw.durable.load(Ordering::Acquire) < batch {
                return Poll::Pending;
            }
            raw.wake_rest();
            return Poll::Ready(());
        }
        let mut open = raw.open.lock();
        open.buffer.extend_from_slice(&ENTRY);
        open.wakers.push(context.waker().clone());
        self.batch = Some(open.batch + 1);
        let wake = std::mem::take(&mut open.writer_waits);
        drop(open);
        if wake {
            raw.work.notify_one();
        }
        Poll::Pending
    }
}

impl Raw {
    fn wake_rest(&self) {
        if self.any_unwoken.load(Ordering::Acquire) && self.any_unwoken.swap(false, Ordering::AcqRel) {
            let wakers = std::mem::take(&mut *self.unwoken.lock());
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    /// Writes and syncs until told that it is over; returns how many entries it made durable.
    fn write(&self, file: &File, at_least: usize) -> std::io::Result<u64> {
        let (mut buffer, mut wakers) = (Vec::new(), Vec::new());
        let (mut offset, mut written) = (0, 0);
        loop {
            let mut open = self.open.lock();
            while open.wakers.is_empty() {
                if open.over {
                    return Ok(written);
                }
                drop(open);
                self.wake_rest();
                open = self.open.lock();
                if open.wakers.is_empty() && !open.over {
                    open.writer_waits = true;
                    self.work.wait(&mut open);
                }
            }
            // Bounded, since at the end callers leave one by one.
            for _ in 0..20_000 {
                if open.wakers.len() >= at_least || open.over {
                    break;
                }
                drop(open);
                std::hint::spin_loop();
                open = self.open.lock();
            }
            std::mem::swap(&mut buffer, &mut open.buffer);
            std::mem::swap(&mut wakers, &mut open.wakers);
            open.batch += 1;
            let batch = open.batch;
            drop(open);
            if offset + buffer.len() as u64 > FILE_BYTES {
                offset = 0;
            }
            file.write_all_at(&buffer, offset)?;
            file.sync_data()?;
            offset += buffer.len() as u64;
            written += (buffer.len() / ENTRY.len()) as u64;
            buffer.clear();
            self.wake_rest();
            self.durable.store(batch, Ordering::Release);
            let first = wakers.swap_remove(0);
            std::mem::swap(&mut *self.unwoken.lock(), &mut wakers);
            self.any_unwoken.store(true, Ordering::Release);
            first.wake();
        }
    }
}

fn measure(dir: &Path, callers: usize, length: Duration, wait_for_all: bool) -> Result<Driven> {
    let path = dir.join("raw-limit");
    let file = zero_filled(&path, FILE_BYTES).context("filling the raw file with zeros")?;
    let raw = Arc::new(Raw::default());
    let writer = thread::Builder::new().name("raw-writer".into()).spawn({
        let raw = Arc::clone(&raw);
        let at_least = if wait_for_all { callers } else { 1 };
        move || raw.write(&file, at_least)
    })?;
    let driven = drive(callers, length, {
        let raw = Arc::clone(&raw);
        move |_, _| {
            let raw = Arc::clone(&raw);
            async move {
                Append { raw: &raw, batch: None }.await;
                Ok(())
            }
        }
    });
    raw.open.lock().over = true;
    raw.work.notify_one();
    let written = writer.join().map_err(|_| anyhow::anyhow!("the raw writer panicked"))??;
    std::fs::remove_file(&path)?;
    let driven = driven?;
    ensure!(
        written == driven.calls_total,
        "{} appends were acknowledged, {written} written",
        driven.calls_total
    );
    Ok(driven)
}
