//! Segments in the making: files written full of zeros ahead of need.
//!
//! Filling 64 MiB in one go would stand in front of the journal's own syncs for a tenth of a second.
//! So the next segment is filled in steps of 128 KiB, each synced (larger ones show in the latencies of
//! the appends beside them), and paced by demand: it is kept
//! about twice as full as the segment in use, hence is ready when that one is half used, and an
//! idle journal fills nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::{io, mem};

use parking_lot::{Condvar, Mutex};

use super::segment::UNFINISHED_SUFFIX;
use super::{Disk, DiskFile, Fill, disk};

const STEP_BYTES: u64 = 128 << 10;

/// A file full of zeros, durable, not yet under its name.
pub(super) struct Blank {
    pub(super) file: Box<dyn DiskFile>,
    pub(super) path: PathBuf,
    pub(super) size_bytes: u64,
}

/// Makes blanks, on a thread of its own or when asked.
pub(super) struct Filler {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    made: u64,
    background: Option<(Arc<Desk>, JoinHandle<()>)>,
}

/// Where the filling thread and the writer meet.
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// How large the next blank is to be, and how much of it is wanted by now.
    size_bytes: u64,
    wanted_bytes: u64,
    filled_bytes: u64,
    result: Option<io::Result<Blank>>,
    closing: bool,
}

impl Filler {
    pub(super) fn start(disk: Arc<dyn Disk>, dir: &Path, fill: Fill, next_bytes: u64) -> io::Result<Self> {
        let mut filler = Self { disk, dir: dir.into(), made: 0, background: None };
        if fill == Fill::Background {
            let desk = Arc::new(Desk {
                state: Mutex::new(State {
                    size_bytes: next_bytes,
                    wanted_bytes: 0,
                    filled_bytes: 0,
                    result: None,
                    closing: false,
                }),
                changed: Condvar::new(),
            });
            let (theirs, disk, dir) = (Arc::clone(&desk), Arc::clone(&filler.disk), filler.dir.clone());
            let thread = thread::Builder::new()
                .name("journal-fill".into())
                .spawn(move || fill_in_background(&theirs, &*disk, &dir))?;
            filler.background = Some((desk, thread));
        }
        Ok(filler)
    }

    /// Tells how much of the segment in use is written, so that the next one keeps ahead.
    pub(super) fn keep_ahead(&self, written_bytes: u64, segment_bytes: u64) {
        let Some((desk, _)) = &self.background else { return };
        let mut state = desk.state.lock();
        let share = written_bytes.saturating_mul(2).min(segment_bytes);
        let wanted = (u128::from(state.size_bytes) * u128::from(share)).div_ceil(u128::from(segment_bytes));
        state.wanted_bytes = u64::try_from(wanted).unwrap_or(u64::MAX);
        // Waking the thread costs; so only for a whole step.
        if state.is_due() {
            drop(state);
            desk.changed.notify_all();
        }
    }

    /// Hands out a blank, waiting for it if need be; the one after it is to have `next_bytes`.
    pub(super) fn take(&mut self, size_bytes: u64, next_bytes: u64) -> io::Result<Blank> {
        if let Some((desk, _)) = &self.background {
            let mut state = desk.state.lock();
            state.wanted_bytes = u64::MAX;
            desk.changed.notify_all();
            while state.result.is_none() {
                desk.changed.wait(&mut state);
            }
            let result = state.result.take();
            state.size_bytes = next_bytes;
            state.wanted_bytes = 0;
            state.filled_bytes = 0;
            if let Some(Ok(blank)) = result {
                return Ok(blank);
            }
            // It failed some time ago, perhaps on a disk that was full then. A fresh file is no
            // second try of a failed sync, so one attempt is made here and now.
        }
        self.made += 1;
        let path = self.dir.join(format!("now-{}{UNFINISHED_SUFFIX}", self.made));
        let mut blank = Blank::create(&*self.disk, path)?;
        while blank.size_bytes < size_bytes {
            blank.step(size_bytes)?;
        }
        Ok(blank)
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        if let Some((desk, thread)) = self.background.take() {
            desk.state.lock().closing = true;
            desk.changed.notify_all();
            // If it panicked, the blank it was at is missing, nothing else.
            let _ = thread.join();
        }
    }
}

impl State {
    fn is_due(&self) -> bool {
        let step = STEP_BYTES.min(self.size_bytes - self.filled_bytes);
        step > 0 && self.result.is_none() && self.wanted_bytes >= self.filled_bytes + step
    }
}

impl Blank {
    fn create(disk: &dyn Disk, path: PathBuf) -> io::Result<Self> {
        Ok(Self { file: disk.create(&path)?, path, size_bytes: 0 })
    }

    /// Adds zeros, at most one step of them, and syncs.
    fn step(&mut self, target_bytes: u64) -> io::Result<()> {
        static ZEROS: [u8; 128 << 10] = [0; 128 << 10];
        let end = target_bytes.min(self.size_bytes + STEP_BYTES);
        while self.size_bytes < end {
            let chunk = (end - self.size_bytes).min(ZEROS.len() as u64);
            disk::write_all_at(&*self.file, &ZEROS[..chunk as usize], self.size_bytes)?;
            self.size_bytes += chunk;
        }
        self.file.sync_data()
    }
}

fn fill_in_background(desk: &Desk, disk: &dyn Disk, dir: &Path) {
    let mut blank: Option<Blank> = None;
    let mut made = 0_u64;
    let mut state = desk.state.lock();
    while !state.closing {
        if !state.is_due() {
            desk.changed.wait(&mut state);
            continue;
        }
        let target = state.size_bytes;
        drop(state);
        let result = match &mut blank {
            Some(blank) => blank.step(target),
            None => {
                made += 1;
                Blank::create(disk, dir.join(format!("ahead-{made}{UNFINISHED_SUFFIX}")))
                    .and_then(|created| blank.insert(created).step(target))
            }
        };
        state = desk.state.lock();
        match (result, &blank) {
            (Ok(()), Some(filled)) => {
                state.filled_bytes = filled.size_bytes;
                if filled.size_bytes >= target {
                    state.result = mem::take(&mut blank).map(Ok);
                }
            }
            (Err(error), _) => {
                blank = None;
                state.result = Some(Err(error));
            }
            (Ok(()), None) => {}
        }
        desk.changed.notify_all();
    }
}
